package account

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/go-webauthn/webauthn/protocol"
	"github.com/go-webauthn/webauthn/webauthn"

	"github.com/opencovey/covey/internal/fault"
)

// maxPasskeys bounds what one person can add.
const maxPasskeys = 20

// newPasskeys returns the library for an origin, or nil where browsers have no
// passkeys: on an address that is a number.
func newPasskeys(origin *url.URL, name string) (*webauthn.WebAuthn, error) {
	if _, err := netip.ParseAddr(origin.Hostname()); err == nil {
		return nil, nil
	}
	return webauthn.New(&webauthn.Config{
		RPID:                  origin.Hostname(),
		RPDisplayName:         name,
		RPOrigins:             []string{origin.Scheme + "://" + origin.Host},
		AttestationPreference: protocol.PreferNoAttestation,
		AuthenticatorSelection: protocol.AuthenticatorSelection{
			ResidentKey:      protocol.ResidentKeyRequirementRequired,
			UserVerification: protocol.VerificationRequired,
		},
	})
}

// HasPasskeys tells whether passkeys can be used at the server's origin.
func (s *Service) HasPasskeys() bool { return s.keysOf != nil }

// ceremony is the state of a ceremony between its two requests. It travels sealed
// in a field of the form, so that any instance of the server can finish what
// another has begun; the browser can neither read nor alter it.
type ceremony struct {
	Data  webauthn.SessionData
	Begun time.Time
}

func (s *Service) sealCeremony(data *webauthn.SessionData, purpose, session string) (string, error) {
	plain, err := json.Marshal(ceremony{Data: *data, Begun: s.now()})
	if err != nil {
		return "", fmt.Errorf("write ceremony: %w", err)
	}
	return base64.RawURLEncoding.EncodeToString(s.keys.Seal("account.passkey."+purpose, session, plain)), nil
}

func (s *Service) openCeremony(state, purpose, session string) (ceremony, error) {
	var c ceremony
	over := fault.New(fault.Gone, "fault.account.passkey.over")
	sealed, err := base64.RawURLEncoding.DecodeString(state)
	if err != nil {
		return c, over
	}
	plain, err := s.keys.Open("account.passkey."+purpose, session, sealed)
	if err != nil || json.Unmarshal(plain, &c) != nil || s.now().Sub(c.Begun) >= ceremonyLasts {
		return ceremony{}, over
	}
	return c, nil
}

// holder is a user as the library wants one.
type holder struct{ User }

func (h holder) WebAuthnID() []byte          { return []byte(h.ID) }
func (h holder) WebAuthnName() string        { return h.Email }
func (h holder) WebAuthnDisplayName() string { return h.Name }

func (h holder) WebAuthnCredentials() []webauthn.Credential {
	all := make([]webauthn.Credential, 0, len(h.Secrets.Passkeys))
	for _, p := range h.Secrets.Passkeys {
		var c webauthn.Credential
		if json.Unmarshal(p.Credential, &c) == nil {
			all = append(all, c)
		}
	}
	return all
}

// BeginPasskey starts adding a passkey to the actor's account: options for
// navigator.credentials.create, and the state to come back with the answer.
func (s *Service) BeginPasskey(ctx context.Context, by Actor) (options []byte, state string, err error) {
	u, err := s.self(ctx, by, true)
	if err != nil {
		return nil, "", err
	}
	if s.keysOf == nil {
		return nil, "", fault.New(fault.Unavailable, "fault.account.passkey.none")
	}
	if len(u.Secrets.Passkeys) >= maxPasskeys {
		return nil, "", fault.New(fault.Invalid, "fault.account.passkey.many", "limit", maxPasskeys)
	}
	h := holder{u}
	creation, data, err := s.keysOf.BeginRegistration(h,
		webauthn.WithExclusions(webauthn.Credentials(h.WebAuthnCredentials()).CredentialDescriptors()))
	if err != nil {
		return nil, "", fmt.Errorf("begin passkey: %w", err)
	}
	if options, err = json.Marshal(creation.Response); err != nil {
		return nil, "", fmt.Errorf("write passkey options: %w", err)
	}
	state, err = s.sealCeremony(data, "add", by.User+" "+by.Session)
	return options, state, err
}

