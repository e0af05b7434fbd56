package release_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"math/big"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/opencovey/covey/internal/testenv"
	"github.com/opencovey/covey/privacy/budget"
	"github.com/opencovey/covey/release"
	"github.com/opencovey/covey/table"
)

// noisedRecords are the policy and the records of the tests.
func noisedRecords(t testing.TB, people int) (*release.Policy, *table.Table) {
	t.Helper()
	p := parse(t, noisedPolicy)
	return p, fixtureTable(t, p, noisedPeople(people, 1))
}

// TestNoisedSame: the same noise gives the same files; other noise gives others.
func TestNoisedSame(t *testing.T) {
	p, people := noisedRecords(t, 500)
	f := &fixture{policy: p, sensitive: people}
	first := writeNoised(t, f, release.Options{}.Repeatable(7).Simple(), release.WriteOptions{})
	if diff := cmp.Diff(first, writeNoised(t, f, release.Options{Workers: 3}.Repeatable(7).Simple(), release.WriteOptions{})); diff != "" {
		t.Errorf("the same noise gives other files:\n%.2000s", diff)
	}
	if !bytes.Contains(first[release.ManifestFile], []byte(`"repeatable": true`)) || !bytes.Contains(first[release.ReadmeFile], []byte("PROTECTS NOBODY")) {
		t.Error("a release with repeatable noise does not say so")
	}
	for _, o := range []release.Options{release.Options{}.Repeatable(8).Simple(), release.Options{}.Simple()} {
		other := writeNoised(t, f, o, release.WriteOptions{})
		for _, name := range []string{release.AggregatesFile, release.SyntheticFile, release.QualityFile} {
			if bytes.Equal(first[name], other[name]) {
				t.Errorf("%s is the same with other noise", name)
			}
		}
	}
}

// TestNoisedTellsNothingExact: two sets of records that differ in a rare value, in people who are blank and for which reason, and in everything that the engine
// does not see, give the same bundle when the engine gives the same. Whatever else reads the sensitive records for a public file would show here.
func TestNoisedTellsNothingExact(t *testing.T) {
	testenv.NotRaces(t)
	p, people := noisedRecords(t, 1203)
	_, others := noisedRecords(t, 917)
	made := map[string][]byte{}
	for i, sensitive := range []*table.Table{people, others} {
		f := &fixture{policy: p, sensitive: sensitive}
		files := writeNoised(t, f, release.Options{}.Repeatable(7).Always(people), release.WriteOptions{})
		if i == 0 {
			made = files
		} else if diff := cmp.Diff(made, files); diff != "" {
			t.Errorf("a public file depends on the sensitive records beside what the engine made:\n%.2000s", diff)
		}
	}
}

// TestNoisedCanaries: the exact number of people and of women, and a value that is not in the policy, stand nowhere.
func TestNoisedCanaries(t *testing.T) {
	testenv.NotRaces(t)
	p, people := noisedRecords(t, 12_347)
	women := 0
	at := slices.IndexFunc(people.Columns, func(c table.Column) bool { return c.Name == "gender" })
	for row, n := range people.Rows() {
		if row[at] == 1 {
			women += n
		}
	}
	f := &fixture{policy: p, sensitive: people}
	// With this seed, no noised number happens to be one of the exact ones; margins and hashes are not searched.
	files := writeNoised(t, f, release.Options{}.Repeatable(3).Simple(), release.WriteOptions{})
	for name, data := range files {
		for _, canary := range []string{"12347", "12,347", strconv.Itoa(women), "Atlantis", "\"Secret\""} {
			for line := range strings.Lines(string(data)) {
				if strings.Contains(line, canary) && !strings.Contains(line, "sha256") && !strings.Contains(line, "hash") && !strings.Contains(line, "bytes") {
					t.Errorf("%s holds %q: %.200s", name, canary, line)
				}
			}
		}
	}
}

// TestNoisedNobody: that there are no records at all must not show in a release that fails.
func TestNoisedNobody(t *testing.T) {
	p, people := noisedRecords(t, 10)
	f := &fixture{policy: p, sensitive: table.NewBuilder(people.Columns).Table(), dir: filepath.Join(t.TempDir(), "release")}
	f.write(t, writeNoised(t, f, release.Options{}.Simple(), release.WriteOptions{}))
	if failed := f.verify(t, release.VerifyOptions{}); failed != nil {
		t.Errorf("failed are %q", failed)
	}
}

