package e2e_test

import (
	"encoding/csv"
	"encoding/json"
	"encoding/xml"
	"net/url"
	"strconv"
	"strings"
	"testing"

	"github.com/opencovey/covey/e2e"
)

// noScripts is a laptop on which no script runs.
func noScripts() e2e.View {
	view := e2e.Desktop()
	view.NoScripts = true
	return view
}

// TestServerTools goes through the life of an entry of the map, without scripts: found,
// suggested, reviewed, published, taken, corrected, merged, withdrawn.
func TestServerTools(t *testing.T) {
	t.Parallel()
	onEachDatabase(t, func(t *testing.T, h *house) {
		stranger := h.open("/", noScripts())
		h.find(t, stranger)

		administrator, curator := h.open("/", noScripts()), h.open("/", noScripts())
		h.found(administrator)
		h.join(curator, h.invite(administrator, "curator"), "Rosa Marin", "rosa@harbour.example")

		h.suggest(t, stranger)
		h.publish(t, curator)
		h.taken(t, stranger)
		h.feedback(t, stranger, curator)
		h.correct(t, stranger, curator)
		h.merge(t, stranger, curator)
		h.withdraw(t, stranger, curator)
		h.inLog(t, administrator)
		for name, page := range map[string]*e2e.Page{"stranger": stranger, "curator": curator, "administrator": administrator} {
			if third := page.ThirdParty(); len(third) > 0 {
				t.Errorf("%s: %v", name, third)
			}
		}
	})
}

// find goes from the front door to one tool, and to the country that it is used in.
func (h *house) find(t *testing.T, page *e2e.Page) {
	page.Follow(`nav.rooms a[href="/tools"]`)
	at(t, page, "/tools")
	shows(t, page, "185")
	page.Fill("#q", "hotline")
	page.Follow(".search button")
	page.Click(`label[for="type-awareness"]`)
	page.Follow("#filters .actions button")
	var answer struct{ Total int }
	_, body := h.get("/api/v1/tools?q=hotline&type=awareness")
	if err := json.Unmarshal([]byte(body), &answer); err != nil || answer.Total == 0 {
		t.Fatalf("the API says %s: %v", body, err)
	}
	type state struct {
		Checked bool
		Marks   bool
		Count   string
	}
	got := e2e.Eval[state](page, `({Checked: document.querySelector("#type-awareness").checked, Marks: document.querySelectorAll(".result mark").length > 0,
		Count: document.querySelector("#count").innerText.split(" ")[0]})`)
	if want := (state{true, true, strconv.Itoa(answer.Total)}); got != want {
		t.Errorf("search and filter: %+v, want %+v", got, want)
	}
	page.Go(h.address + "/tools")
	page.Follow(`.pager a[rel="next"]`)
	if e2e.Eval[string](page, `document.querySelector(".pager [aria-current]").innerText`) != "2" {
		t.Error("the second page is not marked")
	}
	page.Go(h.address + "/tools?used=KE")
	page.Follow(".result a")
	if !strings.HasPrefix(e2e.Eval[string](page, "location.pathname"), "/tools/") {
		t.Error("a result leads elsewhere")
	}
	page.Follow(`main a[href^="/countries/"], main a[href*="used="]`)
	page.Go(h.address + "/countries")
	page.Follow(`main a[href="/countries/KE"]`)
	shows(t, page, "Tools: Kenya")
	page.Follow(`main a[href="/tools/suggest"]`)
	at(t, page, "/tools/suggest")
}

