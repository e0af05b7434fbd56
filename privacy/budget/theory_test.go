package budget_test

import (
	"math"
	"math/big"
	"testing"

	"github.com/opencovey/covey/privacy/budget"
)

// The tests of this file compute privacy losses of small mechanisms from their
// probabilities, and hold what the package charges to them. They involve no chance.

// discreteGaussian returns the probabilities of -reach to reach.
func discreteGaussian(variance float64, reach int) []float64 {
	p, sum := make([]float64, 2*reach+1), 0.0
	for i := range p {
		x := float64(i - reach)
		p[i] = math.Exp(-x * x / (2 * variance))
		sum += p[i]
	}
	for i := range p {
		p[i] /= sum
	}
	return p
}

// convolve returns the distribution of a sum.
func convolve(p, q []float64) []float64 {
	r := make([]float64, len(p)+len(q)-1)
	for i, a := range p {
		for j, b := range q {
			r[i+j] += a * b
		}
	}
	return r
}

// gaussianDelta is the exact delta of discrete Gaussian noise when one person is in m
// counts: with s the sum of the noise in these, the privacy loss is
// (2s + m)/(2 sigma^2), and delta the mean of the positive part of 1-exp(epsilon-loss).
func gaussianDelta(variance float64, m int, epsilon float64) float64 {
	single := discreteGaussian(variance, int(20*math.Sqrt(variance)))
	sum := []float64{1}
	for range m {
		sum = convolve(sum, single)
	}
	delta := 0.0
	for i, p := range sum {
		s := float64(i - len(sum)/2)
		delta += p * max(0, -math.Expm1(epsilon-(2*s+float64(m))/(2*variance)))
	}
	return delta
}

// worst returns by which factor the exact delta exceeds the claimed one at worst, over
// variances, numbers of counts and values of epsilon; 1 or less is a valid claim.
func worst(t *testing.T, claim func(variance *big.Rat, m int64) (budget.Accounting, *big.Rat)) float64 {
	t.Helper()
	factor := 0.0
	for _, variance := range []*big.Rat{big.NewRat(21, 10), big.NewRat(5, 2), big.NewRat(4, 1), big.NewRat(12, 1)} {
		for _, m := range []int64{1, 2, 5} {
			accounting, rho := claim(variance, m)
			for i := range 12 {
				epsilon := big.NewRat(int64(i*i), 20)
				delta, err := accounting.Delta(rho, epsilon)
				if err != nil {
					t.Fatal(err)
				}
				exact := gaussianDelta(float(variance), int(m), float(epsilon))
				if exact > 1e-12 { // below, sums of float64 are too rough
					factor = max(factor, exact/float(delta))
				}
			}
		}
	}
	return factor
}

// TestDiscreteGaussianLoss: what discrete Gaussian noise is charged covers its exact
// loss under both accountings, for small variances too.
func TestDiscreteGaussianLoss(t *testing.T) {
	for _, accounting := range []budget.Accounting{budget.Concentrated, budget.GaussianCurve} {
		factor := worst(t, func(variance *big.Rat, m int64) (budget.Accounting, *big.Rat) {
			s, err := budget.Gaussian("counts", big.NewRat(m, 1), variance)
			if err != nil {
				t.Fatal(err)
			}
			rho, err := s.Rho(accounting)
			if err != nil {
				t.Fatal(err)
			}
			return accounting, rho
		})
		if factor > 1 {
			t.Errorf("%s: the exact delta is %.9g times the claimed one", accounting, factor)
		}
	}
}

