package job_test

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"time"

	"github.com/opencovey/covey/internal/fault"
	"github.com/opencovey/covey/internal/job"
)

// away is a store whose database cannot be reached for some time.
type away struct {
	job.Store
	saves atomic.Int32 // that fail
	beats atomic.Int32
}

func (a *away) SaveJob(ctx context.Context, j job.Job) error {
	if j.State.Ended() && a.saves.Add(-1) >= 0 {
		return fault.New(fault.Unavailable, "fault.unavailable")
	}
	return a.Store.SaveJob(ctx, j)
}

func (a *away) Beat(ctx context.Context, holder string) error {
	if a.beats.Add(-1) >= 0 {
		return fault.New(fault.Unavailable, "fault.unavailable")
	}
	return a.Store.Beat(ctx, holder)
}

func quick(_ context.Context, _ job.Job, _ job.Report) error { return nil }

func opened(t *testing.T, s job.Store, o job.Options) *job.Runner {
	t.Helper()
	o.Instance, o.Poll = "here", 10*time.Millisecond
	r := job.NewRunner(s, o)
	if err := r.Open(t.Context()); err != nil {
		t.Fatal(err)
	}
	r.Start()
	t.Cleanup(r.Close)
	return r
}

// TestEndIsSaved has the database away when a job ends: the row does not say for ever that it runs.
func TestEndIsSaved(t *testing.T) {
	s := &away{Store: jobStore(t)}
	s.saves.Store(5)
	add(t, s, "1", "quick")
	opened(t, s, job.Options{Work: map[string]job.Work{"quick": {Do: quick}}})
	until(t, s, "1", job.Done)
}

// TestSettleAgain has the decision on a job that was taken fail at first: it is taken up again by the one who took it.
func TestSettleAgain(t *testing.T) {
	s := jobStore(t)
	if err := s.Join(t.Context(), "gone", "here", true); err != nil {
		t.Fatal(err)
	}
	add(t, s, "1", "quick")
	if _, found, err := s.NextJob(t.Context(), "here", "gone", time.Now()); !found || err != nil {
		t.Fatal(found, err)
	}
	var tries atomic.Int32
	opened(t, s, job.Options{Shared: true, Silent: 300 * time.Millisecond, Work: map[string]job.Work{"quick": {Do: quick, Interrupted: func(context.Context, job.Job) (bool, error) {
		if tries.Add(1) < 3 {
			return false, errors.New("the database is away")
		}
		return true, nil
	}}}})
	if j := until(t, s, "1", job.Done); j.Tries != 2 {
		t.Errorf("it was begun %d times", j.Tries)
	}
}

// TestCutOff has a runner that was itself cut off from the database: when it is back it takes nobody as gone at once, since the others were cut
// off as well.
func TestCutOff(t *testing.T) {
	const silent = 600 * time.Millisecond
	s := &away{Store: jobStore(t)}
	opened(t, s, job.Options{Shared: true, Silent: silent})
	if err := s.Join(t.Context(), "other", "here", false); err != nil {
		t.Fatal(err)
	}
	time.Sleep(silent / 4)
	s.beats.Store(8) // longer than Silent, and nobody can be forgotten meanwhile
	for s.beats.Load() > 0 {
		time.Sleep(5 * time.Millisecond)
	}
	time.Sleep(silent / 3) // it is back
	if err := s.Store.Beat(t.Context(), "other"); err != nil {
		t.Error("another one was taken as gone who could not show that it lives:", err)
	}
}
