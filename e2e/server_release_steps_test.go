package e2e_test

import (
	"strconv"
	"strings"
	"time"

	"github.com/opencovey/covey/e2e"
)

// The steps of the journey of a release. The steward goes from page to page by what stands on them.

// beginDraft makes a data set, sends the file, begins a draft with the policy of the example, and returns the draft's address.
func (w *walker) beginDraft(page *e2e.Page) (draft string) {
	w.t.Helper()
	page.Go(w.address + "/")
	w.hand.follow(`nav.rooms a[href='/prepare']`)
	w.see(page, w.says("prepare.desk.title", "prepare.desk.none")...)
	w.hand.follow(`main .button`)
	w.see(page, w.says("prepare.set.new", "prepare.set.title.hint")...)
	w.hand.fill("#f-title", "Fictional cases")
	w.hand.follow("main form button")
	w.see(page, w.says("prepare.set.created", "prepare.draft.first")...)
	w.hand.choose("#f-file", exampleFile(w.t, "cases.csv"))
	w.hand.press(`form[action$='/upload'] button`)
	page.Wait(`document.querySelector("main > .notice.good") !== null && document.querySelector("#f-policy") !== null`)
	w.see(page, append(w.says("prepare.upload.taken", "prepare.draft.new"), "cases.csv")...)
	w.hand.fill("#f-title", "As in the example")
	w.hand.choose("#f-policy", exampleFile(w.t, "cases.yaml"))
	w.hand.follow(`form[action$='/draft'] button`)
	w.see(page, append(w.says("prepare.step.look", "prepare.look.secret", "prepare.look.risk"), w.text.Number(20000), "officeCode")...)
	return e2e.Eval[string](page, "location.pathname")
}

// decideColumns tries what another kind of a column would do, looks at a column, and goes through the steps to the last.
func (w *walker) decideColumns(page *e2e.Page, draft string) {
	w.t.Helper()
	w.hand.follow(`main .actions a.button[href$='/columns']`)
	at(w.t, page, draft+"/columns")
	const figure = "#effect b"
	before, kind := textOf(page, figure), valueOf(page, "#f-kind11")
	changed := func(to string) string {
		return `!document.querySelector("[aria-busy]") && document.querySelector("` + figure + `")?.innerText.replace(/\s+/g, " ").trim() ` + to + ` ` + strconv.Quote(before)
	}
	w.hand.pick("#f-kind11", "ignore")
	page.Wait(changed("!==")) // the live effect
	if !strings.Contains(textOf(page, "#effect .badge.good"), strings.Fields(w.text.Text("prepare.effect.fewer"))[0]) {
		w.t.Errorf("the effect says %q", textOf(page, "#effect"))
	}
	w.see(page, w.says("prepare.step.columns", "prepare.effect.secret")...)
	w.hand.pick("#f-kind11", kind)
	page.Wait(changed("==="))

	w.hand.follow(`th a[href$='/columns/11']`)
	w.see(page, w.says("prepare.column.title", "prepare.column.bins")...)
	w.hand.follow(`main form > .actions button:not([name])`)
	at(w.t, page, draft+"/columns")
	w.see(page, w.says("prepare.saved")...)
	w.hand.follow(`button[name='next']`)
	at(w.t, page, draft+"/harmonise")
	w.see(page, w.says("prepare.step.harmonise", "prepare.harmonise.profile")...)
	w.hand.follow(`main .actions a.button`)
	for _, step := range []string{"protect", "describe"} {
		at(w.t, page, draft+"/"+step)
		w.see(page, w.says("prepare.step."+step)...)
		w.hand.follow(`button[name='next']`)
	}
	at(w.t, page, draft+"/release")
	w.see(page, w.says("prepare.step.release", "prepare.summary.start", "prepare.saved")...)
	for _, aside := range [][2]string{{"/harmonise?profile=ctdc27", "prepare.harmonise.values"}, {"/protect/rules", "prepare.rules"}, {"/policy/edit", "prepare.policy.edit.about"}} {
		page.Go(w.address + draft + aside[0])
		w.see(page, w.says(aside[1])...)
	}
	page.Go(w.address + draft + "/release")
}

