package marginal_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/opencovey/covey/marginal"
	"github.com/opencovey/covey/table"
)

// naive counts as the definition says: for every person, every combination of attributes of distinct columns. It is what all kernels
// are checked against.
func naive(t *table.Table, length int) map[string]int {
	counts := map[string]int{}
	for row, weight := range t.Rows() {
		var has []marginal.Attribute
		for col, code := range row {
			if code != 0 {
				has = append(has, marginal.Attribute{Column: col, Code: code})
			}
		}
		var extend func(combination, rest []marginal.Attribute)
		extend = func(combination, rest []marginal.Attribute) {
			if len(combination) > 0 {
				counts[key(combination)] += weight
			}
			if len(combination) < length {
				for i, a := range rest {
					extend(append(combination, a), rest[i+1:])
				}
			}
		}
		extend(nil, has)
	}
	return counts
}

func key(combination []marginal.Attribute) string {
	text := make([]byte, 0, 4*len(combination))
	for _, a := range combination {
		text = append(text, byte(a.Column>>8), byte(a.Column), byte(a.Code>>8), byte(a.Code))
	}
	return string(text)
}

// names makes columns with so many values each.
func names(values []int) []table.Column {
	columns := make([]table.Column, len(values))
	for i, n := range values {
		columns[i] = table.Column{Name: fmt.Sprint("column ", i), Field: fmt.Sprint("column ", i)}
		for v := range n {
			columns[i].Values = append(columns[i].Values, fmt.Sprint("value ", v+1))
		}
	}
	return columns
}

// A kind of random table. Small tables meet the corners, larger ones the kernels that small ones never reach.
type kind struct {
	name    string
	records [2]int // from, to
	columns [2]int
	values  func(*rand.Rand) int     // of a column
	filled  func(*rand.Rand) float64 // share of a column's cells
	skew    float64                  // 1: values are equally frequent; more: the first are more so
	weight  func(*rand.Rand) int     // of a record
	length  int                      // longest combinations
}

func between(lo, hi int) func(*rand.Rand) int {
	return func(rng *rand.Rand) int { return lo + rng.IntN(hi-lo+1) }
}

func share(lo, hi float64) func(*rand.Rand) float64 {
	return func(rng *rand.Rand) float64 { return lo + (hi-lo)*rng.Float64() }
}

var kinds = []kind{
	{"tiny", [2]int{0, 6}, [2]int{0, 5}, between(1, 3), share(0, 1), 1, between(1, 3), 6},
	{"one column", [2]int{1, 300}, [2]int{1, 1}, between(1, 300), share(.5, 1), 2, between(1, 1), 6},
	{"dense", [2]int{200, 600}, [2]int{4, 8}, between(2, 12), share(1, 1), 2, between(1, 1), 4},
	{"dense with blanks", [2]int{200, 600}, [2]int{4, 9}, between(1, 8), share(.7, 1), 1.5, between(1, 4), 4},
	{"sparse", [2]int{100, 800}, [2]int{10, 30}, between(1, 2), share(.02, .15), 1, between(1, 2), 6},
	{"many values", [2]int{100, 500}, [2]int{3, 5}, between(50, 300), share(.8, 1), 3, between(1, 1), 4},
	{"frequent flags", [2]int{300, 900}, [2]int{6, 11}, between(1, 1), share(.3, .9), 1, between(1, 1), 5},
	{"yes and no", [2]int{300, 900}, [2]int{6, 10}, between(2, 2), share(1, 1), 1, between(1, 1), 5},
	{"identical rows", [2]int{2000, 4000}, [2]int{3, 8}, between(1, 2), share(.5, 1), 2, between(1, 500), 5},
	{"categories then flags", [2]int{400, 1200}, [2]int{6, 12}, nil, share(.3, 1), 2, between(1, 3), 4},
}

func (k kind) table(rng *rand.Rand) *table.Table {
	n := between(k.columns[0], k.columns[1])(rng)
	values, shares := make([]int, n), make([]float64, n)
	for i := range values {
		shares[i] = k.filled(rng)
		switch {
		case k.values != nil:
			values[i] = k.values(rng)
		case i < n/2:
			values[i] = between(5, 40)(rng)
		default:
			values[i] = 1
		}
	}
	b := table.NewBuilder(names(values))
	codes := make([]uint16, n)
	for range between(k.records[0], k.records[1])(rng) {
		for i := range codes {
			codes[i] = 0
			if rng.Float64() < shares[i] {
				x := rng.Float64()
				for range int(k.skew) - 1 {
					x *= rng.Float64()
				}
				codes[i] = uint16(1 + float64(values[i])*x)
			}
		}
		b.Add(codes, k.weight(rng))
	}
	return b.Table()
}

// each calls check with random tables of every kind, in subtests that name the seed.
func each(t *testing.T, rounds int, check func(t *testing.T, k kind, rng *rand.Rand)) {
	if testing.Short() {
		rounds = (rounds + 3) / 4
	}
	for i, k := range kinds {
		t.Run(k.name, func(t *testing.T) {
			t.Parallel()
			for round := range rounds {
				seed := uint64(1000*i + round)
				t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
					check(t, k, rand.New(rand.NewPCG(seed, 7)))
				})
			}
		})
	}
}

// checkCounts compares counts with what naive found, and checks the order.
func checkCounts(t *testing.T, c *marginal.Counts, want map[string]int) {
	t.Helper()
	left := 0
	for _, n := range want {
		if n >= c.Threshold {
			left++
		}
	}
	for length := 1; length <= c.Length; length++ {
		seen := 0
		var before []marginal.Attribute
		for combination, n := range c.All(length) {
			if before != nil && slices.CompareFunc(before, combination, marginal.Attribute.Compare) >= 0 {
				t.Fatalf("%v comes after %v", combination, before)
			}
			before = append(before[:0], combination...)
			if n < c.Threshold || n != want[key(combination)] {
				t.Fatalf("%v: %d persons, want %d, threshold %d", combination, n, want[key(combination)], c.Threshold)
			}
			if got := c.Get(combination...); got != n {
				t.Fatalf("Get(%v) = %d, All gives %d", combination, got, n)
			}
			seen++
		}
		if seen != c.Len(length) {
			t.Fatalf("Len(%d) = %d, All gives %d", length, c.Len(length), seen)
		}
		left -= seen
	}
	if left != 0 {
		t.Fatalf("%d combinations are missing", left)
	}
}
