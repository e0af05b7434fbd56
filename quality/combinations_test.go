package quality_test

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/bits"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/opencovey/covey/quality"
	"github.com/opencovey/covey/table"
)

// naiveCombinations counts all combinations up to a length, by their texts "column: value" in the order of columns joined by " + ".
func naiveCombinations(t *table.Table, length int) map[string]int {
	counts := map[string]int{}
	for i := range t.Len() {
		var facts []string
		for c, code := range t.Row(i) {
			if code != 0 {
				facts = append(facts, t.Columns[c].Name+": "+t.Columns[c].Values[code-1])
			}
		}
		for set := 1; set < 1<<len(facts); set++ {
			if bits.OnesCount(uint(set)) > length {
				continue
			}
			var chosen []string
			for f, fact := range facts {
				if set>>f&1 == 1 {
					chosen = append(chosen, fact)
				}
			}
			counts[strings.Join(chosen, " + ")] += t.Weight(i)
		}
	}
	return counts
}

// pair is a combination in both tables.
type pair struct {
	name   string
	length int
	s, y   int
}

func naivePairs(sensitive, synthetic *table.Table, length int) []pair {
	first, second := naiveCombinations(sensitive, length), naiveCombinations(synthetic, length)
	var list []pair
	for name, s := range first {
		list = append(list, pair{name, 1 + strings.Count(name, " + "), s, second[name]})
	}
	for name, y := range second {
		if first[name] == 0 {
			list = append(list, pair{name, 1 + strings.Count(name, " + "), 0, y})
		}
	}
	return list
}

// share is the sum of a over what fits, divided by the sum of b over what fits the second condition; 0 over nothing.
func share(list []pair, a func(pair) float64, fitsA func(pair) bool, b func(pair) float64, fitsB func(pair) bool) float64 {
	above, below := 0.0, 0.0
	for _, p := range list {
		if fitsA(p) {
			above += a(p)
		}
		if fitsB(p) {
			below += b(p)
		}
	}
	if below == 0 {
		return 0
	}
	return above / below
}

// naiveMetrics writes the definitions of docs/quality.md down once more.
func naiveMetrics(list []pair, k, length int) quality.Combinations {
	one := func(pair) float64 { return 1 }
	s := func(p pair) float64 { return float64(p.s) }
	y := func(p pair) float64 { return float64(p.y) }
	off := func(p pair) float64 { return math.Abs(float64(p.y - p.s)) }
	inS := func(p pair) bool { return p.s > 0 }
	inY := func(p pair) bool { return p.y > 0 }
	inK := func(p pair) bool { return p.s >= k }
	both := func(p pair) bool { return inS(p) && inY(p) }
	any := func(p pair) bool { return inS(p) || inY(p) }
	but := func(a, b func(pair) bool) func(pair) bool { return func(p pair) bool { return a(p) && !b(p) } }
	mean := func(f func(pair) float64, in func(pair) bool) float64 { return share(list, f, in, one, in) }
	count := func(in func(pair) bool) int {
		n := 0
		for _, p := range list {
			if in(p) {
				n++
			}
		}
		return n
	}
	return quality.Combinations{
		Length: length, Sensitive: count(inS), Synthetic: count(inY), Common: count(inK),
		Kept:              mean(func(p pair) float64 { return min(y(p)/s(p), 1) }, inK),
		MeanCount:         mean(s, inK),
		MeanError:         mean(off, inK),
		MeanErrorBoth:     mean(off, both),
		MeanErrorAny:      mean(off, any),
		ProportionalError: mean(func(p pair) float64 { return off(p) / s(p) }, inK),
		RelativeL1:        share(list, off, any, s, inS),
		RelativeL1Common:  share(list, off, inK, s, inK),

		Suppressed: share(list, one, but(inS, inY), one, inS), SuppressedWeight: share(list, s, but(inS, inY), s, inS),
		SuppressedCommon: share(list, one, but(inK, inY), one, inK), SuppressedCommonWeight: share(list, s, but(inK, inY), s, inK),
		Fabricated: share(list, one, but(inY, inS), one, inY), FabricatedWeight: share(list, y, but(inY, inS), y, inY),
		Unsupported: share(list, one, but(inY, inK), one, inY), UnsupportedWeight: share(list, y, but(inY, inK), y, inY),
	}
}

