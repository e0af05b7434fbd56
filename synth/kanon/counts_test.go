package kanon_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/opencovey/covey/marginal"
	"github.com/opencovey/covey/synth/kanon"
)

func TestRound(t *testing.T) {
	for _, c := range []struct{ n, k, want int }{
		{0, 10, 0}, {9, 10, 0}, {10, 10, 10}, {19, 10, 10}, {20, 10, 20}, {25, 7, 21}, {1 << 40, 3, 1<<40 - 1},
	} {
		if got := kanon.Round(c.n, c.k); got != c.want {
			t.Errorf("Round(%d, %d) = %d, want %d", c.n, c.k, got, c.want)
		}
	}
}

// Counts are those of plain counting, rounded down, of every combination of at least k persons, and of no other.
func TestProtect(t *testing.T) {
	rng := rand.New(rand.NewPCG(31, 32))
	for range 60 {
		k, length := 2+rng.IntN(9), 1+rng.IntN(4)
		in := randomTable(rng, k+rng.IntN(150), 1+rng.IntN(6), 1+rng.IntN(5), rng.Float64())
		exact, err := marginal.Count(t.Context(), in, marginal.Options{Length: length, Threshold: 1 + rng.IntN(k)})
		if err != nil {
			t.Fatal(err)
		}
		counts, err := kanon.Protect(exact, k)
		if err != nil {
			t.Fatal(err)
		}
		if counts.K != k || counts.Length() != length || counts.People() != kanon.Round(in.People(), k) {
			t.Errorf("k %d, length %d, %d persons", counts.K, counts.Length(), counts.People())
		}
		known := newCensus(in)
		seen := map[string]int{}
		for l := 1; l <= length; l++ {
			for combination, n := range counts.All(l) {
				seen[fmt.Sprint(combination)] = n
				checkCount(t, counts, known, combination, n)
			}
		}
		for row := range in.Rows() {
			for _, combination := range combinations(row, length) {
				want := kanon.Round(known.persons(named(counts, combination)), k)
				if seen[fmt.Sprint(combination)] != want {
					t.Errorf("%v: %d published, want %d", combination, seen[fmt.Sprint(combination)], want)
				}
			}
		}
	}
}

// checkCount checks one published count against plain counting and against its parts.
func checkCount(t *testing.T, counts *kanon.Counts, known *census, combination []marginal.Attribute, n int) {
	t.Helper()
	exact := known.persons(named(counts, combination))
	if n < counts.K || n%counts.K != 0 || n != exact-exact%counts.K || counts.Get(combination...) != n {
		t.Errorf("%v: %d published, %d got, of %d persons", combination, n, counts.Get(combination...), exact)
	}
	for i := range combination {
		if part := slices.Delete(slices.Clone(combination), i, i+1); len(part) > 0 && counts.Get(part...) < n {
			t.Errorf("%v has %d, its part %v %d", combination, n, part, counts.Get(part...))
		}
	}
	if n > counts.People() {
		t.Errorf("%v has %d of %d persons", combination, n, counts.People())
	}
}

// named returns the facts of a combination.
func named(counts *kanon.Counts, combination []marginal.Attribute) []fact {
	var list []fact
	for _, a := range combination {
		column, value := counts.Name(a)
		list = append(list, fact{column, value})
	}
	return list
}

// combinations returns the combinations of a record's attributes of length 1 to length.
func combinations(row []uint16, length int) [][]marginal.Attribute {
	var all [][]marginal.Attribute
	var grow func(from int, combination []marginal.Attribute)
	grow = func(from int, combination []marginal.Attribute) {
		if len(combination) > 0 {
			all = append(all, slices.Clone(combination))
		}
		for i := from; i < len(row) && len(combination) < length; i++ {
			if row[i] != 0 {
				grow(i+1, append(combination, marginal.Attribute{Column: i, Code: row[i]}))
			}
		}
	}
	grow(0, nil)
	return all
}

func TestProtectErrors(t *testing.T) {
	in := newTable([]int{1}, [][]uint16{{1}, {1}, {1}, {0}})
	for _, c := range []struct {
		name         string
		threshold, k int
		want         string
	}{
		{"k below two", 1, 1, "protect counts: k is 1 and must be at least 2"},
		{"threshold above k", 4, 3, "protect counts: combinations below 4 persons were not counted, but k is 3"},
		{"fewer than k persons", 1, 5, "protect counts: there are fewer than k = 5 persons"},
	} {
		t.Run(c.name, func(t *testing.T) {
			exact, err := marginal.Count(t.Context(), in, marginal.Options{Length: 1, Threshold: c.threshold})
			if err != nil {
				t.Fatal(err)
			}
			if _, err := kanon.Protect(exact, c.k); err == nil || err.Error() != c.want {
				t.Errorf("got %v, want %s", err, c.want)
			}
		})
	}
}