// makeRun starts a run, waits for it, and returns its address.
func (w *walker) makeRun(page *e2e.Page) (run string) {
	w.t.Helper()
	w.hand.fill("#f-label", "the example")
	w.hand.follow(`form[action$='/release'] button`)
	w.see(page, w.says("prepare.run.title")...)
	for deadline := time.Now().Add(5 * time.Minute); !e2e.Eval[bool](page, `document.querySelector("#progress [id=hand-in]") !== null`); time.Sleep(100 * time.Millisecond) {
		if time.Now().After(deadline) {
			w.t.Fatalf("the run does not end:\n%s", textOf(page, "main"))
		}
	}
	w.see(page, append(w.says("prepare.run.came", "prepare.run.private", "prepare.run.private.quality", "prepare.hand-in.about", "prepare.state.done"), "the example")...)
	return e2e.Eval[string](page, "location.pathname")
}

// handIn hands in the run that is shown, and returns the address of the release.
func (w *walker) handIn(page *e2e.Page) (release string) {
	w.t.Helper()
	w.hand.follow(`form[action$='/hand-in'] button`)
	w.see(page, append(w.says("prepare.handed-in", "prepare.check.own", "prepare.state.handed-in"), "Wanjiku Otieno")...)
	release = e2e.Eval[string](page, "location.pathname")
	if w.reports {
		run := e2e.Eval[string](page, `document.querySelector("main a[href*='/prepare/runs/']").pathname`)
		w.seeReport(page, run+"/private/quality.html")
		w.seeReport(page, run+"/files/codebook.html")
	}
	return release
}

// seeReport looks at a report as it is served, in its sandbox. Reports are in English, whoever reads them.
func (w *walker) seeReport(page *e2e.Page, path string) {
	w.t.Helper()
	page.GoSandboxed(w.address + path)
	for _, fault := range page.Faults() {
		w.t.Errorf("%s: %s", path, fault)
	}
	if got := readReport(page); got != "en ltr" {
		w.t.Errorf("%s is in %q", path, got)
	}
}

// approveRelease looks at a release as another person, who cannot see what is exact, and approves it point by point.
func (w *walker) approveRelease(page *e2e.Page, release, run string) {
	w.t.Helper()
	page.Go(w.address + "/approve")
	w.see(page, w.says("prepare.waiting.title", "prepare.state.handed-in")...)
	page.Follow(`main .results a`)
	at(w.t, page, release)
	w.see(page, w.says("prepare.check", "prepare.check.about", "prepare.release.first")...)
	if w.reports {
		w.seeReport(page, release+"/files/quality.html")
		page.Go(w.address + release)
	}
	page.Follow(`button[value="approve"]`)
	w.seeAnswer(page, "422", w.says("web.faults", "fault.publication.check")...)
	for _, id := range e2e.Eval[[]string](page, `[...document.querySelectorAll('form[action$="/decide"] input[value="yes"]')].map(c => c.id)`) {
		page.Click("#" + id)
	}
	page.Follow(`button[value="approve"]`)
	w.see(page, append(w.says("prepare.approved", "prepare.check.ok", "prepare.publish.steward", "prepare.state.approved"), "Jonas Lind")...)
	page.Go(w.address + run + "/private/quality.html")
	w.seeAnswer(page, "403", w.says("web.fault.forbidden")...)
	page.Go(w.address + run)
	if text := textOf(page, "main"); !strings.Contains(text, oneLine(w.text.Text("web.fault.forbidden"))) {
		w.t.Errorf("the approver sees %s:\n%s", run, text)
	}
}

// publish publishes a release, and sees that the file of case records is gone.
func (w *walker) publish(page *e2e.Page, release, draft string) {
	w.t.Helper()
	page.Go(w.address + release)
	w.see(page, append(w.says("prepare.publish.about", "prepare.state.approved"), "Jonas Lind")...)
	page.Follow(`form[action$="/publish"] button`)
	w.see(page, append(w.says("prepare.published", "prepare.state.published"), w.text.Text("prepare.number", "number", 1))...)
	page.Go(w.address + draft)
	w.see(page, w.says("fault.publication.erased")...)
}

// readAsStranger reads what is public: the page of the data, and the explorer, opened and with one value picked.
func (w *walker) readAsStranger() {
	w.t.Helper()
	page := w.enter()
	page.Go(w.address + "/data")
	page.Follow(`main a[href^="/data/fictional-cases"]`)
	w.see(page, append(w.says("catalogue.explore", "catalogue.protection"), "Fictional case")...)
	page.Follow(`main .actions a.button[href*="explorer"]`)
	waitReady(w.t, page)
	w.see(page)
	page.Click("button[data-attribute]")
	page.Wait(`document.querySelector("button[data-attribute][aria-pressed=true]") !== null`)
	w.see(page)
}
