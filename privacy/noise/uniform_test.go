package noise

import (
	"fmt"
	"math/big"
	"testing"
)

// words returns a source that gives these words first, and then zeros.
func words(list ...uint64) *Source {
	return &Source{fill: func(buffer *[bufferWords]uint64) {
		clear(buffer[:])
		list = list[copy(buffer[:], list):]
	}}
}

// checkUniform proves, without chance, that a way to turn one word of so many bits
// into a number below n is even. The words that give v must be an interval, as the
// upper half of word*n grows with the word, and what is drawn again must be at its
// lower end; so it is enough to look at its ends: for each v that is tried,
// floor(2^width/n) words give v, and the words before and after do not.
//
// draw returns the number for a word, or false if the word is not used.
func checkUniform(width uint, n *big.Int, tries []*big.Int, draw func(word *big.Int) (*big.Int, bool)) error {
	size := new(big.Int).Lsh(big.NewInt(1), width)
	each, spare := new(big.Int).QuoRem(size, n, new(big.Int))
	for _, v := range tries {
		// The first word whose product with n reaches v*2^width + spare.
		first := new(big.Int).Mul(v, size)
		first.Add(first, spare)
		first.Add(first, n)
		first.Sub(first, big.NewInt(1))
		first.Quo(first, n)
		last := new(big.Int).Add(first, each)
		last.Sub(last, big.NewInt(1))
		for word, inside := range map[*big.Int]bool{
			first:                                  true,
			last:                                   true,
			new(big.Int).Sub(first, big.NewInt(1)): false,
			new(big.Int).Add(last, big.NewInt(1)):  false,
		} {
			if word.Sign() < 0 || word.Cmp(size) >= 0 {
				continue
			}
			got, used := draw(word)
			if gives := used && got.Cmp(v) == 0; gives != inside {
				return fmt.Errorf("n = %v: does word %v give %v: %v, want %v", n, word, v, gives, inside)
			}
		}
	}
	return nil
}

// wordFor turns a source into the draw of checkUniform. Words of width 32 stand in
// the upper half of the first word. What follows the word are ones only, which are
// always used; so how much was read tells whether the word itself was.
func wordFor(width uint, below func(s *Source, n *big.Int) *big.Int, n *big.Int) func(*big.Int) (*big.Int, bool) {
	return func(word *big.Int) (*big.Int, bool) {
		count := int(width+63) / 64
		list := make([]uint64, count, 2*count)
		shifted := new(big.Int).Lsh(word, uint(64*count)-width)
		for i := range list {
			list[i] = new(big.Int).Rsh(shifted, uint(64*(count-1-i))).Uint64()
		}
		if width == 32 {
			list[0] |= low32 // the next half is the largest
		}
		for range count {
			list = append(list, ^uint64(0))
		}
		s := words(list...)
		x := below(s, n)
		read := bufferWords - s.left
		used := read == count && (width != 32 || s.hasRest)
		return x, used
	}
}

func below64(s *Source, n *big.Int) *big.Int  { return new(big.Int).SetUint64(s.below(n.Uint64())) }
func belowBig(s *Source, n *big.Int) *big.Int { return s.belowBig(n) }

// tries are the numbers below n at which evenness is looked at.
func tries(n *big.Int) []*big.Int {
	list := []*big.Int{new(big.Int), new(big.Int).Sub(n, big.NewInt(1))}
	for i := int64(1); i < 40; i++ {
		v := new(big.Int).Mul(n, big.NewInt(i*i))
		list = append(list, v.Quo(v, big.NewInt(1600)))
	}
	return list
}

// uniformCases are the n that are tried, with the width of the words they use.
func uniformCases() map[string]uint {
	cases := map[string]uint{}
	for _, n := range []string{
		"2", "3", "5", "6", "7", "10", "255", "256", "1000003", "2147483647", "2147483648",
		"2147483649", "3221225472", "4294967294", "4294967295",
	} {
		cases[n] = 32
	}
	for _, n := range []string{
		"4294967296", "4294967297", "10000000000", "6148914691236517205",
		"9223372036854775808", "9223372036854775809", "13835058055282163712", "18446744073709551615",
	} {
		cases[n] = 64
	}
	for _, n := range []string{
		"18446744073709551616", "18446744073709551617", "100000000000000000000000000000000000000",
		"340282366920938463463374607431768211455",
	} {
		cases[n] = 128
	}
	cases["1000000000000000000000000000000000000000000000000007"] = 192
	return cases
}

func TestUniformIsEven(t *testing.T) {
	for text, width := range uniformCases() {
		t.Run(text, func(t *testing.T) {
			n := rat(t, text).Num()
			if err := checkUniform(width, n, tries(n), wordFor(width, belowBig, n)); err != nil {
				t.Error("big:", err)
			}
			if n.IsUint64() {
				if err := checkUniform(width, n, tries(n), wordFor(width, below64, n)); err != nil {
					t.Error("words:", err)
				}
			}
		})
	}
}

// TestMutantUniform: the usual ways to draw below n do not pass.
func TestMutantUniform(t *testing.T) {
	n := rat(t, "13835058055282163712").Num() // 3 * 2^62
	for name, draw := range map[string]func(word *big.Int) (*big.Int, bool){
		"remainder": func(word *big.Int) (*big.Int, bool) { return new(big.Int).Mod(word, n), true },
		"product without rejection": func(word *big.Int) (*big.Int, bool) {
			x := new(big.Int).Mul(word, n)
			return x.Rsh(x, 64), true
		},
		"by floating point": func(word *big.Int) (*big.Int, bool) {
			f := float64(word.Uint64()>>11) / (1 << 53) * 13835058055282163712
			x, _ := big.NewFloat(f).Int(nil)
			return x, true
		},
	} {
		if checkUniform(64, n, tries(n), draw) == nil {
			t.Errorf("%s: not seen", name)
		}
	}
	small := big.NewInt(10)
	biased := func(word *big.Int) (*big.Int, bool) { return new(big.Int).Mod(word, small), true }
	if checkUniform(32, small, tries(small), biased) == nil {
		t.Error("remainder of 10: not seen")
	}
}
