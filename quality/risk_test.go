package quality_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/opencovey/covey/quality"
	"github.com/opencovey/covey/table"
)

// riskTable makes a table from lines of "people value value …", with "." for a blank. A name with a colon is a
// label column of a many-valued field.
func riskTable(t *testing.T, columns, rows string) *table.Table {
	t.Helper()
	var cols []table.Column
	for name := range strings.FieldsSeq(columns) {
		c := table.Column{Name: name, Field: name}
		if field, label, ok := strings.Cut(name, ":"); ok {
			c.Field, c.Label, c.Kind = field, label, table.Many
		}
		cols = append(cols, c)
	}
	var weights []int
	var cells [][]string
	for line := range strings.Lines(rows) {
		var w int
		f := strings.Fields(line)
		if len(f) == 0 {
			continue
		}
		if _, err := fmt.Sscan(f[0], &w); err != nil || len(f) != len(cols)+1 {
			t.Fatalf("bad row %q", line)
		}
		weights, cells = append(weights, w), append(cells, f[1:])
		for i, v := range f[1:] {
			if v != "." && !slices.Contains(cols[i].Values, v) {
				cols[i].Values = append(cols[i].Values, v)
			}
		}
	}
	for i := range cols {
		slices.Sort(cols[i].Values)
	}
	b := table.NewBuilder(cols)
	for r, row := range cells {
		codes := make([]uint16, len(cols))
		for i, v := range row {
			codes[i] = uint16(slices.Index(cols[i].Values, v) + 1)
		}
		b.Add(codes, weights[r])
	}
	return b.Table()
}

