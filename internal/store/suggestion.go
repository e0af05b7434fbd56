package store

import (
	"context"
	"fmt"
	"time"

	"github.com/opencovey/covey/internal/audit"
	"github.com/opencovey/covey/internal/directory"
)

// suggestionDocument is what the column document of a suggestion holds.
type suggestionDocument struct {
	Kind     directory.Kind `json:"kind"`
	Tool     string         `json:"tool,omitempty"`
	Proposed proposed       `json:"proposed,omitzero"`
	Works    string         `json:"works,omitempty"`
	Message  string         `json:"message,omitempty"`
	Source   string         `json:"source,omitempty"`
	Reviewed time.Time      `json:"reviewed,omitzero"`
	By       string         `json:"by,omitempty"`
	Reason   string         `json:"reason,omitempty"`
}

// proposed is an entry that is not on the map.
type proposed struct {
	ID         string       `json:"id,omitempty"`
	Withdrawn  bool         `json:"withdrawn,omitempty"`
	MergedInto string       `json:"mergedInto,omitempty"`
	Created    time.Time    `json:"created,omitzero"`
	Updated    time.Time    `json:"updated,omitzero"`
	Version    int          `json:"version,omitempty"`
	Fields     toolDocument `json:"fields"`
}

// Suggestions implements directory.Store.
func (s tools) Suggestions(ctx context.Context, state directory.State, limit int) ([]directory.Suggestion, error) {
	var list []directory.Suggestion
	err := s.ask(ctx, func(t *tx) error {
		query := `SELECT ` + suggestionColumns + ` FROM suggestions WHERE state = $1 ORDER BY sent, id LIMIT $2`
		return t.each(query, []any{string(state), limit}, func(scan func(...any) error) error {
			g, err := scanSuggestion(scan)
			list = append(list, g)
			return err
		})
	})
	return list, err
}

// Suggestion implements directory.Store.
func (s tools) Suggestion(ctx context.Context, id string) (directory.Suggestion, error) {
	var g directory.Suggestion
	err := s.ask(ctx, func(t *tx) (err error) {
		g, err = scanSuggestion(t.one(`SELECT `+suggestionColumns+` FROM suggestions WHERE id = $1`, id).Scan)
		return err
	})
	return g, err
}

const suggestionColumns = `id, state, sent, version, document`

func scanSuggestion(scan func(...any) error) (directory.Suggestion, error) {
	var g directory.Suggestion
	var d suggestionDocument
	if err := scan(&g.ID, &g.State, moment{&g.Sent}, &g.Version, document{&d}); err != nil {
		return directory.Suggestion{}, fmt.Errorf("read suggestion: %w", err)
	}
	g.Kind, g.Tool, g.Works, g.Message, g.Source = d.Kind, d.Tool, d.Works, d.Message, d.Source
	g.Reviewed, g.By, g.Reason = d.Reviewed, d.By, d.Reason
	p := d.Proposed
	g.Proposed = directory.Tool{
		ID: p.ID, Withdrawn: p.Withdrawn, MergedInto: p.MergedInto, Created: p.Created, Updated: p.Updated, Version: p.Version,
	}
	p.Fields.fill(&g.Proposed)
	return g, nil
}

// SaveSuggestion implements directory.Store.
func (s tools) SaveSuggestion(ctx context.Context, g directory.Suggestion, e audit.Entry) error {
	return s.change(ctx, &e, func(t *tx) error { return t.saveSuggestion(g) })
}

func (t *tx) saveSuggestion(g directory.Suggestion) error {
	p := g.Proposed
	d := toJSON(suggestionDocument{
		g.Kind, g.Tool,
		proposed{p.ID, p.Withdrawn, p.MergedInto, p.Created, p.Updated, p.Version, toolDocumentOf(p)},
		g.Works, g.Message, g.Source, g.Reviewed, g.By, g.Reason,
	})
	if g.Version == 0 {
		_, err := t.exec(`INSERT INTO suggestions (id, state, sent, version, document) VALUES ($1, $2, $3, 1, $4)`,
			g.ID, string(g.State), g.Sent, d)
		return err
	}
	n, err := t.changed(`UPDATE suggestions SET state = $1, document = $2, version = version + 1 WHERE id = $3 AND version = $4`,
		string(g.State), d, g.ID, g.Version)
	if err == nil && n == 0 {
		err = t.conflict("suggestions", g.ID)
	}
	return err
}
