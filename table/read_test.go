package table_test

import (
	"encoding/csv"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/opencovey/covey/table"
	"pgregory.net/rapid"
)

// caseFile is a random file of a few columns of every kind and its reading by a naive reference.
type caseFile struct {
	header []string
	rows   [][]string
}

var caseSchema = table.Schema{
	Fields: []table.Field{
		{Name: "gender", Map: map[string]string{"female ": "Female"}},
		{Name: "flag", Kind: table.Flag},
		{Name: "kept", Kind: table.Flag, KeepNo: true},
		{Name: "means", Kind: table.Many},
		{Name: "age", Kind: table.Number, Bins: table.Bins{Numbers: []float64{0, 18}}},
		{Name: "year", Kind: table.Date, Bins: table.Bins{Every: table.Year}},
		{Name: "country", Kind: table.Country},
	},
	Blanks: []table.Blank{{Text: "-99", Reason: "not recorded"}, {Text: "Unknown", Reason: "unknown"}, {Text: "?", Reason: "Asked", Keep: true}},
}

func drawCaseFile(t *rapid.T) caseFile {
	f := caseFile{header: []string{"year", "means", "gender", "country", "notes", "flag", "kept", "age"}}
	cell := func(texts ...string) *rapid.Generator[string] {
		return rapid.SampledFrom(append(texts, "", "-99", "unknown ", "?"))
	}
	many := rapid.Custom(func(t *rapid.T) string {
		parts := rapid.SliceOfN(cell("Debt", "Threats", "A b"), 0, 4).Draw(t, "labels")
		return strings.Join(parts, rapid.SampledFrom([]string{";", "; ", " ;"}).Draw(t, "separator"))
	})
	columns := map[string]*rapid.Generator[string]{
		"year": cell("2014-07-03", "2015"), "means": many, "gender": cell("Female", "FEMALE", "Male"), "country": cell("NP", "Nepal", "IND"),
		"notes": rapid.Map(rapid.String(), func(s string) string { return strings.ReplaceAll(s, "\x00", "") }), "flag": cell("1", "No", "0"), "kept": cell("Yes", "false"), "age": cell("3", "17.5", "18", "-1"),
	}
	for range rapid.IntRange(1, 25).Draw(t, "rows") {
		var row []string
		for _, name := range f.header {
			row = append(row, columns[name].Draw(t, name))
		}
		f.rows = append(f.rows, row)
	}
	return f
}

// text writes the file with encoding/csv, whose quoting is not ours.
func (f caseFile) text(t *rapid.T) string {
	var out strings.Builder
	w := csv.NewWriter(&out)
	for _, row := range append([][]string{f.header}, f.rows...) {
		if err := w.Write(row); err != nil {
			t.Fatal(err)
		}
	}
	w.Flush()
	return out.String()
}

// naive reads a cell by the rules written out once more: labels of the cell, and the reason if there are none.
func naive(name, cell string) (labels []string, reason string) {
	cell = strings.TrimSpace(cell)
	switch strings.ToLower(cell) {
	case "":
		return nil, "blank"
	case "-99":
		return nil, "not recorded"
	case "unknown":
		return nil, "unknown"
	case "?":
		return []string{"Asked"}, ""
	}
	switch name {
	case "gender":
		return []string{map[string]string{"Female": "Female", "FEMALE": "Female", "Male": "Male"}[cell]}, ""
	case "flag", "kept":
		yes := cell == "1" || cell == "Yes"
		switch {
		case yes:
			return []string{"yes"}, ""
		case name == "kept":
			return []string{"no"}, ""
		}
		return nil, "no"
	case "means":
		reason = "blank"
		for _, part := range strings.Split(cell, ";") {
			if strings.TrimSpace(part) == "" {
				continue
			}
			got, why := naive("gender of "+part, part)
			if len(got) > 0 {
				labels = append(labels, strings.TrimSpace(strings.ReplaceAll(part, "?", "Asked")))
			} else if reason == "blank" || why == "not recorded" {
				reason = why
			}
		}
		slices.Sort(labels)
		if labels = slices.Compact(labels); len(labels) > 0 {
			reason = ""
		}
		return labels, reason
	case "age":
		return []string{map[string]string{"3": "0--17", "17.5": "0--17", "18": "18+", "-1": "<0"}[cell]}, ""
	case "year":
		return []string{cell[:4]}, ""
	case "country":
		return []string{map[string]string{"NP": "NPL", "Nepal": "NPL", "IND": "IND"}[cell]}, ""
	}
	return []string{cell}, ""
}

// TestReadIsNaive compares Read with the reference on random files: records and their weights, blanks by reason, the sums of both, and
// that neither the order of rows nor what is remembered between cells changes anything.
func TestReadIsNaive(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		f := drawCaseFile(t)
		want, wantBlanks := map[string]int{}, map[string]int{}
		for _, row := range f.rows {
			var values []string
			for i, name := range f.header {
				labels, reason := naive(name, row[i])
				for _, label := range labels {
					values = append(values, name+"="+label)
				}
				if reason != "" {
					wantBlanks[name+"="+reason]++
				}
			}
			values = slices.DeleteFunc(values, func(v string) bool { return strings.HasPrefix(v, "notes=") })
			slices.Sort(values)
			want[strings.Join(values, "|")]++
		}
		maps.DeleteFunc(wantBlanks, func(k string, _ int) bool { return strings.HasPrefix(k, "notes=") })

		tab := readRapid(t, f.text(t))
		got := spellOut(tab)
		if !maps.Equal(got, want) {
			t.Fatalf("records %v, want %v", got, want)
		}
		if gotBlanks := blankCounts(tab); !maps.Equal(gotBlanks, withoutEmptyFields(tab, wantBlanks)) {
			t.Fatalf("blanks %v, want %v", gotBlanks, wantBlanks)
		}
		checkSums(t, tab, len(f.rows))

		f.rows = rapid.Permutation(f.rows).Draw(t, "order")
		again := readRapid(t, f.text(t))
		if a, b := tab.Sorted(), again.Sorted(); !sameTable(a, b) {
			t.Fatalf("another order of rows gives another table: %v, %v", spellOut(a), spellOut(b))
		}
	})
}

