package dp

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math"
	"math/big"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/opencovey/covey/internal/testenv"
	"github.com/opencovey/covey/marginal"
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

// normal returns a number from the standard normal distribution (Box, Muller 1958).
func (r randomness) normal() float64 {
	u, v := float64(r.Uint64()>>11+1)/(1<<53), float64(r.Uint64()>>11)/(1<<53)
	return math.Sqrt(-2*math.Log(u)) * math.Cos(2*math.Pi*v)
}

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

// cases are some people for tests of the whole.
func cases(n int, seed byte) (*table.Table, *Domain) {
	p := sparseProfiles()
	return peopleOf(p.domain.Columns, n, p.person(random(seed))), p.domain
}

func makeOf(t testing.TB, people *table.Table, d *Domain, o Options) *Product {
	t.Helper()
	if o.Ledger == nil {
		o.Ledger = newLedger(t, "1", "1e-6")
	}
	if o.Source == nil {
		o.Source = random(1, 2, 3).Source
	}
	p, err := Make(context.Background(), people, d, o)
	if err != nil {
		t.Fatal(err)
	}
	checkProduct(t, p, d, o)
	return p
}

// checkProduct checks what holds for every product.
func checkProduct(t testing.TB, p *Product, d *Domain, o Options) {
	t.Helper()
	if p.People < 0 || p.Records.People() != p.People || p.Counts.People.Estimate != p.People {
		t.Errorf("%d people, %d records, %v counted", p.People, p.Records.People(), p.Counts.People)
	}
	for j, c := range p.Records.Columns {
		if c.Name != d.Columns[j].Name || !d.learnt(j) && !slices.Equal(c.Values, d.Columns[j].Values) || c.Blanks != nil {
			t.Errorf("column %d is %v", j, c)
		}
	}
	for row := range p.Records.Rows() {
		for j, code := range row {
			if int(code) > len(p.Records.Columns[j].Values) || code == 0 && d.required(j) {
				t.Fatalf("column %d has code %d", j, code)
			}
		}
	}
	checkCounts(t, p.Counts)
	rho, _, _, err := o.Ledger.Spent()
	if left := o.Ledger.Remaining(); err != nil || left.Cmp(new(big.Rat).Mul(rho, big.NewRat(1, 1000))) > 0 {
		t.Errorf("of %v, %v is left; %v", rho, left, err)
	}
	for _, e := range p.Errors {
		if e.Length < 1 || e.Length > p.Counts.Length || e.Cells < 1 || !(e.Estimates >= 0) || !(e.Records >= e.Estimates) || e.To > 0 && e.To <= e.From {
			t.Errorf("errors %+v", e)
		}
	}
}

// checkCounts checks that counts agree with each other.
func checkCounts(t testing.TB, c *Counts) {
	t.Helper()
	inOrder := func(x Count) bool { return 0 <= x.Low && x.Low <= x.Estimate && x.Estimate <= x.High }
	if !inOrder(c.People) {
		t.Errorf("%v people", c.People)
	}
	counts := map[string]Count{"": c.People}
	for length := 1; length <= c.Length; length++ {
		var last []marginal.Attribute
		for combination, count := range c.All(length) {
			if len(combination) != length || !inOrder(count) {
				t.Fatalf("%v: %v", combination, count)
			}
			if last != nil && slices.CompareFunc(last, combination, compareAttributes) >= 0 {
				t.Fatalf("%v is before %v", last, combination)
			}
			last = combination
			for i, a := range combination {
				if i > 0 && combination[i-1].Column >= a.Column || a.Code < 1 || int(a.Code) > len(c.Columns[a.Column].Values) {
					t.Fatalf("combination %v", combination)
				}
				parent, ok := counts[key(slices.Delete(slices.Clone(combination), i, i+1))]
				if !ok || parent.Estimate < count.Estimate {
					t.Fatalf("%v: %v, but without number %d %v", combination, count, i, parent)
				}
			}
			counts[key(combination)] = count
		}
	}
	for _, length := range []int{-1, 0, c.Length + 1} {
		for combination := range c.All(length) {
			t.Fatalf("%v among combinations of length %d", combination, length)
		}
	}
}

func compareAttributes(a, b marginal.Attribute) int {
	return cmp.Or(cmp.Compare(a.Column, b.Column), cmp.Compare(a.Code, b.Code))
}

