package store

import (
	"context"
	"fmt"
	"time"

	"github.com/opencovey/covey/internal/account"
	"github.com/opencovey/covey/internal/audit"
)

// accounts is the store of people.
type accounts struct{ *Store }

// Organisations implements account.Store: in the order in which they were made.
func (a accounts) Organisations(ctx context.Context) ([]account.Organisation, error) {
	var list []account.Organisation
	err := a.ask(ctx, func(t *tx) error {
		query := `SELECT id, name, operator, disabled, created, version FROM organisations ORDER BY created, id`
		return t.each(query, nil, func(scan func(...any) error) error {
			var o account.Organisation
			if err := scan(&o.ID, &o.Name, &o.Operator, &o.Disabled, moment{&o.Created}, &o.Version); err != nil {
				return fmt.Errorf("read organisations: %w", err)
			}
			list = append(list, o)
			return nil
		})
	})
	return list, err
}

// SaveOrganisation implements account.Store. Sessions of the people of a disabled
// organisation are ended with it.
func (a accounts) SaveOrganisation(ctx context.Context, o account.Organisation, e audit.Entry) error {
	return a.change(ctx, &e, func(t *tx) error { return t.saveOrganisation(o) })
}

func (t *tx) saveOrganisation(o account.Organisation) error {
	if o.Version == 0 {
		_, err := t.exec(`INSERT INTO organisations (id, name, operator, disabled, created, version)
			VALUES ($1, $2, $3, $4, $5, 1)`, o.ID, o.Name, o.Operator, o.Disabled, o.Created)
		return err
	}
	n, err := t.changed(`UPDATE organisations SET name = $1, operator = $2, disabled = $3, version = version + 1
		WHERE id = $4 AND version = $5`, o.Name, o.Operator, o.Disabled, o.ID, o.Version)
	if err == nil && n == 0 {
		err = t.conflict("organisations", o.ID)
	}
	if err == nil && o.Disabled {
		_, err = t.exec(`DELETE FROM sessions WHERE person IN (SELECT id FROM users WHERE organisation = $1)`, o.ID)
	}
	return err
}

// conflict says why a row of a version was not there to be changed: another
// version is, or none.
func (t *tx) conflict(table, id string) error {
	var n int
	if err := t.one(`SELECT count(*) FROM `+table+` WHERE id = $1`, id).Scan(&n); err != nil {
		return err
	}
	if n == 0 {
		return notFound()
	}
	return changed()
}

// Users implements account.Store: in the order in which they came.
func (a accounts) Users(ctx context.Context, organisation string) ([]account.User, error) {
	var list []account.User
	err := a.ask(ctx, func(t *tx) error {
		query := `SELECT ` + userColumns + ` FROM users u WHERE $1 = '' OR u.organisation = $1 ORDER BY u.created, u.id`
		return t.each(query, []any{organisation}, func(scan func(...any) error) error {
			var u account.User
			if err := scan(userFields(&u)...); err != nil {
				return fmt.Errorf("read users: %w", err)
			}
			list = append(list, u)
			return nil
		})
	})
	return list, err
}

// User implements account.Store.
func (a accounts) User(ctx context.Context, by, value string) (account.User, error) {
	column, ok := map[string]string{"id": "id", "email": "email", "oidc": "oidc"}[by]
	if !ok {
		return account.User{}, fmt.Errorf("find user: there is no way by %q", by)
	}
	if value == "" { // many have no subject
		return account.User{}, notFound()
	}
	var u account.User
	err := a.ask(ctx, func(t *tx) error {
		return t.one(`SELECT `+userColumns+` FROM users u WHERE u.`+column+` = $1`, value).Scan(userFields(&u)...)
	})
	if err != nil {
		return account.User{}, fmt.Errorf("find user: %w", err)
	}
	return u, nil
}

// SaveUser implements account.Store.
func (a accounts) SaveUser(ctx context.Context, u account.User, e audit.Entry) error {
	return a.change(ctx, &e, func(t *tx) error { return t.saveUser(u) })
}

