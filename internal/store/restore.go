package store

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"filippo.io/age"

	"github.com/opencovey/covey/internal/audit"
	"github.com/opencovey/covey/internal/seal"
)

// Restore reads a backup into an empty database and puts the root key into the
// folder o.Dir, unless it is there already; o.Key is not used. Either all of it is
// there afterwards or nothing: a backup that is truncated, altered, or encrypted
// for somebody else leaves no trace. An older backup is brought to the present
// schema, one of a newer program is refused. The audit log says that there was a
// restore; whether the log is whole is for [audit.Verify] to say, since a backup
// must not be lost because somebody has altered its log.
//
// Root is the key that the folder's server has from elsewhere (a credential), or
// nil; a backup with another root key is refused then.
func Restore(ctx context.Context, r io.Reader, o Options, root *seal.Keys, from ...age.Identity) (Contents, error) {
	c, err := restore(ctx, r, o, root, from)
	if err != nil {
		return Contents{}, fmt.Errorf("restore backup: %w", err)
	}
	return c, nil
}

func restore(ctx context.Context, r io.Reader, o Options, root *seal.Keys, from []age.Identity) (c Contents, failed error) {
	lines, first, err := openBackup(r, from)
	if err != nil {
		return Contents{}, err
	}
	keys, err := rootKey(first, o.Dir, root)
	if err != nil {
		return Contents{}, err
	}
	o.Key = keys.Database()
	if root == nil {
		err := keys.Save(o.Dir)
		if err != nil && !errors.Is(err, fs.ErrExist) {
			return Contents{}, err
		}
		if err == nil {
			defer func() {
				if failed != nil {
					_ = os.Remove(filepath.Join(o.Dir, seal.File))
				}
			}()
		}
	}
	c = Contents{Made: first.Made, Schema: first.Schema}
	if !isPostgres(o.Database) {
		return c, restoreFile(ctx, lines, o, &c)
	}
	s, err := connect(ctx, o)
	if err != nil {
		return Contents{}, err
	}
	return c, errors.Join(s.load(ctx, lines, &c), s.Close())
}

// rootKey returns the root key of a backup, if there is no other one.
func rootKey(first backupLine, dir string, given *seal.Keys) (*seal.Keys, error) {
	b, err := hex.DecodeString(first.Root)
	if err != nil {
		return nil, errBackup
	}
	keys, err := seal.New(b)
	if err != nil {
		return nil, errBackup
	}
	present := given
	if given == nil {
		present, err = seal.Read(filepath.Join(dir, seal.File))
		if errors.Is(err, fs.ErrNotExist) {
			return keys, nil
		}
		if err != nil {
			return nil, err
		}
	}
	if !bytes.Equal(present.Root(), keys.Root()) {
		return nil, errors.New("there is another root key already: restore into an empty folder")
	}
	return keys, nil
}

