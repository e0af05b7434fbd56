package table

import (
	"maps"
	"slices"
	"strings"
)

// settle adds the record of one person: reasons are counted, and what is left are codes.
func (p *reader) settle(codes []uint16) {
	for i := range p.coders {
		if codes[i] < blankBase {
			continue
		}
		reason := int(codes[i] - blankBase)
		for len(p.blanks[i]) <= reason {
			p.blanks[i] = append(p.blanks[i], 0)
		}
		p.blanks[i][reason]++
		codes[i] = 0
	}
	p.build.Add(codes, 1)
}

// finish merges persons, puts the columns in order and gives values their final codes.
func (p *reader) finish() (*Table, error) {
	if p.stats.Rows == 0 {
		return nil, &InputError{File: p.name, Problem: "there are no rows below the header", Advice: "give a file with records"}
	}
	if p.people != nil {
		if bad := p.settlePeople(); bad != nil {
			return nil, bad
		}
	}
	staged := p.build.Table()
	var final layout
	for i := range p.coders {
		final.addField(p, i)
	}
	if err := checkNames(final.columns, p.name); err != nil {
		return nil, err
	}
	t := final.apply(staged)
	t.countPlainBlanks()
	return t, nil
}

// settlePeople adds the records of all persons. They are stored where their rows were, since there are never more of them
// than of persons done with: a second array would take as much memory again.
func (p *reader) settlePeople() error {
	grid := p.people.grid
	for i := range grid.rows() {
		if bad := p.checkRequired(grid.row(i), int(p.people.first[i])); bad != nil {
			return bad
		}
	}
	p.people = nil
	p.build.grid.width, p.build.grid.cells = grid.width, grid.cells[:0]
	for i := range grid.rows() {
		p.settle(grid.row(i))
	}
	return nil
}

// countPlainBlanks adds the empty cells to the reasons: those that neither hold a value nor have another reason.
func (t *Table) countPlainBlanks() {
	field := make([]int, len(t.Columns)) // columns of one field follow each other
	for i := 1; i < len(t.Columns); i++ {
		field[i] = field[i-1]
		if t.Columns[i].Field != t.Columns[i-1].Field {
			field[i]++
		}
	}
	filled := make([]int, len(t.Columns)) // by field: persons with a value
	for row, weight := range t.Rows() {
		counted := -1
		for i, code := range row {
			if code != 0 && field[i] != counted {
				counted = field[i]
				filled[counted] += weight
			}
		}
	}
	for i := range t.Columns {
		c := &t.Columns[i]
		empty := t.people - filled[field[i]]
		for _, b := range c.Blanks {
			empty -= b.People
		}
		if empty > 0 {
			c.Blanks = append(slices.Clone(c.Blanks), BlankCount{plainBlank, empty})
			slices.SortFunc(c.Blanks, func(a, b BlankCount) int { return strings.Compare(a.Reason, b.Reason) })
		}
	}
}

// layout maps staging columns and codes to final ones.
type layout struct {
	columns []Column
	from    []int      // staging column
	recode  [][]uint16 // recode[column][staging code] is the final code
}

func (l *layout) addField(p *reader, i int) {
	c := p.coders[i]
	f := c.field
	blanks := c.countBlanks(p.blanks[i])
	values, recode := c.finalValues()
	l.columns = append(l.columns, f.columns(values, blanks)...)
	if f.Kind != Many {
		l.from = append(l.from, i)
		l.recode = append(l.recode, recode)
		return
	}
	staging := make([]int, len(values)) // by final code
	for code, slot := range p.slot[i] {
		staging[recode[code+1]-1] = slot
	}
	for k := range values {
		l.from = append(l.from, staging[k])
		l.recode = append(l.recode, []uint16{0, 1})
	}
}

// columns returns what the field becomes: one column, or one for each label if it is many-valued.
func (f *Field) columns(values []string, blanks []BlankCount) []Column {
	if f.Kind != Many {
		return []Column{{Name: f.Name, Field: f.Name, Kind: f.Kind, Values: values, Blanks: blanks}}
	}
	list := make([]Column, len(values))
	for k, label := range values {
		list[k] = Column{
			Name: f.Name + ": " + label, Field: f.Name, Label: label, Kind: Many, Values: []string{label}, Blanks: blanks,
		}
	}
	return list
}

// countBlanks names the reasons and sorts them. A reason of the policy may have the name of one that is not.
func (c *coder) countBlanks(counts []int) []BlankCount {
	people := map[string]int{}
	for r, n := range counts {
		if n > 0 {
			people[c.reasons[r]] += n
		}
	}
	blanks := make([]BlankCount, 0, len(people))
	for _, name := range slices.Sorted(maps.Keys(people)) {
		blanks = append(blanks, BlankCount{name, people[name]})
	}
	return blanks
}

// checkNames refuses two columns of one name, which a label can bring about: "means: debt" may be a header and also the
// label "debt" of the many-valued field "means".
func checkNames(columns []Column, file string) error {
	seen := make(map[string]bool, len(columns))
	for _, c := range columns {
		if seen[c.Name] {
			return &InputError{
				File: file, Column: c.Field, Problem: "with one of its labels it has the same name as another column",
				Advice: "rename the column",
			}
		}
		seen[c.Name] = true
	}
	return nil
}

// finalValues returns the values in their final order, sorted unless they are a code list, and the final code of each staging code.
func (c *coder) finalValues() ([]string, []uint16) {
	values := slices.Clone(c.values)
	if !c.closed {
		slices.SortFunc(values, CompareLabels)
	}
	place := make(map[string]uint16, len(values))
	for i, v := range values {
		place[v] = uint16(i + 1)
	}
	recode := make([]uint16, len(values)+1)
	for i, v := range c.values {
		recode[i+1] = place[v]
	}
	return values, recode
}

// apply rewrites the staged records, row by row and in place: the final rows are never wider than the staged ones.
func (l *layout) apply(staged *Table) *Table {
	wide, width := len(staged.Columns), len(l.columns)
	row := make([]uint16, width)
	for i := range staged.weights {
		old := staged.cells[i*wide : (i+1)*wide]
		for k := range row {
			row[k] = l.recode[k][old[l.from[k]]]
		}
		copy(staged.cells[i*width:], row)
	}
	cells := staged.cells[:len(staged.weights)*width]
	if cap(cells)-len(cells) > len(cells)/4 { // the table may live long: give back what is free
		cells = slices.Clone(cells)
	}
	return &Table{Columns: l.columns, cells: slices.Clip(cells), weights: slices.Clip(staged.weights), people: staged.people}
}
