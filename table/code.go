package table

import (
	"fmt"
	"slices"
	"strings"
)

// A cell is coded in steps: trimmed; looked up among the blanks; cleaned by the map; read by its kind; checked
// against the code list. The result for one text never changes, so it is remembered.

// While a file is read, code 0 is an empty cell, and codes from blankBase on stand for other reasons of blankness. The
// first two reasons are not the policy's: a "no" that is no attribute, and values of one person that differ.
const (
	blankBase    = 0xff00
	noCode       = blankBase
	conflictCode = blankBase + 1
	maxReasons   = 0x100
)

// The texts of the reasons that are not the policy's. plainBlank is the reason for an empty cell, unless the policy gives another.
const (
	plainBlank     = "blank"
	noReason       = "no"
	conflictReason = "conflict"
)

func isBlank(code uint16) bool { return code == 0 || code >= blankBase }

// What may be remembered: texts of one column, and bytes of all columns with what a text takes besides.
const (
	memoLimit = 1 << 16
	memoBytes = 256 << 20
	memoCost  = 64
)

// problem is what is wrong with one cell.
type problem struct{ text, advice string }

// coder turns the texts of one column into codes.
type coder struct {
	field        *Field
	limits       Limits
	blanks       map[string]Blank  // folded text to blank
	cleaned      map[string]string // folded text to clean label
	reasons      []string          // code blankBase+i stands for reasons[i], in the order of the policy
	kept         []string          // labels of reasons that count as values, in the order of the policy
	values       []string          // code c stands for values[c-1], in order of discovery unless closed
	codes        map[string]uint16
	bins         []string // Number, Date: labels of the declared bins
	delimiter    string   // Many
	emptyIsPlain bool
	closed       bool // values is a code list or the list of bins: nothing may be added
	released     bool // as Schema.Released
	yes, no      map[string]bool
	yesLabel     string // Flag: labels of its values
	noLabel      string

	memo     map[string]uint16
	sets     map[string][]uint16 // Many: text to codes of its labels
	room     *int                // bytes that all columns together may still remember
	last     string
	lastCode uint16
}

func newCoder(f *Field, schema *Schema, limits Limits, room *int) *coder {
	shared := schema.Blanks
	c := &coder{
		field: f, limits: limits, room: room, released: schema.Released,
		blanks: map[string]Blank{"": {Reason: plainBlank}}, cleaned: map[string]string{},
		codes: map[string]uint16{}, memo: map[string]uint16{}, sets: map[string][]uint16{},
		reasons: []string{noReason, conflictReason},
	}
	c.addBlanks(slices.Concat(shared, f.Blanks))
	for from, to := range f.Map {
		c.cleaned[fold(from)] = strings.TrimSpace(to)
	}
	switch {
	case f.Kind == Number:
		c.bins = f.Bins.numberLabels()
		c.listBins()
	case f.Kind == Date && len(f.Bins.Dates) > 0:
		c.bins = f.Bins.dateLabels()
		c.listBins()
	case f.Kind == Date && !f.Bins.From.IsZero():
		c.bins = f.Bins.calendarLabels()
		c.list(c.bins)
	case f.Kind == Flag:
		c.yes, c.no = foldSet(f.Yes, DefaultYes), foldSet(f.No, DefaultNo)
		c.yesLabel, c.noLabel = firstOf(f.Yes, "yes"), firstOf(f.No, "no")
		c.list([]string{c.yesLabel})
		if f.KeepNo {
			c.list([]string{c.yesLabel, c.noLabel})
		}
	case f.Values != nil:
		c.list(f.codeList())
	}
	if c.closed {
		for _, label := range c.kept {
			c.add(label)
		}
	}
	if c.delimiter = strings.TrimSpace(f.Delimiter); c.delimiter == "" { // "; " separates what ";" separates
		c.delimiter = f.Delimiter
	}
	if c.delimiter == "" {
		c.delimiter = ";"
	}
	return c
}

// addBlanks takes the blanks of the policy; of two with the same text, the later stands.
func (c *coder) addBlanks(blanks []Blank) {
	for _, b := range blanks {
		if b.Reason == "" {
			b.Reason = plainBlank
		}
		c.blanks[fold(b.Text)] = b
		list := &c.reasons
		if b.Keep {
			list = &c.kept
		} else if b.Reason == plainBlank {
			continue
		}
		if !slices.Contains((*list)[min(len(*list), c.own(b)):], b.Reason) {
			*list = append(*list, b.Reason)
		}
	}
	empty := c.blanks[""]
	c.emptyIsPlain = empty.Reason == plainBlank && !empty.Keep
}

// own is where the reasons of the policy begin in the list that the blank belongs to.
func (c *coder) own(b Blank) int {
	if b.Keep {
		return 0
	}
	return conflictCode - blankBase + 1
}