func TestNoisedRefuses(t *testing.T) {
	p, people := noisedRecords(t, 100)
	plain := newFixture(t)
	file, _ := newLedgerFile(t, "3")
	for name, try := range map[string]func() error{
		"an earlier release": func() error {
			_, err := release.Make(t.Context(), people, p, release.Options{Previous: []*release.Bundle{plain.open(t)}})
			return err
		},
		"suppression": func() error {
			_, err := release.Make(t.Context(), people, p, release.Options{Suppress: true})
			return err
		},
		"counts alone": func() error { _, err := release.Aggregate(t.Context(), people, p, release.Options{}); return err },
		"records alone": func() error {
			_, err := release.Synthesize(t.Context(), people, p, nil, release.Options{})
			return err
		},
		"a ledger of k-anonymity": func() error {
			_, err := release.Make(t.Context(), plain.sensitive, plain.policy, release.Options{Ledger: file})
			return err
		},
		"a differential release before a k-anonymous one": func() error {
			_, err := release.Make(t.Context(), plain.sensitive, plain.policy, release.Options{Previous: []*release.Bundle{newNoisedFixture(t).open(t)}})
			return err
		},
	} {
		var wrong *release.MethodError
		if err := try(); !errors.As(err, &wrong) {
			t.Errorf("%s: got %v", name, err)
		}
	}
}

// TestLedgerRefuses: two releases fit into the ledger of a data set, a third does not, and leaves nothing.
func TestLedgerRefuses(t *testing.T) {
	p, people := noisedRecords(t, 300)
	file, _ := newLedgerFile(t, "3") // releases of epsilon 2 each: rho adds up to epsilon 2.9 or so
	dir := t.TempDir()
	for i := range 3 {
		r, err := release.Make(t.Context(), people, p, release.Options{Ledger: file}.Simple())
		if i == 2 {
			if !errors.Is(err, budget.ErrExhausted) {
				t.Errorf("the third release: %v", err)
			}
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		out := filepath.Join(dir, fmt.Sprint(i))
		if err := r.Write(t.Context(), out, release.WriteOptions{At: entryTime}); err != nil {
			t.Fatal(err)
		}
		b, err := release.Open(out)
		if err != nil {
			t.Fatal(err)
		}
		if !file.Holds(b.Manifest.Protection.Seal) {
			t.Error("the manifest has no seal of the ledger")
		}
		if page, err := os.ReadFile(filepath.Join(out, release.ReadmeFile)); err != nil || !strings.Contains(string(page), "entered in a ledger") {
			t.Errorf("%s does not tell of the ledger (%v)", release.ReadmeFile, err)
		}
	}
	entries := file.Releases()
	if len(entries) != 2 || entries[0].Name != "Invented people" || !entries[0].At.Equal(entryTime) {
		t.Errorf("the ledger holds %+v", entries)
	}
}

// TestLedgerRace: two releases are made of a budget for one. The first that is written has it.
func TestLedgerRace(t *testing.T) {
	p, people := noisedRecords(t, 300)
	file, _ := newLedgerFile(t, "2")
	var made []*release.Release
	for range 2 {
		r, err := release.Make(t.Context(), people, p, release.Options{Ledger: file}.Simple())
		if err != nil {
			t.Fatal(err)
		}
		made = append(made, r)
	}
	dir := t.TempDir()
	if err := made[1].Write(t.Context(), filepath.Join(dir, "b"), release.WriteOptions{At: entryTime}); err != nil {
		t.Fatal(err)
	}
	err := made[0].Write(t.Context(), filepath.Join(dir, "a"), release.WriteOptions{At: entryTime})
	var spent *release.SpentError
	if !errors.Is(err, budget.ErrExhausted) || errors.As(err, &spent) {
		t.Errorf("got %v", err)
	}
	checkFolder(t, dir, "b", "private")
	checkFolder(t, filepath.Join(dir, "private"), "b")
	// Written again, it is entered once.
	if err := made[1].Write(t.Context(), filepath.Join(dir, "c"), release.WriteOptions{At: entryTime}); err != nil {
		t.Error(err)
	}
	if n := len(file.Releases()); n != 1 {
		t.Errorf("%d entries", n)
	}
}

// checkFolder wants a folder to hold these names, hidden ones too, and nothing else.
func checkFolder(t *testing.T, dir string, want ...string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		t.Fatal(err)
	}
	var got []string
	for _, e := range entries {
		got = append(got, e.Name())
	}
	if !slices.Equal(got, want) {
		t.Errorf("%s holds %q, want %q", dir, got, want)
	}
}

