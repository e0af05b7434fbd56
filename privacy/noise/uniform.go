package noise

import (
	"encoding/binary"
	"math/big"
	"math/bits"
)

// dice are the only two ways in which the samplers use randomness. Behind it stands
// a [Source]; the tests put every possible sequence of answers behind it, and so
// compute the distribution of a sampler instead of sampling it.
type dice interface {
	// below returns a whole number from 0 to n-1, each with probability 1/n.
	below(n uint64) uint64
	belowBig(n *big.Int) *big.Int
	// chance returns true with probability part/whole.
	chance(part, whole uint64) bool
	chanceBig(part, whole *big.Int) bool
}

// below implements dice after Lemire 2019: a word times n, the upper half is the
// result. Of the 2^64 words, floor(2^64/n) are used for each result and the others
// drawn again. For n below 2^32, half a word does the same work with 2^32 in place of
// 2^64; nearly all draws are of this kind, and randomness is what they spend their
// time on.
func (s *Source) below(n uint64) uint64 {
	if n>>32 == 0 {
		product := s.half() * n
		if product&low32 < n {
			for least := (1<<32 - n) % n; product&low32 < least; {
				product = s.half() * n
			}
		}
		return product >> 32
	}
	high, low := bits.Mul64(s.Uint64(), n)
	if low < n {
		for least := -n % n; low < least; {
			high, low = bits.Mul64(s.Uint64(), n)
		}
	}
	return high
}

// low32 masks the lower half of a word.
const low32 = 1<<32 - 1

// half returns 32 random bits: the upper half of a new word, then its lower half.
func (s *Source) half() uint64 {
	if s.hasRest {
		s.hasRest = false
		return s.rest
	}
	word := s.Uint64()
	s.rest, s.hasRest = word&low32, true
	return word >> 32
}

// belowBig is below for any n. Beyond 64 bits it reads as many words as n has, the
// most significant first.
func (s *Source) belowBig(n *big.Int) *big.Int {
	if n.IsUint64() {
		return new(big.Int).SetUint64(s.below(n.Uint64()))
	}
	words := (n.BitLen() + 63) / 64
	width := uint(64 * words)
	raw := make([]byte, 8*words)
	least := new(big.Int).Lsh(big.NewInt(1), width)
	mask := new(big.Int).Sub(least, big.NewInt(1))
	least.Mod(least, n)
	product, low := new(big.Int), new(big.Int)
	for {
		for i := range words {
			binary.BigEndian.PutUint64(raw[8*i:], s.Uint64())
		}
		product.Mul(product.SetBytes(raw), n)
		if low.And(product, mask).Cmp(least) >= 0 {
			return product.Rsh(product, width)
		}
	}
}

func (s *Source) chance(part, whole uint64) bool { return s.below(whole) < part }

func (s *Source) chanceBig(part, whole *big.Int) bool { return s.belowBig(whole).Cmp(part) < 0 }
