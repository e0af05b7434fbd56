package release_test

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/opencovey/covey/internal/testenv"
	"github.com/opencovey/covey/release"
	"github.com/opencovey/covey/table"
)

// profile looks a CSV file over.
func profile(t testing.TB, text string, o table.ProfileOptions) []table.ColumnProfile {
	t.Helper()
	rows, err := table.OpenCSV(strings.NewReader(text), "cases.csv", table.Format{})
	if err != nil {
		t.Fatal(err)
	}
	columns, err := table.ProfileRows(t.Context(), rows, o)
	if err != nil {
		t.Fatal(err)
	}
	return columns
}

// draftOf drafts a policy for a CSV file, checks that the file can be read by it, and returns both forms.
func draftOf(t testing.TB, text string, o release.DraftOptions) (string, *release.Policy) {
	t.Helper()
	var out bytes.Buffer
	if err := release.Draft(&out, "folder/cases.csv.gz", profile(t, text, table.ProfileOptions{}), o); err != nil {
		t.Fatalf("%v\n%s", err, &out)
	}
	policy, err := release.ParsePolicy("draft", bytes.NewReader(out.Bytes()))
	if err != nil {
		t.Fatalf("%v\n%s", err, &out)
	}
	rows, err := table.OpenCSV(strings.NewReader(text), "cases.csv", table.Format{})
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := table.Read(t.Context(), rows, policy.Schema(), table.Options{}); err != nil {
		t.Fatalf("read by the draft: %v\n%s", err, &out)
	}
	return out.String(), policy
}

// csvOf writes a header and n rows made by row.
func csvOf(header string, n int, row func(i int) string) string {
	var b strings.Builder
	b.WriteString(header + "\n")
	for i := range n {
		b.WriteString(row(i) + "\n")
	}
	return b.String()
}

func TestDraftGuesses(t *testing.T) {
	text := csvOf("case_id,age,sex,means,seen,from,hurt,note,empty", 200, func(i int) string {
		sex := []string{"Female", "Male", "female", "Unknown"}[min(i%5, 3)]
		means := []string{"Threats;Debt", "Debt", "Threats; Debt;Other", "-99"}[i%4]
		return fmt.Sprintf("c%d,%d,%s,%s,%02d/%02d/20%02d,%s,%d,%s,", i*9/10, i%70, sex, means, 13+i%15, 1+i%12, 10+i%9,
			[]string{"KEN", "Kenya", "UG", "TZ"}[i%4], i%2, strings.Repeat("a long story ", 20)+fmt.Sprint(i))
	})
	draft, policy := draftOf(t, text, release.DraftOptions{})
	for _, want := range []string{
		"version: 1\ntitle: cases #",
		"\nsubject: case_id\n", "\nconflicts: blank\n", "  - {text: Unknown, reason: unknown}\n", `  - {text: "-99", reason: not recorded}`,
		"\nprotection: {method: k-anonymity, k: 10, length: 3}\n",
		"\n  case_id: ignore # the subject is never released\n",
		"\n  age:\n    kind: number\n    bins: [0, 9, 18, 21, 24, 27, 30, 39, 48] # lower edge of each class: those of CTDC\n",
		"\n  # values: Female, Male, female\n  sex:\n    kind: category\n    map: # the left side without regard to case\n      Female: Female\n",
		"\n  means:\n    kind: many\n    delimiter: \";\"\n",
		"\n  seen:\n    kind: date\n    formats: [DD/MM/YYYY]\n    every: year #",
		"\n  from: country\n", "\n  hurt:\n    kind: flag\n    conflicts: any\n", "\n  note: ignore # free text\n",
		"\n  empty: ignore # there is nothing in it\n",
	} {
		if !strings.Contains(draft, want) {
			t.Errorf("the draft lacks %q", want)
		}
	}
	if policy.Title != "cases" || policy.Protection.K != 10 || t.Failed() {
		t.Log(draft)
	}
}

// TestDraftNamesNoRareValue has values of which each kind of column holds a rare and a frequent one.
func TestDraftNamesNoRareValue(t *testing.T) {
	text := csvOf("plain,many,variant,code,place", 300, func(i int) string {
		if i < 9 { // fewer than k
			return "RarePlain,RareMany;FrequentMany,freQuent Variant,RareCode" + fmt.Sprint(i) + ",TUV"
		}
		return []string{"FrequentPlain,FrequentMany;OtherMany,Frequent Variant,C1,KEN", "Plain2,OtherMany,Frequent Variant,C2,UGA"}[i%2]
	})
	for _, o := range []release.DraftOptions{{}, {Known: map[string]release.DraftColumn{
		"plain": {Common: []string{"FrequentPlain"}}, "variant": {Common: []string{"Frequent Variant"}},
	}}} {
		draft, _ := draftOf(t, text, o)
		for _, rare := range []string{"RarePlain", "RareMany", "RareCode", "TUV", "Tuvalu", "freQuent"} {
			if strings.Contains(draft, rare) {
				t.Errorf("the draft names %s:\n%s", rare, draft)
			}
		}
		for _, want := range []string{"FrequentPlain", "      Frequent Variant: Frequent Variant"} {
			if !strings.Contains(draft, want) {
				t.Errorf("the draft lacks %q:\n%s", want, draft)
			}
		}
	}
	// With people counted, what many rows of few people hold is rare.
	draft, _ := draftOf(t, text, release.DraftOptions{Known: map[string]release.DraftColumn{}})
	if strings.Contains(draft, "FrequentPlain") || strings.Contains(draft, "Frequent Variant") {
		t.Errorf("the draft names what fewer than k people have:\n%s", draft)
	}
	// A larger k makes more values rare.
	if draft, _ = draftOf(t, text, release.DraftOptions{K: 1000, Length: 2}); strings.Contains(draft, "Frequent") {
		t.Errorf("the draft names values below k:\n%s", draft)
	}
}

