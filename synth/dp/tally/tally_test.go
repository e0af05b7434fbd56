package tally

import (
	"errors"
	"fmt"
	"math"
	"math/big"
	"slices"
	"testing"

	"github.com/opencovey/covey/internal/testenv"
	"github.com/opencovey/covey/privacy/budget"
	"github.com/opencovey/covey/synth/dp/coded"
)

// mixed are three columns that may be blank and one that may not.
func mixed() *coded.Domain {
	d := flags(2, 1, 3)
	d.Columns = append(d.Columns, coded.Column{Size: 2})
	return d
}

// attributesOf lists the attributes of a row by their definition.
func attributesOf(s *Space, r *coded.Records, i int) (all []int) {
	first := 0
	for j, c := range s.Domain.Columns {
		code := int(r.Codes[j][i])
		values := c.Size
		if c.Blank {
			values, code = values-1, code-1
		}
		if code >= 0 {
			all = append(all, first+code)
		}
		first += values
	}
	return all
}

// TestExact: without noise, counts are those of people, found by brute force.
func TestExact(t *testing.T) {
	src := source(1)
	for range 50 {
		s := NewSpace(mixed())
		r := randomRecords(s.Domain, 10, src)
		teller := NewTeller(s, r, fresh(wealthy), src)
		teller.weaken = silent
		rho := big.NewRat(1, 1)
		has := func(i int, attributes ...int) int64 {
			all := attributesOf(s, r, i)
			for _, a := range attributes {
				if !slices.Contains(all, a) {
					return 0
				}
			}
			return int64(r.Weights[i])
		}
		count := func(attributes ...int) (n int64) {
			for i := range r.Len() {
				n += has(i, attributes...)
			}
			return n
		}
		if n, _ := must2(teller.People(rho)); n != count() {
			t.Fatalf("%d people, want %d", n, count())
		}
		from := []int{0, 2, 3}
		filled, _ := must2(teller.Filled(rho, from))
		want := make([]int64, len(from))
		for i := range r.Len() {
			n, at := 0, 0
			for j := range r.Codes {
				if s.Attribute(j, r.Codes[j][i]) >= 0 {
					n++
				}
			}
			for at+1 < len(from) && from[at+1] <= n {
				at++
			}
			want[at] += int64(r.Weights[i])
		}
		if !slices.Equal(filled, want) {
			t.Fatalf("people by number of values %v, want %v", filled, want)
		}
		singles, pairs := must(teller.Singles(rho, 4)), must(teller.Pairs(rho, 4))
		var combinations [][]int32
		for b := range s.Len() {
			if singles.Counts[b] != count(b) {
				t.Fatalf("%d people with %d, want %d", singles.Counts[b], b, count(b))
			}
			for a := range b {
				want := count(a, b)
				if got := pairs.Counts[Index(a, b)]; got != want {
					t.Fatalf("%d people with %d and %d, want %d", got, a, b, want)
				}
				for c := b + 1; c < s.Len(); c++ {
					if s.Column[a] < s.Column[b] && s.Column[b] < s.Column[c] {
						combinations = append(combinations, []int32{int32(a), int32(b), int32(c)})
					}
				}
			}
		}
		listed, _ := must2(teller.Listed(rho, 4, combinations))
		for i, c := range combinations {
			if want := count(int(c[0]), int(c[1]), int(c[2])); listed[i] != want {
				t.Fatalf("%d people with %v, want %d", listed[i], c, want)
			}
		}
	}
}

func must2[A, B any](a A, b B, err error) (A, B) {
	if err != nil {
		panic(err)
	}
	return a, b
}

// TestNoise: the noise of every table has the variance that is stated for it, and that of each count is its own.
func TestNoise(t *testing.T) {
	testenv.NotRaces(t)
	if err := checkNoise(nil); err != nil {
		t.Error(err)
	}
	for name, weaken := range map[string]func(*weakness){
		"a quarter of the variance": func(w *weakness) { w.quiet = 4 },
		"no noise":                  silent,
	} {
		if checkNoise(weaken) == nil {
			t.Errorf("%s: not seen", name)
		}
	}
}

