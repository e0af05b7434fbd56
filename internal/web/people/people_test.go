package people_test

import (
	"html"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/opencovey/covey/internal/account"
	"github.com/opencovey/covey/internal/account/accounttest"
	"github.com/opencovey/covey/internal/audit"
	"github.com/opencovey/covey/internal/web/webtest"
)

// TestJourney: from the first link to a second administrator, without scripts.
func TestJourney(t *testing.T) {
	h := newHouse(t)
	token, err := h.accounts.FirstLink(t.Context())
	h.ok(err)
	b := h.browser()
	b.get("/invite/"+token).is(200, "").shows("Welcome", "You are the first here", `autocomplete="new-password"`)
	b.post("/invite/"+token, "organisation", "Casa Azul", "name", "Ana", "email", "ana@", "password", goodPassword).is(422, "")
	b.shows("Please give one e-mail address", `value="Ana"`, `aria-invalid="true"`).never(goodPassword)
	b.post("/invite/"+token, "organisation", "Casa Azul", "name", "Ana", "email", "ana@example.org", "password", goodPassword)
	b.is(303, "/account/factor")
	b.get("/people").is(403, "")
	b.get("/account/factor").is(200, "").shows("Your role works only with a second step", "Passkeys work only where the browser runs scripts")
	secret := b.setUp()
	b.shows("Recovery codes", "shown only now")
	recovery := b.find(`<code dir="ltr">([a-z2-7-]{19})</code>`)
	b.get("/account/factor").is(200, "").shows("10 codes are left").never(secret, strings.ReplaceAll(secret, " ", ""), recovery)
	b.get("/people").is(200, "").shows("Casa Azul", "ana@example.org")
	b.get("/sign-out").is(405, "")
	b.get("/account").is(200, "").shows("Firefox on Linux", "This browser")
	b.post("/sign-out").is(303, "/")
	b.get("/account").is(303, "/sign-in?to=%2Faccount")
	b.get("/sign-in?to=%2Fpeople").is(200, "").shows(`autocomplete="username webauthn"`, `autocomplete="current-password"`, "data-passkey")
	b.post("/sign-in", "email", "ana@example.org", "password", "not it", "to", "/people").is(422, "")
	b.shows("Address or password is not right", `value="ana@example.org"`, `value="/people"`).never("not it")
	b.post("/sign-in", "email", "ana@example.org", "password", goodPassword, "to", "/people").is(303, "/sign-in/code?to=%2Fpeople")
	half := b.session()
	b.get("/people").is(303, "/sign-in?to=%2Fpeople")
	b.get("/sign-in/code?to=%2Fpeople").is(200, "").shows(`autocomplete="one-time-code"`)
	b.post("/sign-in/code", "code", "000000", "to", "/people").is(422, "").shows("This code is not right")
	b.post("/sign-in/code", "code", h.code(secret), "to", "/people").is(303, "/people")
	if b.session() == half {
		t.Error("the token is that from before the second step")
	}
	b.get("/people").is(200, "")
	b.post("/people/invite", "organisation", h.user("ana@example.org").Organisation, "roles", "administrator").is(200, "")
	link := b.find(`<code id="link" dir="ltr">([^<]+)</code>`)
	if !strings.HasPrefix(link, origin+"/invite/") {
		t.Errorf("link %q", link)
	}
	b.get("/people").shows("Open links").never(link, strings.TrimPrefix(link, origin+"/invite/"))
	second := h.browser()
	second.get(strings.TrimPrefix(link, origin)).is(200, "").shows("Casa Azul", "Administrator")
	second.post(strings.TrimPrefix(link, origin), "name", "Ben", "email", "ben@example.org", "password", goodPassword).is(303, "/account/factor")
	second.get(strings.TrimPrefix(link, origin)).is(410, "").shows("This link has been used")
	b.post("/sign-out")
	b.post("/sign-in", "email", "ana@example.org", "password", goodPassword).is(303, "/sign-in/code")
	b.post("/sign-in/code", "code", recovery).is(303, "/account")
}

