package app_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/opencovey/covey/internal/account"
	"github.com/opencovey/covey/internal/directory"
	"github.com/opencovey/covey/internal/web"
	"github.com/opencovey/covey/internal/web/webtest"
)

// TestCrossSiteForms sends every form of the server from another site, with the session
// of somebody who may send it.
func TestCrossSiteForms(t *testing.T) {
	h := newTown(t)
	site := webtest.New(t, web.Options{Rooms: h.app.Rooms(), Public: "https://covey.example"})
	before := state(t, h)
	forged := []map[string]string{
		{"Sec-Fetch-Site": "cross-site"},
		{"Sec-Fetch-Site": "same-site", "Origin": "https://evil.covey.example"},
		{"Sec-Fetch-Site": "", "Origin": "https://evil.example"},
		{"Sec-Fetch-Site": "", "Origin": "null"},
	}
	forms, let := 0, 0
	for _, route := range site.Server.Routes() {
		method, path, _ := strings.Cut(route.Pattern, " ")
		if method == http.MethodGet {
			continue
		}
		forms++
		path = placePattern.ReplaceAllString(path, "x")
		who := permitted()[route.Action]
		as := who[len(who)-1]
		for _, header := range forged {
			if w := site.Do(webtest.Case{As: as, Post: path, Header: header}); w.Code != 403 || len(w.Result().Cookies()) > 0 {
				t.Errorf("%s as %q with %v: %d", route.Pattern, as, header, w.Code)
			}
		}
		// The control: from the server's own pages it is another answer.
		if w := site.Do(webtest.Case{As: as, Post: path, Header: map[string]string{"Sec-Fetch-Site": "same-origin"}}); w.Code != 403 {
			let++
		}
	}
	if forms < 30 || let < forms/2 {
		t.Errorf("%d forms, of which %d get in from the own pages", forms, let)
	}
	if after := state(t, h); after != before {
		t.Errorf("something was changed: %s, then %s", before, after)
	}
	t.Logf("%d forms", forms)
}

// TestFormsByGet asks for every form's address with GET, as a link or a picture of
// another site does: signing out, above all.
func TestFormsByGet(t *testing.T) {
	h := newTown(t)
	site := webtest.New(t, web.Options{Rooms: h.app.Rooms()})
	before := state(t, h)
	pages := map[string]bool{}
	for _, route := range site.Server.Routes() {
		if path, ok := strings.CutPrefix(route.Pattern, "GET "); ok {
			pages[path] = true
		}
	}
	for _, route := range site.Server.Routes() {
		path, ok := strings.CutPrefix(route.Pattern, "POST ")
		if !ok || pages[path] {
			continue
		}
		for _, as := range []string{webtest.Administrator, webtest.Curator} {
			w := site.Do(webtest.Case{As: as, Get: placePattern.ReplaceAllString(path, "x")})
			if w.Code < 400 || w.Code >= 500 || len(w.Result().Cookies()) > 0 {
				t.Errorf("GET %s as %q: %d %v", path, as, w.Code, w.Result().Cookies())
			}
		}
	}
	if after := state(t, h); after != before {
		t.Errorf("something was changed: %s, then %s", before, after)
	}
	person := h.found()
	person.get("/sign-out")
	person.ask(http.MethodHead, "/sign-out", nil)
	person.get("/account").is(200)
}

// state sums up what a server holds.
func state(t *testing.T, h *town) string {
	t.Helper()
	list, err := h.app.Tools().OpenSuggestions(t.Context(), account.Actor{System: true}, 1000)
	if err != nil {
		t.Fatal(err)
	}
	return fmt.Sprintf("%d tools, changed last %v, %d suggestions", h.app.Tools().Index().Len(), h.app.Tools().Index().Updated(), len(list))
}

// TestHost sends false names of the server and looks that no page believes them.
func TestHost(t *testing.T) {
	h := newTown(t)
	site := webtest.New(t, web.Options{Rooms: h.app.Rooms(), Public: "https://covey.example"})
	for _, route := range site.Server.Routes() {
		method, path, _ := strings.Cut(strings.ReplaceAll(route.Pattern, "{$}", ""), " ")
		if method != http.MethodGet {
			continue
		}
		path = strings.NewReplacer("/tools/{id}", "/tools/bdeshjaatra", "{code}", "KE").Replace(path)
		who := permitted()[route.Action]
		w := site.Do(webtest.Case{As: who[len(who)-1], Get: placePattern.ReplaceAllString(path, "x"), Header: map[string]string{
			"Host": "evil.example", "X-Forwarded-Host": "evil.example", "Forwarded": "host=evil.example;proto=http", "X-Original-Url": "//evil.example/",
			"X-Rewrite-Url": "//evil.example/", "X-Forwarded-Proto": "evil", "Origin": "https://evil.example",
		}})
		if strings.Contains(w.Body.String(), "evil") || strings.Contains(fmt.Sprint(w.Header()), "evil") {
			t.Errorf("%s believes what it is called: %v", path, w.Header())
		}
	}
	g := h.visitor("203.0.113.9")
	g.header = http.Header{"Host": {"evil.example"}}
	for _, path := range []string{"/", "/tools", "/tools/take", "/tools/feed.atom", "/api/v1/openapi.json", "/tools/datapackage.json"} {
		if g.get(path).is(200); strings.Contains(g.body, "evil") {
			t.Errorf("%s believes the header Host", path)
		}
	}
}

