package account

import (
	"context"
	"crypto/hmac"
	"crypto/sha1"
	"crypto/subtle"
	"encoding/base32"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"net/url"
	"strings"
	"time"

	"golang.org/x/text/unicode/norm"

	"github.com/opencovey/covey/internal/fault"
)

// The parameters that every authenticator app knows (RFC 6238 with the defaults
// of the key URI format): SHA-1, 30 seconds, six digits.
const (
	otpPeriod = 30
	otpDigits = 6
	otpSecret = 20 // bytes, as RFC 4226 recommends
	otpSkew   = 1  // steps that a clock may be off
)

const purposeTOTP = "account.totp"

// Setup is what an authenticator needs, while it is being set up. It is shown
// then and never again.
type Setup struct {
	Secret string // base32 in groups of four, to type
	URL    string // otpauth://, for the QR code
	State  string // sealed; comes back with the first code
}

// setupState is what a Setup's state holds. The version makes it useless after
// the first change of the user, and so after the set-up itself.
type setupState struct {
	Secret  []byte
	Version int
	Ends    time.Time
}

// BeginTOTP draws the secret of a new authenticator.
func (s *Service) BeginTOTP(ctx context.Context, by Actor) (Setup, error) {
	u, err := s.self(ctx, by, true)
	if err != nil {
		return Setup{}, err
	}
	secret, err := s.draw(otpSecret)
	if err != nil {
		return Setup{}, err
	}
	return s.setup(by, u, setupState{Secret: secret, Version: u.Version, Ends: s.now().Add(setupLasts)})
}

func (s *Service) setup(by Actor, u User, st setupState) (Setup, error) {
	plain, err := json.Marshal(st)
	if err != nil {
		return Setup{}, fmt.Errorf("write set-up: %w", err)
	}
	text := base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(st.Secret)
	link := url.URL{
		Scheme: "otpauth", Host: "totp", Path: "/" + s.options.Name + ":" + u.Email,
		RawQuery: "secret=" + text + "&issuer=" + url.PathEscape(s.options.Name),
	}
	return Setup{
		Secret: grouped(text), URL: link.String(),
		State: base64.RawURLEncoding.EncodeToString(s.keys.Seal("account.setup", by.User+" "+by.Session, plain)),
	}, nil
}

// FinishTOTP takes the first code of a new authenticator, which replaces an
// earlier one. It returns new recovery codes if the person had no second factor
// before, and a ticket for a session that counts as strong. After a wrong code
// the set-up is returned again, to be shown with the fault.
func (s *Service) FinishTOTP(ctx context.Context, c Client, by Actor, state, code string) (Ticket, []string, Setup, error) {
	u, err := s.self(ctx, by, true)
	if err != nil {
		return Ticket{}, nil, Setup{}, err
	}
	st, err := s.openSetup(by, u, state)
	if err != nil {
		return Ticket{}, nil, Setup{}, err
	}
	step, ok := matchStep(st.Secret, code, s.now(), 0)
	if !ok {
		again, err := s.setup(by, u, st)
		if err == nil {
			err = fault.New(fault.Invalid, "fault.account.code.wrong").At("code")
		}
		return Ticket{}, nil, again, err
	}
	first := !u.HasFactor()
	u.Secrets.TOTP = s.keys.Seal(purposeTOTP, u.ID, st.Secret)
	u.Secrets.TOTPStep = step
	t, codes, err := s.addFactor(ctx, c, by, u, first, "code")
	return t, codes, Setup{}, err
}

func (s *Service) openSetup(by Actor, u User, state string) (setupState, error) {
	var st setupState
	gone := fault.New(fault.Gone, "fault.account.setup.over")
	sealed, err := base64.RawURLEncoding.DecodeString(state)
	if err != nil {
		return st, gone
	}
	plain, err := s.keys.Open("account.setup", by.User+" "+by.Session, sealed)
	if err != nil || json.Unmarshal(plain, &st) != nil {
		return st, gone
	}
	if st.Version != u.Version || !s.now().Before(st.Ends) {
		return setupState{}, gone
	}
	return st, nil
}

