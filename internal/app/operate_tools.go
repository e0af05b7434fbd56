package app

import (
	"context"
	"crypto/rand"
	"errors"

	"github.com/opencovey/covey/internal/account"
	"github.com/opencovey/covey/internal/directory"
	"github.com/opencovey/covey/internal/store"
)

// Tools is the map of a server that may be running, in the hands of its operator.
// Close it after use.
type Tools struct {
	store   *store.Store
	service *directory.Service
}

// OpenTools opens the map of a server, and makes none.
func OpenTools(ctx context.Context, o Options) (*Tools, error) {
	o = o.filled()
	words, err := directory.OpenVocabulary()
	if err != nil {
		return nil, err
	}
	s, _, err := beside(ctx, o)
	if err != nil {
		return nil, err
	}
	t := &Tools{store: s, service: directory.NewService(s.Tools(), words, o.Now, rand.Reader)}
	if err := t.service.Open(ctx); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return t, nil
}

// Export returns all entries, those too that are no longer shown.
func (t *Tools) Export() []directory.Tool { return t.service.Export() }

// Import adds and changes entries, all or none, and tells the audit log. A
// running server shows them within a second or two.
func (t *Tools) Import(ctx context.Context, tools []directory.Tool, o directory.ImportOptions) (directory.ImportSummary, error) {
	return t.service.Import(ctx, account.Actor{System: true}, tools, o)
}

// Close closes the database.
func (t *Tools) Close() error { return t.store.Close() }
