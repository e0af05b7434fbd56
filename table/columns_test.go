package table_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/opencovey/covey/table"
)

func TestSchemaColumns(t *testing.T) {
	keep := []table.Blank{{Text: "N", Reason: "not asked", Keep: true}, {Text: "-99", Reason: "not recorded"}}
	calendar := func(every table.Period, from, to time.Time) table.Field {
		return table.Field{Kind: table.Date, Bins: table.Bins{Every: every, From: from, To: to}}
	}
	tests := []struct {
		name  string
		field table.Field
		want  string
	}{
		{"code list", table.Field{Values: []string{"b", "a"}}, "c: b, a, not asked"},
		{"other", table.Field{Values: []string{"b", "a"}, Other: "else"}, "c: b, a, else, not asked"},
		{"own blanks", table.Field{Values: []string{"b"}, Blanks: []table.Blank{{Text: "X", Reason: "lost", Keep: true}}}, "c: b, not asked, lost"},
		{"open", table.Field{}, "c: <nil>"},
		{"open labels", table.Field{Kind: table.Many}, "c: <nil>"},
		{"labels", table.Field{Kind: table.Many, Values: []string{"b", "a"}}, "c: b: b; c: a: a; c: not asked: not asked"},
		{"flag", table.Field{Kind: table.Flag, Yes: []string{"J"}}, "c: J, not asked"},
		{"flag with no", table.Field{Kind: table.Flag, KeepNo: true}, "c: yes, no, not asked"},
		{"number", table.Field{Kind: table.Number, Bins: table.Bins{Numbers: []float64{0, 18}}}, "c: <0, 0--17, 18+, not asked"},
		{"number with a floor", table.Field{Kind: table.Number, Bins: table.Bins{Numbers: []float64{0, 18}, Floor: true}}, "c: 0--17, 18+, not asked"},
		{"date", table.Field{Kind: table.Date, Bins: table.Bins{Dates: []time.Time{day(2010, 1)}, Labels: []string{"new"}}}, "c: <2010-01-01, new, not asked"},
		{"open calendar", table.Field{Kind: table.Date, Bins: table.Bins{Every: table.Year}}, "c: <nil>"},
		{"years", calendar(table.Year, day(2019, 5), day(2021, 1)), "c: 2019 or earlier, 2020, 2021 or later, not asked"},
		{"decades", calendar(table.Decade, day(1999, 5), day(2010, 1)), "c: 1990s or earlier, 2000s, 2010s or later, not asked"},
		{"quarters", calendar(table.Quarter, day(2019, 12), day(2020, 4)), "c: 2019-Q4 or earlier, 2020-Q1, 2020-Q2 or later, not asked"},
		{"months", calendar(table.Month, day(2019, 12), day(2020, 1)), "c: 2019-12 or earlier, 2020-01 or later, not asked"},
		{"countries", table.Field{Kind: table.Country, Values: []string{"FR", "DEU"}}, "c: FRA, DEU, not asked"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			tt.field.Name = "c"
			columns, err := (&table.Schema{Fields: []table.Field{tt.field}, Blanks: keep}).Columns()
			if err != nil {
				t.Fatal(err)
			}
			if got := describe(columns); got != tt.want {
				t.Errorf("got %s, want %s", got, tt.want)
			}
		})
	}
}

func describe(columns []table.Column) string {
	var list []string
	for _, c := range columns {
		values := "<nil>"
		if c.Values != nil {
			values = strings.Join(c.Values, ", ")
		}
		list = append(list, c.Name+": "+values)
	}
	return strings.Join(list, "; ")
}

func TestSchemaColumnsCountries(t *testing.T) {
	schema := table.Schema{Fields: []table.Field{{Name: "c", Kind: table.Country}}, Blanks: []table.Blank{{Text: "x", Reason: "GAP", Keep: true}}}
	columns, err := schema.Columns()
	if err != nil {
		t.Fatal(err)
	}
	got := columns[0].Values
	want := []string{"GAP", "XKX"}
	for i, code := range strings.Fields(iso3166) {
		if i%3 == 1 {
			want = append(want, code)
		}
	}
	slices.Sort(want)
	if !slices.Equal(got, want) {
		t.Errorf("got %d: %q", len(got), got)
	}
}

