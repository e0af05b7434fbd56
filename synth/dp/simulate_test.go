package dp

import (
	"testing"

	"github.com/opencovey/covey/privacy/noise"
	"github.com/opencovey/covey/table"
)

// caseDomain is small and has everything: a category that everybody has, one that may be blank, one to be learnt, flags, and what cannot be.
func caseDomain() *Domain {
	d := &Domain{
		Columns: []table.Column{
			{Name: "age", Field: "age", Values: []string{"child", "adult"}},
			{Name: "country", Field: "country", Values: []string{"A", "B", "C", "D", "E", "F"}},
			{Name: "note", Field: "note"},
			{Name: "work", Field: "work", Kind: table.Flag, Values: []string{"yes"}},
			{Name: "debt", Field: "debt", Kind: table.Flag, Values: []string{"yes"}},
			{Name: "sold", Field: "sold", Kind: table.Flag, Values: []string{"yes"}},
		},
		Required: []bool{true, false, false, false, false, false},
		Learn:    []bool{false, false, true, false, false, false},
	}
	d.Impossible = []Impossible{
		{{Column: 0, Values: []string{"child"}}, {Column: 3, Values: []string{"yes"}}},
		{{Column: 0, Values: []string{"adult"}}, {Column: 1, Blank: true}},
	}
	return d
}

func testSource(seed byte) *noise.Source { return noise.NewSourceForTesting([32]byte{seed}) }

func TestSimulate(t *testing.T) {
	d := caseDomain()
	people := Simulate(d, 5000, testSource(1))
	if people.People() != 5000 {
		t.Fatalf("%d people, 5000 were asked for", people.People())
	}
	if got := len(people.Columns[2].Values); got != learntValues {
		t.Errorf("the column to be learnt has %d values, want %d", got, learntValues)
	}
	filled := make([]int, len(people.Columns))
	for row, n := range people.Rows() {
		for j, code := range row {
			if code > 0 {
				filled[j] += n
			}
		}
		if row[0] == 1 && row[3] == 1 {
			t.Fatalf("a child at work: %v", row)
		}
		if row[0] == 2 && row[1] == 0 {
			t.Fatalf("an adult without a country: %v", row)
		}
	}
	if filled[0] != 5000 {
		t.Errorf("%d of 5000 people have an age, which all must have", filled[0])
	}
	for j, n := range filled {
		if n == 0 {
			t.Errorf("nobody has a value in column %s", people.Columns[j].Name)
		}
	}
	again := Simulate(d, 5000, testSource(1))
	if again.Len() != people.Len() {
		t.Error("the same source gave other people")
	}
}

func TestSimulateEmpty(t *testing.T) {
	for _, d := range []*Domain{{}, {Columns: []table.Column{{Name: "nothing"}}}} {
		if got := Simulate(d, 10, testSource(2)).People(); got != 10 {
			t.Errorf("%d people, 10 were asked for", got)
		}
	}
}
