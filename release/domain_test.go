package release_test

import (
	"compress/gzip"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/opencovey/covey/internal/testenv"
	"github.com/opencovey/covey/release"
	"github.com/opencovey/covey/synth/dp"
	"github.com/opencovey/covey/table"
)

// differentialExamples are policies with the files they are for. A file in examples is always there.
var differentialExamples = []struct {
	policy, data                         string
	columns, values, required, forbidden int // of the domain
}{
	{"policies/adult_reduced_13", "adult_reduced_13.csv.gz", 13, 123, 13, 0},
	{"policies/nist_acs_demographic", "nist_acs_excerpt_national2019.csv.gz", 10, 77, 10, 14},
	{"policies/nist_acs_all", "nist_acs_excerpt_national2019.csv.gz", 24, 213, 24, 74},
	{"policies/sparse_cases", "sparse_cases_simulated.csv.gz", 32, 133, 0, 0},
	{"policies/ctdc_global_synthetic_dp", "ctdc_global_synthetic_2021-08-25.csv.gz", 37, 568, 0, 1},
	{"cases_dp", "cases.csv", 52, 581, 1, 1},
}

func readExample(t *testing.T, policy *release.Policy, data string) *table.Table {
	t.Helper()
	path := filepath.Join(testenv.ModuleRoot(t), "examples", data)
	if strings.HasSuffix(data, ".gz") {
		path = testenv.SharedData(t, data)
	}
	file, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	var text io.Reader = file
	if strings.HasSuffix(data, ".gz") {
		if text, err = gzip.NewReader(file); err != nil {
			t.Fatal(err)
		}
	}
	return readRecords(t, policy, text)
}

func readRecords(t testing.TB, policy *release.Policy, text io.Reader) *table.Table {
	t.Helper()
	rows, err := table.OpenCSV(text, "records.csv", policy.Input.TableFormat())
	if err != nil {
		t.Fatal(err)
	}
	records, _, err := table.Read(t.Context(), rows, policy.Schema(), table.Options{Limits: policy.Input.Limits})
	if err != nil {
		t.Fatal(err)
	}
	return records
}

// What the example policies say beforehand is true of the files they are for: there is no other value, and nobody is what is impossible.
func TestDomainOfExamples(t *testing.T) {
	testenv.NotRaces(t)
	schema, _ := openSchema(t)
	for _, c := range differentialExamples {
		t.Run(c.policy, func(t *testing.T) {
			text, err := os.ReadFile(filepath.Join(testenv.ModuleRoot(t), "examples", c.policy+".yaml"))
			if err != nil {
				t.Fatal(err)
			}
			if err := validate(schema, string(text)); err != nil {
				t.Error(err)
			}
			policy := parse(t, string(text))
			domain, err := policy.Domain()
			if err != nil {
				t.Fatal(err)
			}
			required, values := 0, 0
			for i, column := range domain.Columns {
				values += len(column.Values)
				if domain.Required[i] {
					required++
				}
			}
			got := []int{len(domain.Columns), values, required, len(domain.Impossible)}
			if want := []int{c.columns, c.values, c.required, c.forbidden}; !slices.Equal(got, want) {
				t.Errorf("columns, values, required, impossible: got %d, want %d", got, want)
			}
			checkDomain(t, domain, readExample(t, policy, c.data))
		})
	}
}

// checkDomain reports what the domain does not foretell of a table. Columns and values of a table that are not in the file may
// be missing, but what is there has the name and the order of the domain.
func checkDomain(t errorer, domain *dp.Domain, records *table.Table) {
	t.Helper()
	var at []int // column of the domain for each of the table
	code := make([][]int, len(records.Columns))
	next := 0
	for k, column := range records.Columns {
		i := slices.IndexFunc(domain.Columns, func(c table.Column) bool { return c.Name == column.Name })
		if i < next {
			t.Errorf("column %q is not in the domain, or in another place", column.Name)
			return
		}
		next = i + 1
		at = append(at, i)
		known := domain.Columns[i]
		if known.Field != column.Field || known.Label != column.Label || known.Kind != column.Kind {
			t.Errorf("column %q: got %+v, the domain has %+v", column.Name, column, known)
		}
		code[k] = []int{0}
		for _, v := range column.Values {
			c := slices.Index(known.Values, v) + 1
			if c == 0 && !domain.Learn[i] {
				t.Errorf("column %q: the domain has no value %q", column.Name, v)
			}
			code[k] = append(code[k], c)
		}
		if !slices.IsSorted(code[k]) {
			t.Errorf("column %q: values are not in the order of the domain", column.Name)
		}
	}
	person := make([]int, len(domain.Columns))
	for codes := range records.Rows() {
		for k, c := range codes {
			person[at[k]] = code[k][c]
			if c == 0 && domain.Required[at[k]] {
				t.Errorf("column %q: somebody is blank", domain.Columns[at[k]].Name)
			}
		}
		for _, rule := range domain.Impossible {
			if fulfils(domain, person, rule) {
				t.Errorf("%v is impossible: %v", person, rule)
				return
			}
		}
	}
}

