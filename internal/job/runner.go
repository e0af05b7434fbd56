package job

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/opencovey/covey/internal/fault"
)

// Work is how jobs of one kind are done.
type Work struct {
	// Do does a job until it is done or the context ends; then its cause is [ErrStopped] or
	// [ErrClosing]. The error says that it failed. Report may be called as often as one likes.
	Do func(ctx context.Context, j Job, report Report) error
	// Interrupted is told of a job whose holder is gone: the program ended, or nobody heard of it. It decides: true puts the job
	// back into the queue, false leaves it Lost. The job is held by this runner now. If its instance is another one, nobody
	// is left of that.
	Interrupted func(ctx context.Context, j Job) (again bool, err error)
}

// Report says how far a job is.
type Report func(stage string, done, total int64)

// Causes of a context that ends.
var (
	ErrStopped = errors.New("the job was stopped")
	ErrClosing = errors.New("the server ends")
	ErrTaken   = errors.New("the job was taken over by another server")
)

// Options of a [Runner]. Instance and Work are required.
type Options struct {
	Instance string          // whose jobs it does
	Shared   bool            // other runners work on the same database; else all others are gone when it begins
	Lives    Lives           // who lives; nil: the store of the jobs
	Silent   time.Duration   // after which a runner counts as gone that shows no sign of life; default 30 s
	Gone     time.Duration   // after which jobs of an instance are settled that nobody is left of; default 15 min
	Work     map[string]Work // by kind
	Parallel int             // jobs at a time; default 1
	Poll     time.Duration   // how often it looks for jobs and wishes of others; default 1 s
	Now      func() time.Time
	Log      *slog.Logger // gets IDs, kinds and states; nil: nothing
}

// Runner does jobs of one instance.
type Runner struct {
	store Store
	o     Options
	wake  chan struct{}
	end   context.CancelCauseFunc
	ctx   context.Context
	wait  sync.WaitGroup

	mu      sync.Mutex
	holder  string
	owed    []Job // taken from others, and not settled yet
	running map[string]context.CancelCauseFunc
}

// NewRunner returns a runner. Call Open and then Start.
func NewRunner(store Store, o Options) *Runner {
	if o.Parallel <= 0 {
		o.Parallel = 1
	}
	if o.Poll <= 0 {
		o.Poll = time.Second
	}
	if o.Lives == nil {
		o.Lives = store
	}
	if o.Silent <= 0 {
		o.Silent = 30 * time.Second
	}
	if o.Gone <= 0 {
		o.Gone = 15 * time.Minute
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	r := &Runner{store: store, o: o, wake: make(chan struct{}, 1), running: map[string]context.CancelCauseFunc{}}
	r.ctx, r.end = context.WithCancelCause(context.Background())
	return r
}

// Start begins to take jobs.
func (r *Runner) Start() {
	for range r.o.Parallel {
		r.wait.Add(1)
		go func() {
			defer r.wait.Done()
			r.loop()
		}()
	}
	if r.o.Shared {
		r.wait.Add(1)
		go func() {
			defer r.wait.Done()
			r.live()
		}()
	}
}

// Close ends what is running and waits for it. Jobs stay as they are, for whoever comes next.
func (r *Runner) Close() {
	r.end(ErrClosing)
	r.wait.Wait()
	if err := r.o.Lives.Leave(context.WithoutCancel(r.ctx), r.Holder()); err != nil {
		r.o.Log.Error("holder of jobs cannot leave", "fault", fault.Of(err))
	}
}

// Wake has the runner look for jobs at once.
func (r *Runner) Wake() {
	select {
	case r.wake <- struct{}{}:
	default:
	}
}

// Stop asks a job to stop: at once if it is here or in the queue, else when its instance sees the wish.
func (r *Runner) Stop(ctx context.Context, id string) (Job, error) {
	j, err := r.store.StopJob(ctx, id, r.o.Now())
	if err != nil {
		return Job{}, err
	}
	r.mu.Lock()
	stop := r.running[id]
	r.mu.Unlock()
	if stop != nil {
		stop(ErrStopped)
	}
	return j, nil
}

func (r *Runner) loop() {
	tick := time.NewTicker(r.o.Poll)
	defer tick.Stop()
	for {
		for r.ctx.Err() == nil && r.next() {
		}
		select {
		case <-r.ctx.Done():
			return
		case <-r.wake:
		case <-tick.C:
		}
	}
}

// next does the next job; false if there is none.
func (r *Runner) next() bool {
	j, found, err := r.store.NextJob(r.ctx, r.o.Instance, r.Holder(), r.o.Now())
	if err != nil {
		if r.ctx.Err() == nil {
			r.o.Log.Error("job cannot be taken from the queue", "error", err)
		}
		return false
	}
	if found {
		r.do(j)
	}
	return found
}

func (r *Runner) do(j Job) {
	ctx, cancel := context.WithCancelCause(r.ctx)
	defer cancel(nil)
	r.mu.Lock()
	r.running[j.ID] = cancel
	r.mu.Unlock()
	defer func() {
		r.mu.Lock()
		delete(r.running, j.ID)
		r.mu.Unlock()
	}()
	p := &progress{runner: r, job: j, cancel: cancel, done: make(chan struct{})}
	r.wait.Add(1)
	go func() {
		defer r.wait.Done()
		p.keep()
	}()
	err := r.work(ctx, j, p.report)
	close(p.done)
	p.end(ctx, err)
}

// work calls the work of a job's kind. A panic is a failure of that job alone.
func (r *Runner) work(ctx context.Context, j Job, report Report) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("do job: panic of type %T", p) // its text might quote what it worked on
		}
	}()
	w, known := r.o.Work[j.Kind]
	if !known {
		return fmt.Errorf("do job: nobody knows the kind %q", j.Kind)
	}
	return w.Do(ctx, j, report)
}

