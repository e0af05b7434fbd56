package prepare_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/opencovey/covey/internal/publication"
	"github.com/opencovey/covey/internal/testenv"
	"github.com/opencovey/covey/internal/web/webtest"
)

// TestDelete deletes a draft and a run by their pages: only those who say that they mean it.
func TestDelete(t *testing.T) {
	p := open(t)
	set, draft := p.ready(t)
	run := p.run(t, draft, "k = 10")
	second := p.run(t, draft, "again")
	release := p.post(t, webtest.Steward, second+"/hand-in", url.Values{})
	meant := url.Values{"meant": {"yes"}}
	p.Run(t, []webtest.Case{
		{Name: "the form of a draft", As: webtest.Steward, Get: draft, Appears: []string{"Delete this draft", "and so do runs and releases that were made from it"}},
		{Name: "a draft without the tick", As: webtest.Steward, Post: draft + "/delete", Status: 422, Appears: []string{"Please tick the box", "<details class=\"facet\" open"}},
		{Name: "a draft by others", As: foreign, Post: draft + "/delete", Form: meant, Status: 404},
		{Name: "a draft by an approver", As: webtest.Approver, Post: draft + "/delete", Form: meant, Status: 403},
		{Name: "a draft", As: webtest.Steward, Post: draft + "/delete", Form: meant, Status: 303, Location: set},
		{Name: "the draft is gone", As: webtest.Steward, Get: draft, Status: 404},
		{Name: "its policy is gone", As: webtest.Steward, Get: draft + "/policy.yaml", Status: 404},
		{Name: "its run is there", As: webtest.Steward, Get: run, Appears: []string{"Delete this run", "Download the policy"}, Never: []string{draft}},
		{Name: "its release is there", As: webtest.Approver, Get: release},
		{Name: "a run without the tick", As: webtest.Steward, Post: run + "/delete", Status: 422, Appears: []string{"Please tick the box"}},
		{Name: "a run by others", As: foreign, Post: run + "/delete", Form: meant, Status: 404},
		{Name: "a run by an approver", As: webtest.Approver, Post: run + "/delete", Form: meant, Status: 403},
		{Name: "a run", As: webtest.Steward, Post: run + "/delete", Form: meant, Status: 303, Location: set + "#runs"},
		{Name: "the run is gone", As: webtest.Steward, Get: run, Status: 404},
		{Name: "its exact report is gone", As: webtest.Steward, Get: run + "/private/quality.html", Status: 404},
		{Name: "no form for what was handed in", As: webtest.Steward, Get: second, Never: []string{"Delete this run"}},
		{Name: "what was handed in", As: webtest.Steward, Post: second + "/delete", Form: meant, Status: 409, Appears: []string{"it stays on record"}},
	})
}

// TestDeleteSpent tells that what was spent stays spent.
func TestDeleteSpent(t *testing.T) {
	testenv.NotRaces(t)
	p := open(t)
	set, draft := p.ready(t)
	p.post(t, webtest.Steward, set+"/ledger", url.Values{"epsilon": {"3"}, "delta": {"1e-5"}})
	p.save(t, draft+"/columns", url.Values{"kind4": {"ignore"}, "kind5": {"ignore"}})
	p.save(t, draft+"/protect", url.Values{"method": {"differential"}, "epsilon": {"1"}, "delta": {"1e-6"}, "length": {"2"}, "learn": {"yes"}})
	run := p.run(t, draft, "noise")
	p.Run(t, []webtest.Case{
		{Name: "in words", As: webtest.Steward, Get: run, Appears: []string{"The budget that was spent on it stays spent."}},
		{Name: "delete", As: webtest.Steward, Post: run + "/delete", Form: url.Values{"meant": {"yes"}}, Status: 303},
		{Name: "the ledger", As: webtest.Steward, Get: set, Appears: []string{"Fictional &lt;i&gt;cases"}},
	})
}

// start starts a run with a story by the form of the last step.
func (p *place) start(t *testing.T, draft, story string) (status int, to, body string) {
	t.Helper()
	w := p.sendField(t, webtest.Steward, draft+"/release", [][2]string{{"label", "with a story"}}, "story", "story.json", story, nil)
	return w.Code, w.Header().Get("Location"), w.Body.String()
}

// TestStoryForm starts runs with data stories.
func TestStoryForm(t *testing.T) {
	testenv.NotRaces(t)
	p := open(t)
	_, draft := p.ready(t)
	if status, _, body := p.start(t, draft, `{"title": "<b>"}`); status != 422 || !strings.Contains(body, "The data story does not fit") || !strings.Contains(body, "its format is") {
		t.Errorf("no story: status %d\n%s", status, between(body, "<main", "</main>"))
	} else {
		for _, f := range webtest.Faults(body) {
			t.Error("page:", f)
		}
	}
	const form = `{"format": "covey-story", "version": 1, "title": "What we see", "steps": [{"text": "Look.", "state": "STATE"}]}`
	status, run, body := p.start(t, draft, strings.Replace(form, "STATE", "r=1&a=nothing", 1))
	if status != http.StatusSeeOther {
		t.Fatalf("status %d\n%s", status, body)
	}
	if page := p.ended(t, run); !strings.Contains(page, "step 1: the release has no column") || !strings.Contains(page, "The data story does not fit") {
		t.Errorf("what does not fit is not said\n%s", between(page, "<main", "</main>"))
	}
	_, run, _ = p.start(t, draft, strings.Replace(form, "STATE", "r=1", 1))
	if page := p.ended(t, run); !strings.Contains(page, run+"/story.json") {
		t.Errorf("the run does not lead to its story\n%s", between(page, "<main", "</main>"))
	}
	p.Run(t, []webtest.Case{
		{Name: "the story", As: webtest.Steward, Get: run + "/story.json", Appears: []string{"What we see"}},
		{Name: "not of others", As: foreign, Get: run + "/story.json", Status: 404},
		{Name: "of no run", As: webtest.Steward, Get: strings.Replace(run, "runs/", "runs/x", 1) + "/story.json", Status: 404},
	})
	// An empty field of the form is no story.
	if _, run, _ = p.start(t, draft, ""); strings.Contains(p.ended(t, run), "/story.json") {
		t.Error("a run without a story has one")
	}
}

// TestManifestOfPages: after publishing, the manifest that the pages lead to is the public one.
func TestManifestOfPages(t *testing.T) {
	testenv.NotRaces(t)
	p := open(t)
	_, draft := p.ready(t)
	run := p.run(t, draft, "k = 10")
	release := p.post(t, webtest.Steward, run+"/hand-in", url.Values{})
	form := url.Values{"decision": {"approve"}}
	for _, c := range publication.Checklist("k-anonymity") {
		form.Set(c.ID, "yes")
	}
	p.post(t, webtest.Approver, release+"/decide", form)
	p.post(t, webtest.Steward, release+"/publish", url.Values{})
	list, err := p.service.Catalogue(t.Context())
	if err != nil || len(list) != 1 {
		t.Fatal(list, err)
	}
	public := list[0].Releases[0].Manifest
	for _, c := range [][2]string{{webtest.Approver, release}, {webtest.Steward, release}, {webtest.Steward, run}} {
		if got := sha256Hex(p.page(t, c[0], c[1]+"/files/manifest.json")); got != public {
			t.Errorf("%s %s: the manifest has the hash %s, and the public one %s", c[0], c[1], got, public)
		}
	}
}
