package release_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/opencovey/covey/internal/testenv"
	"github.com/opencovey/covey/privacy/budget"
	"github.com/opencovey/covey/release"
	"github.com/opencovey/covey/table"
)

// rebuild makes what follows from counts and records right, and then sizes and hashes.
func (f *fixture) rebuild(t testing.TB) {
	t.Helper()
	if err := release.RebuildNoised(f.dir); err != nil {
		t.Fatal(err)
	}
	f.seal(t)
}

// putRecords replaces the records of a differential release, and says so everywhere.
func (f *fixture) putRecords(t testing.TB, synthetic *table.Table) {
	t.Helper()
	var text bytes.Buffer
	if err := release.WriteRecords(&text, synthetic.Sorted(), f.policy); err != nil {
		t.Fatal(err)
	}
	f.put(t, release.SyntheticFile, text.Bytes())
	f.rebuild(t)
}

// noisedRow finds the row of a combination in aggregates.csv of a differential release.
func noisedRow(t testing.TB, rows [][]string, combination ...string) []string {
	t.Helper()
	i := slices.IndexFunc(rows, func(row []string) bool {
		return row[3] == strconv.Itoa(len(combination)/2) && slices.Equal(row[4:4+len(combination)], combination)
	})
	if i < 0 {
		t.Fatalf("%v is not published", combination)
	}
	return rows[i]
}

// putCount sets count and margin of a combination.
func putCount(n, low, high int, combination ...string) func(*testing.T, *fixture) {
	return func(t *testing.T, f *fixture) {
		rows := f.rows(t, release.AggregatesFile)
		row := noisedRow(t, rows, combination...)
		row[0], row[1], row[2] = strconv.Itoa(n), strconv.Itoa(low), strconv.Itoa(high)
		f.putRows(t, release.AggregatesFile, rows)
		f.rebuild(t)
	}
}

// withRow returns a tamper that replaces a record by another one, which is the first changed.
func withRow(change func(columns func(string) int, row []uint16)) func(*testing.T, *fixture) {
	return func(t *testing.T, f *fixture) {
		y := f.open(t).Synthetic
		row := slices.Clone(y.Row(0))
		change(func(name string) int { return column(y, name) }, row)
		b := table.NewBuilder(y.Columns)
		b.Add(row, 1)
		for i := range y.Len() {
			weight := y.Weight(i)
			if i == 0 {
				weight--
			}
			b.Add(y.Row(i), weight)
		}
		f.putRecords(t, b.Table())
	}
}

// inLedger changes the ledger of the manifest.
func inLedger(change func(ledger map[string]any)) func(*testing.T, *fixture) {
	return func(t *testing.T, f *fixture) {
		f.manifest(t, func(m *release.Manifest) {
			var ledger map[string]any
			if err := json.Unmarshal(m.Protection.Ledger, &ledger); err != nil {
				t.Fatal(err)
			}
			change(ledger)
			text, err := json.Marshal(ledger)
			if err != nil {
				t.Fatal(err)
			}
			m.Protection.Ledger = text
		})
	}
}

// promising changes epsilon and all words about it, but not the ledger.
func promising(t *testing.T, f *fixture, epsilon, statement string) {
	f.manifest(t, func(m *release.Manifest) {
		old := m.Protection.Statement
		m.Protection.Epsilon, m.Protection.Statement = epsilon, statement
		readme := strings.Join(strings.Fields(string(f.get(t, release.ReadmeFile))), " ")
		f.put(t, release.ReadmeFile, []byte(strings.Replace(readme, old, statement, 1)))
	})
	f.rebuild(t)
}

