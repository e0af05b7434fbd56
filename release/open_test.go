package release_test

import (
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/opencovey/covey/release"
	"github.com/opencovey/covey/table"
)

// TestOpenRefuses: what is not a release in every respect is an error that says where and what.
func TestOpenRefuses(t *testing.T) {
	text := func(name, old, with string) func(*testing.T, *fixture) {
		return func(t *testing.T, f *fixture) { f.replace(t, name, old, with) }
	}
	m := release.ManifestFile
	manifest := func(change func(*release.Manifest)) func(*testing.T, *fixture) {
		return func(t *testing.T, f *fixture) { f.manifest(t, change) }
	}
	cases := []struct {
		name, want string // what the error holds
		seal       bool
		tamper     func(*testing.T, *fixture)
	}{
		{"no manifest", "manifest.json: there is no such file, so this is no release", false, func(t *testing.T, f *fixture) {
			os.Remove(filepath.Join(f.dir, m))
		}},
		{"a newer version", "manifest.json: the release has format version 3, and this program reads up to 2", false, text(m, `"version": 1`, `"version": 3, "new": {}`)},
		{"no version", "there is no format version 0", false, text(m, `"version": 1`, `"version": 0`)},
		{"another format", "this is not the manifest of a release", false, text(m, "covey-release", "other")},
		{"not JSON", "this is not JSON: near byte", false, text(m, `"version": 1,`, `"version": 1`)},
		{"after the end", "there is something after the JSON value", false, func(t *testing.T, f *fixture) {
			f.put(t, m, append(f.get(t, m), "{}"...))
		}},
		{"an unknown key", `unknown field "titel"`, false, text(m, `"title"`, `"titel"`)},
		{"a key twice", `the key "Title" is there twice`, false, text(m, `"title"`, `"title": "x", "Title"`)},
		{"a wrong type", "people is a string and should be a int", false, text(m, `"people": 2000`, `"people": "2000"`)},
		{"deep", "the JSON is nested more than 32 deep", false, text(m, `"title":`, `"deep": `+strings.Repeat("[", 40)+strings.Repeat("]", 40)+`, "title":`)},
		{"not UTF-8", "the text is not UTF-8", false, text(m, "Invented", "Invented \xff")},
		{"another method", `protection.method is "none"`, false, manifest(func(m *release.Manifest) { m.Protection.Method = "none" })},
		{"k too low", "protection.k is 1 and must be", false, manifest(func(m *release.Manifest) { m.Protection.K = 1 })},
		{"length too high", "protection.length is 7 and must be", false, manifest(func(m *release.Manifest) { m.Protection.Length = 7 })},
		{"no promise", "protection.statement is missing", false, manifest(func(m *release.Manifest) { m.Protection.Statement = "" })},
		{"fewer than nobody", "people or records is out of range", false, manifest(func(m *release.Manifest) { m.People = -1 })},
		{"an earlier release without hash", "previous is not a SHA-256", false, manifest(func(m *release.Manifest) { m.Previous = "last year" })},
		{"another kind", `column gender has the kind "gender"`, false, manifest(func(m *release.Manifest) { m.Columns[0].Kind = "gender" })},
		{"a delimiter too many", "column gender: a delimiter belongs to the kind many", false, manifest(func(m *release.Manifest) { m.Columns[0].Delimiter = ";" })},
		{"a column twice", "column gender is there twice", false, manifest(func(m *release.Manifest) { m.Columns[1].Name = "gender" })},
		{"no columns", "there are no columns", false, manifest(func(m *release.Manifest) { m.Columns = nil })},
		{"a label as a column", "column means: Cold is there twice", false, manifest(func(m *release.Manifest) { m.Columns[0].Name = "means: Cold" })},
		{"a value twice", "column gender has an empty value, or one twice", false, manifest(func(m *release.Manifest) { m.Columns[0].Values[1] = m.Columns[0].Values[0] })},
		{"a label with its delimiter", "column means has a label that contains its delimiter", false, manifest(func(m *release.Manifest) { m.Columns[4].Values[0].Value = "a;b" })},
		{"a file elsewhere", "files does not list, in order, the files that a release has", false, manifest(func(m *release.Manifest) { m.Files[0].Name = "../README.txt" })},
		{"a file less", "files does not list", false, manifest(func(m *release.Manifest) { m.Files = m.Files[1:] })},
		{"no hash", "files: entry 1 has no right size or SHA-256", false, manifest(func(m *release.Manifest) { m.Files[0].SHA256 = "x" })},
		{"a file missing", "codebook.csv: the file is missing", false, func(t *testing.T, f *fixture) { os.Remove(filepath.Join(f.dir, "codebook.csv")) }},
		{"another size", "README.txt: the file has", false, text("README.txt", "folder", "folders")},
		{"another content", "README.txt: the file was changed", false, text("README.txt", "folder", "fodler")},
		{"a folder for a file", "README.txt: this is not an ordinary file", false, func(t *testing.T, f *fixture) {
			os.Remove(filepath.Join(f.dir, "README.txt"))
			os.Mkdir(filepath.Join(f.dir, "README.txt"), 0o755)
		}},
		{"counts empty", "aggregates.csv: row 1: the file is empty", true, func(t *testing.T, f *fixture) { f.put(t, "aggregates.csv", nil) }},
		{"counts without people", "aggregates.csv: row 2: the number of people is missing", true, func(t *testing.T, f *fixture) {
			f.putRows(t, "aggregates.csv", f.rows(t, "aggregates.csv")[:1])
		}},
		{"people not first", "row 2, column length: the first row below the header is not the number of people", true, text("aggregates.csv", "\n2000,0,,,,,,\n", "\n")},
		{"people twice", "row 3, column length: the number of people is there twice", true, text("aggregates.csv", "\n2000,0,,,,,,\n", "\n2000,0,,,,,,\n2000,0,,,,,,\n")},
		{"another header", `aggregates.csv: row 1: column 1 is not "count"`, true, text("aggregates.csv", "count", "people")},
		{"a count that is none", "row 2, column count: this is not a whole number", true, text("aggregates.csv", "2000,0,", "+2000,0,")},
		{"a count with zeros", "row 2, column count: this is not a whole number", true, text("aggregates.csv", "2000,0,", "02000,0,")},
		{"a length that is too high", "row 2, column length: this is not a whole number from 0 to 3", true, text("aggregates.csv", "2000,0,", "2000,4,")},
		{"more values than the length", "column length: the row holds more values than its length says", true, text("aggregates.csv", ",1,gender,Female,,", ",1,gender,Female,age,")},
		{"two values of one column", "column column_2: the values are not of different columns", true, text("aggregates.csv", ",2,gender,Female,age,0--17,", ",2,gender,Female,gender,Male,")},
		{"an unquoted comma", "the row does not have 8 cells; is a cell with a comma not in quotes?", true, text("aggregates.csv", `"Debt, ""bondage"""`, `Debt, ''bondage''`)},
		{"a stray quote", "a quote is not where it should be", true, text("aggregates.csv", "gender,Female", `gender,Fem"ale`)},
		{"an empty line", "there is an empty line before the row", true, text("aggregates.csv", "\n2000,0,", "\n\n2000,0,")},
		{"an unknown value", "synthetic.csv: row", true, text("synthetic.csv", "North", "Atlantis")},
		{"labels in another order", "column means: the labels are not each once and in the order of manifest.json", true, func(t *testing.T, f *fixture) {
			f.replace(t, "synthetic.csv", "Cold;Withheld papers", "Withheld papers;Cold")
		}},
		{"a codebook with a wrong count", "codebook.csv: row 2, column count: this is not a whole number above 0", true, func(t *testing.T, f *fixture) {
			rows := f.rows(t, "codebook.csv")
			rows[1][7] = "many"
			f.putRows(t, "codebook.csv", rows)
		}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			f := newFixture(t)
			c.tamper(t, f)
			if c.seal {
				f.seal(t)
			}
			_, err := release.Open(f.dir)
			var bad *table.InputError
			if !errors.As(err, &bad) {
				t.Fatalf("got %v, want a *table.InputError", err)
			}
			if !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %q, want %q in it", err, c.want)
			}
			if bad.Hint() == "" || !strings.HasPrefix(bad.File, f.dir) {
				t.Errorf("file %q, hint %q", bad.File, bad.Hint())
			}
		})
	}
}

