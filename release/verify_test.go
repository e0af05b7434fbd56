package release_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/opencovey/covey/internal/testenv"
	"github.com/opencovey/covey/marginal"
	"github.com/opencovey/covey/quality"
	"github.com/opencovey/covey/release"
	"github.com/opencovey/covey/table"
)

// TestVerifySound: a release that nobody tampered with passes every check, with and without the sensitive records.
func TestVerifySound(t *testing.T) {
	f := newFixture(t)
	for _, c := range []struct {
		name string
		o    release.VerifyOptions
		not  []string // possible
	}{
		{"files", release.VerifyOptions{}, []string{
			"previous", "policy", "exact counts", "complete", "support", "no rare value", "exact number", "totals",
		}},
		{"sensitive", release.VerifyOptions{Sensitive: f.sensitive}, []string{"previous", "policy", "totals"}},
		{"everything", release.VerifyOptions{Sensitive: f.sensitive, Policy: f.policy, Previous: []*release.Bundle{f.open(t)}}, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			v, err := release.Verify(t.Context(), f.open(t), c.o)
			if err != nil {
				t.Fatal(err)
			}
			var not []string
			for _, check := range v.Checks {
				if check.Status == release.NotPossible {
					not = append(not, check.Name)
				} else if check.Status != release.Passed {
					t.Errorf("%s: %s %q", check.Name, check.Detail, check.Examples)
				}
			}
			if c.name != "everything" && !slices.Equal(not, c.not) {
				t.Errorf("not possible are %q, want %q", not, c.not)
			}
			if v.Failed() != 0 {
				t.Errorf("%d failed", v.Failed())
			}
		})
	}
}

// TestVerifyTampered: each kind of tampering is found by the check that is for it, and by no other. All but the first few make sizes and hashes right again,
// as somebody would who wants to be believed.
func TestVerifyTampered(t *testing.T) {
	testenv.NotRaces(t)
	for _, c := range slices.Concat(tampersOfFiles, tampersOfCounts, tampersOfRecords) {
		t.Run(c.name, func(t *testing.T) {
			f := newFixture(t)
			c.tamper(t, f)
			if !c.unsealed {
				f.seal(t)
			}
			if failed := f.verify(t, release.VerifyOptions{}); !slices.Equal(failed, []string{c.fails}) {
				t.Errorf("failed are %q, want %q", failed, c.fails)
			}
		})
	}
}

// tamper is a change to a release, and the only check that it fails.
type tamper struct {
	name, fails string
	unsealed    bool
	tamper      func(*testing.T, *fixture)
}

