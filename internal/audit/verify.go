package audit

import (
	"context"
	"fmt"
	"math"
	"slices"

	"golang.org/x/mod/sumdb/note"
)

// Problem is what is wrong at one place of the log.
type Problem string

// The problems.
const (
	Altered      Problem = "altered"   // the content is not what the entry's hash was made of
	Missing      Problem = "missing"   // entries between two others are not there
	Misplaced    Problem = "misplaced" // an entry stands where its number does not belong
	Unchained    Problem = "unchained" // the entry does not follow from the one before
	Truncated    Problem = "truncated" // the log ends before its head, or before a checkpoint
	Extended     Problem = "extended"  // the log goes on after its head
	Unsigned     Problem = "unsigned"  // a checkpoint is not signed with the key, or states something else than was signed
	Contradicted Problem = "remade"    // the log is not the one that a checkpoint signed
	Backward     Problem = "backward"  // an entry is older than the one before; a clock may have been set back
	maxFindings          = 100         // more of them say no more
)

// Finding is one problem and where it is.
type Finding struct {
	Number  int64 // of the entry, or size of the checkpoint
	Problem Problem
}

// String says it in English, for logs and the terminal.
func (f Finding) String() string {
	text := map[Problem]string{
		Altered:      "entry %d was altered",
		Missing:      "entries are missing before entry %d",
		Misplaced:    "entry %d stands in a wrong place or twice",
		Unchained:    "entry %d does not follow from the one before it",
		Truncated:    "entries are missing at the end: there should be %d",
		Extended:     "entry %d and later ones were added beside the program",
		Unsigned:     "the checkpoint at entry %d was altered, or signed with another key",
		Contradicted: "entry %d is not the one that a checkpoint signed: the log was made anew",
		Backward:     "entry %d is dated before the one before it",
	}[f.Problem]
	return fmt.Sprintf(text, f.Number)
}

// Verification is what [Verify] found.
type Verification struct {
	Entries     int64     // how many the log has
	Head        [32]byte  // hash of the last
	Checkpoints int       // how many signatures are good, with those that were given
	Covered     int64     // entries up to here are signed for
	Findings    []Finding // what is wrong, by number; at most 100
	Warnings    []Finding // what may have an innocent cause
}

// Good tells whether nothing is wrong.
func (v *Verification) Good() bool { return len(v.Findings) == 0 }

// Verify reads the whole log and checks that numbers have no gap, every hash is
// that of its entry, every entry follows from the one before, the log ends where
// its head is, and every checkpoint is signed with the key and lies on the log.
//
// Kept are signed checkpoints (the Note of each) that somebody kept outside the
// server. Without them, somebody who has both the database and the server's keys
// can make the log anew; with them that shows. Key is what [Log.Key] returned;
// who checks should have it from outside the server, too.
//
// The error says that the log or the key could not be read, not that something is
// wrong with the log.
func Verify(ctx context.Context, store Store, key string, kept ...[]byte) (*Verification, error) {
	v, err := note.NewVerifier(key)
	if err != nil {
		return nil, fmt.Errorf("read key of checkpoints: %w", err)
	}
	// The order matters while the server goes on writing: checkpoints, head, then
	// entries, each of which may only have grown since the one before was read.
	stored, err := store.Checkpoints(ctx)
	if err != nil {
		return nil, err
	}
	size, head, err := store.Head(ctx)
	if err != nil {
		return nil, err
	}
	r := &Verification{}
	signed := map[int64][][32]byte{size: {head}}
	if size == 0 {
		clear(signed)
	}
	for _, c := range stored {
		r.checkpoint(c.Note, v, &c, signed)
	}
	for _, n := range kept {
		r.checkpoint(n, v, nil, signed)
	}
	at, err := r.walk(ctx, store, size, signed)
	if err != nil {
		return nil, err
	}
	r.Entries, r.Head = at.number, at.hash
	largest := max(size, r.Covered)
	if at.number < largest {
		r.find(Finding{largest, Truncated})
	}
	slices.SortStableFunc(r.Findings, func(a, b Finding) int { return int(a.Number - b.Number) })
	return r, nil
}

// checkpoint checks the signature of a checkpoint and notes what it signed. Row is
// what the store says beside the note, or nil.
func (r *Verification) checkpoint(text []byte, v note.Verifier, row *Checkpoint, signed map[int64][][32]byte) {
	c, err := openCheckpoint(text, v)
	switch {
	case err != nil && row != nil:
		r.find(Finding{row.Size, Unsigned})
	case err != nil:
		r.find(Finding{0, Unsigned})
	case row != nil && !c.same(*row):
		r.find(Finding{row.Size, Unsigned})
	default:
		r.Checkpoints++
		r.Covered = max(r.Covered, c.Size)
		signed[c.Size] = append(signed[c.Size], c.Head)
	}
}

// walk reads all entries. What was appended after the head was read is not yet
// judged by it.
func (r *Verification) walk(ctx context.Context, store Store, size int64, signed map[int64][][32]byte) (chain, error) {
	var at chain
	err := store.EachEntry(ctx, math.MinInt64, func(e Entry) error { // numbers below 1 are found, too
		before := at.time
		for _, f := range at.next(e) {
			r.find(f)
		}
		if e.Time.UnixMicro() < before && len(r.Warnings) < maxFindings {
			r.Warnings = append(r.Warnings, Finding{e.Number, Backward})
		}
		for _, want := range signed[e.Number] {
			if want != e.Hash {
				r.find(Finding{e.Number, Contradicted})
			}
		}
		return ctx.Err()
	})
	if err != nil {
		return at, err
	}
	now, _, err := store.Head(ctx)
	if err != nil {
		return at, err
	}
	if at.number > max(now, size) {
		r.find(Finding{now + 1, Extended})
	}
	return at, nil
}

func (r *Verification) find(f Finding) {
	if len(r.Findings) < maxFindings && !slices.Contains(r.Findings, f) {
		r.Findings = append(r.Findings, f)
	}
}

// chain is a place in the log: the last number, hash and time that were read.
type chain struct {
	number int64
	hash   [32]byte
	time   int64
}

// next goes on to an entry and says what is wrong with it.
func (c *chain) next(e Entry) []Finding {
	var found []Finding
	switch {
	case e.Number > c.number+1:
		found = append(found, Finding{e.Number, Missing})
	case e.Number <= c.number:
		found = append(found, Finding{e.Number, Misplaced})
	case e.Previous != c.hash:
		found = append(found, Finding{e.Number, Unchained})
	}
	if e.Sum() != e.Hash {
		found = append(found, Finding{e.Number, Altered})
	}
	c.number, c.hash, c.time = max(c.number, e.Number), e.Hash, e.Time.UnixMicro()
	return found
}
