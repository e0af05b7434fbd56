package tools_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/opencovey/covey/e2e"
	"github.com/opencovey/covey/internal/directory"
	"github.com/opencovey/covey/internal/web/tools"
	"github.com/opencovey/covey/internal/web/webtest"
)

// browse serves the map that is built in to a real browser. A path with "as" in its
// query is asked for as a curator.
func browse(t *testing.T, o tools.Options) (*e2e.Browser, string, *place) {
	t.Helper()
	if testing.Short() {
		t.Skip("long")
	}
	v, err := directory.OpenVocabulary()
	if err != nil {
		t.Fatal(err)
	}
	seed, err := directory.Seed(v)
	if err != nil {
		t.Fatal(err)
	}
	p := open(t, seed, o)
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if q := r.URL.Query(); q.Has("as") {
			q.Del("as")
			r.URL.RawQuery = q.Encode()
			r.AddCookie(&http.Cookie{Name: "__Host-covey-session", Value: webtest.Curator})
		}
		p.Server.ServeHTTP(w, r)
	}))
	t.Cleanup(s.Close)
	return e2e.Start(t), s.URL, p
}

// TestLooks opens the pages in a real browser, on a laptop and on a small phone, in
// a language from the left and one from the right.
func TestLooks(t *testing.T) {
	b, origin, p := browse(t, tools.Options{})
	g, err := p.service.Suggest(t.Context(), curator(), directory.Suggestion{
		Kind: directory.Correction, Tool: "bdeshjaatra", Proposed: directory.Tool{Name: "BdeshJaatra", Description: "Now with a hotline."}, Source: "its page",
	})
	if err != nil {
		t.Fatal(err)
	}
	both := map[string]e2e.View{"laptop": e2e.Desktop(), "phone": e2e.Phone()}
	phone := map[string]e2e.View{"phone": e2e.Phone()}
	look := func(path string, views map[string]e2e.View, languages ...string) {
		for _, language := range languages {
			for name, view := range views {
				t.Run(strings.Join([]string{path, language, name}, " "), func(t *testing.T) {
					join := "?"
					if strings.Contains(path, "?") {
						join = "&"
					}
					page := b.Open(t, origin+path+join+"lang="+language, view)
					for _, fault := range page.Faults() {
						t.Error(fault)
					}
				})
			}
		}
	}
	look("/tools", both, "en", "fr", "es", "ar")
	look("/tools/bdeshjaatra", both, "en", "ar")
	look("/tools/landscape", both, "en", "ar")
	look("/tools/plan?text=chatbot+for+domestic+workers+in+Lebanon", both, "en", "ar")
	look("/tools/suggest", both, "ar")
	for _, path := range []string{
		"/tools?q=zzzz&form=labour", "/countries/KE", "/countries", "/tools/take", "/tools/embed", "/tools/bdeshjaatra/correct", "/tools/bdeshjaatra/feedback",
		"/curate?as=curator", "/curate/" + g.ID + "?as=curator", "/tools/bdeshjaatra/edit?as=curator", "/curate/import?as=curator", "/curate/links?as=curator",
	} {
		look(path, phone, "en")
	}
}

// TestWithoutScripts goes from the first page to one tool by links and buttons
// alone.
func TestWithoutScripts(t *testing.T) {
	b, origin, _ := browse(t, tools.Options{})
	view := e2e.Phone()
	view.NoScripts = true
	page := b.Open(t, origin+"/tools", view)
	page.Type("#q", "hotline")
	page.Click(".search button")
	wait(t, page, `location.search === "?q=hotline" && document.querySelectorAll(".result mark").length > 0`)
	page.Click("#filters > summary")
	page.Click(`label[for="type-awareness"]`)
	page.Click("#filters .actions button")
	wait(t, page, `location.search.includes("type=awareness") && document.querySelector("#type-awareness").checked`)
	page.Click(".result a")
	wait(t, page, `location.pathname.startsWith("/tools/") && document.querySelector("dl.facts") !== null`)
}

// TestLive makes choices with scripts on: the result changes at once, and the
// address with it.
func TestLive(t *testing.T) {
	b, origin, p := browse(t, tools.Options{})
	page := b.Open(t, origin+"/tools", e2e.Desktop())
	if n := e2e.Eval[int](page, `[...document.querySelectorAll("svg.world use")].filter(u => u.getBoundingClientRect().width > 0).length`); n < 20 {
		t.Errorf("%d countries are drawn", n)
	}
	if shown := e2e.Eval[bool](page, `document.querySelector("#type-awareness").checkVisibility()`); !shown {
		t.Error("the filters are hidden on a wide screen")
	}
	page.Click(`label[for="type-awareness"]`)
	wait(t, page, `location.search === "?type=awareness" && document.querySelector("#count").textContent.startsWith("37 ")`)
	if id := e2e.Eval[string](page, `document.activeElement.id`); id != "type-awareness" {
		t.Errorf("the focus is on %q", id)
	}
	for _, fault := range page.Faults() {
		t.Error(fault)
	}
	page.Click(".chosen-list a")
	wait(t, page, `location.search === ""`)

	page = b.Open(t, origin+"/tools/suggest", e2e.Desktop())
	page.Type("#f-name", "Bdesh Jatra")
	wait(t, page, `document.querySelector(".hints a[href='/tools/bdeshjaatra']") !== null`)
	p.later(time.Minute)
	page.Click(".entry > .actions button")
	wait(t, page, `document.querySelector("button[name=confirmed]") !== null`)
	page.Click("button[name=confirmed]")
	wait(t, page, `location.pathname === "/tools"`)
	if n := len(p.waiting(t)); n != 1 {
		t.Errorf("%d suggestions wait", n)
	}
}

// wait waits until a condition holds in the page.
func wait(t *testing.T, page *e2e.Page, condition string) {
	t.Helper()
	for range 200 {
		if e2e.Eval[bool](page, "Boolean("+condition+")") {
			return
		}
		time.Sleep(50 * time.Millisecond)
	}
	t.Fatalf("never: %s\nat %s", condition, e2e.Eval[string](page, "location.href"))
}
