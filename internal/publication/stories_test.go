package publication_test

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"github.com/opencovey/covey/explorer"
	"github.com/opencovey/covey/internal/fault"
	"github.com/opencovey/covey/internal/publication"
	"github.com/opencovey/covey/internal/testenv"
	"github.com/opencovey/covey/release"
)

// storyWords are in a story alone.
const storyWords = "Most of the people we met were women."

// story is the file of a story whose second step shows something.
func story(state string) []byte {
	return []byte(`{"format": "covey-story", "version": 1, "title": "What we see", "steps": [{"text": "` + storyWords + `", "state": "r=000000000000&view=bars"}, {"text": "Look.", "state": "` + state + `"}]}`)
}

// TestStory makes a release with a data story: it is in the bundle that is approved and published, and the next one is without.
func TestStory(t *testing.T) {
	testenv.NotRaces(t)
	h := newHouse(t, nil)
	ctx := t.Context()
	d, _, draft := h.draft(t)
	text := story("r=000000000000&p=gender%3AFemale")
	p := h.publish(t, draft.ID, publication.RunOptions{Story: text})
	b, err := h.OpenBundle(ctx, d.ID, 1)
	must(t, err)
	page, err := b.ReadExplorer()
	must(t, err)
	own, err := explorer.ReadPage(page)
	must(t, err)
	if own.Story == nil || own.Story.Steps[0].Text != storyWords || !strings.Contains(own.Story.Steps[1].State, "r="+b.Explorer().About.Release) {
		t.Errorf("the story is %+v", own.Story)
	}
	v, err := release.Verify(ctx, b, release.VerifyOptions{Keys: []string{h.Key()}})
	must(t, err)
	if v.Failed() > 0 {
		t.Errorf("%+v", v.Checks)
	}
	row, err := h.store.Publications().Run(ctx, p.Run)
	must(t, err)
	if len(row.Story) == 0 || bytes.Contains(row.Story, []byte("women")) {
		t.Error("the story is not sealed")
	}
	for _, who := range []func() ([]byte, error){
		func() ([]byte, error) { return h.RunStory(ctx, steward, p.Run) }, func() ([]byte, error) { return h.RunStory(ctx, approver, p.Run) },
	} {
		if got, err := who(); err != nil || !bytes.Equal(got, text) {
			t.Errorf("%s %v", got, err)
		}
	}
	_, err = h.RunStory(ctx, foreign, p.Run)
	wantKind(t, err, fault.NotFound)
	if strings.Contains(h.log.String(), "women") {
		t.Error("the log holds the story")
	}
}

// TestStoryTakenAway starts a run with a story, and another without.
func TestStoryTakenAway(t *testing.T) {
	testenv.NotRaces(t)
	h := newHouse(t, nil)
	ctx := t.Context()
	_, _, draft := h.draft(t)
	for _, text := range [][]byte{story("r=1"), nil} {
		run, err := h.Start(ctx, steward, draft.ID, publication.RunOptions{Story: text})
		must(t, err)
		if r := h.wait(t, run.ID); r.State != publication.Done {
			t.Fatalf("%+v", r.Problem)
		}
		page, err := explorer.ReadPage([]byte(h.file(t, run.ID, release.ExplorerFile)))
		must(t, err)
		if (page.Story != nil) != (text != nil) {
			t.Errorf("a run with a story of %d bytes shows %+v", len(text), page.Story)
		}
		if got, err := h.RunStory(ctx, steward, run.ID); err != nil || (got == nil) != (text == nil) {
			t.Error(got, err)
		}
	}
}

// TestStoryRefused tries what is no story, and what does not fit the release.
func TestStoryRefused(t *testing.T) {
	testenv.NotRaces(t)
	h := newHouse(t, nil)
	ctx := t.Context()
	_, _, draft := h.draft(t)
	sound := string(story("r=1"))
	for text, says := range map[string]string{
		"": "no JSON of a story", "title,steps": "no JSON of a story", sound + "{}": "something follows",
		strings.Replace(sound, `"text": "Look.", `, "", 1):             "step 2 has no text",
		strings.Replace(sound, "Look.", strings.Repeat("x", 1<<20), 1): "the limit of",
	} {
		_, err := h.Start(ctx, steward, draft.ID, publication.RunOptions{Story: []byte(text)})
		p, ok := errors.AsType[*publication.PolicyFault](err)
		if !ok || fault.Of(err) != fault.Invalid || !strings.Contains(p.Problems[0].Text, says) {
			t.Errorf("%.60q: %v, want %q", text, err, says)
		}
	}
	for state, says := range map[string]string{
		"r=1&a=note":                     `step 2: the release has no column "note"`,
		"r=1&p=country%3A" + rareValue:   `step 2: the release has no value "` + rareValue + `" in column "country"`,
		"p=gender%3AFemale":              "step 2: its state is no view",
		"r=1&p=gender%3AFemale&view=pie": `step 2: there is no view "pie"`,
	} {
		run, err := h.Start(ctx, steward, draft.ID, publication.RunOptions{Story: story(state)})
		must(t, err)
		r := h.wait(t, run.ID)
		if r.State != publication.Failed || r.Problem.Key != "publication.problem.story" || !strings.HasPrefix(h.Detail(steward, r), says) || h.Detail(approver, r) != "" {
			t.Errorf("%s: %s %+v %q", state, r.State, r.Problem, h.Detail(steward, r))
		}
	}
	if strings.Contains(h.log.String(), rareValue) {
		t.Error("the log holds what does not fit")
	}
}
