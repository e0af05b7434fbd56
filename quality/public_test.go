package quality_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"iter"
	"math"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/opencovey/covey/internal/testenv"
	"github.com/opencovey/covey/marginal"
	"github.com/opencovey/covey/quality"
	"github.com/opencovey/covey/table"
)

// The sensitive table of the canary tests has numbers and names that can be told from all others.
const (
	canaryPeople = 12_347
	canaryFemale = 7_919 // people with sex = f
	canaryValue  = "Zzyzx"
	canaryColumn = "secret: Xyzzy"
)

// withCanaries draws 12,347 people. Three of them have a rare value, two have a rare label with a column of its own, and the number of women
// is known. It returns the people and k-anonymous records of them that are fewer.
func withCanaries(rare string) (sensitive, synthetic *table.Table) {
	columns := append(schema(6, 9, 12, 1, 1, 1, 5), table.Column{Name: "sex", Field: "sex", Values: []string{"f", "m"}},
		table.Column{Name: "place", Field: "place", Values: []string{"A", "B", rare}},
		table.Column{Name: canaryColumn, Field: "secret", Label: "Xyzzy", Kind: table.Many, Values: []string{"Xyzzy"}})
	rng := random(61)
	people, records := table.NewBuilder(columns), table.NewBuilder(columns[:9])
	for i := range canaryPeople {
		codes := make([]uint16, len(columns))
		kind := uint16(rng.IntN(5))
		for c := range 7 {
			if n := uint16(len(columns[c].Values)); rng.IntN(4) > 0 {
				codes[c] = 1 + (kind+uint16(c))%n
			} else if n > 1 {
				codes[c] = uint16(rng.IntN(int(n) + 1))
			}
		}
		codes[7], codes[8] = 2, uint16(1+rng.IntN(2))
		if i < canaryFemale {
			codes[7] = 1
		}
		if i < 3 {
			codes[8] = 3
		}
		if i < 2 {
			codes[9] = 1
		}
		people.Add(codes, 1)
		if i >= 347 {
			few := make([]uint16, 9)
			for _, c := range rng.Perm(9)[:3] {
				few[c] = codes[c]
			}
			records.Add(few, 1)
		}
	}
	return people.Table(), dropUnsupported(people.Table(), records.Table())
}

// dropUnsupported blanks the records that fewer than ten people hold.
func dropUnsupported(sensitive, synthetic *table.Table) *table.Table {
	b := table.NewBuilder(synthetic.Columns)
	for i := range synthetic.Len() {
		row := synthetic.Row(i)
		if naiveSupport(sensitive, append(slices.Clone(row), 0)) < 10 {
			row = make([]uint16, len(row))
		}
		b.Add(row, synthetic.Weight(i))
	}
	return b.Table()
}

// rounded are the counts that a release would publish: of at least ten people, rounded down to a multiple of ten.
func rounded(t testing.TB, people *table.Table, length int) *quality.Published {
	t.Helper()
	c, err := marginal.Count(t.Context(), people, marginal.Options{Length: length, Threshold: 10})
	if err != nil {
		t.Fatal(err)
	}
	return &quality.Published{Columns: c.Columns, Length: length, All: func(l int) iter.Seq2[[]marginal.Attribute, int] {
		return func(yield func([]marginal.Attribute, int) bool) {
			for combination, n := range c.All(l) {
				if !yield(combination, n-n%10) {
					return
				}
			}
		}
	}}
}

func TestPublicTellsNoSecret(t *testing.T) {
	testenv.NotRaces(t)
	sensitive, synthetic := withCanaries(canaryValue)
	control, _ := withCanaries(canaryValue)
	r := compare(t, sensitive, synthetic, quality.Options{
		Control: control, Trials: 150, Published: rounded(t, sensitive, 3), Secrets: []string{canaryColumn, "c0"}, Known: []string{canaryColumn, "sex"},
	})
	canaries := []string{
		strconv.Itoa(canaryPeople), "12,347", strconv.Itoa(canaryFemale), "7,919", canaryValue, "Xyzzy",
		strconv.Itoa(canaryPeople - canaryFemale), "4,428",
	}
	public := publicJSON(t, r) + publicPage(t, r, "Cases")
	private := privateJSON(t, r) + privatePage(t, r, "Cases")
	for _, canary := range canaries {
		// As a number of its own, not within a longer one.
		find := regexp.MustCompile(`(^|[^0-9.,])` + regexp.QuoteMeta(canary) + `($|[^0-9.,]|[.,][^0-9])`)
		if at := find.FindStringIndex(public); at != nil {
			t.Errorf("the public report tells %q: …%s…", canary, public[max(0, at[0]-80):min(len(public), at[1]+80)])
		}
	}
	// Records that show everything: then the private part names what leaks, and the public part still does not.
	leaky := compare(t, sensitive, sensitive, quality.Options{Length: 1, Trials: -1, Published: rounded(t, sensitive, 1)})
	private += privateJSON(t, leaky)
	if text := publicJSON(t, leaky) + publicPage(t, leaky, "Cases"); strings.Contains(text, canaryValue) {
		t.Errorf("the public report of leaky records tells %q", canaryValue)
	}
	for _, canary := range []string{strconv.Itoa(canaryPeople), strconv.Itoa(canaryFemale), canaryValue, "Xyzzy"} {
		if !strings.Contains(private, canary) {
			t.Errorf("the private report does not tell %q: the test has no power", canary)
		}
	}
	if r.Public.Supported != 100 || len(r.Public.Attacks) != 6 {
		t.Errorf("%g %% supported, %d attacks", r.Public.Supported, len(r.Public.Attacks))
	}
}

