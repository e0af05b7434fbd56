package e2e_test

import (
	"context"
	"io"
	"net"
	"net/http"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/pquerna/otp/totp"

	"github.com/opencovey/covey/e2e"
	"github.com/opencovey/covey/internal/account"
	"github.com/opencovey/covey/internal/app"
	"github.com/opencovey/covey/internal/testenv"
)

// goodPassword is that of all people of the tests.
const goodPassword = "wide rivers cross here"

// patience is that of pages that wait for the worker, which is slow beside browsers.
const patience = time.Minute

// house is a server of a test, with a clock that the test can move on.
type house struct {
	t       *testing.T
	app     *app.App
	browser *e2e.Browser
	address string // "http://localhost:34567"
	ahead   atomic.Int64
}

// openHouse starts a server with the built-in list of tools, as "covey serve" does,
// and a browser. A database of "" is the embedded one.
func openHouse(t *testing.T, database string) *house {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	h := &house{t: t, browser: e2e.Start(t)}
	// Passkeys want a name, and this one is of the machine itself.
	h.address = "http://localhost:" + strconv.Itoa(l.Addr().(*net.TCPAddr).Port)
	h.app, err = app.Open(t.Context(), app.Options{
		Dir: t.TempDir(), Database: database, Public: h.address, Now: h.now, Hashing: account.Argon{Memory: 64, Time: 1, Lanes: 1},
		Worker: []string{os.Args[0], "worker"}, Patience: patience,
	})
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- h.app.Serve(ctx, l, nil) }()
	t.Cleanup(func() {
		stop()
		if err := <-ended; err != nil {
			t.Error(err)
		}
		if err := h.app.Close(); err != nil {
			t.Error(err)
		}
	})
	return h
}

func (h *house) now() time.Time { return time.Now().Add(time.Duration(h.ahead.Load())) }

// later lets time pass: so that a code is a new one, and a form was not filled in by a
// machine.
func (h *house) later() { h.pass(time.Minute) }

func (h *house) pass(d time.Duration) { h.ahead.Add(int64(d)) }

// open opens a page as somebody new.
func (h *house) open(path string, view e2e.View) *e2e.Page {
	h.t.Helper()
	return h.browser.Open(h.t, h.address+path, view)
}

// onEachDatabase runs a test with the embedded database and with PostgreSQL.
func onEachDatabase(t *testing.T, test func(t *testing.T, h *house)) {
	if testing.Short() {
		t.Skip("long")
	}
	t.Run("SQLite", func(t *testing.T) { test(t, openHouse(t, "")) })
	t.Run("PostgreSQL", func(t *testing.T) { test(t, openHouse(t, testenv.Postgres(t))) })
}

// shows fails the test unless the page shows all the texts.
func shows(t *testing.T, page *e2e.Page, texts ...string) {
	t.Helper()
	body := textOf(page, "body")
	for _, text := range texts {
		if !strings.Contains(body, text) {
			t.Errorf("%q is not at %s:\n%s", text, e2e.Eval[string](page, "location.href"), body)
		}
	}
}

// textOf returns the text of the first element that a selector finds.
func textOf(page *e2e.Page, selector string) string {
	return e2e.Eval[string](page, `(document.querySelector(`+strconv.Quote(selector)+`)?.innerText ?? "nothing there").replace(/\s+/g, " ").trim()`)
}

// valueOf returns the value of a field.
func valueOf(page *e2e.Page, selector string) string {
	return e2e.Eval[string](page, `document.querySelector(`+strconv.Quote(selector)+`).value`)
}

// at fails the test unless the tab is at a path, whatever its query.
func at(t *testing.T, page *e2e.Page, path string) {
	t.Helper()
	if got := e2e.Eval[string](page, "location.pathname"); got != path {
		t.Fatalf("at %s, want %s:\n%s", got, path, textOf(page, "body"))
	}
}

// sound fails the test if anything is wrong with the page as it is.
func sound(t *testing.T, page *e2e.Page) {
	t.Helper()
	for _, fault := range page.Faults() {
		t.Errorf("%s: %s", e2e.Eval[string](page, "location.href"), fault)
	}
}

// accept fills in the page of an invitation.
func (h *house) accept(page *e2e.Page, organisation, name, email string) {
	h.t.Helper()
	h.later()
	if organisation != "" {
		page.Fill("#f-organisation", organisation)
	}
	page.Fill("#f-name", name)
	page.Fill("#f-email", email)
	page.Fill("#f-password", goodPassword)
	page.Follow("main form button")
}

// setUp sets up an authenticator at the page of second factors, and returns its secret
// and the recovery codes.
func (h *house) setUp(page *e2e.Page) (secret string, recovery []string) {
	h.t.Helper()
	at(h.t, page, "/account/factor")
	page.Follow(`form[action="/account/factor/code"] button`)
	secret = strings.ReplaceAll(textOf(page, "main code"), " ", "")
	page.Fill("#f-code", h.code(secret))
	page.Follow(`form[action="/account/factor/code/confirm"] button`)
	recovery = e2e.Eval[[]string](page, `[...document.querySelectorAll("#codes-list code")].map(c => c.textContent)`)
	if len(recovery) != 10 {
		h.t.Fatalf("%d recovery codes:\n%s", len(recovery), textOf(page, "body"))
	}
	return secret, recovery
}

// code returns a new code of an authenticator.
func (h *house) code(secret string) string {
	h.t.Helper()
	h.later()
	code, err := totp.GenerateCode(secret, h.now())
	if err != nil {
		h.t.Fatal(err)
	}
	return code
}

// invite makes an invitation with roles as an administrator, and returns its address.
func (h *house) invite(administrator *e2e.Page, roles ...string) string {
	h.t.Helper()
	h.later()
	administrator.Go(h.address + "/people")
	for _, box := range []string{"reader", "curator", "administrator", "steward", "approver"} {
		selector := `form[action="/people/invite"] input[value="` + box + `"]`
		if slices.Contains(roles, box) != e2e.Eval[bool](administrator, `document.querySelector(`+strconv.Quote(selector)+`).checked`) {
			administrator.Click(selector)
		}
	}
	administrator.Follow(`form[action="/people/invite"] button`)
	return textOf(administrator, "#link")
}

// join makes a member with an authenticator, by the address of an invitation.
func (h *house) join(page *e2e.Page, link, name, email string) (secret string) {
	h.t.Helper()
	page.Go(link)
	h.accept(page, "", name, email)
	secret, _ = h.setUp(page)
	return secret
}

// found makes the first administrator, by the link that the server prints.
func (h *house) found(page *e2e.Page) (secret string, recovery []string) {
	h.t.Helper()
	link, err := h.app.FirstLink(h.t.Context())
	if err != nil || !strings.HasPrefix(link, h.address+"/invite/") {
		h.t.Fatalf("the first link is %q: %v", link, err)
	}
	page.Go(link)
	h.accept(page, "Harbour Trust", "Amina Diallo", "amina@harbour.example")
	return h.setUp(page)
}

// get asks for a path as a program would, and returns status and body.
func (h *house) get(path string) (status int, body string) {
	h.t.Helper()
	response, err := http.Get(h.address + path)
	if err != nil {
		h.t.Fatal(err)
	}
	defer response.Body.Close()
	var text strings.Builder
	if _, err := io.Copy(&text, response.Body); err != nil {
		h.t.Fatal(err)
	}
	return response.StatusCode, text.String()
}
