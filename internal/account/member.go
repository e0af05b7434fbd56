package account

import (
	"context"
	"slices"
	"strings"
	"time"

	"golang.org/x/text/cases"

	"github.com/opencovey/covey/internal/fault"
)

const day = 24 * time.Hour

// Member is a person as administrators see them. The user's secrets are left out.
type Member struct {
	User    User
	Factor  bool // has a second factor
	Managed bool // the actor may change roles and reset: all of the person's roles are the actor's to give
}

// Self is one's own account. The user's secrets are left out.
type Self struct {
	User     User
	Password bool
	TOTP     bool
	Passkeys []Passkey // without credentials
	Recovery int       // codes that are left
	OpenID   bool
}

// Self returns the actor's own account.
func (s *Service) Self(ctx context.Context, by Actor) (Self, error) {
	u, err := s.self(ctx, by, false)
	if err != nil {
		return Self{}, err
	}
	me := Self{
		Password: u.Secrets.Password != "", TOTP: u.Secrets.TOTP != nil,
		Recovery: len(u.Secrets.RecoveryCodes), OpenID: u.Secrets.OIDCSubject != "",
	}
	for _, p := range u.Secrets.Passkeys {
		me.Passkeys = append(me.Passkeys, Passkey{Name: p.Name, Added: p.Added, Used: p.Used})
	}
	me.User, me.User.Secrets = u, Secrets{}
	return me, nil
}

// SaveSelf changes the actor's name and language.
func (s *Service) SaveSelf(ctx context.Context, by Actor, name, language string) error {
	u, err := s.self(ctx, by, false)
	if err != nil {
		return err
	}
	if u.Name, err = checkName(name, "fault.account.name"); err != nil {
		return err
	}
	if u.Language, err = checkLanguage(language); err != nil {
		return err
	}
	_, err = s.saveUser(ctx, u, entry(by, "user.change", "user:"+u.ID, "fields", "name language"))
	return err
}

// ChangePassword sets the actor's password, a short while after signing in. All
// sessions end but one that takes the place of the present.
func (s *Service) ChangePassword(ctx context.Context, c Client, by Actor, password string) (Ticket, error) {
	u, err := s.self(ctx, by, true)
	if err != nil {
		return Ticket{}, err
	}
	if err := checkPassword(password, u.Name, u.Email); err != nil {
		return Ticket{}, err
	}
	if u.Secrets.Password, err = s.kdf.hash(ctx, password); err != nil {
		return Ticket{}, err
	}
	if u, err = s.saveUser(ctx, u, entry(by, "user.password", "user:"+u.ID)); err != nil {
		return Ticket{}, err
	}
	if err := s.endAll(ctx, by, u.ID); err != nil {
		return Ticket{}, err
	}
	return s.begin(ctx, c, u, by.Strong, "password change")
}

// Members returns the people of an organisation, by name.
func (s *Service) Members(ctx context.Context, by Actor, organisation string) ([]Member, error) {
	o, err := s.manageable(ctx, by, organisation)
	if err != nil {
		return nil, err
	}
	users, err := s.store.Users(ctx, o.ID)
	if err != nil {
		return nil, wrap(err, "read users")
	}
	members := make([]Member, 0, len(users))
	for _, u := range users {
		members = append(members, memberOf(by, o, u))
	}
	fold := cases.Fold()
	slices.SortFunc(members, func(a, b Member) int {
		return strings.Compare(fold.String(a.User.Name), fold.String(b.User.Name))
	})
	return members, nil
}

func memberOf(by Actor, o Organisation, u User) Member {
	m := Member{User: u, Factor: u.HasFactor(), Managed: holdsOnly(u, Grantable(by, o))}
	m.User.Secrets = Secrets{}
	return m
}

// holdsOnly tells whether all roles of a user are among some.
func holdsOnly(u User, roles []Role) bool {
	return len(roles) > 0 && !slices.ContainsFunc(u.Roles, func(r Role) bool { return !slices.Contains(roles, r) })
}

// Member returns one person whom the actor administers.
func (s *Service) Member(ctx context.Context, by Actor, user string) (Member, Organisation, error) {
	u, o, err := s.administered(ctx, by, user)
	if err != nil {
		return Member{}, o, err
	}
	return memberOf(by, o, u), o, nil
}

// Invitations returns the open invitations of an organisation.
func (s *Service) Invitations(ctx context.Context, by Actor, organisation string) ([]Invitation, error) {
	o, err := s.manageable(ctx, by, organisation)
	if err != nil {
		return nil, err
	}
	open, err := s.store.Invitations(ctx, o.ID, s.now())
	return open, wrap(err, "read invitations")
}

// manageable returns an organisation whose people the actor administers. One of
// others looks as if it were not there.
func (s *Service) manageable(ctx context.Context, by Actor, organisation string) (Organisation, error) {
	if err := Permit(by, ManagePeople, Subject{}); err != nil {
		return Organisation{}, err
	}
	none := fault.New(fault.NotFound, "fault.account.organisation.none")
	if organisation == "" || Permit(by, ManagePeople, Subject{Organisation: organisation}) != nil {
		return Organisation{}, none
	}
	return s.organisation(ctx, organisation)
}

