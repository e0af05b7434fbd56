package kanon_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/opencovey/covey/synth/kanon"
	"github.com/opencovey/covey/table"
)

// maker makes records of a table.
type maker func(in *table.Table, k int) *table.Table

// An attack tries to learn from records what must not be in them. Each works on another generator, or would on a mistaken one of
// ours. It must learn nothing from Synthesize, and something from the mutant, which is Synthesize with that mistake.
type attack struct {
	name   string
	mutant kanon.Mutant
	run    func(make maker) (learned string)
}

func TestAttacks(t *testing.T) {
	for _, a := range []attack{
		{"header of a value that occurs once", kanon.RareHeaders, readHeaders},
		{"column of ids", kanon.RareHeaders, readIDs},
		{"exact number of persons", kanon.ExactNumber, countPersons},
		{"rare combination", kanon.NoSupport, findRareCombination},
		{"rare combination of four and five", kanon.TriplesOnly, findBeyondThree},
		{"counts above the published", kanon.NoTrim, readSingles},
		{"counts below the published", kanon.DoubledBudget, readSingles},
		{"order of the file", kanon.InputOrder, readOrder},
	} {
		t.Run(a.name, func(t *testing.T) {
			ours := func(in *table.Table, k int) *table.Table { return synthesize(t, in, k, kanon.Options{}) }
			if learned := a.run(ours); learned != "" {
				t.Error(learned)
			}
			mutant := func(in *table.Table, k int) *table.Table {
				out, err := a.mutant(t.Context(), in, k)
				if err != nil {
					t.Fatal(err)
				}
				return out
			}
			if a.run(mutant) == "" {
				t.Error("the attack does not notice the mutant")
			}
		})
	}
}

// readHeaders looks for a value that one person has.
func readHeaders(make maker) (learned string) {
	rows := slices.Repeat([][]uint16{{1, 1}, {2, 1}, {1, 0}}, 30)
	in := newTable([]int{2, 2}, append(rows, []uint16{1, 2}))
	in.Columns[1].Values[1] = "the secret"
	if out := describe(make(in, 10)); strings.Contains(out, "the secret") {
		return "the secret is in " + out
	}
	return ""
}

// readIDs looks for ids, which somebody forgot to leave out.
func readIDs(make maker) (learned string) {
	var rows [][]uint16
	for i := range uint16(100) {
		rows = append(rows, []uint16{i + 1, 1 + i%2})
	}
	in := newTable([]int{100, 2}, rows)
	out := make(in, 10)
	for _, id := range in.Columns[0].Values {
		if strings.Contains(describe(out), `"`+id+`"`) {
			return fmt.Sprintf("found id %s", id)
		}
	}
	return ""
}

// countPersons tells a file of N persons from one of N+1.
func countPersons(make maker) (learned string) {
	for people := 30; people < 39; people++ {
		rows := slices.Repeat([][]uint16{{1, 1}, {2, 1}, {0, 2}}, 20)
		less := make(newTable([]int{2, 2}, rows[:people]), 10)
		more := make(newTable([]int{2, 2}, rows[:people+1]), 10)
		if less.People() != more.People() || less.People()%10 != 0 {
			return fmt.Sprintf("%d records of %d persons, %d of one more", less.People(), people, more.People())
		}
	}
	return ""
}

// findRareCombination looks for a combination of any length that fewer than k persons have.
func findRareCombination(make maker) (learned string) {
	in := simulated(20, 3000)
	out := make(in, 10)
	known := newCensus(in)
	for row := range out.Rows() {
		if n := known.persons(facts(out, row)); n < 10 {
			return fmt.Sprintf("%d persons have %v", n, facts(out, row))
		}
	}
	return ""
}

// findBeyondThree looks for combinations of four and five attributes that somebody, but fewer than k persons, have, in a file where at
// least k persons have each of three. Of four columns of two values, the last is even if the sum of the others is, except for three persons of each
// kind.
func findBeyondThree(make maker) (learned string) {
	var rows [][]uint16
	for kind := range uint16(16) {
		row := []uint16{kind & 1, kind >> 1 & 1, kind >> 2 & 1, kind >> 3, 0}
		people := 10
		if (row[0]+row[1]+row[2]+row[3])%2 == 1 {
			people = 3
		}
		for range people {
			rows = append(rows, []uint16{row[0] + 1, row[1] + 1, row[2] + 1, row[3] + 1, 1})
		}
	}
	in := newTable([]int{2, 2, 2, 2, 1}, rows)
	out := make(in, 10)
	known := newCensus(in)
	for row := range out.Rows() {
		if rare := known.findRare(facts(out, row), 10, 3); rare != nil {
			return fmt.Sprintf("even of three, %v", rare)
		}
		if rare := known.findRare(facts(out, row), 10, 5); rare != nil {
			return fmt.Sprintf("%d persons have %v", known.persons(rare), rare)
		}
	}
	return ""
}

// readSingles compares what records say of single values with the published counts.
func readSingles(make maker) (learned string) {
	rows := slices.Repeat([][]uint16{{1}}, 19)
	rows = append(rows, slices.Repeat([][]uint16{{2}}, 25)...)
	rows = append(rows, slices.Repeat([][]uint16{{3}}, 44)...)
	in := newTable([]int{3}, rows)
	out := make(in, 10)
	made := newCensus(out)
	for value, published := range map[string]int{"c0=1": 10, "c0=2": 20, "c0=3": 40} {
		if n := made.persons([]fact{{"c0", value}}); n < published || n > published+5 {
			return fmt.Sprintf("%d records say %s, published are %d", n, value, published)
		}
	}
	return ""
}

// readOrder tells a file from the same file backwards.
func readOrder(make maker) (learned string) {
	in := simulated(21, 1500)
	backwards := table.NewBuilder(in.Columns)
	for i := in.Len() - 1; i >= 0; i-- {
		backwards.Add(in.Row(i), in.Weight(i))
	}
	if describe(make(in, 5)) != describe(make(backwards.Table(), 5)) {
		return "the order of records depends on that of the file"
	}
	return ""
}