// TestPublicIgnoresRareValues gives the rare value another name, which must not change a byte of the public report.
func TestPublicIgnoresRareValues(t *testing.T) {
	testenv.NotRaces(t)
	var reports []string
	for _, name := range []string{canaryValue, "Plugh"} {
		sensitive, synthetic := withCanaries(name)
		r := compare(t, sensitive, synthetic, quality.Options{Trials: 120, Control: sensitive, Published: rounded(t, sensitive, 2)})
		reports = append(reports, publicJSON(t, r)+publicPage(t, r, ""))
	}
	if reports[0] != reports[1] {
		t.Error("the public report depends on the name of a rare value")
	}
}

// TestPublicAssociationIsOfRoundedCounts moves people within what rounding hides: 23 or 27 with both facts, 4 or 8 with both rare facts.
func TestPublicAssociationIsOfRoundedCounts(t *testing.T) {
	report := func(both, rare int) *quality.Report {
		rest := 400 + both + rare
		x := tab(t, "a b c d", fmt.Sprint("1 1 . . *", both), fmt.Sprint(". . 1 1 *", rare),
			fmt.Sprint("1 . . . *", 100-both), fmt.Sprint(". 1 . . *", 80-both), fmt.Sprint(". . 1 . *", 30-rare), fmt.Sprint(". . . 1 *", 20-rare),
			fmt.Sprint(". . . . *", rest))
		return compare(t, x, tab(t, "a b c d", "1 1 . . *20", "1 . 1 . *80", ". 1 . 1 *60"), withoutAttacks(10, 2))
	}
	a, b := report(23, 4), report(27, 8)
	if diff := cmp.Diff(a.Public.Association, b.Public.Association); diff != "" {
		t.Errorf("what rounding hides shows in the public association:\n%s", diff)
	}
	if cmp.Equal(a.Private.Association.Sensitive, b.Private.Association.Sensitive) {
		t.Error("the exact association does not differ: the test has no power")
	}
}

func TestPublicRounding(t *testing.T) {
	sensitive, synthetic := withCanaries(canaryValue)
	r := compare(t, sensitive, synthetic, quality.Options{Control: sensitive, Trials: 300})
	var all any
	if err := json.Unmarshal([]byte(publicJSON(t, r)), &all); err != nil {
		t.Fatal(err)
	}
	whole := map[string]bool{"synthetic": true, "k": true, "length": true, "version": true, "from": true, "columns": true}
	walkJSON(all, "", func(path string, x float64) {
		key := path[strings.LastIndex(path, ".")+1:]
		switch {
		case whole[key]:
		case strings.Contains(path, "association") && key != "mean_difference":
			if !near(100*x, math.Round(100*x)) {
				t.Errorf("%s is %v", path, x)
			}
		case key == "score":
			if digits(1000-x) > 2 {
				t.Errorf("%s is %v", path, x)
			}
		case isPercent(r, path, key):
			if x != math.Round(x) && x != 0.5 && x != 99.5 {
				t.Errorf("%s is %v", path, x)
			}
		case digits(x) > 2:
			t.Errorf("%s is %v", path, x)
		}
	})
}

func isPercent(_ *quality.Report, path, key string) bool {
	percents := []string{"supported", "difference", "kept", "missing", "suppressed", "suppressed_weight", "unsupported", "unsupported_weight", "as_good_as", "percent", "share", "low", "high"}
	return slices.Contains(percents, key) && !strings.Contains(path, "marginals")
}

