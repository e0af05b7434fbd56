package marginal_test

import (
	"context"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/opencovey/covey/marginal"
	"github.com/opencovey/covey/table"
)

// compared is what Compare visits.
type compared map[string][2]int

func compare(t *testing.T, first, second *table.Table, o marginal.Options, secondOnly bool) compared {
	t.Helper()
	all := compared{}
	var mu sync.Mutex
	err := marginal.Compare(context.Background(), first, second, o, secondOnly, func() marginal.Visit {
		return func(combination []marginal.Attribute, a, b int) {
			mu.Lock()
			defer mu.Unlock()
			if _, twice := all[key(combination)]; twice {
				t.Errorf("%v is visited twice", combination)
			}
			all[key(combination)] = [2]int{a, b}
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func TestCompareAgainstDefinition(t *testing.T) {
	each(t, 12, func(t *testing.T, k kind, rng *rand.Rand) {
		first := k.table(rng)
		b := table.NewBuilder(first.Columns) // partly the same records, partly new ones
		codes := make([]uint16, len(first.Columns))
		for row, weight := range first.Rows() {
			copy(codes, row)
			if len(codes) > 0 && rng.IntN(3) == 0 {
				i := rng.IntN(len(codes))
				codes[i] = uint16(rng.IntN(len(first.Columns[i].Values) + 1))
			}
			if rng.IntN(4) > 0 {
				b.Add(codes, 1+rng.IntN(weight+2))
			}
		}
		second := b.Table()
		o := marginal.Options{Length: 1 + rng.IntN(k.length), Threshold: 50, Workers: 1 + rng.IntN(8)}
		secondOnly := rng.IntN(2) == 0
		want := compared{}
		for combination, n := range naive(second, o.Length) {
			want[combination] = [2]int{0, n}
		}
		for combination, n := range naive(first, o.Length) {
			if both, ok := want[combination]; ok || !secondOnly {
				want[combination] = [2]int{n, both[1]}
			}
		}
		got := compare(t, first, second, o, secondOnly)
		for combination, n := range want {
			if got[combination] != n {
				t.Fatalf("%x: %v, want %v", combination, got[combination], n)
			}
		}
		if len(got) != len(want) {
			t.Fatalf("%d combinations, want %d", len(got), len(want))
		}
	})
}

func TestCompareRefuses(t *testing.T) {
	one := table.NewBuilder(names([]int{2, 2})).Table()
	renamed := names([]int{2, 2})
	renamed[1].Name = "other"
	for _, tt := range []struct {
		name  string
		other *table.Table
		want  string
	}{
		{"columns", table.NewBuilder(names([]int{2})).Table(), "2 columns against 1"},
		{"names", table.NewBuilder(renamed).Table(), `column "column 1" differs`},
		{"values", table.NewBuilder(names([]int{2, 3})).Table(), `column "column 1" differs`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			err := marginal.Compare(context.Background(), one, tt.other, marginal.Options{}, false, func() marginal.Visit { return nil })
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("%v, want %q", err, tt.want)
			}
		})
	}
}

func TestAlign(t *testing.T) {
	columns := func(lists ...[]string) []table.Column {
		var list []table.Column
		for _, l := range lists {
			list = append(list, table.Column{Name: l[0], Field: l[0], Values: l[1:], Blanks: []table.BlankCount{{Reason: l[0], People: 1}}})
		}
		return list
	}
	a := table.NewBuilder(columns([]string{"sex", "f", "m"}, []string{"age", "18", "30"}))
	a.Add([]uint16{1, 2}, 3)
	a.Add([]uint16{0, 1}, 1)
	b := table.NewBuilder(columns([]string{"age", "12", "30"}, []string{"year", "2020"}, []string{"sex", "m"}))
	b.Add([]uint16{2, 1, 1}, 2)
	b.Add([]uint16{1, 0, 0}, 4)
	first, second := marginal.Align(a.Table(), b.Table())

	want := columns([]string{"sex", "f", "m"}, []string{"age", "18", "30", "12"}, []string{"year", "2020"})
	for i := range want {
		for _, got := range []table.Column{first.Columns[i], second.Columns[i]} {
			if got.Name != want[i].Name || !slices.Equal(got.Values, want[i].Values) {
				t.Errorf("column %d is %s %v, want %s %v", i, got.Name, got.Values, want[i].Name, want[i].Values)
			}
		}
	}
	for _, tt := range []struct {
		name string
		got  *table.Table
		want map[[3]uint16]int
	}{
		{"first", first, map[[3]uint16]int{{1, 2, 0}: 3, {0, 1, 0}: 1}},
		{"second", second, map[[3]uint16]int{{2, 2, 1}: 2, {0, 3, 0}: 4}},
	} {
		for row, weight := range tt.got.Rows() {
			if tt.want[[3]uint16(row)] != weight {
				t.Errorf("%s: %v has weight %d, want %d", tt.name, row, weight, tt.want[[3]uint16(row)])
			}
		}
		if tt.got.Len() != len(tt.want) {
			t.Errorf("%s: %d records, want %d", tt.name, tt.got.Len(), len(tt.want))
		}
	}
	if err := marginal.Compare(context.Background(), first, second, marginal.Options{}, false, func() marginal.Visit {
		return func([]marginal.Attribute, int, int) {}
	}); err != nil {
		t.Error(err)
	}
	if len(a.Table().Columns[1].Values) != 2 {
		t.Error("Align changed the columns it was given")
	}
}
