package table_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/opencovey/covey/table"
)

func TestReadBadCells(t *testing.T) {
	bins := table.Bins{Numbers: []float64{0}}
	tests := []struct {
		name  string
		field table.Field
		cell  string
		want  string
	}{
		{"flag", table.Field{Kind: table.Flag}, canary, "neither a yes nor a no"},
		{"flag without default spellings", table.Field{Kind: table.Flag, Yes: []string{"ja"}}, "true", "neither a yes nor a no"},
		{"number", table.Field{Kind: table.Number, Bins: bins}, canary, "not a number"},
		{"number that is ambiguous", table.Field{Kind: table.Number, Bins: bins}, "1,234", "not a number"},
		{"number with two marks", table.Field{Kind: table.Number, Bins: bins}, "1.234,5", "not a number"},
		{"number not in groups of three", table.Field{Kind: table.Number, Bins: bins}, "12 34", "not a number"},
		{"two years are no number", table.Field{Kind: table.Number, Bins: bins}, "2014 201", "not a number"},
		{"NaN", table.Field{Kind: table.Number, Bins: bins}, "NaN", "not a number"},
		{"infinity", table.Field{Kind: table.Number, Bins: bins}, "-Inf", "not a number"},
		{"too large a number", table.Field{Kind: table.Number, Bins: bins}, "1e999", "not a number"},
		{"hexadecimal", table.Field{Kind: table.Number, Bins: bins}, "0x10", "not a number"},
		{"number with unit", table.Field{Kind: table.Number, Bins: bins}, "12%", "not a number"},
		{"date", table.Field{Kind: table.Date, Bins: table.Bins{Every: table.Year}}, canary, "not a date in a format of the policy"},
		{"date that does not exist", table.Field{Kind: table.Date, Bins: table.Bins{Every: table.Year}}, "2015-02-29", "not a date"},
		{"date in another format", table.Field{Kind: table.Date, Bins: table.Bins{Every: table.Year}}, "03/07/2014", "not a date"},
		{"country", table.Field{Kind: table.Country}, canary, "not a country"},
		{"country not available", table.Field{Kind: table.Country}, "N/A", "not a country"},
		{"country not listed", table.Field{Kind: table.Country, Values: []string{"NPL"}}, "FR", "not in the code list"},
		{"code list", table.Field{Values: []string{"a"}}, canary, "not in the code list"},
		{"code list knows case", table.Field{Values: []string{"a"}}, "A", "not in the code list"},
		{"label of many countries", table.Field{Kind: table.Many, Labels: table.Country}, "NP;" + canary, "not a country"},
		{"label of many", table.Field{Kind: table.Many, Values: []string{"a"}}, "a;" + canary, "not in the code list"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			tt.field.Name = "c"
			err := readErr(t, one("", tt.cell), table.Schema{Fields: []table.Field{tt.field}}, table.Limits{})
			wantInput(t, err, 3, "c", "cases.csv: row 3, column c: ", tt.want)
			if strings.Contains(err.Error(), tt.cell) {
				t.Errorf("the error quotes the cell: %v", err)
			}
		})
	}
}

func TestReadBadSchemas(t *testing.T) {
	tests := []struct {
		name   string
		schema table.Schema
		want   string
	}{
		{"number without bins", table.Schema{Fields: []table.Field{{Name: "c", Kind: table.Number}}}, "no bins"},
		{"date without bins", table.Schema{Fields: []table.Field{{Name: "c", Kind: table.Date}}}, "no bins"},
		{"bins not ascending", table.Schema{Fields: []table.Field{{Name: "c", Kind: table.Number, Bins: table.Bins{Numbers: []float64{1, 1}}}}}, "not ascending"},
		{"dates not ascending", table.Schema{Fields: []table.Field{{Name: "c", Kind: table.Date, Bins: table.Bins{Dates: []time.Time{day(2011, 1), day(2010, 1)}}}}}, "not ascending"},
		{"an edge that is no number", table.Schema{Fields: []table.Field{{Name: "c", Kind: table.Number, Bins: table.Bins{Numbers: []float64{nan()}}}}}, "no number"},
		{"too few labels", table.Schema{Fields: []table.Field{{Name: "c", Kind: table.Number, Bins: table.Bins{Numbers: []float64{1, 2}, Labels: []string{"a"}}}}}, "1 labels for 2 bins"},
		{"empty value in a code list", table.Schema{Fields: []table.Field{{Name: "c", Values: []string{"a", ""}}}}, "empty"},
		{"too long a code list", table.Schema{Fields: []table.Field{{Name: "c", Values: numbered("v", 65001)}}}, "65001 values"},
		{"too many reasons", table.Schema{Fields: []table.Field{{Name: "c", Blanks: manyReasons(255)}}}, "told apart"},
		{"unknown kind", table.Schema{Fields: []table.Field{{Name: "c", Kind: 99}}}, "no such kind"},
		{"labels of a category", table.Schema{Fields: []table.Field{{Name: "c", Labels: table.Country}}}, "labels cannot be of kind country"},
		{"labels that are numbers", table.Schema{Fields: []table.Field{{Name: "c", Kind: table.Many, Labels: table.Number}}}, "labels cannot be of kind number"},
		{"field twice", table.Schema{Fields: []table.Field{{Name: "c"}, {Name: " c "}}}, "named twice"},
		{"subject is a field", table.Schema{Fields: []table.Field{{Name: "c"}}, Subject: "c"}, "named twice"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			err := readErr(t, one("1"), tt.schema, table.Limits{})
			if !strings.Contains(err.Error(), tt.want) {
				t.Errorf("error %v, want %q in it", err, tt.want)
			}
		})
	}
}

// numbered returns n texts that begin with prefix.
func numbered(prefix string, n int) []string {
	list := make([]string, n)
	for i := range list {
		list[i] = fmt.Sprint(prefix, i)
	}
	return list
}

func manyReasons(n int) []table.Blank {
	var list []table.Blank
	for _, text := range numbered("-", n) {
		list = append(list, table.Blank{Text: text, Reason: "reason " + text})
	}
	return list
}

func nan() float64 {
	zero := 0.0
	return zero / zero
}

func TestKindNames(t *testing.T) {
	for k := table.Category; k <= table.Country; k++ {
		if got, ok := table.ParseKind(k.String()); !ok || got != k {
			t.Errorf("ParseKind(%q) = %v, %v", k.String(), got, ok)
		}
	}
	for c := table.Refuse; c <= table.AnyYes; c++ {
		if got, ok := table.ParseConflict(c.String()); !ok || got != c {
			t.Errorf("ParseConflict(%q) = %v, %v", c.String(), got, ok)
		}
	}
	if _, ok := table.ParseKind("text"); ok {
		t.Error("ParseKind knows text")
	}
	if _, ok := table.ParseConflict("never"); ok {
		t.Error("ParseConflict knows never")
	}
	if got := table.Kind(99).String() + ", " + table.Conflict(99).String(); got != "unknown kind, unknown rule" {
		t.Errorf("names of unknown ones: %s", got)
	}
}
