package dp

import (
	"fmt"
	"testing"

	"github.com/opencovey/covey/privacy/budget"
	"github.com/opencovey/covey/privacy/noise"
	"github.com/opencovey/covey/table"
)

// randomness is a source for tests with what they need to make people up.
type randomness struct{ *noise.Source }

func random(seed ...byte) randomness {
	var s [32]byte
	copy(s[:], seed)
	return randomness{noise.NewSourceForTesting(s)}
}

func (r randomness) below(n int) int { return below(r.Source, n) }

func (r randomness) chance(p float64) bool { return float64(r.Uint64()>>11) < p*(1<<53) }

// skewed returns a number from 1 to n; small ones are more frequent.
func (r randomness) skewed(n int) uint16 {
	i := 0
	for i < n-1 && r.chance(0.7) {
		i++
	}
	return uint16(i + 1)
}

// columnsOf returns columns with so many values each, named v1, v2, ...
func columnsOf(values ...int) []table.Column {
	columns := make([]table.Column, len(values))
	for j, n := range values {
		columns[j].Name = fmt.Sprintf("c%d", j)
		for i := range n {
			columns[j].Values = append(columns[j].Values, fmt.Sprintf("v%02d", i+1))
		}
	}
	return columns
}

// allRequired is Domain.Required for n columns that nobody is blank in.
func allRequired(n int) []bool {
	r := make([]bool, n)
	for j := range r {
		r[j] = true
	}
	return r
}

// peopleOf returns a table of n people.
func peopleOf(columns []table.Column, n int, person func() []uint16) *table.Table {
	b := table.NewBuilder(columns)
	for range n {
		b.Add(person(), 1)
	}
	return b.Table()
}

func newLedger(t testing.TB, epsilon, delta string) *budget.Ledger {
	t.Helper()
	e, err := budget.Number(epsilon)
	if err != nil {
		t.Fatal(err)
	}
	d, err := budget.Number(delta)
	if err != nil {
		t.Fatal(err)
	}
	l, err := budget.NewLedger(budget.Budget{Epsilon: e, Delta: d, Accounting: budget.GaussianCurve})
	if err != nil {
		t.Fatal(err)
	}
	return l
}
