package directory

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/opencovey/covey/internal/account"
	"github.com/opencovey/covey/internal/fault"
)

// waiting remembers what is open, so that a flood of suggestions does not read all
// of them each time. Another instance's are seen after waitingTime.
type waiting struct {
	sync.Mutex
	read time.Time
	open map[string][32]byte // ID to what it says
}

const waitingTime = 10 * time.Second

// Suggest keeps what somebody sent, for a curator to review. Of the suggestion it
// reads Kind, Tool, Proposed, Works, Message and Source. Faults: Invalid with the
// field; NotFound for a correction of what is not there; Conflict for what was
// already sent and is open; TooMany if too much is open.
func (s *Service) Suggest(ctx context.Context, by account.Actor, g Suggestion) (Suggestion, error) {
	if err := account.Permit(by, account.SuggestTool, account.Subject{}); err != nil {
		return Suggestion{}, err
	}
	g, err := s.suggestion(g)
	if err != nil {
		return Suggestion{}, err
	}
	s.waiting.Lock()
	defer s.waiting.Unlock()
	if err := s.readWaiting(ctx); err != nil {
		return Suggestion{}, err
	}
	if len(s.waiting.open) >= MaxOpenSuggestions {
		return Suggestion{}, fault.New(fault.TooMany, "fault.suggestion.full")
	}
	sum, err := g.sum()
	if err != nil {
		return Suggestion{}, err
	}
	for _, other := range s.waiting.open {
		if other == sum {
			return Suggestion{}, fault.New(fault.Conflict, "fault.suggestion.same")
		}
	}
	if g.ID, err = s.newID(); err != nil {
		return Suggestion{}, err
	}
	e := entry(by, "tool.suggest", "suggestion:"+g.ID, map[string]string{"kind": string(g.Kind), "tool": g.Tool})
	if err := s.store.SaveSuggestion(ctx, g, e); err != nil {
		return Suggestion{}, fmt.Errorf("save suggestion: %w", err)
	}
	s.waiting.open[g.ID] = sum
	g.Version++
	return g, nil
}

// suggestion returns what is kept of what somebody sent: nothing that was not asked.
func (s *Service) suggestion(sent Suggestion) (Suggestion, error) {
	g := Suggestion{
		Kind: sent.Kind, Works: sent.Works, Message: tidyText(sent.Message), Source: tidyLine(sent.Source),
		State: Open, Sent: s.now().UTC(),
	}
	if err := errors.Join(short("message", g.Message, MaxMessage), short("source", g.Source, MaxSource)); err != nil {
		return g, err
	}
	var was Tool
	switch g.Kind {
	case NewTool:
	case Correction, Feedback:
		t, ok := s.Index().Tool(sent.Tool)
		if !ok || t.Withdrawn {
			return g, fault.New(fault.NotFound, "fault.notfound")
		}
		was, g.Tool = t, t.ID
	default:
		return g, fault.New(fault.Invalid, "fault.suggestion.kind").At("kind")
	}
	if g.Kind == Feedback {
		return g, g.validFeedback()
	}
	g.Works = ""
	p := tidy(sent.Proposed)
	// What only the house may say is not taken from a stranger.
	g.Proposed = Tool{
		ID: g.Tool, Name: p.Name, OtherNames: p.OtherNames, Organisations: p.Organisations, URL: p.URL,
		Description: p.Description, Terms: p.Terms, Notes: p.Notes, Version: was.Version,
	}
	if err := s.valid(g.Proposed); err != nil {
		return g, err
	}
	if g.Kind == Correction && g.Message == "" && len(contentChanges(was, g.Proposed)) == 0 {
		return g, fault.New(fault.Invalid, "fault.suggestion.nothing").At("message")
	}
	return g, nil
}

// validFeedback returns a fault if feedback says nothing.
func (g Suggestion) validFeedback() error {
	switch g.Works {
	case "", worksYes, worksNo, worksPartly:
	default:
		return fault.New(fault.Invalid, "fault.suggestion.works").At("works")
	}
	if g.Works == "" && g.Message == "" {
		return fault.New(fault.Invalid, "fault.suggestion.nothing").At("message")
	}
	return nil
}

// Answers to "does it work?".
const (
	worksYes    = "yes"
	worksNo     = "no"
	worksPartly = "partly"
)

// sum is the same for suggestions that say the same.
func (g Suggestion) sum() ([32]byte, error) {
	text, err := json.Marshal([]any{
		g.Kind, g.Tool, g.Proposed.Name, g.Proposed.OtherNames, g.Proposed.Organisations, g.Proposed.URL,
		g.Proposed.Description, g.Proposed.Terms, g.Proposed.Notes, g.Works, g.Message, g.Source,
	})
	if err != nil {
		return [32]byte{}, fmt.Errorf("sum suggestion: %w", err)
	}
	return sha256.Sum256(text), nil
}

