package table

import (
	"fmt"
	"strings"
	"unicode"
)

// InputError tells a person what is wrong with a file, where, and what to do. It never quotes a cell.
type InputError struct {
	File    string // as the caller named it; may be ""
	Row     int    // row of the spreadsheet, the header being row 1; 0: the file as a whole
	Column  string // header of the column, or several with ", " between; "": the row as a whole
	Problem string // what is wrong, in plain words
	Advice  string // what to do; may be ""
	Err     error  // cause, whose text follows Problem; may be nil

	cause error // cause that Problem has put into words already; may be nil
}

// Error gives "file: row 12, column age: problem".
func (e *InputError) Error() string {
	var where []string
	if e.Row > 0 {
		where = append(where, fmt.Sprintf("row %d", e.Row))
	}
	if e.Column != "" {
		where = append(where, "column "+e.Column)
	}
	text := e.Problem
	if len(where) > 0 {
		text = strings.Join(where, ", ") + ": " + text
	}
	if e.File != "" {
		text = e.File + ": " + text
	}
	if e.Err != nil {
		text += ": " + e.Err.Error()
	}
	return printable(text)
}

// printable replaces what could move the cursor of a terminal or forge a line: headers are as the file has them.
func printable(text string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r) || r == '\u2028' || r == '\u2029' {
			return ' '
		}
		return r
	}, text)
}

// Hint says what to do about the error.
func (e *InputError) Hint() string { return printable(e.Advice) }

// Unwrap returns the cause.
func (e *InputError) Unwrap() error {
	if e.Err == nil {
		return e.cause
	}
	return e.Err
}
