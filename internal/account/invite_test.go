package account_test

import (
	"crypto/sha256"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/opencovey/covey/internal/account"
	"github.com/opencovey/covey/internal/audit"
	"github.com/opencovey/covey/internal/fault"
)

func TestFirstLink(t *testing.T) {
	h := newHub(t, account.Options{})
	old, err := h.FirstLink(t.Context())
	h.ok(err)
	token, err := h.FirstLink(t.Context())
	h.ok(err)
	if len(token) != 43 || token == old {
		t.Fatalf("got %q after %q", token, old)
	}
	_, err = h.Guest(t.Context(), old)
	h.refused(err, "fault.account.invitation.over")
	guest, err := h.Guest(t.Context(), token)
	h.ok(err)
	if diff := cmp.Diff(account.Guest{First: true, Roles: []account.Role{account.Administrator}}, guest); diff != "" {
		t.Error(diff)
	}
	ticket := h.accept(token, "first@example.org")
	v, err := h.Identify(t.Context(), ticket.Token)
	h.ok(err)
	if !ticket.Setup || !v.Actor.Operator || v.Actor.Strong {
		t.Errorf("got %+v, %+v", ticket, v)
	}
	h.refused(account.Permit(v.Actor, account.ManageServer, account.Subject{}), "fault.forbidden")
	if token, err = h.FirstLink(t.Context()); token != "" || err != nil {
		t.Errorf("a second first link: %q, %v", token, err)
	}
}

// TestFirstRace: however many links and guests there are, there is one first.
func TestFirstRace(t *testing.T) {
	h := newHub(t, account.Options{Hashes: 8})
	token, err := h.FirstLink(t.Context())
	h.ok(err)
	// Another instance that starts at the same moment makes a link of its own.
	now := h.clock()
	h.ok(h.store.SaveInvitation(t.Context(), account.Invitation{
		ID: "other", Token: sha256.Sum256([]byte("other")), Roles: []account.Role{account.Administrator},
		By: "system", Created: now, Ends: now.Add(time.Hour),
	}, audit.Entry{}))
	var in atomic.Int32
	var all sync.WaitGroup
	for i := range 8 {
		all.Go(func() {
			_, err := h.Accept(t.Context(), h.home, []string{token, "other"}[i%2], account.Acceptance{
				Organisation: fmt.Sprint("O", i), Name: "N", Email: fmt.Sprintf("p%d@example.org", i), Password: goodPassword,
			})
			if err == nil {
				in.Add(1)
			} else if fault.Of(err) != fault.Gone {
				t.Errorf("got %v", err)
			}
		})
	}
	all.Wait()
	users, err := h.store.Users(t.Context(), "")
	h.ok(err)
	if in.Load() != 1 || len(users) != 1 {
		t.Errorf("%d got in, %d users", in.Load(), len(users))
	}
}

// TestInvitationEnds: each line spoils one thing of an invitation that works.
func TestInvitationEnds(t *testing.T) {
	type world struct {
		h             *hub
		founder, boss *person
		member, token string
	}
	for _, c := range []struct {
		name  string
		spoil func(*world)
		key   string
	}{
		{"control", func(*world) {}, ""},
		{"control: nearly a week", func(w *world) { w.h.wait(account.InvitationLasts - time.Minute) }, ""},
		{"a week", func(w *world) { w.h.wait(account.InvitationLasts) }, "fault.account.invitation.over"},
		{"used", func(w *world) { w.h.accept(w.token, "somebody@example.org") }, "fault.account.invitation.over"},
		{"revoked", func(w *world) {
			open, err := w.h.Invitations(w.h.ctx(), w.founder.by(), w.member)
			w.h.ok(err)
			w.h.ok(w.h.Revoke(w.h.ctx(), w.boss.by(), w.member, open[0].ID))
		}, "fault.account.invitation.over"},
		{"unknown", func(w *world) { w.token = strings.Repeat("A", 43) }, "fault.account.invitation.over"},
		{"empty", func(w *world) { w.token = "" }, "fault.account.invitation.over"},
		{"endless", func(w *world) { w.token = strings.Repeat("A", 1<<20) }, "fault.account.invitation.over"},
		{"organisation disabled", func(w *world) {
			w.h.ok(w.h.DisableOrganisation(w.h.ctx(), w.founder.by(), w.member, 1, true))
		}, "fault.account.invitation.over"},
		{"its maker disabled", func(w *world) {
			u := w.boss.user()
			w.h.ok(w.h.Disable(w.h.ctx(), w.founder.by(), u.ID, u.Version, true))
		}, "fault.account.invitation.over"},
		{"its maker no administrator any more", func(w *world) {
			u := w.boss.user()
			w.h.ok(w.h.ChangeRoles(w.h.ctx(), w.founder.by(), u.ID, u.Version, []account.Role{account.Reader}))
		}, "fault.account.invitation.over"},
	} {
		t.Run(c.name, func(t *testing.T) {
			h := newHub(t, account.Options{})
			w := &world{h: h, founder: h.founder()}
			w.member = h.organisation("Member")
			w.boss = h.member(w.member, "boss@example.org", true, account.Administrator)
			var err error
			w.token, err = h.Invite(t.Context(), w.boss.by(), w.member, []account.Role{account.Reader})
			h.ok(err)
			c.spoil(w)
			_, err = h.Guest(t.Context(), w.token)
			if keyOf(err) != c.key {
				t.Errorf("greeted: %v", err)
			}
			_, err = h.Accept(t.Context(), h.home, w.token, account.Acceptance{Name: "N", Email: "n@example.org", Password: goodPassword})
			if keyOf(err) != c.key || (err == nil) != (c.key == "") {
				t.Errorf("got %v, want %q", err, c.key)
			}
		})
	}
}