func TestOwnAccount(t *testing.T) {
	h := newHouse(t)
	b, secret := h.found()
	b.post("/account", "name", "<b>Ana</b>", "language", "fr").is(303, "/account")
	b.get("/account").is(200, "").shows("Votre compte", "&lt;b&gt;Ana&lt;/b&gt;").never("<b>Ana</b>")
	b.post("/account", "name", "Ana", "language", "en")
	b.post("/account", "name", " ", "language", "en").is(422, "")
	other := h.browser()
	other.post("/sign-in", "email", "first@example.org", "password", goodPassword)
	other.post("/sign-in/code", "code", h.code(secret)).is(303, "/account")
	b.get("/account").is(200, "")
	b.post("/account/sessions/end", "session", b.field("session")).is(303, "/account")
	other.get("/account").is(303, "/sign-in?to=%2Faccount")
	b.post("/account/sessions/end", "session", "nobody").is(404, "")
	b.post("/account/sessions/others").is(303, "/account")
	b.get("/account/password").is(200, "").shows(`autocomplete="new-password"`)
	b.post("/account/password", "password", "short").is(422, "").shows("at least 12")
	b.post("/account/password", "password", "another tall green hill").is(303, "/account")
	b.post("/account/factor/code/remove").is(422, "").shows("Your role needs a second step")
	b.post("/account/factor/recovery").is(200, "").shows("shown only now")
	h.wait(account20)
	for _, path := range []string{"/account/password", "/account/factor"} {
		b.get(path).is(303, "/account/again?to="+url.QueryEscape(path))
	}
	for _, path := range []string{
		"/account/factor/code", "/account/factor/code/confirm", "/account/factor/code/remove",
		"/account/factor/passkey", "/account/factor/passkey/remove", "/account/factor/recovery",
	} {
		b.post(path, "code", "1").is(303, "/account/again?to=%2Faccount%2Ffactor")
	}
	b.post("/account/password", "password", "yet another tall hill").is(303, "/account/again?to=%2Faccount%2Fpassword")
	b.get("/account/again?to=%2Faccount%2Fpassword").is(200, "").shows("Please show that it is you")
	b.post("/account/again", "password", "wrong", "code", h.code(secret), "to", "/account/password").is(422, "")
	b.post("/account/again", "password", "another tall green hill", "code", h.code(secret), "to", "/account/password").is(303, "/account/password")
	b.get("/account/password").is(200, "")
}

const account20 = 20 * time.Minute

// TestPasskeyPages: the forms carry what a script needs, and take what it fills in.
func TestPasskeyPages(t *testing.T) {
	h := newHouse(t)
	b, _ := h.found()
	key := &accounttest.Authenticator{Origin: origin}
	options := func() []byte { return []byte(html.UnescapeString(b.find(`data-options="([^"]*)"`))) }
	b.get("/account/factor").is(200, "")
	answer, err := key.Create(options())
	h.ok(err)
	b.post("/account/factor/passkey", "state", b.field("state"), "answer", string(answer), "name", "").is(422, "").shows("give the passkey a name")
	b.get("/account/factor")
	answer, err = key.Create(options())
	h.ok(err)
	b.post("/account/factor/passkey", "state", b.field("state"), "answer", string(answer), "name", "Work <phone>").is(303, "/account/factor")
	b.get("/account/factor").shows("Work &lt;phone&gt;")
	b.post("/sign-out")
	h.wait(time.Minute)
	b.get("/sign-in?to=%2Fpeople").is(200, "")
	answer, err = key.Get(options())
	h.ok(err)
	state := b.field("state")
	b.post("/sign-in/passkey", "state", state, "answer", string(answer), "to", "/people").is(303, "/people")
	b.get("/people").is(200, "")
	b.post("/sign-out")
	b.post("/sign-in/passkey", "state", state, "answer", string(answer)).is(422, "").shows("was not accepted").never(string(answer))
	b.post("/sign-in/passkey", "state", "", "answer", "").is(410, "").shows("took too long")
	h.wait(time.Minute)
	b.get("/sign-in")
	answer, err = key.Get(options())
	h.ok(err)
	b.post("/sign-in/passkey", "state", b.field("state"), "answer", string(answer)).is(303, "/account")
	b.get("/account/factor").is(200, "")
	b.post("/account/factor/passkey/remove", "index", "0", "passkey", "another").is(404, "")
	b.post("/account/factor/passkey/remove", "index", "0", "passkey", "Work <phone>").is(303, "/account/factor")
}

func TestOpenIDPages(t *testing.T) {
	h := newHouse(t)
	founder, _ := h.found()
	h.join(h.user("first@example.org").Organisation, "person@example.org", false, account.Reader)
	b := h.browser()
	b.get("/sign-in").shows("Sign in with your organisation")
	b.get("/sign-in/openid")
	if b.status != http.StatusSeeOther || !strings.HasPrefix(b.to, h.issuer.URL+"/auth?") {
		t.Fatalf("status %d, leads to %s", b.status, b.to)
	}
	back := h.issuer.Browse(t, b.to)
	stranger := h.browser()
	stranger.get("/sign-in/openid/return?"+back.Encode()).is(410, "")
	b.get("/sign-in/openid/return?"+back.Encode()).is(303, "/account")
	b.get("/account").is(200, "").shows("person@example.org")
	b.get("/sign-in/openid/return?"+back.Encode()).is(410, "")
	_ = founder
}

