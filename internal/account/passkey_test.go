package account_test

import (
	"testing"
	"time"

	"github.com/opencovey/covey/internal/account"
	"github.com/opencovey/covey/internal/account/accounttest"
	"github.com/opencovey/covey/internal/fault"
)

// addPasskey gives a person a passkey.
func (p *person) addPasskey() *accounttest.Authenticator {
	h := p.hub
	h.t.Helper()
	a := &accounttest.Authenticator{Origin: origin}
	options, state, err := h.BeginPasskey(h.ctx(), p.by())
	h.ok(err)
	answer, err := a.Create(options)
	h.ok(err)
	ticket, recovery, err := h.FinishPasskey(h.ctx(), h.home, p.by(), state, "Phone", answer)
	h.ok(err)
	p.token = ticket.Token
	if len(recovery) > 0 {
		p.recovery = recovery
	}
	return a
}

func TestPasskey(t *testing.T) {
	h := newHub(t, account.Options{})
	founder := h.founder()
	curator := h.member(founder.by().Organisation, "curator@example.org", false, account.Curator)
	a := curator.addPasskey()
	if len(curator.recovery) != 10 {
		t.Errorf("%d recovery codes", len(curator.recovery))
	}
	h.ok(account.Permit(curator.by(), account.CurateTools, account.Subject{}))
	h.wait(account.SeenEvery)
	options, state, err := h.PasskeyOptions()
	h.ok(err)
	answer, err := a.Get(options)
	h.ok(err)
	old := curator.half()
	ticket, err := h.PasskeySignIn(t.Context(), h.home, old, state, answer)
	h.ok(err)
	if ticket.Half || ticket.Setup {
		t.Errorf("got %+v", ticket)
	}
	curator.token = ticket.Token
	h.ok(account.Permit(curator.by(), account.CurateTools, account.Subject{}))
	_, err = h.Identify(t.Context(), old)
	h.refused(err, "fault.signin")
	h.refused(h.RemovePasskey(t.Context(), curator.by(), 0, "Phone"), "fault.account.factor.last")
	h.refused(h.RemovePasskey(t.Context(), curator.by(), 0, "Key"), "fault.account.factor.none")
	curator.strengthen()
	h.ok(h.RemovePasskey(t.Context(), curator.by(), 0, "Phone"))
	if !curator.user().HasFactor() || len(curator.user().Secrets.Passkeys) != 0 {
		t.Error("removed something else")
	}
}

// TestPasskeyAttacks: each line spoils one thing of a sign-in that works.
func TestPasskeyAttacks(t *testing.T) {
	type ceremony struct {
		h             *hub
		p             *person
		a             *accounttest.Authenticator
		options       []byte
		state, before string
		answer        []byte // made from options if nil
	}
	for _, c := range []struct {
		name  string
		spoil func(*ceremony)
		key   string
	}{
		{"control", func(*ceremony) {}, ""},
		{"another site", func(c *ceremony) { c.a.Origin = "https://hub.example.org.evil.example" }, "fault.account.passkey.wrong"},
		{"plain http", func(c *ceremony) { c.a.Origin = "http://hub.example.org" }, "fault.account.passkey.wrong"},
		{"owner not verified", func(c *ceremony) { c.a.Unproven = true }, "fault.account.passkey.wrong"},
		{"late", func(c *ceremony) { c.h.wait(account.CeremonyLasts) }, "fault.account.passkey.over"},
		{"no state", func(c *ceremony) { c.state = "" }, "fault.account.passkey.over"},
		{"forged state", func(c *ceremony) { c.state = c.state[:len(c.state)-4] + "AAAA" }, "fault.account.passkey.over"},
		{"state of another ceremony", func(c *ceremony) {
			_, state, err := c.h.PasskeyOptions()
			c.h.ok(err)
			c.state = state
		}, "fault.account.passkey.wrong"},
		{"state of adding a passkey", func(c *ceremony) {
			options, state, err := c.h.BeginPasskey(c.h.ctx(), c.p.by())
			c.h.ok(err)
			c.options, c.state = options, state
		}, "fault.account.passkey.over"},
		{"as another user", func(c *ceremony) {
			other := c.h.member(c.p.user().Organisation, "other@example.org", true, account.Reader)
			c.a.Handle = []byte(other.user().ID)
		}, "fault.account.passkey.wrong"},
		{"in place of another's session", func(c *ceremony) {
			other := c.h.member(c.p.user().Organisation, "other@example.org", true, account.Reader)
			c.before = other.token
		}, "fault.account.passkey.wrong"},
		{"as nobody", func(c *ceremony) { c.a.Handle = []byte("nobody") }, "fault.account.passkey.wrong"},
		{"another key of the same name", func(c *ceremony) {
			id, handle := c.a.ID, c.a.Handle
			options, _, err := c.h.BeginPasskey(c.h.ctx(), c.p.by())
			c.h.ok(err)
			_, err = c.a.Create(options)
			c.h.ok(err)
			c.a.ID, c.a.Handle = id, handle
		}, "fault.account.passkey.wrong"},
		{"counter set back", func(c *ceremony) {
			c.a.Counter = 10
			answer, err := c.a.Get(c.options)
			c.h.ok(err)
			_, err = c.h.PasskeySignIn(c.h.ctx(), c.h.home, "", c.state, answer)
			c.h.ok(err)
			c.h.wait(account.SeenEvery / 2)
			c.options, c.state, err = c.h.PasskeyOptions()
			c.h.ok(err)
			c.a.Counter = 3
		}, "fault.account.passkey.wrong"},
		{"the same answer twice", func(c *ceremony) {
			c.a.Still = true
			answer, err := c.a.Get(c.options)
			c.h.ok(err)
			_, err = c.h.PasskeySignIn(c.h.ctx(), c.h.home, "", c.state, answer)
			c.h.ok(err)
			c.answer = answer
		}, "fault.account.passkey.wrong"},
		{"control: a counter that stays", func(c *ceremony) {
			c.a.Still = true
			answer, err := c.a.Get(c.options)
			c.h.ok(err)
			_, err = c.h.PasskeySignIn(c.h.ctx(), c.h.home, "", c.state, answer)
			c.h.ok(err)
			c.h.wait(time.Second)
			c.options, c.state, err = c.h.PasskeyOptions()
			c.h.ok(err)
		}, ""},
		{"an answer from before the last", func(c *ceremony) {
			c.a.Still = true
			caught, err := c.a.Get(c.options)
			c.h.ok(err)
			c.h.wait(time.Second)
			options, state, err := c.h.PasskeyOptions()
			c.h.ok(err)
			answer, err := c.a.Get(options)
			c.h.ok(err)
			_, err = c.h.PasskeySignIn(c.h.ctx(), c.h.home, "", state, answer)
			c.h.ok(err)
			c.answer = caught
		}, "fault.account.passkey.wrong"},
		{"disabled", func(c *ceremony) {
			u := c.p.user()
			c.h.ok(c.h.Disable(c.h.ctx(), system, u.ID, u.Version, true))
		}, "fault.account.passkey.wrong"},
		{"removed", func(c *ceremony) {
			c.p.strengthen()
			c.h.ok(c.h.RemovePasskey(c.h.ctx(), c.p.by(), 0, "Phone"))
		}, "fault.account.passkey.wrong"},
		{"rubbish", func(c *ceremony) { c.answer = []byte("{}") }, "fault.account.passkey.wrong"},
	} {
		t.Run(c.name, func(t *testing.T) {
			h := newHub(t, account.Options{})
			founder := h.founder()
			p := h.member(founder.by().Organisation, "reader@example.org", false, account.Reader)
			x := ceremony{h: h, p: p, a: p.addPasskey()}
			h.wait(account.SeenEvery)
			var err error
			x.options, x.state, err = h.PasskeyOptions()
			h.ok(err)
			c.spoil(&x)
			if x.answer == nil {
				x.answer, err = x.a.Get(x.options)
				h.ok(err)
			}
			_, err = h.PasskeySignIn(t.Context(), h.home, x.before, x.state, x.answer)
			if keyOf(err) != c.key || (err != nil) != (c.key != "") {
				t.Errorf("got %v, want %q", err, c.key)
			}
		})
	}
}

