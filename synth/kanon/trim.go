package kanon

import (
	"context"
	"slices"
)

// trim removes attributes that are above target, where that costs least, so that no count of a value says more than its published
// count does.
func (m *maker) trim(ctx context.Context) error {
	holders := make([][]int32, len(m.ix.attrs)) // of attributes above target: sets that hold them
	hold := func(id int32) {
		for _, a := range m.pool.at(id) {
			if m.b.lack[a] < 0 {
				holders[a] = append(holders[a], id)
			}
		}
	}
	for _, id := range m.pool.used() {
		hold(id)
	}
	for a := range int32(len(holders)) {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		for _, o := range m.holders(holders[a], a) {
			n := min(m.pool.n[o.id], -m.b.lack[a])
			if n <= 0 {
				break
			}
			set := m.pool.at(o.id)
			m.cells, _ = m.b.cellsOf(m.cells[:0], set, a)
			m.b.put(m.cells, -n)
			m.pool.n[o.id] -= n
			to := m.pool.add(without(set, a))
			m.pool.n[to] += n
			hold(to)
		}
		holders[a] = nil
	}
	return nil
}

// holders returns what it is worth that one record of each set loses an attribute, the best first. A set may come twice.
func (m *maker) holders(ids []int32, a int32) []offer {
	slices.Sort(ids)
	var offers []offer
	for _, id := range slices.Compact(ids) {
		if m.pool.n[id] > 0 {
			m.cells, _ = m.b.cellsOf(m.cells[:0], m.pool.at(id), a)
			offers = append(offers, offer{sum(m.b.less, m.cells), id})
		}
	}
	slices.SortFunc(offers, byWorth)
	return offers
}

// drop removes n records: empty ones first, then those that are missed least, one of each set.
func (m *maker) drop(n int) {
	var offers []offer
	for _, id := range m.pool.used() {
		set := m.pool.at(id)
		if len(set) == 0 {
			empty := min(int32(n), m.pool.n[id])
			m.pool.n[id] -= empty
			n -= int(empty)
			continue
		}
		m.cells = m.b.cells(m.cells[:0], set)
		offers = append(offers, offer{sum(m.b.less, m.cells), id})
	}
	slices.SortFunc(offers, byWorth)
	for n > 0 {
		for _, o := range offers {
			if n > 0 && m.pool.n[o.id] > 0 {
				m.pool.n[o.id]--
				n--
			}
		}
	}
}
