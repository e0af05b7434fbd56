package table

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// A cell is coded in steps: trimmed; looked up among the blanks; cleaned by the map; read by its kind; checked
// against the code list. The result for one text never changes, so it is remembered.

// While a file is read, code 0 is an empty cell, and codes from blankBase on stand for other reasons of blankness.
const blankBase = 0xff00

func isBlank(code uint16) bool { return code == 0 || code >= blankBase }

// plainBlank is the reason for an empty cell, unless the policy gives another.
const plainBlank = "blank"

// memoLimit bounds the texts remembered for one column.
const memoLimit = 1 << 16

// problem is what is wrong with one cell.
type problem struct{ text, advice string }

// coder turns the texts of one column into codes.
type coder struct {
	field        *Field
	limits       Limits
	blanks       map[string]Blank  // folded text to blank
	cleaned      map[string]string // folded text to clean label
	reasons      []string          // code blankBase+i stands for reasons[i]
	values       []string          // code c stands for values[c-1], in order of discovery unless closed
	codes        map[string]uint16
	bins         []string // Number, Date: labels of the declared bins
	emptyIsPlain bool
	closed       bool // values is a code list or the list of bins: nothing may be added
	yes, no      map[string]bool

	memo     map[string]uint16
	last     string
	lastCode uint16
	sets     map[string][]uint16 // Many: text to codes of its labels
}

func newCoder(f *Field, shared []Blank, limits Limits) *coder {
	c := &coder{
		field: f, limits: limits,
		blanks: map[string]Blank{"": {Reason: plainBlank}}, cleaned: map[string]string{},
		codes: map[string]uint16{}, memo: map[string]uint16{}, sets: map[string][]uint16{},
	}
	for _, b := range slices.Concat(shared, f.Blanks) {
		c.blanks[fold(b.Text)] = b
	}
	empty := c.blanks[""]
	c.emptyIsPlain = empty.Reason == plainBlank && !empty.Keep
	for from, to := range f.Map {
		c.cleaned[fold(from)] = strings.TrimSpace(to)
	}
	switch {
	case f.Kind == Number:
		c.bins = f.Bins.numberLabels()
		c.list(c.bins)
	case f.Kind == Date && len(f.Bins.Dates) > 0:
		c.bins = f.Bins.dateLabels()
		c.list(c.bins)
	case f.Kind == Flag:
		c.yes, c.no = foldSet(f.Yes, DefaultYes), foldSet(f.No, DefaultNo)
		c.list([]string{"yes"})
		if f.KeepNo {
			c.list([]string{"yes", "no"})
		}
	case f.Values != nil:
		c.list(f.Values)
		if f.Other != "" {
			c.add(f.Other)
		}
	}
	if c.closed {
		for _, b := range slices.Concat(shared, f.Blanks) {
			if b.Keep {
				c.add(b.Reason)
			}
		}
	}
	return c
}

func fold(text string) string { return strings.ToLower(strings.TrimSpace(text)) }

func foldSet(list, standard []string) map[string]bool {
	if list == nil {
		list = standard
	}
	set := make(map[string]bool, len(list))
	for _, s := range list {
		set[fold(s)] = true
	}
	return set
}

// list makes values the closed list of what the column may hold.
func (c *coder) list(values []string) {
	c.closed = true
	c.values = c.values[:0]
	clear(c.codes)
	for _, v := range values {
		c.add(v)
	}
}

// add gives a value a code, if it has none yet.
func (c *coder) add(value string) uint16 {
	code, ok := c.codes[value]
	if !ok {
		c.values = append(c.values, value)
		code = uint16(len(c.values))
		c.codes[value] = code
	}
	return code
}

// code returns the code of a cell of any kind but Many.
func (c *coder) code(text string) (uint16, *problem) {
	if text == "" && c.emptyIsPlain {
		return 0, nil
	}
	if text == c.last && c.lastCode != 0 {
		return c.lastCode, nil
	}
	code, ok := c.memo[text]
	if !ok {
		var bad *problem
		if code, bad = c.parse(text); bad != nil {
			return 0, bad
		}
		text = strings.Clone(text) // the memo must not keep the whole row alive
		if len(c.memo) < memoLimit {
			c.memo[text] = code
		}
	}
	c.last, c.lastCode = text, code
	return code, nil
}

