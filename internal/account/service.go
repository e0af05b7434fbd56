package account

import (
	"context"
	"crypto/sha256"
	"encoding/base32"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/go-webauthn/webauthn/webauthn"

	"github.com/opencovey/covey/internal/audit"
	"github.com/opencovey/covey/internal/fault"
	"github.com/opencovey/covey/internal/seal"
)

// Options are what an operator may choose. The zero value is a server on plain
// HTTP at http://localhost:8080, without OpenID Connect.
type Options struct {
	Origin     string        // where browsers find the server: "https://hub.example.org"; "" means http://localhost:8080
	Name       string        // of the server in a person's authenticator; "" means "Covey"
	Idle       time.Duration // after which an unused session is over; 0 means 12 h
	IdleStrong time.Duration // the same for curators and administrators; 0 means 8 h
	Longest    time.Duration // after which every session is over; 0 means 7 days
	Hashing    Argon         // cost of a password; the zero value is 19 MiB, 2 passes, 1 lane
	Hashes     int           // passwords that are hashed at the same time; 0 means 2
	Waiting    int           // requests that may wait for that; 0 means 32
	OpenID     OpenID        // a provider to sign in with; the zero value is none
}

// Spans of time that are not for choosing.
const (
	invitationLasts = 7 * 24 * time.Hour
	halfLasts       = 10 * time.Minute // between password and second factor
	recentLasts     = 15 * time.Minute // after signing in, secrets may be changed
	ceremonyLasts   = 10 * time.Minute // of a passkey
	setupLasts      = 15 * time.Minute // to type the first code of an authenticator
	seenEvery       = 5 * time.Minute
)

// Service is what the server can do with accounts. It asks [Permit] before every
// change, and every change has its entry in the audit log. It is safe for
// concurrent use.
//
// Counters of failed guesses are in memory: several instances count apart, so
// that whoever can choose the instance has that many times the guesses.
type Service struct {
	store   Store
	log     audit.Store
	keys    *seal.Keys
	now     func() time.Time
	random  *lockedReader
	options Options
	kdf     *hasher
	guesses *guesses
	keysOf  *webauthn.WebAuthn // nil if passkeys cannot be used at the origin
	openID  openIDClient

	// people makes changes of administrators one after another, so that two
	// cannot remove each other at the same moment.
	people sync.Mutex
}

// NewService returns the accounts of a store. The log takes what is not part of a
// change: passwords that were guessed at. The source of randomness makes tokens
// and IDs; the libraries of passkeys and OpenID Connect use the system's.
func NewService(store Store, keys *seal.Keys, log audit.Store, now func() time.Time, random io.Reader, o Options) (*Service, error) {
	o = o.filled()
	origin, err := url.Parse(o.Origin)
	if err != nil || origin.Host == "" || (origin.Scheme != "https" && origin.Scheme != "http") || origin.Path != "" {
		return nil, fmt.Errorf("read origin: %q is not like https://hub.example.org", o.Origin)
	}
	s := &Service{
		store: store, log: log, keys: keys, now: now, options: o,
		random: &lockedReader{from: random},
		openID: openIDClient{settings: o.OpenID, back: o.Origin + OpenIDReturn},
	}
	if s.guesses, err = newGuesses(s.random, now, guessesKept); err != nil {
		return nil, err
	}
	if s.kdf, err = newHasher(o.Hashing, o.Hashes, o.Waiting, s.random); err != nil {
		return nil, err
	}
	if s.keysOf, err = newPasskeys(origin, o.Name); err != nil {
		return nil, fmt.Errorf("set up passkeys: %w", err)
	}
	return s, nil
}

func (o Options) filled() Options {
	fill := func(d *time.Duration, usual time.Duration) {
		if *d == 0 {
			*d = usual
		}
	}
	fill(&o.Idle, 12*time.Hour)
	fill(&o.IdleStrong, 8*time.Hour)
	fill(&o.Longest, 7*24*time.Hour)
	if o.Origin == "" {
		o.Origin = "http://localhost:8080"
	}
	o.Origin = strings.TrimSuffix(o.Origin, "/")
	if o.Name == "" {
		o.Name = "Covey"
	}
	if o.Hashes == 0 {
		o.Hashes = 2
	}
	if o.Waiting == 0 {
		o.Waiting = 32
	}
	if o.Hashing == (Argon{}) {
		o.Hashing = Argon{Memory: 19 * 1024, Time: 2, Lanes: 1}
	}
	return o
}

// Link is the address that an invitation's token is handed over in.
func (s *Service) Link(token string) string { return s.options.Origin + "/invite/" + token }

// lockedReader lets many draw from one source.
type lockedReader struct {
	mu   sync.Mutex
	from io.Reader
}

func (r *lockedReader) Read(p []byte) (int, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return io.ReadFull(r.from, p)
}

// draw returns n random bytes.
func (s *Service) draw(n int) ([]byte, error) {
	b := make([]byte, n)
	if _, err := s.random.Read(b); err != nil {
		return nil, fmt.Errorf("draw random bytes: %w", err)
	}
	return b, nil
}

// newID returns an identifier of 128 random bits.
func (s *Service) newID() (string, error) {
	b, err := s.draw(16)
	if err != nil {
		return "", err
	}
	return strings.ToLower(base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(b)), nil
}

// newToken returns a secret of 256 bits in base64url, and its SHA-256, which is
// all that is stored. A fast hash is enough: the token cannot be guessed.
func (s *Service) newToken() (token string, sum [32]byte, err error) {
	b, err := s.draw(32)
	if err != nil {
		return "", sum, err
	}
	token = base64.RawURLEncoding.EncodeToString(b)
	return token, sha256.Sum256([]byte(token)), nil
}

// entry returns an audit entry. Details are names and values in turn:
// identifiers and words of ours, never names or addresses of people.
func entry(by Actor, action, subject string, detail ...string) audit.Entry {
	e := audit.Entry{Actor: by.User, Organisation: by.Organisation, Action: action, Subject: subject}
	switch {
	case by.System:
		e.Actor = "system"
	case by.User == "":
		e.Actor = "stranger"
	}
	for i := 0; i+1 < len(detail); i += 2 {
		if e.Detail == nil {
			e.Detail = map[string]string{}
		}
		e.Detail[detail[i]] = detail[i+1]
	}
	return e
}

// actorOf is the person as somebody who acts, without a session.
func (s *Service) actorOf(ctx context.Context, u User) (Actor, error) {
	o, err := s.organisation(ctx, u.Organisation)
	if err != nil {
		return Actor{}, err
	}
	return Actor{User: u.ID, Organisation: u.Organisation, Operator: o.Operator, Roles: u.Roles}, nil
}

// organisation finds one by ID.
func (s *Service) organisation(ctx context.Context, id string) (Organisation, error) {
	all, err := s.store.Organisations(ctx)
	if err != nil {
		return Organisation{}, fmt.Errorf("read organisations: %w", err)
	}
	for _, o := range all {
		if o.ID == id {
			return o, nil
		}
	}
	return Organisation{}, fault.New(fault.NotFound, "fault.account.organisation.none")
}

// missing tells whether an error says that something is not there.
func missing(err error) bool { return fault.Of(err) == fault.NotFound }

// wrap adds what was done to an internal error, and leaves faults as they are:
// they have their text already.
func wrap(err error, doing string) error {
	if err == nil {
		return nil
	}
	if _, ok := errors.AsType[*fault.Error](err); ok {
		return err
	}
	return fmt.Errorf("%s: %w", doing, err)
}
