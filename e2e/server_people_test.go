package e2e_test

import (
	"strings"
	"testing"

	"github.com/opencovey/covey/e2e"
)

// signIn gives address and password at the page for that.
func (h *house) signIn(page *e2e.Page, email string) {
	h.t.Helper()
	h.later()
	page.Go(h.address + "/sign-in")
	page.Fill("#f-email", email)
	page.Fill("#f-password", goodPassword)
	page.Follow(`form[action="/sign-in"] button`)
}

// confirm gives a code at the page for the second factor.
func confirm(page *e2e.Page, code string) {
	page.Fill("#f-code", code)
	page.Follow(`form[action="/sign-in/code"] button`)
}

// TestServerPeople goes through the life of an account, without scripts: founded by
// the link that the server prints, second factor, a second browser whose session is
// seen and ended, recovery codes, sign-out.
func TestServerPeople(t *testing.T) {
	t.Parallel()
	onEachDatabase(t, func(t *testing.T, h *house) {
		first := h.open("/", noScripts())
		secret, recovery := h.found(first)
		first.Go(h.address + "/people")
		shows(t, first, "Amina Diallo", "Harbour Trust")
		if link, err := h.app.FirstLink(t.Context()); err != nil || link != "" {
			t.Errorf("there is a first link still: %q %v", link, err)
		}

		second := h.open("/", noScripts())
		h.signIn(second, "Amina@Harbour.example")
		at(t, second, "/sign-in/code")
		second.Go(h.address + "/people") // half a session opens nothing
		at(t, second, "/sign-in")
		second.Go(h.address + "/sign-in/code")
		confirm(second, h.code(secret))
		at(t, second, "/account")

		h.endOther(t, first, second)
		h.recover(t, second, recovery)
		second.Go(h.address + "/account/factor")
		shows(t, second, "8 codes are left")
		second.Go(h.address + "/")
		second.Follow(`form[action="/sign-out"] button`)
		shows(t, second, "You are signed out.")
		second.Go(h.address + "/account")
		at(t, second, "/sign-in")

		reader := h.open("/", noScripts())
		reader.Go(h.invite(first, "reader"))
		h.accept(reader, "", "Sam Okoro", "sam@harbour.example")
		at(t, reader, "/account")
		for _, path := range []string{"/people", "/audit", "/curate", "/organisations"} {
			reader.Go(h.address + path)
			if strings.Contains(textOf(reader, "main"), "Amina") || e2e.Eval[int](reader, `document.querySelectorAll("main form, main table").length`) > 0 {
				t.Errorf("a reader sees %s:\n%s", path, textOf(reader, "main"))
			}
		}
	})
}

// endOther looks at the list of sessions and ends the one of the other browser.
func (h *house) endOther(t *testing.T, own, other *e2e.Page) {
	own.Go(h.address + "/account")
	if n := e2e.Eval[int](own, `document.querySelectorAll("#sessions ~ .scroll tbody tr").length`); n != 2 {
		t.Errorf("%d sessions are listed", n)
	}
	own.Follow(`form[action="/account/sessions/end"] button`)
	at(t, own, "/account")
	if n := e2e.Eval[int](own, `document.querySelectorAll("#sessions ~ .scroll tbody tr").length`); n != 1 {
		t.Errorf("after one was ended, %d sessions are listed", n)
	}
	other.Go(h.address + "/account")
	at(t, other, "/sign-in")
}

// recover signs in with a recovery code, which works once.
func (h *house) recover(t *testing.T, page *e2e.Page, recovery []string) {
	h.signIn(page, "amina@harbour.example")
	confirm(page, recovery[0])
	at(t, page, "/account")
	page.Follow(`form[action="/sign-out"] button`)
	h.signIn(page, "amina@harbour.example")
	confirm(page, recovery[0])
	at(t, page, "/sign-in/code")
	if textOf(page, ".faults") == "nothing there" {
		t.Error("a recovery code that was used is not refused")
	}
	h.later()
	confirm(page, recovery[1])
	at(t, page, "/account")
}

// TestServerPasskey adds a passkey and signs in with it alone, with an authenticator of
// the browser's own; and copies an invitation by its button.
func TestServerPasskey(t *testing.T) {
	t.Parallel()
	onEachDatabase(t, func(t *testing.T, h *house) {
		page := h.open("/", e2e.Desktop())
		page.Authenticator()
		link, err := h.app.FirstLink(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		page.Go(link)
		h.accept(page, "Harbour Trust", "Amina Diallo", "amina@harbour.example")
		at(t, page, "/account/factor")
		page.Type(`form[data-passkey="create"] #f-name`, "My laptop")
		page.Follow(`form[data-passkey="create"] button`)
		if n := e2e.Eval[int](page, `document.querySelectorAll("#codes-list code").length`); n != 10 {
			t.Fatalf("%d recovery codes:\n%s", n, textOf(page, "body"))
		}
		sound(t, page)
		page.Click(`button[data-copy]`)
		page.Wait(`document.querySelector("#said")?.textContent === "Copied"`)
		page.Go(h.address + "/account/factor")
		shows(t, page, "My laptop")
		page.Follow(`form[action="/sign-out"] button`)
		h.later()
		page.Go(h.address + "/sign-in?to=/people")
		page.Follow(`form[data-passkey="get"] button`)
		at(t, page, "/people")
		shows(t, page, "Amina Diallo")
		if strings.Contains(h.invite(page, "curator"), " ") {
			t.Error("the link is no link")
		}
		page.Click(`button[data-copy="link"]`)
		page.Wait(`document.querySelector("#said")?.textContent === "Copied"`)
		sound(t, page)
	})
}
