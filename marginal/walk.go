package marginal

import (
	"slices"
	"sync/atomic"
)

// walker visits, depth first, the combinations that begin with one attribute. Each worker has its own.
type walker[T tally, I item] struct {
	ix     *index[T, I]
	root   *bitmaps[T] // of all records; shared
	stop   *atomic.Bool
	length int
	least  T                       // combinations with a lower tally are not visited
	emit   func(path []int32, n T) // takes the combinations
	path   []int32                 // the combination at work
	levels [MaxLength]depth[T]     // by length of the path
	local  bitmaps[T]              // of the records at work
	pairs  struct {                // scratch of triangle
		cells []T
		row   []uint32
	}
	// Scratch by attribute, all zero between uses.
	counts []T
	place  []uint32 // position in a list, the first being 1
}

// depth is what one depth of the walk keeps while deeper ones are worked on.
type depth[T tally] struct {
	found   []int32         // attributes that reach the threshold, ascending
	persons []T             // who hold each
	bucket  []occurrence[T] // records grouped by the attribute added
	ends    []uint32        // of the groups
	set     []uint64        // the records of the path, as bits
}

func newWalker[T tally, I item](ix *index[T, I], root *bitmaps[T], stop *atomic.Bool, length int, least T) *walker[T, I] {
	w := &walker[T, I]{ix: ix, root: root, stop: stop, length: length, least: least}
	w.path = make([]int32, 0, length)
	w.pairs.row = make([]uint32, len(ix.base))
	w.counts = make([]T, len(ix.list))
	w.place = make([]uint32, len(ix.list))
	return w
}

// run visits the combinations whose first attribute is given, each before those that extend it, in lexicographic order.
func (w *walker[T, I]) run(first int32) {
	w.path = append(w.path[:0], first)
	w.emit(w.path, w.ix.totals[first])
	if w.length == 1 {
		return
	}
	if at := w.root.find(first); at >= 0 {
		w.extendSet(w.root, w.root.set(at), w.root.after[at])
		return
	}
	w.extend(w.ix.take(first))
	w.ix.release(first)
}

// extend visits all combinations that add attributes to w.path, which the given records hold.
func (w *walker[T, I]) extend(records []occurrence[T]) {
	if len(records) == 0 || w.stop.Load() {
		return
	}
	l := &w.levels[len(w.path)]
	visits := w.tally(records)
	w.collect(l, records, visits)
	rest := w.length - len(w.path)
	if rest == 1 {
		w.emitAll(l)
		return
	}
	tail := w.plan(l, records, rest)
	switch {
	case tail == 0:
	case rest == 2 && trianglePays(tail*len(l.found), len(records), visits):
		w.triangle(l, tail, records)
	default:
		w.descend(l, tail, records)
	}
	if tail < len(l.found) {
		w.extendTail(l, tail, records)
	}
}

// tally counts the attributes that the records have after the path, and how many steps that took.
func (w *walker[T, I]) tally(records []occurrence[T]) (visits int) {
	items, counts := w.ix.items, w.counts
	for _, r := range records {
		p := r.pos
		for a := items[p]; a != ^I(0); a = items[p] {
			counts[a] += r.weight
			p++
		}
		visits += int(p - r.pos)
	}
	return visits
}

// collect moves the tally of the attributes that reach the threshold to l, and clears it.
func (w *walker[T, I]) collect(l *depth[T], records []occurrence[T], visits int) {
	l.found, l.persons = l.found[:0], l.persons[:0]
	begin := int(w.ix.after[w.path[len(w.path)-1]])
	if visits > (len(w.counts)-begin)/4 { // many hits: look at every attribute
		for a := begin; a < len(w.counts); a++ {
			if n := w.counts[a]; n >= w.least {
				l.found = append(l.found, int32(a))
				l.persons = append(l.persons, n)
			}
		}
		clear(w.counts[begin:])
		return
	}
	for _, r := range records { // few: look at those that were hit
		for p := r.pos; w.ix.items[p] != ^I(0); p++ {
			a := w.ix.items[p]
			if w.counts[a] < w.least {
				w.counts[a] = 0
			} else if w.place[a] == 0 {
				w.place[a] = 1
				l.found = append(l.found, int32(a))
			}
		}
	}
	slices.Sort(l.found)
	for _, a := range l.found {
		l.persons = append(l.persons, w.counts[a])
		w.counts[a], w.place[a] = 0, 0
	}
}

// emitAll gives out the combinations that add one attribute.
func (w *walker[T, I]) emitAll(l *depth[T]) {
	step := len(w.path)
	w.path = append(w.path, 0)
	for i, a := range l.found {
		w.path[step] = a
		w.emit(w.path, l.persons[i])
	}
	w.path = w.path[:step]
}

// descend groups the records by the attribute that each adds, of those found before the tail, and extends every group.
func (w *walker[T, I]) descend(l *depth[T], tail int, records []occurrence[T]) {
	found := l.found[:tail]
	w.group(l, found, records)
	step := len(w.path)
	w.path = append(w.path, 0)
	begin := uint32(0)
	for i, a := range found {
		w.path[step] = a
		w.emit(w.path, l.persons[i])
		w.extend(l.bucket[begin:l.ends[i+1]])
		begin = l.ends[i+1]
	}
	w.path = w.path[:step]
}

// group fills l.bucket with the records that have an attribute of those found and a later one, and l.ends, from 1 on, with where
// the records of each end.
func (w *walker[T, I]) group(l *depth[T], found []int32, records []occurrence[T]) {
	items, place := w.ix.items, w.place
	last := I(found[len(found)-1])
	w.number(found)
	l.ends = slices.Grow(l.ends[:0], len(found)+1)[:len(found)+1]
	ends := l.ends
	clear(ends)
	for _, r := range records {
		for p := r.pos; items[p] <= last && items[p+1] != ^I(0); p++ {
			ends[place[items[p]]]++ // ends[0] for what is not found
		}
	}
	at := uint32(0)
	for i := range found { // ends are starts until the bucket is filled
		at, ends[i+1] = at+ends[i+1], at
	}
	l.bucket = slices.Grow(l.bucket[:0], int(at))[:at]
	for _, r := range records {
		for p := r.pos; items[p] <= last && items[p+1] != ^I(0); p++ {
			if i := place[items[p]]; i != 0 {
				l.bucket[ends[i]] = occurrence[T]{p + 1, r.weight}
				ends[i]++
			}
		}
	}
	w.clearPlace(found)
}

// number makes w.place the positions of attributes in a list.
func (w *walker[T, I]) number(attrs []int32) {
	for i, a := range attrs {
		w.place[a] = uint32(i + 1)
	}
}

func (w *walker[T, I]) clearPlace(attrs []int32) {
	for _, a := range attrs {
		w.place[a] = 0
	}
}
