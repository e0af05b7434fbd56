package directorytest

import (
	"context"
	"slices"
	"strings"
	"sync"

	"github.com/opencovey/covey/internal/audit"
	"github.com/opencovey/covey/internal/directory"
	"github.com/opencovey/covey/internal/fault"
)

// Store is a directory.Store in memory, for tests. The zero value is empty. Fail,
// if it is set, is what every method returns.
type Store struct {
	Fail error

	mutex       sync.Mutex
	generation  int64
	tools       map[string]directory.Tool
	changed     map[string]int64 // generation of the last change
	changes     []directory.Change
	suggestions []directory.Suggestion
	links       map[string]directory.LinkCheck
	entries     []audit.Entry
	reads       int
}

// Entries returns the audit entries, in the order in which they came.
func (s *Store) Entries() []audit.Entry {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	return slices.Clone(s.entries)
}

// Reads returns how often Tools was called.
func (s *Store) Reads() int {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	return s.reads
}

// Tools implements directory.Store.
func (s *Store) Tools(_ context.Context, after int64) ([]directory.Tool, int64, error) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	s.reads++
	if s.Fail != nil {
		return nil, 0, s.Fail
	}
	var list []directory.Tool
	for id, t := range s.tools {
		if s.changed[id] > after {
			list = append(list, t)
		}
	}
	slices.SortFunc(list, func(a, b directory.Tool) int { return strings.Compare(a.ID, b.ID) })
	return list, s.generation, nil
}

// SaveTools implements directory.Store.
func (s *Store) SaveTools(_ context.Context, tools []directory.Tool, changes []directory.Change, settled *directory.Suggestion, e audit.Entry) error {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	if s.Fail != nil {
		return s.Fail
	}
	for _, t := range tools {
		old, there := s.tools[t.ID]
		if there != (t.Version > 0) || old.Version != t.Version {
			return fault.New(fault.Conflict, "fault.changed")
		}
	}
	if settled != nil {
		if err := s.saveSuggestion(*settled); err != nil {
			return err
		}
	}
	if s.tools == nil {
		s.tools, s.changed = map[string]directory.Tool{}, map[string]int64{}
	}
	s.generation++
	for _, t := range tools {
		t.Version++
		s.tools[t.ID], s.changed[t.ID] = t, s.generation
	}
	s.changes = append(s.changes, changes...)
	s.entries = append(s.entries, e)
	return nil
}

// History implements directory.Store.
func (s *Store) History(_ context.Context, tool string) ([]directory.Change, error) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	if s.Fail != nil {
		return nil, s.Fail
	}
	var list []directory.Change
	for _, c := range s.changes {
		if c.Tool == tool {
			list = append(list, c)
		}
	}
	slices.SortStableFunc(list, func(a, b directory.Change) int { return b.Version - a.Version })
	return list, nil
}

// Suggestions implements directory.Store.
func (s *Store) Suggestions(_ context.Context, state directory.State, limit int) ([]directory.Suggestion, error) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	if s.Fail != nil {
		return nil, s.Fail
	}
	var list []directory.Suggestion
	for _, g := range s.suggestions {
		if g.State == state && len(list) < limit {
			list = append(list, g)
		}
	}
	return list, nil
}

// Suggestion implements directory.Store.
func (s *Store) Suggestion(_ context.Context, id string) (directory.Suggestion, error) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	if s.Fail != nil {
		return directory.Suggestion{}, s.Fail
	}
	for _, g := range s.suggestions {
		if g.ID == id {
			return g, nil
		}
	}
	return directory.Suggestion{}, fault.New(fault.NotFound, "fault.notfound")
}

// SaveSuggestion implements directory.Store.
func (s *Store) SaveSuggestion(_ context.Context, g directory.Suggestion, e audit.Entry) error {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	if s.Fail != nil {
		return s.Fail
	}
	if err := s.saveSuggestion(g); err != nil {
		return err
	}
	s.entries = append(s.entries, e)
	return nil
}

// saveSuggestion keeps a suggestion. The caller has the lock.
func (s *Store) saveSuggestion(g directory.Suggestion) error {
	i := slices.IndexFunc(s.suggestions, func(old directory.Suggestion) bool { return old.ID == g.ID })
	if (i >= 0) != (g.Version > 0) || i >= 0 && s.suggestions[i].Version != g.Version {
		return fault.New(fault.Conflict, "fault.changed")
	}
	g.Version++
	if i < 0 {
		s.suggestions = append(s.suggestions, g)
	} else {
		s.suggestions[i] = g
	}
	return nil
}

// LinkChecks implements directory.Store.
func (s *Store) LinkChecks(context.Context) ([]directory.LinkCheck, error) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	if s.Fail != nil {
		return nil, s.Fail
	}
	var list []directory.LinkCheck
	for _, c := range s.links {
		list = append(list, c)
	}
	slices.SortFunc(list, func(a, b directory.LinkCheck) int { return strings.Compare(a.Tool, b.Tool) })
	return list, nil
}

// SaveLinkCheck implements directory.Store.
func (s *Store) SaveLinkCheck(_ context.Context, c directory.LinkCheck) error {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	if s.Fail != nil {
		return s.Fail
	}
	if s.links == nil {
		s.links = map[string]directory.LinkCheck{}
	}
	s.links[c.Tool] = c
	return nil
}
