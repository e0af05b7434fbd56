package budget

import (
	"errors"
	"fmt"
	"math/big"
	"unicode/utf8"
)

// Mechanism names how a result was made private.
type Mechanism string

// The mechanisms whose cost this package knows.
const (
	DiscreteGaussian Mechanism = "discrete gaussian"
	DiscreteLaplace  Mechanism = "discrete laplace"
	Exponential      Mechanism = "exponential"
	Threshold        Mechanism = "threshold"
)

// Spending is one use of a mechanism. It never changes; make it with [Gaussian],
// [Laplace], [Choice] or [Reveal], which know its cost.
type Spending struct {
	what      string
	mechanism Mechanism

	// Each mechanism has some of these; the others are nil.
	sensitivity *big.Rat // squared L2 for Gaussian, L1 for Laplace noise
	variance    *big.Rat // parameter sigma^2 of Gaussian noise
	scale       *big.Rat // of Laplace noise
	epsilon     *big.Rat // of a choice
	delta       *big.Rat // of a threshold
}

// maxWhat bounds the length of a description in bytes.
const maxWhat = 1000

// Gaussian is discrete Gaussian noise with the parameter sigma^2 = variance on a vector
// of whole numbers. sensitivitySquared bounds the sum of the squares of the changes
// that one person makes to them: for counts of people, the largest number of counts
// that one person is in.
func Gaussian(what string, sensitivitySquared, variance *big.Rat) (Spending, error) {
	return Spending{what: what, mechanism: DiscreteGaussian, sensitivity: sensitivitySquared, variance: variance}.checked()
}

// Laplace is discrete Laplace noise with a scale on a vector of whole numbers.
// sensitivity bounds the sum of the absolute changes that one person makes.
func Laplace(what string, sensitivity, scale *big.Rat) (Spending, error) {
	return Spending{what: what, mechanism: DiscreteLaplace, sensitivity: sensitivity, scale: scale}.checked()
}

// Choice is one choice of the exponential mechanism with this epsilon.
func Choice(what string, epsilon *big.Rat) (Spending, error) {
	return Spending{what: what, mechanism: Exponential, epsilon: epsilon}.checked()
}

// Reveal is the use of a threshold that shows values only one person has with
// probability at most delta, see [RevealThreshold]. The noise on the counts that the
// threshold is applied to is a spending of its own.
func Reveal(what string, delta *big.Rat) (Spending, error) {
	return Spending{what: what, mechanism: Threshold, delta: delta}.checked()
}

// What says what was computed.
func (s Spending) What() string { return s.what }

// Mechanism says how it was made private.
func (s Spending) Mechanism() Mechanism { return s.mechanism }

// String describes the spending in one line.
func (s Spending) String() string {
	text := fmt.Sprintf("%s: %s", s.what, s.mechanism)
	for _, p := range s.parameters() {
		if r := *p.value; r != nil {
			text += fmt.Sprintf(", %s %s", p.name, Text(r))
		}
	}
	return text
}

// Rho is the cost under an accounting. It is 0 for a threshold. Under [GaussianCurve]
// other mechanisms than Gaussian noise have no cost but an error.
func (s Spending) Rho(a Accounting) (*big.Rat, error) {
	if err := a.known(); err != nil {
		return nil, err
	}
	switch {
	case s.mechanism == Threshold:
		return new(big.Rat), nil
	case s.mechanism == DiscreteGaussian && a == Concentrated:
		return half(new(big.Rat).Quo(s.sensitivity, s.variance)), nil
	case s.mechanism == DiscreteGaussian:
		left := new(big.Rat).Sub(s.variance, big.NewRat(roundingVariance, 1))
		if left.Sign() <= 0 || !s.sensitivity.IsInt() {
			return nil, fmt.Errorf("account for %s: the Gaussian curve needs a variance above %d and a whole squared sensitivity", s.what, roundingVariance)
		}
		return half(left.Quo(s.sensitivity, left)), nil
	case a != Concentrated:
		return nil, fmt.Errorf("account for %s: the Gaussian curve does not cover the mechanism %s", s.what, s.mechanism)
	case s.mechanism == DiscreteLaplace:
		epsilon := new(big.Rat).Quo(s.sensitivity, s.scale)
		return half(epsilon.Mul(epsilon, epsilon)), nil
	case s.mechanism == Exponential:
		square := new(big.Rat).Mul(s.epsilon, s.epsilon)
		return square.Quo(square, big.NewRat(8, 1)), nil
	}
	return nil, errors.New("account for spending: not made by a function of this package")
}

// Delta is what the spending takes of delta: 0 but for thresholds. The caller may
// change the number.
func (s Spending) Delta() *big.Rat {
	if s.delta == nil {
		return new(big.Rat)
	}
	return new(big.Rat).Set(s.delta)
}

func half(r *big.Rat) *big.Rat { return r.Mul(r, big.NewRat(1, 2)) }

// parameter is a number that a mechanism has.
type parameter struct {
	name  string
	value **big.Rat
	of    Mechanism
}

// parameters lists all numbers, with the only mechanism that has them.
func (s *Spending) parameters() []parameter {
	sensitivity := parameter{"sensitivity", &s.sensitivity, DiscreteLaplace}
	if s.mechanism == DiscreteGaussian {
		sensitivity = parameter{"squared sensitivity", &s.sensitivity, DiscreteGaussian}
	}
	return []parameter{
		sensitivity,
		{"variance", &s.variance, DiscreteGaussian},
		{"scale", &s.scale, DiscreteLaplace},
		{"epsilon", &s.epsilon, Exponential},
		{"delta", &s.delta, Threshold},
	}
}

// checked copies the numbers, so that the caller cannot change them any more, and
// holds them to what the mechanism needs.
func (s Spending) checked() (Spending, error) {
	if s.what == "" || len(s.what) > maxWhat || !utf8.ValidString(s.what) {
		return Spending{}, fmt.Errorf("describe spending: want 1 to %d bytes of text", maxWhat)
	}
	count := 0
	for _, p := range s.parameters() {
		r := *p.value
		if p.of != s.mechanism {
			if r != nil {
				return Spending{}, fmt.Errorf("account for %s: %s has no %s", s.what, s.mechanism, p.name)
			}
			continue
		}
		count++
		if r == nil || r.Sign() <= 0 || tooLong(r) {
			return Spending{}, fmt.Errorf("account for %s: %s needs a %s above 0, with at most %d bits above and below the line", s.what, s.mechanism, p.name, maxBits)
		}
		*p.value = new(big.Rat).Set(r)
	}
	if count == 0 {
		return Spending{}, fmt.Errorf("account for %s: unknown mechanism %q", s.what, string(s.mechanism))
	}
	return s, nil
}