// TestMassAssignment: what a form does not offer cannot be set by sending it.
func TestMassAssignment(t *testing.T) {
	h := newHouse(t)
	h.found()
	home := h.user("first@example.org").Organisation
	one := h.organisation("One")
	more := []string{
		"roles", "administrator", "role", "curator", "Roles", "administrator", "organisation", home, "operator", "1", "Operator", "true",
		"id", "x", "version", "99", "disabled", "", "strong", "true", "user", h.user("first@example.org").ID, "email", "first@example.org",
	}
	token, err := h.accounts.Invite(t.Context(), account.Actor{System: true}, one, []account.Role{account.Reader})
	h.ok(err)
	b := h.browser()
	b.post("/invite/"+token, append([]string{"name", "N", "email", "n@example.org", "password", goodPassword}, more...)...).is(303, "/account")
	b.post("/account", append([]string{"name", "New", "language", ""}, more...)...).is(303, "/account")
	u := h.user("n@example.org")
	if u.Name != "New" || u.Organisation != one || len(u.Roles) != 1 || u.Roles[0] != account.Reader {
		t.Errorf("got %+v", u)
	}
	boss := h.join(one, "boss@example.org", true, account.Administrator)
	boss.post("/people/invite", "organisation", one, "roles", "curator").is(403, "")
	boss.post("/people/invite", "organisation", home, "roles", "reader").is(404, "")
	boss.post("/people/invite", "organisation", one, "roles", "root").is(422, "")
	boss.post("/people/"+u.ID+"/roles", "version", "2", "roles", "reader", "roles", "curator").is(403, "")
	boss.post("/people/"+h.user("first@example.org").ID+"/reset", "all", "yes").is(404, "")
	boss.post("/people/"+h.user("first@example.org").ID+"/disable", "version", "2").is(404, "")
}

func TestAdministration(t *testing.T) {
	h := newHouse(t)
	b, _ := h.found()
	b.get("/organisations").is(200, "").shows("Operator", "Runs this server")
	b.post("/organisations", "name", "").is(422, "")
	b.post("/organisations", "name", "<i>One</i>")
	if b.status != 303 || !strings.HasPrefix(b.to, "/people?organisation=") {
		t.Fatalf("status %d, leads to %q", b.status, b.to)
	}
	one := strings.TrimPrefix(b.to, "/people?organisation=")
	b.get(b.to).is(200, "").shows("&lt;i&gt;One&lt;/i&gt;", "Nobody has an account here yet")
	b.post("/organisations", "name", "<I>one</I>").is(409, "").shows("of this name already")
	reader := h.join(one, "reader@example.org", false, account.Reader)
	id := h.user("reader@example.org").ID
	b.get("/people?organisation="+one).shows("1 person", "/people/"+id)
	b.get("/people/"+id).is(200, "").shows("Shut out", "Lost password or phone")
	b.post("/people/"+id+"/roles", "version", "1", "roles", "reader", "roles", "steward").is(303, "/people/"+id)
	reader.get("/account").is(303, "/sign-in?to=%2Faccount")
	b.post("/people/"+id+"/roles", "version", "1", "roles", "reader").is(409, "").shows("changed this meanwhile")
	b.post("/people/"+id+"/roles", "version", "2").is(422, "").shows("at least one role")
	b.post("/people/"+id+"/reset").is(200, "").shows(origin + "/invite/")
	b.get("/people?organisation=" + one).shows("Link for a new password")
	b.post("/people/revoke", "organisation", one, "invitation", b.field("invitation")).is(303, "/people?organisation="+one)
	b.post("/people/"+id+"/disable", "version", "2").is(303, "/people/"+id)
	b.get("/people/"+id).shows("This person cannot sign in", "Let in again")
	b.post("/people/"+id+"/reset").is(409, "")
	b.post("/people/"+id+"/enable", "version", "3").is(303, "/people/"+id)
	b.get("/organisations/"+one).is(200, "")
	b.post("/organisations/"+one, "version", "1", "name", "Two").is(303, "/organisations")
	b.post("/organisations/"+one+"/disable", "version", "2").is(303, "/organisations")
	b.get("/people?organisation=" + one).shows("Nobody of this organisation can sign in")
	b.get("/organisations/"+one).is(200, "").shows("Let this organisation in again")
	b.post("/organisations/"+one+"/enable", "version", "3").is(303, "/organisations")
	b.get("/organisations/nobody").is(404, "")
	b.get("/people/nobody").is(404, "")
	b.get("/people?organisation=nobody").is(404, "")
	self := h.user("first@example.org")
	b.get("/people/"+self.ID).is(200, "").never("/disable")
	b.post("/people/"+self.ID+"/roles", "version", "2", "roles", "reader").is(409, "").shows("needs an administrator")
}

