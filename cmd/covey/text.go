package main

import (
	"fmt"
	"math"
	"strings"
	"unicode"
)

// textWidth returns how many columns of a terminal a text takes: two for the wide letters of East Asia, none for marks
// that join the letter before.
func textWidth(text string) (width int) {
	for _, r := range text {
		width += runeWidth(r)
	}
	return width
}

func runeWidth(r rune) int {
	switch {
	case unicode.In(r, unicode.Mn, unicode.Me, unicode.Cf):
		return 0
	case r >= 0x1100 && (r <= 0x115f || r >= 0x2e80 && r <= 0xa4cf || r >= 0xac00 && r <= 0xd7a3 || r >= 0xf900 && r <= 0xfaff ||
		r >= 0xfe30 && r <= 0xfe6f || r >= 0xff00 && r <= 0xff60 || r >= 0xffe0 && r <= 0xffe6 || r >= 0x1f300 && r <= 0x1faff ||
		r >= 0x20000 && r <= 0x3fffd):
		return 2
	}
	return 1
}

// cut shortens a text to a width, ending it with "…" if something is missing.
func cut(text string, width int) string {
	if textWidth(text) <= width {
		return text
	}
	var b strings.Builder
	room := width - 1
	for _, r := range text {
		if room -= runeWidth(r); room < 0 {
			break
		}
		b.WriteRune(r)
	}
	return b.String() + "…"
}

// pad fills a text with spaces up to a width, or cuts it.
func pad(text string, width int) string {
	text = cut(text, width)
	return text + strings.Repeat(" ", width-textWidth(text))
}

// share writes part of whole as a percentage: "12 %", "<1 %", ">99 %".
func share(part, whole int) string {
	switch {
	case whole == 0:
		return "–"
	case part > 0 && 100*part < whole:
		return "<1 %"
	case part < whole && 100*part > 99*whole:
		return ">99 %"
	}
	return fmt.Sprintf("%d %%", int(math.Round(100*float64(part)/float64(whole))))
}

// fineShare is share with a decimal below 10 %.
func fineShare(part, whole int) string {
	switch {
	case part == 0 || whole == 0 || 10*part >= whole:
		return share(part, whole)
	case 1000*part < whole:
		return "<0.1 %"
	}
	return fmt.Sprintf("%.1f %%", 100*float64(part)/float64(whole))
}

// bar draws part of whole as a bar at most width characters long. What is not nothing is seen.
func bar(part, whole, width int) string {
	if part <= 0 || whole <= 0 {
		return ""
	}
	return strings.Repeat("█", max(1, (part*width+whole/2)/whole))
}

// number writes a whole number with thousands apart.
func number(n int) string {
	digits := fmt.Sprint(n)
	for i := len(digits) - 3; i > 0 && digits[i-1] != '-'; i -= 3 {
		digits = digits[:i] + "," + digits[i:]
	}
	return digits
}

// people writes a number of persons.
func people(n int) string {
	if n == 1 {
		return "1 person"
	}
	return number(n) + " people"
}

// count writes a number of things.
func count(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return number(n) + " " + many
}
