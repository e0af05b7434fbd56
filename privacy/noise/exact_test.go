package noise

import (
	"errors"
	"fmt"
	"math"
	"math/big"
	"testing"
)

// The tests of this file compute the distribution of each sampler from its code, by
// playing all answers of the dice, and compare it with the formula. There is no
// chance in them, so they raise no false alarms.
//
// What repeats until a trial succeeds is checked by its trial: if a trial gives x
// with probability c*p(x), its repetition gives x with probability p(x).

// rejected stands for a trial that did not succeed.
const rejected = math.MinInt64

// allowance is the greatest total variation distance that check lets pass.
const allowance = 5e-3

// check holds a sampler to its distribution. The sequences that were played give
// each result at most its probability, up to rounding in the twelfth digit, and
// together all but lost. So the total variation distance between sampler and formula
// is at most lost, which must be within the allowance.
func check(sample func(dice) int64, pmf func(int64) float64) error {
	mass, lost := distribution(1e-7, sample)
	if lost > allowance {
		return fmt.Errorf("sequences left out have a probability of %g", lost)
	}
	sum := lost
	for x, p := range mass {
		sum += p
		if want := pmf(x); p > want*(1+1e-12)+1e-300 {
			return fmt.Errorf("P(%d) is at least %.15g, want %.15g", x, p, want)
		}
	}
	if math.Abs(sum-1) > 1e-9 {
		return fmt.Errorf("probabilities add up to %.12g", sum)
	}
	return nil
}

// trial is the distribution of a trial that succeeds with probability c.
func trial(c float64, pmf func(int64) float64) func(int64) float64 {
	return func(x int64) float64 {
		if x == rejected {
			return 1 - c
		}
		return c * pmf(x)
	}
}

// checkCoin holds a coin to the probability exp(-gamma).
func checkCoin(coin func(dice) bool, gamma float64) error {
	sample := func(d dice) int64 {
		if coin(d) {
			return 1
		}
		return 0
	}
	return check(sample, func(x int64) float64 {
		if x == 1 {
			return math.Exp(-gamma)
		}
		return -math.Expm1(-gamma)
	})
}

func TestBernoulliExpExactly(t *testing.T) {
	for _, gamma := range []string{"0", "1/7", "1/2", "9/10", "1", "3/2", "5", "40/3", "1/1000000"} {
		t.Run(gamma, func(t *testing.T) {
			r := rat(t, gamma)
			b, err := NewBernoulliExp(r)
			if err != nil {
				t.Fatal(err)
			}
			g, _ := r.Float64()
			words := func(d dice) bool { return b.gamma.expTimes(d, 1) }
			big := func(d dice) bool { return expBig(d, r.Num(), r.Denom()) }
			if err := errors.Join(checkCoin(words, g), checkCoin(big, g)); err != nil {
				t.Error(err)
			}
		})
	}
}

// laplaceTrials are the two forms of the Laplace trial.
func laplaceTrials(scale *big.Rat) [2]func(dice) int64 {
	part, whole := scale.Num(), scale.Denom()
	return [2]func(dice) int64{
		func(d dice) int64 {
			if size, negative, ok := tryLaplace(d, part.Uint64(), whole.Uint64()); ok {
				return signed(size, negative)
			}
			return rejected
		},
		func(d dice) int64 {
			if x, ok := tryLaplaceBig(d, part, whole); ok {
				return x
			}
			return rejected
		},
	}
}

// laplaceTrialPMF is what the trial must do. The remainder is kept with probability
// (1-1/e)/(part*(1-exp(-1/part))), and then minus zero is rejected.
func laplaceTrialPMF(scale *big.Rat) func(int64) float64 {
	s, _ := scale.Float64()
	part, _ := new(big.Rat).SetInt(scale.Num()).Float64()
	kept := math.Expm1(-1) / (part * math.Expm1(-1/part))
	return trial(kept*(1+math.Expm1(-1/s)/2), laplacePMF(s))
}

func TestLaplaceExactly(t *testing.T) {
	for _, scale := range []string{"1/3", "1/2", "1", "3/2", "2", "5", "16/3", "20"} {
		t.Run(scale, func(t *testing.T) {
			r := rat(t, scale)
			for _, sample := range laplaceTrials(r) {
				if err := check(sample, laplaceTrialPMF(r)); err != nil {
					t.Error(err)
				}
			}
		})
	}
}

