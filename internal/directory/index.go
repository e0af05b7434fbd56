package directory

import (
	"maps"
	"slices"
	"sync"
	"time"
)

// Index is the whole map in memory, made to be asked: it answers searches, counts
// of facets, neighbours, gaps and figures. It never changes and may be used by
// many goroutines at once; a change of the map makes a new one ([Index.With]).
//
// Tools that it returns are shared: whoever gets one must not write to its maps
// and slices.
type Index struct {
	vocabulary *Vocabulary
	lexicon    *lexicon

	entries map[string]*document // by ID, all of them
	shown   []*document          // by name: their places are the numbers of all sets
	names   map[string][]uint32  // a whole name, folded: who is called that
	newest  time.Time            // of all dates
	updated time.Time

	words    map[string]uint32 // stem to number
	written  []string          // number to stem
	sorted   []uint32          // numbers in the order of the stems
	masks    []uint64          // which letters a stem has, for typing mistakes
	starts   []uint32          // where the postings of a stem begin
	postings []posting

	having    []bitset // by term: entries that have it or a narrower one; nil for none
	counts    []int    // of having
	naming    []bitset // by term of a place or form: entries that name it itself; nil for others
	thin      []sparse // by term: having, for counting
	thinNamed []sparse // by term: naming, for counting
	any       map[Facet]bitset
	terms     map[Facet][]int32 // terms that entries have
	byDefault []uint32          // order without a text
	byUpdated []uint32
	byChecked []uint32 // those that somebody checked, oldest first
	checked   []int64  // when, in nanoseconds, in the same order
	never     bitset   // those that nobody checked

	scratch *sync.Pool // of *scratch
}

// posting says that an entry has a word, and how much that says.
type posting struct {
	document uint32
	weight   float32
}

// NewIndex makes the index of all entries. Withdrawn and merged ones are kept for
// [Index.Tool], and never found or counted.
func NewIndex(tools []Tool, v *Vocabulary) *Index {
	x := &Index{
		vocabulary: v, lexicon: newLexicon(v),
		entries: make(map[string]*document, len(tools)), words: map[string]uint32{},
	}
	a := analyser{x: x, own: true}
	for _, t := range tools {
		x.entries[t.ID] = a.analyse(t)
	}
	x.build(true)
	return x
}

// With returns the index of the same map after some entries were added or
// changed. It costs much less than a new one.
func (x *Index) With(changed []Tool) *Index {
	if len(changed) == 0 {
		return x
	}
	y := &Index{
		vocabulary: x.vocabulary, lexicon: x.lexicon, entries: maps.Clone(x.entries), shown: slices.Clone(x.shown), newest: x.newest,
		words: x.words, written: x.written, sorted: x.sorted, masks: x.masks,
	}
	a := analyser{x: y}
	for _, t := range changed {
		y.entries[t.ID] = a.analyse(t)
	}
	y.build(len(y.written) != len(x.written))
	return y
}

// Len returns how many entries are shown: neither withdrawn nor merged.
func (x *Index) Len() int { return len(x.shown) }

// Tool returns the entry of an ID, also if it is withdrawn. If it was merged, it
// returns the entry that took its place, whose ID is another: redirect to it.
func (x *Index) Tool(id string) (t Tool, ok bool) {
	// Merging follows further merging; the bound is for files that go in circles.
	for range 10 {
		d := x.entries[id]
		if d == nil {
			return Tool{}, false
		}
		if d.tool.MergedInto == "" {
			return d.tool, true
		}
		id = d.tool.MergedInto
	}
	return Tool{}, false
}

// Taken tells whether an ID was ever given, to an entry of any state.
func (x *Index) Taken(id string) bool { return x.entries[id] != nil }

// Tools returns all entries that are shown, by name.
func (x *Index) Tools() []Tool {
	tools := make([]Tool, len(x.shown))
	for i, d := range x.shown {
		tools[i] = d.tool
	}
	return tools
}

// all returns all entries, in any state and order.
func (x *Index) all() []Tool {
	tools := make([]Tool, 0, len(x.entries))
	for _, d := range x.entries {
		tools = append(tools, d.tool)
	}
	return tools
}

// Updated returns when the map last changed: zero if it is empty.
func (x *Index) Updated() time.Time { return x.updated }

// Vocabulary returns the vocabulary that the index was made with.
func (x *Index) Vocabulary() *Vocabulary { return x.vocabulary }

// Stale tells whether nobody has looked at an entry for a year, or ever.
func Stale(t Tool, now time.Time) bool {
	return CheckedState(t, now) != CheckedYear
}

// CheckedState says when somebody last looked whether a tool works: CheckedYear,
// CheckedOlder or CheckedNever.
func CheckedState(t Tool, now time.Time) string {
	return checkedState(t.Checked, now.AddDate(-1, 0, 0))
}