func risk(t *testing.T, tab *table.Table, o quality.RiskOptions) *quality.RiskReport {
	t.Helper()
	r, err := quality.Risk(t.Context(), tab, o)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestRiskByHand(t *testing.T) {
	// Ten women and ten men; red and blue of either; one man has the only yellow, one woman the only red in the north.
	tab := riskTable(t, "sex colour place", `
		5 f red  south
		1 f red  north
		4 f blue north
		5 m blue north
		4 m blue south
		1 m yellow .
	`)
	got := risk(t, tab, quality.RiskOptions{K: 3, Length: 2, Drops: -1})
	want := &quality.RiskReport{
		K: 3, Length: 2, People: 20, Rare: 2, Unique: 2,
		Lengths: []quality.RiskLength{
			{Length: 1, Rare: 1, Unique: 1}, // yellow
			{Length: 2, Rare: 1, Unique: 1}, // red and north
		},
		Fields: []quality.FieldRisk{
			{
				// f: of 10, one is in a rare combination, but f is not in it. m: yellow and m is rare.
				Field: "sex", People: 20, Linkable: 1, MeanLinkable: (0 + 0.1) / 2, RareWithout: 2, UniqueWithout: 2,
				Values: []quality.ValueRisk{
					{Value: "f", People: 10, RareWithout: 2}, {Value: "m", People: 10, Linkable: 1, RareWithout: 2},
				},
			},
			{
				Field: "colour", People: 20, Linkable: 2, MeanLinkable: (0 + 1./6 + 1) / 3, RareWithout: 0, UniqueWithout: 0,
				Values: []quality.ValueRisk{
					{Value: "blue", People: 13, RareWithout: 2},
					{Value: "red", People: 6, Linkable: 1, RareWithout: 1},
					{Value: "yellow", People: 1, Linkable: 1, RareWithout: 1},
				},
				// blue stays; red and yellow become one, which still makes the woman in the north unique.
				Coarser: &quality.Coarsening{Rule: quality.MergeRarest, Values: 2, Rare: 2},
			},
			{
				Field: "place", People: 19, Linkable: 1, MeanLinkable: (0.1 + 0) / 2, RareWithout: 1, UniqueWithout: 1,
				Values: []quality.ValueRisk{
					{Value: "north", People: 10, Linkable: 1, RareWithout: 1}, {Value: "south", People: 9, RareWithout: 2},
				},
			},
		},
	}
	// Merged, the man has "other, m", which he alone holds: he stays rare.
	if diff := cmp.Diff(want, got, cmpopts.EquateApprox(0, 1e-12)); diff != "" {
		t.Errorf("risk (-want +got):\n%s", diff)
	}
}

func TestRiskLabelsOfOneField(t *testing.T) {
	// Everybody who stands out does so by a label and the place. Two labels are two columns and one field.
	tab := riskTable(t, "means:a means:b place", `
		5 a . x
		5 . b x
		9 . . y
		1 a b y
	`)
	r := risk(t, tab, quality.RiskOptions{K: 2, Length: 2, Drops: -1})
	if r.Rare != 1 || r.Fields[0].RareWithout != 0 {
		t.Errorf("%d rare, %d without the field; want 1, 0", r.Rare, r.Fields[0].RareWithout)
	}
	for _, v := range r.Fields[0].Values {
		if v.RareWithout != 1 {
			t.Errorf("without label %s %d are rare, want 1: the other label is enough", v.Value, v.RareWithout)
		}
	}
	if r.Fields[0].People != 11 || r.Fields[0].Linkable != 1 {
		t.Errorf("field: %+v", r.Fields[0])
	}
}

func TestRiskOfNeighbours(t *testing.T) {
	// Nobody stands out once 20 and 21, and 30 and 31, are one.
	tab := riskTable(t, "age sex", `
		4 20 f
		1 21 f
		1 30 f
		4 31 f
		5 40 m
	`)
	r := risk(t, tab, quality.RiskOptions{K: 5, Length: 2, Drops: -1})
	want := &quality.Coarsening{Rule: quality.MergeNeighbours, Values: 3, Rare: 0}
	if diff := cmp.Diff(want, r.Fields[0].Coarser); diff != "" || r.Rare != 10 {
		t.Errorf("%d rare; (-want +got):\n%s", r.Rare, diff)
	}
}

func TestRiskDrops(t *testing.T) {
	tab := riskTable(t, "id year sex place", `
		1 a 1 f x
		1 b 1 f x
		1 c 1 m x
		1 d 2 m y
		1 e 2 m y
		1 f 2 m y
	`)
	r := risk(t, tab, quality.RiskOptions{K: 2, Length: 3})
	want := []quality.FieldDrop{{Field: "id", Rare: 1, Unique: 1}, {Field: "sex", Rare: 0, Unique: 0}}
	if diff := cmp.Diff(want, r.Drops); diff != "" {
		t.Errorf("drops (-want +got):\n%s", diff)
	}
}

func TestRiskRefuses(t *testing.T) {
	tab := riskTable(t, "a b", "1 x y")
	for name, o := range map[string]quality.RiskOptions{
		"k of 1": {K: 1}, "negative k": {K: -1}, "length of 7": {Length: 7}, "negative length": {Length: -1},
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := quality.Risk(t.Context(), tab, o); err == nil {
				t.Error("no error")
			}
		})
	}
	ctx, cancel := context.WithCancelCause(t.Context())
	stop := fmt.Errorf("stop")
	cancel(stop)
	if _, err := quality.Risk(ctx, tab, quality.RiskOptions{}); err != stop {
		t.Errorf("cancelled: %v", err)
	}
}

func TestRiskOfEmptyTables(t *testing.T) {
	for name, tab := range map[string]*table.Table{
		"no column": table.NewBuilder(nil).Table(),
		"no record": table.NewBuilder([]table.Column{{Name: "a", Values: []string{"x"}}}).Table(),
		"all blank": riskTable(t, "a b", "3 . ."),
	} {
		t.Run(name, func(t *testing.T) {
			if r := risk(t, tab, quality.RiskOptions{}); r.Rare != 0 || r.People != tab.People() || len(r.Fields) != len(tab.Columns) {
				t.Errorf("%+v", r)
			}
		})
	}
}

// TestRiskAgainstReference compares with the definitions written out, on random tables; the seeds are fixed.
func TestRiskAgainstReference(t *testing.T) {
	for seed := range uint64(150) {
		rng := rand.New(rand.NewPCG(seed, 7))
		tab := randomRiskTable(rng)
		o := quality.RiskOptions{K: 2 + rng.IntN(5), Length: 1 + rng.IntN(4), Drops: -1, Workers: 1 + rng.IntN(3)}
		got := risk(t, tab, o)
		if diff := cmp.Diff(referenceRisk(tab, o), got, cmpopts.EquateApprox(0, 1e-9), cmpopts.EquateEmpty()); diff != "" {
			t.Fatalf("seed %d, %+v (-reference +got):\n%s", seed, o, diff)
		}
		o.Brief = true
		got.Fields, got.Drops = nil, nil
		if diff := cmp.Diff(got, risk(t, tab, o)); diff != "" {
			t.Fatalf("seed %d, %+v (-whole +brief):\n%s", seed, o, diff)
		}
	}
}