// suggest suggests a tool, first with a mistake: what was written stays.
func (h *house) suggest(t *testing.T, page *e2e.Page) {
	page.Go(h.address + "/tools/suggest")
	h.later()
	page.Fill("#f-name", "=Lantern Line")
	page.Fill("#f-url", "http://169.254.169.254/latest")
	page.Fill("#f-description", "A help line for seafarers.")
	page.Fill("#f-organisations", "Harbour Trust; North Quay")
	page.Click(`input[name="terms.type"][value="victim-support"]`)
	page.Fill(`input[name="terms.used"]`, "Kenya; Liban")
	page.Fill("#f-source", "its own page")
	page.Fill("#f-message", "planted-private-message")
	page.Follow(".entry > .actions button")
	at(t, page, "/tools/suggest")
	if focus := textOf(page, ".faults"); !strings.Contains(focus, "no address of the web") {
		t.Errorf("an address inside the server's network: %s", focus)
	}
	if got := valueOf(page, "#f-description"); got != "A help line for seafarers." {
		t.Errorf("after a mistake, the description is %q", got)
	}
	page.Fill("#f-url", "https://lantern-line.example/")
	h.later()
	page.Follow(".entry > .actions button")
	at(t, page, "/tools")
	shows(t, page, "Thank you. A curator will look at it.")
	page.Go(h.address + "/tools?q=lantern")
	if strings.Contains(textOf(page, "#found"), "Lantern Line") {
		t.Error("a suggestion is shown before anybody looked at it")
	}
}

// publish reviews the suggestion and publishes it.
func (h *house) publish(t *testing.T, page *e2e.Page) {
	page.Go(h.address + "/curate")
	page.Follow("main table th a")
	shows(t, page, "planted-private-message", "Lantern Line", "Kenya", "Lebanon")
	page.Fill(`form[action$="/publish"] [name="source"]`, "its own page, read today")
	page.Follow(`form[action$="/publish"] .actions button`)
	at(t, page, "/curate")
	shows(t, page, "Published.")
}

const lantern = "/tools/lantern-line"

// taken looks for the entry in everything that can be taken, and for what must not be
// there.
func (h *house) taken(t *testing.T, page *e2e.Page) {
	page.Go(h.address + "/tools?q=seafarers&used=LB")
	page.Follow(`.result a[href="` + lantern + `"]`)
	shows(t, page, "Lantern Line", "Harbour Trust", "its own page, read today")
	for _, path := range []string{
		"/tools.csv?q=seafarers", "/tools.json?q=seafarers", "/tools/feed.atom", "/api/v1/tools?q=seafarers", "/api/v1" + lantern,
		"/tools/embed?q=seafarers", "/countries/KE", lantern,
	} {
		status, body := h.get(path)
		if status != 200 || !strings.Contains(body, "Lantern Line") {
			t.Errorf("%s: status %d, %.300s", path, status, body)
		}
		for _, never := range []string{"planted-private-message", "Rosa", "rosa@"} {
			if strings.Contains(body, never) {
				t.Errorf("%s has %q", path, never)
			}
		}
	}
	_, body := h.get("/tools.csv")
	rows, err := csv.NewReader(strings.NewReader(body)).ReadAll()
	if err != nil || len(rows) != 187 {
		t.Errorf("the CSV file has %d rows: %v", len(rows), err)
	}
	for _, row := range rows {
		for _, cell := range row {
			if cell != "" && strings.ContainsAny(cell[:1], "=+-@\t\r") {
				t.Errorf("the cell %q is a formula", cell)
			}
		}
	}
	_, body = h.get("/tools/feed.atom")
	if err := xml.Unmarshal([]byte(body), new(struct{})); err != nil {
		t.Errorf("the feed: %v", err)
	}
}

// feedback says that a tool does not work; a curator looks and marks it as checked.
func (h *house) feedback(t *testing.T, stranger, curator *e2e.Page) {
	stranger.Go(h.address + lantern)
	stranger.Follow(`main a[href="` + lantern + `/feedback"]`)
	h.later()
	stranger.Click(`input[name="works"][value="partly"]`)
	stranger.Fill("#f-message", "Nobody answers at night.")
	stranger.Follow("main form .actions button")
	at(t, stranger, lantern)
	curator.Go(h.address + "/curate")
	curator.Follow("main table th a")
	shows(t, curator, "Nobody answers at night.")
	curator.Follow(`form[action$="/settle"] button`)
	shows(t, curator, "Settled.")
	curator.Go(h.address + lantern + "/edit")
	curator.Click(`form[action$="/checked"] input[value="partly"]`)
	curator.Fill("#f-note", "called them")
	curator.Follow(`form[action$="/checked"] button`)
	shows(t, curator, "Marked as checked today.")
}