// noisedTampers each fail exactly one check.
var noisedTampers = []struct {
	name, fails string
	raw         bool // sizes and hashes are not made right
	tamper      func(*testing.T, *fixture)
}{
	{"a file changed", "files", true, func(t *testing.T, f *fixture) {
		f.put(t, release.ReadmeFile, append(f.get(t, release.ReadmeFile), '\n'))
	}},
	{"a file more", "nothing else", false, func(t *testing.T, f *fixture) { f.put(t, "cases.csv", []byte("x")) }},
	{"a count of an unknown value", "counts", false, func(t *testing.T, f *fixture) {
		f.replace(t, release.AggregatesFile, "region,North", "region,Atlantis")
	}},
	{"a negative margin", "counts", false, func(t *testing.T, f *fixture) {
		rows := f.rows(t, release.AggregatesFile)
		noisedRow(t, rows, "age", "<0")[1] = "-3"
		f.putRows(t, release.AggregatesFile, rows)
	}},
	{"a value that is not listed", "records", false, func(t *testing.T, f *fixture) { f.replace(t, release.SyntheticFile, "North", "Atlantis") }},
	{"a count of the codebook", "codebook", false, func(t *testing.T, f *fixture) {
		rows := f.rows(t, release.CodebookFile)
		rows[2][7] = "1095"
		f.putRows(t, release.CodebookFile, rows)
	}},
	{"a total of the codebook", "codebook", false, func(t *testing.T, f *fixture) {
		rows := f.rows(t, release.CodebookFile)
		rows[1][7] = "1753"
		f.putRows(t, release.CodebookFile, rows)
	}},
	{"reasons for blanks", "codebook", false, func(t *testing.T, f *fixture) {
		rows := f.rows(t, release.CodebookFile)
		f.putRows(t, release.CodebookFile, append(rows, []string{"found", "found", "blank", "", "", "unknown", "unknown", "3", "", ""}))
	}},
	{"another field", "data package", false, func(t *testing.T, f *fixture) {
		f.replace(t, release.DataPackageFile, `"name": "low"`, `"name": "least"`)
	}},
	{"a figure of the report", "quality", false, func(t *testing.T, f *fixture) { f.replace(t, release.QualityFile, `"filled": `, `"filled": 1`) }},
	{"how many counts an error is about", "quality", false, func(t *testing.T, f *fixture) { f.replace(t, release.QualityFile, `"cells": `, `"cells": 1`) }},
	{"an exact figure in the report", "quality", false, func(t *testing.T, f *fixture) {
		f.replace(t, release.QualityFile, `"part": "noised"`, `"part": "noised", "sensitive": 2007`)
	}},
	{"the private report", "quality", false, func(t *testing.T, f *fixture) {
		f.put(t, release.QualityFile, []byte(`{"version": 1, "part": "private", "records": 2007}`))
	}},
	{"a program in a page", "pages", false, func(t *testing.T, f *fixture) { f.replace(t, release.QualityPage, "<main", "<script></script><main") }},
	{"a count below its margin", "margins", false, putCount(60, 70, 80, "region", "Elsewhere")},
	{"a count above its margin", "margins", false, putCount(60, 40, 50, "region", "Elsewhere")},
	{"more people than a part has", "inclusion", false, func(t *testing.T, f *fixture) {
		rows := f.rows(t, release.AggregatesFile)
		row := rows[len(rows)-1]
		row[0], row[2] = "2000", "2010"
		f.putRows(t, release.AggregatesFile, rows)
		f.rebuild(t)
	}},
	{"a record more than people", "number", false, func(t *testing.T, f *fixture) {
		f.putRecords(t, change(f.open(t).Synthetic, 1, f.open(t).Synthetic.Row(0), nil))
		f.manifest(t, func(m *release.Manifest) { m.Records++ })
	}},
	{"another margin of people", "number", false, func(t *testing.T, f *fixture) {
		f.manifest(t, func(m *release.Manifest) { m.PeopleMargin.Low-- })
	}},
	{"a child with debts", "impossible", false, withRow(func(at func(string) int, row []uint16) { row[at("age")], row[at("isDebt")] = 2, 1 })},
	{"cold, and nowhere", "impossible", false, withRow(func(at func(string) int, row []uint16) { row[at("means: Cold")], row[at("region")] = 1, 0 })},
	{"blank where nobody is", "impossible", false, withRow(func(at func(string) int, row []uint16) { row[at("found")] = 0 })},
	{"two rows exchanged", "order", false, func(t *testing.T, f *fixture) {
		rows := f.rows(t, release.SyntheticFile)
		last := len(rows) - 1
		rows[1], rows[last] = rows[last], rows[1]
		f.putRows(t, release.SyntheticFile, rows)
	}},
	{"no ledger", "ledger", false, func(t *testing.T, f *fixture) {
		f.manifest(t, func(m *release.Manifest) { m.Protection.Ledger = nil })
	}},
	{"a ledger without spendings", "ledger", false, inLedger(func(l map[string]any) { l["spendings"] = []any{} })},
	{"a spending with less noise", "ledger", false, inLedger(func(l map[string]any) {
		l["spendings"].([]any)[0].(map[string]any)["variance"] = "3"
	})},
	{"a sum that is too low", "ledger", false, inLedger(func(l map[string]any) { l["spent"].(map[string]any)["epsilon"] = "1" })},
	{"another relation", "ledger", false, inLedger(func(l map[string]any) { l["relation"] = "add or remove one row" })},
	{"a promise that the ledger does not keep", "ledger", false, func(t *testing.T, f *fixture) {
		promising(t, f, "1", strings.ReplaceAll(f.open(t).Manifest.Protection.Statement, "(epsilon 2,", "(epsilon 1,"))
	}},
	{"words of another promise", "ledger", false, func(t *testing.T, f *fixture) {
		promising(t, f, "2", strings.ReplaceAll(f.open(t).Manifest.Protection.Statement, "(epsilon 2,", "(epsilon 0.2,"))
	}},
	{"repeatable noise", "noise", false, func(t *testing.T, f *fixture) {
		f.manifest(t, func(m *release.Manifest) { m.Protection.Repeatable = true })
	}},
}

