package publication_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/opencovey/covey/explorer"
	"github.com/opencovey/covey/internal/account"
	"github.com/opencovey/covey/internal/audit"
	"github.com/opencovey/covey/internal/fault"
	"github.com/opencovey/covey/internal/publication"
	"github.com/opencovey/covey/release"
)

// TestJourney goes from a file to a public release by two people, and looks everywhere for what must not be seen.
func TestJourney(t *testing.T) {
	h := newHouse(t, nil)
	ctx := t.Context()
	d, u, draft := h.draft(t)
	if h.UploadName(steward, u) != "cases.csv" || h.UploadName(foreign, u) != "" {
		t.Error("the name of the file is not for others")
	}
	report, _, err := h.Inspect(ctx, steward, draft.ID)
	must(t, err)
	if report.People != exactN {
		t.Errorf("%d people", report.People)
	}
	effect, err := h.Effect(ctx, steward, draft.ID, []release.PolicyEdit{{Column: "note", Key: "kind", Value: "category"}})
	must(t, err)
	if effect.Rare < 3 || effect.People != exactN {
		t.Errorf("%+v", effect)
	}
	p := h.publish(t, draft.ID, publication.RunOptions{})
	if p.Number != 1 || p.State != publication.Published || p.Figures.Checks == 0 || len(p.Files) != len(release.BundleFiles())+1 {
		t.Errorf("%+v", p)
	}
	h.canaries(t)
	b, err := h.OpenBundle(ctx, d.ID, 1)
	must(t, err)
	v, err := release.Verify(ctx, b, release.VerifyOptions{Keys: []string{h.Key()}})
	must(t, err)
	if v.Failed() > 0 || len(b.Manifest.Approvals) != 2 || b.SHA256 != p.Manifest {
		t.Errorf("%+v", v.Checks)
	}
	if _, err := h.Private(ctx, steward, p.Run, release.PrivateQualityFile); fault.Of(err) != fault.Gone {
		t.Error("the private part outlives the upload:", err)
	}
	if entries, err := os.ReadDir(filepath.Join(h.dir, "uploads")); err != nil || len(entries) > 0 {
		t.Error("the upload is still there", entries, err)
	}
	var page bytes.Buffer
	published, err := h.OpenBundle(ctx, d.ID, 1)
	must(t, err)
	must(t, explorer.Write(&page, published.Explorer()))
	if !strings.Contains(page.String(), "Harbour Light") {
		t.Error("no explorer")
	}
	h.withdrawn(t, p)
}

// withdrawn withdraws a release.
func (h *house) withdrawn(t *testing.T, p publication.Release) {
	ctx := t.Context()
	_, err := h.Withdraw(ctx, steward, p.ID, "")
	wantKind(t, err, fault.Invalid)
	_, err = h.Withdraw(ctx, approver, p.ID, "A column was wrong.")
	must(t, err)
	h.clock.forward(2e9)
	public, err := h.PublicRelease(ctx, p.Dataset, 1)
	if err != nil || public.Notice != "A column was wrong." || public.Files != nil || public.Figures.Records != 0 {
		t.Errorf("%+v %v", public, err)
	}
	_, _, err = h.OpenPublic(ctx, p.Dataset, 1, release.SyntheticFile)
	wantKind(t, err, fault.Gone)
	_, err = h.Aggregates(ctx, publication.AggregateQuery{Dataset: p.Dataset, Number: 1})
	wantKind(t, err, fault.Gone)
	answers, err := h.Ask(ctx, publication.Question{Text: "women"})
	if err != nil || len(answers.List) > 0 {
		t.Error("a withdrawn release answers", answers, err)
	}
}

// canaries looks for what is rare or exact in everything public, in the log, and on the disk.
func (h *house) canaries(t *testing.T) {
	t.Helper()
	ctx := t.Context()
	exact := []string{rareValue, fmt.Sprint(exactN), "1,237"}
	look := func(where string, text []byte) {
		for _, word := range exact {
			if bytes.Contains(text, []byte(word)) {
				t.Errorf("%s holds %s", where, word)
			}
		}
	}
	catalogue, err := h.Catalogue(ctx)
	must(t, err)
	answers, err := h.Ask(ctx, publication.Question{Text: "how many women by country"})
	must(t, err)
	releases, err := h.Releases(ctx, steward, "", "")
	must(t, err)
	for name, v := range map[string]any{"catalogue": catalogue, "answers": answers, "releases": releases} {
		text, err := json.Marshal(v)
		must(t, err)
		if len(text) < 20 {
			t.Errorf("%s is empty: %s", name, text)
		}
		look(name, text)
	}
	for _, f := range catalogue[0].Releases[0].Files {
		_, in, err := h.OpenPublic(ctx, catalogue[0].ID, 1, f.Name)
		must(t, err)
		text, err := io.ReadAll(in)
		must(t, err)
		must(t, in.Close())
		look(f.Name, text)
	}
	look("log", []byte(h.log.String()))
	must(t, h.store.Audit().EachEntry(ctx, 1, func(e audit.Entry) error {
		text, err := json.Marshal(e.Detail)
		look("audit log", text)
		return err
	}))
	must(t, filepath.Walk(h.dir, func(path string, info os.FileInfo, err error) error {
		if err != nil || info.IsDir() {
			return err
		}
		text, err := os.ReadFile(path)
		if filepath.Base(path) == "explorer.html" { // the program of the page may hold any digits
			return err
		}
		look(path, text)
		return err
	}))
}

