package people

import (
	"html/template"
	"net/url"
	"strconv"

	"github.com/opencovey/covey/internal/account"
	"github.com/opencovey/covey/internal/web"
)

// factorPath is the page of second factors.
const factorPath = "/account/factor"

// accountPage is the data of the page of one's own account.
type accountPage struct {
	web.Form
	Self      account.Self
	Roles     []string
	Languages []web.Option
	Sessions  []sessionRow
	Needed    bool // a role lacks its second factor
}

type sessionRow struct {
	ID, Browser, Begun, Seen string
	Current                  bool
}

func (r *room) accountPage(x *web.Exchange) (*accountPage, error) {
	self, err := r.accounts.Self(x.Context(), x.By)
	if err != nil {
		return nil, err
	}
	sessions, err := r.accounts.Sessions(x.Context(), x.By)
	if err != nil {
		return nil, err
	}
	page := &accountPage{
		Self: self, Roles: roleNames(x, self.User.Roles), Languages: languages(x),
		Needed: !self.TOTP && len(self.Passkeys) == 0 && account.NeedsFactor(self.User.Roles),
	}
	for _, s := range sessions {
		page.Sessions = append(page.Sessions, sessionRow{
			s.ID, s.Browser, x.Printer().Time(s.Begun), x.Printer().Time(s.Seen), s.ID == x.By.Session,
		})
	}
	return page, nil
}

func (r *room) account(x *web.Exchange) error {
	page, err := r.accountPage(x)
	if err != nil {
		return err
	}
	page.Values = url.Values{"name": {page.Self.User.Name}, "language": {page.Self.User.Language}}
	return x.Page("people/account", page)
}

func (r *room) saveAccount(x *web.Exchange) error {
	f := x.Form()
	err := r.accounts.SaveSelf(x.Context(), x.By, f.Get("name"), f.Get("language"))
	if err == nil {
		return x.Redirect(web.AccountPath, "people.saved")
	}
	page, e := r.accountPage(x)
	if e != nil {
		return e
	}
	return x.Invalid("people/account", page, err)
}

// againPage is the data of the page that asks to sign in again.
type againPage struct {
	web.Form
	To       string
	Password bool
	Code     bool // a second factor is asked for
	OpenID   bool
	Passkey  passkeyForm
}

func (r *room) againPage(x *web.Exchange, to string) (*againPage, error) {
	self, err := r.accounts.Self(x.Context(), x.By)
	if err != nil {
		return nil, err
	}
	page := &againPage{
		To: to, Password: self.Password, Code: self.TOTP || len(self.Passkeys) > 0,
		OpenID: self.OpenID && r.accounts.HasOpenID(),
	}
	if len(self.Passkeys) > 0 {
		page.Passkey, err = r.offerPasskey(to)
	}
	return page, err
}

func (r *room) againForm(x *web.Exchange) error {
	page, err := r.againPage(x, destination(x.Query().Get("to")))
	if err != nil {
		return err
	}
	return x.Page("people/again", page)
}

func (r *room) again(x *web.Exchange) error {
	f := x.Form()
	to := destination(f.Get("to"))
	t, err := r.accounts.Renew(x.Context(), client(x), x.By, f.Get("password"), f.Get("code"))
	if err == nil {
		keep(x, t)
		return x.Redirect(to, "")
	}
	page, e := r.againPage(x, to)
	if e != nil {
		return e
	}
	return x.Invalid("people/again", page, err)
}

// passwordPage is the data of the page for a new password.
type passwordPage struct {
	web.Form
	Email string // for the browser's own store of passwords
}

func (r *room) passwordPage(x *web.Exchange) (*passwordPage, error) {
	self, err := r.accounts.Self(x.Context(), x.By)
	return &passwordPage{Email: self.User.Email}, err
}

func (r *room) passwordForm(x *web.Exchange) error {
	if err := r.accounts.Recent(x.Context(), x.By); err != nil {
		return recent(x, err, "/account/password")
	}
	page, err := r.passwordPage(x)
	if err != nil {
		return err
	}
	return x.Page("people/password", page)
}

func (r *room) password(x *web.Exchange) error {
	t, err := r.accounts.ChangePassword(x.Context(), client(x), x.By, x.Form().Get("password"))
	if err == nil {
		keep(x, t)
		return x.Redirect(web.AccountPath, "people.password.done")
	}
	if err := recent(x, err, "/account/password"); err == nil {
		return nil
	}
	page, e := r.passwordPage(x)
	if e != nil {
		return e
	}
	return x.Invalid("people/password", page, err)
}

// factorPage is the data of the page of second factors.
type factorPage struct {
	web.Form
	Self     account.Self
	Needed   bool
	Passkeys []passkeyRow
	Passkey  passkeyForm
}

