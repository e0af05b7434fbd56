package job

import (
	"context"
	"crypto/rand"
	"fmt"
	"strings"
	"time"

	"github.com/opencovey/covey/internal/fault"
)

// signs is how many signs of life a runner gives in the time after which it would count as gone.
const signs = 6

// Open enters the runner as a holder, and settles the jobs that those left who are gone.
func (r *Runner) Open(ctx context.Context) error {
	if err := r.join(ctx, !r.o.Shared); err != nil {
		return err
	}
	return r.Settle(ctx)
}

// Holder is the name of the runner in the queue. It changes if others have taken it as gone.
func (r *Runner) Holder() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.holder
}

func (r *Runner) join(ctx context.Context, alone bool) error {
	name := strings.ToLower(rand.Text())
	if err := r.o.Lives.Join(ctx, name, r.o.Instance, alone); err != nil {
		return fmt.Errorf("join the queue: %w", err)
	}
	r.mu.Lock()
	r.holder = name
	r.mu.Unlock()
	return nil
}

// live shows that the runner lives, and looks after those who do not. A runner that was itself cut off, from the processor or from the
// database, takes nobody as gone until the others have had time to show themselves.
func (r *Runner) live() {
	tick := time.NewTicker(r.o.Silent / signs)
	defer tick.Stop()
	last, trusts := time.Now(), time.Now()
	for {
		select {
		case <-r.ctx.Done():
			return
		case <-tick.C:
		}
		err := r.beat()
		if err != nil {
			if r.ctx.Err() == nil {
				r.o.Log.Error("sign of life cannot be given", "fault", fault.Of(err))
			}
			continue
		}
		if time.Since(last) > r.o.Silent/2 {
			trusts = time.Now().Add(r.o.Silent)
		}
		last = time.Now()
		if last.Before(trusts) {
			continue
		}
		if err := r.Settle(r.ctx); err != nil && r.ctx.Err() == nil {
			r.o.Log.Error("jobs of others cannot be settled", "fault", fault.Of(err))
		}
	}
}

// beat gives a sign of life. If the others have given the runner up, it drops what it holds and begins anew, under a new name.
func (r *Runner) beat() error {
	err := r.o.Lives.Beat(r.ctx, r.Holder())
	if fault.Of(err) != fault.Conflict || err == nil {
		return err
	}
	r.o.Log.Warn("this server was silent for too long: others have taken its jobs")
	r.mu.Lock()
	for _, cancel := range r.running {
		cancel(ErrTaken)
	}
	r.mu.Unlock()
	return r.join(r.ctx, false)
}

// Settle takes the jobs of holders that are gone: they go back to the queue or are lost, as their work decides.
func (r *Runner) Settle(ctx context.Context) error {
	if r.o.Shared {
		gone, err := r.o.Lives.Forget(ctx, r.o.Silent)
		if err != nil {
			return fmt.Errorf("settle jobs: %w", err)
		}
		if gone > 0 {
			r.o.Log.Warn("nothing was heard of another server", "servers", gone)
		}
	}
	list, err := r.store.TakeJobs(ctx, r.o.Instance, r.Holder(), r.o.Now().Add(-r.o.Gone))
	if err != nil {
		return fmt.Errorf("settle jobs: %w", err)
	}
	r.owed = append(r.owed, list...)
	for len(r.owed) > 0 {
		if err := r.settle(ctx, r.owed[0]); err != nil && fault.Of(err) != fault.Conflict { // Conflict: others have taken it from here
			return fmt.Errorf("settle job %s: %w", r.owed[0].ID, err)
		}
		r.owed = r.owed[1:]
	}
	return nil
}

// settle decides on a job that was taken from a holder that is gone.
func (r *Runner) settle(ctx context.Context, j Job) (err error) {
	again := false
	if w, known := r.o.Work[j.Kind]; known {
		if again, err = w.Interrupted(ctx, j); err != nil {
			return err
		}
	}
	j.State, j.Ended = Lost, r.o.Now()
	if j.Stop {
		j.State = Stopped
	} else if again {
		j.State, j.Ended, j.Stage, j.Done, j.Total = Queued, time.Time{}, "", 0, 0
	}
	if err := r.store.SaveJob(ctx, j); err != nil {
		return err
	}
	r.o.Log.Info("job was interrupted", "job", j.ID, "kind", j.Kind, "state", j.State)
	return nil
}