func TestSchemaColumnsErrors(t *testing.T) {
	for want, fields := range map[string][]table.Field{
		"no bins":       {{Name: "a", Kind: table.Number}},
		"the same name": {{Name: "a", Kind: table.Many, Values: []string{"b"}}, {Name: "a: b", Kind: table.Flag}},
		"not after":     {{Name: "a", Kind: table.Date, Bins: table.Bins{Every: table.Year, From: day(2020, 1), To: day(2020, 12)}}},
		"no last":       {{Name: "a", Kind: table.Date, Bins: table.Bins{Every: table.Year, From: day(2020, 1)}}},
		"not calendar":  {{Name: "a", Kind: table.Date, Bins: table.Bins{Dates: []time.Time{day(2020, 1)}, From: day(2020, 1), To: day(2021, 1)}}},
		"more than":     {{Name: "a", Kind: table.Date, Bins: table.Bins{Every: table.Month, From: day(2, 1), To: day(9999, 1)}}},
		"be required":   {{Name: "a", Kind: table.Many, Required: true}},
	} {
		if _, err := (&table.Schema{Fields: fields}).Columns(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want an error with %q", err, want)
		}
	}
}

// Whatever a file holds, Read gives the columns that Columns foretold, with the same values in the same order; of fields whose values only
// the file tells it foretells none, and of countries all.
func TestSchemaColumnsForetell(t *testing.T) {
	cells := []string{"", "a", "b", "A", "a;b", "N", "-99", "1", "0", "17", "-3", "2014-05-06", "1999", "2030-01", "FRA", "DE", "no", "yes", "z"}
	rapid.Check(t, func(t *rapid.T) {
		field := table.Field{Name: "c", Kind: rapid.SampledFrom([]table.Kind{
			table.Category, table.Flag, table.Many, table.Number, table.Date, table.Country,
		}).Draw(t, "kind")}
		some := rapid.Bool()
		if some.Draw(t, "values") {
			field.Values = []string{"b", "a", "FRA"}
		}
		if some.Draw(t, "other") && field.Values != nil {
			field.Other = "z"
		}
		field.KeepNo = some.Draw(t, "no")
		field.Bins = table.Bins{Numbers: []float64{0, 5, 18}, Floor: some.Draw(t, "floor")}
		if some.Draw(t, "calendar") {
			field.Bins.Every = rapid.SampledFrom([]table.Period{table.Decade, table.Year, table.Quarter, table.Month}).Draw(t, "every")
			field.Bins.From, field.Bins.To = day(2000, 3), day(2020, 2)
		} else {
			field.Bins.Dates = []time.Time{day(2000, 1), day(2014, 5)}
		}
		schema := table.Schema{Fields: []table.Field{field, {Name: "id"}}, Blanks: []table.Blank{
			{Text: "N", Reason: "not asked", Keep: some.Draw(t, "keep")}, {Text: "-99", Reason: "lost"},
		}}
		foretold, err := schema.Columns()
		if err != nil {
			t.Fatal(err)
		}
		var file strings.Builder
		file.WriteString("c,id\n")
		for i, cell := range rapid.SliceOfN(rapid.SampledFrom(cells), 1, 8).Draw(t, "cells") {
			fmt.Fprintf(&file, "%s,%d\n", cell, i)
		}
		rows, err := table.OpenCSV(strings.NewReader(file.String()), "c.csv", table.Format{})
		if err != nil {
			t.Fatal(err)
		}
		got, _, err := table.Read(context.Background(), rows, schema, table.Options{})
		if err != nil {
			return // the schema does not fit the file
		}
		columns := got.Columns[:len(got.Columns)-1]
		switch foretold = foretold[:len(foretold)-1]; {
		case len(foretold) == 1 && foretold[0].Values == nil:
		case field.Kind == table.Country && field.Values == nil:
			for _, v := range columns[0].Values {
				if !slices.Contains(foretold[0].Values, v) {
					t.Errorf("%q was not foretold", v)
				}
			}
			if !slices.IsSortedFunc(foretold[0].Values, table.CompareLabels) {
				t.Error("countries are not in the order of labels")
			}
		case describe(columns) != describe(foretold):
			t.Errorf("read %s, foretold %s", describe(columns), describe(foretold))
		}
	})
}

