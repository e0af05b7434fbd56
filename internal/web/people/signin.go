package people

import (
	"net/url"

	"github.com/opencovey/covey/internal/account"
	"github.com/opencovey/covey/internal/fault"
	"github.com/opencovey/covey/internal/web"
)

// passkeyForm is a form that a script fills in with the help of the browser.
type passkeyForm struct {
	Offered bool
	Options string // what the browser is asked, JSON
	State   string
	To      string
}

// signInPage is the data of the pages for signing in.
type signInPage struct {
	web.Form
	To      string
	OpenID  bool
	Passkey passkeyForm
}

// offerPasskey prepares signing in with a passkey, where there are any.
func (r *room) offerPasskey(to string) (passkeyForm, error) {
	if !r.accounts.HasPasskeys() {
		return passkeyForm{}, nil
	}
	options, state, err := r.accounts.PasskeyOptions()
	return passkeyForm{Offered: true, Options: string(options), State: state, To: to}, err
}

func (r *room) signInPage(x *web.Exchange, to string) (*signInPage, error) {
	key, err := r.offerPasskey(to)
	return &signInPage{To: to, OpenID: r.accounts.HasOpenID(), Passkey: key}, err
}

func (r *room) signInForm(x *web.Exchange) error {
	to := destination(x.Query().Get("to"))
	if !x.Stranger() {
		return x.Redirect(to, "")
	}
	page, err := r.signInPage(x, to)
	if err != nil {
		return err
	}
	return x.Page("people/signin", page)
}

func (r *room) signIn(x *web.Exchange) error {
	f := x.Form()
	to := destination(f.Get("to"))
	t, err := r.accounts.SignIn(x.Context(), client(x), f.Get("email"), f.Get("password"))
	if err == nil {
		return enter(x, t, to)
	}
	page, e := r.signInPage(x, to)
	if e != nil {
		return e
	}
	return x.Invalid("people/signin", page, err)
}

func (r *room) codeForm(x *web.Exchange) error {
	to := destination(x.Query().Get("to"))
	v, err := r.accounts.Identify(x.Context(), x.Cookie(web.SessionCookie))
	if err != nil && fault.Of(err) != fault.Unauthenticated {
		return err
	}
	if !v.Half {
		return x.Redirect(returning(web.SignInPath, to), "")
	}
	page, err := r.signInPage(x, to)
	if err != nil {
		return err
	}
	return x.Page("people/code", page)
}

func (r *room) code(x *web.Exchange) error {
	to := destination(x.Form().Get("to"))
	t, err := r.accounts.Confirm(x.Context(), client(x), x.Cookie(web.SessionCookie), x.Form().Get("code"))
	switch {
	case err == nil:
		return enter(x, t, to)
	case fault.Of(err) == fault.Unauthenticated: // waited too long
		return x.Redirect(returning(web.SignInPath, to), "people.signin.over")
	}
	page, e := r.signInPage(x, to)
	if e != nil {
		return e
	}
	return x.Invalid("people/code", page, err)
}

func (r *room) passkey(x *web.Exchange) error {
	f := x.Form()
	to := destination(f.Get("to"))
	t, err := r.accounts.PasskeySignIn(x.Context(), client(x), x.Cookie(web.SessionCookie), f.Get("state"), []byte(f.Get("answer")))
	if err == nil {
		return enter(x, t, to)
	}
	page, e := r.signInPage(x, to)
	if e != nil {
		return e
	}
	page.Values = url.Values{} // what the script filled in is no use to show
	return x.Invalid("people/signin", page, err)
}

// openID leads to the provider. It is a link and no form, since the pages' policy
// keeps forms from leading to other servers.
func (r *room) openID(x *web.Exchange) error {
	to, state, err := r.accounts.OpenIDStart(x.Context())
	if err != nil {
		return err
	}
	x.SetCookie(web.Cookie{Name: openIDCookie, Value: state, Lax: true})
	return x.Leave(to)
}

func (r *room) openIDReturn(x *web.Exchange) error {
	state := x.Cookie(openIDCookie)
	x.SetCookie(web.Cookie{Name: openIDCookie, Age: -1})
	t, err := r.accounts.OpenIDFinish(x.Context(), client(x), state, x.Query())
	if err != nil {
		return err
	}
	return enter(x, t, web.AccountPath)
}

// signOut ends the session, also one that waits for the second factor.
func (r *room) signOut(x *web.Exchange) error {
	if !x.Stranger() {
		err := r.accounts.EndSession(x.Context(), x.By, x.By.Session)
		if err != nil && fault.Of(err) != fault.NotFound {
			return err
		}
	}
	x.SetCookie(web.Cookie{Name: web.SessionCookie, Age: -1})
	return x.Redirect("/", "people.signout.done")
}

// invitePage is the data of the page that greets a guest.
type invitePage struct {
	web.Form
	Token     string
	Guest     account.Guest
	Roles     []string
	Languages []web.Option
}

func (r *room) invitePage(x *web.Exchange) (*invitePage, error) {
	token := x.Path("token")
	guest, err := r.accounts.Guest(x.Context(), token)
	if err != nil {
		return nil, err
	}
	return &invitePage{Token: token, Guest: guest, Roles: roleNames(x, guest.Roles), Languages: languages(x)}, nil
}

func (r *room) inviteForm(x *web.Exchange) error {
	page, err := r.invitePage(x)
	if err != nil {
		return err
	}
	page.Values = url.Values{"language": {x.Printer().Code()}}
	return x.Page("people/invite", page)
}

func (r *room) accept(x *web.Exchange) error {
	f := x.Form()
	t, err := r.accounts.Accept(x.Context(), client(x), x.Path("token"), account.Acceptance{
		Organisation: f.Get("organisation"), Name: f.Get("name"), Email: f.Get("email"),
		Password: f.Get("password"), Language: f.Get("language"),
	})
	if err == nil {
		return enter(x, t, web.AccountPath)
	}
	page, e := r.invitePage(x)
	if e != nil {
		return e
	}
	return x.Invalid("people/invite", page, err)
}

// languages are the choices of a language for one's account.
func languages(x *web.Exchange) []web.Option {
	options := []web.Option{{Value: "", Text: x.Text("people.language.browser")}}
	for _, code := range []string{"en", "fr", "es", "ar"} {
		options = append(options, web.Option{Value: code, Text: x.Printer().LanguageName(code)})
	}
	return options
}

// roleNames writes roles for people.
func roleNames(x *web.Exchange, roles []account.Role) []string {
	var names []string
	for _, role := range roles {
		names = append(names, x.Text("people.role."+string(role)))
	}
	return names
}
