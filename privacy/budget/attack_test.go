package budget_test

import (
	"math"
	"math/big"
	"slices"
	"testing"

	"github.com/opencovey/covey/privacy/budget"
	"github.com/opencovey/covey/privacy/noise"
)

// The tests of this file attack mechanisms as they are used: they run one many times
// on two neighbours and try to tell them apart.
//
// missed is the probability of each of the two bounds of a comparison to be wrong. A
// test of a mechanism that keeps its promise fails with at most twice that. Seeds are
// fixed.
const missed = 1e-6

const runs = 60_000

// distinguish returns a lower bound of the epsilon for which results on two neighbours
// can be (epsilon, delta)-private. It looks for the best threshold on the first half of
// the results and measures it on the second.
func distinguish(on, off []int64, delta float64) float64 {
	half := len(on) / 2
	best, cut := math.Inf(-1), int64(0)
	tries := slices.Clone(on[:half])
	slices.Sort(tries)
	first := slices.Sorted(slices.Values(off[:half]))
	for i := range 400 {
		t := tries[(half-1)*i/399]
		p := share(first, tries, t)
		// A cautious estimate: the real one follows on the other half.
		gain := math.Log(max(1e-9, p[1]-delta-4*math.Sqrt(p[1]/float64(half)))) - math.Log(p[0]+4*math.Sqrt(p[0]/float64(half))+20/float64(half))
		if gain > best {
			best, cut = gain, t
		}
	}
	hits := func(list []int64) int {
		n := 0
		for _, x := range list[half:] {
			if x >= cut {
				n++
			}
		}
		return n
	}
	n := len(on) - half
	low, _ := clopperPearson(hits(on), n)
	_, high := clopperPearson(hits(off), n)
	if low <= delta {
		return 0
	}
	return math.Log((low - delta) / high)
}

// share returns which part of two sorted lists is at least t.
func share(off, on []int64, t int64) [2]float64 {
	part := func(list []int64) float64 {
		i, _ := slices.BinarySearch(list, t)
		return float64(len(list)-i) / float64(len(list))
	}
	return [2]float64{part(off), part(on)}
}

// clopperPearson returns bounds of a probability after so many hits in n runs, each
// wrong with probability missed (Clopper, Pearson 1934).
func clopperPearson(hits, n int) (low, high float64) {
	find := func(above func(p float64) bool) float64 {
		l, h := 0.0, 1.0
		for range 50 {
			if m := (l + h) / 2; above(m) {
				h = m
			} else {
				l = m
			}
		}
		return (l + h) / 2
	}
	low, high = 0, 1
	if hits > 0 {
		low = find(func(p float64) bool { return 1-binomialBelow(hits, n, p) > missed })
	}
	if hits < n {
		high = find(func(p float64) bool { return binomialBelow(hits+1, n, p) < missed })
	}
	return low, high
}

// binomialBelow is the probability of less than k hits.
func binomialBelow(k, n int, p float64) float64 {
	if mean := float64(n) * p; mean > float64(k) {
		return tail(k-1, -1, n, p)
	}
	return 1 - tail(k, 1, n, p)
}

// tail sums probabilities from k on, away from the mean, until they no longer matter.
func tail(k, step, n int, p float64) float64 {
	sum := 0.0
	for ; k >= 0 && k <= n; k += step {
		a, _ := math.Lgamma(float64(n + 1))
		b, _ := math.Lgamma(float64(k + 1))
		c, _ := math.Lgamma(float64(n - k + 1))
		term := math.Exp(a - b - c + float64(k)*math.Log(p) + float64(n-k)*math.Log1p(-p))
		sum += term
		if term < 1e-6*sum {
			break
		}
	}
	return sum
}

// attack is a mechanism with a claim. run gives one number that the attacker looks at,
// with or without one person.
type attack struct {
	name    string
	epsilon float64
	delta   float64
	run     func(s *noise.Source, with int64) int64
}