type errorer interface {
	Helper()
	Errorf(format string, args ...any)
}

func fulfils(domain *dp.Domain, person []int, rule dp.Impossible) bool {
	for _, c := range rule {
		held := person[c.Column]
		if held == 0 && c.Blank || held > 0 && slices.Contains(c.Values, domain.Columns[c.Column].Values[held-1]) {
			continue
		}
		return false
	}
	return true
}

// The check of the examples sees domains that are wrong.
func TestDomainOfExamplesSees(t *testing.T) {
	text, err := os.ReadFile(filepath.Join(testenv.ModuleRoot(t), "examples", "cases_dp.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	policy := parse(t, string(text))
	records := readExample(t, policy, "cases.csv")
	mutants := map[string]func(*dp.Domain){
		"a value less":    func(d *dp.Domain) { d.Columns[1].Values = d.Columns[1].Values[1:] },
		"a column less":   func(d *dp.Domain) { d.Columns = slices.Delete(d.Columns, 2, 3) },
		"order of values": func(d *dp.Domain) { slices.Reverse(d.Columns[0].Values) },
		"required":        func(d *dp.Domain) { d.Required[2] = true },
		"impossible": func(d *dp.Domain) {
			d.Impossible = append(d.Impossible, dp.Impossible{{Column: 2, Values: []string{"Male"}}, {Column: 4, Blank: true}})
		},
	}
	for name, change := range mutants {
		domain, err := policy.Domain()
		if err != nil {
			t.Fatal(err)
		}
		change(domain)
		seen := &counter{}
		checkDomain(seen, domain, records)
		if seen.errors == 0 {
			t.Errorf("%s: not seen", name)
		}
	}
}

type counter struct{ errors int }

func (c *counter) Helper()               {}
func (c *counter) Errorf(string, ...any) { c.errors++ }

// columnsOfAllKinds are columns of a differential policy, with cells of a file that they can read.
var columnsOfAllKinds = []struct {
	column string
	cells  []string
}{
	{`{values: [b, a]}`, []string{"", "a", "b", "lost"}},
	{`{values: [b, a], other: else, map: {A1: a}}`, []string{"", "a", "b", "q", "A1"}},
	{`{values: {1: One, 2: Two}, blanks: [{text: N, reason: not asked, keep: true}], required: true}`, []string{"1", "2", "n"}},
	{`{kind: flag}`, []string{"", "yes", "0", "lost"}},
	{`{kind: flag, keep_no: true, yes: [J], no: [F]}`, []string{"", "j", "F", "lost"}},
	{`{kind: many, values: [b, a c, d]}`, []string{"", "b", "a c;b", "d;b", "lost"}},
	{`{kind: number, bins: [0, 18, 65]}`, []string{"", "-1", "0", "17.5", "99", "lost"}},
	{`{kind: number, bins: [0, 18, 65], below: refuse, labels: [x, y, z], required: true}`, []string{"0", "17.5", "99"}},
	{`{kind: number, bins: [0.5, 2], blanks: [{text: N, reason: N, keep: true}]}`, []string{"", "0.1", "0.5", "3", "N"}},
	{`{kind: date, bins: [2010, 2015-06]}`, []string{"", "2001-05-06", "2012", "2015-07"}},
	{`{kind: date, every: decade, from: 1990, to: 2010}`, []string{"", "1812", "1995", "2000-01-01", "2077"}},
	{`{kind: date, every: quarter, from: 2010, to: 2011}`, []string{"", "1812", "2010-05", "2011-01-01", "2077"}},
	{`{kind: country}`, []string{"", "FRA", "de", "Kosovo", "Palestine", "lost"}},
	{`{kind: country, values: [FRA, Stateless, DEU], other: elsewhere}`, []string{"", "FRA", "de", "Kosovo", "Stateless", "nowhere"}},
}

// Whatever records there are, their columns and values are in the domain, in its order; and the domain is the same beforehand and
// afterwards, since it never looks at them.
func TestDomainForetellsRecords(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		some := rapid.SliceOfNDistinct(rapid.IntRange(0, len(columnsOfAllKinds)-1), 1, 5, rapid.ID).Draw(rt, "columns")
		var policy, file strings.Builder
		kept := rapid.Bool().Draw(rt, "keep")
		fmt.Fprintf(&policy, "version: 1\ntitle: T\nblanks: [{text: lost, keep: %v}]\n", kept)
		policy.WriteString("protection: {method: differential, epsilon: 1, delta: 1e-6}\ncolumns:\n")
		for i, c := range some {
			fmt.Fprintf(&policy, "  c%d: %s\n", c, columnsOfAllKinds[c].column)
			fmt.Fprintf(&file, "%sc%d", strings.Repeat("|", min(i, 1)), c)
		}
		file.WriteByte('\n')
		for range rapid.IntRange(1, 12).Draw(rt, "rows") {
			for i, c := range some {
				file.WriteString(strings.Repeat("|", min(i, 1)))
				file.WriteString(`"` + rapid.SampledFrom(columnsOfAllKinds[c].cells).Draw(rt, "cell") + `"`)
			}
			file.WriteByte('\n')
		}
		p := parse(t, policy.String())
		p.Input.Delimiter = '|'
		before, err := p.Domain()
		if err != nil {
			rt.Fatal(err)
		}
		checkDomain(rt, before, readRecords(t, p, strings.NewReader(file.String())))
		after, err := p.Domain()
		if err != nil || !reflect.DeepEqual(before, after) {
			rt.Errorf("the domain changed: %v", err)
		}
	})
}

