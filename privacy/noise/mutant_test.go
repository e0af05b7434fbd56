package noise

import (
	"math"
	"math/big"
	"testing"
)

// The mutants of this file are the errors that samplers like ours have had or could
// have. Each must fail the check that the sampler passes.

// mutantDice answers otherwise than dice should.
type mutantDice struct {
	dice
	uniform func(d dice, n uint64) uint64
	coin    func(d dice, part, whole uint64) bool
}

func (m mutantDice) below(n uint64) uint64 {
	if m.uniform == nil {
		return m.dice.below(n)
	}
	return m.uniform(m.dice, n)
}

func (m mutantDice) chance(part, whole uint64) bool {
	if m.coin == nil {
		return m.dice.chance(part, whole)
	}
	return m.coin(m.dice, part, whole)
}

// byRemainder takes the remainder of a byte, as rand()%n does of a word.
func byRemainder(d dice, n uint64) uint64 { return d.below(256) % n }

// orEqual counts one too many, as <= in place of < does.
func orEqual(d dice, part, whole uint64) bool { return d.chance(min(part+1, whole), whole) }

// rounded keeps twelve binary digits of a probability.
func rounded(d dice, part, whole uint64) bool {
	return d.chance((part<<12+whole/2)/whole, 1<<12)
}

func TestMutantDice(t *testing.T) {
	scale, g := big.NewRat(3, 1), gaussian(t, "7/3")
	for name, m := range map[string]mutantDice{
		"remainder":       {uniform: byRemainder},
		"at most":         {coin: orEqual},
		"rounded chances": {coin: rounded},
	} {
		t.Run(name, func(t *testing.T) {
			sample := func(d dice) int64 { return laplaceTrials(scale)[0](mutantDice{d, m.uniform, m.coin}) }
			if check(sample, laplaceTrialPMF(scale)) == nil {
				t.Error("the Laplace check does not see it")
			}
			accept := func(d dice, size uint64) bool { return g.accept(mutantDice{d, m.uniform, m.coin}, size) }
			if m.coin != nil && checkGaussian(g.Variance(), g.scale, accept) == nil {
				t.Error("the Gaussian check does not see it")
			}
		})
	}
}

func TestMutantCoin(t *testing.T) {
	coin := func(first uint64, odd uint64, both bool) func(dice) bool {
		return func(d dice) bool {
			k := first
			for d.chance(1, 3) && (k == 1 || !both || d.chance(1, k)) {
				k++
			}
			return k&1 == odd
		}
	}
	if err := checkCoin(coin(1, 1, true), 1.0/3); err != nil {
		t.Fatal("without a defect:", err)
	}
	for name, c := range map[string]func(dice) bool{
		"even for odd":        coin(1, 0, true),
		"starts at two":       coin(2, 1, true),
		"starts at zero":      coin(0, 1, true),
		"geometric":           coin(1, 1, false),
		"whole part ignored":  func(d dice) bool { return expFraction(d, 1, 3) && expOne(d) },
		"linear, 1 - gamma":   func(d dice) bool { return d.chance(2, 3) },
		"second order series": func(d dice) bool { return d.chance(13, 18) },
	} {
		if checkCoin(c, 1.0/3) == nil {
			t.Errorf("%s: not seen", name)
		}
	}
}