type passkeyRow struct {
	Index             int
	Name, Added, Used string
}

func (r *room) factorPage(x *web.Exchange) (*factorPage, error) {
	self, err := r.accounts.Self(x.Context(), x.By)
	if err != nil {
		return nil, err
	}
	page := &factorPage{Self: self}
	page.Needed = !self.TOTP && len(self.Passkeys) == 0 && account.NeedsFactor(self.User.Roles)
	for i, p := range self.Passkeys {
		page.Passkeys = append(page.Passkeys, passkeyRow{i, p.Name, day(x, p.Added), day(x, p.Used)})
	}
	if r.accounts.HasPasskeys() {
		options, state, err := r.accounts.BeginPasskey(x.Context(), x.By)
		if err != nil {
			return nil, err
		}
		page.Passkey = passkeyForm{Offered: true, Options: string(options), State: state}
	}
	return page, nil
}

func (r *room) factor(x *web.Exchange) error {
	if err := r.accounts.Recent(x.Context(), x.By); err != nil {
		return recent(x, err, factorPath)
	}
	page, err := r.factorPage(x)
	if err != nil {
		return err
	}
	return x.Page("people/factor", page)
}

// setupPage is the data of the page that shows an authenticator's secret, once.
type setupPage struct {
	web.Form
	Setup   account.Setup
	Picture template.HTML
}

func (r *room) beginCode(x *web.Exchange) error {
	setup, err := r.accounts.BeginTOTP(x.Context(), x.By)
	if err != nil {
		return recent(x, err, factorPath)
	}
	picture, err := quickCode(setup.URL)
	if err != nil {
		return err
	}
	return x.Page("people/setup", &setupPage{Setup: setup, Picture: picture})
}

func (r *room) finishCode(x *web.Exchange) error {
	f := x.Form()
	t, codes, setup, err := r.accounts.FinishTOTP(x.Context(), client(x), x.By, f.Get("state"), f.Get("code"))
	if err == nil {
		return r.added(x, t, codes)
	}
	if setup.Secret == "" {
		return recent(x, err, factorPath)
	}
	picture, e := quickCode(setup.URL)
	if e != nil {
		return e
	}
	return x.Invalid("people/setup", &setupPage{Setup: setup, Picture: picture}, err)
}

func (r *room) addPasskey(x *web.Exchange) error {
	f := x.Form()
	t, codes, err := r.accounts.FinishPasskey(x.Context(), client(x), x.By, f.Get("state"), f.Get("name"), []byte(f.Get("answer")))
	if err == nil {
		return r.added(x, t, codes)
	}
	if err := recent(x, err, factorPath); err == nil {
		return nil
	}
	page, e := r.factorPage(x)
	if e != nil {
		return e
	}
	return x.Invalid("people/factor", page, err)
}

// recoveryPage is the data of the page that shows recovery codes, once.
type recoveryPage struct{ Codes []string }

// added shows the recovery codes that come with a first second factor.
func (r *room) added(x *web.Exchange, t account.Ticket, codes []string) error {
	keep(x, t)
	if len(codes) == 0 {
		return x.Redirect(factorPath, "people.factor.added")
	}
	return x.Page("people/recovery", recoveryPage{codes})
}

func (r *room) recovery(x *web.Exchange) error {
	codes, err := r.accounts.RenewRecovery(x.Context(), x.By)
	if err != nil {
		return recent(x, err, factorPath)
	}
	return x.Page("people/recovery", recoveryPage{codes})
}

func (r *room) removeCode(x *web.Exchange) error {
	return r.removed(x, r.accounts.RemoveTOTP(x.Context(), x.By))
}

func (r *room) removePasskey(x *web.Exchange) error {
	index, err := strconv.Atoi(x.Form().Get("index"))
	if err != nil {
		index = -1
	}
	return r.removed(x, r.accounts.RemovePasskey(x.Context(), x.By, index, x.Form().Get("passkey")))
}

func (r *room) removed(x *web.Exchange, err error) error {
	if err == nil {
		return x.Redirect(factorPath, "people.factor.removed")
	}
	if err := recent(x, err, factorPath); err == nil {
		return nil
	}
	page, e := r.factorPage(x)
	if e != nil {
		return e
	}
	return x.Invalid("people/factor", page, err)
}

func (r *room) endSession(x *web.Exchange) error {
	if err := r.accounts.EndSession(x.Context(), x.By, x.Form().Get("session")); err != nil {
		return err
	}
	return x.Redirect(web.AccountPath, "people.session.ended")
}

func (r *room) endOthers(x *web.Exchange) error {
	if err := r.accounts.EndOthers(x.Context(), x.By); err != nil {
		return err
	}
	return x.Redirect(web.AccountPath, "people.session.ended")
}
