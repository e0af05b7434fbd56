package directory

import (
	"bufio"
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf8"
)

// Bounds of a file of entries, which may come from anybody.
const (
	maxFileBytes = 64 << 20
	maxRows      = 100_000
	maxProblems  = 1_000 // errors that are told, and warnings
)

// Problem is something that is wrong with a file of entries, for a person who
// wants to put it right.
type Problem struct {
	File    string `json:"file"`
	Row     int    `json:"row,omitempty"`    // as a spreadsheet counts: the header is row 1; 0 for the file as a whole
	Column  string `json:"column,omitempty"` // name of the column; "" for the row as a whole
	What    string `json:"what"`             // what is wrong
	Do      string `json:"do,omitempty"`     // what to do
	Warning bool   `json:"warning"`          // the file can be used as it is
}

// String returns "file, row 3, column url: what is wrong; what to do".
func (p Problem) String() string {
	var b strings.Builder
	b.WriteString(p.File)
	if p.Row > 0 {
		fmt.Fprintf(&b, ", row %d", p.Row)
	}
	if p.Column != "" {
		fmt.Fprintf(&b, ", column %s", p.Column)
	}
	fmt.Fprintf(&b, ": %s", p.What)
	if p.Do != "" {
		fmt.Fprintf(&b, "; %s", p.Do)
	}
	return b.String()
}

// Errors counts the problems that are no warnings.
func Errors(problems []Problem) int {
	n := 0
	for _, p := range problems {
		if !p.Warning {
			n++
		}
	}
	return n
}

// errFile is what is wrong with a file that cannot be read at all.
var (
	errTooLarge = errors.New("the file is larger than 64 MB")
	errEmpty    = errors.New("the file is empty")
	errNoName   = errors.New("there is no column \"name\"")
)

// WriteCSV writes entries as a file that any spreadsheet opens: UTF-8, commas,
// one row for each entry, its columns those of [Fields]. What could be taken for
// a formula is disarmed with an apostrophe, which [ReadCSV] takes off again, so
// that texts come back as they were; only spaces at their ends and carriage
// returns before a line feed are lost. CheckedBy is not written.
func WriteCSV(w io.Writer, tools []Tool, v *Vocabulary) error {
	out := csv.NewWriter(w)
	fields := Fields()
	row := make([]string, len(fields))
	copy(row, fields)
	if err := out.Write(row); err != nil {
		return fmt.Errorf("write tools: %w", err)
	}
	for _, t := range tools {
		for f, codes := range t.Terms {
			for _, code := range codes {
				if _, ok := v.Term(f, code); !ok {
					return fmt.Errorf("write tools: %s has the term %q, which the vocabulary of %s does not", t.ID, code, f)
				}
			}
		}
		for i, field := range fields {
			row[i] = disarm(strings.ReplaceAll(Field(t, field), "\r\n", "\n"))
		}
		if err := out.Write(row); err != nil {
			return fmt.Errorf("write tools: %w", err)
		}
	}
	out.Flush()
	if err := out.Error(); err != nil {
		return fmt.Errorf("write tools: %w", err)
	}
	return nil
}

// ReadCSV reads a file of entries. It is forgiving of what spreadsheets do:
// columns in any order, missing ones but "name", semicolons or tabs instead of
// commas, a byte order mark, terms by their name in any language instead of
// their code. It returns every entry it found, without the cells that are at
// fault, and what is wrong, in the order of the rows; after a thousand errors it
// reads no further. An entry without an ID is a new one. The error is for a file
// that cannot be read at all. The name of the file is for the problems.
func ReadCSV(r io.Reader, name string, v *Vocabulary) ([]Tool, []Problem, error) {
	in := &reader{file: name, vocabulary: v, ids: map[string]int{}}
	rows, err := openRows(r)
	if err != nil {
		return nil, nil, fmt.Errorf("%s: %w", name, err)
	}
	header, err := rows.Read()
	if err == io.EOF {
		return nil, nil, fmt.Errorf("%s: %w", name, errEmpty)
	} else if err != nil {
		return nil, nil, fmt.Errorf("%s: %w", name, plainCSV(err))
	}
	in.row, _ = rows.FieldPos(0)
	in.header(header)
	if !slices.Contains(in.columns, "name") {
		return nil, in.problems, fmt.Errorf("%s: %w", name, errNoName)
	}
	in.end = lastLine(rows, header)
	for {
		row, err := rows.Read()
		if err == io.EOF {
			break
		} else if err != nil {
			return in.tools, in.problems, fmt.Errorf("%s: %w", name, plainCSV(err))
		}
		if len(in.tools) == maxRows {
			return in.tools, in.problems, fmt.Errorf("%s: there are more than %d rows", name, maxRows)
		}
		start, _ := rows.FieldPos(0)
		in.row += start - in.end // encoding/csv passes over empty lines, a spreadsheet does not
		in.end = lastLine(rows, row)
		in.read(row)
		if in.errors > maxProblems {
			in.problems = append(in.problems, Problem{File: name, What: "there are more problems, and the rest was not read", Do: "mend these first"})
			break
		}
	}
	return in.tools, in.problems, nil
}

