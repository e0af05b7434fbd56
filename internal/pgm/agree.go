package pgm

import (
	"cmp"
	"slices"
)

// reading is one noisy table of nodes.
type reading struct {
	set      set
	nodes    []int
	counts   []float64
	variance float64   // of each cell,
	each     []float64 // or instead of that one for each cell
}

// agree makes one target of each subset of the nodes of each reading, so that all targets agree with each other and
// hardly any count is negative.
//
// Noise that is even and independent over the cells of a table stays so in its marginals, and a marginal is independent
// of what is left when it is taken away. So the best (least squares) estimate comes from the bottom: the number of
// people from all tables; then of each set of nodes the mean of its marginals in all readings that include it, by their
// precision, moved evenly to agree with what the smaller sets have. Structural zeros take no part.
func (f *fitter) agree() {
	final := map[set]*target{}
	for _, s := range f.subsets() {
		t := f.target(s)
		f.mean(t, s)
		f.adjust(t, s, final)
		for range f.tuning.agree {
			for i, c := range t.counts {
				t.counts[i] = max(0, c)
			}
			f.adjust(t, s, final)
		}
		final[s] = t
	}
}

// subsets lists all sets of nodes within the readings, small ones first.
func (f *fitter) subsets() []set {
	known := map[set]bool{}
	var list []set
	for _, r := range f.readings {
		for bits := 1; bits < 1<<len(r.nodes); bits++ {
			var s set
			for i, v := range r.nodes {
				if bits>>i&1 == 1 {
					s = s.or(setOf(v))
				}
			}
			if !known[s] {
				known[s] = true
				list = append(list, s)
			}
		}
	}
	slices.SortStableFunc(list, func(a, b set) int { return cmp.Compare(a.len(), b.len()) })
	return list
}

// target finds or makes the target of a set.
func (f *fitter) target(s set) *target {
	for _, t := range f.targets {
		if t.set == s {
			return t
		}
	}
	t := &target{set: s, nodes: s.nodes()}
	cells := cellsOf(t.nodes, f.schema.sizes)
	t.counts, t.potential = make([]float64, cells), make([]float64, cells)
	t.variance, t.stiffness = make([]float64, cells), make([]float64, cells)
	t.allowed = slices.Repeat([]float64{1}, cells)
	for _, z := range f.schema.zeros {
		if setOf(z.nodes...).in(s) {
			multiply(t.allowed, z.allowed, places(t.nodes, z.nodes, f.schema.sizes))
		}
	}
	for i := range t.nodes {
		t.smaller = append(t.smaller, places(t.nodes, slices.Delete(slices.Clone(t.nodes), i, i+1), f.schema.sizes))
	}
	f.targets = append(f.targets, t)
	return t
}

// mean takes the mean of the marginals of all readings.
func (f *fitter) mean(t *target, s set) {
	clear(t.counts)
	precision, marginal, variance := make([]float64, len(t.counts)), make([]float64, len(t.counts)), make([]float64, len(t.counts))
	for _, r := range f.readings {
		if !s.in(r.set) {
			continue
		}
		at := places(r.nodes, t.nodes, f.schema.sizes)
		sums(marginal, r.counts, at)
		if r.each != nil {
			sums(variance, r.each, at)
		} else {
			fill(variance, r.variance*float64(len(r.counts)/len(t.counts)))
		}
		for i, v := range variance {
			precision[i] += 1 / v
			t.counts[i] += marginal[i] / v
		}
	}
	for i, p := range precision {
		t.counts[i] *= t.allowed[i] / p
		t.variance[i] = 1 / p
		t.stiffness[i] = f.stiffness(1/p, len(t.nodes))
	}
}

func fill(values []float64, v float64) {
	for i := range values {
		values[i] = v
	}
}

// adjust moves a table so that it agrees with the tables of its nodes but one, or with the number of people.
func (f *fitter) adjust(t *target, s set, final map[set]*target) {
	if len(t.nodes) == 1 {
		share := 0.0
		for i, v := range t.variance {
			share += v * t.allowed[i]
		}
		missing := max(f.total.mean, 1) - sum(t.counts)
		for i, v := range t.variance {
			t.counts[i] += missing * t.allowed[i] * v / max(share, 1e-300)
		}
		return
	}
	for k, v := range t.nodes {
		smaller, at := final[s.without(setOf(v))], t.smaller[k]
		difference, cells := make([]float64, len(smaller.counts)), make([]float64, len(smaller.counts))
		sums(difference, t.counts, at)
		sums(cells, t.allowed, at)
		for i, have := range difference {
			difference[i] = (smaller.counts[i] - have) / max(cells[i], 1)
		}
		for i, p := range at {
			t.counts[i] += difference[p] * t.allowed[i]
		}
	}
}
