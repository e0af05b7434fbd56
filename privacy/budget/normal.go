package budget

import (
	"math"
	"math/big"
)

// tailPrecision is enough for the Gaussian curve, the difference of a tail of the
// normal distribution and another times e^epsilon, which takes 1.5 bits per unit of
// epsilon: what is computed of either is off by less than 2^-245.
func tailPrecision(epsilon *big.Rat) precision {
	f, _ := epsilon.Float64()
	return precision(256 + int(math.Ceil(3*math.Abs(f))))
}

// normal is the distribution function of the standard normal distribution,
// 1/2 + density(x) * (x + x^3/3 + x^5/(3*5) + x^7/(3*5*7) + …).
//
// A tail is at most exp(-x^2/2)/2. Where that is below 2^-p, it is taken to be
// something between 0 and 2^-p.
func (p precision) normal(x bounds) bounds {
	square := p.square(x)
	half := p.shift(p.int(1), -1)
	if f, _ := square.low.Float64(); f > 2*math.Ln2*float64(p) {
		tail := bounds{p.down(), p.shift(p.int(1), -int(p)).high}
		if x.low.Sign() < 0 {
			return tail
		}
		return p.sub(p.int(1), tail)
	}
	density := p.quo(p.exp(p.negative(p.shift(square, -1))), p.sqrt(p.shift(p.pi(), 1)))
	return p.add(half, p.mul(density, p.mul(x, p.oddSeries(square))))
}

// oddSeries sums 1 + s/3 + s^2/(3*5) + …, for s >= 0. Once terms fall by half or more,
// what is left out is at most the last.
func (p precision) oddSeries(s bounds) bounds {
	sum, term := p.int(1), p.int(1)
	f, _ := s.high.Float64()
	for k := int64(3); ; k += 2 {
		term = p.quo(p.mul(term, s), p.int(k))
		sum = p.add(sum, term)
		if float64(k) > 2*f+2 && p.negligible(term, sum) {
			return p.widen(sum, term)
		}
	}
}

func (p precision) negative(x bounds) bounds {
	return bounds{p.down().Neg(x.high), p.up().Neg(x.low)}
}