// digits counts the significant digits of a number as it is written.
func digits(x float64) int {
	s := strings.ReplaceAll(strconv.FormatFloat(math.Round(math.Abs(x)*1e9)/1e9, 'f', -1, 64), ".", "")
	return len(strings.Trim(s, "0"))
}

// walkJSON visits all numbers. The path of a member of a list is that of the list.
func walkJSON(x any, path string, visit func(path string, x float64)) {
	switch x := x.(type) {
	case float64:
		visit(path, x)
	case []any:
		for _, member := range x {
			walkJSON(member, path, visit)
		}
	case map[string]any:
		for key, member := range x {
			walkJSON(member, path+"."+key, visit)
		}
	}
}

// TestPublicPoolsRareCells: marginals and scores are those with rare cells pooled.
func TestPublicPoolsRareCells(t *testing.T) {
	rng := random(63)
	people := population(rng, 400)
	r := compare(t, people, population(rng, 300), withoutAttacks(10, 1))
	for i, m := range r.Private.Marginals {
		got := r.Public.Marginals[i].Mean
		if got == nil || math.Abs(*got-m.MeanPooled) > 0.05*m.MeanPooled || m.MeanPooled >= m.Mean || i > 0 && m.MeanPooled > 0.8*m.Mean {
			t.Errorf("%d columns: %v in public, %g exact, %g pooled", m.Columns, got, m.Mean, m.MeanPooled)
		}
	}
	p, q := r.Private.Pairs, r.Public.Pairs
	if math.Abs(1000-*q.Score-(1000-p.ScorePooled)) > 0.05*(1000-p.ScorePooled) || p.ScorePooled < p.Score+10 {
		t.Errorf("score %g in public, %g exact, %g pooled", *q.Score, p.Score, p.ScorePooled)
	}
	if math.Abs(float64(*q.AsGoodAs)-100*p.AsGoodAsPooled) > 0.5 || len(q.Samples) != len(p.Samples) {
		t.Errorf("as good as %g in public, %g pooled", *q.AsGoodAs, p.AsGoodAsPooled)
	}
	for i, s := range q.Samples {
		if exact := p.Samples[i].ScorePooled; math.Abs(s.Score-exact) > 0.05*(1000-exact) {
			t.Errorf("sample of %g scores %g in public, %g pooled", s.Percent, s.Score, exact)
		}
	}
}

// TestPublicShares: nothing is 0 but nothing, and nothing is all but all.
func TestPublicShares(t *testing.T) {
	testenv.NotRaces(t)
	for _, test := range []struct {
		kept int // of 100,000
		want quality.Percent
	}{{0, 0}, {1, 0.5}, {900, 0.5}, {999, 0.5}, {1000, 1}, {1400, 1}, {1600, 2}, {50_400, 50}, {99_000, 99}, {99_001, 99.5}, {99_999, 99.5}, {100_000, 100}} {
		t.Run(fmt.Sprint(test.kept), func(t *testing.T) {
			columns := schema(slices.Repeat([]int{1}, 12)...)
			sensitive, synthetic := table.NewBuilder(columns), table.NewBuilder(columns)
			row := make([]uint16, 12)
			for c := range row {
				row[c] = 1
			}
			sensitive.Add(row, 100_000)
			synthetic.Add(row, test.kept)
			synthetic.Add(make([]uint16, 12), 1) // so that there is a record in any case
			r := compare(t, sensitive.Table(), synthetic.Table(), withoutAttacks(10, 1))
			if got := *r.Public.Combinations[1].Kept; got != test.want {
				t.Errorf("%d of 100,000 are %g %%, want %g", test.kept, got, test.want)
			}
		})
	}
}

