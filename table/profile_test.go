package table_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/opencovey/covey/table"
)

// profileOf looks over a file with one column c, beside another that keeps empty cells from being empty lines.
func profileOf(t testing.TB, header string, cells []string, o table.ProfileOptions) table.ColumnProfile {
	t.Helper()
	text := strings.Replace(one(cells...), "c,n", header+",n", 1)
	list, err := table.ProfileRows(context.Background(), open(t, text), o)
	if err != nil {
		t.Fatal(err)
	}
	if len(list) != 2 || list[0].Name != header {
		t.Fatalf("profiles %+v", list)
	}
	return list[0]
}

// repeat makes a list of texts, each so many times: repeat("a", 3, "b", 1).
func repeat(list ...any) []string {
	var cells []string
	for i := 0; i < len(list); i += 2 {
		for range list[i+1].(int) {
			cells = append(cells, list[i].(string))
		}
	}
	return cells
}

// days returns dates in a layout, every few days from 2010 on.
func days(layout string, n, step int) []string {
	list := make([]string, n)
	for i := range list {
		list[i] = time.Date(2010, 1, 1+i*step, 14, 30, 0, 0, time.UTC).Format(layout)
	}
	return list
}

func TestProfileGuesses(t *testing.T) {
	many := repeat("Debt; Threats", 5, "Threats", 9, "Threats;Debt;False Promises", 2, "False Promises", 3)
	tests := []struct {
		name   string
		header string // default c
		cells  []string
		want   table.ColumnProfile
	}{
		{name: "empty", cells: repeat("", 5), want: table.ColumnProfile{}},
		{name: "category", cells: repeat("Female", 20, "Male", 10), want: table.ColumnProfile{}},
		{name: "flag of 1 and blank", cells: repeat("1", 3, "", 20), want: table.ColumnProfile{Kind: table.Flag}},
		{name: "flag in many spellings", cells: repeat("Yes", 3, "no", 20, "TRUE", 1, "-99", 2), want: table.ColumnProfile{Kind: table.Flag}},
		{name: "a lone F is no flag", cells: repeat("F", 3), want: table.ColumnProfile{}},
		{name: "codes 1 and 2 are no flag", cells: repeat("1", 3, "2", 3), want: table.ColumnProfile{}},
		{name: "countries in mixed forms", cells: repeat("NP", 30, "Nepal", 20, "IND", 40, "Unknown", 3), want: table.ColumnProfile{Kind: table.Country}},
		{name: "Namibia among alpha-2 codes", cells: repeat("NA", 9, "NP", 5, "IN", 5, "ZA", 5), want: table.ColumnProfile{Kind: table.Country}},
		{name: "numeric country codes with zeros", cells: repeat("004", 3, "524", 5), want: table.ColumnProfile{Kind: table.Country}},
		{name: "numbers are no country codes", cells: repeat("4", 3, "8", 5), want: table.ColumnProfile{}},
		{name: "few countries among other texts", cells: repeat("Niger", 3, "Lagos", 5, "Kano", 2), want: table.ColumnProfile{}},
		{name: "dates", cells: days("2006-01-02", 40, 90), want: table.ColumnProfile{Kind: table.Date, Layouts: []string{"2006-01-02"}, Every: table.Year}},
		{name: "dates of two years", cells: days("2006-01-02", 40, 10), want: table.ColumnProfile{Kind: table.Date, Layouts: []string{"2006-01-02"}, Every: table.Quarter}},
		{name: "dates of one year", cells: days("2006-01-02", 40, 3), want: table.ColumnProfile{Kind: table.Date, Layouts: []string{"2006-01-02"}, Every: table.Month}},
		{name: "day before month", cells: days("02/01/2006", 40, 90), want: table.ColumnProfile{Kind: table.Date, Layouts: []string{"02/01/2006"}, Every: table.Year}},
		{name: "month before day", cells: days("01/02/2006", 40, 90), want: table.ColumnProfile{Kind: table.Date, Layouts: []string{"01/02/2006"}, Every: table.Year}},
		{name: "day and month could change places", cells: days("02/01/2006", 12, 1), want: table.ColumnProfile{Kind: table.Date, Layouts: []string{"02/01/2006"}, Ambiguous: true, Every: table.Month}},
		{name: "dates with a time and points", cells: days("2.1.2006 15:04", 40, 90), want: table.ColumnProfile{Kind: table.Date, Layouts: []string{"2.1.2006 15:04"}, Every: table.Year}},
		{name: "dates in two layouts", cells: append(days("2006-01-02", 40, 90), days("02/01/2006", 20, 95)...), want: table.ColumnProfile{Kind: table.Date, Layouts: []string{"2006-01-02", "02/01/2006"}, Every: table.Year}},
		{name: "month names", cells: days("Jan 2006", 40, 90), want: table.ColumnProfile{Kind: table.Date, Layouts: []string{"Jan 2006"}, Every: table.Year}},
		{name: "years are a category", cells: days("2006", 40, 200), want: table.ColumnProfile{}},
		{name: "ages", cells: ages(), want: table.ColumnProfile{Kind: table.Number, Edges: []float64{0, 10, 20, 30, 40, 50, 60}}},
		{name: "few different numbers", cells: repeat("0", 5, "1", 5, "2", 3, "3", 1), want: table.ColumnProfile{}},
		{name: "amounts with a long tail", cells: amounts(), want: table.ColumnProfile{Kind: table.Number, Edges: []float64{0, 1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10000}}},
		{name: "small fractions", cells: fractions(), want: table.ColumnProfile{Kind: table.Number, Edges: []float64{0, 0.02, 0.04, 0.06, 0.08}}},
		{name: "many-valued", cells: many, want: table.ColumnProfile{Kind: table.Many, Delimiter: ";"}},
		{name: "many countries", cells: repeat("NP; IN", 5, "Nepal", 9, "IN", 2, "NP", 3), want: table.ColumnProfile{Kind: table.Many, Delimiter: ";", Labels: table.Country}},
		{name: "many-valued by commas", cells: repeat("Debt, Threats", 5, "Threats", 9, "Debt", 2), want: table.ColumnProfile{Kind: table.Many, Delimiter: ","}},
		{name: "many-valued by line breaks", cells: repeat("Debt\nThreats", 5, "Threats", 9, "Debt", 2), want: table.ColumnProfile{Kind: table.Many, Delimiter: "\n"}},
		{name: "commas in labels", cells: repeat("Farming, fishing", 5, "Mining", 9, "Transport, storage", 2), want: table.ColumnProfile{}},
		{name: "decimal commas", cells: repeat("1,5", 5, "2,5", 9, "1,2", 2), want: table.ColumnProfile{}},
		{name: "case numbers", cells: numbered("CV-", 50), want: table.ColumnProfile{Identifier: true}},
		{name: "case numbers of several rows, by the header", header: "CaseID", cells: repeat("P1", 3, "P2", 2, "P3", 1), want: table.ColumnProfile{Identifier: true}},
		{name: "file numbers by the header", header: "File no.", cells: repeat("1", 2, "2", 2, "3", 1), want: table.ColumnProfile{Identifier: true}},
		{name: "a few values, all different", cells: numbered("v", 5), want: table.ColumnProfile{}},
		{name: "notes", cells: notes(30), want: table.ColumnProfile{Identifier: true, FreeText: true}},
		{name: "notes that repeat a little", cells: append(notes(30), notes(10)...), want: table.ColumnProfile{FreeText: true}},
		{name: "one very long text", cells: repeat("short", 50, strings.Repeat("long ", 50), 1), want: table.ColumnProfile{FreeText: true}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if tt.header == "" {
				tt.header = "c"
			}
			got := profileOf(t, tt.header, tt.cells, table.ProfileOptions{})
			guess := table.ColumnProfile{
				Kind: got.Kind, Delimiter: got.Delimiter, Labels: got.Labels, Layouts: got.Layouts, Ambiguous: got.Ambiguous, Every: got.Every,
				Edges: got.Edges, Identifier: got.Identifier, FreeText: got.FreeText,
			}
			if diff := cmp.Diff(tt.want, guess, cmpopts.EquateEmpty()); diff != "" {
				t.Errorf("guess (-want +got):\n%s", diff)
			}
			if got.Rows != len(tt.cells) {
				t.Errorf("%d rows, want %d", got.Rows, len(tt.cells))
			}
		})
	}
}