// addFactor saves a user with a further second factor, ends the other sessions,
// which lack it, and begins a strong one in the place of this.
func (s *Service) addFactor(ctx context.Context, c Client, by Actor, u User, first bool, factor string) (Ticket, []string, error) {
	var codes []string
	var err error
	if first {
		if codes, u.Secrets.RecoveryCodes, err = s.newRecovery(); err != nil {
			return Ticket{}, nil, err
		}
	}
	if u, err = s.saveUser(ctx, u, entry(by, "factor.add", "user:"+u.ID, "factor", factor)); err != nil {
		return Ticket{}, nil, err
	}
	t, err := s.begin(ctx, c, u, true, "set-up of "+factor)
	if err != nil {
		return Ticket{}, nil, err
	}
	e := entry(by, "session.end", "user:"+u.ID, "session", "others")
	keep, _, err := s.lookUp(ctx, t.Token)
	if err != nil {
		return Ticket{}, nil, err
	}
	return t, codes, wrap(s.store.EndSessions(ctx, u.ID, "", keep.ID, e), "end sessions")
}

// RemoveTOTP removes the authenticator. Who needs a second factor for a role must
// have another.
func (s *Service) RemoveTOTP(ctx context.Context, by Actor) error {
	u, err := s.self(ctx, by, true)
	if err != nil {
		return err
	}
	if u.Secrets.TOTP == nil {
		return fault.New(fault.NotFound, "fault.account.factor.none")
	}
	u.Secrets.TOTP, u.Secrets.TOTPStep = nil, 0
	return s.lessFactors(ctx, by, u, "code")
}

// lessFactors saves a user with one second factor less.
func (s *Service) lessFactors(ctx context.Context, by Actor, u User, factor string) error {
	if !u.HasFactor() {
		if NeedsFactor(u.Roles) {
			return fault.New(fault.Invalid, "fault.account.factor.last")
		}
		u.Secrets.RecoveryCodes = nil
	}
	_, err := s.saveUser(ctx, u, entry(by, "factor.remove", "user:"+u.ID, "factor", factor))
	return err
}

// acceptStep checks the six digits of a user's authenticator and keeps the step,
// so that no code of it or before it is taken again.
func (s *Service) acceptStep(u *User, code string) bool {
	if u.Secrets.TOTP == nil {
		return false
	}
	secret, err := s.keys.Open(purposeTOTP, u.ID, u.Secrets.TOTP)
	if err != nil {
		return false
	}
	step, ok := matchStep(secret, code, s.now(), u.Secrets.TOTPStep)
	if ok {
		u.Secrets.TOTPStep = step
	}
	return ok
}

// matchStep finds the time step that a code belongs to: the present one or a
// neighbour, later than the last that was accepted.
func matchStep(secret []byte, code string, now time.Time, last int64) (int64, bool) {
	code = plainCode(code)
	if len(code) != otpDigits {
		return 0, false
	}
	present := now.Unix() / otpPeriod
	for step := present - otpSkew; step <= present+otpSkew; step++ {
		if step > last && subtle.ConstantTimeCompare([]byte(otpCode(secret, step, otpDigits)), []byte(code)) == 1 {
			return step, true
		}
	}
	return 0, false
}

// otpCode is HOTP of RFC 4226, section 5.3, with the time step of RFC 6238 as counter.
func otpCode(secret []byte, step int64, digits int) string {
	mac := hmac.New(sha1.New, secret)
	var b [8]byte
	binary.BigEndian.PutUint64(b[:], uint64(step))
	mac.Write(b[:])
	sum := mac.Sum(nil)
	at := sum[len(sum)-1] & 0xf
	n := binary.BigEndian.Uint32(sum[at:]) & 0x7fffffff
	mod := uint32(1)
	for range digits {
		mod *= 10
	}
	return fmt.Sprintf("%0*d", digits, n%mod)
}

// plainCode takes a code as people type it: with spaces or dashes, in digits of
// other scripts' width, in capitals or not.
func plainCode(code string) string {
	if len(code) > 100 {
		return ""
	}
	return strings.Map(func(r rune) rune {
		switch {
		case r == ' ' || r == '-' || r == '\t' || r == '\n' || r == '\r':
			return -1
		case r >= '٠' && r <= '٩': // Arabic-Indic
			return r - '٠' + '0'
		case r >= '۰' && r <= '۹': // Extended Arabic-Indic
			return r - '۰' + '0'
		}
		return r
	}, strings.ToUpper(norm.NFKC.String(code)))
}

// grouped writes a code in groups of four, for reading and typing.
func grouped(code string) string {
	var b strings.Builder
	for i, r := range code {
		if i > 0 && i%4 == 0 {
			b.WriteByte(' ')
		}
		b.WriteRune(r)
	}
	return b.String()
}
