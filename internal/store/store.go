// Package store is where the server keeps things: all SQL is here. The same text
// runs on the embedded SQLite, encrypted at rest, and on PostgreSQL, for several
// instances of the server side by side.
//
// Every change is one transaction that also appends its entry to the audit log;
// transactions which change anything run one after another, so that numbers have
// no gaps and nobody who reads "what is new" misses anything. A change that was
// acknowledged is on the disk.
package store

import (
	"context"
	"database/sql"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/opencovey/covey/internal/account"
	"github.com/opencovey/covey/internal/audit"
	"github.com/opencovey/covey/internal/directory"
	"github.com/opencovey/covey/internal/job"
	"github.com/opencovey/covey/internal/publication"
)

// File is the name of the embedded database in the server's folder.
const File = "covey.db"

// Options say where things are kept.
type Options struct {
	// Database is "" for the embedded database in Dir, "file:NAME" for one of
	// another name in Dir (or an absolute path), or the URL of a PostgreSQL
	// database: "postgres://...".
	Database string
	// Dir is the folder of the embedded database. It must be there.
	Dir string
	// Key is the key of the database, 32 bytes, see seal.Keys. The embedded
	// database is encrypted with it. PostgreSQL encrypts nothing; there it serves
	// to notice an instance with other secrets.
	Key []byte
	// Existing refuses to make a database, or to change the schema of an older one,
	// as befits a command that works beside a server.
	Existing bool
	// Now is the clock; nil means time.Now.
	Now func() time.Time
}

// Store is an open database. It is safe for concurrent use.
type Store struct {
	kind  kind
	write *sql.DB // the single writer of SQLite; on PostgreSQL the same as read
	read  *sql.DB
	now   func() time.Time
}

// kind is which database it is, for the few things that they do differently.
type kind int

const (
	sqlite kind = iota
	postgres
)

// Open opens the database, makes it at the first start, and brings an older one
// to the present schema. A database of a newer program is refused, and so is a
// wrong key.
func Open(ctx context.Context, o Options) (*Store, error) {
	if o.Existing && !isPostgres(o.Database) {
		path, err := o.path()
		if err != nil {
			return nil, err
		}
		if _, err := os.Stat(path); err != nil {
			return nil, fmt.Errorf("open database: %w", err)
		}
	}
	s, err := connect(ctx, o)
	if err != nil {
		return nil, err
	}
	if o.Existing {
		err = s.expect(ctx, o.Key)
	} else {
		err = s.prepare(ctx, o.Key, newest)
	}
	if err != nil {
		_ = s.Close()
		return nil, err
	}
	return s, nil
}

// connect opens the connections and looks at nothing.
func connect(ctx context.Context, o Options) (*Store, error) {
	if len(o.Key) != 32 {
		return nil, fmt.Errorf("open database: the key has %d bytes instead of 32", len(o.Key))
	}
	if isPostgres(o.Database) {
		return connectPostgres(ctx, o)
	}
	path, err := o.path()
	if err != nil {
		return nil, err
	}
	return connectSQLite(ctx, path, o)
}

func isPostgres(database string) bool {
	return strings.HasPrefix(database, "postgres://") || strings.HasPrefix(database, "postgresql://")
}

// clock returns Now or its default.
func (o Options) clock() func() time.Time {
	if o.Now == nil {
		return time.Now
	}
	return o.Now
}

// path returns the file of the embedded database.
func (o Options) path() (string, error) {
	name, isFile := strings.CutPrefix(o.Database, "file:")
	switch {
	case o.Database == "":
		name = File
	case !isFile || name == "":
		return "", fmt.Errorf("open database: %q is neither file:NAME nor postgres://", strings.SplitN(o.Database, ":", 2)[0]+":...")
	}
	if filepath.IsAbs(name) {
		return name, nil
	}
	return filepath.Join(o.Dir, name), nil
}

// Close closes the database, after what is going on has ended.
func (s *Store) Close() error {
	err := s.read.Close()
	if s.write != s.read {
		if e := s.write.Close(); err == nil {
			err = e
		}
	}
	if err != nil {
		return fmt.Errorf("close database: %w", err)
	}
	return nil
}

// Shared tells whether other programs may work on the database beside this one.
func (s *Store) Shared() bool { return s.kind == postgres }

// Ping tells whether the database answers.
func (s *Store) Ping(ctx context.Context) error {
	if err := s.read.PingContext(ctx); err != nil {
		return fmt.Errorf("ask database: %w", err)
	}
	return nil
}

// Accounts returns the store of people.
func (s *Store) Accounts() account.Store { return accounts{s} }

// Tools returns the store of the map of tools.
func (s *Store) Tools() directory.Store { return tools{s} }

// Publications returns the store of data sets and their releases.
func (s *Store) Publications() publication.Store { return publications{s} }

// Jobs returns the store of the queue of long work.
func (s *Store) Jobs() job.Store { return jobs{s} }

// Audit returns the store of the audit log.
func (s *Store) Audit() audit.Store { return log{s} }
