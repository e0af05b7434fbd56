package web

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"mime"
	"mime/multipart"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/opencovey/covey/internal/account"
	"github.com/opencovey/covey/internal/fault"
	"github.com/opencovey/covey/internal/locale"
)

// Exchange is one request and its answer. A handler reads what was asked, does it,
// and ends with one of Page, Part, Invalid, Redirect, File or JSON, or returns an
// error: a fault becomes a page in the person's language, any other error a page
// with a reference number, and its text goes to the log.
//
// What is written to W is held back until the handler returns (up to 1 MiB), so
// that a handler which fails half-way shows the page of its error and nothing else.
type Exchange struct {
	W http.ResponseWriter
	R *http.Request
	// By is who asks; the zero value is a stranger.
	By account.Actor

	server  *Server
	route   *Route
	room    *Room
	answer  *answer
	session Session
	printer *locale.Printer
	id      string // of the request, for the log and for pages of errors
	query   url.Values
	client  string
	failure error // internal error, for the log
}

// Context returns the context of the request.
func (x *Exchange) Context() context.Context { return x.R.Context() }

// Stranger tells whether nobody is signed in.
func (x *Exchange) Stranger() bool { return x.By.User == "" }

// Name returns the name of the person who is signed in, or "".
func (x *Exchange) Name() string { return x.session.Name }

// Now returns the time by the server's clock.
func (x *Exchange) Now() time.Time { return x.server.options.Now() }

// Log returns a logger that marks its lines with the number of the request. It
// must not be given addresses, bodies, e-mail addresses or tokens.
func (x *Exchange) Log() *slog.Logger { return x.server.options.Log.With("request", x.id) }

// Client returns a word that stands for the address of whoever asks, the same for a
// day. It cannot be turned back into the address, and is for limits alone.
func (x *Exchange) Client() string {
	if x.client == "" {
		x.client = x.server.clients.name(x.R)
	}
	return x.client
}

// Path returns a part of the path: "id" of "/tools/{id}".
func (x *Exchange) Path(name string) string { return x.R.PathValue(name) }

// Query returns the query of the address, parsed once. A part that cannot be parsed
// is left out.
func (x *Exchange) Query() url.Values {
	if x.query == nil {
		x.query = x.R.URL.Query()
	}
	return x.query
}

// Form returns what the body of a POST holds, without the query of its address.
// The server has read it before the handler runs: a body that is too large or
// broken never gets to a handler.
func (x *Exchange) Form() url.Values {
	if x.R.PostForm == nil {
		return url.Values{}
	}
	return x.R.PostForm
}

// Upload returns a file that was sent with a form (multipart/form-data), which is in
// memory and no larger than the route's Body. It is a fault at the field if there
// is none.
func (x *Exchange) Upload(field string) (multipart.File, *multipart.FileHeader, error) {
	file, header, err := x.R.FormFile(field)
	if err != nil {
		return nil, nil, fault.New(fault.Invalid, "fault.upload.none").At(field).Because(err)
	}
	return file, header, nil
}

// Parts returns the parts of a form with files (multipart/form-data) one after the other, as they
// arrive. It is for routes with Stream. It is a fault if the body is no such form.
func (x *Exchange) Parts() (*multipart.Reader, error) {
	parts, err := x.R.MultipartReader()
	if err != nil {
		return nil, fault.New(fault.Invalid, "fault.body").Because(err)
	}
	return parts, nil
}

// Printer returns the printer of the language in which the person reads.
func (x *Exchange) Printer() *locale.Printer { return x.printer }

// Text returns a text of the catalogues; see [locale.Printer.Text].
func (x *Exchange) Text(key string, args ...any) string { return x.printer.Text(key, args...) }

// Explain returns what a person may read about an error, in their language.
func (x *Exchange) Explain(err error) string { return explain(x.printer, err) }

// Permit asks whether the actor may do something to a subject; see [account.Permit].
func (x *Exchange) Permit(do account.Action, on account.Subject) error {
	return account.Permit(x.By, do, on)
}

// May is [Exchange.Permit] for pages that leave out what cannot be done.
func (x *Exchange) May(do account.Action, on account.Subject) bool {
	return x.Permit(do, on) == nil
}

// URL returns a path as a whole address, for feeds and mails. Without a public
// address (Options.Public) it is the path itself. The request's Host is never
// believed.
func (x *Exchange) URL(path string) string { return x.server.options.Public + path }

