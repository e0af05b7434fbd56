package marginal

import (
	"iter"
	"math/bits"
	"slices"
)

// bitmaps holds, for each of some attributes, the records that have it as a set of bits.
//
// Weights are kept in bit planes: a record has a bit in the plane of every binary digit of its weight that is 1, and a
// bit in plane s counts 2^s persons. Most records weigh 1, so that there is little more than one plane.
type bitmaps[T tally] struct {
	attrs  []int32
	after  []int // by position in attrs: the position of the first attribute of a later column
	planes []plane
	words  int      // of a set
	bits   []uint64 // set after set
}

// plane is the words of a set from where the plane before ends.
type plane struct {
	end   int
	shift int // binary digit of the weights
}

// find returns the position of an attribute, or -1.
func (b *bitmaps[T]) find(attr int32) int {
	if at, ok := slices.BinarySearch(b.attrs, attr); ok {
		return at
	}
	return -1
}

// set returns the records that have the attribute at a position.
func (b *bitmaps[T]) set(at int) []uint64 { return b.bits[at*b.words:][:b.words:b.words] }

// both returns how many persons two sets share.
func (b *bitmaps[T]) both(x, y []uint64) (persons T) {
	begin := 0
	for _, p := range b.planes {
		x, y := x[begin:p.end], y[begin:p.end]
		n := 0
		for i := range x {
			n += bits.OnesCount64(x[i] & y[i])
		}
		persons += T(n) << p.shift
		begin = p.end
	}
	return persons
}

// intersect makes z what two sets share, and returns how many persons that is.
func (b *bitmaps[T]) intersect(z, x, y []uint64) (persons T) {
	begin := 0
	for _, p := range b.planes {
		x, y, z := x[begin:p.end], y[begin:p.end], z[begin:p.end]
		n := 0
		for i := range x {
			z[i] = x[i] & y[i]
			n += bits.OnesCount64(z[i])
		}
		persons += T(n) << p.shift
		begin = p.end
	}
	return persons
}

// build fills b for attributes that are the last found. Records are given by where their attributes begin and by their
// weight. It uses place as walker.number does.
func build[T tally, I item](b *bitmaps[T], ix *index[T, I], attrs []int32, place []uint32, records iter.Seq2[uint32, T]) {
	b.attrs = append(b.attrs[:0], attrs...)
	b.after = b.after[:0]
	for i, a := range attrs {
		place[a] = uint32(i + 1)
		at, _ := slices.BinarySearch(attrs, ix.after[a])
		b.after = append(b.after, at)
	}
	next := b.layOut(records)
	b.bits = slices.Grow(b.bits[:0], len(attrs)*b.words)[:len(attrs)*b.words]
	clear(b.bits)
	first := I(attrs[0])
	for p, weight := range records {
		for ix.items[p] < first {
			p++
		}
		for w := uint64(weight); w != 0; w &= w - 1 {
			bit := &next[bits.TrailingZeros64(w)]
			word, mask := *bit/64, uint64(1)<<(*bit%64)
			*bit++
			for q := p; ix.items[q] != ^I(0); q++ {
				if i := place[ix.items[q]]; i != 0 {
					b.bits[int(i-1)*b.words+word] |= mask
				}
			}
		}
	}
	for _, a := range attrs {
		place[a] = 0
	}
}

// layOut makes the planes, and returns the first bit of each by the digit of the weights.
func (b *bitmaps[T]) layOut(records iter.Seq2[uint32, T]) (first [64]int) {
	var size [64]int
	for _, weight := range records {
		for w := uint64(weight); w != 0; w &= w - 1 {
			size[bits.TrailingZeros64(w)]++
		}
	}
	b.planes, b.words = b.planes[:0], 0
	for shift, n := range size {
		if n > 0 {
			first[shift] = b.words * 64
			b.words += (n + 63) / 64
			b.planes = append(b.planes, plane{b.words, shift})
		}
	}
	return first
}

// newRoot makes the bitmaps of all records, for the last attributes, if they are worth it.
func newRoot[T tally, I item](ix *index[T, I], length int) *bitmaps[T] {
	b := &bitmaps[T]{}
	found := make([]int32, len(ix.list))
	for a := range found {
		found[a] = int32(a)
	}
	total := 0.0
	for _, weight := range ix.weights {
		total += people(weight)
	}
	tail := plan(ix.after, found, ix.totals, len(ix.weights), total, length)
	if tail < len(found) {
		build(b, ix, found[tail:], make([]uint32, len(found)), func(yield func(uint32, T) bool) {
			for r, p := range ix.next {
				if !yield(p, ix.weights[r]) {
					return
				}
			}
		})
	}
	return b
}

// extendTail visits the combinations that add attributes of the tail of those found to w.path, which the records hold.
func (w *walker[T, I]) extendTail(l *depth[T], tail int, records []occurrence[T]) {
	b := &w.local
	build(b, w.ix, l.found[tail:], w.place, func(yield func(uint32, T) bool) {
		for _, r := range records {
			if !yield(r.pos, r.weight) {
				return
			}
		}
	})
	step := len(w.path)
	w.path = append(w.path, 0)
	for i, a := range b.attrs {
		w.path[step] = a
		w.emit(w.path, l.persons[tail+i])
		w.extendSet(b, b.set(i), b.after[i])
	}
	w.path = w.path[:step]
}

// extendSet visits the combinations that add attributes of b, from a position on, to w.path, whose records are the set.
func (w *walker[T, I]) extendSet(b *bitmaps[T], set []uint64, from int) {
	if w.stop.Load() {
		return
	}
	step := len(w.path)
	w.path = append(w.path, 0)
	if step == w.length-1 {
		for i := from; i < len(b.attrs); i++ {
			if n := b.both(set, b.set(i)); n >= w.least {
				w.path[step] = b.attrs[i]
				w.emit(w.path, n)
			}
		}
	} else {
		l := &w.levels[step]
		l.set = slices.Grow(l.set[:0], b.words)[:b.words]
		for i := from; i < len(b.attrs); i++ {
			if n := b.intersect(l.set, set, b.set(i)); n >= w.least {
				w.path[step] = b.attrs[i]
				w.emit(w.path, n)
				w.extendSet(b, l.set, b.after[i])
			}
		}
	}
	w.path = w.path[:step]
}
