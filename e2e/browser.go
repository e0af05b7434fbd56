// Package e2e opens pages in a real browser and says what is wrong with them:
// accessibility violations, console errors, requests to third parties, and text
// that does not fit. This file and visit.go are the only ones that know the browser's
// protocol.
// The browser cannot reach any host but this machine.
package e2e

import (
	"context"
	_ "embed"
	"encoding/json"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"

	"github.com/opencovey/covey/internal/testenv"
)

// axe is axe-core 4.14.1 of Deque Systems, under the Mozilla Public License 2.0;
// see testdata/axe.LICENSE.txt. It runs in tests only and is in no product.
//
//go:embed testdata/axe.min.js
var axe string

// patience bounds every step in the browser; steps take well under a second.
const patience = 30 * time.Second

// A Browser is one running browser. Its pages share nothing with each other.
type Browser struct {
	ctx context.Context
}

// Start starts Chromium without a window and stops it when the test ends. Without
// a browser it does as [testenv.Chromium].
func Start(t testing.TB) *Browser {
	t.Helper()
	options := append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(testenv.Chromium(t)),
		chromedp.DisableGPU,
		chromedp.Flag("disable-component-update", true),
		// What the browser draws around pages, and gets ready for the next one, is half of its work.
		chromedp.Flag("disable-features", "Translate,BlinkGenPropertyTrees,"+
			"WebUIOmniboxPopup,WebUIOmniboxAimPopup,WebUIOmniboxFullPopup,AimEnabled,SpareRendererForSitePerProcess"),
		// Only this machine has an address: nothing that a page asks for gets out.
		chromedp.Flag("host-resolver-rules", "MAP * ~NOTFOUND, EXCLUDE localhost, EXCLUDE 127.0.0.1"),
	)
	if os.Getuid() == 0 {
		options = append(options, chromedp.NoSandbox) // Chromium refuses root otherwise
	}
	allocator, stopAllocator := chromedp.NewExecAllocator(context.Background(), options...)
	t.Cleanup(stopAllocator) // runs last: removes the profile folder
	ctx, stop := chromedp.NewContext(allocator)
	t.Cleanup(stop)
	if err := chromedp.Do(ctx); err != nil {
		t.Fatalf("start browser: %v", err)
	}
	return &Browser{ctx: ctx}
}

// A View is how a page is looked at. The zero value is a desktop in light colours
// with scripts on.
type View struct {
	Width, Height int  // of the window in CSS pixels; 0 by 0 is 1280 by 800
	Dark          bool // the person prefers dark colours
	Print         bool // as on paper
	NoScripts     bool // the page's own scripts do not run
}

// Phone returns the view on a small phone, 360 by 640.
func Phone() View { return View{Width: 360, Height: 640} }

// Desktop returns the view on a laptop, 1280 by 800.
func Desktop() View { return View{Width: 1280, Height: 800} }

// A Page is one open page in a tab of its own.
type Page struct {
	t      testing.TB
	ctx    context.Context
	url    string
	view   View
	loaded chan struct{}              // a page has been loaded, once or several times
	world  runtime.ExecutionContextID // in which scripts of the test run; 0: that of the page

	mu       sync.Mutex
	console  []string
	requests []string
}

// Open opens the page at an address (see [FileURL]) and waits until it is loaded,
// its fonts are there and it was drawn. The tab closes when the test ends.
func (b *Browser) Open(t testing.TB, address string, view View) *Page {
	t.Helper()
	ctx, closeTab := chromedp.NewContext(b.ctx, chromedp.WithNewBrowserContext())
	t.Cleanup(closeTab)
	p := &Page{t: t, ctx: ctx, url: address, view: view, loaded: make(chan struct{}, 1)}
	if err := chromedp.Do(ctx); err != nil {
		t.Fatalf("open tab: %v", err)
	}
	if err := chromedp.Listen(ctx, p.note); err != nil {
		t.Fatalf("listen to %s: %v", address, err)
	}
	p.do("open "+address, show(view), chromedp.Navigate(address),
		// The page's scripts had their chance; the checks below need theirs.
		scripts(true),
		drawn())
	return p
}

// drawn waits until the fonts of a page are there and it was drawn.
func drawn() chromedp.Action[chromedp.Void] {
	return ignore(chromedp.Evaluate[string](`document.fonts.ready.then(() => new Promise(done =>
		requestAnimationFrame(() => requestAnimationFrame(() => done("drawn")))))`, chromedp.EvalAwaitPromise))
}

