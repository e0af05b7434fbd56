package release_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/opencovey/covey/release"
	"github.com/opencovey/covey/table"
)

// policyCase is a case of a file in testdata/policy; errors_top.txt says how one is written.
type policyCase struct {
	name, policy, want string
	schema             bool // marked with [schema]
}

func policyCases(t testing.TB, file string) []policyCase {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("testdata", "policy", file))
	if err != nil {
		t.Fatal(err)
	}
	var cases []policyCase
	for _, part := range strings.Split("\n"+string(text), "\n== ")[1:] {
		head, rest, _ := strings.Cut(part, "\n")
		policy, want, ok := strings.Cut("\n"+rest, "\n-- want")
		if !ok {
			t.Fatalf("%s: case %q has no -- want", file, head)
		}
		c := policyCase{policy: strings.TrimPrefix(policy, "\n") + "\n", want: strings.TrimSpace(want)}
		c.name, c.schema = strings.CutSuffix(head, " [schema]")
		cases = append(cases, c)
	}
	return cases
}

var errorFiles = []string{"errors_top.txt", "errors_columns.txt", "errors_differential.txt", "errors_yaml.txt"}

func TestParsePolicyErrors(t *testing.T) {
	for _, file := range errorFiles {
		for _, c := range policyCases(t, file) {
			t.Run(c.name, func(t *testing.T) {
				policy, err := release.ParsePolicy("p.yaml", strings.NewReader(c.policy))
				var bad *release.PolicyError
				if !errors.As(err, &bad) {
					t.Fatalf("got policy %v and error %v, want a *PolicyError", policy, err)
				}
				if got := strings.ReplaceAll(err.Error(), "p.yaml:", ""); got != c.want {
					t.Errorf("got\n%s\nwant\n%s", got, c.want)
				}
			})
		}
	}
}

// Files that cannot stand in a text file of cases.
func TestParsePolicyBytes(t *testing.T) {
	const head = "version: 1\ntitle: Cases\n"
	tests := map[string]struct{ policy, want string }{
		"empty":   {"", "p.yaml:1:1: the policy is empty; start from the draft that covey inspect writes"},
		"latin-1": {head + "publisher: Mis\xe9ricorde\n", "p.yaml:3:15: a character is not UTF-8; save the policy as UTF-8"},
		"UTF-16":  {"\xff\xfev\x00e\x00", "p.yaml:1:1: the policy is in UTF-16; save it as UTF-8"},
		"control": {head + "# é\x00\n", "p.yaml:3:4: an invisible control character (U+0000); remove it"},
		"columns in runes": {"title: Ünïcödé: x\n", "p.yaml:1:15: a colon that does not belong here; " +
			"put a text that contains a colon in quotes, and start keys of one group in the same column"},
		"too large": {head + strings.Repeat("#", 1<<20), "p.yaml:1:1: the policy is larger than 1 MiB; is this the policy, and not the file of records?"},
		"deep":      {head + "columns: " + strings.Repeat("[", 20000), "p.yaml:3:10010: groups and lists are nested too deeply; a policy needs four levels"},
	}
	for name, c := range tests {
		t.Run(name, func(t *testing.T) {
			_, err := release.ParsePolicy("p.yaml", strings.NewReader(c.policy))
			if err == nil || err.Error() != c.want {
				t.Errorf("got  %v\nwant %s", err, c.want)
			}
		})
	}
}