var tampersOfFiles = []tamper{
	{"a byte changed", "files", true, func(t *testing.T, f *fixture) { f.replace(t, release.ReadmeFile, "folder", "folders") }},
	{"same size, other bytes", "files", true, func(t *testing.T, f *fixture) { f.replace(t, release.ReadmeFile, "folder", "foldre") }},
	{"a file missing", "files", true, func(t *testing.T, f *fixture) {
		if err := os.Remove(filepath.Join(f.dir, release.CodebookPage)); err != nil {
			t.Fatal(err)
		}
	}},
	{"a file more", "nothing else", true, func(t *testing.T, f *fixture) { f.put(t, "cases.csv", []byte("x")) }},
	{"a hidden file more", "nothing else", true, func(t *testing.T, f *fixture) { f.put(t, ".DS_Store", []byte("x")) }},
	{"a folder more", "nothing else", true, func(t *testing.T, f *fixture) {
		if err := os.Mkdir(filepath.Join(f.dir, "private"), 0o755); err != nil {
			t.Fatal(err)
		}
	}},
	{"a total in the codebook not rounded", "codebook", false, func(t *testing.T, f *fixture) {
		rows := f.rows(t, release.CodebookFile)
		rows[1][7] += "1"
		f.putRows(t, release.CodebookFile, rows)
	}},
	{"another label in the codebook", "codebook", false, func(t *testing.T, f *fixture) {
		f.replace(t, release.CodebookFile, "region,Region,category,where,,North,North", "region,Region,category,where,,North,Nord")
	}},
	{"a count in the codebook only", "codebook", false, func(t *testing.T, f *fixture) {
		rows := f.rows(t, release.CodebookFile)
		at := slices.IndexFunc(rows, func(row []string) bool { return row[5] == "Female" })
		rows[at][7] = addTo(t, rows[at][7], -10)
		f.putRows(t, release.CodebookFile, rows)
	}},
	{"a value in the codebook only", "codebook", false, func(t *testing.T, f *fixture) {
		rows := f.rows(t, release.CodebookFile)
		at := slices.IndexFunc(rows, func(row []string) bool { return row[5] == "West" })
		f.putRows(t, release.CodebookFile, slices.Insert(rows, at+1, []string{"region", "Region", "category", "where", "", "Atlantis", "Atlantis", ""}))
	}},
	{"a field of the data package renamed", "data package", false, func(t *testing.T, f *fixture) {
		f.replace(t, release.DataPackageFile, `"name": "gender"`, `"name": "sex"`)
	}},
	{"the private report", "quality", false, func(t *testing.T, f *fixture) {
		f.replace(t, release.QualityFile, `"part": "public"`, `"part": "private"`)
	}},
	{"the report of another release", "quality", false, func(t *testing.T, f *fixture) {
		f.replace(t, release.QualityFile, `"synthetic": 2000,`, `"synthetic": 2007,`)
	}},
	{"a column in the report that is not released", "quality", false, func(t *testing.T, f *fixture) {
		f.replace(t, release.QualityFile, `"gender"`, `"name"`)
	}},
	{"a program in a page", "pages", false, func(t *testing.T, f *fixture) {
		f.replace(t, release.CodebookPage, "</body>", "<script>1</script></body>")
	}},
	{"a page that may load", "pages", false, func(t *testing.T, f *fixture) {
		f.replace(t, release.QualityPage, "Content-Security-Policy", "Content-Security")
	}},
	{"another promise in the readme", "pages", false, func(t *testing.T, f *fixture) {
		f.replace(t, release.ReadmeFile, "belongs to at least 10", "belongs to at least 100")
	}},
}

func addTo(t *testing.T, number string, add int) string {
	t.Helper()
	n, err := strconv.Atoi(number)
	if err != nil {
		t.Fatal(err)
	}
	return strconv.Itoa(n + add)
}

// changeCount changes one published count.
func changeCount(combination []string, change func(n int) int) func(*testing.T, *fixture) {
	return func(t *testing.T, f *fixture) {
		rows := f.rows(t, release.AggregatesFile)
		at := findCount(t, rows, combination...)
		n, _ := strconv.Atoi(rows[at][0])
		rows[at][0] = strconv.Itoa(change(n))
		f.putRows(t, release.AggregatesFile, rows)
	}
}

