package e2e_test

import (
	"fmt"
	"net/url"
	"strings"
	"testing"

	"github.com/opencovey/covey/e2e"
	"github.com/opencovey/covey/internal/account"
	"github.com/opencovey/covey/internal/directory"
)

// planted is text that is more than text wherever it is not written as text: markup, an
// attribute, an address, a script, a template; with letters that turn the line around.
const planted = `"'></bdi></title></textarea></option><script>window.__hit=1</script><img src=x onerror="window.__hit=2"><svg onload="window.__hit=3"> javascript:window.__hit=4 {{.}} ${window.__hit=5} ` + "\u202egnp.exe\u2066"

// TestServerXSS plants it in every field, of strangers, curators, administrators, guests
// and in addresses, and opens every page on which it may appear.
func TestServerXSS(t *testing.T) {
	if testing.Short() {
		t.Skip("long")
	}
	t.Parallel()
	h := openHouse(t, "")
	t.Run("would be noticed", func(t *testing.T) { testNotices(t, h.browser) })
	tool := directory.Tool{
		ID: "planted", Name: "N " + planted, OtherNames: []string{"O " + planted}, Organisations: []string{"M " + planted}, Description: "D " + planted,
		URL:     "https://planted.example/?a=" + url.QueryEscape(planted) + "#javascript:window.__hit=6",
		Terms:   map[directory.Facet][]string{directory.Type: {"awareness"}, directory.UsedIn: {"KE"}},
		Notes:   map[directory.Facet]string{directory.Type: "T " + planted},
		Sources: map[string]string{"": "S " + planted, "url": "U " + planted},
	}
	system := account.Actor{System: true}
	if _, err := h.app.Tools().Import(t.Context(), system, []directory.Tool{tool}, directory.ImportOptions{Source: "I " + planted}); err != nil {
		t.Fatal(err)
	}
	paths := []string{"/", "/tools?q=planted", "/tools/planted", "/tools/planted/correct", "/tools/planted/feedback", "/countries/KE", "/tools/landscape", "/tools/plan?text=awareness+kenya+planted", "/tools/embed?q=planted"}
	member := h.open("/", e2e.Desktop())
	h.foundPlanted(t, member)
	for _, g := range []directory.Suggestion{
		{Kind: directory.NewTool, Proposed: tool, Message: planted, Source: planted},
		{Kind: directory.Correction, Tool: "planted", Proposed: directory.Tool{Name: "C " + planted}, Message: planted, Source: planted},
		{Kind: directory.Feedback, Tool: "planted", Works: "no", Message: planted, Source: planted},
	} {
		g.Proposed.ID = ""
		kept, err := h.app.Tools().Suggest(t.Context(), account.Actor{}, g)
		if err != nil {
			t.Fatal(err)
		}
		paths = append(paths, "/curate/"+kept.ID)
	}
	q := url.QueryEscape(planted)
	paths = append(paths,
		"/curate", "/tools/planted/edit", "/account", "/account/factor", "/people", "/organisations", "/audit", "/audit?actor="+q, "/audit?subject="+q, "/people?organisation="+q,
		"/tools?q="+q, "/tools?form="+q, "/tools?"+q+"=1", "/tools/"+url.PathEscape(planted), "/countries/"+url.PathEscape(planted), "/tools/plan?text="+q, "/tools/suggest?name="+q+"&url="+q,
		"/tools/similar?q="+q, "/tools/embed?q="+q, "/sign-in?to="+q, "/sign-in?to=javascript:window.__hit=7", "/sign-in/openid/return?error="+q, "/?lang="+q, "/invite/"+url.PathEscape(planted),
	)
	for _, path := range paths {
		member.Go(h.address + path)
		unhurt(t, member, path)
	}
	// The page's own script puts answers into the page, too.
	member.Go(h.address + "/tools")
	member.Type("#q", "planted onerror")
	member.Press("\r")
	member.Wait(`location.search.includes("planted") && !document.querySelector("[aria-busy]")`)
	unhurt(t, member, "the search as one types")
	member.Go(h.address + "/tools/suggest")
	member.Fill("#f-name", tool.Name)
	e2e.Eval[bool](member, `document.querySelector("#f-name").dispatchEvent(new Event("input", {bubbles: true}))`)
	member.Wait(`document.querySelector(".hints a") !== null`)
	unhurt(t, member, "hints")
}

// foundPlanted makes an administrator and curator whose own names are planted, too.
func (h *house) foundPlanted(t *testing.T, member *e2e.Page) {
	link, err := h.app.FirstLink(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	short := strings.NewReplacer("window.", "").Replace(`"><img src=x onerror=window.__hit=8>`)
	member.Go(link)
	h.accept(member, "Q "+short, "P "+short, "amina@harbour.example")
	h.setUp(member)
	link = h.invite(member, "administrator", "curator")
	h.join(member, link, "R "+short, "rosa@harbour.example")
	member.Go(h.address + "/people")
	shows(t, member, "P "+short, "Q "+short)
}

// unhurt fails the test if anything of what was planted ran, or became part of the page.
func unhurt(t *testing.T, page *e2e.Page, path string) {
	t.Helper()
	type state struct{ Hit, Handlers, Links, Images int }
	got := e2e.Eval[state](page, `({Hit: window.__hit ?? 0, Handlers: document.querySelectorAll("[onerror], [onload]").length,
		Links: [...document.querySelectorAll("[href], [action], [src]")].filter(e => /^\s*javascript:/i.test(e.getAttribute("href") ?? e.getAttribute("action") ?? e.getAttribute("src"))).length,
		Images: document.querySelectorAll("img[src=x]").length})`)
	if got != (state{}) {
		t.Errorf("%s: %+v", path, got)
	}
	for _, line := range page.Console() {
		if strings.Contains(line, "Content Security Policy") || strings.Contains(line, "TrustedHTML") {
			t.Errorf("%s: only the policy held: %s", path, line)
		}
	}
	if third := page.ThirdParty(); len(third) > 0 {
		t.Errorf("%s: %v", path, third)
	}
}

// testNotices shows that the check above would notice: a page that writes what was
// planted as it is.
func testNotices(t *testing.T, browser *e2e.Browser) {
	page := browser.Open(t, "data:text/html,"+url.PathEscape(`<!doctype html><p>`+planted), e2e.Desktop())
	page.Wait(`window.__hit > 0`)
	if e2e.Eval[int](page, `document.querySelectorAll("[onerror]").length`) == 0 {
		t.Error(fmt.Sprint("what was planted is harmless: ", e2e.Eval[string](page, "document.body.innerHTML")))
	}
}
