package marginal

import (
	"fmt"
	"iter"
	"slices"
	"sort"

	"github.com/opencovey/covey/table"
)

// Attribute is a value of a column: its position among the columns and its code, which is at least 1.
type Attribute struct {
	Column int
	Code   uint16
}

// Compare orders attributes by column, then by code.
func (a Attribute) Compare(b Attribute) int {
	if a.Column != b.Column {
		return a.Column - b.Column
	}
	return int(a.Code) - int(b.Code)
}

// Counts holds combinations of attributes and how many persons share each. It is read-only and safe for use by several
// goroutines.
type Counts struct {
	Columns   []table.Column // what attributes mean
	Length    int            // combinations have up to this many attributes
	Threshold int            // combinations of fewer persons are not held
	People    int            // persons counted
	attrs     []Attribute    // attributes that reach the threshold, in order
	levels    []level        // levels[l-1] holds the combinations of length l
}

// level is one depth of a trie: the combinations of one length, in lexicographic order.
type level struct {
	attr  []int32  // last attribute, a position in Counts.attrs
	count []uint32 // persons
	first []int32  // first child in the next level; one longer than attr; nil at the last level
}

// Attributes returns the attributes that reach the threshold, in order. The caller must not change them.
func (c *Counts) Attributes() []Attribute { return c.attrs }

// Len returns the number of combinations of the given length held.
func (c *Counts) Len(length int) int {
	if length < 1 || length > len(c.levels) {
		return 0
	}
	return len(c.levels[length-1].attr)
}

// Get returns how many persons share the combination, which must be in order, or 0 if it is not held: unknown, below the threshold, or
// longer than Length.
func (c *Counts) Get(combination ...Attribute) int {
	ids := make([]int32, len(combination))
	for i, a := range combination {
		at, ok := slices.BinarySearchFunc(c.attrs, a, Attribute.Compare)
		if !ok {
			return 0
		}
		ids[i] = int32(at)
	}
	node := c.find(ids)
	if node < 0 {
		return 0
	}
	return int(c.levels[len(ids)-1].count[node])
}

// find returns the position of a combination in its level, or -1.
func (c *Counts) find(ids []int32) int {
	if len(ids) == 0 || len(ids) > len(c.levels) {
		return -1
	}
	lo, hi := 0, len(c.levels[0].attr)
	for depth, id := range ids {
		attr := c.levels[depth].attr[lo:hi]
		at := sort.Search(len(attr), func(i int) bool { return attr[i] >= id })
		if at == len(attr) || attr[at] != id {
			return -1
		}
		if depth == len(ids)-1 {
			return lo + at
		}
		first := c.levels[depth].first
		lo, hi = int(first[lo+at]), int(first[lo+at+1])
	}
	return -1
}

// All iterates over the combinations of one length in lexicographic order, with the persons that share each. The slice is
// reused: copy what is to be kept.
func (c *Counts) All(length int) iter.Seq2[[]Attribute, int] {
	return func(yield func([]Attribute, int) bool) {
		if c.Len(length) == 0 {
			return
		}
		combination := make([]Attribute, length)
		c.walk(combination, 0, 0, len(c.levels[0].attr), yield)
	}
}

func (c *Counts) walk(combination []Attribute, depth, lo, hi int, yield func([]Attribute, int) bool) bool {
	l := &c.levels[depth]
	for i := lo; i < hi; i++ {
		combination[depth] = c.attrs[l.attr[i]]
		if depth == len(combination)-1 {
			if !yield(combination, int(l.count[i])) {
				return false
			}
		} else if !c.walk(combination, depth+1, int(l.first[i]), int(l.first[i+1]), yield) {
			return false
		}
	}
	return true
}

// Name returns column and value of an attribute as people read it. For a label of a many-valued field the column is the field.
func (c *Counts) Name(a Attribute) (column, value string) { return Name(c.Columns, a) }

// Name returns column and value of an attribute of the given columns.
func Name(columns []table.Column, a Attribute) (column, value string) {
	col := &columns[a.Column]
	return col.Field, col.Values[a.Code-1]
}

// String describes the counts without telling any.
func (c *Counts) String() string {
	return fmt.Sprintf("counts of combinations of up to %d attributes of %d columns", c.Length, len(c.Columns))
}
