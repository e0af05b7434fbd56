package table

import (
	"fmt"
	"slices"
	"strings"
)

// people holds one row of staged codes per person while rows are merged.
type people struct {
	grid  grid
	index map[string]int32 // trimmed identifier to row of the grid
	first []int32          // first row of the file of each person, the header being row 1
}

func newPeople(width int) *people {
	return &people{grid: grid{width: width}, index: map[string]int32{}}
}

// mergeRow joins the codes of the current row to those of its person.
func (p *reader) mergeRow(id string) error {
	id = strings.TrimSpace(id)
	row := p.stats.Rows + 1
	if id == "" {
		return &InputError{
			File: p.name, Row: row, Column: p.schema.Subject, Problem: "the person is not named",
			Advice: "fill in the identifier, or leave subject: out of the policy if every row is a person",
		}
	}
	i, known := p.people.index[id]
	if !known {
		p.people.index[strings.Clone(id)] = int32(len(p.people.first))
		p.people.first = append(p.people.first, int32(row))
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
			File: p.name, Row: row, Column: strings.Join(clash, ", "),
			Problem: fmt.Sprintf("person %s has different values here and in row %d", id, p.people.first[i]),
			Advice:  "correct one of the rows, or give the columns a rule under conflicts: in the policy",
		}
	}
	return nil
}

// mergeCell joins one field of the current row to the person's held codes. It reports false for a conflict that no
// rule resolves.
func (p *reader) mergeCell(f int, held []uint16) bool {
	c := p.coders[f]
	now, before := p.codes[f], held[f]
	if c.field.Kind == Many {
		return p.mergeLabels(f, held)
	}
	nowBlank, beforeBlank := isBlank(now), isBlank(before)
	switch {
	case now == before:
		return true
	case nowBlank && beforeBlank:
		held[f] = c.firmer(now, before)
		return true
	case beforeBlank && !c.isConflict(before):
		if c.isNo(before) { // "no" without KeepNo is staged as a reason, but it is an answer
			return p.resolve(f, held)
		}
		held[f] = now
		return true
	case nowBlank && !c.isNo(now):
		return true
	}
	return p.resolve(f, held)
}

// mergeLabels unites the labels of a many-valued field. A reason for blankness stays only while there are no labels.
func (p *reader) mergeLabels(f int, held []uint16) bool {
	any := false
	for _, slot := range p.slot[f] {
		held[slot] |= p.codes[slot]
		any = any || held[slot] != 0
	}
	if any {
		held[f] = 0
	} else {
		held[f] = p.coders[f].firmer(p.codes[f], held[f])
	}
	return true
}

// resolve applies the rule for two different values.
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
		held[f] = c.reason("conflict")
		return true
	case AnyYes:
		if c.field.Kind != Flag {
			return c.isConflict(held[f])
		}
		yes := c.codes["yes"]
		if p.codes[f] == yes || held[f] == yes {
			held[f] = yes
		}
		return true
	}
	return false
}

// firmer returns the reason that says more: a conflict, then "no", then any other over an empty cell, else the earlier.
func (c *coder) firmer(now, before uint16) uint16 {
	if before == 0 || c.isNo(now) && !c.isConflict(before) {
		return now
	}
	return before
}

func (c *coder) isNo(code uint16) bool {
	return c.field.Kind == Flag && !c.field.KeepNo && c.isReason(code, "no")
}

func (c *coder) isConflict(code uint16) bool { return c.isReason(code, "conflict") }

func (c *coder) isReason(code uint16, name string) bool {
	return code >= blankBase && slices.Index(c.reasons, name) == int(code-blankBase)
}
