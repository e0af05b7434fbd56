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
		p.settle(p.codes)
		return nil
	}
	return p.mergeRow(cells[p.subject])
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
