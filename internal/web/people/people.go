// Package people is the room of accounts: accepting an invitation, signing in and
// out, one's own account, the people of an organisation, organisations, and the
// audit log.
//
// All of it works without scripts but passkeys, which browsers offer to scripts
// alone; the pages say so.
package people

import (
	"context"
	"embed"
	"errors"
	"io/fs"
	"net/url"
	"time"

	"github.com/opencovey/covey/internal/account"
	"github.com/opencovey/covey/internal/audit"
	"github.com/opencovey/covey/internal/web"
)

//go:embed templates/*.html
var templates embed.FS

// Options say what the room is made of.
type Options struct {
	Accounts *account.Service // required
	Audit    audit.Store      // required
	Key      string           // with which checkpoints of the audit log are checked: see [audit.Log.Key]
}

// room is what the handlers share.
type room struct {
	accounts *account.Service
	log      audit.Store
	key      string
}

// Names of the cookies of this room; that of the session is the shell's.
const (
	deviceCookie = "device" // this browser is known to an account
	openIDCookie = "openid" // state of a sign-in elsewhere
)

// New returns the room.
func New(o Options) web.Room {
	r := &room{accounts: o.Accounts, log: o.Audit, key: o.Key}
	files, err := fs.Sub(templates, "templates")
	if err != nil {
		panic(err) // the folder is part of the program
	}
	routes := r.entrance()
	routes = append(routes, r.own()...)
	routes = append(routes, r.administration()...)
	for i := range routes {
		routes[i].Unlisted = true
	}
	return web.Room{
		Name: "people", Templates: files, Routes: routes,
		Menu: []web.Link{
			{Text: "people.menu.people", Path: "/people", Action: account.ManagePeople},
			{Text: "people.menu.organisations", Path: "/organisations", Action: account.ManageServer},
			{Text: "people.menu.audit", Path: "/audit", Action: account.ReadAudit},
		},
	}
}

// Sessions finds sessions for the shell. Who has given a password and not yet the
// second factor is a stranger there, and keeps the cookie.
func Sessions(s *account.Service) func(ctx context.Context, token string) (web.Session, error) {
	return func(ctx context.Context, token string) (web.Session, error) {
		v, err := s.Identify(ctx, token)
		return web.Session{Actor: v.Actor, Name: v.Name, Language: v.Language}, err
	}
}

// entrance lists what leads to a session, and out of it.
func (r *room) entrance() []web.Route {
	routes := []web.Route{
		{Pattern: "GET " + web.SignInPath, Handle: r.signInForm},
		{Pattern: "POST " + web.SignInPath, Handle: r.signIn},
		{Pattern: "GET /sign-in/code", Handle: r.codeForm},
		{Pattern: "POST /sign-in/code", Handle: r.code},
		{Pattern: "POST /sign-in/passkey", Handle: r.passkey},
		{Pattern: "GET /sign-in/openid", Handle: r.openID},
		{Pattern: "GET " + account.OpenIDReturn, Handle: r.openIDReturn},
		{Pattern: "POST " + web.SignOutPath, Handle: r.signOut},
		{Pattern: "GET /invite/{token}", Handle: r.inviteForm},
		{Pattern: "POST /invite/{token}", Handle: r.accept},
	}
	return with(account.SignIn, routes)
}

// own lists what people do with their own account.
func (r *room) own() []web.Route {
	routes := []web.Route{
		{Pattern: "GET " + web.AccountPath, Handle: r.account},
		{Pattern: "POST " + web.AccountPath, Handle: r.saveAccount},
		{Pattern: "GET /account/again", Handle: r.againForm},
		{Pattern: "POST /account/again", Handle: r.again},
		{Pattern: "GET /account/password", Handle: r.passwordForm},
		{Pattern: "POST /account/password", Handle: r.password},
		{Pattern: "GET /account/factor", Handle: r.factor},
		{Pattern: "POST /account/factor/code", Handle: r.beginCode},
		{Pattern: "POST /account/factor/code/confirm", Handle: r.finishCode},
		{Pattern: "POST /account/factor/code/remove", Handle: r.removeCode},
		{Pattern: "POST /account/factor/passkey", Handle: r.addPasskey},
		{Pattern: "POST /account/factor/passkey/remove", Handle: r.removePasskey},
		{Pattern: "POST /account/factor/recovery", Handle: r.recovery},
		{Pattern: "POST /account/sessions/end", Handle: r.endSession},
		{Pattern: "POST /account/sessions/others", Handle: r.endOthers},
	}
	return with(account.ManageSelf, routes)
}