// TestPasskeyAdded: adding one is bound to the session in which it began.
func TestPasskeyAdded(t *testing.T) {
	h := newHub(t, account.Options{})
	founder := h.founder()
	other := h.member(founder.by().Organisation, "other@example.org", false, account.Reader)
	a := &accounttest.Authenticator{Origin: origin}
	options, state, err := h.BeginPasskey(t.Context(), founder.by())
	h.ok(err)
	answer, err := a.Create(options)
	h.ok(err)
	finish := func(p *person, name string, answer []byte) error {
		ticket, _, err := h.FinishPasskey(t.Context(), h.home, p.by(), state, name, answer)
		if err == nil {
			p.token = ticket.Token
		}
		return err
	}
	h.refused(finish(other, "Phone", answer), "fault.account.passkey.over")
	h.refused(finish(founder, " ", answer), "fault.account.passkey.name")
	h.refused(finish(founder, "Phone", []byte("{}")), "fault.account.passkey.wrong")
	unproven := accounttest.Authenticator{Origin: origin, Unproven: true}
	bad, err := unproven.Create(options)
	h.ok(err)
	h.refused(finish(founder, "Phone", bad), "fault.account.passkey.wrong")
	before := founder.token
	h.ok(finish(founder, "Phone", answer)) // control
	founder.token, before = before, founder.token
	if _, err := h.Identify(t.Context(), founder.token); fault.Of(err) != fault.Unauthenticated {
		t.Error("the session from before still works")
	}
	founder.token = before
	h.refused(finish(founder, "Again", answer), "fault.account.passkey.over")
	for range 19 {
		founder.addPasskey()
	}
	_, _, err = h.BeginPasskey(t.Context(), founder.by())
	h.refused(err, "fault.account.passkey.many")
}

func TestPasskeysNeedAName(t *testing.T) {
	h := newHub(t, account.Options{Origin: "http://127.0.0.1:8080"})
	founder := h.founder()
	if h.HasPasskeys() {
		t.Fatal("no browser has passkeys for an address that is a number")
	}
	_, _, err := h.PasskeyOptions()
	h.refused(err, "fault.account.passkey.none")
	_, _, err = h.BeginPasskey(t.Context(), founder.by())
	h.refused(err, "fault.account.passkey.none")
	_, _, err = h.FinishPasskey(t.Context(), h.home, founder.by(), "", "", nil)
	h.refused(err, "fault.account.passkey.none")
	_, err = h.PasskeySignIn(t.Context(), h.home, "", "", nil)
	h.refused(err, "fault.account.passkey.none")
}
