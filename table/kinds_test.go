package table_test

import (
	"strings"
	"testing"
	"time"

	"github.com/opencovey/covey/table"
)

// one makes a file with a single column c beside a column that keeps empty cells from being empty lines.
func one(cells ...string) string {
	var text strings.Builder
	text.WriteString("c,n\n")
	for _, c := range cells {
		text.WriteString(`"` + strings.ReplaceAll(c, `"`, `""`) + "\",1\n")
	}
	return text.String()
}

func TestReadKinds(t *testing.T) {
	not := []table.Blank{
		{Text: "-99", Reason: "not recorded"},
		{Text: "NULL", Reason: "not recorded"},
		{Text: "Unknown", Reason: "unknown"},
		{Text: "not collected", Reason: "not collected"},
	}
	tests := []struct {
		name   string
		field  table.Field
		cells  []string
		counts string
		blanks string
	}{
		{"category", table.Field{}, []string{"b", "a", " b "}, "a 1, b 2", ""},
		{"category sorted by numbers", table.Field{}, []string{"10 to 12", "9 or less", "9--17", "0--8"}, "0--8 1, 9 or less 1, 9--17 1, 10 to 12 1", ""},
		{
			"blanks keep their reasons",
			table.Field{Blanks: not},
			[]string{"a", "", "-99", "null", "NULL ", "UNKNOWN", "Not collected", " "},
			"a 1", "blank 2, not collected 1, not recorded 3, unknown 1",
		},
		{
			"a reason kept as a value",
			table.Field{Blanks: []table.Blank{{Text: "Unknown", Reason: "Unknown", Keep: true}, {Text: "-99", Reason: "not recorded"}}},
			[]string{"a", "unknown", "-99", ""},
			"Unknown 1, a 1", "blank 1, not recorded 1",
		},
		{
			"an empty cell with a reason of its own",
			table.Field{Blanks: []table.Blank{{Text: "", Reason: "not asked"}}},
			[]string{"a", "", " "},
			"a 1", "not asked 2",
		},
		{
			"an empty cell kept as a value",
			table.Field{Blanks: []table.Blank{{Text: "", Reason: "No answer", Keep: true}}},
			[]string{"a", ""},
			"No answer 1, a 1", "",
		},
		{"a blank without reason", table.Field{Blanks: []table.Blank{{Text: "?"}}}, []string{"a", "?", ""}, "a 1", "blank 2"},
		{
			"a map cleans case, synonyms and truncation",
			table.Field{Map: map[string]string{"Physical abuse": "Physical Abuse", "Withholds necessitie": "Withholds Necessities", "m ": "Male"}},
			[]string{"Physical abuse", "Physical Abuse", "PHYSICAL ABUSE", "Withholds necessitie", "M"},
			"Male 1, Physical Abuse 3, Withholds Necessities 1", "",
		},
		{"a map to a blank", table.Field{Map: map[string]string{"dunno": "Unknown", "x": ""}, Blanks: not}, []string{"dunno", "x", "y"}, "y 1", "blank 1, unknown 1"},
		{"blanks come before the map", table.Field{Map: map[string]string{"-99": "A"}, Blanks: not}, []string{"-99"}, "", "not recorded 1"},
		{"a code list keeps its order", table.Field{Values: []string{"z", "a", "m"}}, []string{"a", "a", "z", ""}, "z 1, a 2, m 0", "blank 1"},
		{
			"a code list with other",
			table.Field{Values: []string{"a", "b"}, Other: "Else"},
			[]string{"a", "q", "r", "else"},
			"a 1, b 0, Else 3", "",
		},
		{
			"a code list and a kept reason",
			table.Field{Values: []string{"a"}, Blanks: []table.Blank{{Text: "-", Reason: "n/k", Keep: true}}},
			[]string{"a", "-"},
			"a 1, n/k 1", "",
		},
		{
			"flag with the usual spellings",
			table.Field{Kind: table.Flag},
			[]string{"1", "Yes", "TRUE", "x", "y", "T", "0", "No", "false", "F", "n", ""},
			"yes 6", "blank 1, no 5",
		},
		{
			"flag that keeps no",
			table.Field{Kind: table.Flag, KeepNo: true, Blanks: not},
			[]string{"1", "0", "false", "No", "", "-99"},
			"yes 1, no 3", "blank 1, not recorded 1",
		},
		{
			"flag with spellings of its own",
			table.Field{Kind: table.Flag, Yes: []string{"oui"}, No: []string{"non"}},
			[]string{"Oui", "NON", ""},
			"oui 1", "blank 1, no 1",
		},
		{"flag with a map", table.Field{Kind: table.Flag, Map: map[string]string{"ja": "yes", "-": "no"}}, []string{"JA", "-"}, "yes 1", "no 1"},
		{
			"flag with a kept reason",
			table.Field{Kind: table.Flag, KeepNo: true, Blanks: []table.Blank{{Text: "?", Reason: "unknown", Keep: true}}},
			[]string{"1", "0", "?"},
			"yes 1, no 1, unknown 1", "",
		},
		{
			"a reason of the policy called no",
			table.Field{Kind: table.Flag, Blanks: []table.Blank{{Text: "-1", Reason: "no"}}},
			[]string{"1", "0", "-1"},
			"yes 1", "no 2",
		},
		{
			"country in every form",
			table.Field{Kind: table.Country},
			[]string{"NP", "npl", "524", "Nepal", " nepal ", "4", "004", "Viet Nam", "XKX", "Kosovo", ""},
			"AFG 2, NPL 5, VNM 1, XKX 2", "blank 1",
		},
		{
			"country with a code list",
			table.Field{Kind: table.Country, Values: []string{"NP", "IND"}, Other: "elsewhere"},
			[]string{"Nepal", "India", "France", "Atlantis"},
			"NPL 1, IND 1, elsewhere 2", "",
		},
		{
			"country with codes of one's own",
			table.Field{Kind: table.Country, Values: []string{"NPL", "STATELESS"}, Map: map[string]string{"none": "STATELESS"}},
			[]string{"Nepal", "STATELESS", "None"},
			"NPL 1, STATELESS 2", "",
		},
		{
			"country 00 among the blanks",
			table.Field{Kind: table.Country, Blanks: []table.Blank{{Text: "00", Reason: "unspecified"}}},
			[]string{"00", "FR"},
			"FRA 1", "unspecified 1",
		},
		{
			"number in bins",
			table.Field{Kind: table.Number, Bins: table.Bins{Numbers: []float64{0, 9, 18, 48}}},
			[]string{"0", "8", "8.9", "9", "17", "18", "47", "48", "110", "-1", ""},
			"<0 1, 0--8 3, 9--17 2, 18--47 2, 48+ 2", "blank 1",
		},
		{
			"number with labels",
			table.Field{Kind: table.Number, Bins: table.Bins{Numbers: []float64{0, 18}, Labels: []string{"Minor", "Adult"}}},
			[]string{"17", "18", "-5"},
			"<0 1, Minor 1, Adult 1", "",
		},
		{
			"number with bins of one",
			table.Field{Kind: table.Number, Bins: table.Bins{Numbers: []float64{0, 1, 2}}},
			[]string{"0", "1", "2", "7"},
			"<0 0, 0 1, 1 1, 2+ 2", "",
		},
		{
			"number with edges between whole numbers",
			table.Field{Kind: table.Number, Bins: table.Bins{Numbers: []float64{0.5, 1.5}}},
			[]string{"0.4", "0,5", "1.4999", "1.5"},
			"<0.5 1, 0.5 to <1.5 2, 1.5+ 1", "",
		},
		{
			"number with decimal comma and thousands",
			table.Field{Kind: table.Number, Bins: table.Bins{Numbers: []float64{0, 2, 1000}}},
			[]string{"1,5", "1,25", "0,125", "1 234", "1\u00a0234", "12'345", "1e3", "\u22121", "+3", "1234,567"},
			"<0 1, 0--1 3, 2--999 1, 1000+ 5", "",
		},
		{
			"number with a merged bin",
			table.Field{Kind: table.Number, Bins: table.Bins{Numbers: []float64{0, 10, 20}, Labels: []string{"low", "mid", "low"}}},
			[]string{"1", "11", "21"},
			"<0 0, low 2, mid 1", "",
		},
		{
			"date by year",
			table.Field{Kind: table.Date, Bins: table.Bins{Every: table.Year}},
			[]string{"2014-07-03", "2014-12-31", "2015", "2013-02", "2014-07-03T10:00:00Z", "2014-07-03 10:00:00", ""},
			"2013 1, 2014 4, 2015 1", "blank 1",
		},
		{"date by decade", table.Field{Kind: table.Date, Bins: table.Bins{Every: table.Decade}}, []string{"2014", "2009"}, "2000s 1, 2010s 1", ""},
		{
			"date by quarter",
			table.Field{Kind: table.Date, Bins: table.Bins{Every: table.Quarter}},
			[]string{"2014-01-01", "2014-03-31", "2014-04-01", "2014-12-31"},
			"2014-Q1 2, 2014-Q2 1, 2014-Q4 1", "",
		},
		{
			"date by month in a layout of one's own",
			table.Field{Kind: table.Date, Bins: table.Bins{Every: table.Month}, Layouts: []string{"02/01/2006"}},
			[]string{"03/07/2014", "31/07/2014", "01/08/2014"},
			"2014-07 2, 2014-08 1", "",
		},
		{
			"date with edges",
			table.Field{Kind: table.Date, Bins: table.Bins{Dates: []time.Time{day(2010, 1), day(2012, 7)}}},
			[]string{"2009-12-31", "2010-01-01", "2012-06-30", "2012-07-01", "2020"},
			"<2010-01-01 1, 2010-01-01--2012-06-30 2, 2012-07-01+ 2", "",
		},
		{
			"date with edges and labels",
			table.Field{Kind: table.Date, Bins: table.Bins{Dates: []time.Time{day(2010, 1)}, Labels: []string{"new"}}},
			[]string{"2009", "2010"},
			"<2010-01-01 1, new 1", "",
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			tt.field.Name = "c"
			tab := read(t, one(tt.cells...), table.Schema{Fields: []table.Field{tt.field}})
			if got := counts(tab); got != tt.counts {
				t.Errorf("values %s, want %s", got, tt.counts)
			}
			if got := blanks(tab, "c"); got != tt.blanks {
				t.Errorf("blanks %s, want %s", got, tt.blanks)
			}
			if tab.People() != len(tt.cells) {
				t.Errorf("%d people, want %d", tab.People(), len(tt.cells))
			}
			if c := tab.Columns[0]; c.Name != "c" || c.Field != "c" || c.Kind != tt.field.Kind || c.Label != "" {
				t.Errorf("column %+v", c)
			}
		})
	}
}

