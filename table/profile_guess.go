package table

import (
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
)

// Thresholds of the guesses; see ProfileRows.
const (
	countryShare     = 0.95
	dateShare        = 0.98
	numberShare      = 0.98
	numberDistinct   = 15 // at most this many different numbers are a category
	identifierShare  = 0.95
	namedShare       = 0.3 // the same under a header that names identifiers
	identifierLeast  = 10  // fewer values identify nobody, unless the header says so
	manyShare        = 0.5 // of the parts of cells with the delimiter must recur in other cells
	commaShare       = 0.8 // the same for the comma
	freeTextShare    = 0.5
	freeTextLength   = 30 // mean bytes
	freeTextLongest  = 200
	datesTried       = 2000 // different texts that layouts are tried on
	firstYear        = 1900
	lastYear         = 2100
	mostDateLayouts  = 3
	leastYearsByYear = 3
)

// guess fills in the kind of the column and what goes with it.
func (t *texts) guess(p *ColumnProfile, values []ValueCount) {
	if len(values) == 0 {
		return
	}
	switch {
	case isFlag(values):
		p.Kind = Flag
	case isCountry(values):
		p.Kind = Country
	case guessDate(p, values):
		p.Kind = Date
	case t.isIdentifier(p, values):
		p.Identifier = true
		p.FreeText = isFreeText(p, values)
	case guessNumber(p, values):
		p.Kind = Number
	case !areNumbers(values) && guessMany(p, values):
		p.Kind = Many
	default:
		p.FreeText = isFreeText(p, values)
	}
}

func isFlag(values []ValueCount) bool {
	if len(values) == 1 && slices.Contains([]string{"f", "n", "t"}, fold(values[0].Text)) {
		return false // a lone letter may mean anything, for example female
	}
	return len(values) <= len(DefaultYes)+len(DefaultNo) && !slices.ContainsFunc(values, func(v ValueCount) bool {
		folded := fold(v.Text)
		return !slices.Contains(DefaultYes, folded) && !slices.Contains(DefaultNo, folded)
	})
}

func areNumbers(values []ValueCount) bool {
	n := countIf(values, func(text string) bool { _, ok := parseNumber(text); return ok })
	return atLeast(n, len(values), numberShare)
}

func isCountry(values []ValueCount) bool {
	distinct, rows, all, bare := 0, 0, 0, 0
	for _, v := range values {
		all += v.Rows
		if isDigits(v.Text) && len(v.Text) != 3 {
			bare++
		}
		if _, ok := ParseCountry(v.Text); ok {
			distinct++
			rows += v.Rows
		}
	}
	numbers := countIf(values, isDigits)
	padded := slices.ContainsFunc(values, func(v ValueCount) bool { return isDigits(v.Text) && v.Text[0] == '0' })
	if distinct < 2 || bare > 0 || numbers > 0 && !padded {
		return false
	}
	return atLeast(distinct, len(values), countryShare) && atLeast(rows, all, countryShare)
}

func isDigits(text string) bool { return text != "" && strings.Trim(text, "0123456789") == "" }

func countIf(values []ValueCount, is func(string) bool) int {
	n := 0
	for _, v := range values {
		if is(v.Text) {
			n++
		}
	}
	return n
}

func atLeast(part, whole int, share float64) bool { return float64(part) >= share*float64(whole) }

// isIdentifier compares the number of values with that of rows, at the moment when memory was full if it ever was.
func (t *texts) isIdentifier(p *ColumnProfile, values []ValueCount) bool {
	filled := p.Filled
	if t.others > 0 {
		filled = t.soFar
	}
	if namesIdentifier(p.Name) {
		return len(values) > 1 && atLeast(len(values), filled, namedShare)
	}
	return len(values) >= identifierLeast && atLeast(len(values), filled, identifierShare) && !hasFractions(values)
}

func hasFractions(values []ValueCount) bool {
	return slices.ContainsFunc(values, func(v ValueCount) bool {
		x, ok := parseNumber(v.Text)
		return ok && x != float64(int64(x))
	})
}

