package publication_test

import (
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/opencovey/covey/internal/account"
	"github.com/opencovey/covey/internal/audit"
	"github.com/opencovey/covey/internal/fault"
	"github.com/opencovey/covey/internal/publication"
	"github.com/opencovey/covey/internal/testenv"
	"github.com/opencovey/covey/release"
)

// TestDeleteDraft deletes a draft that runs and a release were made from: they stay, and nothing of the draft does.
func TestDeleteDraft(t *testing.T) {
	h := newHouse(t, nil)
	ctx := t.Context()
	d, _, draft := h.draft(t)
	p := h.publish(t, draft.ID, publication.RunOptions{})
	for _, who := range []struct {
		as   func() error
		kind fault.Kind
	}{
		{func() error { return h.DeleteDraft(ctx, foreign, draft.ID) }, fault.NotFound},
		{func() error { return h.DeleteDraft(ctx, approver, draft.ID) }, fault.Forbidden},
	} {
		wantKind(t, who.as(), who.kind)
	}
	must(t, h.DeleteDraft(ctx, steward2, draft.ID))
	_, err := h.Draft(ctx, steward, draft.ID)
	wantKind(t, err, fault.NotFound)
	_, err = h.Policy(ctx, steward, draft.ID)
	wantKind(t, err, fault.NotFound)
	wantKind(t, h.DeleteDraft(ctx, steward, draft.ID), fault.NotFound)
	if _, err := h.EditDraft(ctx, steward, draft.ID, draft.Version, nil); fault.Of(err) != fault.NotFound {
		t.Error("a draft that is gone is changed:", err)
	}
	rows, err := h.store.Publications().Drafts(ctx, publication.Query{Dataset: d.ID})
	if err != nil || len(rows) > 0 {
		t.Error("its row is still there", rows, err)
	}
	if text, err := h.RunPolicy(ctx, steward, p.Run); err != nil || !strings.Contains(string(text), "Harbour Light") {
		t.Error("the run has lost its policy", err)
	}
	if _, err := h.OpenBundle(ctx, d.ID, 1); err != nil {
		t.Error("the release is gone:", err)
	}
	h.audited(t, "publication.draft.delete", "draft:"+draft.ID)
}

// audited fails unless the audit log has an entry.
func (h *house) audited(t *testing.T, action, subject string) {
	t.Helper()
	list, err := h.store.Audit().Entries(t.Context(), audit.Query{Action: action, Subject: subject})
	must(t, err)
	if len(list) != 1 || list[0].Actor == "" || list[0].Actor == "system" {
		t.Errorf("the audit log has %v of %s %s", list, action, subject)
	}
}

// TestDeleteRun deletes runs that were never handed in, and tries to delete others.
func TestDeleteRun(t *testing.T) {
	h := newHouse(t, nil)
	ctx := t.Context()
	_, _, draft := h.draft(t)
	run, err := h.Start(ctx, steward, draft.ID, publication.RunOptions{})
	must(t, err)
	if r := h.wait(t, run.ID); r.State != publication.Done {
		t.Fatalf("%+v", r.Problem)
	}
	wantKind(t, h.DeleteRun(ctx, foreign, run.ID), fault.NotFound)
	wantKind(t, h.DeleteRun(ctx, approver, run.ID), fault.Forbidden)
	if _, err := h.Private(ctx, steward, run.ID, release.PrivateQualityFile); err != nil {
		t.Fatal(err)
	}
	must(t, h.DeleteRun(ctx, steward, run.ID))
	if entries, err := os.ReadDir(filepath.Join(h.dir, "runs")); err != nil || len(entries) > 0 {
		t.Error("its files are still there", entries, err)
	}
	_, err = h.Private(ctx, steward, run.ID, release.PrivateQualityFile)
	wantKind(t, err, fault.NotFound)
	_, err = h.HandIn(ctx, steward, run.ID, "")
	wantKind(t, err, fault.NotFound)
	h.audited(t, "publication.run.delete", "run:"+run.ID)

	second, err := h.Start(ctx, steward, draft.ID, publication.RunOptions{})
	must(t, err)
	wantKind(t, h.DeleteRun(ctx, steward, second.ID), fault.Conflict) // it is going on
	h.wait(t, second.ID)
	p, err := h.HandIn(ctx, steward, second.ID, "")
	must(t, err)
	wantKind(t, h.DeleteRun(ctx, steward, second.ID), fault.Conflict)
	_, err = h.SendBack(ctx, approver, p.ID, nil, "no")
	must(t, err)
	wantKind(t, h.DeleteRun(ctx, steward, second.ID), fault.Conflict) // it stays on record
}