func ages() []string {
	var list []string
	for age := range 75 {
		for range 1 + 75 - age {
			list = append(list, itoa(age))
		}
	}
	return list
}

// amounts double from 1 to 32,768, each as often as the next: most are small beside the largest.
func amounts() []string {
	var list []string
	for i := range 16 {
		for range 5 {
			list = append(list, itoa(1<<i))
		}
	}
	return append(list, repeat("1", 300)...)
}

func fractions() []string {
	var list []string
	for i := range 100 {
		list = append(list, fmt.Sprintf("%.4f", float64(i)/1000), fmt.Sprintf("%.4f", float64(i)/1000))
	}
	return list
}

func notes(n int) []string {
	list := make([]string, n)
	for i := range list {
		list[i] = fmt.Sprintf("On day %d the person said, after some time, that nothing had happened", i)
	}
	return list
}

func TestProfileCounts(t *testing.T) {
	cells := slices.Concat(
		repeat("Physical Abuse", 60, "Physical abuse", 8, "physical  abuse", 1, "PhysicalAbuse", 2, "Withholds Necessities", 30, "Withholds necessitie", 3),
		repeat(" Threats ", 12, "Threats", 12, "Threats;Physical Abuse", 4, "Other", 11, "Other means", 300, "Rare", 1),
		repeat("", 5, " ", 1, "-99", 4, "NULL", 2, "null", 3, "Unknown", 6, "not collected", 1),
	)
	got := profileOf(t, "means", cells, table.ProfileOptions{Top: 3, Rare: 10})
	want := table.ColumnProfile{
		Name: "means", Rows: 466, Filled: 444, Longest: 22,
		Blanks: []table.BlankText{
			{"", "blank", 6},
			{"Unknown", "unknown", 6},
			{"-99", "not recorded", 4},
			{"null", "not recorded", 3},
			{"NULL", "not recorded", 2},
			{"not collected", "not collected", 1},
		},
		Distinct: 10,
		Top:      []table.ValueCount{{"Other means", 300}, {"Physical Abuse", 64}, {"Withholds Necessities", 30}},
		Rare:     5, RareRows: 15, // Physical abuse, its two other variants, the cut-off label, Rare
		Tidy: []table.Correction{
			{From: "Physical abuse", To: "Physical Abuse", Rows: 8},
			{From: "Withholds necessitie", To: "Withholds Necessities", Rows: 3, CutOff: true},
			{From: "PhysicalAbuse", To: "Physical Abuse", Rows: 2},
			{From: "physical  abuse", To: "Physical Abuse", Rows: 1},
		},
		Kind: table.Many, Delimiter: ";",
	}
	if diff := cmp.Diff(want, got, cmpopts.EquateEmpty()); diff != "" {
		t.Errorf("profile (-want +got):\n%s", diff)
	}
}

