// Package directory is the map of tools against trafficking: what exists, where,
// for whom, does it still work, who checked.
//
// Entries are described by terms of controlled vocabularies ([Facet]), every
// field keeps its source and history, and nothing is said to work that nobody has
// checked. The whole map is held in memory as an [Index], which answers search
// and counts of facets; the store is where it lives.
package directory

import (
	"context"
	"time"

	"github.com/opencovey/covey/internal/audit"
)

// Facet is a kind of term that tools are described with.
type Facet string

// The facets, in the order in which they are shown.
const (
	Type       Facet = "type"   // initiative type
	Users      Facet = "users"  // target users
	Sector     Facet = "sector" // target sector
	Technology Facet = "technology"
	Form       Facet = "form"      // form of trafficking
	UsedIn     Facet = "used"      // where it is used: ISO 3166-1 alpha-2, UN M49 regions, "world"
	MadeIn     Facet = "made"      // where its makers are
	Developer  Facet = "developer" // kind of developer
	Cost       Facet = "cost"
	Licence    Facet = "licence"
	Language   Facet = "language" // of its interface: BCP 47
	Stage      Facet = "stage"
	Evidence   Facet = "evidence"
)

// Tool is one entry of the map.
type Tool struct {
	ID            string // lower-case words joined by "-": its address; never given again
	Name          string
	OtherNames    []string
	Organisations []string           // who makes or runs it
	URL           string             // "" if not known
	Description   string             // plain text, at most 1,000 characters
	Terms         map[Facet][]string // codes of the vocabularies, sorted
	Notes         map[Facet]string   // what a source says beyond the code: "free to law enforcement"
	Sources       map[string]string  // by name of the field, "" for the entry as a whole
	Checked       time.Time          // when somebody last looked whether it works; zero: never, "unverified"
	CheckedBy     string             // user ID or "import"; never shown to the public
	Withdrawn     bool               // no longer shown; its address says so
	MergedInto    string             // ID of the entry that took its place
	Created       time.Time
	Updated       time.Time
	Version       int // rises with each change
}

// Change is one field of one entry, changed.
type Change struct {
	Tool    string
	Version int    // that the change made
	Field   string // "name", "url", "terms.cost", ...
	Old     string // as in the CSV file
	New     string
	Source  string // what the change rests on
	By      string // user ID, "import" or "suggestion"
	At      time.Time
}

// Kind of a suggestion.
type Kind string

// The kinds of suggestions.
const (
	NewTool    Kind = "new"
	Correction Kind = "correction"
	Feedback   Kind = "feedback" // does it still work, what is missing
)

// State of a suggestion.
type State string

// The states of a suggestion.
const (
	Open     State = "open"
	Accepted State = "accepted"
	Declined State = "declined"
)

// Suggestion is what somebody without an account sent. It holds nothing about
// the person.
type Suggestion struct {
	ID       string
	Kind     Kind
	Tool     string // ID of the entry it is about; "" for a new one
	Proposed Tool   // the entry as it would be
	Works    string // feedback: "yes", "no", "partly", ""
	Message  string // at most 2,000 characters
	Source   string // where it can be checked
	State    State
	Sent     time.Time
	Reviewed time.Time
	By       string // curator, user ID
	Reason   string // of a decline
	Version  int
}

// LinkCheck is what the link checker saw, last.
type LinkCheck struct {
	Tool   string
	URL    string
	At     time.Time
	Works  bool
	Detail string // "200", "timeout", "refused: private address"
}

// Store keeps the map. Changes append their audit entry in the same transaction.
type Store interface {
	// Tools returns all entries that were changed after a generation, and the
	// present generation, which rises with every change of the map.
	Tools(ctx context.Context, after int64) (tools []Tool, generation int64, err error)
	// SaveTools inserts (Version 0) or updates entries, all or none, with their
	// changes, and settles the suggestion they came from, if it is not nil.
	// An old version is a Conflict.
	SaveTools(ctx context.Context, tools []Tool, changes []Change, settled *Suggestion, e audit.Entry) error
	// History returns the changes of an entry, newest first.
	History(ctx context.Context, tool string) ([]Change, error)
	// Suggestions returns those in a state, oldest first; at most limit.
	Suggestions(ctx context.Context, state State, limit int) ([]Suggestion, error)
	Suggestion(ctx context.Context, id string) (Suggestion, error)
	// SaveSuggestion inserts or updates one.
	SaveSuggestion(ctx context.Context, s Suggestion, e audit.Entry) error
	// LinkChecks returns the last check of every entry that has one.
	LinkChecks(ctx context.Context) ([]LinkCheck, error)
	SaveLinkCheck(ctx context.Context, c LinkCheck) error
}
