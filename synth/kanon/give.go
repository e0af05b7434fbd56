package kanon

import (
	"cmp"
	"context"
	"math/bits"
	"slices"

	"github.com/opencovey/covey/marginal"
)

// joins holds which attributes may stand beside which, as far as pairs tell. It knows of the most common attributes only.
type joins struct {
	base int32      // the first attribute that it knows of
	may  [][]uint64 // by any attribute: bitmap of those from base on that may stand beside it
}

// maxJoins is how many attributes joins knows of, which bounds its memory. What is rarer is not given to records.
const maxJoins = 1 << 13

func newJoins(ix *index, two *marginal.Counts, w window) joins {
	n := int32(len(ix.attrs))
	j := joins{base: max(0, n-maxJoins), may: make([][]uint64, n)}
	for a := range n {
		j.may[a] = make([]uint64, (n-j.base+63)/64)
		for b := j.base; b < n; b++ {
			if w.has(a) && w.has(b) { // pairs will tell
				b = w.hi - 1
				continue
			}
			j.set(a, b)
		}
	}
	for comb := range two.All(2) {
		x, y := ix.of(comb[0]), ix.of(comb[1])
		j.set(x, y)
		j.set(y, x)
	}
	return j
}

// set notes that b may stand beside a.
func (j *joins) set(a, b int32) {
	if b -= j.base; b >= 0 {
		j.may[a][b>>6] |= 1 << (b & 63)
	}
}

// giving is an attribute that may be given to the records that have a set.
type giving struct {
	offer
	attr int32
}

// give hands attributes that are below target to records that lack them, the best places first. Each record gets at most one.
func (m *maker) give(ctx context.Context) error {
	ids := m.sortedSets()
	const chunk = 1024
	found := make([][]giving, (len(ids)+chunk-1)/chunk)
	err := parallel(ctx, m.workers, len(found), func(c int) {
		g := giver{maker: m, prober: prober{ix: m.ix}}
		for _, id := range ids[c*chunk : min((c+1)*chunk, len(ids))] {
			g.offers(id)
		}
		found[c] = g.found
	})
	if err != nil {
		return err
	}
	all := slices.Concat(found...)
	slices.SortFunc(all, func(a, b giving) int {
		return cmp.Or(cmp.Compare(a.attr, b.attr), byWorth(a.offer, b.offer))
	})
	for i, g := range all {
		if i%1024 == 0 && ctx.Err() != nil {
			return context.Cause(ctx)
		}
		m.giveTo(g)
	}
	return nil
}

// sortedSets returns the sets that records have, sorted by their attributes, so that those alike stand together.
func (m *maker) sortedSets() []int32 {
	ids := m.pool.used()
	keys := make([]keyed, len(ids))
	for i, id := range ids {
		keys[i] = keyed{key: keyOf(m.pool.at(id)), row: uint32(id)}
	}
	slices.SortFunc(keys, func(a, b keyed) int {
		if a.key != b.key {
			return cmp.Compare(a.key, b.key)
		}
		return slices.Compare(m.pool.at(int32(a.row)), m.pool.at(int32(b.row)))
	})
	for i := range keys {
		ids[i] = int32(keys[i].row)
	}
	return ids
}

// giver finds what can be given to whom.
type giver struct {
	*maker
	prober
	set   []int32 // the attributes that the prober is at
	free  []uint64
	cells []int32
	found []giving
}

// offers finds what can be given with profit to records that have a set.
func (g *giver) offers(id int32) {
	set := g.pool.at(id)
	if len(set) == 0 {
		return
	}
	g.free = append(g.free[:0], g.joins.may[set[0]]...)
	for _, x := range set[1:] {
		for w, word := range g.joins.may[x] {
			g.free[w] &= word
		}
	}
	for w, word := range g.free {
		for ; word != 0; word &= word - 1 {
			g.consider(id, set, g.joins.base+int32(w<<6+bits.TrailingZeros64(word)))
		}
	}
}

// consider notes that an attribute can be given to records that have a set, if it can, with profit.
func (g *giver) consider(id int32, set []int32, a int32) {
	if g.b.lack[a] <= 0 {
		return
	}
	var ok bool
	if g.cells, ok = g.b.cellsOf(g.cells[:0], set, a); !ok {
		return
	}
	worth := sum(g.b.more, g.cells)
	if worth > 0 && !slices.Contains(set, a) && !g.maker.ix.isHidden(set, a) && g.enough(set, a) {
		g.found = append(g.found, giving{offer{worth, id}, a})
	}
}

// enough reports whether at least k persons share the attributes of set and a.
func (g *giver) enough(set []int32, a int32) bool {
	same := 0
	for same < len(set) && same < len(g.set) && set[same] == g.set[same] {
		same++
	}
	g.cut(same)
	for _, x := range set[same:] {
		g.open(x)
	}
	g.set = append(g.set[:same], set[same:]...)
	return g.push(a)
}

// giveTo gives an attribute to records that have a set for as long as they lack it and that is worth something.
func (m *maker) giveTo(g giving) {
	set := m.pool.at(g.id)
	to := int32(-1)
	m.cells, _ = m.b.cellsOf(m.cells[:0], set, g.attr)
	for m.pool.n[g.id] > 0 && m.b.lack[g.attr] > 0 && sum(m.b.more, m.cells) > 0 {
		if to < 0 {
			to = m.pool.add(with(set, g.attr))
		}
		n := min(m.pool.n[g.id], m.b.times(m.cells, true))
		m.b.put(m.cells, n)
		m.pool.n[g.id] -= n
		m.pool.n[to] += n
	}
}
