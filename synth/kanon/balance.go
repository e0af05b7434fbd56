package kanon

import "github.com/opencovey/covey/marginal"

// balance holds, for every combination of up to three attributes that may occur, how many synthetic records should have it, how many
// have it, and what one more is worth.
//
// The target of a combination is the middle of what its published count allows: the count plus k/2. It follows that
// the balance knows nothing of the input beyond published counts.
//
// A record more with a combination below its target t is worth 1/(M t) + 1/T, where M is the number of combinations
// of that length and T the sum of their targets: the steps by which the mean preserved share and the relative L1
// error of that length improve. Above the target it costs 1/T. Worth is kept in whole numbers, so that
// results are the same on every machine.
type balance struct {
	single []cell
	pairs  *cells
	triple *cells
	over   [4]int64   // by length: what a record above the target costs
	joins  [][]uint64 // joins[a]: bitmap of the attributes that may stand beside a
}

// cell is one combination.
type cell struct {
	have, want int32
	under      int64 // worth of one more record while have < want
}

// more returns what one more record is worth.
func (c *cell) more(over int64) int64 {
	if c.have < c.want {
		return c.under
	}
	return -over
}

// less returns what one record fewer is worth.
func (c *cell) less(over int64) int64 {
	if c.have > c.want {
		return over
	}
	return -c.under
}

// one is the unit of worth, before it is shared out over combinations.
const one int64 = 1 << 46

func newBalance(c *marginal.Counts, k int) *balance {
	b := &balance{single: make([]cell, len(c.Attributes()))}
	number := make(map[marginal.Attribute]int32, len(b.single))
	width := (len(b.single) + 63) / 64
	bits := make([]uint64, len(b.single)*width)
	for a, attr := range c.Attributes() {
		number[attr] = int32(a)
		b.joins = append(b.joins, bits[a*width:(a+1)*width])
	}
	b.pairs, b.triple = newCells(c.Len(2)), newCells(c.Len(3))
	var sum [4]int64
	want := func(n int) int32 { return int32(Round(n, k) + k/2) }
	for comb, n := range c.All(1) {
		b.single[number[comb[0]]].want = want(n)
		sum[1] += int64(want(n))
	}
	for comb, n := range c.All(2) {
		x, y := number[comb[0]], number[comb[1]]
		b.pairs.add(pairKey(x, y), want(n))
		sum[2] += int64(want(n))
		b.joins[x][y>>6] |= 1 << (y & 63)
		b.joins[y][x>>6] |= 1 << (x & 63)
	}
	for comb, n := range c.All(3) {
		b.triple.add(tripleKey(number[comb[0]], number[comb[1]], number[comb[2]]), want(n))
		sum[3] += int64(want(n))
	}
	b.price(sum)
	return b
}

// price sets the worth of every combination. Each length shares out the same worth.
func (b *balance) price(sum [4]int64) {
	share := func(length, n int, cells []cell) {
		if n == 0 {
			return
		}
		// Lengths weigh the same: each shares out the same worth over its combinations.
		b.over[length] = max(1, one/max(1, sum[length]))
		for i := range cells {
			if cells[i].want > 0 {
				cells[i].under = one/(int64(n)*int64(cells[i].want)) + b.over[length]
			}
		}
	}
	share(1, len(b.single), b.single)
	share(2, b.pairs.n, b.pairs.cells)
	share(3, b.triple.n, b.triple.cells)
}

// gain returns what it is worth that a record with the attributes of set gets a as well. At least k persons must share the outcome.
func (b *balance) gain(set []int32, a int32) int64 {
	worth := b.single[a].more(b.over[1])
	for i, x := range set {
		worth += b.pairs.find(pairKey(x, a)).more(b.over[2])
		for _, y := range set[:i] {
			worth += b.triple.find(tripleKey(y, x, a)).more(b.over[3])
		}
	}
	return worth
}

// loss returns what it is worth that a record with the attributes of set and a loses a.
func (b *balance) loss(set []int32, a int32) int64 {
	worth := b.single[a].less(b.over[1])
	for i, x := range set {
		if x == a {
			continue
		}
		worth += b.pairs.find(pairKey(x, a)).less(b.over[2])
		for _, y := range set[:i] {
			if y != a {
				worth += b.triple.find(tripleKey(y, x, a)).less(b.over[3])
			}
		}
	}
	return worth
}

// put counts n records with the attributes of set; a negative n takes them away.
func (b *balance) put(set []int32, n int32) {
	for i, x := range set {
		b.putOne(set[:i], x, n)
	}
}

// putOne counts a in n records that already have the attributes of set.
func (b *balance) putOne(set []int32, a int32, n int32) {
	b.single[a].have += n
	for i, x := range set {
		if x == a {
			continue
		}
		b.pairs.find(pairKey(x, a)).have += n
		for _, y := range set[:i] {
			if y != a {
				b.triple.find(tripleKey(y, x, a)).have += n
			}
		}
	}
}

// pairKey and tripleKey name a combination of attributes given in any order; a key is never 0.
func pairKey(a, b int32) uint64 {
	if a > b {
		a, b = b, a
	}
	return uint64(a)<<32 | uint64(b)
}

func tripleKey(a, b, c int32) uint64 {
	if a > b {
		a, b = b, a
	}
	if b > c {
		b, c = c, b
		if a > b {
			a, b = b, a
		}
	}
	return uint64(a)<<42 | uint64(b)<<21 | uint64(c)
}

// cells is a hash table of cells with open addressing: the look-up is what synthesis spends its time on.
type cells struct {
	n     int
	shift uint
	keys  []uint64
	cells []cell
}

func newCells(n int) *cells {
	size, shift := 4, uint(62)
	for size < 2*n {
		size, shift = 2*size, shift-1
	}
	return &cells{shift: shift, keys: make([]uint64, size), cells: make([]cell, size)}
}

func (c *cells) add(key uint64, want int32) {
	i := key * 0x9e3779b97f4a7c15 >> c.shift
	for c.keys[i] != 0 {
		i = (i + 1) & uint64(len(c.keys)-1)
	}
	c.keys[i], c.cells[i].want = key, want
	c.n++
}

func (c *cells) find(key uint64) *cell {
	for i := key * 0x9e3779b97f4a7c15 >> c.shift; ; i = (i + 1) & uint64(len(c.keys)-1) {
		switch c.keys[i] {
		case key:
			return &c.cells[i]
		case 0:
			return nil
		}
	}
}