// readWaiting reads what is open, unless it was done just now. The caller has the lock.
func (s *Service) readWaiting(ctx context.Context) error {
	now := s.now()
	if age := now.Sub(s.waiting.read); s.waiting.open != nil && age >= 0 && age < waitingTime {
		return nil
	}
	open, err := s.store.Suggestions(ctx, Open, MaxOpenSuggestions)
	if err != nil {
		return fmt.Errorf("read suggestions: %w", err)
	}
	s.waiting.open = make(map[string][32]byte, len(open))
	for _, g := range open {
		sum, err := g.sum()
		if err != nil {
			return err
		}
		s.waiting.open[g.ID] = sum
	}
	s.waiting.read = now
	return nil
}

// settled forgets a suggestion that is no longer open.
func (s *Service) settled(id string) {
	s.waiting.Lock()
	defer s.waiting.Unlock()
	delete(s.waiting.open, id)
}

// OpenSuggestions returns what waits for a curator, oldest first.
func (s *Service) OpenSuggestions(ctx context.Context, by account.Actor, limit int) ([]Suggestion, error) {
	if err := account.Permit(by, account.CurateTools, account.Subject{}); err != nil {
		return nil, err
	}
	if limit <= 0 || limit > MaxOpenSuggestions {
		limit = MaxOpenSuggestions
	}
	open, err := s.store.Suggestions(ctx, Open, limit)
	if err != nil {
		return nil, fmt.Errorf("read suggestions: %w", err)
	}
	return open, nil
}

// Suggestion returns one suggestion, for a curator.
func (s *Service) Suggestion(ctx context.Context, by account.Actor, id string) (Suggestion, error) {
	if err := account.Permit(by, account.CurateTools, account.Subject{}); err != nil {
		return Suggestion{}, err
	}
	g, err := s.store.Suggestion(ctx, id)
	if err != nil {
		return Suggestion{}, fmt.Errorf("read suggestion: %w", err)
	}
	return g, nil
}

// toSettle returns an open suggestion, settled by the actor.
func (s *Service) toSettle(ctx context.Context, by account.Actor, id string, state State, reason string) (Suggestion, error) {
	g, err := s.Suggestion(ctx, by, id)
	if err != nil {
		return g, err
	}
	if g.State != Open {
		return g, fault.New(fault.Conflict, "fault.suggestion.settled")
	}
	g.State, g.Reviewed, g.By, g.Reason = state, s.now().UTC(), author(by), reason
	return g, nil
}

// Publish accepts an open suggestion: the entry as the curator left it (t; its ID,
// state and dates are given by the service) is added, or changed if the suggestion
// is about one, or if the curator names one by t.ID: what was sent as new is there
// already. Source says what the changes rest on; "" takes that of the suggestion.
func (s *Service) Publish(ctx context.Context, by account.Actor, suggestion string, t Tool, source string) (Tool, error) {
	g, err := s.toSettle(ctx, by, suggestion, Accepted, "")
	if err != nil {
		return Tool{}, err
	}
	t.ID = cmp.Or(g.Tool, t.ID)
	t, err = s.save(ctx, by, t, cmp.Or(tidyLine(source), g.Source), &g)
	if err != nil {
		return Tool{}, err
	}
	s.settled(g.ID)
	return t, nil
}

// Decline settles a suggestion without a change. The reason is required.
func (s *Service) Decline(ctx context.Context, by account.Actor, suggestion, reason string) error {
	if err := account.Permit(by, account.CurateTools, account.Subject{}); err != nil {
		return err
	}
	reason, err := required("reason", "fault.reason.empty", reason)
	if err != nil {
		return err
	}
	return s.settle(ctx, by, suggestion, Declined, reason, "tool.decline")
}

// Settle accepts a suggestion without a change of the map: feedback that was read,
// a correction that somebody had already made.
func (s *Service) Settle(ctx context.Context, by account.Actor, suggestion string) error {
	return s.settle(ctx, by, suggestion, Accepted, "", "tool.settle")
}

func (s *Service) settle(ctx context.Context, by account.Actor, id string, state State, reason, action string) error {
	g, err := s.toSettle(ctx, by, id, state, reason)
	if err != nil {
		return err
	}
	e := entry(by, action, "suggestion:"+g.ID, map[string]string{"kind": string(g.Kind), "tool": g.Tool})
	if err := s.store.SaveSuggestion(ctx, g, e); err != nil {
		return fmt.Errorf("save suggestion: %w", err)
	}
	s.settled(g.ID)
	return nil
}

// required returns a text that must be there, tidied; the key is that of the fault if it is not.
func required(field, key, text string) (string, error) {
	if text = tidyLine(text); text == "" {
		return "", fault.New(fault.Invalid, key).At(field)
	}
	return text, short(field, text, MaxSource)
}
