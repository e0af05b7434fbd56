package web_test

import (
	"errors"
	"net/http"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/opencovey/covey/internal/account"
	"github.com/opencovey/covey/internal/fault"
	"github.com/opencovey/covey/internal/web"
	"github.com/opencovey/covey/internal/web/webtest"
)

// The room that the tests of the house are about.
var housePages = fstest.MapFS{
	"_shared.html": {Data: []byte(`{{define "shared"}}<p>shared</p>{{end}}`)},
	"page.html":    {Data: []byte(`{{define "title"}}{{.Title}}{{end}}{{define "main"}}<h1>{{.Title}}</h1>{{template "region" .}}{{template "shared"}}{{end}}{{define "region"}}<div id="region">{{.Text}}</div>{{end}}`)},
	"form.html": {Data: []byte(`{{define "title"}}Form{{end}}{{define "main"}}<h1>Form</h1><form method="post" action="/form">
{{template "input" (.Field "name" "words" "Name" "required" true "max" 10)}}
{{template "input" (.Field "secret" "words" "Secret" "type" "password")}}
{{template "area" (.Field "text" "words" "Text" "live" "/hints")}}
{{template "radios" (.Field "one" "words" "One" "options" .Options)}}
<button>Send</button></form>{{end}}`)},
	"broken.html": {Data: []byte(`{{define "title"}}x{{end}}{{define "main"}}<h1>x</h1>half {{.Nothing}}{{end}}`)},
}

type housePage struct{ Title, Text string }

type houseForm struct {
	web.Form
	Options []web.Option
}

const canary = "canary-4711"

// house returns the room. Generation is counted up through its pointer.
func house(generation *int64) web.Room {
	page := func(x *web.Exchange) error {
		data := housePage{"Page", x.Query().Get("q")}
		if x.WantsPart() == "region" {
			return x.Part("house/page", "region", data)
		}
		return x.Page("house/page", data)
	}
	route := func(pattern string, action account.Action, handle func(*web.Exchange) error) web.Route {
		return web.Route{Pattern: pattern, Action: action, Handle: handle}
	}
	kept := route("GET /kept", account.ReadPublic, page)
	kept.Keep = true
	embed := route("GET /embed", account.ReadPublic, page)
	embed.Embeddable = true
	large := route("POST /large", account.ManageSelf, func(x *web.Exchange) error {
		file, header, err := x.Upload("file")
		if err != nil {
			return err
		}
		defer file.Close()
		return x.JSON(header.Size)
	})
	large.Body = 1 << 20
	return web.Room{
		Name: "house", Templates: housePages, Generation: func() int64 { return *generation },
		Routes: append(failing(), kept, embed, large,
			route("GET /open", account.ReadPublic, page),
			route("GET /own", account.ManageSelf, page),
			route("GET /people", account.ManagePeople, page),
			route("GET /server", account.ManageServer, page),
			route("GET /form", account.ReadPublic, func(x *web.Exchange) error { return x.Page("house/form", &houseForm{}) }),
			route("POST /form", account.SuggestTool, postForm),
			route("GET /away", account.ReadPublic, func(x *web.Exchange) error { return x.Redirect(x.Query().Get("to"), "") }),
			route("GET /whose/{user}", account.ManageSelf, func(x *web.Exchange) error {
				if err := x.Permit(account.ManageSelf, account.Subject{User: x.Path("user")}); err != nil {
					return err
				}
				return page(x)
			}),
		),
	}
}

func postForm(x *web.Exchange) error {
	var faults []error
	if x.Form().Get("name") == "" {
		faults = append(faults, fault.New(fault.Invalid, "fault.body").At("name"))
	}
	if x.Form().Get("text") == "conflict" {
		faults = append(faults, fault.New(fault.Conflict, "fault.busy"))
	}
	if len(faults) > 0 {
		return x.Invalid("house/form", &houseForm{Options: []web.Option{{Value: "a", Text: "A"}}}, errors.Join(faults...))
	}
	return x.Redirect("/open", "web.copied")
}

// failing are routes that go wrong, each in its way.
func failing() []web.Route {
	fail := func(pattern string, handle func(*web.Exchange) error) web.Route {
		return web.Route{Pattern: pattern, Action: account.ReadPublic, Handle: handle}
	}
	return []web.Route{
		fail("GET /internal", func(x *web.Exchange) error {
			_, _ = x.W.Write([]byte("half a page with secret"))
			x.W.Header().Set("Content-Disposition", "attachment")
			return errors.New("disk on fire")
		}),
		fail("GET /panic", func(*web.Exchange) error { panic("burst pipe") }),
		fail("GET /broken", func(x *web.Exchange) error { return x.Page("house/broken", housePage{}) }),
		fail("GET /gone", func(*web.Exchange) error { return fault.New(fault.Gone, "fault.notfound").Because(errors.New("cause")) }),
		fail("GET /long", func(x *web.Exchange) error {
			_, _ = x.W.Write(make([]byte, 3<<20))
			return errors.New("after a part was sent")
		}),
	}
}

