package publication

import (
	"context"
	"os"

	"github.com/opencovey/covey/internal/account"
	"github.com/opencovey/covey/internal/fault"
)

// DeleteRun removes a run that has ended and was never handed in: its bundle and its private part are gone at once, and with the
// check of a bundle made elsewhere its archive. Budget that was spent on it stays spent.
//
// Faults: Conflict if it is not over, or was handed in; Unavailable if its files are on another instance.
func (s *Service) DeleteRun(ctx context.Context, by account.Actor, id string) error {
	r, err := s.run(ctx, by, account.PreparePublication, id)
	if err != nil {
		return err
	}
	if !r.State.Ended() {
		return fault.New(fault.Conflict, "fault.publication.running")
	}
	releases, err := s.store.Releases(ctx, Query{Parent: r.ID, Limit: 1})
	if err != nil {
		return err
	}
	if len(releases) > 0 { // or while we look: then the run has another version
		return fault.New(fault.Conflict, "fault.publication.handed-in")
	}
	if r.Instance != s.o.Instance {
		return fault.New(fault.Unavailable, "fault.publication.elsewhere")
	}
	if r.Draft == "" {
		if err := s.eraseArchive(ctx, r, by); err != nil {
			return err
		}
	}
	err = s.store.Save(ctx, Change{RemovedRun: &r}, entry(by, "run.delete", "run", r.ID, "dataset", r.Dataset))
	if err != nil {
		return err
	}
	return os.RemoveAll(s.runFolder(r))
}

// eraseArchive erases the archive that a check was for: nothing else is done with it.
func (s *Service) eraseArchive(ctx context.Context, r Run, by account.Actor) error {
	u, err := s.store.Upload(ctx, r.Upload)
	if err != nil {
		return err
	}
	return s.erase(ctx, u, by)
}
