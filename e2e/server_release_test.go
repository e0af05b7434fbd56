package e2e_test

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/opencovey/covey/e2e"
	"github.com/opencovey/covey/internal/publication/work"
	"github.com/opencovey/covey/internal/testenv"
)

// TestMain lets the test binary be the worker that reads case records, as the program is.
func TestMain(m *testing.M) {
	if len(os.Args) == 2 && os.Args[1] == "worker" {
		os.Exit(work.Main(context.Background(), os.Stdin, os.Stdout))
	}
	os.Exit(m.Run())
}

// TestServerRelease takes the fictional case records from a file to an approved and published release, by two people, with scripts: the
// file with its bar, the live effect, the bar of the run. Pages are looked at on a desktop and on a phone.
func TestServerRelease(t *testing.T) {
	onEachDatabase(t, func(t *testing.T, h *house) {
		administrator := h.open("/", e2e.Desktop())
		h.found(administrator)
		steward := h.open("/", e2e.Desktop())
		h.join(steward, h.invite(administrator, "steward"), "Wanjiku Otieno", "wanjiku@harbour.example")
		approver := h.open("/", e2e.Desktop())
		h.join(approver, h.invite(administrator, "approver"), "Jonas Lind", "jonas@harbour.example")

		draft := h.prepareCases(t, steward)
		run := h.makeRelease(t, steward, draft)
		h.inEveryLanguage(t, steward, "/prepare", "/prepare/fictional-cases", draft, draft+"/columns", draft+"/columns/1", draft+"/harmonise", draft+"/protect",
			draft+"/protect/rules", draft+"/policy/edit", draft+"/describe", draft+"/release", run)
		steward.Go(h.address + run)
		steward.Follow(`form[action$="/hand-in"] button`)
		shows(t, steward, "It is handed in.", "You had a part in it", "Wanjiku Otieno")
		release := e2e.Eval[string](steward, "location.pathname")

		h.inEveryLanguage(t, approver, "/approve", release)
		h.approveRelease(t, approver, release, run)
		steward.Go(h.address + release)
		shows(t, steward, "approved", "Jonas Lind")
		steward.Follow(`form[action$="/publish"] button`)
		shows(t, steward, "It is public.", "Number 1")
		sound(t, steward)
		steward.Go(h.address + draft)
		shows(t, steward, "The file is erased")
		stranger := h.open("/data/fictional-cases", e2e.Phone())
		shows(t, stranger, "Fictional case")
		sound(t, stranger)
	})
}

// prepareCases sends the file with the policy that is made for it, and returns the address of the draft.
func (h *house) prepareCases(t *testing.T, page *e2e.Page) string {
	t.Helper()
	examples := filepath.Join(testenv.ModuleRoot(t), "examples")
	page.Go(h.address + "/prepare")
	sound(t, page)
	page.Follow(`main .button`)
	page.Fill("#f-title", "Fictional cases")
	page.Follow("main form button")
	page.Choose("#f-file", filepath.Join(examples, "cases.csv"))
	page.Click(`form[action$="/upload"] button`)
	page.Wait(`document.querySelector("main .notice.good")?.innerText.includes("encrypted")`)
	shows(t, page, "cases.csv", "The file is here, encrypted.")
	sound(t, page)
	page.Choose("#f-policy", filepath.Join(examples, "cases.yaml"))
	page.Fill("#f-title", "As in the example")
	page.Follow(`form[action$="/draft"] button`)
	shows(t, page, "Who stands out", "officeCode")
	sound(t, page)
	return e2e.Eval[string](page, "location.pathname")
}

// makeRelease changes the draft step by step, starts a run and waits for it. It returns the address of the run.
func (h *house) makeRelease(t *testing.T, page *e2e.Page, draft string) string {
	t.Helper()
	page.Go(h.address + draft + "/columns")
	before := textOf(page, "#effect b")
	e2e.Eval[bool](page, `(() => { const s = document.querySelector("#f-kind11"); s.value = "ignore"; s.dispatchEvent(new Event("change", { bubbles: true })); return true })()`)
	page.Wait(`document.querySelector("#effect b")?.innerText !== ` + "`" + before + "`")
	shows(t, page, "Fewer than the")
	sound(t, page)
	for _, step := range []string{"/harmonise", "/protect", "/describe", "/release"} {
		page.Go(h.address + draft + step)
		sound(t, page)
		page.Look(e2e.Phone())
		sound(t, page)
		page.Look(e2e.Desktop())
	}
	page.Fill("#f-label", "the example")
	page.Follow(`form[action$="/release"] button`)
	run := e2e.Eval[string](page, "location.pathname")
	page.Wait(`document.querySelector('form[action$="/hand-in"]')`)
	shows(t, page, "What came of it", "Exact quality report")
	sound(t, page)
	return run
}

// approveRelease looks at a release as another person, who cannot see what is exact, and approves it point by point.
func (h *house) approveRelease(t *testing.T, page *e2e.Page, release, run string) {
	t.Helper()
	page.Go(h.address + "/approve")
	sound(t, page)
	page.Follow(`main .results a`)
	at(t, page, release)
	sound(t, page)
	e2e.Eval[bool](page, `(() => { document.querySelectorAll('form[action$="/decide"] input[value="yes"]').forEach(c => { c.checked = true }); return true })()`)
	page.Follow(`button[value="approve"]`)
	shows(t, page, "Approved, and signed.", "In order", "A steward publishes it.")
	for _, path := range []string{run, run + "/private/quality.html"} {
		page.Go(h.address + path)
		if text := textOf(page, "body"); !strings.Contains(text, "You may not do this") {
			t.Errorf("the approver sees %s:\n%s", path, text)
		}
	}
}

// inEveryLanguage looks at pages in the languages that the journey is not in, on a desktop and on a phone. The database makes no difference to
// that: it is done on one.
func (h *house) inEveryLanguage(t *testing.T, page *e2e.Page, paths ...string) {
	t.Helper()
	if strings.HasSuffix(t.Name(), "PostgreSQL") {
		return
	}
	for _, language := range []string{"fr", "es", "ar", "en"} {
		for _, path := range paths {
			page.Go(h.address + path + "?lang=" + language)
			if language == "en" {
				break // the others follow from it
			}
			if got := e2e.Eval[string](page, "document.documentElement.lang"); got != language {
				t.Errorf("%s is in %q, not in %q", path, got, language)
			}
			if language == "ar" || testenv.Long() { // what is too long for a page shows on the small one
				sound(t, page)
			}
			page.Look(e2e.Phone())
			sound(t, page)
			page.Look(e2e.Desktop())
		}
	}
}