// lastLine returns the line on which a record ends.
func lastLine(rows *csv.Reader, row []string) int {
	line, _ := rows.FieldPos(len(row) - 1)
	return line + strings.Count(row[len(row)-1], "\n")
}

// openRows finds out what separates the cells of a file.
func openRows(r io.Reader) (*csv.Reader, error) {
	buffer := bufio.NewReaderSize(&limited{r: r, left: maxFileBytes}, 1<<16)
	if mark, _ := buffer.Peek(3); bytes.Equal(mark, []byte("\xEF\xBB\xBF")) {
		_, _ = buffer.Discard(3)
	}
	first, err := buffer.Peek(1 << 12)
	if err != nil && err != io.EOF && len(first) == 0 {
		return nil, err
	}
	first, _, _ = bytes.Cut(first, []byte("\n"))
	rows := csv.NewReader(buffer)
	rows.FieldsPerRecord = -1
	rows.LazyQuotes = true
	for _, comma := range []byte{';', '\t'} {
		if bytes.Count(first, []byte{comma}) > bytes.Count(first, []byte{byte(rows.Comma)}) {
			rows.Comma = rune(comma)
		}
	}
	return rows, nil
}

// limited ends a file that is too large with an error, not as if it were whole.
type limited struct {
	r    io.Reader
	left int
}

func (l *limited) Read(p []byte) (int, error) {
	if l.left <= 0 {
		return 0, errTooLarge
	}
	n, err := l.r.Read(p[:min(len(p), l.left)])
	l.left -= n
	return n, err
}

// plainCSV says in plain words what package csv says in its own.
func plainCSV(err error) error {
	var bad *csv.ParseError
	if errors.As(err, &bad) {
		return fmt.Errorf("line %d: the quotation marks do not match", bad.Line)
	}
	return err
}

// reader is what [ReadCSV] knows while it reads.
type reader struct {
	file       string
	vocabulary *Vocabulary
	columns    []string // field of each column, "" for those that are passed over
	row, end   int      // number of the present row, and line on which it ends
	tools      []Tool
	ids        map[string]int // row of each ID
	problems   []Problem
	errors     int
	warnings   int
}

// report notes a problem of the present row. Of errors and of warnings there are
// at most maxProblems each.
func (in *reader) report(column string, warning bool, what, do string) {
	count := &in.errors
	if warning {
		count = &in.warnings
	}
	if *count++; *count <= maxProblems {
		in.problems = append(in.problems, Problem{in.file, in.row, column, what, do, warning})
	}
}

// header finds the field of every column.
func (in *reader) header(header []string) {
	fields := Fields()
	for _, cell := range header {
		column := strings.ToLower(strings.TrimSpace(cell))
		switch {
		case column == "":
			column = ""
		case !slices.Contains(fields, column):
			in.report(shorten(column), true, "this column is not known and is passed over", meant(column, fields))
			column = ""
		case slices.Contains(in.columns, column):
			in.report(column, false, "this column is there twice", "remove one of them")
			column = ""
		}
		in.columns = append(in.columns, column)
	}
}

// read takes one row in.
func (in *reader) read(row []string) {
	if !slices.ContainsFunc(row, func(cell string) bool { return strings.TrimSpace(cell) != "" }) {
		return
	}
	if len(row) > len(in.columns) && slices.ContainsFunc(row[len(in.columns):], func(cell string) bool { return strings.TrimSpace(cell) != "" }) {
		in.report("", false, "there are more cells than columns", "put a text that holds commas in quotation marks")
	}
	var t Tool
	for i, cell := range row[:min(len(row), len(in.columns))] {
		column := in.columns[i]
		cell = strings.TrimSpace(cell)
		if column == "" || cell == "" {
			continue
		}
		if !utf8.ValidString(cell) {
			in.report(column, false, "this is not UTF-8", "save the file as \"CSV UTF-8\"")
			continue
		}
		for _, p := range setField(&t, column, rearm(cell), in.vocabulary) {
			in.report(column, p.warning, p.what, p.do)
		}
	}
	for _, p := range checkTool(t) {
		in.report(p.column, p.warning, p.what, p.do)
	}
	if t.ID != "" {
		if first, taken := in.ids[t.ID]; taken {
			in.report("id", false, fmt.Sprintf("row %d has the same", first), "every entry needs one of its own; leave it empty for a new entry")
			t.ID = ""
		} else {
			in.ids[t.ID] = in.row
		}
	}
	in.tools = append(in.tools, t)
}
