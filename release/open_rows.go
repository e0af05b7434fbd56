package release

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/opencovey/covey/table"
)

// rowReader reads the rows of a CSV file of a bundle: comma, LF, a known header, every row of its width, no empty lines.
type rowReader struct {
	name string
	in   *csv.Reader
	left int64 // bytes that the row being read may still take
	row  int   // of the spreadsheet, the header being row 1
	line int   // last line of the file that was read
}

func newRowReader(r io.Reader, name string, header []string) (*rowReader, error) {
	rows := &rowReader{name: name}
	rows.in = csv.NewReader(readerFunc(func(p []byte) (int, error) {
		if rows.left <= 0 {
			return 0, errRow
		}
		n, err := r.Read(p[:min(int64(len(p)), rows.left)])
		rows.left -= int64(n)
		return n, err
	}))
	rows.in.ReuseRecord = true
	rows.in.FieldsPerRecord = len(header)
	got, err := rows.next()
	if err == io.EOF {
		return nil, rows.fault("", "the file is empty")
	} else if err != nil {
		return nil, err
	}
	for i, name := range header {
		if got[i] != name {
			return nil, rows.fault("", fmt.Sprintf("column %d is not %q, as it has to be", i+1, name))
		}
	}
	return rows, nil
}

type readerFunc func(p []byte) (int, error)

func (f readerFunc) Read(p []byte) (int, error) { return f(p) }

var errRow = fmt.Errorf("more than the limit of %d bytes", maxRow)

// next returns the cells of the next row, or io.EOF. The slice is used again.
func (r *rowReader) next() ([]string, error) {
	r.left = maxRow
	cells, err := r.in.Read()
	r.row++
	if err != nil {
		if err == io.EOF {
			return nil, err
		}
		return nil, r.explain(err)
	}
	start, _ := r.in.FieldPos(0)
	if start != r.line+1 {
		return nil, r.fault("", "there is an empty line before the row")
	}
	last := cells[len(cells)-1]
	r.line, _ = r.in.FieldPos(len(cells) - 1)
	for _, b := range []byte(last) {
		if b == '\n' {
			r.line++
		}
	}
	return cells, nil
}

func (r *rowReader) explain(err error) error {
	switch {
	case errors.Is(err, csv.ErrFieldCount):
		return r.fault("", fmt.Sprintf("the row does not have %d cells; is a cell with a comma not in quotes?", r.in.FieldsPerRecord))
	case errors.Is(err, csv.ErrQuote), errors.Is(err, csv.ErrBareQuote):
		return r.fault("", "a quote is not where it should be")
	}
	return &table.InputError{File: r.name, Row: r.row, Problem: "the row cannot be read", Err: err}
}

// fault is an error about the row that was read last.
func (r *rowReader) fault(column, problem string) error {
	return &table.InputError{
		File: r.name, Row: r.row, Column: column, Problem: problem,
		Advice: "get the whole release again, or ask those who published it",
	}
}

// parseRecords reads synthetic.csv into a table of the given columns, which are those of tableColumns. It also returns the first row that does not
// come after the one before in the order of codes; 0 for none.
func parseRecords(r io.Reader, m *Manifest, columns []table.Column) (*table.Table, int, error) {
	header := m.columnNames()
	rows, err := newRowReader(r, SyntheticFile, header)
	if err != nil {
		return nil, 0, err
	}
	cells := newCellCoder(m, columns)
	b := table.NewBuilder(columns)
	codes, before := make([]uint16, len(columns)), make([]uint16, len(columns))
	unsorted, distinct := 0, 0
	for {
		record, err := rows.next()
		if err == io.EOF {
			return b.Table(), unsorted, nil
		} else if err != nil {
			return nil, 0, err
		}
		clear(codes)
		for i, cell := range record {
			if cell == "" {
				continue
			}
			if problem := cells.code(codes, i, cell); problem != "" {
				return nil, 0, rows.fault(header[i], problem)
			}
		}
		order := slices.Compare(before, codes)
		if order > 0 && unsorted == 0 && rows.row > 2 {
			unsorted = rows.row
		}
		if order != 0 {
			if distinct++; distinct*len(columns) > maxCells {
				return nil, 0, rows.fault("", fmt.Sprintf("the table has more than the limit of %d cells", maxCells))
			}
		}
		b.Add(codes, 1)
		codes, before = before, codes
	}
}

// cellCoder turns cells of synthetic.csv into codes.
type cellCoder struct {
	first     []int               // by column of the file: its first column in the table
	delimiter []string            // of many-valued columns; else ""
	values    []map[string]uint16 // by column of the file: position of each value, the first being 1
}

func newCellCoder(m *Manifest, columns []table.Column) *cellCoder {
	c := &cellCoder{}
	at := 0
	for i := range m.Columns {
		mc := &m.Columns[i]
		values := make(map[string]uint16, len(mc.Values))
		for j, v := range mc.Values {
			values[v.Value] = uint16(j + 1)
		}
		c.first, c.values, c.delimiter = append(c.first, at), append(c.values, values), append(c.delimiter, mc.Delimiter)
		for at < len(columns) && columns[at].Field == mc.Name {
			at++
		}
	}
	return c
}

// code sets the codes of one cell, or says what is wrong with it.
func (c *cellCoder) code(codes []uint16, column int, cell string) string {
	const unlisted = "the cell holds a value that " + ManifestFile + " does not list"
	first, values := c.first[column], c.values[column]
	if c.delimiter[column] == "" {
		code, known := values[cell]
		if !known {
			return unlisted
		}
		codes[first] = code
		return ""
	}
	last := uint16(0)
	for label := range strings.SplitSeq(cell, c.delimiter[column]) {
		code, known := values[label]
		switch {
		case !known:
			return unlisted
		case code <= last:
			return "the labels are not each once and in the order of " + ManifestFile
		}
		codes[first+int(code)-1], last = 1, code
	}
	return ""
}

// codebookRow is a row of codebook.csv.
type codebookRow struct {
	row                                           int // of the spreadsheet
	column, label, kind, group, value, valueLabel string
	description                                   string
	count                                         int    // 0: not published, unless there are margins
	bounds                                        string // low and high with a space between; "": none
	known                                         bool   // there is a count
}

// parseCodebook reads codebook.csv, with margins or without.
func parseCodebook(r io.Reader, margins bool) ([]codebookRow, error) {
	rows, err := newRowReader(r, CodebookFile, codebookHeader(margins))
	if err != nil {
		return nil, err
	}
	var book []codebookRow
	for {
		cells, err := rows.next()
		if err == io.EOF {
			return book, nil
		} else if err != nil {
			return nil, err
		}
		row := codebookRow{
			row: rows.row, column: cells[0], label: cells[1], kind: cells[2], group: cells[3], description: cells[4],
			value: cells[5], valueLabel: cells[6],
		}
		if cells[7] != "" {
			n, ok := parseCount(cells[7])
			if !ok || n == 0 && !margins {
				return nil, rows.fault("count", "this is not a whole number above 0")
			}
			row.count, row.known = n, true
		}
		if margins && cells[8]+cells[9] != "" {
			_, first := parseCount(cells[8])
			if _, second := parseCount(cells[9]); !first || !second {
				return nil, rows.fault("low", "low and high are not whole numbers")
			}
			row.bounds = cells[8] + " " + cells[9]
		}
		book = append(book, row)
	}
}
