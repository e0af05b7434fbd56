package profile_test

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/opencovey/covey/internal/testenv"
	"github.com/opencovey/covey/release"
	"github.com/opencovey/covey/release/profile"
	"github.com/opencovey/covey/table"
)

var write = flag.Bool("write", false, "write the schemas in docs")

func TestProfiles(t *testing.T) {
	list, err := profile.All()
	if err != nil || len(list) != 3 {
		t.Fatal(len(list), err)
	}
	for _, p := range list {
		t.Run(p.ID, func(t *testing.T) {
			names := map[string]bool{}
			for _, f := range p.Fields {
				if names[f.Name] || f.Label == "" {
					t.Errorf("%+v", f)
				}
				names[f.Name] = true
			}
			if want := map[string]int{"ctdc27": 27, "ctdc63": 63}[p.ID]; want > 0 && len(p.Fields) != want {
				t.Errorf("%d fields", len(p.Fields))
			}
			schema, err := p.Schema()
			if err != nil {
				t.Fatal(err)
			}
			path := filepath.Join(testenv.ModuleRoot(t), "docs", "profile-"+p.ID+".schema.json")
			if *write {
				if err := os.WriteFile(path, schema, 0o644); err != nil {
					t.Fatal(err)
				}
			}
			if published, err := os.ReadFile(path); err != nil || !bytes.Equal(published, schema) {
				t.Errorf("docs differs; go test ./release/profile -write: %v", err)
			}
			document, err := jsonschema.UnmarshalJSON(bytes.NewReader(schema))
			if err != nil {
				t.Fatal(err)
			}
			c := jsonschema.NewCompiler()
			if err := c.AddResource("x.json", document); err != nil {
				t.Fatal(err)
			}
			if _, err := c.Compile("x.json"); err != nil {
				t.Error(err)
			}
		})
	}
	if _, ok := profile.Find("other"); ok {
		t.Error("found")
	}
}

const partner = `Sex,Nationality,Year registered,Forced labor,Age,Name,Country of exploitation
F,Kenya,2019,1,18-20,Zo,UGA
Woman,KE,2019,0,48+,Ann,Uganda
man,UGA,2020,1,18-20,Bob,UG
MALE,Uganda,2021,,9-17,Joe,UG
`

// TestMapping maps a partner's file to the 27 columns, and reads it by the policy that comes of it.
func TestMapping(t *testing.T) {
	open := func() *table.CSV {
		rows, err := table.OpenCSV(strings.NewReader(partner), "p.csv", table.Format{})
		if err != nil {
			t.Fatal(err)
		}
		return rows
	}
	columns, err := table.ProfileRows(t.Context(), open(), table.ProfileOptions{})
	if err != nil {
		t.Fatal(err)
	}
	p, _ := profile.Find("ctdc27")
	matches := p.Suggest(columns)
	got := map[string]string{}
	for _, m := range matches {
		got[m.Column] = m.Field
	}
	for column, field := range map[string]string{
		"Sex": "gender", "Nationality": "citizenship", "Year registered": "yearOfRegistration", "Forced labor": "isForcedLabour",
		"Country of exploitation": "CountryOfExploitation", "Name": "",
	} {
		if got[column] != field {
			t.Errorf("%s is taken for %q, not %q", column, got[column], field)
		}
	}
	want := []profile.Label{{Text: "9-17", Code: "9--17", Sure: true}, {Text: "18-20", Code: "18--20", Sure: true}}
	age, ok := p.Match(columns[4], "ageBroad")
	if !ok || got["Age"] != "ageBroad" || !slices.Contains(age.Labels, want[0]) || !slices.Contains(age.Labels, want[1]) {
		t.Errorf("%+v %v", age, got)
	}
	policy := []byte("version: 1\ntitle: t\nprotection: {k: 2}\ncolumns: {Sex: ignore, Nationality: category, Year registered: category, Forced labor: flag, Age: category, Name: ignore, Country of exploitation: country}\n")
	policy, err = release.EditPolicy(policy, p.Edits(matches, "en"))
	if err != nil {
		t.Fatal(err)
	}
	parsed, err := release.ParsePolicy("p", bytes.NewReader(policy))
	if err != nil {
		t.Fatal(err)
	}
	records, stats, err := table.Read(t.Context(), open(), parsed.Schema(), table.Options{})
	if err != nil {
		t.Fatalf("%v\n%s", err, policy)
	}
	if records.Columns[0].Field != "gender" || strings.Join(records.Columns[0].Values, " ") != "Woman Man Trans/Transgender/NonConforming" || len(stats.Ignored) != 1 {
		t.Errorf("%+v %v\n%s", records.Columns[0], stats.Ignored, policy)
	}
}

func FuzzSuggest(f *testing.F) {
	f.Add("Sex", "F")
	f.Add("", "\xff")
	f.Fuzz(func(t *testing.T, name, value string) {
		for _, id := range []string{"htcds", "ctdc27", "ctdc63"} {
			p, _ := profile.Find(id)
			for _, m := range p.Suggest([]table.ColumnProfile{{Name: name, Top: []table.ValueCount{{Text: value, Rows: 1}}}}) {
				if _, ok := p.Field(m.Field); !ok {
					t.Fatal(m)
				}
			}
		}
	})
}