var tampersOfCounts = []tamper{
	{"a combination twice", "counts", false, func(t *testing.T, f *fixture) {
		rows := f.rows(t, release.AggregatesFile)
		f.putRows(t, release.AggregatesFile, slices.Insert(rows, 5, rows[5]))
	}},
	{"two rows exchanged", "counts", false, func(t *testing.T, f *fixture) {
		rows := f.rows(t, release.AggregatesFile)
		rows[5], rows[6] = rows[6], rows[5]
		f.putRows(t, release.AggregatesFile, rows)
	}},
	{"a value without quotes", "counts", false, func(t *testing.T, f *fixture) {
		f.replace(t, release.AggregatesFile, `"Debt, ""bondage"""`, `Debt, ''bondage''`)
	}},
	{"a value that is not listed", "counts", false, func(t *testing.T, f *fixture) {
		f.replace(t, release.AggregatesFile, "region,North", "region,Atlantis")
	}},
	{"a value named that few people have", "values", false, func(t *testing.T, f *fixture) { // a header that leaks
		f.manifest(t, func(m *release.Manifest) {
			region := m.Column("region")
			region.Values = append(region.Values, release.ManifestValue{Value: "Atlantis"})
		})
		rows := f.rows(t, release.CodebookFile)
		at := slices.IndexFunc(rows, func(row []string) bool { return row[5] == "West" })
		f.putRows(t, release.CodebookFile, slices.Insert(rows, at+1, []string{"region", "Region", "category", "where", "", "Atlantis", "Atlantis", ""}))
	}},
	{"a count not rounded", "rounding", false, changeCount([]string{"gender", "Female", "age", "18--29", "isDebt", "yes"}, func(n int) int { return n + 3 })},
	{"a count below k", "rounding", false, changeCount([]string{"gender", "Female", "age", "18--29", "isDebt", "yes"}, func(int) int { return 5 })},
	{"the exact number of people", "rounding", false, func(t *testing.T, f *fixture) {
		rows := f.rows(t, release.AggregatesFile)
		rows[1][0] = strconv.Itoa(fixtureSize)
		f.putRows(t, release.AggregatesFile, rows)
		b := f.open0(t)
		f.records(t, change(b.Synthetic, fixtureSize-b.Synthetic.People(), nil, nil))
		f.manifest(t, func(m *release.Manifest) { m.People = fixtureSize })
	}},
	{"more people than a part has", "inclusion", false, func(t *testing.T, f *fixture) { // labels of one column, so no sum is touched
		rows := f.rows(t, release.AggregatesFile)
		cold, _ := strconv.Atoi(rows[findCount(t, rows, "means", "Cold")][0])
		changeCount([]string{"means", "Cold", "means", "Withheld papers"}, func(int) int { return cold + 10 })(t, f)
	}},
	{"a part not published", "closed", false, func(t *testing.T, f *fixture) { // nobody is both cold and in the dark
		rows := f.rows(t, release.AggregatesFile)
		row := []string{"10", "3", "means", "Cold", "means", "Dark", "means", `Debt, "bondage"`}
		at := slices.IndexFunc(rows, func(r []string) bool { return r[1] == "3" && r[2] == "means" || r[1] == "3" && r[2] == "isDebt" })
		if at < 0 {
			at = len(rows)
		}
		f.putRows(t, release.AggregatesFile, slices.Insert(rows, at, row))
	}},
	{"parts that add up to too much", "sums", false, func(t *testing.T, f *fixture) {
		rows := f.rows(t, release.AggregatesFile)
		for _, region := range []string{"North", "South", "East"} { // as if all had been women
			rows[findCount(t, rows, "gender", "Female", "region", region)][0] = rows[findCount(t, rows, "region", region)][0]
		}
		f.putRows(t, release.AggregatesFile, rows)
	}},
}

// open0 opens a release whose hashes may be wrong.
func (f *fixture) open0(t testing.TB) *release.Bundle {
	t.Helper()
	f.seal(t)
	return f.open(t)
}

// change returns a table with n records more, copies of add (nil: blank), and one fewer of each record in less.
func change(synthetic *table.Table, n int, add []uint16, less [][]uint16) *table.Table {
	b := table.NewBuilder(synthetic.Columns)
	if add == nil {
		add = make([]uint16, len(synthetic.Columns))
	}
	b.Add(add, n)
	for row, weight := range synthetic.Rows() {
		for i, l := range less {
			if weight > 0 && slices.Equal(l, row) {
				weight--
				less = slices.Delete(slices.Clone(less), i, i+1)
				break
			}
		}
		b.Add(row, weight)
	}
	return b.Table()
}

var tampersOfRecords = []tamper{
	{"a value without quotes", "records", false, func(t *testing.T, f *fixture) {
		f.replace(t, release.SyntheticFile, `"Debt, ""bondage"""`, `Debt, ''bondage''`)
	}},
	{"a value that is not listed", "records", false, func(t *testing.T, f *fixture) { f.replace(t, release.SyntheticFile, "North", "Atlantis") }},
	{"a record more than people", "number", false, func(t *testing.T, f *fixture) {
		f.records(t, change(f.open(t).Synthetic, 1, nil, nil))
	}},
	{"a record more than the manifest says", "number", false, func(t *testing.T, f *fixture) {
		rows := f.rows(t, release.SyntheticFile)
		f.putRows(t, release.SyntheticFile, slices.Insert(rows, 1, rows[1]))
	}},
	{"a combination that is not published", "covered", false, func(t *testing.T, f *fixture) {
		y := f.open(t).Synthetic
		cold, dark := column(y, "means: Cold"), column(y, "means: Dark")
		for row := range y.Rows() {
			if row[cold] == 1 {
				leak := slices.Clone(row)
				clear(leak)
				leak[cold], leak[dark] = 1, 1
				f.records(t, change(y, 1, leak, [][]uint16{row}))
				return
			}
		}
	}},
	{"a value in too many records", "excess", false, func(t *testing.T, f *fixture) {
		y := f.open(t).Synthetic
		female := make([]uint16, len(y.Columns))
		female[column(y, "gender")] = 1
		var less [][]uint16
		for row := range y.Rows() {
			if row[column(y, "gender")] != 1 && len(less) < 300 {
				less = append(less, row)
			}
		}
		f.records(t, change(y, len(less), female, less))
	}},
	{"two rows exchanged", "order", false, func(t *testing.T, f *fixture) {
		rows := f.rows(t, release.SyntheticFile)
		last := len(rows) - 1
		rows[1], rows[last] = rows[last], rows[1]
		f.putRows(t, release.SyntheticFile, rows)
	}},
}