// TestOtherOrganisation tries everything as somebody of another organisation: it is not there.
func TestOtherOrganisation(t *testing.T) {
	h := newHouse(t, nil)
	ctx := t.Context()
	d, u, draft := h.draft(t)
	run, err := h.Start(ctx, steward, draft.ID, publication.RunOptions{})
	must(t, err)
	h.wait(t, run.ID)
	p, err := h.HandIn(ctx, steward, run.ID, "")
	must(t, err)
	tries := map[string]func(account.Actor) error{
		"dataset":    func(a account.Actor) error { _, err := h.Dataset(ctx, a, d.ID); return err },
		"edit":       func(a account.Actor) error { _, err := h.EditDataset(ctx, a, d); return err },
		"ledger":     func(a account.Actor) error { _, err := h.Ledger(ctx, a, d.ID); return err },
		"openledger": func(a account.Actor) error { _, err := h.OpenLedger(ctx, a, d.ID, "3", "1e-6"); return err },
		"upload": func(a account.Actor) error {
			_, err := h.Upload(ctx, a, d.ID, publication.UploadOptions{}, strings.NewReader("a\n"))
			return err
		},
		"uploads":     func(a account.Actor) error { _, err := h.Uploads(ctx, a, d.ID); return err },
		"newdraft":    func(a account.Actor) error { _, err := h.NewDraft(ctx, a, u.ID, "", nil); return err },
		"drafts":      func(a account.Actor) error { _, err := h.Drafts(ctx, a, d.ID); return err },
		"draft":       func(a account.Actor) error { _, err := h.Draft(ctx, a, draft.ID); return err },
		"policy":      func(a account.Actor) error { _, err := h.Policy(ctx, a, draft.ID); return err },
		"editdraft":   func(a account.Actor) error { _, err := h.EditDraft(ctx, a, draft.ID, 1, nil); return err },
		"setpolicy":   func(a account.Actor) error { _, err := h.SetPolicy(ctx, a, draft.ID, 1, nil); return err },
		"inspect":     func(a account.Actor) error { _, _, err := h.Inspect(ctx, a, draft.ID); return err },
		"effect":      func(a account.Actor) error { _, err := h.Effect(ctx, a, draft.ID, nil); return err },
		"columns":     func(a account.Actor) error { _, err := h.Columns(ctx, a, draft.ID); return err },
		"deletedraft": func(a account.Actor) error { return h.DeleteDraft(ctx, a, draft.ID) },
		"deleterun":   func(a account.Actor) error { return h.DeleteRun(ctx, a, run.ID) },
		"runstory":    func(a account.Actor) error { _, err := h.RunStory(ctx, a, run.ID); return err },
		"plan":        func(a account.Actor) error { _, err := h.Plan(ctx, a, draft.ID, 100, nil); return err },
		"start":       func(a account.Actor) error { _, err := h.Start(ctx, a, draft.ID, publication.RunOptions{}); return err },
		"check":       func(a account.Actor) error { _, err := h.StartCheck(ctx, a, u.ID, ""); return err },
		"run":         func(a account.Actor) error { _, err := h.Run(ctx, a, run.ID); return err },
		"runs":        func(a account.Actor) error { _, err := h.Runs(ctx, a, d.ID); return err },
		"stop":        func(a account.Actor) error { return h.Stop(ctx, a, run.ID) },
		"file":        func(a account.Actor) error { _, err := h.OpenFile(ctx, a, run.ID, release.ReadmeFile); return err },
		"private": func(a account.Actor) error {
			_, err := h.Private(ctx, a, run.ID, release.PrivateQualityFile)
			return err
		},
		"runpolicy": func(a account.Actor) error { _, err := h.RunPolicy(ctx, a, run.ID); return err },
		"handin":    func(a account.Actor) error { _, err := h.HandIn(ctx, a, run.ID, ""); return err },
		"release":   func(a account.Actor) error { _, err := h.Release(ctx, a, p.ID); return err },
		"comment":   func(a account.Actor) error { _, err := h.Comment(ctx, a, p.ID, "x"); return err },
		"sendback":  func(a account.Actor) error { _, err := h.SendBack(ctx, a, p.ID, nil, "x"); return err },
		"approve":   func(a account.Actor) error { _, err := h.Approve(ctx, a, p.ID, findings(p.Method), ""); return err },
		"publish":   func(a account.Actor) error { _, err := h.Publish(ctx, a, p.ID); return err },
		"withdraw":  func(a account.Actor) error { _, err := h.Withdraw(ctx, a, p.ID, "x"); return err },
		"erase":     func(a account.Actor) error { return h.EraseUpload(ctx, a, u.ID) },
	}
	weak := steward
	weak.Strong = false
	for name, try := range tries {
		wantKind(t, try(foreign), fault.NotFound)
		if err := try(operator); fault.Of(err) != fault.NotFound {
			t.Errorf("%s by the operator: %v", name, err)
		}
		if err := try(account.Actor{}); fault.Of(err) != fault.Unauthenticated {
			t.Errorf("%s by a stranger: %v", name, err)
		}
		if err := try(weak); fault.Of(err) != fault.Forbidden {
			t.Errorf("%s without a second factor: %v", name, err)
		}
	}
	for _, name := range []string{"inspect", "columns", "effect", "policy", "private", "runpolicy"} { // what is exact or rare
		if err := tries[name](approver); fault.Of(err) != fault.Forbidden {
			t.Errorf("%s by the approver: %v", name, err)
		}
	}
	for _, list := range []func() (int, error){
		func() (int, error) { l, err := h.Datasets(ctx, foreign); return len(l), err },
		func() (int, error) { l, err := h.Releases(ctx, foreign, "", ""); return len(l), err },
		func() (int, error) { l, err := h.Releases(ctx, foreign, d.ID, ""); return len(l), err },
	} {
		if n, err := list(); err != nil || n != 0 {
			t.Error(n, err)
		}
	}
	// What an approver may not do.
	for _, name := range []string{"edit", "upload", "newdraft", "policy", "inspect", "effect", "start", "stop", "private", "handin", "erase", "uploads", "deletedraft", "deleterun"} {
		wantKind(t, tries[name](approver), fault.Forbidden)
	}
	// What a steward may not do.
	for _, name := range []string{"approve", "sendback"} {
		wantKind(t, tries[name](steward), fault.Forbidden)
	}
}