// TestPaths looks for files outside of the folder of static files.
func TestPaths(t *testing.T) {
	g := newTown(t).visitor("203.0.113.9")
	for _, path := range []string{
		"/static/../go.mod", "/static/..%2f..%2fetc%2fpasswd", "/static/%2e%2e/%2e%2e/etc/passwd", "/static/....//....//etc/passwd", `/static/..%5c..%5cgo.mod`,
		"/static//etc/passwd", "/static/app.css%00.js", "/static/", "/static", "/static/.", "/static/%2e", "/root.key", "/covey.db", "/static/root.key", "/.git/config",
		"/tools/..%2f..%2froot.key", "/countries/..%2froot.key", "/tools//etc/passwd",
	} {
		g.get(path)
		if g.status == 200 || strings.Contains(g.body, "root:") || strings.Contains(g.body, "module github.com") {
			t.Errorf("%s: %d\n%.200s", path, g.status, g.body)
		}
		if u, err := url.Parse(g.to); err != nil || u.Host != "" {
			t.Errorf("%s leads to %s", path, g.to)
		}
	}
}

// TestPageCache tries to put into the kept pages what others then see.
func TestPageCache(t *testing.T) {
	h := newTown(t)
	paths := []string{"/tools", "/tools?q=hotline", "/tools/bdeshjaatra", "/countries/KE", "/tools/landscape", "/tools/embed", "/tools/plan?text=chatbot"}
	clean := map[string]string{}
	other := newTown(t) // nobody has poisoned this one
	for _, path := range paths {
		clean[path] = other.visitor("203.0.113.5").get(path).is(200).body
	}
	const evil = "evil-canary"
	for _, path := range paths {
		for _, header := range []http.Header{
			{"X-Forwarded-Host": {evil}, "Host": {evil + ".example"}},
			{"X-Forwarded-Prefix": {"/" + evil}, "X-Original-Url": {"/" + evil}},
			{"Cookie": {"covey-language=" + evil + "; covey-notice=" + evil + "; covey-session=" + evil}},
			{"Accept-Language": {evil}},
			{"Accept-Encoding": {evil}},
			{"Covey-Part": {evil}},
			{"Range": {"bytes=0-10"}},
			{"X-Http-Method-Override": {"POST"}},
			{"Sec-Fetch-Site": {"cross-site"}, "Sec-Fetch-Mode": {"navigate"}},
			{"Cookie": {"covey-notice=people.signout.done"}},
			{"Accept": {"application/json"}},
		} {
			g := h.visitor("203.0.113.6")
			g.header = header
			g.get(path)
			g.ask(http.MethodHead, path, nil)
		}
		for _, language := range []string{evil, "ar"} {
			join := map[bool]string{true: "&", false: "?"}[strings.Contains(path, "?")]
			h.visitor("203.0.113.6").get(path + join + "lang=" + language)
		}
	}
	person := h.found()
	for _, path := range paths {
		if person.get(path).is(200); path != "/tools/embed" && !strings.Contains(person.body, "Amina Diallo") {
			t.Errorf("%s: a page of strangers is shown to somebody", path)
		}
		if c := person.answer.Get("Cache-Control"); c != "no-store" && !strings.Contains(c, "private") {
			t.Errorf("%s for somebody who is signed in: Cache-Control %q", path, c)
		}
	}
	for _, path := range paths {
		g := h.visitor("203.0.113.7")
		if g.get(path).is(200); g.body != clean[path] {
			t.Errorf("%s is no longer what it was", path)
		}
		if strings.Contains(fmt.Sprint(g.answer), evil) || len(g.answer["Set-Cookie"]) > 0 {
			t.Errorf("%s: headers %v", path, g.answer)
		}
		for _, word := range []string{"Cookie", "Accept-Language", "Accept-Encoding", "Covey-Part"} {
			if c := g.answer.Get("Cache-Control"); !strings.Contains(g.answer.Get("Vary"), word) || !strings.Contains(c, "no-cache") {
				t.Errorf("%s: a cache between may confuse answers: Vary %q, Cache-Control %q", path, g.answer.Get("Vary"), c)
			}
		}
	}
}

