package directory

import (
	"context"
	"encoding/base32"
	"fmt"
	"io"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/opencovey/covey/internal/account"
	"github.com/opencovey/covey/internal/audit"
)

// MaxOpenSuggestions is how many suggestions may wait for a curator. More are
// refused, so that nobody can fill the disk.
const MaxOpenSuggestions = 5000

// Lengths that are taken, in characters.
const (
	MaxName        = 200
	MaxNames       = 20 // other names, and organisations
	MaxURL         = 500
	MaxDescription = 1000
	MaxMessage     = 2000
	MaxSource      = 500
	MaxNote        = 300
	MaxTerms       = 60 // codes of one facet
)

// pollEvery is how often the store is asked for changes at most, and pollTime how
// long that may take.
const (
	pollEvery = time.Second
	pollTime  = 10 * time.Second
)

// Service is the map with its rules: who may change it, what is taken, and an
// index that is always current.
type Service struct {
	store      Store
	vocabulary *Vocabulary
	now        func() time.Time
	rand       io.Reader

	present   atomic.Pointer[present]
	landscape atomic.Pointer[drawn]
	likeness  atomic.Pointer[prepared]
	polled    atomic.Int64 // when the store was last asked, in nanoseconds
	pulling   sync.Mutex   // one goroutine takes changes over
	drawing   sync.Mutex   // of random numbers
	waiting   waiting
}

// present is a state of the map.
type present struct {
	index      *Index
	generation int64
}

// drawn is a landscape, and of what and when.
type drawn struct {
	index     *Index
	day       time.Time
	landscape Landscape
}

// prepared is the search for duplicates, and of what.
type prepared struct {
	index      *Index
	duplicates *Duplicates
}

// NewService returns the service of a store. Open it before use. Rand gives the
// random part of IDs.
func NewService(store Store, v *Vocabulary, now func() time.Time, rand io.Reader) *Service {
	s := &Service{store: store, vocabulary: v, now: now, rand: rand}
	s.present.Store(&present{index: NewIndex(nil, v)})
	return s
}

// Open reads the whole map.
func (s *Service) Open(ctx context.Context) error {
	s.polled.Store(s.now().UnixNano())
	return s.pull(ctx)
}

// Refresh takes over what others (another instance, a command) have changed. It
// asks the store at most once a second, however often it is called, and callers do
// not wait for each other: call it at the begin of every request. An error is that
// of the one caller who asked; the index stays as it was.
func (s *Service) Refresh(ctx context.Context) error {
	now, last := s.now().UnixNano(), s.polled.Load()
	// A clock that was set back does not stop the polling.
	if since := now - last; since >= 0 && since < int64(pollEvery) || !s.polled.CompareAndSwap(last, now) {
		return nil
	}
	// Others rely on this: whoever began does not take it along.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), pollTime)
	defer cancel()
	return s.pull(ctx)
}

// pull takes over what changed since the present generation.
func (s *Service) pull(ctx context.Context) error {
	s.pulling.Lock()
	defer s.pulling.Unlock()
	was := s.present.Load()
	tools, generation, err := s.store.Tools(ctx, was.generation)
	if err != nil {
		return fmt.Errorf("read map: %w", err)
	}
	index := was.index
	if len(tools) > index.Len()/2 {
		all := make([]Tool, 0, len(tools)+len(index.entries))
		changed := make(map[string]bool, len(tools))
		for _, t := range tools {
			changed[t.ID] = true
		}
		for id, d := range index.entries {
			if !changed[id] {
				all = append(all, d.tool)
			}
		}
		index = NewIndex(append(all, tools...), s.vocabulary)
	} else {
		index = index.With(tools)
	}
	s.present.Store(&present{index, generation})
	return nil
}

// changed takes over what this service has just written. If that fails, the change
// is kept all the same, and the next request tries again.
func (s *Service) changed(ctx context.Context) {
	if err := s.pull(context.WithoutCancel(ctx)); err != nil {
		s.polled.Store(0)
	}
}

// Index returns the present index.
func (s *Service) Index() *Index { return s.present.Load().index }

// Vocabulary returns the vocabulary.
func (s *Service) Vocabulary() *Vocabulary { return s.vocabulary }

// Search answers a query at the present time.
func (s *Service) Search(q Query) Result {
	q.Now = s.now()
	return s.Index().Search(q)
}

// Landscape returns the present figures; they are counted once for each state of
// the map and day.
func (s *Service) Landscape() Landscape {
	index, now := s.Index(), s.now()
	day := now.UTC().Truncate(24 * time.Hour)
	if d := s.landscape.Load(); d != nil && d.index == index && d.day.Equal(day) {
		return d.landscape
	}
	l := NewLandscape(index, now)
	s.landscape.Store(&drawn{index, day, l})
	return l
}

// Similar returns entries that may be about the same tool as another one, which
// somebody is about to suggest; most likely first.
func (s *Service) Similar(t Tool, limit int) []Match {
	index := s.Index()
	p := s.likeness.Load()
	if p == nil || p.index != index {
		p = &prepared{index, NewDuplicates(index.all())}
		s.likeness.Store(p)
	}
	return p.duplicates.Similar(t, limit)
}

// Export returns all entries that are shown, by name, without what is not public
// (CheckedBy).
func (s *Service) Export() []Tool {
	tools := s.Index().Tools()
	for i := range tools {
		tools[i].CheckedBy = ""
	}
	return tools
}

// History returns what changed in an entry, newest first. Anybody may read it; who
// made a change is shown to curators alone: to others, By is "curator", "import"
// or "suggestion".
func (s *Service) History(ctx context.Context, by account.Actor, id string) ([]Change, error) {
	if err := account.Permit(by, account.ReadPublic, account.Subject{}); err != nil {
		return nil, err
	}
	changes, err := s.store.History(ctx, id)
	if err != nil {
		return nil, fmt.Errorf("read history: %w", err)
	}
	if account.Permit(by, account.CurateTools, account.Subject{}) == nil {
		return changes, nil
	}
	for i, c := range changes {
		if c.By != byImport && c.By != bySuggestion {
			changes[i].By = "curator"
		}
	}
	return changes, nil
}

// Authors of changes that are no person.
const (
	byImport     = "import"
	bySuggestion = "suggestion"
)

// entry begins the audit entry of an action.
func entry(by account.Actor, action, subject string, detail map[string]string) audit.Entry {
	e := audit.Entry{Actor: by.User, Organisation: by.Organisation, Action: action, Subject: subject, Detail: detail}
	switch {
	case by.System:
		e.Actor = "system"
	case by.User == "":
		e.Actor = "stranger"
	}
	for name, value := range detail {
		if len(value) > 200 {
			detail[name] = strings.ToValidUTF8(value[:200], "")
		}
	}
	return e
}

// author is who made a change, for its history.
func author(by account.Actor) string {
	if by.User == "" {
		return "system"
	}
	return by.User
}

// newID returns a random ID.
func (s *Service) newID() (string, error) {
	var b [15]byte
	s.drawing.Lock()
	defer s.drawing.Unlock()
	if _, err := io.ReadFull(s.rand, b[:]); err != nil {
		return "", fmt.Errorf("draw id: %w", err)
	}
	return strings.ToLower(base32.StdEncoding.EncodeToString(b[:])), nil
}
