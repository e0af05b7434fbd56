package quality

import (
	"cmp"
	"context"
	"math"
	"math/rand/v2"
	"slices"
	"sync/atomic"

	"github.com/opencovey/covey/table"
)

// Budgets of the work on marginals, in cells of records read. Beyond them a random sample of marginals is taken.
const (
	pairWork      = 500_000_000
	tripleWork    = 1_500_000_000
	worstMarginal = 10 // marginals that a report names
)

// marginalWork compares the marginals of pairs and triples of columns. Cells are counted for both tables at once, in the halves of a
// word, the sensitive table in the low one.
type marginalWork struct {
	k       int
	n, m    uint64 // people of the tables
	rows    int    // distinct records of the first table; those of the second follow
	columns [][]uint16
	values  []int // by column: codes, blank included
	weights []uint32
	samples sampleWeights
}

func newMarginalWork(sensitive, synthetic *table.Table, k int) *marginalWork {
	w := &marginalWork{
		k: k, n: uint64(sensitive.People()), m: uint64(synthetic.People()), rows: sensitive.Len(),
		columns: make([][]uint16, len(sensitive.Columns)), values: make([]int, len(sensitive.Columns)),
	}
	for c := range w.columns {
		w.columns[c] = make([]uint16, 0, sensitive.Len()+synthetic.Len())
		w.values[c] = len(sensitive.Columns[c].Values) + 1
	}
	for _, t := range []*table.Table{sensitive, synthetic} {
		for row, weight := range t.Rows() {
			for c, code := range row {
				w.columns[c] = append(w.columns[c], code)
			}
			w.weights = append(w.weights, uint32(weight))
		}
	}
	return w
}

// pairPlan is what is to be done with one pair of columns.
type pairPlan struct {
	first, second int
	measured      bool  // its distance is wanted
	associated    bool  // its association is wanted
	thirds        []int // triples with these columns are wanted
}

// distance of the two tables on one marginal.
type distance struct {
	columns       []int
	exact, pooled float64
}

// pairResult is what was found about one pair.
type pairResult struct {
	distance distance
	samples  []distance // from the sensitive table to its samples
	triples  []distance
	v        association
}

// plan chooses pairs and triples. Associations are wanted among the given columns.
func (w *marginalWork) plan(rng *rand.Rand, associated []int) []pairPlan {
	d := len(w.columns)
	inside := make([]bool, d)
	for _, c := range associated {
		inside[c] = true
	}
	plans := map[[2]int]*pairPlan{}
	at := func(a, b int) *pairPlan {
		p := plans[[2]int{a, b}]
		if p == nil {
			p = &pairPlan{first: a, second: b, associated: inside[a] && inside[b]}
			plans[[2]int{a, b}] = p
		}
		return p
	}
	for i, a := range associated {
		for _, b := range associated[:i] {
			at(min(a, b), max(a, b))
		}
	}
	for _, pair := range subsets(rng, d, 2, w.affordable(pairWork)) {
		at(pair[0], pair[1]).measured = true
	}
	for _, triple := range subsets(rng, d, 3, w.affordable(tripleWork)) {
		p := at(triple[0], triple[1])
		p.thirds = append(p.thirds, triple[2])
	}
	list := make([]pairPlan, 0, len(plans))
	for _, p := range plans {
		slices.Sort(p.thirds)
		list = append(list, *p)
	}
	slices.SortFunc(list, func(a, b pairPlan) int { return cmp.Or(a.first-b.first, a.second-b.second) })
	return list
}

// affordable returns how many marginals may be counted.
func (w *marginalWork) affordable(budget int) int { return max(20, budget/max(1, len(w.weights))) }

// subsets returns subsets of size 2 or 3 of 0..d-1, ascending inside: all of them, or a random sample of most.
func subsets(rng *rand.Rand, d, size, most int) [][3]int {
	total := choose(d, size)
	var list [][3]int
	if total <= float64(2*most) { // list them all, perhaps draw from the list
		for a := range d {
			for b := a + 1; b < d; b++ {
				if size == 2 {
					list = append(list, [3]int{a, b})
					continue
				}
				for c := b + 1; c < d; c++ {
					list = append(list, [3]int{a, b, c})
				}
			}
		}
		if len(list) > most {
			rng.Shuffle(len(list), func(i, j int) { list[i], list[j] = list[j], list[i] })
			list = list[:most]
		}
		return list
	}
	seen := map[[3]int]bool{}
	for len(list) < most {
		s := [3]int{rng.IntN(d), rng.IntN(d), rng.IntN(d)}
		slices.Sort(s[:size])
		clear(s[size:])
		if s[0] != s[1] && (size == 2 || s[1] != s[2]) && !seen[s] {
			seen[s] = true
			list = append(list, s)
		}
	}
	return list
}

// choose returns the number of subsets.
func choose(d, size int) float64 {
	n := 1.0
	for l := range size {
		n = n * float64(d-l) / float64(l+1)
	}
	return max(n, 0)
}

// run carries the plans out.
func (w *marginalWork) run(ctx context.Context, plans []pairPlan, workers int, progress func(done int)) ([]pairResult, error) {
	results := make([]pairResult, len(plans))
	var done atomic.Int64
	err := forEach(ctx, workers, len(plans), func() func(int) {
		c := newCellCounter(w)
		return func(i int) {
			results[i] = c.pair(&plans[i])
			progress(int(done.Add(1)))
		}
	})
	return results, err
}

// single returns the distance of the marginal of one column.
func (w *marginalWork) single(column int) distance {
	cells := make([]uint64, w.values[column])
	for i, code := range w.columns[column] {
		if i < w.rows {
			cells[code] += uint64(w.weights[i])
		} else {
			cells[code] += uint64(w.weights[i]) << 32
		}
	}
	var sum distanceSum
	for _, n := range cells {
		sum.add(w, n)
	}
	return sum.distance(w, column)
}

// distanceSum adds up |s·M - y·N| over cells.
type distanceSum struct{ exact, common, pooledS, pooledY uint64 }

func (d *distanceSum) add(w *marginalWork, cell uint64) {
	s, y := cell&math.MaxUint32, cell>>32
	off := absDiff(s*w.m, y*w.n)
	d.exact += off
	if s >= uint64(w.k) {
		d.common += off
	} else {
		d.pooledS += s
		d.pooledY += y
	}
}

func (d *distanceSum) distance(w *marginalWork, columns ...int) distance {
	all := float64(w.n) * float64(w.m)
	if all == 0 { // one table without records: nothing or everything is different
		x := 2.0
		if w.n == w.m {
			x = 0
		}
		return distance{columns, x, x}
	}
	pooled := d.common + absDiff(d.pooledS*w.m, d.pooledY*w.n)
	return distance{columns, float64(d.exact) / all, float64(pooled) / all}
}

func absDiff(a, b uint64) uint64 { return max(a, b) - min(a, b) }
