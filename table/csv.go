package table

import (
	"bufio"
	"bytes"
	"compress/flate"
	"compress/gzip"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"
)

// Format says how the text of a delimited file is laid out. The zero value finds out by itself.
type Format struct {
	Encoding  Encoding // default: found out
	Delimiter rune     // default: tab for a name ending in .tsv, else the most frequent of , ; tab | in the header
	Limits    Limits
}

// Rows is a source of text cells: a delimited file ([OpenCSV]) or a sheet of a workbook (package xlsx).
//
// If it also has a method Row() int, that returns the row of the spreadsheet that Next returned last, the header being row 1, for
// sources that pass over empty lines; else rows are counted.
type Rows interface {
	// Header returns the trimmed headers.
	Header() []string
	// Next returns the cells of the next row, as many as there are headers, or io.EOF. The slice is valid until the next call;
	// the strings stay valid.
	Next() ([]string, error)
	// Name returns the name of the file for messages.
	Name() string
}

// CSV reads rows from a delimited text file (RFC 4180; quotes, line breaks in quotes, LF, CRLF or CR). Text packed with
// gzip is unpacked. Lines without any text are passed over; cells without text at the end of a row are dropped where
// no header stands over them.
type CSV struct {
	name      string
	text      *textReader
	packed    bool
	in        *csv.Reader
	header    []string
	row, line int   // row of the spreadsheet and last line of the file that were read
	record    int64 // most bytes of one row
	Encoding  Encoding
	Delimiter rune // found or given, as Encoding
}

// OpenCSV reads the header of a delimited file. The name serves messages and, by its ending, the delimiter. A first
// line "sep=;" as spreadsheet programs write it gives the delimiter and is no row.
func OpenCSV(r io.Reader, name string, f Format) (*CSV, error) {
	limits := f.Limits.withDefaults()
	c := &CSV{name: name, record: limits.record()}
	packed, err := c.unpack(r, limits.Bytes)
	if err != nil {
		return nil, c.fault(err)
	}
	if head, _ := packed.Peek(sniffSize); len(head) > 0 { // an error comes back at the next reading
		if err := checkForeign(name, head); err != nil {
			return nil, err
		}
	}
	if c.text, err = decode(packed, f.Encoding); err != nil {
		return nil, c.fault(err)
	}
	c.Encoding = c.text.encoding
	text := bufio.NewReaderSize(c.text, sniffSize)
	head, _ := text.Peek(sniffSize)
	if endsLinesByCR(head) {
		text = bufio.NewReaderSize(crReader{text}, sniffSize)
		head, _ = text.Peek(sniffSize)
	}
	named, length := sepLine(head)
	if _, err := text.Discard(length); err != nil {
		return nil, c.fault(err)
	}
	switch {
	case f.Delimiter != 0:
		c.Delimiter = f.Delimiter
	case named != 0:
		c.Delimiter = named
	default:
		c.Delimiter = sniffDelimiter(head, name)
	}
	if strings.ContainsRune("\"\r\n\ufffd", c.Delimiter) || !utf8.ValidRune(c.Delimiter) {
		return nil, &InputError{File: name, Problem: fmt.Sprintf("%q cannot be a delimiter", c.Delimiter), Advice: "use , or ; or | or a tab"}
	}
	c.in = csv.NewReader(text)
	c.in.Comma = c.Delimiter
	c.in.FieldsPerRecord = -1
	c.in.ReuseRecord = true
	return c, c.readHeader(limits)
}

func (c *CSV) readHeader(limits Limits) error {
	cells, err := c.read()
	if err == io.EOF {
		return &InputError{File: c.name, Problem: "the file is empty", Advice: "give a file whose first row holds the headers"}
	} else if err != nil {
		return err
	}
	c.header, err = CheckHeader(c.name, c.row, cells, limits)
	return err
}

// unpack returns what is in the file, unpacked if it is packed with gzip, and bounded.
func (c *CSV) unpack(r io.Reader, limit int64) (*bufio.Reader, error) {
	in := bufio.NewReaderSize(r, sniffSize)
	if mark, _ := in.Peek(2); string(mark) == "\x1f\x8b" {
		c.packed = true
		unpacked, err := gzip.NewReader(in)
		if err != nil {
			return nil, err
		}
		r = unpacked
	} else {
		r = in
	}
	return bufio.NewReaderSize(&limitReader{in: r, left: limit, limit: limit}, sniffSize), nil
}

// Header returns the trimmed headers.
func (c *CSV) Header() []string { return c.header }

// Name returns the name given to OpenCSV.
func (c *CSV) Name() string { return c.name }

// Row returns the row of the spreadsheet that was read last, the header being row 1 unless lines without text stand above it.
func (c *CSV) Row() int { return c.row }

