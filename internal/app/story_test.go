package app_test

import (
	"strings"
	"testing"

	"github.com/opencovey/covey/examples"
	"github.com/opencovey/covey/explorer"
	"github.com/opencovey/covey/internal/app"
	"github.com/opencovey/covey/internal/publication"
	"github.com/opencovey/covey/internal/testenv"
)

// TestStoryToThePublic takes a file and a data story through the forms of the server to the public page. The manifest that steward and approver
// open is then the public one, byte for byte.
func TestStoryToThePublic(t *testing.T) {
	testenv.NotRaces(t)
	q := newQuay(t, app.Options{})
	approver := q.member(q.founder, "approver@harbour.example", true, "approver")
	q.says("upload", q.send(q.steward, q.records("t", "cases.csv", examples.Cases)), 303, "")
	q.steward.get(q.set).is(200)
	policy := q.records("", "policy.yaml", examples.Policy)
	policy.path, policy.field, policy.fields = q.set+"/draft", "policy", [][2]string{{"upload", q.steward.field("upload")}, {"title", "First"}}
	draft := q.send(q.steward, policy)
	q.says("draft", draft, 303, "")
	story := q.records("", "story.json", `{"format": "covey-story", "version": 1, "title": "What we see", "steps": [{"text": "Look at all of it.", "state": "r=000000000000&view=bars"}]}`)
	story.path, story.field, story.fields = draft.to+"/release", "story", [][2]string{{"label", "with a story"}}
	run := q.send(q.steward, story)
	q.says("run", run, 303, "")
	q.until("the run", func() bool { return !strings.Contains(q.steward.get(run.to).is(200).body, "data-poll") })
	release := q.steward.post(run.to + "/hand-in").is(303).to
	decision := []string{"decision", "approve"}
	for _, point := range publication.Checklist("k-anonymity") {
		decision = append(decision, point.ID, "yes")
	}
	approver.get(release + "/files/explorer.html").is(200)
	q.shows("the approver's page", approver.body)
	approver.post(release+"/decide", decision...).is(303)
	q.steward.post(release + "/publish").is(303)

	public := "/data/" + strings.TrimPrefix(q.set, "/prepare/") + "/1/files/"
	reader := q.visitor("203.0.113.90")
	q.pass(2e9) // what is public is looked at once a second
	q.shows("the public page", reader.get(public+"explorer").is(200).body)
	q.shows("the bundle", reader.get(public+"explorer.html").is(200).body)
	manifest := reader.get(public + "manifest.json").is(200).body
	if !strings.Contains(manifest, `"approvals"`) {
		t.Error("the public manifest is not signed")
	}
	for who, body := range map[string]string{
		"the approver's": approver.get(release + "/files/manifest.json").is(200).body, "the steward's": q.steward.get(release + "/files/manifest.json").is(200).body,
		"the run's": q.steward.get(run.to + "/files/manifest.json").is(200).body,
	} {
		if body != manifest {
			t.Errorf("%s manifest is another one", who)
		}
	}
}

// shows fails unless a page of an explorer begins with the story.
func (q *quay) shows(what, page string) {
	q.t.Helper()
	p, err := explorer.ReadPage([]byte(page))
	if err != nil {
		q.t.Fatal(what, err)
	}
	if p.Story == nil || p.Story.Title != "What we see" {
		q.t.Errorf("%s has the story %+v", what, p.Story)
	}
}