// TestSpentStays: if a release cannot get its name after it was entered, the budget stays spent, and the error says so.
func TestSpentStays(t *testing.T) {
	p, people := noisedRecords(t, 300)
	file, _ := newLedgerFile(t, "3")
	r, err := release.Make(t.Context(), people, p, release.Options{Ledger: file}.Simple())
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	out := filepath.Join(dir, "out")
	// Somebody else takes the name in the last moment: when the private folder is being written.
	taken := false
	w := release.WriteOptions{At: entryTime, Temporary: func(path string) func() {
		if strings.Contains(path, "private") && !taken {
			taken = true
			if err := os.Mkdir(out, 0o755); err != nil {
				t.Error(err)
			}
		}
		return func() {}
	}}
	err = r.Write(t.Context(), out, w)
	var spent *release.SpentError
	if !errors.As(err, &spent) || spent.Hint() == "" || !strings.Contains(err.Error(), "stays spent") {
		t.Errorf("got %v", err)
	}
	if len(file.Releases()) != 1 {
		t.Error("the budget was given back")
	}
	checkFolder(t, out)
	checkFolder(t, filepath.Join(dir, "private"))
}

// TestNoisedCancelled: a cancelled release leaves nothing and spends nothing, wherever it is stopped.
func TestNoisedCancelled(t *testing.T) {
	p, people := noisedRecords(t, 300)
	file, _ := newLedgerFile(t, "3")
	cause := errors.New("enough")
	r, err := release.Make(t.Context(), people, p, release.Options{Ledger: file}.Simple())
	if err != nil {
		t.Fatal(err)
	}
	for _, part := range []string{"out", "private"} {
		dir := t.TempDir()
		ctx, cancel := context.WithCancelCause(t.Context())
		w := release.WriteOptions{At: entryTime, Temporary: func(path string) func() {
			if strings.Contains(path, part) {
				cancel(cause)
			}
			return func() {}
		}}
		if err := r.Write(ctx, filepath.Join(dir, "out"), w); !errors.Is(err, cause) {
			t.Errorf("got %v", err)
		}
		checkFolder(t, filepath.Join(dir, "private"))
		if _, err := os.Stat(filepath.Join(dir, "out")); err == nil {
			t.Error("there is a release")
		}
	}
	if len(file.Releases()) != 0 {
		t.Error("budget was spent")
	}
	if err := r.Write(t.Context(), filepath.Join(t.TempDir(), "out"), release.WriteOptions{}); err == nil || !strings.Contains(err.Error(), "time") {
		t.Errorf("without a time: %v", err)
	}
}

// TestNoisedManifest holds the manifest and the other descriptions to their schemas.
func TestNoisedManifest(t *testing.T) {
	f := newNoisedFixture(t)
	schema, _ := release.CompileManifestSchema(t)
	if err := schema.Validate(release.AsDocument(t, f.get(t, release.ManifestFile))); err != nil {
		t.Error(err)
	}
	for name, change := range map[string]func(m map[string]any){
		"version of the other":  func(m map[string]any) { m["version"] = 1 },
		"k":                     func(m map[string]any) { m["protection"].(map[string]any)["k"] = 10 },
		"no ledger":             func(m map[string]any) { delete(m["protection"].(map[string]any), "ledger") },
		"no epsilon":            func(m map[string]any) { delete(m["protection"].(map[string]any), "epsilon") },
		"epsilon as a number":   func(m map[string]any) { m["protection"].(map[string]any)["epsilon"] = 2 },
		"no margin":             func(m map[string]any) { delete(m, "people_margin") },
		"exact people":          func(m map[string]any) { m["exact"] = 2007 },
		"compared":              func(m map[string]any) { m["previous"] = strings.Repeat("0a", 32) },
		"unknown key of ledger": func(m map[string]any) { m["protection"].(map[string]any)["ledger"].(map[string]any)["x"] = 1 },
		"another relation":      func(m map[string]any) { m["protection"].(map[string]any)["relation"] = "replace one person" },
	} {
		document := release.AsDocument(t, f.get(t, release.ManifestFile))
		change(document)
		if schema.Validate(document) == nil {
			t.Errorf("%s: the schema takes it", name)
		}
	}
}

