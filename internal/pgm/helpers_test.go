package pgm

import (
	"math"
	"math/big"
	"testing"

	"github.com/opencovey/covey/privacy/budget"
	"github.com/opencovey/covey/privacy/noise"
	"github.com/opencovey/covey/synth/dp/coded"
)

// testDomain has columns c0, c1, ... of some sizes.
func testDomain(sizes ...int) *coded.Domain {
	d := &coded.Domain{}
	for j, n := range sizes {
		d.Columns = append(d.Columns, coded.Column{Name: "c" + string(rune('0'+j)), Size: n})
	}
	return d
}

// randomRecords have columns that depend on the one before. Cells of structural zeros stay empty.
func randomRecords(d *coded.Domain, n int, seed byte) *coded.Records {
	s := sampler{source: noise.NewSourceForTesting([32]byte{seed, 77})}
	r := &coded.Records{Codes: make([][]uint16, len(d.Columns))}
	row := make([]uint16, len(d.Columns))
	for len(r.Weights) < n {
		for j, c := range d.Columns {
			row[j] = uint16(s.below(c.Size))
			if j > 0 && s.below(3) > 0 {
				row[j] = uint16((int(row[j-1]) + s.below(2)) % c.Size)
			}
		}
		if inZero(d, row) {
			continue
		}
		for j, c := range row {
			r.Codes[j] = append(r.Codes[j], c)
		}
		r.Weights = append(r.Weights, 1)
	}
	return r
}

func inZero(d *coded.Domain, row []uint16) bool {
	for _, z := range d.Zeros {
		all := true
		for _, c := range z {
			all = all && within(c.Codes, row[c.Column])
		}
		if all {
			return true
		}
	}
	return false
}

// violations counts the records in structural zeros.
func violations(d *coded.Domain, r *coded.Records) int {
	n := 0
	row := make([]uint16, len(r.Codes))
	for i := range r.Weights {
		for j := range row {
			row[j] = r.Codes[j][i]
		}
		n += toInt(inZero(d, row))
	}
	return n
}

func testLedger(t testing.TB, epsilon, delta string) *budget.Ledger {
	t.Helper()
	e, err := budget.Number(epsilon)
	if err != nil {
		t.Fatal(err)
	}
	d, err := budget.Number(delta)
	if err != nil {
		t.Fatal(err)
	}
	l, err := budget.NewLedger(budget.Budget{Epsilon: e, Delta: d})
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// options spend the whole ledger of a promise.
func options(t testing.TB, epsilon, delta string, seed byte) Options {
	t.Helper()
	l := testLedger(t, epsilon, delta)
	return Options{Rho: l.Remaining(), Ledger: l, Source: noise.NewSourceForTesting([32]byte{seed, 1})}
}

func fitted(t testing.TB, d *coded.Domain, r *coded.Records, o Options) *Model {
	t.Helper()
	m, err := Fit(t.Context(), d, r, o)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func sampled(t testing.TB, m *Model, n int, seed byte) *coded.Records {
	t.Helper()
	r, err := m.Sample(t.Context(), n, noise.NewSourceForTesting([32]byte{seed, 2}))
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// near fails if two tables differ anywhere by more than a tolerance.
func near(t testing.TB, what string, got, want []float64, tolerance float64) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("%s has %d cells, want %d", what, len(got), len(want))
	}
	for i, v := range want {
		if math.Abs(got[i]-v) > tolerance || math.IsNaN(got[i]) {
			t.Fatalf("%s: cell %d is %g, want %g", what, i, got[i], v)
		}
	}
}

// shares returns the shares of people in a table of records.
func shares(d *coded.Domain, r *coded.Records, columns ...int) []float64 {
	sizes := make([]int, len(d.Columns))
	for j, c := range d.Columns {
		sizes[j] = c.Size
	}
	counts := countRows(r.Codes, r.Weights, columns, sizes)
	list, people := make([]float64, len(counts)), float64(r.People())
	for i, n := range counts {
		list[i] = float64(n) / people
	}
	return list
}

func rat(text string) *big.Rat {
	r, _ := new(big.Rat).SetString(text)
	return r
}