// checkGaussian holds the two halves of the Gaussian to the formula: proposals with
// the Laplace distribution of the scale floor(sigma)+1, which TestLaplaceExactly
// covers, and a coin whose probability for a proposal x, times that of x, is in a
// fixed proportion to the Gaussian.
func checkGaussian(variance *big.Rat, scale uint64, accept func(d dice, size uint64) bool) error {
	v, _ := variance.Float64()
	if float64(scale) != math.Floor(math.Sqrt(v))+1 {
		return fmt.Errorf("proposals have the scale %d", scale)
	}
	laplace, gauss := laplacePMF(float64(scale)), gaussianPMF(v)
	gamma := func(x int64) float64 {
		t := float64(scale)
		return math.Pow(math.Abs(float64(x))-v/t, 2) / (2 * v)
	}
	c := laplace(0) * math.Exp(-gamma(0)) / gauss(0)
	for x := int64(0); x < int64(10*scale); x++ {
		if p, want := laplace(x)*math.Exp(-gamma(x)), c*gauss(x); math.Abs(p-want) > 1e-9*want {
			return fmt.Errorf("the formula gives P(%d) = %g, want %g", x, p/c, want/c)
		}
		coin := func(d dice) bool { return accept(d, uint64(x)) }
		if err := checkCoin(coin, gamma(x)); err != nil {
			return fmt.Errorf("accept %d: %w", x, err)
		}
	}
	return nil
}

func TestGaussianExactly(t *testing.T) {
	for _, variance := range []string{"1/10", "1/2", "1", "7/3", "4", "10", "1000/7"} {
		t.Run(variance, func(t *testing.T) {
			g := gaussian(t, variance)
			if err := checkGaussian(g.Variance(), g.scale, g.accept); err != nil {
				t.Errorf("words: %v", err)
			}
			big := func(d dice, size uint64) bool { return g.acceptBig(d, new(big.Int).SetUint64(size)) }
			if err := checkGaussian(g.Variance(), g.proposal.Uint64(), big); err != nil {
				t.Errorf("big: %v", err)
			}
		})
	}
}

// choices are cases for the exponential mechanism.
var choices = []struct {
	epsilon, sensitivity string
	scores               []int64
}{
	{"1", "1", []int64{0}},
	{"1", "1", []int64{5, 5, 5}},
	{"1/2", "1", []int64{3, 0, 4, 4, -2}},
	{"3", "2", []int64{0, 1, 2, 3}},
	{"1", "1/2", []int64{math.MaxInt64, math.MinInt64, math.MaxInt64 - 1}},
	{"1/18446744073709551616", "1", []int64{math.MaxInt64, math.MinInt64}},
}

// checkChoice holds one trial of a choice to the formula of the mechanism.
func checkChoice(rate float64, scores []int64, try func(d dice, scores []int64, best int64) (int, bool)) error {
	best := int64(math.MinInt64)
	for _, score := range scores {
		best = max(best, score)
	}
	each := make([]float64, len(scores))
	c := 0.0
	for i, score := range scores {
		each[i] = math.Exp(-rate*float64(uint64(best)-uint64(score))) / float64(len(scores))
		c += each[i]
	}
	sample := func(d dice) int64 {
		if i, ok := try(d, scores, best); ok {
			return int64(i)
		}
		return rejected
	}
	return check(sample, trial(c, func(i int64) float64 { return each[i] / c }))
}

func TestExponentialExactly(t *testing.T) {
	for _, test := range choices {
		t.Run(fmt.Sprint(test.epsilon, test.scores), func(t *testing.T) {
			epsilon, sensitivity := rat(t, test.epsilon), rat(t, test.sensitivity)
			e, err := NewExponential(epsilon, sensitivity)
			if err != nil {
				t.Fatal(err)
			}
			rate, _ := new(big.Rat).Quo(epsilon, sensitivity).Float64()
			if err := checkChoice(rate/2, test.scores, e.try); err != nil {
				t.Error(err)
			}
		})
	}
}

func rat(t testing.TB, text string) *big.Rat {
	t.Helper()
	r, ok := new(big.Rat).SetString(text)
	if !ok {
		t.Fatalf("not a number: %s", text)
	}
	return r
}

func gaussian(t testing.TB, variance string) *Gaussian {
	t.Helper()
	g, err := NewGaussian(rat(t, variance))
	if err != nil {
		t.Fatal(err)
	}
	return g
}
