package web

import (
	"net/http"
	"strings"
)

// policy is what a page may load and do: what comes from this server, as files.
const policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; " +
	"connect-src 'self'; form-action 'self'; base-uri 'none'; require-trusted-types-for 'script'; trusted-types covey; "

// features are what no page of ours may use, even if somebody got a script in.
const features = "accelerometer=(), camera=(), display-capture=(), geolocation=(), gyroscope=(), magnetometer=(), " +
	"microphone=(), midi=(), payment=(), usb=(), browsing-topics=(), publickey-credentials-get=(self), publickey-credentials-create=(self)"

// headers sets what every answer carries.
func (s *Server) headers(x *Exchange) {
	h := x.W.Header()
	h.Set("Content-Security-Policy", policy+"frame-ancestors 'none'")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("X-Frame-Options", "DENY")
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	h.Set("Permissions-Policy", features)
	h.Set("Cache-Control", "no-store")
	h.Set("Vary", "Accept-Encoding, Accept-Language, Cookie, "+partHeader)
	if s.secure() {
		h.Set("Strict-Transport-Security", "max-age=63072000")
	}
}

// routeHeaders sets what a route asks for.
func (s *Server) routeHeaders(x *Exchange) {
	h := x.W.Header()
	if x.route.Embeddable {
		h.Set("Content-Security-Policy", policy+"frame-ancestors *")
		h.Set("Cross-Origin-Resource-Policy", "cross-origin")
		h.Del("X-Frame-Options")
	}
	if x.route.Unlisted || !x.Stranger() {
		h.Set("X-Robots-Tag", "noindex")
	}
}

// strictCookies tells whether the browser may have left out the cookie of a session
// because the person came by a link from another site.
func strictCookies(r *http.Request) bool {
	return r.Method == http.MethodGet && r.Header.Get("Sec-Fetch-Site") == "cross-site" &&
		r.Header.Get("Sec-Fetch-Mode") == "navigate" && !strings.HasPrefix(r.URL.Path, "/api/")
}
