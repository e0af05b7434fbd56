package directory

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// A spreadsheet takes a cell that begins with = + - @ for a formula, and some
// strip what cannot be seen before they look. An apostrophe at the beginning
// makes it a text. One that splits the file at semicolons, tabs or lines sees
// cells where we wrote none, so what follows those is treated in the same way.

// disarm puts an apostrophe wherever a cell may begin with something dangerous;
// those that were there already are kept apart from ours by their number.
func disarm(text string) string { return atStarts(text, func(marks int) int { return marks + 1 }) }

// rearm undoes disarm.
func rearm(text string) string { return atStarts(text, func(marks int) int { return max(marks-1, 0) }) }

// atStarts changes the number of apostrophes before everything dangerous with
// which a cell may begin.
func atStarts(text string, change func(marks int) int) string {
	if !strings.ContainsFunc(text, dangerous) {
		return text
	}
	var b strings.Builder
	b.Grow(len(text) + 2)
	start, inner := true, false
	for i := 0; i < len(text); {
		if start {
			rest := strings.TrimLeft(text[i:], "'")
			marks := len(text) - i - len(rest)
			if startsDangerous(rest, inner) {
				b.WriteString(strings.Repeat("'", change(marks)))
				i += marks
			}
			start = false
			if i == len(text) {
				break
			}
		}
		_, size := utf8.DecodeRuneInString(text[i:])
		b.WriteString(text[i : i+size])
		if c := text[i]; c == ';' || c == '\t' || c == '\n' {
			start, inner = true, true
		}
		i += size
	}
	return b.String()
}

// startsDangerous reports whether a cell that begins like this could become a
// formula. Inside a cell of ours a quotation mark could begin one, too.
func startsDangerous(cell string, inner bool) bool {
	r, _ := utf8.DecodeRuneInString(strings.TrimLeft(cell, " "))
	return cell != "" && (dangerous(r) || inner && r == '"')
}

// dangerous reports whether a character at the beginning can make a formula of a
// cell: the four signs, their wide forms, and whatever cannot be seen.
func dangerous(r rune) bool {
	switch r {
	case ' ', utf8.RuneError:
		return false
	case '=', '+', '-', '@', '＝', '＋', '－', '＠', '﹢', '﹣', '﹦', '﹫', '−':
		return true
	}
	return r > 0 && invisible(r) || r == 0
}

// invisible reports whether a character leaves no mark on the page.
func invisible(r rune) bool {
	return unicode.IsSpace(r) && r != ' ' || unicode.IsControl(r) ||
		unicode.In(r, unicode.Cf, unicode.Z, unicode.Other_Default_Ignorable_Code_Point, unicode.Variation_Selector) && r != ' '
}

// joinList writes a list as one cell: "a; b". A semicolon that belongs to an item
// is written \; and a backslash \\.
func joinList(items []string) string {
	quoted := make([]string, len(items))
	for i, item := range items {
		quoted[i] = strings.NewReplacer(`\`, `\\`, `;`, `\;`).Replace(item)
	}
	return strings.Join(quoted, "; ")
}

// splitList undoes joinList. Empty items and those that are there already are
// passed over.
func splitList(cell string) []string {
	var items []string
	var b strings.Builder
	end := func() {
		if item := strings.TrimSpace(b.String()); item != "" && !slices.Contains(items, item) {
			items = append(items, item)
		}
		b.Reset()
	}
	escaped := false
	for _, r := range cell {
		switch {
		case escaped:
			if r != ';' && r != '\\' {
				b.WriteByte('\\')
			}
			b.WriteRune(r)
			escaped = false
		case r == '\\':
			escaped = true
		case r == ';':
			end()
		default:
			b.WriteRune(r)
		}
	}
	if escaped {
		b.WriteByte('\\')
	}
	end()
	return items
}
