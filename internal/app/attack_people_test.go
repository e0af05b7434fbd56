package app_test

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"regexp"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/opencovey/covey/internal/account"
	"github.com/opencovey/covey/internal/app"
	"github.com/opencovey/covey/internal/web"
	"github.com/opencovey/covey/internal/web/webtest"
)

// TestRoutesMutant opens every route to everybody, as a [account.Permit] would that
// says yes to all, and looks that the table of [TestRoutes] notices each of them.
func TestRoutesMutant(t *testing.T) {
	rooms := open(t, app.Options{}).Rooms()
	table := permitted()
	actions := map[string]account.Action{}
	for i := range rooms {
		routes := append([]web.Route(nil), rooms[i].Routes...)
		for j := range routes {
			actions[routes[j].Pattern] = routes[j].Action
			routes[j].Action = account.SignIn // which everybody may
			routes[j].Handle = func(x *web.Exchange) error { return x.JSON("opened") }
			routes[j].Stream, routes[j].Keep = false, false
		}
		rooms[i].Routes, rooms[i].API = routes, nil
	}
	site := webtest.New(t, web.Options{Rooms: rooms})
	guarded := 0
	for _, route := range site.Server.Routes() {
		action, ours := actions[route.Pattern]
		if !ours {
			continue
		}
		method, path, _ := strings.Cut(placePattern.ReplaceAllString(strings.ReplaceAll(route.Pattern, "{$}", ""), "x"), " ")
		for _, as := range webtest.Everybody() {
			if contains(table[action], as) {
				continue
			}
			guarded++
			c := webtest.Case{As: as, Get: path}
			if method == "POST" {
				c = webtest.Case{As: as, Post: path}
			}
			if w := site.Do(c); judge(method, as, false, w.Code, w.Header().Get("Location")) == "" {
				t.Errorf("%s as %q is open, and nobody notices: %d", route.Pattern, as, w.Code)
			}
		}
	}
	if guarded < 100 {
		t.Errorf("only %d pairs of route and role are guarded", guarded)
	}
	t.Logf("%d guarded pairs of route and role", guarded)
}

// TestSessionTokens follows the token of a session from before signing in to after
// signing out: it is a new one at every step, and the old ones open nothing.
func TestSessionTokens(t *testing.T) {
	h := newTown(t)
	person := h.found()
	secret := person.secret
	g := h.visitor("203.0.113.30")
	g.secret = secret
	g.cookies["covey-session"] = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA" // chosen by an attacker
	seen := map[string]bool{g.session(): true}
	fresh := func(when string) string {
		t.Helper()
		if seen[g.session()] || len(g.session()) < 40 {
			t.Errorf("%s: the token is not new: %q", when, g.session())
		}
		seen[g.session()] = true
		return g.session()
	}
	closed := func(when, token string) {
		t.Helper()
		thief := h.visitor("203.0.113.31")
		thief.cookies["covey-session"] = token
		if thief.get("/account"); thief.status != 303 || !strings.HasPrefix(thief.to, "/sign-in") {
			t.Errorf("%s: the token opens the account: %d", when, thief.status)
		}
	}
	g.post("/sign-in", "email", "amina@harbour.example", "password", goodPassword).is(303)
	half := fresh("after the password")
	closed("half", half)
	g.post("/sign-in/code", "code", g.code()).is(303)
	full := fresh("after the code")
	closed("half, later", half)
	g.get("/account").is(200)
	g.post("/account/password", "password", "another good password").is(303)
	newer := fresh("after a new password")
	closed("before the new password", full)
	if person.get("/account"); person.status != 303 {
		t.Errorf("another session survives a new password: %d", person.status)
	}
	g.post("/sign-out").is(303)
	closed("after signing out", newer)
	for _, never := range []string{"/account?session=" + newer, "/account?token=" + newer, "/invite/" + newer} {
		if stranger := h.visitor("203.0.113.32").get(never); stranger.status == 200 {
			t.Errorf("%s opens something", strings.ReplaceAll(never, newer, "…"))
		}
	}
}