func TestReadFloor(t *testing.T) {
	number := table.Schema{Fields: []table.Field{{Name: "c", Kind: table.Number, Bins: table.Bins{Numbers: []float64{0, 18}, Floor: true}}}}
	if got, want := counts(read(t, one("0", "17.5", "40"), number)), "0--17 2, 18+ 1"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	wantInput(t, readErr(t, one("3", "-1"), number, table.Limits{}), 3, "c", "below the first of the bins")
	date := table.Schema{Fields: []table.Field{{Name: "c", Kind: table.Date, Bins: table.Bins{Dates: []time.Time{day(2010, 1)}, Floor: true}}}}
	wantInput(t, readErr(t, one("2011", "2009-12-31"), date, table.Limits{}), 3, "c", "below the first of the bins")
}

func TestReadCalendar(t *testing.T) {
	for want, every := range map[string]table.Period{
		"2002 or earlier 3, 2003 1, 2004 or later 2":                                           table.Year,
		"2000s or earlier 4, 2010s 0, 2020s or later 2":                                        table.Decade,
		"2002-Q2 or earlier 2, 2002-Q3 1, 2002-Q4 0, 2003-Q1 0, 2003-Q2 1, 2003-Q3 or later 2": table.Quarter,
	} {
		bins := table.Bins{Every: every, From: day(2002, 6), To: day(2004, 1)}
		switch every {
		case table.Decade:
			bins.To = day(2020, 1)
		case table.Quarter:
			bins.To = day(2003, 9)
		}
		schema := table.Schema{Fields: []table.Field{{Name: "c", Kind: table.Date, Bins: bins}}}
		if got := counts(read(t, one("0000-01-01", "1999", "2002-09-30", "2003-05", "2024-02-29", "9999"), schema)); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
		schema.Released = true
		label := want[:strings.Index(want, " or earlier")] + " or earlier"
		if got := counts(read(t, one(label), schema)); !strings.HasPrefix(got, label+" 1") {
			t.Errorf("read back: %s", got)
		}
	}
}

// Nobody is blank in a required field, after the rows of a person have been merged; a kept reason is a value.
func TestReadRequired(t *testing.T) {
	schema := table.Schema{
		Fields: []table.Field{{Name: "a", Required: true}, {Name: "b"}},
		Blanks: []table.Blank{{Text: "N", Reason: "not asked", Keep: true}, {Text: "-99", Reason: "lost"}},
	}
	if got := read(t, "a,b\nx,\nN,1\n", schema); got.People() != 2 {
		t.Errorf("%d people", got.People())
	}
	for _, cell := range []string{"", "-99", " "} {
		wantInput(t, readErr(t, "a,b\nx,1\n"+cell+",1\n", schema, table.Limits{}), 3, "a", "blank, which nobody may be")
	}
	schema.Fields = append(schema.Fields, table.Field{Name: "f", Kind: table.Flag, Required: true})
	wantInput(t, readErr(t, "a,b,f\nx,1,no\n", schema, table.Limits{}), 2, "f", "blank, which nobody may be")

	schema.Fields, schema.Subject = schema.Fields[:2], "id"
	if got := read(t, "id,a,b\n1,,x\n2,N,y\n1,z,\n", schema); got.People() != 2 {
		t.Errorf("%d people", got.People())
	}
	wantInput(t, readErr(t, "id,a,b\n1,z,x\n2,,\n2,-99,y\n", schema, table.Limits{}), 3, "a", "the person of this row is blank")
	schema.Conflict = table.SetBlank
	wantInput(t, readErr(t, "id,a,b\n1,z,x\n1,y,x\n", schema, table.Limits{}), 2, "a", "the person of this row is blank")
}
