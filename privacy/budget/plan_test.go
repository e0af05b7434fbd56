package budget_test

import (
	"math"
	"math/big"
	"math/rand/v2"
	"testing"

	"github.com/opencovey/covey/privacy/budget"
	"github.com/opencovey/covey/privacy/noise"
)

// TestVariance: planned noise costs at most what it may, and with one unit less in its
// thirtieth binary digit it would cost more. It suits package noise.
func TestVariance(t *testing.T) {
	r := rand.New(rand.NewPCG(13, 14))
	for range 300 {
		rho, m := random(t, r, -8, 1), big.NewRat(1+r.Int64N(1000), 1)
		for _, a := range accountings {
			variance, err := a.Variance(m, rho)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := noise.NewGaussian(variance); err != nil {
				t.Fatal(err)
			}
			cost := func(variance *big.Rat) *big.Rat {
				s, err := budget.Gaussian("x", m, variance)
				if err != nil {
					t.Fatal(err)
				}
				c, err := s.Rho(a)
				if err != nil {
					t.Fatal(err)
				}
				return c
			}
			if cost(variance).Cmp(rho) > 0 {
				t.Errorf("%s: variance %v costs more than %v", a, variance, rho)
			}
			less := new(big.Rat).Sub(variance, unit(variance))
			if least := map[budget.Accounting]int64{budget.GaussianCurve: 2}[a]; less.Cmp(big.NewRat(least, 1)) <= 0 {
				continue
			}
			if cost(less).Cmp(rho) <= 0 {
				t.Fatalf("%s: variance %v is larger than needed for %v", a, variance, rho)
			}
		}
	}
	for _, bad := range []*big.Rat{nil, new(big.Rat), big.NewRat(-1, 1)} {
		_, e1 := budget.Concentrated.Variance(bad, big.NewRat(1, 1))
		_, e2 := budget.Concentrated.Variance(big.NewRat(1, 1), bad)
		_, e3 := budget.ChoiceEpsilon(bad)
		_, e4 := budget.RevealThreshold(bad, 1, big.NewRat(1, 100))
		_, e5 := budget.RevealThreshold(big.NewRat(1, 1), 1, bad)
		if e1 == nil || e2 == nil || e3 == nil || e4 == nil || e5 == nil {
			t.Errorf("%v is accepted: %v, %v, %v, %v, %v", bad, e1, e2, e3, e4, e5)
		}
	}
}

// unit is that of the thirtieth binary digit, at least 2^-20.
func unit(r *big.Rat) *big.Rat {
	_, exponent := math.Frexp(float(r))
	return new(big.Rat).SetFloat64(math.Ldexp(1, max(exponent-30, -20)))
}

func TestChoiceEpsilon(t *testing.T) {
	r := rand.New(rand.NewPCG(15, 16))
	for range 300 {
		rho := random(t, r, -8, 1)
		epsilon, err := budget.ChoiceEpsilon(rho)
		if err != nil {
			t.Fatal(err)
		}
		cost := func(epsilon *big.Rat) *big.Rat {
			s, err := budget.Choice("x", epsilon)
			if err != nil {
				t.Fatal(err)
			}
			c, err := s.Rho(budget.Concentrated)
			if err != nil {
				t.Fatal(err)
			}
			return c
		}
		if cost(epsilon).Cmp(rho) > 0 || cost(new(big.Rat).Add(epsilon, new(big.Rat).Mul(unit(epsilon), big.NewRat(2, 1)))).Cmp(rho) <= 0 {
			t.Errorf("epsilon %v for rho %v", epsilon, rho)
		}
	}
}

// revealed is the exact probability that discrete Gaussian noise lifts one of so many
// counts of one person to the threshold, bounded by their sum.
func revealed(variance float64, values int, threshold int64) float64 {
	reach := int(40*math.Sqrt(variance)) + 10
	sum := 0.0
	for i, p := range discreteGaussian(variance, reach) {
		if int64(i-reach)+1 >= threshold {
			sum += p
		}
	}
	return float64(values) * sum
}

// TestRevealThreshold: the threshold keeps its promise, and a threshold lower by two
// does not, so little is given away. With one less, forgetting that a person counts
// one, it would not hold for all.
func TestRevealThreshold(t *testing.T) {
	mutantSeen := false
	for _, variance := range []string{"0.3", "1", "2.5", "100", "12345"} {
		for _, values := range []int{1, 7} {
			for _, delta := range []string{"0.1", "1e-6", "1e-12"} {
				threshold, err := budget.RevealThreshold(number(t, variance), values, number(t, delta))
				if err != nil {
					t.Fatal(err)
				}
				v, d := float(number(t, variance)), float(number(t, delta))
				if p := revealed(v, values, threshold); p > d {
					t.Errorf("variance %s, %d values: %d is reached with probability %g, not %s", variance, values, threshold, p, delta)
				}
				if p := revealed(v, values, threshold-2); p <= d {
					t.Errorf("variance %s, %d values, delta %s: %d would do", variance, values, delta, threshold-2)
				}
				mutantSeen = mutantSeen || revealed(v, values, threshold-1) > d
			}
		}
	}
	if !mutantSeen {
		t.Error("a threshold lower by one is not seen")
	}
	if _, err := budget.RevealThreshold(big.NewRat(1, 1), 0, big.NewRat(1, 10)); err == nil {
		t.Error("no values are accepted")
	}
}

func TestNumbers(t *testing.T) {
	for text, want := range map[string]*big.Rat{
		"3": big.NewRat(3, 1), "0.25": big.NewRat(1, 4), "1e-3": big.NewRat(1, 1000), "1.5E2": big.NewRat(150, 1),
		"2/6": big.NewRat(1, 3), "0": new(big.Rat), "007": big.NewRat(7, 1),
	} {
		got, err := budget.Number(text)
		if err != nil || got.Cmp(want) != 0 {
			t.Errorf("%s: %v (%v)", text, got, err)
		}
	}
	for _, text := range []string{
		"", "-1", "+1", ".5", "5.", "1e", "1e999999999", "1/0", "0x10", "1_000", "Inf", "NaN", " 1", "1 ", "1/2/3", "1.5/2", "1e-99",
		"1.5e", "1e+-1", "٣",
	} {
		if r, err := budget.Number(text); err == nil {
			t.Errorf("%q is read as %v", text, r)
		}
	}
}

// FuzzNumber: what is read is written so that it is read as the same number.
func FuzzNumber(f *testing.F) {
	for _, text := range []string{"1", "0.1", "1e-9", "1/3", "12345678901234567890/7", "1e77", "1e-76", "0.0000000000000000000000000001"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		r, err := budget.Number(text)
		if err != nil {
			return
		}
		again, err := budget.Number(budget.Text(r))
		if err != nil || again.Cmp(r) != 0 {
			t.Errorf("%q becomes %q becomes %v (%v)", text, budget.Text(r), again, err)
		}
	})
}
