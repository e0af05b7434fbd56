package store

import (
	"context"
	"fmt"
	"time"

	"github.com/opencovey/covey/internal/audit"
	"github.com/opencovey/covey/internal/publication"
)

// publications is the store of data sets and their releases.
type publications struct{ *Store }

// thing is a row of one of the tables of publications, which have the same columns.
type thing struct {
	table                             string
	id, organisation, dataset, parent string
	state, instance, token            string
	due, created                      time.Time
	number                            int
	public                            bool // the change shows in what is public
	version                           *int
	document                          any
	removed                           bool
}

// things lists what a change changes, those that others refer to first.
func things(c publication.Change) []thing {
	var list []thing
	if d := c.Dataset; d != nil {
		list = append(list, thing{
			table: "publication_datasets", id: d.ID, organisation: d.Organisation, dataset: d.ID, created: d.Created, public: true,
			version: &d.Version, document: d,
		})
	}
	if u := c.Upload; u != nil {
		list = append(list, thing{
			table: "publication_uploads", id: u.ID, organisation: u.Organisation, dataset: u.Dataset, state: string(u.State), instance: u.Instance,
			token: u.Token, due: u.EraseAt, created: u.Created, version: &u.Version, document: u,
		})
	}
	if d := c.Draft; d != nil {
		list = append(list, thing{
			table: "publication_drafts", id: d.ID, organisation: d.Organisation, dataset: d.Dataset, parent: d.Upload, created: d.Created,
			version: &d.Version, document: d,
		})
	}
	if r := c.Run; r != nil {
		list = append(list, thing{
			table: "publication_runs", id: r.ID, organisation: r.Organisation, dataset: r.Dataset, parent: r.Draft, state: string(r.State),
			instance: r.Instance, created: r.Created, version: &r.Version, document: r,
		})
	}
	if d := c.RemovedDraft; d != nil {
		list = append(list, thing{table: "publication_drafts", id: d.ID, version: &d.Version, removed: true})
	}
	if r := c.RemovedRun; r != nil {
		list = append(list, thing{table: "publication_runs", id: r.ID, version: &r.Version, removed: true})
	}
	if p := c.Release; p != nil {
		list = append(list, thing{
			table: "publication_releases", id: p.ID, organisation: p.Organisation, dataset: p.Dataset, parent: p.Run, state: string(p.State),
			number: p.Number, created: p.HandedInAt, public: p.Number > 0, version: &p.Version, document: p,
		})
	}
	return list
}

// Save implements publication.Store.
func (s publications) Save(ctx context.Context, c publication.Change, e audit.Entry) error {
	list := things(c)
	err := s.change(ctx, &e, func(t *tx) error {
		generation, err := t.publicGeneration() // under the lock of the head: see change
		if err != nil {
			return err
		}
		if err := t.stillHeld(c); err != nil {
			return err
		}
		for _, g := range list {
			if err := t.saveThing(g, generation+1); err != nil {
				return err
			}
		}
		if c.Job != nil {
			return t.addJob(*c.Job)
		}
		return nil
	})
	if err == nil {
		for _, g := range list {
			*g.version++
		}
	}
	return err
}

// stillHeld refuses a change of somebody who was taken as gone. The rows that say so stay locked until the change is made.
func (t *tx) stillHeld(c publication.Change) error {
	if j := c.Held; j != nil {
		n, err := t.changed(`UPDATE jobs SET holder = holder WHERE id = $1 AND holder = $2 AND tries = $3 AND state = 'running'`, j.ID, j.Holder, j.Tries)
		if err != nil {
			return err
		}
		if n == 0 {
			return changed()
		}
	}
	if c.Written != "" {
		n, err := t.changed(`DELETE FROM publication_writing WHERE id = $1 AND holder = $2`, c.Upload.ID, c.Written)
		if err != nil {
			return err
		}
		if n == 0 {
			return changed()
		}
	}
	return nil
}

// MarkWriting implements publication.Store.
func (s publications) MarkWriting(ctx context.Context, upload, holder string) error {
	return s.change(ctx, nil, func(t *tx) error {
		n, err := t.changed(`INSERT INTO publication_writing (id, holder) SELECT CAST($1 AS TEXT), name FROM holders WHERE name = $2`, upload, holder)
		if err == nil && n == 0 {
			err = changed()
		}
		return err
	})
}

// EndWriting implements publication.Store.
func (s publications) EndWriting(ctx context.Context, upload string) error {
	return s.change(ctx, nil, func(t *tx) error {
		_, err := t.exec(`DELETE FROM publication_writing WHERE id = $1`, upload)
		return err
	})
}

// Writing implements publication.Store.
func (s publications) Writing(ctx context.Context) (ids []string, err error) {
	err = s.view(ctx, func(t *tx) error {
		return t.each(`SELECT id FROM publication_writing`, nil, func(scan func(...any) error) error {
			var id string
			err := scan(&id)
			ids = append(ids, id)
			return err
		})
	})
	return ids, err
}

