package table

import (
	"bufio"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"strings"
)

// Format says how the text of a delimited file is laid out. The zero value finds out by itself.
type Format struct {
	Encoding  Encoding // default: found out
	Delimiter rune     // default: tab for a name ending in .tsv, else the most frequent of , ; tab | in the header
	Limits    Limits
}

// Limits bound what a file may hold. A zero field means its default; a negative one means no limit.
type Limits struct {
	Columns int   // headers in the file; default 1,000
	Values  int   // distinct values of one column; default 10,000, at most 65,000
	Cell    int   // bytes in one cell; default 4,096
	Bytes   int64 // bytes of text, after unpacking; default 8 GiB
	Rows    int   // rows below the header; default no limit
}

const maxValues = 65000

func (l Limits) withDefaults() Limits {
	def := func(x *int, d int) {
		if *x == 0 {
			*x = d
		} else if *x < 0 {
			*x = 1<<31 - 1
		}
	}
	def(&l.Columns, 1000)
	def(&l.Values, 10000)
	def(&l.Cell, 4096)
	def(&l.Rows, -1)
	l.Values = min(l.Values, maxValues)
	if l.Rows < 0 {
		l.Rows = 1<<62 - 1
	}
	if l.Bytes == 0 {
		l.Bytes = 8 << 30
	} else if l.Bytes < 0 {
		l.Bytes = 1<<63 - 1
	}
	return l
}

// Rows is a source of text cells: a delimited file ([OpenCSV]) or a sheet of a workbook (package xlsx).
type Rows interface {
	// Header returns the trimmed headers.
	Header() []string
	// Next returns the cells of the next row, as many as there are headers, or io.EOF. The slice is valid until the next call;
	// the strings stay valid.
	Next() ([]string, error)
	// Name returns the name of the file for messages.
	Name() string
}

// CSV reads rows from a delimited text file (RFC 4180; quotes, line breaks in quotes, LF or CRLF).
type CSV struct {
	name      string
	in        *csv.Reader
	header    []string
	row       int
	Encoding  Encoding // found or given
	Delimiter rune     // found or given
}

// OpenCSV reads the header of a delimited file. The name serves messages and, by its ending, the delimiter.
func OpenCSV(r io.Reader, name string, f Format) (*CSV, error) {
	limits := f.Limits.withDefaults()
	text, encoding, err := decode(&limitReader{in: r, left: limits.Bytes, limit: limits.Bytes}, f.Encoding)
	if err != nil {
		return nil, &InputError{File: name, Problem: "cannot be read", Err: err}
	}
	c := &CSV{name: name, Encoding: encoding, Delimiter: f.Delimiter}
	if c.Delimiter == 0 {
		c.Delimiter = sniffDelimiter(text, name)
	}
	c.in = csv.NewReader(text)
	c.in.Comma = c.Delimiter
	c.in.FieldsPerRecord = -1
	c.in.ReuseRecord = true
	header, err := c.read()
	if errors.Is(err, io.EOF) {
		return nil, &InputError{File: name, Problem: "the file is empty", Advice: "give a file whose first row holds the headers"}
	} else if err != nil {
		return nil, err
	}
	c.header, err = checkHeader(name, header, limits.Columns)
	return c, err
}

// Header returns the trimmed headers.
func (c *CSV) Header() []string { return c.header }

// Name returns the name given to OpenCSV.
func (c *CSV) Name() string { return c.name }

// Next returns the cells of the next row, or io.EOF. Its errors are of type *InputError.
func (c *CSV) Next() ([]string, error) {
	cells, err := c.read()
	if err != nil {
		return nil, err
	}
	if len(cells) != len(c.header) {
		return nil, &InputError{
			File: c.name, Row: c.row,
			Problem: fmt.Sprintf("%d cells, but the header has %d", len(cells), len(c.header)),
			Advice:  fmt.Sprintf("put cells that contain %q or quotes in double quotes, or say which delimiter the file uses", c.Delimiter),
		}
	}
	return cells, nil
}

