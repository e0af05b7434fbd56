package table

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strings"
)

// Options of Read. The zero value works.
type Options struct {
	Limits   Limits
	Progress func(rows int) // called every few thousand rows; may be nil
}

// Stats tells what Read met. All of it is sensitive.
type Stats struct {
	Rows     int      // rows below the header
	Ignored  []string // headers without a field
	Repeated int      // rows that were merged into a person met before
}

// batchSize is how many rows are read before they are coded.
const batchSize = 512

// Read codes the rows of a file by a schema. Its errors about the file are of type *InputError; a schema that cannot be carried
// out (a field without bins, a field twice) gives an ordinary error, and a cancelled context gives its cause.
//
// With a subject, the rows of one person are merged: labels of a many-valued field are united, a value fills a blank, and
// two different values are handled by the rule of the field, else of the schema.
func Read(ctx context.Context, rows Rows, schema Schema, o Options) (*Table, *Stats, error) {
	p, err := newReader(rows, schema, o.Limits.withDefaults())
	if err != nil {
		return nil, nil, err
	}
	if err := p.readAll(ctx, rows, o.Progress); err != nil {
		return nil, nil, err
	}
	t, err := p.finish()
	return t, &p.stats, err
}

// reader is the state of one Read.
type reader struct {
	name    string
	limits  Limits
	schema  Schema
	coders  []*coder
	source  []int   // position in the file of each field
	slot    [][]int // slot[field][code-1]: staging column of a label of a Many field; nil for other kinds
	width   int     // staging columns in use
	subject int     // position in the file of the subject, or -1
	codes   []uint16
	blanks  [][]int // blanks[field][reason]: persons
	build   *Builder
	people  *people // merging by subject; nil without
	stats   Stats
}

func newReader(rows Rows, schema Schema, limits Limits) (*reader, error) {
	p := &reader{name: rows.Name(), limits: limits, schema: schema, subject: -1}
	if err := p.bind(rows.Header()); err != nil {
		return nil, err
	}
	p.width = len(schema.Fields)
	p.slot = make([][]int, len(schema.Fields))
	for i, c := range p.coders {
		if c.field.Kind == Many {
			p.growSlots(i, len(c.values))
		}
	}
	p.blanks = make([][]int, len(schema.Fields))
	p.codes = make([]uint16, max(16, p.width))
	p.build = NewBuilder(make([]Column, len(p.codes)))
	if p.subject >= 0 {
		p.people = newPeople(len(p.codes))
	}
	return p, nil
}

// bind finds every field in the header.
func (p *reader) bind(header []string) error {
	where := make(map[string]int, len(header))
	for i, h := range header {
		where[h] = i
	}
	used := make([]bool, len(header))
	find := func(name string) (int, error) {
		i, ok := where[strings.TrimSpace(name)]
		if !ok {
			return 0, &InputError{
				File: p.name, Row: 1, Column: name, Problem: "there is no such column",
				Advice: "the file's columns are: " + strings.Join(header, ", "),
			}
		}
		if used[i] {
			return 0, fmt.Errorf("read table: column %q is named twice in the schema", name)
		}
		used[i] = true
		return i, nil
	}
	for i := range p.schema.Fields {
		f := &p.schema.Fields[i]
		if err := f.check(); err != nil {
			return err
		}
		at, err := find(f.Name)
		if err != nil {
			return err
		}
		p.source = append(p.source, at)
		p.coders = append(p.coders, newCoder(f, p.schema.Blanks, p.limits))
	}
	if p.schema.Subject != "" {
		at, err := find(p.schema.Subject)
		if err != nil {
			return err
		}
		p.subject = at
	}
	for i, h := range header {
		if used[i] {
			continue
		}
		if p.schema.Closed && !slices.Contains(p.schema.Ignore, h) {
			return &InputError{
				File: p.name, Row: 1, Column: h, Problem: "nothing says how to treat this column",
				Advice: "add it to the policy's columns, with the kind ignore if it is not to be released",
			}
		}
		p.stats.Ignored = append(p.stats.Ignored, h)
	}
	return nil
}

func (f *Field) check() error {
	switch {
	case f.Kind == Number && len(f.Bins.Numbers) == 0:
		return fmt.Errorf("read table: number column %q has no bins", f.Name)
	case f.Kind == Date && len(f.Bins.Dates) == 0 && f.Bins.Every == NoPeriod:
		return fmt.Errorf("read table: date column %q has no bins", f.Name)
	case !slices.IsSorted(f.Bins.Numbers):
		return fmt.Errorf("read table: bins of column %q are not ascending", f.Name)
	}
	return nil
}

// batch is a group of rows on its way from the file to the coder.
type batch struct {
	cells []string // row after row
	rows  int
	err   error
}

// readAll reads the file in one goroutine and codes it in this one, so that two cores are busy.
func (p *reader) readAll(ctx context.Context, rows Rows, progress func(int)) error {
	full, free := make(chan *batch, 2), make(chan *batch, 4)
	for range cap(free) {
		free <- &batch{}
	}
	stop := make(chan struct{})
	defer close(stop)
	go fill(rows, full, free, stop)
	for n := 0; ; n++ {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		b := <-full
		if err := p.codeBatch(b, len(rows.Header())); err != nil {
			return err
		}
		if b.err == io.EOF {
			return nil
		} else if b.err != nil {
			return b.err
		}
		free <- b
		if progress != nil && n%16 == 0 {
			progress(p.stats.Rows)
		}
	}
}

