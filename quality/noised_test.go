package quality_test

import (
	"bytes"
	"encoding/json"
	"iter"
	"math"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/opencovey/covey/marginal"
	"github.com/opencovey/covey/quality"
	"github.com/opencovey/covey/table"
)

// noisy makes estimates of a table as a release would publish them, but by a fixed rule: counts are off by up to 3, margins are 5.
func noisy(t testing.TB, people *table.Table, length int) *quality.Estimates {
	t.Helper()
	c, err := marginal.Count(t.Context(), people, marginal.Options{Length: length})
	if err != nil {
		t.Fatal(err)
	}
	blur := func(n, at int) quality.Estimate {
		e := max(0, n+at%7-3)
		return quality.Estimate{Estimate: e, Low: max(0, e-5), High: e + 5}
	}
	e := &quality.Estimates{Columns: c.Columns, Length: length, People: blur(people.People(), 5)}
	e.All = func(l int) iter.Seq2[[]marginal.Attribute, quality.Estimate] {
		return func(yield func([]marginal.Attribute, quality.Estimate) bool) {
			at := 0
			for combination, n := range c.All(l) {
				if at++; !yield(combination, blur(n, at)) {
					return
				}
			}
		}
	}
	for l := 1; l <= length; l++ {
		for _, band := range [][2]int{{0, 10}, {10, 50}, {50, 0}} {
			x := quality.ExpectedError{Length: l, From: band[0], To: band[1], Estimates: 2, Records: 4}
			for _, n := range e.All(l) {
				if n.Estimate >= x.From && (x.To == 0 || n.Estimate < x.To) {
					x.Cells++
				}
			}
			e.Errors = append(e.Errors, x)
		}
	}
	return e
}

var promise = quality.Promise{Epsilon: "1", Delta: "0.000001", Statement: "It is promised.", Meaning: "It means something."}

func describe(t testing.TB, e *quality.Estimates, synthetic *table.Table) (n *quality.Noised, text, page string) {
	t.Helper()
	n, err := quality.Describe(t.Context(), promise, e, synthetic, 2)
	if err != nil {
		t.Fatal(err)
	}
	var j, h bytes.Buffer
	if err := n.WriteJSON(&j); err != nil {
		t.Fatal(err)
	}
	if err := n.WriteHTML(&h, "Cases"); err != nil {
		t.Fatal(err)
	}
	return n, j.String(), h.String()
}

func TestNoisedReport(t *testing.T) {
	schema, err := jsonschema.NewCompiler().Compile("../docs/quality.schema.json")
	if err != nil {
		t.Fatal(err)
	}
	people := population(random(3), 2000)
	empty := table.NewBuilder(people.Columns).Table()
	for name, synthetic := range map[string]*table.Table{"records": population(random(4), 1990), "no records": empty} {
		n, text, page := describe(t, noisy(t, people, 3), synthetic)
		value, err := jsonschema.UnmarshalJSON(strings.NewReader(text))
		if err != nil {
			t.Fatal(err)
		}
		if err := schema.Validate(value); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		var back quality.Noised
		if err := json.Unmarshal([]byte(text), &back); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(n, &back); diff != "" {
			t.Errorf("%s (-written +read):\n%s", name, diff)
		}
		list := elements(t, page)
		checkPolicy(t, page, list)
		checkReferences(t, list)
		checkHeadings(t, list)
		checkTables(t, list)
		checkPictures(t, list)
		for _, bad := range []string{"%!", "<nil>", "NaN", "Inf", "ZgotmplZ", "{epsilon}", "{n}", "[length", "at least 10 people", "k-anonym"} {
			if strings.Contains(page, bad) {
				t.Errorf("%s: the page has %q", name, bad)
			}
		}
		for _, good := range []string{promise.Statement, promise.Meaning, "ε = 1 and δ = 0.000001", "±2", "Single facts"} {
			if !strings.Contains(page, good) {
				t.Errorf("%s: the page does not say %q", name, good)
			}
		}
	}
}

