// Package web is the house that the rooms of the server live in: routing, who is
// asking, permission, languages, pages, forms, errors, security headers, limits,
// static files. A room (internal/web/tools, internal/web/people, ...) is a folder
// with its routes, handlers, templates and texts, and knows no other room.
//
// Every route names the [account.Action] that it takes, and the server asks
// [account.Permit] before the handler runs; a handler asks again with the subject
// when it has found out whose the thing is.
//
// What a handler can do is in [Exchange]; how pages and forms are written, in
// [Exchange.Page] and [Form]; operations of the API, in [Operate]. Rooms try their
// pages with the package webtest.
package web

import (
	"context"
	"io/fs"
	"log/slog"
	"net/netip"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/opencovey/covey/internal/account"
	"github.com/opencovey/covey/internal/locale"
)

// Room is one area of the server.
type Room struct {
	Name       string // "tools": prefix of its templates and texts
	Routes     []Route
	Templates  fs.FS          // *.html, each a page that fills blocks of the layout; nil for none
	Menu       []Link         // in the navigation, shown to those who are permitted
	API        func(huma.API) // adds operations below /api/v1 by [Operate]; nil for none
	Generation func() int64   // rises when something changes that kept pages show; nil: nothing ever does
}

// Route is one thing that can be asked of the server.
type Route struct {
	Pattern string         // of http.ServeMux, with its method: "POST /tools/{id}/publish"
	Action  account.Action // what the actor must be permitted to do
	Handle  func(*Exchange) error
	Body    int64 // most bytes of a request's body; 0 means 64 KiB
	// Stream leaves the body to the handler, which reads it by [Exchange.Parts] as it arrives:
	// for files that are too large for memory. Body bounds it all the same.
	Stream bool
	// Keep says that the answer is the same for all strangers of a language and
	// may be kept (page cache, ETag) until the room's Generation or the day
	// changes. Only for GET.
	Keep bool
	// Embeddable lets other sites show the page in a frame.
	Embeddable bool
	// Unlisted asks search engines not to list the page.
	Unlisted bool
}

// Link is an entry of the navigation.
type Link struct {
	Text   string // key of the catalogues
	Path   string
	Action account.Action
}

// Addresses that the shell links to. The room of people serves them.
const (
	SignInPath  = "/sign-in"  // GET; a query "to" holds the path to return to, see [LocalPath]
	SignOutPath = "/sign-out" // POST
	AccountPath = "/account"  // GET
)

// Session is a person who is signed in, as pages need it.
type Session struct {
	Actor    account.Actor
	Name     string // of the person, for the top of the page
	Language string // that the person chose: "en", "fr", "es", "ar"; "" follows the browser
}

// Options say what a server is made of. The zero value serves the start page alone.
type Options struct {
	Rooms     []Room
	Catalogue *locale.Catalogue // nil means [locale.Open]

	// Sessions finds the session of a token, which is the value of the cookie
	// [SessionCookie]; it is never asked about "". A fault (Unauthenticated,
	// NotFound, Gone) makes the person a stranger and removes the cookie; any
	// other error ends the request. Nil means that nobody has a session.
	Sessions func(ctx context.Context, token string) (Session, error)

	Public string           // address of the server as people see it: "https://covey.example"; "" if not known
	Name   string           // of this server, for the API; "" means "Covey"
	Log    *slog.Logger     // nil discards
	Now    func() time.Time // nil means time.Now

	// Health is asked by /healthz, at most once a second; nil means always well.
	Health func(context.Context) error

	// Proxies are the addresses whose X-Forwarded-For is believed.
	Proxies []netip.Prefix

	PostEvery  time.Duration // each client without an account may send a form this often, after Burst at once; 0 means 3 s
	Burst      int           // 0 means 20
	Concurrent int           // most handlers at a time, the rest get a quick 503; 0 means 128
	KeepBytes  int64         // most bytes of kept pages; 0 means 64 MiB
	Stall      time.Duration // in which a piece of a long answer or of a streamed body has to go through; 0 means 30 s
}

func (o *Options) defaults() error {
	if o.Catalogue == nil {
		c, err := locale.Open()
		if err != nil {
			return err
		}
		o.Catalogue = c
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.PostEvery == 0 {
		o.PostEvery = 3 * time.Second
	}
	if o.Stall == 0 {
		o.Stall = 30 * time.Second
	}
	if o.Burst == 0 {
		o.Burst = 20
	}
	if o.Concurrent == 0 {
		o.Concurrent = 128
	}
	if o.KeepBytes == 0 {
		o.KeepBytes = 64 << 20
	}
	if o.Name == "" {
		o.Name = "Covey"
	}
	return nil
}