// fill reads batches until the end of the file, an error, or stop.
func fill(rows Rows, full chan<- *batch, free <-chan *batch, stop <-chan struct{}) {
	for {
		var b *batch
		select {
		case b = <-free:
		case <-stop:
			return
		}
		b.cells, b.rows, b.err = b.cells[:0], 0, nil
		for b.rows < batchSize && b.err == nil {
			cells, err := rows.Next()
			if err != nil {
				b.err = err
				break
			}
			b.cells = append(b.cells, cells...)
			b.rows++
		}
		select {
		case full <- b:
		case <-stop:
			return
		}
		if b.err != nil {
			return
		}
	}
}

func (p *reader) codeBatch(b *batch, columns int) error {
	for i := range b.rows {
		p.stats.Rows++
		if p.stats.Rows > p.limits.Rows {
			return &InputError{
				File: p.name, Row: p.stats.Rows + 1, Problem: fmt.Sprintf("more than the limit of %d rows", p.limits.Rows),
				Advice: "split the file, or raise limits: rows in the policy's input",
			}
		}
		if err := p.codeRow(b.cells[i*columns : (i+1)*columns]); err != nil {
			return err
		}
	}
	return nil
}

// codeRow codes one row and adds it to the table, or to its person.
func (p *reader) codeRow(cells []string) error {
	clear(p.codes)
	for i, c := range p.coders {
		var bad *problem
		if c.field.Kind == Many {
			bad = p.codeMany(i, cells[p.source[i]])
		} else {
			p.codes[i], bad = c.code(cells[p.source[i]])
		}
		if bad != nil {
			return &InputError{
				File: p.name, Row: p.stats.Rows + 1, Column: c.field.Name, Problem: bad.text, Advice: bad.advice,
			}
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

// widen makes room for new staging columns, twice as much as needed, since every record has to be copied.
func (p *reader) widen() {
	if p.width <= len(p.codes) {
		return
	}
	width := 2 * p.width
	p.codes = append(p.codes, make([]uint16, width-len(p.codes))...)
	p.build.grid.widen(width)
	p.build.columns = make([]Column, width)
	if p.people != nil {
		p.people.grid.widen(width)
	}
}

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
		for i := range p.people.grid.rows() {
			p.settle(p.people.grid.row(i))
		}
		p.people = nil
	}
	staged := p.build.Table()
	var final layout
	for i := range p.coders {
		final.addField(p, i)
	}
	t := final.apply(staged)
	t.countPlainBlanks()
	return t, nil
}

// countPlainBlanks adds the empty cells to the reasons: those that neither hold a value nor have another reason.
func (t *Table) countPlainBlanks() {
	filled := map[string]int{}
	for row, weight := range t.Rows() {
		for i := 0; i < len(row); {
			field, any := t.Columns[i].Field, false
			for ; i < len(row) && t.Columns[i].Field == field; i++ {
				any = any || row[i] != 0
			}
			if any {
				filled[field] += weight
			}
		}
	}
	for i := range t.Columns {
		c := &t.Columns[i]
		empty := t.people - filled[c.Field]
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
	blanks := make([]BlankCount, 0, len(c.reasons))
	for r, n := range p.blanks[i] {
		if n > 0 {
			blanks = append(blanks, BlankCount{c.reasons[r], n})
		}
	}
	slices.SortFunc(blanks, func(a, b BlankCount) int { return strings.Compare(a.Reason, b.Reason) })
	values, recode := c.finalValues()
	if f.Kind != Many {
		l.columns = append(l.columns, Column{Name: f.Name, Field: f.Name, Kind: f.Kind, Values: values, Blanks: blanks})
		l.from = append(l.from, i)
		l.recode = append(l.recode, recode)
		return
	}
	staging := make([]int, len(values)) // by final code
	for code, slot := range p.slot[i] {
		staging[recode[code+1]-1] = slot
	}
	for k, label := range values {
		l.columns = append(l.columns, Column{
			Name: f.Name + ": " + label, Field: f.Name, Label: label, Kind: Many, Values: []string{label}, Blanks: blanks,
		})
		l.from = append(l.from, staging[k])
		l.recode = append(l.recode, []uint16{0, 1})
	}
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
	return &Table{
		Columns: l.columns, cells: slices.Clip(staged.cells[:len(staged.weights)*width]),
		weights: staged.weights, people: staged.people,
	}
}

// CompareLabels orders labels the way people expect: runs of digits by their number, other text by its bytes.
func CompareLabels(a, b string) int {
	i, j := 0, 0
	for i < len(a) && j < len(b) {
		if isDigit(a[i]) && isDigit(b[j]) {
			x, y := digits(a[i:]), digits(b[j:])
			tx, ty := strings.TrimLeft(x, "0"), strings.TrimLeft(y, "0")
			if len(tx) != len(ty) {
				return len(tx) - len(ty)
			}
			if c := strings.Compare(tx, ty); c != 0 {
				return c
			}
			i, j = i+len(x), j+len(y)
			continue
		}
		if a[i] != b[j] {
			return int(a[i]) - int(b[j])
		}
		i, j = i+1, j+1
	}
	if c := (len(a) - i) - (len(b) - j); c != 0 {
		return c
	}
	return strings.Compare(a, b)
}

func isDigit(b byte) bool { return b >= '0' && b <= '9' }

func digits(s string) string {
	n := 0
	for n < len(s) && isDigit(s[n]) {
		n++
	}
	return s[:n]
}