func (c *CSV) read() ([]string, error) {
	c.row++
	cells, err := c.in.Read()
	if err == nil || err == io.EOF {
		return cells, err
	}
	in := &InputError{File: c.name, Row: c.row, Problem: "cannot be read", Err: err}
	var parse *csv.ParseError
	var limit *limitError
	switch {
	case errors.As(err, &limit):
		in.Row, in.Problem, in.Err = 0, limit.Error(), nil
		in.Advice = "split the file, or raise limits: bytes in the policy's input"
	case errors.Is(err, errNotUTF8):
		in.Problem, in.Err = "a character is not UTF-8", nil
		in.Advice = "say which encoding the file has, for example windows-1252"
	case errors.As(err, &parse):
		in.Problem = fmt.Sprintf("line %d, character %d: %s", parse.Line, parse.Column, quoteProblem(parse.Err))
		in.Advice, in.Err = "close every quote that a cell opens, and write a quote inside a quoted cell twice", nil
	}
	return nil, in
}

func quoteProblem(err error) string {
	if errors.Is(err, csv.ErrBareQuote) {
		return "a quote inside a cell that does not start with one"
	}
	if errors.Is(err, csv.ErrQuote) {
		return "a quote that is not closed, or text after a closing quote"
	}
	return err.Error()
}

// checkHeader trims headers and refuses what would make columns ambiguous.
func checkHeader(name string, cells []string, limit int) ([]string, error) {
	if len(cells) > limit {
		return nil, &InputError{
			File: name, Row: 1, Problem: fmt.Sprintf("%d columns, more than the limit of %d", len(cells), limit),
			Advice: "leave out columns, or raise limits: columns in the policy's input",
		}
	}
	header := make([]string, len(cells))
	seen := make(map[string]int, len(cells))
	for i, cell := range cells {
		header[i] = strings.Clone(strings.TrimSpace(cell))
		if header[i] == "" {
			return nil, &InputError{
				File: name, Row: 1, Problem: fmt.Sprintf("column %d has no header", i+1),
				Advice: "the first row must name every column",
			}
		}
		if first, twice := seen[header[i]]; twice {
			return nil, &InputError{
				File: name, Row: 1, Column: header[i],
				Problem: fmt.Sprintf("columns %d and %d have the same header", first+1, i+1), Advice: "rename one of them",
			}
		}
		seen[header[i]] = i
	}
	return header, nil
}

// sniffDelimiter looks at the first line, quotes left out.
func sniffDelimiter(text *bufio.Reader, name string) rune {
	if strings.EqualFold(filepath.Ext(strings.TrimSuffix(name, ".gz")), ".tsv") {
		return '\t'
	}
	head, _ := text.Peek(sniffSize / 2)
	counts := map[rune]int{}
	quoted := false
	for _, r := range string(head) {
		if r == '"' {
			quoted = !quoted
		} else if r == '\n' && !quoted {
			break
		} else if !quoted {
			counts[r]++
		}
	}
	best := ','
	for _, r := range ",;\t|" {
		if counts[r] > counts[best] {
			best = r
		}
	}
	return best
}

// limitReader fails, instead of ending, when more than left bytes are read.
type limitReader struct {
	in          io.Reader
	left, limit int64
}

type limitError struct{ limit int64 }

func (e *limitError) Error() string { return fmt.Sprintf("more than the limit of %d bytes", e.limit) }

func (l *limitReader) Read(p []byte) (int, error) {
	if l.left < 0 {
		return 0, &limitError{l.limit}
	}
	if int64(len(p)) > l.left+1 {
		p = p[:l.left+1]
	}
	n, err := l.in.Read(p)
	l.left -= int64(n)
	if l.left < 0 {
		return 0, &limitError{l.limit}
	}
	return n, err
}
