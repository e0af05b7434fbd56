package pgm

import (
	"context"
	"errors"
	"math"
	"math/big"
	"slices"
	"testing"
	"time"

	"github.com/opencovey/covey/privacy/budget"
	"github.com/opencovey/covey/privacy/noise"
	"github.com/opencovey/covey/synth/dp/coded"
	"pgregory.net/rapid"
)

var _ coded.Model = (*Model)(nil)

// zerosDomain has structural zeros on pairs, a triple and one column, groups, blanks and rare codes.
func zerosDomain() *coded.Domain {
	d := testDomain(3, 30, 4, 12, 2)
	groups := make([]int, 30)
	for c := range groups {
		groups[c] = c / 7
	}
	d.Columns[1].Groups = groups
	d.Columns[3].Blank = true
	d.Zeros = []coded.Zero{
		{{Column: 0, Codes: []uint16{0}}, {Column: 1, Codes: []uint16{3, 4, 5, 20}}},
		{{Column: 1, Codes: []uint16{1, 2, 3}}, {Column: 3, Codes: []uint16{0, 7}}},
		{{Column: 0, Codes: []uint16{2}}, {Column: 2, Codes: []uint16{1}}, {Column: 4, Codes: []uint16{1}}},
		{{Column: 3, Codes: []uint16{11}}},
	}
	return d
}

// TestZeros: structural zeros never occur in rows or tables, whether the graph holds them or not.
func TestZeros(t *testing.T) {
	d := zerosDomain()
	r := randomRecords(d, 3000, 1)
	for _, cells := range []int{0, 60} {
		for _, fast := range []bool{false, true} {
			o := options(t, "1", "1e-6", 1)
			o.ModelCells, o.Fast = cells, fast
			m := fitted(t, d, r, o)
			if held := len(m.Rejected()) == 0; held != (cells == 0) {
				t.Errorf("with %d cells, %d structural zeros are not held", cells, len(m.Rejected()))
			}
			if n := violations(d, sampled(t, m, 20_000, 1)); n > 0 {
				t.Errorf("%d of 20000 rows in structural zeros (%d cells, fast %v)", n, cells, fast)
			}
			for _, columns := range [][]int{{0, 1}, {3, 1}, {4, 0, 2}, {3}} {
				table := m.Marginal(columns...)
				codes, sizes := make([]int, len(columns)), make([]int, len(columns))
				for k, j := range columns {
					sizes[k] = d.Columns[j].Size
				}
				for i, p := range table {
					row := []uint16{1, 0, 0, 1, 0} // outside all zeros but by the columns asked for
					for k, j := range columns {
						row[j] = uint16(codes[k])
					}
					if inZero(d, row) && p != 0 || math.IsNaN(p) || p < 0 {
						t.Fatalf("table %v, cell %v has share %g", columns, codes, p)
					}
					_ = i
					next(codes, sizes)
				}
				near(t, "sum", []float64{sum(table)}, []float64{1}, 1e-9)
			}
		}
	}
}

// TestMarginal: tables agree with each other, with rows, and in any order of columns.
func TestMarginal(t *testing.T) {
	d := zerosDomain()
	m := fitted(t, d, randomRecords(d, 5000, 2), options(t, "5", "1e-6", 2))
	rows := sampled(t, m, 100_000, 2)
	for a := range d.Columns {
		for b := range d.Columns {
			if a == b {
				continue
			}
			ab, ba := m.Marginal(a, b), m.Marginal(b, a)
			na, nb := d.Columns[a].Size, d.Columns[b].Size
			one := make([]float64, na)
			for i, p := range ab {
				one[i/nb] += p
				if math.Abs(p-ba[i%nb*na+i/nb]) > 1e-12 {
					t.Fatalf("tables %d, %d and %d, %d differ", a, b, b, a)
				}
			}
			near(t, "marginal of a pair", one, m.Marginal(a), 1e-9)
			near(t, "pair in rows", shares(d, rows, a, b), ab, 0.003)
		}
	}
}

// TestRounding: expected numbers of rows are met up to a few rows in every column, and nearly so in tables of a clique.
func TestRounding(t *testing.T) {
	d := testDomain(3, 5, 4, 2)
	m := fitted(t, d, randomRecords(d, 4000, 3), options(t, "3", "1e-6", 3))
	const n = 1000
	for seed := range byte(20) {
		rows := sampled(t, m, n, seed)
		if rows.Len() != n || d.Check(rows) != nil {
			t.Fatal("rows do not fit the domain")
		}
		for j := range d.Columns {
			near(t, "column", shares(d, rows, j), m.Marginal(j), 5.0/n)
		}
	}
}

