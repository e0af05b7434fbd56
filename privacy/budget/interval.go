package budget

import (
	"math"
	"math/big"
)

// bounds is an interval that is certain to hold a real number: every operation
// rounds the lower end down and the upper end up. So no error analysis is needed
// but for what series leave out, and those terms are added to the ends.
type bounds struct{ low, high *big.Float }

// precision is that of both ends in bits. Results need forty; the rest is for
// differences of nearly equal numbers, see [tailPrecision].
type precision uint

func (p precision) float(mode big.RoundingMode) *big.Float {
	return new(big.Float).SetPrec(uint(p)).SetMode(mode)
}

func (p precision) down() *big.Float { return p.float(big.ToNegativeInf) }
func (p precision) up() *big.Float   { return p.float(big.ToPositiveInf) }

func (p precision) rat(r *big.Rat) bounds { return bounds{p.down().SetRat(r), p.up().SetRat(r)} }

// int is a whole number, exact if it has at most p bits, as all have that are used.
func (p precision) int(n int64) bounds { return point(p.down().SetInt64(n)) }

// point is an interval of one number.
func point(x *big.Float) bounds { return bounds{x, x} }

func (p precision) add(x, y bounds) bounds {
	return bounds{p.down().Add(x.low, y.low), p.up().Add(x.high, y.high)}
}

func (p precision) sub(x, y bounds) bounds {
	return bounds{p.down().Sub(x.low, y.high), p.up().Sub(x.high, y.low)}
}

// mul takes the extremes of the products of the ends.
func (p precision) mul(x, y bounds) bounds {
	if x.low.Sign() >= 0 && y.low.Sign() >= 0 {
		return bounds{p.down().Mul(x.low, y.low), p.up().Mul(x.high, y.high)}
	}
	return p.extremes(x, y, (*big.Float).Mul)
}

// quo divides by what is above 0 or below 0.
func (p precision) quo(x, y bounds) bounds {
	if y.low.Sign() <= 0 && y.high.Sign() >= 0 {
		panic("divide by an interval around zero")
	}
	if x.low.Sign() >= 0 && y.low.Sign() > 0 {
		return bounds{p.down().Quo(x.low, y.high), p.up().Quo(x.high, y.low)}
	}
	return p.extremes(x, y, (*big.Float).Quo)
}

func (p precision) extremes(x, y bounds, op func(z, a, b *big.Float) *big.Float) bounds {
	z := bounds{op(p.down(), x.low, y.low), op(p.up(), x.low, y.low)}
	if x.low == x.high && y.low == y.high {
		return z
	}
	for _, ends := range [...][2]*big.Float{{x.low, y.high}, {x.high, y.low}, {x.high, y.high}} {
		if low := op(p.down(), ends[0], ends[1]); low.Cmp(z.low) < 0 {
			z.low = low
		}
		if high := op(p.up(), ends[0], ends[1]); high.Cmp(z.high) > 0 {
			z.high = high
		}
	}
	return z
}

// shift multiplies by 2^n, which is exact.
func (p precision) shift(x bounds, n int) bounds {
	return bounds{p.down().SetMantExp(x.low, n), p.up().SetMantExp(x.high, n)}
}

// widen makes room for a term between -term and term.
func (p precision) widen(x, term bounds) bounds {
	size := p.up().Abs(term.high)
	if low := p.up().Abs(term.low); low.Cmp(size) > 0 {
		size = low
	}
	return bounds{p.down().Sub(x.low, size), p.up().Add(x.high, size)}
}

// negligible reports whether a term, without its sign, no longer matters beside a sum
// that is not below 0.
func (p precision) negligible(term, sum bounds) bool {
	return term.high.Sign() == 0 || term.high.MantExp(nil) < sum.low.MantExp(nil)-int(p)
}

