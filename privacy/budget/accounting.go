package budget

import (
	"fmt"
	"math/big"
)

// Accounting is a way to add up privacy losses. Both kinds measure in rho, the unit of
// concentrated differential privacy; for Gaussian noise, rho = mu^2/2.
type Accounting string

const (
	// Concentrated accounts for every mechanism of this package.
	Concentrated Accounting = "zcdp"
	// GaussianCurve accounts for Gaussian noise and thresholds only, and allows 8 to 15 %
	// more of it. Variances must be above 2 and squared sensitivities whole.
	GaussianCurve Accounting = "gaussian"
)

// The parameters that conversions accept.
var (
	maxEpsilon = big.NewRat(1000, 1)
	maxRho     = big.NewRat(1_000_000, 1)
	minRho     = powerOfTen(-20)
	minDelta   = powerOfTen(-60)
	minEpsilon = powerOfTen(-9)
	one        = big.NewRat(1, 1)
)

// Rho returns how much may be spent under a promise: the largest rho, rounded down to
// twelve digits, with which everything is (epsilon, delta)-differentially private.
//
// Epsilon is between 1e-9 and 1000, delta between 1e-60 and 1, and not 1.
func (a Accounting) Rho(epsilon, delta *big.Rat) (*big.Rat, error) {
	if err := a.known(); err != nil {
		return nil, err
	}
	if err := within("epsilon", epsilon, minEpsilon, maxEpsilon); err != nil {
		return nil, err
	}
	if err := checkDelta(delta); err != nil {
		return nil, err
	}
	if a == GaussianCurve {
		return curveRho(epsilon, delta)
	}
	return concentratedRho(epsilon, delta)
}

// Epsilon returns what was promised by spending rho: the least epsilon, rounded up to
// twelve digits, for which everything is (epsilon, delta)-differentially private. It
// is 0 if delta alone covers the loss.
//
// Rho is 0 or between 1e-20 and 1000000, delta between 1e-60 and 1, and not 1.
func (a Accounting) Epsilon(rho, delta *big.Rat) (*big.Rat, error) {
	if err := a.known(); err != nil {
		return nil, err
	}
	if err := checkDelta(delta); err != nil {
		return nil, err
	}
	if rho != nil && rho.Sign() == 0 {
		return new(big.Rat), nil
	}
	if err := within("rho", rho, minRho, maxRho); err != nil {
		return nil, err
	}
	if a == GaussianCurve {
		return curveEpsilon(rho, delta)
	}
	return concentratedEpsilon(rho, delta), nil
}

// Delta returns the least delta, rounded up to twelve digits, for which everything is
// (epsilon, delta)-differentially private after spending rho; at least 1e-60 unless
// rho is 0.
//
// Rho is 0 or between 1e-20 and 1000000, epsilon between 0 and 1000.
func (a Accounting) Delta(rho, epsilon *big.Rat) (*big.Rat, error) {
	if err := a.known(); err != nil {
		return nil, err
	}
	if err := within("epsilon", epsilon, new(big.Rat), maxEpsilon); err != nil {
		return nil, err
	}
	if rho != nil && rho.Sign() == 0 {
		return new(big.Rat), nil
	}
	if err := within("rho", rho, minRho, maxRho); err != nil {
		return nil, err
	}
	if a == GaussianCurve {
		return curveDelta(rho, epsilon), nil
	}
	return concentratedDelta(rho, epsilon), nil
}

func (a Accounting) known() error {
	if a != Concentrated && a != GaussianCurve {
		return fmt.Errorf("choose accounting: %q is neither %q nor %q", string(a), Concentrated, GaussianCurve)
	}
	return nil
}

func checkDelta(delta *big.Rat) error {
	if err := within("delta", delta, minDelta, one); err != nil {
		return err
	}
	if delta.Cmp(one) == 0 {
		return fmt.Errorf("read delta: 1 promises nothing")
	}
	return nil
}

func within(name string, r, low, high *big.Rat) error {
	if r == nil {
		return fmt.Errorf("read %s: missing", name)
	}
	if r.Cmp(low) < 0 || r.Cmp(high) > 0 {
		return fmt.Errorf("read %s: %s is not between %s and %s", name, Text(r), Text(low), Text(high))
	}
	return nil
}
