package e2e_test

import (
	"strconv"
	"strings"
	"testing"

	"github.com/chromedp/chromedp/kb"

	"github.com/opencovey/covey/e2e"
)

// hand is how a person works a page. Selectors have single quotes.
type hand interface {
	follow(selector string)       // what leads to another page
	press(selector string)        // a button that stays on the page
	fill(selector, text string)   // a field of text
	pick(selector, value string)  // an option of a list
	choose(selector, path string) // a file
}

// pointer is a hand on a mouse or a screen.
type pointer struct{ page *e2e.Page }

func (p pointer) follow(selector string)       { p.page.Follow(selector) }
func (p pointer) press(selector string)        { p.page.Click(selector) }
func (p pointer) fill(selector, text string)   { p.page.Fill(selector, text) }
func (p pointer) choose(selector, path string) { p.page.Choose(selector, path) }

// pick sets the value as the list of the browser does, which is outside of the page.
func (p pointer) pick(selector, value string) {
	e2e.Eval[bool](p.page, `(() => { const s = document.querySelector(`+strconv.Quote(selector)+`); s.value = `+strconv.Quote(value)+`;
		s.dispatchEvent(new Event("change", { bubbles: true })); return true })()`)
}

// keyboard is a hand on the keys: everything is reached by the tabulator, and its focus is seen at every stop.
type keyboard struct {
	t    *testing.T
	page *e2e.Page
}

func (k keyboard) follow(selector string) {
	k.t.Helper()
	k.reach(selector)
	k.page.PressFor("\r")
}

func (k keyboard) press(selector string) {
	k.t.Helper()
	k.reach(selector)
	k.page.Press("\r")
}

func (k keyboard) fill(selector, text string) {
	k.t.Helper()
	k.reach(selector)
	k.page.Press(text) // what was there is selected, and goes
	if got := valueOf(k.page, selector); got != text {
		k.t.Errorf("%s holds %q", selector, got)
	}
}

// pick goes down the list, or up if the value stands above.
func (k keyboard) pick(selector, value string) {
	k.t.Helper()
	k.reach(selector)
	steps := e2e.Eval[int](k.page, `(() => { const s = document.activeElement; return [...s.options].findIndex(o => o.value === `+strconv.Quote(value)+`) - s.selectedIndex })()`)
	key := kb.ArrowDown
	if steps < 0 {
		steps, key = -steps, kb.ArrowUp
	}
	k.page.Press(strings.Repeat(key, steps))
	if got := valueOf(k.page, selector); got != value {
		k.t.Fatalf("%s holds %q after %d keys, want %q", selector, got, steps, value)
	}
}

func (k keyboard) choose(selector, path string) {
	k.t.Helper()
	k.reach(selector)
	k.page.ChooseByKey(path)
}

// reach goes on to an element, unless the focus is there.
func (k keyboard) reach(selector string) {
	k.t.Helper()
	if !e2e.Eval[bool](k.page, `document.activeElement.matches(`+strconv.Quote(selector)+`)`) {
		tabTo(k.t, k.page, selector)
	}
}
