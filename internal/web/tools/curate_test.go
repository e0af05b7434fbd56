package tools_test

import (
	"bytes"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/opencovey/covey/internal/account"
	"github.com/opencovey/covey/internal/directory"
	"github.com/opencovey/covey/internal/web/tools"
	"github.com/opencovey/covey/internal/web/webtest"
)

// TestPermission tries what is for curators with everybody else.
func TestPermission(t *testing.T) {
	p := open(t, few(), tools.Options{})
	room := tools.New(tools.Options{Service: p.service})
	for _, route := range room.Routes {
		if route.Action != account.CurateTools {
			continue
		}
		method, path, _ := strings.Cut(route.Pattern, " ")
		path = strings.NewReplacer("{id}", "safe-line", "{suggestion}", "any").Replace(path)
		for _, who := range []string{webtest.Stranger, webtest.Reader, webtest.Weak, webtest.Chief} {
			c := webtest.Case{As: who, Get: path}
			if method == "POST" {
				c = webtest.Case{As: who, Post: path, Form: url.Values{"reason": {"x"}, "source": {"x"}, "name": {"x"}}}
			}
			w := p.Do(c)
			if w.Code != http.StatusForbidden && !(who == webtest.Stranger && (w.Code == http.StatusSeeOther || w.Code == http.StatusUnauthorized)) {
				t.Errorf("%s %s as %q: status %d", method, path, who, w.Code)
			}
		}
	}
}

func TestReview(t *testing.T) {
	p := open(t, few(), tools.Options{})
	suggest := func(g directory.Suggestion) string {
		t.Helper()
		sent, err := p.service.Suggest(t.Context(), account.Actor{}, g)
		if err != nil {
			t.Fatal(err)
		}
		return sent.ID
	}
	added := suggest(directory.Suggestion{Kind: directory.NewTool, Proposed: directory.Tool{Name: "Safe Lines", Description: "New."}, Source: "a leaflet"})
	corrected, _ := p.service.Index().Tool("safe-line")
	corrected.Terms = map[directory.Facet][]string{directory.Cost: {"paid"}, directory.UsedIn: {"KE"}}
	correction := suggest(directory.Suggestion{Kind: directory.Correction, Tool: "safe-line", Proposed: corrected, Source: "its page"})
	feedback := suggest(directory.Suggestion{Kind: directory.Feedback, Tool: "safe-line", Works: "no", Message: "Nobody answers."})
	spam := suggest(directory.Suggestion{Kind: directory.NewTool, Proposed: directory.Tool{Name: "Cheap pills"}})
	as := func(c webtest.Case) webtest.Case { c.As = webtest.Curator; return c }
	p.Run(t, []webtest.Case{
		as(webtest.Case{Name: "queue", Get: "/curate", Appears: []string{"4 suggestions wait", "Safe Lines", "Correction", "Feedback: No", "Cheap pills"}}),
		as(webtest.Case{Name: "new, beside what may be the same", Get: "/curate/" + added, Appears: []string{"Is it one of these?", "/tools/safe-line", "a leaflet", `value="Safe Lines"`}}),
		as(webtest.Case{Name: "side by side", Get: "/curate/" + correction, Appears: []string{"<del>Free</del>", "<ins>Paid</ins>", "<del>Workers</del>", "Calls cost nothing."}}),
		as(webtest.Case{Name: "feedback", Get: "/curate/" + feedback, Appears: []string{"Nobody answers.", "/tools/safe-line/edit#check"}}),
		as(webtest.Case{Name: "publish without a source is that of the suggestion", Post: "/curate/" + added + "/publish", Form: url.Values{"name": {"Safe Lines of Kenya"}, "terms.used": {"Kenya"}}, Status: 303, Location: "/curate"}),
		as(webtest.Case{Name: "published", Get: "/tools/safe-lines-of-kenya", Appears: []string{"Safe Lines of Kenya", "a leaflet", "Unverified"}}),
		as(webtest.Case{Name: "publish with a mistake", Post: "/curate/" + correction + "/publish", Form: url.Values{"name": {""}}, Status: 422, Appears: []string{"Please give the name"}}),
		as(webtest.Case{Name: "publish a correction", Post: "/curate/" + correction + "/publish", Form: url.Values{"name": {"Safe Line"}, "terms.cost": {"paid"}, "source": {"I looked"}, "notes.cost": {"a little"}}, Status: 303}),
		as(webtest.Case{Name: "corrected", Get: "/tools/safe-line", Appears: []string{"Paid", "a little"}, Never: []string{"Calls cost nothing.</p>"}}),
		as(webtest.Case{Name: "publish twice", Post: "/curate/" + correction + "/publish", Form: url.Values{"name": {"Safe Line"}}, Status: 409}),
		as(webtest.Case{Name: "decline without a reason", Post: "/curate/" + spam + "/decline", Status: 422, Appears: []string{"Please give a reason"}}),
		as(webtest.Case{Name: "decline", Post: "/curate/" + spam + "/decline", Form: url.Values{"reason": {"advertising"}}, Status: 303, Location: "/curate"}),
		as(webtest.Case{Name: "settle", Post: "/curate/" + feedback + "/settle", Status: 303, Location: "/curate"}),
		as(webtest.Case{Name: "nothing waits", Get: "/curate", Appears: []string{"Nothing waits."}}),
		as(webtest.Case{Name: "not there", Get: "/curate/nothing", Status: 404}),
	})
}

