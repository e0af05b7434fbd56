// Package webtest tries the rooms of the server in tests: requests as data, with
// what must and what must not appear in the answer, and checks of the HTML that
// every page must pass.
//
//	site := webtest.New(t, web.Options{Rooms: []web.Room{tools.Room(...)}})
//	site.Run(t, []webtest.Case{
//		{Name: "find", Get: "/tools?q=radar", Appears: []string{"Radar"}},
//		{Name: "publish", As: webtest.Curator, Post: "/tools/radar/publish", Status: 303},
//	})
package webtest

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/opencovey/covey/internal/account"
	"github.com/opencovey/covey/internal/fault"
	"github.com/opencovey/covey/internal/web"
)

// Who sends a request. Each is the token of a session.
const (
	Stranger      = ""              // nobody is signed in
	Reader        = "reader"        // of the organisation "alpha"
	Curator       = "curator"       // of the operator's organisation "home"
	Steward       = "steward"       // of the organisation "alpha"
	Approver      = "approver"      // of the organisation "alpha"
	Administrator = "administrator" // of the operator's organisation "home"
	Chief         = "chief"         // administrator of the organisation "alpha"
	Weak          = "weak"          // curator and administrator of "home" without a second factor
)

// Everybody lists all of them.
func Everybody() []string {
	return []string{Stranger, Reader, Curator, Steward, Approver, Administrator, Chief, Weak}
}

// Actor returns who a token stands for.
func Actor(token string) account.Actor {
	a := account.Actor{User: "user-" + token, Organisation: "home", Operator: true, Session: "session-" + token, Strong: true}
	switch token {
	case Stranger:
		return account.Actor{}
	case Reader:
		a.Organisation, a.Operator, a.Roles = "alpha", false, []account.Role{account.Reader}
	case Steward:
		a.Organisation, a.Operator, a.Roles = "alpha", false, []account.Role{account.Steward}
	case Approver:
		a.Organisation, a.Operator, a.Roles = "alpha", false, []account.Role{account.Approver}
	case Curator:
		a.Roles = []account.Role{account.Curator}
	case Administrator:
		a.Roles = []account.Role{account.Administrator}
	case Chief:
		a.Organisation, a.Operator, a.Roles = "alpha", false, []account.Role{account.Administrator}
	case Weak:
		a.Roles, a.Strong = []account.Role{account.Curator, account.Administrator}, false
	}
	return a
}

// Sessions is a source of sessions that knows the tokens above.
func Sessions(_ context.Context, token string) (web.Session, error) {
	for _, known := range Everybody()[1:] {
		if token == known {
			return web.Session{Actor: Actor(token), Name: "Test " + token}, nil
		}
	}
	return web.Session{}, fault.New(fault.Unauthenticated, "fault.signin")
}

// Site is a server under test.
type Site struct {
	Server *web.Server
}

// New makes a server. What is not given in the options is chosen for tests: the
// sessions above, and no limit on how often forms are sent.
func New(t testing.TB, o web.Options) *Site {
	t.Helper()
	if o.Sessions == nil {
		o.Sessions = Sessions
	}
	if o.PostEvery == 0 {
		o.PostEvery = time.Nanosecond
	}
	s, err := web.New(o)
	if err != nil {
		t.Fatalf("make server: %v", err)
	}
	return &Site{Server: s}
}

// Case is one request and what must come of it.
type Case struct {
	Name     string
	As       string            // token of who asks
	Get      string            // path, or
	Post     string            // path
	Form     url.Values        // body of a POST
	Header   map[string]string // further headers
	Language string            // Accept-Language; "" means English
	Status   int               // 0 means 200
	Location string            // exact, of a redirect; "" is not looked at
	Appears  []string          // must be in the body
	Never    []string          // must not be in the body or in a header
}

// Run tries cases, each as a subtest, in order. HTML answers must pass [Faults].
func (s *Site) Run(t *testing.T, cases []Case) {
	t.Helper()
	for _, c := range cases {
		t.Run(c.Name, func(t *testing.T) {
			t.Helper()
			for _, wrong := range s.Try(c) {
				t.Error(wrong)
			}
		})
	}
}

// Try sends the request of a case and says what is wrong with the answer. Run fails on any of it; tests of tests look
// whether there is some.
func (s *Site) Try(c Case) (wrong []string) {
	say := func(format string, args ...any) { wrong = append(wrong, fmt.Sprintf(format, args...)) }
	w := s.Do(c)
	want := c.Status
	if want == 0 {
		want = http.StatusOK
	}
	body := w.Body.String()
	if w.Code != want {
		say("status %d, want %d\n%s", w.Code, want, body)
		return wrong
	}
	if c.Location != "" && w.Header().Get("Location") != c.Location {
		say("leads to %q, want %q", w.Header().Get("Location"), c.Location)
	}
	for _, text := range c.Appears {
		if !strings.Contains(body, text) {
			say("%q does not appear in\n%s", text, body)
		}
	}
	for _, text := range c.Never {
		if strings.Contains(body, text) || strings.Contains(headerText(w.Header()), text) {
			say("%q appears in\n%s", text, body)
		}
	}
	if strings.HasPrefix(w.Header().Get("Content-Type"), "text/html") {
		for _, f := range Faults(body) {
			say("page: %s", f)
		}
	}
	return wrong
}

func headerText(h http.Header) string {
	var b strings.Builder
	_ = h.Write(&b) // a builder takes everything
	return b.String()
}

// Do sends the request of a case and returns the answer.
func (s *Site) Do(c Case) *httptest.ResponseRecorder {
	method, path, body := http.MethodGet, c.Get, ""
	if c.Post != "" {
		method, path, body = http.MethodPost, c.Post, c.Form.Encode()
	}
	r := httptest.NewRequest(method, path, strings.NewReader(body))
	if method == http.MethodPost {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.Header.Set("Sec-Fetch-Site", "same-origin")
	}
	if c.As != "" {
		r.AddCookie(&http.Cookie{Name: "covey-session", Value: c.As})
		r.AddCookie(&http.Cookie{Name: "__Host-covey-session", Value: c.As})
	}
	if c.Language != "" {
		r.Header.Set("Accept-Language", c.Language)
	}
	for name, value := range c.Header {
		r.Header.Set(name, value)
	}
	w := httptest.NewRecorder()
	s.Server.ServeHTTP(w, r)
	return w
}
