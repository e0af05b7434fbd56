package job_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/opencovey/covey/internal/job"
	"github.com/opencovey/covey/internal/store"
)

func jobStore(t *testing.T) job.Store {
	t.Helper()
	s, err := store.Open(t.Context(), store.Options{Dir: t.TempDir(), Key: bytes.Repeat([]byte{1}, 32)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s.Jobs()
}

func add(t *testing.T, s job.Store, id, kind string) {
	t.Helper()
	if err := s.AddJob(t.Context(), job.Job{ID: id, Kind: kind, Instance: "here", State: job.Queued, Created: time.Now()}); err != nil {
		t.Fatal(err)
	}
}

// until waits for a job to be in a state.
func until(t *testing.T, s job.Store, id string, want job.State) job.Job {
	t.Helper()
	var j job.Job
	for end := time.Now().Add(20 * time.Second); time.Now().Before(end); time.Sleep(5 * time.Millisecond) {
		var err error
		if j, err = s.Job(t.Context(), id); err != nil {
			t.Fatal(err)
		}
		if j.State == want {
			return j
		}
	}
	t.Fatalf("job %s is %s, not %s", id, j.State, want)
	return j
}

func TestRunner(t *testing.T) {
	s := jobStore(t)
	var log bytes.Buffer
	var mu sync.Mutex
	var order []string
	work := map[string]job.Work{
		"good": {Do: func(_ context.Context, j job.Job, report job.Report) error {
			mu.Lock()
			defer mu.Unlock()
			order = append(order, j.ID)
			report("stage", 1, 2)
			return nil
		}},
		"bad":    {Do: func(context.Context, job.Job, job.Report) error { return errors.New("the secret of row 7") }},
		"panics": {Do: func(context.Context, job.Job, job.Report) error { panic("the secret of row 7") }},
		"slow": {Do: func(ctx context.Context, _ job.Job, _ job.Report) error {
			<-ctx.Done()
			return context.Cause(ctx)
		}},
	}
	for i := range 5 {
		add(t, s, fmt.Sprint("g", i), "good")
	}
	add(t, s, "b", "bad")
	add(t, s, "p", "panics")
	add(t, s, "s", "slow")
	add(t, s, "unknown", "nobody")
	r := job.NewRunner(s, job.Options{Instance: "here", Work: work, Poll: 20 * time.Millisecond, Log: slog.New(slog.NewTextHandler(&log, nil))})
	if err := r.Open(t.Context()); err != nil {
		t.Fatal(err)
	}
	r.Start()
	until(t, s, "b", job.Failed)
	until(t, s, "p", job.Failed)
	until(t, s, "s", job.Running)
	begun := time.Now()
	if j, err := r.Stop(t.Context(), "s"); err != nil || j.State != job.Running {
		t.Error(j, err)
	}
	until(t, s, "s", job.Stopped)
	if took := time.Since(begun); took > 2*time.Second {
		t.Error("stopping took", took)
	}
	until(t, s, "unknown", job.Failed)
	add(t, s, "s2", "slow")
	r.Wake()
	until(t, s, "s2", job.Running)
	// Another instance wants it to stop: this one sees it in the database.
	if _, err := s.StopJob(t.Context(), "s2", time.Now()); err != nil {
		t.Fatal(err)
	}
	until(t, s, "s2", job.Stopped)
	r.Close()
	if fmt.Sprint(order) != "[g0 g1 g2 g3 g4]" {
		t.Error(order)
	}
	if j := until(t, s, "g4", job.Done); j.Stage != "stage" || j.Done != 1 || j.Total != 2 {
		t.Errorf("%+v", j)
	}
	if strings.Contains(log.String(), "secret") {
		t.Error("the log quotes an error:", log.String())
	}
}

// TestRecover ends a runner in the middle, and looks what the next one does.
func TestRecover(t *testing.T) {
	s := jobStore(t)
	work := map[string]job.Work{"slow": {
		Do: func(ctx context.Context, _ job.Job, _ job.Report) error {
			<-ctx.Done()
			return context.Cause(ctx)
		},
		Interrupted: func(_ context.Context, j job.Job) (bool, error) { return j.Tries < 2, nil },
	}}
	add(t, s, "1", "slow")
	for _, want := range []job.State{job.Queued, job.Lost} {
		r := job.NewRunner(s, job.Options{Instance: "here", Work: work, Poll: 10 * time.Millisecond})
		if err := r.Open(t.Context()); err != nil {
			t.Fatal(err)
		}
		r.Start()
		until(t, s, "1", job.Running)
		r.Close()
		until(t, s, "1", job.Running) // the row stays as it is
		next := job.NewRunner(s, job.Options{Instance: "here", Work: work})
		if err := next.Open(t.Context()); err != nil {
			t.Fatal(err)
		}
		until(t, s, "1", want)
	}
}
