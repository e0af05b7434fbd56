// Package account knows people: organisations, users and their roles,
// invitations, sign-in with password and second factor or passkey, recovery,
// and sessions that can be seen and ended.
//
// [Permit] is the one place that decides who may do what. Secrets are kept as
// hashes (tokens, recovery codes, passwords with argon2id) or sealed (the secret
// of a one-time code); none is ever shown again.
package account

import (
	"context"
	"time"

	"github.com/opencovey/covey/internal/audit"
)

// Organisation is a member of the hub. The first one runs the server.
type Organisation struct {
	ID       string
	Name     string
	Operator bool // runs this server; there is exactly one
	Disabled bool
	Created  time.Time
	Version  int // rises with each change; a change of an older version is a Conflict
}

// User is a person with an account. Secrets are never given to pages.
type User struct {
	ID           string
	Organisation string // ID
	Name         string
	Email        string // lower case, unique; the name to sign in with
	Roles        []Role
	Language     string // "en", "fr", "es", "ar"; "" follows the browser
	Disabled     bool
	Created      time.Time
	SignedIn     time.Time // last sign-in, to the day
	Version      int

	Secrets Secrets
}

// Secrets are what a person signs in with, as they are stored.
type Secrets struct {
	Password      string    // argon2id in PHC format; "" if none
	TOTP          []byte    // sealed secret; nil if none
	TOTPStep      int64     // last accepted time step, so that a code works once
	Passkeys      []Passkey // credentials of WebAuthn
	RecoveryCodes [][]byte  // SHA-256 of each code that is left
	OIDCSubject   string    // issuer and subject of OpenID Connect; "" if none
}

// Passkey is a credential of WebAuthn with the name that its owner gave it.
type Passkey struct {
	Name       string
	Added      time.Time
	Used       time.Time // when its last accepted ceremony was begun: an earlier one is refused, so that an answer works once
	Credential []byte    // JSON of the library's credential
}

// Session is a signed-in browser. The token is in the cookie alone; the store
// has its SHA-256.
type Session struct {
	ID      string // shown to its owner, to end it
	Token   [32]byte
	User    string // ID
	Strong  bool   // with a second factor
	Browser string // "Firefox on Linux": coarse, from the user agent
	Begun   time.Time
	Seen    time.Time // to five minutes
	Ends    time.Time // at the latest
}

// Invitation lets one person in, once.
type Invitation struct {
	ID           string
	Token        [32]byte // SHA-256 of the token in the link
	Organisation string   // ID; "" in the first one, whose guest founds the operator's organisation
	Roles        []Role
	By           string // user ID, or "system"
	User         string // set if it lets an existing person choose a new password
	Created      time.Time
	Ends         time.Time
	Used         time.Time // zero if not
}

// Store keeps accounts. Every change appends its audit entry in the same
// transaction. Nothing found is a fault of kind NotFound; a change of an old
// version, or a second user with an address, is one of kind Conflict.
type Store interface {
	Organisations(ctx context.Context) ([]Organisation, error)
	SaveOrganisation(ctx context.Context, o Organisation, e audit.Entry) error

	// Users returns the users of an organisation, or of all if it is "".
	Users(ctx context.Context, organisation string) ([]User, error)
	// User finds one by ID, address ("email"), or OpenID subject ("oidc").
	User(ctx context.Context, by, value string) (User, error)
	// SaveUser inserts (Version 0) or updates. Sessions of a disabled user are ended with it.
	SaveUser(ctx context.Context, u User, e audit.Entry) error

	// Invitations returns those that are neither used nor over, of an organisation or all.
	Invitations(ctx context.Context, organisation string, now time.Time) ([]Invitation, error)
	Invitation(ctx context.Context, token [32]byte) (Invitation, error)
	// SaveInvitation inserts or replaces one.
	SaveInvitation(ctx context.Context, i Invitation, e audit.Entry) error
	// Accept uses an invitation (once: else Gone) and saves the user, and the
	// organisation if it is not nil, in one transaction.
	Accept(ctx context.Context, i Invitation, u User, o *Organisation, e audit.Entry) error

	// Session returns a session and its user by the hash of the token.
	Session(ctx context.Context, token [32]byte) (Session, User, error)
	Sessions(ctx context.Context, user string) ([]Session, error)
	// SaveSession inserts or updates (Seen, Strong, Token); without an entry if e is
	// nil. One with Seen after Begun is an update: if it has ended meanwhile it is
	// NotFound, and stays so.
	SaveSession(ctx context.Context, s Session, e *audit.Entry) error
	// EndSessions ends one session of a user, or all but one, if id is "".
	EndSessions(ctx context.Context, user, id, but string, e audit.Entry) error
	// Sweep removes what is over.
	Sweep(ctx context.Context, now time.Time) error
}