// TestPublicMeansAreOfMany: nine facts are too few to publish the mean of.
func TestPublicMeansAreOfMany(t *testing.T) {
	for _, columns := range []int{9, 10} {
		c := schema(slices.Repeat([]int{1}, columns)...)
		sensitive, synthetic := table.NewBuilder(c), table.NewBuilder(c)
		for i := range columns {
			row := make([]uint16, columns)
			row[i] = 1
			sensitive.Add(row, 15)
			synthetic.Add(row, 12)
		}
		r := compare(t, sensitive.Table(), synthetic.Table(), quality.Options{Trials: 50, Length: 2})
		single := r.Public.Combinations[1]
		if shown := columns == 10; (single.Kept != nil) != shown || (single.MeanError != nil) != shown || (len(r.Public.Bands) > 0) != shown || (r.Public.Marginals[0].Mean != nil) != shown {
			t.Errorf("%d facts: %+v, bands %v, marginals %v", columns, single, r.Public.Bands, r.Public.Marginals)
		}
		if two := r.Public.Combinations[2]; two.Kept != nil || two.Combinations != 0 {
			t.Errorf("%d facts: pairs %+v", columns, two)
		}
		if r.Public.Marginals[1].Mean == nil || r.Public.Pairs.Score == nil {
			t.Errorf("%d columns: %v", columns, r.Public.Marginals)
		}
		for _, a := range r.Public.Attacks {
			if a.Members != nil || a.Leak {
				t.Errorf("fewer than 100 people, but %+v", a)
			}
		}
	}
	r := compare(t, tab(t, "a b c", "1 2 3 *40"), tab(t, "a b c", "1 2 3 *40"), withoutAttacks(10, 1))
	if r.Public.Pairs.Score != nil || r.Public.Pairs.AsGoodAs != nil || len(r.Public.Pairs.Samples) > 0 {
		t.Errorf("three pairs: %+v", r.Public.Pairs)
	}
}

// TestPublished compares published counts with the synthetic records by looking every one up.
func TestPublished(t *testing.T) {
	rng := random(81)
	people := population(rng, 900)
	synthetic := fewer(rng, people, 4)
	published := rounded(t, people, 3)
	// The columns come in another order and one is missing.
	synthetic, err := synthetic.Select("c3", "c10", "c2", "c0", "c1", "c4", "c5", "c7", "c8", "c9")
	if err != nil {
		t.Fatal(err)
	}
	o := withoutAttacks(10, 2)
	o.Published = published
	r := compare(t, people, synthetic, o)
	counts := naiveCombinations(people, 3)
	aligned, same := marginal.Align(people, synthetic)
	own := naiveCombinations(same, 3)
	want := map[quality.PlotCell]int{}
	var off []int
	for name, s := range counts {
		if s = s - s%10; s > 0 {
			length := 1 + strings.Count(name, " + ")
			want[quality.PlotCell{Length: length, Sensitive: naiveHalfOctave(s), Synthetic: naiveHalfOctave(own[name])}]++
			off = append(off, max(s-own[name], own[name]-s))
		}
	}
	got := map[quality.PlotCell]int{}
	for _, c := range r.Public.Published.Plot {
		n := c.Combinations
		c.Combinations = 0
		got[c] = n
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("plot of %d columns (-want +got):\n%s", len(aligned.Columns), diff)
	}
	slices.Sort(off)
	slices.Reverse(off)
	for i, cell := range r.Public.Published.Worst {
		name := strings.Join(cell.Combination, " + ")
		if s := counts[name] - counts[name]%10; cell.Sensitive != s || cell.Synthetic != own[name] || max(s-own[name], own[name]-s) != off[i] {
			t.Errorf("worst %d: %+v, want %d and %d", i, cell, s, own[name])
		}
	}
	if len(r.Public.Published.Worst) != 20 {
		t.Errorf("%d worst", len(r.Public.Published.Worst))
	}
}

