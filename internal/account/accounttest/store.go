// Package accounttest has what tests of accounts need: a store in memory, an
// authenticator that makes passkeys, and a provider of OpenID Connect that can be
// told to lie.
package accounttest

import (
	"bytes"
	"context"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/opencovey/covey/internal/account"
	"github.com/opencovey/covey/internal/audit"
	"github.com/opencovey/covey/internal/fault"
)

// Store keeps accounts and the audit log in memory, as [account.Store] and
// [audit.Store] want it. It is safe for concurrent use. Now gives entries their
// time; nil means time.Now.
type Store struct {
	Now func() time.Time
	// Slow, if it is not nil, is called when users have been read and not yet
	// returned, so that a test can let others in between.
	Slow func()

	mu            sync.Mutex
	organisations []account.Organisation
	users         []account.User
	sessions      []account.Session
	invitations   []account.Invitation
	entries       []audit.Entry
	head          [32]byte
	checkpoints   []audit.Checkpoint
}

func notFound() error { return fault.New(fault.NotFound, "fault.notfound") }
func changed() error  { return fault.New(fault.Conflict, "fault.changed") }

func (s *Store) now() time.Time {
	if s.Now == nil {
		return time.Now()
	}
	return s.Now()
}

// append adds an entry to the chain. The caller holds the lock.
func (s *Store) append(e audit.Entry) {
	e = e.After(int64(len(s.entries)), s.head, s.now())
	s.entries, s.head = append(s.entries, e), e.Hash
}

// Head implements [audit.Store].
func (s *Store) Head(context.Context) (int64, [32]byte, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return int64(len(s.entries)), s.head, nil
}

// Organisations implements [account.Store].
func (s *Store) Organisations(context.Context) ([]account.Organisation, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.organisations), nil
}

// SaveOrganisation implements [account.Store].
func (s *Store) SaveOrganisation(_ context.Context, o account.Organisation, e audit.Entry) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.saveOrganisation(o); err != nil {
		return err
	}
	s.append(e)
	return nil
}

func (s *Store) saveOrganisation(o account.Organisation) error {
	at := slices.IndexFunc(s.organisations, func(have account.Organisation) bool { return have.ID == o.ID })
	taken := slices.ContainsFunc(s.organisations, func(have account.Organisation) bool {
		return have.ID != o.ID && have.Operator && o.Operator
	})
	switch {
	case taken, at >= 0 && s.organisations[at].Version != o.Version:
		return changed()
	case at < 0 && o.Version > 0:
		return notFound()
	}
	o.Version++
	if at < 0 {
		s.organisations = append(s.organisations, o)
		return nil
	}
	s.organisations[at] = o
	if o.Disabled {
		for _, u := range s.users {
			if u.Organisation == o.ID {
				s.endSessions(u.ID, "", "")
			}
		}
	}
	return nil
}

// Users implements [account.Store].
func (s *Store) Users(_ context.Context, organisation string) ([]account.User, error) {
	if s.Slow != nil {
		defer s.Slow()
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	var some []account.User
	for _, u := range s.users {
		if organisation == "" || u.Organisation == organisation {
			some = append(some, clone(u))
		}
	}
	return some, nil
}

// clone copies a user, so that nobody shares slices with the store.
func clone(u account.User) account.User {
	u.Roles = slices.Clone(u.Roles)
	u.Secrets.TOTP = bytes.Clone(u.Secrets.TOTP)
	u.Secrets.Passkeys = slices.Clone(u.Secrets.Passkeys)
	u.Secrets.RecoveryCodes = slices.Clone(u.Secrets.RecoveryCodes)
	return u
}

// User implements [account.Store].
func (s *Store) User(_ context.Context, by, value string) (account.User, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, u := range s.users {
		have := map[string]string{"id": u.ID, "email": u.Email, "oidc": u.Secrets.OIDCSubject}[by]
		if value != "" && have == value {
			return clone(u), nil
		}
	}
	return account.User{}, notFound()
}

// SaveUser implements [account.Store].
func (s *Store) SaveUser(_ context.Context, u account.User, e audit.Entry) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.saveUser(u); err != nil {
		return err
	}
	s.append(e)
	return nil
}

func (s *Store) saveUser(u account.User) error {
	at := slices.IndexFunc(s.users, func(have account.User) bool { return have.ID == u.ID })
	taken := slices.ContainsFunc(s.users, func(have account.User) bool {
		subject := have.Secrets.OIDCSubject
		return have.ID != u.ID && (have.Email == u.Email || subject != "" && subject == u.Secrets.OIDCSubject)
	})
	switch {
	case taken, at >= 0 && s.users[at].Version != u.Version:
		return changed()
	case at < 0 && u.Version > 0:
		return notFound()
	}
	u = clone(u)
	u.Version++
	if at < 0 {
		s.users = append(s.users, u)
		return nil
	}
	s.users[at] = u
	if u.Disabled {
		s.endSessions(u.ID, "", "")
	}
	return nil
}

// Invitations implements [account.Store].
func (s *Store) Invitations(_ context.Context, organisation string, now time.Time) ([]account.Invitation, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	var open []account.Invitation
	for _, i := range s.invitations {
		if i.Used.IsZero() && now.Before(i.Ends) && (organisation == "" || i.Organisation == organisation) {
			open = append(open, i)
		}
	}
	return open, nil
}

