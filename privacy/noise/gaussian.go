package noise

import (
	"math/big"
	"math/bits"
)

// Gaussian draws from the discrete Gaussian distribution with mean 0 and a given
// parameter sigma^2: a whole number x with probability proportional to
// exp(-x^2/(2 sigma^2)). Its variance is at most sigma^2, and from sigma = 1 on so
// close to it that the difference has no practical meaning.
//
// Added, each draw of its own, to whole numbers that one person changes by at most d
// in the Euclidean norm (L2), it satisfies d^2/(2 sigma^2)-concentrated differential
// privacy, as the continuous Gaussian does (Canonne, Kamath, Steinke 2020).
type Gaussian struct {
	variance rational
	// proposal is the scale of the Laplace distribution that draws are proposed from:
	// floor(sigma) + 1.
	proposal *big.Int

	// The same numbers where all fit into 64 bits; whole is 0 if they do not.
	scale uint64 // proposal
	step  uint64 // proposal * denominator of sigma^2
	whole uint64 // 2 * numerator * denominator * proposal^2
}

// NewGaussian returns the distribution for a rational sigma^2 above 0 and at most
// 2^80, with at most 256 bits above and below the line. Draws are fastest when
// numerator and denominator are below 2^30.
func NewGaussian(variance *big.Rat) (*Gaussian, error) {
	r, err := newPositive("variance", variance, 2*maxScaleBits)
	if err != nil {
		return nil, err
	}
	g := &Gaussian{variance: r, proposal: new(big.Int).Quo(r.above, r.below)}
	g.proposal.Sqrt(g.proposal)
	g.proposal.Add(g.proposal, big.NewInt(1))
	if whole := g.wholeBig(); whole.IsUint64() {
		g.scale, g.whole = g.proposal.Uint64(), whole.Uint64()
		g.step = g.scale * r.whole
	}
	return g, nil
}

// wholeBig returns 2 * numerator * denominator * proposal^2.
func (g *Gaussian) wholeBig() *big.Int {
	n := new(big.Int).Mul(g.proposal, g.proposal)
	n.Mul(n, g.variance.above)
	n.Mul(n, g.variance.below)
	return n.Lsh(n, 1)
}

// Variance returns the parameter sigma^2.
func (g *Gaussian) Variance() *big.Rat { return g.variance.rat() }

// Draw returns one draw, in [-2^62, 2^62].
func (g *Gaussian) Draw(s *Source) int64 { return g.draw(s) }

// Add adds a draw of its own to each value, in place. A sum beyond int64 stays at
// its limit; that happens after the noise and costs no privacy.
func (g *Gaussian) Add(s *Source, values []int64) {
	for i, v := range values {
		values[i] = addSaturating(v, g.draw(s))
	}
}

// draw is algorithm 3 of Canonne, Kamath, Steinke: Laplace draws with scale t are
// accepted with probability exp(-(|x| - sigma^2/t)^2/(2 sigma^2)). With sigma^2 = p/q
// the exponent is (|x| q t - p)^2 / (2 p q t^2).
func (g *Gaussian) draw(d dice) int64 {
	if g.whole == 0 {
		return g.drawBig(d)
	}
	for {
		size, negative := laplace(d, g.scale, 1)
		if g.accept(d, size) {
			return signed(size, negative)
		}
	}
}

func (g *Gaussian) accept(d dice, size uint64) bool {
	if over, x := bits.Mul64(size, g.step); over == 0 {
		if x < g.variance.part {
			x = g.variance.part - x
		} else {
			x -= g.variance.part
		}
		if high, low := bits.Mul64(x, x); high < g.whole {
			return exp128(d, high, low, g.whole)
		}
	}
	return g.acceptBig(d, new(big.Int).SetUint64(size))
}

// drawBig is draw without a limit of size.
func (g *Gaussian) drawBig(d dice) int64 {
	for {
		x := laplaceBig(d, g.proposal, big.NewInt(1))
		if g.acceptBig(d, big.NewInt(max(x, -x))) {
			return x
		}
	}
}

// acceptBig is accept without a limit of size.
func (g *Gaussian) acceptBig(d dice, size *big.Int) bool {
	x := new(big.Int).Mul(size, g.proposal)
	x.Mul(x, g.variance.below)
	x.Sub(x, g.variance.above)
	return expBig(d, x.Mul(x, x), g.wholeBig())
}
