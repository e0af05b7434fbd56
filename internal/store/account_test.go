package store_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/opencovey/covey/internal/account"
	"github.com/opencovey/covey/internal/audit"
	"github.com/opencovey/covey/internal/fault"
	"github.com/opencovey/covey/internal/store"
)

// founded opens a database with the operator's organisation and one person.
func founded(t *testing.T, place store.Options) (*store.Store, account.Organisation, account.User) {
	t.Helper()
	s := open(t, place)
	o := account.Organisation{ID: "o1", Name: "Haven", Operator: true, Created: clock()}
	must(t, s.Accounts().SaveOrganisation(t.Context(), o, entry("organisation.add")))
	u := person("u1", "one@example.org")
	must(t, s.Accounts().SaveUser(t.Context(), u, entry("user.add")))
	o.Version, u.Version = 1, 1
	return s, o, u
}

// person is a user with something in every field.
func person(id, email string) account.User {
	return account.User{
		ID: id, Organisation: "o1", Name: "Zoë ﷺ", Email: email, Roles: []account.Role{account.Curator, account.Reader},
		Language: "ar", Created: clock(), SignedIn: clock().Add(time.Hour),
		Secrets: account.Secrets{
			Password: "$argon2id$v=19$m=19456,t=2,p=1$c2FsdA$aGFzaA", TOTP: []byte{0, 1, 255}, TOTPStep: 59_000_000,
			Passkeys:      []account.Passkey{{Name: "phone", Added: clock(), Credential: []byte(`{"id":"x"}`)}},
			RecoveryCodes: [][]byte{{1, 2}, {3}}, OIDCSubject: "issuer " + id,
		},
	}
}

func TestUsers(t *testing.T) {
	everywhere(t, func(t *testing.T, place store.Options) {
		s, o, u := founded(t, place)
		a, ctx := s.Accounts(), t.Context()
		for by, value := range map[string]string{"id": "u1", "email": "one@example.org", "oidc": "issuer u1"} {
			got, err := a.User(ctx, by, value)
			must(t, err)
			if diff := cmp.Diff(u, got); diff != "" {
				t.Errorf("by %s:\n%s", by, diff)
			}
			_, err = a.User(ctx, by, "nobody")
			wantKind(t, err, fault.NotFound)
			_, err = a.User(ctx, by, "")
			wantKind(t, err, fault.NotFound)
		}
		_, err := a.User(ctx, "name", "Zoë")
		wantKind(t, err, fault.Internal)

		bare := account.User{ID: "u2", Organisation: "o1", Email: "two@example.org", Created: clock().Add(1000)}
		must(t, a.SaveUser(ctx, bare, entry("user.add")))
		bare.Version, bare.Name = 1, "Two"
		must(t, a.SaveUser(ctx, bare, entry("user.save")))
		wantKind(t, a.SaveUser(ctx, bare, entry("user.save")), fault.Conflict) // the version before
		bare.Version = 2
		list, err := a.Users(ctx, "o1")
		must(t, err)
		if diff := cmp.Diff([]account.User{u, bare}, list); diff != "" {
			t.Error(diff)
		}
		if list, err := a.Users(ctx, "other"); err != nil || len(list) != 0 {
			t.Errorf("another organisation has users %v, %v", list, err)
		}

		again := person("u3", "two@example.org")
		wantKind(t, a.SaveUser(ctx, again, entry("user.add")), fault.Conflict) // the address is taken
		again.Email, again.Secrets.OIDCSubject = "three@example.org", "issuer u1"
		wantKind(t, a.SaveUser(ctx, again, entry("user.add")), fault.Conflict) // so is the subject
		again.Secrets.OIDCSubject, again.Organisation = "", "none"
		wantKind(t, a.SaveUser(ctx, again, entry("user.add")), fault.NotFound)
		again.Version = 4
		wantKind(t, a.SaveUser(ctx, again, entry("user.save")), fault.NotFound)

		second := account.Organisation{ID: "o2", Operator: true, Created: clock()}
		wantKind(t, a.SaveOrganisation(ctx, second, entry("organisation.add")), fault.Conflict) // there is one operator
		second.Operator = false
		must(t, a.SaveOrganisation(ctx, second, entry("organisation.add")))
		second.Version, second.Disabled = 1, true
		must(t, a.SaveOrganisation(ctx, second, entry("organisation.save")))
		wantKind(t, a.SaveOrganisation(ctx, second, entry("organisation.save")), fault.Conflict)
		second.Version = 2
		organisations, err := a.Organisations(ctx)
		must(t, err)
		if diff := cmp.Diff([]account.Organisation{o, second}, organisations); diff != "" {
			t.Error(diff)
		}

		// Refused changes leave no trace.
		log, err := s.Audit().Entries(ctx, audit.Query{})
		must(t, err)
		if len(log) != 6 {
			t.Errorf("%d entries for 6 changes", len(log))
		}
	})
}

