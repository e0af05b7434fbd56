package quality_test

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"html"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/opencovey/covey/e2e"
	"github.com/opencovey/covey/internal/testenv"
	"github.com/opencovey/covey/quality"
)

// element is a tag of a page.
type element struct {
	name       string
	attributes map[string]string
	closes     bool
	at         int // where it ends in the page
}

var (
	tagPattern       = regexp.MustCompile(`<(/?)([a-zA-Z][a-zA-Z0-9]*)((?:\s+[a-zA-Z][a-zA-Z0-9:-]*(?:="[^"]*")?)*)\s*(/?)>`)
	attributePattern = regexp.MustCompile(`([a-zA-Z][a-zA-Z0-9:-]*)(?:="([^"]*)")?`)
)

// elements reads the tags of a page and checks that they nest.
func elements(t *testing.T, page string) []element {
	t.Helper()
	void := []string{"meta", "link", "br", "hr", "img", "input"}
	var list []element
	var open []string
	if strings.Count(page, "<") != len(tagPattern.FindAllString(page, -1))+1 { // the doctype is no tag
		t.Errorf("%d < in the page, %d tags", strings.Count(page, "<"), len(tagPattern.FindAllString(page, -1)))
	}
	for _, at := range tagPattern.FindAllStringSubmatchIndex(page, -1) {
		e := element{name: page[at[4]:at[5]], attributes: map[string]string{}, closes: at[2] < at[3], at: at[1]}
		for _, a := range attributePattern.FindAllStringSubmatch(page[at[6]:at[7]], -1) {
			if _, twice := e.attributes[a[1]]; twice {
				t.Errorf("<%s> has %s twice", e.name, a[1])
			}
			e.attributes[a[1]] = html.UnescapeString(a[2])
		}
		list = append(list, e)
		switch {
		case e.closes && (len(open) == 0 || open[len(open)-1] != e.name):
			t.Fatalf("</%s> closes %q", e.name, open)
		case e.closes:
			open = open[:len(open)-1]
		case at[8] == at[9] && !slices.Contains(void, e.name):
			open = append(open, e.name)
		}
	}
	if len(open) > 0 {
		t.Errorf("not closed: %q", open)
	}
	return list
}

func TestPages(t *testing.T) {
	testenv.NotRaces(t)
	for name, r := range reports(t) {
		for part, page := range map[string]string{"public": publicPage(t, r, "Cases of 2024"), "private": privatePage(t, r, "Cases of 2024")} {
			t.Run(name+" "+part, func(t *testing.T) {
				list := elements(t, page)
				checkPolicy(t, page, list)
				checkReferences(t, list)
				checkHeadings(t, list)
				checkTables(t, list)
				checkPictures(t, list)
				for _, bad := range []string{"%!", "<nil>", "NaN", "ZgotmplZ", "[attack", "[figure", "[length", "{k}", "{n}", "http:", "https:", "0xc000"} {
					if i := strings.Index(page, bad); i >= 0 {
						t.Errorf("page has %q: …%s…", bad, page[max(0, i-60):min(len(page), i+60)])
					}
				}
				if secret := strings.Contains(page, "Never publish it"); secret != (part == "private") {
					t.Errorf("the page says that it must not be published: %v", secret)
				}
			})
		}
	}
}

// checkPolicy: nothing from outside, no script, one style whose hash the policy names.
func checkPolicy(t *testing.T, page string, list []element) {
	t.Helper()
	from := strings.Index(page, "<style>") + len("<style>")
	hash := sha256.Sum256([]byte(page[from:strings.Index(page, "</style>")]))
	want := "default-src 'none'; style-src 'sha256-" + base64.StdEncoding.EncodeToString(hash[:]) + "'; base-uri 'none'; form-action 'none'"
	policy := ""
	for _, e := range list {
		if e.attributes["http-equiv"] == "Content-Security-Policy" {
			policy = e.attributes["content"]
		}
		if slices.Contains([]string{"script", "img", "iframe", "link", "object", "form", "base", "image", "use"}, e.name) {
			t.Errorf("page has <%s>", e.name)
		}
		for name, value := range e.attributes {
			if name == "style" || strings.HasPrefix(name, "on") || name == "src" || name == "href" && !strings.HasPrefix(value, "#") {
				t.Errorf(`<%s> has %s="%s"`, e.name, name, value)
			}
		}
	}
	if policy != want {
		t.Errorf("policy %q, want %q", policy, want)
	}
	if !strings.HasPrefix(page, "<!DOCTYPE html>\n<html lang=\"en\">") || strings.Count(page, "<style") != 1 {
		t.Error("page begins otherwise, or has another style")
	}
}