func naiveBands(list []pair, k, length int) []quality.Band {
	var bands []quality.Band
	for from := k; from < 1<<20; from *= 2 {
		b := quality.Band{Length: length, From: from}
		for _, p := range list {
			if p.s >= from && p.s < 2*from {
				b.Combinations++
				b.Kept += min(float64(p.y)/float64(p.s), 1)
				b.ProportionalError += math.Abs(float64(p.y-p.s)) / float64(p.s)
				if p.y == 0 {
					b.Missing++
				}
			}
		}
		if n := float64(b.Combinations); n > 0 {
			b.Kept, b.ProportionalError, b.Missing = b.Kept/n, b.ProportionalError/n, b.Missing/n
			bands = append(bands, b)
		}
	}
	return bands
}

func naiveRare(list []pair, k, length int) quality.Rare {
	r := quality.Rare{Length: length}
	for _, p := range list {
		for n, is := range map[*int]bool{
			&r.Unique: p.s == 1, &r.Rare: p.s > 0 && p.s < k,
			&r.UniqueShown: p.s == 1 && p.y > 0, &r.RareShown: p.s > 0 && p.s < k && p.y > 0,
			&r.UniqueSynthetic: p.y == 1, &r.RareSynthetic: p.y > 0 && p.y < k,
		} {
			if is {
				*n++
			}
		}
	}
	return r
}

func ofLength(list []pair, length int) []pair {
	return slices.DeleteFunc(slices.Clone(list), func(p pair) bool { return p.length != length })
}

// withoutAttacks leaves out what these tests do not look at.
func withoutAttacks(k, length int) quality.Options {
	return quality.Options{K: k, Length: length, Trials: -1}
}

func TestCombinationsAgainstReference(t *testing.T) {
	opts := cmp.Comparer(near)
	for seed := range uint64(25) {
		rng := random(seed)
		columns := schema(1+rng.IntN(3), 1+rng.IntN(5), 1+rng.IntN(9), 1, 1, 1+rng.IntN(4))
		sensitive := scattered(rng, columns, 1+rng.IntN(300))
		synthetic := scattered(rng, columns, rng.IntN(300))
		k, length := 2+rng.IntN(9), 1+rng.IntN(4)
		o := withoutAttacks(k, length)
		o.Workers = 1 + rng.IntN(4)
		p := compare(t, sensitive, synthetic, o).Private

		list := naivePairs(sensitive, synthetic, length)
		want := []quality.Combinations{naiveMetrics(list, k, 0)}
		bands := naiveBands(list, k, 0)
		var rare []quality.Rare
		for l := 1; l <= length; l++ {
			want = append(want, naiveMetrics(ofLength(list, l), k, l))
			bands = append(bands, naiveBands(ofLength(list, l), k, l)...)
			rare = append(rare, naiveRare(ofLength(list, l), k, l))
		}
		if diff := cmp.Diff(want, p.Combinations, opts); diff != "" {
			t.Fatalf("seed %d: combinations (-want +got):\n%s", seed, diff)
		}
		if diff := cmp.Diff(append([]quality.Band{}, bands...), p.Bands, opts); diff != "" {
			t.Fatalf("seed %d: bands (-want +got):\n%s", seed, diff)
		}
		if diff := cmp.Diff(rare, p.Rare); diff != "" {
			t.Fatalf("seed %d: rare (-want +got):\n%s", seed, diff)
		}
		checkLeakage(t, p, naivePairs(sensitive, synthetic, min(6, length+2)))
		checkWorst(t, p, list)
		checkPlot(t, p, list)
	}
}

func checkLeakage(t *testing.T, p *quality.Private, list []pair) {
	t.Helper()
	want := make([]int, min(6, p.Length+2))
	var leaked []pair
	for _, c := range list {
		if c.s > 0 && c.s < p.K && c.y > 0 {
			want[c.length-1]++
			leaked = append(leaked, c)
		}
	}
	if diff := cmp.Diff(want, p.Leakage.Shown); diff != "" {
		t.Fatalf("leakage (-want +got):\n%s", diff)
	}
	if p.Leakage.Proved && len(leaked) > 0 {
		t.Fatal("leakage of 0 is said to be proved")
	}
	slices.SortFunc(leaked, func(a, b pair) int { return (a.length-b.length)*1000 + a.s - b.s })
	if len(p.Leakage.First) != min(100, len(leaked)) {
		t.Fatalf("%d leaks named of %d", len(p.Leakage.First), len(leaked))
	}
	for i, cell := range p.Leakage.First {
		if len(cell.Combination) != leaked[i].length || cell.Sensitive != leaked[i].s {
			t.Fatalf("leak %d is %v, want one of length %d with count %d", i, cell, leaked[i].length, leaked[i].s)
		}
		checkCell(t, cell, leaked)
	}
}

