// Package tools is the public room of the map of tools against trafficking: find
// them, look at one, see what a place has, ask before building another, take the
// data, suggest and correct; and, for curators, review.
//
// All of it works without scripts; a script only saves the button. Nothing about
// the people who send suggestions is kept.
package tools

import (
	"crypto/rand"
	"embed"
	"io/fs"
	"time"

	"github.com/opencovey/covey/internal/account"
	"github.com/opencovey/covey/internal/directory"
	"github.com/opencovey/covey/internal/web"
)

//go:embed templates/*.html
var templates embed.FS

// Options say what the room is made of.
type Options struct {
	Service *directory.Service // required, open
	Now     func() time.Time   // nil means time.Now
	// Key signs the forms that strangers send, so that a form which was loaded from
	// one instance can be sent to another: the same 32 bytes for all instances. Nil
	// draws one at random, which holds until the process ends.
	Key []byte
	// Least is how long a person needs at least to fill in a form; what comes
	// faster is asked to be sent again. 0 means 2 s.
	Least time.Duration
	// Hourly is how many suggestions one client may send in an hour, after as many at
	// once; 0 means 10. All clients together may send 30 times as many.
	Hourly int
	// Licence of the data, as an SPDX identifier; "" means Apache-2.0, that of the built-in list.
	Licence string
}

// room is what the handlers share.
type room struct {
	service    *directory.Service
	now        func() time.Time
	guard      *guard
	licence    string
	pages      generations
	duplicates duplicates
}

// maxImport is how large a file of entries may be that is uploaded, in bytes.
// Larger ones are for the command "covey tools import".
const maxImport = 2 << 20

// New returns the room.
func New(o Options) web.Room {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Key == nil {
		o.Key = make([]byte, 32)
		_, _ = rand.Read(o.Key) // never fails: it ends the program rather
	}
	if o.Least == 0 {
		o.Least = 2 * time.Second
	}
	if o.Hourly == 0 {
		o.Hourly = 10
	}
	if o.Licence == "" {
		o.Licence = "Apache-2.0"
	}
	r := &room{service: o.Service, now: o.Now, licence: o.Licence, guard: newGuard(o.Key, o.Least, o.Hourly, o.Now)}
	files, err := fs.Sub(templates, "templates")
	if err != nil {
		panic(err) // the folder is part of the program
	}
	return web.Room{
		Name: "tools", Templates: files, Routes: append(r.public(), r.curators()...), API: r.api, Generation: r.generation,
		Menu: []web.Link{
			{Text: "tools.menu.find", Path: "/tools", Action: account.ReadPublic},
			{Text: "tools.menu.plan", Path: "/tools/plan", Action: account.ReadPublic},
			{Text: "tools.menu.landscape", Path: "/tools/landscape", Action: account.ReadPublic},
			{Text: "tools.menu.take", Path: "/tools/take", Action: account.ReadPublic},
			{Text: "tools.menu.suggest", Path: "/tools/suggest", Action: account.SuggestTool},
			{Text: "tools.menu.curate", Path: "/curate", Action: account.CurateTools},
		},
	}
}

// public lists what anybody may ask for.
func (r *room) public() []web.Route {
	return []web.Route{
		{Pattern: "GET /tools", Action: account.ReadPublic, Handle: r.find, Keep: true},
		{Pattern: "GET /tools/{id}", Action: account.ReadPublic, Handle: r.tool, Keep: true},
		{Pattern: "GET /countries", Action: account.ReadPublic, Handle: r.countries, Keep: true},
		{Pattern: "GET /countries/{code}", Action: account.ReadPublic, Handle: r.country, Keep: true},
		{Pattern: "GET /tools/plan", Action: account.ReadPublic, Handle: r.plan, Keep: true},
		{Pattern: "GET /tools/landscape", Action: account.ReadPublic, Handle: r.landscape, Keep: true},
		{Pattern: "GET /tools/take", Action: account.ReadPublic, Handle: r.take, Keep: true},
		{Pattern: "GET /tools/world.svg", Action: account.ReadPublic, Handle: r.world},
		{Pattern: "GET /tools/map.svg", Action: account.ReadPublic, Handle: r.picture, Keep: true},
		{Pattern: "GET /tools.csv", Action: account.ReadPublic, Handle: r.csv},
		{Pattern: "GET /tools.json", Action: account.ReadPublic, Handle: r.json},
		{Pattern: "GET /tools/feed.atom", Action: account.ReadPublic, Handle: r.atom, Keep: true},
		{Pattern: "GET /tools/datapackage.json", Action: account.ReadPublic, Handle: r.datapackage, Keep: true},
		{Pattern: "GET /tools/embed", Action: account.ReadPublic, Handle: r.embed, Keep: true, Embeddable: true, Unlisted: true},
		{Pattern: "GET /tools/similar", Action: account.ReadPublic, Handle: r.similar, Unlisted: true},
		{Pattern: "GET /tools/suggest", Action: account.SuggestTool, Handle: r.suggestForm},
		{Pattern: "POST /tools/suggest", Action: account.SuggestTool, Handle: r.suggest},
		{Pattern: "GET /tools/{id}/correct", Action: account.SuggestTool, Handle: r.correctForm, Unlisted: true},
		{Pattern: "POST /tools/{id}/correct", Action: account.SuggestTool, Handle: r.correct},
		{Pattern: "GET /tools/{id}/feedback", Action: account.SuggestTool, Handle: r.feedbackForm, Unlisted: true},
		{Pattern: "POST /tools/{id}/feedback", Action: account.SuggestTool, Handle: r.feedback},
	}
}

// curators lists what those who keep the map may ask for.
func (r *room) curators() []web.Route {
	list := []web.Route{
		{Pattern: "GET /curate", Handle: r.queue},
		{Pattern: "GET /curate/{suggestion}", Handle: r.review},
		{Pattern: "POST /curate/{suggestion}/publish", Handle: r.publish},
		{Pattern: "POST /curate/{suggestion}/decline", Handle: r.decline},
		{Pattern: "POST /curate/{suggestion}/settle", Handle: r.settle},
		{Pattern: "GET /curate/new", Handle: r.newForm},
		{Pattern: "POST /curate/new", Handle: r.create},
		{Pattern: "GET /curate/import", Handle: r.importForm},
		{Pattern: "POST /curate/import", Handle: r.importTry, Body: maxImport + 64<<10},
		{Pattern: "POST /curate/import/confirm", Handle: r.importDo, Body: 4*maxImport + 64<<10},
		{Pattern: "GET /curate/links", Handle: r.links},
		{Pattern: "GET /tools/{id}/edit", Handle: r.editForm},
		{Pattern: "POST /tools/{id}/edit", Handle: r.edit},
		{Pattern: "POST /tools/{id}/checked", Handle: r.checked},
		{Pattern: "POST /tools/{id}/merge", Handle: r.merge},
		{Pattern: "POST /tools/{id}/withdraw", Handle: r.withdraw},
		{Pattern: "POST /tools/{id}/restore", Handle: r.restore},
	}
	for i := range list {
		list[i].Action, list[i].Unlisted = account.CurateTools, true
	}
	return list
}

// speech returns what writes about tools in the language of a request.
func (r *room) speech(x *web.Exchange) speech {
	return speech{Printer: x.Printer(), vocabulary: r.service.Vocabulary(), now: r.now()}
}
