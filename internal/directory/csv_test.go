package directory_test

import (
	"bytes"
	"encoding/csv"
	"io"
	"strings"
	"testing"
	"time"
	"unicode"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"github.com/opencovey/covey/internal/directory"
	"github.com/opencovey/covey/internal/directory/directorytest"
	"github.com/opencovey/covey/internal/testenv"
)

// sameTools compares entries as a file can hold them.
var sameTools = cmp.Options{cmpopts.EquateEmpty(), cmpopts.IgnoreFields(directory.Tool{}, "CheckedBy")}

func writeCSV(t rapid.TB, tools []directory.Tool, v *directory.Vocabulary) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := directory.WriteCSV(&b, tools, v); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func readCSV(t rapid.TB, file []byte, v *directory.Vocabulary) ([]directory.Tool, []directory.Problem) {
	t.Helper()
	tools, problems, err := directory.ReadCSV(bytes.NewReader(file), "tools.csv", v)
	if err != nil {
		t.Fatal(err)
	}
	return tools, problems
}

func TestCSVRoundTrip(t *testing.T) {
	v := openVocabulary(t)
	tools := directorytest.Generate(500, 1)
	tools = append(tools, directory.Tool{
		ID: "everything", Name: "Every; thing", OtherNames: []string{`a\b`, "c; d", `e\`}, Organisations: []string{"=cmd", "b;=c"},
		URL: "https://example.org/a,-b?c=d;=e", Description: "first line\nsecond line\n\n- a \"quoted\" one",
		Terms:   map[directory.Facet][]string{directory.UsedIn: {"TH", "world"}},
		Notes:   map[directory.Facet]string{directory.Cost: "-5 %"},
		Sources: map[string]string{"": "@home", "url": "not confirmed: from memory; see: there", "terms.made": `\;`},
		Checked: time.Date(2026, 11, 22, 13, 14, 15, 161718, time.UTC), Withdrawn: true, MergedInto: "other",
		Created: time.Date(2020, 2, 29, 0, 0, 0, 0, time.UTC), Updated: time.Date(2026, 1, 1, 0, 0, 1, 0, time.UTC), Version: 7,
	})
	file := writeCSV(t, tools, v)
	got, problems := readCSV(t, file, v)
	for _, p := range problems {
		if !p.Warning {
			t.Errorf("problem %s", p)
		}
	}
	if diff := cmp.Diff(tools, got, sameTools); diff != "" {
		t.Errorf("(-written +read)\n%s", diff)
	}
	if again := writeCSV(t, got, v); !bytes.Equal(file, again) {
		t.Error("the second file differs from the first")
	}
}

// dangerousStarts is what a text may begin with to become a formula; drawn here by
// hand and not taken from the code.
var dangerousStarts = []string{
	"=", "+", "-", "@", "\t", "\r", "\n", "'", "''", "'=", "\u200b=", "\u00a0", "\ufeff", "\u2060@", "\u00ad-", "\u3164=", "\ufe0f",
	"＝", "＠", "－", "＋", " =", "   +", "\u202f=", "\u2028", "\x00", "\x1b", "'\t", "\"=",
}

// TestCSVFormulas draws texts of what is dangerous: no cell of the file begins
// with it, however a spreadsheet splits the file, and all come back as they were.
func TestCSVFormulas(t *testing.T) {
	v := openVocabulary(t)
	piece := rapid.OneOf(rapid.SampledFrom(dangerousStarts), rapid.SampledFrom([]string{";", "; ", "\n", "\t", "x", "1+1", ",", "é", "عربي", `\`}))
	rapid.Check(t, func(t *rapid.T) {
		text := strings.Join(rapid.SliceOfN(piece, 1, 8).Draw(t, "pieces"), "")
		text = strings.Trim(strings.ReplaceAll(text, "\r\n", "\n"), " ")
		text = strings.TrimRightFunc(text, unicode.IsSpace)
		if text == "" {
			return
		}
		tool := directory.Tool{ID: "x", Name: "x", Description: text, Notes: map[directory.Facet]string{directory.Cost: text}}
		file := writeCSV(t, []directory.Tool{tool}, v)
		for _, comma := range ",;\t" {
			rows := csv.NewReader(bytes.NewReader(file))
			rows.Comma, rows.LazyQuotes, rows.FieldsPerRecord = comma, true, -1
			all, err := rows.ReadAll()
			if err != nil {
				continue // a stricter reader shows nothing at all
			}
			for _, row := range all {
				for _, cell := range row {
					if startsFormula(cell, comma != ',') {
						t.Fatalf("split at %q, %q has the cell %q", comma, text, cell)
					}
				}
			}
		}
		got, _ := readCSV(t, file, v)
		if len(got) != 1 || got[0].Description != text || got[0].Notes[directory.Cost] != text {
			t.Fatalf("%q came back as %q and %q", text, got[0].Description, got[0].Notes[directory.Cost])
		}
	})
}

// startsFormula reports whether a spreadsheet may take a cell for a formula:
// whether its first character that can be seen is one of the four signs. Where a
// file was split in a way it was not meant to be, quotation marks may be dropped.
func startsFormula(cell string, quotesDropped bool) bool {
	visible := strings.TrimLeftFunc(cell, func(r rune) bool {
		return !unicode.IsGraphic(r) || unicode.IsSpace(r) || quotesDropped && r == '"' || r == '\u3164' || r == '\ufe0f'
	})
	return visible != "" && strings.ContainsRune("=+-@＝＋－＠", []rune(visible)[0])
}

// TestCSVFormulaMutant shows that the check above finds what a writer leaves that
// looks only at the four signs at the very beginning.
func TestCSVFormulaMutant(t *testing.T) {
	naive := func(text string) string {
		if strings.ContainsRune("=+-@", []rune(text)[0]) {
			return "'" + text
		}
		return text
	}
	for _, text := range []string{"\u200b=1", " =1", "\t=1", "a;=1", "a\n=1", "a;\"=1", "＝1"} {
		found := false
		for _, comma := range ",;" {
			for _, cell := range strings.FieldsFunc(naive(text), func(r rune) bool { return comma == ';' && (r == ';' || r == '\n') }) {
				found = found || startsFormula(cell, comma != ',')
			}
		}
		if !found {
			t.Errorf("%q passes", text)
		}
	}
	for _, text := range []string{"'=1", "a=1", "'\u200b=1", "a - b"} {
		if startsFormula(text, false) {
			t.Errorf("%q is taken for a formula", text)
		}
	}
}

func TestCSVFormulaCells(t *testing.T) {
	v := openVocabulary(t)
	for text, want := range map[string]string{
		"=1+1": "'=1+1", "+4": "'+4", "-4": "'-4", "@x": "'@x", "\tx": "'\tx", "\rx": "'\rx", "\u200bx": "'\u200bx", "\ufeffx": "'\ufeffx",
		"'=1": "''=1", "'quoted'": "'quoted'", "plain - text": "plain - text", "a;=b": "a;'=b", "a; b": "a; b", "": "",
	} {
		rows, err := csv.NewReader(bytes.NewReader(writeCSV(t, []directory.Tool{{ID: "x", Name: "x", Description: text}}, v))).ReadAll()
		if err != nil {
			t.Fatal(err)
		}
		if got := rows[1][5]; got != want {
			t.Errorf("%q is written as %q, want %q", text, got, want)
		}
	}
}

func TestReadCSVForgiving(t *testing.T) {
	v := openVocabulary(t)
	want := []directory.Tool{{
		Name: "Voz, Segura", URL: "https://voz.example",
		Terms: map[directory.Facet][]string{directory.Users: {"law-enforcement", "victims"}, directory.UsedIn: {"ES", "TH"}},
	}}
	for name, file := range map[string]string{
		"codes":      "name,url,terms.users,terms.used\n\"Voz, Segura\",https://voz.example,law-enforcement; victims,ES; TH\n",
		"names":      "Name,URL,Terms.Users,terms.used\n\"Voz, Segura\",https://voz.example,Police;VÍCTIMAS;police,Thaïlande; España\n",
		"semicolons": "name;url;terms.users;terms.used\nVoz, Segura;https://voz.example;\"police; victims\";\"ES; TH\"\n",
		"tabs":       "name\turl\tterms.users\tterms.used\r\nVoz, Segura\thttps://voz.example\tpolice; victims\tTH;ES\r\n",
		"mark":       "\ufeffterms.used,name,terms.users,url,,\n\n\"TH;ES\",\" Voz, Segura \",victims;police;,https://voz.example,,\n,,,,,\n",
		"unknown":    "name,colour,url,terms.users,terms.used\n\"Voz, Segura\",red,https://voz.example,law-enforcement; victims,ES; TH",
	} {
		t.Run(name, func(t *testing.T) {
			got, problems := readCSV(t, []byte(file), v)
			if n := directory.Errors(problems); n > 0 {
				t.Errorf("problems: %v", problems)
			}
			if diff := cmp.Diff(want, got, sameTools); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestReadCSVProblems(t *testing.T) {
	v := openVocabulary(t)
	tests := []struct {
		name, file string
		want       []string // problems as text, errors alone
	}{
		{"term", "name,terms.users\nA,polices\n", []string{`t.csv, row 2, column terms.users: "polices" is no term of users; did you mean "law-enforcement"?`}},
		{"short list", "name,terms.cost\nA,cheap\n", []string{`t.csv, row 2, column terms.cost: "cheap" is no term of cost; use one of free, vetted, members, freemium, paid, unknown`}},
		{"two stages", "name,terms.stage\nA,live;closed\n", []string{`t.csv, row 2, column terms.stage: only one term can be true; leave one`}},
		{"no name", "name,url\n,https://a.example\n", []string{`t.csv, row 2, column name: the name is missing; write one`}},
		{"rows after gaps", "name,description\n\n\"A\",\"two\nlines\"\n\n\n,x\n", []string{`t.csv, row 6, column name: the name is missing; write one`}},
		{"same ID", "id,name\na,A\nb,B\na,C\n", []string{`t.csv, row 4, column id: row 2 has the same; every entry needs one of its own; leave it empty for a new entry`}},
		{"bad ID", "id,name\nA B,A\n", []string{`t.csv, row 2, column id: this is no ID; use lower-case letters, digits and single hyphens, or leave it empty for a new entry`}},
		{"script address", "name,url\nA,javascript:alert(1)\n", []string{`t.csv, row 2, column url: this is no web address; begin it with https://`}},
		{"password", "name,url\nA,https://me:secret@a.example\n", []string{`t.csv, row 2, column url: the address holds a user name; remove what stands before the @`}},
		{"date", "name,checked\nA,22.11.2026\n", []string{`t.csv, row 2, column checked: this is no date; write it as 2026-11-22`}},
		{"too long", "name,description\nA," + strings.Repeat("é", 1001) + "\n", []string{`t.csv, row 2, column description: the text has 1001 characters; shorten it to 1000`}},
		{"not UTF-8", "name\nA\xff\n", []string{`t.csv, row 2, column name: this is not UTF-8; save the file as "CSV UTF-8"`, `t.csv, row 2, column name: the name is missing; write one`}},
		{"turned", "name\nA\u202eB\n", []string{`t.csv, row 2, column name: the text holds a character that turns the direction of writing; remove it`}},
		{"control", "name\nA\x1b[31mB\n", []string{`t.csv, row 2, column name: the text holds a control character; remove it`}},
		{"into itself", "id,name,merged_into\na,A,a\n", []string{`t.csv, row 2, column merged_into: the entry cannot take its own place; write the ID of another one`}},
		{"column twice", "name,url,url\nA,,\n", []string{`t.csv, row 1, column url: this column is there twice; remove one of them`}},
		{"more cells", "name\nA,B\n", []string{`t.csv, row 2: there are more cells than columns; put a text that holds commas in quotation marks`}},
		{"source of nothing", "name,sources\nA,links: x\n", []string{`t.csv, row 2, column sources: "links: x" names no field; write the name of the column, a colon and a space before each source: "url: ..."`}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			_, problems, err := directory.ReadCSV(strings.NewReader(test.file), "t.csv", v)
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, p := range problems {
				if !p.Warning {
					got = append(got, p.String())
				}
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestReadCSVRefuses(t *testing.T) {
	testenv.NotRaces(t)
	v := openVocabulary(t)
	for name, test := range map[string]struct {
		file io.Reader
		want string
	}{
		"empty":         {strings.NewReader(""), "t.csv: the file is empty"},
		"no name":       {strings.NewReader("title,url\nA,B\n"), `t.csv: there is no column "name"`},
		"endless":       {io.MultiReader(strings.NewReader("name\n"), emptyLines{}), "t.csv: the file is larger than 64 MB"},
		"too many rows": {strings.NewReader("name\n" + strings.Repeat("A\n", 100_001)), "t.csv: there are more than 100000 rows"},
	} {
		t.Run(name, func(t *testing.T) {
			_, problems, err := directory.ReadCSV(test.file, "t.csv", v)
			if err == nil || err.Error() != test.want {
				t.Errorf("error %v, want %q", err, test.want)
			}
			if len(problems) > 1001 {
				t.Errorf("%d problems are told", len(problems))
			}
		})
	}
}

// emptyLines is a file without end.
type emptyLines struct{}

func (emptyLines) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = '\n'
	}
	return len(p), nil
}

func TestWriteCSVUnknownTerm(t *testing.T) {
	tool := directory.Tool{ID: "x", Name: "x", Terms: map[directory.Facet][]string{directory.Cost: {"cheap"}}}
	if err := directory.WriteCSV(&bytes.Buffer{}, []directory.Tool{tool}, openVocabulary(t)); err == nil {
		t.Error("a term that could not be read again was written")
	}
}

func TestDiff(t *testing.T) {
	at := time.Date(2026, 11, 22, 0, 0, 0, 0, time.UTC)
	before := directory.Tool{
		ID: "x", Name: "X", URL: "https://x.example", Version: 3, Terms: map[directory.Facet][]string{directory.Cost: {"free"}},
		Created: at.AddDate(-1, 0, 0), Updated: at.AddDate(-1, 0, 0),
	}
	after := before
	after.URL, after.Version, after.Updated, after.Checked = "", 4, at, at
	after.Terms = map[directory.Facet][]string{directory.Cost: {"free", "members"}}
	after.Notes = map[directory.Facet]string{directory.Cost: "for partners"}
	want := []directory.Change{
		{Tool: "x", Version: 4, Field: "url", Old: "https://x.example", Source: "page", By: "u1", At: at},
		{Tool: "x", Version: 4, Field: "terms.cost", Old: "free", New: "free; members", Source: "page", By: "u1", At: at},
		{Tool: "x", Version: 4, Field: "notes.cost", New: "for partners", Source: "page", By: "u1", At: at},
		{Tool: "x", Version: 4, Field: "checked", New: "2026-11-22", Source: "page", By: "u1", At: at},
	}
	if diff := cmp.Diff(want, directory.Diff(before, after, "page", "u1", at)); diff != "" {
		t.Error(diff)
	}
	if got := directory.Diff(after, after, "", "", at); len(got) > 0 {
		t.Errorf("nothing changed: %v", got)
	}
}

func TestNewID(t *testing.T) {
	taken := map[string]bool{"tool": true, "spotlight": true, "spotlight-2": true}
	for name, want := range map[string]string{
		"Spotlight": "spotlight-3", "Where's It From?": "wheres-it-from", "Cadastro de Empregadores (Lista Suja)": "cadastro-de-empregadores-lista-suja",
		"Diaconía & Ñandú": "diaconia-nandu", "أمل": "tool-2", "": "tool-2",
		strings.Repeat("word ", 30):   strings.TrimSuffix(strings.Repeat("word-", 12), "-"),
		strings.Repeat("x", 200):      strings.Repeat("x", 60),
		"../../etc/passwd?x=<script>": "etc-passwd-x-script",
	} {
		if got := directory.NewID(name, func(id string) bool { return taken[id] }); got != want {
			t.Errorf("NewID(%q) = %q, want %q", name, got, want)
		}
	}
}

func FuzzReadCSV(f *testing.F) {
	v := openVocabulary(f)
	f.Add([]byte("name,url,terms.users\nA,https://a.example,police\n"))
	f.Add([]byte("\ufeffname;sources;checked\n\"A;'=1\";\"url: x\\; y\";2026-01-01\n\n"))
	f.Add([]byte("id\tname\tversion\twithdrawn\tmerged_into\na\t'=A\t3\tyes\tb\n"))
	f.Add([]byte("name,other_names\n\"\",\"a\n'\t=b;'-c\"\n"))
	f.Fuzz(func(t *testing.T, file []byte) {
		tools, problems, err := directory.ReadCSV(bytes.NewReader(file), "tools.csv", v)
		if err != nil || directory.Errors(problems) > 0 {
			return
		}
		// What was read without a fault can be written and read again, the same.
		written := writeCSV(t, tools, v)
		again, problems := readCSV(t, written, v)
		if n := directory.Errors(problems); n > 0 {
			t.Fatalf("%d problems after writing: %v", n, problems)
		}
		if diff := cmp.Diff(tools, again, sameTools); diff != "" {
			t.Fatal(diff)
		}
	})
}

// TestReadCSVManyProblems shows that a hopeless file is given up soon.
func TestReadCSVManyProblems(t *testing.T) {
	file := "name,terms.users\n" + strings.Repeat("A,polices;fyremen;nurzes\n", 5000)
	tools, problems := readCSV(t, []byte(file), openVocabulary(t))
	if len(tools) > 400 || len(problems) < 1000 || len(problems) > 2500 {
		t.Errorf("%d entries were read and %d problems told", len(tools), len(problems))
	}
	if last := problems[len(problems)-1]; last.Warning || last.Row != 0 {
		t.Errorf("the last problem is %s", last)
	}
}
