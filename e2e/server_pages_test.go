package e2e_test

import (
	"fmt"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/opencovey/covey/e2e"
	"github.com/opencovey/covey/internal/account"
	"github.com/opencovey/covey/internal/directory"
	"github.com/opencovey/covey/internal/testenv"
)

// A visit is a page to look at: an address, and what is done there until the page of
// interest is shown.
type visit struct {
	path   string
	do     func(h *house, page *e2e.Page)
	failed bool // the answer is an error, of which the browser writes a line
}

// follow returns what follows a link or sends a form, after filling in fields by names
// and values in turn.
func follow(selector string, fields ...string) func(h *house, page *e2e.Page) {
	return func(h *house, page *e2e.Page) {
		h.pass(3 * time.Second) // not as quick as a machine
		for i := 0; i+1 < len(fields); i += 2 {
			page.Fill(fields[i], fields[i+1])
		}
		page.Follow(selector)
	}
}

// publicVisits are what a stranger sees.
func publicVisits(invitation string) []visit {
	return []visit{
		{path: "/"},
		{path: "/style"},
		{path: "/tools"},
		{path: "/tools?q=hotline&type=awareness&used=KE&sort=name"},
		{path: "/tools?page=2"},
		{path: "/tools?q=zzzzz&form=labour"},
		{path: "/tools/bdeshjaatra"},
		{path: "/tools/planted"},
		{path: "/tools/withdrawn", failed: true},
		{path: "/tools/nothing-there", failed: true},
		{path: "/countries"},
		{path: "/countries/KE"},
		{path: "/tools/plan"},
		{path: "/tools/plan?text=chatbot+for+domestic+workers+in+Lebanon"},
		{path: "/tools/landscape"},
		{path: "/tools/take"},
		{path: "/tools/embed"},
		{path: "/tools/suggest"},
		{path: "/tools/suggest", do: follow(".entry > .actions button", "#f-name", "BdeshJaatra", "#f-url", "http://localhost/"), failed: true},
		{path: "/tools/suggest", do: follow(".entry > .actions button", "#f-name", "BdeshJaatra")},
		{path: "/tools/bdeshjaatra/correct"},
		{path: "/tools/bdeshjaatra/feedback"},
		{path: "/sign-in"},
		{path: "/sign-in", do: follow(`form[action="/sign-in"] button`, "#f-email", "nobody@harbour.example", "#f-password", "not the password"), failed: true},
		{path: "/invite/" + invitation},
		{path: "/invite/used-long-ago", failed: true},
	}
}

// memberVisits are what a curator and administrator sees.
func memberVisits(self string, suggestions []string) []visit {
	list := []visit{
		{path: "/account"},
		{path: "/account", do: follow(`form[action="/account"] button`, "#f-name", "Amina Diallo")}, // with a notice
		{path: "/account/again"},
		{path: "/account/password"},
		{path: "/account/factor"},
		{path: "/account/factor", do: follow(`form[action="/account/factor/code"] button`)},
		{path: "/account/factor", do: follow(`form[action="/account/factor/recovery"] button`)},
		{path: "/people"},
		{path: "/people", do: func(h *house, page *e2e.Page) { h.invite(page, "curator") }},
		{path: self},
		{path: "/organisations"},
		{path: "/organisations", do: follow(`main table th a`)},
		{path: "/audit"},
		{path: "/audit", do: follow(`form[action="/audit/verify"] button`)},
		{path: "/curate"},
		{path: "/curate/new"},
		{path: "/curate/import"},
		{path: "/curate/import", do: importFile},
		{path: "/curate/links"},
		{path: "/tools"},
		{path: "/tools/bdeshjaatra"},
		{path: "/tools/bdeshjaatra/edit"},
		{path: "/tools/withdrawn/edit"},
		{path: "/account/nothing-there", failed: true},
	}
	for _, id := range suggestions {
		list = append(list, visit{path: "/curate/" + id})
	}
	return list
}

// importFile uploads a file of entries with one that is new, one that is wrong, and
// one that is not an entry at all.
func importFile(_ *house, page *e2e.Page) {
	e2e.Eval[bool](page, `(() => {
		const files = new DataTransfer(), input = document.querySelector("#f-file")
		files.items.add(new File(["id,name,url,terms.type\nimported,Imported,https://imported.example,awareness\nwrong,Wrong,nowhere,no-such-type\n"], "entries.csv", {type: "text/csv"}))
		input.files = files.files
		document.querySelector("#f-source").value = "a list"
		return true
	})()`)
	page.Follow(`form[action="/curate/import"] button`)
}