func day(year, month int) time.Time {
	return time.Date(year, time.Month(month), 1, 0, 0, 0, 0, time.UTC)
}

func TestReadMany(t *testing.T) {
	means := table.Field{
		Name: "c", Kind: table.Many,
		Map:    map[string]string{"Physical abuse": "Physical Abuse", "withholds necessitie": "Withholds Necessities"},
		Blanks: []table.Blank{{Text: "Unknown", Reason: "unknown"}, {Text: "-99", Reason: "not recorded"}},
	}
	with := func(change func(f *table.Field)) table.Field {
		f := means
		change(&f)
		return f
	}
	tests := []struct {
		name    string
		field   table.Field
		cells   []string
		columns string
		records []string
		blanks  string
	}{
		{
			"separators mixed, duplicates, spaces, case and truncation", means,
			[]string{"Threats;Debt Bondage", "Debt Bondage ; Threats;Threats", "Physical abuse; Physical Abuse", "Withholds necessitie", "Threats;", ";;Threats; "},
			"c: Debt Bondage, c: Physical Abuse, c: Threats, c: Withholds Necessities",
			[]string{" |  |  | Withholds Necessities ×1", " |  | Threats |  ×2", " | Physical Abuse |  |  ×1", "Debt Bondage |  | Threats |  ×2"},
			"",
		},
		{
			"blanks", means,
			[]string{"A", "", "Unknown", "-99", " ; ", "-99; Unknown", "A; Unknown"},
			"c: A",
			[]string{" ×5", "A ×2"},
			"blank 2, not recorded 1, unknown 2",
		},
		{
			"a kept reason is a label", with(func(f *table.Field) { f.Blanks = []table.Blank{{Text: "Unknown", Reason: "Unknown", Keep: true}} }),
			[]string{"A", "unknown", "A;Unknown"},
			"c: A, c: Unknown",
			[]string{" | Unknown ×1", "A |  ×1", "A | Unknown ×1"},
			"",
		},
		{
			"a code list gives a column to every label", with(func(f *table.Field) { f.Values = []string{"B", "A", "C"} }),
			[]string{"A;B", "A"},
			"c: B, c: A, c: C",
			[]string{" | A |  ×1", "B | A |  ×1"},
			"",
		},
		{
			"other", with(func(f *table.Field) { f.Values, f.Other = []string{"A"}, "Other" }),
			[]string{"A;Q;R", "Q"},
			"c: A, c: Other",
			[]string{" | Other ×1", "A | Other ×1"},
			"",
		},
		{
			"a delimiter of one's own with a space", with(func(f *table.Field) { f.Delimiter = "; " }),
			[]string{"A; B", "A;B"},
			"c: A, c: B",
			[]string{"A | B ×2"},
			"",
		},
		{
			"line breaks as delimiter", with(func(f *table.Field) { f.Delimiter = "\n" }),
			[]string{"A\nB", "A\r\nB", "B"},
			"c: A, c: B",
			[]string{" | B ×1", "A | B ×2"},
			"",
		},
		{
			"a longer delimiter", with(func(f *table.Field) { f.Delimiter = " and " }),
			[]string{"A and B", "B"},
			"c: A, c: B",
			[]string{" | B ×1", "A | B ×1"},
			"",
		},
		{
			"a blank and a mapped label that contain the delimiter", with(func(f *table.Field) {
				f.Delimiter = ","
				f.Blanks = []table.Blank{{Text: "no, refused", Reason: "refused"}}
				f.Map = map[string]string{"other, say which": "Other"}
			}),
			[]string{"No, refused", "Other, say which", "A, B"},
			"c: A, c: B, c: Other",
			[]string{" |  |  ×1", " |  | Other ×1", "A | B |  ×1"},
			"refused 1",
		},
		{
			"labels that are countries", with(func(f *table.Field) { f.Labels = table.Country }),
			[]string{"NP; India", "ind;Unknown", "Nepal;NPL"},
			"c: IND, c: NPL",
			[]string{" | NPL ×1", "IND |  ×1", "IND | NPL ×1"},
			"",
		},
		{
			"labels that are countries of a list", with(func(f *table.Field) { f.Labels, f.Values, f.Other = table.Country, []string{"NP"}, "other" }),
			[]string{"NP; India", "Atlantis"},
			"c: NPL, c: other",
			[]string{" | other ×1", "NPL | other ×1"},
			"",
		},
		{"no label at all: no column", means, []string{"", "Unknown"}, "", []string{" ×2"}, "no column"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			tab := read(t, one(tt.cells...), table.Schema{Fields: []table.Field{tt.field}})
			if got := strings.Join(columns(tab), ", "); got != tt.columns {
				t.Errorf("columns %s, want %s", got, tt.columns)
			}
			equal(t, "records", records(tab), tt.records)
			if got := blanks(tab, "c"); got != tt.blanks {
				t.Errorf("blanks %s, want %s", got, tt.blanks)
			}
			for _, c := range tab.Columns {
				if c.Kind != table.Many || c.Field != "c" || c.Name != "c: "+c.Label || len(c.Values) != 1 || c.Values[0] != c.Label {
					t.Errorf("column %+v", c)
				}
			}
		})
	}
}
