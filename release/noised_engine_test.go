package release_test

import (
	"bytes"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/opencovey/covey/internal/testenv"
	"github.com/opencovey/covey/release"
)

// learningPolicy is noisedPolicy with a column whose values are bought.
func learningPolicy() string {
	return strings.Replace(noisedPolicy, "values: [North, South, East, West], other: Elsewhere", "values: learn", 1)
}

// TestNoisedEngine makes releases with package dp: they pass all checks, also those against the sensitive records, and are the same for the same noise
// whatever the number of workers.
func TestNoisedEngine(t *testing.T) {
	testenv.NotRaces(t)
	for name, text := range map[string]string{"stated": noisedPolicy, "learnt": learningPolicy()} {
		t.Run(name, func(t *testing.T) {
			p := parse(t, text)
			f := &fixture{policy: p, sensitive: fixtureTable(t, p, noisedPeople(fixtureSize, 1)), dir: filepath.Join(t.TempDir(), "release")}
			files := writeNoised(t, f, release.Options{Workers: 1}.Repeatable(5), release.WriteOptions{})
			again := writeNoised(t, f, release.Options{Workers: 3}.Repeatable(5), release.WriteOptions{})
			for name, data := range files {
				if !bytes.Equal(data, again[name]) {
					t.Errorf("%s differs with more workers", name)
				}
				// Two people are in Atlantis, which is not in the policy: it is either another value, or not learnt.
				if bytes.Contains(data, []byte("Atlantis")) {
					t.Errorf("%s names a rare value", name)
				}
			}
			f.write(t, files)
			failed := f.verify(t, release.VerifyOptions{Sensitive: f.sensitive, Policy: p})
			if !slices.Equal(failed, []string{"noise"}) { // since it is repeatable
				t.Errorf("failed are %q", failed)
			}
			b := f.open(t)
			if n := b.Aggregates.Len(1); n == 0 || b.Manifest.Column("region").Learnt != (name == "learnt") {
				t.Errorf("%d counts of single values, columns %+v", n, b.Manifest.Columns)
			}
			if !slices.ContainsFunc(b.Manifest.Column("region").Values, func(v release.ManifestValue) bool { return v.Value == "North" }) {
				t.Error("a common value is missing")
			}
		})
	}
}