func newHouse(t *testing.T, o web.Options) *webtest.Site {
	t.Helper()
	var generation int64
	o.Rooms = append(o.Rooms, house(&generation))
	return webtest.New(t, o)
}

func TestPermission(t *testing.T) {
	site := newHouse(t, web.Options{})
	site.Run(t, []webtest.Case{
		{Name: "open", Get: "/open?q=%3Cscript%3E", Appears: []string{"&lt;script&gt;", "shared"}, Never: []string{"<script>", "Sign out"}},
		{Name: "stranger is sent to sign in", Get: "/own?q=1&lang=fr", Status: 303, Location: "/sign-in?to=%2Fown%3Fq%3D1"},
		{Name: "bad token is a stranger", As: "forged", Get: "/own", Status: 303},
		{Name: "reader", As: webtest.Reader, Get: "/own", Appears: []string{"Test reader", "Sign out"}},
		{Name: "reader is no administrator", As: webtest.Reader, Get: "/people", Status: 403, Appears: []string{"You may not do this"}, Never: []string{"second factor"}},
		{Name: "weak administrator", As: webtest.Weak, Get: "/people", Status: 403, Appears: []string{"second factor"}},
		{Name: "administrator of a member", As: webtest.Chief, Get: "/people"},
		{Name: "is none of the server", As: webtest.Chief, Get: "/server", Status: 403},
		{Name: "administrator", As: webtest.Administrator, Get: "/server"},
		{Name: "own", As: webtest.Reader, Get: "/whose/user-reader"},
		{Name: "somebody else's", As: webtest.Reader, Get: "/whose/user-curator", Status: 403},
		{Name: "post by a stranger", Post: "/large", Status: 401, Appears: []string{"Please sign in"}},
		{Name: "by a link from elsewhere", Get: "/own?q=1", Header: map[string]string{"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate"}, Appears: []string{`http-equiv="refresh"`, `href="/own?q=1"`}},
		{Name: "nothing there", Get: "/nothing", Status: 404},
		{Name: "other method", Post: "/open", Status: 405},
		{Name: "api", Get: "/api/v1/nothing", Status: 404, Appears: []string{`"status":404`}, Never: []string{"<html"}},
	})
}

func TestFail(t *testing.T) {
	site := newHouse(t, web.Options{})
	never := []string{"half a page", "disk on fire", "burst pipe", "goroutine", "attachment", "Nothing"}
	site.Run(t, []webtest.Case{
		{Name: "internal", Get: "/internal", Status: 500, Appears: []string{"It is not your fault", "<code>"}, Never: never},
		{Name: "panic", Get: "/panic", Status: 500, Appears: []string{"<code>"}, Never: never},
		{Name: "template", Get: "/broken", Status: 500, Never: append(never, "half")},
		{Name: "gone", Get: "/gone", Status: 410, Never: []string{"cause", "<code>"}},
		{Name: "french", Get: "/internal", Language: "fr", Status: 500, Appears: []string{`lang="fr"`, "Vous n’y êtes pour rien"}},
	})
	t.Run("cut off", func(t *testing.T) {
		defer func() {
			if p := recover(); p != http.ErrAbortHandler {
				t.Fatalf("half an answer looks whole: %v", p)
			}
		}()
		site.Do(webtest.Case{Get: "/long"})
	})
}