// TestGuessesAndNames guesses passwords through the pages: what comes back, and how
// much is computed, is the same whether the address is known or not.
func TestGuessesAndNames(t *testing.T) {
	const memory = 8 << 10 // KiB; large enough to be seen in what the process allocates
	h := &town{t: t}
	h.app = open(t, app.Options{Now: h.now, Hashing: account.Argon{Memory: memory, Time: 1, Lanes: 1}})
	h.handler = h.app.Handler()
	h.found()
	marks := regexp.MustCompile(`value="[^"]*"|data-options="[^"]*"`) // drawn anew for each page
	try := func(email string) (status int, body string, hashes uint64) {
		g := h.visitor("203.0.113.40")
		h.pass(20 * time.Minute)
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		g.post("/sign-in", "email", email, "password", "not the password")
		runtime.ReadMemStats(&after)
		return g.status, marks.ReplaceAllString(g.body, ""), (after.TotalAlloc - before.TotalAlloc) / (memory << 10)
	}
	wantStatus, wantBody, wantHashes := try("nobody@harbour.example")
	if wantHashes != 1 || wantStatus != 422 {
		t.Fatalf("an address that nobody has: status %d, %d passwords computed\n%s", wantStatus, wantHashes, wantBody)
	}
	if status, body, hashes := try("amina@harbour.example"); status != wantStatus || body != wantBody || hashes != wantHashes {
		t.Errorf("an address that somebody has: status %d, %d passwords computed, the page differs: %v", status, hashes, body != wantBody)
	}
	waits := func(email, at string) (n int) {
		g := h.visitor(at)
		for range 30 {
			h.pass(3 * time.Second)
			if g.post("/sign-in", "email", email, "password", "not the password"); g.status == 429 {
				n++
			}
		}
		return n
	}
	if known, unknown := waits("amina@harbour.example", "203.0.113.41"), waits("nobody@harbour.example", "203.0.113.41"); known < 15 || unknown < 15 {
		t.Errorf("of 30 guesses, %d and %d are slowed down", known, unknown)
	}
}

// TestOtherPeoplesThings asks for people, organisations, sessions and suggestions by
// IDs that are somebody else's, and by IDs that nobody has: the answers are the same.
func TestOtherPeoplesThings(t *testing.T) {
	h := newTown(t)
	administrator := h.found()
	administrator.post("/organisations", "name", "North Quay").is(303)
	administrator.get("/organisations")
	there := administrator.find(`href="/organisations/([^"]+)"><bdi>North Quay`)
	administrator.post("/people/invite", "organisation", there, "roles", "administrator").is(200)
	chief := h.visitor("203.0.113.50")
	chief.post(administrator.find(`(/invite/[^<]+)</code>`), "name", "Chief", "email", "chief@quay.example", "password", goodPassword).is(303)
	chief.setUp()
	administrator.get("/people")
	amina := administrator.find(`href="/people/([^"?]+)"><bdi>Amina`)
	home := administrator.field("organisation")
	number := regexp.MustCompile(`<code>[A-Z0-9]+</code>`)
	for _, ids := range [][2]string{{"/people/", amina}, {"/people?organisation=", home}, {"/organisations/", home}} {
		look := func(id string) (status int, body string) {
			chief.get(ids[0] + id)
			return chief.status, number.ReplaceAllString(strings.ReplaceAll(chief.body, id, "ID"), "")
		}
		status, body := look(ids[1])
		if noStatus, noBody := look("abcdefghijklmnopqrstuvwxyz"); status < 400 || status != noStatus || body != noBody {
			t.Errorf("%s of somebody: %d, of nobody: %d; the pages differ: %v", ids[0], status, noStatus, body != noBody)
		}
	}
	for _, form := range [][]string{
		{"/people/" + amina + "/roles", "roles", "reader", "version", "1"},
		{"/people/" + amina + "/disable", "version", "1"},
		{"/people/" + amina + "/reset", "all", "yes"},
		{"/people/invite", "organisation", home, "roles", "reader"},
		{"/people/invite", "organisation", there, "roles", "curator"},
		{"/organisations/" + home, "name", "Mine", "version", "1"},
		{"/organisations", "name", "Mine"},
		{"/audit/verify"},
	} {
		if chief.post(form[0], form[1:]...); chief.status < 400 {
			t.Errorf("%v: %d", form, chief.status)
		}
	}
	administrator.get("/people/" + amina).is(200)
}

