package marginal

import (
	"slices"
	"sync"
	"sync/atomic"
)

// item is the number of an attribute in the list of a record. Narrow items make longer tables fit the processor's cache.
type item interface{ uint16 | uint32 }

// index holds records as lists of attributes.
type index[T tally, I item] struct {
	*attributes[T]
	items   []I      // attributes of record after record, ascending, each list closed by the greatest I
	next    []uint32 // by record: where in items its attributes begin that were not yet grouped
	weights []T      // by record: persons who share it

	mu      sync.Mutex
	grouped int32                // attributes below are grouped
	groups  map[int32]*groups[T] // by the attribute after the column, while the column is worked on
	spare   []*groups[T]         // whose memory can be used again
}

// occurrence is a record that holds a combination: where in items the attributes after its last one begin, and how many
// persons share the record.
type occurrence[T tally] struct {
	pos    uint32
	weight T
}

func newIndex[T tally, I item](stop *atomic.Bool, at *attributes[T], sources []source[T]) *index[T, I] {
	ix := &index[T, I]{attributes: at, groups: map[int32]*groups[T]{}}
	records := 0
	for _, s := range sources {
		records += s.table.Len()
	}
	ix.items = make([]I, at.entries+records+1)
	ix.next = make([]uint32, 0, records)
	ix.weights = make([]T, 0, records)
	n := 0
	for _, s := range sources {
		for i := range s.table.Len() {
			if i%stride == 0 && stop.Load() {
				return ix
			}
			start := n
			for col, code := range s.table.Row(i) {
				a := at.number[at.base[col]+int(code)]
				ix.items[n] = I(a) // what is no attribute is written over
				if a >= 0 {
					n++
				}
			}
			if n < start+2 { // nothing to combine
				n = start
				continue
			}
			ix.items[n] = ^I(0)
			n++
			ix.next = append(ix.next, uint32(start))
			ix.weights = append(ix.weights, T(s.table.Weight(i))*s.unit)
		}
	}
	ix.items = ix.items[:n]
	return ix
}

// groups is the records that hold an attribute of one column, attribute by attribute.
//
// Only the columns at work are grouped at any time: lists for all of them would take several times the table's memory.
type groups[T tally] struct {
	first        int32    // the column's first attribute
	starts, ends []uint32 // by attribute of the column: its part of list
	list         []occurrence[T]
	left         int // attributes not yet released
}

// take returns the records that hold an attribute and a later one. Attributes are taken in about ascending order, each
// once, and released.
func (ix *index[T, I]) take(a int32) []occurrence[T] {
	ix.mu.Lock()
	defer ix.mu.Unlock()
	for ix.grouped <= a {
		after := ix.after[ix.grouped]
		ix.groups[after] = ix.group(ix.grouped, after)
		ix.grouped = after
	}
	g := ix.groups[ix.after[a]]
	return g.list[g.starts[a-g.first]:g.ends[a-g.first]]
}

// release says that the records of an attribute are no longer needed.
func (ix *index[T, I]) release(a int32) {
	ix.mu.Lock()
	defer ix.mu.Unlock()
	g := ix.groups[ix.after[a]]
	g.left--
	if g.left == 0 {
		delete(ix.groups, ix.after[a])
		ix.spare = append(ix.spare, g)
	}
}

// group passes the attributes from lo to below hi, which are those of the next column.
func (ix *index[T, I]) group(lo, hi int32) *groups[T] {
	g := &groups[T]{}
	if n := len(ix.spare); n > 0 {
		g, ix.spare = ix.spare[n-1], ix.spare[:n-1]
	}
	g.first, g.left = lo, int(hi-lo)
	g.starts = g.starts[:0]
	at := uint32(0)
	for a := lo; a < hi; a++ {
		g.starts = append(g.starts, at)
		at += ix.records[a]
	}
	g.ends = append(g.ends[:0], g.starts...)
	g.list = slices.Grow(g.list[:0], int(at))[:at]
	for r, p := range ix.next {
		if a := ix.items[p]; a < I(hi) {
			ix.next[r]++
			if ix.items[p+1] != ^I(0) {
				end := &g.ends[a-I(lo)]
				g.list[*end] = occurrence[T]{p + 1, ix.weights[r]}
				*end++
			}
		}
	}
	return g
}
