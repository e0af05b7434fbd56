package account

import (
	"context"
	"crypto/sha256"
	"errors"
	"slices"
	"time"

	"github.com/opencovey/covey/internal/fault"
)

// ErrAgain is the cause of a fault that asks to sign in again: secrets are
// changed only shortly after that.
var ErrAgain = errors.New("signed in too long ago")

// Visitor is whoever makes a request, as pages need to know it.
type Visitor struct {
	Actor    Actor // a stranger until the second factor is given
	Name     string
	Language string // "" follows the browser
	Half     bool   // the password was right, the second factor is missing
	Setup    bool   // has a role that needs a second factor, and has none
	Recent   bool   // signed in so shortly ago that secrets may be changed
}

// Ticket is the outcome of a step of signing in.
type Ticket struct {
	Token  string // for the session cookie; replaces the one before
	Device string // for the device cookie; "" leaves it
	Half   bool   // the second factor comes next
	Setup  bool   // a second factor must be set up before the roles have effect
}

// NeedsFactor tells whether a role is of use only after a second factor.
func NeedsFactor(roles []Role) bool {
	return slices.ContainsFunc(roles, func(r Role) bool { return r != Reader })
}

// HasFactor tells whether a person has a second factor.
func (u User) HasFactor() bool { return u.Secrets.TOTP != nil || len(u.Secrets.Passkeys) > 0 }

// Identify finds who presents the token of a session cookie. A token that is
// unknown or over, or whose owner is disabled, is a fault Unauthenticated.
func (s *Service) Identify(ctx context.Context, token string) (Visitor, error) {
	x, u, err := s.lookUp(ctx, token)
	if err != nil {
		return Visitor{}, err
	}
	if half(x, u) {
		return Visitor{Half: true, Language: u.Language}, nil
	}
	now := s.now()
	if now.Sub(x.Seen) >= seenEvery {
		x.Seen = now
		if err := s.store.SaveSession(ctx, x, nil); missing(err) { // ended a moment ago
			return Visitor{}, fault.New(fault.Unauthenticated, "fault.signin")
		} else if err != nil {
			return Visitor{}, wrap(err, "save session")
		}
	}
	by, err := s.actorOf(ctx, u)
	if err != nil {
		return Visitor{}, err
	}
	by.Session, by.Strong = x.ID, x.Strong
	return Visitor{
		Actor: by, Name: u.Name, Language: u.Language,
		Setup: NeedsFactor(u.Roles) && !u.HasFactor(), Recent: s.isRecent(x),
	}, nil
}

// half tells whether a session still waits for the second factor. Such a session
// is no session: it can do nothing but give the factor.
func half(x Session, u User) bool { return u.HasFactor() && !x.Strong }

func (s *Service) isRecent(x Session) bool { return s.now().Sub(x.Begun) < recentLasts }

// lookUp finds a session that is not over, half or whole, of a user who is not
// disabled. All else is a fault Unauthenticated.
func (s *Service) lookUp(ctx context.Context, token string) (Session, User, error) {
	stranger := fault.New(fault.Unauthenticated, "fault.signin")
	if token == "" || len(token) > 100 {
		return Session{}, User{}, stranger
	}
	x, u, err := s.store.Session(ctx, sha256.Sum256([]byte(token)))
	if missing(err) {
		return Session{}, User{}, stranger
	}
	if err != nil {
		return Session{}, User{}, wrap(err, "read session")
	}
	if u.Disabled || s.over(x, u) {
		return Session{}, User{}, stranger
	}
	o, err := s.organisation(ctx, u.Organisation)
	if err != nil || o.Disabled {
		if err == nil || missing(err) {
			return Session{}, User{}, stranger
		}
		return Session{}, User{}, err
	}
	return x, u, nil
}

func (s *Service) over(x Session, u User) bool {
	now := s.now()
	idle := s.options.Idle
	if NeedsFactor(u.Roles) {
		idle = s.options.IdleStrong
	}
	return !now.Before(x.Ends) || now.Sub(x.Seen) >= idle || half(x, u) && now.Sub(x.Begun) >= halfLasts
}

// begin starts a session. One that waits for a second factor gets its entry in
// the log when it has it.
func (s *Service) begin(ctx context.Context, c Client, u User, strong bool, how string) (Ticket, error) {
	id, err := s.newID()
	if err != nil {
		return Ticket{}, err
	}
	token, sum, err := s.newToken()
	if err != nil {
		return Ticket{}, err
	}
	now := s.now()
	x := Session{
		ID: id, Token: sum, User: u.ID, Strong: strong, Browser: c.browser(),
		Begun: now, Seen: now, Ends: now.Add(s.options.Longest),
	}
	if half(x, u) {
		err = s.store.SaveSession(ctx, x, nil)
		return Ticket{Token: token, Half: true}, wrap(err, "save session")
	}
	e, err := s.begun(ctx, x, u, how)
	if err != nil {
		return Ticket{}, err
	}
	if err := s.store.SaveSession(ctx, x, &e); err != nil {
		return Ticket{}, wrap(err, "save session")
	}
	return s.ticket(c, u, token)
}

