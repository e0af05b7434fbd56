package app

import (
	"context"
	"log/slog"
	"time"

	"github.com/opencovey/covey/internal/account"
	"github.com/opencovey/covey/internal/audit"
	"github.com/opencovey/covey/internal/directory"
)

// job is something that happens by itself.
type job struct {
	name  string
	first time.Duration // after the start
	every time.Duration
	do    func(context.Context) error
}

const week = 7 * 24 * time.Hour

// jobs lists what happens by itself.
func (a *App) jobs() []job {
	list := []job{
		{"sign checkpoint", time.Minute, time.Minute, func(ctx context.Context) error {
			_, _, err := a.log.Checkpoint(ctx, audit.Pace{Entries: 1000, Age: time.Hour})
			return err
		}},
		{"clear what is over", time.Minute, 10 * time.Minute, a.accounts.Sweep},
		{"take over changes", 5 * time.Second, 5 * time.Second, a.tools.Refresh},
	}
	if a.options.Links {
		checker := &directory.LinkChecker{Contact: a.options.Public, Now: a.options.Now}
		list = append(list, job{"check links", 10 * time.Minute, week, func(ctx context.Context) error {
			return a.tools.CheckLinks(ctx, account.Actor{System: true}, checker, nil)
		}})
	}
	return list
}

// repeat does a job again and again until the context ends. A job that fails is
// logged and tried again at its next time.
func (a *App) repeat(ctx context.Context, j job) {
	timer := time.NewTimer(j.first)
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-timer.C:
		}
		if err := j.do(ctx); err != nil && ctx.Err() == nil {
			a.options.Log.Error("job failed", slog.String("job", j.name), slog.String("error", err.Error()))
		}
		timer.Reset(j.every)
	}
}