func TestDraftOfOddFiles(t *testing.T) {
	odd := []string{
		"a: b", `say "hello"`, "it's", "#1", "- x", "? y", "{a}", "[b]", "*star", "&amp", "!tag", "%", "@at", "`tick`", "|", ">", "yes", "null",
		"1", "1.5", "2020-01-01", "~", "Ünïcødé", "年齢", "العمر", "e\u0301", "a\tb", "new\nline", "back\\slash", "esc\x1b[2J", "\u202eturned",
		"x\u2028y", "x\u0085y", "\ufffd", "emoji 👩‍👧", "comma, colon: hash # quote ' \"", "<<", "=", "a #b", "key:", strings.Repeat("long ", 300), "version", "columns",
	}
	var header, row strings.Builder
	for i, name := range odd {
		fmt.Fprintf(&header, ",\"%s\"", strings.ReplaceAll(name, `"`, `""`))
		fmt.Fprintf(&row, ",\"%s\"", strings.ReplaceAll(odd[(i+1)%len(odd)], `"`, `""`))
	}
	texts := map[string]string{
		"headers":                   csvOf("x"+header.String(), 20, func(i int) string { return fmt.Sprint(i%2) + row.String() }),
		"one column of identifiers": csvOf("id", 50, func(i int) string { return fmt.Sprint("a", i) }),
		"one row":                   "a,b\n1,2\n",
		"all blank":                 "a,b\n,\n,\n",
		"many values":               csvOf("town,x", 3000, func(i int) string { return fmt.Sprintf("town %d,1", i/2) }),
		"Namibia":                   csvOf("c,d", 90, func(i int) string { return []string{"NA,N/A", "ZA,NA", "BW,x", "KE,x"}[i%4] }),
		"negative numbers":          csvOf("n,m", 100, func(i int) string { return fmt.Sprintf("%d,%s", 9-i, []string{"-9", "a", "b"}[i%3]) }),
		"blank words":               csvOf("a,b", 30, func(i int) string { return []string{"UNKNOWN,n/a", "unknown,N/A", "x,y"}[i%3] }),
		"labels over lines":         csvOf("m,n", 60, func(i int) string { return "\"a\nb\nc\"," + fmt.Sprint(i%3) }),
		"long texts":                csvOf("t,u", 12, func(i int) string { return strings.Repeat("z", 5000) + fmt.Sprint(i) + ",1" }),
		"numbers with a stray":      csvOf("n", 200, func(i int) string { return fmt.Sprint(i % 97) }),
	}
	for name, text := range texts {
		t.Run(name, func(t *testing.T) { draftOf(t, text, release.DraftOptions{}) })
	}
}

func TestDraftOfOddNames(t *testing.T) {
	columns := profile(t, "a,b\nx,1\n", table.ProfileOptions{})
	for _, name := range []string{"", ".", "..csv", "a\nb.csv", "# x.csv", "\x1b.csv", "日本.csv", `C:\cases.csv`, "-"} {
		var out bytes.Buffer
		if err := release.Draft(&out, name, columns, release.DraftOptions{}); err != nil {
			t.Errorf("%q: %v", name, err)
		}
		if _, err := release.ParsePolicy(name, &out); err != nil {
			t.Errorf("%q: %v", name, err)
		}
	}
	var out bytes.Buffer
	o := release.DraftOptions{Title: "Cases: 2024", K: 5, Length: 2, Known: map[string]release.DraftColumn{
		"a": {RareMisfits: true, Misfits: []string{"n:", "-"}},
	}}
	if err := release.Draft(&out, "x.csv", columns, o); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		`title: "Cases: 2024" #`, "k: 5, length: 2", "# Some cells cannot be read as a flag.",
		"  a:\n    kind: flag\n    blanks:\n      - {text: \"n:\", reason: not a flag}\n      - {text: \"-\", reason: not a flag}\n",
	} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("the draft lacks %q:\n%s", want, &out)
		}
	}
}

// TestDraftOfTheExample reads the committed file, in which people have several rows and sources their own spellings.
func TestDraftOfTheExample(t *testing.T) {
	text, err := os.ReadFile(filepath.Join(testenv.ModuleRoot(t), "examples", "cases.csv"))
	if err != nil {
		t.Fatal(err)
	}
	draft, policy := draftOf(t, string(text), release.DraftOptions{})
	if policy.Subject != "case_id" || len(policy.Columns) < 25 || len(policy.Blanks) < 4 {
		t.Errorf("the draft is poor:\n%s", draft)
	}
}

func FuzzDraft(f *testing.F) {
	f.Add("a,b\n1,x\n2,y\n", 2)
	f.Add("\"a: b\",\"#\"\n-99,\"x;y\"\nNA,y\n", 10)
	f.Add("id,d\n1,01/02/2020\n1,02/02/2020\n", 3)
	f.Fuzz(func(t *testing.T, text string, k int) {
		rows, err := table.OpenCSV(strings.NewReader(text), "cases.csv", table.Format{})
		if err != nil {
			t.Skip()
		}
		columns, err := table.ProfileRows(t.Context(), rows, table.ProfileOptions{})
		if err != nil {
			t.Skip()
		}
		var out bytes.Buffer
		if err := release.Draft(&out, text, columns, release.DraftOptions{K: 2 + k&0xff}); err != nil {
			t.Fatalf("%v\n%s", err, &out)
		}
	})
}
