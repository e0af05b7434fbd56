// Package audit is the record of who did what: append-only, each entry chained
// to the one before by its hash, the head signed from time to time. Somebody who
// changes the database can make it inconsistent, not silently different: [Verify]
// notices, and whoever kept an earlier checkpoint notices a chain made anew.
//
// Entries hold identifiers and field names, no personal data and no secrets.
package audit

import (
	"context"
	"time"
)

// Entry is one thing that was done.
type Entry struct {
	Number       int64             // 1, 2, 3, ...; given by the store when it is appended
	Time         time.Time         // UTC, microseconds; given by the store
	Actor        string            // user ID, "stranger" or "system"
	Organisation string            // of the actor, "" for strangers and the system
	Action       string            // "tool.publish", "session.begin"
	Subject      string            // "tool:sweat-toil", "user:..."; "" if it is about the whole server
	Detail       map[string]string // short words; values of at most 200 bytes
	Previous     [32]byte          // hash of the entry before; zeros for the first
	Hash         [32]byte          // SHA-256 of everything above in the encoding of [Entry.Sum]
}

// Query selects entries for reading: newest first.
type Query struct {
	Before  int64  // only entries with a smaller number; 0 for all
	Limit   int    // at most this many; 0 means 100
	Actor   string // "" for all
	Action  string // a prefix: "tool." finds all about tools
	Subject string // "" for all
}

// Checkpoint is a signed statement that the log had a size and a head.
type Checkpoint struct {
	Size int64
	Head [32]byte
	Time time.Time
	Note []byte // the signed text, in the format of golang.org/x/mod/sumdb/note
}

// Store keeps the log. Changes of other areas append their entry in the same
// transaction as the change, so that neither is ever there without the other.
type Store interface {
	// AppendEntry appends what is not part of a change, such as a failed sign-in.
	AppendEntry(ctx context.Context, e Entry) error
	// Head returns the number and the hash that the next entry will follow. They
	// are kept apart from the entries, so that entries missing at the end show.
	Head(ctx context.Context) (number int64, hash [32]byte, err error)
	// Entries returns entries, newest first.
	Entries(ctx context.Context, q Query) ([]Entry, error)
	// EachEntry calls f for all entries in order, from a number on, until f fails.
	EachEntry(ctx context.Context, from int64, f func(Entry) error) error
	// SaveCheckpoint keeps a checkpoint; of two with one size, the first.
	SaveCheckpoint(ctx context.Context, c Checkpoint) error
	// Checkpoints returns all checkpoints, oldest first.
	Checkpoints(ctx context.Context) ([]Checkpoint, error)
}
