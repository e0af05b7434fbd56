package release

import (
	"bufio"
	"encoding/csv"
	"fmt"
	"io"
	"strings"

	"github.com/opencovey/covey/table"
)

// WriteRecords writes a table as CSV in the columns of a policy: one row per person, labels of a many-valued column joined by its delimiter, blanks
// empty. Rows are in the order of the table. Labels that contain the delimiter cannot be told apart when read back, and are an error.
func WriteRecords(w io.Writer, t *table.Table, p *Policy) error {
	l, err := newRecordLayout(t, p)
	if err != nil {
		return err
	}
	buffer := bufio.NewWriterSize(w, 1<<16)
	out := csv.NewWriter(buffer)
	if err := out.Write(l.header); err != nil {
		return fmt.Errorf("write records: %w", err)
	}
	cells := make([]string, len(l.header))
	for row, people := range t.Rows() {
		l.fill(cells, row)
		if len(cells) == 1 && cells[0] == "" { // an empty line would be passed over by most readers
			out.Flush()
			if _, err := buffer.WriteString(strings.Repeat("\"\"\n", people)); err != nil {
				return fmt.Errorf("write records: %w", err)
			}
			continue
		}
		for range people {
			if err := out.Write(cells); err != nil {
				return fmt.Errorf("write records: %w", err)
			}
		}
	}
	out.Flush()
	if err := out.Error(); err != nil {
		return fmt.Errorf("write records: %w", err)
	}
	return buffer.Flush()
}

// recordLayout maps columns of a table to columns of a file.
type recordLayout struct {
	header    []string
	at        []int // column of the file, by column of the table
	delimiter []string
	columns   []table.Column
}

func newRecordLayout(t *table.Table, p *Policy) (*recordLayout, error) {
	l := &recordLayout{columns: t.Columns, at: make([]int, len(t.Columns))}
	number := map[string]int{}
	for i := range p.Columns {
		if c := &p.Columns[i]; !c.Ignore {
			number[c.Name] = len(l.header)
			l.header = append(l.header, c.Name)
			l.delimiter = append(l.delimiter, delimiterOf(c))
		}
	}
	for i, c := range t.Columns {
		at, ok := number[c.Field]
		if !ok {
			return nil, fmt.Errorf("write records: the policy has no column %q", c.Field)
		}
		l.at[i] = at
	}
	return l, nil
}

// fill writes a record into cells, one per column of the file.
func (l *recordLayout) fill(cells []string, row []uint16) {
	clear(cells)
	for i, code := range row {
		if code == 0 {
			continue
		}
		value, at := l.columns[i].Values[code-1], l.at[i]
		if cells[at] != "" {
			value = cells[at] + l.delimiter[at] + value
		}
		cells[at] = value
	}
}