// checkReferences: ids are unique, and what refers to one finds it.
func checkReferences(t *testing.T, list []element) {
	t.Helper()
	ids := map[string]bool{}
	for _, e := range list {
		if id, ok := e.attributes["id"]; ok {
			if ids[id] {
				t.Errorf("id %q twice", id)
			}
			ids[id] = true
		}
	}
	for _, e := range list {
		for _, name := range []string{"aria-labelledby", "aria-describedby"} {
			if id, ok := e.attributes[name]; ok && !ids[id] {
				t.Errorf("<%s %s=%q> finds nothing", e.name, name, id)
			}
		}
		if to, ok := strings.CutPrefix(e.attributes["href"], "#"); ok && !ids[to] {
			t.Errorf("link to %q finds nothing", to)
		}
	}
}

// checkHeadings: one h1, and no level left out.
func checkHeadings(t *testing.T, list []element) {
	t.Helper()
	level, first := 0, 0
	for _, e := range list {
		if len(e.name) == 2 && e.name[0] == 'h' && e.name[1] >= '1' && e.name[1] <= '6' && !e.closes {
			next := int(e.name[1] - '0')
			if next > level+1 {
				t.Errorf("h%d follows h%d", next, level)
			}
			if level = next; next == 1 {
				first++
			}
		}
	}
	if first != 1 {
		t.Errorf("%d h1", first)
	}
}

// checkTables: each has a caption, every heading cell a scope, and stands in a region that can be scrolled by keyboard.
func checkTables(t *testing.T, list []element) {
	t.Helper()
	labels := map[string]bool{}
	for i, e := range list {
		switch {
		case e.closes:
		case e.name == "table":
			if list[i+1].name != "caption" {
				t.Errorf("a table begins with <%s>", list[i+1].name)
			}
			if r := list[i-1]; r.attributes["role"] != "region" || r.attributes["tabindex"] != "0" {
				t.Errorf("a table stands in %v", r)
			}
		case e.name == "th" && e.attributes["scope"] == "":
			t.Error("a heading cell has no scope")
		case e.attributes["role"] == "region":
			label := e.attributes["aria-label"] + e.attributes["aria-labelledby"]
			if label == "" {
				t.Error("a region has no name")
			}
			labels[label] = true
		}
	}
	if len(labels) == 0 {
		t.Error("no regions")
	}
}

// checkPictures: each has a text or is left out for those who do not see it.
func checkPictures(t *testing.T, list []element) {
	t.Helper()
	for _, e := range list {
		if e.name == "svg" && !e.closes {
			if named := e.attributes["role"] == "img" && len(e.attributes["aria-label"]) > 10; named == (e.attributes["aria-hidden"] == "true") {
				t.Errorf("picture %v", e.attributes)
			}
		}
	}
}

// TestPageSaysTheMain looks for what a reader must find.
func TestPageSaysTheMain(t *testing.T) {
	all := reports(t)
	tests := []struct {
		report  string
		private bool
		says    []string
		not     []string
	}{
		{"safe", false, []string{
			"Every synthetic record, taken as a whole, is true of at least 10 people", "What it cost", "of their count kept, on average", "still appear",
			"A synthetic record is not a person", "Shared secrets", "Comparing releases", "What others know already", "All figures on this page are rounded",
			"published count", "Without a control group", "k-marginal score", "pMSE",
		}, []string{"leak</b>", "For the steward only", "Unique in original"}},
		{"unsupported", false, []string{"Not every synthetic record is true of at least 5 people", "Sets of four", "no protected counts are published", "are in the data (members)"}, nil},
		{"leaky", false, []string{"That is a leak: see below", `<b class="leak">leak</b>`}, []string{"None did better"}},
		{"leaky", true, []string{"For the steward only", "Rare combinations that are shown", "Synthetic records that fewer than 5 people share", "These figures are exact"}, []string{"are rounded"}},
		{"safe", true, []string{"None, of any length: every synthetic record as a whole"}, nil},
		{"small", false, []string{"too few combinations of any size", "too few pairs of columns to compare with a sample", "found too little to work with"}, nil},
		{"other", true, []string{"Only in the original records: x, y.", "Only in the synthetic records: z."}, nil},
		{"empty", false, []string{"No attack was tried."}, nil},
		{"wide", false, []string{"Only the 40 columns with the greatest differences are drawn"}, nil},
	}
	for _, test := range tests {
		t.Run(fmt.Sprint(test.report, test.private), func(t *testing.T) {
			page := publicPage(t, all[test.report], "x")
			if test.private {
				page = privatePage(t, all[test.report], "x")
			}
			for _, text := range test.says {
				if !strings.Contains(page, text) {
					t.Errorf("the page does not say %q", text)
				}
			}
			for _, text := range test.not {
				if strings.Contains(page, text) {
					t.Errorf("the page says %q", text)
				}
			}
		})
	}
}