// administered returns a person in an organisation that the actor administers.
// One of others looks as if it were not there.
func (s *Service) administered(ctx context.Context, by Actor, user string) (User, Organisation, error) {
	if err := Permit(by, ManagePeople, Subject{}); err != nil {
		return User{}, Organisation{}, err
	}
	none := fault.New(fault.NotFound, "fault.account.user.none")
	u, err := s.store.User(ctx, "id", user)
	if missing(err) {
		return User{}, Organisation{}, none
	}
	if err != nil {
		return User{}, Organisation{}, wrap(err, "read user")
	}
	o, err := s.manageable(ctx, by, u.Organisation)
	if missing(err) {
		err = none
	}
	return u, o, err
}

// controlled returns a person whose account the actor may take over: reset, roles,
// enabling. All of the person's roles must be the actor's to give, or an
// administrator of a member could become a curator by resetting one.
func (s *Service) controlled(ctx context.Context, by Actor, user string) (User, Organisation, error) {
	u, o, err := s.administered(ctx, by, user)
	if err == nil && !holdsOnly(u, Grantable(by, o)) {
		err = fault.New(fault.Forbidden, "fault.account.role.beyond")
	}
	return u, o, err
}

// ChangeRoles sets the roles of a person, whose sessions end. The version is that
// which the administrator saw.
func (s *Service) ChangeRoles(ctx context.Context, by Actor, user string, version int, roles []Role) error {
	s.people.Lock()
	defer s.people.Unlock()
	u, o, err := s.controlled(ctx, by, user)
	if err != nil {
		return err
	}
	if u.Version != version {
		return fault.New(fault.Conflict, "fault.account.conflict")
	}
	before := u.Roles
	if u.Roles, err = checkRoles(by, o, before, roles); err != nil {
		return err
	}
	if err := s.keepsOperator(ctx, o, u); err != nil {
		return err
	}
	e := entry(by, "user.roles", "user:"+u.ID, "from", joinRoles(before), "to", joinRoles(u.Roles))
	if _, err := s.saveUser(ctx, u, e); err != nil {
		return err
	}
	return s.endAll(ctx, by, u.ID)
}

// Disable shuts a person out, at once, or lets them in again. Every administrator
// of the organisation may shut out; letting in again is for those who may give
// all of the person's roles.
func (s *Service) Disable(ctx context.Context, by Actor, user string, version int, disabled bool) error {
	s.people.Lock()
	defer s.people.Unlock()
	find := s.controlled
	action := "user.enable"
	if disabled {
		find, action = s.administered, "user.disable"
	}
	u, o, err := find(ctx, by, user)
	if err != nil {
		return err
	}
	if u.Version != version {
		return fault.New(fault.Conflict, "fault.account.conflict")
	}
	u.Disabled = disabled
	if err := s.keepsOperator(ctx, o, u); err != nil {
		return err
	}
	if _, err := s.saveUser(ctx, u, entry(by, action, "user:"+u.ID)); err != nil {
		return err
	}
	return s.endAll(ctx, by, u.ID)
}

// keepsOperator refuses a change after which nobody could administer the server.
// Changes are made one after another in this process; of several instances two
// administrators could still remove each other within the same few milliseconds,
// and the operator's command makes a new link then.
func (s *Service) keepsOperator(ctx context.Context, o Organisation, changed User) error {
	if !o.Operator {
		return nil
	}
	users, err := s.store.Users(ctx, o.ID)
	if err != nil {
		return wrap(err, "read users")
	}
	for _, u := range users {
		if u.ID == changed.ID {
			u = changed
		}
		if !u.Disabled && slices.Contains(u.Roles, Administrator) {
			return nil
		}
	}
	return fault.New(fault.Conflict, "fault.account.last")
}

// checkRoles returns roles in order, each once. Those that are given or taken
// must be the actor's to give.
func checkRoles(by Actor, o Organisation, before, roles []Role) ([]Role, error) {
	var clean []Role
	for _, r := range Roles() {
		if slices.Contains(roles, r) {
			clean = append(clean, r)
		}
	}
	for _, r := range roles {
		if !slices.Contains(clean, r) {
			return nil, fault.New(fault.Invalid, "fault.account.role").At("roles")
		}
	}
	if len(clean) == 0 {
		return nil, fault.New(fault.Invalid, "fault.account.role.none").At("roles")
	}
	grantable := Grantable(by, o)
	for _, r := range Roles() {
		if slices.Contains(before, r) != slices.Contains(clean, r) && !slices.Contains(grantable, r) {
			return nil, fault.New(fault.Forbidden, "fault.account.role.beyond").At("roles")
		}
	}
	return clean, nil
}

func joinRoles(roles []Role) string {
	words := make([]string, len(roles))
	for i, r := range roles {
		words[i] = string(r)
	}
	return strings.Join(words, " ")
}
