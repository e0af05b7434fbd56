package pgm

import "math/big"

// single measures the columns one by one and sets the graph up.
func (f *fitter) single() error {
	d := len(f.domain.Columns)
	share := f.tuning.single
	switch {
	case d == 1:
		share = 1
	case f.Fast:
		share = 1.0 / 3
	}
	all := make([]int, d)
	for j := range all {
		all[j] = j
	}
	columns := make([]column, d)
	if err := f.columns("counts of every column", share, all, columns); err != nil {
		return err
	}
	if again := f.withRare(columns); len(again) > 0 && d > 1 && !f.Fast && f.rare > 0 {
		if err := f.columns("counts of every column with rare values", f.rare, again, columns); err != nil {
			return err
		}
	}
	f.schema = newSchema(f.domain, columns, f.rareness, f.ModelCells/2)
	f.rows = f.schema.code(f.records)
	f.graph = newMarkov(f.schema.sizes)
	f.schema.enforce(f.graph, f.ModelCells/2)
	_, f.cells = f.graph.cliques(tooMany)
	for j, c := range columns {
		v := f.schema.main[j]
		counts, variances := f.schema.merge(j, c)
		f.readings = append(f.readings, reading{setOf(v), []int{v}, counts, 0, variances})
	}
	return nil
}

// column is what is known about the codes of a column: the mean of its readings.
type column struct {
	counts   []float64
	variance float64
}

// columns spends a share of rho on the codes of some columns.
func (f *fitter) columns(what string, share float64, list []int, known []column) error {
	variance, err := varianceFor(new(big.Rat).Mul(f.Rho, rational(share)), len(list))
	if err != nil {
		return err
	}
	sizes := make([]int, len(f.domain.Columns))
	for j, c := range f.domain.Columns {
		sizes[j] = c.Size
	}
	noisy, err := f.measure(what, int64(len(list)), variance, func() []int64 {
		var counts []int64
		for _, j := range list {
			counts = append(counts, countRows(f.records.Codes, f.records.Weights, []int{j}, sizes)...)
		}
		return counts
	})
	if err != nil {
		return err
	}
	v := float(variance)
	for _, j := range list {
		counts := noisy[:sizes[j]:sizes[j]]
		noisy = noisy[sizes[j]:]
		f.paid = append(f.paid, Measurement{[]int{j}, [][]int32{nil}, []int{sizes[j]}, counts, v})
		f.total.add(sum(counts), v*float64(sizes[j]))
		known[j] = known[j].and(counts, v)
	}
	return nil
}

// and returns the mean with one more reading.
func (c column) and(counts []float64, variance float64) column {
	if c.counts == nil {
		return column{counts, variance}
	}
	counts, variance = better(c.counts, c.variance, counts, variance)
	return column{counts, variance}
}

// better returns the mean of two readings by their precision.
func better(a []float64, va float64, b []float64, vb float64) ([]float64, float64) {
	mean := make([]float64, len(a))
	for i := range mean {
		mean[i] = (a[i]*vb + b[i]*va) / (va + vb)
	}
	return mean, va * vb / (va + vb)
}

// withRare lists the columns in which codes share a value. How people spread over these is known from nothing but the
// counts of the column.
func (f *fitter) withRare(columns []column) []int {
	var list []int
	s := newSchema(f.domain, columns, f.rareness, f.ModelCells/2)
	for j, c := range f.domain.Columns {
		if s.sizes[s.main[j]] < c.Size {
			list = append(list, j)
		}
	}
	return list
}
