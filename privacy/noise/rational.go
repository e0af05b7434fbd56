package noise

import (
	"fmt"
	"math/big"
	"math/bits"
)

// maxBits bounds the numerator and the denominator of every parameter.
const maxBits = 256

// rational is a parameter of at least 0 in lowest terms: above/below. Where both fit
// into 64 bits they stand in part and whole too, and whole is not 0.
type rational struct {
	above, below *big.Int
	part, whole  uint64
}

func newRational(name string, r *big.Rat) (rational, error) {
	switch {
	case r == nil:
		return rational{}, fmt.Errorf("read %s: missing", name)
	case r.Sign() < 0:
		return rational{}, fmt.Errorf("read %s: negative", name)
	case r.Num().BitLen() > maxBits || r.Denom().BitLen() > maxBits:
		return rational{}, fmt.Errorf("read %s: more than %d bits above or below the line", name, maxBits)
	}
	// Copies: the caller may go on calculating with r.
	q := rational{above: new(big.Int).Set(r.Num()), below: new(big.Int).Set(r.Denom())}
	if q.above.IsUint64() && q.below.IsUint64() {
		q.part, q.whole = q.above.Uint64(), q.below.Uint64()
	}
	return q, nil
}

// newPositive is newRational for a parameter above 0 and at most 2^limit.
func newPositive(name string, r *big.Rat, limit uint) (rational, error) {
	q, err := newRational(name, r)
	if err != nil {
		return q, err
	}
	if q.above.Sign() == 0 {
		return q, fmt.Errorf("read %s: zero", name)
	}
	if q.above.Cmp(new(big.Int).Lsh(q.below, limit)) > 0 {
		return q, fmt.Errorf("read %s: more than 2^%d", name, limit)
	}
	return q, nil
}

// rat returns a copy for the caller.
func (q rational) rat() *big.Rat { return new(big.Rat).SetFrac(q.above, q.below) }

// expTimes shows true with probability exp(-n*q).
func (q rational) expTimes(d dice, n uint64) bool {
	if high, low := bits.Mul64(n, q.part); high < q.whole {
		return exp128(d, high, low, q.whole)
	}
	// Either the rational has no small form, then whole is 0, or the product is too
	// large for it.
	product := new(big.Int).SetUint64(n)
	return expBig(d, product.Mul(product, q.above), q.below)
}