// codeList returns the declared values, countries as their alpha-3 codes, and the label for others.
func (f *Field) codeList() []string {
	list := make([]string, 0, len(f.Values)+1)
	for _, v := range f.Values {
		if code, ok := ParseCountry(v); ok && f.labelKind() == Country {
			v = code
		}
		list = append(list, v)
	}
	if f.Other != "" {
		list = append(list, f.Other)
	}
	return list
}

func fold(text string) string { return strings.ToLower(strings.TrimSpace(text)) }

func firstOf(list []string, standard string) string {
	if len(list) == 0 || strings.TrimSpace(list[0]) == "" {
		return standard
	}
	return strings.TrimSpace(list[0])
}

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

// listBins does so with the declared bins.
func (c *coder) listBins() {
	bins := c.bins
	if c.field.Bins.Floor {
		bins = bins[1:]
	}
	c.list(bins)
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
		if c.mayRemember(text) {
			text = strings.Clone(text) // the memo must not keep the whole row alive
			c.memo[text] = code
		}
	}
	c.last, c.lastCode = text, code
	return code, nil
}

// mayRemember reports whether there is room to remember a text, and takes the room.
func (c *coder) mayRemember(text string) bool {
	if len(c.memo)+len(c.sets) >= memoLimit || *c.room < len(text)+memoCost {
		return false
	}
	*c.room -= len(text) + memoCost
	return true
}

// set returns the codes of the labels in a cell of kind Many, each once, or nil and the code of the reason
// when the cell is blank.
func (c *coder) set(text string) (labels []uint16, blank uint16, bad *problem) {
	if text == "" && c.emptyIsPlain {
		return nil, 0, nil
	}
	if labels, ok := c.sets[text]; ok {
		return labels, 0, nil
	}
	if code, ok := c.memo[text]; ok {
		return nil, code, nil
	}
	if labels, blank, bad = c.split(text); bad != nil {
		return nil, 0, bad
	}
	if c.mayRemember(text) {
		text = strings.Clone(text)
		if labels == nil {
			c.memo[text] = blank
		} else {
			c.sets[text] = labels
		}
	}
	return labels, blank, nil
}

// split codes the labels of one cell. A cell that is named as a whole among the blanks or in the map is one label, even
// when it contains the delimiter. Of several reasons for blankness the one that the policy lists first stands.
func (c *coder) split(text string) (labels []uint16, blank uint16, bad *problem) {
	if len(text) > c.limits.Cell {
		return nil, 0, tooLong(c.limits.Cell)
	}
	for _, part := range c.parts(text) {
		code, bad := c.parse(part)
		switch {
		case bad != nil:
			return nil, 0, bad
		case isBlank(code):
			if code != 0 && (blank == 0 || code < blank) {
				blank = code
			}
		case !slices.Contains(labels, code):
			labels = append(labels, code)
		}
	}
	if labels != nil {
		blank = 0
	}
	return labels, blank, nil
}

// parts separates the labels of one cell, leaving out what is empty between delimiters; there is at least one.
func (c *coder) parts(text string) []string {
	folded := fold(text)
	if _, blank := c.blanks[folded]; blank {
		return []string{text}
	} else if _, mapped := c.cleaned[folded]; mapped {
		return []string{text}
	}
	parts := slices.DeleteFunc(strings.Split(text, c.delimiter), func(part string) bool { return strings.TrimSpace(part) == "" })
	if len(parts) == 0 {
		return []string{""}
	}
	return parts
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
	folded := fold(clean)
	if b, ok := c.blanks[folded]; ok {
		return c.blank(b)
	}
	if to, ok := c.cleaned[folded]; ok {
		if b, ok := c.blanks[fold(to)]; ok {
			return c.blank(b)
		}
		clean = to
	}
	if c.released && c.isLabel(clean) {
		return c.value(clean)
	}
	label, bad := c.read(clean)
	if bad != nil {
		return 0, bad
	}
	if label == "" { // a "no" that is no attribute
		return noCode, nil
	}
	return c.value(label)
}

// blank codes a text that stands for a missing value.
func (c *coder) blank(b Blank) (uint16, *problem) {
	switch {
	case b.Keep:
		return c.value(b.Reason)
	case b.Reason == plainBlank:
		return 0, nil
	}
	own := c.own(b)
	return blankBase + uint16(own+slices.Index(c.reasons[own:], b.Reason)), nil
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
	what, limit, key := "values", c.limits.Values, "values"
	if c.field.Kind == Many && c.limits.Columns < limit { // every label becomes a column
		what, limit, key = "labels", c.limits.Columns, "columns"
	}
	if len(c.values) >= limit {
		return 0, &problem{
			fmt.Sprintf("more than %d different %s", limit, what),
			"declare bins or a code list, ignore the column, or raise limits: " + key + " in the policy's input",
		}
	}
	return c.add(strings.Clone(label)), nil
}
