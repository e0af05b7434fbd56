package e2e

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/webauthn"
	"github.com/chromedp/chromedp"
)

// What a person does in one tab, page after page: the cookies stay theirs.

// Go opens another page in the tab, as [Browser.Open] does. What the browser said
// about earlier pages is forgotten.
func (p *Page) Go(address string) {
	p.t.Helper()
	p.Forget()
	p.url = address
	p.do("open "+address, scripts(!p.view.NoScripts), chromedp.Navigate(address), scripts(true), drawn())
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
