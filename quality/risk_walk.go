package quality

import (
	"math"
	"slices"
	"sync/atomic"
)

// riskWalker visits, depth first, combinations and the records that hold them. Each worker has its own.
type riskWalker struct {
	ix     *riskIndex
	length int
	k      uint32
	least  uint32 // combinations that fewer persons share are not extended
	stop   func() bool
	mark   func(w *riskWalker, records []riskOccurrence, rare bool)
	keep   func(records []riskOccurrence) bool // whether to look into these records; nil: always
	state  *riskState

	// Attributes from hiddenFrom on, as many as hidden, are passed over.
	hiddenFrom int32
	hidden     uint32

	path   []int32
	mask   []uint64 // set of what path holds, while marking
	counts []uint32 // scratch: persons by attribute; all zero between uses
	place  []int32
	levels []riskLevel // by length of path
}

// riskLevel is the scratch of one depth.
type riskLevel struct {
	found  []int32
	bucket []riskOccurrence
	groups []riskGroup
}

// riskGroup is the records that add one attribute to a combination, and the persons that share them.
type riskGroup struct {
	attr, size int32
	people     uint32
}

func newRiskWalker(ix *riskIndex, work *riskWork, state *riskState) *riskWalker {
	mark := (*riskWalker).markExact
	if work.o.Brief {
		mark = (*riskWalker).markShortest
	}
	return &riskWalker{
		ix: ix, length: work.o.Length, k: uint32(work.o.K), least: 2, state: state,
		stop: func() bool { return work.ctx.Err() != nil }, mark: mark,
		mask: make([]uint64, (ix.fields.bits+63)/64), counts: make([]uint32, len(ix.attrs)),
		place: make([]int32, len(ix.attrs)), levels: make([]riskLevel, work.o.Length),
	}
}

// walk finds the rare and unique combinations of every record.
func (ix *riskIndex) walk(work *riskWork, state *riskState) error {
	root := newRiskWalker(ix, work, state)
	copy(root.counts, ix.totals)
	all := make([]riskOccurrence, len(ix.begin))
	for i, pos := range ix.begin {
		all[i] = riskOccurrence{pos, uint32(i)}
	}
	root.mark(root, all, false)
	return work.forEach(len(ix.attrs), func() func(int) {
		w := newRiskWalker(ix, work, state)
		return func(a int) {
			if n := ix.totals[a]; w.length > 1 && n >= w.least {
				w.path = append(w.path[:0], int32(a))
				w.extend(ix.occur[ix.start[a]:ix.start[a+1]], n < w.k)
			}
		}
	})
}

// extend visits all combinations that add attributes to w.path, which the given records hold; rare says that
// w.path is rare by itself.
func (w *riskWalker) extend(records []riskOccurrence, rare bool) {
	if len(w.path) <= 2 && w.stop() {
		return
	}
	level := &w.levels[len(w.path)]
	level.found = w.tally(level.found[:0], records)
	w.mark(w, records, rare)
	if len(w.path)+1 < w.length {
		w.descend(level, records, rare)
		return
	}
	for _, a := range level.found {
		w.counts[a] = 0
	}
}

// tally counts the persons with each further attribute, and returns the attributes met.
func (w *riskWalker) tally(found []int32, records []riskOccurrence) []int32 {
	items, counts := w.ix.items, w.counts
	for _, r := range records {
		weight := w.ix.weight[r.record]
		for p := r.pos; items[p] != riskEnd; p++ {
			a := items[p]
			if uint32(a-w.hiddenFrom) < w.hidden {
				continue
			}
			if counts[a] == 0 {
				found = append(found, a)
			}
			counts[a] += weight
		}
	}
	return found
}

// markExact notes, for each record, which further attributes make the combination rare or unique.
func (w *riskWalker) markExact(records []riskOccurrence, rare bool) {
	w.setMask()
	items, counts := w.ix.items, w.counts
	for _, r := range records {
		var rares, uniques riskHits
		for p := r.pos; items[p] != riskEnd; p++ {
			a := items[p]
			n := counts[a]
			if n >= w.k {
				continue
			}
			if !rare { // what contains a rare combination tells nothing new
				w.hit(&rares, w.state.rare, r.record, a)
				if len(w.path)+1 == w.length {
					w.state.link(r.record, w.ix.attrs[a].Column)
				}
			}
			if n == 1 {
				w.hit(&uniques, w.state.unique, r.record, a)
			}
		}
		length := len(w.path) + 1
		if rares.any {
			w.state.note(r.record, 1<<length)
			if length == w.length {
				w.linkPath(r.record)
			}
		}
		if uniques.any {
			w.state.note(r.record, 1<<(riskUniqueShift+length))
		}
	}
}

