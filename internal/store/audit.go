package store

import (
	"context"
	"fmt"
	"strings"

	"github.com/opencovey/covey/internal/audit"
)

// log is the store of the audit log.
type log struct{ *Store }

// head is the end of the log.
type head struct {
	number int64
	hash   [32]byte
}

// lockHead reads the head of the log and keeps others from appending until the
// transaction ends. SQLite has locked everything already.
func (t *tx) lockHead() (head, error) {
	if t.kind == postgres {
		return t.readHead(` FOR UPDATE`)
	}
	return t.readHead("")
}

func (t *tx) readHead(lock string) (head, error) {
	query := `SELECT number, hash FROM audit_head WHERE id = 1` + lock
	var h head
	if err := t.one(query).Scan(&h.number, hash{&h.hash}); err != nil {
		return head{}, fmt.Errorf("read head of audit log: %w", err)
	}
	return h, nil
}

// append appends an entry after the head that lockHead returned.
func (t *tx) append(at head, e audit.Entry) error {
	e.Actor, e.Organisation = clean(e.Actor), clean(e.Organisation)
	e.Action, e.Subject = clean(e.Action), clean(e.Subject)
	detail := make(map[string]string, len(e.Detail))
	for name, value := range e.Detail {
		detail[clean(name)] = clean(value)
	}
	e.Detail = detail
	e = e.After(at.number, at.hash, t.now)
	_, err := t.exec(`INSERT INTO audit_entries
		(number, made_at, actor, organisation, action, subject, detail, previous, hash)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
		e.Number, e.Time, e.Actor, e.Organisation, e.Action, e.Subject, toJSON(e.Detail), e.Previous, e.Hash)
	if err != nil {
		return fmt.Errorf("append to audit log: %w", err)
	}
	if _, err = t.exec(`UPDATE audit_head SET number = $1, hash = $2 WHERE id = 1`, e.Number, e.Hash); err != nil {
		return fmt.Errorf("append to audit log: %w", err)
	}
	return nil
}

// AppendEntry implements audit.Store.
func (l log) AppendEntry(ctx context.Context, e audit.Entry) error {
	return l.change(ctx, &e, func(*tx) error { return nil })
}

// Head implements audit.Store.
func (l log) Head(ctx context.Context) (number int64, hash [32]byte, err error) {
	var h head
	err = l.ask(ctx, func(t *tx) error {
		h, err = t.readHead("")
		return err
	})
	return h.number, h.hash, err
}

const entryColumns = `number, made_at, actor, organisation, action, subject, detail, previous, hash`

// Entries implements audit.Store.
func (l log) Entries(ctx context.Context, q audit.Query) ([]audit.Entry, error) {
	var where []string
	var args []any
	add := func(condition string, values ...any) {
		for _, v := range values {
			args = append(args, v)
			condition = strings.Replace(condition, "?", fmt.Sprintf("$%d", len(args)), 1)
		}
		where = append(where, condition)
	}
	add("1 = 1")
	if q.Before > 0 {
		add("number < ?", q.Before)
	}
	if q.Actor != "" {
		add("actor = ?", q.Actor)
	}
	if q.Subject != "" {
		add("subject = ?", q.Subject)
	}
	if q.Action != "" {
		add("substr(action, 1, ?) = ?", len([]rune(q.Action)), q.Action)
	}
	if q.Limit <= 0 {
		q.Limit = 100
	}
	args = append(args, q.Limit)
	query := fmt.Sprintf(`SELECT %s FROM audit_entries WHERE %s ORDER BY number DESC LIMIT $%d`,
		entryColumns, strings.Join(where, " AND "), len(args))
	var list []audit.Entry
	err := l.ask(ctx, func(t *tx) error {
		return t.each(query, args, func(scan func(...any) error) error {
			e, err := scanEntry(scan)
			list = append(list, e)
			return err
		})
	})
	return list, err
}

// EachEntry implements audit.Store.
func (l log) EachEntry(ctx context.Context, from int64, f func(audit.Entry) error) error {
	return l.ask(ctx, func(t *tx) error {
		query := `SELECT ` + entryColumns + ` FROM audit_entries WHERE number >= $1 ORDER BY number`
		return t.each(query, []any{from}, func(scan func(...any) error) error {
			e, err := scanEntry(scan)
			if err != nil {
				return err
			}
			return f(e)
		})
	})
}

// scanEntry reads an entry. What it cannot make sense of, because somebody changed
// it, becomes an entry with a wrong hash rather than an error: see [audit.Verify].
func scanEntry(scan func(...any) error) (audit.Entry, error) {
	var e audit.Entry
	var detail string
	var previous, sum []byte
	err := scan(&e.Number, moment{&e.Time}, &e.Actor, &e.Organisation, &e.Action, &e.Subject, &detail, &previous, &sum)
	if err != nil {
		return e, fmt.Errorf("read audit log: %w", err)
	}
	copy(e.Previous[:], previous)
	copy(e.Hash[:], sum)
	if err := (document{&e.Detail}).Scan(detail); err != nil || toJSON(e.Detail) != detail || len(previous) != len(e.Previous) || len(sum) != len(e.Hash) {
		e.Detail = map[string]string{"unreadable": detail}
	}
	return e, nil
}

// SaveCheckpoint implements audit.Store.
func (l log) SaveCheckpoint(ctx context.Context, c audit.Checkpoint) error {
	return l.change(ctx, nil, func(t *tx) error {
		_, err := t.exec(`INSERT INTO audit_checkpoints (size, head, made_at, note) VALUES ($1, $2, $3, $4)
			ON CONFLICT DO NOTHING`, c.Size, c.Head, c.Time, c.Note)
		return err
	})
}

// Checkpoints implements audit.Store.
func (l log) Checkpoints(ctx context.Context) ([]audit.Checkpoint, error) {
	var list []audit.Checkpoint
	err := l.ask(ctx, func(t *tx) error {
		return t.each(`SELECT size, head, made_at, note FROM audit_checkpoints ORDER BY size`, nil, func(scan func(...any) error) error {
			var c audit.Checkpoint
			var head []byte
			if err := scan(&c.Size, &head, moment{&c.Time}, &c.Note); err != nil {
				return fmt.Errorf("read checkpoints: %w", err)
			}
			if copy(c.Head[:], head) != len(head) {
				c.Head = [32]byte{} // altered: audit.Verify says so
			}
			list = append(list, c)
			return nil
		})
	})
	return list, err
}
