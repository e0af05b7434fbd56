package app_test

import (
	"bytes"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"regexp"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/pquerna/otp/totp"

	"github.com/opencovey/covey/internal/app"
)

const (
	goodPassword = "wide rivers cross here"
	proxy        = "192.0.2.1" // where httptest says that requests come from
)

// town is an open server with a clock that the test moves, and its log.
type town struct {
	t       *testing.T
	app     *app.App
	handler http.Handler
	ahead   atomic.Int64
	log     bytes.Buffer
}

func newTown(t *testing.T) *town {
	t.Helper()
	h := &town{t: t}
	h.app = open(t, app.Options{
		Now: h.now, Proxies: []netip.Prefix{netip.MustParsePrefix(proxy + "/32")},
		Log: slog.New(slog.NewJSONHandler(&h.log, &slog.HandlerOptions{Level: slog.LevelDebug})),
	})
	h.handler = h.app.Handler()
	return h
}

func (h *town) now() time.Time       { return time.Now().Add(time.Duration(h.ahead.Load())) }
func (h *town) pass(d time.Duration) { h.ahead.Add(int64(d)) }
func (h *town) visitor(at string) *guest {
	return &guest{town: h, at: at, cookies: map[string]string{}}
}

// guest is somebody with a browser: an address and cookies.
type guest struct {
	town    *town
	at      string // network address
	cookies map[string]string
	header  http.Header // sent along with every request
	secret  string      // of an authenticator
	codes   []string    // for recovery

	status int
	to     string
	body   string
	answer http.Header
}

func (g *guest) ask(method, path string, form url.Values) *guest {
	g.town.t.Helper()
	r := httptest.NewRequest(method, path, strings.NewReader(form.Encode()))
	r.Header.Set("X-Forwarded-For", g.at)
	if method == http.MethodPost {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.Header.Set("Sec-Fetch-Site", "same-origin")
	}
	for name, values := range g.header {
		r.Header[name] = values
	}
	if host := g.header.Get("Host"); host != "" {
		r.Host = host
	}
	for name, value := range g.cookies {
		r.AddCookie(&http.Cookie{Name: name, Value: value})
	}
	w := httptest.NewRecorder()
	g.town.handler.ServeHTTP(w, r)
	for _, c := range w.Result().Cookies() {
		if c.MaxAge < 0 {
			delete(g.cookies, c.Name)
		} else {
			g.cookies[c.Name] = c.Value
		}
	}
	g.status, g.to, g.body, g.answer = w.Code, w.Header().Get("Location"), w.Body.String(), w.Header()
	return g
}

func (g *guest) get(path string) *guest {
	g.town.t.Helper()
	return g.ask(http.MethodGet, path, nil)
}

// post sends a form of names and values in turn.
func (g *guest) post(path string, pairs ...string) *guest {
	g.town.t.Helper()
	form := url.Values{}
	for i := 0; i+1 < len(pairs); i += 2 {
		form.Add(pairs[i], pairs[i+1])
	}
	return g.ask(http.MethodPost, path, form)
}

// is ends the test unless the last answer had a status.
func (g *guest) is(status int) *guest {
	g.town.t.Helper()
	if g.status != status {
		g.town.t.Fatalf("status %d (leads to %q), want %d\n%s", g.status, g.to, status, g.body)
	}
	return g
}

func (g *guest) find(pattern string) string {
	g.town.t.Helper()
	m := regexp.MustCompile(pattern).FindStringSubmatch(g.body)
	if m == nil {
		g.town.t.Fatalf("%s is not in\n%s", pattern, g.body)
	}
	return m[1]
}

// field returns the value of a hidden field of the last page.
func (g *guest) field(name string) string { return g.find(`name="` + name + `" value="([^"]*)"`) }

func (g *guest) session() string { return g.cookies["covey-session"] }

// code returns a new code of the guest's authenticator.
func (g *guest) code() string {
	g.town.t.Helper()
	g.town.pass(30 * time.Second)
	code, err := totp.GenerateCode(g.secret, g.town.now())
	if err != nil {
		g.town.t.Fatal(err)
	}
	return code
}

// setUp sets up an authenticator.
func (g *guest) setUp() {
	g.town.t.Helper()
	g.post("/account/factor/code").is(200)
	g.secret = strings.ReplaceAll(g.find(`<code dir="ltr">([A-Z2-7 ]+)</code>`), " ", "")
	g.post("/account/factor/code/confirm", "state", g.field("state"), "code", g.code()).is(200)
	for _, m := range regexp.MustCompile(`<li><code dir="ltr">([^<]+)</code>`).FindAllStringSubmatch(g.body, -1) {
		g.codes = append(g.codes, m[1])
	}
}

// found makes the first administrator.
func (h *town) found() *guest {
	h.t.Helper()
	link, err := h.app.FirstLink(h.t.Context())
	if err != nil {
		h.t.Fatal(err)
	}
	g := h.visitor("203.0.113.1")
	g.post(link[strings.Index(link, "/invite/"):], "organisation", "Harbour Trust", "name", "Amina Diallo", "email", "amina@harbour.example", "password", goodPassword).is(303)
	g.setUp()
	return g
}

// member makes a member of the operator's organisation, strong if asked for.
func (h *town) member(by *guest, email string, strong bool, roles ...string) *guest {
	h.t.Helper()
	var form []string
	for _, role := range roles {
		form = append(form, "roles", role)
	}
	by.get("/people").is(200)
	form = append(form, "organisation", by.field("organisation"))
	by.post("/people/invite", form...).is(200)
	g := h.visitor("203.0.113.2")
	g.post(by.find(`<code id="link" dir="ltr">[^<]*(/invite/[^<]+)</code>`), "name", "Person "+email, "email", email, "password", goodPassword).is(303)
	if strong {
		g.setUp()
	}
	return g
}

// suggestion fills in the form for a tool, as a person who takes a minute.
func (g *guest) suggestion(pairs ...string) []string {
	g.town.t.Helper()
	g.get("/tools/suggest").is(200)
	form := append([]string{"begun", g.field("begun")}, pairs...)
	g.town.pass(time.Minute)
	return form
}