// show prepares the tab for the view.
func show(view View) chromedp.Action[chromedp.Void] {
	if view.Width == 0 && view.Height == 0 {
		view.Width, view.Height = Desktop().Width, Desktop().Height
	}
	scheme, media := "light", "screen"
	if view.Dark {
		scheme = "dark"
	}
	if view.Print {
		media = "print"
	}
	return chromedp.Steps(
		chromedp.Func(func(ctx context.Context, _ *chromedp.Target) error {
			_, err := chromedp.Call(ctx, network.Enable, network.EnableParams{})
			return err
		}),
		chromedp.EmulateViewport(int64(view.Width), int64(view.Height)),
		chromedp.Func(func(ctx context.Context, _ *chromedp.Target) error {
			_, err := chromedp.Call(ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
				Media: media,
				Features: []*emulation.MediaFeature{
					{Name: "prefers-color-scheme", Value: scheme},
					{Name: "prefers-reduced-motion", Value: "reduce"},
				},
			})
			return err
		}),
		scripts(!view.NoScripts),
	)
}

// scripts switches the page's scripts on or off.
func scripts(on bool) chromedp.Action[chromedp.Void] {
	return chromedp.Func(func(ctx context.Context, _ *chromedp.Target) error {
		_, err := chromedp.Call(ctx, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: !on})
		return err
	})
}

// ignore runs an action for its effect.
func ignore[T any](a chromedp.Action[T]) chromedp.Action[chromedp.Void] {
	return func(ctx context.Context, t *chromedp.Target) (chromedp.Void, error) {
		_, err := a(ctx, t)
		return chromedp.Void{}, err
	}
}

// note keeps what the browser reports about the page. It must be quick: the browser
// waits for it.
func (p *Page) note(event any) {
	p.mu.Lock()
	defer p.mu.Unlock()
	switch e := event.(type) {
	case *runtime.EventExceptionThrown:
		text := e.ExceptionDetails.Text
		if x := e.ExceptionDetails.Exception; x != nil {
			text += " " + x.Description
		}
		p.console = append(p.console, text)
	case *runtime.EventConsoleAPICalled:
		if e.Type == runtime.ConsoleAPICalledTypeError || e.Type == runtime.ConsoleAPICalledTypeWarning {
			p.console = append(p.console, said(e))
		}
	case *log.EventEntryAdded:
		if e.Entry.Level == log.EntryLevelError || e.Entry.Level == log.EntryLevelWarning {
			p.console = append(p.console, strings.TrimSpace(e.Entry.Text+" "+e.Entry.URL))
		}
	case *network.EventRequestWillBeSent:
		p.asked(e.Request.URL)
	case *network.EventWebSocketCreated:
		p.asked(e.URL)
	case *page.EventLoadEventFired:
		select {
		case p.loaded <- struct{}{}:
		default:
		}
	}
}

// said gives the text of a call such as console.error.
func said(e *runtime.EventConsoleAPICalled) string {
	words := []string{"console." + string(e.Type) + ":"}
	for _, arg := range e.Args {
		if len(arg.Value) > 0 {
			words = append(words, string(arg.Value))
		} else {
			words = append(words, arg.Description)
		}
	}
	return strings.Join(words, " ")
}

// asked notes a request, unless it is for the page itself, for nothing outside of
// it, or for the icon that the browser looks for on its own.
func (p *Page) asked(address string) {
	for _, scheme := range []string{"data:", "blob:", "about:"} {
		if strings.HasPrefix(address, scheme) {
			return
		}
	}
	if address != p.url && !strings.HasSuffix(address, "/favicon.ico") {
		p.requests = append(p.requests, address)
	}
}

// do runs steps in the tab and ends the test when one fails.
func (p *Page) do(what string, steps ...chromedp.Action[chromedp.Void]) {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.ctx, patience)
	defer cancel()
	if err := chromedp.Do(ctx, steps...); err != nil {
		p.t.Fatalf("%s: %v", what, err)
	}
}

// Eval runs a script in the page and returns its value, awaited if it is a promise.
func Eval[T any](p *Page, script string) T {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.ctx, patience)
	defer cancel()
	value, err := chromedp.Run(ctx, chromedp.Evaluate[T](script, chromedp.EvalAwaitPromise, p.inWorld))
	if err != nil {
		p.t.Fatalf("run script in %s: %v", p.url, err)
	}
	return value
}

// inWorld has a script run in the world of the tab, see [Page.GoSandboxed].
func (p *Page) inWorld(o *runtime.EvaluateParams) { o.ContextID = p.world }

// Click clicks the first element that a CSS selector finds, once it is visible.
func (p *Page) Click(selector string) {
	p.t.Helper()
	p.do("click "+selector, chromedp.Click(chromedp.CSS(selector), chromedp.NodeVisible))
}

// Type types text into the first element that a CSS selector finds.
func (p *Page) Type(selector, text string) {
	p.t.Helper()
	p.do("type into "+selector, chromedp.SendKeys(chromedp.CSS(selector), text, chromedp.NodeVisible))
}