// plantPages fills the map so that every kind of page can be seen, and returns the IDs
// of suggestions of every kind.
func (h *house) plantPages() (suggestions []string) {
	h.t.Helper()
	ctx, system := h.t.Context(), account.Actor{System: true}
	ok := func(err error) {
		h.t.Helper()
		if err != nil {
			h.t.Fatal(err)
		}
	}
	service := h.app.Tools()
	long := strings.Repeat("abcdefghij", 9) // a word that fits no phone
	_, err := service.Import(ctx, system, []directory.Tool{
		{
			ID: "planted", Name: "Planted " + long, Organisations: []string{long, "خط المساعدة"}, URL: "https://planted.example/" + long, Description: "Long: " + long,
			Terms:   map[directory.Facet][]string{directory.Type: {"awareness"}, directory.UsedIn: {"KE", "LB"}},
			Notes:   map[directory.Facet]string{directory.Type: "A note " + long},
			Sources: map[string]string{"": "Source " + long},
		},
		{ID: "withdrawn", Name: "Withdrawn", Sources: map[string]string{"": "a list"}},
	}, directory.ImportOptions{Source: "a list"})
	ok(err)
	ok(service.Withdraw(ctx, system, "withdrawn", "asked by its maker"))
	_, err = service.MarkChecked(ctx, system, "planted", "yes", "")
	ok(err)
	for _, g := range []directory.Suggestion{
		{Kind: directory.NewTool, Proposed: directory.Tool{Name: "Bdesh Jaatra", Description: "New " + long}, Message: "A message " + long, Source: "https://" + long + ".example"},
		{Kind: directory.Correction, Tool: "planted", Proposed: directory.Tool{Name: "Planted anew", Description: "Other " + long}, Source: "its page"},
		{Kind: directory.Feedback, Tool: "planted", Works: "partly", Message: "It is slow."},
	} {
		kept, err := service.Suggest(ctx, account.Actor{}, g)
		ok(err)
		suggestions = append(suggestions, kept.ID)
	}
	return suggestions
}

// TestServerPages looks at every page of the server in all languages, on a laptop and
// on a small phone, in English in dark colours too. French and Spanish are looked at on
// the laptop in the long form alone.
func TestServerPages(t *testing.T) {
	if testing.Short() {
		t.Skip("long")
	}
	t.Parallel()
	h := openHouse(t, "")
	suggestions := h.plantPages()
	stranger, member := h.open("/", e2e.Desktop()), h.open("/", e2e.Desktop())
	h.found(member)
	link := h.invite(member, "administrator", "curator")
	h.join(member, link, "Rosa Marin", "rosa@harbour.example")
	member.Go(h.address + "/people")
	self := e2e.Eval[string](member, `[...document.querySelectorAll("#members ~ tbody a, main table a")].find(a => a.textContent.includes("Amina")).pathname`)
	invitation := strings.TrimPrefix(h.invite(member, "reader"), h.address+"/invite/")

	var looks atomic.Int64
	begun := time.Now()
	t.Run("all", func(t *testing.T) { // the two side by side, each in a tab of its own
		for who, tour := range map[string]struct {
			page   *e2e.Page
			visits []visit
		}{"stranger": {stranger, publicVisits(invitation)}, "member": {member, memberVisits(self, suggestions)}} {
			t.Run(who, func(t *testing.T) {
				t.Parallel()
				for _, language := range []string{"en", "fr", "es", "ar"} {
					for i, v := range tour.visits {
						t.Run(fmt.Sprintf("%s %s %d", language, v.path, i), func(t *testing.T) { looks.Add(h.look(t, tour.page, v, language)) })
					}
				}
			})
		}
	})
	t.Logf("%d looks in %v", looks.Load(), time.Since(begun).Round(time.Second))
}

// known are the rules of accessibility that other looks at the same page have settled: its colours, which take the longest, are the same in
// all languages.
func known(language string, view e2e.View) []string {
	if testenv.Long() || language == "en" || language == "ar" && view == e2e.Phone() {
		return nil
	}
	return []string{"color-contrast"}
}

// look opens a page and looks at it in every view; it returns how many those were.
func (h *house) look(t *testing.T, page *e2e.Page, v visit, language string) int64 {
	join := "?"
	if strings.Contains(v.path, "?") {
		join = "&"
	}
	desktop := e2e.Desktop()
	page.Look(desktop)
	page.Go(h.address + v.path + join + "lang=" + language)
	if v.do != nil {
		v.do(h, page)
	}
	views := []e2e.View{desktop, e2e.Phone()}
	switch {
	case language == "en":
		views = append(views, e2e.View{Width: 360, Height: 640, Dark: true})
	case language != "ar" && !testenv.Long(): // what is too long for a page shows on the small one
		views = views[1:]
	}
	for _, view := range views {
		if view != desktop {
			page.Look(view)
		}
		for _, fault := range page.Faults(known(language, view)...) {
			if v.failed && strings.HasPrefix(fault, "console: Failed to load resource: the server responded with a status of 4") {
				continue
			}
			t.Errorf("at %d pixels, dark %v: %s", view.Width, view.Dark, fault)
		}
	}
	type root struct{ Lang, Dir string }
	want := root{language, map[bool]string{true: "rtl", false: "ltr"}[language == "ar"]}
	if v.do == nil { // an answer to a form is in the language of the person
		if got := e2e.Eval[root](page, `({Lang: document.documentElement.lang, Dir: getComputedStyle(document.body).direction})`); got != want {
			t.Errorf("the page is in %+v", got)
		}
	}
	if gaps := e2e.Eval[[]string](page, `(document.body.innerText.match(/\[[a-z]+(\.[a-z-]+)+\]/g) ?? [])`); len(gaps) > 0 {
		t.Errorf("texts are missing: %s", strconv.Quote(strings.Join(gaps, " ")))
	}
	return int64(len(views))
}
