package kanon

import (
	"context"
	"math/bits"
	"slices"
)

// repairer moves synthetic records towards the targets of the balance by giving attributes and taking them away. Whatever it
// does, each record stays shared by at least k persons.
type repairer struct {
	ix      *index
	b       *balance
	groups  []group
	workers int
}

// offer is a change to the records of a group and what it is worth.
type offer struct {
	worth int64
	group int32
}

// give hands attributes that are below target to records that lack them, the best places first. Each record gets at most one.
func (r *repairer) give(ctx context.Context) error {
	r.groups = merge(r.groups)
	places, err := r.places(ctx)
	if err != nil {
		return err
	}
	offers := make([][]offer, len(places))
	err = parallel(ctx, r.workers, len(places), func(a int) { offers[a] = r.offers(int32(a), places[a]) })
	if err != nil {
		return err
	}
	for a := range offers { // by number, so that the outcome is the same every time
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		for _, o := range offers[a] {
			if r.b.single[a].have >= r.b.single[a].want {
				break
			}
			r.giveTo(int(o.group), int32(a))
		}
	}
	return nil
}

// offers returns the groups to which the attribute can be given with profit, the best first.
func (r *repairer) offers(a int32, places []int32) []offer {
	var offers []offer
	p := prober{ix: r.ix}
	for _, g := range places {
		set := r.groups[g].set
		if !p.frequent(a, set) || r.ix.isHidden(set, a) {
			continue
		}
		if worth := r.b.gain(set, a); worth > 0 {
			offers = append(offers, offer{worth, g})
		}
	}
	slices.SortFunc(offers, byWorth)
	return offers
}

// places lists, for each attribute below target, the groups that it could be given to as far as pairs tell.
func (r *repairer) places(ctx context.Context) ([][]int32, error) {
	open := make([]uint64, (len(r.b.single)+63)/64)
	for a := range r.b.single {
		if r.b.single[a].have < r.b.single[a].want {
			open[a>>6] |= 1 << (a & 63)
		}
	}
	places := make([][]int32, len(r.b.single))
	free := make([]uint64, len(open))
	for g := range r.groups {
		if g%1024 == 0 && ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
		copy(free, open)
		for _, x := range r.groups[g].set {
			for w := range free {
				free[w] &= r.b.joins[x][w]
			}
		}
		for w, word := range free {
			for ; word != 0; word &= word - 1 {
				a := w<<6 + bits.TrailingZeros64(word)
				places[a] = append(places[a], int32(g))
			}
		}
	}
	return places, nil
}

// giveTo gives an attribute to records of a group for as long as that is worth something.
func (r *repairer) giveTo(g int, a int32) {
	old := &r.groups[g]
	moved := int32(0)
	for old.n > 0 && r.b.single[a].have < r.b.single[a].want {
		if r.b.gain(old.set, a) <= 0 {
			break
		}
		r.b.putOne(old.set, a, 1)
		old.n--
		moved++
	}
	if moved > 0 {
		r.groups = append(r.groups, group{r.ix.with(nil, old.set, a), moved})
	}
}

// take removes attributes from records where the balance is better without.
func (r *repairer) take(ctx context.Context) error {
	r.groups = merge(r.groups)
	for g := 0; g < len(r.groups); g++ {
		if g%1024 == 0 && ctx.Err() != nil {
			return context.Cause(ctx)
		}
		for i := 0; i < len(r.groups[g].set) && r.groups[g].n > 0; i++ {
			a := r.groups[g].set[i]
			r.takeFrom(g, a, func() bool { return r.b.loss(r.groups[g].set, a) > 0 })
		}
	}
	return nil
}

// takeFrom removes an attribute from records of a group for as long as the condition holds.
func (r *repairer) takeFrom(g int, a int32, while func() bool) {
	moved := int32(0)
	for r.groups[g].n > 0 && while() {
		r.b.putOne(r.groups[g].set, a, -1)
		r.groups[g].n--
		moved++
	}
	if moved > 0 {
		set := slices.DeleteFunc(slices.Clone(r.groups[g].set), func(x int32) bool { return x == a })
		r.groups = append(r.groups, group{set, moved})
	}
}

// trim removes what is above the target of a single attribute, where it costs least, so that no count of a value says more than its
// published count does.
func (r *repairer) trim(ctx context.Context) error {
	r.groups = merge(r.groups)
	holders := make([][]offer, len(r.b.single))
	for a := range holders {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		over := func() bool { return r.b.single[a].have > r.b.single[a].want }
		if !over() {
			continue
		}
		for g := range r.groups { // groups made by earlier turns of this loop included
			if r.groups[g].n > 0 && slices.Contains(r.groups[g].set, int32(a)) {
				holders[a] = append(holders[a], offer{r.b.loss(r.groups[g].set, int32(a)), int32(g)})
			}
		}
		slices.SortFunc(holders[a], byWorth)
		for _, o := range holders[a] {
			if !over() {
				break
			}
			r.takeFrom(int(o.group), int32(a), over)
		}
	}
	return nil
}

// drop removes n records: empty ones first, then from the largest groups, one each, where they are missed least.
func (r *repairer) drop(n int) {
	r.groups = merge(r.groups)
	for i := range r.groups {
		if len(r.groups[i].set) == 0 {
			less := min(int32(n), r.groups[i].n)
			r.groups[i].n -= less
			n -= int(less)
		}
	}
	order := make([]int, len(r.groups))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return int(r.groups[b].n - r.groups[a].n) })
	for n > 0 {
		for _, g := range order {
			if n > 0 && r.groups[g].n > 0 {
				r.b.put(r.groups[g].set, -1)
				r.groups[g].n--
				n--
			}
		}
	}
	r.groups = merge(r.groups)
}
