package noise_test

import (
	"fmt"
	"math"
	"math/big"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/opencovey/covey/privacy/noise"
)

// The tests of this file run the samplers as they are used, on real random words, and
// compare frequencies, distribution functions and moments with the formulas.
//
// falseAlarm is the probability with which each single comparison fails although the
// sampler is right. All bounds are theorems for finite samples, not limits. There are
// about fifty comparisons, so a run with fresh seeds would fail once in 2*10^7. The
// seeds are fixed: a failure repeats itself.
const falseAlarm = 1e-9

// draws is the size of a sample.
const draws = 300_000

// size is draws, or a tenth of it in the race detector's run, whose subject is not
// chance: there the comparisons hold, but see less.
func size() int {
	if testing.Short() {
		return draws / 10
	}
	return draws
}

// gTest compares counts of cells with their probabilities by the likelihood ratio
// n*KL(frequencies || probabilities). Agrawal 2020, "Finite-sample concentration of
// the multinomial in relative entropy": with k cells it exceeds x > k-1 with
// probability at most exp(-x) * (e*x/(k-1))^(k-1).
func gTest(counts []int, p []float64) error {
	n, statistic, sum := 0, 0.0, 0.0
	for i, c := range counts {
		n += c
		sum += p[i]
	}
	if math.Abs(sum-1) > 1e-9 {
		return fmt.Errorf("probabilities add up to %g", sum)
	}
	for i, c := range counts {
		if c > 0 {
			statistic += float64(c) * math.Log(float64(c)/float64(n)/p[i])
		}
	}
	k := float64(len(counts) - 1)
	limit := k
	for -limit+k*(1+math.Log(limit/k)) > math.Log(falseAlarm) {
		limit *= 1.01
	}
	if statistic > limit {
		return fmt.Errorf("likelihood ratio %.1f over %d cells, limit %.1f", statistic, len(counts), limit)
	}
	return nil
}

// gTestAround sorts draws into cells: one for each number from -edge to edge, and one
// for each tail.
func gTestAround(list []int64, edge int64, pmf func(int64) float64) error {
	counts, p := make([]int, 2*edge+3), make([]float64, 2*edge+3)
	inside := 0.0
	for x := -edge; x <= edge; x++ {
		p[x+edge+1] = pmf(x)
		inside += pmf(x)
	}
	p[0], p[len(p)-1] = (1-inside)/2, (1-inside)/2
	for _, x := range list {
		counts[min(max(x, -edge-1), edge+1)+edge+1]++
	}
	return gTest(counts, p)
}

// kolmogorov compares the distribution function. Massart 1990: the largest distance
// exceeds x with probability at most 2*exp(-2*n*x^2).
func kolmogorov(list []int64, cdf func(int64) float64) error {
	sorted := slices.Sorted(slices.Values(list))
	n := float64(len(sorted))
	limit := math.Sqrt(math.Log(2/falseAlarm) / (2 * n))
	for i, x := range sorted {
		if i+1 < len(sorted) && sorted[i+1] == x {
			continue
		}
		if distance := math.Abs(float64(i+1)/n - cdf(x)); distance > limit {
			return fmt.Errorf("distribution function at %d is off by %g, limit %g", x, distance, limit)
		}
	}
	return nil
}

// moments compares mean and mean square with those of a discrete Gaussian. It is
// sub-Gaussian with the parameter sigma^2 (Canonne, Kamath, Steinke 2020), so the
// mean exceeds sqrt(2*sigma^2*ln(2/a)/n) with probability at most a; the mean square
// exceeds sigma^2*(1 + 2*sqrt(x/n) + 2x/n) with probability exp(-x) (Laurent, Massart
// 2000), and falls below its expectation by sqrt(2*E[X^4]*x/n), where E[X^4] is at
// most 3*sigma^4, with probability exp(-x) (Maurer 2003).
func moments(list []int64, variance, square float64) error {
	n, sum, squares := float64(len(list)), 0.0, 0.0
	for _, x := range list {
		sum += float64(x)
		squares += float64(x) * float64(x)
	}
	x := math.Log(2 / falseAlarm)
	if mean, limit := sum/n, math.Sqrt(2*variance*x/n); math.Abs(mean) > limit {
		return fmt.Errorf("mean %g, limit %g", mean, limit)
	}
	low := square - variance*math.Sqrt(6*x/n)
	high := variance * (1 + 2*math.Sqrt(x/n) + 2*x/n)
	if mean := squares / n; mean < low || mean > high {
		return fmt.Errorf("mean square %g, limits %g and %g", mean, low, high)
	}
	return nil
}