// checkCell finds the cell in the list.
func checkCell(t *testing.T, cell quality.Cell, list []pair) {
	t.Helper()
	name := strings.Join(cell.Combination, " + ")
	if !slices.ContainsFunc(list, func(p pair) bool { return p.name == name && p.s == cell.Sensitive && p.y == cell.Synthetic }) {
		t.Fatalf("cell %v is wrong", cell)
	}
}

func checkWorst(t *testing.T, p *quality.Private, list []pair) {
	t.Helper()
	var off []int
	for _, c := range list {
		if c.s >= p.K {
			off = append(off, max(c.y-c.s, c.s-c.y))
		}
	}
	slices.Sort(off)
	slices.Reverse(off)
	if len(p.Worst) != min(100, len(off)) {
		t.Fatalf("%d worst cells of %d", len(p.Worst), len(off))
	}
	for i, cell := range p.Worst {
		if got := max(cell.Synthetic-cell.Sensitive, cell.Sensitive-cell.Synthetic); got != off[i] {
			t.Fatalf("worst cell %d is off by %d, want %d", i, got, off[i])
		}
		checkCell(t, cell, list)
	}
}

// naiveHalfOctave finds h with 2^(h/2) ≤ n < 2^((h+1)/2) by squaring: 2^h ≤ n² < 2^(h+1).
func naiveHalfOctave(n int) int { return bits.Len(uint(n*n)) - 1 }

func checkPlot(t *testing.T, p *quality.Private, list []pair) {
	t.Helper()
	want := map[quality.PlotCell]int{}
	for _, c := range list {
		if c.s >= p.K {
			want[quality.PlotCell{Length: c.length, Sensitive: naiveHalfOctave(c.s), Synthetic: naiveHalfOctave(c.y)}]++
		}
	}
	got := map[quality.PlotCell]int{}
	for _, c := range p.Plot {
		n := c.Combinations
		c.Combinations = 0
		got[c] = n
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Fatalf("plot (-want +got):\n%s", diff)
	}
}