// Next returns the cells of the next row, or io.EOF. Its errors are of type *InputError.
func (c *CSV) Next() ([]string, error) {
	for {
		cells, err := c.read()
		if err != nil {
			return nil, err
		}
		n := len(c.header)
		if len(cells) == n {
			return cells, nil
		}
		if n > 1 && len(cells) == 1 && strings.TrimSpace(cells[0]) == "" {
			continue
		}
		if len(cells) > n && blankCells(cells[n:]) {
			return cells[:n], nil
		}
		return nil, &InputError{
			File: c.name, Row: c.row,
			Problem: fmt.Sprintf("%d cells, but the header has %d", len(cells), n),
			Advice:  fmt.Sprintf("put cells that contain %q or quotes in double quotes, or say which delimiter the file uses", c.Delimiter),
		}
	}
}

func blankCells(cells []string) bool {
	for _, c := range cells {
		if strings.TrimSpace(c) != "" {
			return false
		}
	}
	return true
}

// read returns the cells of the next line with text. A row ends on the line of its last cell and the line breaks in it.
func (c *CSV) read() ([]string, error) {
	c.text.budget = c.record + 2*sniffSize // what is buffered between was paid for by the row before
	cells, err := c.in.Read()
	if err == io.EOF {
		return nil, err
	} else if err != nil {
		return nil, c.fault(err)
	}
	start, _ := c.in.FieldPos(0)
	last := len(cells) - 1
	end, _ := c.in.FieldPos(last)
	c.row += start - c.line
	c.line = end + strings.Count(cells[last], "\n")
	return cells, nil
}

// fault puts an error of reading the next row into words.
func (c *CSV) fault(err error) error {
	in := &InputError{File: c.name, Row: c.row + 1, cause: err}
	var parse *csv.ParseError
	var limit *limitError
	var mark *markError
	var corrupt flate.CorruptInputError
	switch {
	case errors.As(err, &limit):
		in.Row, in.Problem = 0, limit.Error()
		in.Advice = "split the file, or raise limits: bytes in the policy's input"
	case errors.As(err, &mark):
		in.Row, in.Problem = 0, mark.Error()
		in.Advice = "leave encoding: out of the policy's input"
	case errors.Is(err, errNotUTF8), errors.Is(err, errNot1252):
		in.Problem = err.Error()
		in.Advice = "save the file as UTF-8, or say in the policy's input which encoding it has, for example windows-1252"
	case errors.Is(err, errNUL), errors.Is(err, errNotUTF16):
		in.Problem, in.Advice = err.Error(), "say which encoding the file has; if it is no text, save the table as .csv or .xlsx"
	case errors.Is(err, errRecord):
		in.Problem = fmt.Sprintf("the row does not end within %d bytes", c.record)
		in.Advice = "look for a quote that is never closed, in this row or the one before"
	case c.packed && (errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, gzip.ErrChecksum) ||
		errors.Is(err, gzip.ErrHeader) || errors.As(err, &corrupt)):
		in.Problem, in.Advice = "the packed file is damaged or cut off", "copy or pack it again"
	case errors.As(err, &parse):
		in.Row = c.row + parse.StartLine - c.line
		in.Problem = quoteProblem(parse)
		in.Advice = "close every quote that a cell opens, and write a quote inside a quoted cell twice"
	default:
		in.Problem, in.Err = "cannot be read", err
	}
	return in
}

func quoteProblem(p *csv.ParseError) string {
	where := fmt.Sprintf("line %d of the file, near character %d", p.Line, p.Column)
	if p.StartLine < p.Line {
		where = fmt.Sprintf("lines %d to %d of the file", p.StartLine, p.Line)
	}
	if errors.Is(p.Err, csv.ErrBareQuote) {
		return where + ": a quote inside a cell that does not start with one"
	}
	return where + ": a quote that is not closed, or text after a closing quote"
}

// sepLine recognises a first line "sep=;" and returns the delimiter that it names and its length with the line break.
func sepLine(head []byte) (delimiter rune, length int) {
	if len(head) < 5 || !bytes.EqualFold(head[:4], []byte("sep=")) {
		return 0, 0
	}
	r, size := utf8.DecodeRune(head[4:])
	if r == '\r' || r == '\n' {
		return 0, 0
	}
	rest := head[4+size:]
	end := len(rest) - len(bytes.TrimPrefix(bytes.TrimPrefix(rest, []byte("\r")), []byte("\n")))
	if end == 0 && len(rest) > 0 {
		return 0, 0
	}
	return r, 4 + size + end
}

// sniffDelimiter looks at the first line with text, quotes left out.
func sniffDelimiter(head []byte, name string) rune {
	name = strings.TrimSuffix(strings.ToLower(name), ".gz")
	if strings.HasSuffix(name, ".tsv") || strings.HasSuffix(name, ".tab") {
		return '\t'
	}
	counts := map[rune]int{}
	quoted := false
	for _, r := range string(bytes.TrimLeft(head, "\r\n")) {
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
