package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/opencovey/covey/internal/audit"
)

// tx is a transaction, or a single question outside of one. Its methods take the
// SQL that both databases share.
type tx struct {
	kind kind
	ctx  context.Context
	sql  querier
	now  time.Time
}

// querier is what a transaction and a database have in common.
type querier interface {
	ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error)
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
}

// change runs f in a transaction that may write, and appends the entry to the
// audit log. With an entry the transaction begins by locking the head of the log:
// until it ends no other with an entry runs, in this or any other instance. On
// PostgreSQL f may run several times, if the database asks for that.
func (s *Store) change(ctx context.Context, e *audit.Entry, f func(*tx) error) error {
	for try := 1; ; try++ {
		err := s.changeOnce(ctx, e, f)
		if err == nil || try == 5 || !mayRetry(err) {
			return translate(err)
		}
	}
}

func (s *Store) changeOnce(ctx context.Context, e *audit.Entry, f func(*tx) error) error {
	begun, err := s.write.BeginTx(ctx, nil)
	if err != nil {
		return fmt.Errorf("begin change: %w", err)
	}
	defer func() { _ = begun.Rollback() }() // after Commit it does nothing
	t := &tx{s.kind, ctx, begun, s.now().UTC()}
	var at head
	if e != nil {
		if at, err = t.lockHead(); err != nil {
			return err
		}
	}
	if err := f(t); err != nil {
		return err
	}
	if e != nil {
		if err := t.append(at, *e); err != nil {
			return err
		}
	}
	if err := begun.Commit(); err != nil {
		return fmt.Errorf("commit change: %w", err)
	}
	return nil
}

// ask runs f, which asks a single question and needs no transaction for that.
func (s *Store) ask(ctx context.Context, f func(*tx) error) error {
	return translate(f(&tx{s.kind, ctx, s.read, s.now().UTC()}))
}

// view runs f in a transaction that reads one state of the database.
func (s *Store) view(ctx context.Context, f func(*tx) error) error {
	options := &sql.TxOptions{ReadOnly: true}
	if s.kind == postgres {
		options.Isolation = sql.LevelRepeatableRead
	}
	begun, err := s.read.BeginTx(ctx, options)
	if err != nil {
		return translate(fmt.Errorf("begin reading: %w", err))
	}
	defer func() { _ = begun.Rollback() }()
	return translate(f(&tx{s.kind, ctx, begun, s.now().UTC()}))
}

// exec runs a statement.
func (t *tx) exec(query string, args ...any) (sql.Result, error) {
	return t.sql.ExecContext(t.ctx, t.kind.text(query), values(args)...)
}

// one asks for a single row.
func (t *tx) one(query string, args ...any) *sql.Row {
	return t.sql.QueryRowContext(t.ctx, t.kind.text(query), values(args)...)
}

// each calls f for every row.
func (t *tx) each(query string, args []any, f func(scan func(...any) error) error) error {
	rows, err := t.sql.QueryContext(t.ctx, t.kind.text(query), values(args)...)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		if err := f(rows.Scan); err != nil {
			return err
		}
	}
	return rows.Err()
}

// changed runs a statement and returns how many rows it changed.
func (t *tx) changed(query string, args ...any) (int64, error) {
	r, err := t.exec(query, args...)
	if err != nil {
		return 0, err
	}
	return r.RowsAffected()
}

// rowsPerStatement times twenty columns is far below the limits of both databases.
const rowsPerStatement = 100

// insertAll inserts many rows with few statements, and returns how many: rows that
// exist already are left out.
func (t *tx) insertAll(table, columns string, rows [][]any) (inserted int64, err error) {
	for len(rows) > 0 {
		part := rows[:min(rowsPerStatement, len(rows))]
		rows = rows[len(part):]
		var text strings.Builder
		fmt.Fprintf(&text, "INSERT INTO %s (%s) VALUES ", table, columns)
		var args []any
		for i, row := range part {
			if i > 0 {
				text.WriteByte(',')
			}
			text.WriteByte('(')
			for j, value := range row {
				if j > 0 {
					text.WriteByte(',')
				}
				args = append(args, value)
				fmt.Fprintf(&text, "$%d", len(args))
			}
			text.WriteByte(')')
		}
		text.WriteString(" ON CONFLICT DO NOTHING")
		n, err := t.changed(text.String(), args...)
		if err != nil {
			return 0, err
		}
		inserted += n
	}
	return inserted, nil
}

// text writes placeholders as the database counts them: SQLite gives "$2" the next
// free number, whatever its name, and "?2" the number 2.
func (k kind) text(query string) string {
	if k == sqlite {
		return strings.ReplaceAll(query, "$", "?")
	}
	return query
}

// values turns arguments into what both databases take: truth and times become
// numbers, arrays become slices, and texts lose what PostgreSQL refuses.
func values(args []any) []any {
	out := make([]any, len(args))
	for i, a := range args {
		switch a := a.(type) {
		case bool:
			out[i] = int64(btoi(a))
		case int:
			out[i] = int64(a)
		case time.Time:
			out[i] = micros(a)
		case [32]byte:
			out[i] = a[:]
		case string:
			out[i] = clean(a)
		case []byte:
			if a != nil { // else NULL
				out[i] = a
			}
		default:
			out[i] = a
		}
	}
	return out
}

func btoi(b bool) int {
	if b {
		return 1
	}
	return 0
}

// clean replaces what is no UTF-8, and zero bytes, which PostgreSQL refuses.
func clean(text string) string {
	return strings.ReplaceAll(strings.ToValidUTF8(text, "\uFFFD"), "\x00", "\uFFFD")
}

// micros is a time as it is kept; 0 for the zero time.
func micros(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMicro()
}

// moment reads what micros returned.
type moment struct{ to *time.Time }

// Scan implements sql.Scanner.
func (m moment) Scan(value any) error {
	n, ok := value.(int64)
	if !ok {
		return fmt.Errorf("read time: %T", value)
	}
	*m.to = time.Time{}
	if n != 0 {
		*m.to = time.UnixMicro(n).UTC()
	}
	return nil
}

// hash reads 32 bytes.
type hash struct{ to *[32]byte }

// Scan implements sql.Scanner.
func (h hash) Scan(value any) error {
	b, ok := value.([]byte)
	if !ok || len(b) != len(h.to) {
		return fmt.Errorf("read hash: not %d bytes", len(h.to))
	}
	copy(h.to[:], b)
	return nil
}

// document reads a column of JSON.
type document struct{ to any }

// Scan implements sql.Scanner.
func (d document) Scan(value any) error {
	switch v := value.(type) {
	case string:
		return json.Unmarshal([]byte(v), d.to)
	case []byte:
		return json.Unmarshal(v, d.to)
	}
	return fmt.Errorf("read document: %T", value)
}

// optional reads a text that may be absent, which is "".
type optional struct{ to *string }

// Scan implements sql.Scanner.
func (o optional) Scan(value any) error {
	var s sql.NullString
	err := s.Scan(value)
	*o.to = s.String
	return err
}

// reference is a text for a column that refers to another table: NULL if empty.
func reference(id string) any {
	if id == "" {
		return nil
	}
	return id
}

// toJSON writes a document. What the areas keep can always be written.
func toJSON(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		panic(fmt.Sprintf("store: write document: %v", err))
	}
	return string(b)
}
