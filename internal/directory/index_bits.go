package directory

import "math/bits"

// bitset is a set of entries by their numbers in an index.
type bitset []uint64

func newBitset(n int) bitset { return make(bitset, (n+63)/64) }

func (b bitset) set(i uint32)      { b[i>>6] |= 1 << (i & 63) }
func (b bitset) has(i uint32) bool { return b[i>>6]&(1<<(i&63)) != 0 }

func (b bitset) clear() {
	for i := range b {
		b[i] = 0
	}
}

// fill sets the first n.
func (b bitset) fill(n int) {
	for i := range b {
		b[i] = ^uint64(0)
	}
	if rest := n & 63; rest != 0 {
		b[len(b)-1] = 1<<rest - 1
	}
}

func (b bitset) and(o bitset) {
	o = o[:len(b)]
	for i := range b {
		b[i] &= o[i]
	}
}

func (b bitset) or(o bitset) {
	o = o[:len(b)]
	for i := range b {
		b[i] |= o[i]
	}
}

func (b bitset) andNot(o bitset) {
	o = o[:len(b)]
	for i := range b {
		b[i] &^= o[i]
	}
}

func (b bitset) count() int {
	n := 0
	for _, w := range b {
		n += bits.OnesCount64(w)
	}
	return n
}

// countAnd returns how many are in both.
func (b bitset) countAnd(o bitset) int {
	o = o[:len(b)]
	n := 0
	for i, w := range b {
		n += bits.OnesCount64(w & o[i])
	}
	return n
}

// sparse is a set as those words of its bits that are not empty, so that counting
// a rare term does not look at all entries.
type sparse struct {
	at   []uint16 // which words; an index has fewer than 4 million entries
	bits []uint64
}

// thin returns the set as a sparse one.
func (b bitset) thin() sparse {
	var s sparse
	for i, w := range b {
		if w != 0 {
			s.at, s.bits = append(s.at, uint16(i)), append(s.bits, w)
		}
	}
	return s
}

// countSparse returns how many are in both.
func (b bitset) countSparse(s sparse) int {
	n := 0
	for i, at := range s.at {
		n += bits.OnesCount64(b[at] & s.bits[i])
	}
	return n
}

// each calls f for every member in rising order.
func (b bitset) each(f func(i uint32)) {
	for i, w := range b {
		for ; w != 0; w &= w - 1 {
			f(uint32(i<<6 + bits.TrailingZeros64(w)))
		}
	}
}
