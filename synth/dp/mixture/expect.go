package mixture

import (
	"context"
	"sync"
)

// Expect returns the expected number of people who have all of some attributes, of different columns.
func (m *Model) Expect(attributes ...int32) float64 {
	var at []int
	for _, a := range attributes {
		i, ok := m.position(a)
		if !ok {
			return 0
		}
		at = append(at, i)
	}
	sum, v := 0.0, len(m.kept)
	for k, w := range m.share {
		x := float64(w)
		for _, i := range at {
			x *= float64(m.p[k*v+i])
		}
		sum += x
	}
	return sum * m.people
}

func (m *Model) position(attribute int32) (int, bool) {
	lo, hi := 0, len(m.kept)
	for lo < hi {
		if mid := (lo + hi) / 2; m.kept[mid] < attribute {
			lo = mid + 1
		} else {
			hi = mid
		}
	}
	return lo, lo < len(m.kept) && m.kept[lo] == attribute
}

// Pairs calls found for the pairs of attributes a < b that at least so many people are expected to have, in the order of b, then a.
func (m *Model) Pairs(least float64, found func(a, b int32, people float64)) {
	_ = m.rows(context.Background(), 1, func(c, b int, triples []float32, pair float32) {
		if float64(pair) >= least {
			found(m.kept[b], m.kept[c], float64(pair))
		}
	}, false)
}

// Triples calls found for the triples of attributes a < b < c that at least so many people are expected to have, in no particular order but
// one at a time.
func (m *Model) Triples(ctx context.Context, workers int, least float64, found func(a, b, c int32, people float64)) error {
	var lock sync.Mutex
	return m.rows(ctx, workers, func(c, b int, triples []float32, pair float32) {
		if float64(pair) < least {
			return
		}
		lock.Lock()
		defer lock.Unlock()
		for a, x := range triples {
			if float64(x) >= least {
				found(m.kept[a], m.kept[b], m.kept[c], float64(x))
			}
		}
	}, true)
}

// rows computes, for each pair b < c of kept attributes of different columns, the people expected to have both, and the people expected to
// have a too, for all a of columns before that of b. It calls visit from several goroutines; triples is reused.
func (m *Model) rows(ctx context.Context, workers int, visit func(c, b int, triples []float32, pair float32), three bool) error {
	v, k := len(m.kept), m.classes
	inParallel(workers, workers, func(w int) {
		triples := make([]float32, v)
		both := make([]float32, k)
		for c := w; c < v && ctx.Err() == nil; c += workers {
			for b := range m.first[m.column[c]] {
				pair := float32(0)
				for i := range both {
					x := m.share[i] * m.p[i*v+b] * m.p[i*v+c] * float32(m.people)
					both[i] = x
					pair += x
				}
				out := triples[:m.first[m.column[b]]]
				if three {
					clear(out)
					for i := 0; i < k; i += 4 {
						p := m.p[i*v:]
						addFour(out, p, p[v:], p[2*v:], p[3*v:], both[i], both[i+1], both[i+2], both[i+3])
					}
				}
				visit(c, b, out, pair)
			}
		}
	})
	return context.Cause(ctx)
}
