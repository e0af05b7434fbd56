package marginal

import (
	"context"
	"fmt"
	"runtime"
	"sync"
	"sync/atomic"

	"github.com/opencovey/covey/table"
)

// MaxLength is the greatest length of combinations that can be counted.
const MaxLength = 6

// Options of Count and Compare. The zero value counts everything up to length 3 on all cores.
type Options struct {
	Length    int                   // longest combination, 1 to MaxLength; default 3
	Threshold int                   // combinations of fewer persons are left out; default 1: none. Compare ignores it
	Workers   int                   // default: the processors that Go may use
	Progress  func(done, total int) // called as work is done, from several goroutines; may be nil
}

func (o Options) withDefaults() (Options, error) {
	if o.Length == 0 {
		o.Length = 3
	}
	if o.Length < 1 || o.Length > MaxLength {
		return o, fmt.Errorf("count combinations: length %d is not between 1 and %d", o.Length, MaxLength)
	}
	if o.Threshold < 0 {
		return o, fmt.Errorf("count combinations: threshold %d is negative", o.Threshold)
	}
	o.Threshold = max(o.Threshold, 1)
	if o.Workers <= 0 {
		o.Workers = runtime.GOMAXPROCS(0)
	}
	return o, nil
}

// Count counts every combination of up to o.Length attributes that at least o.Threshold persons share. A cancelled context
// gives its cause.
func Count(ctx context.Context, t *table.Table, o Options) (*Counts, error) {
	o, err := o.withDefaults()
	if err != nil {
		return nil, err
	}
	least := uint32(o.Threshold)
	ix := newIndex(least, source[uint32]{t, 1})
	parts := make([][]level, len(ix.attrs))
	err = forEach(ctx, o, len(ix.attrs), func() func(int) {
		w := newWalker(ix, o.Length, least)
		return func(first int) { parts[first] = w.trie(first) }
	})
	if err != nil {
		return nil, err
	}
	c := &Counts{Columns: t.Columns, Length: o.Length, Threshold: o.Threshold, People: t.People(), attrs: ix.attrs}
	c.levels = join(parts, ix.totals, o.Length)
	return c, nil
}

// trie collects the combinations of length 2 and more that begin with one attribute.
func (w *walker[T]) trie(first int) []level {
	out := make([]level, w.length-1)
	w.emit = func(path []int32, n T) {
		d := len(path) - 2
		out[d].attr = append(out[d].attr, path[d+1])
		out[d].count = append(out[d].count, uint32(n))
		if d+1 < len(out) {
			out[d].first = append(out[d].first, int32(len(out[d+1].attr)))
		}
	}
	w.run(first)
	return out
}

// forEach lets workers take the numbers below n one after the other.
func forEach(ctx context.Context, o Options, n int, newWorker func() func(int)) error {
	var next, done atomic.Int64
	var wg sync.WaitGroup
	for range min(o.Workers, max(1, n)) {
		wg.Go(func() {
			work := newWorker()
			for ctx.Err() == nil {
				i := int(next.Add(1)) - 1
				if i >= n {
					return
				}
				work(i)
				if o.Progress != nil {
					o.Progress(int(done.Add(1)), n)
				}
			}
		})
	}
	wg.Wait()
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	return nil
}

// join puts the tries below each first attribute side by side.
func join(parts [][]level, totals []uint32, length int) []level {
	levels := make([]level, length)
	for d := range levels {
		n := len(parts)
		if d > 0 {
			n = 0
			for _, p := range parts {
				n += len(p[d-1].attr)
			}
		}
		levels[d].attr = make([]int32, 0, n)
		levels[d].count = make([]uint32, 0, n)
		if d < length-1 {
			levels[d].first = make([]int32, 0, n+1)
		}
	}
	for a, p := range parts {
		levels[0].attr = append(levels[0].attr, int32(a))
		levels[0].count = append(levels[0].count, totals[a])
		for d := range p {
			shift := int32(len(levels[d+1].attr))
			if d == 0 {
				levels[0].first = append(levels[0].first, shift)
			} else {
				for _, f := range p[d-1].first {
					levels[d].first = append(levels[d].first, f+shift)
				}
			}
		}
		for d := range p {
			levels[d+1].attr = append(levels[d+1].attr, p[d].attr...)
			levels[d+1].count = append(levels[d+1].count, p[d].count...)
		}
		parts[a] = nil
	}
	for d := range length - 1 {
		levels[d].first = append(levels[d].first, int32(len(levels[d+1].attr)))
	}
	return levels
}
