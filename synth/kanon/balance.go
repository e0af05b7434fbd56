package kanon

import (
	"math"

	"github.com/opencovey/covey/marginal"
)

// balance holds, for every combination of up to three attributes that may occur, how many synthetic records lack it and what one more is worth.
// Combinations are numbered as cells: single attributes first, by their numbers, then pairs, then triples. Pairs and triples are those
// of the attributes in their window.
//
// The target of a combination is the middle of what its published count allows: the count plus (k-1)/2. It follows that the
// balance knows nothing of the input beyond published counts.
//
// A record more with a combination below its target t is worth 1/(M t) + 1/T, where M is the number of combinations
// of that length and T the sum of their targets: the steps by which the mean preserved share and the relative L1
// error of that length improve. Above the target it costs 1/T + 1/(4 M t); without the second part, which neither measure
// asks for, small counts would be exceeded many times over. Worth is kept in whole numbers, so that results are the same on
// every machine.
type balance struct {
	lack []int32 // by cell: target less the synthetic records that have it; negative if there are too many
	more []int64 // by cell: what a record more with it is worth
	less []int64 // by cell: what a record fewer with it is worth
	tier []int32 // by cell: its published count / k

	ends  [3]int32   // cells of combinations of up to 1, 2, 3 attributes
	under [3][]int64 // by length-1 and tier: what a record is worth below the target
	over  [3]int64   // by length-1: what a record costs above it

	inPairs, inTriples window
	second             []span     // by attribute: its pairs with attributes of greater number
	pairs              []pairSlot // tables, one per first attribute
	triples            []slot     // tables, one per pair
}

// one is the unit of worth, before it is shared out over combinations.
const one int64 = 1 << 46

// excess is by how much less it costs to exceed a target by one record than to miss it by one, as a share of the target.
const excess = 4

// newBalance returns the balance of no records. The counts are those of pairs and of triples.
func newBalance(ix *index, two, three *marginal.Counts, inPairs, inTriples window) *balance {
	b := &balance{inPairs: inPairs, inTriples: inTriples}
	for _, n := range ix.persons {
		b.tier = append(b.tier, int32(n/ix.k))
	}
	b.ends[0] = int32(len(b.tier))
	b.addPairs(ix, two)
	b.ends[1] = int32(len(b.tier))
	b.addTriples(ix, three)
	b.ends[2] = int32(len(b.tier))
	b.price(ix.k)
	return b
}

func (b *balance) addPairs(ix *index, c *marginal.Counts) {
	sizes := make([]uint32, len(ix.attrs))
	for comb := range c.All(2) {
		sizes[min(ix.of(comb[0]), ix.of(comb[1]))]++
	}
	l := newLists(sizes)
	for comb, n := range c.All(2) {
		x, y := ix.of(comb[0]), ix.of(comb[1])
		l.add(uint32(min(x, y)), max(x, y), int32(n/ix.k))
	}
	b.second = make([]span, len(ix.attrs))
	end := uint32(0)
	for x := range b.second {
		_, attrs := l.of(x)
		b.second[x], end = newSpan(end, attrs)
	}
	b.pairs = make([]pairSlot, end)
	for x := range b.second {
		start, attrs := l.of(x)
		for i, y := range attrs {
			b.pairs[b.pairAt(int32(x), y)].slot = slot{y + 1, int32(len(b.tier)) + int32(start) + int32(i)}
		}
	}
	b.tier = append(b.tier, l.tiers...)
}

func (b *balance) addTriples(ix *index, c *marginal.Counts) {
	sizes := make([]uint32, len(b.pairs))
	for comb := range c.All(3) {
		x, y, _ := sort3(ix.of(comb[0]), ix.of(comb[1]), ix.of(comb[2]))
		sizes[b.pairAt(x, y)]++
	}
	l := newLists(sizes)
	for comb, n := range c.All(3) {
		x, y, z := sort3(ix.of(comb[0]), ix.of(comb[1]), ix.of(comb[2]))
		l.add(b.pairAt(x, y), z, int32(n/ix.k))
	}
	end := uint32(0)
	for p := range b.pairs {
		_, attrs := l.of(p)
		b.pairs[p].third, end = newSpan(end, attrs)
	}
	b.triples = make([]slot, end)
	for p := range b.pairs {
		start, attrs := l.of(p)
		s := &b.pairs[p].third
		for i, z := range attrs {
			at := s.start(z)
			for b.triples[at].attr != 0 {
				at = s.next(at)
			}
			b.triples[at] = slot{z + 1, int32(len(b.tier)) + int32(start) + int32(i)}
		}
	}
	b.tier = append(b.tier, l.tiers...)
}

// price sets targets and what combinations are worth. Each length shares out the same worth.
func (b *balance) price(k int) {
	n := len(b.tier)
	b.lack, b.more, b.less = make([]int32, n), make([]int64, n), make([]int64, n)
	start := int32(0)
	for l, end := range b.ends {
		sum, top := int64(0), int32(0)
		for i := start; i < end; i++ {
			b.lack[i] = b.tier[i]*int32(k) + int32(k-1)/2
			sum += int64(b.lack[i])
			top = max(top, b.tier[i])
		}
		b.over[l] = max(1, one/max(1, sum))
		b.under[l] = make([]int64, top+1)
		for tier := 1; tier <= int(top); tier++ {
			b.under[l][tier] = one/(max(1, int64(end-start))*int64(tier*k+(k-1)/2)) + b.over[l]
		}
		for i := start; i < end; i++ {
			b.value(i)
		}
		start = end
	}
}

