package kanon_test

import (
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"

	"github.com/opencovey/covey/marginal"
	"github.com/opencovey/covey/synth/kanon"
	"github.com/opencovey/covey/table"
)

// hideTable has three columns of three values and a rare one.
func hideTable(seed uint64, people int) *table.Table {
	random := rand.New(rand.NewPCG(seed, 5))
	var columns []table.Column
	for _, name := range []string{"a", "b", "c", "d"} {
		columns = append(columns, table.Column{Name: name, Field: name, Values: []string{"x", "y", "z"}})
	}
	b := table.NewBuilder(columns)
	for range people {
		row := make([]uint16, len(columns))
		for i := range row {
			row[i] = uint16(min(random.IntN(4), random.IntN(5)))
		}
		b.Add(row, 1)
	}
	return b.Table()
}

func hideCounts(t *testing.T, people *table.Table, k int) *kanon.Counts {
	t.Helper()
	exact, err := marginal.Count(t.Context(), people, marginal.Options{Length: 4, Threshold: k})
	if err != nil {
		t.Fatal(err)
	}
	counts, err := kanon.Protect(exact, k)
	if err != nil {
		t.Fatal(err)
	}
	return counts
}

type cell = []marginal.Attribute

// of returns a combination: "a1c2" is the first value of the first column and the second of the third.
func of(text string) (combination cell) {
	for i := 0; i < len(text); i += 2 {
		combination = append(combination, marginal.Attribute{Column: int(text[i] - 'a'), Code: uint16(text[i+1] - '0')})
	}
	return combination
}

// contains reports whether all attributes of a part are in a combination.
func contains(combination, part cell) bool {
	for _, attr := range part {
		if !slices.Contains(combination, attr) {
			return false
		}
	}
	return true
}

func TestHide(t *testing.T) {
	people := hideTable(1, 400)
	tests := map[string][]cell{
		"nothing":   nil,
		"all":       {{}},
		"a value":   {of("a2")},
		"pairs":     {of("a1b1"), of("b2d1")},
		"a triple":  {of("a1b1c1")},
		"all kinds": {of("d3"), of("a1b1"), of("a2b1c2")},
		"unknown":   {of("a9"), of("h1")},
	}
	for name, hidden := range tests {
		t.Run(name, func(t *testing.T) {
			whole, counts := hideCounts(t, people, 5), hideCounts(t, people, 5)
			counts.Hide(hidden)
			if counts.People() != whole.People() {
				t.Errorf("%d people, want %d", counts.People(), whole.People())
			}
			for length := 1; length <= 4; length++ {
				shown := map[string]int{}
				for combination, n := range counts.All(length) {
					shown[fmt.Sprint(combination)] = n
				}
				for combination, n := range whole.All(length) {
					for _, h := range hidden {
						if len(h) > 0 && contains(combination, h) {
							n = 0
						}
					}
					if got := counts.Get(combination...); got != n || shown[fmt.Sprint(combination)] != n {
						t.Errorf("%v: %d, in the list %d, want %d", combination, got, shown[fmt.Sprint(combination)], n)
					}
				}
			}
		})
	}
}

func TestLower(t *testing.T) {
	counts := hideCounts(t, hideTable(1, 400), 5)
	pair := of("a1b1")
	was, one := counts.Get(pair...), counts.Get(pair[0])
	counts.Lower(pair, was-5)
	counts.Lower(pair[:1], one+5)
	counts.Lower(nil, 390)
	if counts.Get(pair...) != was-5 || counts.Get(pair[0]) != one || counts.People() != 390 {
		t.Errorf("%d of %d, %d of %d, %d people", counts.Get(pair...), was, counts.Get(pair[0]), one, counts.People())
	}
	for combination, n := range counts.All(2) {
		if slices.Equal(combination, pair) && n != was-5 {
			t.Errorf("%d in the list, want %d", n, was-5)
		}
	}
}

func TestTrim(t *testing.T) {
	const k = 10
	for seed := range uint64(5) {
		people := hideTable(seed, 403)
		synthetic, err := kanon.Synthesize(t.Context(), people, k, kanon.Options{})
		if err != nil {
			t.Fatal(err)
		}
		counts := hideCounts(t, people, k)
		if same := counts.Trim(synthetic); !reflect.DeepEqual(rows(same), rows(synthetic)) {
			t.Error("records are trimmed though no count was lowered")
		}
		for _, attr := range of("a1c2") {
			counts.Lower(cell{attr}, counts.Get(attr)-3*k)
		}
		counts.Lower(nil, 380)
		counts.Hide([]cell{of("b3")})
		trimmed := counts.Trim(synthetic)
		if trimmed.People() != 380 {
			t.Errorf("%d records, want 380", trimmed.People())
		}
		checkTrimmed(t, counts, trimmed)
		for row := range trimmed.Rows() { // whatever is left was part of a record
			if !isPart(row, synthetic) {
				t.Errorf("%v is no part of a record", row)
			}
		}
		if !reflect.DeepEqual(rows(trimmed), rows(trimmed.Sorted())) {
			t.Error("records are not in order")
		}
	}
}

func rows(t *table.Table) map[string]int {
	all := map[string]int{}
	for row, n := range t.Rows() {
		all[fmt.Sprint(row)] = n
	}
	return all
}

// checkTrimmed compares records with the bounds of the counts.
func checkTrimmed(t *testing.T, counts *kanon.Counts, trimmed *table.Table) {
	t.Helper()
	have := map[marginal.Attribute]int{}
	for row, n := range trimmed.Rows() {
		for i, code := range row {
			if code > 0 {
				have[marginal.Attribute{Column: i, Code: code}] += n
			}
		}
	}
	for attr, n := range have { // all values are common enough that columns and codes are those of the people
		if most := counts.Get(attr); most == 0 || n > most+counts.K/2 {
			t.Errorf("%v: %d records, published are %d", attr, n, most)
		}
	}
}

// isPart reports whether some record has all values of a row.
func isPart(row []uint16, records *table.Table) bool {
	for record := range records.Rows() {
		part := true
		for i, code := range row {
			part = part && (code == 0 || code == record[i])
		}
		if part {
			return true
		}
	}
	return false
}
