package directory_test

import (
	"bytes"
	"encoding/json"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/opencovey/covey/internal/directory"
)

func openSeed(t testing.TB) []directory.Tool {
	t.Helper()
	tools, err := directory.Seed(openVocabulary(t))
	if err != nil {
		t.Fatal(err)
	}
	return tools
}

func TestSeed(t *testing.T) {
	v, tools := openVocabulary(t), openSeed(t)
	if len(tools) != 185 {
		t.Fatalf("there are %d entries, want 185", len(tools))
	}
	types := map[string]int{}
	ids := map[string]bool{}
	unconfirmed, general := 0, 0
	for _, tool := range tools {
		if ids[tool.ID] {
			t.Errorf("%s is there twice", tool.ID)
		}
		ids[tool.ID] = true
		if !tool.Checked.IsZero() || tool.CheckedBy != "" || tool.Version != 0 || tool.Withdrawn {
			t.Errorf("%s is not as a new, unverified entry", tool.ID)
		}
		if tool.Sources[""] == "" || tool.Description == "" {
			t.Errorf("%s lacks a source or a description", tool.ID)
		}
		for _, code := range tool.Terms[directory.Type] {
			types[code]++
		}
		for f, codes := range tool.Terms {
			for _, code := range codes {
				if _, ok := v.Term(f, code); !ok {
					t.Errorf("%s: %s %q is not in the vocabulary", tool.ID, f, code)
				}
			}
		}
		for _, f := range []directory.Facet{directory.Users, directory.Form, directory.Developer, directory.Cost, directory.Licence, directory.Stage, directory.Evidence} {
			if len(tool.Terms[f]) == 0 {
				t.Errorf("%s has no %s", tool.ID, f)
			}
		}
		if strings.HasPrefix(tool.Sources["url"], "not confirmed: ") {
			unconfirmed++
		}
		if tool.Terms[directory.Developer][0] != "unknown" && tool.Sources["terms.developer"] == "" {
			t.Errorf("%s does not say where its kind of developer is from", tool.ID)
		}
		if len(tool.Terms[directory.MadeIn]) > 0 && tool.Sources["terms.made"] == "" {
			t.Errorf("%s does not say where its origin is from", tool.ID)
		}
		if stage := tool.Terms[directory.Stage][0]; stage != "unknown" {
			general++
			if tool.Notes[directory.Stage] == "" {
				t.Errorf("%s does not say why it is %s", tool.ID, stage)
			}
		}
	}
	want := map[string]int{
		"victim-identification": 46, "victim-support": 39, "awareness": 37, "worker-voice": 31, "corporate-risk": 31, "data-mapping": 31,
		"supply-chain": 19, "payment-security": 7, "ethical-shopping": 7, "privacy-safety": 4, "identity-contracts": 2,
	}
	if diff := cmp.Diff(want, types); diff != "" {
		t.Errorf("entries by type (-want +got):\n%s", diff)
	}
	if unconfirmed != 60 || general != 8 {
		t.Errorf("%d addresses are not confirmed and %d stages are known, want 60 and 8", unconfirmed, general)
	}
}

