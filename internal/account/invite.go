package account

import (
	"context"
	"crypto/sha256"
	"net/mail"
	"slices"
	"strings"

	"golang.org/x/text/unicode/norm"

	"github.com/opencovey/covey/internal/fault"
)

// Guest is whom a link lets in, for the page that greets them.
type Guest struct {
	First        bool   // founds the operator's organisation
	Reset        bool   // has an account, and chooses a new password
	Organisation string // name; "" for the first
	Roles        []Role
}

// Acceptance is what a guest fills in. Of somebody who has an account, only the
// password counts. Roles and organisation are those of the invitation, whatever
// is sent.
type Acceptance struct {
	Organisation string // name; of the first guest only
	Name         string
	Email        string
	Password     string
	Language     string
}

// FirstLink returns the token of a one-time invitation for the first
// administrator, or "" if there is a user already. Earlier such links end.
func (s *Service) FirstLink(ctx context.Context) (string, error) {
	users, err := s.store.Users(ctx, "")
	if err != nil {
		return "", wrap(err, "read users")
	}
	if len(users) > 0 {
		return "", nil
	}
	system := Actor{System: true}
	open, err := s.store.Invitations(ctx, "", s.now())
	if err != nil {
		return "", wrap(err, "read invitations")
	}
	for _, i := range open {
		if i.Organisation == "" {
			if err := s.revoke(ctx, system, i); err != nil {
				return "", err
			}
		}
	}
	return s.invite(ctx, system, Invitation{Roles: []Role{Administrator}}, "invitation.first")
}

// Invite makes a link that lets one person into an organisation with roles, once,
// for seven days. The token is shown to the administrator, who hands it over; the
// server keeps its hash and sends nothing.
func (s *Service) Invite(ctx context.Context, by Actor, organisation string, roles []Role) (string, error) {
	o, err := s.manageable(ctx, by, organisation)
	if err != nil {
		return "", err
	}
	if o.Disabled {
		return "", fault.New(fault.Conflict, "fault.account.organisation.disabled")
	}
	if roles, err = checkRoles(by, o, nil, roles); err != nil {
		return "", err
	}
	return s.invite(ctx, by, Invitation{Organisation: o.ID, Roles: roles}, "invitation.create")
}

// Reset makes a link with which a person who has an account chooses a new
// password. With all, the password, the second factors, the link to another
// sign-in service and the sessions are taken away at once, for somebody who has lost everything, or an account in wrong hands.
func (s *Service) Reset(ctx context.Context, by Actor, user string, all bool) (string, error) {
	s.people.Lock()
	defer s.people.Unlock()
	u, _, err := s.controlled(ctx, by, user)
	if err != nil {
		return "", err
	}
	if u.Disabled {
		return "", fault.New(fault.Conflict, "fault.account.user.disabled")
	}
	if all {
		u.Secrets = Secrets{}
		if u, err = s.saveUser(ctx, u, entry(by, "user.reset", "user:"+u.ID)); err != nil {
			return "", err
		}
		if err := s.endAll(ctx, by, u.ID); err != nil {
			return "", err
		}
	}
	return s.invite(ctx, by, Invitation{Organisation: u.Organisation, User: u.ID}, "invitation.reset")
}

// endAll ends all sessions of a user.
func (s *Service) endAll(ctx context.Context, by Actor, user string) error {
	e := entry(by, "session.end", "user:"+user, "session", "all")
	return wrap(s.store.EndSessions(ctx, user, "", "", e), "end sessions")
}

func (s *Service) invite(ctx context.Context, by Actor, i Invitation, action string) (string, error) {
	id, err := s.newID()
	if err != nil {
		return "", err
	}
	token, sum, err := s.newToken()
	if err != nil {
		return "", err
	}
	i.ID, i.Token, i.By = id, sum, by.User
	if by.System {
		i.By = "system"
	}
	i.Created = s.now()
	i.Ends = i.Created.Add(invitationLasts)
	e := entry(by, action, "invitation:"+i.ID, "roles", joinRoles(i.Roles), "user", i.User, "organisation", i.Organisation)
	return token, wrap(s.store.SaveInvitation(ctx, i, e), "save invitation")
}