// ticket is what a browser gets that is wholly signed in.
func (s *Service) ticket(c Client, u User, token string) (Ticket, error) {
	t := Ticket{Token: token, Setup: NeedsFactor(u.Roles) && !u.HasFactor()}
	if s.knows(c, u.ID) {
		return t, nil
	}
	device, err := s.newDevice(u.ID)
	t.Device = device
	return t, err
}

// strengthen makes half a session a whole one, under a new token.
func (s *Service) strengthen(ctx context.Context, c Client, x Session, u User, how string) (Ticket, error) {
	token, sum, err := s.newToken()
	if err != nil {
		return Ticket{}, err
	}
	x.Token, x.Strong, x.Seen = sum, true, s.now()
	e, err := s.begun(ctx, x, u, how)
	if err != nil {
		return Ticket{}, err
	}
	if err := s.store.SaveSession(ctx, x, &e); missing(err) { // ended a moment ago
		return Ticket{}, fault.New(fault.Unauthenticated, "fault.signin")
	} else if err != nil {
		return Ticket{}, wrap(err, "save session")
	}
	return s.ticket(c, u, token)
}

// Sessions returns the sessions of the actor, newest first.
func (s *Service) Sessions(ctx context.Context, by Actor) ([]Session, error) {
	if err := Permit(by, ManageSelf, Subject{User: by.User}); err != nil {
		return nil, err
	}
	u, err := s.store.User(ctx, "id", by.User)
	if err != nil {
		return nil, wrap(err, "read user")
	}
	all, err := s.store.Sessions(ctx, by.User)
	if err != nil {
		return nil, wrap(err, "read sessions")
	}
	all = slices.DeleteFunc(all, func(x Session) bool { return half(x, u) || s.over(x, u) })
	slices.SortFunc(all, func(a, b Session) int { return b.Begun.Compare(a.Begun) })
	return all, nil
}

// EndSession ends one session of the actor; the own one is signing out.
func (s *Service) EndSession(ctx context.Context, by Actor, id string) error {
	if err := Permit(by, ManageSelf, Subject{User: by.User}); err != nil {
		return err
	}
	if id == "" {
		return fault.New(fault.NotFound, "fault.account.session.none")
	}
	e := entry(by, "session.end", "user:"+by.User, "session", id)
	return wrap(s.store.EndSessions(ctx, by.User, id, "", e), "end session")
}

// EndOthers ends all sessions of the actor but the present one.
func (s *Service) EndOthers(ctx context.Context, by Actor) error {
	if err := Permit(by, ManageSelf, Subject{User: by.User}); err != nil {
		return err
	}
	e := entry(by, "session.end", "user:"+by.User, "session", "others")
	return wrap(s.store.EndSessions(ctx, by.User, "", by.Session, e), "end sessions")
}

// Sweep removes sessions and invitations that are over. Call it from time to time.
func (s *Service) Sweep(ctx context.Context) error {
	return wrap(s.store.Sweep(ctx, s.now().UTC().Truncate(time.Microsecond)), "sweep accounts")
}

// self returns the actor's own record, for a change of it. With recent, the
// session must have begun a short while ago.
func (s *Service) self(ctx context.Context, by Actor, recent bool) (User, error) {
	if by.User == "" {
		return User{}, fault.New(fault.Unauthenticated, "fault.signin")
	}
	if err := Permit(by, ManageSelf, Subject{User: by.User}); err != nil {
		return User{}, err
	}
	if recent {
		if err := s.Recent(ctx, by); err != nil {
			return User{}, err
		}
	}
	u, err := s.store.User(ctx, "id", by.User)
	return u, wrap(err, "read user")
}

// Recent returns nil if the actor signed in so shortly ago that secrets may be
// changed, or a fault caused by [ErrAgain].
func (s *Service) Recent(ctx context.Context, by Actor) error {
	all, err := s.store.Sessions(ctx, by.User)
	if err != nil {
		return wrap(err, "read sessions")
	}
	for _, x := range all {
		if x.ID == by.Session && s.isRecent(x) {
			return nil
		}
	}
	return fault.New(fault.Forbidden, "fault.account.again").Because(ErrAgain)
}
