package marginal

import (
	"context"
	"fmt"
	"math"
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
	Progress  func(done, total int) // called as work is done, by one goroutine at a time, with done from 1 to total; may be nil
}

func (o Options) withDefaults() (Options, error) {
	if o.Length == 0 {
		o.Length = 3
	}
	if o.Length < 1 || o.Length > MaxLength {
		return o, fmt.Errorf("count combinations: length %d is not between 1 and %d", o.Length, MaxLength)
	}
	if o.Threshold < 0 || o.Threshold > math.MaxUint32 {
		return o, fmt.Errorf("count combinations: threshold %d is not between 0 and %d", o.Threshold, uint32(math.MaxUint32))
	}
	o.Threshold = max(o.Threshold, 1)
	if o.Workers <= 0 {
		o.Workers = runtime.GOMAXPROCS(0)
	}
	return o, nil
}

// Count counts every combination of up to o.Length attributes that at least o.Threshold persons share. A cancelled context
// gives its cause. More than 4,294,967,295 persons, or filled cells of distinct records, are an error.
func Count(ctx context.Context, t *table.Table, o Options) (*Counts, error) {
	o, err := o.withDefaults()
	if err != nil {
		return nil, err
	}
	c := &Counts{Columns: t.Columns, Length: o.Length, Threshold: o.Threshold, People: t.People()}
	err = run(ctx, o, uint32(o.Threshold), []source[uint32]{{t, 1}}, func(at *attributes[uint32]) func() visitor[uint32] {
		c.attrs, c.totals = at.list, at.totals
		c.tries = make([]trie, len(at.list))
		return func() visitor[uint32] {
			b := newTrieBuilder(o.Length)
			return visitor[uint32]{visit: b.add, done: func(first int32) error {
				if err := b.check(); err != nil {
					return err
				}
				c.tries[first] = b.take()
				return nil
			}}
		}
	})
	if err != nil {
		return nil, err
	}
	return c, nil
}

// visitor takes what one worker finds: visit the combinations, done the news that those with one first attribute are complete.
type visitor[T tally] struct {
	visit func(path []int32, n T)
	done  func(first int32) error
}

// run walks over all combinations of the sources' records with at least the given tally. It calls start once, with the
// attributes, and what start returns once for each worker.
func run[T tally](ctx context.Context, o Options, least T, sources []source[T], start func(*attributes[T]) func() visitor[T]) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	var stop atomic.Bool // cheaper to look at than ctx
	defer context.AfterFunc(ctx, func() { stop.Store(true) })()
	at, err := find(&stop, least, sources)
	if err != nil {
		return err
	}
	if len(at.list) < math.MaxUint16 {
		err = walk[T, uint16](&stop, o, least, sources, at, start(at))
	} else {
		err = walk[T, uint32](&stop, o, least, sources, at, start(at))
	}
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	if err != nil {
		return fmt.Errorf("count combinations: %w", err)
	}
	return nil
}

// walk shares out the first attributes among workers.
func walk[T tally, I item](stop *atomic.Bool, o Options, least T, sources []source[T], at *attributes[T], newVisitor func() visitor[T]) error {
	ix := newIndex[T, I](stop, at, sources)
	if stop.Load() { // then the index is not complete
		return nil
	}
	root := newRoot(ix, o.Length)
	n := len(at.list)
	var next atomic.Int64
	var mu sync.Mutex
	done, failed := 0, error(nil)
	var wg sync.WaitGroup
	for range min(o.Workers, max(1, n)) {
		v := newVisitor()
		wg.Go(func() {
			w := newWalker(ix, root, stop, o.Length, least)
			w.emit = v.visit
			for first := next.Add(1) - 1; first < int64(n) && !stop.Load(); first = next.Add(1) - 1 {
				w.run(int32(first))
				if stop.Load() { // then it is not complete
					return
				}
				err := v.done(int32(first))
				mu.Lock()
				if err != nil {
					failed = err
					stop.Store(true)
				}
				if done++; o.Progress != nil {
					o.Progress(done, n)
				}
				mu.Unlock()
			}
		})
	}
	wg.Wait()
	return failed
}
