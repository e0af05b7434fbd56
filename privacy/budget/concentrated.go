package budget

import (
	"math"
	"math/big"
)

// conversionPrecision is that of the conversions of concentrated privacy. No
// differences of nearly equal numbers arise that it would not cover many times: alpha
// exceeds 2^70 only where rho is tiny and epsilon is not.
const conversionPrecision precision = 200

// Every order alpha = 1+a > 1 gives a valid conversion,
//
//	ln delta = a*((1+a)*rho - epsilon) - ln a + (1+a)*ln(a/(1+a)),
//
// so a comes from floating-point search and the rest from interval arithmetic. Solved
// for epsilon and rho it reads
//
//	epsilon = (1+a)*rho + c   and   rho = (epsilon - c)/(1+a)
//	with c = (ln(1/delta) - ln(1+a))/a + ln(a/(1+a)).

func concentratedDelta(rho, epsilon *big.Rat) *big.Rat {
	p := conversionPrecision
	r, _ := rho.Float64()
	e, _ := epsilon.Float64()
	// The derivative of ln delta, which grows with a.
	a := search(func(a float64) bool { return (2*a+1)*r-e+math.Log(a/(1+a)) > 0 })
	order := p.rat(a)
	next := p.add(order, p.int(1))
	ln := p.mul(order, p.sub(p.mul(next, p.rat(rho)), p.rat(epsilon)))
	ln = p.sub(ln, p.ln(order))
	ln = p.add(ln, p.mul(next, p.ln(p.quo(order, next))))
	return deltaUp(p, ln)
}

// deltaUp returns e^ln rounded up, at least 1e-60 and at most 1.
func deltaUp(p precision, ln bounds) *big.Rat {
	if ln.high.Sign() >= 0 {
		return new(big.Rat).Set(one)
	}
	if ln.high.Cmp(big.NewFloat(-200)) < 0 { // 1e-60 is e^-138
		return new(big.Rat).Set(minDelta)
	}
	return clamp(roundUp(p.exp(ln).high), minDelta, one)
}

func concentratedEpsilon(rho, delta *big.Rat) *big.Rat {
	p := conversionPrecision
	r, _ := rho.Float64()
	l := lnInverse(delta)
	// The derivative of epsilon, times a^2.
	a := search(func(a float64) bool { return a*a*r-l+math.Log1p(a) > 0 })
	next := p.add(p.rat(a), p.int(1))
	epsilon := p.add(p.mul(next, p.rat(rho)), p.offset(a, delta))
	if epsilon.high.Sign() <= 0 {
		return new(big.Rat)
	}
	return roundUp(epsilon.high)
}

func concentratedRho(epsilon, delta *big.Rat) (*big.Rat, error) {
	p := conversionPrecision
	e, _ := epsilon.Float64()
	l := lnInverse(delta)
	// The derivative of rho, times -a^2*(1+a)^2, turns from negative to positive at
	// the maximum.
	a := search(func(a float64) bool {
		c := (l-math.Log1p(a))/a + math.Log(a/(1+a))
		return a*a*(e-c)-(1+a)*(l-math.Log1p(a)) > 0
	})
	next := p.add(p.rat(a), p.int(1))
	rho := p.quo(p.sub(p.rat(epsilon), p.offset(a, delta)), next)
	return positive(roundDown(rho.low))
}

// offset is c.
func (p precision) offset(a, delta *big.Rat) bounds {
	order := p.rat(a)
	next := p.add(order, p.int(1))
	c := p.add(p.ln(p.rat(delta)), p.ln(next))
	return p.sub(p.ln(p.quo(order, next)), p.quo(c, order))
}

// lnInverse is ln(1/delta), to the precision of float64.
func lnInverse(delta *big.Rat) float64 {
	f, _ := delta.Float64() // delta is at least 1e-60
	return -math.Log(f)
}

// search returns a number a from 1e-15 to 1e30 at which above turns true, to the
// precision of float64. It needs no more: where it is used, small errors of a have no
// effect of first order on the result, and none on its validity.
func search(above func(a float64) bool) *big.Rat {
	low, high := math.Log(1e-15), math.Log(1e30)
	for range 100 {
		if middle := (low + high) / 2; above(math.Exp(middle)) {
			high = middle
		} else {
			low = middle
		}
	}
	return new(big.Rat).SetFloat64(math.Exp((low + high) / 2))
}
