package store

import (
	"compress/gzip"
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"filippo.io/age"

	"github.com/opencovey/covey/internal/seal"
)

// A backup is one file, encrypted with age (https://age-encryption.org/v1), that
// can be restored into either database. Inside is gzip, inside of that one JSON
// value on each line:
//
//	{"covey":"backup","version":1,"schema":2,"made":"2026-11-22T10:00:00Z","root":"..."}
//	{"table":"users","columns":["id","name", ...]}
//	["u1","Zoë", ...]
//	...
//	{"end":true,"rows":1234}
//
// Root is the root key of the server in hexadecimal digits, since without it what
// is sealed stays closed. A row has the values of the columns: texts, whole
// numbers, null, and bytes as {"bytes":"base64"}. Tables stand in an order in
// which they can be filled. A line with another name than these begins something
// that a newer program has added, and is an error for this one.
//
// Age notices truncated and altered files. It does not say who made one: whoever
// knows the recipient can make a backup, with a root key of their own.

// backupVersion is the version of the format.
const backupVersion = 1

// backupLine is a line that is not a row. Which fields are there says which.
type backupLine struct {
	Covey   string    `json:"covey,omitempty"` // "backup": the first line
	Version int       `json:"version,omitempty"`
	Schema  int       `json:"schema,omitempty"`
	Made    time.Time `json:"made,omitzero"`
	Root    string    `json:"root,omitempty"`

	Table   string   `json:"table,omitempty"` // rows follow
	Columns []string `json:"columns,omitempty"`

	End  bool  `json:"end,omitempty"` // the last line
	Rows int64 `json:"rows,omitempty"`
}

// bytesValue is a value of bytes in a row.
type bytesValue struct {
	Bytes []byte `json:"bytes"`
}

// table is a table that is backed up.
type table struct {
	name  string
	since int    // the schema that made it
	order string // of its rows, so that the same content makes the same lines
}

// tables are the tables that are backed up, those that others refer to first.
// Sessions are not: what somebody has ended since must not come to life again. Nor are
// uploads, whose keys have to be gone for good when they are erased, and jobs.
func tables() []table {
	return []table{
		{"server", 1, "name"},
		{"audit_entries", 1, "number"},
		{"audit_head", 1, "id"},
		{"audit_checkpoints", 1, "size"},
		{"organisations", 1, "id"},
		{"users", 1, "id"},
		{"invitations", 1, "id"},
		{"tools", 2, "id"},
		{"tool_changes", 2, "tool, version, place"},
		{"suggestions", 2, "id"},
		{"link_checks", 2, "tool"},
		{"publication_datasets", 3, "id"},
		{"publication_drafts", 3, "id"},
		{"publication_runs", 3, "id"},
		{"publication_releases", 3, "id"},
		{"blob_parts", 3, "parts, number"},
		{"blobs", 3, "hash"},
	}
}

// Contents says what is in a backup.
type Contents struct {
	Made   time.Time
	Schema int   // of the database
	Rows   int64 // of all tables
}

// Backup writes everything to w while the server goes on: the state of one moment,
// with the root key, encrypted for the recipients, of whom there must be one.
func (s *Store) Backup(ctx context.Context, w io.Writer, keys *seal.Keys, to ...age.Recipient) (Contents, error) {
	return s.backup(ctx, w, keys, newest, to)
}

func (s *Store) backup(ctx context.Context, w io.Writer, keys *seal.Keys, schema int, to []age.Recipient) (Contents, error) {
	sealed, err := age.Encrypt(w, to...)
	if err != nil {
		return Contents{}, fmt.Errorf("write backup: %w", err)
	}
	zipped := gzip.NewWriter(sealed)
	lines := json.NewEncoder(zipped)
	lines.SetEscapeHTML(false)
	c := Contents{Made: s.now().UTC().Truncate(time.Second), Schema: schema}
	err = s.view(ctx, func(t *tx) error {
		err := lines.Encode(backupLine{
			Covey: "backup", Version: backupVersion, Schema: c.Schema, Made: c.Made, Root: hex.EncodeToString(keys.Root()),
		})
		for _, table := range tables() {
			if err == nil && table.since <= schema {
				err = t.dump(table, lines, &c.Rows)
			}
		}
		if err == nil {
			err = lines.Encode(backupLine{End: true, Rows: c.Rows})
		}
		return err
	})
	if err == nil {
		err = errors.Join(zipped.Close(), sealed.Close())
	}
	if err != nil {
		return Contents{}, fmt.Errorf("write backup: %w", err)
	}
	return c, nil
}

// dump writes a table.
func (t *tx) dump(of table, lines *json.Encoder, count *int64) error {
	columns, err := t.columns(of.name)
	if err != nil {
		return err
	}
	if err := lines.Encode(backupLine{Table: of.name, Columns: columns}); err != nil {
		return err
	}
	row := make([]any, len(columns))
	into := make([]any, len(columns))
	for i := range row {
		into[i] = &row[i]
	}
	query := `SELECT ` + strings.Join(columns, ", ") + ` FROM ` + of.name + ` ORDER BY ` + of.order
	return t.each(query, nil, func(scan func(...any) error) error {
		if err := scan(into...); err != nil {
			return err
		}
		for i, v := range row {
			if b, ok := v.([]byte); ok {
				row[i] = bytesValue{b}
			}
		}
		*count++
		return lines.Encode(row)
	})
}

// columns returns the names of the columns of a table.
func (t *tx) columns(table string) ([]string, error) {
	rows, err := t.sql.QueryContext(t.ctx, `SELECT * FROM `+table+` WHERE 1 = 0`)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	columns, err := rows.Columns()
	if err != nil {
		return nil, err
	}
	return columns, rows.Err()
}
