package web_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/opencovey/covey/internal/account"
	"github.com/opencovey/covey/internal/fault"
	"github.com/opencovey/covey/internal/web"
	"github.com/opencovey/covey/internal/web/webtest"
)

func TestHeaders(t *testing.T) {
	site := newHouse(t, web.Options{Public: "https://covey.example"})
	tests := []struct {
		c          webtest.Case
		have, lack map[string]string
	}{
		{
			webtest.Case{Get: "/open"},
			map[string]string{
				"Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'", "Referrer-Policy": "no-referrer",
				"X-Content-Type-Options": "nosniff", "Cross-Origin-Opener-Policy": "same-origin", "Cross-Origin-Resource-Policy": "same-origin",
				"Strict-Transport-Security": "max-age", "Permissions-Policy": "camera=()", "Cache-Control": "no-store", "X-Frame-Options": "DENY",
				"Vary": "Cookie",
			},
			map[string]string{"Content-Security-Policy": "unsafe", "Access-Control-Allow-Origin": ""},
		},
		{webtest.Case{Get: "/embed"}, map[string]string{"Content-Security-Policy": "frame-ancestors *"}, map[string]string{"X-Frame-Options": ""}},
		{webtest.Case{Get: "/internal", Status: 500}, map[string]string{"Content-Security-Policy": "frame-ancestors 'none'", "Cache-Control": "no-store"}, nil},
		{webtest.Case{Get: "/kept"}, map[string]string{"Cache-Control": "public, no-cache", "ETag": `"`}, map[string]string{"X-Robots-Tag": ""}},
		{webtest.Case{Get: "/kept", As: webtest.Reader}, map[string]string{"Cache-Control": "no-store", "X-Robots-Tag": "noindex"}, map[string]string{"ETag": ""}},
		{webtest.Case{Get: "/style"}, map[string]string{"X-Robots-Tag": "noindex"}, nil},
		{webtest.Case{Get: "/api/v1/openapi.json"}, map[string]string{"Access-Control-Allow-Origin": "*", "Content-Security-Policy": "default-src 'none'"}, map[string]string{"Access-Control-Allow-Credentials": ""}},
	}
	for _, tt := range tests {
		h := site.Do(tt.c).Header()
		for name, want := range tt.have {
			if !strings.Contains(h.Get(name), want) {
				t.Errorf("%s: %s is %q, want %q", tt.c.Get, name, h.Get(name), want)
			}
		}
		for name, never := range tt.lack {
			if value := h.Get(name); value != "" && strings.Contains(value, never) {
				t.Errorf("%s: %s is %q", tt.c.Get, name, value)
			}
		}
	}
}

func TestCookies(t *testing.T) {
	for public, prefix := range map[string]string{"https://covey.example": "__Host-covey-", "http://covey.example": "covey-"} {
		site := newHouse(t, web.Options{Public: public})
		w := site.Do(webtest.Case{Get: "/open?lang=fr"})
		cookie := w.Result().Cookies()[0]
		secure := strings.HasPrefix(public, "https")
		if cookie.Name != prefix+"language" || cookie.Value != "fr" || !cookie.HttpOnly || cookie.Secure != secure || cookie.Path != "/" || cookie.Domain != "" {
			t.Errorf("%s: %v", public, cookie)
		}
		w = site.Do(webtest.Case{Post: "/form", Form: url.Values{"name": {"x"}}})
		if c := w.Result().Cookies()[0]; c.SameSite != http.SameSiteStrictMode {
			t.Errorf("%s: %v", public, c)
		}
	}
	t.Run("over", func(t *testing.T) {
		w := newHouse(t, web.Options{}).Do(webtest.Case{As: "forged", Get: "/open"})
		if c := w.Result().Cookies(); len(c) != 1 || c[0].Name != "covey-session" || c[0].MaxAge >= 0 {
			t.Errorf("the cookie of a session that is over stays: %v", c)
		}
	})
}