// FinishPasskey adds a passkey with the answer of the browser. It returns what
// [Service.FinishTOTP] returns.
func (s *Service) FinishPasskey(ctx context.Context, c Client, by Actor, state, name string, answer []byte) (Ticket, []string, error) {
	u, err := s.self(ctx, by, true)
	if err != nil {
		return Ticket{}, nil, err
	}
	if s.keysOf == nil {
		return Ticket{}, nil, fault.New(fault.Unavailable, "fault.account.passkey.none")
	}
	if name, err = checkName(name, "fault.account.passkey.name"); err != nil {
		return Ticket{}, nil, err
	}
	ceremony, err := s.openCeremony(state, "add", by.User+" "+by.Session)
	if err != nil {
		return Ticket{}, nil, err
	}
	wrong := fault.New(fault.Invalid, "fault.account.passkey.wrong")
	parsed, err := protocol.ParseCredentialCreationResponseBytes(answer)
	if err != nil {
		return Ticket{}, nil, wrong.Because(err)
	}
	credential, err := s.keysOf.CreateCredential(holder{u}, ceremony.Data, parsed)
	if err != nil {
		return Ticket{}, nil, wrong.Because(err)
	}
	for _, have := range (holder{u}).WebAuthnCredentials() {
		if bytes.Equal(have.ID, credential.ID) {
			return Ticket{}, nil, fault.New(fault.Conflict, "fault.account.passkey.twice")
		}
	}
	blob, err := json.Marshal(credential)
	if err != nil {
		return Ticket{}, nil, fmt.Errorf("write passkey: %w", err)
	}
	first := !u.HasFactor()
	u.Secrets.Passkeys = append(slices.Clone(u.Secrets.Passkeys), Passkey{
		Name: name, Added: s.now(), Used: ceremony.Begun, Credential: blob,
	})
	return s.addFactor(ctx, c, by, u, first, "passkey")
}

// RemovePasskey removes the actor's passkey at an index of the list.
func (s *Service) RemovePasskey(ctx context.Context, by Actor, index int, name string) error {
	u, err := s.self(ctx, by, true)
	if err != nil {
		return err
	}
	if index < 0 || index >= len(u.Secrets.Passkeys) || u.Secrets.Passkeys[index].Name != name {
		return fault.New(fault.NotFound, "fault.account.factor.none")
	}
	u.Secrets.Passkeys = slices.Delete(slices.Clone(u.Secrets.Passkeys), index, index+1)
	return s.lessFactors(ctx, by, u, "passkey")
}

// PasskeyOptions starts signing in with a passkey: options for
// navigator.credentials.get, and the state to come back with the answer. They are the
// same for everybody: the passkey itself says whose it is.
func (s *Service) PasskeyOptions() (options []byte, state string, err error) {
	if s.keysOf == nil {
		return nil, "", fault.New(fault.Unavailable, "fault.account.passkey.none")
	}
	assertion, data, err := s.keysOf.BeginDiscoverableLogin()
	if err != nil {
		return nil, "", fmt.Errorf("begin sign-in: %w", err)
	}
	if options, err = json.Marshal(assertion.Response); err != nil {
		return nil, "", fmt.Errorf("write passkey options: %w", err)
	}
	state, err = s.sealCeremony(data, "get", "")
	return options, state, err
}

