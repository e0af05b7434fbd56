package noise

import (
	"math"
	"math/big"
)

const (
	// maxSteps bounds the geometric part of a draw. Reaching it has a probability of
	// exp(-2^22).
	maxSteps = 1 << 22
	// farthest stands for what lies beyond.
	farthest = 1 << 62
	// maxScaleBits bounds the scale of the Laplace distribution and the standard
	// deviation of the Gaussian: 2^40, so that farthest is out of reach.
	maxScaleBits = 40
)

// Laplace draws from the discrete Laplace distribution with a given scale: a whole
// number x with probability proportional to exp(-|x|/scale).
//
// Added to whole numbers that one person changes by at most d in all (L1), it is
// (d/scale)-differentially private.
type Laplace struct {
	scale rational
}

// NewLaplace returns the distribution for a rational scale above 0 and at most 2^40,
// with at most 256 bits above and below the line.
func NewLaplace(scale *big.Rat) (*Laplace, error) {
	r, err := newPositive("scale", scale, maxScaleBits)
	if err != nil {
		return nil, err
	}
	return &Laplace{r}, nil
}

// Scale returns the parameter.
func (l *Laplace) Scale() *big.Rat { return l.scale.rat() }

// Draw returns one draw, in [-2^62, 2^62].
func (l *Laplace) Draw(s *Source) int64 { return l.draw(s) }

// Add adds a draw of its own to each value, in place. A sum beyond int64 stays at
// its limit; that happens after the noise and costs no privacy.
func (l *Laplace) Add(s *Source, values []int64) {
	for i, v := range values {
		values[i] = addSaturating(v, l.draw(s))
	}
}

func (l *Laplace) draw(d dice) int64 {
	if above := l.scale.part; above>>maxScaleBits == 0 && l.scale.whole != 0 {
		size, negative := laplace(d, above, l.scale.whole)
		return signed(size, negative)
	}
	return laplaceBig(d, l.scale.above, l.scale.below)
}

// laplace is algorithm 2 of Canonne, Kamath, Steinke for the scale part/whole, with
// part <= 2^40.
func laplace(d dice, part, whole uint64) (size uint64, negative bool) {
	for {
		if size, negative, ok := tryLaplace(d, part, whole); ok {
			return size, negative
		}
	}
}

// tryLaplace is one trial. A remainder u below part, kept with probability
// exp(-u/part), and a geometric number of parts make floor((u + part*v)/whole)
// geometric with the ratio exp(-whole/part); a fair sign makes it Laplace, if zero is
// not counted twice.
func tryLaplace(d dice, part, whole uint64) (size uint64, negative, ok bool) {
	u := d.below(part)
	if !expFraction(d, u, part) {
		return 0, false, false
	}
	v := geometric(d)
	size = (u + part*v) / whole
	if v == maxSteps {
		size = farthest
	}
	negative = d.chance(1, 2)
	return size, negative, !negative || size != 0
}

// laplaceBig is laplace without a limit of size. Its steps are the same, so that
// both turn the same random words into the same draw.
func laplaceBig(d dice, part, whole *big.Int) int64 {
	for {
		if x, ok := tryLaplaceBig(d, part, whole); ok {
			return x
		}
	}
}

// tryLaplaceBig is tryLaplace without a limit of size.
func tryLaplaceBig(d dice, part, whole *big.Int) (x int64, ok bool) {
	u := d.belowBig(part)
	if !expFractionBig(d, u, part) {
		return 0, false
	}
	v := geometric(d)
	size := new(big.Int).SetUint64(v)
	size.Mul(size, part)
	size.Add(size, u)
	size.Quo(size, whole)
	if v == maxSteps || size.BitLen() > 62 {
		size.SetUint64(farthest)
	}
	negative := d.chance(1, 2)
	return signed(size.Uint64(), negative), !negative || size.Sign() != 0
}

// geometric counts the successes of coins of probability exp(-1) before the first
// that fails, up to maxSteps.
func geometric(d dice) uint64 {
	v := uint64(0)
	for v < maxSteps && expOne(d) {
		v++
	}
	return v
}

func signed(size uint64, negative bool) int64 {
	if negative {
		return -int64(size)
	}
	return int64(size)
}

// addSaturating adds and stays within int64.
func addSaturating(a, b int64) int64 {
	sum := a + b
	switch {
	case b > 0 && sum < a:
		return math.MaxInt64
	case b < 0 && sum > a:
		return math.MinInt64
	}
	return sum
}