func seeded(n byte) *noise.Source { return noise.NewSourceForTesting([32]byte{n}) }

func sample(n int, draw func() int64) []int64 {
	list := make([]int64, n)
	for i := range list {
		list[i] = draw()
	}
	return list
}

func newGaussian(t testing.TB, variance string) *noise.Gaussian {
	t.Helper()
	g, err := noise.NewGaussian(number(t, variance))
	if err != nil {
		t.Fatal(err)
	}
	return g
}

func number(t testing.TB, text string) *big.Rat {
	t.Helper()
	r, ok := new(big.Rat).SetString(text)
	if !ok {
		t.Fatalf("not a number: %s", text)
	}
	return r
}

// checkGaussian makes all three comparisons for a variance up to some hundreds.
func checkGaussian(list []int64, variance float64) error {
	pmf := noise.GaussianPMF(variance)
	square := 0.0
	for x := int64(1); pmf(x) > 1e-30; x++ {
		square += 2 * float64(x) * float64(x) * pmf(x)
	}
	if err := gTestAround(list, int64(4*math.Sqrt(variance)), pmf); err != nil {
		return err
	}
	return moments(list, variance, square)
}

func TestGaussianDraws(t *testing.T) {
	for i, variance := range []string{"1/4", "1", "5/3", "30", "1001/4", "36893488147419103235/36893488147419103232"} {
		t.Run(variance, func(t *testing.T) {
			g, n := newGaussian(t, variance), size()
			v, _ := g.Variance().Float64()
			if len(variance) > 10 { // in big numbers
				n /= 10
			}
			s := seeded(byte(i))
			if err := checkGaussian(sample(n, func() int64 { return g.Draw(s) }), v); err != nil {
				t.Error(err)
			}
		})
	}
}