// checkNoise makes counts of nobody again and again. Sums of n squares of noise with variance v have the mean n*v and, since its fourth moment is no more
// than that of the normal distribution, at most the variance 2*n*v*v. So has the square of the sum of all noise of a table, if its parts are independent.
func checkNoise(weaken func(*weakness)) error {
	s := NewSpace(flags(7, 1, 3))
	teller := NewTeller(s, everybody(3), nil, source(2))
	teller.weaken = weaken
	type sums struct {
		n, variance, squares, together float64
	}
	tables := map[string]*sums{}
	add := func(name string, variance float64, noise ...int64) {
		x := tables[name]
		if x == nil {
			x = &sums{}
			tables[name] = x
		}
		x.n += float64(len(noise))
		x.variance = variance
		sum := 0.0
		for _, y := range noise {
			x.squares += float64(y) * float64(y)
			sum += float64(y)
		}
		x.together += sum * sum
	}
	const runs = 1500
	rho := big.NewRat(1, 40)
	for range runs {
		teller.ledger = fresh(wealthy)
		n, v := must2(teller.People(rho))
		add("people", v, n)
		filled, v := must2(teller.Filled(rho, []int{0, 1, 2}))
		add("filled", v, filled...)
		singles := must(teller.Singles(rho, 3))
		for j := range 3 {
			add(fmt.Sprint("singles ", j), singles.Variance[j], singles.Counts[s.First[j]:s.First[j+1]]...)
		}
		pairs := must(teller.Pairs(rho, 3))
		for k := range 3 {
			for j := range k {
				var noise []int64
				for b := s.First[k]; b < s.First[k+1]; b++ {
					noise = append(noise, pairs.Counts[Index(s.First[j], b):Index(s.First[j+1], b)]...)
				}
				add(fmt.Sprint("pairs ", j, k), pairs.Variance[j][k], noise...)
			}
		}
		listed, v := must2(teller.Listed(rho, 3, [][]int32{{0, 7, 8}, {1, 7, 9}}))
		add("listed", v, listed...)
	}
	for name, x := range tables {
		if z := (x.squares/x.variance - x.n) / math.Sqrt(2*x.n); math.Abs(z) > far {
			return fmt.Errorf("%s: variance %g times what it should be", name, x.squares/x.n/x.variance)
		}
		if z := (x.together/x.variance/x.n - 1) * math.Sqrt(runs/2.0); math.Abs(z) > far {
			return fmt.Errorf("%s: the sum of the noise has %g times the variance that it should have", name, x.together/x.variance/x.n)
		}
	}
	return nil
}

// TestSpace: attributes and codes are numbered there and back.
func TestSpace(t *testing.T) {
	s := NewSpace(mixed())
	if s.Len() != 8 {
		t.Fatalf("%d attributes, want 8", s.Len())
	}
	seen := map[int]bool{}
	for j, c := range s.Domain.Columns {
		for code := range uint16(c.Size) {
			a := s.Attribute(j, code)
			if a < 0 {
				if code != 0 || !c.Blank {
					t.Errorf("column %d, code %d has no attribute", j, code)
				}
				continue
			}
			if s.Code(a) != code || int(s.Column[a]) != j || seen[a] {
				t.Errorf("column %d, code %d is attribute %d, which is column %d, code %d", j, code, a, s.Column[a], s.Code(a))
			}
			seen[a] = true
		}
	}
	if len(seen) != s.Len() {
		t.Errorf("%d attributes, want %d", len(seen), s.Len())
	}
}

// TestRefusal: what the ledger refuses is not counted. These records cannot be read: whoever tries panics.
func TestRefusal(t *testing.T) {
	poor := must(budget.NewLedger(budget.Budget{Epsilon: big.NewRat(1, 10), Delta: big.NewRat(1, 1_000_000), Accounting: budget.GaussianCurve}))
	much, little := big.NewRat(1, 10), big.NewRat(1, 1_000_000)
	for name, count := range mechanisms {
		ledger := fresh(poor)
		teller := NewTeller(NewSpace(flags(2, 2, 2)), nil, ledger, nil)
		if err := count(teller, much); !errors.Is(err, budget.ErrExhausted) {
			t.Errorf("%s: %v", name, err)
		}
		for _, rho := range []*big.Rat{nil, new(big.Rat), big.NewRat(-1, 1)} {
			if count(teller, rho) == nil {
				t.Errorf("%s: made for rho %v", name, rho)
			}
		}
		if n := len(ledger.Spendings()); n != 0 {
			t.Errorf("%s: %d spendings of what was refused", name, n)
		}
		if !panics(func() { _ = count(teller, little) }) {
			t.Errorf("%s: did not read the records, so that this test sees nothing", name)
		}
		teller.weaken = func(w *weakness) { w.free = true }
		if !panics(func() { _ = count(teller, much) }) {
			t.Errorf("%s: a teller that pays nothing is refused", name)
		}
	}
}

