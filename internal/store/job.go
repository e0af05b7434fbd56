package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/opencovey/covey/internal/job"
)

// jobs is the store of the queue.
type jobs struct{ *Store }

const jobColumns = `id, kind, organisation, asked_by, subject, instance, holder, exclusive, state, stage, done, total, tries, stop, created, begun, beat, ended, peak, version`

func scanJob(scan func(...any) error) (j job.Job, err error) {
	err = scan(&j.ID, &j.Kind, &j.Organisation, &j.By, &j.Subject, &j.Instance, &j.Holder, &j.Exclusive, &j.State, &j.Stage, &j.Done, &j.Total, &j.Tries, &j.Stop,
		moment{&j.Created}, moment{&j.Begun}, moment{&j.Beat}, moment{&j.Ended}, &j.Peak, &j.Version)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		err = fmt.Errorf("read job: %w", err)
	}
	return j, err
}

// lock makes changes of the queue follow one another, also over instances.
func (t *tx) lockJobs() error {
	if t.kind != postgres {
		return nil
	}
	_, err := t.exec(`LOCK TABLE jobs IN SHARE ROW EXCLUSIVE MODE`)
	return err
}

// AddJob implements job.Store.
func (s jobs) AddJob(ctx context.Context, j job.Job) error {
	return s.change(ctx, nil, func(t *tx) error { return t.addJob(j) })
}

func (t *tx) addJob(j job.Job) error {
	if err := t.lockJobs(); err != nil {
		return err
	}
	_, err := t.exec(`INSERT INTO jobs (number, `+jobColumns+`) VALUES ((SELECT coalesce(max(number), 0) + 1 FROM jobs),
		$1, $2, $3, $4, $5, $6, '', $7, $8, $9, $10, $11, $12, 0, $13, $14, $15, $16, $17, 1)`,
		j.ID, j.Kind, j.Organisation, j.By, j.Subject, j.Instance, j.Exclusive, string(j.State), j.Stage, j.Done, j.Total, j.Tries,
		j.Created, j.Begun, j.Beat, j.Ended, j.Peak)
	return err
}

// Job implements job.Store.
func (s jobs) Job(ctx context.Context, id string) (j job.Job, err error) {
	err = s.view(ctx, func(t *tx) error {
		j, err = t.job(id)
		return err
	})
	return j, err
}

func (t *tx) job(id string) (job.Job, error) {
	return scanJob(t.one(`SELECT `+jobColumns+` FROM jobs WHERE id = $1`, id).Scan)
}

// Jobs implements job.Store.
func (s jobs) Jobs(ctx context.Context, state job.State, instance string) ([]job.Job, error) {
	var list []job.Job
	err := s.view(ctx, func(t *tx) error {
		query := `SELECT ` + jobColumns + ` FROM jobs WHERE ($1 = '' AND state IN ('queued', 'running') OR state = $1) AND ($2 = '' OR instance = $2) ORDER BY number`
		return t.each(query, []any{string(state), instance}, func(scan func(...any) error) error {
			j, err := scanJob(scan)
			list = append(list, j)
			return err
		})
	})
	return list, err
}

// NextJob implements job.Store.
func (s jobs) NextJob(ctx context.Context, instance, holder string, now time.Time) (j job.Job, found bool, err error) {
	// Most of the time there is none: looking does not hold anybody up.
	var waiting int
	err = s.view(ctx, func(t *tx) error {
		return t.one(`SELECT count(*) FROM jobs WHERE state = 'queued' AND instance = $1`, instance).Scan(&waiting)
	})
	if err != nil || waiting == 0 {
		return j, false, err
	}
	err = s.change(ctx, nil, func(t *tx) error {
		if err := t.lockJobs(); err != nil {
			return err
		}
		j, err = scanJob(t.one(`SELECT `+jobColumns+` FROM jobs WHERE state = 'queued' AND instance = $1 AND (exclusive = '' OR NOT EXISTS (
			SELECT 1 FROM jobs AS other WHERE other.state = 'running' AND other.exclusive = jobs.exclusive))
			AND EXISTS (SELECT 1 FROM holders WHERE name = $2) ORDER BY number LIMIT 1`, instance, holder).Scan)
		if errors.Is(err, sql.ErrNoRows) {
			found = false
			return nil
		}
		if err != nil {
			return err
		}
		j.State, j.Holder, j.Tries, j.Begun, j.Beat = job.Running, holder, j.Tries+1, now.UTC(), now.UTC()
		found = true
		return t.saveJob(j)
	})
	j.Version++
	return j, found, err
}

func (t *tx) saveJob(j job.Job) error {
	n, err := t.changed(`UPDATE jobs SET state = $1, stage = $2, done = $3, total = $4, tries = $5, begun = $6, beat = $7, ended = $8, peak = $9,
		holder = $10, version = version + 1 WHERE id = $11 AND version = $12`,
		string(j.State), j.Stage, j.Done, j.Total, j.Tries, j.Begun, j.Beat, j.Ended, j.Peak, j.Holder, j.ID, j.Version)
	if err == nil && n == 0 {
		err = t.conflict("jobs", j.ID)
	}
	return err
}

// SaveJob implements job.Store.
func (s jobs) SaveJob(ctx context.Context, j job.Job) error {
	return s.change(ctx, nil, func(t *tx) error { return t.saveJob(j) })
}

// StopJob implements job.Store.
func (s jobs) StopJob(ctx context.Context, id string, now time.Time) (j job.Job, err error) {
	err = s.change(ctx, nil, func(t *tx) error {
		if err := t.lockJobs(); err != nil {
			return err
		}
		if _, err := t.exec(`UPDATE jobs SET state = 'stopped', ended = $1, version = version + 1 WHERE id = $2 AND state = 'queued'`, now, id); err != nil {
			return err
		}
		if _, err := t.exec(`UPDATE jobs SET stop = 1 WHERE id = $1`, id); err != nil {
			return err
		}
		j, err = t.job(id)
		return err
	})
	return j, err
}

// Place implements job.Store.
func (s jobs) Place(ctx context.Context, id string) (n int, err error) {
	err = s.view(ctx, func(t *tx) error {
		return t.one(`SELECT count(*) FROM jobs JOIN jobs AS own ON own.id = $1 WHERE jobs.instance = own.instance AND own.state = 'queued'
			AND (jobs.state = 'running' OR jobs.state = 'queued' AND jobs.number < own.number)`, id).Scan(&n)
	})
	return n, err
}

// SweepJobs implements job.Store.
func (s jobs) SweepJobs(ctx context.Context, before time.Time) error {
	return s.change(ctx, nil, func(t *tx) error {
		_, err := t.exec(`DELETE FROM jobs WHERE ended > 0 AND ended < $1`, before)
		return err
	})
}