// Revoke ends an invitation that nobody has used.
func (s *Service) Revoke(ctx context.Context, by Actor, organisation, id string) error {
	o, err := s.manageable(ctx, by, organisation)
	if err != nil {
		return err
	}
	open, err := s.store.Invitations(ctx, o.ID, s.now())
	if err != nil {
		return wrap(err, "read invitations")
	}
	for _, i := range open {
		if i.ID == id && i.Organisation == o.ID {
			return s.revoke(ctx, by, i)
		}
	}
	return fault.New(fault.NotFound, "fault.account.invitation.none")
}

func (s *Service) revoke(ctx context.Context, by Actor, i Invitation) error {
	i.Ends = s.now()
	e := entry(by, "invitation.revoke", "invitation:"+i.ID)
	return wrap(s.store.SaveInvitation(ctx, i, e), "save invitation")
}

// Guest tells whom a token lets in. One that is unknown, used or over is Gone.
func (s *Service) Guest(ctx context.Context, token string) (Guest, error) {
	i, u, o, err := s.guest(ctx, token)
	if err != nil {
		return Guest{}, err
	}
	return Guest{First: i.Organisation == "", Reset: u.ID != "", Organisation: o.Name, Roles: i.Roles}, nil
}

// guest returns an invitation that is good now, with the user it is for, if there
// is one, and the organisation, if there is one. Whoever made it must still be
// allowed to: a link of an administrator who was sent away opens nothing.
func (s *Service) guest(ctx context.Context, token string) (i Invitation, u User, o Organisation, err error) {
	gone := fault.New(fault.Gone, "fault.account.invitation.over")
	if token == "" || len(token) > 100 {
		return i, u, o, gone
	}
	i, err = s.store.Invitation(ctx, sha256.Sum256([]byte(token)))
	if missing(err) || err == nil && (!i.Used.IsZero() || !s.now().Before(i.Ends)) {
		return Invitation{}, u, o, gone
	}
	if err != nil {
		return i, u, o, wrap(err, "read invitation")
	}
	if i.Organisation == "" {
		users, err := s.store.Users(ctx, "")
		if err == nil && len(users) > 0 {
			err = gone
		}
		return i, u, o, wrap(err, "read users")
	}
	o, err = s.organisation(ctx, i.Organisation)
	if err == nil && i.User != "" {
		u, err = s.store.User(ctx, "id", i.User)
	}
	if missing(err) || err == nil && (o.Disabled || u.Disabled) {
		return i, u, o, gone
	}
	if err != nil {
		return i, u, o, wrap(err, "read account")
	}
	ok, err := s.stillGranted(ctx, i, u, o)
	if err == nil && !ok {
		err = gone
	}
	return i, u, o, err
}

// stillGranted tells whether the maker of an invitation could make it now.
func (s *Service) stillGranted(ctx context.Context, i Invitation, u User, o Organisation) (bool, error) {
	by := Actor{System: true}
	if i.By != "system" {
		maker, err := s.store.User(ctx, "id", i.By)
		if missing(err) || err == nil && maker.Disabled {
			return false, nil
		}
		if err != nil {
			return false, wrap(err, "read user")
		}
		if open, err := s.isOpen(ctx, maker); err != nil || !open {
			return false, err
		}
		if by, err = s.actorOf(ctx, maker); err != nil {
			return false, err
		}
		by.Strong = true // it was when the link was made
	}
	grantable := Grantable(by, o)
	if len(grantable) == 0 {
		return false, nil
	}
	for _, r := range append(slices.Clone(i.Roles), u.Roles...) {
		if !slices.Contains(grantable, r) {
			return false, nil
		}
	}
	return true, nil
}

