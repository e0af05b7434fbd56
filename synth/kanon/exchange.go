package kanon

import (
	"cmp"
	"context"
	"slices"
)

// exchanger replaces records by others of the pool where that brings the balance nearer to its targets: those that are missed
// least by those that are worth most.
type exchanger struct {
	*maker
	sets     heap // that records may take, with what one more is worth, as far as known
	fresh    bool // that of the top is known
	from, to []int32
}

// maxPersons is how many persons who share a set are counted; more are many.
const maxPersons = 1 << 16

// exchange goes through the records once.
func (m *maker) exchange(ctx context.Context) error {
	gain, loss := make([]int64, len(m.pool.n)), make([]int64, len(m.pool.n))
	const chunk = 1024
	err := parallel(ctx, m.workers, (len(loss)+chunk-1)/chunk, func(c int) {
		var cells []int32
		for id := c * chunk; id < min((c+1)*chunk, len(loss)); id++ {
			cells = m.b.cells(cells[:0], m.pool.at(int32(id)))
			gain[id], loss[id] = sum(m.b.more, cells), sum(m.b.less, cells)
		}
	})
	if err != nil {
		return err
	}
	x := exchanger{maker: m}
	for id, worth := range gain {
		if len(m.pool.at(int32(id))) > 0 {
			x.sets = append(x.sets, offer{worth, int32(id)})
		}
	}
	x.sets.init()
	var spare []offer
	for _, id := range m.pool.used() {
		spare = append(spare, offer{loss[id], id})
	}
	slices.SortFunc(spare, byWorth)
	for i, s := range spare {
		if i%1024 == 0 && ctx.Err() != nil {
			return context.Cause(ctx)
		}
		x.replace(s.id)
	}
	return nil
}

// replace replaces records that have a set for as long as that is worth something.
func (x *exchanger) replace(id int32) {
	x.from = x.b.cells(x.from[:0], x.pool.at(id))
	for x.pool.n[id] > 0 && len(x.sets) > 0 {
		top := &x.sets[0]
		if !x.fresh {
			x.to = x.b.cells(x.to[:0], x.pool.at(top.id))
			old := top.worth
			if top.worth = sum(x.b.more, x.to); top.worth < old {
				x.sets.down(0)
				continue
			}
			x.fresh = true
		}
		if top.worth+sum(x.b.less, x.from) <= 0 {
			return
		}
		x.fresh = false
		n := min(x.pool.n[id], x.room(top.id))
		if n == 0 {
			x.sets.pop()
			continue
		}
		n = min(n, x.b.times(x.from, false), x.b.times(x.to, true))
		x.b.put(x.from, -n)
		x.b.put(x.to, n)
		x.pool.n[id] -= n
		x.pool.n[top.id] += n
	}
}

// room returns how many records more may have exactly a set, so that long combinations, which the balance does not see, are not
// repeated without measure: as many as the persons who share the set, in the middle of what rounding to k leaves open.
func (m *maker) room(id int32) int32 {
	limit := &m.pool.limit[id]
	if *limit == 0 {
		*limit = maxPeople
		if n := m.counter.count(m.pool.at(id), maxPersons); n < maxPersons {
			*limit = int32(Round(int(n), m.ix.k) + (m.ix.k-1)/2)
		}
	}
	return max(0, *limit-m.pool.n[id])
}

// offer is a change to the records that have a set, and what it is worth.
type offer struct {
	worth int64
	id    int32
}

// byWorth orders by falling worth, then by number, so that the order is the same every time.
func byWorth(a, b offer) int {
	return cmp.Or(cmp.Compare(b.worth, a.worth), cmp.Compare(a.id, b.id))
}

// heap is offers with that of greatest worth on top; of equals, that of the lowest number.
type heap []offer

func (h heap) before(i, j int) bool {
	return h[i].worth > h[j].worth || h[i].worth == h[j].worth && h[i].id < h[j].id
}

func (h heap) init() {
	for i := len(h)/2 - 1; i >= 0; i-- {
		h.down(i)
	}
}

// down moves what is at i down to its place.
func (h heap) down(i int) {
	for {
		top := 2*i + 1
		if top >= len(h) {
			return
		}
		if top+1 < len(h) && h.before(top+1, top) {
			top++
		}
		if !h.before(top, i) {
			return
		}
		h[i], h[top] = h[top], h[i]
		i = top
	}
}

// pop removes the top.
func (h *heap) pop() {
	last := len(*h) - 1
	(*h)[0] = (*h)[last]
	*h = (*h)[:last]
	h.down(0)
}
