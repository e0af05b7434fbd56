package tally

import (
	"math"
	"math/big"
	"slices"
)

// Powers of the number of values that the weight of a column is, for single counts and for pairs, and the weight of a
// column with one value.
const (
	singlePower = 0.6
	pairPower   = 0.25
	unitWeight  = 4
)

// weights returns a whole number for each column, at least unitWeight.
func (s *Space) weights(power float64) []int64 {
	w := make([]int64, len(s.Domain.Columns))
	for j := range w {
		w[j] = int64(math.Round(unitWeight * math.Pow(float64(max(s.Values(j), 1)), power)))
	}
	return w
}

// heaviest returns the limit largest weights: those of the columns in which a person costs most.
func heaviest(weights []int64, limit int) []int64 {
	w := slices.Clone(weights)
	slices.Sort(w)
	slices.Reverse(w)
	return w[:min(limit, len(w))]
}

// singleSensitivity bounds the sum of weights of the single counts that one person is in.
func singleSensitivity(weights []int64, limit int) int64 {
	sum := int64(0)
	for _, w := range heaviest(weights, limit) {
		sum += w
	}
	return sum
}

// pairSensitivity bounds the sum of weights of the counts of pairs that one person is in. A sum of products over the pairs of a
// set grows with each weight, so the heaviest columns have the largest.
func pairSensitivity(weights []int64, limit int) int64 {
	sum, before := int64(0), int64(0)
	for _, w := range heaviest(weights, limit) {
		sum += w * before
		before += w
	}
	return sum
}

// lighter returns the variance of a table with a weight of at least 1, where v is that of a table with weight 1: (v-2)/weight + 2, rounded up
// to a number that noise is drawn fast with.
//
// Noise with variances (v-2)/w_i + 2 on counts costs no more than a spending with the squared sensitivity sum(w_i) and
// the variance v. For zero-concentrated privacy, 1/((v-2)/w + 2) = w/(v-2+2w) <= w/v. On the Gaussian curve,
// discrete noise with variance x counts as continuous noise with x-2 (package budget), here (v-2)/w, which adds w/(v-2) to
// mu^2; and each count that differs adds at least 1 to the squared sensitivity, as the small correction there asks for.
func lighter(v *big.Rat, weight int64) *big.Rat {
	two := big.NewRat(2, 1)
	x := new(big.Rat).Sub(v, two)
	x.Quo(x, big.NewRat(weight, 1)).Add(x, two)
	scale := int64(64)
	if x.Cmp(big.NewRat(1<<22, 1)) > 0 {
		scale = 1
	}
	n := new(big.Int).Mul(x.Num(), big.NewInt(scale))
	n.Add(n, x.Denom()).Sub(n, big.NewInt(1)).Quo(n, x.Denom())
	return new(big.Rat).SetFrac(n, big.NewInt(scale))
}

func float(r *big.Rat) float64 {
	f, _ := r.Float64()
	return f
}
