package main

import (
	"math/bits"
	"math/rand/v2"
)

// dice draws whole numbers. It uses nothing but the raw stream of the generator, so that the same seed gives the
// same file on every machine and with every later version of Go.
type dice struct{ pcg *rand.PCG }

func newDice(seed uint64) dice { return dice{rand.NewPCG(seed, 0xc0fe)} }

// under returns a number in [0, n). The bias of the multiplication is below n in 2^64.
func (d dice) under(n int) int {
	hi, _ := bits.Mul64(d.pcg.Uint64(), uint64(n))
	return int(hi)
}

// between returns a number in [lo, hi].
func (d dice) between(lo, hi int) int { return lo + d.under(hi-lo+1) }

// happens reports true with a chance of permille in a thousand.
func (d dice) happens(permille int) bool { return permille > 0 && d.under(1000) < permille }

// pick returns a position of weights, each with a chance in proportion to its weight. The sum must be above zero.
func (d dice) pick(weights []int) int {
	sum := 0
	for _, w := range weights {
		sum += w
	}
	at := d.under(sum)
	for i, w := range weights {
		if at < w {
			return i
		}
		at -= w
	}
	panic("unreachable: the weights sum to more than the draw")
}

// band is a range of whole numbers, both ends included, and its weight beside other bands.
type band struct{ lo, hi, weight int }

// band draws a band by weight.
func (d dice) band(bands []band) band {
	sum := 0
	for i := range bands {
		sum += bands[i].weight
	}
	at := d.under(sum)
	for i := range bands {
		if at < bands[i].weight {
			return bands[i]
		}
		at -= bands[i].weight
	}
	panic("unreachable: the weights sum to more than the draw")
}

// within draws a band by weight and then a number evenly within it.
func (d dice) within(bands []band) int {
	b := d.band(bands)
	return d.between(b.lo, b.hi)
}

// part draws a part of a band, of that many numbers at most.
func (d dice) part(b band, numbers int) band {
	lo := d.between(b.lo, max(b.lo, b.hi-numbers+1))
	return band{lo, min(lo+numbers-1, b.hi), b.weight}
}

// choice is a set of labels, as bits of a vocabulary, and its weight beside other choices.
type choice struct{ weight, labels int }

// choose draws one of the choices by weight and returns its labels. No choices: no labels.
func (d dice) choose(choices []choice) int {
	sum := 0
	for i := range choices {
		sum += choices[i].weight
	}
	if sum == 0 {
		return 0
	}
	at := d.under(sum)
	for i := range choices {
		if at < choices[i].weight {
			return choices[i].labels
		}
		at -= choices[i].weight
	}
	panic("unreachable: the weights sum to more than the draw")
}