func TestAcceptance(t *testing.T) {
	h := newHub(t, account.Options{})
	founder := h.founder()
	token, err := h.Invite(t.Context(), founder.by(), founder.by().Organisation, []account.Role{account.Curator})
	h.ok(err)
	good := account.Acceptance{Name: " Ana María ", Email: "Ana@Example.org", Password: goodPassword, Language: "es"}
	for name, c := range map[string]struct {
		change func(*account.Acceptance)
		key    string
	}{
		"no name":        {func(a *account.Acceptance) { a.Name = " " }, "fault.account.name"},
		"no address":     {func(a *account.Acceptance) { a.Email = "" }, "fault.account.email"},
		"two addresses":  {func(a *account.Acceptance) { a.Email = "a@example.org, b@example.org" }, "fault.account.email"},
		"address taken":  {func(a *account.Acceptance) { a.Email = "FIRST@example.org" }, "fault.account.email.taken"},
		"weak password":  {func(a *account.Acceptance) { a.Password = "passwordpassword" }, "fault.account.password.common"},
		"language":       {func(a *account.Acceptance) { a.Language = "../../x" }, "fault.account.language"},
		"short password": {func(a *account.Acceptance) { a.Password = "short" }, "fault.account.password.short"},
	} {
		a := good
		c.change(&a)
		if _, err := h.Accept(t.Context(), h.home, token, a); keyOf(err) != c.key {
			t.Errorf("%s: got %v, want %s", name, err, c.key)
		}
	}
	ticket, err := h.Accept(t.Context(), h.home, token, good)
	h.ok(err) // none of these used it up
	v, err := h.Identify(t.Context(), ticket.Token)
	h.ok(err)
	if v.Name != "Ana María" || v.Language != "es" || !v.Setup || !cmp.Equal(v.Actor.Roles, []account.Role{account.Curator}) {
		t.Errorf("got %+v", v)
	}
	u, err := h.store.User(t.Context(), "email", "ana@example.org")
	h.ok(err)
	if u.Version != 1 || !strings.HasPrefix(u.Secrets.Password, "$argon2id$v=19$m=64,t=1,p=1$") {
		t.Errorf("got %+v", u)
	}
	t.Run("guessing who has an account", func(t *testing.T) {
		token, err := h.Invite(t.Context(), founder.by(), founder.by().Organisation, []account.Role{account.Reader})
		h.ok(err)
		told := 0
		for range 100 {
			a := good
			if _, err := h.Accept(t.Context(), h.home, token, a); keyOf(err) == "fault.account.email.taken" {
				told++
			}
		}
		if told == 0 || told > 11 {
			t.Errorf("told %d times of 100", told)
		}
	})
}

