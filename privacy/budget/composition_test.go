package budget_test

import (
	"math"
	"math/big"
	"math/rand/v2"
	"testing"

	"github.com/opencovey/covey/privacy/budget"
)

// outcome is one result of a mechanism: its probability with a person, and without.
type outcome struct{ p, q float64 }

// outcomes pairs two distributions.
func outcomes(p, q []float64) []outcome {
	list := make([]outcome, len(p))
	for i := range p {
		list[i] = outcome{p[i], q[i]}
	}
	return list
}

// product is the distribution of two independent results.
func product(a, b []outcome) []outcome {
	list := make([]outcome, 0, len(a)*len(b))
	for _, x := range a {
		for _, y := range b {
			list = append(list, outcome{x.p * y.p, x.q * y.q})
		}
	}
	return list
}

// exactDelta is the least delta for which all results together are
// (epsilon, delta)-private, on these neighbours.
func exactDelta(list []outcome, epsilon float64) float64 {
	delta, reverse := 0.0, 0.0
	for _, o := range list {
		delta += max(0, o.p-math.Exp(epsilon)*o.q)
		reverse += max(0, o.q-math.Exp(epsilon)*o.p)
	}
	return max(delta, reverse)
}

// step is a mechanism with its probabilities on the worst neighbours.
type step struct {
	list     []outcome
	spending func() (budget.Spending, error)
}

func gaussianStep(variance int64) step {
	p := discreteGaussian(float64(variance), int(9*math.Sqrt(float64(variance))))
	return step{
		outcomes(p[:len(p)-1], p[1:]),
		func() (budget.Spending, error) {
			return budget.Gaussian("g", big.NewRat(1, 1), big.NewRat(variance, 1))
		},
	}
}

func laplaceStep(scale int64) step {
	p, sum := make([]float64, 30*scale), 0.0
	for i := range p {
		p[i] = math.Exp(-math.Abs(float64(int64(i)-15*scale)) / float64(scale))
		sum += p[i]
	}
	for i := range p {
		p[i] /= sum
	}
	return step{
		outcomes(p[:len(p)-1], p[1:]),
		func() (budget.Spending, error) { return budget.Laplace("l", big.NewRat(1, 1), big.NewRat(scale, 1)) },
	}
}

func choiceStep(epsilon *big.Rat) step {
	up := 1 / (1 + math.Exp(-float(epsilon)/2))
	return step{
		[]outcome{{up, 1 - up}, {1 - up, up}},
		func() (budget.Spending, error) { return budget.Choice("c", epsilon) },
	}
}

// compositions are runs of several mechanisms.
var compositions = map[budget.Accounting][][]step{
	budget.Concentrated: {
		{gaussianStep(4), gaussianStep(20)},
		{gaussianStep(9), choiceStep(big.NewRat(1, 1)), choiceStep(big.NewRat(1, 2)), choiceStep(big.NewRat(2, 1))},
		{gaussianStep(16), laplaceStep(3), choiceStep(big.NewRat(1, 1))},
		{laplaceStep(2), laplaceStep(5)},
	},
	budget.GaussianCurve: {
		{gaussianStep(4), gaussianStep(20)},
		{gaussianStep(5), gaussianStep(7), gaussianStep(11)},
		{gaussianStep(50), gaussianStep(40)},
	},
}

// realised returns the largest exact delta of a run over the one in the promise, when
// the ledger says what epsilon was spent. Spendings for which forget is true are not
// entered.
func realised(t *testing.T, a budget.Accounting, steps []step, forget func(i int) bool) float64 {
	t.Helper()
	list := []outcome{{1, 1}}
	for _, s := range steps {
		list = product(list, s.list)
	}
	worst := 0.0
	for _, delta := range []string{"0.1", "0.01", "0.0001"} {
		l := newLedger(t, promise(t, "100", delta, a))
		for i, s := range steps {
			spending, err := s.spending()
			if err != nil {
				t.Fatal(err)
			}
			if forget(i) {
				continue
			}
			if err := l.Spend(spending); err != nil {
				t.Fatal(err)
			}
		}
		_, _, epsilon, err := l.Spent()
		if err != nil {
			t.Fatal(err)
		}
		worst = max(worst, exactDelta(list, float(epsilon))/float(number(t, delta)))
	}
	return worst
}

// TestComposition: the exact loss of several mechanisms together is within what the
// ledger says, computed from all their results. A mutant ledger that forgets the first
// or all others does not pass.
func TestComposition(t *testing.T) {
	for a, runs := range compositions {
		for i, steps := range runs {
			if worst := realised(t, a, steps, func(int) bool { return false }); worst > 1 {
				t.Errorf("%s, run %d: delta is %g times the promised one", a, i, worst)
			}
			first := realised(t, a, steps, func(i int) bool { return i == 0 })
			others := realised(t, a, steps, func(i int) bool { return i > 0 })
			if first <= 1 && others <= 1 {
				t.Errorf("%s, run %d: forgotten spendings are not seen: %g, %g", a, i, first, others)
			}
		}
	}
}

// TestOptimalOrder: no order alpha gives a better conversion than the one chosen.
func TestOptimalOrder(t *testing.T) {
	r := rand.New(rand.NewPCG(17, 18))
	for range 60 {
		rho, epsilon := random(t, r, -6, 1), random(t, r, -2, 2)
		got, err := budget.Concentrated.Delta(rho, epsilon)
		if err != nil {
			t.Fatal(err)
		}
		best := 1.0
		for i := range 4000 {
			a := math.Exp(-15 + 35*float64(i)/4000)
			ln := a*((1+a)*float(rho)-float(epsilon)) - math.Log(a) + (1+a)*math.Log(a/(1+a))
			best = min(best, math.Exp(ln))
		}
		if best = max(best, 1e-60); float(got) > best*(1+1e-9) {
			t.Errorf("rho %v, epsilon %v: got %g, an order gives %g", rho, epsilon, float(got), best)
		}
	}
}
