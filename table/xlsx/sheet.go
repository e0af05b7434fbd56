package xlsx

import (
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"

	"github.com/opencovey/covey/table"
)

// Sheet is one sheet of a workbook, read row by row. It is a [table.Rows]. Make one with [Open], and close it.
type Sheet struct {
	book    *book
	file    *os.File // nil for OpenReader
	part    *partReader
	decoder *xml.Decoder
	header  []string
	cells   []string // of the row that Next returned last
	row     int      // row of the sheet that was read last
	first   int      // row of the header
	spill   int      // last column with text in that row, if beyond the header
	text    textCollector
	ended   bool // all rows were read
	merged  error
}

// Largest numbers of rows and columns that a sheet can have.
const (
	maxRow    = 1 << 20
	maxColumn = 1 << 14
)

func (b *book) sheet(part string) (*Sheet, error) {
	in, err := b.part(part)
	if err != nil {
		return nil, err
	} else if in == nil {
		return nil, b.damaged(part, errors.New("the sheet is missing"))
	}
	return &Sheet{book: b, part: in, decoder: xml.NewDecoder(in)}, nil
}

func (s *Sheet) readHeader(limits table.Limits) error {
	err := s.readRow()
	if err == io.EOF {
		return s.book.fail("the sheet is empty", "name another under sheet: in the policy's input; the workbook has: "+s.book.names())
	} else if err != nil {
		return err
	}
	s.header, err = table.CheckHeader(s.book.name, s.row, s.cells, limits)
	s.first, s.cells = s.row, make([]string, len(s.header))
	return err
}

// Header returns the trimmed headers.
func (s *Sheet) Header() []string { return s.header }

// Name returns the name that the workbook was opened by.
func (s *Sheet) Name() string { return s.book.name }

// Row returns the row of the sheet that was read last.
func (s *Sheet) Row() int { return s.row }

// Sheets returns the names of all sheets of the workbook, also of hidden ones.
func (s *Sheet) Sheets() []string {
	names := make([]string, len(s.book.sheets))
	for i, e := range s.book.sheets {
		names[i] = e.name
	}
	return names
}

func (b *book) names() string {
	var list []string
	for _, e := range b.sheets {
		list = append(list, e.name)
	}
	return strings.Join(list, ", ")
}

// Progress returns how many bytes of the sheet have been read, after unpacking, and how many it has. It may be called
// while another goroutine reads rows.
func (s *Sheet) Progress() (done, total int64) { return s.part.done.Load(), s.part.total }

// Close closes the file. It may be called while another goroutine reads rows, which then fails.
func (s *Sheet) Close() error {
	if s.file == nil {
		return nil
	}
	return s.file.Close()
}

// Next returns the cells of the next row that has text, or io.EOF. Its errors are of type *table.InputError.
func (s *Sheet) Next() ([]string, error) {
	if err := s.readRow(); err != nil {
		return nil, err
	}
	if s.spill > 0 {
		return nil, &table.InputError{
			File: s.book.name, Row: s.row,
			Problem: fmt.Sprintf("there is text in column %s, but no header above it", columnName(s.spill)),
			Advice:  fmt.Sprintf("the headers were taken from row %d, the first with text: delete what stands above or beside the table", s.first),
		}
	}
	return s.cells, nil
}

// readRow reads the next row with text into cells: the cells of the header's columns, or all if there is no header yet.
func (s *Sheet) readRow() error {
	for !s.ended {
		token, err := s.decoder.RawToken()
		if err != nil {
			return s.damaged(err)
		}
		switch token := token.(type) {
		case xml.StartElement:
			if token.Name.Local != "row" {
				continue
			}
			found, err := s.readCells((*element)(&token))
			if found || err != nil {
				return err
			}
		case xml.EndElement:
			s.ended = token.Name.Local == "sheetData"
		}
	}
	if s.merged == nil {
		s.merged = s.checkMerged()
	}
	return s.merged
}

func (s *Sheet) damaged(err error) error {
	return s.book.damaged(fmt.Sprintf("the sheet after row %d", s.row), err)
}

