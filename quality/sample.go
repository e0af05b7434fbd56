package quality

import (
	"math/rand/v2"

	"github.com/opencovey/covey/table"
)

// streams of random numbers, so that what one part draws does not depend on what another does.
const (
	streamMarginals = iota + 1
	streamSamples
	streamLabels
	streamHoldout
	streamMembership
	streamInference
	streamSingling
	streamGroup
)

// random returns a stream of its own for each part of the work.
func random(seed uint64, stream uint64) *rand.Rand { return rand.New(rand.NewPCG(seed, stream)) }

// draw takes people at random, without replacement: for each distinct record how many of its people are taken.
func draw(rng *rand.Rand, t *table.Table, take int) []uint32 {
	taken := make([]uint32, t.Len())
	left := t.People()
	for i := range taken {
		for range t.Weight(i) {
			if rng.Uint64N(uint64(left)) < uint64(take) {
				taken[i]++
				take--
			}
			left--
		}
	}
	return taken
}

// split parts a table at random into one of take people and one of the others.
func split(rng *rand.Rand, t *table.Table, take int) (taken, rest *table.Table) {
	in := draw(rng, t, take)
	a, b := table.NewBuilder(t.Columns), table.NewBuilder(t.Columns)
	for i := range t.Len() {
		a.Add(t.Row(i), int(in[i]))
		b.Add(t.Row(i), t.Weight(i)-int(in[i]))
	}
	return a.Table(), b.Table()
}

// persons draws people at random, without replacement, all if there are not more: the record of each, in random order.
func persons(rng *rand.Rand, t *table.Table, most int) []int {
	var list []int
	for i, n := range draw(rng, t, min(most, t.People())) {
		for range n {
			list = append(list, i)
		}
	}
	rng.Shuffle(len(list), func(i, j int) { list[i], list[j] = list[j], list[i] })
	return list
}
