package e2e_test

import (
	"testing"

	"github.com/opencovey/covey/e2e"
)

// TestServerScripts looks at what pages do beyond HTML, when scripts run.
func TestServerScripts(t *testing.T) {
	t.Parallel()
	h := openHouse(t, "")
	for name, test := range map[string]func(*testing.T, *house){"live": testLive, "dialog": testDialog, "typing": testTyping, "keyboard": testKeyboard} {
		t.Run(name, func(t *testing.T) { test(t, h) })
	}
}

// testLive changes a filter: the result takes its place without the page being
// loaded, the focus stays, the address and the way back are right, and a screen reader
// is told.
func testLive(t *testing.T, h *house) {
	page := h.open("/tools", e2e.Desktop())
	if n := e2e.Eval[int](page, `[...document.querySelectorAll("svg.world use")].filter(u => u.getBoundingClientRect().width > 0).length`); n < 20 {
		t.Errorf("%d countries are drawn", n)
	}
	if !e2e.Eval[bool](page, `document.querySelector("#type-awareness").checkVisibility()`) {
		t.Error("the filters are hidden on a wide screen")
	}
	e2e.Eval[bool](page, `window.here = true`)
	const box = `#found input[type=checkbox]`
	id := e2e.Eval[string](page, `document.querySelector("`+box+`").id`)
	page.Click(box)
	page.Wait(`location.search !== "" && !document.querySelector("[aria-busy]")`)
	type state struct {
		Here, Checked, Focused bool
		Query, Said            string
	}
	look := `({Here: window.here === true, Checked: document.getElementById("` + id + `").checked, Focused: document.activeElement.id === "` + id + `",
		Query: location.search, Said: document.getElementById("said")?.textContent ?? ""})`
	after := e2e.Eval[state](page, look)
	if !after.Here || !after.Checked || !after.Focused || after.Query == "" || after.Said == "" {
		t.Errorf("after a click on a filter: %+v", after)
	}
	e2e.Eval[bool](page, `history.back(), true`)
	page.Wait(`location.search === "" && !document.getElementById("` + id + `").checked && !document.querySelector("[aria-busy]")`)
	if before := e2e.Eval[state](page, look); !before.Here || before.Checked || before.Query != "" {
		t.Errorf("after going back: %+v", before)
	}
	sound(t, page)
}

// testDialog opens and closes the dialog of the page of pieces: it is the
// browser's own.
func testDialog(t *testing.T, h *house) {
	page := h.open("/style", e2e.Desktop())
	const open = `document.querySelector("dialog").open`
	page.Click(`[data-opens]`)
	if !e2e.Eval[bool](page, open) {
		t.Fatal("the dialog does not open")
	}
	sound(t, page)
	page.Click(`dialog .second`)
	if e2e.Eval[bool](page, open) {
		t.Error("the dialog does not close")
	}
}

// testTyping types the name of a tool that the map has: it is noticed while one
// types, before anything is sent.
func testTyping(t *testing.T, h *house) {
	page := h.open("/tools/suggest", e2e.Desktop())
	page.Type("#f-name", "Bdesh Jatra")
	page.Wait(`document.querySelector(".hints a[href='/tools/bdeshjaatra']") !== null`)
	if e2e.Eval[string](page, `document.querySelector(".hints").getAttribute("aria-live")`) != "polite" {
		t.Error("a screen reader is not told")
	}
	sound(t, page)
	h.later()
	page.Follow(".entry > .actions button")
	page.Follow("button[name=confirmed]") // a different one, after all
	at(t, page, "/tools")
}

// testKeyboard finds a tool with the keys of the keyboard alone: every stop shows
// where the focus is.
func testKeyboard(t *testing.T, h *house) {
	page := h.open("/tools", e2e.Desktop())
	page.Press("\t")
	if got := e2e.Eval[string](page, `document.activeElement.className + document.activeElement.getAttribute("href")`); got != "skip#main" {
		t.Fatalf("the first stop is %s", got)
	}
	page.Press("\r")
	page.Wait(`location.hash === "#main"`)
	tabTo(t, page, `#q`)
	page.Press("hotline\r")
	page.Wait(`location.search.includes("q=hotline") && !document.querySelector("[aria-busy]")`)
	tabTo(t, page, `#type-awareness`)
	page.Press(" ")
	page.Wait(`location.search.includes("type=awareness") && !document.querySelector("[aria-busy]") && document.activeElement.id === "type-awareness"`)
	tabTo(t, page, `.result a`)
	name := e2e.Eval[string](page, `document.activeElement.innerText`)
	page.PressFor("\r")
	if got := textOf(page, "h1"); got != name || name == "" {
		t.Errorf("the link %q leads to %q", name, got)
	}
}

// tabTo presses the tab key until an element has the focus.
func tabTo(t *testing.T, page *e2e.Page, selector string) {
	t.Helper()
	const most = 250 // all boxes of all filters
	for range most {
		page.Press("\t")
		type stop struct {
			There, Seen bool
			Name        string
		}
		got := e2e.Eval[stop](page, `(() => {
			const e = document.activeElement, s = getComputedStyle(e), r = e.getBoundingClientRect()
			return {There: e.matches("`+selector+`"), Name: e.outerHTML.slice(0, 150),
				Seen: e === document.body || r.width > 0 && r.height > 0 && r.top < innerHeight && r.bottom > 0 && (s.outlineStyle !== "none" || s.boxShadow !== "none" || e.tagName === "SELECT")}
		})()`)
		if !got.Seen {
			t.Errorf("the focus cannot be seen on %s", got.Name)
		}
		if got.There {
			return
		}
	}
	t.Fatalf("%s is not reached by the keyboard", selector)
}