// TestMake: a release holds what it promises, for all lengths and numbers of people.
func TestMake(t *testing.T) {
	for length := 1; length <= 3; length++ {
		people, d := cases(3000, 1)
		p := makeOf(t, people, d, Options{Length: length})
		if p.Counts.Length != length || math.Abs(float64(p.People-3000)) > 500 {
			t.Errorf("length %d, %d people", p.Counts.Length, p.People)
		}
		for l := 1; l <= length; l++ {
			n := 0
			for range p.Counts.All(l) {
				if n++; n == 3 {
					break // a reader may stop
				}
			}
			if n == 0 && l < 3 {
				t.Errorf("no counts of length %d", l)
			}
		}
	}
	for _, n := range []int{0, 30} {
		people, d := cases(n, 2)
		makeOf(t, people, d, Options{})
	}
}

// TestMakeShapes: few columns and flags, with or without blanks, make releases too; of few flags too few values of a person count for
// triples.
func TestMakeShapes(t *testing.T) {
	testenv.NotRaces(t)
	for _, values := range [][]int{{3}, {1}, {2, 2}, {1, 1, 1}, {1, 1, 1, 1, 1, 1}, {4, 0, 2}} {
		for _, required := range []bool{false, true} {
			d := &Domain{Columns: columnsOf(values...), Required: make([]bool, len(values))}
			for j, n := range values {
				d.Required[j] = required && n > 1
			}
			r := random(byte(len(values)))
			people := peopleOf(d.Columns, 5000, func() []uint16 {
				row := make([]uint16, len(values))
				for j, n := range values {
					if n > 0 && (d.Required[j] || r.chance(0.7)) {
						row[j] = r.skewed(n)
					}
				}
				return row
			})
			makeOf(t, people, d, Options{})
		}
	}
}

// TestMakeImpossible: nobody in the records has what is impossible.
func TestMakeImpossible(t *testing.T) {
	people, d := cases(3000, 3)
	simple := *d
	simple.Impossible = []Impossible{
		{{Column: 0, Values: []string{"v01"}}, {Column: 1, Values: []string{"v01", "v02", "v03"}}},
		{{Column: 0, Blank: true}, {Column: 1, Blank: true}},
		{{Column: 2, Values: []string{"v01", "v02"}, Blank: true}, {Column: 5, Values: []string{"v01"}}, {Column: 6, Values: []string{"v01"}}},
	}
	p := makeOf(t, people, &simple, Options{})
	for row := range p.Records.Rows() {
		if row[0] == 1 && row[1] >= 1 && row[1] <= 3 || row[0] == 0 && row[1] == 0 || row[2] <= 2 && row[5] == 1 && row[6] == 1 {
			t.Fatalf("somebody impossible: %v", row)
		}
	}
}

// TestMakeMissing: columns that the table has not are blank for everybody, or an error where nobody may be; what the domain has not is left out.
func TestMakeMissing(t *testing.T) {
	people, d := cases(2000, 4)
	wide := &Domain{Columns: append(slices.Clone(d.Columns[2:]), table.Column{Name: "new", Values: []string{"x", "y"}})}
	p := makeOf(t, people, wide, Options{})
	filled := 0
	for row, n := range p.Records.Rows() {
		if row[len(row)-1] > 0 {
			filled += n
		}
	}
	if filled > 400 {
		t.Errorf("%d of %d people have something in a column that nobody has", filled, p.People)
	}
	wide.Required = make([]bool, len(wide.Columns))
	wide.Required[len(wide.Columns)-1] = true
	_, err := Make(context.Background(), people, wide, Options{Ledger: newLedger(t, "1", "1e-6"), Source: random(1).Source})
	if err == nil || !strings.Contains(err.Error(), `"new"`) {
		t.Errorf("a required column that the table has not: %v", err)
	}
}

// TestMakeUnknown: the error for a value outside the domain names the column, and not the value.
func TestMakeUnknown(t *testing.T) {
	people, d := cases(2000, 5)
	narrow := &Domain{Columns: slices.Clone(d.Columns)}
	narrow.Columns[1].Values = narrow.Columns[1].Values[:3]
	_, err := Make(context.Background(), people, narrow, Options{Ledger: newLedger(t, "1", "1e-6"), Source: random(1).Source})
	if err == nil || !strings.Contains(err.Error(), `"c1"`) || strings.Contains(err.Error(), "v0") {
		t.Errorf("a value outside the domain: %v", err)
	}
}

