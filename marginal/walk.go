package marginal

import "slices"

// walker visits, depth first, the combinations that begin with one attribute. Each worker has its own.
type walker[T tally] struct {
	ix      *index[T]
	length  int
	least   T // combinations with a lower tally are not visited
	emit    func(path []int32, n T)
	path    []int32
	counts  []T // scratch: tally by attribute; all zero between uses
	place   []int32
	buckets [][]occurrence[T] // by depth: records grouped by the attribute just added
	found   [][]int32         // by depth: attributes that reach the threshold
}

func newWalker[T tally](ix *index[T], length int, least T) *walker[T] {
	return &walker[T]{
		ix: ix, length: length, least: least, path: make([]int32, 0, length),
		counts: make([]T, len(ix.attrs)), place: make([]int32, len(ix.attrs)),
		buckets: make([][]occurrence[T], length), found: make([][]int32, length),
	}
}

// run visits the combinations of length 2 and more whose first attribute is given; each before those that extend it, in
// lexicographic order.
func (w *walker[T]) run(first int) {
	if w.length > 1 {
		w.path = append(w.path[:0], int32(first))
		w.extend(w.ix.occur[w.ix.start[first]:w.ix.start[first+1]])
	}
}

// extend visits all combinations that add attributes to w.path, which the given records hold.
func (w *walker[T]) extend(records []occurrence[T]) {
	items, counts := w.ix.items, w.counts
	visits := 0
	for _, r := range records {
		p := r.pos
		for a := items[p]; a != end; a = items[p] {
			counts[a] += r.weight
			p++
		}
		visits += int(p - r.pos)
	}
	depth := len(w.path)
	found := w.collect(records, visits)
	w.path = append(w.path, 0)
	if depth == w.length-1 {
		for _, a := range found {
			w.path[depth] = a
			w.emit(w.path, counts[a])
			counts[a] = 0
		}
	} else {
		w.descend(found, records)
	}
	w.path = w.path[:depth]
}

// collect returns the attributes that reach the threshold, ascending, and clears the tally of all others.
func (w *walker[T]) collect(records []occurrence[T], visits int) []int32 {
	depth := len(w.path)
	found := w.found[depth][:0]
	last := w.path[depth-1]
	if visits > (len(w.counts)-int(last))/4 { // many hits: look at every attribute
		for a := int(last) + 1; a < len(w.counts); a++ {
			if n := w.counts[a]; n >= w.least {
				found = append(found, int32(a))
			} else {
				w.counts[a] = 0
			}
		}
	} else { // few: look at those that were hit
		for _, r := range records {
			for p := r.pos; w.ix.items[p] != end; p++ {
				a := w.ix.items[p]
				if n := w.counts[a]; n < w.least {
					w.counts[a] = 0
				} else if w.place[a] == 0 {
					w.place[a] = 1
					found = append(found, a)
				}
			}
		}
		slices.Sort(found)
		for _, a := range found {
			w.place[a] = 0
		}
	}
	w.found[depth] = found
	return found
}

// descend groups the records by the attribute that each adds, and extends every group.
func (w *walker[T]) descend(found []int32, records []occurrence[T]) {
	depth := len(w.path) - 1
	items, counts, place := w.ix.items, w.counts, w.place
	total := int32(0)
	for _, r := range records {
		for p := r.pos; items[p] != end; p++ {
			if a := items[p]; counts[a] != 0 {
				place[a]++
				total++
			}
		}
	}
	at := int32(0)
	for _, a := range found { // place becomes where the group of a begins
		at, place[a] = at+place[a], at
	}
	bucket := slices.Grow(w.buckets[depth][:0], int(total))[:total]
	w.buckets[depth] = bucket
	for _, r := range records {
		for p := r.pos; items[p] != end; p++ {
			if a := items[p]; counts[a] != 0 {
				bucket[place[a]] = occurrence[T]{p + 1, r.weight}
				place[a]++
			}
		}
	}
	// What the recursion below uses as scratch must be free again, so keep tallies and group ends aside.
	groups := make([]group[T], len(found))
	for i, a := range found {
		groups[i] = group[T]{a, place[a], counts[a]}
		counts[a], place[a] = 0, 0
	}
	lo := int32(0)
	for _, g := range groups {
		w.path[depth] = g.attr
		w.emit(w.path, g.persons)
		w.extend(bucket[lo:g.end])
		lo = g.end
	}
}

// group is the records that add one attribute to a combination.
type group[T tally] struct {
	attr    int32
	end     int32 // the group ends here in the bucket
	persons T
}
