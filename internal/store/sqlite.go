package store

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"net/url"

	"github.com/ncruces/go-sqlite3"
	"github.com/ncruces/go-sqlite3/driver"
	_ "github.com/ncruces/go-sqlite3/vfs/adiantum" // encrypts the file
)

// readers is how many connections of the embedded database may read at once.
const readers = 4

// settings of every connection to the embedded database. A commit is on the disk
// before it is acknowledged; what is deleted is overwritten; nothing is written
// unencrypted to temporary files; the schema is not trusted to call functions.
const settings = `
PRAGMA busy_timeout = 10000;
PRAGMA journal_mode = wal;
PRAGMA synchronous = full;
PRAGMA foreign_keys = on;
PRAGMA secure_delete = on;
PRAGMA temp_store = memory;
PRAGMA trusted_schema = off;
PRAGMA journal_size_limit = 4194304;
`

// connectSQLite opens the embedded database: one connection that writes and a few
// that read. The file is encrypted with Adiantum; the key is given by a statement,
// since the name of the file with its parameters is shown in places.
func connectSQLite(ctx context.Context, path string, o Options) (*Store, error) {
	name := (&url.URL{Scheme: "file", OmitHost: true, Path: path}).String() + "?vfs=adiantum&_txlock=immediate"
	open := func(more string) func(*sqlite3.Conn) error {
		return func(c *sqlite3.Conn) error {
			if err := c.Exec(`PRAGMA hexkey = '` + hex.EncodeToString(o.Key) + `'`); err != nil {
				return errors.New("set key") // not err, which may quote the statement
			}
			return c.Exec(settings + more)
		}
	}
	writer, err := driver.Open(name, open(""))
	if err != nil {
		return nil, fmt.Errorf("open database: %w", err)
	}
	writer.SetMaxOpenConns(1)
	if err := writer.PingContext(ctx); err != nil {
		_ = writer.Close()
		if errors.Is(err, sqlite3.NOTADB) {
			return nil, fmt.Errorf("open database: %w, or the file is damaged", ErrKey)
		}
		return nil, fmt.Errorf("open database %s: %w", path, err)
	}
	reader, err := driver.Open(name, open(`PRAGMA query_only = on;`))
	if err != nil {
		_ = writer.Close()
		return nil, fmt.Errorf("open database: %w", err)
	}
	reader.SetMaxOpenConns(readers)
	reader.SetMaxIdleConns(readers)
	return &Store{kind: sqlite, write: writer, read: reader, now: o.clock()}, nil
}