func TestReset(t *testing.T) {
	h := newHub(t, account.Options{})
	founder := h.founder()
	reader := h.member(h.organisation("Member"), "reader@example.org", true, account.Reader)
	u := reader.user()
	use := func(token string) (account.Ticket, error) {
		return h.Accept(t.Context(), h.home, token, account.Acceptance{
			Name: "Mallory", Email: "mallory@example.org", Organisation: "Evil", Password: nextPassword,
		})
	}
	token, err := h.Reset(t.Context(), founder.by(), u.ID, false)
	h.ok(err)
	ticket, err := use(token)
	h.ok(err)
	if !ticket.Half {
		t.Error("a new password goes without the second factor")
	}
	_, err = h.Identify(t.Context(), reader.token)
	h.refused(err, "fault.signin")
	after := reader.user()
	if after.Name != u.Name || after.Secrets.TOTP == nil || after.Secrets.Password == u.Secrets.Password {
		t.Errorf("got %+v", after)
	}
	_, err = use(token)
	h.refused(err, "fault.account.invitation.over")

	token, err = h.Reset(t.Context(), founder.by(), u.ID, true)
	h.ok(err)
	_, err = h.SignIn(t.Context(), h.home, reader.email, nextPassword)
	h.refused(err, "fault.account.signin.wrong")
	if reader.user().HasFactor() {
		t.Error("the second factor is left")
	}
	ticket, err = use(token)
	h.ok(err)
	if ticket.Half || ticket.Setup {
		t.Errorf("got %+v", ticket)
	}
	t.Run("disabled meanwhile", func(t *testing.T) {
		token, err := h.Reset(t.Context(), founder.by(), u.ID, false)
		h.ok(err)
		h.ok(h.Disable(t.Context(), founder.by(), u.ID, reader.user().Version, true))
		_, err = use(token)
		h.refused(err, "fault.account.invitation.over")
		_, err = h.Reset(t.Context(), founder.by(), u.ID, false)
		h.refused(err, "fault.account.user.disabled")
	})
}

// TestResetRisen: an administrator of a member makes a link for a reader, who
// then becomes a curator of the hub: the link is worth nothing.
func TestResetRisen(t *testing.T) {
	for _, rises := range []bool{false, true} {
		h := newHub(t, account.Options{})
		founder := h.founder()
		member := h.organisation("Member")
		boss := h.member(member, "boss@example.org", true, account.Administrator)
		reader := h.member(member, "reader@example.org", false, account.Reader)
		token, err := h.Reset(t.Context(), boss.by(), reader.user().ID, false)
		h.ok(err)
		if rises {
			u := reader.user()
			h.ok(h.ChangeRoles(t.Context(), founder.by(), u.ID, u.Version, []account.Role{account.Curator}))
		}
		_, err = h.Accept(t.Context(), h.home, token, account.Acceptance{Password: nextPassword})
		if got := keyOf(err) == "fault.account.invitation.over"; got != rises {
			t.Errorf("rises %v: %v", rises, err)
		}
	}
}

// TestLogHoldsNobody: no name, address, password or token is in the log.
func TestLogHoldsNobody(t *testing.T) {
	h := newHub(t, account.Options{})
	founder := h.founder()
	member := h.organisation("Casa Azul")
	reader := h.member(member, "reader@example.org", true, account.Reader)
	token, err := h.Reset(t.Context(), founder.by(), reader.user().ID, true)
	h.ok(err)
	for range 20 {
		_, _ = h.SignIn(t.Context(), h.home, reader.email, "wrong wrong wrong")
	}
	h.ok(h.RenameOrganisation(t.Context(), founder.by(), member, 1, "Casa Verde"))
	text := ""
	h.ok(h.store.EachEntry(t.Context(), 1, func(e audit.Entry) error {
		text += fmt.Sprintf("%s %s %s %s %v\n", e.Actor, e.Organisation, e.Action, e.Subject, e.Detail)
		return nil
	}))
	for _, secret := range []string{"example.org", "Person", "Casa", "Operator", goodPassword, token, founder.token, "home"} {
		if strings.Contains(text, secret) {
			t.Errorf("the log has %q", secret)
		}
	}
	for _, action := range []string{
		"invitation.first", "user.create", "session.begin", "factor.add", "session.end", "organisation.create",
		"invitation.create", "invitation.reset", "user.reset", "session.refuse", "organisation.rename",
	} {
		if !strings.Contains(text, " "+action+" ") {
			t.Errorf("the log lacks %s", action)
		}
	}
}
