package budget

import (
	"errors"
	"fmt"
	"math/big"
)

// planBits is how many binary digits planned parameters keep, with at most
// planFraction of them behind the point. Package noise draws such numbers fastest.
const (
	planBits     = 30
	planFraction = 20
)

// Variance returns the least parameter sigma^2, of thirty binary digits, with which
// Gaussian noise on whole numbers of that squared sensitivity costs at most rho.
func (a Accounting) Variance(sensitivitySquared, rho *big.Rat) (*big.Rat, error) {
	if err := a.known(); err != nil {
		return nil, err
	}
	if err := allPositive(sensitivitySquared, rho); err != nil {
		return nil, fmt.Errorf("plan variance: %w", err)
	}
	v := half(new(big.Rat).Quo(sensitivitySquared, rho))
	if a == GaussianCurve {
		v.Add(v, big.NewRat(roundingVariance, 1))
	}
	return roundBits(v, 1), nil
}

// ChoiceEpsilon returns the largest epsilon, of thirty binary digits, with which a
// choice of the exponential mechanism costs at most rho.
func ChoiceEpsilon(rho *big.Rat) (*big.Rat, error) {
	if err := allPositive(rho); err != nil {
		return nil, fmt.Errorf("plan choice: %w", err)
	}
	const p precision = 128
	square := new(big.Rat).Mul(rho, big.NewRat(8, 1))
	root, _ := p.sqrt(p.rat(square)).low.Rat(nil)
	return positive(roundBits(root, 0))
}

// RevealThreshold returns a threshold for showing values that were not known
// beforehand: with discrete Gaussian noise of that variance on counts of people, the
// values that only one person has, at most so many, all stay below it but with
// probability delta. A value may be shown if its noisy count is at least the
// threshold. What that costs is [Reveal]; the noise is a spending of its own.
//
// For whole m >= 1, the discrete Gaussian is m or more with a probability of at most
// Phi(-(m-1)/sigma), and from m = sigma + 1/2 on at most Phi(-(m-1/2)/sigma): the
// weights exp(-k^2/(2 sigma^2)) are at most their integrals over [k-1, k], where they
// fall, or [k-1/2, k+1/2], where they are convex too, and in sum at least
// sqrt(2 pi sigma^2) by Poisson's formula.
func RevealThreshold(variance *big.Rat, values int, delta *big.Rat) (int64, error) {
	if err := allPositive(variance, delta); err != nil {
		return 0, fmt.Errorf("plan threshold: %w", err)
	}
	if values < 1 || delta.Cmp(minDelta) < 0 || variance.Cmp(new(big.Rat).SetInt64(1<<60)) > 0 {
		return 0, errors.New("plan threshold: want at least 1 value, delta of at least 1e-60 and a variance of at most 2^60")
	}
	each := new(big.Rat).Quo(delta, new(big.Rat).SetInt64(int64(values)))
	low, high := int64(0), int64(1)
	for !rarer(variance, high, each) {
		low, high = high, 2*high
	}
	for high-low > 1 {
		if middle := (low + high) / 2; rarer(variance, middle, each) {
			high = middle
		} else {
			low = middle
		}
	}
	return high + 1, nil
}

// rarer reports whether noise of m or more certainly has at most the probability
// limit.
func rarer(variance *big.Rat, m int64, limit *big.Rat) bool {
	const p precision = 320
	distance := big.NewRat(2*m-1, 2)
	if new(big.Rat).Mul(distance, distance).Cmp(variance) < 0 {
		distance = big.NewRat(m-1, 1)
	}
	x := p.quo(p.rat(distance), p.sqrt(p.rat(variance)))
	return p.normal(p.negative(x)).high.Cmp(p.rat(limit).low) <= 0
}

func allPositive(list ...*big.Rat) error {
	for _, r := range list {
		if r == nil || r.Sign() <= 0 || tooLong(r) {
			return fmt.Errorf("a number is missing, not above 0, or longer than %d bits", maxBits)
		}
	}
	return nil
}

// roundBits keeps planBits binary digits of r, and adds up of the last if something was
// cut off.
func roundBits(r *big.Rat, up int64) *big.Rat {
	exponent := r.Num().BitLen() - r.Denom().BitLen() // r is in (2^(exponent-1), 2^(exponent+1))
	if r.Cmp(powerOfTwo(exponent)) >= 0 {
		exponent++
	}
	unit := max(exponent-planBits, -planFraction)
	scaled := new(big.Rat).Mul(r, powerOfTwo(-unit))
	whole, rest := new(big.Int).QuoRem(scaled.Num(), scaled.Denom(), new(big.Int))
	if rest.Sign() != 0 {
		whole.Add(whole, big.NewInt(up))
	}
	return new(big.Rat).Mul(new(big.Rat).SetInt(whole), powerOfTwo(unit))
}

func powerOfTwo(n int) *big.Rat {
	p := new(big.Int).Lsh(big.NewInt(1), uint(max(n, -n)))
	if n < 0 {
		return new(big.Rat).SetFrac(big.NewInt(1), p)
	}
	return new(big.Rat).SetInt(p)
}