func TestProfileBlanks(t *testing.T) {
	tests := []struct {
		name  string
		cells []string
		want  string
	}{
		{"codes", repeat("12", 5, "-99", 2, "-9", 1), "-99: not recorded, -9: not recorded"},
		{"negative numbers are no codes", repeat("-12", 5, "-99", 2, "-9", 1), ""},
		{"words", repeat("a", 5, "Not known", 4, "Prefer not to say", 3, "N/A", 2, "not applicable", 1), "Not known: unknown, Prefer not to say: refused, N/A: not recorded, not applicable: not applicable"},
		{"errors of formulas", repeat("a", 5, "#N/A", 2, "#REF!", 1), "#N/A: not recorded, #REF!: formula error"},
		{"none may be an answer", repeat("a", 5, "None", 2), ""},
		{"country 00", repeat("NPL", 5, "00", 2), "00: not recorded"},
		{"NA beside too few alpha-2 codes", repeat("NA", 9, "NP", 5, "IN", 5), "NA: not recorded"},
		{"NA", repeat("a", 5, "NA", 2), "NA: not recorded"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var got []string
			for _, b := range profileOf(t, "c", tt.cells, table.ProfileOptions{}).Blanks {
				got = append(got, b.Text+": "+b.Reason)
			}
			if strings.Join(got, ", ") != tt.want {
				t.Errorf("blanks %q, want %q", got, tt.want)
			}
		})
	}
}

