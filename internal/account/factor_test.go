package account_test

import (
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/pquerna/otp/totp"

	"github.com/opencovey/covey/internal/account"
	"github.com/opencovey/covey/internal/fault"
)

// TestOTPVectors: RFC 6238, appendix B (SHA-1, eight digits), and RFC 4226,
// appendix D (six digits).
func TestOTPVectors(t *testing.T) {
	secret := []byte("12345678901234567890")
	for at, want := range map[int64]string{
		59: "94287082", 1111111109: "07081804", 1111111111: "14050471",
		1234567890: "89005924", 2000000000: "69279037", 20000000000: "65353130",
	} {
		if got := account.OTPCode(secret, at/30, 8); got != want {
			t.Errorf("at %d: got %s, want %s", at, got, want)
		}
	}
	for step, want := range []string{"755224", "287082", "359152", "969429", "338314", "254676", "287922", "162583", "399871", "520489"} {
		if got := account.OTPCode(secret, int64(step), 6); got != want {
			t.Errorf("step %d: got %s, want %s", step, got, want)
		}
	}
}

// half signs in with the password only.
func (p *person) half() string {
	p.hub.t.Helper()
	ticket, err := p.hub.SignIn(p.hub.ctx(), p.hub.home, p.email, goodPassword)
	p.hub.ok(err)
	return ticket.Token
}

func TestCodes(t *testing.T) {
	h := newHub(t, account.Options{})
	founder := h.founder()
	confirm := func(code string) error {
		h.wait(24 * time.Hour) // no waiting for guesses here
		_, err := h.Confirm(t.Context(), h.home, founder.half(), code)
		return err
	}
	at := func(shift time.Duration) string {
		code, err := totp.GenerateCode(founder.secret, h.clock().Add(24*time.Hour+shift))
		h.ok(err)
		return code
	}
	for _, c := range []struct {
		name  string
		code  func() string
		right bool
	}{
		{"now", func() string { return at(0) }, true},
		{"a step early", func() string { return at(30 * time.Second) }, true},
		{"a step late", func() string { return at(-30 * time.Second) }, true},
		{"two steps early", func() string { return at(60 * time.Second) }, false},
		{"two steps late", func() string { return at(-60 * time.Second) }, false},
		{"with spaces", func() string { c := at(0); return " " + c[:3] + " " + c[3:] + "\n" }, true},
		{"in Arabic digits", func() string {
			return strings.Map(func(r rune) rune { return r - '0' + '٠' }, at(0))
		}, true},
		{"full width", func() string {
			return strings.Map(func(r rune) rune { return r - '0' + '０' }, at(0))
		}, true},
		{"empty", func() string { return "" }, false},
		{"too long", func() string { return at(0) + "0" }, false},
		{"all", func() string { return strings.Repeat(at(0), 100) }, false},
		{"recovery code", func() string { return founder.recovery[3] }, true},
		{"recovery code again", func() string { return founder.recovery[3] }, false},
		{"recovery code in capitals, with spaces", func() string {
			return strings.ToUpper(strings.ReplaceAll(founder.recovery[4], "-", " "))
		}, true},
		{"half a recovery code", func() string { return founder.recovery[5][:9] }, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			err := confirm(c.code())
			if c.right {
				h.ok(err)
			} else {
				h.refused(err, "fault.account.code.wrong")
			}
		})
	}
}

// TestCodeReplay: a code works once, also for two who give it at the same moment,
// and none from before it works later.
func TestCodeReplay(t *testing.T) {
	h := newHub(t, account.Options{})
	founder := h.founder()
	first, second := founder.half(), founder.half()
	earlier := founder.code()
	code := founder.code()
	_, err := h.Confirm(t.Context(), h.home, first, code)
	h.ok(err)
	for name, again := range map[string]string{"the same": code, "the one before": earlier} {
		_, err = h.Confirm(t.Context(), h.home, second, again)
		if keyOf(err) != "fault.account.code.wrong" {
			t.Errorf("%s: %v", name, err)
		}
	}
	_, err = h.Confirm(t.Context(), h.home, second, founder.code())
	h.ok(err) // control: the next one works

	for _, c := range []struct{ name, code string }{
		{"authenticator", founder.code()}, // the first, since its time passes
		{"recovery code", founder.recovery[0]},
	} {
		var in atomic.Int32
		var all sync.WaitGroup
		var halves [8]string
		for i := range halves { // all of them first: signing in changes the account, too
			halves[i] = founder.half()
		}
		for _, token := range halves {
			all.Go(func() {
				if _, err := h.Confirm(t.Context(), h.home, token, c.code); err == nil {
					in.Add(1)
				}
			})
		}
		all.Wait()
		if in.Load() != 1 {
			t.Errorf("%s: worked %d times", c.name, in.Load())
		}
		h.wait(24 * time.Hour)
	}
}

