package publication

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"time"

	"github.com/opencovey/covey/internal/fault"
	"github.com/opencovey/covey/internal/upload"
	"github.com/opencovey/covey/release"
)

// How often things are tidied, how long jobs that have ended are remembered, and how long blobs that nothing names are kept: somebody may be about to name them.
const (
	tidyEvery = time.Minute
	keepJobs  = 30 * 24 * time.Hour
	keepBlobs = 24 * time.Hour
)

// tidy erases uploads when their time has come, and ends workers that nobody uses.
func (s *Service) tidy() {
	defer s.wait.Done()
	tick := time.NewTicker(tidyEvery)
	defer tick.Stop()
	for {
		select {
		case <-s.ending.Done():
			return
		case <-tick.C:
			s.sessions.sweep()
			if err := s.Sweep(s.ending); err != nil && s.ending.Err() == nil {
				s.o.Log.Error("publications cannot be tidied", "fault", fault.Of(err))
			}
		}
	}
}

// Sweep erases uploads of this instance whose time has come, and removes what nothing refers to any more. The service calls it every minute.
func (s *Service) Sweep(ctx context.Context) error {
	now := s.o.Now().UTC()
	due, err := s.store.Uploads(ctx, Query{State: string(Held), Instance: s.o.Instance, Before: now})
	if err != nil {
		return err
	}
	var errs []error
	for _, u := range due {
		errs = append(errs, s.erase(ctx, u, system()))
	}
	errs = append(errs, s.o.Jobs.SweepJobs(ctx, now.Add(-keepJobs)), s.store.SweepBlobs(ctx, now.Add(-keepBlobs)))
	return errors.Join(errs...)
}

// sweep is Sweep when the service opens. Nobody is working then, so that files which nobody knows are left over from an end in the middle.
func (s *Service) sweep(ctx context.Context) error {
	if err := s.Sweep(ctx); err != nil {
		return err
	}
	held, err := s.store.Uploads(ctx, Query{State: string(Held), Instance: s.o.Instance, Limit: 1 << 20})
	if err != nil {
		return err
	}
	known := map[string]bool{}
	for _, u := range held {
		known[u.ID] = true
	}
	if _, err := upload.Sweep(s.folder(uploadsFolder), func(id string) bool { return known[id] }); err != nil {
		return err
	}
	if err := s.sweepRuns(ctx); err != nil {
		return err
	}
	return clearFolder(s.folder(scratchFolder), func(string) bool { return false })
}

// sweepRuns settles runs without a job, and removes folders of runs that are not done.
func (s *Service) sweepRuns(ctx context.Context) error {
	keep := map[string]bool{}
	for _, state := range []RunState{Queued, Running, Done} {
		runs, err := s.store.Runs(ctx, Query{State: string(state), Instance: s.o.Instance, Limit: 1 << 20})
		if err != nil {
			return err
		}
		for i := range runs {
			if state == Done {
				keep[runs[i].ID] = true
				continue
			}
			j, err := s.o.Jobs.Job(ctx, runs[i].ID)
			if err != nil && fault.Of(err) != fault.NotFound {
				return err
			}
			if err != nil || j.State.Ended() { // it came to no job, or the job to an end that the run does not know
				if err := s.lose(ctx, &runs[i], "publication.problem.lost"); err != nil {
					return err
				}
			}
		}
	}
	return clearFolder(s.folder(runsFolder), func(name string) bool { return keep[name] })
}

// clearFolder removes what is not kept.
func clearFolder(dir string, keep func(name string) bool) error {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	var errs []error
	for _, e := range entries {
		if !keep(e.Name()) {
			errs = append(errs, os.RemoveAll(filepath.Join(dir, e.Name())))
		}
	}
	return errors.Join(errs...)
}

// isDifferential tells the method of a policy that was accepted before.
func isDifferential(policy []byte) bool {
	p, err := release.ParsePolicy("policy", bytes.NewReader(policy))
	return err == nil && p.Protection.Method == release.MethodDifferential
}
