package release_test

import (
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/opencovey/covey/release"
)

// noisedPolicy is fixturePolicy for a differential release: all values are stated, and some things are impossible.
const noisedPolicy = `
version: 1
title: Invented people
description: Made by a test.
publisher: A test
protection:
  method: differential
  epsilon: 2
  delta: 1e-6
  length: 3
  impossible:
    - {age: 0--17, isDebt: yes}
    - {means: Cold, region: blank}
columns:
  gender: {kind: category, values: [Female, Male, Other]}
  age: {kind: number, bins: [0, 18, 30, 45]}
  region: {kind: category, label: Region, group: where, description: Where they were found., values: [North, South, East, West], other: Elsewhere}
  country: {kind: country, group: where, values: [MDA, UKR, PHL, NPL, BGD]}
  means: {kind: many, delimiter: ";", values: ['Debt, "bondage"', Threats, Cold, Dark, Withheld papers], other: Secret means}
  isDebt: flag
  found: {kind: category, values: [here, there], required: true}
`

// noisedPeople are fixturePeople for it, with a column that nobody is blank in, and nobody whom the policy says there cannot be.
func noisedPeople(n int, seed uint64) [][]string {
	rows := fixturePeople(n, seed)
	for i, row := range rows {
		switch {
		case i == 0:
			row = append(row, "found")
		case i%3 == 0:
			row = append(row, "there")
		default:
			row = append(row, "here")
		}
		if i > 0 && len(row[1]) < 3 && row[1] != "" && row[1] < "18" || len(row[1]) == 1 {
			row[5] = ""
		}
		if row[2] == "" && strings.Contains(row[4], "Cold") {
			row[4] = ""
		}
		rows[i] = row
	}
	return rows
}

var noisedFiles struct {
	once  sync.Once
	files map[string][]byte
}

// newNoisedFixture writes a differential release, made with repeatable noise, into a folder of the test. The manifest does not say that the noise was
// repeatable, so that the release passes.
func newNoisedFixture(t testing.TB) *fixture {
	t.Helper()
	p := parse(t, noisedPolicy)
	f := &fixture{dir: filepath.Join(t.TempDir(), "release"), policy: p, sensitive: fixtureTable(t, p, noisedPeople(fixtureSize, 1))}
	noisedFiles.once.Do(func() {
		noisedFiles.files = writeNoised(t, f, release.Options{}.Repeatable(1).Simple(), release.WriteOptions{})
	})
	if len(noisedFiles.files) == 0 {
		t.Fatal("the fixture could not be made")
	}
	f.write(t, noisedFiles.files)
	f.manifest(t, func(m *release.Manifest) { m.Protection.Repeatable = false })
	return f
}

// writeNoised makes a differential release and returns its files.
func writeNoised(t testing.TB, f *fixture, o release.Options, w release.WriteOptions) map[string][]byte {
	t.Helper()
	o.Software = "covey test"
	r, err := release.Make(t.Context(), f.sensitive, f.policy, o)
	if err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(t.TempDir(), "made")
	if err := r.Write(t.Context(), dir, w); err != nil {
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

// entryTime is when test releases are entered in ledgers.
var entryTime = time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)