func TestMutantLaplace(t *testing.T) {
	const part, whole = 3, 2
	scale := big.NewRat(part, whole)
	trial := func(keep, zero bool, size func(u, v uint64) uint64) func(dice) int64 {
		return func(d dice) int64 {
			u := d.below(part)
			if !keep && !expFraction(d, u, part) {
				return rejected
			}
			x := size(u, geometric(d))
			negative := d.chance(1, 2)
			if negative && x == 0 && !zero {
				return rejected
			}
			return signed(x, negative)
		}
	}
	right := func(u, v uint64) uint64 { return (u + part*v) / whole }
	if err := check(trial(false, false, right), laplaceTrialPMF(scale)); err != nil {
		t.Fatal("without a defect:", err)
	}
	for name, sample := range map[string]func(dice) int64{
		"zero twice":     trial(false, true, right),
		"even remainder": trial(true, false, right),
		"rounded up":     trial(false, false, func(u, v uint64) uint64 { return (u + part*v + 1) / whole }),
		"scale inverted": trial(false, false, func(u, v uint64) uint64 { return (u + part*v) * whole / part }),
		"no negatives": func(d dice) int64 {
			x := laplaceTrials(scale)[0](d)
			if x == rejected {
				return x
			}
			return max(x, -x)
		},
	} {
		if check(sample, laplaceTrialPMF(scale)) == nil {
			t.Errorf("%s: not seen", name)
		}
	}
}

func TestMutantGaussian(t *testing.T) {
	g := gaussian(t, "7/3")
	p, q, s := g.variance.part, g.variance.whole, g.scale
	accept := func(p, q, s uint64) func(d dice, size uint64) bool {
		return func(d dice, size uint64) bool {
			x := size*s*q - p
			return exp128(d, 0, x*x, 2*p*q*s*s)
		}
	}
	if err := checkGaussian(g.Variance(), s, accept(p, q, s)); err != nil {
		t.Fatal("without a defect:", err)
	}
	for name, a := range map[string]func(d dice, size uint64) bool{
		"half the variance":   accept(p, 2*q, s),
		"sigma for sigma^2":   accept(3, 2, s),
		"variance cut to 2":   accept(2, 1, s),
		"a scale too large":   accept(p, q, s+1),
		"proposals unchanged": func(dice, uint64) bool { return true },
		"centre forgotten":    func(d dice, x uint64) bool { return exp128(d, 0, x*x*q, 2*p) },
		"2 forgotten": func(d dice, size uint64) bool {
			x := size*s*q - p
			return exp128(d, 0, x*x, p*q*s*s)
		},
	} {
		if checkGaussian(g.Variance(), s, a) == nil {
			t.Errorf("%s: not seen", name)
		}
	}
	if checkGaussian(g.Variance(), s+1, accept(p, q, s+1)) == nil {
		t.Error("proposals with another scale: not seen")
	}
}

func TestMutantExponential(t *testing.T) {
	scores := []int64{3, 0, 4, 4, -2}
	try := func(gamma func(best, score int64) uint64) func(dice, []int64, int64) (int, bool) {
		return func(d dice, scores []int64, best int64) (int, bool) {
			i := int(d.below(uint64(len(scores))))
			return i, exp128(d, 0, gamma(best, scores[i]), 4)
		}
	}
	right := func(best, score int64) uint64 { return uint64(best - score) }
	if err := checkChoice(0.25, scores, try(right)); err != nil {
		t.Fatal("without a defect:", err)
	}
	for name, gamma := range map[string]func(best, score int64) uint64{
		"2 forgotten":      func(best, score int64) uint64 { return 2 * right(best, score) },
		"cut at 5":         func(best, score int64) uint64 { return min(5, right(best, score)) },
		"zero for best":    func(_, score int64) uint64 { return uint64(max(0, -score)) },
		"always the first": func(best, score int64) uint64 { return 1000 * right(best, score) },
	} {
		if checkChoice(0.25, scores, try(gamma)) == nil {
			t.Errorf("%s: not seen", name)
		}
	}
	wide := []int64{math.MaxInt64, math.MinInt64}
	wraps := func(d dice, scores []int64, best int64) (int, bool) {
		i := int(d.below(2))
		return i, exp128(d, 0, uint64(max(0, best-scores[i])), 2)
	}
	if checkChoice(0.5, wide, wraps) == nil {
		t.Error("difference wraps around: not seen")
	}
}

// acceptWrapping is the coin of the Gaussian as it would be without 128-bit products.
func acceptWrapping(g *Gaussian, d dice, size uint64) bool {
	x := size*g.step - g.variance.part
	return exp128(d, 0, x*x, g.whole)
}