func TestLanguage(t *testing.T) {
	sessions := func(ctx context.Context, token string) (web.Session, error) {
		s, err := webtest.Sessions(ctx, token)
		s.Language = "es"
		return s, err
	}
	site := newHouse(t, web.Options{Sessions: sessions, Public: "http://covey.example"})
	cookie := map[string]string{"Cookie": "covey-language=ar"}
	site.Run(t, []webtest.Case{
		{Name: "browser", Get: "/open", Language: "fr-CA", Appears: []string{`<html lang="fr" dir="ltr">`}},
		{Name: "cookie before browser", Get: "/open", Language: "fr", Header: cookie, Appears: []string{`<html lang="ar" dir="rtl">`}},
		{Name: "address before cookie", Get: "/open?lang=es", Header: cookie, Appears: []string{`<html lang="es"`}},
		{Name: "setting before browser", Get: "/own", As: webtest.Reader, Language: "fr", Appears: []string{`<html lang="es"`}},
		{Name: "unknown", Get: "/open?lang=xx", Appears: []string{`<html lang="en"`}},
		{Name: "switch keeps the query", Get: "/open?q=radar&page=2", Appears: []string{`href="/open?lang=ar&amp;page=2&amp;q=radar"`}},
		{Name: "alternates", Get: "/kept?q=a&lang=fr", Appears: []string{`hreflang="es" href="http://covey.example/kept?lang=es&amp;q=a"`}},
	})
}

func TestCrossSite(t *testing.T) {
	site := newHouse(t, web.Options{Public: "http://covey.example"})
	form := url.Values{"name": {"x"}}
	for _, tt := range []struct {
		header map[string]string
		status int
	}{
		{map[string]string{"Sec-Fetch-Site": "same-origin"}, 303},
		{map[string]string{"Sec-Fetch-Site": "cross-site"}, 403},
		{map[string]string{"Sec-Fetch-Site": "same-site"}, 403},
		{map[string]string{"Sec-Fetch-Site": "", "Origin": "https://evil.example"}, 403},
		{map[string]string{"Sec-Fetch-Site": "", "Origin": "null"}, 403},
		{map[string]string{"Sec-Fetch-Site": "", "Origin": "http://covey.example"}, 303},
		{map[string]string{"Sec-Fetch-Site": ""}, 303}, // a program, which has nobody's cookies
	} {
		for _, as := range []string{webtest.Stranger, webtest.Administrator} {
			if w := site.Do(webtest.Case{Post: "/form", Form: form, Header: tt.header, As: as}); w.Code != tt.status {
				t.Errorf("%v as %q: %d, want %d", tt.header, as, w.Code, tt.status)
			}
		}
	}
}

func TestRate(t *testing.T) {
	now := time.Date(2026, 1, 1, 12, 0, 0, 0, time.UTC)
	site := newHouse(t, web.Options{PostEvery: time.Minute, Burst: 3, Now: func() time.Time { return now }, Proxies: []netip.Prefix{netip.MustParsePrefix("192.0.2.1/32")}})
	send := func(as, from string) int {
		return site.Do(webtest.Case{As: as, Post: "/form", Form: url.Values{"name": {"x"}}, Header: map[string]string{"X-Forwarded-For": from}}).Code
	}
	steps := []struct {
		name, as, from string
		after          time.Duration
		status         int
	}{
		{"first", "", "203.0.113.1", 0, 303},
		{"second", "", "9.9.9.9, 203.0.113.1", 0, 303}, // what the client claims before the proxy is not believed
		{"third", "", "203.0.113.1", 0, 303},
		{"fourth", "", "203.0.113.1", 0, 429},
		{"another client", "", "203.0.113.2", 0, 303},
		{"a person with an account", webtest.Reader, "203.0.113.1", 0, 303},
		{"later", "", "203.0.113.1", time.Minute, 303},
		{"one network of IPv6, 1", "", "2001:db8::1", 0, 303},
		{"one network of IPv6, 2", "", "2001:db8::2", 0, 303},
		{"one network of IPv6, 3", "", "2001:db8::ffff", 0, 303},
		{"one network of IPv6, 4", "", "2001:db8::4", 0, 429},
		{"next day", "", "2001:db8::4", 24 * time.Hour, 303},
	}
	for _, s := range steps {
		now = now.Add(s.after)
		if got := send(s.as, s.from); got != s.status {
			t.Errorf("%s: %d, want %d", s.name, got, s.status)
		}
	}
}

