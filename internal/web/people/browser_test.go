package people_test

import (
	"crypto/rand"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/pquerna/otp/totp"

	"github.com/opencovey/covey/internal/account"
	"github.com/opencovey/covey/internal/account/accounttest"
	"github.com/opencovey/covey/internal/audit"
	"github.com/opencovey/covey/internal/seal"
	"github.com/opencovey/covey/internal/web"
	"github.com/opencovey/covey/internal/web/people"
	"github.com/opencovey/covey/internal/web/webtest"
)

const (
	origin       = "https://hub.example.org"
	goodPassword = "wide rivers cross here"
)

// house is a server with the room of people alone.
type house struct {
	t        *testing.T
	site     *webtest.Site
	store    *accounttest.Store
	accounts *account.Service
	log      *audit.Log
	issuer   *accounttest.Issuer

	mu  sync.Mutex
	now time.Time
}

func (h *house) clock() time.Time {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.now
}

func (h *house) wait(d time.Duration) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.now = h.now.Add(d)
}

func (h *house) ok(err error) {
	h.t.Helper()
	if err != nil {
		h.t.Fatal(err)
	}
}

func newHouse(t *testing.T) *house {
	t.Helper()
	h := &house{t: t, now: time.Date(2026, 11, 20, 9, 0, 0, 0, time.UTC)}
	h.store = &accounttest.Store{Now: h.clock}
	h.issuer = accounttest.NewIssuer(t, h.clock)
	keys, err := seal.Make(nil)
	h.ok(err)
	h.log, err = audit.NewLog(h.store, keys.Auditor(), h.clock)
	h.ok(err)
	h.accounts, err = account.NewService(h.store, keys, h.store, h.clock, rand.Reader, account.Options{
		Origin: origin, Hashing: account.Argon{Memory: 64, Time: 1, Lanes: 1},
		OpenID: account.OpenID{Issuer: h.issuer.URL, Client: "covey", HTTP: h.issuer.Client},
	})
	h.ok(err)
	room := people.New(people.Options{Accounts: h.accounts, Audit: h.store, Key: h.log.Key()})
	h.site = webtest.New(t, web.Options{
		Rooms: []web.Room{room}, Sessions: people.Sessions(h.accounts), Public: origin, Now: h.clock,
	})
	return h
}

// browser keeps cookies, and the last page.
type browser struct {
	house   *house
	cookies map[string]string
	status  int
	to      string // of a redirect
	body    string
	header  http.Header
}

func (h *house) browser() *browser { return &browser{house: h, cookies: map[string]string{}} }

func (b *browser) do(method, path string, form url.Values) {
	b.house.t.Helper()
	r := httptest.NewRequest(method, path, strings.NewReader(form.Encode()))
	if method == http.MethodPost {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.Header.Set("Sec-Fetch-Site", "same-origin")
	}
	r.Header.Set("User-Agent", "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0")
	for name, value := range b.cookies {
		r.AddCookie(&http.Cookie{Name: name, Value: value})
	}
	w := httptest.NewRecorder()
	b.house.site.Server.ServeHTTP(w, r)
	for _, c := range w.Result().Cookies() {
		if c.MaxAge < 0 {
			delete(b.cookies, c.Name)
		} else {
			b.cookies[c.Name] = c.Value
		}
	}
	b.status, b.to, b.body, b.header = w.Code, w.Header().Get("Location"), w.Body.String(), w.Header()
	if strings.HasPrefix(w.Header().Get("Content-Type"), "text/html") {
		for _, f := range webtest.Faults(b.body) {
			b.house.t.Errorf("%s %s: page %s", method, path, f)
		}
		if strings.Contains(b.body, "[people.") || strings.Contains(b.body, "[fault.") {
			b.house.t.Errorf("%s %s: a text is missing:\n%s", method, path, b.body)
		}
	}
}

func (b *browser) get(path string) *browser {
	b.house.t.Helper()
	b.do(http.MethodGet, path, nil)
	return b
}

// post sends a form of names and values in turn.
func (b *browser) post(path string, pairs ...string) *browser {
	b.house.t.Helper()
	form := url.Values{}
	for i := 0; i+1 < len(pairs); i += 2 {
		form.Add(pairs[i], pairs[i+1])
	}
	b.do(http.MethodPost, path, form)
	return b
}

// is fails the test unless the last answer had a status and, of a redirect, led there.
func (b *browser) is(status int, to string) *browser {
	b.house.t.Helper()
	if b.status != status || b.to != to {
		b.house.t.Fatalf("status %d, leads to %q; want %d, %q\n%s", b.status, b.to, status, to, b.body)
	}
	return b
}

func (b *browser) shows(texts ...string) *browser {
	b.house.t.Helper()
	for _, text := range texts {
		if !strings.Contains(b.body, text) {
			b.house.t.Errorf("%q does not appear in\n%s", text, b.body)
		}
	}
	return b
}

func (b *browser) never(texts ...string) *browser {
	b.house.t.Helper()
	for _, text := range texts {
		if strings.Contains(b.body, text) {
			b.house.t.Errorf("%q appears in\n%s", text, b.body)
		}
	}
	return b
}

// field returns the value of a hidden field of the last page.
func (b *browser) field(name string) string {
	return b.find(`name="` + name + `" value="([^"]*)"`)
}

func (b *browser) find(pattern string) string {
	b.house.t.Helper()
	m := regexp.MustCompile(pattern).FindStringSubmatch(b.body)
	if m == nil {
		b.house.t.Fatalf("%s is not in\n%s", pattern, b.body)
	}
	return m[1]
}

func (b *browser) session() string { return b.cookies["__Host-covey-session"] }

// code returns the next code of an authenticator.
func (h *house) code(secret string) string {
	h.t.Helper()
	h.wait(30 * time.Second)
	code, err := totp.GenerateCode(strings.ReplaceAll(secret, " ", ""), h.clock())
	h.ok(err)
	return code
}

// setUp goes through setting up an authenticator and returns its secret.
func (b *browser) setUp() string {
	b.house.t.Helper()
	b.post("/account/factor/code").is(200, "")
	secret := b.find(`<code dir="ltr">([A-Z2-7 ]+)</code>`)
	b.post("/account/factor/code/confirm", "state", b.field("state"), "code", b.house.code(secret)).is(200, "")
	return secret
}

// found makes the first administrator.
func (h *house) found() (b *browser, secret string) {
	h.t.Helper()
	token, err := h.accounts.FirstLink(h.t.Context())
	h.ok(err)
	b = h.browser()
	b.post("/invite/"+token, "organisation", "Operator", "name", "First", "email", "first@example.org", "password", goodPassword)
	b.is(303, "/account/factor")
	return b, b.setUp()
}

// join makes a member of an organisation with roles, with an authenticator if strong.
func (h *house) join(organisation, email string, strong bool, roles ...account.Role) *browser {
	h.t.Helper()
	token, err := h.accounts.Invite(h.t.Context(), account.Actor{System: true}, organisation, roles)
	h.ok(err)
	b := h.browser()
	b.post("/invite/"+token, "name", "Person "+email, "email", email, "password", goodPassword)
	if b.status != 303 {
		h.t.Fatalf("status %d\n%s", b.status, b.body)
	}
	if strong {
		b.setUp()
	}
	return b
}

func (h *house) user(email string) account.User {
	h.t.Helper()
	u, err := h.store.User(h.t.Context(), "email", email)
	h.ok(err)
	return u
}

func (h *house) organisation(name string) string {
	h.t.Helper()
	o, err := h.accounts.CreateOrganisation(h.t.Context(), account.Actor{System: true}, name)
	h.ok(err)
	return o.ID
}
