package pgm

import (
	"fmt"
	"math/big"
	"strings"

	"github.com/opencovey/covey/privacy/budget"
	"github.com/opencovey/covey/privacy/noise"
)

// desk is the only way to the records: everything that is asked of them is entered in the ledger first.
type desk struct {
	ledger *budget.Ledger
	source *noise.Source
	left   *big.Rat // of rho
	mutant mutant
}

// mutant weakens the promise, for tests that must notice.
type mutant int

const (
	halfNoise          mutant = iota + 1 // half the standard deviation that is paid for
	unpaidTables                         // each table measured four times and paid once
	candidatesFromData                   // tables with an empty cell cannot be chosen
)

// pay enters a spending, if it is within rho.
func (d *desk) pay(s budget.Spending, err error) error {
	if err != nil {
		return err
	}
	cost, err := s.Rho(budget.Concentrated)
	if err != nil {
		return err
	}
	if cost.Cmp(d.left) > 0 {
		return &budget.ExhaustedError{What: s.What(), Needed: cost, Left: d.left}
	}
	if err := d.ledger.Spend(s); err != nil {
		return err
	}
	d.left = new(big.Rat).Sub(d.left, cost)
	return nil
}

// measure adds noise to the counts of people of some tables at once. Each person is in one cell of each table.
func (d *desk) measure(what string, tables int64, variance *big.Rat, count func() []int64) ([]float64, error) {
	if err := d.pay(budget.Gaussian(what, new(big.Rat).SetInt64(tables), variance)); err != nil {
		return nil, err
	}
	times := 1
	switch d.mutant {
	case halfNoise:
		variance = new(big.Rat).Mul(variance, big.NewRat(1, 4))
	case unpaidTables:
		times = 4
	}
	g, err := noise.NewGaussian(variance)
	if err != nil {
		return nil, err
	}
	exact := count()
	noisy := make([]float64, len(exact))
	for range times {
		counts := append([]int64(nil), exact...)
		g.Add(d.source, counts)
		for i, c := range counts {
			noisy[i] += float64(c) / float64(times)
		}
	}
	return noisy, nil
}

// choose runs the exponential mechanism on scores that one person changes by at most the sensitivity.
func (d *desk) choose(what string, epsilon *big.Rat, sensitivity int64, scores func() ([]int64, error)) (int, error) {
	if err := d.pay(budget.Choice(what, epsilon)); err != nil {
		return 0, err
	}
	e, err := noise.NewExponential(epsilon, new(big.Rat).SetInt64(sensitivity))
	if err != nil {
		return 0, err
	}
	list, err := scores()
	if err != nil {
		return 0, err
	}
	return e.Choose(d.source, list)
}

// varianceFor returns the variance with which some tables can be measured at once for rho.
func varianceFor(rho *big.Rat, tables int) (*big.Rat, error) {
	return budget.Concentrated.Variance(new(big.Rat).SetInt64(int64(tables)), rho)
}

// rational returns a float64 exactly.
func rational(x float64) *big.Rat { return new(big.Rat).SetFloat64(x) }

func float(r *big.Rat) float64 {
	f, _ := r.Float64()
	return f
}

// table pays for a table of nodes and takes the noisy counts in.
func (f *fitter) table(c *candidate, variance *big.Rat) error {
	noisy, err := f.measure(f.schema.describe(c.nodes), 1, variance, func() []int64 { return f.count(c) })
	if err != nil {
		return err
	}
	v := float(variance)
	f.total.add(sum(noisy), v*float64(len(noisy)))
	f.paid = append(f.paid, f.schema.measurement(c.nodes, noisy, v))
	f.graph.join(c.set)
	for i, r := range f.readings {
		if r.each == nil && r.set == c.set {
			f.readings[i].counts, f.readings[i].variance = better(r.counts, r.variance, noisy, v)
			return nil
		}
	}
	f.readings = append(f.readings, reading{c.set, c.nodes, noisy, v, nil})
	return nil
}

// measurement describes noisy counts of nodes in terms of columns.
func (s *schema) measurement(nodes []int, counts []float64, variance float64) Measurement {
	m := Measurement{Counts: counts, Variance: variance}
	for _, v := range nodes {
		m.Columns = append(m.Columns, s.nodes[v].column)
		m.Sizes = append(m.Sizes, s.sizes[v])
		m.Values = append(m.Values, s.nodes[v].value)
	}
	return m
}

// describe says which table it is, in a line for the ledger.
func (s *schema) describe(nodes []int) string {
	text := "counts of "
	for i, v := range nodes {
		if i > 0 {
			text += " by "
		}
		if s.nodes[v].groups {
			text += "groups of "
		}
		text += s.domain.Columns[s.nodes[v].column].Name
	}
	text = strings.ToValidUTF8(text[:min(len(text), 900)], "") // a spending has at most 1000 bytes
	return fmt.Sprintf("%s, %d cells", text, cellsOf(nodes, s.sizes))
}