func TestEdit(t *testing.T) {
	p := open(t, few(), tools.Options{})
	as := func(c webtest.Case) webtest.Case { c.As = webtest.Curator; return c }
	p.Run(t, []webtest.Case{
		as(webtest.Case{Name: "form", Get: "/tools/safe-line/edit", Appears: []string{`name="version" value="1"`, `name="notes.cost" type="text" value="Calls cost nothing."`, "/tools/safe-line/merge", "/tools/safe-line/withdraw"}}),
		as(webtest.Case{Name: "without a source", Post: "/tools/safe-line/edit", Form: url.Values{"name": {"Safer Line"}, "version": {"1"}}, Status: 422, Appears: []string{"Please say what this rests on", `value="Safer Line"`}}),
		as(webtest.Case{Name: "saved", Post: "/tools/safe-line/edit", Form: url.Values{"name": {"Safer Line"}, "version": {"1"}, "source": {"its page"}}, Status: 303, Location: "/tools/safe-line"}),
		as(webtest.Case{Name: "by somebody who saw an older one", Post: "/tools/safe-line/edit", Form: url.Values{"name": {"Unsafe Line"}, "version": {"1"}, "source": {"x"}}, Status: 409}),
		as(webtest.Case{Name: "is saved", Get: "/tools/safe-line", Appears: []string{"Safer Line"}}),
		as(webtest.Case{Name: "checked", Post: "/tools/pattern-finder/checked", Form: url.Values{"works": {"yes"}, "note": {"tried it"}}, Status: 303}),
		as(webtest.Case{Name: "is checked", Get: "/tools/pattern-finder", Appears: []string{"Last checked on 22 November 2026"}}),
		as(webtest.Case{Name: "added", Post: "/curate/new", Form: url.Values{"name": {"New One"}, "source": {"a leaflet"}}, Status: 303, Location: "/tools/new-one"}),
		as(webtest.Case{Name: "merged into itself", Post: "/tools/new-one/merge", Form: url.Values{"into": {"new-one"}, "merge_source": {"x"}}, Status: 422}),
		as(webtest.Case{Name: "merged", Post: "/tools/new-one/merge", Form: url.Values{"into": {"https://covey.example/tools/river-watch"}, "merge_source": {"the same"}}, Status: 303, Location: "/tools/river-watch"}),
		as(webtest.Case{Name: "withdrawn", Post: "/tools/river-watch/withdraw", Form: url.Values{"reason": {"asked"}}, Status: 303}),
		as(webtest.Case{Name: "can be restored", Get: "/tools/river-watch/edit", Appears: []string{"/tools/river-watch/restore"}}),
		as(webtest.Case{Name: "restored", Post: "/tools/river-watch/restore", Form: url.Values{"reason": {"asked again"}}, Status: 303}),
		{Name: "is back", Get: "/tools/river-watch"},
		as(webtest.Case{Name: "links", Get: "/curate/links", Appears: []string{"No link was ever checked"}}),
		as(webtest.Case{Name: "Arabic", Get: "/tools/safe-line/edit", Language: "ar", Never: []string{"[tools."}}),
	})
}

// upload sends a file as a browser does.
func (p *place) upload(t testing.TB, file, source string) *httptest.ResponseRecorder {
	t.Helper()
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	part, err := form.CreateFormFile("file", "list.csv")
	if err != nil {
		t.Fatal(err)
	}
	_, _ = part.Write([]byte(file))
	_ = form.WriteField("source", source)
	_ = form.Close()
	r := httptest.NewRequest(http.MethodPost, "/curate/import", &body)
	r.Header.Set("Content-Type", form.FormDataContentType())
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	r.AddCookie(&http.Cookie{Name: "__Host-covey-session", Value: webtest.Curator})
	w := httptest.NewRecorder()
	p.Server.ServeHTTP(w, r)
	return w
}

