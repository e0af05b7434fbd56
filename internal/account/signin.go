package account

import (
	"context"
	"strings"
	"time"

	"github.com/opencovey/covey/internal/audit"
	"github.com/opencovey/covey/internal/fault"
)

// SignIn checks an address and a password. What it answers, and the work it
// takes, are the same for an address that nobody has as for a wrong password.
func (s *Service) SignIn(ctx context.Context, c Client, email, password string) (Ticket, error) {
	u, err := s.proven(ctx, c, email, password)
	if err != nil {
		return Ticket{}, err
	}
	if u, err = s.refresh(ctx, u, password); err != nil {
		return Ticket{}, err
	}
	return s.begin(ctx, c, u, false, "password")
}

// proven returns the user of an address if the password is right.
func (s *Service) proven(ctx context.Context, c Client, email, password string) (User, error) {
	wrong := fault.New(fault.Invalid, "fault.account.signin.wrong")
	email = foldEmail(email)
	u, err := s.store.User(ctx, "email", email)
	if err != nil && !missing(err) {
		return User{}, wrap(err, "read user")
	}
	keys := s.guessKeys(c, email, u.ID)
	reached, err := s.guesses.try(keys...)
	if err != nil {
		return User{}, err
	}
	ok, _, err := s.kdf.verify(ctx, u.Secrets.Password, password)
	if err != nil {
		s.guesses.undone(keys...)
		return User{}, err
	}
	if ok && !u.Disabled {
		open, err := s.isOpen(ctx, u)
		if err != nil {
			return User{}, err
		}
		if open {
			s.guesses.passed(keys...)
			return u, nil
		}
	}
	if reached && u.ID != "" {
		if err := s.noteRefusal(ctx, u.ID, "password"); err != nil {
			return User{}, err
		}
	}
	return User{}, wrong
}

// isOpen tells whether a user's organisation is not disabled.
func (s *Service) isOpen(ctx context.Context, u User) (bool, error) {
	o, err := s.organisation(ctx, u.Organisation)
	if missing(err) {
		return false, nil
	}
	return err == nil && !o.Disabled, err
}

// guessKeys returns what a try for an account is counted by. An address that
// nobody has is counted like any other.
func (s *Service) guessKeys(c Client, email, user string) []guessKey {
	if user != "" && s.knows(c, user) {
		return []guessKey{s.guesses.key(byDevice, c.Device)}
	}
	return []guessKey{
		s.guesses.key(byPair, c.Address, email),
		s.guesses.key(byAccount, email),
		s.guesses.key(byAddress, c.Address),
	}
}

// codeKey returns what tries of a second factor are counted by.
func (s *Service) codeKey(c Client, user string) guessKey {
	if s.knows(c, user) {
		return s.guesses.key(byDevice, c.Device, "code")
	}
	return s.guesses.key(byCode, user)
}

// noteRefusal puts into the log that an account is being guessed at. It is called
// when a counter runs out of free tries, not for each try: an attacker cannot
// fill the log with it.
func (s *Service) noteRefusal(ctx context.Context, user, what string) error {
	e := entry(Actor{}, "session.refuse", "user:"+user, "what", what)
	return wrap(s.log.AppendEntry(ctx, e), "append audit entry")
}

// refresh hashes the password anew if its cost is out of date, and keeps the day.
func (s *Service) refresh(ctx context.Context, u User, password string) (User, error) {
	day := s.now().UTC().Truncate(24 * time.Hour)
	cost, _, _, err := decodePHC(u.Secrets.Password)
	outdated := password != "" && err == nil && cost != s.kdf.cost
	if u.SignedIn.Equal(day) && !outdated {
		return u, nil
	}
	by, err := s.actorOf(ctx, u)
	if err != nil {
		return u, err
	}
	if outdated {
		if u.Secrets.Password, err = s.kdf.hash(ctx, password); err != nil {
			return u, err
		}
	}
	u.SignedIn = day
	saved, err := s.saveUser(ctx, u, entry(by, "user.signin", "user:"+u.ID))
	if fault.Of(err) == fault.Conflict { // changed a moment ago: look again, the next time will do for this
		saved, err = s.store.User(ctx, "id", u.ID)
		err = wrap(err, "read user")
	}
	return saved, err
}