// TestMassAssignment sends fields along that no form has.
func TestMassAssignment(t *testing.T) {
	h := newTown(t)
	administrator := h.found()
	reader := h.member(administrator, "sam@harbour.example", false, "reader")
	reader.post("/account", "name", "Sam", "language", "", "roles", "administrator", "Roles", "administrator", "organisation", "x", "Operator", "true", "email", "amina@harbour.example", "version", "0")
	for _, path := range []string{"/people", "/curate", "/audit", "/organisations"} {
		reader.get(path).is(403)
	}
	reader.post("/tools/suggest", reader.suggestion("name", "Plain", "confirmed", "yes", "id", "bdeshjaatra", "version", "7", "withdrawn", "true", "merged_into", "x", "checked", "2030-01-01", "state", "accepted", "tool", "bdeshjaatra", "kind", "correction")...).is(303)
	list, err := h.app.Tools().OpenSuggestions(t.Context(), account.Actor{System: true}, 10)
	if err != nil || len(list) != 1 {
		t.Fatal(len(list), err)
	}
	if p := list[0].Proposed; p.ID != "" || p.Version != 0 || p.Withdrawn || p.MergedInto != "" || !p.Checked.IsZero() || list[0].Tool != "" || list[0].Kind != "new" {
		t.Errorf("kept: %+v", list[0])
	}
}

// TestLogOfTheHouse plants words wherever people give some, through all of signing in,
// suggesting and failing, and looks for them in the log.
func TestLogOfTheHouse(t *testing.T) {
	h := newTown(t)
	administrator := h.found()
	g := h.visitor("203.0.113.77")
	g.header = http.Header{"User-Agent": {"canary-agent"}, "Referer": {"http://a.example/canary-referer"}, "Accept-Language": {"canary-language"}}
	g.post("/sign-in?canary-query=1", "email", "canary@mail.example", "password", "canary-password")
	g.post("/sign-in", "email", "amina@harbour.example", "password", "canary-password")
	g.post("/sign-in", "email", "amina@harbour.example", "password", goodPassword)
	half := g.session()
	g.post("/sign-in/code", "code", "canary-code")
	g.secret = administrator.secret
	g.post("/sign-in/code", "code", g.code())
	g.get("/tools?q=canary-search")
	g.get("/canary-path")
	g.get("/invite/canary-token")
	g.get("/tools.csv?q=canary-search")
	g.post("/tools/suggest", g.suggestion("name", "canary-name", "message", "canary-message", "source", "canary-source", "confirmed", "yes")...)
	g.post("/people/canary-person/roles", "roles", "canary-role")
	g.ask("CANARY-METHOD", "/tools", nil)
	g.post("/account/password", "password", "canary-new-password")
	text := h.log.String()
	if !strings.Contains(text, "POST /sign-in") {
		t.Fatalf("the log is not the server's:\n%.2000s", text)
	}
	never := []string{"canary", "CANARY", "203.0.113", "@harbour", "@mail", "Amina", "Harbour", goodPassword, g.secret, half, g.session(), g.cookies["covey-device"]}
	for _, word := range append(never, administrator.codes...) {
		if word != "" && strings.Contains(text, word) {
			at := strings.Index(text, word)
			t.Errorf("the log has %q: %s", word, text[max(0, at-200):min(len(text), at+50)])
		}
	}
}

// TestDribble keeps requests alive by sending a byte now and then: the whole head, and
// the whole body, have their time and no more. Others are answered meanwhile.
func TestDribble(t *testing.T) {
	address := listen(t, open(t, app.Options{}).Handler(), 400*time.Millisecond)
	ended := make(chan string, 2)
	for what, start := range map[string]string{
		"head": "GET / HTTP/1.1\r\nHost: x\r\n",
		"body": "POST /tools/suggest HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 1000\r\n\r\nname=",
	} {
		c := dial(t, address)
		go func() {
			io.WriteString(c, start)
			for i := 0; ; i++ {
				piece := "a"
				if what == "head" {
					piece = fmt.Sprintf("X-A%d: b\r\n", i)
				}
				if _, err := io.WriteString(c, piece); err != nil {
					return
				}
				time.Sleep(20 * time.Millisecond) // is what is tested: slow, and never silent
			}
		}()
		go func(c net.Conn) {
			_, _ = io.Copy(io.Discard, c) // until the server ends it, or the deadline of the test
			ended <- what
		}(c)
	}
	begun := time.Now()
	for range 2 {
		response, err := http.Get("http://" + address + "/healthz")
		if err != nil || response.StatusCode != http.StatusOK {
			t.Fatalf("nobody else is answered: %v %v", response, err)
		}
		_ = response.Body.Close()
		<-ended
	}
	if took := time.Since(begun); took > 15*time.Second {
		t.Errorf("slow clients were ended after %v", took)
	}
}
