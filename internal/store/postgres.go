package store

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
)

// connections is how many connections to PostgreSQL one instance may hold. The
// server's default limit of 100 leaves room for several instances.
const connections = 16

// connectPostgres opens connections to PostgreSQL.
func connectPostgres(ctx context.Context, o Options) (*Store, error) {
	config, err := pgx.ParseConfig(o.Database)
	if err != nil {
		return nil, errors.New("open database: the address of the PostgreSQL database cannot be read") // err may quote a password
	}
	db := stdlib.OpenDB(*config)
	db.SetMaxOpenConns(connections)
	db.SetMaxIdleConns(connections)
	db.SetConnMaxIdleTime(5 * time.Minute)
	if err := db.PingContext(ctx); err != nil {
		_ = db.Close()
		return nil, fmt.Errorf("open database: %w", err)
	}
	return &Store{kind: postgres, write: db, read: db, now: o.clock()}, nil
}
