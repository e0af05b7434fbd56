package kanon

import (
	"context"
	"sort"

	"github.com/opencovey/covey/marginal"
	"github.com/opencovey/covey/table"
)

// window is the attributes whose combinations of one length the balance holds: those numbered from lo to below hi. That is all of them, but
// for very wide data.
type window struct{ lo, hi int32 }

func (w window) has(a int32) bool { return w.lo <= a && a < w.hi }

// Limits of windows.
const (
	// maxPerRecord is how many combinations of a length a record may have on average. Where they are more, the most common
	// attributes, which tell least, are left out.
	maxPerRecord = 4096
	// maxCells is how many combinations of a length there may be. Where there may be more, so many of the rarest attributes are
	// left out that there cannot be.
	maxCells = 1 << 24
)

// choose returns the number of combinations of a length, 2 or 3, of n attributes.
func choose(n, length int) int {
	if length == 2 {
		return n * (n - 1) / 2
	}
	return n * (n - 1) * (n - 2) / 6
}

// newWindow returns the attributes whose combinations of a length are worth their cost.
func newWindow(ix *index, length int) window {
	n := len(ix.attrs)
	most := maxPerRecord * len(ix.ends)
	over := sort.Search(n+1, func(hi int) bool { return (window{0, int32(hi)}).inRecords(ix, length) > most })
	w := window{0, int32(over - 1)}
	held := 0 // by persons; a frequent combination takes k of them
	for r := range int32(len(ix.ends)) {
		held += choose(len(ix.record(r)), length) * int(ix.weights[r])
	}
	for choose(int(w.hi-w.lo), length) > maxCells && held/ix.k > maxCells {
		w.lo++
	}
	return w
}

// inRecords returns the number of combinations of all distinct records.
func (w window) inRecords(ix *index, length int) int {
	sum := 0
	for r := range int32(len(ix.ends)) {
		n := 0
		for _, a := range ix.record(r) {
			if w.has(a) {
				n++
			}
		}
		sum += choose(n, length)
	}
	return sum
}

// counts returns exact counts of the pairs and of the triples of the windows.
func (ix *index) counts(ctx context.Context, workers int, t *table.Table, pairs, triples window) (two, three *marginal.Counts, err error) {
	three, err = marginal.Count(ctx, ix.reduce(t, triples), marginal.Options{Length: 3, Threshold: ix.k, Workers: workers})
	if err != nil || pairs == triples {
		return three, three, err
	}
	two, err = marginal.Count(ctx, ix.reduce(t, pairs), marginal.Options{Length: 2, Threshold: ix.k, Workers: workers})
	return two, three, err
}

// reduce returns the table without attributes outside the window, if there are any.
func (ix *index) reduce(t *table.Table, w window) *table.Table {
	if w == (window{0, int32(len(ix.attrs))}) {
		return t
	}
	b := table.NewBuilder(t.Columns)
	codes := make([]uint16, len(t.Columns))
	for row, weight := range t.Rows() {
		clear(codes)
		for i, code := range row {
			if w.has(ix.number[i][code]) {
				codes[i] = code
			}
		}
		b.Add(codes, weight)
	}
	return b.Table()
}