func TestImport(t *testing.T) {
	p := open(t, few(), tools.Options{})
	const file = "name,description,terms.used,terms.cost\nNorth Star,Guides.,Nepal,free\n\"=cmd()\",<script>alert(1)</script>,KE,free\nBad,x,Atlantis,free\n"
	w := p.upload(t, file, "a list")
	body := w.Body.String()
	if w.Code != 200 {
		t.Fatalf("status %d\n%s", w.Code, body)
	}
	for _, want := range []string{"<b>3</b> added", "Atlantis", "terms.used", "Import it"} {
		if !strings.Contains(body, want) {
			t.Errorf("the summary lacks %q", want)
		}
	}
	for _, f := range webtest.Faults(body) {
		t.Error(f)
	}
	if strings.Contains(body, "<script>alert") {
		t.Error("the file's text is markup")
	}
	if n := p.service.Index().Len(); n != 3 {
		t.Fatalf("the summary changed the map: %d", n)
	}
	p.Run(t, []webtest.Case{
		{Name: "confirmed", As: webtest.Curator, Post: "/curate/import/confirm", Form: url.Values{"data": {file}, "name": {"list.csv"}, "source": {"a list"}}, Status: 303, Location: "/tools?sort=updated"},
		{Name: "is there", Get: "/tools/north-star", Appears: []string{"Nepal", "a list"}},
		{Name: "again", As: webtest.Curator, Post: "/curate/import/confirm", Form: url.Values{"data": {file}, "name": {"list.csv"}, "source": {"a list"}}, Status: 303, Location: "/curate"},
	})
	for name, bad := range map[string]string{"empty": "", "no names": "a,b\n1,2\n", "binary": "\x00\x01\x02"} {
		if w := p.upload(t, bad, "x"); w.Code != 422 {
			t.Errorf("%s: status %d", name, w.Code)
		}
	}
	if w := p.upload(t, file, ""); w.Code != 422 {
		t.Errorf("without a source: status %d", w.Code)
	}
	if w := p.upload(t, strings.Repeat("x", 3<<20), "x"); w.Code != 413 {
		t.Errorf("a huge file: status %d", w.Code)
	}
}

// TestReservedNames makes sure that no tool gets an address that a page has: every
// word that a route puts in the place of an ID must be one that NewID avoids.
func TestReservedNames(t *testing.T) {
	p := open(t, nil, tools.Options{})
	for _, route := range tools.New(tools.Options{Service: p.service}).Routes {
		_, path, _ := strings.Cut(route.Pattern, " ")
		word, ok := strings.CutPrefix(path, "/tools/")
		if !ok || strings.ContainsAny(word, "/{.") {
			continue
		}
		added, err := p.service.Edit(t.Context(), curator(), directory.Tool{Name: word}, "test")
		if err != nil {
			t.Fatal(err)
		}
		if added.ID == word {
			t.Errorf("a tool that is called %q hides behind %s", word, route.Pattern)
		}
		p.Run(t, []webtest.Case{{Name: word, Get: "/tools/" + added.ID, Appears: []string{"<bdi>" + word + "</bdi>"}}})
	}
}

// TestForeignFields sends fields that a form does not have.
func TestForeignFields(t *testing.T) {
	p := open(t, few(), tools.Options{})
	extra := url.Values{
		"name": {"River Watch"}, "description": {"Changed."}, "id": {"safe-line"}, "withdrawn": {"yes"}, "merged_into": {"safe-line"}, "checked": {"2026-11-01"},
		"version": {"99"}, "notes.cost": {"free for me"}, "sources": {"url: me"}, "state": {"accepted"}, "kind": {"new"}, "by": {"user-curator"},
	}
	p.Run(t, []webtest.Case{{Name: "sent", Post: "/tools/river-watch/correct", Form: p.form(t, "/tools/river-watch/correct", extra), Status: 303}})
	g := p.waiting(t)[0]
	if g.Tool != "river-watch" || g.Kind != directory.Correction || g.State != directory.Open || g.By != "" || g.Proposed.Withdrawn || g.Proposed.MergedInto != "" ||
		!g.Proposed.Checked.IsZero() || len(g.Proposed.Notes) > 0 || g.Proposed.Sources["url"] != "" {
		t.Errorf("kept %+v", g)
	}
}

// TestHostileRequests are requests that no page of ours sends.
func TestHostileRequests(t *testing.T) {
	p := open(t, few(), tools.Options{})
	cross := map[string]string{"Sec-Fetch-Site": "cross-site", "Origin": "https://elsewhere.example"}
	p.Run(t, []webtest.Case{
		{Name: "a curator's form from another site", As: webtest.Curator, Post: "/tools/safe-line/withdraw", Form: url.Values{"reason": {"x"}}, Header: cross, Status: 403},
		{Name: "a suggestion from another site", Post: "/tools/suggest", Form: url.Values{"name": {"x"}}, Header: cross, Status: 403},
		{Name: "an endless form", Post: "/tools/suggest", Form: url.Values{"name": {strings.Repeat("x", 1<<20)}}, Status: 413},
		{Name: "a change by GET", As: webtest.Curator, Get: "/tools/safe-line/withdraw", Status: 405},
		{Name: "a thousand filters", Get: "/tools?" + strings.Repeat("used=KE&", 1000) + "used=TH", Appears: []string{"of 3"}},
		{Name: "a page far away", Get: "/tools?page=99999999999999999999", Appears: []string{"“page = 99999999999999999999”"}},
		{Name: "a text that is too long", Get: "/tools?q=" + strings.Repeat("x", 5000), Appears: []string{"Nothing was found"}},
		{Name: "bytes that are no text", Get: "/tools?q=%ff%fe%00", Never: []string{"\x00", "\xff"}},
		{Name: "a way out", Get: "/tools/..%2f..%2fetc%2fpasswd", Status: 404},
		{Name: "is still there", Get: "/tools/safe-line", Appears: []string{"Safe Line"}},
	})
}
