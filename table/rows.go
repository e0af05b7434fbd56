package table

import "fmt"

// codeRow codes one row and adds it to the table, or to its person.
func (p *reader) codeRow(row int, cells []string) error {
	p.row = row
	if p.stats.Rows == p.limits.Rows {
		return &InputError{
			File: p.name, Row: row, Problem: fmt.Sprintf("more than the limit of %d rows", p.limits.Rows),
			Advice: "split the file, or raise limits: rows in the policy's input",
		}
	}
	p.stats.Rows++
	clear(p.codes)
	for i, c := range p.coders {
		var bad *problem
		if c.field.Kind == Many {
			bad = p.codeMany(i, cells[p.source[i]])
		} else {
			p.codes[i], bad = c.code(cells[p.source[i]])
		}
		if bad != nil {
			return &InputError{File: p.name, Row: row, Column: c.field.Name, Problem: bad.text, Advice: bad.advice}
		}
	}
	if p.people == nil {
		if bad := p.checkRequired(p.codes, row); bad != nil {
			return bad
		}
		p.settle(p.codes)
		return nil
	}
	return p.mergeRow(cells[p.subject])
}

// checkRequired finds the first required field in which a person is blank. The row is where the person was met first.
func (p *reader) checkRequired(codes []uint16, row int) error {
	for i, c := range p.coders {
		if !c.field.Required || !isBlank(codes[i]) {
			continue
		}
		bad := &InputError{
			File: p.name, Row: row, Column: c.field.Name, Problem: "blank, which nobody may be in this column",
			Advice: "fill in the cell, or remove required: from the column in the policy",
		}
		if p.people != nil {
			bad.Problem = "the person of this row is blank, which nobody may be in this column"
		}
		return bad
	}
	return nil
}

// codeMany puts the labels of a many-valued cell into their staging columns; the field's own column keeps the reason
// when there are none.
func (p *reader) codeMany(field int, text string) *problem {
	labels, blank, bad := p.coders[field].set(text)
	if bad != nil {
		return bad
	}
	p.codes[field] = blank
	if n := len(p.coders[field].values); n > len(p.slot[field]) {
		p.growSlots(field, n)
		p.widen()
	}
	for _, label := range labels {
		p.codes[p.slot[field][label-1]] = 1
	}
	return nil
}

func (p *reader) growSlots(field, labels int) {
	for len(p.slot[field]) < labels {
		p.slot[field] = append(p.slot[field], p.width)
		p.width++
	}
}

// widen makes room for new staging columns, a quarter more than needed, since every record has to be copied.
func (p *reader) widen() {
	if p.width <= len(p.codes) {
		return
	}
	width := p.width + p.width/4 + 8
	p.codes = append(p.codes, make([]uint16, width-len(p.codes))...)
	p.build.grid.widen(width)
	p.build.columns = make([]Column, width)
	if p.people != nil {
		p.people.grid.widen(width)
	}
}