func TestCombinationsByHand(t *testing.T) {
	// s/y by combination, k = 10: f 20/15, m 5/4, A 18/20, B 7/0, f+A 16/14, f+B 4/0, m+A 2/4, m+B 3/0; f+C, C only synthetic.
	sensitive := tab(t, "sex place", "f A *16", "f B *4", "m A *2", "m B *3")
	synthetic := tab(t, "sex place", "f A *14", "m A *4", "f C", ". A *2")
	r := compare(t, sensitive, synthetic, withoutAttacks(10, 2))
	p := r.Private
	want := []quality.Combinations{
		{
			Length: 0, Sensitive: 8, Synthetic: 7, Common: 3,
			Kept: (15/20.0 + 1 + 14/16.0) / 3, MeanCount: 54 / 3.0, MeanError: (5 + 2 + 2) / 3.0,
			MeanErrorBoth: (5 + 1 + 2 + 2 + 2) / 5.0, MeanErrorAny: (5 + 1 + 2 + 7 + 1 + 2 + 4 + 2 + 3 + 1) / 10.0,
			ProportionalError: (5/20.0 + 2/18.0 + 2/16.0) / 3, RelativeL1: 28 / 75.0, RelativeL1Common: 9 / 54.0,
			Suppressed: 3 / 8.0, SuppressedWeight: 14 / 75.0,
			Fabricated: 2 / 7.0, FabricatedWeight: 2 / 59.0, Unsupported: 4 / 7.0, UnsupportedWeight: 10 / 59.0,
		},
		{
			Length: 1, Sensitive: 4, Synthetic: 4, Common: 2,
			Kept: (15/20.0 + 1) / 2, MeanCount: 19, MeanError: 3.5, MeanErrorBoth: 8 / 3.0, MeanErrorAny: 16 / 5.0,
			ProportionalError: (5/20.0 + 2/18.0) / 2, RelativeL1: 16 / 50.0, RelativeL1Common: 7 / 38.0,
			Suppressed: 1 / 4.0, SuppressedWeight: 7 / 50.0,
			Fabricated: 1 / 4.0, FabricatedWeight: 1 / 40.0, Unsupported: 2 / 4.0, UnsupportedWeight: 5 / 40.0,
		},
	}
	if diff := cmp.Diff(want, p.Combinations[:2], cmp.Comparer(near)); diff != "" {
		t.Errorf("combinations (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]quality.Rare{
		{Length: 1, Rare: 2, RareShown: 1, UniqueSynthetic: 1, RareSynthetic: 2},
		{Length: 2, Rare: 3, RareShown: 1, UniqueSynthetic: 1, RareSynthetic: 2},
	}, p.Rare); diff != "" {
		t.Errorf("rare (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(quality.Records{Sensitive: 25, Synthetic: 21, FilledSensitive: 2, FilledSynthetic: 40 / 21.0, FilledCommon: 38 / 25.0}, p.Records); diff != "" {
		t.Errorf("records (-want +got):\n%s", diff)
	}
	// In public there are 20 people rather than 25.
	if diff := cmp.Diff(quality.PublicRecords{Synthetic: 21, Difference: 5, FilledOriginal: 1.5, FilledSynthetic: 1.9}, r.Public.Records); diff != "" {
		t.Errorf("public records (-want +got):\n%s", diff)
	}
}

// TestIdenticalTables has every error at zero.
func TestIdenticalTables(t *testing.T) {
	people := population(random(8), 800)
	p := compare(t, people, people, withoutAttacks(5, 3)).Private
	for _, c := range p.Combinations {
		if c.Kept != 1 || c.MeanErrorAny != 0 || c.RelativeL1 != 0 || c.Suppressed != 0 || c.Fabricated != 0 || c.ProportionalError != 0 {
			t.Errorf("length %d: %+v", c.Length, c)
		}
	}
	for _, m := range p.Marginals {
		if m.Max != 0 || m.MeanPooled != 0 {
			t.Errorf("marginals: %+v", m)
		}
	}
	if p.Pairs.Score != 1000 || p.Pairs.AsGoodAs != 1 || p.PMSE.Value > 1e-15 || p.Association.MeanDifference != 0 {
		t.Errorf("pairs %+v, pmse %+v, association %g", p.Pairs, p.PMSE, p.Association.MeanDifference)
	}
}

// TestSupportProvesNoLeak compares what is proved with what enumeration to one length more finds.
func TestSupportProvesNoLeak(t *testing.T) {
	rng := random(11)
	sensitive := population(rng, 700)
	synthetic := supported(rng, sensitive, 8)
	p := compare(t, sensitive, synthetic, withoutAttacks(8, 3)).Private
	if !p.Support.Supported() || !p.Leakage.Proved || !slices.Equal(p.Leakage.Shown, make([]int, 5)) {
		t.Errorf("support %+v, leakage %+v", p.Support, p.Leakage)
	}
	for _, c := range naivePairs(sensitive, synthetic, 6) {
		if c.y > 0 && c.s < 8 {
			t.Fatalf("%s is held by %d people and shown", c.name, c.s)
		}
	}
	// The mutant: k-anonymity for a smaller k.
	p = compare(t, sensitive, supported(rng, sensitive, 7), withoutAttacks(8, 3)).Private
	if p.Support.Supported() || p.Leakage.Proved || len(p.Leakage.First) == 0 || len(p.Support.First) == 0 {
		t.Errorf("mutant: support %+v, leakage %v", p.Support, p.Leakage.Shown)
	}
}

// TestSupportWeighsRecords: three people's records, of 15.
func TestSupportWeighsRecords(t *testing.T) {
	sensitive := tab(t, "sex place", "f A *12", "m B *4")
	synthetic := tab(t, "sex place", "f A *12", "m . *3")
	r := compare(t, sensitive, synthetic, withoutAttacks(10, 2))
	if got := r.Private.Support; got.Records != 3 || got.Of != 15 || len(got.First) != 1 || got.First[0][0] != "sex: m" {
		t.Errorf("support %+v", got)
	}
	if r.Public.Supported != 80 {
		t.Errorf("%g %% supported, want 80", r.Public.Supported)
	}
}

func TestCompareIsDeterministic(t *testing.T) {
	rng := random(21)
	sensitive, synthetic, control := population(rng, 900), population(rng, 900), population(rng, 400)
	reports := map[string]string{}
	for _, workers := range []int{1, 2, 5} {
		r := compare(t, sensitive, synthetic, quality.Options{K: 5, Workers: workers, Seed: 3, Trials: 150, Control: control})
		reports[privateJSON(t, r)+publicJSON(t, r)+publicPage(t, r, "x")] = fmt.Sprint(workers)
	}
	if len(reports) != 1 {
		t.Errorf("different numbers of workers gave %d different reports", len(reports))
	}
	other := compare(t, sensitive, synthetic, quality.Options{K: 5, Seed: 4, Trials: 150, Control: control})
	for report := range reports {
		if strings.HasPrefix(report, privateJSON(t, other)) {
			t.Error("another seed gave the same report")
		}
	}
}

func TestCompareColumns(t *testing.T) {
	sensitive := tab(t, "sex place shoe", "f A 38 *12", "m B 43 *11")
	synthetic := tab(t, "place hat sex", "A big f *12", "B . m *11")
	r := compare(t, sensitive, synthetic, withoutAttacks(10, 2))
	want := quality.Columns{Both: []string{"sex", "place"}, OnlySensitive: []string{"shoe"}, OnlySynthetic: []string{"hat"}}
	if diff := cmp.Diff(want, r.Private.Columns); diff != "" {
		t.Errorf("columns (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"sex", "place", "hat"}, r.Public.Columns); diff != "" {
		t.Errorf("public columns (-want +got):\n%s", diff)
	}
	c := r.Private.Combinations[1]
	if c.Sensitive != 6 || c.Synthetic != 5 || c.Fabricated != 1/5.0 || c.Suppressed != 2/6.0 {
		t.Errorf("single facts: %+v", c)
	}
}

func TestCompareRefuses(t *testing.T) {
	full, none := tab(t, "x y", "1 2"), tab(t, "x y")
	tests := []struct {
		name      string
		sensitive *table.Table
		o         quality.Options
		want      string
	}{
		{"k", full, quality.Options{K: 1}, "k = 1 is not at least 2"},
		{"length", full, quality.Options{Length: 7}, "length 7 is not between 1 and 6"},
		{"negative length", full, quality.Options{Length: -1}, "length -1 is not between 1 and 6"},
		{"nobody", none, quality.Options{}, "the sensitive table has no records"},
		{"known", full, quality.Options{Known: []string{"z"}}, `find known columns: no column "z"`},
		{"secret", full, quality.Options{Secrets: []string{"x", "zz"}}, `find secret columns: no column "zz"`},
		{"synthesis", full, quality.Options{Synthesize: func(context.Context, *table.Table) (*table.Table, error) {
			return nil, errors.New("out of ink")
		}}, "make records without the control group: out of ink"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			_, err := quality.Compare(context.Background(), test.sensitive, full, test.o)
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("error %v, want %q", err, test.want)
			}
		})
	}
}

