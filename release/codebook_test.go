package release

import (
	"bytes"
	"crypto/sha256"
	"encoding/csv"
	"encoding/hex"
	"flag"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/opencovey/covey/marginal"
	"github.com/opencovey/covey/synth/kanon"
	"github.com/opencovey/covey/table"
)

var update = flag.Bool("update", false, "rewrite the expected files in testdata/book")

// book is a release made of testdata/book, and the files that describe it.
type book struct {
	manifest *Manifest
	codebook *codebook
	files    map[string][]byte
}

// makeBook makes the release of testdata/book, with each line of people multiplied if times is above 1.
func makeBook(t testing.TB, times int) *book {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("testdata", "book", "policy.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	p, err := ParsePolicy("policy.yaml", bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	people, err := os.ReadFile(filepath.Join("testdata", "book", "people.txt"))
	if err != nil {
		t.Fatal(err)
	}
	return writeBook(t, p, readRecords(t, p, bookRecords(t, string(people), times)))
}

// bookRecords writes a row for each of the people, with an identifier and a note that are not released.
func bookRecords(t testing.TB, people string, times int) string {
	t.Helper()
	out := "canarySubject,canaryNotes,gender,age,registered,citizenship,means,isLabour,isMarriage,isOther,remarks,empty\n"
	for line := range strings.Lines(people) {
		number, row, _ := strings.Cut(line, " ")
		if number == "#" {
			continue
		}
		n, err := strconv.Atoi(number)
		if err != nil {
			t.Fatal(err)
		}
		for range n * times {
			out += fmt.Sprintf("canaryID%d,canaryNote,%s", strings.Count(out, "\n"), row)
		}
	}
	return out
}

func readRecords(t testing.TB, p *Policy, records string) *table.Table {
	t.Helper()
	rows, err := table.OpenCSV(strings.NewReader(records), "people.csv", table.Format{})
	if err != nil {
		t.Fatal(err)
	}
	sensitive, _, err := table.Read(t.Context(), rows, p.Schema(), table.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return sensitive
}

// writeBook makes a release of a table and writes the files of this part of the package, after the two that they speak of.
func writeBook(t testing.TB, p *Policy, sensitive *table.Table) *book {
	t.Helper()
	k := p.Protection.K
	exact, err := marginal.Count(t.Context(), sensitive, marginal.Options{Length: p.Protection.Length, Threshold: k})
	if err != nil {
		t.Fatal(err)
	}
	counts, err := kanon.Protect(exact, k)
	if err != nil {
		t.Fatal(err)
	}
	synthetic, err := kanon.Synthesize(t.Context(), sensitive, k, kanon.Options{})
	if err != nil {
		t.Fatal(err)
	}
	m, err := newManifest(&Release{Policy: p, Counts: counts, Synthetic: synthetic, software: "covey test"})
	if err != nil {
		t.Fatal(err)
	}
	b := &book{manifest: m, codebook: newCodebook(m, counts, sensitive, p), files: map[string][]byte{}}
	for _, step := range []struct {
		name  string
		write func(io.Writer) error
	}{
		{SyntheticFile, func(w io.Writer) error { return WriteRecords(w, synthetic, p) }},
		{AggregatesFile, func(w io.Writer) error { return WriteAggregates(w, counts) }},
		{CodebookFile, b.codebook.writeCSV},
		{CodebookPage, b.codebook.writePage},
		{DataPackageFile, func(w io.Writer) error { return writeDataPackage(w, m) }},
		{ReadmeFile, func(w io.Writer) error { return writeReadme(w, m, false) }},
	} {
		var out bytes.Buffer
		if err := step.write(&out); err != nil {
			t.Fatalf("write %s: %v", step.name, err)
		}
		b.files[step.name] = bytes.Clone(out.Bytes())
		hash := sha256.Sum256(out.Bytes())
		m.Files = append(m.Files, ManifestFileEntry{step.name, int64(out.Len()), hex.EncodeToString(hash[:])})
	}
	return b
}

// TestBookFiles compares the files with those in testdata/book, which a person has read. Run it with -update to rewrite them, and
// look at the difference.
func TestBookFiles(t *testing.T) {
	b, again := makeBook(t, 1), makeBook(t, 1)
	for _, name := range []string{CodebookFile, CodebookPage, DataPackageFile, ReadmeFile} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join("testdata", "book", name)
			if *update {
				if err := os.WriteFile(path, b.files[name], 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if !bytes.Equal(b.files[name], want) {
				t.Errorf("%s is not as expected; run go test -update and read the difference. It begins\n%s",
					path, firstDifference(string(b.files[name]), string(want)))
			}
			if !bytes.Equal(b.files[name], again.files[name]) {
				t.Error("made twice, the file differs")
			}
		})
	}
}

func firstDifference(got, want string) string {
	a, b := strings.Split(got, "\n"), strings.Split(want, "\n")
	for i := range min(len(a), len(b)) {
		if a[i] != b[i] {
			return fmt.Sprintf("in line %d: got\n%s\nwant\n%s", i+1, a[i], b[i])
		}
	}
	return fmt.Sprintf("with %d lines, want %d", len(a), len(b))
}

// canaries finds the words of the test release that must not be published.
func canaries(files map[string][]byte) []string {
	var found []string
	for name, data := range files {
		for _, word := range []string{"canary", "-99", "KIR", "Kiribati"} {
			if bytes.Contains(data, []byte(word)) {
				found = append(found, name+": "+word)
			}
		}
	}
	slices.Sort(found)
	return found
}

// TestCanary proves that what is in the policy or in the records, and is not to be released, is in no file: identifiers, notes,
// spellings, texts for blanks, reasons, codes and labels that fewer than k people have. The mutant has every person ten times,
// so that rare things are no longer rare: there the same check must find them.
func TestCanary(t *testing.T) {
	for _, found := range canaries(makeBook(t, 1).files) {
		t.Error("published in " + found)
	}
	found := strings.Join(canaries(makeBook(t, 10).files), "\n")
	for _, name := range []string{CodebookFile, CodebookPage, DataPackageFile} {
		if !strings.Contains(found, name+": canary") || !strings.Contains(found, name+": Kiribati") {
			t.Errorf("the check does not see what is published in %s:\n%s", name, found)
		}
	}
}

// TestCodebookProtected checks every number of codebook.csv: a multiple of k, at least k, at most the number of people, and no part
// greater than its whole.
func TestCodebookProtected(t *testing.T) {
	b := makeBook(t, 1)
	rows, err := csv.NewReader(bytes.NewReader(b.files[CodebookFile])).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	groups, column := map[string]int{}, 0
	for _, row := range rows[1:] {
		kind, group, value, count := row[2], row[3], row[5], row[7]
		n, err := strconv.Atoi("0" + count)
		if err != nil {
			t.Fatal(err)
		}
		if n%10 != 0 || count == "0" || n > b.manifest.People {
			t.Errorf("count %q in %q", count, row)
		}
		switch {
		case kind == codebookGroupKind:
			groups[group] = n
		case value == "":
			column = n
		case kind != codebookBlankKind && n > column:
			t.Errorf("more people have the value than the column, %d: %q", column, row)
		}
		if group != "" && kind != codebookBlankKind && n > groups[group] {
			t.Errorf("more people have a part than the group, %d: %q", groups[group], row)
		}
	}
}

// TestCodebookTotals compares what is published with a rule written out, on random tables. No difference between the published total
// of a column and the people who have one of its released values is from 1 to k-1 people.
func TestCodebookTotals(t *testing.T) {
	const k = 5
	random := rand.New(rand.NewPCG(1, 2))
	for range 200 {
		columns := []table.Column{
			{Name: "a", Field: "a", Values: []string{"p", "q", "r"}},
			{Name: "b: x", Field: "b", Label: "x", Kind: table.Many, Values: []string{"x"}},
			{Name: "b: y", Field: "b", Label: "y", Kind: table.Many, Values: []string{"y"}},
		}
		build := table.NewBuilder(columns)
		for range 1 + random.IntN(8) {
			build.Add([]uint16{uint16(random.IntN(4)), uint16(random.IntN(2)), uint16(random.IntN(2))}, 1+random.IntN(9))
		}
		sensitive := build.Table()
		if sensitive.People() < k {
			continue
		}
		exact, err := marginal.Count(t.Context(), sensitive, marginal.Options{Length: 1, Threshold: k})
		if err != nil {
			t.Fatal(err)
		}
		counts, err := kanon.Protect(exact, k)
		if err != nil {
			t.Fatal(err)
		}
		m := &Manifest{People: counts.People(), Protection: ManifestProtection{K: k}}
		for _, name := range []string{"a", "b"} {
			c := ManifestColumn{Name: name, Group: "g"}
			for combination := range counts.All(1) {
				if column, value := counts.Name(combination[0]); column == name {
					c.Values = append(c.Values, ManifestValue{Value: value})
				}
			}
			m.Columns = append(m.Columns, c)
		}
		got := newCodebook(m, counts, sensitive, &Policy{})
		checkTotal(t, sensitive, exact, k, got.columns[0].people, 0)
		checkTotal(t, sensitive, exact, k, got.columns[1].people, 1, 2)
		if g := got.groups[0].people; g < max(got.columns[0].people, got.columns[1].people) || g > m.People || g%k != 0 {
			t.Errorf("group of %d people, columns of %d and %d, %d in all", g, got.columns[0].people, got.columns[1].people, m.People)
		}
	}
}

// checkTotal counts who has any value, and who a released one, in some columns of a table.
func checkTotal(t *testing.T, sensitive *table.Table, exact *marginal.Counts, k, got int, columns ...int) {
	t.Helper()
	all, shown := 0, 0
	for row, people := range sensitive.Rows() {
		has, shows := false, false
		for _, i := range columns {
			has = has || row[i] != 0
			shows = shows || row[i] != 0 && exact.Get(marginal.Attribute{Column: i, Code: row[i]}) >= k
		}
		if has {
			all += people
		}
		if shows {
			shown += people
		}
	}
	want := all
	if all-shown < k {
		want = shown
	}
	if want -= want % k; got != want {
		t.Errorf("%d people have a value, %d a released one: published %d, want %d", all, shown, got, want)
	}
}

// TestProtectBlanks shares people out at random to a value and to reasons of blankness. Nothing published may prove that there is
// somebody in none of the numbers shown while these are fewer than k; the mutant, which leaves nothing out, does.
func TestProtectBlanks(t *testing.T) {
	const k = 5
	random := rand.New(rand.NewPCG(3, 4))
	proves := func(blanks, shown []table.BlankCount, people, total int) bool {
		rest, least := people, people-people%k
		if total >= k {
			rest, least = rest-total, least-(total-total%k+k-1)
		}
		for _, b := range blanks {
			if slices.ContainsFunc(shown, func(s table.BlankCount) bool { return s.Reason == b.Reason }) {
				rest, least = rest-b.People, least-(b.People-b.People%k+k-1)
			}
		}
		return len(shown) > 0 && least > 0 && rest > 0 && rest < k // without a reason shown, the rest may well be blank
	}
	mutant := 0
	for range 5000 {
		total := random.IntN(3 * k)
		people := total + random.IntN(k) // some have a value that is too rare
		var blanks, all []table.BlankCount
		for _, reason := range []string{"p", "q", "r"}[:random.IntN(4)] {
			b := table.BlankCount{Reason: reason, People: 1 + random.IntN(3*k)}
			if blanks = append(blanks, b); b.People >= k {
				all = append(all, b)
			}
			people += b.People
		}
		shown := protectBlanks(blanks, people, total, k)
		for _, b := range shown {
			if b.People < k || b.People%k != 0 {
				t.Fatalf("published %v", b)
			}
		}
		if proves(blanks, shown, people, total) {
			t.Fatalf("of %d people %d have a value, the others %v; published %v", people, total, blanks, shown)
		}
		if len(shown) < len(all)-1 {
			t.Fatalf("of %v only %v are published", blanks, shown)
		}
		if proves(blanks, all, people, total) {
			mutant++
		}
	}
	if mutant == 0 {
		t.Error("the check sees nothing")
	}
}

// TestCodebookWithheld takes a value out of a release though many people have it. It must not show in a total either.
func TestCodebookWithheld(t *testing.T) {
	build := table.NewBuilder([]table.Column{{Name: "a", Field: "a", Values: []string{"p", "q", "r"}}})
	for code, people := range []int{30, 100, 40, 20} {
		build.Add([]uint16{uint16(code)}, people)
	}
	sensitive := build.Table()
	exact, err := marginal.Count(t.Context(), sensitive, marginal.Options{Length: 1, Threshold: 10})
	if err != nil {
		t.Fatal(err)
	}
	counts, err := kanon.Protect(exact, 10)
	if err != nil {
		t.Fatal(err)
	}
	m := &Manifest{
		People: 190, Protection: ManifestProtection{K: 10},
		Columns: []ManifestColumn{{Name: "a", Group: "g", Values: []ManifestValue{{Value: "p"}, {Value: "r"}}}},
	}
	b := newCodebook(m, counts, sensitive, &Policy{})
	if got := []int{b.columns[0].people, b.groups[0].people}; !slices.Equal(got, []int{120, 120}) {
		t.Errorf("totals are %d", got)
	}
}

func TestShare(t *testing.T) {
	for _, c := range []struct {
		part, whole int
		want        string
	}{
		{0, 10, "0\u00a0%"}, {10, 10, "100\u00a0%"}, {10, 30, "33\u00a0%"}, {10, 10000, "<1\u00a0%"}, {9990, 10000, ">99\u00a0%"}, {0, 0, "–"},
	} {
		if got := share(c.part, c.whole); got != c.want {
			t.Errorf("%d of %d: got %q, want %q", c.part, c.whole, got, c.want)
		}
	}
}

func TestGrouped(t *testing.T) {
	for n, want := range map[int]string{0: "0", 999: "999", 1000: "1,000", 19990: "19,990", 1234567: "1,234,567"} {
		if got := grouped(n); got != want {
			t.Errorf("%d: got %q, want %q", n, got, want)
		}
	}
}