// TestCodeGuessing: who has the password guesses few codes.
func TestCodeGuessing(t *testing.T) {
	h := newHub(t, account.Options{})
	founder := h.founder()
	tried := 0
	token := founder.half()
	for i := range 24 * 60 {
		if i%5 == 0 {
			token = founder.half()
		}
		if _, err := h.Confirm(t.Context(), account.Client{Address: "attacker"}, token, "000000"); fault.Of(err) == fault.Invalid {
			tried++
		}
		h.wait(time.Minute)
	}
	if tried > 120 { // three of a million codes are right at a time: less than 0.04 % a day
		t.Errorf("%d codes in a day", tried)
	}
	ticket, err := h.Confirm(t.Context(), account.Client{Address: "attacker"}, founder.half(), founder.code())
	if err == nil {
		t.Errorf("the right code at the wrong time: %+v", ticket)
	}
}

// TestSetupShownOnce: the secret cannot be had again once it is set up.
func TestSetupShownOnce(t *testing.T) {
	h := newHub(t, account.Options{})
	founder := h.founder()
	reader := h.member(founder.by().Organisation, "reader@example.org", false, account.Reader)
	other := h.member(founder.by().Organisation, "other@example.org", false, account.Reader)
	setup, err := h.BeginTOTP(t.Context(), reader.by())
	h.ok(err)

	shown := func(p *person, state string) bool {
		_, _, again, err := h.FinishTOTP(t.Context(), h.home, p.by(), state, "000000")
		if err == nil {
			t.Fatal("a wrong code was taken")
		}
		return again.Secret != ""
	}
	if !shown(reader, setup.State) {
		t.Fatal("control: while it is set up it is shown again with the fault")
	}
	if shown(other, setup.State) {
		t.Error("shown to somebody else")
	}
	old := reader.token
	reader.signIn()
	if shown(reader, setup.State) {
		t.Error("shown in another session")
	}
	reader.token = old
	changed, err := h.BeginTOTP(t.Context(), reader.by())
	h.ok(err)
	h.ok(h.SaveSelf(t.Context(), reader.by(), "Changed", ""))
	if shown(reader, changed.State) || shown(reader, setup.State) {
		t.Error("shown after a change of the account")
	}
	setup, err = h.BeginTOTP(t.Context(), reader.by())
	h.ok(err)
	if reader.user().Secrets.TOTP != nil {
		t.Error("in force before the first code")
	}
	code, err := totp.GenerateCode(strings.ReplaceAll(setup.Secret, " ", ""), h.clock())
	h.ok(err)
	ticket, recovery, _, err := h.FinishTOTP(t.Context(), h.home, reader.by(), setup.State, code)
	h.ok(err)
	if len(recovery) != 10 {
		t.Errorf("%d recovery codes", len(recovery))
	}
	reader.token = ticket.Token
	if shown(reader, setup.State) {
		t.Error("shown again after the set-up")
	}
	u := reader.user()
	raw, err := secretBytes.DecodeString(strings.ReplaceAll(setup.Secret, " ", ""))
	h.ok(err)
	if strings.Contains(string(u.Secrets.TOTP), string(raw)) {
		t.Error("stored as it is")
	}
	t.Run("over after a while", func(t *testing.T) {
		next, err := h.BeginTOTP(t.Context(), reader.by())
		h.ok(err)
		h.wait(account.SetupLasts)
		if _, err := h.Renew(t.Context(), h.home, reader.by(), "", ""); err == nil {
			t.Fatal("renewed with nothing")
		}
		_, _, again, err := h.FinishTOTP(t.Context(), h.home, reader.by(), next.State, "000000")
		if again.Secret != "" || err == nil {
			t.Errorf("shown again: %v", err)
		}
	})
	t.Run("broken states", func(t *testing.T) {
		reader.secret = strings.ReplaceAll(setup.Secret, " ", "")
		reader.signIn()
		for _, state := range []string{"", "x", "%", setup.State[:20], setup.State + "AA"} {
			_, _, _, err := h.FinishTOTP(t.Context(), h.home, reader.by(), state, "000000")
			h.refused(err, "fault.account.setup.over")
		}
	})
}

