package publication

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"

	"github.com/opencovey/covey/internal/account"
	"github.com/opencovey/covey/internal/fault"
	"github.com/opencovey/covey/internal/job"
	"github.com/opencovey/covey/internal/publication/work"
	"github.com/opencovey/covey/release"
)

// runWork is how the queue does runs.
type runWork Service

// system is who acts when nobody does.
func system() account.Actor { return account.Actor{System: true} }

// shortNumber writes a number without needless digits.
func shortNumber(x float64) string { return strconv.FormatFloat(x, 'f', -1, 64) }

// triesOfRun is how often a run is begun that was interrupted: one that takes the server down with it is not
// begun for ever.
const triesOfRun = 3

// work is what job.Work asks for.
func (w *runWork) work() job.Work { return job.Work{Do: w.do, Interrupted: w.interrupted} }

// do makes a run. Whatever happens, its row says so at the end, but when the server ends: then interrupted settles it.
func (w *runWork) do(ctx context.Context, j job.Job, report job.Report) error {
	s := (*Service)(w)
	r, err := s.store.Run(ctx, j.Subject)
	if err != nil {
		return err
	}
	r.State = Running
	if err := s.store.Save(ctx, Change{Run: &r}, entry(system(), "run.begin", "run", r.ID)); err != nil {
		return err
	}
	err = s.make(ctx, &r, report)
	if err == nil {
		return nil
	}
	if errors.Is(context.Cause(ctx), job.ErrClosing) {
		return err
	}
	return errors.Join(err, s.failRun(ctx, &r, err))
}

// failRun says why there is no bundle, and removes what there was of it.
func (s *Service) failRun(ctx context.Context, r *Run, cause error) error {
	r.State, r.Ended, r.Problem = Failed, s.o.Now().UTC(), &Problem{Key: "publication.problem.internal"}
	var p *problemError
	switch {
	case errors.Is(context.Cause(ctx), job.ErrStopped):
		r.State, r.Problem.Key = Stopped, "publication.problem.stopped"
	case errors.Is(cause, job.ErrMemory):
		r.Problem.Key = "publication.problem.memory"
	case errors.As(cause, &p):
		r.Problem.Key = p.Key
		if p.Detail != "" {
			r.Problem.Detail = s.o.Keys.Seal(sealProblem, r.ID, []byte(p.Detail))
		}
	default:
		if f, ok := errors.AsType[*fault.Error](cause); ok {
			r.Problem.Key = f.Key
		}
	}
	ctx = context.WithoutCancel(ctx)
	err := errors.Join(os.RemoveAll(s.partFolder(r.ID)), os.RemoveAll(s.runFolder(r.ID)))
	if r.Draft == "" { // nothing can be done with an archive that is not taken
		err = errors.Join(err, s.eraseArchive(ctx, *r, system()))
	}
	return errors.Join(err, s.store.Save(ctx, Change{Run: r}, entry(system(), "run."+string(r.State), "run", r.ID, "problem", r.Problem.Key)))
}

// problemError is a problem that the worker has put into words. Error does not repeat the detail.
type problemError work.Problem

// Error names the kind of problem.
func (e *problemError) Error() string { return e.Key }

// make has the worker make the bundle, and brings it into the light step by step: nothing can be seen before the last.
func (s *Service) make(ctx context.Context, r *Run, report job.Report) error {
	spec, dataset, err := s.spec(ctx, r)
	if err != nil {
		return err
	}
	for _, dir := range []string{s.partFolder(r.ID), s.runFolder(r.ID)} {
		if err := os.RemoveAll(dir); err != nil {
			return fmt.Errorf("make run: %w", err)
		}
	}
	if err := os.Mkdir(spec.Out, 0o700); err != nil {
		return fmt.Errorf("make run: %w", err)
	}
	result, err := s.workOn(ctx, spec, report)
	if err != nil {
		return err
	}
	r.Figures, r.Content, r.HasPrivate = &result.Figures, result.Content, result.Private
	if err := s.commit(ctx, r, dataset, result); err != nil {
		return err
	}
	return s.show(ctx, r)
}

// spec says what the worker is to do.
func (s *Service) spec(ctx context.Context, r *Run) (*work.Spec, *Dataset, error) {
	u, err := s.store.Upload(ctx, r.Upload)
	if err != nil {
		return nil, nil, err
	}
	source, err := s.source(u)
	if err != nil {
		return nil, nil, err
	}
	d, err := s.store.Dataset(ctx, r.Dataset)
	if err != nil {
		return nil, nil, err
	}
	spec := &work.Spec{Task: work.Check, Source: source, Out: s.partFolder(r.ID), Software: s.o.Software, Suppress: r.Suppress, FreeDisk: s.o.FreeDisk, At: s.o.Now().Unix()}
	earlier, err := s.earlier(ctx, d.ID)
	if err != nil {
		return nil, nil, err
	}
	r.Previous = nil
	for _, p := range earlier {
		dir, err := s.copyOf(ctx, p)
		if err != nil {
			return nil, nil, err
		}
		spec.Previous, r.Previous = append(spec.Previous, dir), append(r.Previous, p.Manifest)
	}
	if r.Draft == "" {
		return spec, &d, nil
	}
	spec.Task = work.Release
	if spec.Policy, err = s.o.Keys.Open(sealPolicy, r.ID, r.Policy); err != nil {
		return nil, nil, err
	}
	if r.Story != nil {
		if spec.Story, err = s.o.Keys.Open(sealStory, r.ID, r.Story); err != nil {
			return nil, nil, err
		}
	}
	if isDifferential(spec.Policy) {
		spec.Previous, r.Previous, spec.Ledger = nil, nil, d.Ledger
	}
	return spec, &d, nil
}