// TestAgreement compares with the definitions, on tables so small that the numbers can be seen.
func TestAgreement(t *testing.T) {
	synthetic := tab(t, "x y", "1 1 *10", "2 . *4")
	e := &quality.Estimates{Columns: synthetic.Columns, Length: 2, People: quality.Estimate{Estimate: 15, Low: 10, High: 20}}
	counts := map[int][]struct {
		at []marginal.Attribute
		n  quality.Estimate
	}{
		1: {
			{[]marginal.Attribute{{Column: 0, Code: 1}}, quality.Estimate{Estimate: 12, Low: 9, High: 15}}, // y = 10: within
			{[]marginal.Attribute{{Column: 0, Code: 2}}, quality.Estimate{Estimate: 8, Low: 5, High: 11}},  // y = 4: not
			{[]marginal.Attribute{{Column: 1, Code: 1}}, quality.Estimate{Estimate: 10, Low: 7, High: 13}}, // y = 10
		},
		2: {{[]marginal.Attribute{{Column: 0, Code: 2}, {Column: 1, Code: 1}}, quality.Estimate{Estimate: 3, Low: 0, High: 6}}}, // y = 0
	}
	e.All = func(l int) iter.Seq2[[]marginal.Attribute, quality.Estimate] {
		return func(yield func([]marginal.Attribute, quality.Estimate) bool) {
			for _, c := range counts[l] {
				if !yield(c.at, c.n) {
					return
				}
			}
		}
	}
	e.Errors = []quality.ExpectedError{{Length: 1, To: 10, Cells: 99, Estimates: 3}, {Length: 1, From: 10, Estimates: 4}, {Length: 2, From: 5, Cells: 1}}
	n, _, _ := describe(t, e, synthetic)
	if diff := cmp.Diff([]quality.ExpectedError{{Length: 1, To: 10, Cells: 1, Estimates: 3}, {Length: 1, From: 10, Cells: 2, Estimates: 4}}, n.Errors); diff != "" {
		t.Errorf("errors to expect: %s", diff)
	}
	want := []quality.Agreement{
		{Length: 1, Combinations: 3, MeanError: 2, RelativeL1: 0.2, Within: 0.6667},
		{Length: 2, Combinations: 1, MeanError: 3, RelativeL1: 1, Within: 1, Missing: 1},
	}
	if diff := cmp.Diff(want, n.Agreement); diff != "" {
		t.Error(diff)
	}
	if n.Filled != 1.7 || n.Records != 14 || n.People.Estimate != 15 {
		t.Errorf("%+v", n)
	}
}

// TestMargins: the errors made are those of the fixed rule of noisy.
func TestMargins(t *testing.T) {
	people := population(random(5), 1000)
	o := withoutAttacks(10, 2)
	o.Estimates = noisy(t, people, 2)
	r := compare(t, people, people, o)
	if r.Public != nil {
		t.Error("there is a public part, which is made of exact figures")
	}
	cells := 0
	for i, m := range r.Private.Margins {
		cells += m.Cells
		if m.Cells != o.Estimates.Errors[i].Cells || m.Expected != 2 || m.ExpectedRecords != 4 || m.RealisedRecords != 0 {
			t.Errorf("%+v", m)
		}
		if m.Cells > 20 && (math.Abs(m.Realised-2) > 0.6 || m.Within != 1) { // -3 to 3: 2 on average
			t.Errorf("%+v", m)
		}
	}
	published := 0
	for l := 1; l <= 2; l++ {
		for range o.Estimates.All(l) {
			published++
		}
	}
	if cells != published {
		t.Errorf("%d counts were compared, %d published", cells, published)
	}
	page := privatePage(t, r, "Cases")
	for _, part := range []string{"Errors expected and made", "protected by noise", "Never publish it"} {
		if !strings.Contains(page, part) {
			t.Errorf("the private page does not hold %q", part)
		}
	}
	list := elements(t, page)
	checkReferences(t, list)
	checkHeadings(t, list)
	checkTables(t, list)
}
