package store

import (
	"context"
	"database/sql"
	"io"

	"filippo.io/age"

	"github.com/opencovey/covey/internal/seal"
)

// Newest is the schema that this program works with.
const Newest = newest

// OpenAt is Open for the schema of an earlier program.
func OpenAt(ctx context.Context, o Options, schema int) (*Store, error) {
	s, err := connect(ctx, o)
	if err != nil {
		return nil, err
	}
	return s, s.prepare(ctx, o.Key, schema)
}

// Exec changes the database beside the program.
func (s *Store) Exec(ctx context.Context, query string, args ...any) error {
	_, err := s.write.ExecContext(ctx, s.kind.text(query), values(args)...)
	return err
}

// Query returns the first column of all rows as text.
func (s *Store) Query(ctx context.Context, query string) (list []string, err error) {
	err = s.view(ctx, func(t *tx) error {
		return t.each(query, nil, func(scan func(...any) error) error {
			var v sql.NullString
			err := scan(&v)
			list = append(list, v.String)
			return err
		})
	})
	return list, err
}

// Setting returns a setting of the writing connection of SQLite.
func (s *Store) Setting(ctx context.Context, name string) (value string, err error) {
	return value, s.write.QueryRowContext(ctx, "PRAGMA "+name).Scan(&value)
}

// BackedUp lists the tables of a backup.
func BackedUp() (names []string) {
	for _, t := range tables() {
		names = append(names, t.name)
	}
	return names
}

// Dump returns the columns and rows of the tables that a schema has.
func (s *Store) Dump(ctx context.Context, schema int, row func(table string, columns []string, values []any) error) error {
	return s.view(ctx, func(t *tx) error {
		for _, of := range append(tables(), table{"sessions", 1, "id"}) {
			if of.since > schema {
				continue
			}
			columns, err := t.columns(of.name)
			if err != nil {
				return err
			}
			err = t.each(`SELECT * FROM `+of.name+` ORDER BY `+of.order, nil, func(scan func(...any) error) error {
				values := make([]any, len(columns))
				into := make([]any, len(columns))
				for i := range values {
					into[i] = &values[i]
				}
				if err := scan(into...); err != nil {
					return err
				}
				return row(of.name, columns, values)
			})
			if err != nil {
				return err
			}
		}
		return nil
	})
}

// Migration returns the text of a step as PostgreSQL takes it.
func Migration(version int) (string, error) { return migration(version) }

// BackupAt is Backup for the schema of an earlier program.
func (s *Store) BackupAt(ctx context.Context, w io.Writer, keys *seal.Keys, schema int, to ...age.Recipient) (Contents, error) {
	return s.backup(ctx, w, keys, schema, to)
}

// ExecScript runs several statements at once in an empty database.
func ExecScript(ctx context.Context, o Options, script string) error {
	s, err := connect(ctx, o)
	if err != nil {
		return err
	}
	defer s.Close()
	_, err = s.write.ExecContext(ctx, script)
	return err
}
