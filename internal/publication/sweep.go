package publication

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"time"

	"github.com/opencovey/covey/internal/fault"
	"github.com/opencovey/covey/internal/job"
	"github.com/opencovey/covey/internal/upload"
	"github.com/opencovey/covey/release"
)

// How often things are tidied, how long jobs that have ended are remembered, how long blobs that nothing names are kept, since somebody may be
// about to name them, and when what lies in the scratch folder is left over.
const (
	tidyEvery   = time.Minute
	keepJobs    = 30 * 24 * time.Hour
	keepBlobs   = 24 * time.Hour
	keepScratch = time.Hour
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

// Sweep erases uploads whose time has come, and removes what nothing refers to any more. The service calls it every minute. Other
// servers may be at work in the same folder: what they are writing is marked in the database before it is on the disk, and the disk
// is looked at before the database.
func (s *Service) Sweep(ctx context.Context) error {
	now := s.o.Now().UTC()
	due, err := s.store.Uploads(ctx, Query{State: string(Held), Before: now}) // also of servers that are gone
	if err != nil {
		return err
	}
	var errs []error
	for _, u := range due {
		errs = append(errs, s.erase(ctx, u, system()))
	}
	errs = append(errs, s.sweepUploads(ctx), s.loseRuns(ctx), s.sweepRuns(ctx), s.sweepScratch(), s.o.Jobs.SweepJobs(ctx, now.Add(-keepJobs)),
		s.store.SweepBlobs(ctx, now.Add(-keepBlobs)))
	return errors.Join(errs...)
}

// sweepUploads removes files of uploads that are erased or that nobody knows, and ends workers that hold one which another server erased.
func (s *Service) sweepUploads(ctx context.Context) error {
	for _, id := range s.sessions.uploads() {
		if u, err := s.store.Upload(ctx, id); err == nil && u.State != Held {
			s.sessions.drop(id)
		}
	}
	var known map[string]bool
	var failed error
	_, err := upload.Sweep(s.folder(uploadsFolder), func(id string) bool {
		if known == nil {
			known, failed = s.knownUploads(ctx)
		}
		return failed != nil || known[id]
	})
	return errors.Join(err, failed)
}

// knownUploads returns the uploads that are held or being written. Who writes one has a mark before the file is there, and a row before the
// mark ends.
func (s *Service) knownUploads(ctx context.Context) (map[string]bool, error) {
	known := map[string]bool{}
	writing, err := s.store.Writing(ctx)
	if err != nil {
		return known, err
	}
	held, err := s.store.Uploads(ctx, Query{State: string(Held), Instance: s.o.Instance, Limit: 1 << 20})
	for _, id := range writing {
		known[id] = true
	}
	for _, u := range held {
		known[u.ID] = true
	}
	return known, err
}

// loseRuns settles runs whose job ended without them: the database was not there when their end was to be written.
func (s *Service) loseRuns(ctx context.Context) error {
	for _, state := range []RunState{Queued, Running} {
		runs, err := s.store.Runs(ctx, Query{State: string(state), Instance: s.o.Instance, Limit: 1 << 20})
		if err != nil {
			return err
		}
		for _, r := range runs {
			j, err := s.o.Jobs.Job(ctx, r.ID)
			if err != nil && fault.Of(err) != fault.NotFound {
				return err
			}
			if err == nil && (!j.State.Ended() || s.o.Now().Sub(j.Ended) < tidyEvery) { // a person who stops it does so in two steps
				continue
			}
			r.State, r.Ended, r.Problem = Lost, s.o.Now().UTC(), &Problem{Key: "publication.problem.lost"}
			if err := s.store.Save(ctx, Change{Run: &r}, entry(system(), "run.lost", "run", r.ID)); err != nil && fault.Of(err) != fault.Conflict {
				return err
			}
		}
	}
	return nil
}

// sweepRuns removes folders of runs but those with a bundle, and those that somebody works on.
func (s *Service) sweepRuns(ctx context.Context) error {
	entries, err := os.ReadDir(s.folder(runsFolder))
	if err != nil || len(entries) == 0 {
		return err
	}
	keep := map[string]bool{}
	jobs, err := s.o.Jobs.Jobs(ctx, job.Running, s.o.Instance)
	if err != nil {
		return err
	}
	for _, j := range jobs {
		keep[attemptFolder(j)] = true
	}
	for _, state := range []RunState{Queued, Running, Done} { // after the jobs: one that ended meanwhile has left its run
		runs, err := s.store.Runs(ctx, Query{State: string(state), Instance: s.o.Instance, Limit: 1 << 20})
		if err != nil {
			return err
		}
		for _, r := range runs {
			if state == Done || r.Spent {
				keep[filepath.Base(s.runFolder(r))] = true
			}
		}
	}
	var errs []error
	for _, e := range entries {
		if !keep[e.Name()] {
			errs = append(errs, os.RemoveAll(filepath.Join(s.folder(runsFolder), e.Name())))
		}
	}
	return errors.Join(errs...)
}

// sweepScratch removes what was for a moment only. Whatever is that old is nobody's any more.
func (s *Service) sweepScratch() error {
	entries, err := os.ReadDir(s.folder(scratchFolder))
	if err != nil {
		return err
	}
	var errs []error
	for _, e := range entries {
		if info, err := e.Info(); err == nil && time.Since(info.ModTime()) > keepScratch {
			errs = append(errs, os.RemoveAll(filepath.Join(s.folder(scratchFolder), e.Name())))
		}
	}
	return errors.Join(errs...)
}

// isDifferential tells the method of a policy that was accepted before.
func isDifferential(policy []byte) bool {
	p, err := release.ParsePolicy("policy", bytes.NewReader(policy))
	return err == nil && p.Protection.Method == release.MethodDifferential
}
