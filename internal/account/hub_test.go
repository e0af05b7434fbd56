package account_test

import (
	"context"
	"crypto/rand"
	"encoding/base32"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/pquerna/otp/totp"

	"github.com/opencovey/covey/internal/account"
	"github.com/opencovey/covey/internal/account/accounttest"
	"github.com/opencovey/covey/internal/audit"
	"github.com/opencovey/covey/internal/fault"
	"github.com/opencovey/covey/internal/seal"
)

const (
	goodPassword = "wide rivers cross here"
	nextPassword = "another tall green hill"
	origin       = "https://hub.example.org"
)

// cheap keeps the tests fast; the cost is not what they are about.
var cheap = account.Argon{Memory: 64, Time: 1, Lanes: 1}

// hub is a server's accounts on a clock that tests move.
type hub struct {
	*account.Service
	t     *testing.T
	store *accounttest.Store
	keys  *seal.Keys
	home  account.Client

	mu  sync.Mutex
	now time.Time
}

func newHub(t *testing.T, o account.Options) *hub {
	t.Helper()
	h := &hub{t: t, now: time.Date(2026, 11, 20, 9, 0, 0, 0, time.UTC), home: account.Client{Address: "home"}}
	h.store = &accounttest.Store{Now: h.clock}
	var err error
	if h.keys, err = seal.Make(nil); err != nil {
		t.Fatal(err)
	}
	if o.Hashing == (account.Argon{}) {
		o.Hashing = cheap
	}
	if o.Origin == "" {
		o.Origin = origin
	}
	if h.Service, err = account.NewService(h.store, h.keys, h.store, h.clock, rand.Reader, o); err != nil {
		t.Fatal(err)
	}
	return h
}

func (h *hub) clock() time.Time {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.now
}

func (h *hub) wait(d time.Duration) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.now = h.now.Add(d)
}

func (h *hub) ctx() context.Context { return h.t.Context() }

func (h *hub) ok(err error) {
	h.t.Helper()
	if err != nil {
		h.t.Fatal(err)
	}
}

// refused fails the test unless an error is a fault with a key.
func (h *hub) refused(err error, key string) {
	h.t.Helper()
	if got := keyOf(err); got != key {
		h.t.Fatalf("got %q (%v), want fault %q", got, err, key)
	}
}

func keyOf(err error) string {
	if f, ok := errors.AsType[*fault.Error](err); ok {
		return f.Key
	}
	return ""
}

// system is the operator's command line.
var system = account.Actor{System: true}

// accept makes an account with an invitation and returns the token of its session.
func (h *hub) accept(token, email string) account.Ticket {
	h.t.Helper()
	ticket, err := h.Accept(h.ctx(), h.home, token, account.Acceptance{
		Organisation: "Operator", Name: "Person of " + email, Email: email, Password: goodPassword,
	})
	h.ok(err)
	return ticket
}

// founder makes the first administrator, with an authenticator.
func (h *hub) founder() *person {
	h.t.Helper()
	token, err := h.FirstLink(h.ctx())
	h.ok(err)
	p := &person{hub: h, email: "first@example.org", token: h.accept(token, "first@example.org").Token}
	p.strengthen()
	return p
}

// member makes a person in an organisation, with an authenticator if strong.
func (h *hub) member(organisation, email string, strong bool, roles ...account.Role) *person {
	h.t.Helper()
	token, err := h.Invite(h.ctx(), system, organisation, roles)
	h.ok(err)
	p := &person{hub: h, email: email, token: h.accept(token, email).Token}
	if strong {
		p.strengthen()
	}
	return p
}

// guest makes another organisation.
func (h *hub) organisation(name string) string {
	h.t.Helper()
	o, err := h.CreateOrganisation(h.ctx(), system, name)
	h.ok(err)
	return o.ID
}

// person is somebody with an account and a browser.
type person struct {
	hub      *hub
	email    string
	token    string
	secret   string // of the authenticator, base32
	recovery []string
}

// by is the person as who acts.
func (p *person) by() account.Actor {
	p.hub.t.Helper()
	v, err := p.hub.Identify(p.hub.ctx(), p.token)
	p.hub.ok(err)
	return v.Actor
}

func (p *person) user() account.User {
	p.hub.t.Helper()
	u, err := p.hub.store.User(p.hub.ctx(), "email", p.email)
	p.hub.ok(err)
	return u
}

// strengthen sets up an authenticator.
func (p *person) strengthen() {
	h := p.hub
	h.t.Helper()
	setup, err := h.BeginTOTP(h.ctx(), p.by())
	h.ok(err)
	p.secret = strings.ReplaceAll(setup.Secret, " ", "")
	ticket, recovery, _, err := h.FinishTOTP(h.ctx(), h.home, p.by(), setup.State, p.code())
	h.ok(err)
	p.token, p.recovery = ticket.Token, recovery
}

// code waits for the next step and returns its code, by another implementation.
func (p *person) code() string {
	p.hub.t.Helper()
	p.hub.wait(30 * time.Second)
	code, err := totp.GenerateCode(p.secret, p.hub.clock())
	p.hub.ok(err)
	return code
}

// signIn signs in with everything, anew.
func (p *person) signIn() {
	h := p.hub
	h.t.Helper()
	ticket, err := h.SignIn(h.ctx(), h.home, p.email, goodPassword)
	h.ok(err)
	if ticket.Half {
		ticket, err = h.Confirm(h.ctx(), h.home, ticket.Token, p.code())
		h.ok(err)
	}
	p.token = ticket.Token
}

// entries returns the log, oldest first, without what the founder and members did
// to get there.
func (h *hub) actions() (all []string) {
	h.t.Helper()
	h.ok(h.store.EachEntry(h.ctx(), 1, func(e audit.Entry) error {
		all = append(all, e.Action)
		return nil
	}))
	return all
}

var secretBytes = base32.StdEncoding.WithPadding(base32.NoPadding)