func TestVerifyNoised(t *testing.T) {
	testenv.NotRaces(t)
	for _, c := range noisedTampers {
		t.Run(c.name, func(t *testing.T) {
			f := newNoisedFixture(t)
			c.tamper(t, f)
			if !c.raw {
				f.seal(t)
			}
			if failed := f.verify(t, release.VerifyOptions{}); !slices.Equal(failed, []string{c.fails}) {
				t.Errorf("failed are %q, want %q", failed, c.fails)
			}
			if _, err := release.Open(f.dir); (err != nil) != slices.Contains([]string{"files", "counts", "records", "ledger"}, c.fails) && c.name != "words of another promise" {
				t.Errorf("Open says %v", err)
			}
		})
	}
}

// TestVerifyNoisedAgainstSensitive: what only policy and sensitive records show.
func TestVerifyNoisedAgainstSensitive(t *testing.T) {
	testenv.NotRaces(t)
	policy := func(old, with string) func(*testing.T, *fixture) {
		return func(t *testing.T, f *fixture) {
			if !strings.Contains(noisedPolicy, old) {
				t.Fatalf("no %q", old)
			}
			f.policy = parse(t, strings.Replace(noisedPolicy, old, with, 1))
		}
	}
	for _, c := range []struct {
		name   string
		fails  []string
		tamper func(*testing.T, *fixture)
	}{
		{"as it is", nil, func(*testing.T, *fixture) {}},
		{"another epsilon", []string{"policy"}, policy("epsilon: 2", "epsilon: 1")},
		{"another delta", []string{"policy"}, policy("1e-6", "1e-5")},
		{"another value", []string{"policy"}, policy("BGD]", "BGD, IND]")},
		{"less is impossible", []string{"policy"}, policy("    - {means: Cold, region: blank}\n", "")},
		{"not required", []string{"policy"}, policy(", required: true", "")},
		{"another method", []string{"policy"}, func(t *testing.T, f *fixture) { f.policy = parse(t, fixturePolicy) }},
		{"other records", []string{"coverage"}, func(t *testing.T, f *fixture) {
			f.sensitive = fixtureTable(t, f.policy, noisedPeople(1500, 3))
		}},
		{"exact counts", []string{"inexact"}, exactCopy},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := newNoisedFixture(t)
			c.tamper(t, f)
			if failed := f.verify(t, release.VerifyOptions{}); failed != nil {
				t.Errorf("without the sensitive records %q failed", failed)
			}
			failed := f.verify(t, release.VerifyOptions{Sensitive: f.sensitive, Policy: f.policy})
			if !slices.Equal(failed, c.fails) {
				t.Errorf("failed are %q, want %q", failed, c.fails)
			}
		})
	}
}