// TestPublishedUnknown: columns and values that the synthetic table has not are counted as 0.
func TestPublishedUnknown(t *testing.T) {
	people := tab(t, "x y z", "1 2 3 *20", "9 2 . *30")
	o := withoutAttacks(10, 2)
	o.Published = rounded(t, people, 2)
	r := compare(t, people, tab(t, "y x", "2 1 *11", ". . "), o)
	got := map[string]int{}
	for _, cell := range r.Public.Published.Worst {
		got[strings.Join(cell.Combination, " + ")] = cell.Synthetic
	}
	want := map[string]int{"x: 1": 11, "x: 9": 0, "y: 2": 11, "z: 3": 0, "x: 1 + y: 2": 11, "x: 9 + y: 2": 0, "x: 1 + z: 3": 0, "y: 2 + z: 3": 0}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// reports are of many kinds, so that every branch of the report is seen.
func reports(t *testing.T) map[string]*quality.Report {
	t.Helper()
	rng := random(51)
	people, other, control := population(rng, 700), population(rng, 650), population(rng, 300)
	small, big := tab(t, "x y", "1 2 *12", "1 . *3", ". 3 *4"), schema(slices.Repeat([]int{2}, 45)...)
	return map[string]*quality.Report{
		"leaky":       compare(t, people, people, quality.Options{K: 5, Control: control, Published: rounded(t, people, 3), Trials: 300}),
		"unsupported": compare(t, people, other, quality.Options{K: 5, Length: 4, Control: control, Trials: 200}),
		"safe":        compare(t, people, supported(rng, people, 10), quality.Options{Published: rounded(t, people, 3)}),
		"small":       compare(t, small, small, quality.Options{Control: small, Published: rounded(t, small, 2)}),
		"empty":       compare(t, small, tab(t, "x y"), quality.Options{Trials: -1}),
		"other":       compare(t, small, tab(t, "z", "1 *20"), quality.Options{}),
		"wide":        compare(t, scattered(rng, big, 300), scattered(rng, big, 300), quality.Options{Length: 1, Trials: 100}),
	}
}

func TestSchema(t *testing.T) {
	testenv.NotRaces(t)
	schema, err := jsonschema.NewCompiler().Compile("../docs/quality.schema.json")
	if err != nil {
		t.Fatal(err)
	}
	for name, r := range reports(t) {
		for part, text := range map[string]string{"public": publicJSON(t, r), "private": privateJSON(t, r)} {
			value, err := jsonschema.UnmarshalJSON(strings.NewReader(text))
			if err != nil {
				t.Fatal(err)
			}
			if err := schema.Validate(value); err != nil {
				t.Errorf("%s, %s: %v", name, part, err)
			}
			// A report with anything more, or of another version, is not one.
			for _, change := range []func(map[string]any){
				func(m map[string]any) { m["people"] = json.Number("12347") },
				func(m map[string]any) { m["version"] = json.Number("2") },
				func(m map[string]any) { delete(m, "combinations") },
			} {
				value, _ := jsonschema.UnmarshalJSON(strings.NewReader(text))
				change(value.(map[string]any))
				if schema.Validate(value) == nil {
					t.Errorf("%s, %s: a changed report is valid", name, part)
				}
			}
		}
	}
}

// TestJSONRoundTrip: a report that was read gives the same page.
func TestJSONRoundTrip(t *testing.T) {
	testenv.NotRaces(t)
	for name, r := range reports(t) {
		var public quality.Public
		if err := json.Unmarshal([]byte(publicJSON(t, r)), &public); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(r.Public, &public); diff != "" {
			t.Errorf("%s: public part (-written +read):\n%s", name, diff)
		}
		var page bytes.Buffer
		if err := public.WriteHTML(&page, "x"); err != nil || page.String() != publicPage(t, r, "x") {
			t.Errorf("%s: the page of a report that was read differs: %v", name, err)
		}
		var private quality.Private
		if err := json.Unmarshal([]byte(privateJSON(t, r)), &private); err != nil {
			t.Fatal(err)
		}
		page.Reset()
		if err := private.WriteHTML(&page, "x"); err != nil || page.String() != privatePage(t, r, "x") {
			t.Errorf("%s: the private page of a report that was read differs: %v", name, err)
		}
	}
}

// TestDocs: the document names every figure of the JSON format.
func TestDocs(t *testing.T) {
	doc, err := os.ReadFile("../docs/quality.md")
	if err != nil {
		t.Fatal(err)
	}
	schema, err := os.ReadFile("../docs/quality.schema.json")
	if err != nil {
		t.Fatal(err)
	}
	var s struct {
		Defs map[string]struct{ Properties map[string]any } `json:"$defs"`
	}
	if err := json.Unmarshal(schema, &s); err != nil {
		t.Fatal(err)
	}
	for _, def := range []string{"public", "private", "publicCombinations"} {
		if len(s.Defs[def].Properties) < 10 {
			t.Errorf("schema of %s has %d properties", def, len(s.Defs[def].Properties))
		}
		for key := range s.Defs[def].Properties {
			if !bytes.Contains(doc, []byte("`"+key+"`")) {
				t.Errorf("docs/quality.md does not tell of %q", key)
			}
		}
	}
}

// failing refuses to be written to after some bytes.
type failing struct{ left int }

func (f *failing) Write(b []byte) (int, error) {
	if f.left -= len(b); f.left < 0 {
		return 0, os.ErrClosed
	}
	return len(b), nil
}

func TestWriteErrors(t *testing.T) {
	small := tab(t, "x y", "1 2 *12")
	r := compare(t, small, small, withoutAttacks(10, 1))
	for _, left := range []int{0, 100} {
		for name, err := range map[string]error{
			"public JSON": r.Public.WriteJSON(&failing{left}), "private JSON": r.Private.WriteJSON(&failing{left}),
			"public page": r.Public.WriteHTML(&failing{left}, "x"), "private page": r.Private.WriteHTML(&failing{left}, "x"),
		} {
			if err == nil || !strings.HasPrefix(err.Error(), "write quality") {
				t.Errorf("%s: error %v", name, err)
			}
		}
	}
}