// saveUser saves a user and returns it with the version it has now.
func (s *Service) saveUser(ctx context.Context, u User, e audit.Entry) (User, error) {
	err := s.store.SaveUser(ctx, u, e)
	if fault.Of(err) == fault.Conflict {
		return u, fault.New(fault.Conflict, "fault.account.conflict").Because(err)
	}
	if err != nil {
		return u, wrap(err, "save user")
	}
	u.Version++
	return u, nil
}

// begun is the entry of a session that begins.
func (s *Service) begun(ctx context.Context, x Session, u User, how string) (audit.Entry, error) {
	by, err := s.actorOf(ctx, u)
	return entry(by, "session.begin", "user:"+u.ID, "session", x.ID, "how", how), err
}

// Confirm gives the second factor for half a session: the six digits of an
// authenticator, or a recovery code. The ticket holds a new token; the old one is
// of no use any more.
func (s *Service) Confirm(ctx context.Context, c Client, token, code string) (Ticket, error) {
	x, u, err := s.lookUp(ctx, token)
	if err != nil {
		return Ticket{}, err
	}
	if !half(x, u) {
		return Ticket{}, fault.New(fault.Unauthenticated, "fault.signin")
	}
	u, how, err := s.useCode(ctx, c, u, code)
	if err != nil {
		return Ticket{}, err
	}
	return s.strengthen(ctx, c, x, u, "password+"+how)
}

// useCode accepts a code of a user and makes it useless for a second time. The
// version of the user decides between two who give the same code at once.
func (s *Service) useCode(ctx context.Context, c Client, u User, code string) (User, string, error) {
	key := s.codeKey(c, u.ID)
	reached, err := s.guesses.try(key)
	if err != nil {
		return u, "", err
	}
	how := "code"
	if !s.acceptStep(&u, code) {
		how = "recovery"
		if !acceptRecovery(&u, code) {
			if reached {
				err = s.noteRefusal(ctx, u.ID, "code")
			}
			if err == nil {
				err = fault.New(fault.Invalid, "fault.account.code.wrong").At("code")
			}
			return u, "", err
		}
	}
	by, err := s.actorOf(ctx, u)
	if err != nil {
		return u, "", err
	}
	u, err = s.saveUser(ctx, u, entry(by, "factor.use", "user:"+u.ID, "factor", how))
	if fault.Of(err) == fault.Conflict {
		return u, "", fault.New(fault.Invalid, "fault.account.code.wrong").At("code")
	}
	if err == nil {
		s.guesses.passed(key)
	}
	return u, how, err
}

// Renew signs somebody in again who is signed in already, so that secrets can be
// changed: the password and, if there is a second factor, its code. The old
// session is replaced by a new one. Who has a passkey may use it instead
// ([Service.PasskeySignIn]).
func (s *Service) Renew(ctx context.Context, c Client, by Actor, password, code string) (Ticket, error) {
	u, err := s.self(ctx, by, false)
	if err != nil {
		return Ticket{}, err
	}
	known, err := s.proven(ctx, c, u.Email, password)
	if fault.Of(err) == fault.Invalid || err == nil && known.ID != u.ID {
		return Ticket{}, fault.New(fault.Invalid, "fault.account.password.wrong").At("password")
	}
	if err != nil {
		return Ticket{}, err
	}
	how := "password"
	if known.HasFactor() {
		if strings.TrimSpace(code) == "" {
			return Ticket{}, fault.New(fault.Invalid, "fault.account.code.wrong").At("code")
		}
		if known, how, err = s.useCode(ctx, c, known, code); err != nil {
			return Ticket{}, err
		}
		how = "password+" + how
	}
	return s.replace(ctx, c, by, known, how)
}

// replace begins a session in the place of the actor's present one.
func (s *Service) replace(ctx context.Context, c Client, by Actor, u User, how string) (Ticket, error) {
	t, err := s.begin(ctx, c, u, u.HasFactor(), how)
	if err != nil {
		return Ticket{}, err
	}
	return t, s.endReplaced(ctx, by, by.Session)
}

// endReplaced ends a session that another took the place of. If it has ended by
// itself that is as well.
func (s *Service) endReplaced(ctx context.Context, by Actor, id string) error {
	e := entry(by, "session.end", "user:"+by.User, "session", id)
	err := s.store.EndSessions(ctx, by.User, id, "", e)
	if missing(err) {
		return nil
	}
	return wrap(err, "end session")
}