func column(t *table.Table, name string) int {
	return slices.IndexFunc(t.Columns, func(c table.Column) bool { return c.Name == name })
}

// TestVerifyAgainstSensitive: what the files alone cannot show is found with the sensitive records, by the check that is for it. The files alone raise no doubt.
func TestVerifyAgainstSensitive(t *testing.T) {
	testenv.NotRaces(t)
	cases := []struct {
		name   string
		fails  []string
		tamper func(*testing.T, *fixture)
	}{
		{"another policy", []string{"policy"}, func(t *testing.T, f *fixture) {
			other := *f.policy
			other.Protection.K = 5
			f.policy = &other
		}},
		{"a count too low", []string{"exact counts"}, changeCount(
			[]string{"gender", "Female", "age", "18--29", "isDebt", "yes"}, func(n int) int { return n - 10 })},
		{"a count too high", []string{"exact counts"}, changeCount(
			[]string{"gender", "Female", "age", "18--29", "isDebt", "yes"}, func(n int) int { return n + 10 })},
		{"a combination missing", []string{"complete"}, dropCount},
		{"a record that few people share", []string{"support"}, leakBeyond},
		{"a value that few people have", []string{"exact counts", "no rare value"}, addValue},
		{"the exact number of people in a text", []string{"exact number"}, func(t *testing.T, f *fixture) {
			f.manifest(t, func(m *release.Manifest) { m.Description = "About 2,007 people." })
		}},
		{"a total too low", []string{"totals"}, func(t *testing.T, f *fixture) {
			rows := f.rows(t, release.CodebookFile)
			at := slices.IndexFunc(rows, func(row []string) bool { return row[0] == "means" && row[5] == "" })
			rows[at][7] = addTo(t, rows[at][7], -10)
			f.putRows(t, release.CodebookFile, rows)
		}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			f := newFixture(t)
			c.tamper(t, f)
			f.seal(t)
			if failed := f.verify(t, release.VerifyOptions{}); len(failed) > 0 {
				t.Errorf("without the sensitive records %q failed", failed)
			}
			failed := f.verify(t, release.VerifyOptions{Sensitive: f.sensitive, Policy: f.policy})
			if !slices.Equal(failed, c.fails) {
				t.Errorf("failed are %q, want %q", failed, c.fails)
			}
		})
	}
}

// dropCount removes a combination that no record has.
func dropCount(t *testing.T, f *fixture) {
	b := f.open(t)
	counts, err := marginal.Count(t.Context(), b.Synthetic, marginal.Options{Length: 3})
	if err != nil {
		t.Fatal(err)
	}
	for combination := range b.Aggregates.All(3) {
		if counts.Get(combination...) > 0 {
			continue
		}
		var names []string
		for _, attr := range combination {
			column, value := b.Aggregates.Name(attr)
			names = append(names, column, value)
		}
		rows := f.rows(t, release.AggregatesFile)
		at := findCount(t, rows, names...)
		f.putRows(t, release.AggregatesFile, slices.Delete(rows, at, at+1))
		return
	}
	t.Fatal("every published combination is in a record")
}

// leakBeyond puts in a record of the sensitive file that fewer than k people share, though every combination of three of its values is published.
func leakBeyond(t *testing.T, f *fixture) {
	b := f.open(t)
	one := table.NewBuilder(f.sensitive.Columns)
	for row := range f.sensitive.Rows() {
		one.Add(row, 1)
	}
	rare, err := quality.Unsupported(t.Context(), f.sensitive, one.Table(), 10)
	if err != nil {
		t.Fatal(err)
	}
	for _, i := range rare {
		record := recode(f.sensitive, b.Synthetic, f.sensitive.Row(i))
		if record == nil || !published(b, record) {
			continue
		}
		replaced := slices.Clone(b.Synthetic.Row(b.Synthetic.Len() - 1))
		f.records(t, change(b.Synthetic, 1, record, [][]uint16{replaced}))
		return
	}
	t.Fatal("there is no such record")
}

