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
	"github.com/opencovey/covey/internal/audit"
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

// attempt is one try at a run, by the holder of its job. It writes into a folder of its own, which no other attempt and no other
// instance touches, and what it says about the run counts as long as it holds the job: whoever was taken as gone and comes back
// changes nothing, spends nothing, and nobody sees its files.
type attempt struct {
	*Service
	job job.Job
	run Run
}

// save says something about the run, as long as the job is held.
func (a *attempt) save(ctx context.Context, c Change, e audit.Entry) error {
	c.Run, c.Held = &a.run, &a.job
	return a.store.Save(ctx, c, e)
}

// out is the folder that this attempt writes into.
func (a *attempt) out() string {
	return filepath.Join(a.folder(runsFolder), attemptFolder(a.job))
}

// attemptFolder is the name of an attempt's folder.
func attemptFolder(j job.Job) string { return j.Subject + "." + strconv.Itoa(j.Tries) }

// begin reads the run of a job.
func (w *runWork) begin(ctx context.Context, j job.Job) (*attempt, error) {
	a := &attempt{Service: (*Service)(w), job: j}
	var err error
	a.run, err = a.store.Run(ctx, j.Subject)
	return a, err
}

// do makes a run. Whatever happens, its row says so at the end, but when the server ends or the job is another's: then interrupted settles it.
func (w *runWork) do(ctx context.Context, j job.Job, report job.Report) error {
	a, err := w.begin(ctx, j)
	if err != nil {
		return err
	}
	a.run.State = Running
	if err := a.save(ctx, Change{}, entry(system(), "run.begin", "run", a.run.ID)); err != nil {
		return err
	}
	err = a.make(ctx, report)
	if err == nil {
		return nil
	}
	if cause := context.Cause(ctx); errors.Is(cause, job.ErrClosing) || errors.Is(cause, job.ErrTaken) {
		return err
	}
	return errors.Join(err, a.fail(ctx, err))
}

// fail says why there is no bundle, and removes what there was of it.
func (a *attempt) fail(ctx context.Context, cause error) error {
	r := &a.run
	r.State, r.Ended, r.Problem = Failed, a.o.Now().UTC(), &Problem{Key: "publication.problem.internal"}
	var p *problemError
	switch {
	case errors.Is(context.Cause(ctx), job.ErrStopped):
		r.State, r.Problem.Key = Stopped, "publication.problem.stopped"
	case errors.Is(cause, job.ErrMemory):
		r.Problem.Key = "publication.problem.memory"
	case errors.As(cause, &p):
		r.Problem.Key = p.Key
		if p.Detail != "" {
			r.Problem.Detail = a.o.Keys.Seal(sealProblem, r.ID, []byte(p.Detail))
		}
	default:
		if f, ok := errors.AsType[*fault.Error](cause); ok {
			r.Problem.Key = f.Key
		}
	}
	return a.end(ctx, entry(system(), "run."+string(r.State), "run", r.ID, "problem", r.Problem.Key))
}

// end removes the files of the attempt, which are nobody else's, and says that the run has come to nothing. What budget was spent on goes
// after that is said: until then, somebody else may finish it.
func (a *attempt) end(ctx context.Context, e audit.Entry) error {
	ctx = context.WithoutCancel(ctx)
	remove := func() error {
		if a.run.Instance != a.o.Instance {
			return nil // whoever comes back to that folder tidies it
		}
		return os.RemoveAll(a.out())
	}
	if !a.run.Spent {
		if err := remove(); err != nil {
			return err
		}
	}
	if err := a.save(ctx, Change{}, e); err != nil {
		return err
	}
	err := remove()
	if a.run.Draft == "" { // nothing can be done with an archive that is not taken
		err = errors.Join(err, a.eraseArchive(ctx, a.run, system()))
	}
	return err
}

// problemError is a problem that the worker has put into words. Error does not repeat the detail.
type problemError work.Problem

// Error names the kind of problem.
func (e *problemError) Error() string { return e.Key }