// set returns the codes of the labels in a cell of kind Many, each once, or nil and the code of the reason
// when the cell is blank.
func (c *coder) set(text string) (labels []uint16, blank uint16, bad *problem) {
	if labels, ok := c.sets[text]; ok {
		return labels, 0, nil
	}
	if code, ok := c.memo[text]; ok {
		return nil, code, nil
	}
	if len(text) > c.limits.Cell {
		return nil, 0, tooLong(c.limits.Cell)
	}
	delimiter := c.field.Delimiter
	if delimiter == "" {
		delimiter = ";"
	}
	for part := range strings.SplitSeq(text, delimiter) {
		code, bad := c.parse(part)
		if bad != nil {
			return nil, 0, bad
		}
		if code == 0 {
			continue
		} else if code >= blankBase {
			blank = code
		} else if !slices.Contains(labels, code) {
			labels = append(labels, code)
		}
	}
	text = strings.Clone(text)
	if len(labels) == 0 {
		c.memo[text] = blank
		return nil, blank, nil
	}
	if len(c.sets) < memoLimit {
		c.sets[text] = labels
	}
	return labels, 0, nil
}

func tooLong(limit int) *problem {
	return &problem{
		fmt.Sprintf("longer than the limit of %d bytes", limit),
		"shorten the cell, ignore the column, or raise limits: cell in the policy's input",
	}
}

// parse codes one text that is not in the memo.
func (c *coder) parse(text string) (uint16, *problem) {
	if len(text) > c.limits.Cell {
		return 0, tooLong(c.limits.Cell)
	}
	clean := strings.TrimSpace(text)
	if b, ok := c.blanks[fold(clean)]; ok {
		return c.blank(b)
	}
	if to, ok := c.cleaned[fold(clean)]; ok {
		if b, ok := c.blanks[fold(to)]; ok {
			return c.blank(b)
		}
		clean = to
	}
	label, bad := c.read(clean)
	if bad != nil {
		return 0, bad
	}
	if label == "" { // a "no" that is no attribute
		return c.reason("no"), nil
	}
	return c.value(label)
}

// blank codes a text that stands for a missing value.
func (c *coder) blank(b Blank) (uint16, *problem) {
	if b.Keep {
		return c.value(b.Reason)
	}
	return c.reason(b.Reason), nil
}

func (c *coder) reason(name string) uint16 {
	if name == plainBlank {
		return 0
	}
	i := slices.Index(c.reasons, name)
	if i < 0 {
		i = len(c.reasons)
		c.reasons = append(c.reasons, name)
	}
	return blankBase + uint16(min(i, 0xff))
}

// value codes a clean label, adding it to the column's values where that is allowed.
func (c *coder) value(label string) (uint16, *problem) {
	if code, ok := c.codes[label]; ok {
		return code, nil
	}
	if c.closed {
		if code, ok := c.codes[c.field.Other]; ok && c.field.Other != "" {
			return code, nil
		}
		return 0, &problem{
			"a value that is not in the code list",
			"correct the cell, or in the policy add the value, map it to a listed one, or give the column an other:",
		}
	}
	if len(c.values) >= c.limits.Values {
		return 0, &problem{
			fmt.Sprintf("more than %d different values", c.limits.Values),
			"declare bins or a code list, ignore the column, or raise limits: values in the policy's input",
		}
	}
	return c.add(strings.Clone(label)), nil
}

// read turns a text into the label of its value, by the kind of the column. The label "" stands for "no".
func (c *coder) read(text string) (string, *problem) {
	f := c.field
	switch f.Kind {
	case Flag:
		switch folded := fold(text); {
		case c.yes[folded]:
			return "yes", nil
		case c.no[folded] && f.KeepNo:
			return "no", nil
		case c.no[folded]:
			return "", nil
		}
		return "", &problem{"neither a yes nor a no", "list the spelling under yes: or no: of the column, or under blanks:"}
	case Number:
		x, ok := parseNumber(text)
		if !ok {
			return "", &problem{"not a number", "correct the cell, or list the text under blanks:"}
		}
		return c.bins[f.Bins.number(x)], nil
	case Date:
		t, ok := parseDate(text, f.Layouts)
		if !ok {
			return "", &problem{"not a date in a format of the policy", "add the format under formats: of the column, or list the text under blanks:"}
		}
		if len(f.Bins.Dates) > 0 {
			return c.bins[f.Bins.date(t)], nil
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

// parseNumber accepts a decimal point or comma, and spaces or apostrophes between thousands. It refuses "1,234", which
// means one thing in London and another in Paris.
func parseNumber(text string) (float64, bool) {
	text = strings.NewReplacer(" ", "", "\u00a0", "", "\u202f", "", "'", "", "’", "").Replace(text)
	if whole, fraction, ok := strings.Cut(text, ","); ok && len(fraction) != 3 && !strings.Contains(text, ".") {
		text = whole + "." + fraction
	}
	x, err := strconv.ParseFloat(text, 64)
	return x, err == nil && x == x && x-x == 0
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
