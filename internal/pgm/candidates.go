package pgm

import (
	"context"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
)

// candidate is a table that may be measured.
type candidate struct {
	nodes  []int
	set    set
	weight int64
	cells  int
	exact  []int64 // nil if it is counted anew each time
}

// candidates are all subsets of the workload that fit into the model.
func (f *fitter) candidates() []*candidate {
	workload := f.workload()
	seen := map[set]bool{}
	var list []*candidate
	for _, w := range workload {
		for bits := 1; bits < 1<<len(w); bits++ {
			var columns []int
			for i, j := range w {
				if bits>>i&1 == 1 {
					columns = append(columns, j)
				}
			}
			if key := setOf(columns...); !seen[key] {
				seen[key] = true
				list = append(list, f.versions(columns, weightOf(key, workload))...)
			}
		}
	}
	return list
}

// versions are the tables of some columns with each column by its codes or by its groups.
func (f *fitter) versions(columns []int, weight int64) []*candidate {
	tables := [][]int{nil}
	for _, j := range columns {
		var longer [][]int
		for _, t := range tables {
			longer = append(longer, append(slices.Clone(t), f.schema.main[j]))
			if r := f.schema.region[j]; r >= 0 && len(columns) > 1 {
				longer = append(longer, append(slices.Clone(t), r))
			}
		}
		tables = longer
	}
	var list []*candidate
	for _, nodes := range tables {
		slices.Sort(nodes)
		s := setOf(nodes...)
		cells := s.product(f.schema.sizes, f.ModelCells)
		if cells <= f.ModelCells/4 || len(nodes) == 1 {
			list = append(list, &candidate{nodes: nodes, set: s, weight: weight, cells: cells})
		}
	}
	return list
}

// weightOf says how much of the workload a table is part of.
func weightOf(columns set, workload [][]int) int64 {
	weight := 0
	for _, w := range workload {
		weight += setOf(w...).and(columns).len()
	}
	return int64(weight)
}

// tripleColumns is the number of columns up to which the default workload is all triples.
const tripleColumns = 20

// workload returns the tables that the model should be good at.
func (f *fitter) workload() [][]int {
	if f.Workload != nil {
		return f.Workload
	}
	var list [][]int
	d := len(f.domain.Columns)
	for a := range d {
		for b := range a {
			if d > tripleColumns || d == 2 {
				list = append(list, []int{b, a})
			}
			for c := range b {
				small := setOf(f.schema.main[a], f.schema.main[b], f.schema.main[c]).product(f.schema.sizes, f.ModelCells) <= f.ModelCells/64
				if d <= tripleColumns || small {
					list = append(list, []int{c, b, a})
				}
			}
		}
	}
	return list
}

// draft returns the candidates of a round: all, or as many as a round has time for, at random.
func (f *fitter) draft(list []*candidate) []*candidate {
	if len(list) <= f.drafted {
		return list
	}
	list = slices.Clone(list)
	s := sampler{source: f.source}
	for i := range f.drafted {
		j := i + s.below(len(list)-i)
		list[i], list[j] = list[j], list[i]
	}
	return list[:f.drafted]
}

// affordable returns the candidates with which the model has at most so many cells.
func (f *fitter) affordable(list []*candidate, limit int) []*candidate {
	var open []*candidate
	for _, c := range list {
		if f.net.tree.holder(c.set, f.schema.sizes) < 0 {
			if c.cells > limit {
				continue
			}
			if cliques, _ := f.graph.with(c.set).cliques(limit); cliques == nil {
				continue
			}
		}
		if f.desk.mutant == candidatesFromData && c.set.len() > 1 && slices.Contains(f.count(c), 0) {
			continue
		}
		open = append(open, c)
	}
	return open
}

// maxCached is how many cells of exact tables are kept in memory.
const maxCached = 1 << 24

// prepare counts exact tables that will be wanted again.
func (f *fitter) prepare(ctx context.Context, list []*candidate) error {
	var fresh []*candidate
	for _, c := range list {
		if c.exact == nil && f.cached+c.cells <= maxCached {
			f.cached += c.cells
			fresh = append(fresh, c)
		}
	}
	return inParallel(ctx, len(fresh), func(i int) { fresh[i].exact = f.count(fresh[i]) })
}

// count returns the exact table of a candidate: for the eyes of [desk] only.
func (f *fitter) count(c *candidate) []int64 {
	if c.exact != nil {
		return c.exact
	}
	return countRows(f.rows, f.records.Weights, c.nodes, f.schema.sizes)
}

// inParallel does independent work until ctx is done.
func inParallel(ctx context.Context, n int, work func(i int)) error {
	var group sync.WaitGroup
	var taken atomic.Int64
	for range min(n, runtime.GOMAXPROCS(0)) {
		group.Go(func() {
			for i := int(taken.Add(1)) - 1; i < n && ctx.Err() == nil; i = int(taken.Add(1)) - 1 {
				work(i)
			}
		})
	}
	group.Wait()
	return ctx.Err()
}
