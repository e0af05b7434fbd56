package e2e

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/dom"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/webauthn"
	"github.com/chromedp/chromedp"
)

// What a person does in one tab, page after page: the cookies stay theirs.

// Go opens another page in the tab, as [Browser.Open] does. What the browser said
// about earlier pages is forgotten.
func (p *Page) Go(address string) {
	p.t.Helper()
	p.Forget()
	p.url, p.world = address, 0
	p.do("open "+address, scripts(!p.view.NoScripts), chromedp.Navigate(address), scripts(true), drawn())
}

// GoSandboxed opens a page that is served in a sandbox without scripts. There no timer
// runs and no frame is waited for, which holds for the scripts of a test too: so the
// page is looked at from a world of its own, as an extension of the browser would. It
// has the same document and styles. The sandbox stays as it was served.
func (p *Page) GoSandboxed(address string) {
	p.t.Helper()
	p.Forget()
	p.url, p.world = address, 0
	p.do("open "+address, chromedp.Navigate(address), p.enterWorld())
	if !Eval[bool](p, `origin === "null" && matchMedia("(scripting: none)").matches`) {
		p.t.Fatalf("%s is in no sandbox, or scripts run in it", address)
	}
	Eval[bool](p, `(() => { // axe-core puts its steps off by timers: here they follow at once, and limits of time never come
		globalThis.setTimeout = (step, after, ...of) => { if (!(after > 1000)) void Promise.resolve().then(() => step(...of)); return 0 }
		return true
	})()`)
	Eval[bool](p, `document.fonts.ready.then(() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(() => done(true)))))`)
}

// enterWorld makes a world of its own in the page, for scripts of the test.
func (p *Page) enterWorld() chromedp.Action[chromedp.Void] {
	return chromedp.Func(func(ctx context.Context, _ *chromedp.Target) error {
		tree, err := chromedp.Call(ctx, page.GetFrameTree, cdp.Empty{})
		if err != nil {
			return err
		}
		world, err := chromedp.Call(ctx, page.CreateIsolatedWorld, page.CreateIsolatedWorldParams{FrameID: tree.FrameTree.Frame.ID, WorldName: "e2e"})
		p.world = world.ExecutionContextID
		return err
	})
}

// Follow clicks what leads to another page, and waits until it is there: a link, or
// the button of a form.
func (p *Page) Follow(selector string) {
	p.t.Helper()
	p.leave("follow "+selector, chromedp.Click(chromedp.CSS(selector), chromedp.NodeVisible))
}

// PressFor presses keys that lead to another page, and waits until it is there.
func (p *Page) PressFor(keys string) {
	p.t.Helper()
	p.leave("press "+strconv.Quote(keys), chromedp.KeyEvent(keys))
}

// leave does something that loads a page, with the scripts of the view.
func (p *Page) leave(what string, step chromedp.Action[chromedp.Void]) {
	p.t.Helper()
	select {
	case <-p.loaded:
	default:
	}
	p.do(what, scripts(!p.view.NoScripts), step)
	select {
	case <-p.loaded:
	case <-time.After(patience):
		p.t.Fatalf("%s: no page came, still at %s", what, Eval[string](p, "location.href"))
	}
	p.do(what, scripts(true), drawn())
}

// Press presses keys where the focus is.
func (p *Page) Press(keys string) {
	p.t.Helper()
	p.do("press "+strconv.Quote(keys), chromedp.KeyEvent(keys))
}

// Fill puts a text into a field, in place of what is there. It is quicker than
// [Page.Type] and tells no script.
func (p *Page) Fill(selector, text string) {
	p.t.Helper()
	Eval[bool](p, fmt.Sprintf(`(() => { document.querySelector(%q).value = %s; return true })()`, selector, strconv.QuoteToASCII(text)))
}

// Choose chooses a file of this machine in a field for files.
func (p *Page) Choose(selector, path string) {
	p.t.Helper()
	p.do("choose file", chromedp.SetUploadFiles(chromedp.CSS(selector), []string{path}))
}

// ChooseByKey opens the focused field for files with a key, and chooses a file of
// this machine in the browser's dialog.
func (p *Page) ChooseByKey(path string) {
	p.t.Helper()
	opened := make(chan cdp.BackendNodeID, 1)
	ctx, cancel := context.WithTimeout(p.ctx, patience)
	defer cancel()
	err := chromedp.Listen(ctx, func(event any) {
		if e, ok := event.(*page.EventFileChooserOpened); ok {
			opened <- e.BackendNodeID
		}
	})
	if err != nil {
		p.t.Fatalf("listen to %s: %v", p.url, err)
	}
	p.do("open the dialog for files", intercept(true), chromedp.KeyEvent(" "))
	select {
	case field := <-opened:
		p.do("choose file", chromedp.Func(func(ctx context.Context, _ *chromedp.Target) error {
			_, err := chromedp.Call(ctx, dom.SetFileInputFiles, dom.SetFileInputFilesParams{Files: []string{path}, BackendNodeID: field})
			return err
		}), intercept(false))
	case <-ctx.Done():
		p.t.Fatalf("the field for files at %s does not open by a key", p.url)
	}
}

// intercept has the test answer dialogs for files in place of a person.
func intercept(on bool) chromedp.Action[chromedp.Void] {
	return chromedp.Func(func(ctx context.Context, _ *chromedp.Target) error {
		_, err := chromedp.Call(ctx, page.SetInterceptFileChooserDialog, page.SetInterceptFileChooserDialogParams{Enabled: on})
		return err
	})
}

// Look looks at the page as it is in another view.
func (p *Page) Look(view View) {
	p.t.Helper()
	p.view = view
	p.do("look", show(view), scripts(true), drawn())
}

// Forget drops what the browser reported about the tab so far.
func (p *Page) Forget() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.console, p.requests = nil, nil
}

// Wait waits until a condition, a script, holds in the page.
func (p *Page) Wait(condition string) {
	p.t.Helper()
	p.do("wait for "+condition, ignore(chromedp.Evaluate[bool](fmt.Sprintf(`new Promise(done => {
		const look = () => (%s) ? done(true) : setTimeout(look, 20)
		look()
	})`, condition), chromedp.EvalAwaitPromise)))
}

// Authenticator gives the tab a key that makes passkeys and whose owner is always
// there and always verified.
func (p *Page) Authenticator() {
	p.t.Helper()
	p.do("add authenticator", chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
		if _, err := cdp.Call(ctx, t, webauthn.Enable, webauthn.EnableParams{}); err != nil {
			return err
		}
		_, err := cdp.Call(ctx, t, webauthn.AddVirtualAuthenticator, webauthn.AddVirtualAuthenticatorParams{
			Options: &webauthn.VirtualAuthenticatorOptions{
				Protocol: webauthn.AuthenticatorProtocolCtap2, Transport: webauthn.AuthenticatorTransportInternal,
				HasResidentKey: true, HasUserVerification: true, IsUserVerified: true, AutomaticPresenceSimulation: true,
			},
		})
		return err
	}))
}