func panics(f func()) (yes bool) {
	defer func() { yes = recover() != nil }()
	f()
	return false
}

// mechanisms are all ways to count.
var mechanisms = map[string]func(t *Teller, rho *big.Rat) error{
	"people": func(t *Teller, rho *big.Rat) error { _, _, err := t.People(rho); return err },
	"filled": func(t *Teller, rho *big.Rat) error { _, _, err := t.Filled(rho, []int{0, 2}); return err },
	"singles": func(t *Teller, rho *big.Rat) error {
		_, err := t.Singles(rho, 3)
		return err
	},
	"pairs": func(t *Teller, rho *big.Rat) error {
		_, err := t.Pairs(rho, 3)
		return err
	},
	"listed": func(t *Teller, rho *big.Rat) error {
		_, _, err := t.Listed(rho, 3, [][]int32{{0, 2, 4}})
		return err
	},
}

// TestSpending: each count costs what was asked, less at most what thirty binary digits of a variance leave, and never more.
func TestSpending(t *testing.T) {
	for _, accounting := range []budget.Accounting{budget.Concentrated, budget.GaussianCurve} {
		start := must(budget.NewLedger(budget.Budget{Epsilon: big.NewRat(100, 1), Delta: big.NewRat(1, 10), Accounting: accounting}))
		for name, count := range mechanisms {
			for _, rho := range []*big.Rat{big.NewRat(1, 1_000_000), big.NewRat(1, 700), big.NewRat(1, 9), big.NewRat(20, 1)} {
				ledger := fresh(start)
				teller := NewTeller(NewSpace(flags(2, 30, 1)), everybody(3), ledger, source(3))
				if err := count(teller, rho); err != nil {
					t.Fatal(err)
				}
				if len(ledger.Spendings()) != 1 {
					t.Fatalf("%s: %d spendings", name, len(ledger.Spendings()))
				}
				ratio := float(new(big.Rat).Quo(spent(ledger), rho))
				if ratio > 1 || ratio < 1-1e-5 && rho.Cmp(big.NewRat(1, 1)) < 0 {
					t.Errorf("%s, %s: spent %v of what was asked", name, accounting, ratio)
				}
				if left := new(big.Rat).Add(ledger.Remaining(), spent(ledger)); left.Cmp(start.Remaining()) != 0 {
					t.Errorf("%s: what is left and what was spent do not add up", name)
				}
			}
		}
	}
}

// TestNoNoise: if noise cannot be made, nothing is returned, least of all counts without it.
func TestNoNoise(t *testing.T) {
	src := source(4)
	s := NewSpace(flags(2, 2, 2))
	teller := NewTeller(s, everybody(3, []uint16{1, 1, 1}), fresh(wealthy), src)
	teller.weaken = func(w *weakness) { w.quiet = -1 } // a variance below 0
	rho := big.NewRat(1, 10)
	if n, _, err := teller.People(rho); n != 0 || err == nil {
		t.Error("people:", n, err)
	}
	if n, _, err := teller.Filled(rho, []int{0}); n != nil || err == nil {
		t.Error("filled:", n, err)
	}
	if n, err := teller.Singles(rho, 3); n != nil || err == nil {
		t.Error("singles:", n, err)
	}
	if n, err := teller.Pairs(rho, 3); n != nil || err == nil {
		t.Error("pairs:", n, err)
	}
	if n, _, err := teller.Listed(rho, 3, [][]int32{{0, 2, 4}}); n != nil || err == nil {
		t.Error("listed:", n, err)
	}
}