// TestApportion: what is given adds up, nothing is given without weight, and carries stay small.
func TestApportion(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		size := rapid.IntRange(1, 8).Draw(t, "size")
		groups := rapid.IntRange(1, 50).Draw(t, "groups")
		table := rapid.SliceOfN(rapid.Float64Range(0, 1), size*groups, size*groups).Draw(t, "table")
		for i := range table {
			if table[i] < 0.3 {
				table[i] = 0
			}
			if i%size == 0 {
				table[i] += 0.01
			}
		}
		var keys, values []uint16
		for g := range groups {
			for range rapid.IntRange(0, 5).Draw(t, "rows") {
				keys, values = append(keys, uint16(g)), append(values, 0)
			}
		}
		s := newSampler(noise.NewSourceForTesting([32]byte{5}), len(keys))
		s.fill([][]uint16{keys, values}, []int{0}, 1, table, []int{groups, size})
		if s.failed {
			t.Fatal("failed")
		}
		for i, k := range keys {
			if table[int(k)*size+int(values[i])] == 0 {
				t.Fatalf("row %d has the impossible value %d", i, values[i])
			}
		}
		if off := sum(s.carry); math.Abs(off) > float64(size) {
			t.Fatalf("rounding is off by %g rows in all", off)
		}
	})
}

// TestLedger: what is spent is what is listed, all of rho and no more; an empty ledger stops the fit.
func TestLedger(t *testing.T) {
	d := zerosDomain()
	r := randomRecords(d, 500, 4)
	for _, fast := range []bool{false, true} {
		o := options(t, "1", "1e-6", 4)
		o.Rho = new(big.Rat).Mul(o.Rho, rat("2/3"))
		o.Fast = fast
		m := fitted(t, d, r, o)
		spent, _, _, err := o.Ledger.Spent()
		if err != nil {
			t.Fatal(err)
		}
		total := new(big.Rat)
		tables := 0
		for _, s := range o.Ledger.Spendings() {
			cost, err := s.Rho(budget.Concentrated)
			if err != nil {
				t.Fatal(err)
			}
			total.Add(total, cost)
			tables += toInt(s.Mechanism() == budget.DiscreteGaussian)
		}
		if share := float(new(big.Rat).Quo(spent, o.Rho)); total.Cmp(spent) != 0 || spent.Cmp(o.Rho) > 0 || share < 1-1e-6 {
			t.Errorf("fast %v: spent %s, which is %.9f of rho; listed %s", fast, spent.FloatString(9), share, total.FloatString(9))
		}
		if columns := tablesOfColumns(m); len(m.Measurements()) != tables-columns.spendings+columns.tables {
			t.Errorf("fast %v: %d measurements, %d spendings on tables", fast, len(m.Measurements()), tables)
		}
		o.Rho = new(big.Rat).Mul(o.Rho, rat("2"))
		if _, err := Fit(t.Context(), d, r, o); !errors.Is(err, budget.ErrExhausted) {
			t.Errorf("fast %v: error %v, want an exhausted budget", fast, err)
		}
	}
}

// tablesOfColumns counts the measurements of single columns by their codes, and the spendings for them: those of one
// spending have one variance.
func tablesOfColumns(m *Model) (n struct{ tables, spendings int }) {
	variance := 0.0
	for _, x := range m.Measurements() {
		if len(x.Columns) == 1 && x.Values[0] == nil {
			n.tables++
			n.spendings += toInt(x.Variance != variance)
			variance = x.Variance
		}
	}
	return n
}

// TestExhausted: a ledger with less than rho refuses a spending on the way, and the fit ends there.
func TestExhausted(t *testing.T) {
	d := testDomain(2, 3, 2)
	o := options(t, "1", "1e-6", 5)
	o.Rho = new(big.Rat).Mul(o.Rho, rat("101/100"))
	if _, err := Fit(t.Context(), d, randomRecords(d, 100, 5), o); !errors.Is(err, budget.ErrExhausted) {
		t.Errorf("error %v, want an exhausted budget", err)
	}
}

