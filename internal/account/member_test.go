package account_test

import (
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/opencovey/covey/internal/account"
	"github.com/opencovey/covey/internal/fault"
)

func TestPermit(t *testing.T) {
	who := map[string]account.Actor{
		"stranger": {},
		"reader":   {User: "r", Organisation: "m", Roles: []account.Role{account.Reader}, Strong: true},
		"curator":  {User: "c", Organisation: "m", Roles: []account.Role{account.Curator}, Strong: true},
		"weak":     {User: "w", Organisation: "o", Operator: true, Roles: []account.Role{account.Curator, account.Administrator}},
		"boss":     {User: "b", Organisation: "m", Roles: []account.Role{account.Administrator}, Strong: true},
		"operator": {User: "a", Organisation: "o", Operator: true, Roles: []account.Role{account.Administrator}, Strong: true},
		"system":   {System: true},
	}
	everybody := []string{"boss", "curator", "operator", "reader", "stranger", "system", "weak"}
	for _, c := range []struct {
		do   account.Action
		on   account.Subject
		want []string
	}{
		{account.ReadPublic, account.Subject{}, everybody},
		{account.SuggestTool, account.Subject{}, everybody},
		{account.SignIn, account.Subject{}, everybody},
		{account.ManageSelf, account.Subject{}, []string{"boss", "curator", "operator", "reader", "system", "weak"}},
		{account.ManageSelf, account.Subject{User: "r"}, []string{"reader", "system"}},
		{account.CurateTools, account.Subject{}, []string{"curator", "system"}},
		{account.ManagePeople, account.Subject{}, []string{"boss", "operator", "system"}},
		{account.ManagePeople, account.Subject{Organisation: "m"}, []string{"boss", "operator", "system"}},
		{account.ManagePeople, account.Subject{Organisation: "o"}, []string{"operator", "system"}},
		{account.ManagePeople, account.Subject{Organisation: "n"}, []string{"operator", "system"}},
		{account.ManageServer, account.Subject{}, []string{"operator", "system"}},
		{account.ReadAudit, account.Subject{}, []string{"operator", "system"}},
		{"not.known", account.Subject{}, []string{"system"}},
		{"", account.Subject{}, []string{"system"}},
	} {
		var may []string
		for name, actor := range who {
			err := account.Permit(actor, c.do, c.on)
			switch {
			case err == nil:
				may = append(may, name)
			case name == "stranger" && fault.Of(err) != fault.Unauthenticated,
				name != "stranger" && fault.Of(err) != fault.Forbidden:
				t.Errorf("%s %s: %v", name, c.do, err)
			}
		}
		slices.Sort(may)
		if diff := cmp.Diff(c.want, may); diff != "" {
			t.Errorf("%s on %+v: %s", c.do, c.on, diff)
		}
	}
}

// TestEscalation tries everything that administrators and others can do to
// people, with every kind of actor, on every kind of person.
func TestEscalation(t *testing.T) {
	h := newHub(t, account.Options{})
	founder := h.founder()
	operator, one, two := founder.by().Organisation, h.organisation("One"), h.organisation("Two")
	actors := map[string]*person{
		"operator": founder,
		"boss":     h.member(one, "boss@example.org", true, account.Administrator),
		"weak":     h.member(one, "weak@example.org", false, account.Administrator),
		"curator":  h.member(operator, "curator@example.org", true, account.Curator),
		"reader":   h.member(one, "reader@example.org", true, account.Reader),
	}
	subjects := map[string]*person{
		"reader of one":     h.member(one, "s1@example.org", false, account.Reader),
		"boss of one":       h.member(one, "s2@example.org", false, account.Administrator),
		"curator of one":    h.member(one, "s3@example.org", false, account.Curator),
		"reader of two":     h.member(two, "s4@example.org", false, account.Reader),
		"boss of server":    h.member(operator, "s5@example.org", true, account.Administrator),
		"curator of server": h.member(operator, "s6@example.org", true, account.Curator),
	}
	all := func(p *person) account.User { return p.user() }
	acts := map[string]func(by account.Actor, u account.User) error{
		"see": func(by account.Actor, u account.User) error { _, _, err := h.Member(h.ctx(), by, u.ID); return err },
		"reset": func(by account.Actor, u account.User) error {
			_, err := h.Reset(h.ctx(), by, u.ID, false)
			return err
		},
		"reset all": func(by account.Actor, u account.User) error {
			_, err := h.Reset(h.ctx(), by, u.ID, true)
			return err
		},
		"to reader": func(by account.Actor, u account.User) error {
			return h.ChangeRoles(h.ctx(), by, u.ID, u.Version, []account.Role{account.Reader})
		},
		"to curator": func(by account.Actor, u account.User) error {
			return h.ChangeRoles(h.ctx(), by, u.ID, u.Version, append(slices.Clone(u.Roles), account.Curator))
		},
		"disable": func(by account.Actor, u account.User) error {
			return h.Disable(h.ctx(), by, u.ID, u.Version, true)
		},
	}
	// What may be done; all else must be refused.
	may := map[string]bool{
		"boss/reader of one/see": true, "boss/reader of one/reset": true, "boss/reader of one/reset all": true,
		"boss/reader of one/to reader": true, "boss/reader of one/disable": true,
		"boss/boss of one/see": true, "boss/boss of one/reset": true, "boss/boss of one/reset all": true,
		"boss/boss of one/to reader": true, "boss/boss of one/disable": true,
		"boss/curator of one/see": true, "boss/curator of one/disable": true,
	}
	for actor, p := range actors {
		by := p.by()
		for subject, s := range subjects {
			for act, do := range acts {
				name := actor + "/" + subject + "/" + act
				before := all(s)
				err := do(by, before)
				if want := actor == "operator" || may[name]; (err == nil) != want {
					t.Errorf("%s: %v", name, err)
				}
				after := all(s)
				if err != nil && after.Version != before.Version {
					t.Errorf("%s: refused and done", name)
				}
				after.Roles, after.Disabled, after.Secrets = before.Roles, false, before.Secrets
				h.ok(h.store.SaveUser(h.ctx(), after, auditNothing))
			}
		}
	}
}