// TestDeleteSpentRun deletes a run that budget was spent on: the ledger keeps it.
func TestDeleteSpentRun(t *testing.T) {
	testenv.NotRaces(t)
	h := newHouse(t, nil)
	ctx := t.Context()
	d, u, _ := h.draft(t)
	_, err := h.OpenLedger(ctx, steward, d.ID, "1.5", "1e-5")
	must(t, err)
	draft, err := h.NewDraft(ctx, steward, u.ID, "noised", []byte(differentialPolicy))
	must(t, err)
	run, err := h.Start(ctx, steward, draft.ID, publication.RunOptions{})
	must(t, err)
	if r := h.wait(t, run.ID); r.State != publication.Done || !r.Spent {
		t.Fatalf("%+v %s", r.Problem, h.Detail(steward, r))
	}
	before, err := h.Ledger(ctx, steward, d.ID)
	must(t, err)
	must(t, h.DeleteRun(ctx, steward, run.ID))
	after, err := h.Ledger(ctx, steward, d.ID)
	must(t, err)
	if len(after.Entries) != 1 || after.Share != before.Share || after.Share <= 0 {
		t.Errorf("the ledger was %+v and is %+v", before, after)
	}
}

// TestDeleteCheck deletes the check of a bundle made elsewhere: its archive goes along. And a bundle that was sent twice is checked once.
func TestDeleteCheck(t *testing.T) {
	testenv.NotRaces(t)
	h := newHouse(t, nil)
	ctx := t.Context()
	d, err := h.CreateDataset(ctx, steward, publication.Dataset{Title: "Elsewhere"})
	must(t, err)
	u, err := h.Upload(ctx, steward, d.ID, publication.UploadOptions{Name: "b.zip", Bundle: true}, strings.NewReader(string(zipOf(t, elsewhere(t)))))
	must(t, err)
	run, err := h.StartCheck(ctx, steward, u.ID, "x")
	must(t, err)
	if again, err := h.StartCheck(ctx, steward, u.ID, "x"); err != nil || again.ID != run.ID {
		t.Error("a second check", again.ID, err)
	}
	if r := h.wait(t, run.ID); r.State != publication.Done {
		t.Fatalf("%+v", r.Problem)
	}
	_, err = h.NewDraft(ctx, steward, u.ID, "", nil)
	wantKind(t, err, fault.Invalid)
	must(t, h.DeleteRun(ctx, steward, run.ID))
	for _, folder := range []string{"runs", "uploads"} {
		if entries, err := os.ReadDir(filepath.Join(h.dir, folder)); err != nil || len(entries) > 0 {
			t.Error(folder, entries, err)
		}
	}
	records, err := h.Upload(ctx, steward, d.ID, publication.UploadOptions{Name: "c.csv"}, strings.NewReader(casesCSV()))
	must(t, err)
	_, err = h.StartCheck(ctx, steward, records.ID, "x")
	wantKind(t, err, fault.Invalid)
}

// file is a file of a run, as stewards and approvers open it.
func (h *house) file(t *testing.T, run, name string) string {
	t.Helper()
	var texts []string
	for _, who := range []account.Actor{steward, approver} {
		f, err := h.OpenFile(t.Context(), who, run, name)
		must(t, err)
		defer f.Close()
		text, err := io.ReadAll(f)
		must(t, err)
		texts = append(texts, string(text))
	}
	if texts[0] != texts[1] {
		t.Errorf("the steward's %s is not the approver's", name)
	}
	return texts[0]
}

// TestSignedManifest: after publishing, the manifest that stewards and approvers open is the public one, byte for byte.
func TestSignedManifest(t *testing.T) {
	testenv.NotRaces(t)
	h := newHouse(t, nil)
	ctx := t.Context()
	d, _, draft := h.draft(t)
	run, err := h.Start(ctx, steward, draft.ID, publication.RunOptions{})
	must(t, err)
	h.wait(t, run.ID)
	p, err := h.HandIn(ctx, steward, run.ID, "")
	must(t, err)
	unsigned := h.file(t, run.ID, release.ManifestFile)
	p, err = h.Approve(ctx, approver, p.ID, findings(p.Method), "")
	must(t, err)
	_, err = h.Publish(ctx, steward, p.ID)
	must(t, err)
	h.clock.forward(2e9)
	f, content, err := h.OpenPublic(ctx, d.ID, 1, release.ManifestFile)
	must(t, err)
	defer content.Close()
	text, err := io.ReadAll(content)
	must(t, err)
	public := string(text)
	if signed := h.file(t, run.ID, release.ManifestFile); signed != public || signed == unsigned || !strings.Contains(signed, `"approvals"`) {
		t.Errorf("the manifest of the run is not the public one (%s)", f.SHA256)
	}
	_, err = h.Withdraw(ctx, steward, p.ID, "wrong")
	must(t, err)
	if h.file(t, run.ID, release.ManifestFile) != public {
		t.Error("withdrawn, it is another one")
	}
}