// correct sends a correction, which the curator sees beside what is there.
func (h *house) correct(t *testing.T, stranger, curator *e2e.Page) {
	stranger.Go(h.address + lantern + "/correct")
	h.later()
	stranger.Fill("#f-description", "A help line for seafarers and fishers.")
	stranger.Follow(".entry > .actions button")
	at(t, stranger, lantern)
	curator.Go(h.address + "/curate")
	curator.Follow("main table th a")
	if was, is := textOf(curator, "tr.changed del"), textOf(curator, "tr.changed ins"); was != "A help line for seafarers." || is != "A help line for seafarers and fishers." {
		t.Errorf("the difference is %q and %q", was, is)
	}
	if n := e2e.Eval[int](curator, `document.querySelectorAll("tr.changed").length`); n != 1 {
		t.Errorf("%d fields differ", n)
	}
	curator.Fill(`form[action$="/publish"] [name="source"]`, "its own page again")
	curator.Follow(`form[action$="/publish"] .actions button`)
	shows(t, curator, "Published.")
	stranger.Go(h.address + lantern)
	shows(t, stranger, "seafarers and fishers")
	stranger.Click("details.history summary")
	shows(t, stranger, "its own page again")
}

// merge adds the same tool again and merges the two.
func (h *house) merge(t *testing.T, stranger, curator *e2e.Page) {
	curator.Go(h.address + "/curate/new")
	curator.Fill("#f-name", "Lantern Help")
	curator.Fill("#f-source", "a list")
	curator.Follow(".entry .actions button")
	at(t, curator, "/tools/lantern-help")
	curator.Go(h.address + "/tools/lantern-help/edit")
	curator.Fill("#f-into", h.address+lantern)
	curator.Fill("#f-merge_source", "the same people")
	curator.Follow(`form[action$="/merge"] button`)
	at(t, curator, lantern)
	stranger.Go(h.address + "/tools/lantern-help")
	at(t, stranger, lantern)
	shows(t, stranger, "Lantern Help")
}

// withdraw takes the entry off the map: it is in nothing that can be taken.
func (h *house) withdraw(t *testing.T, stranger, curator *e2e.Page) {
	curator.Go(h.address + lantern + "/edit")
	curator.Fill("#f-reason", "planted-reason")
	curator.Follow(`form[action$="/withdraw"] button`)
	shows(t, curator, "Withdrawn.")
	stranger.Go(h.address + lantern)
	shows(t, stranger, "This entry was withdrawn")
	for path, want := range map[string]int{
		lantern: 410, "/api/v1" + lantern: 410, "/tools.csv": 200, "/tools.json": 200, "/tools/feed.atom": 200, "/api/v1/tools?q=seafarers": 200,
		"/tools?q=seafarers": 200, "/countries/KE": 200, "/tools/embed?q=seafarers": 200, "/tools/similar?q=" + url.QueryEscape("Lantern Line"): 200, "/tools/lantern-help": 410,
	} {
		status, body := h.get(path)
		if status != want && !(want == 410 && status == 404 && strings.HasPrefix(path, "/api/")) {
			t.Errorf("%s: status %d, want %d", path, status, want)
		}
		for _, never := range []string{"seafarers and fishers", "planted-reason"} {
			if strings.Contains(body, never) {
				t.Errorf("%s still has %q", path, never)
			}
		}
	}
	curator.Go(h.address + lantern + "/edit")
	curator.Fill("#f-reason", "it works again")
	curator.Follow(`form[action$="/restore"] button`)
	stranger.Go(h.address + lantern)
	shows(t, stranger, "seafarers and fishers")
}

// inLog looks for all of it in the audit log, which nobody else can read.
func (h *house) inLog(t *testing.T, administrator *e2e.Page) {
	administrator.Go(h.address + "/audit")
	log := textOf(administrator, "main table")
	for _, action := range []string{"suggest", "publish", "merge", "withdraw", "restore"} {
		if !strings.Contains(log, action) {
			t.Errorf("%s is not in the log:\n%s", action, log)
		}
	}
	for _, never := range []string{"planted-private-message", "@harbour.example", "127.0.0.1"} {
		if strings.Contains(log, never) {
			t.Errorf("the log has %q", never)
		}
	}
	administrator.Follow(`form[action="/audit/verify"] button`)
	shows(t, administrator, "nothing wrong")
}
