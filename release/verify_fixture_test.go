package release_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/csv"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/opencovey/covey/explorer"
	"github.com/opencovey/covey/release"
	"github.com/opencovey/covey/table"
)

// fixturePolicy has every kind of column, a label with a comma and a quote, and labels that never occur together.
const fixturePolicy = `
version: 1
title: Invented people
description: Made by a test.
publisher: A test
protection: {k: 10, length: 3}
columns:
  gender: category
  age: {kind: number, bins: [0, 18, 30, 45]}
  region: {kind: category, label: Region, group: where, description: Where they were found.}
  country: {kind: country, group: where}
  means: {kind: many, delimiter: ";"}
  isDebt: flag
`

// fixturePeople makes n rows for the policy: rare values and rare combinations among them. The same seed gives the same rows, and fewer people are
// the first of more.
func fixturePeople(n int, seed uint64) [][]string {
	random := rand.New(rand.NewPCG(seed, 1))
	pick := func(values ...string) string { return values[min(random.IntN(len(values)), random.IntN(len(values)))] }
	rows := [][]string{{"gender", "age", "region", "country", "means", "isDebt"}}
	for i := range n {
		row := []string{
			pick("Female", "Male", ""), strconv.Itoa(random.IntN(60)), pick("North", "South", "East", "West", "", "Far"),
			pick("", "MDA", "UKR", "PHL", "NPL"), pick("", `Debt, "bondage"`, "Threats", "Cold", "Dark"), pick("", "1"),
		}
		if random.IntN(3) == 0 {
			row[1] = ""
		}
		if random.IntN(3) == 0 && row[4] != "" && row[4] != "Dark" {
			row[4] += ";Withheld papers"
		}
		if i%500 == 7 {
			row[2] = "Atlantis"
		}
		if i%700 == 9 {
			row[4] = "Secret"
		}
		rows = append(rows, row)
	}
	return rows
}

func fixtureTable(t testing.TB, p *release.Policy, rows [][]string) *table.Table {
	t.Helper()
	var text bytes.Buffer
	if err := csv.NewWriter(&text).WriteAll(rows); err != nil {
		t.Fatal(err)
	}
	in, err := table.OpenCSV(&text, "people.csv", table.Format{})
	if err != nil {
		t.Fatal(err)
	}
	read, _, err := table.Read(t.Context(), in, p.Schema(), table.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return read
}

// fixture is a release in a folder, with what it was made of.
type fixture struct {
	dir       string
	policy    *release.Policy
	sensitive *table.Table

	keepExplorer bool // seal leaves the explorer as it is
}

// fixtureSize is no multiple of k, and is a number that stands nowhere by chance.
const fixtureSize = 2007

// newFixture writes the release into a folder of the test.
func newFixture(t testing.TB) *fixture {
	t.Helper()
	p := parse(t, fixturePolicy)
	f := &fixture{dir: filepath.Join(t.TempDir(), "release"), policy: p, sensitive: fixtureTable(t, p, fixturePeople(fixtureSize, 1))}
	fixtureFiles.once.Do(func() { fixtureFiles.files = writeRelease(t, f, nil, false) })
	if len(fixtureFiles.files) == 0 {
		t.Fatal("the fixture could not be made")
	}
	f.write(t, fixtureFiles.files)
	return f
}

// fixtureFiles are made once for all tests.
var fixtureFiles struct {
	once  sync.Once
	files map[string][]byte
}

// writeRelease makes a release and returns its files.
func writeRelease(t testing.TB, f *fixture, previous []*release.Bundle, suppress bool) map[string][]byte {
	t.Helper()
	r, err := release.Make(t.Context(), f.sensitive, f.policy, release.Options{Software: "covey test", Previous: previous, Suppress: suppress})
	if err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(t.TempDir(), "made")
	if err := r.Write(t.Context(), dir, release.WriteOptions{}); err != nil {
		t.Fatal(err)
	}
	files := map[string][]byte{}
	for _, name := range append(release.BundleFiles(), release.ManifestFile) {
		if files[name], err = os.ReadFile(filepath.Join(dir, name)); err != nil {
			t.Fatal(err)
		}
	}
	return files
}

func (f *fixture) write(t testing.TB, files map[string][]byte) {
	t.Helper()
	if err := os.MkdirAll(f.dir, 0o755); err != nil {
		t.Fatal(err)
	}
	for name, data := range files {
		f.put(t, name, data)
	}
}

func (f *fixture) get(t testing.TB, name string) []byte {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(f.dir, name))
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func (f *fixture) put(t testing.TB, name string, data []byte) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(f.dir, name), data, 0o644); err != nil {
		t.Fatal(err)
	}
}