// TestMutantGaussianLoss: the continuous curve does not hold for discrete noise as it
// is, and smaller costs hold under neither accounting.
func TestMutantGaussianLoss(t *testing.T) {
	rho := func(factor int64) func(variance *big.Rat, m int64) *big.Rat {
		return func(variance *big.Rat, m int64) *big.Rat {
			r := new(big.Rat).Quo(big.NewRat(m*factor, 200), variance)
			return r
		}
	}
	for name, claim := range map[string]func(variance *big.Rat, m int64) (budget.Accounting, *big.Rat){
		"discreteness forgotten": func(v *big.Rat, m int64) (budget.Accounting, *big.Rat) {
			return budget.GaussianCurve, rho(100)(v, m)
		},
		"half the cost": func(v *big.Rat, m int64) (budget.Accounting, *big.Rat) {
			return budget.Concentrated, rho(50)(v, m)
		},
		"one count for all": func(v *big.Rat, _ int64) (budget.Accounting, *big.Rat) {
			return budget.Concentrated, rho(100)(v, 1)
		},
	} {
		if worst(t, claim) <= 1 {
			t.Errorf("%s: not seen", name)
		}
	}
}

// renyi is the Rényi divergence of an order above 1.
func renyi(p, q []float64, order float64) float64 {
	sum := 0.0
	for i := range p {
		if p[i] > 0 {
			sum += q[i] * math.Pow(p[i]/q[i], order)
		}
	}
	return math.Log(sum) / (order - 1)
}

// pair is what a mechanism gives on two neighbours, and what it is charged.
type pair struct {
	name string
	p, q []float64
	cost *big.Rat
}

// pairs are neighbours that lose as much as any, or nearly.
func pairs(t *testing.T) []pair {
	var list []pair
	add := func(name string, p, q []float64, s budget.Spending, err error) {
		if err != nil {
			t.Fatal(err)
		}
		rho, err := s.Rho(budget.Concentrated)
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, pair{name, p, q, rho})
	}
	for _, v := range []int64{1, 4, 30} {
		p := discreteGaussian(float64(v), 200)
		s, err := budget.Gaussian("count", big.NewRat(1, 1), big.NewRat(v, 1))
		add("gaussian", p[:len(p)-1], p[1:], s, err)
	}
	for _, scale := range []int64{1, 3, 40} {
		p, sum := make([]float64, 2401), 0.0
		for i := range p {
			p[i] = math.Exp(-math.Abs(float64(i-1200)) / float64(scale))
			sum += p[i]
		}
		for i := range p {
			p[i] /= sum
		}
		s, err := budget.Laplace("count", big.NewRat(1, 1), big.NewRat(scale, 1))
		add("laplace", p[:len(p)-1], p[1:], s, err)
	}
	for _, epsilon := range []int64{1, 10, 40} { // tenths
		for _, others := range []float64{1, 3, 100} {
			e := float64(epsilon) / 10
			up := math.Exp(e/2) / (math.Exp(e/2) + others*math.Exp(-e/2))
			p, q := []float64{1 / (1 + others), others / (1 + others)}, []float64{up, 1 - up}
			s, err := budget.Choice("column", big.NewRat(epsilon, 10))
			add("exponential", p, q, s, err)
			add("exponential", q, p, s, err)
		}
	}
	return list
}

// excess returns by which factor the Rényi divergence exceeds rho*order at worst.
func excess(p, q []float64, rho float64) float64 {
	factor := 0.0
	for _, order := range []float64{1.001, 1.1, 1.5, 2, 4, 10, 30} {
		factor = max(factor, renyi(p, q, order)/(rho*order))
	}
	return factor
}

// TestConcentratedCosts: the Rényi divergence of every order is at most rho times the
// order. And the costs are not larger than needed: 5 % less does not hold for the worst
// pair of each mechanism.
func TestConcentratedCosts(t *testing.T) {
	largest := map[string]float64{}
	for _, pair := range pairs(t) {
		factor := excess(pair.p, pair.q, float(pair.cost))
		if factor > 1+1e-9 {
			t.Errorf("%s: rho %s: the divergence is %g times what is charged", pair.name, budget.Text(pair.cost), factor)
		}
		largest[pair.name] = max(largest[pair.name], factor)
	}
	for _, name := range []string{"gaussian", "laplace", "exponential"} {
		if largest[name] < 0.95 {
			t.Errorf("%s: a mutant that charges 5 %% less is not seen: worst factor %g", name, largest[name])
		}
	}
}