// recode writes a record in the columns of another table; nil if these lack a value.
func recode(from, to *table.Table, row []uint16) []uint16 {
	record := make([]uint16, len(to.Columns))
	for i, code := range row {
		if code == 0 {
			continue
		}
		at := column(to, from.Columns[i].Name)
		if at < 0 {
			return nil
		}
		value := slices.Index(to.Columns[at].Values, from.Columns[i].Values[code-1])
		if value < 0 {
			return nil
		}
		record[at] = uint16(value + 1)
	}
	return record
}

// published reports whether every combination of three attributes of a record is published.
func published(b *release.Bundle, record []uint16) bool {
	var attrs []marginal.Attribute
	for i, code := range record {
		if code != 0 {
			attrs = append(attrs, marginal.Attribute{Column: i, Code: code})
		}
	}
	for i := range attrs {
		for j := range i {
			for k := range j {
				if b.Aggregates.Get(attrs[k], attrs[j], attrs[i]) == 0 {
					return false
				}
			}
		}
	}
	return len(attrs) > 3
}

// addValue makes up a value, everywhere where values are named.
func addValue(t *testing.T, f *fixture) {
	f.manifest(t, func(m *release.Manifest) {
		region := m.Column("region")
		region.Values = append(region.Values, release.ManifestValue{Value: "Zembla"})
	})
	rows := f.rows(t, release.CodebookFile)
	at := slices.IndexFunc(rows, func(row []string) bool { return row[5] == "West" })
	f.putRows(t, release.CodebookFile, slices.Insert(rows, at+1, []string{"region", "Region", "category", "where", "", "Zembla", "Zembla", "10"}))
	rows = f.rows(t, release.AggregatesFile)
	at = findCount(t, rows, "region", "West")
	f.putRows(t, release.AggregatesFile, slices.Insert(rows, at+1, []string{"10", "1", "region", "Zembla", "", "", "", ""}))
}

func TestVerifyPrevious(t *testing.T) {
	old, f := newFixture(t), newFixture(t)
	changeCount([]string{"gender", "Female", "age", "18--29", "isDebt", "yes"}, func(n int) int { return n - 10 })(t, f)
	f.seal(t)
	if failed := f.verify(t, release.VerifyOptions{Previous: []*release.Bundle{old.open(t)}}); !slices.Equal(failed, []string{"previous"}) {
		t.Errorf("failed are %q", failed)
	}
	f.manifest(t, func(m *release.Manifest) { m.Previous = strings.Repeat("0", 64) })
	var missing *release.MissingReleaseError
	_, err := release.VerifyFolder(t.Context(), old.dir, release.VerifyOptions{Previous: []*release.Bundle{f.open(t)}})
	if !errors.As(err, &missing) || missing.Hint() == "" {
		t.Errorf("got %v, want a *MissingReleaseError", err)
	}
}

// TestVerifyTellsNothing: what is said of a release that leaks names no value that only the sensitive records have, and no exact number.
func TestVerifyTellsNothing(t *testing.T) {
	f := newFixture(t)
	leakBeyond(t, f)
	f.seal(t)
	v, err := release.VerifyFolder(t.Context(), f.dir, release.VerifyOptions{Sensitive: f.sensitive, Policy: f.policy})
	if err != nil {
		t.Fatal(err)
	}
	text := fmt.Sprint(v.Checks)
	for _, secret := range []string{"Atlantis", "Secret", strconv.Itoa(fixtureSize)} {
		if strings.Contains(text, secret) {
			t.Errorf("%q is told", secret)
		}
	}
}

func TestVerifyStops(t *testing.T) {
	f := newFixture(t)
	cause := errors.New("enough")
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(cause)
	if _, err := release.VerifyFolder(ctx, f.dir, release.VerifyOptions{}); !errors.Is(err, cause) {
		t.Errorf("got %v", err)
	}
	if _, err := release.VerifyFolder(t.Context(), t.TempDir(), release.VerifyOptions{}); err == nil {
		t.Error("an empty folder is no release")
	}
}