// replace changes a text that is in a file.
func (f *fixture) replace(t testing.TB, name, old, with string) {
	t.Helper()
	data := string(f.get(t, name))
	if !strings.Contains(data, old) {
		t.Fatalf("%s does not hold %q", name, old)
	}
	f.put(t, name, []byte(strings.Replace(data, old, with, 1)))
}

func (f *fixture) rows(t testing.TB, name string) [][]string {
	t.Helper()
	rows, err := csv.NewReader(bytes.NewReader(f.get(t, name))).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	return rows
}

func (f *fixture) putRows(t testing.TB, name string, rows [][]string) {
	t.Helper()
	var text bytes.Buffer
	if err := csv.NewWriter(&text).WriteAll(rows); err != nil {
		t.Fatal(err)
	}
	f.put(t, name, text.Bytes())
}

// manifest changes the manifest.
func (f *fixture) manifest(t testing.TB, change func(*release.Manifest)) {
	t.Helper()
	var m release.Manifest
	if err := json.Unmarshal(f.get(t, release.ManifestFile), &m); err != nil {
		t.Fatal(err)
	}
	change(&m)
	data, err := json.MarshalIndent(&m, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	f.put(t, release.ManifestFile, data)
}

// seal makes sizes and hashes right, as somebody would who tampers with a release: first in the data package, then in the manifest, and has the explorer show what was changed.
func (f *fixture) seal(t testing.TB) {
	t.Helper()
	sum := func(name string) (int, string) {
		data := f.get(t, name)
		hash := sha256.Sum256(data)
		return len(data), hex.EncodeToString(hash[:])
	}
	var d map[string]any
	if err := json.Unmarshal(f.get(t, release.DataPackageFile), &d); err != nil {
		t.Fatal(err)
	}
	for _, r := range d["resources"].([]any) {
		resource := r.(map[string]any)
		size, hash := sum(resource["path"].(string))
		resource["bytes"], resource["hash"] = size, "sha256:"+hash
	}
	data, err := json.Marshal(d)
	if err != nil {
		t.Fatal(err)
	}
	f.put(t, release.DataPackageFile, data)
	entries := func() {
		f.manifest(t, func(m *release.Manifest) {
			for i := range m.Files {
				size, hash := sum(m.Files[i].Name)
				m.Files[i].Bytes, m.Files[i].SHA256 = int64(size), hash
			}
		})
	}
	entries()
	if f.keepExplorer {
		return
	}
	var page bytes.Buffer
	if d, ok := release.LoadExplorer(f.dir); ok && explorer.Write(&page, d) == nil { // else it cannot be compared either
		f.put(t, release.ExplorerFile, page.Bytes())
		entries()
	}
}

// records replaces the synthetic records, sorted, and says so everywhere.
func (f *fixture) records(t testing.TB, synthetic *table.Table) {
	t.Helper()
	var text bytes.Buffer
	if err := release.WriteRecords(&text, synthetic.Sorted(), f.policy); err != nil {
		t.Fatal(err)
	}
	f.put(t, release.SyntheticFile, text.Bytes())
	f.manifest(t, func(m *release.Manifest) {
		f.replace(t, release.QualityFile, fmt.Sprintf(`"synthetic": %d,`, m.Records), fmt.Sprintf(`"synthetic": %d,`, synthetic.People()))
		m.Records = synthetic.People()
	})
}

func (f *fixture) open(t testing.TB) *release.Bundle {
	t.Helper()
	b, err := release.Open(f.dir)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// verify returns the names of the checks that failed.
func (f *fixture) verify(t testing.TB, o release.VerifyOptions) []string {
	t.Helper()
	v, err := release.VerifyFolder(t.Context(), f.dir, o)
	if err != nil {
		t.Fatal(err)
	}
	var failed []string
	for _, c := range v.Checks {
		if c.Status == release.Failed {
			failed = append(failed, c.Name)
			t.Logf("%s failed: %s %q", c.Name, c.Detail, c.Examples)
		}
		if len(c.Examples) > 5 || c.Status == release.Failed && c.Detail == "" || c.Shows == "" {
			t.Errorf("check %s has %d examples and says %q, %q", c.Name, len(c.Examples), c.Shows, c.Detail)
		}
	}
	return failed
}

// count finds the row of a combination in aggregates.csv, given as column, value, column, value and so on.
func findCount(t testing.TB, rows [][]string, combination ...string) int {
	t.Helper()
	i := slices.IndexFunc(rows, func(row []string) bool {
		return row[1] == strconv.Itoa(len(combination)/2) && slices.Equal(row[2:2+len(combination)], combination)
	})
	if i < 0 {
		t.Fatalf("%v is not published", combination)
	}
	return i
}
