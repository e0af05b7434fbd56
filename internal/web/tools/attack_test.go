package tools_test

import (
	"encoding/csv"
	"encoding/json"
	"encoding/xml"
	"io"
	"net/url"
	"strings"
	"testing"

	"github.com/opencovey/covey/internal/directory"
	"github.com/opencovey/covey/internal/web/tools"
	"github.com/opencovey/covey/internal/web/webtest"
)

// evil is text that is more than text if it is not escaped, in markup, attributes,
// scripts, styles and addresses.
const evil = `"'><script>alert(1)</script><img src=x onerror=alert(2)>{{.}}${1}&lt;`

// planted are entries with a payload in every field that takes text.
func planted() []directory.Tool {
	t := directory.Tool{
		ID: "planted", Name: "Planted " + evil, OtherNames: []string{"Other " + evil}, Organisations: []string{"Maker " + evil},
		URL: "https://planted.example/?a=" + url.QueryEscape(evil) + `&b='x'`, Description: "Text " + evil,
		Terms:   map[directory.Facet][]string{directory.Type: {"awareness"}, directory.UsedIn: {"KE"}, directory.Technology: {"ad-analysis"}},
		Notes:   map[directory.Facet]string{},
		Sources: map[string]string{"": "Source " + evil, "url": "not confirmed " + evil, "organisations": "Own " + evil},
	}
	for _, f := range directory.Facets() {
		t.Notes[f] = "Note " + evil
	}
	formula := directory.Tool{ID: "formula", Name: "=HYPERLINK(1)", Description: "+1", Organisations: []string{"@SUM(1)"}, Sources: map[string]string{"": "-1"}}
	return []directory.Tool{t, formula}
}

// pages are addresses where what was planted appears, or what somebody put into
// the address.
func pages() []string {
	q := url.QueryEscape(evil)
	return []string{
		"/tools", "/tools?q=planted", "/tools?q=" + q, "/tools?form=" + q, "/tools?" + q + "=1", "/tools?used=KE&q=" + q,
		"/tools/planted", "/tools/planted/correct", "/tools/planted/feedback", "/tools/" + url.PathEscape(evil),
		"/countries", "/countries/KE", "/countries/" + url.PathEscape(evil), "/tools/plan?text=planted+" + q, "/tools/plan?used=" + q, "/tools/landscape",
		"/tools/take", "/tools/embed", "/tools/embed?q=" + q, "/tools/suggest?name=" + q, "/tools/similar?q=planted", "/tools/similar?name=" + q, "/tools/map.svg?q=" + q,
	}
}

func TestXSS(t *testing.T) {
	p := open(t, planted(), tools.Options{})
	sent := directory.Suggestion{Kind: directory.NewTool, Proposed: planted()[0], Message: "Message " + evil, Source: "From " + evil}
	sent.Proposed.ID = ""
	g, err := p.service.Suggest(t.Context(), curator(), sent)
	if err != nil {
		t.Fatal(err)
	}
	correction := directory.Suggestion{Kind: directory.Correction, Tool: "planted", Proposed: planted()[0], Source: "From " + evil}
	correction.Proposed.Description = "Other " + evil
	c, err := p.service.Suggest(t.Context(), curator(), correction)
	if err != nil {
		t.Fatal(err)
	}
	try := func(who, path string) {
		t.Helper()
		w := p.Do(webtest.Case{As: who, Get: path})
		body := w.Body.String()
		if w.Code >= 500 {
			t.Errorf("%s: status %d", path, w.Code)
		}
		for _, bad := range []string{"<script>alert", "<img src=x", `"javascript:`, "alert(1)</script>"} {
			if strings.Contains(body, bad) {
				t.Errorf("%s as %q has %s\n%s", path, who, bad, near(body, bad))
			}
		}
		if strings.HasPrefix(w.Header().Get("Content-Type"), "text/html") && !strings.HasPrefix(path, "/tools/similar") {
			for _, f := range webtest.Faults(body) {
				t.Errorf("%s: %s", path, f)
			}
			if policy := w.Header().Get("Content-Security-Policy"); strings.Contains(policy, "unsafe") || !strings.Contains(policy, "default-src 'none'") {
				t.Errorf("%s: policy %q", path, policy)
			}
		}
	}
	for _, path := range pages() {
		try(webtest.Stranger, path)
	}
	for _, path := range append(pages(), "/curate", "/curate/"+g.ID, "/curate/"+c.ID, "/tools/planted/edit", "/curate/new", "/curate/links") {
		try(webtest.Curator, path)
	}
}

func near(body, text string) string {
	at := strings.Index(body, text)
	return body[max(0, at-200):min(len(body), at+100)]
}

func TestPlantedInFiles(t *testing.T) {
	p := open(t, planted(), tools.Options{})
	get := func(path string) (string, string) {
		w := p.Do(webtest.Case{Get: path})
		if w.Code != 200 {
			t.Fatalf("%s: status %d", path, w.Code)
		}
		if w.Header().Get("X-Content-Type-Options") != "nosniff" {
			t.Errorf("%s may be sniffed", path)
		}
		return w.Body.String(), w.Header().Get("Content-Type")
	}
	t.Run("json", func(t *testing.T) {
		for _, path := range []string{"/tools.json", "/api/v1/tools", "/api/v1/tools/planted"} {
			body, kind := get(path)
			if !strings.HasPrefix(kind, "application/json") {
				t.Errorf("%s is %s", path, kind)
			}
			var any any
			if err := json.Unmarshal([]byte(body), &any); err != nil {
				t.Errorf("%s: %v", path, err)
			}
		}
	})
	t.Run("atom", func(t *testing.T) {
		body, _ := get("/tools/feed.atom?q=planted")
		if strings.Contains(body, "<script") {
			t.Error("the feed has markup of others")
		}
		for d := xml.NewDecoder(strings.NewReader(body)); ; {
			if _, err := d.Token(); err == io.EOF {
				break
			} else if err != nil {
				t.Fatal(err)
			}
		}
	})
	t.Run("svg", func(t *testing.T) {
		body, kind := get("/tools/map.svg?q=" + url.QueryEscape(evil))
		if strings.Contains(body, "<script") || kind != "image/svg+xml" {
			t.Error("the picture has markup of others")
		}
	})
	t.Run("csv", func(t *testing.T) {
		body, _ := get("/tools.csv")
		rows, err := csv.NewReader(strings.NewReader(body)).ReadAll()
		if err != nil {
			t.Fatal(err)
		}
		for _, row := range rows {
			for _, cell := range row {
				if cell != "" && strings.ContainsAny(cell[:1], "=+-@\t\r") {
					t.Errorf("the cell %q is a formula", cell)
				}
			}
		}
	})
}