// restoreFile makes the embedded database beside its place and moves it there when
// it is whole.
func restoreFile(ctx context.Context, lines *bufio.Reader, o Options, c *Contents) error {
	path, err := o.path()
	if err != nil {
		return err
	}
	if _, err := os.Lstat(path); !errors.Is(err, fs.ErrNotExist) {
		return errNotEmpty
	}
	beside, err := os.MkdirTemp(filepath.Dir(path), ".restore-*")
	if err != nil {
		return err
	}
	defer os.RemoveAll(beside)
	made := filepath.Join(beside, File)
	s, err := connectSQLite(ctx, made, o)
	if err != nil {
		return err
	}
	err = s.load(ctx, lines, c)
	if err == nil { // all into the file, nothing in its journal
		_, err = s.write.ExecContext(ctx, `PRAGMA wal_checkpoint(TRUNCATE)`)
	}
	if err = errors.Join(err, s.Close()); err != nil {
		return err
	}
	// A link, unlike a rename, fails if the name was taken meanwhile.
	if err := os.Link(made, path); err != nil {
		return err
	}
	d, err := os.Open(filepath.Dir(path))
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

// Errors of reading a backup.
var (
	errBackup   = errors.New("the file is not a backup, or is damaged")
	errNotEmpty = errors.New("there is a database already: restore into an empty one")
)

// openBackup decrypts a backup and reads its first line.
func openBackup(r io.Reader, from []age.Identity) (*bufio.Reader, backupLine, error) {
	var first backupLine
	plain, err := age.Decrypt(r, from...)
	if _, ok := errors.AsType[*age.NoIdentityMatchError](err); ok {
		return nil, first, errors.New("the backup is encrypted for another key, or with another passphrase")
	} else if err != nil {
		return nil, first, errBackup
	}
	unzipped, err := gzip.NewReader(plain)
	if err != nil {
		return nil, first, errBackup
	}
	lines := bufio.NewReaderSize(unzipped, 1<<16)
	text, err := lines.ReadBytes('\n')
	if err != nil || json.Unmarshal(text, &first) != nil || first.Covey != "backup" || first.Schema < 1 {
		return nil, first, errBackup
	}
	if first.Version > backupVersion || first.Schema > newest {
		return nil, first, errors.New("the backup was made by a newer program: use that, or a still newer one")
	}
	return lines, first, nil
}

// load fills an empty database in one transaction, and notes it in the audit log.
func (s *Store) load(ctx context.Context, lines *bufio.Reader, c *Contents) error {
	return translate(s.changeOnce(ctx, nil, func(t *tx) error {
		have, err := t.schema()
		if err != nil {
			return err
		}
		if have > 0 {
			return errNotEmpty
		}
		for version := 1; version <= c.Schema; version++ {
			if err := t.step(version); err != nil {
				return err
			}
		}
		if err := t.loadTables(lines, c); err != nil {
			return err
		}
		for version := c.Schema + 1; version <= newest; version++ {
			if err := t.step(version); err != nil {
				return err
			}
		}
		at, err := t.lockHead()
		if err != nil {
			return err
		}
		return t.append(at, audit.Entry{
			Actor: "system", Action: "server.restore", Detail: map[string]string{"made": c.Made.Format(time.RFC3339)},
		})
	}))
}

// loadTables reads tables until the last line.
func (t *tx) loadTables(lines *bufio.Reader, c *Contents) error {
	var into loading
	for {
		text, err := lines.ReadBytes('\n')
		if err != nil {
			return errBackup // truncated, altered, or the disk cannot be read
		}
		if text[0] == '[' {
			if err := into.add(t, text); err != nil {
				return err
			}
			c.Rows++
			continue
		}
		var line backupLine
		if err := json.Unmarshal(text, &line); err != nil {
			return errBackup
		}
		if err := into.flush(t); err != nil {
			return err
		}
		switch {
		case line.End:
			// What follows must be the end: gzip and age check their sums there.
			if _, err := lines.ReadByte(); err != io.EOF || line.Rows != c.Rows {
				return errBackup
			}
			return nil
		case line.Table == "":
			return errors.New("the backup has a part that this program does not know: use a newer one")
		}
		if into, err = t.begin(line, c.Schema); err != nil {
			return err
		}
	}
}

// loading is the table that is being filled.
type loading struct {
	table   string
	columns []string
	rows    [][]any
}

// begin makes a table of the backup ready to be filled. Its names become part of
// statements, so they must be those of this program.
func (t *tx) begin(line backupLine, schema int) (loading, error) {
	known := slices.ContainsFunc(tables(), func(k table) bool { return k.name == line.Table && k.since <= schema })
	if !known {
		return loading{}, errBackup
	}
	columns, err := t.columns(line.Table)
	if err != nil {
		return loading{}, err
	}
	if !slices.Equal(slices.Sorted(slices.Values(columns)), slices.Sorted(slices.Values(line.Columns))) {
		return loading{}, errBackup
	}
	_, err = t.exec(`DELETE FROM ` + line.Table) // the head of the empty log
	return loading{table: line.Table, columns: line.Columns}, err
}

// add reads a row.
func (l *loading) add(t *tx, text []byte) error {
	var values []json.RawMessage
	if err := json.Unmarshal(text, &values); err != nil || len(values) != len(l.columns) {
		return errBackup
	}
	row := make([]any, len(values))
	for i, v := range values {
		var err error
		if row[i], err = loadValue(v); err != nil {
			return err
		}
	}
	l.rows = append(l.rows, row)
	if len(l.rows) == rowsPerStatement {
		return l.flush(t)
	}
	return nil
}

// loadValue reads a value of a row.
func loadValue(text json.RawMessage) (any, error) {
	var err error
	switch text[0] {
	case 'n':
		return nil, nil
	case '"':
		var s string
		if err = json.Unmarshal(text, &s); err == nil {
			return s, nil
		}
	case '{':
		var b bytesValue
		if err = json.Unmarshal(text, &b); err == nil && b.Bytes != nil {
			return b.Bytes, nil
		}
	default:
		var n int64
		if err = json.Unmarshal(text, &n); err == nil {
			return n, nil
		}
	}
	return nil, errBackup
}

// flush writes the rows that were added.
func (l *loading) flush(t *tx) error {
	if len(l.rows) == 0 {
		return nil
	}
	n, err := t.insertAll(l.table, strings.Join(l.columns, ", "), l.rows)
	if err == nil && n != int64(len(l.rows)) {
		err = errBackup
	}
	l.rows = l.rows[:0]
	return err
}
