package e2e_test

import (
	"path/filepath"
	"testing"

	"github.com/opencovey/covey/e2e"
	"github.com/opencovey/covey/internal/testenv"
)

// codebook returns the address of the codebook of a small release; a test of package release keeps the file up to date.
func codebook(t *testing.T) string {
	t.Helper()
	return e2e.FileURL(t, filepath.Join(testenv.ModuleRoot(t), "release", "testdata", "book", "codebook.html"))
}

func TestCodebook(t *testing.T) {
	t.Parallel()
	browser := e2e.Start(t)
	tests := []struct {
		name string
		view e2e.View
	}{
		{"phone", e2e.Phone()},
		{"phone, dark", e2e.View{Width: 360, Height: 640, Dark: true}},
		{"laptop", e2e.Desktop()},
		{"laptop, dark", e2e.View{Dark: true}},
		{"paper", e2e.View{Print: true}},
		{"no scripts", e2e.View{NoScripts: true}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			page := browser.Open(t, codebook(t), test.view)
			for _, fault := range page.Faults() {
				t.Error(fault)
			}
			if requests := page.Requests(); len(requests) > 0 {
				t.Errorf("the page asks for %q", requests)
			}
			// The content security policy lets the page's own style through: else the bars would have no colour.
			if colour := e2e.Eval[string](page, `getComputedStyle(document.querySelector(".fill")).fill`); colour == "rgb(0, 0, 0)" {
				t.Error("the page has no style")
			}
		})
	}
}

// TestCodebookBars compares the length of each bar, as drawn, with the share beside it.
func TestCodebookBars(t *testing.T) {
	t.Parallel()
	page := e2e.Start(t).Open(t, codebook(t), e2e.Desktop())
	wrong := e2e.Eval[[]string](page, `[...document.querySelectorAll("tbody tr")].flatMap(row => {
		const [track, fill] = [...row.querySelectorAll("rect")].map(r => r.getBoundingClientRect().width);
		const share = parseFloat(row.lastElementChild.textContent);
		return track > 50 && Math.abs(100 * fill / track - share) <= 0.6 ? [] : [row.textContent + " " + fill + "/" + track];
	})`)
	for _, row := range wrong {
		t.Errorf("bar and share differ: %s", row)
	}
	if n := e2e.Eval[int](page, `document.querySelectorAll("tbody tr").length`); n < 10 {
		t.Errorf("only %d bars", n)
	}
}

// TestCodebookDirections turns the page into one that is read from right to left: nothing may stick out, and bars begin at the right.
func TestCodebookDirections(t *testing.T) {
	t.Parallel()
	page := e2e.Start(t).Open(t, codebook(t), e2e.Phone())
	const start = `(() => {
		const [track, fill] = [...document.querySelector("svg").children].map(r => r.getBoundingClientRect());
		return [Math.round(fill.left - track.left), Math.round(track.right - fill.right)].map(n => n === 0).join(" ");
	})()`
	if got := e2e.Eval[string](page, start); got != "true false" {
		t.Errorf("from left to right: bars begin at left, right: %s", got)
	}
	e2e.Eval[bool](page, `document.documentElement.dir = "rtl", true`)
	if got := e2e.Eval[string](page, start); got != "false true" {
		t.Errorf("from right to left: bars begin at left, right: %s", got)
	}
	if n := page.Overflow(); n > 0 {
		t.Errorf("from right to left, %d pixels stick out", n)
	}
}

// TestCodebookTexts looks for what the texts of a policy could do to the page.
func TestCodebookTexts(t *testing.T) {
	t.Parallel()
	page := e2e.Start(t).Open(t, codebook(t), e2e.Desktop())
	if n := e2e.Eval[int](page, `document.querySelectorAll("script, i, b, [style], [onclick]").length`); n > 0 {
		t.Errorf("%d elements come from texts", n)
	}
	if !e2e.Eval[bool](page, `document.body.textContent.includes("<script>alert(1)</script>")`) {
		t.Error("a text is not shown as it is")
	}
	// A name in Arabic is set from right to left, and what follows it is not.
	const direction = `(() => {
		const title = [...document.querySelectorAll("h3")].find(h => h.textContent === "ملاحظات");
		return [title, title.nextElementSibling].map(e => getComputedStyle(e).direction).join(" ");
	})()`
	if got := e2e.Eval[string](page, direction); got != "rtl ltr" {
		t.Errorf("directions are %q", got)
	}
}

// TestCodebookKeyboard steps into the page with the tabulator: first comes a way past what stands before the columns.
func TestCodebookKeyboard(t *testing.T) {
	t.Parallel()
	page := e2e.Start(t).Open(t, codebook(t), e2e.Phone())
	e2e.Eval[bool](page, `document.querySelector(".skip").focus(), true`)
	const visible = `(() => { const r = document.activeElement.getBoundingClientRect(); return r.left >= 0 && r.top >= 0 && r.width > 0; })()`
	if !e2e.Eval[bool](page, visible) {
		t.Error("the link that skips is not seen when it has the focus")
	}
	page.Click(".skip")
	if got := e2e.Eval[string](page, `document.activeElement.id`); got != "columns" {
		t.Errorf("the link leads to %q", got)
	}
}
