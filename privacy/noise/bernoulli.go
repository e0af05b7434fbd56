package noise

import (
	"math/big"
	"math/bits"
)

// BernoulliExp is a coin that shows true with probability exp(-gamma).
type BernoulliExp struct {
	gamma rational
}

// NewBernoulliExp returns the coin for gamma, a rational number of at least 0 with
// at most 256 bits above and below the line.
func NewBernoulliExp(gamma *big.Rat) (*BernoulliExp, error) {
	r, err := newRational("gamma", gamma)
	if err != nil {
		return nil, err
	}
	return &BernoulliExp{r}, nil
}

// Draw tosses the coin.
func (b *BernoulliExp) Draw(s *Source) bool { return b.gamma.expTimes(s, 1) }

// expOne shows true with probability exp(-1).
func expOne(d dice) bool {
	k := uint64(2)
	for d.chance(1, k) {
		k++
	}
	return k&1 == 1
}

// expFraction shows true with probability exp(-part/whole), for part <= whole. It is
// algorithm 1 of Canonne, Kamath, Steinke: with coins of probability gamma/k for
// k = 1, 2, …, the first that fails has an odd number with probability
// 1 - gamma + gamma^2/2! - … = exp(-gamma). A coin of gamma/k is one of gamma and
// one of 1/k, so that the numbers stay small.
func expFraction(d dice, part, whole uint64) bool {
	k := uint64(1)
	for d.chance(part, whole) && (k == 1 || d.chance(1, k)) {
		k++
	}
	return k&1 == 1
}

// expFractionBig is expFraction without a limit of size.
func expFractionBig(d dice, part, whole *big.Int) bool {
	k := uint64(1)
	for d.chanceBig(part, whole) && (k == 1 || d.chance(1, k)) {
		k++
	}
	return k&1 == 1
}

// exp128 shows true with probability exp(-(high*2^64 + low)/whole), for high < whole.
func exp128(d dice, high, low, whole uint64) bool {
	n, part := bits.Div64(high, low, whole)
	for ; n > 0; n-- {
		if !expOne(d) {
			return false
		}
	}
	return expFraction(d, part, whole)
}

// expBig shows true with probability exp(-part/whole), without a limit of size.
func expBig(d dice, part, whole *big.Int) bool {
	n, rest := new(big.Int).QuoRem(part, whole, new(big.Int))
	// The loop ends with the first coin that fails; a quotient beyond 64 bits, cut
	// down to 2^64-1 steps, is not reached either way.
	steps := ^uint64(0)
	if n.IsUint64() {
		steps = n.Uint64()
	}
	for ; steps > 0; steps-- {
		if !expOne(d) {
			return false
		}
	}
	return expFractionBig(d, rest, whole)
}