// TestSeedEntries looks at some entries whose cells were mixed in the source.
func TestSeedEntries(t *testing.T) {
	tools := openSeed(t)
	find := func(id string) directory.Tool {
		i := slices.IndexFunc(tools, func(tool directory.Tool) bool { return tool.ID == id })
		if i < 0 {
			t.Fatalf("there is no %s", id)
		}
		return tools[i]
	}
	fishing := find("global-fishing-watch")
	if got := fishing.Terms[directory.Form]; !slices.Equal(got, []string{"labour"}) {
		t.Errorf("labour (fishing) became %q", got)
	}
	if got := fishing.Terms[directory.Sector]; !slices.Equal(got, []string{"fishing"}) {
		t.Errorf("labour (fishing) is in the sector %q", got)
	}
	register := find("australian-modern-slavery-statements-register")
	if got := register.Organisations; !slices.Equal(got, []string{"Attorney-General's Department"}) {
		t.Errorf("organisations %q", got)
	}
	if got := register.Terms[directory.MadeIn]; !slices.Equal(got, []string{"AU"}) {
		t.Errorf("made in %q", got)
	}
	app := find("ccaht-back-office-app")
	if got := directory.Field(app, "terms.used") + ", " + app.Notes[directory.UsedIn]; got != "US, Tennessee" {
		t.Errorf("used in %q", got)
	}
	spotlight := find("spotlight")
	if got := directory.Field(spotlight, "terms.cost") + ", " + spotlight.Notes[directory.Cost]; got != "vetted, free to law enforcement" {
		t.Errorf("costs %q", got)
	}
	if got := find("angel").Terms[directory.Developer]; !slices.Equal(got, []string{"hackathon"}) {
		t.Errorf("developed by %q", got)
	}
}

// TestSeedCautions shows which entries carry a caution that people could miss if a
// term were lost.
func TestSeedCautions(t *testing.T) {
	v := openVocabulary(t)
	got := map[string]int{}
	carries := map[string][]string{}
	for _, tool := range openSeed(t) {
		for _, code := range tool.Terms[directory.Technology] {
			if term, _ := v.Term(directory.Technology, code); term.Caution != "" {
				got[term.Caution]++
				carries[tool.ID] = append(carries[tool.ID], term.Caution)
			}
		}
	}
	want := map[string]int{"face-matching": 3, "ad-scraping": 6, "open-reporting": 18}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("entries by caution (-want +got):\n%s", diff)
	}
	for id, caution := range map[string]string{
		"traffic-jam": "face-matching", "reunite": "face-matching", "spotlight": "ad-scraping", "memex": "ad-scraping",
		"stop-app": "open-reporting", "safe-car-wash-app": "open-reporting",
	} {
		if !slices.Contains(carries[id], caution) {
			t.Errorf("%s does not warn of %s", id, caution)
		}
	}
}

// TestSeedFile shows that the committed file is the one that an export writes.
func TestSeedFile(t *testing.T) {
	v := openVocabulary(t)
	want, err := os.ReadFile("data/tools.csv")
	if err != nil {
		t.Fatal(err)
	}
	if got := writeCSV(t, openSeed(t), v); !bytes.Equal(got, want) {
		t.Error("data/tools.csv is not as an export writes it")
	}
}

// TestDataPackage shows that data/datapackage.json describes the files that are there.
func TestDataPackage(t *testing.T) {
	content, err := os.ReadFile("data/datapackage.json")
	if err != nil {
		t.Fatal(err)
	}
	var pack struct {
		Licenses  []struct{ Name, Path string }
		Resources []struct {
			Name, Path string
			Schema     struct {
				Fields []struct{ Name string }
			}
		}
	}
	if err := json.Unmarshal(content, &pack); err != nil {
		t.Fatal(err)
	}
	if len(pack.Licenses) == 0 {
		t.Error("no licence is named")
	}
	described := map[string]bool{}
	for _, r := range pack.Resources {
		described[r.Path] = true
		file, err := os.ReadFile("data/" + r.Path)
		if err != nil {
			t.Error(err)
			continue
		}
		header, _, _ := strings.Cut(string(file), "\n")
		var fields []string
		for _, f := range r.Schema.Fields {
			fields = append(fields, f.Name)
		}
		if got := strings.Join(fields, ","); got != header {
			t.Errorf("%s has the columns %s, described are %s", r.Path, header, got)
		}
	}
	files, err := os.ReadDir("data/vocabulary")
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		if !described["vocabulary/"+f.Name()] {
			t.Errorf("vocabulary/%s is not described", f.Name())
		}
	}
	if !described["tools.csv"] {
		t.Error("tools.csv is not described")
	}
}