// Invitation implements [account.Store].
func (s *Store) Invitation(_ context.Context, token [32]byte) (account.Invitation, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, i := range s.invitations {
		if i.Token == token {
			return i, nil
		}
	}
	return account.Invitation{}, notFound()
}

// SaveInvitation implements [account.Store].
func (s *Store) SaveInvitation(_ context.Context, i account.Invitation, e audit.Entry) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	i.Roles = slices.Clone(i.Roles)
	at := slices.IndexFunc(s.invitations, func(have account.Invitation) bool { return have.ID == i.ID })
	if at < 0 {
		s.invitations = append(s.invitations, i)
	} else {
		s.invitations[at] = i
	}
	s.append(e)
	return nil
}

// Accept implements [account.Store].
func (s *Store) Accept(_ context.Context, i account.Invitation, u account.User, o *account.Organisation, e audit.Entry) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	at := slices.IndexFunc(s.invitations, func(have account.Invitation) bool { return have.ID == i.ID })
	if at < 0 || !s.invitations[at].Used.IsZero() || !s.now().Before(s.invitations[at].Ends) {
		return fault.New(fault.Gone, "fault.gone")
	}
	before := slices.Clone(s.organisations)
	if o != nil {
		if err := s.saveOrganisation(*o); err != nil {
			return err
		}
	}
	if err := s.saveUser(u); err != nil {
		s.organisations = before
		return err
	}
	s.invitations[at].Used = s.now()
	s.append(e)
	return nil
}

// Session implements [account.Store].
func (s *Store) Session(_ context.Context, token [32]byte) (account.Session, account.User, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, x := range s.sessions {
		for _, u := range s.users {
			if x.Token == token && u.ID == x.User {
				return x, clone(u), nil
			}
		}
	}
	return account.Session{}, account.User{}, notFound()
}

// Sessions implements [account.Store].
func (s *Store) Sessions(_ context.Context, user string) ([]account.Session, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	var some []account.Session
	for _, x := range s.sessions {
		if x.User == user {
			some = append(some, x)
		}
	}
	return some, nil
}

// SaveSession implements [account.Store].
func (s *Store) SaveSession(_ context.Context, x account.Session, e *audit.Entry) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	at := slices.IndexFunc(s.sessions, func(have account.Session) bool { return have.ID == x.ID })
	switch {
	case at < 0 && x.Seen.After(x.Begun):
		return notFound()
	case at < 0:
		s.sessions = append(s.sessions, x)
	case e == nil && s.sessions[at].Token != x.Token:
		return notFound()
	default:
		s.sessions[at] = x
	}
	if e != nil {
		s.append(*e)
	}
	return nil
}

// EndSessions implements [account.Store].
func (s *Store) EndSessions(_ context.Context, user, id, but string, e audit.Entry) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if n := s.endSessions(user, id, but); n == 0 && id != "" {
		return notFound()
	}
	s.append(e)
	return nil
}

func (s *Store) endSessions(user, id, but string) int {
	n := len(s.sessions)
	s.sessions = slices.DeleteFunc(s.sessions, func(x account.Session) bool {
		return x.User == user && (id == "" && x.ID != but || id != "" && x.ID == id)
	})
	return n - len(s.sessions)
}

// Sweep implements [account.Store].
func (s *Store) Sweep(_ context.Context, now time.Time) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.sessions = slices.DeleteFunc(s.sessions, func(x account.Session) bool { return !now.Before(x.Ends) })
	s.invitations = slices.DeleteFunc(s.invitations, func(i account.Invitation) bool { return !now.Before(i.Ends) })
	return nil
}

// AppendEntry implements [audit.Store].
func (s *Store) AppendEntry(_ context.Context, e audit.Entry) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.append(e)
	return nil
}

// Entries implements [audit.Store].
func (s *Store) Entries(_ context.Context, q audit.Query) ([]audit.Entry, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if q.Limit == 0 {
		q.Limit = 100
	}
	var some []audit.Entry
	for _, e := range slices.Backward(s.entries) {
		switch {
		case q.Before > 0 && e.Number >= q.Before, q.Actor != "" && e.Actor != q.Actor,
			q.Subject != "" && e.Subject != q.Subject, !strings.HasPrefix(e.Action, q.Action):
			continue
		}
		if len(some) < q.Limit {
			some = append(some, e)
		}
	}
	return some, nil
}

// EachEntry implements [audit.Store].
func (s *Store) EachEntry(_ context.Context, from int64, f func(audit.Entry) error) error {
	s.mu.Lock()
	all := slices.Clone(s.entries)
	s.mu.Unlock()
	for _, e := range all {
		if e.Number < from {
			continue
		}
		if err := f(e); err != nil {
			return err
		}
	}
	return nil
}

// SaveCheckpoint implements [audit.Store].
func (s *Store) SaveCheckpoint(_ context.Context, c audit.Checkpoint) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.checkpoints = append(s.checkpoints, c)
	return nil
}

// Checkpoints implements [audit.Store].
func (s *Store) Checkpoints(context.Context) ([]audit.Checkpoint, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.checkpoints), nil
}

// Alter changes an entry of the log behind the log's back, as somebody with access
// to the database could.
func (s *Store) Alter(number int64, change func(*audit.Entry)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	change(&s.entries[number-1])
}
