package quality_test

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/opencovey/covey/internal/testenv"
	"github.com/opencovey/covey/quality"
	"github.com/opencovey/covey/table"
)

// rewritten returns the same people in another form: columns, values and records in another order, and values that nobody has.
func rewritten(rng *rand.Rand, t *table.Table) *table.Table {
	order := rng.Perm(len(t.Columns))
	columns := make([]table.Column, len(order))
	codes := make([][]uint16, len(order)) // of the new column, by old code
	for to, from := range order {
		c := t.Columns[from]
		values := rng.Perm(len(c.Values))
		codes[to] = make([]uint16, len(c.Values)+1)
		columns[to] = table.Column{Name: c.Name, Field: c.Field, Values: []string{"nobody's"}}
		for i, v := range values {
			columns[to].Values = append(columns[to].Values, c.Values[v])
			codes[to][v+1] = uint16(i + 2)
		}
	}
	b := table.NewBuilder(columns)
	row := make([]uint16, len(columns))
	for _, i := range rng.Perm(t.Len()) {
		for to, from := range order {
			row[to] = codes[to][t.Row(i)[from]]
		}
		b.Add(row, t.Weight(i))
	}
	return b.Table()
}

// times gives every record so many times its people.
func times(t *table.Table, n int) *table.Table {
	b := table.NewBuilder(t.Columns)
	for row, weight := range t.Rows() {
		b.Add(row, n*weight)
	}
	return b.Table()
}

// TestFormDoesNotMatter: no figure depends on the order of columns, values or records, nor on values that nobody has. Random choices do, and what is
// listed first among equals.
func TestFormDoesNotMatter(t *testing.T) {
	for seed := range uint64(5) {
		rng := random(seed)
		sensitive, synthetic := population(rng, 500), population(rng, 500)
		a := compare(t, sensitive, synthetic, withoutAttacks(6, 3)).Private
		b := compare(t, rewritten(rng, sensitive), rewritten(rng, synthetic), withoutAttacks(6, 3)).Private
		chosen := cmpopts.IgnoreFields(quality.Private{}, "Columns", "Worst", "Pairs", "Association")
		inside := cmp.Options{
			cmpopts.IgnoreFields(quality.Leakage{}, "First"), cmpopts.IgnoreFields(quality.Support{}, "First"),
			cmpopts.IgnoreFields(quality.Marginals{}, "Worst"), cmpopts.IgnoreFields(quality.PMSE{}, "Null", "Ratio", "Value"),
		}
		if diff := cmp.Diff(a, b, cmp.Comparer(near), chosen, inside); diff != "" {
			t.Errorf("seed %d:\n%s", seed, diff)
		}
		if !near(a.Pairs.Score, b.Pairs.Score) || !near(a.Pairs.ScorePooled, b.Pairs.ScorePooled) || !near(a.Association.MeanDifference, b.Association.MeanDifference) {
			t.Errorf("seed %d: scores %g and %g, differences %g and %g", seed, a.Pairs.Score, b.Pairs.Score, a.Association.MeanDifference, b.Association.MeanDifference)
		}
		for i, name := range a.Association.Columns {
			for j := range i {
				x, y := slices.Index(b.Association.Columns, name), slices.Index(b.Association.Columns, a.Association.Columns[j])
				if !near(a.Association.Sensitive[i][j], b.Association.Sensitive[max(x, y)][min(x, y)]) {
					t.Errorf("seed %d: association of %s and %s", seed, name, a.Association.Columns[j])
				}
			}
		}
	}
}

// TestScale: with three times as many people in both tables and a threshold three times as high, shares and ratios stay.
func TestScale(t *testing.T) {
	rng := random(17)
	sensitive, synthetic := population(rng, 500), population(rng, 400)
	a := compare(t, sensitive, synthetic, withoutAttacks(4, 3)).Private
	b := compare(t, times(sensitive, 3), times(synthetic, 3), withoutAttacks(12, 3)).Private
	for i := range b.Combinations {
		c := &b.Combinations[i]
		for _, x := range []*float64{&c.MeanCount, &c.MeanError, &c.MeanErrorBoth, &c.MeanErrorAny} {
			*x /= 3
		}
	}
	if diff := cmp.Diff(a.Combinations, b.Combinations, cmp.Comparer(near)); diff != "" {
		t.Errorf("combinations:\n%s", diff)
	}
	if diff := cmp.Diff(a.Marginals, b.Marginals, cmp.Comparer(near)); diff != "" {
		t.Errorf("marginals:\n%s", diff)
	}
	for i := range b.Bands {
		b.Bands[i].From /= 3
	}
	if diff := cmp.Diff(a.Bands, b.Bands, cmp.Comparer(near)); diff != "" {
		t.Errorf("bands:\n%s", diff)
	}
	if diff := cmp.Diff(a.Leakage.Shown, b.Leakage.Shown); diff != "" {
		t.Errorf("leakage:\n%s", diff)
	}
}

