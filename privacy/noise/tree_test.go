package noise

import (
	"math"
	"math/big"
)

// tree is a set of dice that plays every sequence of answers, one after the other,
// and knows the probability of each. Running a sampler on all of them gives its
// distribution, up to the sequences less likely than cut.
type tree struct {
	path  []branch
	depth int
	p     float64 // probability of the answers given so far
	cut   float64
}

// branch is one answer: option of so many options.
type branch struct{ option, options uint64 }

type tooDeep struct{}

// answer takes the next option of so many, of the probability that weight gives.
func (t *tree) answer(options uint64, weight func(option uint64) float64) uint64 {
	if t.depth == len(t.path) {
		t.path = append(t.path, branch{0, options})
	}
	b := t.path[t.depth]
	t.depth++
	t.p *= weight(b.option)
	if t.p < t.cut {
		panic(tooDeep{})
	}
	return b.option
}

func (t *tree) below(n uint64) uint64 {
	if n == 1 {
		return 0
	}
	return t.answer(n, func(uint64) float64 { return 1 / float64(n) })
}

func (t *tree) chance(part, whole uint64) bool {
	if part == 0 || part >= whole {
		return part != 0
	}
	return t.coin(float64(part) / float64(whole))
}

func (t *tree) coin(p float64) bool {
	return t.answer(2, func(option uint64) float64 {
		if option == 0 {
			return p
		}
		return 1 - p
	}) == 0
}

func (t *tree) belowBig(n *big.Int) *big.Int {
	return new(big.Int).SetUint64(t.below(n.Uint64()))
}

func (t *tree) chanceBig(part, whole *big.Int) bool {
	if part.Sign() == 0 || part.Cmp(whole) >= 0 {
		return part.Sign() != 0
	}
	p, _ := new(big.Rat).SetFrac(part, whole).Float64()
	return t.coin(p)
}

// next moves to the next sequence of answers and reports whether there is one.
func (t *tree) next() bool {
	t.path = t.path[:t.depth]
	t.depth, t.p = 0, 1
	for len(t.path) > 0 {
		last := &t.path[len(t.path)-1]
		if last.option++; last.option < last.options {
			return true
		}
		t.path = t.path[:len(t.path)-1]
	}
	return false
}

// distribution runs a sampler on every sequence of answers. It returns the
// probability of each result, and what the sequences left out have in sum.
func distribution(cut float64, sample func(dice) int64) (mass map[int64]float64, lost float64) {
	t := &tree{p: 1, cut: cut}
	mass = map[int64]float64{}
	for {
		if x, ok := t.run(sample); ok {
			mass[x] += t.p
		} else {
			lost += t.p
		}
		if !t.next() {
			return mass, lost
		}
	}
}

func (t *tree) run(sample func(dice) int64) (x int64, ok bool) {
	defer func() {
		if r := recover(); r != nil {
			if _, cut := r.(tooDeep); !cut {
				panic(r)
			}
		}
	}()
	return sample(t), true
}

// gaussianPMF returns the probabilities of the discrete Gaussian, and laplacePMF
// those of the discrete Laplace distribution, to the precision of float64: sums over
// all x whose term is above 1e-300.
func gaussianPMF(variance float64) func(int64) float64 {
	return normalised(func(x float64) float64 { return math.Exp(-x * x / (2 * variance)) })
}

func laplacePMF(scale float64) func(int64) float64 {
	return normalised(func(x float64) float64 { return math.Exp(-math.Abs(x) / scale) })
}

func normalised(weight func(float64) float64) func(int64) float64 {
	sum := weight(0)
	for x := 1.0; weight(x) > 1e-300; x++ {
		sum += 2 * weight(x)
	}
	return func(x int64) float64 { return weight(float64(x)) / sum }
}
