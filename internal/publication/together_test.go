package publication_test

import (
	"bufio"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/opencovey/covey/internal/fault"
	"github.com/opencovey/covey/internal/publication"
	"github.com/opencovey/covey/internal/testenv"
)

// TestTogether has two servers share a folder: what one began the other goes on with, at any step.
func TestTogether(t *testing.T) {
	database, dir := testenv.Postgres(t), t.TempDir()
	a, b := joined(t, database, dir, newGate("none"), nil), joined(t, database, dir, newGate("none"), nil)
	a.gate.idle.Store(true) // b makes the runs
	draft, err := prepared(t.Context(), a)
	must(t, err)
	if _, err := b.Effect(t.Context(), steward, draft.ID, nil); err != nil {
		t.Error("the other server cannot look at the upload:", err)
	}
	run, err := a.Start(t.Context(), steward, draft.ID, publication.RunOptions{})
	must(t, err)
	b.ended(t, run.ID)
	a.once(t, dir, run.ID)
	p, err := a.HandIn(t.Context(), steward, run.ID, "")
	must(t, err)
	p, err = b.Approve(t.Context(), approver, p.ID, findings(p.Method), "")
	must(t, err)
	_, err = a.Publish(t.Context(), steward, p.ID)
	must(t, err)
	if left := names(t, filepath.Join(dir, "uploads")); len(left) > 0 {
		t.Error("a published upload is still there:", left)
	}
	must(t, b.Sweep(t.Context())) // ends its worker
	if _, err := b.Effect(t.Context(), steward, draft.ID, nil); fault.Of(err) != fault.Gone {
		t.Error("the other server still looks at an erased upload:", err)
	}
}

// TestKilledTogether kills one of three servers at each step of a run. One of the others finishes it, or makes it again, and pays once.
func TestKilledTogether(t *testing.T) {
	steps := []string{"after run.begin", "after ledger.spend", "after next", "before run.begin", "while making", "before ledger.spend", "before run.done", "after run.done"}
	if testing.Short() {
		steps = steps[:2]
	}
	for _, step := range steps {
		t.Run(step, func(t *testing.T) {
			t.Parallel()
			database, dir := testenv.Postgres(t), t.TempDir()
			b, c := joined(t, database, dir, newGate("none"), nil), joined(t, database, dir, newGate("none"), nil)
			b.gate.idle.Store(true)
			c.gate.idle.Store(true)
			end := standing(t, database, dir, step)
			must(t, b.Sweep(t.Context())) // takes nothing away from the other
			runs, err := b.Runs(t.Context(), steward, "cases")
			must(t, err)
			if len(runs) != 1 {
				t.Fatal(runs)
			}
			if step == "while making" {
				time.Sleep(2 * silent) // it lives, and its job is its own
			}
			if j, err := b.db.Jobs().Job(t.Context(), runs[0].ID); err != nil || j.Tries != 1 || j.State.Ended() {
				t.Errorf("a living server lost its job: %+v %v", j, err)
			}
			end()
			b.gate.idle.Store(false) // and now both look after it
			c.gate.idle.Store(false)
			b.ended(t, runs[0].ID)
			b.jobEnded(t, runs[0].ID)
			b.once(t, dir, runs[0].ID)
		})
	}
}

// jobEnded waits until the job of a run has ended, which is a moment after the run, or when the other server is given up.
func (m *member) jobEnded(t *testing.T, run string) {
	t.Helper()
	for end := time.Now().Add(time.Minute); time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
		if j, err := m.db.Jobs().Job(t.Context(), run); err == nil && j.State.Ended() {
			return
		}
	}
	t.Error("the job does not end")
}

// standing starts a server as a process that comes to a step and stays there. What it returns kills it.
func standing(t *testing.T, database, dir, step string) (kill func()) {
	t.Helper()
	cmd := exec.Command(os.Args[0], "stand", database, dir, step)
	out, err := cmd.StdoutPipe()
	must(t, err)
	must(t, cmd.Start())
	dead := false
	kill = func() {
		if !dead {
			dead = true
			_ = cmd.Process.Signal(syscall.SIGKILL)
			_ = cmd.Wait()
		}
	}
	t.Cleanup(kill)
	if line, err := bufio.NewReader(out).ReadString('\n'); err != nil || line != "there\n" {
		t.Fatal(line, err)
	}
	return kill
}