func TestInviteEscalation(t *testing.T) {
	h := newHub(t, account.Options{})
	founder := h.founder()
	operator, one, two := founder.by().Organisation, h.organisation("One"), h.organisation("Two")
	boss := h.member(one, "boss@example.org", true, account.Administrator)
	weak := h.member(one, "weak@example.org", false, account.Administrator)
	reader := h.member(one, "reader@example.org", true, account.Reader)
	for _, c := range []struct {
		name         string
		by           *person
		organisation string
		roles        []account.Role
		key          string
	}{
		{"reader", boss, one, []account.Role{account.Reader}, ""},
		{"colleague", boss, one, []account.Role{account.Administrator}, ""},
		{"both", boss, one, []account.Role{account.Administrator, account.Reader, account.Reader}, ""},
		{"curator", boss, one, []account.Role{account.Reader, account.Curator}, "fault.account.role.beyond"},
		{"another organisation", boss, two, []account.Role{account.Reader}, "fault.account.organisation.none"},
		{"the operator's", boss, operator, []account.Role{account.Administrator}, "fault.account.organisation.none"},
		{"the first", boss, "", []account.Role{account.Administrator}, "fault.account.organisation.none"},
		{"of no organisation there is", founder, "x", []account.Role{account.Reader}, "fault.account.organisation.none"},
		{"no role", boss, one, nil, "fault.account.role.none"},
		{"unknown role", boss, one, []account.Role{"root"}, "fault.account.role"},
		{"without second factor", weak, one, []account.Role{account.Reader}, "fault.forbidden"},
		{"by a reader", reader, one, []account.Role{account.Reader}, "fault.forbidden"},
		{"curator by the operator", founder, one, []account.Role{account.Curator}, ""},
		{"administrator of the server by the operator", founder, operator, []account.Role{account.Administrator}, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			token, err := h.Invite(t.Context(), c.by.by(), c.organisation, c.roles)
			if keyOf(err) != c.key || (token == "") != (c.key != "") {
				t.Errorf("got %v, want %q", err, c.key)
			}
		})
	}
	t.Run("stranger", func(t *testing.T) {
		_, err := h.Invite(t.Context(), account.Actor{}, one, []account.Role{account.Reader})
		h.refused(err, "fault.signin")
	})
	t.Run("revoke another's", func(t *testing.T) {
		_, err := h.Invite(t.Context(), founder.by(), two, []account.Role{account.Reader})
		h.ok(err)
		open, err := h.Invitations(t.Context(), founder.by(), two)
		h.ok(err)
		h.refused(h.Revoke(t.Context(), boss.by(), two, open[0].ID), "fault.account.organisation.none")
		h.refused(h.Revoke(t.Context(), boss.by(), one, open[0].ID), "fault.account.invitation.none")
		h.ok(h.Revoke(t.Context(), founder.by(), two, open[0].ID))
	})
}

// TestLastAdministrator: there is always one of the operator's.
func TestLastAdministrator(t *testing.T) {
	h := newHub(t, account.Options{})
	founder := h.founder()
	u := founder.user()
	h.refused(h.ChangeRoles(t.Context(), founder.by(), u.ID, u.Version, []account.Role{account.Reader}), "fault.account.last")
	h.refused(h.Disable(t.Context(), founder.by(), u.ID, u.Version, true), "fault.account.last")
	h.refused(h.DisableOrganisation(t.Context(), founder.by(), u.Organisation, 1, true), "fault.account.last")
	h.ok(h.ChangeRoles(t.Context(), system, u.ID, u.Version, []account.Role{account.Reader, account.Administrator}))
	founder.signIn()

	second := h.member(u.Organisation, "second@example.org", true, account.Administrator)
	h.store.Slow = func() { time.Sleep(20 * time.Millisecond) } // long enough for the other to read the same
	var done atomic.Int32
	var all sync.WaitGroup
	for i, pair := range [][2]*person{{founder, second}, {second, founder}} {
		by, victim := pair[0].by(), pair[1].user()
		all.Go(func() {
			var err error
			if i == 0 {
				err = h.Disable(h.ctx(), by, victim.ID, victim.Version, true)
			} else {
				err = h.ChangeRoles(h.ctx(), by, victim.ID, victim.Version, []account.Role{account.Reader})
			}
			if err == nil {
				done.Add(1)
			}
		})
	}
	all.Wait()
	if done.Load() != 1 {
		t.Errorf("%d of two removed each other", done.Load())
	}
}