// TestPageFigures: a share of the page is that of the report.
func TestPageFigures(t *testing.T) {
	r := reports(t)["safe"]
	page := publicPage(t, r, "x")
	for _, c := range r.Public.Combinations[1:] {
		text := fmt.Sprintf(`<span class="big">%g`+" %%</span>", float64(*c.Kept))
		if !strings.Contains(page, text) {
			t.Errorf("length %d: the page does not have %s", c.Length, text)
		}
	}
	if want := fmt.Sprintf("There are %d synthetic records", r.Public.Records.Synthetic); !strings.Contains(page, want) {
		t.Errorf("the page does not say %q", want)
	}
}

// TestPageEscapes: names and values come from a file and may hold anything.
func TestPageEscapes(t *testing.T) {
	const evil = `<script>alert(1)</script>"'&`
	x := tab(t, "a b c d e", "1 2 3 4 5 *40", "2 2 1 1 5 *30", "1 . 3 . 5 *30")
	for c := range x.Columns {
		x.Columns[c].Name += evil
		x.Columns[c].Field += evil
		for v := range x.Columns[c].Values {
			x.Columns[c].Values[v] += evil
		}
	}
	r := compare(t, x, x, quality.Options{Published: rounded(t, x, 2), Control: x})
	for _, page := range []string{publicPage(t, r, evil), privatePage(t, r, evil)} {
		if strings.Contains(page, "<script") || strings.Contains(page, `"'&`) {
			t.Error("the page is not escaped")
		}
		if !strings.Contains(page, "&lt;script&gt;") {
			t.Error("the names are not on the page")
		}
	}
}

// TestTexts: every text is used, and every text that is used is there.
func TestTexts(t *testing.T) {
	var texts map[string]string
	b, err := os.ReadFile("page/texts.en.json")
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(b, &texts); err != nil {
		t.Fatal(err)
	}
	var source strings.Builder
	for _, pattern := range []string{"page/*.html", "page*.go"} {
		names, _ := filepath.Glob(pattern)
		for _, name := range names {
			if b, err = os.ReadFile(name); err != nil {
				t.Fatal(err)
			}
			if !strings.HasSuffix(name, "_test.go") {
				source.Write(b)
			}
		}
	}
	made := regexp.MustCompile(`^(length-[0-6]|figure-.*-what|figure-marginal-[123]|attack-.*)$`) // put together from parts
	for key := range texts {
		if !strings.Contains(source.String(), `"`+key+`"`) && !made.MatchString(key) {
			t.Errorf("text %q is not used", key)
		}
	}
	for _, used := range regexp.MustCompile(`(?:say|text|row|each)[ (]"([a-z0-9 -]+)"`).FindAllStringSubmatch(source.String(), -1) {
		if key := used[1]; !strings.HasSuffix(key, "-") && texts[key] == "" {
			t.Errorf("text %q is not there", key)
		}
	}
}

// TestPagesInBrowser opens the pages on a phone, on a desk, in the dark and on paper. It checks accessibility (WCAG 2.2 AA by axe-core), overflow, the
// console and requests, with all tables open.
func TestPagesInBrowser(t *testing.T) {
	testenv.NotRaces(t)
	testenv.Chromium(t)
	r := reports(t)["leaky"]
	_, _, noised := describe(t, noisy(t, population(random(3), 2000), 3), population(random(4), 1990))
	folder := t.TempDir()
	browser := e2e.Start(t)
	pages := map[string]string{"quality": publicPage(t, r, "Fictional cases 2024"), "private": privatePage(t, r, "Fictional cases 2024"), "noised": noised}
	for name, page := range pages {
		for state, text := range map[string]string{"closed": page, "open": strings.ReplaceAll(page, "<details>", "<details open>")} {
			file := filepath.Join(folder, name+"-"+state+".html")
			if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
			views := map[string]e2e.View{"phone": e2e.Phone(), "dark": {Width: 1280, Height: 800, Dark: true}}
			if state == "closed" {
				views["desk"], views["paper"] = e2e.Desktop(), e2e.View{Print: true}
			}
			for view, v := range views {
				t.Run(name+" "+state+" "+view, func(t *testing.T) {
					for _, fault := range browser.Open(t, e2e.FileURL(t, file), v).Faults() {
						t.Error(fault)
					}
				})
			}
		}
	}
}