func TestKept(t *testing.T) {
	made := 0
	generation := int64(1)
	room := house(&generation)
	for i := range room.Routes {
		if room.Routes[i].Pattern == "GET /kept" {
			handle := room.Routes[i].Handle
			room.Routes[i].Handle = func(x *web.Exchange) error { made++; return handle(x) }
		}
	}
	now := time.Date(2026, 1, 1, 12, 0, 0, 0, time.UTC)
	site := webtest.New(t, web.Options{Rooms: []web.Room{room}, Now: func() time.Time { return now }})
	tag := site.Do(webtest.Case{Get: "/kept?a=1&b=2"}).Header().Get("ETag")
	steps := []struct {
		name   string
		c      webtest.Case
		before func()
		made   int
		status int
	}{
		{"again", webtest.Case{Get: "/kept?a=1&b=2"}, nil, 1, 200},
		{"other order", webtest.Case{Get: "/kept?b=2&a=1"}, nil, 1, 200},
		{"the browser has it", webtest.Case{Get: "/kept?a=1&b=2", Header: map[string]string{"If-None-Match": tag}}, nil, 1, 304},
		{"the browser has another", webtest.Case{Get: "/kept?a=1&b=2", Header: map[string]string{"If-None-Match": `"x"`}}, nil, 1, 200},
		{"other language", webtest.Case{Get: "/kept?a=1&b=2", Language: "ar"}, nil, 2, 200},
		{"part", webtest.Case{Get: "/kept?a=1&b=2", Header: map[string]string{"Covey-Part": "region"}}, nil, 3, 200},
		{"somebody signed in", webtest.Case{Get: "/kept?a=1&b=2", As: webtest.Reader}, nil, 4, 200},
		{"for strangers still", webtest.Case{Get: "/kept?a=1&b=2"}, nil, 4, 200},
		{"with a notice", webtest.Case{Get: "/kept?a=1&b=2", Header: map[string]string{"Cookie": "covey-notice=web.copied"}}, nil, 5, 200},
		{"changed", webtest.Case{Get: "/kept?a=1&b=2"}, func() { generation++ }, 6, 200},
		{"next day", webtest.Case{Get: "/kept?a=1&b=2"}, func() { now = now.Add(24 * time.Hour) }, 7, 200},
	}
	for _, s := range steps {
		if s.before != nil {
			s.before()
		}
		w := site.Do(s.c)
		if w.Code != s.status || made != s.made {
			t.Errorf("%s: status %d, made %d times; want %d, %d", s.name, w.Code, made, s.status, s.made)
		}
		if s.c.As == "" && strings.Contains(w.Body.String(), "Test reader") {
			t.Errorf("%s: a stranger sees the page of somebody", s.name)
		}
		if s.c.As != "" && !strings.Contains(w.Body.String(), "Test reader") {
			t.Errorf("%s: somebody sees the page of strangers", s.name)
		}
	}
	t.Run("gzip", func(t *testing.T) {
		w := site.Do(webtest.Case{Get: "/kept", Header: map[string]string{"Accept-Encoding": "br, gzip"}})
		if w.Header().Get("Content-Encoding") != "gzip" || !strings.HasSuffix(w.Header().Get("ETag"), `-gzip"`) {
			t.Error(w.Header())
		}
		w = site.Do(webtest.Case{Get: "/kept", Header: map[string]string{"Accept-Encoding": "gzip;q=0"}})
		if w.Header().Get("Content-Encoding") != "" {
			t.Error("gzip for somebody who refuses it")
		}
	})
	t.Run("together", func(t *testing.T) {
		made = 0
		var all sync.WaitGroup
		for range 20 {
			all.Go(func() { site.Do(webtest.Case{Get: "/kept?q=together"}) })
		}
		all.Wait()
		if made != 1 {
			t.Errorf("made %d times", made)
		}
	})
}

// TestKeptBounded asks for very many pages and looks that those kept do not pile up:
// the first one has been forgotten.
func TestKeptBounded(t *testing.T) {
	made := map[string]int{}
	room := web.Room{Name: "x", Routes: []web.Route{{Pattern: "GET /big", Action: account.ReadPublic, Keep: true, Handle: func(x *web.Exchange) error {
		made[x.Query().Get("q")]++
		_, err := x.W.Write(make([]byte, 10_000))
		return err
	}}}}
	site := webtest.New(t, web.Options{Rooms: []web.Room{room}, KeepBytes: 1 << 20})
	for i := range 200 {
		site.Do(webtest.Case{Get: "/big?q=" + strings.Repeat("x", i)})
	}
	site.Do(webtest.Case{Get: "/big?q="})
	site.Do(webtest.Case{Get: "/big?q=" + strings.Repeat("x", 199)})
	if made[""] != 2 || made[strings.Repeat("x", 199)] != 1 {
		t.Errorf("first made %d times, last %d times", made[""], made[strings.Repeat("x", 199)])
	}
}