// TestRiskOfManyColumns has more columns than fit a word, so that sets take several.
func TestRiskOfManyColumns(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 7))
	columns := make([]table.Column, 70)
	for i := range columns {
		columns[i] = table.Column{Name: fmt.Sprint("c", i), Field: fmt.Sprint("c", i/2), Kind: table.Many, Values: []string{"x"}}
	}
	b := table.NewBuilder(columns)
	for range 60 {
		codes := make([]uint16, len(columns))
		for i := range codes {
			if rng.IntN(4) == 0 {
				codes[i] = 1
			}
		}
		b.Add(codes, 1+rng.IntN(2))
	}
	tab := b.Table()
	o := quality.RiskOptions{K: 4, Length: 2, Drops: -1}
	if diff := cmp.Diff(referenceRisk(tab, o), risk(t, tab, o), cmpopts.EquateApprox(0, 1e-9), cmpopts.EquateEmpty()); diff != "" {
		t.Errorf("(-reference +got):\n%s", diff)
	}
}

func randomRiskTable(rng *rand.Rand) *table.Table {
	var columns []table.Column
	for i := range 1 + rng.IntN(6) {
		field := fmt.Sprint("f", i)
		if rng.IntN(4) == 0 {
			for _, label := range []string{"p", "q", "r"}[:1+rng.IntN(3)] {
				columns = append(columns, table.Column{Name: field + ": " + label, Field: field, Label: label, Kind: table.Many, Values: []string{label}})
			}
			continue
		}
		c := table.Column{Name: field, Field: field, Kind: table.Kind(rng.IntN(2) * int(table.Number))}
		for v := range 1 + rng.IntN(6) {
			c.Values = append(c.Values, fmt.Sprint([]string{"v", ""}[rng.IntN(8)/7], v))
		}
		columns = append(columns, c)
	}
	b := table.NewBuilder(columns)
	blank := rng.IntN(3)
	for range 1 + rng.IntN(60) {
		codes := make([]uint16, len(columns))
		for i := range codes {
			if rng.IntN(3) >= blank {
				// The smaller of two draws, so that some values are frequent.
				n := len(columns[i].Values)
				codes[i] = uint16(1 + min(rng.IntN(n), rng.IntN(n)))
			}
		}
		b.Add(codes, 1+rng.IntN(2)*rng.IntN(4))
	}
	return b.Table()
}

// TestRiskOfManyRecords has more records than are grouped at a time. Everybody holds x, and a pair of numbers that one
// person alone has, but for one pair that two have.
func TestRiskOfManyRecords(t *testing.T) {
	const n = 300
	numbers := make([]string, n)
	for i := range numbers {
		numbers[i] = fmt.Sprint(i)
	}
	b := table.NewBuilder([]table.Column{
		{Name: "a", Values: []string{"x"}}, {Name: "b", Values: numbers}, {Name: "c", Values: numbers},
	})
	for i := range uint16(n) {
		for j := range uint16(n) {
			b.Add([]uint16{1, i + 1, j + 1}, 1)
		}
	}
	b.Add([]uint16{1, 5, 5}, 1)
	r := risk(t, b.Table(), quality.RiskOptions{K: 2, Drops: -1})
	want := []int{n*n - 1, 0, 0} // without a, b, c
	for i, f := range r.Fields {
		if f.RareWithout != want[i] || f.UniqueWithout != want[i] {
			t.Errorf("without %s: %d, %d unique; want %d", f.Field, f.RareWithout, f.UniqueWithout, want[i])
		}
	}
	if r.Rare != n*n-1 || r.Lengths[1].Rare != n*n-1 || r.Fields[1].Coarser.Rare != 0 {
		t.Errorf("rare %d, lengths %v, coarser %v", r.Rare, r.Lengths, r.Fields[1].Coarser)
	}
}