func TestOldVersions(t *testing.T) {
	h := newHub(t, account.Options{})
	founder := h.founder()
	id := h.organisation("One")
	reader := h.member(id, "reader@example.org", false, account.Reader)
	u := reader.user()
	roles := []account.Role{account.Administrator}
	h.refused(h.ChangeRoles(t.Context(), founder.by(), u.ID, u.Version-1, roles), "fault.account.conflict")
	h.refused(h.Disable(t.Context(), founder.by(), u.ID, u.Version+1, true), "fault.account.conflict")
	h.refused(h.RenameOrganisation(t.Context(), founder.by(), id, 0, "X"), "fault.account.conflict")
	h.ok(h.RenameOrganisation(t.Context(), founder.by(), id, 1, "Renamed"))
	h.refused(h.RenameOrganisation(t.Context(), founder.by(), id, 1, "Again"), "fault.account.conflict")
	h.refused(h.RenameOrganisation(t.Context(), founder.by(), id, 2, "OPERATOR"), "fault.account.organisation.taken")
	h.refused(h.RenameOrganisation(t.Context(), founder.by(), id, 2, " "), "fault.account.organisation.name")
	h.ok(h.DisableOrganisation(t.Context(), founder.by(), id, 2, true))
	_, err := h.Invite(t.Context(), founder.by(), id, roles)
	h.refused(err, "fault.account.organisation.disabled")
	_, err = h.SignIn(t.Context(), h.home, reader.email, goodPassword)
	h.refused(err, "fault.account.signin.wrong")
	h.ok(h.DisableOrganisation(t.Context(), founder.by(), id, 3, false))
	reader.signIn()
	h.ok(h.Disable(t.Context(), founder.by(), u.ID, reader.user().Version, true))
	h.ok(h.Disable(t.Context(), founder.by(), u.ID, reader.user().Version, false))
	reader.signIn()
}

func TestLists(t *testing.T) {
	h := newHub(t, account.Options{})
	founder := h.founder()
	one := h.organisation("Árbol")
	boss := h.member(one, "boss@example.org", true, account.Administrator)
	h.member(one, "curator@example.org", false, account.Curator)
	names := func(by account.Actor) (all []string) {
		organisations, err := h.Organisations(t.Context(), by)
		h.ok(err)
		for _, o := range organisations {
			all = append(all, o.Name)
		}
		return all
	}
	if diff := cmp.Diff([]string{"Operator", "Árbol"}, names(founder.by())); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{"Árbol"}, names(boss.by())); diff != "" {
		t.Error(diff)
	}
	members, err := h.Members(t.Context(), boss.by(), one)
	h.ok(err)
	if len(members) != 2 || !members[0].Managed || !members[0].Factor || members[1].Managed {
		t.Errorf("got %+v", members)
	}
	for _, m := range members {
		if m.User.Secrets.Password != "" || m.User.Secrets.TOTP != nil {
			t.Errorf("secrets of %s are shown", m.User.Name)
		}
	}
	_, err = h.Members(t.Context(), boss.by(), founder.by().Organisation)
	h.refused(err, "fault.account.organisation.none")
	_, err = h.CreateOrganisation(t.Context(), boss.by(), "Mine")
	h.refused(err, "fault.forbidden")
	h.refused(h.RenameOrganisation(t.Context(), boss.by(), one, 1, "Mine"), "fault.forbidden")
}

func TestSaveSelf(t *testing.T) {
	h := newHub(t, account.Options{})
	founder := h.founder()
	h.ok(h.SaveSelf(t.Context(), founder.by(), "New Name", "ar"))
	if u := founder.user(); u.Name != "New Name" || u.Language != "ar" {
		t.Errorf("got %+v", u)
	}
	h.refused(h.SaveSelf(t.Context(), founder.by(), "", "ar"), "fault.account.name")
	h.refused(h.SaveSelf(t.Context(), founder.by(), "X", "xx"), "fault.account.language")
	h.refused(h.SaveSelf(t.Context(), account.Actor{}, "X", ""), "fault.signin")
	ticket, err := h.ChangePassword(t.Context(), h.home, founder.by(), nextPassword)
	h.ok(err)
	founder.token = ticket.Token
	if by := founder.by(); !by.Strong {
		t.Errorf("got %+v", by)
	}
	_, err = h.SignIn(t.Context(), h.home, founder.email, goodPassword)
	h.refused(err, "fault.account.signin.wrong")
	_, err = h.ChangePassword(t.Context(), h.home, founder.by(), "first@example.org")
	h.refused(err, "fault.account.password.own")
}
