package table

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"
)

// read turns a text into the label of its value, by the kind of the column. The label "" stands for "no".
func (c *coder) read(text string) (string, *problem) {
	f := c.field
	switch f.labelKind() {
	case Flag:
		switch folded := fold(text); {
		case c.yes[folded]:
			return c.yesLabel, nil
		case c.no[folded] && f.KeepNo:
			return c.noLabel, nil
		case c.no[folded]:
			return "", nil
		}
		return "", &problem{"neither a yes nor a no", "list the spelling under yes: or no: of the column, or under blanks:"}
	case Number:
		x, ok := parseNumber(text)
		if !ok {
			return "", &problem{"not a number", "correct the cell, or list the text under blanks:"}
		}
		return c.bin(f.Bins.number(x))
	case Date:
		t, ok := parseDate(text, f.Layouts)
		if !ok {
			return "", &problem{"not a date in a format of the policy", "add the format under formats: of the column, or list the text under blanks:"}
		}
		if len(f.Bins.Dates) > 0 {
			return c.bin(f.Bins.date(t))
		} else if !f.Bins.From.IsZero() {
			return c.bins[f.Bins.calendar(t)], nil
		}
		return f.Bins.Every.label(t), nil
	case Country:
		code, ok := ParseCountry(text)
		if !ok && !slices.Contains(f.Values, text) && f.Other == "" {
			return "", &problem{"not a country of ISO 3166", "correct the cell, or map: the text to a code of three letters"}
		}
		if ok {
			return code, nil
		}
	}
	return text, nil
}

// bin returns the label of a bin; the first may be one that must stay empty.
func (c *coder) bin(i int) (string, *problem) {
	if i == 0 && c.field.Bins.Floor {
		return "", &problem{"below the first of the bins", "correct the cell, list the text under blanks:, or add a lower edge to bins:"}
	}
	return c.bins[i], nil
}

// isLabel reports whether a text is a label of the column as a release writes it, which the kind of the column might read otherwise.
func (c *coder) isLabel(text string) bool {
	if c.closed {
		return c.codes[text] != 0
	}
	return c.field.Kind == Date && c.field.Bins.Every.isLabel(text)
}

// labelKind is the kind of a single label: of the cell, or of each label in it.
func (f *Field) labelKind() Kind {
	if f.Kind == Many {
		return f.Labels
	}
	return f.Kind
}

// parseNumber accepts a decimal point or comma, and spaces or apostrophes between groups of three digits. It refuses
// "1,234", which means one thing in London and another in Paris; "1.234" has a decimal point everywhere that data are exchanged.
func parseNumber(text string) (float64, bool) {
	text = strings.Replace(text, "\u2212", "-", 1) // the typographic minus
	whole, fraction, point := text, "", false
	if at := strings.IndexAny(text, ".,"); at >= 0 {
		whole, fraction, point = text[:at], text[at+1:], true
		if text[at] == ',' && len(fraction) == 3 && mayBeThousands(whole) {
			return 0, false
		}
	}
	whole, ok := joinGroups(whole)
	if !ok || strings.ContainsAny(whole+fraction, "xXpP_") { // Go's own notations
		return 0, false
	}
	if point {
		whole += "." + fraction
	}
	x, err := strconv.ParseFloat(whole, 64)
	return x, err == nil && !math.IsNaN(x) && !math.IsInf(x, 0)
}

// mayBeThousands reports whether a comma after these digits and before three more may separate thousands.
func mayBeThousands(whole string) bool {
	digits := strings.TrimLeft(whole, "+-")
	return len(digits) <= 3 && !strings.HasPrefix(digits, "0")
}

// joinGroups takes out what separates thousands. All groups but the first must have three digits.
func joinGroups(text string) (string, bool) {
	groups := strings.FieldsFunc(text, func(r rune) bool { return strings.ContainsRune(" '’\u00a0\u202f\u2009", r) })
	for i, g := range groups {
		digits := strings.TrimLeft(g, "+-")
		if i > 0 && len(g) != 3 || len(groups) > 1 && (len(digits) > 3 || strings.Trim(digits, "0123456789") != "") {
			return "", false
		}
	}
	return strings.Join(groups, ""), true
}

func parseDate(text string, layouts []string) (time.Time, bool) {
	if layouts == nil {
		layouts = DefaultLayouts
	}
	for _, layout := range layouts {
		if t, err := time.Parse(layout, text); err == nil {
			return t, true
		}
	}
	return time.Time{}, false
}

// check finds what makes a field impossible to read.
func (f *Field) check() error {
	wrong := func(format string, args ...any) error {
		return fmt.Errorf("read table: %s column %q: %s", f.Kind, f.Name, fmt.Sprintf(format, args...))
	}
	switch {
	case int(f.Kind) >= len(kindNames):
		return wrong("there is no such kind")
	case f.Labels != Category && (f.Kind != Many || f.Labels != Country):
		return wrong("its labels cannot be of kind %s", f.Labels)
	case f.Kind == Number && len(f.Bins.Numbers) == 0, f.Kind == Date && len(f.Bins.Dates) == 0 && f.Bins.Every == NoPeriod:
		return wrong("it has no bins")
	case slices.ContainsFunc(f.Bins.Numbers, func(x float64) bool { return math.IsNaN(x) || math.IsInf(x, 0) }):
		return wrong("an edge of its bins is no number")
	case !ascending(f.Bins.Numbers, func(a, b float64) bool { return a < b }), !ascending(f.Bins.Dates, time.Time.Before):
		return wrong("its bins are not ascending")
	case slices.Contains(f.Values, ""):
		return wrong("a value of its code list is empty")
	case len(f.Values) > maxValues:
		return wrong("its code list has %d values, more than %d", len(f.Values), maxValues)
	case len(f.Bins.Numbers) > maxValues || len(f.Bins.Dates) > maxValues:
		return wrong("it has more than %d bins", maxValues)
	case f.Required && f.Kind == Many:
		return wrong("its labels cannot be required")
	}
	if bad := f.Bins.checkCalendar(); bad != "" {
		return wrong("%s", bad)
	}
	edges := 0
	switch {
	case f.Kind == Number:
		edges = len(f.Bins.Numbers)
	case f.Kind == Date:
		edges = len(f.Bins.Dates)
	}
	if n := len(f.Bins.Labels); n > 0 && n != edges {
		return wrong("it has %d labels for %d bins", n, edges)
	}
	return nil
}

// checkCalendar finds what is wrong with the first and the last calendar unit.
func (b *Bins) checkCalendar() string {
	if b.From.IsZero() && b.To.IsZero() {
		return ""
	}
	switch n := b.Every.count(b.To) - b.Every.count(b.From); {
	case b.Every == NoPeriod || len(b.Dates) > 0:
		return "its first and last bin are not calendar units"
	case b.From.IsZero() || b.To.IsZero():
		return "its calendar has no first or no last bin"
	case n < 1:
		return "its last bin is not after the first"
	case n >= maxValues:
		return fmt.Sprintf("it has more than %d bins", maxValues)
	}
	return ""
}

func ascending[T any](list []T, less func(a, b T) bool) bool {
	for i := 1; i < len(list); i++ {
		if !less(list[i-1], list[i]) {
			return false
		}
	}
	return true
}
