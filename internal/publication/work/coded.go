package work

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/opencovey/covey/release"
	"github.com/opencovey/covey/table"
)

// coded remembers how the texts of a held file's columns are read by the fields of policies, so that a change of one column
// costs that column only. It is gone with the file.
type coded struct {
	columns map[[sha256.Size]byte]*codedColumn
	codes   int // of all columns together
	rows    []int32
	weights []int // of rows: how many are equal to each
}

// codedColumn is what one column of the file becomes by one field: one column, or one for each label.
type codedColumn struct {
	columns []table.Column
	codes   [][]uint16 // codes[column][number of the text]
}

// What is remembered at most, in codes; and what one column may take that is read this way.
const (
	maxCodes       = 32 << 20
	maxColumnCodes = 4 << 20
)

// errWhole says that a file has to be read row by row.
var errWhole = errors.New("the order of the rows matters, or a message about one of them")

// quick codes the records by a policy as table does, column by column. Reasons of blanks are not counted. The error is errWhole where
// that is not the same: with rows of one person, and with a file that this policy cannot read.
func (h *held) quick(ctx context.Context, p *release.Policy) (*table.Table, error) {
	schema := p.Schema()
	if schema.Subject != "" || h.rows == 0 || p.Input.Limits.Rows > 0 && h.rows > p.Input.Limits.Rows {
		return nil, errWhole
	}
	o := table.Options{Limits: p.Input.Limits}
	// The first row shows whether schema and header go together.
	if _, _, err := table.Read(ctx, &firstRow{Rows: h.read(false)}, schema, o); err != nil {
		return nil, errWhole
	}
	var columns []table.Column
	var codes [][]uint16
	var source []int
	for i := range schema.Fields {
		at := slices.Index(h.header, strings.TrimSpace(cmp.Or(schema.Fields[i].Header, schema.Fields[i].Name)))
		if at < 0 {
			return nil, errWhole
		}
		c, err := h.column(ctx, at, table.Schema{Fields: schema.Fields[i : i+1], Blanks: schema.Blanks}, o)
		if err != nil {
			return nil, err
		}
		columns, codes = append(columns, c.columns...), append(codes, c.codes...)
		for range c.columns {
			source = append(source, at)
		}
	}
	names := map[string]bool{}
	for _, c := range columns {
		names[c.Name] = true
	}
	if len(names) < len(columns) {
		return nil, errWhole
	}
	return h.assemble(ctx, columns, codes, source)
}

// assemble puts the records together, each of the file's distinct rows once.
func (h *held) assemble(ctx context.Context, columns []table.Column, codes [][]uint16, source []int) (*table.Table, error) {
	if h.coded.rows == nil {
		h.distinct()
	}
	b := table.NewBuilder(columns)
	record := make([]uint16, len(columns))
	width := len(h.header)
	for i, row := range h.coded.rows {
		cells := h.codes[int(row)*width : (int(row)+1)*width]
		for k, at := range source {
			record[k] = codes[k][cells[at]]
		}
		b.Add(record, h.coded.weights[i])
		if i%4096 == 0 && ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
	}
	return b.Table(), nil
}

// distinct finds the rows that differ, which follow each other in order.
func (h *held) distinct() {
	width := len(h.header)
	var last []uint32
	for _, row := range h.sorted {
		codes := h.codes[int(row)*width : (int(row)+1)*width]
		if last == nil || !slices.Equal(last, codes) {
			h.coded.rows, h.coded.weights = append(h.coded.rows, row), append(h.coded.weights, 0)
		}
		h.coded.weights[len(h.coded.weights)-1]++
		last = codes
	}
}

// column codes the texts of a column by a field, or remembers it.
func (h *held) column(ctx context.Context, at int, schema table.Schema, o table.Options) (*codedColumn, error) {
	about, err := json.Marshal([]any{at, schema, o.Limits})
	if err != nil {
		return codeTexts(ctx, h.texts[at], schema, o)
	}
	key := sha256.Sum256(about)
	if c := h.coded.columns[key]; c != nil {
		return c, nil
	}
	c, err := codeTexts(ctx, h.texts[at], schema, o)
	if err != nil {
		return nil, err
	}
	size := len(c.columns) * len(h.texts[at])
	if h.coded.codes+size > maxCodes || h.coded.columns == nil {
		h.coded.columns, h.coded.codes = map[[sha256.Size]byte]*codedColumn{}, 0
	}
	h.coded.columns[key] = c
	h.coded.codes += size
	return c, nil
}

// Each text is read as a row of its own, with its number in two columns beside it.
const (
	numberHigh = "\x00high"
	numberLow  = "\x00low"
	numberBase = 1000
)

// numberText writes a part of a number so that no blank of a policy is meant.
func numberText(n int) string { return "covey " + strconv.Itoa(n) }

// codeTexts reads the texts of one column by a schema of one field.
func codeTexts(ctx context.Context, texts []string, schema table.Schema, o table.Options) (*codedColumn, error) {
	schema.Fields = append(slices.Clone(schema.Fields), table.Field{Name: numberHigh}, table.Field{Name: numberLow})
	t, _, err := table.Read(ctx, newTextRows(strings.TrimSpace(cmp.Or(schema.Fields[0].Header, schema.Fields[0].Name)), texts), schema, o)
	if ctx.Err() != nil {
		return nil, context.Cause(ctx)
	}
	if err != nil || t.Len() != len(texts) {
		return nil, errWhole
	}
	n := len(t.Columns) - 2
	if n*len(texts) > maxColumnCodes {
		return nil, errWhole
	}
	numbers := [2][]int{}
	for i, c := range t.Columns[n:] {
		for _, label := range c.Values {
			number, err := strconv.Atoi(strings.TrimPrefix(label, "covey "))
			if err != nil {
				return nil, errWhole
			}
			numbers[i] = append(numbers[i], number)
		}
	}
	c := &codedColumn{columns: slices.Clone(t.Columns[:n]), codes: make([][]uint16, n)}
	for k := range c.codes {
		c.codes[k] = make([]uint16, len(texts))
		c.columns[k].Blanks = nil
	}
	for row := range t.Rows() {
		if row[n] == 0 || row[n+1] == 0 {
			return nil, errWhole
		}
		number := numbers[0][row[n]-1]*numberBase + numbers[1][row[n+1]-1]
		for k := range c.codes {
			c.codes[k][number] = row[k]
		}
	}
	return c, nil
}

// textRows are the texts of one column as rows.
type textRows struct {
	header, texts []string
	at            int
	cells         []string
}

func newTextRows(name string, texts []string) *textRows {
	return &textRows{header: []string{name, numberHigh, numberLow}, texts: texts, cells: make([]string, 3)}
}

// Header implements table.Rows.
func (r *textRows) Header() []string { return r.header }

// Name implements table.Rows.
func (r *textRows) Name() string { return "texts" }

// Next implements table.Rows.
func (r *textRows) Next() ([]string, error) {
	if r.at == len(r.texts) {
		return nil, io.EOF
	}
	r.cells[0], r.cells[1], r.cells[2] = r.texts[r.at], numberText(r.at/numberBase), numberText(r.at%numberBase)
	r.at++
	return r.cells, nil
}

// firstRow is the beginning of a file.
type firstRow struct {
	table.Rows
	done bool
}

// Next implements table.Rows.
func (r *firstRow) Next() ([]string, error) {
	if r.done {
		return nil, io.EOF
	}
	r.done = true
	return r.Rows.Next()
}
