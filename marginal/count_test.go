package marginal_test

import (
	"context"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/opencovey/covey/marginal"
	"github.com/opencovey/covey/table"
)

func count(t testing.TB, tab *table.Table, o marginal.Options) *marginal.Counts {
	t.Helper()
	c, err := marginal.Count(context.Background(), tab, o)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestCountAgainstDefinition(t *testing.T) {
	each(t, 12, func(t *testing.T, k kind, rng *rand.Rand) {
		tab := k.table(rng)
		o := marginal.Options{Length: 1 + rng.IntN(k.length), Threshold: 1 + rng.IntN(20), Workers: 1 + rng.IntN(8)}
		if rng.IntN(2) == 0 {
			o.Threshold = 1
		}
		c := count(t, tab, o)
		checkCounts(t, c, naive(tab, o.Length))
		if c.People != tab.People() || c.Length != o.Length || c.Threshold != o.Threshold {
			t.Errorf("%d people, length %d, threshold %d; want %d, %d, %d", c.People, c.Length, c.Threshold, tab.People(), o.Length, o.Threshold)
		}
		o.Workers = 1 + rng.IntN(8)
		if !equalCounts(c, count(t, tab, o)) {
			t.Errorf("%d workers: other counts", o.Workers)
		}
	})
}

// equalCounts compares all combinations.
func equalCounts(a, b *marginal.Counts) bool {
	if !slices.Equal(a.Attributes(), b.Attributes()) || a.Length != b.Length || a.People != b.People {
		return false
	}
	for length := 1; length <= a.Length; length++ {
		if a.Len(length) != b.Len(length) {
			return false
		}
		var all []int
		for combination, n := range a.All(length) {
			for _, x := range combination {
				all = append(all, x.Column, int(x.Code))
			}
			all = append(all, n)
		}
		i := 0
		for combination, n := range b.All(length) {
			for _, x := range combination {
				if all[i] != x.Column || all[i+1] != int(x.Code) {
					return false
				}
				i += 2
			}
			if all[i] != n {
				return false
			}
			i++
		}
	}
	return true
}

// More attributes than numbers of 16 bits: the index is then twice as wide.
func TestCountManyAttributes(t *testing.T) {
	const columns, rows = 7, 11_000
	values := make([]int, columns)
	for i := range values {
		values[i] = rows
	}
	b := table.NewBuilder(names(values))
	rng := rand.New(rand.NewPCG(3, 3))
	codes := make([]uint16, columns)
	for row := range rows {
		for i := range codes {
			codes[i] = uint16(row + 1)
			if rng.IntN(10) == 0 {
				codes[i] = uint16(1 + rng.IntN(20))
			}
		}
		b.Add(codes, 1+row%2)
	}
	tab := b.Table()
	want := naive(tab, 3)
	for _, threshold := range []int{1, 5} {
		c := count(t, tab, marginal.Options{Length: 3, Threshold: threshold})
		if threshold == 1 && len(c.Attributes()) < 1<<16 {
			t.Fatalf("only %d attributes", len(c.Attributes()))
		}
		checkCounts(t, c, want)
	}
}

// So many attributes that the matrix of pairs is filled in strips. Everybody shares the first attribute: with it, triples are what pairs are
// without it.
func TestCountWideMatrix(t *testing.T) {
	values := make([]int, 41)
	for i := range values {
		values[i] = 30
	}
	b := table.NewBuilder(names(values))
	rng := rand.New(rand.NewPCG(4, 4))
	codes := make([]uint16, len(values))
	for range 1000 {
		for i := range codes {
			codes[i] = uint16(1 + rng.IntN(30))
		}
		codes[0] = 1
		b.Add(codes, 1)
	}
	tab := b.Table()
	want := naive(tab, 2)
	for pair, n := range want {
		if len(pair) != 8 || pair[:2] == "\x00\x00" || n < 3 {
			delete(want, pair)
		}
	}
	for combination, n := range count(t, tab, marginal.Options{Threshold: 3}).All(3) {
		if combination[0].Column == 0 {
			pair := key(combination[1:])
			if n != want[pair] {
				t.Fatalf("%v: %d persons, want %d", combination, n, want[pair])
			}
			delete(want, pair)
		}
	}
	if len(want) > 0 {
		t.Errorf("%d combinations are missing", len(want))
	}
}

func TestCountDefaults(t *testing.T) {
	b := table.NewBuilder(names([]int{2, 2, 2, 2}))
	b.Add([]uint16{1, 2, 1, 2}, 5)
	b.Add([]uint16{1, 0, 1, 2}, 1)
	c := count(t, b.Table(), marginal.Options{})
	if c.Length != 3 || c.Threshold != 1 {
		t.Errorf("length %d, threshold %d; want 3, 1", c.Length, c.Threshold)
	}
	for length, want := range []int{0, 4, 6, 4, 0} {
		if got := c.Len(length); got != want {
			t.Errorf("Len(%d) = %d, want %d", length, got, want)
		}
	}
	if got := c.Get(marginal.Attribute{Column: 0, Code: 1}, marginal.Attribute{Column: 3, Code: 2}); got != 6 {
		t.Errorf("pair: %d persons, want 6", got)
	}
}
