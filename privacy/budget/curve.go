package budget

import (
	"errors"
	"math"
	"math/big"
)

const (
	// roundingVariance is the part s of the variance that pays for discreteness; see
	// the package comment.
	roundingVariance = 2
	// maxCells is the largest sum of squared sensitivities in a ledger of the curve.
	maxCells = 1 << 20
)

// slack is what discreteness costs of epsilon and, relatively, of delta.
var slack = big.NewRat(1, 1<<34)

// curve is the exact delta of continuous Gaussian noise with mu^2 = 2*rho. Epsilon may
// be below 0.
func curve(rho, epsilon *big.Rat) bounds {
	p := tailPrecision(epsilon)
	mu := p.sqrt(p.shift(p.rat(rho), 1))
	half, ratio := p.shift(mu, -1), p.quo(p.rat(epsilon), mu)
	first := p.normal(p.sub(half, ratio))
	second := p.mul(p.exp(p.rat(epsilon)), p.normal(p.negative(p.add(half, ratio))))
	return p.sub(first, second)
}

func curveDelta(rho, epsilon *big.Rat) *big.Rat {
	delta := curve(rho, new(big.Rat).Sub(epsilon, slack)).high
	r, _ := delta.Rat(nil)
	r.Mul(r, new(big.Rat).Add(one, slack))
	return clamp(roundUpRat(r), minDelta, one)
}

// holds reports whether the curve certainly stays within delta.
func holds(rho, epsilon, delta *big.Rat) bool {
	return curveDelta(rho, epsilon).Cmp(delta) <= 0
}

func curveRho(epsilon, delta *big.Rat) (*big.Rat, error) {
	e, _ := epsilon.Float64()
	d, _ := delta.Float64()
	start := math.Exp(bisect(math.Log(1e-20), math.Log(1e6), func(ln float64) bool {
		return approximateCurve(math.Exp(ln), e) > d
	}))
	return edge(start, func(r *big.Rat) bool { return !holds(r, epsilon, delta) }, -1)
}

func curveEpsilon(rho, delta *big.Rat) (*big.Rat, error) {
	if holds(rho, new(big.Rat), delta) {
		return new(big.Rat), nil
	}
	r, _ := rho.Float64()
	d, _ := delta.Float64()
	start := bisect(0, 2*r+100*math.Sqrt(2*r)+1, func(e float64) bool { return approximateCurve(r, e) < d })
	if start > 1000 {
		return nil, errors.New("convert rho: epsilon is above 1000")
	}
	return edge(start, func(e *big.Rat) bool { return holds(rho, e, delta) }, 0)
}

// edge looks near start for the number of twelve digits at which above turns true,
// and returns it, or with move = -1 the number before it.
func edge(start float64, above func(*big.Rat) bool, move int64) (*big.Rat, error) {
	if !(start > 0) {
		return nil, errNothingLeft
	}
	x := new(big.Rat).SetFloat64(start)
	unit := lastDigit(x)
	q := x.Quo(x, unit)
	// Multiples of the unit, so that a search in whole numbers can do the rest.
	n := new(big.Int).Quo(q.Num(), q.Denom()).Int64()
	times := func(k int64) *big.Rat { return new(big.Rat).Mul(new(big.Rat).SetInt64(k), unit) }
	low, high := n, n+1
	for step := int64(1); low > 0 && above(times(low)); step *= 2 {
		low, high = max(0, low-step), low
	}
	for step := int64(1); !above(times(high)); step *= 2 {
		if step > 1<<50 {
			return nil, errNothingLeft
		}
		low, high = high, high+step
	}
	for high-low > 1 {
		if middle := (low + high) / 2; above(times(middle)) {
			high = middle
		} else {
			low = middle
		}
	}
	return positive(times(high + move))
}

var errNothingLeft = errors.New("convert budget: the parameters leave nothing to spend")

// bisect finds where above turns true.
func bisect(low, high float64, above func(float64) bool) float64 {
	for range 100 {
		if middle := (low + high) / 2; above(middle) {
			high = middle
		} else {
			low = middle
		}
	}
	return (low + high) / 2
}

// approximateCurve is the curve in floating point. With R(x) = Phi(-x)/density(x) it is
// density(x)*(R(x) - R(y)), so that nothing overflows.
func approximateCurve(rho, epsilon float64) float64 {
	mu := math.Sqrt(2 * rho)
	x, y := epsilon/mu-mu/2, epsilon/mu+mu/2
	first := math.Erfc(x/math.Sqrt2) / 2
	if y < 25 {
		return first - math.Exp(epsilon)*math.Erfc(y/math.Sqrt2)/2
	}
	// Phi(-y) is density(y)/y * (1 - 1/y^2 + 3/y^4 - 15/y^6 …), e^epsilon*density(y) is
	// density(x).
	density := math.Exp(-x*x/2) / math.Sqrt(2*math.Pi)
	s := 1 / (y * y)
	return first - density/y*(1-s*(1-3*s*(1-5*s*(1-7*s))))
}