// TestSpam sends more suggestions than a person does: a plain page says so, and others
// go on.
func TestSpam(t *testing.T) {
	h := newTown(t)
	spammer, other := h.visitor("203.0.113.20"), h.visitor("203.0.113.21")
	refused, kept := 0, 0
	for i := range 60 {
		form := spammer.suggestion("name", fmt.Sprintf("Spam %d %x", i, i*7919), "confirmed", "yes")
		h.pass(-time.Minute + 3*time.Second)
		spammer.post("/tools/suggest", form...)
		switch spammer.status {
		case 303:
			kept++
		case 429:
			refused++
			if !strings.Contains(spammer.body, "<h1") || !strings.HasPrefix(spammer.answer.Get("Content-Type"), "text/html") {
				t.Fatalf("the refusal is no page:\n%s", spammer.body)
			}
		default:
			t.Fatalf("suggestion %d: %d\n%s", i, spammer.status, spammer.body)
		}
	}
	if kept > 11 || refused < 45 {
		t.Errorf("%d suggestions of one client were kept, %d refused", kept, refused)
	}
	other.post("/tools/suggest", other.suggestion("name", "Somebody else's", "confirmed", "yes")...).is(303)
	spammer.get("/tools").is(200) // reading goes on

	machine := h.visitor("203.0.113.22")
	for name, form := range map[string][]string{
		"no mark of a form":  {"name", "A"},
		"a mark made up":     {"name", "A", "begun", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"},
		"the field of traps": append(machine.suggestion("name", "A"), "homepage_confirm", "x"),
	} {
		if machine.post("/tools/suggest", form...); machine.status != 422 {
			t.Errorf("%s: %d", name, machine.status)
		}
	}
}

// TestInsideAddresses suggests tools whose addresses are inside the server's own
// network: they are not kept, so that nothing is ever asked there.
func TestInsideAddresses(t *testing.T) {
	h := newTown(t)
	g := h.visitor("203.0.113.20")
	for _, address := range []string{
		"http://127.0.0.1:8080/metrics", "http://localhost/", "http://[::1]/", "http://10.0.0.1/", "http://169.254.169.254/latest/meta-data", "http://2130706433/",
		"http://0x7f.1/", "http://127.1/", "http://[::ffff:10.0.0.1]/", "http://metadata.google.internal/", "http://intranet/", "file:///etc/passwd", "gopher://a.example/",
		"https://user:password@a.example/", "javascript:alert(1)",
	} {
		g.post("/tools/suggest", g.suggestion("name", "Inside "+address, "url", address, "confirmed", "yes")...)
		if g.status != 422 || !strings.Contains(g.body, `href="#f-url"`) {
			t.Errorf("%s: %d", address, g.status)
		}
	}
	system := account.Actor{System: true}
	list, err := h.app.Tools().OpenSuggestions(t.Context(), system, 10)
	if err != nil || len(list) > 0 {
		t.Errorf("%d were kept: %v", len(list), err)
	}
	// A name that leads inside passes for one that does not, and is refused when it is asked.
	if _, err := h.app.Tools().Import(t.Context(), system, []directory.Tool{
		{ID: "inside", Name: "Inside", URL: "http://inside.example/", Sources: map[string]string{"": "x"}},
	}, directory.ImportOptions{Source: "x"}); err != nil {
		t.Fatal(err)
	}
	checker := &directory.LinkChecker{
		Resolve: func(_ context.Context, host string) ([]netip.Addr, error) {
			if host == "inside.example" {
				return []netip.Addr{netip.MustParseAddr("10.0.0.7")}, nil
			}
			return nil, errors.New("there is no network here")
		},
		Dial: func(_ context.Context, address netip.AddrPort) (net.Conn, error) {
			t.Errorf("the link checker calls %s", address)
			return nil, errors.New("no network")
		},
		Wait: func(context.Context, time.Duration) error { return nil },
	}
	if err := h.app.Tools().CheckLinks(t.Context(), system, checker, nil); err != nil {
		t.Fatal(err)
	}
	checks, err := h.app.Tools().LinkChecks(t.Context())
	if c := checks["inside"]; err != nil || c.Works || !strings.Contains(c.Detail, "refused") {
		t.Errorf("a name that leads inside: %+v, %v", c, err)
	}
}

// TestFormulas publishes an entry whose fields a spreadsheet would compute, by the pages
// alone, and looks at the file.
func TestFormulas(t *testing.T) {
	h := newTown(t)
	curator := h.member(h.found(), "rosa@harbour.example", true, "curator")
	for i, start := range []string{"=", "+", "-", "@", "\t=", "\r=", "\u200b=", " =", "＝"} {
		form := []string{"name", fmt.Sprint(start, "HYPERLINK(", i, ")"), "description", start + "cmd|' /C calc'!A0", "organisations", start + "SUM(1)", "other_names", start + "1", "source", start + "2"}
		if curator.post("/curate/new", form...); curator.status != 303 && curator.status != 422 {
			t.Fatalf("%q: %d\n%s", start, curator.status, curator.body)
		}
	}
	h.pass(2 * time.Second)
	body := curator.get("/tools.csv").is(200).body
	if n := strings.Count(body, "HYPERLINK"); n < 5 {
		t.Fatalf("%d of the entries are there", n)
	}
	if m := regexp.MustCompile(`(?m)(^|,)"?[\s\x{200b}]*[=+\-@＝]`).FindString(body); m != "" {
		t.Errorf("a cell begins with %q", m)
	}
}
