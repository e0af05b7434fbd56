package prepare_test

import (
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/opencovey/covey/internal/publication"
	"github.com/opencovey/covey/internal/web/webtest"
)

// ready makes a draft that can be released.
func (p *place) ready(t *testing.T) (set, draft string) {
	t.Helper()
	set, draft = p.dataset(t)
	p.save(t, draft+"/protect", url.Values{"method": {"k-anonymity"}, "k": {"10"}, "length": {"3"}})
	p.save(t, draft+"/describe", url.Values{"title": {"Fictional <i>cases</i>"}, "description": {"About nobody."}, "licence": {"CC-BY-4.0"}})
	return set, draft
}

// secrets are the canaries, as pages may write them.
var secrets = []string{rareValue, "1237", "1,237", "1 237", "1.237", "1 237"}

// times are those of lines of the log, whose digits may be anything.
var times = regexp.MustCompile(`time=\S+| ms=[0-9.]+`)

// hidesLog fails if the log holds a canary.
func (p *place) hidesLog(t *testing.T) {
	t.Helper()
	hides(t, "the log", times.ReplaceAllString(p.log.String(), ""))
}

// hides fails if a text holds a canary.
func hides(t *testing.T, what, text string) {
	t.Helper()
	for _, s := range held(text) {
		t.Errorf("%s holds %q", what, s)
	}
}

// held are the canaries that a text holds.
func held(text string) []string {
	var list []string
	for _, s := range secrets {
		if strings.Contains(text, s) {
			list = append(list, s)
		}
	}
	return list
}

// TestTwoPeoplePublish goes the whole way through the pages, and looks for the canaries wherever they must not be.
func TestTwoPeoplePublish(t *testing.T) {
	p := open(t)
	_, draft := p.ready(t)
	if look := p.page(t, webtest.Steward, draft); !strings.Contains(look, rareValue) || !strings.Contains(look, "1,237") {
		t.Error("the steward's own view does not show what is rare, or how many people there are")
	}
	for _, step := range []string{"/columns", "/columns/0", "/columns/3", "/columns/4", "/harmonise", "/protect", "/describe", "/release"} {
		p.page(t, webtest.Steward, draft+step)
	}
	run := p.run(t, draft, "k = 10")
	page := p.page(t, webtest.Steward, run)
	hides(t, "the page of the run", strings.ReplaceAll(page, between(page, "<pre", "</pre>"), ""))
	for _, name := range []string{"quality.html", "explorer.html", "codebook.html", "manifest.json"} {
		hides(t, name, p.page(t, webtest.Steward, run+"/files/"+name))
	}
	if private := p.page(t, webtest.Steward, run+"/private/quality.html"); !strings.Contains(private, "This page holds exact counts") {
		t.Error("the exact report is not there")
	}
	release := p.post(t, webtest.Steward, run+"/hand-in", url.Values{"note": {"First <b>release</b>"}})
	form := url.Values{"decision": {"approve"}, "comment": {"All <u>fine</u>"}}
	for _, c := range publication.Checklist("k-anonymity") {
		form.Set(c.ID, "yes")
	}
	hides(t, "the approver's report", p.page(t, webtest.Approver, release+"/files/quality.html"))
	id := strings.TrimPrefix(release, "/approve/")
	p.Run(t, []webtest.Case{
		{Name: "approver sees no run", As: webtest.Approver, Get: run, Status: 403},
		{Name: "nor a draft", As: webtest.Approver, Get: draft, Status: 403},
		{Name: "nor the exact report", As: webtest.Approver, Get: run + "/private/quality.html", Status: 403},
		{Name: "but the list", As: webtest.Approver, Get: "/approve", Appears: []string{"Fictional &lt;i&gt;cases&lt;/i&gt;", id}, Never: secrets},
		{Name: "and the release", As: webtest.Approver, Get: release, Appears: []string{"Small groups", "Difference to earlier releases", "quality.html"}, Never: secrets},
		{Name: "steward cannot decide", As: webtest.Steward, Post: release + "/decide", Form: form, Status: 403},
		{Name: "nothing is public yet", As: webtest.Steward, Post: release + "/publish", Status: 409},
		{Name: "a point is missing", As: webtest.Approver, Post: release + "/decide", Form: url.Values{"decision": {"approve"}}, Status: 422, Appears: []string{"Every point has to be in order"}},
		{Name: "no decision", As: webtest.Approver, Post: release + "/decide", Form: url.Values{}, Status: 422},
		{Name: "back needs a comment", As: webtest.Approver, Post: release + "/decide", Form: url.Values{"decision": {"back"}}, Status: 422},
		{Name: "comment", As: webtest.Approver, Post: release + "/comment", Form: url.Values{"comment": {hostile}}, Status: 303},
		{Name: "approve", As: webtest.Approver, Post: release + "/decide", Form: form, Status: 303, Location: release},
		{Name: "approved", As: webtest.Steward, Get: release, Appears: []string{"In order", "&lt;u&gt;fine&lt;/u&gt;"}, Never: append([]string{hostile}, secrets...)},
		{Name: "approver does not publish", As: webtest.Approver, Post: release + "/publish", Status: 403},
		{Name: "publish", As: webtest.Steward, Post: release + "/publish", Status: 303, Location: release},
		{Name: "published", As: webtest.Approver, Get: release, Appears: []string{"published", "Number 1"}, Never: secrets},
		{Name: "a notice is needed", As: webtest.Approver, Post: release + "/withdraw", Form: url.Values{"notice": {" "}}, Status: 422},
		{Name: "withdraw", As: webtest.Approver, Post: release + "/withdraw", Form: url.Values{"notice": {"A label was wrong."}}, Status: 303},
		{Name: "withdrawn", As: webtest.Steward, Get: release, Appears: []string{"A label was wrong.", "withdrawn"}},
		{Name: "the exact report is gone", As: webtest.Steward, Get: run + "/private/quality.html", Status: 410},
		{Name: "and the look", As: webtest.Steward, Get: draft, Appears: []string{"The file is erased"}, Never: secrets},
	})
	p.hidesLog(t)
}
