package table_test

import (
	"fmt"
	"maps"
	"slices"
	"sort"
	"strings"
	"testing"

	"github.com/opencovey/covey/table"
	"pgregory.net/rapid"
)

func itoa(n int) string { return fmt.Sprint(n) }

// somebody draws a record of few values, so that records repeat.
func somebody(columns int) *rapid.Generator[[]uint16] {
	return rapid.SliceOfN(rapid.OneOf(rapid.Uint16Max(3), rapid.Uint16()), columns, columns)
}

func made(columns int) []table.Column {
	list := make([]table.Column, columns)
	for i := range list {
		list[i] = table.Column{Name: "c" + itoa(i), Field: "c" + itoa(i), Values: numbered("v", 65535)}
	}
	return list
}

// TestBuilder compares a builder with a map.
func TestBuilder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		width := rapid.IntRange(0, 5).Draw(t, "columns")
		columns := make([]table.Column, width)
		b := table.NewBuilder(columns)
		naive := map[string]int{}
		var order []string // of first occurrence
		people := 0
		for range rapid.IntRange(0, 3000).Draw(t, "records") {
			codes, weight := somebody(width).Draw(t, "codes"), rapid.IntRange(0, 3).Draw(t, "weight")
			b.Add(codes, weight)
			key := fmt.Sprint(codes)
			if weight > 0 && naive[key] == 0 {
				order = append(order, key)
			}
			naive[key] += weight
			people += weight
			clear(codes) // the builder must have copied them
		}
		tab := b.Table()
		if tab.Len() != len(order) || tab.People() != people {
			t.Fatalf("%d records of %d people, want %d of %d", tab.Len(), tab.People(), len(order), people)
		}
		sum := 0
		for i, want := range order {
			if got := fmt.Sprint(tab.Row(i)); got != want || tab.Weight(i) != naive[want] {
				t.Fatalf("record %d is %s ×%d, want %s ×%d", i, got, tab.Weight(i), want, naive[want])
			}
			sum += tab.Weight(i)
		}
		if sum != people {
			t.Fatalf("weights add up to %d, people are %d", sum, people)
		}
		checkSorted(t, tab)
		checkSelect(t, tab)
	})
}

func checkSorted(t *rapid.T, tab *table.Table) {
	sorted := tab.Sorted()
	rows := map[string]int{}
	var last []uint16
	for row, weight := range sorted.Rows() {
		if last != nil && slices.Compare(last, row) >= 0 {
			t.Fatalf("Sorted puts %v before %v", last, row)
		}
		last = row
		rows[fmt.Sprint(row)] = weight
	}
	want := map[string]int{}
	for row, weight := range tab.Rows() {
		want[fmt.Sprint(row)] = weight
	}
	if !maps.Equal(rows, want) || sorted.People() != tab.People() {
		t.Fatalf("Sorted changed records: %v, want %v", rows, want)
	}
}

func checkSelect(t *rapid.T, tab *table.Table) {
	for i := range tab.Columns {
		tab.Columns[i].Name = "c" + itoa(i)
	}
	names := rapid.Permutation(columns(tab)).Draw(t, "order")
	names = names[:rapid.IntRange(0, len(names)).Draw(t, "selected")]
	part, err := tab.Select(names...)
	if err != nil {
		t.Fatal(err)
	}
	got, want := map[string]int{}, map[string]int{}
	for row, weight := range part.Rows() {
		got[fmt.Sprint(row)] += weight
	}
	for row, weight := range tab.Rows() {
		var codes []uint16
		for _, name := range names {
			codes = append(codes, row[slices.Index(columns(tab), name)])
		}
		want[fmt.Sprint(codes)] += weight
	}
	if !maps.Equal(got, want) || part.Len() != len(want) || part.People() != tab.People() || !slices.Equal(columns(part), names) {
		t.Fatalf("Select(%v) = %v, want %v", names, got, want)
	}
}

func TestSelectUnknown(t *testing.T) {
	tab := table.NewBuilder(made(2)).Table()
	if _, err := tab.Select("c1", "d"); err == nil || err.Error() != `select columns: no column "d"` {
		t.Errorf("error %v", err)
	}
}

func TestRowsEndsEarly(t *testing.T) {
	b := table.NewBuilder(made(1))
	b.Add([]uint16{1}, 1)
	b.Add([]uint16{2}, 1)
	for row := range b.Table().Rows() {
		if row[0] != 1 {
			t.Errorf("row %v", row)
		}
		break
	}
}

func TestBuilderPanics(t *testing.T) {
	for name, add := range map[string]func(b *table.Builder){
		"too few codes":   func(b *table.Builder) { b.Add([]uint16{1}, 1) },
		"too many codes":  func(b *table.Builder) { b.Add([]uint16{1, 2, 3}, 1) },
		"negative weight": func(b *table.Builder) { b.Add([]uint16{1, 2}, -1) },
		"too many people": func(b *table.Builder) { b.Add([]uint16{1, 2}, 1<<32-1); b.Add([]uint16{1, 2}, 1) },
	} {
		t.Run(name, func(t *testing.T) {
			defer func() {
				if recover() == nil {
					t.Error("no panic")
				}
			}()
			add(table.NewBuilder(make([]table.Column, 2)))
		})
	}
}

func TestCompareLabels(t *testing.T) {
	want := []string{
		"", "0--8", "01", "1", "1a", "2", "9--17", "10", "18--20", "100000000000000000000", "<0", "A", "a", "a01", "a1", "a1b", "a2", "a10", "b",
	}
	got := slices.Clone(want)
	slices.Reverse(got)
	slices.SortFunc(got, table.CompareLabels)
	equal(t, "order", got, want)
}

func TestCompareLabelsIsAnOrder(t *testing.T) {
	text := rapid.StringMatching(`[0-9a-]{0,6}`)
	rapid.Check(t, func(t *rapid.T) {
		list := []string{text.Draw(t, "a"), text.Draw(t, "b"), text.Draw(t, "c")}
		a, b := list[0], list[1]
		if sign(table.CompareLabels(a, b)) != -sign(table.CompareLabels(b, a)) || (table.CompareLabels(a, b) == 0) != (a == b) {
			t.Fatalf("%q and %q are not ordered", a, b)
		}
		sort.Slice(list, func(i, j int) bool { return table.CompareLabels(list[i], list[j]) < 0 })
		if table.CompareLabels(list[0], list[2]) > 0 {
			t.Fatalf("%q is not transitive", strings.Join(list, " "))
		}
	})
}

func sign(n int) int {
	switch {
	case n < 0:
		return -1
	case n > 0:
		return 1
	}
	return 0
}