func TestAudit(t *testing.T) {
	h := newHouse(t)
	b, _ := h.found()
	for range 60 {
		b.post("/account", "name", "First", "language", "en")
		b.post("/organisations", "name", "One")
	}
	_, _, err := h.log.Checkpoint(t.Context(), audit.Pace{})
	h.ok(err)
	b.get("/audit").is(200, "").shows("user.change", "Older entries").never("first@example.org")
	b.get(html.UnescapeString(b.find(`<a href="(/audit\?[^"]*)" rel="next"`))).is(200, "").shows("invitation.first")
	b.get("/audit?action=organisation.").shows("organisation.create").never("<code dir=\"ltr\">user.change")
	b.get("/audit?actor=system").shows("invitation.first").never("<code dir=\"ltr\">user.change")
	b.get("/audit?subject=%3Cscript%3E&before=x").is(200, "").shows("No entry is like this").never("<script>")
	b.post("/audit/verify").is(200, "").shows("nothing wrong", "Signed up to number")
	b.get("/audit.jsonl").is(200, "").shows(`"action":"user.change"`, `"checkpoint":`, `"action":"audit.export"`)
	if got := b.header.Get("Content-Disposition"); !strings.Contains(got, "audit-2026-11-20.jsonl") {
		t.Errorf("saved as %q", got)
	}
	h.store.Alter(5, func(e *audit.Entry) { e.Actor = "somebody" })
	b.post("/audit/verify").is(200, "").shows("Something is wrong with the log", "Entry 5 was altered")
	boss := h.join(h.organisation("Two"), "boss@example.org", true, account.Administrator)
	for _, path := range []string{"/audit", "/audit.jsonl"} {
		boss.get(path).is(403, "")
	}
	boss.post("/audit/verify").is(403, "")
	b.post("/audit").is(405, "")
	b.post("/audit.jsonl").is(405, "")
}

// TestEnumerationPages: the page for a wrong password is that for nobody, to the byte.
func TestEnumerationPages(t *testing.T) {
	h := newHouse(t)
	h.found()
	page := func(email, password string) string {
		b := h.browser()
		b.post("/sign-in", "email", email, "password", password)
		text := strings.ReplaceAll(b.body, email, "EMAIL")
		for _, p := range []string{`data-options="[^"]*"`, `name="state" value="[^"]*"`} {
			text = regexp.MustCompile(p).ReplaceAllString(text, "")
		}
		return http.StatusText(b.status) + text
	}
	if page("first@example.org", "wrong") != page("nobody@example.org", "wrong") {
		t.Error("somebody and nobody get different pages")
	}
	if page("first@example.org", "wrong") == page("first@example.org", goodPassword) {
		t.Error("control: right and wrong get the same page")
	}
}

// TestRedirects: signing in leads to pages of this server only.
func TestRedirects(t *testing.T) {
	h := newHouse(t)
	h.found()
	h.join(h.user("first@example.org").Organisation, "reader@example.org", false, account.Reader)
	for to, want := range map[string]string{
		"/tools?q=a": "/tools?q=a", "": "/account", "https://evil.example": "/account", "//evil.example": "/account",
		"/\\evil.example": "/account", "javascript:alert(1)": "/account", "/\r\nSet-Cookie: a=b": "/account",
	} {
		b := h.browser()
		b.post("/sign-in", "email", "reader@example.org", "password", goodPassword, "to", to).is(303, want)
		b.get("/sign-in?"+url.Values{"to": {to}}.Encode()).is(303, want)
	}
}

// TestCookies: what the browser is told about them.
func TestCookies(t *testing.T) {
	h := newHouse(t)
	h.found()
	w := h.site.Do(webtest.Case{Post: "/sign-in", Form: url.Values{"email": {"first@example.org"}, "password": {goodPassword}}})
	for _, c := range w.Result().Cookies() {
		if !strings.HasPrefix(c.Name, "__Host-") || !c.Secure || !c.HttpOnly || c.SameSite != http.SameSiteStrictMode || c.Path != "/" || c.Domain != "" {
			t.Errorf("got %s", c)
		}
	}
	cross := webtest.Case{Post: "/sign-out", Header: map[string]string{"Sec-Fetch-Site": "cross-site"}}
	if w := h.site.Do(cross); w.Code != 403 {
		t.Errorf("sent from another site: status %d", w.Code)
	}
}