// TestBlankColumns: a column in which everything is blank adds no attribute.
func TestBlankColumns(t *testing.T) {
	rng := random(18)
	sensitive, synthetic := population(rng, 300), population(rng, 300)
	wider := func(x *table.Table) *table.Table {
		b := table.NewBuilder(append(slices.Clone(x.Columns), table.Column{Name: "nothing"}))
		for row, weight := range x.Rows() {
			b.Add(append(slices.Clone(row), 0), weight)
		}
		return b.Table()
	}
	a := compare(t, sensitive, synthetic, withoutAttacks(5, 3)).Private
	for name, b := range map[string]*quality.Private{
		"both":      compare(t, wider(sensitive), wider(synthetic), withoutAttacks(5, 3)).Private,
		"sensitive": compare(t, wider(sensitive), synthetic, withoutAttacks(5, 3)).Private,
		"synthetic": compare(t, sensitive, wider(synthetic), withoutAttacks(5, 3)).Private,
	} {
		if diff := cmp.Diff(a.Combinations, b.Combinations); diff != "" {
			t.Errorf("%s: combinations:\n%s", name, diff)
		}
		if diff := cmp.Diff(a.Rare, b.Rare); diff != "" {
			t.Errorf("%s: rare:\n%s", name, diff)
		}
	}
}

// TestBetterIsBetter: each step away from the sensitive table makes the figures no better.
func TestBetterIsBetter(t *testing.T) {
	rng := random(19)
	people := population(rng, 1500)
	var last *quality.Private
	for _, attributes := range []int{11, 7, 5, 3, 1} {
		p := compare(t, people, fewer(random(3), people, attributes), withoutAttacks(5, 3)).Private
		if last != nil {
			c, d := last.Combinations[0], p.Combinations[0]
			if d.Kept >= c.Kept || d.RelativeL1 <= c.RelativeL1 || d.MeanError <= c.MeanError || d.SuppressedCommonWeight < c.SuppressedCommonWeight {
				t.Errorf("%d attributes: %+v after %+v", attributes, d, c)
			}
			if p.Pairs.Score >= last.Pairs.Score || p.PMSE.Value <= last.PMSE.Value || p.Marginals[2].Mean <= last.Marginals[2].Mean {
				t.Errorf("%d attributes: score %g, pmse %g, marginals %g", attributes, p.Pairs.Score, p.PMSE.Value, p.Marginals[2].Mean)
			}
		}
		last = p
	}
}

// TestHoldout: records are made from four fifths of the people, and nobody is made from who was held out.
func TestHoldout(t *testing.T) {
	rng := random(20)
	people := population(rng, 1003)
	var train *table.Table
	o := quality.Options{Length: 1, Trials: 100, Seed: 9, Synthesize: func(_ context.Context, x *table.Table) (*table.Table, error) {
		train = x
		return x, nil
	}}
	first := compare(t, people, people, o).Private
	if train.People() != 803 {
		t.Errorf("records were made from %d people", train.People())
	}
	in := map[string]int{}
	for row, n := range people.Rows() {
		in[fmt.Sprint(row)] = n
	}
	for row, n := range train.Rows() {
		if n > in[fmt.Sprint(row)] {
			t.Fatalf("%d people have a record that %d had", n, in[fmt.Sprint(row)])
		}
	}
	o.Seed = 10
	before := train
	second := compare(t, people, people, o).Private
	if cmp.Equal(before, train, cmp.AllowUnexported(table.Table{})) || cmp.Equal(first.Attacks, second.Attacks, cmpopts.IgnoreUnexported(quality.Attack{})) {
		t.Error("another seed held out the same people")
	}
}

