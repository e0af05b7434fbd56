package store

import (
	"database/sql"
	"errors"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/ncruces/go-sqlite3"

	"github.com/opencovey/covey/internal/fault"
)

// The faults that a store returns. They are functions because an error must not
// be shared.

func notFound() error { return fault.New(fault.NotFound, "fault.notfound") }
func changed() error  { return fault.New(fault.Conflict, "fault.changed") }
func exists() error   { return fault.New(fault.Conflict, "fault.exists") }
func gone() error     { return fault.New(fault.Gone, "fault.gone") }

// mayRetry tells whether PostgreSQL gave a transaction up for the sake of another
// one, so that it is to be tried again.
func mayRetry(err error) bool {
	p, ok := errors.AsType[*pgconn.PgError](err)
	return ok && (p.Code == "40001" || p.Code == "40P01") // serialization failure, deadlock
}

// translate turns errors of the databases into faults where the caller can do
// something about them.
func translate(err error) error {
	switch {
	case err == nil || fault.Of(err) != fault.Internal:
		return err
	case errors.Is(err, sql.ErrNoRows):
		return notFound()
	}
	kind := sqliteKind(err)
	if p, ok := errors.AsType[*pgconn.PgError](err); ok {
		kind = postgresKind(p.Code)
	}
	switch kind {
	case fault.Conflict:
		return fault.New(kind, "fault.exists").Because(err)
	case fault.NotFound:
		return fault.New(kind, "fault.notfound").Because(err)
	case fault.Unavailable:
		return fault.New(kind, "fault.unavailable").Because(err)
	}
	return err
}

func postgresKind(code string) fault.Kind {
	switch {
	case code == "23505": // unique violation
		return fault.Conflict
	case code == "23503": // foreign key violation
		return fault.NotFound
	case strings.HasPrefix(code, "53"), strings.HasPrefix(code, "57P"): // no resources, going down
		return fault.Unavailable
	}
	return fault.Internal
}

func sqliteKind(err error) fault.Kind {
	for code, kind := range map[error]fault.Kind{
		sqlite3.CONSTRAINT_UNIQUE:     fault.Conflict,
		sqlite3.CONSTRAINT_PRIMARYKEY: fault.Conflict,
		sqlite3.CONSTRAINT_FOREIGNKEY: fault.NotFound,
		sqlite3.FULL:                  fault.Unavailable,
		sqlite3.BUSY:                  fault.Unavailable,
	} {
		if errors.Is(err, code) {
			return kind
		}
	}
	return fault.Internal
}