func TestOpenWrongFolder(t *testing.T) {
	f := newFixture(t)
	for name, want := range map[string]string{
		filepath.Join(f.dir, "nothing"):    "there is no such folder",
		filepath.Join(f.dir, "README.txt"): "this is not a folder that can be opened",
		t.TempDir():                        "this is no release",
	} {
		if _, err := release.Open(name); err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), name) {
			t.Errorf("got %v, want %q", err, want)
		}
	}
}

// TestOpenLinks: a link could make the check read one file and the reader another.
func TestOpenLinks(t *testing.T) {
	if runtime.GOOS == "windows" {
		return // links need rights there
	}
	f := newFixture(t)
	readme := filepath.Join(f.dir, release.ReadmeFile)
	outside := filepath.Join(t.TempDir(), "readme")
	if err := os.Rename(readme, outside); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(outside, readme); err != nil {
		t.Fatal(err)
	}
	if _, err := release.Open(f.dir); err == nil || !strings.Contains(err.Error(), "not an ordinary file") {
		t.Errorf("got %v", err)
	}
}

func TestOpenExtra(t *testing.T) {
	f := newFixture(t)
	f.put(t, "notes.txt", nil)
	f.put(t, ".hidden", nil)
	if err := os.Mkdir(filepath.Join(f.dir, "old"), 0o755); err != nil {
		t.Fatal(err)
	}
	if b := f.open(t); !slices.Equal(b.Extra, []string{".hidden", "notes.txt", "old/"}) {
		t.Errorf("extra are %q", b.Extra)
	}
}

// TestOpenOneColumn: blank records of a single column are lines, not empty lines, which readers of CSV pass over.
func TestOpenOneColumn(t *testing.T) {
	p := parse(t, "version: 1\ntitle: T\nprotection: {k: 5, length: 1}\ncolumns:\n  gender: category\n")
	rows := [][]string{{"gender", "x"}} // the second column keeps blank rows in the input
	for i := range 40 {
		rows = append(rows, []string{[]string{"", "f"}[i%2], "x"})
	}
	p.IgnoreUnlisted = true
	f := &fixture{dir: t.TempDir(), policy: p, sensitive: fixtureTable(t, p, rows)}
	f.write(t, writeRelease(t, f, nil, false))
	if b := f.open(t); b.Synthetic.People() != 40 || b.Synthetic.Len() != 2 {
		t.Errorf("%d records, %d of them different", b.Synthetic.People(), b.Synthetic.Len())
	}
	if failed := f.verify(t, release.VerifyOptions{Sensitive: f.sensitive, Policy: p}); failed != nil {
		t.Errorf("failed are %q", failed)
	}
}
