package account_test

import (
	"net/url"
	"testing"
	"time"

	"github.com/opencovey/covey/internal/account"
	"github.com/opencovey/covey/internal/account/accounttest"
	"github.com/opencovey/covey/internal/fault"
)

// linkHub is a hub with a provider at which reader@example.org is known as s-1.
func linkHub(t *testing.T) (*hub, *accounttest.Issuer, *person) {
	t.Helper()
	var h *hub
	issuer := accounttest.NewIssuer(t, func() time.Time { return h.clock() })
	h = newHub(t, account.Options{OpenID: account.OpenID{
		Issuer: issuer.URL, Client: "covey", Secret: "secret", HTTP: issuer.Client,
	}})
	founder := h.founder()
	issuer.Alter(func(c map[string]any) { c["email"] = "Reader@example.org" })
	return h, issuer, h.member(founder.by().Organisation, "reader@example.org", false, account.Reader)
}

func TestOpenID(t *testing.T) {
	h, issuer, reader := linkHub(t)
	through := func() (account.Ticket, error) {
		to, state, err := h.OpenIDStart(t.Context())
		h.ok(err)
		return h.OpenIDFinish(t.Context(), h.home, state, issuer.Browse(t, to))
	}
	t.Run("first use links, and shuts out whoever was there", func(t *testing.T) {
		ticket, err := through()
		h.ok(err)
		_, err = h.Identify(t.Context(), reader.token)
		h.refused(err, "fault.signin")
		_, err = h.SignIn(t.Context(), h.home, reader.email, goodPassword)
		h.refused(err, "fault.account.signin.wrong")
		reader.token = ticket.Token
		if by := reader.by(); by.Strong {
			t.Error("signing in elsewhere is no second factor")
		}
		if got := reader.user().Secrets.OIDCSubject; got != issuer.URL+" s-1" {
			t.Errorf("linked to %q", got)
		}
	})
	t.Run("then the subject counts, not the address", func(t *testing.T) {
		issuer.Alter(func(c map[string]any) { c["email"], c["email_verified"] = "new@example.org", false })
		_, err := through()
		h.ok(err)
		issuer.Alter(func(c map[string]any) { c["sub"], c["email"] = "s-2", "reader@example.org" })
		_, err = through()
		h.refused(err, "fault.account.openid.unknown")
		issuer.Alter(nil)
	})
	t.Run("the second factor is asked for", func(t *testing.T) {
		reader.strengthen()
		ticket, err := through()
		h.ok(err)
		if !ticket.Half {
			t.Errorf("got %+v", ticket)
		}
		_, err = h.Confirm(t.Context(), h.home, ticket.Token, reader.code())
		h.ok(err)
	})
	t.Run("disabled", func(t *testing.T) {
		u := reader.user()
		h.ok(h.Disable(t.Context(), system, u.ID, u.Version, true))
		_, err := through()
		h.refused(err, "fault.account.openid.unknown")
	})
}

// TestOpenIDAttacks: each line spoils one thing of a sign-in that works.
func TestOpenIDAttacks(t *testing.T) {
	type flow struct {
		h      *hub
		issuer *accounttest.Issuer
		state  string
		back   url.Values
	}
	const wrong = "fault.account.openid.wrong"
	claim := func(name string, value any) func(*flow) {
		return func(f *flow) {
			f.issuer.Alter(func(c map[string]any) { c["email"], c[name] = "reader@example.org", value })
		}
	}
	for _, c := range []struct {
		name  string
		spoil func(*flow)
		key   string
	}{
		{"control", func(*flow) {}, ""},
		{"wrong nonce", claim("nonce", "x"), wrong},
		{"no nonce", claim("nonce", ""), wrong},
		{"wrong audience", claim("aud", "another"), wrong},
		{"wrong issuer", claim("iss", "https://evil.example"), wrong},
		{"over", claim("exp", 1), wrong},
		{"no subject", claim("sub", ""), wrong},
		{"address not verified", claim("email_verified", false), "fault.account.openid.unknown"},
		{"address verified in words", claim("email_verified", "false"), "fault.account.openid.unknown"},
		{"address of nobody", claim("email", "nobody@example.org"), "fault.account.openid.unknown"},
		{"no address", claim("email", ""), "fault.account.openid.unknown"},
		{"wrong state", func(f *flow) { f.back.Set("state", "x") }, wrong},
		{"no state", func(f *flow) { f.back.Del("state") }, wrong},
		{"another names itself", func(f *flow) { f.back.Set("iss", "https://evil.example") }, wrong},
		{"no code", func(f *flow) { f.back.Del("code") }, wrong},
		{"refused there", func(f *flow) { f.back = url.Values{"error": {"access_denied"}, "state": f.back["state"]} }, wrong},
		{"code of another browser", func(f *flow) {
			to, _, err := f.h.OpenIDStart(f.h.ctx())
			f.h.ok(err)
			f.back.Set("code", f.issuer.Browse(f.h.t, to).Get("code"))
		}, wrong},
		{"no cookie", func(f *flow) { f.state = "" }, "fault.account.openid.over"},
		{"cookie of another browser", func(f *flow) {
			_, state, err := f.h.OpenIDStart(f.h.ctx())
			f.h.ok(err)
			f.state = state
		}, wrong},
		{"forged cookie", func(f *flow) { f.state = f.state[:len(f.state)-4] + "AAAA" }, "fault.account.openid.over"},
		{"late", func(f *flow) { f.h.wait(account.HalfLasts) }, "fault.account.openid.over"},
		{"twice", func(f *flow) {
			_, err := f.h.OpenIDFinish(f.h.ctx(), f.h.home, f.state, f.back)
			f.h.ok(err)
		}, wrong},
	} {
		t.Run(c.name, func(t *testing.T) {
			h, issuer, reader := linkHub(t)
			to, state, err := h.OpenIDStart(t.Context())
			h.ok(err)
			f := &flow{h, issuer, state, issuer.Browse(t, to)}
			c.spoil(f)
			_, err = h.OpenIDFinish(t.Context(), h.home, f.state, f.back)
			if keyOf(err) != c.key || (err != nil) != (c.key != "") {
				t.Errorf("got %v, want %q", err, c.key)
			}
			if c.key != "" && c.name != "twice" && reader.user().Secrets.OIDCSubject != "" {
				t.Error("linked")
			}
		})
	}
}

func TestOpenIDAway(t *testing.T) {
	h := newHub(t, account.Options{})
	_, _, err := h.OpenIDStart(t.Context())
	h.refused(err, "fault.account.openid.none")
	_, err = h.OpenIDFinish(t.Context(), h.home, "", nil)
	h.refused(err, "fault.account.openid.none")
	away := newHub(t, account.Options{OpenID: account.OpenID{Issuer: "http://127.0.0.1:1", Client: "c"}})
	if !away.HasOpenID() {
		t.Error("there is a provider")
	}
	_, _, err = away.OpenIDStart(t.Context())
	if fault.Of(err) != fault.Unavailable {
		t.Errorf("got %v", err)
	}
}
