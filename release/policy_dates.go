package release

import (
	"errors"
	"fmt"
	"strings"
	"time"
)

// dateToken is a part of a date: as policies write it and as package time does.
type dateToken struct{ format, layout, unit string }

// dateTokens are in the order in which a layout has to be searched for them.
var dateTokens = []dateToken{
	{"YYYY", "2006", "year"},
	{"MMMM", "January", "month"},
	{"MMM", "Jan", "month"},
	{"MM", "01", "month"},
	{"DD", "02", "day"},
	{"hh", "15", "hour"},
	{"mm", "04", "minute"},
	{"ss", "05", "second"},
	{"M", "1", "month"},
	{"D", "2", "day"},
}

// dateFormatHint is the hint for every problem with a date format.
const dateFormatHint = "build the format from YYYY, MM, M, MMM, MMMM, DD, D, hh, mm, ss and separators, such as DD/MM/YYYY"

// DateLayout turns a date format of a policy, such as "DD/MM/YYYY", into a layout of package time. The error says what is wrong with it.
func DateLayout(format string) (string, error) {
	var layout strings.Builder
	seen := map[string]bool{}
	for rest := format; rest != ""; {
		c := rest[0]
		run := len(rest) - len(strings.TrimLeft(rest, rest[:1]))
		switch {
		case run == 1 && (c == 'T' || c == 'Z'), c >= 0x80:
			run = 1
			layout.WriteByte(c)
		case c >= '0' && c <= '9':
			return "", errors.New("a digit means nothing")
		case c|0x20 >= 'a' && c|0x20 <= 'z':
			token, err := findDateToken(rest[:run])
			if err != nil {
				return "", err
			}
			if seen[token.unit] {
				return "", fmt.Errorf("the %s occurs twice", token.unit)
			}
			seen[token.unit] = true
			layout.WriteString(token.layout)
		default:
			layout.WriteString(rest[:run])
		}
		rest = rest[run:]
	}
	for _, need := range [][2]string{{"minute", "hour"}, {"second", "minute"}, {"", "year"}, {"day", "month"}} {
		if (need[0] == "" || seen[need[0]]) && !seen[need[1]] {
			return "", missingUnit(need[0], need[1])
		}
	}
	return layout.String(), checkLayout(layout.String(), seen["day"])
}

func findDateToken(text string) (dateToken, error) {
	for _, t := range dateTokens {
		if t.format == text {
			return t, nil
		}
	}
	for _, t := range dateTokens {
		if strings.EqualFold(t.format, text) {
			return t, fmt.Errorf("%q is not known, %q is the %s", text, t.format, t.unit)
		}
	}
	return dateToken{}, fmt.Errorf("%q is not known", text)
}

func missingUnit(have, need string) error {
	if have == "minute" {
		return errors.New("mm is the minute and there is no hour; MM is the month")
	}
	if have == "" {
		return errors.New("there is no year")
	}
	return fmt.Errorf("there is a %s and no %s", have, need)
}

// checkLayout finds layouts that would read something else than was meant, since units without a separator run together.
func checkLayout(layout string, days bool) error {
	if strings.Contains(strings.ReplaceAll(layout, "_2006", ""), "_2") { // package time reads this as a padded day
		return errors.New("_ cannot stand before D")
	}
	for _, day := range []int{2, 23} {
		want := time.Date(2013, time.January, day, 19, 47, 38, 0, time.UTC)
		got, err := time.Parse(layout, want.Format(layout))
		if err != nil || got.Year() != want.Year() || got.Month() != want.Month() || days && got.Day() != day {
			return errors.New("its parts run together")
		}
	}
	return nil
}

// DateFormat is the inverse of [DateLayout].
func DateFormat(layout string) (string, error) {
	var format strings.Builder
next:
	for rest := layout; rest != ""; {
		for _, t := range dateTokens {
			if strings.HasPrefix(rest, t.layout) {
				format.WriteString(t.format)
				rest = rest[len(t.layout):]
				continue next
			}
		}
		format.WriteByte(rest[0])
		rest = rest[1:]
	}
	if back, err := DateLayout(format.String()); err != nil || back != layout {
		return "", fmt.Errorf("layout %q cannot be written in a policy", layout)
	}
	return format.String(), nil
}
