package store

import (
	"context"
	"fmt"
	"time"

	"github.com/opencovey/covey/internal/account"
	"github.com/opencovey/covey/internal/audit"
)

const sessionColumns = `s.id, s.token, s.person, s.strong, s.browser, s.begun, s.seen, s.ends`

func sessionFields(s *account.Session) []any {
	return []any{
		&s.ID, hash{&s.Token}, &s.User, &s.Strong, &s.Browser, moment{&s.Begun}, moment{&s.Seen}, moment{&s.Ends},
	}
}

// Session implements account.Store. It returns one that is over, too.
func (a accounts) Session(ctx context.Context, token [32]byte) (account.Session, account.User, error) {
	var s account.Session
	var u account.User
	err := a.ask(ctx, func(t *tx) error {
		query := `SELECT ` + sessionColumns + `, ` + userColumns + ` FROM sessions s JOIN users u ON u.id = s.person WHERE s.token = $1`
		return t.one(query, token).Scan(append(sessionFields(&s), userFields(&u)...)...)
	})
	if err != nil {
		return account.Session{}, account.User{}, fmt.Errorf("find session: %w", err)
	}
	return s, u, nil
}

// Sessions implements account.Store: the newest first.
func (a accounts) Sessions(ctx context.Context, user string) ([]account.Session, error) {
	var list []account.Session
	err := a.ask(ctx, func(t *tx) error {
		query := `SELECT ` + sessionColumns + ` FROM sessions s WHERE s.person = $1 ORDER BY s.begun DESC, s.id`
		return t.each(query, []any{user}, func(scan func(...any) error) error {
			var s account.Session
			if err := scan(sessionFields(&s)...); err != nil {
				return fmt.Errorf("read sessions: %w", err)
			}
			list = append(list, s)
			return nil
		})
	})
	return list, err
}

// SaveSession implements account.Store. It does not bring back what was over
// meanwhile: an update (Seen is after Begun) of a session that was ended is
// NotFound, and so is one without an entry, which changes nothing but Seen, of a
// session that has a new token.
func (a accounts) SaveSession(ctx context.Context, s account.Session, e *audit.Entry) error {
	return a.change(ctx, e, func(t *tx) error {
		var n int64
		var err error
		if e == nil {
			n, err = t.changed(`UPDATE sessions SET seen = $2 WHERE id = $1 AND token = $3`, s.ID, s.Seen, s.Token)
		} else {
			n, err = t.changed(`UPDATE sessions SET token = $2, strong = $3, seen = $4, ends = $5 WHERE id = $1 AND person = $6`,
				s.ID, s.Token, s.Strong, s.Seen, s.Ends, s.User)
		}
		switch {
		case err != nil || n == 1:
			return err
		case s.Seen.After(s.Begun):
			return notFound()
		}
		_, err = t.exec(`INSERT INTO sessions (id, token, person, strong, browser, begun, seen, ends)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`,
			s.ID, s.Token, s.User, s.Strong, s.Browser, s.Begun, s.Seen, s.Ends)
		return err
	})
}

// EndSessions implements account.Store.
func (a accounts) EndSessions(ctx context.Context, user, id, but string, e audit.Entry) error {
	return a.change(ctx, &e, func(t *tx) error {
		if id == "" {
			_, err := t.exec(`DELETE FROM sessions WHERE person = $1 AND id <> $2`, user, but)
			return err
		}
		n, err := t.changed(`DELETE FROM sessions WHERE person = $1 AND id = $2`, user, id)
		if err == nil && n == 0 {
			err = notFound()
		}
		return err
	})
}

// keepInvitations is how long a used or ended invitation can still say so.
const keepInvitations = 30 * 24 * time.Hour

// Sweep implements account.Store: sessions that have ended, and invitations that
// ended 30 days ago. The embedded database then forgets them in its journal, too.
func (a accounts) Sweep(ctx context.Context, now time.Time) error {
	err := a.change(ctx, nil, func(t *tx) error {
		if _, err := t.exec(`DELETE FROM sessions WHERE ends <= $1`, now); err != nil {
			return err
		}
		_, err := t.exec(`DELETE FROM invitations WHERE ends <= $1`, now.Add(-keepInvitations))
		return err
	})
	if err != nil || a.kind == postgres {
		return err
	}
	// With readers at work it does what it can; the next one does the rest.
	if _, err := a.write.ExecContext(ctx, `PRAGMA wal_checkpoint(TRUNCATE)`); err != nil {
		return fmt.Errorf("empty journal: %w", err)
	}
	return nil
}
