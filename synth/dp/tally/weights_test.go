package tally

import (
	"math/big"
	"slices"
	"testing"

	"github.com/opencovey/covey/privacy/budget"
	"github.com/opencovey/covey/privacy/noise"
)

// spendingOf is the cost of counts with a squared sensitivity and a variance.
func spendingOf(a budget.Accounting, sensitivity int64, variance *big.Rat) *big.Rat {
	return must(must(budget.Gaussian("counts", big.NewRat(sensitivity, 1), variance)).Rho(a))
}

// randomVariance is at least 3; half of them are as small or as large as they get.
func randomVariance(src *noise.Source) *big.Rat {
	x := new(big.Rat).SetFrac64(int64(src.Uint64()%(1<<30)), 1<<20)
	switch src.Uint64() % 4 {
	case 0:
		x.Mul(x, big.NewRat(1, 1000))
	case 1:
		x.Mul(x, big.NewRat(1<<30, 1))
	}
	return x.Add(x, big.NewRat(3, 1))
}

// TestLighter: counts with weights w_i and the noise that lighter gives them cost no more than one spending with the squared sensitivity sum(w_i),
// exactly, in both accountings; and they differ in no more places than that. It is no use to say less: a percent less noise costs more.
func TestLighter(t *testing.T) {
	if bad := checkLighter(lighter); bad != "" {
		t.Error(bad)
	}
	for name, mutant := range map[string]func(v *big.Rat, w int64) *big.Rat{
		"divided": func(v *big.Rat, w int64) *big.Rat { return new(big.Rat).Quo(v, big.NewRat(w, 1)) },
		"a percent less": func(v *big.Rat, w int64) *big.Rat {
			x := lighter(v, w)
			return x.Mul(x, big.NewRat(99, 100))
		},
		"rounded down": func(v *big.Rat, w int64) *big.Rat {
			x := lighter(v, w)
			return x.Sub(x, big.NewRat(1, 64))
		},
	} {
		if checkLighter(mutant) == "" {
			t.Errorf("%s: not seen", name)
		}
	}
}

func checkLighter(lighter func(v *big.Rat, w int64) *big.Rat) string {
	src := source(10)
	for range 3000 {
		v := randomVariance(src)
		for _, a := range []budget.Accounting{budget.Concentrated, budget.GaussianCurve} {
			sum, cost := int64(0), new(big.Rat)
			for range 1 + src.Uint64()%5 {
				w := int64(1 + src.Uint64()%20)
				if src.Uint64()%5 == 0 {
					w = int64(1 + src.Uint64()%(1<<18))
				}
				x := lighter(v, w)
				if x.Cmp(big.NewRat(2, 1)) <= 0 {
					return "variance of 2 or less"
				}
				sum += w
				cost.Add(cost, spendingOf(a, 1, x))
			}
			if all := spendingOf(a, sum, v); cost.Cmp(all) > 0 {
				return string(a) + ": parts cost " + cost.FloatString(12) + ", together " + all.FloatString(12)
			}
		}
	}
	return ""
}

// TestSensitivity: of all people that there can be, with values in at most limit columns, none costs more than the ledger was told. Each cost is
// summed up, exactly, over the counts that the person is in, from the noise that these have.
func TestSensitivity(t *testing.T) {
	if bad := checkSensitivity(singleSensitivity, pairSensitivity); bad != "" {
		t.Error(bad)
	}
	of := func(weights []int64, limit int, sensitivity func([]int64, int) int64) int64 {
		w := slices.Clone(weights)
		slices.Sort(w)
		return sensitivity(w[:min(limit, len(w))], limit)
	}
	mutants := map[string][2]func([]int64, int) int64{
		"lightest columns, singles": {func(w []int64, l int) int64 { return of(w, l, singleSensitivity) }, pairSensitivity},
		"lightest columns, pairs":   {singleSensitivity, func(w []int64, l int) int64 { return of(w, l, pairSensitivity) }},
		"one column less":           {func(w []int64, l int) int64 { return singleSensitivity(w, l-1) }, pairSensitivity},
		"counts without weights":    {singleSensitivity, func(w []int64, l int) int64 { return int64(l * (l - 1) / 2) }},
	}
	for name, m := range mutants {
		if checkSensitivity(m[0], m[1]) == "" {
			t.Errorf("%s: not seen", name)
		}
	}
}

func checkSensitivity(single, pair func([]int64, int) int64) string {
	src := source(11)
	for range 60 {
		values := make([]int, 2+src.Uint64()%6)
		for j := range values {
			values[j] = 1 + int(src.Uint64()%40*(src.Uint64()%3))
		}
		s := NewSpace(flags(values...))
		limit := 2 + int(src.Uint64()%uint64(len(values)))
		v := randomVariance(src)
		one, two := s.weights(singlePower), s.weights(pairPower)
		for _, a := range []budget.Accounting{budget.Concentrated, budget.GaussianCurve} {
			toldOne, toldTwo := spendingOf(a, single(one, limit), v), spendingOf(a, pair(two, limit), v)
			for person := range 1 << len(values) { // the columns in which the person has a value
				var columns []int
				for j := range values {
					if person>>j&1 == 1 {
						columns = append(columns, j)
					}
				}
				if len(columns) > limit {
					continue
				}
				costOne, costTwo := new(big.Rat), new(big.Rat)
				for i, k := range columns {
					costOne.Add(costOne, spendingOf(a, 1, lighter(v, one[k])))
					for _, j := range columns[:i] {
						costTwo.Add(costTwo, spendingOf(a, 1, lighter(v, two[j]*two[k])))
					}
				}
				if costOne.Cmp(toldOne) > 0 {
					return "single values cost more than the ledger was told"
				}
				if costTwo.Cmp(toldTwo) > 0 {
					return "pairs of values cost more than the ledger was told"
				}
			}
		}
	}
	return ""
}

// TestHeaviest: the closed forms are the largest over all sets of columns, by brute force.
func TestHeaviest(t *testing.T) {
	src := source(12)
	for range 300 {
		weights := make([]int64, 1+src.Uint64()%8)
		for j := range weights {
			weights[j] = int64(1 + src.Uint64()%50)
		}
		limit := int(src.Uint64() % 10)
		mostOne, mostTwo := int64(0), int64(0)
		for set := range 1 << len(weights) {
			one, two, n := int64(0), int64(0), 0
			for j, w := range weights {
				if set>>j&1 == 1 {
					two += one * w
					one += w
					n++
				}
			}
			if n <= limit {
				mostOne, mostTwo = max(mostOne, one), max(mostTwo, two)
			}
		}
		if got := singleSensitivity(weights, limit); got != mostOne {
			t.Fatalf("singles of %v, limit %d: %d, want %d", weights, limit, got, mostOne)
		}
		if got := pairSensitivity(weights, limit); got != mostTwo {
			t.Fatalf("pairs of %v, limit %d: %d, want %d", weights, limit, got, mostTwo)
		}
	}
}

// TestWeights: weights are the policy's and never below unitWeight, whatever the size of a column.
func TestWeights(t *testing.T) {
	s := NewSpace(flags(0, 1, 2, 200, 65535))
	for _, power := range []float64{singlePower, pairPower} {
		w := s.weights(power)
		if w[0] != unitWeight || w[1] != unitWeight || !slices.IsSorted(w) {
			t.Errorf("weights %v", w)
		}
	}
	// 300 columns of 65,535 values: far from what int64 holds.
	if got := pairSensitivity(slices.Repeat([]int64{64}, 300), 300); got != 300*299/2*64*64 {
		t.Errorf("sensitivity %d", got)
	}
}
