package budget_test

import (
	"errors"
	"fmt"
	"math/big"
	"strings"
	"sync"
	"testing"

	"github.com/opencovey/covey/privacy/budget"
)

func promise(t testing.TB, epsilon, delta string, a budget.Accounting) budget.Budget {
	t.Helper()
	return budget.Budget{Epsilon: number(t, epsilon), Delta: number(t, delta), Accounting: a}
}

func newLedger(t testing.TB, b budget.Budget) *budget.Ledger {
	t.Helper()
	l, err := budget.NewLedger(b)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// costing returns Gaussian noise that costs exactly rho under an accounting.
func costing(t testing.TB, a budget.Accounting, what string, rho *big.Rat) budget.Spending {
	t.Helper()
	variance := new(big.Rat).Inv(rho)
	variance.Mul(variance, big.NewRat(1, 2))
	if a == budget.GaussianCurve {
		variance.Add(variance, big.NewRat(2, 1))
	}
	s, err := budget.Gaussian(what, big.NewRat(1, 1), variance)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func times(r *big.Rat, a, b int64) *big.Rat { return new(big.Rat).Mul(r, big.NewRat(a, b)) }

// spender is what checkLedger looks at, so that a mutant can take its place.
type spender interface{ Spend(budget.Spending) error }

// checkLedger tries to overspend. allowed is what the promise (1, 1e-6) allows.
func checkLedger(t *testing.T, accounting budget.Accounting, open func() spender) error {
	allowed, err := accounting.Rho(number(t, "1"), number(t, "1e-6"))
	if err != nil {
		return err
	}
	accepts := func(list ...budget.Spending) bool {
		l := open()
		for _, s := range list[:len(list)-1] {
			if err := l.Spend(s); err != nil {
				t.Fatalf("spend %v: %v", s, err)
			}
		}
		err := l.Spend(list[len(list)-1])
		if err != nil && !errors.Is(err, budget.ErrExhausted) {
			t.Fatal(err)
		}
		return err == nil
	}
	third, tiny := costing(t, accounting, "third", times(allowed, 1, 3)), costing(t, accounting, "tiny", number(t, "1e-25"))
	tenths := make([]budget.Spending, 10)
	for i := range tenths {
		tenths[i] = costing(t, accounting, "tenth", times(allowed, 1, 10))
	}
	threshold, err := budget.Reveal("countries", number(t, "1e-7"))
	if err != nil {
		return err
	}
	whole := costing(t, accounting, "all", allowed)
	for _, test := range []struct {
		name string
		want bool
		list []budget.Spending
	}{
		{"all at once", true, []budget.Spending{whole}},
		{"a little more than all", false, []budget.Spending{costing(t, accounting, "more", times(allowed, 1e15+1, 1e15))}},
		{"three thirds", true, []budget.Spending{third, third, third}},
		{"three thirds and a trace", false, []budget.Spending{third, third, third, tiny}},
		{"four thirds", false, []budget.Spending{third, third, third, third}},
		{"ten tenths", true, tenths},
		{"ten tenths and a trace", false, append(tenths[:10:10], tiny)},
		{"all and a threshold", false, []budget.Spending{whole, threshold}},
		{"a threshold and all", false, []budget.Spending{threshold, whole}},
		{"a threshold and a third", true, []budget.Spending{threshold, third}},
		{"ten thresholds", false, []budget.Spending{
			threshold, threshold, threshold, threshold, threshold,
			threshold, threshold, threshold, threshold, threshold,
		}},
	} {
		if got := accepts(test.list...); got != test.want {
			return fmt.Errorf("%s: accepted %v, want %v", test.name, got, test.want)
		}
	}
	return nil
}

var accountings = []budget.Accounting{budget.Concentrated, budget.GaussianCurve}

func TestLedgerRefuses(t *testing.T) {
	for _, a := range accountings {
		if err := checkLedger(t, a, func() spender { return newLedger(t, promise(t, "1", "1e-6", a)) }); err != nil {
			t.Errorf("%s: %v", a, err)
		}
	}
}

// mutantLedger accepts what refuses does not refuse.
type mutantLedger struct {
	rho     *big.Rat
	list    []budget.Spending
	refuses func(m *mutantLedger, next budget.Spending) bool
}

func (m *mutantLedger) Spend(s budget.Spending) error {
	if m.refuses(m, s) {
		return budget.ErrExhausted
	}
	m.list = append(m.list, s)
	return nil
}

func (m *mutantLedger) sum(list ...budget.Spending) *big.Rat {
	sum := new(big.Rat)
	for _, s := range list {
		rho, err := s.Rho(budget.Concentrated)
		if err != nil {
			panic(err)
		}
		sum.Add(sum, rho)
	}
	return sum
}

func TestMutantLedger(t *testing.T) {
	allowed, err := budget.Concentrated.Rho(number(t, "1"), number(t, "1e-6"))
	if err != nil {
		t.Fatal(err)
	}
	for name, refuses := range map[string]func(m *mutantLedger, s budget.Spending) bool{
		"looks before it adds": func(m *mutantLedger, _ budget.Spending) bool { return m.sum(m.list...).Cmp(allowed) >= 0 },
		"forgets thresholds":   func(m *mutantLedger, s budget.Spending) bool { return m.sum(append(m.list, s)...).Cmp(allowed) > 0 },
		"refuses an exact fit": func(m *mutantLedger, s budget.Spending) bool { return m.sum(append(m.list, s)...).Cmp(allowed) >= 0 },
		"counts each alone":    func(m *mutantLedger, s budget.Spending) bool { return m.sum(s).Cmp(allowed) > 0 },
		"floating point": func(m *mutantLedger, s budget.Spending) bool {
			sum := float(m.sum(s))
			for _, before := range m.list {
				sum += float(m.sum(before))
			}
			return sum > float(allowed)
		},
	} {
		if checkLedger(t, budget.Concentrated, func() spender { return &mutantLedger{rho: allowed, refuses: refuses} }) == nil {
			t.Errorf("%s: not seen", name)
		}
	}
}

// TestRefusalChangesNothing: a refused spending leaves no trace, and the error says
// what was missing.
func TestRefusalChangesNothing(t *testing.T) {
	l := newLedger(t, promise(t, "1", "1e-6", ""))
	all := l.Remaining()
	if err := l.Spend(costing(t, "", "pairs", times(all, 3, 4))); err != nil {
		t.Fatal(err)
	}
	err := l.Spend(costing(t, "", "triples", times(all, 1, 2)))
	var exhausted *budget.ExhaustedError
	if !errors.As(err, &exhausted) || exhausted.What != "triples" || exhausted.Hint() == "" || exhausted.Delta ||
		exhausted.Needed.Cmp(times(all, 1, 2)) != 0 || exhausted.Left.Cmp(times(all, 1, 4)) != 0 {
		t.Fatalf("got %v", err)
	}
	if text := err.Error(); !strings.Contains(text, "needs rho 0.012178") || !strings.Contains(text, "but 0.00608899 is left") {
		t.Error(text)
	}
	if len(l.Spendings()) != 1 || l.Remaining().Cmp(times(all, 1, 4)) != 0 {
		t.Errorf("%d spendings, %v left", len(l.Spendings()), l.Remaining())
	}
	threshold, err := budget.Reveal("countries", number(t, "1e-6"))
	if err != nil {
		t.Fatal(err)
	}
	if err := l.Spend(threshold); !errors.As(err, &exhausted) || !exhausted.Delta {
		t.Errorf("got %v", err)
	}
	if _, delta, _, err := l.Spent(); err != nil || delta.Sign() != 0 {
		t.Errorf("delta %v (%v)", delta, err)
	}
}

// TestSpent: spending all that is allowed loses epsilon, up to the twelfth digit;
// thresholds take their part.
func TestSpent(t *testing.T) {
	for _, a := range accountings {
		l := newLedger(t, promise(t, "2", "1e-6", a))
		threshold, err := budget.Reveal("countries", number(t, "5e-7"))
		if err != nil {
			t.Fatal(err)
		}
		if err := l.Spend(threshold); err != nil {
			t.Fatal(err)
		}
		if err := l.Spend(costing(t, a, "pairs", l.Remaining())); err != nil {
			t.Fatal(err)
		}
		rho, delta, epsilon, err := l.Spent()
		if err != nil {
			t.Fatal(err)
		}
		want, err := a.Rho(number(t, "2"), number(t, "5e-7"))
		if err != nil {
			t.Fatal(err)
		}
		if rho.Cmp(want) != 0 || delta.Cmp(number(t, "5e-7")) != 0 || l.Remaining().Sign() != 0 {
			t.Errorf("%s: spent %v and %v, left %v", a, rho, delta, l.Remaining())
		}
		if epsilon.Cmp(number(t, "2")) > 0 || float(epsilon) < 2-1e-9 {
			t.Errorf("%s: epsilon %v", a, epsilon)
		}
	}
}

// TestConcurrentSpending: of twenty goroutines that spend a tenth each, ten succeed.
func TestConcurrentSpending(t *testing.T) {
	l := newLedger(t, promise(t, "1", "1e-9", ""))
	tenth := costing(t, "", "tenth", times(l.Remaining(), 1, 10))
	var wait sync.WaitGroup
	var mu sync.Mutex
	accepted := 0
	for range 20 {
		wait.Go(func() {
			if l.Spend(tenth) == nil {
				mu.Lock()
				accepted++
				mu.Unlock()
			}
		})
	}
	wait.Wait()
	if accepted != 10 || len(l.Spendings()) != 10 || l.Remaining().Sign() != 0 {
		t.Errorf("%d accepted, %d entered, %v left", accepted, len(l.Spendings()), l.Remaining())
	}
}

func TestCosts(t *testing.T) {
	for _, test := range []struct {
		name                string
		spending            func() (budget.Spending, error)
		concentrated, curve string // "" if there is no cost
		text                string
	}{
		{
			"gaussian", func() (budget.Spending, error) { return budget.Gaussian("pairs", number(t, "3"), number(t, "150")) },
			"0.01", "3/296", "pairs: discrete gaussian, squared sensitivity 3, variance 150",
		},
		{
			"gaussian with little noise", func() (budget.Spending, error) { return budget.Gaussian("pairs", number(t, "1"), number(t, "2")) },
			"0.25", "", "pairs: discrete gaussian, squared sensitivity 1, variance 2",
		},
		{
			"gaussian on fractions", func() (budget.Spending, error) { return budget.Gaussian("pairs", number(t, "1/2"), number(t, "50")) },
			"0.005", "", "pairs: discrete gaussian, squared sensitivity 0.5, variance 50",
		},
		{
			"laplace", func() (budget.Spending, error) { return budget.Laplace("people", number(t, "1"), number(t, "4")) },
			"1/32", "", "people: discrete laplace, sensitivity 1, scale 4",
		},
		{
			"choice", func() (budget.Spending, error) { return budget.Choice("next pair", number(t, "0.1")) },
			"0.00125", "", "next pair: exponential, epsilon 0.1",
		},
		{
			"threshold", func() (budget.Spending, error) { return budget.Reveal("countries", number(t, "1e-9")) },
			"0", "0", "countries: threshold, delta 0.000000001",
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			s, err := test.spending()
			if err != nil {
				t.Fatal(err)
			}
			if !strings.HasPrefix(test.text, s.What()+": "+string(s.Mechanism())+",") || (s.Delta().Sign() > 0) != (s.Mechanism() == budget.Threshold) {
				t.Errorf("%s, %s, delta %v", s.What(), s.Mechanism(), s.Delta())
			}
			if s.String() != test.text {
				t.Errorf("described as %q", s)
			}
			for a, want := range map[budget.Accounting]string{budget.Concentrated: test.concentrated, budget.GaussianCurve: test.curve} {
				rho, err := s.Rho(a)
				switch {
				case (want == "") != (err != nil):
					t.Errorf("%s: %v", a, err)
				case want != "" && rho.Cmp(number(t, want)) != 0:
					t.Errorf("%s: rho %s", a, budget.Text(rho))
				}
			}
			if _, err := s.Rho("other"); err == nil {
				t.Error("an unknown accounting is accepted")
			}
		})
	}
}

func TestInvalidSpendings(t *testing.T) {
	one, long := big.NewRat(1, 1), new(big.Rat).SetFrac(new(big.Int).Lsh(big.NewInt(1), 300), big.NewInt(3))
	for name, bad := range map[string]*big.Rat{"nil": nil, "zero": new(big.Rat), "negative": big.NewRat(-1, 1), "long": long} {
		_, e1 := budget.Gaussian("x", bad, one)
		_, e2 := budget.Gaussian("x", one, bad)
		_, e3 := budget.Laplace("x", bad, one)
		_, e4 := budget.Laplace("x", one, bad)
		_, e5 := budget.Choice("x", bad)
		_, e6 := budget.Reveal("x", bad)
		for i, err := range []error{e1, e2, e3, e4, e5, e6} {
			if err == nil {
				t.Errorf("%s number: spending %d is accepted", name, i+1)
			}
		}
		if name != "zero" && name != "negative" {
			continue
		}
		if _, err := budget.NewLedger(budget.Budget{Epsilon: bad, Delta: one}); err == nil {
			t.Errorf("%s epsilon is accepted", name)
		}
	}
	for _, what := range []string{"", strings.Repeat("x", 1001), "\xff"} {
		if _, err := budget.Choice(what, one); err == nil {
			t.Errorf("description %.10q is accepted", what)
		}
	}
	if err := newLedger(t, promise(t, "1", "1e-9", "")).Spend(budget.Spending{}); err == nil {
		t.Error("an empty spending is accepted")
	}
	curve := newLedger(t, promise(t, "1", "1e-9", budget.GaussianCurve))
	choice, err := budget.Choice("pair", number(t, "1e-6"))
	if err != nil {
		t.Fatal(err)
	}
	if err := curve.Spend(choice); err == nil {
		t.Error("the curve accepts a choice")
	}
	wide, err := budget.Gaussian("too many cells", big.NewRat(1<<20+1, 1), number(t, "1e15"))
	if err != nil {
		t.Fatal(err)
	}
	if err := curve.Spend(wide); err == nil {
		t.Error("the curve accepts more than 2^20 cells")
	}
}

// TestSpendingsAreCopied: changing a number after the spending was made changes
// nothing.
func TestSpendingsAreCopied(t *testing.T) {
	variance := big.NewRat(100, 1)
	s, err := budget.Gaussian("x", big.NewRat(1, 1), variance)
	if err != nil {
		t.Fatal(err)
	}
	variance.SetInt64(1_000_000)
	if rho, err := s.Rho(budget.Concentrated); err != nil || rho.Cmp(big.NewRat(1, 200)) != 0 {
		t.Errorf("rho is %v (%v)", rho, err)
	}
	b := promise(t, "1", "1e-9", "")
	l := newLedger(t, b)
	b.Epsilon.SetInt64(100)
	l.Budget().Epsilon.SetInt64(100)
	l.Remaining().SetInt64(100)
	if l.Budget().Epsilon.Cmp(big.NewRat(1, 1)) != 0 || l.Remaining().Cmp(big.NewRat(1, 1)) > 0 {
		t.Error("the promise changed")
	}
}
