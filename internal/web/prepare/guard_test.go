package prepare_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/opencovey/covey/internal/web/webtest"
)

// TestOthersSeeNothing tries all addresses of one organisation as everybody else.
func TestOthersSeeNothing(t *testing.T) {
	p := open(t)
	set, draft := p.ready(t)
	run := p.run(t, draft, "k = 10")
	release := p.post(t, webtest.Steward, run+"/hand-in", url.Values{})
	gets := []string{
		set, set + "/texts/edit", draft, draft + "/columns", draft + "/columns/0", draft + "/harmonise", draft + "/protect", draft + "/describe", draft + "/release",
		draft + "/policy.yaml", run, run + "/policy.yaml", run + "/files/quality.html", run + "/private/quality.html", release, release + "/files/explorer.html",
	}
	posts := []string{
		set + "/texts/edit", set + "/ledger", set + "/erase", set + "/draft", draft + "/columns", draft + "/columns/try", draft + "/columns/0", draft + "/columns/0/try",
		draft + "/harmonise", draft + "/protect", draft + "/plan", draft + "/describe", draft + "/release", draft + "/policy", run + "/stop", run + "/hand-in",
		release + "/comment", release + "/decide", release + "/publish", release + "/withdraw",
	}
	var cases []webtest.Case
	for _, path := range gets {
		cases = append(cases, webtest.Case{Name: "foreign get " + path, As: foreign, Get: path, Status: 404, Never: append([]string{"Fictional"}, secrets...)})
		for _, role := range []string{webtest.Reader, webtest.Curator, webtest.Administrator, webtest.Chief, webtest.Weak} {
			cases = append(cases, webtest.Case{Name: role + " get " + path, As: role, Get: path, Status: 403, Never: secrets})
		}
		cases = append(cases, webtest.Case{Name: "stranger get " + path, Get: path, Status: 303, Never: secrets})
	}
	for _, path := range posts {
		cases = append(cases, webtest.Case{Name: "foreign post " + path, As: foreign, Post: path, Status: 404, Never: append([]string{"Fictional"}, secrets...)})
	}
	for _, path := range append(posts, set+"/upload", set+"/bundle") {
		cases = append(cases, webtest.Case{
			Name: "from another site " + path, As: webtest.Steward, Post: path, Status: 403, Header: map[string]string{"Sec-Fetch-Site": "cross-site"},
		})
	}
	cases = append(cases,
		webtest.Case{Name: "foreign desk", As: foreign, Get: "/prepare", Never: append([]string{"Cases"}, secrets...)},
		webtest.Case{Name: "foreign list", As: foreign, Get: "/approve", Never: []string{"Fictional"}},
	)
	p.Run(t, cases)
	if w := p.send(t, foreign, set+"/upload", [][2]string{{"token", "x"}}, "a.csv", "a,b\n1,2\n", nil); w.Code != http.StatusNotFound {
		t.Errorf("foreign upload: status %d", w.Code)
	}
	hides(t, "the log", p.log.String())
}

// TestUploads sends what must not be taken, and the same form twice.
func TestUploads(t *testing.T) {
	p := open(t)
	set := p.post(t, webtest.Steward, "/prepare/new/dataset", url.Values{"title": {"Cases"}})
	for _, c := range []struct {
		name, file, content string
		status              int
		says                string
	}{
		{"no file", "", "", 422, "file"},
		{"a picture", "cases.csv", "\x89PNG\r\n\x1a\n\x00\x00", 422, "type of file"},
		{"a page", "cases.csv", "<!doctype html><html>", 422, "type of file"},
		{"empty", "cases.csv", "", 422, "empty"},
		{"too large", "cases.csv", strings.Repeat("a,b\n", 1<<19), 413, "larger than 1 MB"},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := p.send(t, webtest.Steward, set+"/upload", [][2]string{{"token", c.name}}, c.file, c.content, nil)
			if w.Code != c.status || !strings.Contains(w.Body.String(), c.says) {
				t.Errorf("status %d, want %d and %q\n%s", w.Code, c.status, c.says, between(w.Body.String(), "<main", "</main>"))
			}
		})
	}
	for range 2 {
		if w := p.send(t, webtest.Steward, set+"/upload", [][2]string{{"token", "same"}}, "cases.csv", casesCSV(), nil); w.Code != http.StatusSeeOther {
			t.Fatalf("status %d", w.Code)
		}
	}
	page := p.page(t, webtest.Steward, set)
	if n := strings.Count(page, "/erase"); n != 1 {
		t.Errorf("%d files are listed, want the one that was sent twice", n)
	}
	p.post(t, webtest.Steward, set+"/erase", url.Values{"upload": {between(page, `name="upload" value="`, `"`)}})
	if page := p.page(t, webtest.Steward, set); strings.Contains(page, "/erase") {
		t.Error("an erased file is still listed")
	}
}
