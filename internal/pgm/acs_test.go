package pgm

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"testing"

	"github.com/opencovey/covey/synth/dp/coded"
)

// bins of the columns of the ACS excerpt that have too many values; the lower ends.
var bins = map[string][]float64{
	"AGEP":   {0, 3, 5, 10, 15, 16, 17, 18, 20, 25, 30, 35, 40, 45, 50, 55, 60, 65, 70, 75, 80, 85},
	"PINCP":  {-1e9, 0, 1, 2500, 5000, 10000, 15000, 20000, 25000, 30000, 40000, 50000, 65000, 80000, 100000, 150000},
	"POVPIP": {0, 50, 100, 150, 200, 250, 300, 350, 400, 450, 501},
	"PWGTP":  {0, 20, 40, 60, 80, 100, 120, 150, 200, 300},
	"WGTP":   {0, 1, 20, 40, 60, 80, 100, 120, 150, 200, 300},
}

func bin(column, text string) string {
	list, ok := bins[column]
	x, err := strconv.ParseFloat(text, 64)
	if !ok || err != nil {
		return text
	}
	i, found := slices.BinarySearch(list, x)
	if !found {
		i--
	}
	return fmt.Sprintf("%010.0f", list[i]+1e9)
}

// acs reads the excerpt with some columns, or all.
func acs(t testing.TB, names ...string) (*coded.Domain, *coded.Records) {
	t.Helper()
	rows := readCSV(t, "nist_acs_excerpt_national2019.csv.gz")
	if len(names) == 0 {
		names = rows[0]
	}
	d, r := &coded.Domain{}, &coded.Records{Weights: ones(len(rows) - 1)}
	codeOf := map[string]map[string]uint16{}
	for _, name := range names {
		j := slices.Index(rows[0], name)
		values := map[string]bool{}
		for _, row := range rows[1:] {
			values[bin(name, row[j])] = true
		}
		number := map[string]uint16{}
		for i, v := range slices.Sorted(maps.Keys(values)) {
			number[v] = uint16(i)
		}
		codes := make([]uint16, len(rows)-1)
		for i, row := range rows[1:] {
			codes[i] = number[bin(name, row[j])]
		}
		d.Columns = append(d.Columns, coded.Column{Name: name, Size: len(values)})
		r.Codes = append(r.Codes, codes)
		codeOf[name] = number
	}
	if i, c := slices.Index(names, "INDP"), slices.Index(names, "INDP_CAT"); i >= 0 && c >= 0 {
		groups := make([]int, d.Columns[i].Size)
		for k, code := range r.Codes[i] {
			groups[code] = int(r.Codes[c][k])
		}
		d.Columns[i].Groups = groups
	}
	declare(t, d, r, codeOf)
	return d, r
}

// rule is a structural zero: nobody has a value of one column that fits and one of the other that fits.
type rule struct {
	a  string
	in func(string) bool
	b  string
	is func(string) bool
}

func na(v string) bool   { return v == "N" }
func some(v string) bool { return v != "N" }

func is(list ...string) func(string) bool {
	return func(v string) bool { return slices.Contains(list, v) }
}

func not(list ...string) func(string) bool {
	return func(v string) bool { return !slices.Contains(list, v) }
}

func below(age float64) func(string) bool {
	return func(v string) bool { x, _ := strconv.ParseFloat(v, 64); return x-1e9 < age }
}

func from(age float64) func(string) bool { return func(v string) bool { return !below(age)(v) } }

// rules follow from the questionnaire: who is asked what, and what is computed from what.
func rules() []rule {
	nothing := is(fmt.Sprintf("%010.0f", 1e9))
	list := []rule{
		{"AGEP", below(16), "INDP", some},
		{"AGEP", below(16), "INDP_CAT", some},
		{"AGEP", below(17), "DVET", some},
		{"PINCP", na, "PINCP_DECILE", some},
		{"PINCP", some, "PINCP_DECILE", na},
		{"MSP", na, "PINCP_DECILE", some},
		{"MSP", some, "PINCP_DECILE", na},
		{"DREM", na, "DPHY", some},
		{"DREM", some, "DPHY", na},
		{"HOUSING_TYPE", is("1"), "OWN_RENT", is("0")},
		{"HOUSING_TYPE", not("1"), "OWN_RENT", not("0")},
		{"HOUSING_TYPE", not("1"), "NOC", some},
		{"HOUSING_TYPE", is("1"), "NOC", na},
		{"HOUSING_TYPE", not("1"), "NPF", some},
		{"HOUSING_TYPE", is("2"), "POVPIP", some},
		{"HOUSING_TYPE", is("1"), "WGTP", nothing},
		{"HOUSING_TYPE", not("1"), "WGTP", func(v string) bool { return !nothing(v) }},
		{"INDP", na, "INDP_CAT", some},
		{"INDP", some, "INDP_CAT", na},
	}
	for _, x := range []struct {
		column string
		age    float64
	}{{"MSP", 15}, {"PINCP", 15}, {"PINCP_DECILE", 15}, {"EDU", 3}, {"DREM", 5}, {"DPHY", 5}} {
		list = append(list, rule{"AGEP", below(x.age), x.column, some}, rule{"AGEP", from(x.age), x.column, na})
	}
	return list
}

// declare adds the rules about columns that are there.
func declare(t testing.TB, d *coded.Domain, r *coded.Records, codeOf map[string]map[string]uint16) {
	t.Helper()
	condition := func(column string, fits func(string) bool) coded.Condition {
		c := coded.Condition{Column: slices.IndexFunc(d.Columns, func(c coded.Column) bool { return c.Name == column })}
		for v, code := range codeOf[column] {
			if fits(v) {
				c.Codes = append(c.Codes, code)
			}
		}
		slices.Sort(c.Codes)
		return c
	}
	for _, x := range rules() {
		z := coded.Zero{condition(x.a, x.in), condition(x.b, x.is)}
		if z[0].Codes == nil || z[1].Codes == nil {
			continue
		}
		if n := violations(&coded.Domain{Columns: d.Columns, Zeros: []coded.Zero{z}}, r); n > 0 {
			t.Fatalf("%d records against the rule about %s and %s", n, x.a, x.b)
		}
		d.Zeros = append(d.Zeros, z)
	}
}