func (a attack) bound() float64 {
	s := noise.NewSourceForTesting([32]byte{60})
	on, off := make([]int64, runs), make([]int64, runs)
	for i := range on {
		on[i], off[i] = a.run(s, 1), a.run(s, 0)
	}
	return distinguish(on, off, a.delta)
}

func must[T any](x T, err error) T {
	if err != nil {
		panic(err)
	}
	return x
}

// gaussianAttack adds up the nine counts that a person is in.
func gaussianAttack(variance *big.Rat) func(s *noise.Source, with int64) int64 {
	g := must(noise.NewGaussian(variance))
	return func(s *noise.Source, with int64) int64 {
		counts := make([]int64, 9)
		for i := range counts {
			counts[i] = with
		}
		g.Add(s, counts)
		sum := int64(0)
		for _, c := range counts {
			sum += c
		}
		return sum
	}
}

func laplaceAttack(scale *big.Rat) func(s *noise.Source, with int64) int64 {
	l := must(noise.NewLaplace(scale))
	return func(s *noise.Source, with int64) int64 { return with + l.Draw(s) }
}

// choiceAttack looks whether the one candidate is chosen that gains by the person,
// while all others lose.
func choiceAttack(epsilon *big.Rat) func(s *noise.Source, with int64) int64 {
	e := must(noise.NewExponential(epsilon, big.NewRat(1, 1)))
	return func(s *noise.Source, with int64) int64 {
		scores := make([]int64, 30)
		for i := range scores {
			scores[i] = -with
		}
		scores[7] = with
		if must(e.Choose(s, scores)) == 7 {
			return 1
		}
		return 0
	}
}

// claimed is the epsilon that the package promises for a Gaussian.
func claimed(a budget.Accounting, sensitivitySquared, variance int64, delta string) float64 {
	s := must(budget.Gaussian("counts", big.NewRat(sensitivitySquared, 1), big.NewRat(variance, 1)))
	return float(must(a.Epsilon(must(s.Rho(a)), must(budget.Number(delta)))))
}

func TestAttacks(t *testing.T) {
	for _, a := range []attack{
		{"gaussian, zcdp", claimed(budget.Concentrated, 9, 36, "0.01"), 0.01, gaussianAttack(big.NewRat(36, 1))},
		{"gaussian, curve", claimed(budget.GaussianCurve, 9, 36, "0.01"), 0.01, gaussianAttack(big.NewRat(36, 1))},
		{"laplace", 0.5, 0, laplaceAttack(big.NewRat(2, 1))},
		{"exponential", 1, 0, choiceAttack(big.NewRat(1, 1))},
	} {
		t.Run(a.name, func(t *testing.T) {
			bound := a.bound()
			t.Logf("claimed %.3f, at least %.3f", a.epsilon, bound)
			if bound > a.epsilon {
				t.Errorf("claimed epsilon %.3f, but it is at least %.3f", a.epsilon, bound)
			}
		})
	}
}

// TestMutantAttacks: the attack sees mechanisms that promise too much.
func TestMutantAttacks(t *testing.T) {
	for _, a := range []attack{
		{"half the noise", claimed(budget.Concentrated, 9, 36, "0.01"), 0.01, gaussianAttack(big.NewRat(9, 1))},
		{"half the noise, curve", claimed(budget.GaussianCurve, 9, 36, "0.01"), 0.01, gaussianAttack(big.NewRat(9, 1))},
		{"one count for nine", claimed(budget.Concentrated, 1, 36, "0.01"), 0.01, gaussianAttack(big.NewRat(36, 1))},
		{"half the scale", 0.5, 0, laplaceAttack(big.NewRat(1, 1))},
		{"2 forgotten", 1, 0, choiceAttack(big.NewRat(2, 1))},
		{"no noise", 5, 0, func(_ *noise.Source, with int64) int64 { return with }},
	} {
		if bound := a.bound(); bound <= a.epsilon {
			t.Errorf("%s: not seen: claimed %.3f, at least %.3f", a.name, a.epsilon, bound)
		}
	}
}