func TestDomainImpossible(t *testing.T) {
	p := parse(t, `
version: 1
title: T
protection:
  method: differential
  epsilon: 1
  delta: 1e-6
  impossible:
    - {age: 0--17, job: [clerk, manager]}
    - {job: {not: [cook]}, means: blank}
    - {means: filled, age: <0}
    - {means: [Threats, Debt], skills: {not: [cooking]}, age: blank}
    - {works: blank, office: blank}
columns:
  age: {kind: number, bins: [0, 18]}
  job: {values: [clerk, cook, manager]}
  means: {kind: many, values: [Debt, Abuse, Threats]}
  notes: ignore
  skills: {kind: many, values: [cooking, sewing]}
  works: flag
  office: {values: learn}
`)
	domain, err := p.Domain()
	if err != nil {
		t.Fatal(err)
	}
	is := func(column int, values ...string) dp.Condition { return dp.Condition{Column: column, Values: values} }
	blank := func(column int) dp.Condition { return dp.Condition{Column: column, Blank: true} }
	want := []dp.Impossible{
		{is(0, "0--17"), is(1, "clerk", "manager")},
		{is(1, "clerk", "manager"), blank(2), blank(3), blank(4)},
		{is(2, "Debt"), is(0, "<0")},
		{is(3, "Abuse"), is(0, "<0")},
		{is(4, "Threats"), is(0, "<0")},
		{is(2, "Debt"), is(6, "sewing"), blank(0)},
		{is(4, "Threats"), is(6, "sewing"), blank(0)},
		{blank(7), blank(8)},
	}
	if !reflect.DeepEqual(domain.Impossible, want) {
		t.Errorf("got\n%v\nwant\n%v", domain.Impossible, want)
	}
	if !domain.Learn[8] || domain.Columns[8].Values != nil || slices.Contains(domain.Learn[:8], true) {
		t.Errorf("learnt columns: %v, %q", domain.Learn, domain.Columns[8].Values)
	}
}

func TestDomainErrors(t *testing.T) {
	open := parse(t, "{version: 1, title: T, columns: {sex: category}}")
	if _, err := open.Domain(); err == nil || !strings.Contains(err.Error(), `"sex"`) {
		t.Errorf("values of the file: got %v", err)
	}
	closed := parse(t, "{version: 1, title: T, columns: {sex: {values: [F, M]}}}")
	if d, err := closed.Domain(); err != nil || len(d.Columns) != 1 || d.Required[0] || d.Learn[0] || d.Impossible != nil {
		t.Errorf("closed: got %+v and %v", d, err)
	}
	closed.Protection.Impossible = []release.Impossible{{{Column: "age", Blank: true}, {Column: "sex", Blank: true}}}
	if _, err := closed.Domain(); err == nil || !strings.Contains(err.Error(), `"age"`) {
		t.Errorf("unknown column: got %v", err)
	}
}

// What a program may put into a policy and a file may not hold.
func TestPolicyEncodeDifferentialErrors(t *testing.T) {
	for want, change := range map[string]func(*release.Policy){
		"epsilon is missing":      func(p *release.Policy) { p.Protection.Epsilon = nil },
		"about blanks":            func(p *release.Policy) { p.Protection.Impossible[0][0].Blank = true },
		"one condition":           func(p *release.Policy) { p.Protection.Impossible[0] = p.Protection.Impossible[0][:1] },
		"has no value":            func(p *release.Policy) { p.Protection.Impossible[0][0].Values = []string{"X"} },
		"has no effect on the me": func(p *release.Policy) { p.Protection.K = 10 },
	} {
		p := parse(t, "{version: 1, title: T, protection: {method: differential, epsilon: 1, delta: 1e-6, impossible: [{sex: F, x: blank}]}, "+
			"columns: {sex: {values: [F, M]}, x: flag}}")
		change(p)
		if _, err := p.Encode(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want an error with %q", err, want)
		}
	}
}