// namesIdentifier looks for a word in a header such as "case_id", "CaseID" or "File no.".
func namesIdentifier(header string) bool {
	words := strings.FieldsFunc(splitCamel(header), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
	for i, w := range words {
		switch w {
		case "id", "identifier", "uuid", "guid", "reference", "caseid":
			return true
		case "no", "nr", "number", "ref", "code":
			if i > 0 && slices.Contains([]string{"case", "file", "client", "victim", "person", "record", "passport", "beneficiary"}, words[i-1]) {
				return true
			}
		}
	}
	return false
}

// splitCamel puts a space before every capital that follows a small letter, and makes all letters small.
func splitCamel(text string) string {
	var out strings.Builder
	small := false
	for _, r := range text {
		if small && unicode.IsUpper(r) {
			out.WriteByte(' ')
		}
		small = unicode.IsLower(r)
		out.WriteRune(unicode.ToLower(r))
	}
	return out.String()
}

func isFreeText(p *ColumnProfile, values []ValueCount) bool {
	return isLong(values) || p.Filled >= identifierLeast && atLeast(len(values), p.Filled, freeTextShare) && meanLength(values) > freeTextLength
}

func isLong(values []ValueCount) bool {
	return slices.ContainsFunc(values, func(v ValueCount) bool { return len(v.Text) > freeTextLongest })
}

func meanLength(values []ValueCount) int {
	bytes := 0
	for _, v := range values {
		bytes += len(v.Text)
	}
	return bytes / max(1, len(values))
}

// guessMany finds the delimiter, if any, whose parts recur.
func guessMany(p *ColumnProfile, values []ValueCount) bool {
	for _, delimiter := range []string{";", "|", "\n", ","} {
		cells := map[string]int{} // label to number of different texts with it
		for _, v := range values {
			for _, label := range labelsOf(v.Text, delimiter) {
				cells[label]++
			}
		}
		parts, recurring, words := 0, 0, 0
		for _, v := range values {
			labels := labelsOf(v.Text, delimiter)
			if len(labels) < 2 {
				continue
			}
			parts += len(labels)
			for _, label := range labels {
				if cells[label] > 1 {
					recurring++
				}
				if strings.ContainsFunc(label, unicode.IsLetter) {
					words++
				}
			}
		}
		share := manyShare
		if delimiter == "," { // commas occur within labels and numbers
			share = commaShare
			if 2*words < parts {
				continue
			}
		}
		if parts > 0 && atLeast(recurring, parts, share) {
			p.Delimiter = delimiter
			return true
		}
	}
	return false
}

// guessDate finds the layouts that read (nearly) all values, the best first.
func guessDate(p *ColumnProfile, values []ValueCount) bool {
	left := values[:min(len(values), datesTried)]
	all := len(left)
	if !atLeast(countIf(left, func(text string) bool { return strings.ContainsAny(text, "0123456789") }), all, dateShare) {
		return false
	}
	var first, last time.Time
	for len(p.Layouts) < mostDateLayouts && len(left) > 0 {
		layout, read := bestLayout(left)
		if read == 0 {
			break
		}
		p.Layouts = append(p.Layouts, layout)
		left = slices.DeleteFunc(slices.Clone(left), func(v ValueCount) bool {
			t, ok := plausibleDate(layout, v.Text)
			if ok && (first.IsZero() || t.Before(first)) {
				first = t
			}
			if ok && t.After(last) {
				last = t
			}
			return ok
		})
	}
	if !atLeast(all-len(left), all, dateShare) {
		p.Layouts = nil
		return false
	}
	p.Ambiguous = isAmbiguous(p.Layouts, values[:all])
	switch years := last.Year() - first.Year() + 1; {
	case years > leastYearsByYear:
		p.Every = Year
	case years > 1:
		p.Every = Quarter
	default:
		p.Every = Month
	}
	return true
}

// bestLayout returns the layout that reads most texts, the earlier of equals.
func bestLayout(values []ValueCount) (layout string, read int) {
	for _, l := range dateLayouts() {
		n := countIf(values, func(text string) bool { _, ok := plausibleDate(l, text); return ok })
		if n > read {
			layout, read = l, n
		}
	}
	return layout, read
}

func plausibleDate(layout, text string) (time.Time, bool) {
	t, err := time.Parse(layout, text)
	return t, err == nil && t.Year() >= firstYear && t.Year() <= lastYear
}

// isAmbiguous reports whether day and month could change places in every value.
func isAmbiguous(layouts []string, values []ValueCount) bool {
	for _, l := range layouts {
		other := swapDayMonth(l)
		if other == l {
			return false
		}
		for _, v := range values {
			_, fits := plausibleDate(l, v.Text)
			if _, ok := plausibleDate(other, v.Text); fits && !ok {
				return false
			}
		}
	}
	return len(layouts) > 0
}

// swapDayMonth returns a layout that begins with day and month in numbers with the two exchanged, and others as they are.
func swapDayMonth(layout string) string {
	head, rest, _ := strings.Cut(layout, "2006")
	for _, sep := range []string{"/", ".", "-"} {
		parts := strings.Split(head, sep)
		if len(parts) == 3 && strings.Trim(parts[0]+parts[1], "012") == "" {
			return parts[1] + sep + parts[0] + sep + "2006" + rest
		}
	}
	return layout
}

// dateLayouts lists the layouts that are tried, day before month where either could be.
func dateLayouts() []string {
	layouts := []string{"2006-01-02", "2006/01/02", "2006.01.02", "20060102", "2006-01", "01/2006", "01.2006", "Jan 2006", "January 2006"}
	for _, sep := range []string{"/", ".", "-"} {
		for _, parts := range [][2]string{{"02", "01"}, {"2", "1"}, {"01", "02"}, {"1", "2"}} {
			layouts = append(layouts, parts[0]+sep+parts[1]+sep+"2006")
		}
	}
	layouts = append(layouts, "02 Jan 2006", "2 Jan 2006", "02-Jan-2006", "2-Jan-2006", "2 January 2006", "Jan 2, 2006", "January 2, 2006")
	for _, l := range layouts[:3] {
		layouts = append(layouts, l+" 15:04", l+" 15:04:05")
	}
	for _, l := range []string{"02/01/2006", "2/1/2006", "02.01.2006", "2.1.2006", "01/02/2006", "1/2/2006"} {
		layouts = append(layouts, l+" 15:04", l+" 15:04:05")
	}
	return append(layouts, "2006-01-02T15:04:05", time.RFC3339)
}

// guessNumber finds whether values are numbers that need bins.
func guessNumber(p *ColumnProfile, values []ValueCount) bool {
	if len(values) <= numberDistinct {
		return false
	}
	numbers := make([]weighted, 0, len(values))
	years := 0
	for _, v := range values {
		if x, ok := parseNumber(v.Text); ok {
			numbers = append(numbers, weighted{x, v.Rows})
		}
		if n, err := strconv.Atoi(v.Text); err == nil && n >= firstYear && n <= lastYear && len(v.Text) == 4 {
			years++
		}
	}
	if !atLeast(len(numbers), len(values), numberShare) || years == len(values) {
		return false
	}
	p.Edges = suggestEdges(numbers)
	return true
}
