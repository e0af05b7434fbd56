package marginal_test

import (
	"context"
	"slices"
	"testing"

	"github.com/opencovey/covey/marginal"
	"github.com/opencovey/covey/table"
)

// TestShorten compares counts cut to a length with counts made at that length.
func TestShorten(t *testing.T) {
	b := table.NewBuilder([]table.Column{
		{Name: "a", Field: "a", Values: []string{"1", "2"}},
		{Name: "b", Field: "b", Values: []string{"1", "2"}},
		{Name: "c", Field: "c", Values: []string{"1", "2"}},
	})
	for i := range uint16(27) {
		b.Add([]uint16{i % 3, i / 3 % 3, i / 9 % 3}, int(i))
	}
	records := b.Table()
	count := func(length int) *marginal.Counts {
		c, err := marginal.Count(context.Background(), records, marginal.Options{Length: length})
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	long := count(3)
	for length := 1; length <= 3; length++ {
		got, want := long.Shorten(length), count(length)
		if got.Length != length || got.People != want.People {
			t.Errorf("length %d, %d people", got.Length, got.People)
		}
		for l := 1; l <= 4; l++ {
			if g, w := listed(got, l), listed(want, l); !slices.Equal(g, w) {
				t.Errorf("cut to %d, combinations of %d: %v, not %v", length, l, g, w)
			}
		}
	}
	if long.Shorten(0).Length != 1 || long.Shorten(9) != long {
		t.Error("lengths out of range")
	}
	if long.Length != 3 || long.Len(3) == 0 {
		t.Error("the original was changed")
	}
}

func listed(c *marginal.Counts, length int) []int {
	var out []int
	for combination, n := range c.All(length) {
		for _, a := range combination {
			out = append(out, a.Column, int(a.Code))
		}
		out = append(out, n)
	}
	return out
}