// TestApproval tries the state machine, and approving by whoever had a hand in the release.
func TestApproval(t *testing.T) {
	h := newHouse(t, nil)
	ctx := t.Context()
	_, _, draft := h.draft(t)
	draft, err := h.EditDraft(ctx, steward2, draft.ID, draft.Version, []release.PolicyEdit{{Key: "k", Value: 9}})
	must(t, err)
	run, err := h.Start(ctx, steward, draft.ID, publication.RunOptions{})
	must(t, err)
	_, err = h.HandIn(ctx, steward, run.ID, "")
	wantKind(t, err, fault.Conflict) // it is not done
	h.wait(t, run.ID)
	p, err := h.HandIn(ctx, steward, run.ID, "")
	must(t, err)
	_, err = h.HandIn(ctx, steward, run.ID, "")
	wantKind(t, err, fault.Conflict)
	_, err = h.Approve(ctx, steward2, p.ID, findings(p.Method), "") // an approver, who edited the policy
	wantKind(t, err, fault.Forbidden)
	_, err = h.Approve(ctx, approver, p.ID, findings(p.Method)[1:], "")
	wantKind(t, err, fault.Invalid)
	_, err = h.Publish(ctx, steward, p.ID)
	wantKind(t, err, fault.Conflict)
	_, err = h.SendBack(ctx, approver, p.ID, nil, "")
	wantKind(t, err, fault.Invalid)
	p, err = h.SendBack(ctx, approver, p.ID, nil, "Which law allows this?")
	must(t, err)
	_, err = h.Approve(ctx, approver, p.ID, findings(p.Method), "")
	wantKind(t, err, fault.Conflict)
	again, err := h.HandIn(ctx, steward, run.ID, "section 4")
	must(t, err)
	again, err = h.Approve(ctx, approver, again.ID, findings(p.Method), "")
	must(t, err)
	_, err = h.SendBack(ctx, approver, again.ID, nil, "no")
	wantKind(t, err, fault.Conflict)
	_, err = h.Withdraw(ctx, steward, again.ID, "no")
	wantKind(t, err, fault.Conflict)
	_, err = h.Publish(ctx, approver, again.ID)
	must(t, err)
	_, err = h.Publish(ctx, approver, again.ID)
	wantKind(t, err, fault.Conflict)
}