// value sets what a record more or fewer with a cell is worth.
func (b *balance) value(cell int32) {
	l := 0
	for cell >= b.ends[l] {
		l++
	}
	under := b.under[l][b.tier[cell]]
	over := b.over[l] + (under-b.over[l])/excess
	b.more[cell], b.less[cell] = -over, -under
	if b.lack[cell] > 0 {
		b.more[cell] = under
	}
	if b.lack[cell] < 0 {
		b.less[cell] = over
	}
}

// pairAt returns the slot of a pair of attributes, x < y, or the free one where it would be.
func (b *balance) pairAt(x, y int32) uint32 {
	s := &b.second[x]
	i := s.start(y)
	for b.pairs[i].attr != y+1 && b.pairs[i].attr != 0 {
		i = s.next(i)
	}
	return i
}

// pair returns the slot of a pair of attributes, in any order, or nil if fewer than k persons share it. Both must be in the window.
func (b *balance) pair(x, y int32) *pairSlot {
	if p := &b.pairs[b.pairAt(min(x, y), max(x, y))]; p.attr != 0 {
		return p
	}
	return nil
}

// triple returns the cell of the triple of a pair and an attribute of greater number, or -1 if fewer than k persons share it. All
// must be in the window.
func (b *balance) triple(p *pairSlot, z int32) int32 {
	s := &p.third
	for i := s.start(z); ; i = s.next(i) {
		t := b.triples[i]
		if t.attr == z+1 {
			return t.cell
		}
		if t.attr == 0 {
			return -1
		}
	}
}

// mayJoin reports whether at least k persons share a with each attribute of set, and, if set is short, with all of them. It
// says yes to what is outside of windows.
func (b *balance) mayJoin(set []int32, a int32) bool {
	if !b.inPairs.has(a) {
		return true
	}
	for _, x := range set {
		if b.inPairs.has(x) && b.pair(x, a) == nil {
			return false
		}
	}
	if len(set) == 2 {
		x, y, z := sort3(set[0], set[1], a)
		if b.inTriples.has(x) && b.inTriples.has(z) {
			return b.triple(b.pair(x, y), z) >= 0
		}
	}
	return true
}

// cells appends to dst the cells of a set of attributes, which at least k persons must share.
func (b *balance) cells(dst, set []int32) []int32 {
	two, three := b.inPairs, b.inTriples
	for i, x := range set {
		dst = append(dst, x)
		if !two.has(x) {
			continue
		}
		for j := i + 1; j < len(set) && set[j] < two.hi; j++ {
			p := &b.pairs[b.pairAt(x, set[j])]
			dst = append(dst, p.cell)
			if x < three.lo {
				continue
			}
			for _, z := range set[j+1:] {
				if z >= three.hi {
					break
				}
				dst = append(dst, b.triple(p, z))
			}
		}
	}
	return dst
}

// cellsOf appends to dst the cells that attribute a, given to the attributes of set, adds; or, if it is in the set, those that it has there. It is not ok if
// fewer than k persons share one of them.
func (b *balance) cellsOf(dst, set []int32, a int32) (_ []int32, ok bool) {
	two, three := b.inPairs, b.inTriples
	dst = append(dst, a)
	if !two.has(a) {
		return dst, true
	}
	for i, x := range set {
		if x == a || !two.has(x) {
			continue
		}
		p := b.pair(x, a)
		if p == nil {
			return dst, false
		}
		dst = append(dst, p.cell)
		if !three.has(x) || !three.has(a) {
			continue
		}
		for _, y := range set[i+1:] { // x < y
			cell := int32(-1)
			switch {
			case y >= three.hi || y == a:
				continue
			case a < y: // after x and a, or a and x
				cell = b.triple(p, y)
			default:
				if q := b.pair(x, y); q != nil {
					cell = b.triple(q, a)
				}
			}
			if cell < 0 {
				return dst, false
			}
			dst = append(dst, cell)
		}
	}
	return dst, true
}

// sum adds up the values of cells.
func sum(values []int64, cells []int32) int64 {
	total := int64(0)
	for _, c := range cells {
		total += values[c]
	}
	return total
}

// times returns how many records more with some cells are worth as much as the first one, or, if more is false, records fewer.
func (b *balance) times(cells []int32, more bool) int32 {
	least := int32(math.MaxInt32)
	for _, c := range cells {
		lack := b.lack[c]
		if !more {
			lack = -lack
		}
		if lack > 0 {
			least = min(least, lack)
		}
	}
	return least
}

// put counts n records more with some cells; a negative n takes them away.
func (b *balance) put(cells []int32, n int32) {
	for _, c := range cells {
		old := b.lack[c]
		b.lack[c] = old - n
		if (old > 0) != (old-n > 0) || (old < 0) != (old-n < 0) {
			b.value(c)
		}
	}
}

// sort3 returns three numbers, ascending.
func sort3(a, b, c int32) (x, y, z int32) {
	if a > b {
		a, b = b, a
	}
	if b > c {
		b, c = c, b
	}
	if a > b {
		a, b = b, a
	}
	return a, b, c
}
