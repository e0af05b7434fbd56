package store

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
)

// The schema grows by numbered files, forward only. To add the next one:
//
//  1. Write migrations/000N_what.sql. Types are TEXT, BIGINT and BYTEA, which both
//     databases know (SQLite by translation, see dialect); truth is 1 or 0. Never
//     change a file that was released.
//  2. Raise newest, and add new tables to the list in backup.go.
//  3. Run the tests: they open the databases of all earlier schemas, which are
//     stored in testdata. Then run "go test ./internal/store -run TestUpgrade
//     -write" and commit the new files, which are for whoever comes after you.
//
//go:embed migrations/*.sql
var migrations embed.FS

// newest is the schema that this program works with.
const newest = 4

// migrationLock is the key of PostgreSQL's advisory lock: one instance migrates.
const migrationLock = 0x636f766579 // "covey"

// prepare brings the database to a schema, after it has checked that the key is
// its own, for which the first schema is enough.
func (s *Store) prepare(ctx context.Context, key []byte, schema int) error {
	if err := s.migrate(ctx, 1); err != nil {
		return err
	}
	if err := s.checkKey(ctx, key); err != nil {
		return err
	}
	return s.migrate(ctx, schema)
}

// expect checks that the database is there, of the present schema, and that the
// key is its own.
func (s *Store) expect(ctx context.Context, key []byte) error {
	var have int
	err := s.ask(ctx, func(t *tx) error {
		return t.one(`SELECT coalesce(max(version), 0) FROM schema_version`).Scan(&have)
	})
	switch {
	case err != nil:
		return fmt.Errorf("open database: there is no server's database here: %w", err)
	case have != newest:
		return fmt.Errorf("open database: it has schema %d and this program works with %d: use the program that the server runs", have, newest)
	}
	return s.checkKey(ctx, key)
}

// checkKey notes a fingerprint of the key in a new database and compares it in
// another.
func (s *Store) checkKey(ctx context.Context, key []byte) error {
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte("covey database"))
	own := hex.EncodeToString(mac.Sum(nil))
	var known string
	err := s.change(ctx, nil, func(t *tx) error {
		if _, err := t.exec(`INSERT INTO server (name, value) VALUES ('key', $1) ON CONFLICT DO NOTHING`, own); err != nil {
			return err
		}
		return t.one(`SELECT value FROM server WHERE name = 'key'`).Scan(&known)
	})
	if err != nil {
		return fmt.Errorf("open database: %w", err)
	}
	if known != own {
		return fmt.Errorf("open database: %w", ErrKey)
	}
	return nil
}

// ErrKey says that a database belongs to a server with another root key.
var ErrKey = errors.New("the root key is not the one that this database was made with")

// migrate brings the database from whatever schema it has to the wanted one, each
// step in a transaction of its own.
func (s *Store) migrate(ctx context.Context, wanted int) error {
	for {
		done := false
		err := s.change(ctx, nil, func(t *tx) error {
			have, err := t.schema()
			switch {
			case err != nil:
				return err
			case have > newest:
				return fmt.Errorf("it has schema %d, and this program knows only up to %d: use the newer program that has opened it before", have, newest)
			case have >= wanted:
				done = true
				return nil
			}
			return t.step(have + 1)
		})
		if err != nil {
			return fmt.Errorf("open database: %w", err)
		}
		if done {
			return nil
		}
	}
}

// schema returns which schema the database has, 0 for an empty one. It holds back
// others who want to know until the transaction ends.
func (t *tx) schema() (int, error) {
	if t.kind == postgres {
		if _, err := t.exec(`SELECT pg_advisory_xact_lock($1)`, int64(migrationLock)); err != nil {
			return 0, err
		}
	}
	if _, err := t.exec(`CREATE TABLE IF NOT EXISTS schema_version (version BIGINT NOT NULL)`); err != nil {
		return 0, err
	}
	var version int
	err := t.one(`SELECT coalesce(max(version), 0) FROM schema_version`).Scan(&version)
	return version, err
}

// step takes one step of the schema.
func (t *tx) step(version int) error {
	text, err := migration(version)
	if err != nil {
		return err
	}
	if _, err := t.exec(t.kind.dialect(text)); err != nil {
		return fmt.Errorf("migrate to schema %d: %w", version, err)
	}
	if version == 1 {
		if _, err := t.exec(`INSERT INTO audit_head (id, number, hash) VALUES (1, 0, $1)`, make([]byte, 32)); err != nil {
			return err
		}
	}
	_, err = t.exec(`INSERT INTO schema_version (version) VALUES ($1)`, version)
	return err
}

// migration returns the text of a step.
func migration(version int) (string, error) {
	files, err := migrations.ReadDir("migrations")
	if err != nil {
		return "", fmt.Errorf("read migrations: %w", err)
	}
	for _, f := range files {
		if strings.HasPrefix(f.Name(), fmt.Sprintf("%04d_", version)) {
			text, err := migrations.ReadFile("migrations/" + f.Name())
			if err != nil {
				return "", fmt.Errorf("read migrations: %w", err)
			}
			return string(text), nil
		}
	}
	return "", fmt.Errorf("read migrations: there is none with number %d", version)
}

// dialect turns the types of a migration into those of the database. Tables of
// SQLite are STRICT, so that a column holds what it says.
func (k kind) dialect(text string) string {
	if k == postgres {
		return text
	}
	return strings.NewReplacer("BIGINT", "INTEGER", "BYTEA", "BLOB", "\n);", "\n) STRICT;").Replace(text)
}