func (t *tx) saveThing(g thing, generation int64) error {
	if !g.public {
		generation = 0
	}
	if *g.version == 0 {
		n, err := t.insertAll(g.table, "id, organisation, dataset, parent, state, instance, token, due, number, generation, created, version, document", [][]any{{
			g.id, g.organisation, g.dataset, g.parent, g.state, g.instance, g.token, g.due, g.number, generation, g.created, 1, toJSON(g.document),
		}})
		if err == nil && n == 0 {
			err = exists()
		}
		return err
	}
	if g.removed {
		n, err := t.changed(fmt.Sprintf(`DELETE FROM %s WHERE id = $1 AND version = $2`, g.table), g.id, *g.version)
		if err == nil && n == 0 {
			err = t.conflict(g.table, g.id)
		}
		return err
	}
	n, err := t.changed(fmt.Sprintf(`UPDATE %s SET state = $1, due = $2, number = $3, generation = $4, document = $5, version = version + 1
		WHERE id = $6 AND version = $7`, g.table), g.state, g.due, g.number, generation, toJSON(g.document), g.id, *g.version)
	if err == nil && n == 0 {
		err = t.conflict(g.table, g.id)
	}
	return err
}

func (t *tx) publicGeneration() (n int64, err error) {
	query := `SELECT coalesce(max(g), 0) FROM (SELECT max(generation) AS g FROM publication_datasets
		UNION ALL SELECT max(generation) AS g FROM publication_releases) AS both_tables`
	if err := t.one(query).Scan(&n); err != nil {
		return 0, fmt.Errorf("read generation of publications: %w", err)
	}
	return n, nil
}

// Generation implements publication.Store.
func (s publications) Generation(ctx context.Context) (n int64, err error) {
	err = s.view(ctx, func(t *tx) error {
		n, err = t.publicGeneration()
		return err
	})
	return n, err
}

// oneThing reads a document by its ID.
func oneThing[T any](ctx context.Context, s publications, table, id string, version func(*T) *int) (v T, err error) {
	err = s.view(ctx, func(t *tx) error {
		return t.one(fmt.Sprintf(`SELECT document, version FROM %s WHERE id = $1`, table), id).Scan(document{&v}, version(&v))
	})
	return v, err
}

// allThings reads the documents that a query selects, newest first.
func allThings[T any](ctx context.Context, s publications, table string, q publication.Query, version func(*T) *int) ([]T, error) {
	query := fmt.Sprintf(`SELECT document, version FROM %s WHERE ($1 = '' OR organisation = $1) AND ($2 = '' OR dataset = $2) AND ($3 = '' OR parent = $3)
		AND ($4 = '' OR state = $4) AND ($5 = '' OR instance = $5) AND ($6 = '' OR token = $6) AND (CAST($7 AS BIGINT) = 0 OR due < $7)
		ORDER BY created DESC, id LIMIT $8`, table)
	if q.Limit <= 0 {
		q.Limit = 1000
	}
	var list []T
	err := s.view(ctx, func(t *tx) error {
		args := []any{q.Organisation, q.Dataset, q.Parent, q.State, q.Instance, q.Token, q.Before, q.Limit}
		return t.each(query, args, func(scan func(...any) error) error {
			var v T
			if err := scan(document{&v}, version(&v)); err != nil {
				return fmt.Errorf("read %s: %w", table, err)
			}
			list = append(list, v)
			return nil
		})
	})
	return list, err
}

func datasetVersion(d *publication.Dataset) *int { return &d.Version }
func uploadVersion(u *publication.Upload) *int   { return &u.Version }
func draftVersion(d *publication.Draft) *int     { return &d.Version }
func runVersion(r *publication.Run) *int         { return &r.Version }
func releaseVersion(p *publication.Release) *int { return &p.Version }

// Dataset implements publication.Store.
func (s publications) Dataset(ctx context.Context, id string) (publication.Dataset, error) {
	return oneThing(ctx, s, "publication_datasets", id, datasetVersion)
}

// Datasets implements publication.Store.
func (s publications) Datasets(ctx context.Context, q publication.Query) ([]publication.Dataset, error) {
	return allThings(ctx, s, "publication_datasets", q, datasetVersion)
}

// Upload implements publication.Store.
func (s publications) Upload(ctx context.Context, id string) (publication.Upload, error) {
	return oneThing(ctx, s, "publication_uploads", id, uploadVersion)
}

// Uploads implements publication.Store.
func (s publications) Uploads(ctx context.Context, q publication.Query) ([]publication.Upload, error) {
	return allThings(ctx, s, "publication_uploads", q, uploadVersion)
}

// Draft implements publication.Store.
func (s publications) Draft(ctx context.Context, id string) (publication.Draft, error) {
	return oneThing(ctx, s, "publication_drafts", id, draftVersion)
}

// Drafts implements publication.Store.
func (s publications) Drafts(ctx context.Context, q publication.Query) ([]publication.Draft, error) {
	return allThings(ctx, s, "publication_drafts", q, draftVersion)
}

// Run implements publication.Store.
func (s publications) Run(ctx context.Context, id string) (publication.Run, error) {
	return oneThing(ctx, s, "publication_runs", id, runVersion)
}

// Runs implements publication.Store.
func (s publications) Runs(ctx context.Context, q publication.Query) ([]publication.Run, error) {
	return allThings(ctx, s, "publication_runs", q, runVersion)
}

// Release implements publication.Store.
func (s publications) Release(ctx context.Context, id string) (publication.Release, error) {
	return oneThing(ctx, s, "publication_releases", id, releaseVersion)
}

// Releases implements publication.Store.
func (s publications) Releases(ctx context.Context, q publication.Query) ([]publication.Release, error) {
	return allThings(ctx, s, "publication_releases", q, releaseVersion)
}