// earlier returns the k-anonymous releases of a data set that were ever published, oldest first: also those that were withdrawn, which people have seen.
func (s *Service) earlier(ctx context.Context, dataset string) ([]Release, error) {
	list, err := s.store.Releases(ctx, Query{Dataset: dataset})
	if err != nil {
		return nil, err
	}
	var earlier []Release
	for _, p := range list {
		if p.Number > 0 && p.Method == string(release.MethodKAnonymity) {
			earlier = append(earlier, p)
		}
	}
	slices.SortFunc(earlier, func(a, b Release) int { return a.Number - b.Number })
	return earlier, nil
}

// workOn starts a worker and follows it to its end.
func (s *Service) workOn(ctx context.Context, spec *work.Spec, report job.Report) (*work.Result, error) {
	child, err := job.Process{Command: s.o.Worker, Memory: s.o.Memory}.Start(ctx)
	if err != nil {
		return nil, err
	}
	defer func() {
		child.Kill() // what it made is on the disk
		s.o.Log.Info("worker ended", "task", spec.Task, "peak", child.Close())
	}()
	if err := child.Send(spec); err != nil {
		return nil, err
	}
	for {
		var e work.Event
		if err := child.Receive(&e); errors.Is(err, io.EOF) {
			return nil, errors.New("the worker ended without a result")
		} else if err != nil {
			return nil, err
		}
		switch {
		case e.Problem != nil:
			return nil, (*problemError)(e.Problem)
		case e.Result != nil:
			return e.Result, nil
		}
		report(e.Stage, e.Done, e.Total)
	}
}

// commit enters a differential release in the ledger of its data set, in the same transaction in which the run says that its budget is
// spent. From here on it stays spent, whatever happens. Nobody has seen anything yet.
func (s *Service) commit(ctx context.Context, r *Run, d *Dataset, result *work.Result) error {
	if result.Ledger == nil {
		return nil
	}
	now, err := s.store.Dataset(ctx, d.ID) // its texts may have changed meanwhile
	if err == nil && !bytes.Equal(now.Ledger, d.Ledger) {
		err = fault.New(fault.Conflict, "fault.publication.ledger")
	}
	if err == nil {
		err = s.extends(d.Ledger, result.Ledger)
	}
	if err != nil {
		return err
	}
	now.Ledger = result.Ledger
	r.Spent = true
	err = s.store.Save(ctx, Change{Run: r, Dataset: &now}, entry(system(), "ledger.spend", "dataset", d.ID, "run", r.ID))
	if err != nil {
		r.Spent = false
		return err
	}
	return nil
}

// show gives the bundle its name and then says that it is there.
func (s *Service) show(ctx context.Context, r *Run) error {
	if err := os.Remove(filepath.Join(s.partFolder(r.ID), "ledger.json")); err != nil && !errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("show run: %w", err)
	}
	if err := os.Rename(s.partFolder(r.ID), s.runFolder(r.ID)); err != nil {
		return fmt.Errorf("show run: %w", err)
	}
	r.State, r.Ended, r.Problem = Done, s.o.Now().UTC(), nil
	return s.store.Save(context.WithoutCancel(ctx), Change{Run: r}, entry(system(), "run.done", "run", r.ID))
}

// interrupted settles a run that was being made when the server ended. A run whose budget is spent is finished if its bundle is
// whole, and else lost, since its budget was spent for nothing; another one is made again.
func (w *runWork) interrupted(ctx context.Context, j job.Job) (again bool, err error) {
	s := (*Service)(w)
	r, err := s.store.Run(ctx, j.Subject)
	if fault.Of(err) == fault.NotFound {
		return false, nil
	}
	if err != nil || r.State.Ended() {
		return false, err
	}
	if r.Spent {
		if s.finish(ctx, &r) == nil {
			return false, nil
		}
		return false, s.lose(ctx, &r, "publication.problem.spent")
	}
	if j.Stop || j.Tries >= triesOfRun {
		return false, s.lose(ctx, &r, "publication.problem.lost")
	}
	r.State = Queued
	return true, s.store.Save(ctx, Change{Run: &r}, entry(system(), "run.again", "run", r.ID))
}

// finish shows a bundle that was made and paid for.
func (s *Service) finish(ctx context.Context, r *Run) error {
	for _, dir := range []string{s.partFolder(r.ID), s.runFolder(r.ID)} {
		b, err := release.Open(filepath.Join(dir, work.BundleFolder))
		if err != nil {
			continue
		}
		if content, err := b.Manifest.Content(); err != nil || content != r.Content {
			continue
		}
		if dir == s.partFolder(r.ID) {
			return s.show(ctx, r)
		}
		r.State, r.Ended = Done, s.o.Now().UTC()
		return s.store.Save(ctx, Change{Run: r}, entry(system(), "run.done", "run", r.ID))
	}
	return errors.New("the bundle is not whole")
}

func (s *Service) lose(ctx context.Context, r *Run, key string) error {
	r.State, r.Ended, r.Problem = Lost, s.o.Now().UTC(), &Problem{Key: key}
	err := s.store.Save(ctx, Change{Run: r}, entry(system(), "run.lost", "run", r.ID))
	return errors.Join(err, os.RemoveAll(s.partFolder(r.ID)), os.RemoveAll(s.runFolder(r.ID)))
}