// TestMakeLearnt: values that many have are learnt, those of one person are not.
func TestMakeLearnt(t *testing.T) {
	d := &Domain{Columns: columnsOf(4, 2, 3), Learn: []bool{true, false, false}}
	r := random(6)
	n := 0
	people := peopleOf(d.Columns, 5000, func() []uint16 {
		if n++; n == 1 {
			return []uint16{4, 1, 1}
		}
		return []uint16{r.skewed(3), r.skewed(2), r.skewed(3)}
	})
	d.Columns = slices.Clone(d.Columns)
	d.Columns[0].Values = nil
	p := makeOf(t, people, d, Options{})
	if got := p.Records.Columns[0].Values; !slices.Equal(got, []string{"v01", "v02", "v03"}) {
		t.Errorf("learnt %v", got)
	}
	if d.Columns[0].Values != nil {
		t.Error("the domain was changed")
	}
}

// TestMakeSame: the same source makes the same release, whatever the number of workers.
func TestMakeSame(t *testing.T) {
	people, d := cases(1500, 7)
	var first *Product
	for workers := 1; workers <= 3; workers++ {
		p := makeOf(t, people, d, Options{Workers: workers})
		if first == nil {
			first = p
		} else if !reflect.DeepEqual(p, first) {
			t.Errorf("%d workers: another release", workers)
		}
	}
}

func TestMakeErrors(t *testing.T) {
	people, d := cases(10, 8)
	for name, o := range map[string]Options{
		"no ledger":      {Source: random(1).Source},
		"no source":      {Ledger: newLedger(t, "1", "1e-6")},
		"length":         {Ledger: newLedger(t, "1", "1e-6"), Source: random(1).Source, Length: 4},
		"negative":       {Ledger: newLedger(t, "1", "1e-6"), Source: random(1).Source, Length: -1},
		"limit":          {Ledger: newLedger(t, "1", "1e-6"), Source: random(1).Source, Limit: 1},
		"negative limit": {Ledger: newLedger(t, "1", "1e-6"), Source: random(1).Source, Limit: -1},
	} {
		if _, err := Make(context.Background(), people, d, o); err == nil {
			t.Errorf("%s: no error", name)
		}
		if o.Ledger != nil && len(o.Ledger.Spendings()) > 0 {
			t.Errorf("%s: something was spent", name)
		}
	}
}

// TestMakeCancel: a release stops within a second, with the cause.
func TestMakeCancel(t *testing.T) {
	testenv.NotRaces(t)
	people, d := cases(20_000, 9)
	mine := errors.New("enough")
	for _, when := range []string{"counting with noise", "fitting a model", "making records", "estimating counts"} {
		ctx, cancel := context.WithCancelCause(context.Background())
		var at time.Time
		o := Options{Ledger: newLedger(t, "8", "1e-6"), Source: random(1).Source, Progress: func(what string, _, _ int) {
			if what == when && at.IsZero() {
				at = time.Now()
				cancel(mine)
			}
		}}
		if _, err := Make(ctx, people, d, o); !errors.Is(err, mine) {
			t.Errorf("%s: %v", when, err)
		} else if late := time.Since(at); late > time.Second {
			t.Errorf("%s: stopped %v late", when, late)
		}
	}
}

func TestDefaultLimit(t *testing.T) {
	for _, c := range []struct {
		values []int
		want   int
	}{
		{[]int{1}, 2}, {[]int{1, 1, 1, 1, 1, 1, 1}, 3}, {[]int{5, 5, 5}, 3}, {[]int{5, 1, 1, 1, 1}, 3},
	} {
		if got := DefaultLimit(&Domain{Columns: columnsOf(c.values...)}); got != c.want {
			t.Errorf("%v: %d, not %d", c.values, got, c.want)
		}
	}
}

// BenchmarkMake makes releases of simulated wide and sparse case data.
func BenchmarkMake(b *testing.B) {
	people, d := cases(50_000, 1)
	if testenv.Long() {
		people, d = readShared(b, "sparse_cases_simulated", false)
	}
	for b.Loop() {
		_, err := Make(context.Background(), people, d, Options{Ledger: newLedger(b, "1", "1.85e-6"), Source: random(1).Source})
		if err != nil {
			b.Fatal(err)
		}
	}
}