// TestRepeats: the same seed gives the same model, rows and ledger.
func TestRepeats(t *testing.T) {
	d := zerosDomain()
	r := randomRecords(d, 1000, 6)
	run := func() (*coded.Records, []byte) {
		o := options(t, "2", "1e-6", 6)
		m := fitted(t, d, r, o)
		text, err := o.Ledger.MarshalJSON()
		if err != nil {
			t.Fatal(err)
		}
		return sampled(t, m, 500, 6), text
	}
	a, x := run()
	b, y := run()
	if !slices.Equal(x, y) {
		t.Error("ledgers differ")
	}
	for j := range a.Codes {
		if !slices.Equal(a.Codes[j], b.Codes[j]) {
			t.Errorf("column %d differs", j)
		}
	}
}

// TestCancel: a fit ends within a second after its context.
func TestCancel(t *testing.T) {
	sizes := slices.Repeat([]int{12}, 16)
	d := testDomain(sizes...)
	r := randomRecords(d, 20_000, 7)
	for _, after := range []time.Duration{0, 50 * time.Millisecond, 700 * time.Millisecond} {
		ctx, stop := context.WithTimeout(t.Context(), after)
		o := options(t, "10", "1e-6", 7)
		begin := time.Now()
		_, err := Fit(ctx, d, r, o)
		stop()
		if late := time.Since(begin) - after; !errors.Is(err, context.DeadlineExceeded) || late > time.Second {
			t.Errorf("after %v: %v late with error %v", after, late, err)
		}
	}
}

// TestOptions: what cannot work is an error before anything is spent.
func TestOptions(t *testing.T) {
	d := testDomain(2, 3)
	r := randomRecords(d, 10, 8)
	for name, change := range map[string]func(o *Options){
		"no rho":           func(o *Options) { o.Rho = nil },
		"rho of 0":         func(o *Options) { o.Rho = new(big.Rat) },
		"no ledger":        func(o *Options) { o.Ledger = nil },
		"no source":        func(o *Options) { o.Source = nil },
		"too many cells":   func(o *Options) { o.ModelCells = mostCells + 1 },
		"negative cells":   func(o *Options) { o.ModelCells = -1 },
		"empty workload":   func(o *Options) { o.Workload = [][]int{{}} },
		"workload outside": func(o *Options) { o.Workload = [][]int{{0, 2}} },
		"workload twice":   func(o *Options) { o.Workload = [][]int{{1, 1}} },
	} {
		o := options(t, "1", "1e-6", 8)
		change(&o)
		if _, err := Fit(t.Context(), d, r, o); err == nil {
			t.Errorf("%s: no error", name)
		}
		if o.Ledger != nil && len(o.Ledger.Spendings()) > 0 {
			t.Errorf("%s: something was spent", name)
		}
	}
	wide := testDomain(slices.Repeat([]int{1}, maxNodes+1)...)
	if _, err := Fit(t.Context(), wide, randomRecords(wide, 1, 8), options(t, "1", "1e-6", 8)); err == nil {
		t.Error("too many columns: no error")
	}
}

// TestExtremes: one column, columns of one code, no records, hardly any budget, a lot of it.
func TestExtremes(t *testing.T) {
	for _, sizes := range [][]int{{1}, {4}, {1, 1}, {2, 1, 40}, {3, 3}} {
		d := testDomain(sizes...)
		for _, n := range []int{0, 1, 50} {
			for _, epsilon := range []string{"0.001", "1", "50"} {
				o := options(t, epsilon, "1e-6", 9)
				o.Total, o.TotalVariance = 50, 100
				m := fitted(t, d, randomRecords(d, n, 9), o)
				for j := range sizes {
					near(t, "sum", []float64{sum(m.Marginal(j))}, []float64{1}, 1e-9)
				}
				if r := sampled(t, m, 30, 9); d.Check(r) != nil || r.Len() != 30 {
					t.Errorf("sizes %v, %d records, epsilon %s: rows do not fit", sizes, n, epsilon)
				}
			}
		}
	}
}

// TestAccurate: with a lot of budget the model has the records' pairs.
func TestAccurate(t *testing.T) {
	d := testDomain(4, 20, 6, 3)
	r := randomRecords(d, 20_000, 10)
	o := options(t, "50", "1e-3", 10)
	calls := 0
	o.Progress = func(done, total int) {
		if done < 0 || done > total {
			t.Errorf("progress %d of %d", done, total)
		}
		calls++
	}
	m := fitted(t, d, r, o)
	for a := range d.Columns {
		for b := range a {
			near(t, "pair", m.Marginal(b, a), shares(d, r, b, a), 0.002)
		}
	}
	if math.Abs(m.Total()-20_000) > 50 || calls == 0 {
		t.Errorf("total %.0f, progress told %d times", m.Total(), calls)
	}
}