// Accept uses an invitation: it makes the account, or sets the new password, and
// signs in. Somebody who has a second factor gives it next.
func (s *Service) Accept(ctx context.Context, c Client, token string, a Acceptance) (Ticket, error) {
	i, u, o, err := s.guest(ctx, token)
	if err != nil {
		return Ticket{}, err
	}
	// A guest learns whether an address has an account, so must not ask often.
	key := s.guesses.key(byGuest, i.ID)
	if _, err := s.guesses.try(key); err != nil {
		return Ticket{}, err
	}
	var founded *Organisation
	action := "user.create"
	if i.User != "" {
		action = "user.password"
		if err := checkPassword(a.Password, u.Name, u.Email); err != nil {
			return Ticket{}, err
		}
	} else if u, founded, err = s.newUser(i, o, a); err != nil {
		return Ticket{}, err
	}
	if u.Secrets.Password, err = s.kdf.hash(ctx, a.Password); err != nil {
		return Ticket{}, err
	}
	by := Actor{User: u.ID, Organisation: u.Organisation}
	e := entry(by, action, "user:"+u.ID, "invitation", i.ID, "roles", joinRoles(u.Roles))
	if err := s.store.Accept(ctx, i, u, founded, e); err != nil {
		kind := fault.Of(err)
		switch {
		case kind == fault.Conflict && i.User != "":
			return Ticket{}, fault.New(fault.Conflict, "fault.account.conflict").Because(err)
		case kind != fault.Conflict && kind != fault.Gone:
			return Ticket{}, wrap(err, "accept invitation")
		case kind == fault.Gone || founded != nil: // another was first by a moment
			return Ticket{}, fault.New(fault.Gone, "fault.account.invitation.over")
		default:
			return Ticket{}, fault.New(fault.Conflict, "fault.account.email.taken").At("email")
		}
	}
	s.guesses.passed(key)
	u.Version++
	if i.User != "" {
		if err := s.endAll(ctx, by, u.ID); err != nil {
			return Ticket{}, err
		}
	}
	return s.begin(ctx, c, u, false, "invitation")
}

// newUser is the user that a guest becomes, and the operator's organisation if
// the guest is the first.
func (s *Service) newUser(i Invitation, o Organisation, a Acceptance) (User, *Organisation, error) {
	name, err := checkName(a.Name, "fault.account.name")
	if err != nil {
		return User{}, nil, err
	}
	email, err := checkEmail(a.Email)
	if err != nil {
		return User{}, nil, err
	}
	if err := checkPassword(a.Password, name, email); err != nil {
		return User{}, nil, err
	}
	language, err := checkLanguage(a.Language)
	if err != nil {
		return User{}, nil, err
	}
	u := User{
		Organisation: o.ID, Name: name, Email: email, Roles: i.Roles, Language: language,
		Created: s.now(), SignedIn: s.now().UTC().Truncate(day),
	}
	if u.ID, err = s.newID(); err != nil || i.Organisation != "" {
		return u, nil, err
	}
	founded := Organisation{Operator: true, Created: s.now()}
	if founded.Name, err = checkName(a.Organisation, "fault.account.organisation.name"); err != nil {
		return u, nil, fault.New(fault.Invalid, "fault.account.organisation.name").At("organisation")
	}
	founded.ID, err = s.newID()
	u.Organisation = founded.ID
	return u, &founded, err
}

// foldEmail writes an address in the one way in which it is compared.
func foldEmail(email string) string {
	if len(email) > 1000 {
		return ""
	}
	return strings.ToLower(norm.NFC.String(strings.TrimSpace(email)))
}

// checkEmail returns an address as it is stored.
func checkEmail(email string) (string, error) {
	email = foldEmail(email)
	a, err := mail.ParseAddress(email)
	if err != nil || a.Address != email || len(email) > 254 || strings.ContainsAny(email, " \"\\") {
		return "", fault.New(fault.Invalid, "fault.account.email").At("email")
	}
	return email, nil
}

// checkLanguage returns a language that the server speaks, or "" for that of the browser.
func checkLanguage(language string) (string, error) {
	switch language {
	case "", "en", "fr", "es", "ar":
		return language, nil
	}
	return "", fault.New(fault.Invalid, "fault.account.language").At("language")
}
