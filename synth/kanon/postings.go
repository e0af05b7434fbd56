package kanon

import (
	"math/bits"
	"slices"
)

// posting is the set of records that hold one attribute, as a bitmap.
type posting struct {
	at   []int32  // positions of the words that are not zero
	bits []uint64 // those words
	all  []uint64 // every word; nil where few are not zero and memory is short
}

// denseBytes bounds the memory of bitmaps that are held in full: beyond it, only those with many nonzero words are.
const denseBytes = 64 << 20

// word returns the word at a position.
func (p *posting) word(at int32) uint64 {
	if p.all != nil {
		return p.all[at]
	}
	if i, ok := slices.BinarySearch(p.at, at); ok {
		return p.bits[i]
	}
	return 0
}

func (ix *index) addPostings() {
	ix.postings = make([]posting, len(ix.attrs))
	words := make([]int, len(ix.attrs)) // by attribute: nonzero words
	last := slices.Repeat([]int32{-1}, len(ix.attrs))
	for r := range int32(len(ix.ends)) {
		for _, a := range ix.record(r) {
			if last[a] != r>>6 {
				last[a] = r >> 6
				words[a]++
			}
		}
	}
	width := (len(ix.ends) + 63) / 64
	least := 0
	if len(ix.attrs)*width*8 > denseBytes {
		least = width / 16
	}
	for a, n := range words {
		p := &ix.postings[a]
		p.at, p.bits = make([]int32, 0, n), make([]uint64, 0, n)
		if n > least {
			p.all = make([]uint64, width)
		}
	}
	for r := range int32(len(ix.ends)) {
		at, bit := r>>6, uint64(1)<<(r&63)
		for _, a := range ix.record(r) {
			p := &ix.postings[a]
			if n := len(p.at); n == 0 || p.at[n-1] != at {
				p.at, p.bits = append(p.at, at), append(p.bits, 0)
			}
			p.bits[len(p.bits)-1] |= bit
			if p.all != nil {
				p.all[at] |= bit
			}
		}
	}
}

// sum returns the persons of the records in a word, or any number from most on if there are that many.
func (ix *index) sum(at int32, x uint64, most int32) int32 {
	n := int32(0)
	for weights := ix.weights[int(at)<<6:]; x != 0 && n < most; x &= x - 1 {
		n += weights[bits.TrailingZeros64(x)]
	}
	return n
}