// progress keeps a job's row current while it runs.
type progress struct {
	runner *Runner
	cancel context.CancelCauseFunc
	done   chan struct{}

	mu  sync.Mutex
	job Job
}

func (p *progress) report(stage string, done, total int64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.job.Stage, p.job.Done, p.job.Total = stage, done, total
}

// keep saves what was reported, shows a sign of life, and looks whether somebody wants the job to stop.
func (p *progress) keep() {
	tick := time.NewTicker(p.runner.o.Poll)
	defer tick.Stop()
	for {
		select {
		case <-p.done:
			return
		case <-tick.C:
			p.save(p.runner.ctx)
			if j, err := p.runner.store.Job(p.runner.ctx, p.id()); err == nil && j.Stop {
				p.cancel(ErrStopped)
			}
		}
	}
}

func (p *progress) id() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.job.ID
}

// save saves the row, and tells whether that is settled: it is saved, or another's.
func (p *progress) save(ctx context.Context) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.job.Beat = p.runner.o.Now()
	err := p.runner.store.SaveJob(ctx, p.job)
	switch {
	case err == nil:
		p.job.Version++
	case fault.Of(err) == fault.Conflict:
		p.cancel(ErrTaken)
	default:
		return false
	}
	return true
}

// end settles the job. When the server ends, the row stays for whoever comes next; when the job is another's, it is left alone.
func (p *progress) end(ctx context.Context, err error) {
	cause := context.Cause(ctx)
	if err != nil && (errors.Is(cause, ErrClosing) || errors.Is(cause, ErrTaken)) {
		return
	}
	p.mu.Lock()
	p.job.Ended = p.runner.o.Now()
	switch {
	case err == nil:
		p.job.State = Done
	case errors.Is(cause, ErrStopped):
		p.job.State = Stopped
	default:
		p.job.State = Failed
	}
	j := p.job
	p.mu.Unlock()
	for !p.save(context.WithoutCancel(p.runner.ctx)) { // the row would say for ever that it runs
		select {
		case <-p.runner.ctx.Done():
			return
		case <-time.After(p.runner.o.Poll):
		}
	}
	p.runner.o.Log.Info("job ended", "job", j.ID, "kind", j.Kind, "state", j.State, "fault", kindOf(err))
}

// kindOf says what kind of error it was, without its text, which may quote the file.
func kindOf(err error) string {
	var f *fault.Error
	switch {
	case err == nil:
		return ""
	case errors.As(err, &f):
		return f.Key
	}
	return fmt.Sprintf("%T", err)
}
