package publication_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/opencovey/covey/internal/fault"
	"github.com/opencovey/covey/internal/publication"
	"github.com/opencovey/covey/internal/testenv"
	"github.com/opencovey/covey/release"
)

// TestLedger makes differential releases until the budget is used up.
func TestLedger(t *testing.T) {
	testenv.NotRaces(t)
	h := newHouse(t, nil)
	ctx := t.Context()
	d, u, _ := h.draft(t)
	for _, wrong := range [][2]string{{"0", "1e-6"}, {"x", "1e-6"}, {"1", "0"}, {"1", "1/2"}, {"-1", "1e-6"}} {
		_, err := h.OpenLedger(ctx, steward, d.ID, wrong[0], wrong[1])
		wantKind(t, err, fault.Invalid)
	}
	if l, err := h.Ledger(ctx, steward, d.ID); err != nil || l != nil {
		t.Error(l, err)
	}
	_, err := h.OpenLedger(ctx, steward, d.ID, "1.5", "1e-5")
	must(t, err)
	_, err = h.OpenLedger(ctx, steward, d.ID, "15", "1e-5")
	wantKind(t, err, fault.Conflict)
	draft, err := h.NewDraft(ctx, steward, u.ID, "noised", []byte(differentialPolicy))
	must(t, err)
	states := []publication.RunState{}
	for range 3 {
		run, err := h.Start(ctx, steward, draft.ID, publication.RunOptions{})
		must(t, err)
		r := h.wait(t, run.ID)
		states = append(states, r.State)
		if r.Spent != (r.State == publication.Done) {
			t.Errorf("%s, spent %v", r.State, r.Spent)
		}
		if r.State == publication.Failed && (r.Problem.Key != "publication.problem.budget" || h.Detail(steward, r) == "" || h.Detail(approver, r) != "") {
			t.Errorf("%+v %q", r.Problem, h.Detail(approver, r))
		}
	}
	l, err := h.Ledger(ctx, approver, d.ID)
	must(t, err)
	if states[0] != publication.Done || states[2] != publication.Failed || len(l.Entries) < 1 || len(l.Entries) > 2 || l.Share < 0.4 || l.Share > 1 {
		t.Errorf("%v %+v", states, l)
	}
}

// TestDifferencing changes a few records between two releases: the second has to be compared, and is refused or withholds.
func TestDifferencing(t *testing.T) {
	testenv.NotRaces(t)
	h := newHouse(t, nil)
	ctx := t.Context()
	d, _, draft := h.draft(t)
	first := h.publish(t, draft.ID, publication.RunOptions{})
	// Two more men, which shows: the published number of men goes from 410 to 420.
	u, err := h.Upload(ctx, steward, d.ID, publication.UploadOptions{Name: "b.csv"}, strings.NewReader(casesCSV()+strings.Repeat("Male,18+,KEN,1,\n", 8)))
	must(t, err)
	policy, err := h.Policy(ctx, steward, draft.ID)
	must(t, err)
	second, err := h.NewDraft(ctx, steward, u.ID, "", policy)
	must(t, err)
	run, err := h.Start(ctx, steward, second.ID, publication.RunOptions{})
	must(t, err)
	r := h.wait(t, run.ID)
	if r.State != publication.Failed || r.Problem.Key != "publication.problem.exposure" || h.Detail(steward, r) == "" {
		t.Errorf("%s %+v", r.State, r.Problem)
	}
	run, err = h.Start(ctx, steward, second.ID, publication.RunOptions{Suppress: true})
	must(t, err)
	r = h.wait(t, run.ID)
	if r.State != publication.Done || len(r.Previous) != 1 || r.Previous[0] != first.Manifest || !r.Figures.Withheld {
		t.Fatalf("%s %+v %+v", r.State, r.Problem, r)
	}
	// A run that was not compared with what was published meanwhile is stale.
	other, err := h.Start(ctx, steward, second.ID, publication.RunOptions{Suppress: true})
	must(t, err)
	h.wait(t, other.ID)
	stale, err := h.HandIn(ctx, steward, other.ID, "")
	must(t, err)
	p, err := h.HandIn(ctx, steward, run.ID, "")
	must(t, err)
	p, err = h.Approve(ctx, approver, p.ID, findings(p.Method), "")
	must(t, err)
	p, err = h.Publish(ctx, approver, p.ID)
	if err != nil || p.Number != 2 {
		t.Fatal(p, err)
	}
	_, err = h.Approve(ctx, approver, stale.ID, findings(stale.Method), "")
	wantKind(t, err, fault.Conflict)
}

