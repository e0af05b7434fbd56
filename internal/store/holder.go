package store

import (
	"context"
	"fmt"
	"time"

	"github.com/opencovey/covey/internal/job"
)

// clock is the time of the database, in microseconds: one for all instances.
func (t *tx) clock() (now int64, err error) {
	if t.kind != postgres {
		return micros(t.now), nil // there is one machine
	}
	if err := t.one(`SELECT CAST(extract(epoch FROM clock_timestamp()) * 1000000 AS BIGINT)`).Scan(&now); err != nil {
		return 0, fmt.Errorf("read clock of the database: %w", err)
	}
	return now, nil
}

// Join implements job.Lives.
func (s jobs) Join(ctx context.Context, holder, instance string, alone bool) error {
	return s.change(ctx, nil, func(t *tx) error {
		if alone {
			if _, err := t.exec(`DELETE FROM holders`); err != nil {
				return err
			}
		}
		now, err := t.clock()
		if err != nil {
			return err
		}
		_, err = t.exec(`INSERT INTO holders (name, instance, beat) VALUES ($1, $2, $3)`, holder, instance, now)
		return err
	})
}

// Beat implements job.Lives.
func (s jobs) Beat(ctx context.Context, holder string) error {
	return s.change(ctx, nil, func(t *tx) error {
		now, err := t.clock()
		if err != nil {
			return err
		}
		n, err := t.changed(`UPDATE holders SET beat = $1 WHERE name = $2`, now, holder)
		if err == nil && n == 0 {
			err = changed()
		}
		return err
	})
}

// Leave implements job.Lives.
func (s jobs) Leave(ctx context.Context, holder string) error {
	return s.change(ctx, nil, func(t *tx) error {
		_, err := t.exec(`DELETE FROM holders WHERE name = $1`, holder)
		return err
	})
}

// Forget implements job.Lives.
func (s jobs) Forget(ctx context.Context, silent time.Duration) (n int, err error) {
	err = s.change(ctx, nil, func(t *tx) error {
		now, err := t.clock()
		if err != nil {
			return err
		}
		gone, err := t.changed(`DELETE FROM holders WHERE beat < $1`, now-silent.Microseconds())
		n = int(gone)
		return err
	})
	return n, err
}

// TakeJobs implements job.Store. The queue is locked meanwhile, so that of two who look at the same moment the second finds the first as holder.
func (s jobs) TakeJobs(ctx context.Context, instance, holder string, abandoned time.Time) ([]job.Job, error) {
	const query = `SELECT ` + jobColumns + ` FROM jobs WHERE state = 'running' AND NOT EXISTS (SELECT 1 FROM holders WHERE name = jobs.holder)
		AND EXISTS (SELECT 1 FROM holders WHERE name = $1)
		AND (instance = $2 OR beat < $3 AND NOT EXISTS (SELECT 1 FROM holders WHERE holders.instance = jobs.instance)) ORDER BY number`
	find := func(t *tx) (list []job.Job, err error) {
		err = t.each(query, []any{holder, instance, abandoned}, func(scan func(...any) error) error {
			j, err := scanJob(scan)
			list = append(list, j)
			return err
		})
		return list, err
	}
	var list []job.Job
	err := s.view(ctx, func(t *tx) (err error) {
		list, err = find(t)
		return err
	})
	if err != nil || len(list) == 0 { // nearly always, and then nobody is held up
		return nil, err
	}
	err = s.change(ctx, nil, func(t *tx) error {
		if err := t.lockJobs(); err != nil {
			return err
		}
		if list, err = find(t); err != nil {
			return err
		}
		for i := range list {
			list[i].Holder = holder
			if err := t.saveJob(list[i]); err != nil {
				return err
			}
		}
		return nil
	})
	for i := range list {
		list[i].Version++
	}
	return list, err
}