// TestPMSEOfManyPeople samples tables of more than 250,000 people; two tables of the same people cannot be told apart even so.
func TestPMSEOfManyPeople(t *testing.T) {
	testenv.NotRaces(t)
	people := times(population(random(22), 400), 1000)
	p := compare(t, people, people, withoutAttacks(10, 1)).Private.PMSE
	if !p.Sampled || p.Ratio > 3 || p.Value > 1e-3 {
		t.Errorf("%+v", p)
	}
	if p := compare(t, times(population(random(22), 400), 600), population(random(23), 400), withoutAttacks(10, 1)).Private.PMSE; p.Sampled {
		t.Errorf("240,000 people were sampled: %+v", p)
	}
}

// TestLeakageStopsInTime: records of 60 attributes have more combinations of five than can be looked at.
func TestLeakageStopsInTime(t *testing.T) {
	testenv.NotRaces(t)
	rng := random(24)
	columns := schema(slices.Repeat([]int{2}, 60)...)
	full := func(people int) *table.Table {
		b := table.NewBuilder(columns)
		row := make([]uint16, len(columns))
		for range people {
			for c := range row {
				row[c] = uint16(1 + rng.IntN(2))
			}
			b.Add(row, 1)
		}
		return b.Table()
	}
	r := compare(t, full(300), full(300), quality.Options{Length: 2, Trials: -1})
	if l := r.Private.Leakage; l.Wanted != 4 || len(l.Shown) != 4 {
		t.Errorf("300 records: lengths up to %d of %d", len(l.Shown), l.Wanted)
	}
	r = compare(t, full(1500), full(1500), quality.Options{Length: 2, Trials: -1})
	if l := r.Private.Leakage; l.Wanted != 4 || len(l.Shown) != 3 {
		t.Errorf("3,000 records: lengths up to %d of %d", len(l.Shown), l.Wanted)
	}
	if !strings.Contains(privatePage(t, r, ""), "Longer combinations were not looked at") {
		t.Error("the page does not say that longer combinations were not looked at")
	}
}

// TestChartsShowTheFigures reads the charts of a page back.
func TestChartsShowTheFigures(t *testing.T) {
	rng := random(26)
	people := population(rng, 1200)
	r := compare(t, people, fewer(rng, people, 7), quality.Options{Length: 6, Trials: 200, Control: people, Published: rounded(t, people, 3)})
	page := publicPage(t, r, "x")
	for _, c := range r.Public.Combinations[1:] {
		if c.Kept == nil {
			continue
		}
		full := int(math.Round(float64(*c.Kept)))
		if want := fmt.Sprintf(`<rect class="fill" width="%.2f%%" height="100%%"`, float64(*c.Kept)); !strings.Contains(page, want) {
			t.Errorf("length %d: no bar %s", c.Length, want)
		}
		found := false
		for _, part := range strings.Split(page, `<path class="full" d="`)[1:] {
			found = found || strings.Count(part[:strings.Index(part, `"`)], "M") == full
		}
		if !found {
			t.Errorf("length %d: no picture of %d squares", c.Length, full)
		}
	}
	marks := 0
	for _, b := range r.Public.Bands {
		if b.Length > 0 {
			marks++
		}
	}
	if got := strings.Count(page, " people: "); got != marks {
		t.Errorf("%d marks for %d bands", got, marks)
	}
	squares := map[[2]int]bool{}
	for _, c := range r.Public.Published.Plot {
		squares[[2]int{c.Sensitive, c.Synthetic}] = true
	}
	if got := strings.Count(page, "synthetic: combinations: "); got != len(squares) {
		t.Errorf("%d squares for %d pairs of half octaves", got, len(squares))
	}
	attacked := 0
	for _, a := range r.Public.Attacks {
		if a.Members != nil {
			attacked++
			if want := fmt.Sprintf(`<circle class="member" cx="%.2f%%"`, float64(a.Members.Share)); !strings.Contains(page, want) {
				t.Errorf("%s %s: no mark %s", a.Name, a.Detail, want)
			}
		}
	}
	if want := fmt.Sprintf("Attacks tried: %d.", attacked); !strings.Contains(page, want) {
		t.Errorf("the page does not say %q", want)
	}
	o := r.Public.Association
	differences := 0
	for i := range o.Columns {
		for j := range i {
			if math.Abs(o.Original[i][j]-o.Synthetic[i][j]) >= 0.01-1e-9 {
				differences++
			}
		}
	}
	got := 0
	for _, class := range []string{"w1", "w2", "w3", "w4", "w5", "s1", "s2", "s3", "s4", "s5"} {
		got += strings.Count(page, `<rect class="`+class+`" x=`)
	}
	if got != differences {
		t.Errorf("%d cells for %d differences", got, differences)
	}
}
