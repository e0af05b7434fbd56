package store

import (
	"context"
	"fmt"
	"time"

	"github.com/opencovey/covey/internal/audit"
	"github.com/opencovey/covey/internal/directory"
)

// tools is the store of the map of tools.
type tools struct{ *Store }

// toolDocument is what the column document of an entry holds.
type toolDocument struct {
	Name          string                       `json:"name,omitempty"`
	OtherNames    []string                     `json:"otherNames,omitempty"`
	Organisations []string                     `json:"organisations,omitempty"`
	URL           string                       `json:"url,omitempty"`
	Description   string                       `json:"description,omitempty"`
	Terms         map[directory.Facet][]string `json:"terms,omitempty"`
	Notes         map[directory.Facet]string   `json:"notes,omitempty"`
	Sources       map[string]string            `json:"sources,omitempty"`
	Checked       time.Time                    `json:"checked,omitzero"`
	CheckedBy     string                       `json:"checkedBy,omitempty"`
}

func toolDocumentOf(t directory.Tool) toolDocument {
	return toolDocument{
		t.Name, t.OtherNames, t.Organisations, t.URL, t.Description, t.Terms, t.Notes, t.Sources,
		t.Checked.UTC().Truncate(time.Microsecond), t.CheckedBy,
	}
}

func (d toolDocument) fill(t *directory.Tool) {
	t.Name, t.OtherNames, t.Organisations, t.URL, t.Description = d.Name, d.OtherNames, d.Organisations, d.URL, d.Description
	t.Terms, t.Notes, t.Sources, t.Checked, t.CheckedBy = d.Terms, d.Notes, d.Sources, d.Checked, d.CheckedBy
}

// Tools implements directory.Store: by ID. Since changes are made one after
// another, and numbers given in that order, nothing with a smaller number than the
// generation appears later.
func (s tools) Tools(ctx context.Context, after int64) (list []directory.Tool, generation int64, err error) {
	err = s.view(ctx, func(t *tx) error {
		generation, err = t.generation()
		if err != nil || generation <= after {
			return err
		}
		query := `SELECT id, version, withdrawn, merged_into, created, updated, document FROM tools WHERE generation > $1 ORDER BY id`
		return t.each(query, []any{after}, func(scan func(...any) error) error {
			var g directory.Tool
			var d toolDocument
			err := scan(&g.ID, &g.Version, &g.Withdrawn, optional{&g.MergedInto}, moment{&g.Created}, moment{&g.Updated}, document{&d})
			if err != nil {
				return fmt.Errorf("read tools: %w", err)
			}
			d.fill(&g)
			list = append(list, g)
			return nil
		})
	})
	return list, generation, err
}

// generation is the number of the last change of the map.
func (t *tx) generation() (n int64, err error) {
	if err = t.one(`SELECT coalesce(max(generation), 0) FROM tools`).Scan(&n); err != nil {
		return 0, fmt.Errorf("read generation of tools: %w", err)
	}
	return n, nil
}

// SaveTools implements directory.Store.
func (s tools) SaveTools(ctx context.Context, list []directory.Tool, changes []directory.Change, settled *directory.Suggestion, e audit.Entry) error {
	return s.change(ctx, &e, func(t *tx) error {
		generation, err := t.generation() // under the lock of the head: see change
		if err != nil {
			return err
		}
		if err := t.saveTools(list, generation+1); err != nil {
			return err
		}
		if err := t.saveChanges(changes); err != nil {
			return err
		}
		if settled != nil {
			return t.saveSuggestion(*settled)
		}
		return nil
	})
}

func (t *tx) saveTools(list []directory.Tool, generation int64) error {
	var added [][]any
	for _, g := range list {
		document := toJSON(toolDocumentOf(g))
		if g.Version == 0 {
			added = append(added, []any{
				g.ID, 1, generation, g.Withdrawn, reference(g.MergedInto), g.Created, g.Updated, document,
			})
			continue
		}
		n, err := t.changed(`UPDATE tools SET version = version + 1, generation = $1, withdrawn = $2, merged_into = $3,
			updated = $4, document = $5 WHERE id = $6 AND version = $7`,
			generation, g.Withdrawn, reference(g.MergedInto), g.Updated, document, g.ID, g.Version)
		if err == nil && n == 0 {
			err = t.conflict("tools", g.ID)
		}
		if err != nil {
			return err
		}
	}
	n, err := t.insertAll("tools", "id, version, generation, withdrawn, merged_into, created, updated, document", added)
	if err == nil && n < int64(len(added)) {
		err = exists()
	}
	return err
}

func (t *tx) saveChanges(changes []directory.Change) error {
	type version struct {
		tool   string
		number int
	}
	places := map[version]int{}
	rows := make([][]any, len(changes))
	for i, c := range changes {
		v := version{c.Tool, c.Version}
		places[v]++
		rows[i] = []any{c.Tool, c.Version, places[v], c.Field, c.Old, c.New, c.Source, c.By, c.At}
	}
	n, err := t.insertAll("tool_changes", "tool, version, place, field, old_value, new_value, source, changed_by, changed_at", rows)
	if err == nil && n < int64(len(rows)) {
		err = changed()
	}
	return err
}

// History implements directory.Store. The changes of one version are in the order
// in which they were given.
func (s tools) History(ctx context.Context, tool string) ([]directory.Change, error) {
	var list []directory.Change
	err := s.ask(ctx, func(t *tx) error {
		query := `SELECT tool, version, field, old_value, new_value, source, changed_by, changed_at
			FROM tool_changes WHERE tool = $1 ORDER BY version DESC, place`
		return t.each(query, []any{tool}, func(scan func(...any) error) error {
			var c directory.Change
			if err := scan(&c.Tool, &c.Version, &c.Field, &c.Old, &c.New, &c.Source, &c.By, moment{&c.At}); err != nil {
				return fmt.Errorf("read history: %w", err)
			}
			list = append(list, c)
			return nil
		})
	})
	return list, err
}

// LinkChecks implements directory.Store.
func (s tools) LinkChecks(ctx context.Context) ([]directory.LinkCheck, error) {
	var list []directory.LinkCheck
	err := s.ask(ctx, func(t *tx) error {
		query := `SELECT tool, url, checked_at, works, detail FROM link_checks ORDER BY tool`
		return t.each(query, nil, func(scan func(...any) error) error {
			var c directory.LinkCheck
			if err := scan(&c.Tool, &c.URL, moment{&c.At}, &c.Works, &c.Detail); err != nil {
				return fmt.Errorf("read link checks: %w", err)
			}
			list = append(list, c)
			return nil
		})
	})
	return list, err
}

// SaveLinkCheck implements directory.Store.
func (s tools) SaveLinkCheck(ctx context.Context, c directory.LinkCheck) error {
	return s.change(ctx, nil, func(t *tx) error {
		_, err := t.exec(`INSERT INTO link_checks (tool, url, checked_at, works, detail) VALUES ($1, $2, $3, $4, $5)
			ON CONFLICT (tool) DO UPDATE SET url = excluded.url, checked_at = excluded.checked_at,
				works = excluded.works, detail = excluded.detail`, c.Tool, c.URL, c.At, c.Works, c.Detail)
		return err
	})
}