// markShortest notes no more than the lengths of what each record has, and of those nothing that is not shorter than what is known.
func (w *riskWalker) markShortest(records []riskOccurrence, rare bool) {
	items, counts, length := w.ix.items, w.counts, len(w.path)+1
	upTo := uint32(1)<<(length+1) - 1
	for _, r := range records {
		known := atomic.LoadUint32(&w.state.lengths[r.record])
		wantRare, wantUnique := !rare && known&upTo == 0, known>>riskUniqueShift&upTo == 0
		if !wantRare && !wantUnique {
			continue
		}
		least := uint32(math.MaxUint32)
		for p := r.pos; items[p] != riskEnd; p++ {
			least = min(least, counts[items[p]])
		}
		if wantRare && least < w.k {
			w.state.note(r.record, 1<<length)
		}
		if wantUnique && least == 1 {
			w.state.note(r.record, 1<<(riskUniqueShift+length))
		}
	}
}

// riskHits says whether a record has combinations that extend w.path, and whether further ones can change its set.
type riskHits struct{ any, settled bool }

// hit takes a combination, w.path and one more attribute, into account for a record's set.
func (w *riskWalker) hit(h *riskHits, set []uint64, record uint32, attr int32) {
	if !h.any {
		h.any, h.settled = true, w.state.within(set, record, w.mask)
	}
	if h.settled {
		return
	}
	a := w.ix.attrs[attr].Column
	b := w.ix.fields.bit[w.ix.fields.of[a]]
	oldA, oldB := w.mask[a>>6], w.mask[b>>6]
	w.mask[a>>6] |= 1 << (a & 63)
	w.mask[b>>6] |= 1 << (b & 63)
	w.state.intersect(set, record, w.mask)
	w.mask[a>>6], w.mask[b>>6] = oldA, oldB
	h.settled = w.state.within(set, record, w.mask)
}

func (w *riskWalker) linkPath(record uint32) {
	for _, a := range w.path {
		w.state.link(record, w.ix.attrs[a].Column)
	}
}

// setMask makes w.mask the set of what w.path holds.
func (w *riskWalker) setMask() {
	clear(w.mask)
	for _, attr := range w.path {
		a := w.ix.attrs[attr].Column
		b := w.ix.fields.bit[w.ix.fields.of[a]]
		w.mask[a>>6] |= 1 << (a & 63)
		w.mask[b>>6] |= 1 << (b & 63)
	}
}

// At least riskBucket records, and a quarter of all, are grouped at a time. Grouping in parts saves memory and costs a
// further look at the records for each part, so that there must not be many.
const riskBucket = 1 << 16

// descend groups the records by the attribute that each adds, and extends every group that may hold more.
func (w *riskWalker) descend(level *riskLevel, records []riskOccurrence, rare bool) {
	most := max(riskBucket, w.group(level, records)/4)
	depth := len(w.path)
	w.path = append(w.path, 0)
	for lo := 0; lo < len(level.groups); {
		hi, size := lo, 0
		for hi < len(level.groups) && (hi == lo || size+int(level.groups[hi].size) <= most) {
			size += int(level.groups[hi].size)
			hi++
		}
		w.fill(level, level.groups[lo:hi], size, records)
		at := 0
		for _, g := range level.groups[lo:hi] {
			group := level.bucket[at : at+int(g.size)]
			at += int(g.size)
			if w.keep == nil || w.keep(group) {
				w.path[depth] = g.attr
				w.extend(group, rare || g.people < w.k)
			}
		}
		lo = hi
	}
	w.path = w.path[:depth]
}

// group lists the attributes that are extended, and frees what the recursion uses as scratch. It returns how many records
// the groups will have, taken together.
func (w *riskWalker) group(level *riskLevel, records []riskOccurrence) (total int) {
	for _, r := range records {
		for p := r.pos; w.ix.items[p] != riskEnd; p++ {
			if a := w.ix.items[p]; w.counts[a] >= w.least {
				w.place[a]++
			}
		}
	}
	level.groups = level.groups[:0]
	for _, a := range level.found {
		if w.place[a] > 0 {
			level.groups = append(level.groups, riskGroup{a, w.place[a], w.counts[a]})
			total += int(w.place[a])
		}
		w.counts[a], w.place[a] = 0, 0
	}
	return total
}

// fill puts the records that add one of the attributes into the bucket, group by group.
func (w *riskWalker) fill(level *riskLevel, groups []riskGroup, size int, records []riskOccurrence) {
	level.bucket = slices.Grow(level.bucket[:0], size)[:size]
	next := int32(1)
	for _, g := range groups {
		w.place[g.attr] = next // one more than the place, since 0 means not now
		next += g.size
	}
	for _, r := range records {
		for p := r.pos; w.ix.items[p] != riskEnd; p++ {
			a := w.ix.items[p]
			if at := w.place[a]; at > 0 {
				level.bucket[at-1] = riskOccurrence{p + 1, r.record}
				w.place[a]++
			}
		}
	}
	for _, g := range groups {
		w.place[g.attr] = 0
	}
}