// TestCompareSmallTables must not fail, and must give figures that are numbers.
func TestCompareSmallTables(t *testing.T) {
	full := tab(t, "x y", "1 2", "1 .", ". 3 *4")
	for name, synthetic := range map[string]*table.Table{
		"no records":       tab(t, "x y"),
		"no columns":       tab(t, ""),
		"blank records":    tab(t, "x y", ". . *3"),
		"other columns":    tab(t, "z", "1 *3"),
		"one column":       tab(t, "x", "1 *3"),
		"same":             full,
		"one other record": tab(t, "x y", "2 9"),
	} {
		t.Run(name, func(t *testing.T) {
			for _, control := range []*table.Table{nil, full, tab(t, "x y")} {
				r := compare(t, full, synthetic, quality.Options{K: 2, Control: control})
				for _, text := range []string{publicJSON(t, r), privateJSON(t, r), publicPage(t, r, ""), privatePage(t, r, "")} {
					if strings.Contains(text, "NaN") || strings.Contains(text, "Inf") {
						t.Errorf("not a number in %s", text)
					}
				}
			}
		})
	}
	r := compare(t, full, tab(t, "x y"), quality.Options{K: 2})
	if c := r.Private.Combinations[0]; c.RelativeL1 != 1 || c.Suppressed != 1 || c.Kept != 0 || r.Private.Marginals[0].Mean != 2 {
		t.Errorf("no synthetic records: %+v", c)
	}
}

func TestCompareIsCancelled(t *testing.T) {
	rng := random(31)
	sensitive, synthetic := population(rng, 600), population(rng, 600)
	var steps []string
	compare(t, sensitive, synthetic, quality.Options{K: 5, Workers: 1, Trials: 100, Control: synthetic, Progress: func(what string, _, _ int) {
		if !slices.Contains(steps, what) {
			steps = append(steps, what)
		}
	}})
	if len(steps) < 5 {
		t.Errorf("progress of %q only", steps)
	}
	cause := errors.New("that will do")
	for _, stop := range steps {
		ctx, cancel := context.WithCancelCause(context.Background())
		var once sync.Once
		_, err := quality.Compare(ctx, sensitive, synthetic, quality.Options{K: 5, Trials: 100, Control: synthetic, Progress: func(what string, done, total int) {
			if what == stop && done < total {
				once.Do(func() { cancel(cause) })
			}
		}})
		if !errors.Is(err, cause) {
			t.Errorf("cancelled during %q: %v", stop, err)
		}
	}
}
