package directory

import "time"

// What [Query.Checked] may be, besides "" for all.
const (
	CheckedYear  = "year"  // in the last year
	CheckedOlder = "older" // longer ago
	CheckedNever = "never"
)

// Sort is an order of results.
type Sort string

// The orders. The zero value is by relevance; without a text that is: checked and
// live entries first, then by name.
const (
	ByRelevance Sort = ""
	ByName      Sort = "name"
	ByUpdated   Sort = "updated" // newest first
)

// Limits of a query.
const (
	DefaultPerPage = 25
	MaxPerPage     = 100
	MaxQueryText   = 200 // characters; what is longer is cut, and reported by [ParseQuery]
)

// Query is what somebody looks for. The zero value finds everything.
type Query struct {
	Text    string
	Terms   map[Facet][]string // codes; several of one facet widen, several facets narrow
	Checked string             // "", CheckedYear, CheckedOlder or CheckedNever
	Sort    Sort
	Page    int // from 1; 0 is 1
	PerPage int // 0 is DefaultPerPage, at most MaxPerPage

	// Now is the moment that Checked is judged at. It is no part of the address.
	// Zero stands for the newest date in the index.
	Now time.Time
}

// Unknown is a part of an address that means nothing: it was left out of the
// query, and the page says so.
type Unknown struct {
	Parameter string // "form", "sort", "whatever"
	Value     string // as it was given, cut to 100 characters
}

// TermRef names a term of a vocabulary.
type TermRef struct {
	Facet Facet
	Code  string
}

// Result is the answer to a query.
type Result struct {
	Total      int // entries found
	Of         int // entries in the map
	Page       int // that was given: the last one, if there are fewer than asked for
	Pages      int // at least 1
	Hits       []Hit
	Facets     []FacetCounts // in the order of the facets
	Checked    []Count       // by CheckedYear, CheckedOlder, CheckedNever; as if Checked were not chosen
	Understood Understood
}

// Facet returns the counts of one facet.
func (r Result) Facet(f Facet) FacetCounts {
	for _, c := range r.Facets {
		if c.Facet == f {
			return c
		}
	}
	return FacetCounts{Facet: f}
}

// FacetCounts says how many entries each value of a facet would find.
type FacetCounts struct {
	Facet  Facet
	Counts []Count // those with entries and those chosen; most entries first, then by code
	None   int     // entries that say nothing in this facet
	Wider  int     // entries that match all else and were not found, but are world-wide, for a region around a chosen place, or for all forms
}

// Count is how many entries have a value.
type Count struct {
	Code   string
	Count  int // as if nothing were chosen in the facet, and all else were
	Chosen bool
}

// Hit is an entry that was found.
type Hit struct {
	Tool        Tool
	Score       float64   // 0 without a text; comparable within one result only
	Name        []Segment // the name, with what matched marked
	Description []Segment
	Matched     []TermRef // terms of the entry that the text meant
	Stale       bool      // not checked in the year before Query.Now
}

// Segment is a piece of text. The pieces put together are the text.
type Segment struct {
	Text   string
	Marked bool // it is why the entry was found
}

// Understood is what a text was taken for, so that the page can say so.
type Understood struct {
	// Terms are those that the text names in any language or wording: "searched
	// also for: sexual exploitation".
	Terms []TermRef
	// Meant is the text with words replaced by what was searched for instead,
	// because they were found nowhere: "did you mean ...". "" if nothing was.
	Meant string
	// Some is true if no entry has all words, so that those which have some were
	// returned.
	Some bool
	// Unknown are words that nothing has, folded as they were searched for.
	Unknown []string
}
