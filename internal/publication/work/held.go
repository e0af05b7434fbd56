package work

import (
	"context"
	"errors"
	"io"
	"slices"
	"strings"

	"github.com/opencovey/covey/release"
	"github.com/opencovey/covey/table"
)

// held is a file in memory: every cell is the number of its text in the column. Reading it again by another policy
// takes a fraction of the time that the file itself would.
type held struct {
	name   string
	input  release.PolicyInput
	header []string
	texts  [][]string // by column
	codes  []uint32   // row by row
	rows   int
	sorted []int32 // rows in the order of their codes, so that equal ones follow each other

	coded   coded
	answers answers
}

// hold reads all rows.
func hold(ctx context.Context, in table.Rows, layout release.PolicyInput) (*held, error) {
	h := &held{name: in.Name(), input: layout, header: slices.Clone(in.Header())}
	width := len(h.header)
	h.texts = make([][]string, width)
	index := make([]map[string]uint32, width)
	for i := range index {
		index[i] = map[string]uint32{}
	}
	for {
		cells, err := in.Next()
		if err == io.EOF {
			break
		}
		if err != nil {
			return nil, err
		}
		if h.rows++; h.rows*width > maxCells {
			return nil, &knownError{key: "large"}
		}
		for i, text := range cells[:width] {
			code, known := index[i][text]
			if !known {
				code = uint32(len(h.texts[i]))
				text = strings.Clone(text)
				h.texts[i], index[i][text] = append(h.texts[i], text), code
			}
			h.codes = append(h.codes, code)
		}
		if h.rows%4096 == 0 && ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
	}
	h.sort()
	return h, nil
}

func (h *held) sort() {
	width := len(h.header)
	h.sorted = make([]int32, h.rows)
	for i := range h.sorted {
		h.sorted[i] = int32(i)
	}
	if width == 0 {
		return
	}
	slices.SortFunc(h.sorted, func(a, b int32) int {
		x, y := int(a)*width, int(b)*width
		return slices.Compare(h.codes[x:x+width], h.codes[y:y+width])
	})
}

// heldRows reads a held file.
type heldRows struct {
	*held
	order []int32 // nil: as in the file
	at    int
	last  []uint32 // codes of the row before
	cells []string
}

// read returns the rows, in an order that makes reading fast if it does not matter.
func (h *held) read(anyOrder bool) *heldRows {
	r := &heldRows{held: h, cells: make([]string, len(h.header))}
	if anyOrder {
		r.order = h.sorted
	}
	return r
}

// Header implements table.Rows.
func (r *heldRows) Header() []string { return r.header }

// Name implements table.Rows.
func (r *heldRows) Name() string { return r.name }

// Next implements table.Rows.
func (r *heldRows) Next() ([]string, error) {
	if r.at == r.rows {
		return nil, io.EOF
	}
	row := r.at
	if r.order != nil {
		row = int(r.order[row])
	}
	r.at++
	width := len(r.header)
	codes := r.codes[row*width : (row+1)*width]
	if r.last == nil || !slices.Equal(codes, r.last) { // in order of codes, most rows repeat the one before
		for i, code := range codes {
			r.cells[i] = r.texts[i][code]
		}
	}
	r.last = codes
	return r.cells, nil
}

// table codes the records by a policy. Where every row is a person their order does not matter, but rows that a message names
// are those of the file.
func (h *held) table(ctx context.Context, p *release.Policy) (*table.Table, *table.Stats, error) {
	anyOrder := p.Subject == ""
	o := table.Options{Limits: p.Input.Limits}
	t, stats, err := table.Read(ctx, h.read(anyOrder), p.Schema(), o)
	var at *table.InputError
	if anyOrder && errors.As(err, &at) && at.Row > 1 {
		return table.Read(ctx, h.read(false), p.Schema(), o)
	}
	return t, stats, err
}