// administration lists what administrators do.
func (r *room) administration() []web.Route {
	people := []web.Route{
		{Pattern: "GET /people", Handle: r.people},
		{Pattern: "POST /people/invite", Handle: r.invite},
		{Pattern: "POST /people/revoke", Handle: r.revoke},
		{Pattern: "GET /people/{id}", Handle: r.person},
		{Pattern: "POST /people/{id}/roles", Handle: r.roles},
		{Pattern: "POST /people/{id}/disable", Handle: r.disable},
		{Pattern: "POST /people/{id}/enable", Handle: r.disable},
		{Pattern: "POST /people/{id}/reset", Handle: r.reset},
	}
	server := []web.Route{
		{Pattern: "GET /organisations", Handle: r.organisations},
		{Pattern: "POST /organisations", Handle: r.createOrganisation},
		{Pattern: "GET /organisations/{id}", Handle: r.organisation},
		{Pattern: "POST /organisations/{id}", Handle: r.renameOrganisation},
		{Pattern: "POST /organisations/{id}/disable", Handle: r.disableOrganisation},
		{Pattern: "POST /organisations/{id}/enable", Handle: r.disableOrganisation},
	}
	log := []web.Route{
		{Pattern: "GET /audit", Handle: r.audit},
		{Pattern: "POST /audit/verify", Handle: r.verify},
		{Pattern: "GET /audit.jsonl", Handle: r.export},
	}
	routes := with(account.ManagePeople, people)
	routes = append(routes, with(account.ManageServer, server)...)
	return append(routes, with(account.ReadAudit, log)...)
}

// with gives routes their action.
func with(action account.Action, routes []web.Route) []web.Route {
	for i := range routes {
		routes[i].Action = action
	}
	return routes
}

// client is the browser at the other end.
func client(x *web.Exchange) account.Client {
	return account.Client{Address: x.Client(), Agent: x.R.UserAgent(), Device: x.Cookie(deviceCookie)}
}

// keep puts a ticket into the browser's cookies.
func keep(x *web.Exchange, t account.Ticket) {
	x.SetCookie(web.Cookie{Name: web.SessionCookie, Value: t.Token})
	if t.Device != "" {
		x.SetCookie(web.Cookie{Name: deviceCookie, Value: t.Device, Age: account.DeviceLasts})
	}
}

// enter keeps a ticket and leads to where the person goes next.
func enter(x *web.Exchange, t account.Ticket, to string) error {
	keep(x, t)
	switch {
	case t.Half:
		return x.Redirect(returning("/sign-in/code", to), "")
	case t.Setup:
		return x.Redirect("/account/factor", "people.factor.needed")
	}
	return x.Redirect(to, "")
}

// destination is where somebody goes after signing in: a page of this server.
func destination(to string) string {
	if to == "" || !web.LocalPath(to) {
		return web.AccountPath
	}
	return to
}

// returning adds to a path where to go from there.
func returning(path, to string) string {
	if to == web.AccountPath {
		return path
	}
	return path + "?" + url.Values{"to": {to}}.Encode()
}

// recent sends somebody whom a change of secrets asks to sign in again to the
// page for that, and from there back to a page. Other errors stay what they are.
func recent(x *web.Exchange, err error, back string) error {
	if errors.Is(err, account.ErrAgain) {
		return x.Redirect(returning("/account/again", back), "")
	}
	return err
}

// day is a date, or "" for none.
func day(x *web.Exchange, t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return x.Printer().Date(t)
}
