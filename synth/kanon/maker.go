package kanon

import (
	"context"
	"sync"
	"sync/atomic"

	"github.com/opencovey/covey/table"
)

// maker makes synthetic records, step by step; see Synthesize for their order. Between steps, at least k persons share each record, and
// there are as many records as persons.
type maker struct {
	ix      *index
	b       *balance
	joins   joins
	pool    pool
	counter prober
	cells   []int32
	workers int
}

// newMaker reads the input. There are no records yet.
func newMaker(ctx context.Context, t *table.Table, k int, o Options) (*maker, error) {
	ix, err := newIndex(ctx, o.Workers, t, k)
	if err != nil {
		return nil, err
	}
	ix.hide(o.Hidden)
	inPairs, inTriples := newWindow(ix, 2), newWindow(ix, 3)
	two, three, err := ix.counts(ctx, o.Workers, t, inPairs, inTriples)
	if err != nil {
		return nil, err
	}
	return &maker{
		ix:      ix,
		b:       newBalance(ix, two, three, inPairs, inTriples),
		joins:   newJoins(ix, two, inPairs),
		pool:    newPool(),
		counter: prober{ix: ix},
		workers: o.Workers,
	}, nil
}

// table writes the records as a table whose columns know no value that fewer than k persons have, in the order of their codes.
func (m *maker) table(columns []table.Column) *table.Table {
	var kept []table.Column
	at := make([]int, len(m.ix.attrs))      // column of the result, by attribute
	code := make([]uint16, len(m.ix.attrs)) // code in the result, by attribute
	for i, c := range columns {
		values := c.Values
		c.Values, c.Blanks = nil, nil
		for v := range values {
			a := m.ix.number[i][v+1]
			if a < 0 || m.ix.isHidden(nil, a) {
				continue
			}
			c.Values = append(c.Values, values[v])
			at[a], code[a] = len(kept), uint16(len(c.Values))
		}
		if len(c.Values) > 0 || c.Kind != table.Many {
			kept = append(kept, c)
		}
	}
	b := table.NewBuilder(kept)
	codes := make([]uint16, len(kept))
	for _, id := range m.pool.used() {
		clear(codes)
		for _, a := range m.pool.at(id) {
			codes[at[a]] = code[a]
		}
		b.Add(codes, int(m.pool.n[id]))
	}
	return b.Table().Sorted()
}

// parallel calls do for every number below n.
func parallel(ctx context.Context, workers, n int, do func(i int)) error {
	var next atomic.Int64
	var wg sync.WaitGroup
	for range min(workers, n) {
		wg.Go(func() {
			for ctx.Err() == nil {
				i := int(next.Add(1)) - 1
				if i >= n {
					return
				}
				do(i)
			}
		})
	}
	wg.Wait()
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	return nil
}
