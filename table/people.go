package table

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// people holds one row of staged codes per person while rows are merged.
type people struct {
	grid   grid
	index  map[string]int32 // trimmed identifier to row of the grid
	first  []int32          // first row of the file of each person
	repeat []repeat         // all further rows, to be named in an error
}

type repeat struct{ person, row int32 }

func newPeople(width int) *people {
	return &people{grid: grid{width: width}, index: map[string]int32{}}
}

// rows lists the rows of a person that were met, in the order of the file.
func (p *people) rows(person int32) []int32 {
	rows := []int32{p.first[person]}
	for _, r := range p.repeat {
		if r.person == person {
			rows = append(rows, r.row)
		}
	}
	return rows
}

// mergeRow joins the codes of the current row to those of its person.
func (p *reader) mergeRow(id string) error {
	id = strings.TrimSpace(id)
	if bad := p.checkID(id); bad != nil {
		return bad
	}
	i, known := p.people.index[id]
	if !known {
		p.people.index[strings.Clone(id)] = int32(len(p.people.first))
		p.people.first = append(p.people.first, int32(p.row))
		p.people.grid.append(p.codes)
		return nil
	}
	p.stats.Repeated++
	held := p.people.grid.row(int(i))
	var clash []string
	for f := range p.coders {
		if !p.mergeCell(f, held) {
			clash = append(clash, p.coders[f].field.Name)
		}
	}
	if clash != nil {
		return &InputError{
			File: p.name, Row: p.row, Column: strings.Join(clash, ", "),
			Problem: fmt.Sprintf("person %s has different values here and in %s", strconv.Quote(id), nameRows(p.people.rows(i))),
			Advice:  "correct one of the rows, or give the columns a rule under conflicts: in the policy",
		}
	}
	p.people.repeat = append(p.people.repeat, repeat{i, int32(p.row)})
	return nil
}

func (p *reader) checkID(id string) error {
	in := &InputError{File: p.name, Row: p.row, Column: p.schema.Subject}
	switch {
	case id == "":
		in.Problem = "the person is not named"
		in.Advice = "fill in the identifier, or leave subject: out of the policy if every row is a person"
	case len(id) > p.limits.Cell:
		bad := tooLong(p.limits.Cell)
		in.Problem, in.Advice = bad.text, bad.advice
	default:
		return nil
	}
	return in
}

// nameRows puts earlier rows into words: the value at fault is in one of them, the others having been blank.
func nameRows(rows []int32) string {
	const most = 10
	if len(rows) == 1 {
		return fmt.Sprintf("row %d", rows[0])
	}
	var text strings.Builder
	text.WriteString("one of the rows ")
	for i, r := range rows[:min(most, len(rows))] {
		if i > 0 {
			text.WriteString(", ")
		}
		fmt.Fprint(&text, r)
	}
	if n := len(rows) - most; n > 0 {
		fmt.Fprintf(&text, " and %d more", n)
	}
	return text.String()
}

// standing orders what a cell can hold by how much it says. When rows of one person are merged, the higher stands, so
// that their order does not matter.
type standing uint8

const (
	empty      standing = iota
	reason              // a reason for blankness
	keptReason          // one that counts as a value: it gives way to an answer all the same
	answer              // a value, or a "no" that is no attribute
	inConflict          // answers differed before, and the cell is blank for good
)

func (c *coder) standing(code uint16) standing {
	switch {
	case code == 0:
		return empty
	case code == conflictCode:
		return inConflict
	case code == noCode:
		return answer
	case code >= blankBase:
		return reason
	case c.kept != nil && slices.Contains(c.kept, c.values[code-1]):
		return keptReason
	}
	return answer
}

// mergeCell joins one field of the current row to the person's held codes. It reports false for a conflict that no
// rule resolves.
func (p *reader) mergeCell(f int, held []uint16) bool {
	c := p.coders[f]
	if c.field.Kind == Many {
		p.mergeLabels(f, held)
		return true
	}
	now, before := p.codes[f], held[f]
	if now == before || now == 0 {
		return true
	}
	older := c.standing(before)
	switch newer := c.standing(now); {
	case newer < older:
	case newer > older:
		held[f] = now
	case newer == reason:
		held[f] = min(now, before)
	case newer == keptReason:
		if c.keptBefore(now, before) {
			held[f] = now
		}
	default:
		return p.resolve(f, held)
	}
	return true
}

// keptBefore reports whether the policy lists the kept reason a before b.
func (c *coder) keptBefore(a, b uint16) bool {
	return slices.Index(c.kept, c.values[a-1]) < slices.Index(c.kept, c.values[b-1])
}

// mergeLabels unites the labels of a many-valued field. A reason for blankness stays only while there are no labels.
func (p *reader) mergeLabels(f int, held []uint16) {
	any := false
	for _, slot := range p.slot[f] {
		held[slot] |= p.codes[slot]
		any = any || held[slot] != 0
	}
	switch now := p.codes[f]; {
	case any:
		held[f] = 0
	case held[f] == 0 || now != 0 && now < held[f]:
		held[f] = now
	}
}

// resolve applies the rule for two different answers.
func (p *reader) resolve(f int, held []uint16) bool {
	c := p.coders[f]
	rule := c.field.Conflict
	if rule == Refuse {
		rule = p.schema.Conflict
	}
	switch rule {
	case First:
		return true
	case Last:
		held[f] = p.codes[f]
		return true
	case SetBlank:
		held[f] = conflictCode
		return true
	case AnyYes:
		if c.field.Kind == Flag {
			held[f] = c.codes[c.yesLabel]
			return true
		}
	}
	return false
}
