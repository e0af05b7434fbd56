package web

import (
	"net/http"
	"strings"
	"time"
)

// SessionCookie is the name of the cookie that holds the token of a session, as
// [Exchange.SetCookie] and [Exchange.Cookie] take it.
const SessionCookie = "session"

const (
	noticeCookie   = "notice"   // key of a text to show once
	languageCookie = "language" // code
)

// Cookie is a cookie of the server. Scripts cannot read it, and other sites cannot
// have it sent.
type Cookie struct {
	Name  string // letters; the prefix __Host- is added where the server has TLS
	Value string
	Age   time.Duration // 0 means until the browser is closed; negative removes it
	// Lax lets the cookie come along when somebody follows a link from another
	// site. It is for the return from another sign-in service.
	Lax bool
}

// SetCookie sets a cookie.
func (x *Exchange) SetCookie(c Cookie) {
	same := http.SameSiteStrictMode
	if c.Lax {
		same = http.SameSiteLaxMode
	}
	age := int(c.Age / time.Second)
	if c.Age < 0 {
		age = -1
	}
	http.SetCookie(x.W, &http.Cookie{
		Name: x.server.cookieName(c.Name), Value: c.Value, Path: "/", MaxAge: age,
		Secure: x.server.secure(), HttpOnly: true, SameSite: same,
	})
}

// Cookie returns the value of a cookie, or "".
func (x *Exchange) Cookie(name string) string {
	c, err := x.R.Cookie(x.server.cookieName(name))
	if err != nil {
		return ""
	}
	return c.Value
}

// secure tells whether people reach the server by TLS.
func (s *Server) secure() bool { return strings.HasPrefix(s.options.Public, "https://") }

// cookieName adds the prefix that keeps other hosts of the domain from setting it.
func (s *Server) cookieName(name string) string {
	if s.secure() {
		return "__Host-covey-" + name
	}
	return "covey-" + name
}