// TestSamePerson is about the guard that keeps people from approving their own work; the mutant shows that it is this guard.
func TestSamePerson(t *testing.T) {
	h := newHouse(t, nil)
	ctx := t.Context()
	_, _, draft := h.draft(t)
	both := steward
	both.Roles = approver.Roles
	run, err := h.Start(ctx, steward, draft.ID, publication.RunOptions{})
	must(t, err)
	h.wait(t, run.ID)
	p, err := h.HandIn(ctx, steward, run.ID, "")
	must(t, err)
	_, err = h.Approve(ctx, both, p.ID, findings(p.Method), "")
	wantKind(t, err, fault.Forbidden)
	// Mutant: a release that does not know who prepared it.
	p.Prepared, p.HandedInBy = nil, ""
	must(t, h.store.Publications().Save(ctx, publication.Change{Release: &p}, auditEntry()))
	approved, err := h.Approve(ctx, both, p.ID, findings(p.Method), "")
	if err != nil {
		t.Fatal("the mutant is not caught by another guard:", err)
	}
	// What the mutant lets through is seen by whoever verifies the release.
	published, err := h.Publish(ctx, steward, approved.ID)
	must(t, err)
	h.clock.forward(2 * time.Second)
	b, err := h.OpenBundle(ctx, published.Dataset, 1)
	must(t, err)
	v, err := release.Verify(ctx, b, release.VerifyOptions{Keys: []string{h.Key()}})
	if err != nil || v.Failed() != 1 {
		t.Error("a release approved by who handed it in passes:", v.Failed(), err)
	}
}

// TestStop stops a run that is being made, and one that waits.
func TestStop(t *testing.T) {
	h := newHouse(t, nil)
	ctx := t.Context()
	d, _, _ := h.draft(t)
	u, err := h.Upload(ctx, steward, d.ID, publication.UploadOptions{Name: "big.csv"}, strings.NewReader(strings.Repeat(casesCSV(), 1)+manyRows(400_000)))
	must(t, err)
	draft, err := h.NewDraft(ctx, steward, u.ID, "", []byte("version: 1\ntitle: t\nprotection: {length: 5}\ncolumns: {gender: category, ageBroad: category, country: category, isForcedLabour: flag, note: category}\n"))
	must(t, err)
	first, err := h.Start(ctx, steward, draft.ID, publication.RunOptions{})
	must(t, err)
	second, err := h.Start(ctx, steward, draft.ID, publication.RunOptions{})
	must(t, err)
	for end := time.Now().Add(20 * time.Second); ; time.Sleep(5 * time.Millisecond) {
		p, err := h.Run(ctx, steward, first.ID)
		must(t, err)
		if p.Run.State == publication.Running || time.Now().After(end) {
			break
		}
	}
	if p, err := h.Run(ctx, steward, second.ID); err != nil || p.Run.State != publication.Queued || p.Place != 1 {
		t.Errorf("%+v %v", p, err)
	}
	must(t, h.Stop(ctx, steward, second.ID))
	begun := time.Now()
	must(t, h.Stop(ctx, steward, first.ID))
	for _, id := range []string{first.ID, second.ID} {
		if r := h.wait(t, id); r.State != publication.Stopped || r.Problem.Key != "publication.problem.stopped" {
			t.Errorf("%s %+v", r.State, r.Problem)
		}
	}
	if took := time.Since(begun); took > 5*time.Second {
		t.Error("stopping took", took)
	}
	if left := names(t, h.dir+"/runs"); len(left) > 0 {
		t.Error("left behind:", left)
	}
	must(t, h.Stop(ctx, steward, first.ID)) // twice is no fault
}

// manyRows makes rows that differ.
func manyRows(n int) string {
	var b strings.Builder
	for i := range n {
		b.WriteString([]string{"Female", "Male"}[i%2])
		b.WriteString([]string{",18+,KEN,1,n", ",0--8,UGA,,n"}[i/2%2])
		b.WriteString(strings.Repeat("x", i%977))
		b.WriteByte('\n')
	}
	return b.String()
}

// TestSweep erases what its time has come for.
func TestSweep(t *testing.T) {
	h := newHouse(t, nil)
	ctx := t.Context()
	d, u, draft := h.draft(t)
	again, err := h.Upload(ctx, steward, d.ID, publication.UploadOptions{Name: "other.csv", Token: "form-1"}, strings.NewReader("never,read\n"))
	if err != nil || again.ID != u.ID {
		t.Error("the same form twice:", again.ID, err)
	}
	run, err := h.Start(ctx, steward, draft.ID, publication.RunOptions{})
	must(t, err)
	h.wait(t, run.ID)
	if _, err := h.Private(ctx, steward, run.ID, release.PrivateQualityFile); err != nil {
		t.Error(err)
	}
	h.clock.forward(6 * 24 * time.Hour)
	must(t, h.Sweep(ctx))
	if list, err := h.Uploads(ctx, steward, d.ID); err != nil || len(list) != 1 {
		t.Error(list, err)
	}
	h.clock.forward(2 * 24 * time.Hour)
	must(t, h.Sweep(ctx))
	if list, err := h.Uploads(ctx, steward, d.ID); err != nil || len(list) != 0 {
		t.Error(list, err)
	}
	if left := names(t, h.dir+"/uploads"); len(left) > 0 {
		t.Error("left behind:", left)
	}
	_, err = h.Private(ctx, steward, run.ID, release.PrivateQualityFile)
	wantKind(t, err, fault.Gone)
	_, _, err = h.Inspect(ctx, steward, draft.ID)
	wantKind(t, err, fault.Gone)
	_, err = h.Start(ctx, steward, draft.ID, publication.RunOptions{})
	wantKind(t, err, fault.Gone)
	stored, err := h.store.Publications().Upload(context.WithoutCancel(ctx), u.ID)
	if err != nil || stored.Key != nil || stored.Name != nil {
		t.Error("the key is still there", err)
	}
}