// Page answers with a template of the room in the layout: "tools/find" is the file
// find.html of the room tools. The template defines the blocks
//
//	{{define "title"}} the title, without the name of the server; plain text
//	{{define "main"}}  everything below the navigation, beginning with one h1
//	{{define "head"}}  optional: link elements, such as that of a feed
//
// whose dot is data. Its functions are text, marked, number, percent, date, time,
// country, language, list, url, static, args, lang and dir; see [functions]. If
// data embeds [Form] and is a pointer, its faults are listed above the page.
func (x *Exchange) Page(name string, data any) error {
	return x.server.pages.write(x, name, data)
}

// Part answers with one block of a template alone, for a script that replaces a
// region of the page. It is for requests with [Exchange.WantsPart].
func (x *Exchange) Part(name, block string, data any) error {
	return x.server.pages.writeBlock(x, name, block, data)
}

// WantsPart tells whether the page's own script asks for a region of the page
// alone, and which: the id of the element that it will replace. It is "" for a
// whole page.
func (x *Exchange) WantsPart() string { return x.R.Header.Get(partHeader) }

// Invalid answers with the form again, what the person gave in it, and its faults
// above it and beside the fields. Data must embed [Form] and be a pointer; if its
// Values are nil they become those of the request. The status follows from the
// fault (422 if something given is wrong). Several faults may be joined with
// errors.Join. An error that the person can do nothing about in this form
// (internal, forbidden, not found) is returned as it is.
func (x *Exchange) Invalid(name string, data any, err error) error {
	faults := faultsOf(err)
	if len(faults) == 0 {
		return err
	}
	for _, f := range faults {
		switch f.Kind {
		case fault.Internal, fault.Forbidden, fault.NotFound:
			return err
		}
	}
	holder, ok := data.(formHolder)
	if !ok {
		return fmt.Errorf("show form %s: data does not embed web.Form, or is no pointer", name)
	}
	form := holder.form()
	if form.Values == nil {
		form.Values = x.Form()
	}
	for _, f := range faults {
		form.Faults = append(form.Faults, Fault{Field: f.Field, Text: explain(x.printer, f)})
	}
	x.W.WriteHeader(fault.Status(faults[0].Kind))
	return x.Page(name, data)
}

// Redirect answers with 303: the browser asks for the path with GET. Notice is the
// key of a text that is shown once, above the next page; "" shows none. A path that
// leads to another server is an error, unless it begins with https and comes from
// the server's own settings (sign-in with another service): see [Exchange.Leave].
func (x *Exchange) Redirect(path, notice string) error {
	if !LocalPath(path) {
		return fmt.Errorf("redirect: %w", fault.New(fault.Invalid, "fault.path"))
	}
	if notice != "" {
		x.SetCookie(Cookie{Name: noticeCookie, Value: notice, Age: time.Minute})
	}
	x.W.Header().Set("Location", path)
	x.W.WriteHeader(http.StatusSeeOther)
	return nil
}

// Leave answers with 303 to another server, which must come from the settings of
// the operator and never from a request.
func (x *Exchange) Leave(address string) error {
	u, err := url.Parse(address)
	if err != nil || (u.Scheme != "https" && u.Scheme != "http") || u.Host == "" {
		return fmt.Errorf("leave for %q: no address of a server", address)
	}
	x.W.Header().Set("Location", address)
	x.W.WriteHeader(http.StatusSeeOther)
	return nil
}

// LocalPath tells whether a path leads to a page of this server, so that somebody
// may be sent there.
func LocalPath(path string) bool {
	if !strings.HasPrefix(path, "/") || strings.HasPrefix(path, "//") || strings.ContainsAny(path, "\\\r\n\t") {
		return false
	}
	u, err := url.Parse(path)
	return err == nil && u.Host == "" && u.Scheme == ""
}

// File answers with a file. Name is what the browser saves it as; with "" it is
// shown instead. Write may be called with the answer partly sent: if it fails then,
// the connection is cut, so that half a file never looks whole.
func (x *Exchange) File(name, mediaType string, write func(io.Writer) error) error {
	x.W.Header().Set("Content-Type", mediaType)
	if name != "" {
		x.W.Header().Set("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": name}))
	}
	x.W.Header().Set("Content-Security-Policy", "default-src 'none'; sandbox; frame-ancestors 'none'")
	return write(x.W)
}

// JSON answers with a value as JSON, for the page's own scripts. The public API is
// made with [Operate].
func (x *Exchange) JSON(value any) error {
	data, err := json.Marshal(value)
	if err != nil {
		return fmt.Errorf("encode answer: %w", err)
	}
	return x.File("", "application/json", func(w io.Writer) error {
		_, err := w.Write(data)
		return err
	})
}