// readCells reads one row element, and reports whether it has text.
func (s *Sheet) readCells(e *element) (found bool, err error) {
	row := s.row + 1
	if r := e.attr("r"); r != "" {
		n, err := strconv.Atoi(r)
		if err != nil || n < row || n > maxRow {
			return false, s.damaged(errors.New("its rows are out of order"))
		}
		row = n
	}
	s.row, s.spill = row, 0
	clear(s.cells)
	if s.header == nil {
		s.cells = s.cells[:0]
	}
	column := 0
	for {
		token, err := s.decoder.RawToken()
		if err != nil {
			return false, s.damaged(err)
		}
		switch token := token.(type) {
		case xml.StartElement:
			if token.Name.Local != "c" {
				continue
			}
			c := newCell((*element)(&token), column+1)
			if c.column <= column || c.column > maxColumn {
				return false, s.damaged(errors.New("its cells are out of order"))
			}
			column = c.column
			text, err := s.readCell(&c)
			if err != nil {
				return false, err
			}
			if strings.TrimSpace(text) != "" {
				found = true
				s.put(column, text)
			}
		case xml.EndElement:
			if token.Name.Local == "row" {
				return found, nil
			}
		}
	}
}

// put sets a cell with text.
func (s *Sheet) put(column int, text string) {
	if s.header == nil {
		for len(s.cells) < column {
			s.cells = append(s.cells, "")
		}
	}
	if column > len(s.cells) {
		s.spill = column
		return
	}
	s.cells[column-1] = text
}

// cell is a cell element while it is read.
type cell struct {
	column  int
	kind    string // attribute t
	style   int
	value   []byte
	formula bool
	valued  bool // there was a value, perhaps an empty one
}

func newCell(e *element, column int) cell {
	c := cell{column: column, style: -1}
	for _, a := range e.Attr {
		switch a.Name.Local {
		case "r":
			c.column = columnNumber(a.Value)
		case "t":
			c.kind = a.Value
		case "s":
			if n, err := strconv.Atoi(a.Value); err == nil {
				c.style = n
			}
		}
	}
	return c
}

// readCell reads to the end of the cell element and returns its text.
func (s *Sheet) readCell(c *cell) (string, error) {
	inValue := false
	for {
		token, err := s.decoder.RawToken()
		if err != nil {
			return "", s.damaged(err)
		}
		switch token := token.(type) {
		case xml.StartElement:
			switch token.Name.Local {
			case "v":
				inValue, c.valued = true, true
			case "f":
				c.formula = true
			case "is":
				c.valued = true
			}
		case xml.EndElement:
			switch token.Name.Local {
			case "v":
				inValue = false
			case "c":
				return s.cellText(c)
			}
		case xml.CharData:
			if inValue {
				c.value = append(c.value, token...)
			}
		}
		if c.kind == "inlineStr" {
			s.text.take(token)
		}
	}
}

func (s *Sheet) cellText(c *cell) (string, error) {
	inline := s.text.String()
	value := string(c.value)
	switch {
	case c.formula && !c.valued:
		return "", &table.InputError{
			File: s.book.name, Row: s.row, Problem: fmt.Sprintf("the formula in column %s was never computed", columnName(c.column)),
			Advice: "open the workbook in the spreadsheet program, and save it again",
		}
	case c.kind == "inlineStr":
		return inline, nil
	case value == "":
		return "", nil
	}
	switch c.kind {
	case "s":
		i, err := strconv.Atoi(strings.TrimSpace(value))
		if err != nil || i < 0 || i >= len(s.book.strings) {
			return "", s.damaged(errors.New("a cell refers to a text that is not there"))
		}
		return s.book.strings[i], nil
	case "b":
		return map[bool]string{true: "TRUE", false: "FALSE"}[isTrue(value)], nil
	case "str":
		return unescape(value), nil
	case "e":
		return value, nil
	case "d":
		return storedDate(value), nil
	}
	f := plain
	if c.style >= 0 && c.style < len(s.book.styles) {
		f = s.book.styles[c.style]
	}
	return f.text(strings.TrimSpace(value), s.book.date1904), nil
}