// TestVerifyProperties: releases of random tables pass, whatever k and length.
func TestVerifyProperties(t *testing.T) {
	for seed := range uint64(4) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			text := strings.Replace(fixturePolicy, "{k: 10, length: 3}", fmt.Sprintf("{k: %d, length: %d}", 2+5*seed, 1+seed), 1)
			p := parse(t, text)
			f := &fixture{policy: p, sensitive: fixtureTable(t, p, fixturePeople(150+int(seed)*101, seed))}
			f.dir = filepath.Join(t.TempDir(), "release")
			f.write(t, writeRelease(t, f, nil, false))
			if failed := f.verify(t, release.VerifyOptions{Sensitive: f.sensitive, Policy: p}); failed != nil {
				t.Errorf("failed are %q", failed)
			}
		})
	}
}

func TestAggregatesReadBack(t *testing.T) {
	f := newFixture(t)
	b := f.open(t)
	counts, err := release.Aggregate(t.Context(), f.sensitive, f.policy, release.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if b.Aggregates.People() != counts.People() || b.Aggregates.Length() != counts.Length() || b.Aggregates.Get() != counts.People() {
		t.Errorf("%d people, length %d", b.Aggregates.People(), b.Aggregates.Length())
	}
	for length := range 6 {
		n := 0
		for combination, want := range counts.All(length) {
			n++
			var own []marginal.Attribute
			for _, attr := range combination {
				column, value := counts.Name(attr)
				at, ok := b.Aggregates.Attribute(column, value)
				if !ok {
					t.Fatalf("%s: %s is not there", column, value)
				}
				own = append(own, at)
			}
			if got := b.Aggregates.Get(own...); got != want {
				t.Errorf("%v: %d, want %d", combination, got, want)
			}
		}
		if got := b.Aggregates.Len(length); got != n {
			t.Errorf("length %d: %d combinations, want %d", length, got, n)
		}
	}
	for _, attr := range []marginal.Attribute{{Column: -1, Code: 1}, {Column: 99, Code: 1}, {Column: 0, Code: 0}, {Column: 0, Code: 99}} {
		if b.Aggregates.Get(attr) != 0 {
			t.Errorf("%v has a count", attr)
		}
	}
	if _, ok := b.Aggregates.Attribute("region", "Atlantis"); ok {
		t.Error("a rare value is there")
	}
	var text bytes.Buffer
	if err := release.WriteRecords(&text, b.Synthetic.Sorted(), f.policy); err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(text.Bytes(), f.get(t, release.SyntheticFile)) {
		t.Error("records written back differ")
	}
}

// TestVerifySchema: docs/verify.schema.json describes what a verification is in JSON, also one that fails.
func TestVerifySchema(t *testing.T) {
	path := filepath.Join(testenv.ModuleRoot(t), "docs", "verify.schema.json")
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	compiler := jsonschema.NewCompiler()
	document, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	if err := compiler.AddResource("verify.schema.json", document); err != nil {
		t.Fatal(err)
	}
	schema, err := compiler.Compile("verify.schema.json")
	if err != nil {
		t.Fatal(err)
	}
	f := newFixture(t)
	f.replace(t, release.AggregatesFile, "region,North", "region,Atlantis")
	for _, o := range []release.VerifyOptions{{}, {Sensitive: f.sensitive, Policy: f.policy}} {
		v, err := release.VerifyFolder(t.Context(), f.dir, o)
		if err != nil {
			t.Fatal(err)
		}
		out, err := json.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		instance, err := jsonschema.UnmarshalJSON(bytes.NewReader(out))
		if err != nil {
			t.Fatal(err)
		}
		if err := schema.Validate(instance); err != nil {
			t.Error(err)
		}
		if v.Failed() != 2 || len(v.Checks) != 27 {
			t.Errorf("%d of %d failed", v.Failed(), len(v.Checks))
		}
	}
	noised := newNoisedFixture(t)
	for _, o := range []release.VerifyOptions{{}, {Sensitive: noised.sensitive, Policy: noised.policy}} {
		v, err := release.VerifyFolder(t.Context(), noised.dir, o)
		if err != nil {
			t.Fatal(err)
		}
		out, err := json.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		instance, err := jsonschema.UnmarshalJSON(bytes.NewReader(out))
		if err != nil {
			t.Fatal(err)
		}
		if err := schema.Validate(instance); err != nil || len(v.Checks) != 21 || v.Failed() != 0 {
			t.Errorf("%d checks, %v", len(v.Checks), err)
		}
	}
}