// sqrt is the square root of what is not below 0. That big.Float.Sqrt rounds to the
// right side is not taken on trust: its result is squared and, where needed, moved.
func (p precision) sqrt(x bounds) bounds {
	root := func(v, z *big.Float, wrong int) *big.Float {
		if v.Sign() == 0 {
			return z
		}
		z.Sqrt(v)
		unit := z.MantExp(nil) - int(p)
		step := new(big.Float).SetMantExp(big.NewFloat(float64(-wrong)), unit)
		for new(big.Float).SetPrec(2*uint(p)+8).Mul(z, z).Cmp(v) == wrong {
			z.Add(z, step)
		}
		return z
	}
	return bounds{root(x.low, p.down(), 1), root(x.high, p.up(), -1)}
}

// ln2 is 2*atanh(1/3).
func (p precision) ln2() bounds {
	return p.shift(p.atanh(p.quo(p.int(1), p.int(3))), 1)
}

// atanh sums z + z^3/3 + z^5/5 + … for |z| <= 1/3. What is left out after a term t is
// at most t*z^2/(1-z^2) < t.
func (p precision) atanh(z bounds) bounds {
	if z.low.Sign() == 0 && z.high.Sign() == 0 {
		return z
	}
	square := p.square(z)
	sum, power := z, z
	for k := int64(3); ; k += 2 {
		power = p.mul(power, square)
		term := p.quo(power, p.int(k))
		sum = p.add(sum, term)
		if p.negligible(p.absolute(term), p.absolute(z)) {
			return p.widen(sum, term)
		}
	}
}

// square is mul with the knowledge that both factors are the same number.
func (p precision) square(x bounds) bounds {
	a := p.absolute(x)
	return bounds{p.down().Mul(a.low, a.low), p.up().Mul(a.high, a.high)}
}

// absolute takes the sign away.
func (p precision) absolute(x bounds) bounds {
	switch {
	case x.low.Sign() >= 0:
		return x
	case x.high.Sign() <= 0:
		return bounds{p.down().Neg(x.high), p.up().Neg(x.low)}
	}
	high := p.up().Neg(x.low)
	if x.high.Cmp(high) > 0 {
		high = x.high
	}
	return bounds{p.down(), high}
}

// ln is the natural logarithm of what is above 0: with x = m*2^k and m in
// [1/2, 1], ln x = k*ln 2 + 2*atanh((m-1)/(m+1)).
func (p precision) ln(x bounds) bounds {
	k := x.high.MantExp(nil)
	m := p.shift(x, -k)
	one := p.int(1)
	z := p.quo(p.sub(m, one), p.add(m, one))
	return p.add(p.mul(p.int(int64(k)), p.ln2()), p.shift(p.atanh(z), 1))
}

// exp is e^x for |x| < 2^20: with x = k*ln 2 + r, it is 2^k times the series of e^r,
// and what is left out after a term t is less than t for |r| < 1.
func (p precision) exp(x bounds) bounds {
	f, _ := x.high.Float64()
	k := int(math.Round(f / math.Ln2))
	r := p.sub(x, p.mul(p.int(int64(k)), p.ln2()))
	sum, term := p.int(1), p.int(1)
	for n := int64(1); ; n++ {
		term = p.quo(p.mul(term, r), p.int(n))
		sum = p.add(sum, term)
		if n > 2 && p.negligible(p.absolute(term), sum) {
			return p.shift(p.widen(sum, term), k)
		}
	}
}

// pi is Machin's 16*atan(1/5) - 4*atan(1/239).
func (p precision) pi() bounds {
	return p.sub(p.shift(p.atanInverse(5), 4), p.shift(p.atanInverse(239), 2))
}

// atanInverse sums 1/n - 1/(3n^3) + 1/(5n^5) - …; what is left out is less than the
// last term.
func (p precision) atanInverse(n int64) bounds {
	power := p.quo(p.int(1), p.int(n))
	sum := power
	for k := int64(3); ; k += 2 {
		power = p.quo(power, p.int(-n*n))
		term := p.quo(power, p.int(k))
		sum = p.add(sum, term)
		if p.negligible(p.absolute(term), sum) {
			return p.widen(sum, term)
		}
	}
}