func readRapid(t *rapid.T, text string) *table.Table {
	rows, err := table.OpenCSV(strings.NewReader(text), "random.csv", table.Format{})
	if err != nil {
		t.Fatal(err)
	}
	tab, stats, err := table.Read(t.Context(), rows, caseSchema, table.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(stats.Ignored, []string{"notes"}) {
		t.Fatalf("ignored %v", stats.Ignored)
	}
	return tab
}

// spellOut writes records as their attributes, sorted.
func spellOut(tab *table.Table) map[string]int {
	records := map[string]int{}
	for row, weight := range tab.Rows() {
		var values []string
		for i, code := range row {
			if code > 0 {
				values = append(values, tab.Columns[i].Field+"="+tab.Columns[i].Values[code-1])
			}
		}
		slices.Sort(values)
		records[strings.Join(values, "|")] += weight
	}
	return records
}

func blankCounts(tab *table.Table) map[string]int {
	counts := map[string]int{}
	for _, c := range tab.Columns {
		for _, b := range c.Blanks {
			counts[c.Field+"="+b.Reason] = b.People
		}
	}
	return counts
}

// withoutEmptyFields leaves out many-valued fields without any label: they have no column.
func withoutEmptyFields(tab *table.Table, counts map[string]int) map[string]int {
	fields := map[string]bool{}
	for _, c := range tab.Columns {
		fields[c.Field] = true
	}
	left := maps.Clone(counts)
	maps.DeleteFunc(left, func(k string, _ int) bool { name, _, _ := strings.Cut(k, "="); return !fields[name] })
	return left
}

// checkSums: weights add up to the people, and so do blanks and those who have a value, for every field.
func checkSums(t *rapid.T, tab *table.Table, people int) {
	filled := map[string]int{}
	sum := 0
	for row, weight := range tab.Rows() {
		sum += weight
		seen := map[string]bool{}
		for i, code := range row {
			if field := tab.Columns[i].Field; code > 0 && !seen[field] {
				seen[field] = true
				filled[field] += weight
			}
		}
	}
	if sum != people || tab.People() != people {
		t.Fatalf("weights add up to %d, People is %d, want %d", sum, tab.People(), people)
	}
	for _, c := range tab.Columns {
		all := filled[c.Field]
		for _, b := range c.Blanks {
			all += b.People
		}
		if all != people {
			t.Fatalf("%s: %d filled and blank, want %d; %v", c.Name, all, people, c.Blanks)
		}
		if !slices.IsSortedFunc(c.Blanks, func(a, b table.BlankCount) int { return strings.Compare(a.Reason, b.Reason) }) {
			t.Fatalf("%s: reasons are not sorted: %v", c.Name, c.Blanks)
		}
	}
}

func sameTable(a, b *table.Table) bool {
	if fmt.Sprint(a.Columns) != fmt.Sprint(b.Columns) || a.Len() != b.Len() || a.People() != b.People() {
		return false
	}
	for i := range a.Len() {
		if !slices.Equal(a.Row(i), b.Row(i)) || a.Weight(i) != b.Weight(i) {
			return false
		}
	}
	return true
}

// More different texts than can be remembered, some of them long, give the same codes as when all are.
func TestMemoIsFull(t *testing.T) {
	var text strings.Builder
	text.WriteString("n,long,many\n")
	for i := range 150000 {
		fmt.Fprintf(&text, "%d.5,x%s,a; %s b%d\n", i, strings.Repeat(" ", i%4000), strings.Repeat(" ", i%500), i/500%3)
	}
	schema := table.Schema{Fields: []table.Field{
		{Name: "n", Kind: table.Number, Bins: table.Bins{Numbers: []float64{0, 75000}}},
		{Name: "long"},
		{Name: "many", Kind: table.Many},
	}}
	equal(t, "records", records(read(t, text.String(), schema)), []string{
		"0--74999 | x | a |  |  | b2 ×25000", "0--74999 | x | a |  | b1 |  ×25000", "0--74999 | x | a | b0 |  |  ×25000",
		"75000+ | x | a |  |  | b2 ×25000", "75000+ | x | a |  | b1 |  ×25000", "75000+ | x | a | b0 |  |  ×25000",
	})
}

func TestProgress(t *testing.T) {
	var calls []int
	rows := open(t, "c\n"+strings.Repeat("a\n", 30000))
	_, _, err := table.Read(t.Context(), rows, table.Schema{Fields: []table.Field{{Name: "c"}}}, table.Options{Progress: func(n int) { calls = append(calls, n) }})
	if err != nil || len(calls) < 2 || !slices.IsSorted(calls) || calls[len(calls)-1] > 30000 || calls[0] < 1000 {
		t.Errorf("progress %v, %v", calls, err)
	}
}
