package web

import (
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"strings"

	"github.com/opencovey/covey/internal/fault"
)

// fail answers with what a person may know about an error, in place of what the
// handler wrote. If some of that is sent already the connection is cut.
func (s *Server) fail(x *Exchange, err error) {
	if !x.answer.reset() {
		x.failure = err
		panic(http.ErrAbortHandler)
	}
	kind := fault.Of(err)
	if kind == fault.Internal {
		x.failure = err
	} else if cause := errors.Unwrap(err); cause != nil && kind == fault.Unavailable {
		x.failure = cause
	}
	switch kind {
	case fault.TooMany:
		x.W.Header().Set("Retry-After", "60")
	case fault.Unavailable:
		x.W.Header().Set("Retry-After", "5")
	}
	status := fault.Status(kind)
	if errors.Is(err, errMethod) {
		status = http.StatusMethodNotAllowed
	}
	if x.R.Method == http.MethodGet && kind == fault.Unauthenticated && !wantsJSON(x.R) {
		s.askToSignIn(x)
		return
	}
	x.W.WriteHeader(status)
	if wantsJSON(x.R) {
		s.problem(x, status, err)
		return
	}
	page := faultPage{Status: status, Title: faultTitle(kind), Text: x.Explain(err)}
	if kind == fault.Internal {
		page.Reference = x.id
	}
	page.SecondFactor = kind == fault.Forbidden && !x.Stranger() && !x.By.Strong
	page.AccountPath, page.SignInPath = AccountPath, SignInPath
	page.SignIn = kind == fault.Unauthenticated
	if err := s.pages.write(x, "web/fault", page); err != nil {
		x.failure = errors.Join(x.failure, err)
		x.answer.reset()
		http.Error(x.W, "error "+x.id, http.StatusInternalServerError)
	}
}

// faultPage is the data of the page of an error.
type faultPage struct {
	Status                  int
	Title                   string // key
	Text                    string
	Reference               string // number of an internal error, to be told to the operator
	SecondFactor            bool   // the person may lack no more than a second factor
	SignIn                  bool
	AccountPath, SignInPath string
}

// faultTitle returns the key of the heading of a kind.
func faultTitle(k fault.Kind) string {
	switch k {
	case fault.Invalid:
		return "web.fault.invalid"
	case fault.Unauthenticated:
		return "web.fault.unauthenticated"
	case fault.Forbidden:
		return "web.fault.forbidden"
	case fault.NotFound:
		return "web.fault.notfound"
	case fault.Conflict:
		return "web.fault.conflict"
	case fault.Gone:
		return "web.fault.gone"
	case fault.TooLarge:
		return "web.fault.toolarge"
	case fault.TooMany:
		return "web.fault.toomany"
	case fault.Unavailable:
		return "web.fault.unavailable"
	default:
		return "web.fault.internal"
	}
}

// askToSignIn sends a stranger to the page for signing in, and from there back.
func (s *Server) askToSignIn(x *Exchange) {
	if strictCookies(x.R) {
		// Whoever follows a link from another site may be signed in, but the
		// browser withholds the cookie on such a step. A step from our own page
		// brings it along.
		x.W.WriteHeader(http.StatusOK)
		if err := s.pages.write(x, "web/hop", hopPage{Path: canonical(x.R.URL.Path, x.Query(), "")}); err != nil {
			x.failure = err
		}
		return
	}
	x.W.Header().Set("Location", signInPath(x))
	x.W.WriteHeader(http.StatusSeeOther)
}

// hopPage is the data of the page that asks for itself again.
type hopPage struct{ Path string }

// signInPath returns the path of the page for signing in, from which the person
// comes back to the present page.
func signInPath(x *Exchange) string {
	to := canonical(x.R.URL.Path, x.Query(), "")
	if x.R.Method != http.MethodGet || strings.HasPrefix(to, SignInPath) || to == "/" {
		return SignInPath
	}
	return SignInPath + "?to=" + url.QueryEscape(to)
}

// wantsJSON tells whether errors are for a program.
func wantsJSON(r *http.Request) bool { return strings.HasPrefix(r.URL.Path, apiPath+"/") }

// problem is an error of the API: RFC 9457.
type problem struct {
	Title     string `json:"title"`
	Status    int    `json:"status"`
	Detail    string `json:"detail"`
	Reference string `json:"reference,omitempty"`
}

// problem answers with an error for programs.
func (s *Server) problem(x *Exchange, status int, err error) {
	p := problem{Title: http.StatusText(status), Status: status, Detail: x.Explain(err)}
	if fault.Of(err) == fault.Internal {
		p.Reference = x.id
	}
	data, _ := json.Marshal(p) // strings and a number
	x.W.Header().Set("Content-Type", "application/problem+json")
	x.W.Header().Set("Access-Control-Allow-Origin", "*")
	_, _ = x.W.Write(data) // is held back, and cannot fail
}