func TestSessions(t *testing.T) {
	everywhere(t, func(t *testing.T, place store.Options) {
		s, _, u := founded(t, place)
		a, ctx := s.Accounts(), t.Context()
		begin := entry("session.begin")
		session := func(id string, token byte) account.Session {
			return account.Session{
				ID: id, Token: [32]byte{token}, User: "u1", Browser: "Firefox on Linux", Begun: clock(), Seen: clock(),
				Ends: clock().Add(time.Hour),
			}
		}
		half := session("s1", 1)
		must(t, a.SaveSession(ctx, half, nil))
		strong := half
		strong.Strong, strong.Token, strong.Seen = true, [32]byte{2}, clock().Add(time.Minute)
		must(t, a.SaveSession(ctx, strong, &begin))

		_, _, err := a.Session(ctx, [32]byte{1})
		wantKind(t, err, fault.NotFound)
		got, who, err := a.Session(ctx, [32]byte{2})
		must(t, err)
		if diff := cmp.Diff(strong, got) + cmp.Diff(u, who); diff != "" {
			t.Error(diff)
		}

		// A request that began with the old token must not bring it back.
		half.Seen = clock().Add(2 * time.Minute)
		wantKind(t, a.SaveSession(ctx, half, nil), fault.NotFound)
		if _, _, err := a.Session(ctx, [32]byte{2}); err != nil {
			t.Error("a late request changed the token back")
		}

		must(t, a.SaveSession(ctx, session("s2", 3), &begin))
		must(t, a.SaveSession(ctx, session("s3", 4), &begin))
		wantKind(t, a.EndSessions(ctx, "u2", "s2", "", entry("session.end")), fault.NotFound) // somebody else's
		must(t, a.EndSessions(ctx, "u1", "s2", "", entry("session.end")))
		late := session("s2", 3)
		late.Seen = clock().Add(time.Minute)
		wantKind(t, a.SaveSession(ctx, late, nil), fault.NotFound) // it was ended meanwhile
		if list, err := a.Sessions(ctx, "u1"); err != nil || len(list) != 2 {
			t.Errorf("sessions %v, %v", list, err)
		}
		must(t, a.EndSessions(ctx, "u1", "", "s3", entry("session.end")))
		list, err := a.Sessions(ctx, "u1")
		must(t, err)
		if diff := cmp.Diff([]account.Session{session("s3", 4)}, list); diff != "" {
			t.Error(diff)
		}

		u.Disabled = true
		must(t, a.SaveUser(ctx, u, entry("user.disable")))
		if list, err := a.Sessions(ctx, "u1"); err != nil || len(list) != 0 {
			t.Errorf("a disabled user has sessions %v, %v", list, err)
		}
	})
}

func TestDisabledOrganisation(t *testing.T) {
	everywhere(t, func(t *testing.T, place store.Options) {
		s, o, _ := founded(t, place)
		must(t, s.Accounts().SaveSession(t.Context(), account.Session{ID: "s", User: "u1", Begun: clock(), Seen: clock()}, nil))
		o.Disabled = true
		must(t, s.Accounts().SaveOrganisation(t.Context(), o, entry("organisation.disable")))
		if list, err := s.Accounts().Sessions(t.Context(), "u1"); err != nil || len(list) != 0 {
			t.Errorf("a disabled organisation has sessions %v, %v", list, err)
		}
	})
}

