package xlsx

import (
	"encoding/xml"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/opencovey/covey/table"
)

// checkMerged reads on to the list of merged cells, which follows the rows. It returns io.EOF when none of them belongs to
// the table.
func (s *Sheet) checkMerged() error {
	for {
		token, err := s.decoder.RawToken()
		if err == io.EOF {
			return io.EOF
		} else if err != nil {
			return s.damaged(err)
		}
		start, ok := token.(xml.StartElement)
		if !ok || start.Name.Local != "mergeCell" {
			continue
		}
		ref := (*element)(&start).attr("ref")
		from, to, _ := strings.Cut(ref, ":")
		row := max(rowNumber(from), s.first)
		if to == "" || from == to || row > s.row || rowNumber(to) < s.first || columnNumber(from) > len(s.header) {
			continue
		}
		return &table.InputError{
			File: s.book.name, Row: row, Problem: fmt.Sprintf("the cells %s are merged, so that only the first has a value", ref),
			Advice: "take them apart in the spreadsheet program, and fill in every row",
		}
	}
}

// columnNumber returns the number of the column in a reference such as "AB12", or 0.
func columnNumber(ref string) int {
	n := 0
	for _, r := range strings.TrimLeft(ref, "$") {
		switch {
		case r >= 'A' && r <= 'Z':
			n = 26*n + int(r-'A') + 1
		case r >= 'a' && r <= 'z':
			n = 26*n + int(r-'a') + 1
		default:
			return n
		}
		if n > maxColumn {
			return 0
		}
	}
	return n
}

// rowNumber returns the number of the row in a reference such as "AB12", or 0.
func rowNumber(ref string) int {
	n, err := strconv.Atoi(strings.TrimLeft(ref, "$ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"))
	if err != nil {
		return 0
	}
	return n
}

// columnName is the inverse of columnNumber: "AB" for 28.
func columnName(n int) string {
	name := ""
	for ; n > 0; n = (n - 1) / 26 {
		name = string(rune('A'+(n-1)%26)) + name
	}
	return name
}