// Screenshot returns a PNG picture of the whole page, beyond the window too.
func (p *Page) Screenshot() []byte {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.ctx, patience)
	defer cancel()
	const lossless = 100 // this quality means PNG
	picture, err := chromedp.Run(ctx, chromedp.FullScreenshot(lossless))
	if err != nil {
		p.t.Fatalf("take picture of %s: %v", p.url, err)
	}
	return picture
}

// Console returns the errors, warnings and uncaught exceptions so far.
func (p *Page) Console() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return append([]string(nil), p.console...)
}

// Requests returns the addresses of all that was asked for so far besides the page
// itself.
func (p *Page) Requests() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return append([]string(nil), p.requests...)
}

// ThirdParty returns those of [Page.Requests] that go to another origin than the
// page. A page from a file has no origin but its own folder.
func (p *Page) ThirdParty() []string {
	own, err := url.Parse(p.url)
	if err != nil {
		p.t.Fatalf("parse address: %v", err)
	}
	home := own.Scheme + "://" + own.Host + "/"
	if own.Scheme == "file" {
		home = own.Scheme + "://" + own.EscapedPath()[:strings.LastIndex(own.EscapedPath(), "/")+1]
	}
	var list []string
	for _, address := range p.Requests() {
		if !strings.HasPrefix(address, home) {
			list = append(list, address)
		}
	}
	return list
}

// Overflow returns by how many CSS pixels the page is wider than the window.
func (p *Page) Overflow() int {
	p.t.Helper()
	return Eval[int](p, `Math.max(0, document.documentElement.scrollWidth - window.innerWidth)`)
}

// FileURL returns the address of a file, for [Browser.Open].
func FileURL(t testing.TB, name string) string {
	t.Helper()
	full, err := filepath.Abs(name)
	if err != nil {
		t.Fatalf("find %s: %v", name, err)
	}
	if _, err := os.Stat(full); err != nil {
		t.Fatalf("find page: %v", err)
	}
	return (&url.URL{Scheme: "file", Path: filepath.ToSlash(full)}).String()
}

// A Violation is one rule of the Web Content Accessibility Guidelines that a page
// breaks, as axe-core names it.
type Violation struct {
	ID     string   `json:"id"`     // such as "color-contrast"
	Impact string   `json:"impact"` // minor, moderate, serious or critical
	Help   string   `json:"help"`   // what must be so, in a sentence
	Nodes  []string `json:"nodes"`  // the elements, as HTML, and what is wrong with each
}

// String gives the violation in one line per element.
func (v Violation) String() string {
	return fmt.Sprintf("%s (%s): %s\n    %s", v.ID, v.Impact, v.Help, strings.Join(v.Nodes, "\n    "))
}

// Violations runs axe-core with the rules of WCAG 2.0, 2.1 and 2.2, levels A and
// AA, on what the page shows now, but for the rules that are left out.
func (p *Page) Violations(without ...string) []Violation {
	p.t.Helper()
	rules := map[string]map[string]bool{}
	for _, id := range without {
		rules[id] = map[string]bool{"enabled": false}
	}
	but, err := json.Marshal(rules)
	if err != nil {
		p.t.Fatal(err)
	}
	if !Eval[bool](p, "typeof axe === 'object'") {
		Eval[bool](p, axe+";typeof axe === 'object'")
	}
	return Eval[[]Violation](p, `axe.run(document, {
		runOnly: {type: "tag", values: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]},
		rules: `+string(but)+`,
		resultTypes: ["violations"],
		preload: false, // would ask for the page's style sheets again
	}).then(result => result.violations.map(v => ({
		id: v.id, impact: v.impact || "", help: v.help,
		nodes: v.nodes.map(n => n.html.slice(0, 200) + " – " + (n.failureSummary || "").replace(/\s+/g, " ")),
	})))`)
}

// Faults returns all that no page of this project may have: accessibility
// violations, console messages, third-party requests, sideways scrolling, and no
// word about the width of a phone. Rules of accessibility can be left out by name.
func (p *Page) Faults(without ...string) []string {
	p.t.Helper()
	var faults []string
	for _, v := range p.Violations(without...) {
		faults = append(faults, "accessibility: "+v.String())
	}
	for _, line := range p.Console() {
		faults = append(faults, "console: "+line)
	}
	for _, address := range p.ThirdParty() {
		faults = append(faults, "third party: "+address)
	}
	if n := p.Overflow(); n > 0 {
		faults = append(faults, fmt.Sprintf("overflow: %d pixels wider than the window", n))
	}
	if !Eval[bool](p, `document.querySelector("meta[name=viewport]") !== null`) {
		faults = append(faults, "viewport: a phone would show the page at the width of a desktop")
	}
	return faults
}