// TestLog plants words where personal data would be and looks for them in the log.
func TestLog(t *testing.T) {
	var log bytes.Buffer
	site := newHouse(t, web.Options{Log: slog.New(slog.NewJSONHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))})
	cases := []webtest.Case{
		{Get: "/open?q=" + canary},
		{Get: "/" + canary},
		{Get: "/whose/" + canary, As: webtest.Reader},
		{Get: "/own", As: canary},
		{Post: "/form", Form: url.Values{"name": {""}, "secret": {canary}}},
		{Post: "/form", Form: url.Values{"name": {canary}}},
		{Get: "/open", Header: map[string]string{"User-Agent": canary, "Referer": "http://x/" + canary, "X-Forwarded-For": canary, "Cookie": "covey-notice=" + canary, "Accept-Language": canary}},
		{Get: "/internal?q=" + canary},
		{Get: "/panic?q=" + canary},
		{Get: "/gone?q=" + canary},
		{Get: "/api/v1/" + canary},
	}
	for _, c := range cases {
		site.Do(c)
	}
	text := log.String()
	for _, never := range []string{canary, "192.0.2.1", "user-reader", "Test reader", "half a page"} {
		if strings.Contains(text, never) {
			t.Errorf("the log has %q:\n%s", never, text)
		}
	}
	for _, must := range []string{`"route":"GET /whose/{user}"`, `"error":"disk on fire"`, "burst pipe", `"status":500`, `"ms":`} {
		if !strings.Contains(text, must) {
			t.Errorf("the log lacks %q:\n%s", must, text)
		}
	}
	w := site.Do(webtest.Case{Get: "/internal"})
	_, rest, _ := strings.Cut(w.Body.String(), "<code>")
	number, _, _ := strings.Cut(rest, "</code>")
	if len(number) < 10 || !strings.Contains(log.String(), `"request":"`+number+`"`) {
		t.Errorf("the number %q of the page is not in the log", number)
	}
}

func TestBusy(t *testing.T) {
	entered, leave := make(chan bool), make(chan bool)
	room := web.Room{Name: "x", Routes: []web.Route{{Pattern: "GET /wait", Action: account.ReadPublic, Handle: func(x *web.Exchange) error {
		entered <- true
		<-leave
		return x.JSON("done")
	}}}}
	site := webtest.New(t, web.Options{Rooms: []web.Room{room}, Concurrent: 1})
	first := make(chan int)
	go func() { first <- site.Do(webtest.Case{Get: "/wait"}).Code }()
	<-entered
	w := site.Do(webtest.Case{Get: "/wait"})
	if w.Code != http.StatusServiceUnavailable || w.Header().Get("Retry-After") == "" {
		t.Errorf("full: %d %v", w.Code, w.Header())
	}
	close(leave)
	if code := <-first; code != http.StatusOK {
		t.Errorf("the first: %d", code)
	}
}

func TestUpload(t *testing.T) {
	site := newHouse(t, web.Options{})
	send := func(size int, field string) int {
		var b bytes.Buffer
		m := multipart.NewWriter(&b)
		part, _ := m.CreateFormFile(field, "x.csv")
		_, _ = part.Write(make([]byte, size))
		_ = m.Close()
		r := httptest.NewRequest(http.MethodPost, "/large", &b)
		r.Header.Set("Content-Type", m.FormDataContentType())
		r.AddCookie(&http.Cookie{Name: "covey-session", Value: webtest.Reader})
		w := httptest.NewRecorder()
		site.Server.ServeHTTP(w, r)
		return w.Code
	}
	for size, want := range map[int]int{100: 200, 900_000: 200, 1 << 21: 413} {
		if got := send(size, "file"); got != want {
			t.Errorf("%d bytes: %d, want %d", size, got, want)
		}
	}
	if got := send(10, "other"); got != 422 {
		t.Errorf("no file: %d", got)
	}
}

func TestHealthAndMetrics(t *testing.T) {
	var ill error
	now := time.Now()
	site := newHouse(t, web.Options{Health: func(context.Context) error { return ill }, Now: func() time.Time { return now }})
	if w := site.Do(webtest.Case{Get: "/healthz"}); w.Code != 200 || w.Body.String() != "ok\n" {
		t.Errorf("well: %d", w.Code)
	}
	ill = errors.New("no database at db.internal")
	now = now.Add(2 * time.Second)
	if w := site.Do(webtest.Case{Get: "/healthz"}); w.Code != 503 || strings.Contains(w.Body.String(), "db.internal") {
		t.Errorf("ill: %d %s", w.Code, w.Body)
	}
	for range 12 {
		site.Do(webtest.Case{Get: "/open"})
	}
	ask := func(remote, host string, header ...string) (int, string) {
		r := httptest.NewRequest(http.MethodGet, "http://"+host+"/metrics", nil)
		r.RemoteAddr = remote
		for _, h := range header {
			r.Header.Set(h, "203.0.113.5")
		}
		w := httptest.NewRecorder()
		site.Server.ServeHTTP(w, r)
		return w.Code, w.Body.String()
	}
	code, text := ask("127.0.0.1:4000", "localhost:8080")
	if code != 200 || !strings.Contains(text, `covey_http_requests_total{status="2xx"} 10`) || !strings.Contains(text, `covey_http_requests_total{status="5xx"} 0`) {
		t.Errorf("metrics: %d\n%s", code, text)
	}
	for _, refused := range [][]string{{"203.0.113.5:1", "localhost"}, {"127.0.0.1:1", "covey.example"}, {"127.0.0.1:1", "localhost", "X-Forwarded-For"}, {"127.0.0.1:1", "localhost", "Via"}} {
		if code, _ := ask(refused[0], refused[1], refused[2:]...); code != 404 {
			t.Errorf("%v: metrics for a stranger: %d", refused, code)
		}
	}
}