func TestProfileNoCorrections(t *testing.T) {
	for name, cells := range map[string][]string{
		"a label that is a word of another":    repeat("Other", 2, "Other means", 100),
		"a short label":                        repeat("Man", 2, "Manufacturing", 100),
		"a frequent label":                     repeat("Labour", 20, "Labourer", 100),
		"numbers":                              repeat("1234567", 2, "12345678", 100),
		"case numbers that differ by a letter": numbered("CaseNumber", 40),
	} {
		if got := profileOf(t, "c", cells, table.ProfileOptions{}).Tidy; got != nil {
			t.Errorf("%s: %v", name, got)
		}
	}
}

func TestProfileIsBounded(t *testing.T) {
	ids := numbered("P", 5000)
	p := profileOf(t, "c", ids, table.ProfileOptions{Texts: 100})
	if p.Distinct != 100 || !p.More || !p.Identifier || p.Filled != 5000 {
		t.Errorf("profile %+v", p)
	}
	// When memory was full late, the ratio up to then counts.
	p = profileOf(t, "c", append(repeat("a", 5000), ids...), table.ProfileOptions{Texts: 100})
	if !p.More || p.Identifier || p.Filled != 10000 {
		t.Errorf("profile %+v", p)
	}
}

func TestProfileErrors(t *testing.T) {
	_, err := table.ProfileRows(t.Context(), open(t, "a,b\n1,2\n1\n"), table.ProfileOptions{})
	wantInput(t, err, 3, "", "1 cells, but the header has 2")
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := table.ProfileRows(ctx, endless{cells: []string{"x"}}, table.ProfileOptions{}); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v", err)
	}
	list, err := table.ProfileRows(t.Context(), open(t, "a,b\n"), table.ProfileOptions{})
	if err != nil || len(list) != 2 || list[1].Name != "b" || list[1].Rows != 0 {
		t.Errorf("header only: %+v, %v", list, err)
	}
}

// TestProfileExample looks over the fictional case file of the examples, which has the defects of real ones.
func TestProfileExample(t *testing.T) {
	f, err := table.OpenFile("../examples/cases.csv", table.Format{})
	if errors.Is(err, os.ErrNotExist) {
		t.Fatal("examples/cases.csv is missing; hint: go run ./examples/simulate")
	} else if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	list, err := table.ProfileRows(t.Context(), f, table.ProfileOptions{})
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]string{}
	for _, p := range list {
		got[p.Name] = p.Kind.String()
		if p.Identifier {
			got[p.Name] = "identifier"
		}
	}
	for name, want := range map[string]string{
		"case_id": "identifier", "gender": "category", "registrationDate": "date", "age": "number", "citizenship": "country",
		"meansOfControl": "many", "isForcedLabour": "flag", "caseStatus": "category",
	} {
		if got[name] != want {
			t.Errorf("%s: %s, want %s", name, got[name], want)
		}
	}
}
