package quality

import (
	"context"
	"slices"
	"sync/atomic"

	"github.com/opencovey/covey/table"
)

const (
	treeDepth   = 6           // as SDNist
	treeLeaf    = 20          // records of both tables that a leaf holds at least
	treePeople  = 250_000     // of each table; more are sampled
	treeWork    = 500_000_000 // cells read for shuffled trees, about
	leastNulls  = 3           // shuffled trees at least
	mostNulls   = 10
	streamSheet = 1 << 32 // keeps the streams of shuffles apart
)

// propensity compares the tables by how well a decision tree tells them apart: the propensity mean squared error of Snoke, Raab, Nowok, Dibben
// and Slavkovic (2018), with the mean under shuffled labels as what chance gives.
func propensity(ctx context.Context, sensitive, synthetic *table.Table, o Options) (PMSE, error) {
	rng := random(o.Seed, streamLabels)
	sampled := sensitive.People() > treePeople || synthetic.People() > treePeople
	if sensitive.People() > treePeople {
		sensitive, _ = split(rng, sensitive, treePeople)
	}
	if synthetic.People() > treePeople {
		synthetic, _ = split(rng, synthetic, treePeople)
	}
	p := PMSE{Sampled: sampled}
	if sensitive.People() == 0 || synthetic.People() == 0 {
		return p, nil
	}
	f := newForest(sensitive, synthetic)
	cost := len(f.labels) * max(1, len(f.columns)) * treeDepth
	p.Shuffles = min(mostNulls, max(leastNulls, treeWork/max(1, cost)))
	values := make([]float64, 1+p.Shuffles)
	var done atomic.Int64
	err := forEach(ctx, o.Workers, len(values), func() func(int) {
		return func(i int) {
			labels := f.labels
			if i > 0 {
				labels = f.shuffled(o.Seed, uint64(i))
			}
			values[i] = f.grow(labels)
			o.Progress("grow trees", int(done.Add(1)), len(values))
		}
	})
	if err != nil {
		return p, err
	}
	p.Value = values[0]
	for _, v := range values[1:] {
		p.Null += v / float64(p.Shuffles)
	}
	if p.Null > 0 {
		p.Ratio = p.Value / p.Null
	}
	return p, nil
}

// forest is what all trees share: the records of both tables, by column.
type forest struct {
	columns [][]uint16
	values  []int
	labels  []label
	n, m    uint64
}

// label is how many people of each kind share a record.
type label struct{ s, y uint32 }

func newForest(sensitive, synthetic *table.Table) *forest {
	w := newMarginalWork(sensitive, synthetic, 1)
	f := &forest{columns: w.columns, values: w.values, labels: make([]label, len(w.weights)), n: w.n, m: w.m}
	for i, weight := range w.weights {
		if i < w.rows {
			f.labels[i].s = weight
		} else {
			f.labels[i].y = weight
		}
	}
	return f
}

// shuffled gives every person the label of somebody else: as many are synthetic, but it means nothing.
func (f *forest) shuffled(seed, shuffle uint64) []label {
	rng := random(seed, streamSheet*shuffle+streamLabels)
	labels := make([]label, len(f.labels))
	left, synthetic := f.n+f.m, f.m
	for i, l := range f.labels {
		for range l.s + l.y {
			if rng.Uint64N(left) < synthetic {
				labels[i].y++
				synthetic--
			} else {
				labels[i].s++
			}
			left--
		}
	}
	return labels
}

// grow grows a tree (Breiman et al. 1984: Gini impurity; the values of a column are put in the order of their share of synthetic
// records and cut once) and returns its mean squared error.
func (f *forest) grow(labels []label) float64 {
	t := &tree{forest: f, labels: labels, share: float64(f.m) / float64(f.n+f.m)}
	for i := range labels {
		t.records = append(t.records, int32(i))
	}
	most := 0
	for _, n := range f.values {
		most = max(most, n)
	}
	t.counts, t.side = make([]label, most), make([]bool, most)
	t.node(t.records, treeDepth)
	return t.error / float64(f.n+f.m)
}

// tree is the state of one tree while it grows.
type tree struct {
	*forest
	labels  []label
	share   float64 // of synthetic records
	records []int32
	counts  []label // by code
	codes   []uint16
	best    []uint16 // codes that go to the left at the best cut
	side    []bool   // by code: goes to the left
	spare   []int32
	error   float64
}

// node splits the records, which it reorders, or makes them a leaf.
func (t *tree) node(records []int32, depth int) {
	var all label
	for _, i := range records {
		all.s += t.labels[i].s
		all.y += t.labels[i].y
	}
	column := -1
	if depth > 0 && all.s > 0 && all.y > 0 {
		column = t.cut(records, all)
	}
	if column < 0 {
		people := float64(all.s) + float64(all.y)
		if people > 0 {
			off := float64(all.y)/people - t.share
			t.error += people * off * off
		}
		return
	}
	for _, code := range t.best {
		t.side[code] = true
	}
	left, codes := 0, t.columns[column]
	t.spare = t.spare[:0]
	for _, i := range records {
		if t.side[codes[i]] {
			records[left] = i
			left++
		} else {
			t.spare = append(t.spare, i)
		}
	}
	copy(records[left:], t.spare)
	for _, code := range t.best {
		t.side[code] = false
	}
	t.node(records[:left], depth-1)
	t.node(records[left:], depth-1)
}

// cut finds the cut that lowers the impurity most, sets best, and returns its column, or -1 if there is none.
func (t *tree) cut(records []int32, all label) int {
	column, gain := -1, purity(all)*(1+1e-12)
	for c, codes := range t.columns {
		counts := t.counts[:t.values[c]]
		clear(counts)
		for _, i := range records {
			n := &counts[codes[i]]
			n.s += t.labels[i].s
			n.y += t.labels[i].y
		}
		t.order(counts)
		var left label
		for at, code := range t.codes[:max(0, len(t.codes)-1)] {
			left.s += counts[code].s
			left.y += counts[code].y
			right := label{all.s - left.s, all.y - left.y}
			if left.s+left.y < treeLeaf || right.s+right.y < treeLeaf {
				continue
			}
			if g := purity(left) + purity(right); g > gain {
				column, gain = c, g
				t.best = append(t.best[:0], t.codes[:at+1]...)
			}
		}
	}
	return column
}

// purity is what the Gini impurity of a part, times its size, lacks to its size.
func purity(l label) float64 {
	s, y := float64(l.s), float64(l.y)
	return (s*s + y*y) / (s + y)
}

// order sets codes to those that occur, by their share of synthetic records.
func (t *tree) order(counts []label) {
	t.codes = t.codes[:0]
	for code, n := range counts {
		if n != (label{}) {
			t.codes = append(t.codes, uint16(code))
		}
	}
	slices.SortFunc(t.codes, func(a, b uint16) int {
		// y/(s+y) by cross multiplication, exact
		x, y := uint64(counts[a].y)*uint64(counts[b].s), uint64(counts[b].y)*uint64(counts[a].s)
		switch {
		case x < y:
			return -1
		case x > y:
			return 1
		}
		return int(a) - int(b)
	})
}