func TestForm(t *testing.T) {
	site := newHouse(t, web.Options{})
	form := func(pairs ...string) map[string][]string {
		v := map[string][]string{}
		for i := 0; i < len(pairs); i += 2 {
			v[pairs[i]] = append(v[pairs[i]], pairs[i+1])
		}
		return v
	}
	site.Run(t, []webtest.Case{
		{Name: "empty", Get: "/form", Appears: []string{`maxlength="10"`, `data-hints="/hints"`, "(optional)"}, Never: []string{"aria-invalid"}},
		{
			Name: "invalid", Post: "/form", Form: form("text", `"><script>`, "secret", canary, "one", "a"), Status: 422,
			Appears: []string{`href="#f-name"`, `aria-invalid="true"`, `aria-describedby="f-name-fault"`, "Please check", "&#34;&gt;&lt;script&gt;", "checked"},
			Never:   []string{canary, `"><script>`},
		},
		{Name: "two kinds", Post: "/form", Form: form("text", "conflict", "name", "x"), Status: 409, Appears: []string{"Many people"}},
		{Name: "valid", Post: "/form", Form: form("name", "x"), Status: 303, Location: "/open"},
		{Name: "notice", Get: "/open", Header: map[string]string{"Cookie": "covey-notice=web.copied"}, Appears: []string{`role="status">Copied`}},
		{Name: "notice that is none", Get: "/open", Header: map[string]string{"Cookie": "covey-notice=hello"}, Never: []string{"hello"}},
		{Name: "query is no form", Post: "/form?name=x", Status: 422},
		{Name: "broken body", Post: "/form", Header: map[string]string{"Content-Type": "multipart/form-data"}, Status: 422, Appears: []string{"did not arrive whole"}},
		{Name: "too large", Post: "/form", Form: form("text", strings.Repeat("x", 70_000)), Status: 413, Appears: []string{"64 kB"}},
	})
}

func TestLocalPath(t *testing.T) {
	site := newHouse(t, web.Options{})
	for _, path := range []string{"//evil.example", "https://evil.example", `/\evil.example`, "evil", "", "/\tevil", "javascript:alert(1)"} {
		if web.LocalPath(path) {
			t.Errorf("%q is taken for a page of this server", path)
		}
		w := site.Do(webtest.Case{Get: "/away?to=" + strings.ReplaceAll(path, "\t", "%09")})
		if w.Header().Get("Location") != "" {
			t.Errorf("%q leads away", path)
		}
	}
	if !web.LocalPath("/tools?q=1#x") {
		t.Error("a path is not taken")
	}
}

func FuzzLocalPath(f *testing.F) {
	f.Add("//evil")
	f.Fuzz(func(t *testing.T, path string) {
		if web.LocalPath(path) && (!strings.HasPrefix(path, "/") || strings.HasPrefix(path, "//") || strings.Contains(path, `\`)) {
			t.Fatal(path)
		}
	})
}

func TestNew(t *testing.T) {
	ok := func(x *web.Exchange) error { return nil }
	room := func(r web.Route) web.Room { return web.Room{Name: "x", Routes: []web.Route{r}} }
	tests := []struct {
		name string
		o    web.Options
		want string
	}{
		{"no method", web.Options{Rooms: []web.Room{room(web.Route{Pattern: "/x", Action: account.ReadPublic, Handle: ok})}}, "GET /path"},
		{"other method", web.Options{Rooms: []web.Room{room(web.Route{Pattern: "DELETE /x", Action: account.ManageSelf, Handle: ok})}}, "neither GET nor POST"},
		{"no action", web.Options{Rooms: []web.Room{room(web.Route{Pattern: "GET /x", Handle: ok})}}, "no action"},
		{"open post", web.Options{Rooms: []web.Room{room(web.Route{Pattern: "POST /x", Action: account.ReadPublic, Handle: ok})}}, "open to all"},
		{"kept and not for all", web.Options{Rooms: []web.Room{room(web.Route{Pattern: "GET /x", Action: account.ManageSelf, Handle: ok, Keep: true})}}, "cannot be kept"},
		{"twice", web.Options{Rooms: []web.Room{room(web.Route{Pattern: "GET /style", Action: account.ReadPublic, Handle: ok})}}, "twice"},
		{"menu without text", web.Options{Rooms: []web.Room{{Name: "x", Menu: []web.Link{{Text: "x.menu"}}}}}, "no text x.menu"},
		{"template", web.Options{Rooms: []web.Room{{Name: "x", Templates: fstest.MapFS{"a.html": {Data: []byte("{{")}}}}}, "room x"},
		{"no main", web.Options{Rooms: []web.Room{{Name: "x", Templates: fstest.MapFS{"a.html": {Data: []byte(`{{define "title"}}{{end}}`)}}}}}, "no title or no main"},
		{"key", web.Options{Rooms: []web.Room{{Name: "x", Templates: fstest.MapFS{"a.html": {Data: []byte(`{{define "title"}}{{if true}}{{text "x.y"}}{{end}}{{end}}{{define "main"}}{{end}}`)}}}}}, "x.y, which is not there"},
		{"public with a path", web.Options{Public: "https://a.example/x"}, "without a path"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := web.New(tt.o)
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Fatalf("got %v, want %q", err, tt.want)
			}
		})
	}
}