// Editors on Windows put a byte order mark in front, and two characters at the end of a line.
func TestParsePolicyWindows(t *testing.T) {
	const text = "version: 1\ntitle: Cases\ndescription: |\n  One.\n  Two.\ncolumns:\n  sex: category\n"
	got := parse(t, "\ufeff"+strings.ReplaceAll(text, "\n", "\r\n"))
	if want := parse(t, text); !reflect.DeepEqual(got, want) {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
}

// A small file of aliases of aliases must neither take long nor much memory.
func TestParsePolicyAliasBomb(t *testing.T) {
	var bomb strings.Builder
	bomb.WriteString("version: 1\ntitle: Cases\na0: &a0 [x, x, x, x, x, x, x, x, x, x]\n")
	for i := range 20 {
		fmt.Fprintf(&bomb, "a%d: &a%d [%s]\n", i+1, i+1, strings.Repeat(fmt.Sprintf("*a%d, ", i), 10))
	}
	_, err := release.ParsePolicy("p.yaml", strings.NewReader(bomb.String()))
	var bad *release.PolicyError
	if !errors.As(err, &bad) {
		t.Fatalf("got error %v, want a *PolicyError", err)
	}
	if len(bad.Problems) > 100 {
		t.Errorf("got %d problems, want at most 100", len(bad.Problems))
	}
}

func TestParsePolicyReader(t *testing.T) {
	broken := errors.New("disk is broken")
	_, err := release.ParsePolicy("p.yaml", iotest.ErrReader(broken))
	if !errors.Is(err, broken) || err.Error() != "read policy p.yaml: disk is broken" {
		t.Errorf("got %v", err)
	}
}

func TestPolicyErrorHint(t *testing.T) {
	one := &release.PolicyError{File: "p.yaml", Problems: []release.Problem{{Line: 1, Column: 2, Text: "wrong"}}}
	two := &release.PolicyError{File: "p.yaml", Problems: append(one.Problems, release.Problem{Line: 3, Column: 4, Text: "bad", Hint: "mend"})}
	if got, want := two.Error(), "p.yaml:1:2: wrong\np.yaml:3:4: bad; mend"; got != want {
		t.Errorf("Error: got %q, want %q", got, want)
	}
	if got := one.Hint(); !strings.HasPrefix(got, "correct the place named above;") {
		t.Errorf("Hint of one: got %q", got)
	}
	if got := two.Hint(); !strings.HasPrefix(got, "correct the 2 places named above;") {
		t.Errorf("Hint of two: got %q", got)
	}
}

func TestPolicyEncode(t *testing.T) {
	for _, c := range policyCases(t, "canonical.txt") {
		t.Run(c.name, func(t *testing.T) {
			policy := parse(t, c.policy)
			got, err := policy.Encode()
			if err != nil {
				t.Fatal(err)
			}
			if strings.TrimSpace(string(got)) != c.want {
				t.Errorf("got\n%s\nwant\n%s", got, c.want)
			}
			if again := parse(t, string(got)); !reflect.DeepEqual(policy, again) {
				t.Errorf("read back:\ngot  %+v\nwant %+v", again, policy)
			}
		})
	}
}

// What a program may put into a policy and a file may not hold.
func TestPolicyEncodeErrors(t *testing.T) {
	tests := map[string]struct {
		change func(*release.Policy)
		want   string
	}{
		"no title":   {func(p *release.Policy) { p.Title = "" }, "title is missing"},
		"no columns": {func(p *release.Policy) { p.Columns = nil }, "columns is missing"},
		"k of one":   {func(p *release.Policy) { p.Protection.K = 1 }, "k is 1"},
		"layout":     {func(p *release.Policy) { p.Columns[0].Layouts = []string{time.RFC1123} }, "cannot be written"},
		"UTF-8":      {func(p *release.Policy) { p.Title = "\xff" }, "not UTF-8"},
	}
	for name, c := range tests {
		t.Run(name, func(t *testing.T) {
			p := parse(t, "{version: 1, title: T, columns: {day: {kind: date, every: year}}}")
			c.change(p)
			if _, err := p.Encode(); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want an error with %q", err, c.want)
			}
		})
	}
}

// The zero values of what has defaults are left out of the file.
func TestPolicyEncodeZero(t *testing.T) {
	p := &release.Policy{Title: "T", Columns: []release.PolicyColumn{{Field: table.Field{Name: strings.Repeat("long ", 900) + "."}}}}
	text, err := p.Encode()
	if err != nil {
		t.Fatal(err)
	}
	want := *p
	want.Version = release.PolicyVersion
	want.Protection = release.Protection{Method: release.MethodKAnonymity, K: release.DefaultK, Length: release.DefaultLength}
	if got := parse(t, string(text)); !reflect.DeepEqual(got, &want) {
		t.Errorf("got  %+v\nwant %+v", got, &want)
	}
}