func TestInvitations(t *testing.T) {
	everywhere(t, func(t *testing.T, place store.Options) {
		place.Now = clock
		s := open(t, place)
		a, ctx := s.Accounts(), t.Context()
		first := account.Invitation{
			ID: "i1", Token: [32]byte{1}, Roles: []account.Role{account.Administrator}, By: "system",
			Created: clock(), Ends: clock().Add(time.Hour),
		}
		must(t, a.SaveInvitation(ctx, first, entry("invitation.add")))
		got, err := a.Invitation(ctx, [32]byte{1})
		must(t, err)
		if diff := cmp.Diff(first, got); diff != "" {
			t.Error(diff)
		}
		u := person("u1", "one@example.org")
		must(t, a.Accept(ctx, first, u, &account.Organisation{ID: "o1", Operator: true, Created: clock()}, entry("invitation.accept")))
		other := person("u2", "two@example.org")
		wantKind(t, a.Accept(ctx, first, other, nil, entry("invitation.accept")), fault.Gone)
		if got, err = a.Invitation(ctx, [32]byte{1}); err != nil || !got.Used.Equal(clock()) {
			t.Errorf("a used invitation is %+v, %v", got, err)
		}

		second := first
		second.ID, second.Token, second.Organisation, second.User = "i2", [32]byte{2}, "o1", "u1"
		must(t, a.SaveInvitation(ctx, second, entry("invitation.add")))
		over := second
		over.ID, over.Token, over.Ends = "i3", [32]byte{3}, clock()
		must(t, a.SaveInvitation(ctx, over, entry("invitation.add")))
		for organisation, want := range map[string]int{"": 1, "o1": 1, "o2": 0} {
			list, err := a.Invitations(ctx, organisation, clock())
			must(t, err)
			if len(list) != want || want == 1 && !cmp.Equal(list[0], second) {
				t.Errorf("of %q: %+v", organisation, list)
			}
		}
		wantKind(t, a.Accept(ctx, over, other, nil, entry("invitation.accept")), fault.Gone)
		stale := u // Version 0: the address is taken
		stale.ID = "u3"
		wantKind(t, a.Accept(ctx, second, stale, nil, entry("invitation.accept")), fault.Conflict)
		u.Version = 1 // that failed as a whole, so the invitation is still good
		must(t, a.Accept(ctx, second, u, nil, entry("invitation.accept")))
		_, err = a.Invitation(ctx, [32]byte{9})
		wantKind(t, err, fault.NotFound)
	})
}

func TestSweep(t *testing.T) {
	everywhere(t, func(t *testing.T, place store.Options) {
		s, _, _ := founded(t, place)
		a, ctx := s.Accounts(), t.Context()
		for i := range 3 {
			ends := clock().Add(time.Duration(i) * time.Hour)
			must(t, a.SaveSession(ctx, account.Session{
				ID: string(rune('a' + i)), Token: [32]byte{byte(i)}, User: "u1", Begun: clock(), Seen: clock(), Ends: ends,
			}, nil))
			must(t, a.SaveInvitation(ctx, account.Invitation{
				ID: string(rune('a' + i)), Token: [32]byte{byte(i)}, Ends: ends.Add(-30 * 24 * time.Hour),
			}, entry("invitation.add")))
		}
		must(t, a.Sweep(ctx, clock().Add(time.Hour)))
		if list, err := a.Sessions(ctx, "u1"); err != nil || len(list) != 1 || list[0].ID != "c" {
			t.Errorf("left are sessions %+v, %v", list, err)
		}
		for i, want := range []fault.Kind{fault.NotFound, fault.NotFound} {
			_, err := a.Invitation(ctx, [32]byte{byte(i)})
			wantKind(t, err, want)
		}
		if _, err := a.Invitation(ctx, [32]byte{2}); err != nil {
			t.Errorf("an invitation that ended a while ago cannot say so: %v", err)
		}
	})
}
