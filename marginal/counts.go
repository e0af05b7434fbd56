package marginal

import (
	"fmt"
	"iter"
	"slices"

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
	totals    []uint32       // persons who hold each
	tries     []trie         // the combinations that begin with each
}

// Attributes returns the attributes that reach the threshold, in order. The caller must not change them.
func (c *Counts) Attributes() []Attribute { return c.attrs }

// Len returns the number of combinations of the given length held.
func (c *Counts) Len(length int) int {
	if length < 1 || length > c.Length {
		return 0
	}
	if length == 1 {
		return len(c.attrs)
	}
	n := 0
	for _, t := range c.tries {
		n += len(t[length-2].attr)
	}
	return n
}

// Get returns how many persons share the combination, which must be in order, or 0 if it is not held: unknown, below the threshold, or
// longer than Length.
func (c *Counts) Get(combination ...Attribute) int {
	if len(combination) == 0 || len(combination) > c.Length {
		return 0
	}
	n, lo, hi := uint32(0), 0, 0
	var t trie
	for depth, a := range combination {
		id, ok := slices.BinarySearchFunc(c.attrs, a, Attribute.Compare)
		if !ok {
			return 0
		}
		if depth == 0 {
			n, t = c.totals[id], c.tries[id]
			if c.Length > 1 {
				hi = len(t[0].attr)
			}
			continue
		}
		l := &t[depth-1]
		at, ok := slices.BinarySearch(l.attr[lo:hi], int32(id))
		if !ok {
			return 0
		}
		n = l.count[lo+at]
		if depth < len(t) {
			lo, hi = int(l.first[lo+at]), int(l.first[lo+at+1])
		}
	}
	return int(n)
}

// All iterates over the combinations of one length in lexicographic order, with the persons that share each. The slice is
// reused: copy what is to be kept.
func (c *Counts) All(length int) iter.Seq2[[]Attribute, int] {
	return func(yield func([]Attribute, int) bool) {
		if length < 1 || length > c.Length {
			return
		}
		combination := make([]Attribute, length)
		for first, a := range c.attrs {
			combination[0] = a
			if length == 1 {
				if !yield(combination, int(c.totals[first])) {
					return
				}
			} else if t := c.tries[first]; !c.walk(t, combination, 1, 0, len(t[0].attr), yield) {
				return
			}
		}
	}
}

func (c *Counts) walk(t trie, combination []Attribute, depth, lo, hi int, yield func([]Attribute, int) bool) bool {
	l := &t[depth-1]
	for i := lo; i < hi; i++ {
		combination[depth] = c.attrs[l.attr[i]]
		if depth == len(combination)-1 {
			if !yield(combination, int(l.count[i])) {
				return false
			}
		} else if !c.walk(t, combination, depth+1, int(l.first[i]), int(l.first[i+1]), yield) {
			return false
		}
	}
	return true
}

// Prune returns the counts of the combinations that at least threshold persons share. With a threshold that is no higher than
// that of c it returns c.
func (c *Counts) Prune(threshold int) *Counts {
	if threshold <= c.Threshold {
		return c
	}
	p := &Counts{Columns: c.Columns, Length: c.Length, Threshold: threshold, People: c.People}
	to := make([]int32, len(c.attrs)) // only those of enough persons are looked up
	for a, n := range c.totals {
		if int(n) >= threshold {
			to[a] = int32(len(p.attrs))
			p.attrs = append(p.attrs, c.attrs[a])
			p.totals = append(p.totals, n)
		}
	}
	b := newTrieBuilder(c.Length)
	for a, n := range c.totals {
		if int(n) < threshold {
			continue
		}
		c.tries[a].each(int32(a), n, func(path []int32, n uint32) {
			if d := len(path) - 2; d >= 0 && int(n) >= threshold {
				b.addAt(d, to[path[d+1]], n)
			}
		})
		p.tries = append(p.tries, b.take())
	}
	return p
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
