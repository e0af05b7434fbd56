package directory

import (
	"cmp"
	"math/bits"
	"slices"
	"strings"
	"sync"
	"time"
)

// build makes everything that follows from the entries and their words. Words
// says whether there are new ones.
func (x *Index) build(words bool) {
	x.order()
	if words {
		x.sorted = make([]uint32, len(x.written))
		for i := range x.sorted {
			x.sorted[i] = uint32(i)
		}
		slices.SortFunc(x.sorted, func(a, b uint32) int { return strings.Compare(x.written[a], x.written[b]) })
	}
	x.invert()
	x.collectTerms()
	x.sortOrders()
	x.scratch = &sync.Pool{New: func() any { return x.newScratch() }}
}

// order numbers the entries that are shown, by name. What is left from an older
// index is in order already, and so quick to sort.
func (x *Index) order() {
	keep := slices.DeleteFunc(x.shown, func(d *document) bool { return x.entries[d.tool.ID] != d || !d.shown() })
	have := make(map[*document]bool, len(keep))
	for _, d := range keep {
		have[d] = true
	}
	for _, d := range x.entries {
		if d.shown() && !have[d] {
			keep = append(keep, d)
		}
		x.updated = laterOf(x.updated, d.tool.Updated)
		x.newest = laterOf(laterOf(x.newest, d.tool.Created), d.tool.Checked)
	}
	x.newest = laterOf(x.newest, x.updated)
	slices.SortFunc(keep, func(a, b *document) int {
		return cmp.Or(strings.Compare(a.key, b.key), strings.Compare(a.tool.ID, b.tool.ID))
	})
	x.shown = keep
	x.names = make(map[string][]uint32, len(keep))
	for i, d := range keep {
		for _, name := range d.names {
			if at := x.names[name]; len(at) == 0 || at[len(at)-1] != uint32(i) {
				x.names[name] = append(at, uint32(i))
			}
		}
	}
}

func laterOf(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}

// invert makes the postings: by stem, in the order of the entries.
func (x *Index) invert() {
	x.starts = make([]uint32, len(x.written)+1)
	for _, d := range x.shown {
		for _, w := range d.words {
			x.starts[w.number+1]++
		}
	}
	for i := 1; i < len(x.starts); i++ {
		x.starts[i] += x.starts[i-1]
	}
	x.postings = make([]posting, x.starts[len(x.starts)-1])
	next := slices.Clone(x.starts)
	for i, d := range x.shown {
		for _, w := range d.words {
			x.postings[next[w.number]] = posting{uint32(i), w.weight}
			next[w.number]++
		}
	}
}

// of returns the postings of a stem.
func (x *Index) of(number uint32) []posting {
	return x.postings[x.starts[number]:x.starts[number+1]]
}

// collectTerms makes the sets of the entries that have a term.
func (x *Index) collectTerms() {
	x.having = make([]bitset, len(x.lexicon.refs))
	x.naming = make([]bitset, len(x.lexicon.refs))
	x.any = map[Facet]bitset{}
	x.terms = map[Facet][]int32{}
	for _, f := range Facets() {
		x.any[f] = newBitset(len(x.shown))
	}
	for i, d := range x.shown {
		for _, t := range d.terms {
			f := x.lexicon.refs[t].Facet
			x.any[f].set(uint32(i))
			if f == UsedIn || f == MadeIn || f == Form {
				x.include(x.naming, t, i)
			}
			for _, over := range x.lexicon.above[t] {
				x.include(x.having, over, i)
			}
		}
	}
	x.counts = make([]int, len(x.having))
	x.thin, x.thinNamed = make([]sparse, len(x.having)), make([]sparse, len(x.having))
	for t, set := range x.having {
		x.thin[t], x.thinNamed[t] = set.thin(), x.naming[t].thin()
		if set != nil {
			x.counts[t] = set.count()
			f := x.lexicon.refs[t].Facet
			x.terms[f] = append(x.terms[f], int32(t))
		}
	}
}

func (x *Index) include(sets []bitset, term int32, i int) {
	if sets[term] == nil {
		sets[term] = newBitset(len(x.shown))
	}
	sets[term].set(uint32(i))
}

// sortOrders makes the orders of results that depend on no text: newest change
// first, and what is known to be alive and was checked before what is not.
func (x *Index) sortOrders() {
	n := len(x.shown)
	x.byDefault, x.byUpdated = make([]uint32, n), make([]uint32, n)
	rank := make([]int, n)
	for i, d := range x.shown {
		x.byDefault[i], x.byUpdated[i] = uint32(i), uint32(i)
		rank[i] = d.tool.rank()
	}
	slices.SortStableFunc(x.byDefault, func(a, b uint32) int { return cmp.Compare(rank[a], rank[b]) })
	slices.SortStableFunc(x.byUpdated, func(a, b uint32) int {
		return x.shown[b].tool.Updated.Compare(x.shown[a].tool.Updated)
	})
	x.never, x.byChecked = newBitset(n), make([]uint32, 0, n)
	for i, d := range x.shown {
		if d.tool.Checked.IsZero() {
			x.never.set(uint32(i))
		} else {
			x.byChecked = append(x.byChecked, uint32(i))
		}
	}
	slices.SortStableFunc(x.byChecked, func(a, b uint32) int { return x.shown[a].tool.Checked.Compare(x.shown[b].tool.Checked) })
	x.checked = make([]int64, len(x.byChecked))
	for i, n := range x.byChecked {
		x.checked[i] = x.shown[n].tool.Checked.UnixNano()
	}
}

// rank is the place of an entry among others if nothing else decides.
func (t Tool) rank() int {
	rank := 0
	if t.Checked.IsZero() {
		rank++
	}
	switch t.life() {
	case lifeLive:
	case lifeQuiet:
		rank += 4
	default:
		rank += 2
	}
	return rank
}

// Codes of [Stage] that rules depend on.
const (
	stageLive     = "live"
	stageIdea     = "idea"
	stagePilot    = "pilot"
	stageDormant  = "dormant"
	stageClosed   = "closed"
	stageAbsorbed = "absorbed"
)

// life says roughly how a tool is: alive, begun, quiet or unknown.
type life int

const (
	lifeUnknown life = iota
	lifeLive
	lifeBegun
	lifeQuiet
)

func (t Tool) life() life {
	for _, code := range t.Terms[Stage] {
		switch code {
		case stageLive:
			return lifeLive
		case stageIdea, stagePilot:
			return lifeBegun
		case stageDormant, stageClosed, stageAbsorbed:
			return lifeQuiet
		}
	}
	return lifeUnknown
}

// scratch is what one search needs, kept for the next.
type scratch struct {
	scores []float32
	token  bitset // matches of one word
	free   []bitset
	counts []uint8
}

func (x *Index) newScratch() *scratch {
	return &scratch{scores: make([]float32, len(x.shown)), token: newBitset(len(x.shown)), counts: make([]uint8, len(x.shown))}
}

// bits returns an empty set.
func (s *scratch) bits() bitset {
	if n := len(s.free); n > 0 {
		b := s.free[n-1]
		s.free = s.free[:n-1]
		b.clear()
		return b
	}
	return make(bitset, len(s.token))
}

// release takes a set back.
func (s *scratch) release(b ...bitset) { s.free = append(s.free, b...) }

// differ tells how many letters differ between two masks.
func differ(a, b uint64) int { return bits.OnesCount64(a ^ b) }