// TestNoisedPages looks at the words: nothing is said that holds for groups of k people only.
func TestNoisedPages(t *testing.T) {
	f := newNoisedFixture(t)
	m := f.open(t).Manifest
	for _, name := range []string{release.CodebookPage, release.QualityPage, release.ReadmeFile, release.DataPackageFile} {
		text := strings.Join(strings.Fields(string(f.get(t, name))), " ")
		for _, bad := range []string{"at least 0", "Fewer than", "fewer than", "multiple of", "k-anonym", "rounded down", "withheld", "<no value>", "%!", " 0 to -1"} {
			if strings.Contains(text, bad) {
				t.Errorf("%s says %q", name, bad)
			}
		}
		if name != release.DataPackageFile && !strings.Contains(text, m.Protection.Meaning[:60]) {
			t.Errorf("%s does not explain the promise", name)
		}
	}
	page := string(f.get(t, release.CodebookPage))
	for _, good := range []string{">1,096</td><td class=\"end\">1,089 to 1,103</td>", "ε = 2, δ = 0.000001", "about 2,011 (2,004 to 2,018)"} {
		if !strings.Contains(page, good) {
			t.Errorf("the codebook does not say %q", good)
		}
	}
}

// TestPromiseWords checks the worked example against Bayes' rule, always on the safe side.
func TestPromiseWords(t *testing.T) {
	// The probabilities beyond are those of docs/privacy.md, there rounded, and delta more.
	for _, c := range []struct{ epsilon, delta, factor, beyond string }{
		{"1", "1e-6", "2.72", "0.000022"},
		{"0.1", "1e-9", "1.11", "0.00000028"},
		{"2", "1e-6", "7.39", "0.000013"},
		{"10", "1/3000000", "22,027", "0.0000017"},
		{"20", "1e-6", "485,165,196", "0.0000036"},
	} {
		e, err := budget.Number(c.epsilon)
		if err != nil {
			t.Fatal(err)
		}
		d, err := budget.Number(c.delta)
		if err != nil {
			t.Fatal(err)
		}
		statement, meaning := release.PromiseWords(e, d)
		words := statement + " " + meaning
		factor := math.Exp(toFloat(e))
		for _, part := range []string{"of at most " + c.factor + ", ", "(epsilon " + budget.Text(e) + ", delta " + budget.Text(d) + ")", "less than " + c.beyond + " "} {
			if !strings.Contains(words, part) {
				t.Errorf("epsilon %s: no %q in %s", c.epsilon, part, words)
			}
		}
		var most, least float64
		at := strings.Index(meaning, "up to ")
		if _, err := fmt.Sscanf(meaning[at:], "up to %f %%", &most); err != nil {
			t.Fatal(err)
		}
		at = strings.Index(meaning, "as little as ")
		if _, err := fmt.Sscanf(meaning[at:], "as little as %f %%", &least); err != nil {
			t.Fatal(err)
		}
		rightMost, rightLeast := 100*factor/(factor+9), 100/(1+9*factor)
		if most < rightMost || most >= 100 || least > rightLeast || least <= 0 {
			t.Errorf("epsilon %s: %v to %v, and right is %v to %v", c.epsilon, least, most, rightLeast, rightMost)
		}
		if strings.Contains(meaning, "weak") != (toFloat(e) >= 5) {
			t.Errorf("epsilon %s: %s", c.epsilon, meaning)
		}
	}
}

func toFloat(r *big.Rat) float64 {
	f, _ := r.Float64()
	return f
}

// TestNoisedQuality: the private report is there, and has both kinds of errors.
func TestNoisedQuality(t *testing.T) {
	p, people := noisedRecords(t, 800)
	r, err := release.Make(t.Context(), people, p, release.Options{}.Repeatable(2).Simple())
	if err != nil {
		t.Fatal(err)
	}
	if r.Quality.Public != nil || r.Noised == nil || len(r.Quality.Private.Margins) != 3 {
		t.Errorf("the report is %+v", r.Quality)
	}
	for _, m := range r.Quality.Private.Margins {
		if m.Cells > 20 && (m.Within < 0.85 || m.Realised > 3*m.Expected || m.Realised == 0) {
			t.Errorf("%+v", m)
		}
	}
	var text bytes.Buffer
	if err := r.Quality.Private.WriteHTML(&text, "x"); err != nil || !strings.Contains(text.String(), "Errors expected and made") {
		t.Errorf("the private page lacks the errors: %v", err)
	}
}

func TestNoisedDataPackage(t *testing.T) {
	p, people := noisedRecords(t, 400)
	f := &fixture{policy: p, sensitive: people, dir: t.TempDir()}
	files := writeNoised(t, f, release.Options{}.Simple(), release.WriteOptions{})
	f.write(t, files)
	release.CheckDataPackage(t, f.open(t).Manifest, files)
}
