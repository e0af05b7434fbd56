package table

import (
	"fmt"
	"iter"
	"math"
	"slices"
)

// Column is one column of a table: what its codes mean.
//
// A many-valued field of the file becomes one column for each of its labels; the columns share Field.
type Column struct {
	Name   string       // unique in its table: Field, or "Field: Label" for a label of a many-valued field
	Field  string       // header in the file
	Label  string       // the label that this column stands for; "" unless Kind is Many
	Kind   Kind         // how the field was read
	Values []string     // code c stands for Values[c-1]; code 0 is blank
	Blanks []BlankCount // why cells are blank, and how many; sorted by reason. Sensitive
}

// BlankCount is the number of persons whose cell is blank for one reason.
type BlankCount struct {
	Reason string
	People int
}

// Table is a set of distinct records, each with the number of persons who share it. It is read-only once built and
// safe for use by several goroutines.
type Table struct {
	Columns []Column
	cells   []uint16 // row-major, len(Columns) wide
	weights []uint32
	people  int
}

// Len returns the number of distinct records.
func (t *Table) Len() int { return len(t.weights) }

// People returns the number of persons: the sum of all weights.
func (t *Table) People() int { return t.people }

// Row returns the codes of record i, one per column. The caller must not change them.
func (t *Table) Row(i int) []uint16 {
	w := len(t.Columns)
	return t.cells[i*w : (i+1)*w : (i+1)*w]
}

// Weight returns how many persons share record i.
func (t *Table) Weight(i int) int { return int(t.weights[i]) }

// Rows iterates over the distinct records and their weights.
func (t *Table) Rows() iter.Seq2[[]uint16, int] {
	return func(yield func([]uint16, int) bool) {
		for i := range t.weights {
			if !yield(t.Row(i), int(t.weights[i])) {
				return
			}
		}
	}
}

// Sorted returns a table with the same records in the order of their codes, so that nothing of the order in which they
// were added is left.
func (t *Table) Sorted() *Table {
	order := make([]int32, t.Len())
	for i := range order {
		order[i] = int32(i)
	}
	slices.SortFunc(order, func(a, b int32) int { return slices.Compare(t.Row(int(a)), t.Row(int(b))) })
	s := &Table{Columns: t.Columns, people: t.people}
	s.cells = make([]uint16, 0, len(t.cells))
	s.weights = make([]uint32, 0, len(t.weights))
	for _, i := range order {
		s.cells = append(s.cells, t.Row(int(i))...)
		s.weights = append(s.weights, t.weights[i])
	}
	return s
}

// Select returns a table of the named columns only, in the order named; records that become equal are merged. An unknown name is
// an error.
func (t *Table) Select(names ...string) (*Table, error) {
	pick := make([]int, len(names))
	columns := make([]Column, len(names))
	for k, name := range names {
		i := slices.IndexFunc(t.Columns, func(c Column) bool { return c.Name == name })
		if i < 0 {
			return nil, fmt.Errorf("select columns: no column %q", name)
		}
		pick[k], columns[k] = i, t.Columns[i]
	}
	b := NewBuilder(columns)
	codes := make([]uint16, len(pick))
	for row, w := range t.Rows() {
		for k, i := range pick {
			codes[k] = row[i]
		}
		b.Add(codes, w)
	}
	return b.Table(), nil
}

// Builder collects records into a Table, merging equal ones. Make one with [NewBuilder].
type Builder struct {
	columns []Column
	grid    grid
	weights []uint32
	slots   []int32 // open addressing: 0 is free, else index+1 of a record
	people  int
}

// NewBuilder returns a builder for records of the given columns.
func NewBuilder(columns []Column) *Builder {
	return &Builder{columns: columns, grid: grid{width: len(columns)}, slots: make([]int32, 1<<10)}
}

// Add adds weight persons with the given codes, one per column. It copies codes. A weight of 0 adds nothing. It
// panics when the number of codes is wrong, the weight is negative, or more than 4,294,967,295 persons would
// share a record.
func (b *Builder) Add(codes []uint16, weight int) {
	if weight == 0 {
		return
	}
	if len(codes) != b.grid.width || weight < 0 {
		panic(fmt.Sprintf("table: %d codes for %d columns, weight %d", len(codes), b.grid.width, weight))
	}
	b.people += weight
	if 2*len(b.weights) >= len(b.slots) {
		b.rehash()
	}
	mask := uint64(len(b.slots) - 1)
	for h := hashCodes(codes) & mask; ; h = (h + 1) & mask {
		switch i := b.slots[h]; {
		case i == 0:
			b.grid.append(codes)
			b.weights = append(b.weights, addWeights(0, weight))
			b.slots[h] = int32(len(b.weights))
			return
		case slices.Equal(b.grid.row(int(i-1)), codes):
			b.weights[i-1] = addWeights(b.weights[i-1], weight)
			return
		}
	}
}

func addWeights(a uint32, b int) uint32 {
	if b > math.MaxUint32-int(a) {
		panic("table: too many persons share a record")
	}
	return a + uint32(b)
}

// Table returns what was added. The builder must not be used afterwards.
func (b *Builder) Table() *Table {
	b.slots = nil
	return &Table{Columns: b.columns, cells: b.grid.cells, weights: b.weights, people: b.people}
}

func (b *Builder) rehash() {
	b.slots = make([]int32, 4*len(b.slots))
	mask := uint64(len(b.slots) - 1)
	for i := range b.weights {
		h := hashCodes(b.grid.row(i)) & mask
		for b.slots[h] != 0 {
			h = (h + 1) & mask
		}
		b.slots[h] = int32(i + 1)
	}
}

// hashCodes mixes position and code of every cell that is not blank, so that trailing blank columns, which a
// growing grid adds, do not change it.
func hashCodes(codes []uint16) uint64 {
	h := uint64(0x9e3779b97f4a7c15)
	for i, c := range codes {
		if c != 0 {
			h = (h ^ (uint64(i)<<16 | uint64(c))) * 0xff51afd7ed558ccd
			h ^= h >> 32
		}
	}
	return h
}

// grid is a growing row-major array of codes whose rows can be widened.
type grid struct {
	width int
	cells []uint16
}

func (g *grid) row(i int) []uint16 { return g.cells[i*g.width : (i+1)*g.width] }

func (g *grid) rows() int {
	if g.width == 0 {
		return 0
	}
	return len(g.cells) / g.width
}

// append adds a row; codes may be narrower than the grid.
func (g *grid) append(codes []uint16) {
	if cap(g.cells)-len(g.cells) < g.width {
		// Growing by half bounds what is held while copying to 2.5 times the data.
		g.cells = slices.Grow(g.cells, max(1024*g.width, len(g.cells)/2))
	}
	n := len(g.cells)
	g.cells = g.cells[:n+g.width]
	clear(g.cells[n+copy(g.cells[n:], codes):])
}

// widen gives every row more, blank, cells at its end.
func (g *grid) widen(width int) {
	rows := g.rows()
	wide := make([]uint16, rows*width)
	for i := range rows {
		copy(wide[i*width:], g.row(i))
	}
	g.cells, g.width = wide, width
}