func TestPolicySchema(t *testing.T) {
	p := parse(t, `
version: 1
title: Cases
input: {format: csv, delimiter: ";", encoding: utf-16le, limits: {values: 50, bytes: 1KiB}}
subject: case_id
conflicts: first
blanks: [{text: "-99", reason: not recorded}, {text: Unknown, reason: unknown, keep: true}]
columns:
  gender: category
  means: {kind: many, delimiter: "|", map: {Physical abuse: Physical Abuse}, values: {Debt: Debt bondage, Physical Abuse: }, other: Other}
  age: {kind: number, bins: [0, 9, 18], labels: [a, b, c], blanks: [N]}
  registered: {kind: date, every: year, formats: [DD/MM/YYYY]}
  closed: {kind: date, bins: [2010, 2012-05]}
  citizenship: country
  isForcedLabour: {kind: flag, yes: [1], no: [0], keep_no: true, conflicts: any}
  case_id: ignore
  notes: ignore
`)
	want := table.Schema{
		Fields: []table.Field{
			{Name: "gender", Kind: table.Category},
			{
				Name: "means", Kind: table.Many, Delimiter: "|", Map: map[string]string{"Physical abuse": "Physical Abuse"},
				Values: []string{"Debt", "Physical Abuse"}, Other: "Other",
			},
			{
				Name: "age", Kind: table.Number, Bins: table.Bins{Numbers: []float64{0, 9, 18}, Labels: []string{"a", "b", "c"}},
				Blanks: []table.Blank{{Text: "N", Reason: "N"}},
			},
			{Name: "registered", Kind: table.Date, Bins: table.Bins{Every: table.Year}, Layouts: []string{"02/01/2006"}},
			{Name: "closed", Kind: table.Date, Bins: table.Bins{Dates: []time.Time{
				time.Date(2010, 1, 1, 0, 0, 0, 0, time.UTC), time.Date(2012, 5, 1, 0, 0, 0, 0, time.UTC),
			}}},
			{Name: "citizenship", Kind: table.Country},
			{Name: "isForcedLabour", Kind: table.Flag, Yes: []string{"1"}, No: []string{"0"}, KeepNo: true, Conflict: table.AnyYes},
		},
		Blanks:   []table.Blank{{Text: "-99", Reason: "not recorded"}, {Text: "Unknown", Reason: "unknown", Keep: true}},
		Subject:  "case_id",
		Conflict: table.First,
		Ignore:   []string{"case_id", "notes"},
		Closed:   true,
	}
	if got := p.Schema(); !reflect.DeepEqual(got, want) {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
	format := table.Format{Encoding: table.UTF16LE, Delimiter: ';', Limits: table.Limits{Values: 50, Bytes: 1024}}
	if got := p.Input.TableFormat(); got != format {
		t.Errorf("format: got %+v, want %+v", got, format)
	}
}

func TestPolicyColumn(t *testing.T) {
	p := parse(t, "{version: 1, title: T, columns: {sex: {label: Sex, values: {1: Male, 2: }}, age: flag, notes: ignore}}")
	sex := p.Column("sex")
	if sex == nil || p.Column("Sex") != nil {
		t.Fatal("Column finds columns by their header alone")
	}
	got := []string{
		sex.DisplayName(), sex.ValueLabel("1"), sex.ValueLabel("2"), sex.ValueLabel("3"), sex.KindName(),
		p.Column("age").DisplayName(), p.Column("notes").KindName(),
	}
	if want := []string{"Sex", "Male", "2", "3", "category", "age", "ignore"}; !reflect.DeepEqual(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestDateLayout(t *testing.T) {
	tests := map[string]string{
		"YYYY-MM-DD": "2006-01-02", "DD/MM/YYYY": "02/01/2006", "D.M.YYYY": "2.1.2006", "YYYYMMDD": "20060102",
		"DD-MMM-YYYY": "02-Jan-2006", "D MMMM YYYY": "2 January 2006", "YYYY-MM-DDThh:mm:ssZ": "2006-01-02T15:04:05Z",
		"YYYY": "2006", "MM/YYYY": "01/2006", "YYYY年M月D日": "2006年1月2日", "YYYY_MM_DD": "2006_01_02",
	}
	for format, want := range tests {
		layout, err := release.DateLayout(format)
		if err != nil || layout != want {
			t.Errorf("layout of %q: got %q and error %v, want %q", format, layout, err, want)
			continue
		}
		if back, err := release.DateFormat(layout); err != nil || back != format {
			t.Errorf("format of %q: got %q and error %v, want %q", layout, back, err, format)
		}
	}
}

func TestEditDistance(t *testing.T) {
	for _, c := range []struct {
		a, b string
		want int
	}{{"", "", 0}, {"", "abc", 3}, {"title", "titel", 1}, {"kind", "knid", 1}, {"bins", "bin", 1}, {"every", "never", 2}, {"abc", "xyz", 3}} {
		if got := release.EditDistance(c.a, c.b); got != c.want {
			t.Errorf("%q, %q: got %d, want %d", c.a, c.b, got, c.want)
		}
		if got := release.EditDistance(c.b, c.a); got != c.want {
			t.Errorf("%q, %q: got %d, want %d", c.b, c.a, got, c.want)
		}
	}
}

func parse(t testing.TB, text string) *release.Policy {
	t.Helper()
	p, err := release.ParsePolicy("p.yaml", strings.NewReader(text))
	if err != nil {
		t.Fatalf("%v\nin\n%s", err, text)
	}
	return p
}