// PasskeySignIn signs in with the answer of the browser. It is strong by itself,
// since the authenticator has verified its owner. The token of a session that
// this browser has already, half or whole, is given so that the new one takes its
// place; it must be of the same person.
func (s *Service) PasskeySignIn(ctx context.Context, c Client, before, state string, answer []byte) (Ticket, error) {
	wrong := fault.New(fault.Invalid, "fault.account.passkey.wrong")
	if s.keysOf == nil {
		return Ticket{}, fault.New(fault.Unavailable, "fault.account.passkey.none")
	}
	ceremony, err := s.openCeremony(state, "get", "")
	if err != nil {
		return Ticket{}, err
	}
	parsed, err := protocol.ParseCredentialRequestResponseBytes(answer)
	if err != nil {
		return Ticket{}, wrong.Because(err)
	}
	find := func(_, handle []byte) (webauthn.User, error) {
		u, err := s.store.User(ctx, "id", string(handle))
		return holder{u}, err
	}
	who, credential, err := s.keysOf.ValidatePasskeyLogin(find, ceremony.Data, parsed)
	if err != nil {
		return Ticket{}, wrong.Because(err)
	}
	u := who.(holder).User
	if open, err := s.isOpen(ctx, u); err != nil || u.Disabled || !open {
		return Ticket{}, wrong.Because(err)
	}
	old, owner, err := s.lookUp(ctx, before)
	if err == nil && owner.ID != u.ID {
		return Ticket{}, wrong
	}
	if u, err = s.usePasskey(ctx, u, credential, ceremony.Begun); err != nil {
		return Ticket{}, err
	}
	t, err := s.begin(ctx, c, u, true, "passkey")
	if err != nil || old.ID == "" {
		return t, err
	}
	by, err := s.actorOf(ctx, u)
	if err != nil {
		return Ticket{}, err
	}
	return t, s.endReplaced(ctx, by, old.ID)
}

// usePasskey keeps the counter of a passkey and when its ceremony began. A
// ceremony that began before the last accepted one is refused: an answer that
// somebody has caught works no second time, on whichever instance.
func (s *Service) usePasskey(ctx context.Context, u User, credential *webauthn.Credential, begun time.Time) (User, error) {
	wrong := fault.New(fault.Invalid, "fault.account.passkey.wrong")
	if credential.Authenticator.CloneWarning {
		return u, wrong
	}
	blob, err := json.Marshal(credential)
	if err != nil {
		return u, fmt.Errorf("write passkey: %w", err)
	}
	by, err := s.actorOf(ctx, u)
	if err != nil {
		return u, err
	}
	u.Secrets.Passkeys = slices.Clone(u.Secrets.Passkeys)
	for i, p := range u.Secrets.Passkeys {
		var have webauthn.Credential
		if json.Unmarshal(p.Credential, &have) != nil || !bytes.Equal(have.ID, credential.ID) {
			continue
		}
		if !begun.After(p.Used) {
			return u, wrong
		}
		u.Secrets.Passkeys[i].Used, u.Secrets.Passkeys[i].Credential = begun, blob
		u.SignedIn = s.now().UTC().Truncate(24 * time.Hour)
		u, err = s.saveUser(ctx, u, entry(by, "factor.use", "user:"+u.ID, "factor", "passkey"))
		if fault.Of(err) == fault.Conflict {
			return u, wrong
		}
		return u, err
	}
	return u, wrong
}

// checkName returns a name of a person, an organisation or a thing without space
// around it: 1 to 100 characters, no controls of the line's direction, no space without width. Joiners
// stay: Arabic and Persian names have them.
func checkName(name, key string) (string, error) {
	name = strings.TrimSpace(name)
	bad := func(r rune) bool {
		return r < ' ' || r == 0x7f || r == utf8.RuneError || r >= 0x80 && r < 0xa0 ||
			r == 0x200b || r == 0x200e || r == 0x200f || r >= 0x2028 && r <= 0x202e || r >= 0x2066 && r <= 0x2069 || r == 0xfeff
	}
	if n := utf8.RuneCountInString(name); n == 0 || n > 100 || strings.ContainsFunc(name, bad) {
		return "", fault.New(fault.Invalid, key).At("name")
	}
	return name, nil
}