type apiAnswer struct{ Body struct{ Word string } }

func TestAPI(t *testing.T) {
	get := func(path string, do func(context.Context, *struct{}) (*apiAnswer, error)) func(huma.API) {
		return func(api huma.API) {
			web.Operate(api, huma.Operation{OperationID: path, Method: "GET", Path: "/" + path}, do)
		}
	}
	rooms := []web.Room{
		{Name: "a", API: get("word", func(ctx context.Context, _ *struct{}) (*apiAnswer, error) {
			a := &apiAnswer{}
			a.Body.Word = web.From(ctx).Printer().Code()
			return a, nil
		})},
		{Name: "b", API: get("internal", func(context.Context, *struct{}) (*apiAnswer, error) { return nil, errors.New("disk on fire") })},
		{Name: "c", API: get("fault", func(context.Context, *struct{}) (*apiAnswer, error) {
			return nil, fault.New(fault.NotFound, "fault.notfound").Because(errors.New("hidden"))
		})},
	}
	site := webtest.New(t, web.Options{Rooms: rooms, Public: "https://covey.example"})
	never := []string{"disk on fire", "hidden"}
	site.Run(t, []webtest.Case{
		{Name: "word", Get: "/api/v1/word", Language: "fr", Appears: []string{`"Word":"fr"`}},
		{Name: "internal", Get: "/api/v1/internal", Status: 500, Appears: []string{"It is not your fault"}, Never: never},
		{Name: "fault", Get: "/api/v1/fault", Status: 404, Appears: []string{"mistyped"}, Never: never},
		{Name: "description", Get: "/api/v1/openapi.json", Appears: []string{`"openapi":"3.1.0"`, "https://covey.example/api/v1", "/word"}},
		{Name: "post", Post: "/api/v1/word", Status: 405, Appears: []string{`"status":405`}},
	})
	_, err := web.New(web.Options{Rooms: []web.Room{{Name: "x", API: func(api huma.API) {
		web.Operate(api, huma.Operation{OperationID: "x", Method: "POST", Path: "/x"}, func(context.Context, *struct{}) (*apiAnswer, error) { return nil, nil })
	}}}})
	if err == nil || !strings.Contains(err.Error(), "more than read") {
		t.Errorf("an operation that writes: %v", err)
	}
}

func TestStatic(t *testing.T) {
	site := newHouse(t, web.Options{})
	body := site.Do(webtest.Case{Get: "/"}).Body.String()
	_, rest, _ := strings.Cut(body, `rel="stylesheet" href="`)
	path, _, _ := strings.Cut(rest, `"`)
	w := site.Do(webtest.Case{Get: path, Header: map[string]string{"Accept-Encoding": "gzip"}})
	if w.Code != 200 || !strings.Contains(w.Header().Get("Cache-Control"), "immutable") || w.Header().Get("Content-Encoding") != "gzip" || !strings.HasPrefix(w.Header().Get("Content-Type"), "text/css") {
		t.Errorf("%s: %d %v", path, w.Code, w.Header())
	}
	plain := site.Do(webtest.Case{Get: path}).Body.Len()
	if most := 20_000; plain > most || plain < 5000 {
		t.Errorf("the style sheet has %d bytes, at most %d are allowed", plain, most)
	}
	for _, missing := range []string{"/static/app.css", "/static/..%2fserver.go", "/static/"} {
		if w := site.Do(webtest.Case{Get: missing}); w.Code != 404 {
			t.Errorf("%s: %d", missing, w.Code)
		}
	}
	if w := site.Do(webtest.Case{Get: "/robots.txt"}); !strings.Contains(w.Body.String(), "/style") {
		t.Error(w.Body)
	}
}