func (t *tx) saveUser(u account.User) error {
	s := u.Secrets
	args := []any{
		u.ID, u.Organisation, u.Name, u.Email, toJSON(u.Roles), u.Language, u.Disabled, u.SignedIn,
		s.Password, s.TOTP, s.TOTPStep, toJSON(s.Passkeys), toJSON(s.RecoveryCodes), s.OIDCSubject,
	}
	if u.Version == 0 {
		_, err := t.exec(`INSERT INTO users (id, organisation, name, email, roles, language, disabled, signed_in,
			password, totp, totp_step, passkeys, recovery_codes, oidc, created, version)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, 1)`, append(args, u.Created)...)
		return err
	}
	n, err := t.changed(`UPDATE users SET organisation = $2, name = $3, email = $4, roles = $5, language = $6,
		disabled = $7, signed_in = $8, password = $9, totp = $10, totp_step = $11, passkeys = $12,
		recovery_codes = $13, oidc = $14, version = version + 1
		WHERE id = $1 AND version = $15`, append(args, u.Version)...)
	if err == nil && n == 0 {
		err = t.conflict("users", u.ID)
	}
	if err == nil && u.Disabled {
		_, err = t.exec(`DELETE FROM sessions WHERE person = $1`, u.ID)
	}
	return err
}

const userColumns = `u.id, u.organisation, u.name, u.email, u.roles, u.language, u.disabled, u.created, u.signed_in,
	u.version, u.password, u.totp, u.totp_step, u.passkeys, u.recovery_codes, u.oidc`

// userFields are where userColumns go.
func userFields(u *account.User) []any {
	s := &u.Secrets
	return []any{
		&u.ID, &u.Organisation, &u.Name, &u.Email,
		document{&u.Roles},
		&u.Language, &u.Disabled,
		moment{&u.Created},
		moment{&u.SignedIn},
		&u.Version, &s.Password, &s.TOTP, &s.TOTPStep,
		document{&s.Passkeys},
		document{&s.RecoveryCodes},
		&s.OIDCSubject,
	}
}

const invitationColumns = `id, token, organisation, roles, invited_by, person, created, ends, used`

func invitationFields(i *account.Invitation) []any {
	return []any{
		&i.ID,
		hash{&i.Token},
		optional{&i.Organisation},
		document{&i.Roles},
		&i.By,
		optional{&i.User},
		moment{&i.Created},
		moment{&i.Ends},
		moment{&i.Used},
	}
}

// Invitations implements account.Store: those that end first, first.
func (a accounts) Invitations(ctx context.Context, organisation string, now time.Time) ([]account.Invitation, error) {
	var list []account.Invitation
	err := a.ask(ctx, func(t *tx) error {
		query := `SELECT ` + invitationColumns + ` FROM invitations
			WHERE used = 0 AND ends > $1 AND ($2 = '' OR organisation = $2) ORDER BY ends, id`
		return t.each(query, []any{now, organisation}, func(scan func(...any) error) error {
			var i account.Invitation
			if err := scan(invitationFields(&i)...); err != nil {
				return fmt.Errorf("read invitations: %w", err)
			}
			list = append(list, i)
			return nil
		})
	})
	return list, err
}

// Invitation implements account.Store. It returns one that is used or over, too.
func (a accounts) Invitation(ctx context.Context, token [32]byte) (account.Invitation, error) {
	var i account.Invitation
	err := a.ask(ctx, func(t *tx) error {
		return t.one(`SELECT `+invitationColumns+` FROM invitations WHERE token = $1`, token).Scan(invitationFields(&i)...)
	})
	if err != nil {
		return account.Invitation{}, fmt.Errorf("find invitation: %w", err)
	}
	return i, nil
}

// SaveInvitation implements account.Store.
func (a accounts) SaveInvitation(ctx context.Context, i account.Invitation, e audit.Entry) error {
	return a.change(ctx, &e, func(t *tx) error {
		_, err := t.exec(`INSERT INTO invitations (`+invitationColumns+`)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
			ON CONFLICT (id) DO UPDATE SET token = excluded.token, organisation = excluded.organisation,
				roles = excluded.roles, invited_by = excluded.invited_by, person = excluded.person,
				created = excluded.created, ends = excluded.ends, used = excluded.used`,
			i.ID, i.Token, reference(i.Organisation), toJSON(i.Roles), i.By, reference(i.User), i.Created, i.Ends, i.Used)
		return err
	})
}

// Accept implements account.Store. An invitation that has ended by the store's
// clock is gone, too.
func (a accounts) Accept(ctx context.Context, i account.Invitation, u account.User, o *account.Organisation, e audit.Entry) error {
	return a.change(ctx, &e, func(t *tx) error {
		used := i.Used
		if used.IsZero() {
			used = t.now
		}
		n, err := t.changed(`UPDATE invitations SET used = $1 WHERE id = $2 AND token = $3 AND used = 0 AND ends > $4`,
			used, i.ID, i.Token, t.now)
		if err != nil {
			return err
		}
		if n == 0 {
			return gone()
		}
		if o != nil {
			if err := t.saveOrganisation(*o); err != nil {
				return err
			}
		}
		return t.saveUser(u)
	})
}
