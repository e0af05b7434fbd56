package kanon

import (
	"math/bits"
	"slices"

	"github.com/opencovey/covey/marginal"
	"github.com/opencovey/covey/table"
)

// index answers whether at least k persons share a combination.
//
// Records are lists of the attributes that at least k persons have, numbered in the order of marginal.Counts. For each
// attribute there is a bitmap of the distinct records that hold it; a prober
// intersects them.
type index struct {
	k        int
	attrs    []marginal.Attribute
	persons  []int               // of each attribute
	column   []int               // of each attribute
	rank     []int32             // position of each attribute when the rarest comes first
	rows     [][]int32           // attributes of each distinct record, rarest first
	weights  []int32             // persons who share each distinct record
	postings []posting           // by attribute
	empty    int                 // persons without any of the attributes
	hidden   map[int32][][]int32 // combinations that must not occur, by each of their attributes
}

// maxWords bounds the cost of one question, and so keeps the work linear in the number of records. A combination that is found in fewer than k
// persons within this many words of its rarest attribute (64 distinct records each) counts as rare: safe, and of
// consequence only for combinations of nothing but very common attributes.
const maxWords = 1 << 14

func newIndex(t *table.Table, c *marginal.Counts, k int) *index {
	ix := &index{k: k, attrs: c.Attributes()}
	number := make([][]int32, len(t.Columns))
	for i, col := range t.Columns {
		number[i] = slices.Repeat([]int32{-1}, len(col.Values)+1)
	}
	ix.persons = make([]int, len(ix.attrs))
	ix.column = make([]int, len(ix.attrs))
	order := make([]int32, len(ix.attrs))
	for a, attr := range ix.attrs {
		number[attr.Column][attr.Code] = int32(a)
		ix.column[a] = attr.Column
		ix.persons[a] = c.Get(attr)
		order[a] = int32(a)
	}
	slices.SortStableFunc(order, func(a, b int32) int { return ix.persons[a] - ix.persons[b] })
	ix.rank = make([]int32, len(order))
	for r, a := range order {
		ix.rank[a] = int32(r)
	}
	ix.addRows(t, number)
	ix.addPostings()
	return ix
}

// addRows lists the attributes of every record. Records are sorted, so that those alike stand together, which makes the bitmaps' nonzero words
// few, and so that nothing depends on the order of the file.
func (ix *index) addRows(t *table.Table, number [][]int32) {
	type record struct {
		attrs  []int32
		weight int32
	}
	records := make([]record, 0, t.Len())
	arena := []int32(nil)
	for row, weight := range t.Rows() {
		start := len(arena)
		for i, code := range row {
			if a := number[i][code]; code != 0 && a >= 0 {
				arena = append(arena, a)
			}
		}
		attrs := arena[start:len(arena):len(arena)]
		ix.sortRarest(attrs)
		if len(attrs) == 0 {
			ix.empty += weight
			continue
		}
		records = append(records, record{attrs, int32(weight)})
	}
	slices.SortFunc(records, func(a, b record) int {
		for i := range min(len(a.attrs), len(b.attrs)) {
			if c := ix.rank[a.attrs[i]] - ix.rank[b.attrs[i]]; c != 0 {
				return int(c)
			}
		}
		return len(a.attrs) - len(b.attrs)
	})
	for _, r := range records {
		if n := len(ix.rows); n > 0 && slices.Equal(ix.rows[n-1], r.attrs) { // differed in rare values only
			ix.weights[n-1] += r.weight
			continue
		}
		ix.rows = append(ix.rows, r.attrs)
		ix.weights = append(ix.weights, r.weight)
	}
}

func (ix *index) sortRarest(attrs []int32) {
	slices.SortFunc(attrs, func(a, b int32) int { return int(ix.rank[a] - ix.rank[b]) })
}

// posting is the set of records that hold one attribute, as the words of a bitmap.
type posting struct {
	at   []int32  // positions of the words that are not zero
	bits []uint64 // those words
	all  []uint64 // every word; nil when few are not zero
}

// denseBytes bounds the memory of bitmaps that are held in full: beyond it, only those with few zero words are.
const denseBytes = 64 << 20

// search returns the word at a position, found among those that are not zero.
func (p *posting) search(at int32) uint64 {
	if i, ok := slices.BinarySearch(p.at, at); ok {
		return p.bits[i]
	}
	return 0
}

func (ix *index) addPostings() {
	ix.postings = make([]posting, len(ix.attrs))
	for r, attrs := range ix.rows {
		at, bit := int32(r>>6), uint64(1)<<(r&63)
		for _, a := range attrs {
			p := &ix.postings[a]
			if n := len(p.at); n == 0 || p.at[n-1] != at {
				p.at = append(p.at, at)
				p.bits = append(p.bits, 0)
			}
			p.bits[len(p.bits)-1] |= bit
		}
	}
	width := (len(ix.rows) + 63) / 64
	least := 0
	if len(ix.attrs)*width*8 > denseBytes {
		least = width / 16
	}
	for a := range ix.postings {
		p := &ix.postings[a]
		if len(p.at) > least {
			p.all = make([]uint64, width)
			for i, at := range p.at {
				p.all[at] = p.bits[i]
			}
		}
	}
}

// take subtracts the persons of the records in a word from left, and stops when nothing is left.
func (ix *index) take(at int32, x uint64, left int32) int32 {
	for ; x != 0 && left > 0; x &= x - 1 {
		left -= ix.weights[int(at)<<6+bits.TrailingZeros64(x)]
	}
	return left
}

// with appends the attributes of set and a to dst, rarest first.
func (ix *index) with(dst, set []int32, a int32) []int32 {
	i := 0
	for i < len(set) && ix.rank[set[i]] < ix.rank[a] {
		i++
	}
	dst = append(dst, set[:i]...)
	dst = append(dst, a)
	return append(dst, set[i:]...)
}
