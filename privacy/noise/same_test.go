package noise

import (
	"fmt"
	"math/big"
	"math/rand/v2"
	"testing"
)

// pair returns two sources that give the same words.
func pair(seed uint64) (a, b *Source) {
	var key [32]byte
	for i := range 8 {
		key[i] = byte(seed >> (8 * i))
	}
	return NewSourceForTesting(key), NewSourceForTesting(key)
}

// same runs two samplers on the same words. They must give the same draws and leave
// the sources at the same place.
func same(seed uint64, draws int, words, big func(*Source) int64) error {
	a, b := pair(seed)
	for i := range draws {
		if x, y := words(a), big(b); x != y {
			return fmt.Errorf("draw %d: %d with words, %d with big numbers", i, x, y)
		}
	}
	if a.Uint64() != b.Uint64() {
		return fmt.Errorf("the two read different amounts of randomness")
	}
	return nil
}

// fraction returns a random fraction whose parts have up to so many bits; all sizes
// are equally frequent.
func fraction(r *rand.Rand, above, below int) *big.Rat {
	part := func(limit int) int64 { return 1 + r.Int64()>>(63-r.IntN(limit)-1) }
	return big.NewRat(part(above), part(below))
}

// TestWordsAndBigNumbersAgree: the sampler in 64-bit words and the one in big numbers
// are the same function of the random words, so what is proven of one holds for the
// other. Parameters go up to the limits of the 64-bit forms.
func TestWordsAndBigNumbersAgree(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	one := big.NewInt(1)
	cases := 0
	for cases < 300 {
		g, err := NewGaussian(fraction(r, 32, 32))
		if err != nil || g.whole == 0 {
			continue
		}
		cases++
		seed := r.Uint64()
		if err := same(seed, 50, g.Draw, func(s *Source) int64 { return g.drawBig(s) }); err != nil {
			t.Errorf("variance %v: %v", g.Variance(), err)
		}
		l, err := NewLaplace(fraction(r, 40, 40))
		if err != nil {
			t.Fatal(err)
		}
		p, q := l.scale.above, l.scale.below
		if err := same(seed, 50, l.Draw, func(s *Source) int64 { return laplaceBig(s, p, q) }); err != nil {
			t.Errorf("scale %v: %v", l.Scale(), err)
		}
		c := fraction(r, 60, 60)
		c.Mul(c, new(big.Rat).SetFrac(one, big.NewInt(1000)))
		b, err := NewBernoulliExp(c)
		if err != nil {
			t.Fatal(err)
		}
		words := func(s *Source) int64 { return truth(b.Draw(s)) }
		if err := same(seed, 50, words, func(s *Source) int64 { return truth(expBig(s, c.Num(), c.Denom())) }); err != nil {
			t.Errorf("gamma %v: %v", c, err)
		}
	}
}

// TestFarProposals: proposals so far out that their exponent does not fit into words
// are judged by the form in big numbers, in the middle of a draw.
func TestFarProposals(t *testing.T) {
	for _, variance := range []string{"1/3", "1/2000000000", "2000000000", "123456789/1000"} {
		g := gaussian(t, variance)
		if g.whole == 0 {
			t.Fatalf("%s is too large for words", variance)
		}
		for _, size := range []uint64{0, 1, 1 << 20, 1 << 40, 1 << 62} {
			words := func(s *Source) int64 { return truth(g.accept(s, size)) }
			big := func(s *Source) int64 { return truth(g.acceptBig(s, new(big.Int).SetUint64(size))) }
			if err := same(size, 20, words, big); err != nil {
				t.Errorf("variance %s, proposal %d: %v", variance, size, err)
			}
		}
	}
}

func truth(b bool) int64 {
	if b {
		return 1
	}
	return 0
}

// TestMutantWrappingProduct: without 128-bit products the two forms part.
func TestMutantWrappingProduct(t *testing.T) {
	g := gaussian(t, "2147480000/3")
	if g.whole == 0 {
		t.Fatal("too large for words")
	}
	words := func(s *Source) int64 {
		for {
			size, negative := laplace(s, g.scale, 1)
			if acceptWrapping(g, s, size) {
				return signed(size, negative)
			}
		}
	}
	if same(1, 200, words, func(s *Source) int64 { return g.drawBig(s) }) == nil {
		t.Error("not seen")
	}
}

// TestFarDrawsSaturate: a draw whose geometric part does not end is ±2^62 in both
// forms.
func TestFarDrawsSaturate(t *testing.T) {
	for _, scale := range []*big.Rat{big.NewRat(1<<40, 1), big.NewRat(1, 1000)} {
		size, negative := laplace(endless{}, scale.Num().Uint64(), scale.Denom().Uint64())
		if x := signed(size, negative); x != -farthest {
			t.Errorf("words, scale %v: %d", scale, x)
		}
		if x := laplaceBig(endless{}, scale.Num(), scale.Denom()); x != -farthest {
			t.Errorf("big, scale %v: %d", scale, x)
		}
	}
	if x := laplaceBig(endless{}, new(big.Int).Lsh(big.NewInt(1), 200), big.NewInt(1)); x != -farthest {
		t.Errorf("scale 2^200: %d", x)
	}
}

// endless answers so that every coin of exp(-1) succeeds, with k = 3, and every sign
// is minus.
type endless struct{}

func (endless) below(uint64) uint64             { return 0 }
func (endless) belowBig(*big.Int) *big.Int      { return new(big.Int) }
func (endless) chance(part, whole uint64) bool  { return part == 1 && whole == 2 }
func (endless) chanceBig(part, _ *big.Int) bool { return false }