// exactCopy replaces the counts by exact ones, with the margins moved along: what a program would write that forgets the noise.
func exactCopy(t *testing.T, f *fixture) {
	rows := f.rows(t, release.AggregatesFile)
	for _, row := range rows[2:] {
		n := 0
		for record, people := range f.sensitive.Rows() {
			if holdsAll(f.sensitive, record, row[4:]) {
				n += people
			}
		}
		row[0], row[1], row[2] = strconv.Itoa(n), strconv.Itoa(max(0, n-7)), strconv.Itoa(n+7)
	}
	f.putRows(t, release.AggregatesFile, rows)
	f.rebuild(t)
}

// holdsAll reports whether a record has all the values of a row of aggregates.csv.
func holdsAll(records *table.Table, record []uint16, cells []string) bool {
	for i := 0; i < len(cells) && cells[i] != ""; i += 2 {
		found := false
		for j, c := range records.Columns {
			found = found || c.Field == cells[i] && record[j] > 0 && c.Values[record[j]-1] == cells[i+1]
		}
		if !found {
			return false
		}
	}
	return true
}

func TestVerifyLedgerFile(t *testing.T) {
	testenv.NotRaces(t)
	f := newNoisedFixture(t)
	file, path := newLedgerFile(t, "3")
	f.write(t, writeNoised(t, f, release.Options{Ledger: file}.Simple(), release.WriteOptions{At: entryTime}))
	if failed := f.verify(t, release.VerifyOptions{Ledger: file}); failed != nil {
		t.Errorf("failed are %q", failed)
	}
	for name, tamper := range map[string]func() *budget.File{
		"another ledger file": func() *budget.File { other, _ := newLedgerFile(t, "3"); return other },
		"a release without a seal": func() *budget.File {
			f.manifest(t, func(m *release.Manifest) { m.Protection.Seal = "" })
			return file
		},
		"the seal of another release": func() *budget.File { // which also was of this data set
			g := newNoisedFixture(t)
			g.write(t, writeNoised(t, g, release.Options{Ledger: file}.Simple(), release.WriteOptions{At: entryTime}))
			seal := g.open(t).Manifest.Protection.Seal
			f.manifest(t, func(m *release.Manifest) {
				m.Protection.Seal = seal
				m.Protection.Ledger = bytes.Replace(m.Protection.Ledger, []byte("counts for a test"), []byte("other counts"), 1)
			})
			return file
		},
	} {
		kept := f.get(t, release.ManifestFile)
		if failed := f.verify(t, release.VerifyOptions{Ledger: tamper()}); !slices.Equal(failed, []string{"ledger file"}) {
			t.Errorf("%s: failed are %q", name, failed)
		}
		f.put(t, release.ManifestFile, kept)
	}
	if _, err := os.Stat(path); err != nil {
		t.Error(err)
	}
}

// newLedgerFile makes a ledger file with a promise of that epsilon.
func newLedgerFile(t testing.TB, epsilon string) (*budget.File, string) {
	t.Helper()
	e, err := budget.Number(epsilon)
	if err != nil {
		t.Fatal(err)
	}
	d, err := budget.Number("1e-6")
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "ledger.json")
	file, err := budget.Create(path, budget.Account{Dataset: "invented", Budget: budget.Budget{Epsilon: e, Delta: d, Accounting: release.DifferentialAccounting}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { file.Close() })
	return file, path
}

func TestVerifyNoisedMixes(t *testing.T) {
	noised, plain := newNoisedFixture(t), newFixture(t)
	var wrong *release.MethodError
	_, err := release.VerifyFolder(t.Context(), noised.dir, release.VerifyOptions{Previous: []*release.Bundle{plain.open(t)}})
	if !errors.As(err, &wrong) || wrong.Hint() == "" {
		t.Errorf("a differential release beside another: %v", err)
	}
	_, err = release.VerifyFolder(t.Context(), plain.dir, release.VerifyOptions{Previous: []*release.Bundle{noised.open(t)}})
	if !errors.As(err, &wrong) {
		t.Errorf("a k-anonymous release beside a differential one: %v", err)
	}
	file, _ := newLedgerFile(t, "3")
	if _, err = release.VerifyFolder(t.Context(), plain.dir, release.VerifyOptions{Ledger: file}); !errors.As(err, &wrong) {
		t.Errorf("a k-anonymous release in a ledger: %v", err)
	}
}
