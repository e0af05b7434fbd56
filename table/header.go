package table

import (
	"fmt"
	"strings"
)

// CheckHeader trims the cells of a header row, drops those without text at its end, and refuses what would leave a column without
// a name of its own, and more columns than the limit. It is for those who write a [Rows]; errors are of type *InputError.
func CheckHeader(file string, row int, cells []string, l Limits) ([]string, error) {
	header := make([]string, len(cells))
	for i, cell := range cells {
		header[i] = strings.Clone(strings.TrimSpace(cell))
	}
	for len(header) > 0 && header[len(header)-1] == "" {
		header = header[:len(header)-1]
	}
	if limit := l.withDefaults().Columns; len(header) > limit {
		return nil, &InputError{
			File: file, Row: row, Problem: fmt.Sprintf("%d columns, more than the limit of %d", len(header), limit),
			Advice: "leave out columns, or raise limits: columns in the policy's input",
		}
	}
	if len(header) == 0 {
		return nil, &InputError{File: file, Row: row, Problem: "there are no headers", Advice: "the first row must name every column"}
	}
	seen := make(map[string]int, len(header))
	for i, name := range header {
		if name == "" {
			return nil, &InputError{
				File: file, Row: row, Problem: fmt.Sprintf("column %d has no header", i+1),
				Advice: "the first row must name every column",
			}
		}
		if first, twice := seen[name]; twice {
			return nil, &InputError{
				File: file, Row: row, Column: name,
				Problem: fmt.Sprintf("columns %d and %d have the same header", first+1, i+1), Advice: "rename one of them",
			}
		}
		seen[name] = i
	}
	return header, nil
}

// mostHeadersListed bounds the list of headers in an error.
const mostHeadersListed = 40

// listHeaders names the headers of a file for an error.
func listHeaders(header []string) string {
	if n := len(header) - mostHeadersListed; n > 0 {
		return fmt.Sprintf("%s, and %d more", strings.Join(header[:mostHeadersListed], ", "), n)
	}
	return strings.Join(header, ", ")
}
