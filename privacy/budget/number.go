package budget

import (
	"fmt"
	"math/big"
	"regexp"
)

// digits is how many significant digits conversions keep.
const digits = 12

// maxBits bounds the numerator and the denominator of every parameter.
const maxBits = 256

// plain is how numbers are written: 3, 0.25, 1e-9 or 1/3.
var plain = regexp.MustCompile(`^[0-9]{1,80}(\.[0-9]{1,80}([eE][+-]?[0-9]{1,2})?|[eE][+-]?[0-9]{1,2}|/[0-9]{1,80})?$`)

// Number reads a number of at least 0 exactly, as policies and ledgers write it: 3,
// 0.25, 1e-9 or 1/3. It has at most 256 bits above and below the line.
func Number(text string) (*big.Rat, error) {
	if !plain.MatchString(text) {
		return nil, fmt.Errorf("read number: %.40q is not like 3, 0.25, 1e-9 or 1/3", text)
	}
	r, ok := new(big.Rat).SetString(text)
	if !ok {
		return nil, fmt.Errorf("read number: %.40q divides by zero", text)
	}
	if tooLong(r) {
		return nil, fmt.Errorf("read number: %.40q is too long", text)
	}
	return r, nil
}

func tooLong(r *big.Rat) bool { return r.Num().BitLen() > maxBits || r.Denom().BitLen() > maxBits }

// Text writes a number exactly: as a decimal number if that is possible with at most
// forty digits behind the point, as a fraction otherwise. [Number] reads it.
func Text(r *big.Rat) string {
	if r.IsInt() {
		return r.Num().String()
	}
	if n, exact := r.FloatPrec(); exact && n <= 40 {
		return r.FloatString(n)
	}
	return r.String()
}

// roundUp and roundDown keep twelve significant digits of a number above 0.
func roundUp(f *big.Float) *big.Rat {
	r, _ := f.Rat(nil)
	return roundUpRat(r)
}

func roundDown(f *big.Float) *big.Rat {
	r, _ := f.Rat(nil)
	return roundDownRat(r)
}

func roundUpRat(r *big.Rat) *big.Rat {
	down := roundDownRat(r)
	if down.Cmp(r) == 0 {
		return down
	}
	return down.Add(down, lastDigit(r))
}

func roundDownRat(r *big.Rat) *big.Rat {
	if r.Sign() <= 0 {
		return new(big.Rat)
	}
	unit := lastDigit(r)
	q := new(big.Rat).Quo(r, unit)
	whole := new(big.Int).Quo(q.Num(), q.Denom())
	return unit.Mul(unit, new(big.Rat).SetInt(whole))
}

// lastDigit is the unit of the twelfth significant digit of a number above 0.
func lastDigit(r *big.Rat) *big.Rat {
	// The estimate is the exponent or one below it.
	exponent := (r.Num().BitLen() - r.Denom().BitLen() - 1) * 30103 / 100000
	for powerOfTen(exponent).Cmp(r) > 0 {
		exponent--
	}
	for powerOfTen(exponent+1).Cmp(r) <= 0 {
		exponent++
	}
	return powerOfTen(exponent - digits + 1)
}

func powerOfTen(n int) *big.Rat {
	p := new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(max(n, -n))), nil)
	if n < 0 {
		return new(big.Rat).SetFrac(big.NewInt(1), p)
	}
	return new(big.Rat).SetInt(p)
}

func clamp(r, low, high *big.Rat) *big.Rat {
	switch {
	case r.Cmp(low) < 0:
		r = low
	case r.Cmp(high) > 0:
		r = high
	}
	return new(big.Rat).Set(r)
}

func positive(r *big.Rat) (*big.Rat, error) {
	if r.Sign() <= 0 {
		return nil, errNothingLeft
	}
	return r, nil
}