// make has the worker make the bundle, and brings it into the light step by step: nothing can be seen before the last.
func (a *attempt) make(ctx context.Context, report job.Report) error {
	spec, dataset, err := a.spec(ctx)
	if err != nil {
		return err
	}
	if err := os.Mkdir(spec.Out, 0o700); err != nil {
		return fmt.Errorf("make run: %w", err)
	}
	result, err := a.workOn(ctx, spec, report)
	if err != nil {
		return err
	}
	if err := os.Remove(filepath.Join(spec.Out, "ledger.json")); err != nil && !errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("make run: %w", err)
	}
	r := &a.run
	r.Folder, r.Figures, r.Content, r.HasPrivate = attemptFolder(a.job), &result.Figures, result.Content, result.Private
	if err := a.commit(ctx, dataset, result); err != nil {
		return err
	}
	return a.show(ctx)
}

// spec says what the worker is to do.
func (a *attempt) spec(ctx context.Context) (*work.Spec, *Dataset, error) {
	s, r := a.Service, &a.run
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
	spec := &work.Spec{Task: work.Check, Source: source, Out: a.out(), Software: s.o.Software, Suppress: r.Suppress, FreeDisk: s.o.FreeDisk, At: s.o.Now().Unix()}
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
func (a *attempt) commit(ctx context.Context, d *Dataset, result *work.Result) error {
	if result.Ledger == nil {
		return nil
	}
	now, err := a.store.Dataset(ctx, d.ID) // its texts may have changed meanwhile
	if err == nil && !bytes.Equal(now.Ledger, d.Ledger) {
		err = fault.New(fault.Conflict, "fault.publication.ledger")
	}
	if err == nil {
		err = a.extends(d.Ledger, result.Ledger)
	}
	if err != nil {
		return err
	}
	now.Ledger = result.Ledger
	a.run.Spent = true
	err = a.save(ctx, Change{Dataset: &now}, entry(system(), "ledger.spend", "dataset", d.ID, "run", a.run.ID))
	if err != nil {
		a.run.Spent = false
		return err
	}
	return nil
}

// show says that the bundle is there.
func (a *attempt) show(ctx context.Context) error {
	a.run.State, a.run.Ended, a.run.Problem = Done, a.o.Now().UTC(), nil
	return a.save(context.WithoutCancel(ctx), Change{}, entry(system(), "run.done", "run", a.run.ID))
}

// interrupted settles a run whose making was interrupted. A run whose budget is spent is finished if its bundle is
// whole, and else lost, since its budget was spent for nothing; another one is made again, if its upload can be reached from here.
func (w *runWork) interrupted(ctx context.Context, j job.Job) (again bool, err error) {
	a, err := w.begin(ctx, j)
	if fault.Of(err) == fault.NotFound {
		return false, nil
	}
	r := &a.run
	if err != nil || r.State.Ended() {
		return false, err
	}
	here := r.Instance == a.o.Instance
	if r.Spent {
		if here && a.whole() {
			return false, a.show(ctx)
		}
		return false, a.lose(ctx, "publication.problem.spent")
	}
	if j.Stop || j.Tries >= triesOfRun || !here {
		return false, a.lose(ctx, "publication.problem.lost")
	}
	r.State = Queued
	return true, a.save(ctx, Change{}, entry(system(), "run.again", "run", r.ID))
}

// whole tells whether the bundle that was paid for is there.
func (a *attempt) whole() bool {
	b, err := release.Open(filepath.Join(a.runFolder(a.run), work.BundleFolder))
	if err != nil {
		return false
	}
	content, err := b.Manifest.Content()
	return err == nil && content == a.run.Content
}

func (a *attempt) lose(ctx context.Context, key string) error {
	a.run.State, a.run.Ended, a.run.Problem = Lost, a.o.Now().UTC(), &Problem{Key: key}
	return a.end(ctx, entry(system(), "run.lost", "run", a.run.ID))
}