// TestComesBack has a server stand still until it is given up, and go on when another one has done its work. It finds that it lost the job,
// and changes nothing. Without the fence it takes the run back, and pays a second time.
func TestComesBack(t *testing.T) {
	try := func(t *testing.T, step string, noFence bool) (*member, *member, string, string) {
		database, dir := testenv.Postgres(t), t.TempDir()
		a := joined(t, database, dir, newGate(step), nil)
		a.gate.noFence = noFence
		draft, err := prepared(t.Context(), a)
		must(t, err)
		run, err := a.Start(t.Context(), steward, draft.ID, publication.RunOptions{})
		if err != nil { // a stands still
			t.Fatal(err)
		}
		<-a.gate.reached
		b := joined(t, database, dir, newGate("none"), nil)
		b.ended(t, run.ID)
		b.jobEnded(t, run.ID)
		b.gate.idle.Store(true)
		close(a.gate.thaw)
		return a, b, dir, run.ID
	}
	for _, step := range []string{"after next", "before run.begin", "before ledger.spend", "before run.done"} {
		t.Run(step, func(t *testing.T) {
			t.Parallel()
			a, b, dir, run := try(t, step, false)
			until(t, "the change that came too late is refused", func() bool { return a.gate.refused.Load() > 0 })
			close(a.gate.signs)
			b.once(t, dir, run)
			p, err := b.Run(t.Context(), steward, run)
			must(t, err)
			again, err := a.Start(t.Context(), steward, p.Run.Draft, publication.RunOptions{}) // it is of use again
			must(t, err)
			if r := a.ended(t, again.ID); r.State != publication.Done {
				t.Errorf("%+v", r.Problem)
			}
		})
	}
	t.Run("mutant", func(t *testing.T) {
		t.Parallel()
		_, b, _, _ := try(t, "after next", true)
		until(t, "the budget is spent twice", func() bool { return b.entries(t) == 2 })
	})
}

func until(t *testing.T, what string, holds func() bool) {
	t.Helper()
	for end := time.Now().Add(30 * time.Second); time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
		if holds() {
			return
		}
	}
	t.Fatal("never:", what)
}

// TestSweepTogether tidies a folder in which another server is writing: nothing of that goes as long as the other lives, and all of it when it is gone.
// Without the marks of who is writing the file goes under the other's hands.
func TestSweepTogether(t *testing.T) {
	t.Run("killed", func(t *testing.T) {
		database, dir := testenv.Postgres(t), t.TempDir()
		b := joined(t, database, dir, newGate("none"), nil)
		end := standing(t, database, dir, "before upload")
		uploads := filepath.Join(dir, "uploads")
		time.Sleep(2 * silent)
		must(t, b.Sweep(t.Context()))
		if got := names(t, uploads); len(got) != 2 {
			t.Error("what another server writes is gone:", got)
		}
		end()
		until(t, "what the other has left is gone", func() bool {
			must(t, b.Sweep(t.Context()))
			return len(names(t, uploads)) == 1
		})
	})
	for _, noMarks := range []bool{false, true} {
		database, dir := testenv.Postgres(t), t.TempDir()
		a, b := joined(t, database, dir, newGate("none"), nil), joined(t, database, dir, newGate("none"), nil)
		b.gate.noMarks = noMarks
		_, err := prepared(t.Context(), a)
		must(t, err)
		slow := &sweeping{t: t, text: strings.NewReader(casesCSV()), sweep: b.Sweep}
		u, err := a.Upload(t.Context(), steward, "cases", publication.UploadOptions{Name: "cases.csv", Token: "2"}, slow)
		there := err == nil && slices.Contains(names(t, filepath.Join(dir, "uploads")), u.ID+".sealed")
		if there == noMarks {
			t.Errorf("without marks: %v; the upload is there: %v (%v)", noMarks, there, err)
		}
	}
}

// sweeping is a file that takes its time to come: meanwhile another server tidies.
type sweeping struct {
	t     *testing.T
	text  *strings.Reader
	sweep func(context.Context) error
}

// Read implements io.Reader.
func (s *sweeping) Read(p []byte) (int, error) {
	if err := s.sweep(s.t.Context()); err != nil {
		s.t.Error(err)
	}
	return s.text.Read(p[:min(len(p), 8<<10)])
}

// TestOtherFolder has two servers with folders of their own. What lies with the other cannot be reached; when the other is gone for
// long, its runs are lost, and its uploads are erased all the same when their time comes.
func TestOtherFolder(t *testing.T) {
	database, dir := testenv.Postgres(t), t.TempDir()
	far, near := filepath.Join(dir, "far"), filepath.Join(dir, "near")
	must(t, os.Mkdir(far, 0o700))
	must(t, os.Mkdir(near, 0o700))
	time2 := &clock{}
	b := joined(t, database, near, newGate("none"), func(o *publication.Options) { o.Now = time2.now })
	end := standing(t, database, far, "after run.begin")
	runs, err := b.Runs(t.Context(), steward, "cases")
	must(t, err)
	_, err = b.Effect(t.Context(), steward, runs[0].Draft, nil)
	wantKind(t, err, fault.Unavailable)
	end()
	if r := b.ended(t, runs[0].ID); r.State != publication.Lost || r.Spent {
		t.Errorf("%s, spent %v", r.State, r.Spent)
	}
	b.jobEnded(t, runs[0].ID)
	time2.forward(8 * 24 * time.Hour)
	must(t, b.Sweep(t.Context()))
	u, err := b.db.Publications().Upload(t.Context(), runs[0].Upload)
	if err != nil || u.State != publication.Erased || u.Key != nil {
		t.Error("the key of an upload outlives its time:", u.State, err)
	}
	if got := names(t, filepath.Join(far, "uploads")); len(got) != 1 {
		t.Error(got)
	}
	joined(t, database, far, newGate("none"), nil) // comes back
	if got := names(t, filepath.Join(far, "uploads")); len(got) != 0 {
		t.Error("what is left of an erased upload stays:", got)
	}
}