// TestWideGaussianDraws compares with the continuous distribution function at half
// numbers. At these widths the two differ by less than 10^-7.
func TestWideGaussianDraws(t *testing.T) {
	for i, variance := range []string{"1000000", "1000000000/7", "1000000000000000000000000"} {
		t.Run(variance, func(t *testing.T) {
			g, n := newGaussian(t, variance), size()
			v, _ := g.Variance().Float64()
			if v > 1e9 { // in big numbers
				n /= 10
			}
			s := seeded(byte(10 + i))
			list := sample(n, func() int64 { return g.Draw(s) })
			cdf := func(x int64) float64 { return math.Erfc(-(float64(x)+0.5)/math.Sqrt(2*v)) / 2 }
			if err := kolmogorov(list, cdf); err != nil {
				t.Error(err)
			}
			if err := moments(list, v, v); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestLaplaceDraws(t *testing.T) {
	for i, scale := range []string{"1/2", "1", "7/2", "20", "1000", "18446744073709551617/1000000000000000000"} {
		t.Run(scale, func(t *testing.T) {
			l, err := noise.NewLaplace(number(t, scale))
			if err != nil {
				t.Fatal(err)
			}
			s := seeded(byte(20 + i))
			list := sample(size()/3, func() int64 { return l.Draw(s) })
			f, _ := l.Scale().Float64()
			pmf := noise.LaplacePMF(f)
			if err := gTestAround(list, min(100, int64(6*f)), pmf); err != nil {
				t.Error(err)
			}
			if err := kolmogorov(list, laplaceCDF(f)); err != nil {
				t.Error(err)
			}
		})
	}
}

func laplaceCDF(scale float64) func(int64) float64 {
	ratio := math.Exp(-1 / scale)
	upper := func(x int64) float64 { return math.Pow(ratio, float64(x)) / (1 + ratio) } // P(X >= x), x > 0
	return func(x int64) float64 {
		if x < 0 {
			return upper(-x)
		}
		return 1 - upper(x+1)
	}
}

func TestExponentialDraws(t *testing.T) {
	scores := []int64{10, 0, 7, 9, 10, -300}
	e, err := noise.NewExponential(big.NewRat(1, 3), big.NewRat(1, 1))
	if err != nil {
		t.Fatal(err)
	}
	s := seeded(30)
	counts, p, sum := make([]int, len(scores)), make([]float64, len(scores)), 0.0
	for i, score := range scores {
		p[i] = math.Exp(float64(score) / 6)
		sum += p[i]
	}
	for i := range p {
		p[i] /= sum
	}
	for range size() {
		i, err := e.Choose(s, scores)
		if err != nil {
			t.Fatal(err)
		}
		counts[i]++
	}
	if err := gTest(counts, p); err != nil {
		t.Error(err)
	}
}

func TestBernoulliExpDraws(t *testing.T) {
	for i, gamma := range []string{"1/10", "1", "17/5"} {
		b, err := noise.NewBernoulliExp(number(t, gamma))
		if err != nil {
			t.Fatal(err)
		}
		s, counts := seeded(byte(40+i)), make([]int, 2)
		for range size() {
			if b.Draw(s) {
				counts[1]++
			} else {
				counts[0]++
			}
		}
		g, _ := number(t, gamma).Float64()
		if err := gTest(counts, []float64{-math.Expm1(-g), math.Exp(-g)}); err != nil {
			t.Errorf("gamma %s: %v", gamma, err)
		}
	}
}

// TestMutantDraws: the comparisons see what is nearly right.
func TestMutantDraws(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	s := seeded(50)
	wider, right := newGaussian(t, "21/20"), newGaussian(t, "1")
	l, err := noise.NewLaplace(big.NewRat(7, 10))
	if err != nil {
		t.Fatal(err)
	}
	for name, draw := range map[string]func() int64{
		"rounded normal":          func() int64 { return int64(math.Round(r.NormFloat64())) },
		"normal cut to integer":   func() int64 { return int64(r.NormFloat64()) },
		"variance 5 % too large":  func() int64 { return wider.Draw(s) },
		"same variance, Laplace":  func() int64 { return l.Draw(s) },
		"never beyond 3":          func() int64 { return min(3, max(-3, right.Draw(s))) },
		"no noise, 1 in 20":       func() int64 { return right.Draw(s) * int64(min(1, r.IntN(20))) },
		"mean shifted, 1 in 50":   func() int64 { return right.Draw(s) + int64(r.IntN(50)/49) },
		"each draw repeated once": twice(func() int64 { return right.Draw(s) }),
	} {
		list := sample(draws, draw)
		seen := checkGaussian(list, 1) != nil || name == "each draw repeated once" && lag(list) != nil
		if !seen {
			t.Errorf("%s: not seen", name)
		}
	}
	if err := lag(sample(draws, func() int64 { return right.Draw(s) })); err != nil {
		t.Error(err)
	}
	biased := sample(draws, func() int64 { return int64(r.Uint64N(256) % 100) })
	if kolmogorov(biased, func(x int64) float64 { return float64(x+1) / 100 }) == nil {
		t.Error("remainder: not seen by the distribution function")
	}
}

// twice returns each draw two times.
func twice(draw func() int64) func() int64 {
	last, again := int64(0), false
	return func() int64 {
		if again = !again; again {
			last = draw()
		}
		return last
	}
}

// lag compares how often the signs of neighbouring draws agree, of those where both
// have one, with one half. Hoeffding 1963: the share is off by more than x with
// probability at most 2*exp(-2*n*x^2).
func lag(list []int64) error {
	n, agree := 0.0, 0.0
	for i := 0; i+1 < len(list); i += 2 {
		if list[i] != 0 && list[i+1] != 0 {
			n++
			if (list[i] > 0) == (list[i+1] > 0) {
				agree++
			}
		}
	}
	if off := math.Abs(agree/n - 0.5); off > math.Sqrt(math.Log(2/falseAlarm)/(2*n)) {
		return fmt.Errorf("neighbouring draws agree in sign with a share of %g", agree/n)
	}
	return nil
}
