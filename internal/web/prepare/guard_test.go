package prepare_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/opencovey/covey/internal/account"
	"github.com/opencovey/covey/internal/web"
	"github.com/opencovey/covey/internal/web/webtest"
)

// things are the addresses of what one organisation has.
type things struct{ set, draft, run, release, upload string }

// things makes one of each: a run with a data story that was handed in.
func (p *place) things(t *testing.T) things {
	t.Helper()
	h := things{}
	h.set, h.draft = p.ready(t)
	_, h.run, _ = p.start(t, h.draft, `{"format": "covey-story", "version": 1, "title": "Fictional", "steps": []}`)
	p.ended(t, h.run)
	h.release = p.post(t, webtest.Steward, h.run+"/hand-in", url.Values{})
	h.upload = between(p.page(t, webtest.Steward, h.set), `name="upload" value="`, `"`)
	return h
}

// guarded is a route with the address of a thing, and the form that would do what it does.
type guarded struct {
	web.Route
	get, post string
	form      url.Values
}

// guarded returns all routes of the room that lead to a thing; those that make an end of it come last.
func (h things) guarded(site *webtest.Site) []guarded {
	places := strings.NewReplacer("/prepare/{dataset}", h.set, "/prepare/drafts/{id}", h.draft, "/prepare/runs/{id}", h.run,
		"/approve/{release}", h.release, "{n}", "0", "{name}", "quality.html")
	var list, last []guarded
	for _, route := range site.Server.Routes() {
		method, pattern, _ := strings.Cut(route.Pattern, " ")
		if !strings.HasPrefix(pattern, "/prepare/") && !strings.HasPrefix(pattern, "/approve/") || !strings.Contains(pattern, "{") {
			continue
		}
		g := guarded{Route: route, form: url.Values{"upload": {h.upload}, "meant": {"yes"}}}
		if g.get = places.Replace(pattern); method == http.MethodPost {
			g.get, g.post = "", g.get
		}
		if strings.HasSuffix(pattern, "/erase") || strings.HasSuffix(pattern, "/delete") {
			last = append(last, g)
		} else {
			list = append(list, g)
		}
	}
	return append(list, last...)
}

// refused are the requests by which others would see or change the things: all routes, by everybody who may not.
func refused(list []guarded) []webtest.Case {
	var cases []webtest.Case
	add := func(g guarded, as string, status int, never ...string) {
		cases = append(cases, webtest.Case{
			Name: as + " " + g.Pattern, As: as, Get: g.get, Post: g.post, Form: g.form, Status: status, Never: append(never, secrets...),
		})
	}
	for _, g := range list {
		add(g, foreign, http.StatusNotFound, "Fictional")
		if g.Action == account.PreparePublication {
			add(g, webtest.Approver, http.StatusForbidden)
		}
		add(g, webtest.Reader, http.StatusForbidden)
		if g.post != "" {
			add(g, webtest.Stranger, http.StatusUnauthorized)
			continue
		}
		for _, role := range []string{webtest.Curator, webtest.Administrator, webtest.Chief, webtest.Weak} {
			add(g, role, http.StatusForbidden)
		}
		add(g, webtest.Stranger, http.StatusSeeOther)
	}
	return cases
}

// judged are the pages that an approver sees, which hold nothing exact and nothing rare.
func judged(list []guarded) []webtest.Case {
	var cases []webtest.Case
	for _, g := range list {
		if g.Action == account.ReviewPublication && g.get != "" && !strings.Contains(g.get, "/files/") {
			cases = append(cases, webtest.Case{Name: "approver " + g.Pattern, As: webtest.Approver, Get: g.get, Never: secrets})
		}
	}
	return append(cases, webtest.Case{Name: "approver's list", As: webtest.Approver, Get: "/approve", Never: secrets})
}

// TestOthersSeeNothing tries all addresses of one organisation as everybody else.
func TestOthersSeeNothing(t *testing.T) {
	p := open(t)
	h := p.things(t)
	list := h.guarded(p.Site)
	if len(list) < 35 {
		t.Errorf("%d routes lead to things", len(list))
	}
	cases := append(refused(list), judged(list)...)
	for _, g := range list {
		if g.post != "" {
			cases = append(cases, webtest.Case{
				Name: "from another site " + g.post, As: webtest.Steward, Post: g.post, Form: g.form, Status: 403, Header: map[string]string{"Sec-Fetch-Site": "cross-site"},
			})
		}
	}
	cases = append(cases,
		webtest.Case{Name: "foreign desk", As: foreign, Get: "/prepare", Never: append([]string{"Cases"}, secrets...)},
		webtest.Case{Name: "foreign list", As: foreign, Get: "/approve", Never: []string{"Fictional"}},
	)
	p.Run(t, cases)
	if w := p.send(t, foreign, h.set+"/upload", [][2]string{{"token", "x"}}, "a.csv", "a,b\n1,2\n", nil); w.Code != http.StatusNotFound {
		t.Errorf("foreign upload: status %d", w.Code)
	}
	p.hidesLog(t)
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