func TestFactorsRemoved(t *testing.T) {
	h := newHub(t, account.Options{})
	founder := h.founder()
	h.refused(h.RemoveTOTP(t.Context(), founder.by()), "fault.account.factor.last")
	if founder.user().Secrets.TOTP == nil {
		t.Fatal("an administrator without second factor")
	}
	reader := h.member(founder.by().Organisation, "reader@example.org", true, account.Reader)
	h.ok(h.RemoveTOTP(t.Context(), reader.by()))
	if u := reader.user(); u.HasFactor() || len(u.Secrets.RecoveryCodes) > 0 {
		t.Errorf("left: %+v", u.Secrets)
	}
	h.refused(h.RemoveTOTP(t.Context(), reader.by()), "fault.account.factor.none")
	_, err := h.RenewRecovery(t.Context(), reader.by())
	h.refused(err, "fault.account.factor.none")
}

func TestRecoveryRenewed(t *testing.T) {
	h := newHub(t, account.Options{})
	founder := h.founder()
	codes, err := h.RenewRecovery(t.Context(), founder.by())
	h.ok(err)
	if len(codes) != 10 || codes[0] == codes[1] || len(codes[0]) != 19 {
		t.Errorf("got %q", codes)
	}
	_, err = h.Confirm(t.Context(), h.home, founder.half(), founder.recovery[0])
	h.refused(err, "fault.account.code.wrong")
	_, err = h.Confirm(t.Context(), h.home, founder.half(), codes[9])
	h.ok(err)
	me, err := h.Self(t.Context(), founder.by())
	h.ok(err)
	if me.Recovery != 9 || me.User.Secrets.Password != "" || me.User.Secrets.RecoveryCodes != nil {
		t.Errorf("got %+v", me)
	}
}

// TestSecretsNeedRecent: whoever finds a browser open cannot take the account.
func TestSecretsNeedRecent(t *testing.T) {
	h := newHub(t, account.Options{})
	founder := h.founder()
	changes := map[string]func(by account.Actor) error{
		"password": func(by account.Actor) error {
			_, err := h.ChangePassword(h.ctx(), h.home, by, nextPassword)
			return err
		},
		"code":         func(by account.Actor) error { _, err := h.BeginTOTP(h.ctx(), by); return err },
		"code, second": func(by account.Actor) error { _, _, _, err := h.FinishTOTP(h.ctx(), h.home, by, "", ""); return err },
		"remove code":  func(by account.Actor) error { return h.RemoveTOTP(h.ctx(), by) },
		"recovery":     func(by account.Actor) error { _, err := h.RenewRecovery(h.ctx(), by); return err },
		"passkey":      func(by account.Actor) error { _, _, err := h.BeginPasskey(h.ctx(), by); return err },
		"passkey, second": func(by account.Actor) error {
			_, _, err := h.FinishPasskey(h.ctx(), h.home, by, "", "", nil)
			return err
		},
		"remove passkey": func(by account.Actor) error { return h.RemovePasskey(h.ctx(), by, 0, "") },
	}
	for name, change := range changes { // control: not for being too late
		if err := change(account.Actor{User: founder.by().User, Session: "of another"}); keyOf(err) != "fault.account.again" {
			t.Errorf("%s, with a session that is not there: %v", name, err)
		}
	}
	if _, err := h.RenewRecovery(t.Context(), founder.by()); err != nil {
		t.Errorf("control: %v", err)
	}
	h.wait(account.RecentLasts)
	for name, change := range changes {
		if err := change(founder.by()); keyOf(err) != "fault.account.again" {
			t.Errorf("%s, late: %v", name, err)
		}
		if err := change(account.Actor{}); fault.Of(err) != fault.Unauthenticated {
			t.Errorf("%s, a stranger: %v", name, err)
		}
	}
}
