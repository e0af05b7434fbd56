// Package catalogue is the public room of releases: which data sets there are and
// what each can answer, a page for every release with its files, the explorer, a
// search that answers from the published counts of all of them, and the same for
// programs.
//
// All of it works without scripts. It shows what is published and nothing else: it
// asks [publication.Service] for no more than everybody may know, and takes no
// account of who asks.
package catalogue

import (
	"context"
	"embed"
	"io/fs"
	"strconv"
	"sync/atomic"

	"github.com/opencovey/covey/internal/account"
	"github.com/opencovey/covey/internal/fault"
	"github.com/opencovey/covey/internal/publication"
	"github.com/opencovey/covey/internal/web"
)

//go:embed templates/*.html
var templates embed.FS

// Options say what the room is made of.
type Options struct {
	Service *publication.Service // required; it need not be open, since the room only reads
	// ExplorerBytes bounds the memory for pages of explorers that were made; 0 means 64 MiB.
	ExplorerBytes int
}

// room is what the handlers share.
type room struct {
	service   *publication.Service
	explorers explorers
	last      atomic.Int64 // generation that was seen last
}

// New returns the room.
func New(o Options) web.Room {
	if o.ExplorerBytes == 0 {
		o.ExplorerBytes = 64 << 20
	}
	r := &room{service: o.Service, explorers: explorers{most: o.ExplorerBytes}}
	files, err := fs.Sub(templates, "templates")
	if err != nil {
		panic(err) // the folder is part of the program
	}
	return web.Room{
		Name: "catalogue", Templates: files, Routes: r.routes(), API: r.api, Generation: r.generation,
		Menu: []web.Link{
			{Text: "catalogue.menu.data", Path: "/data", Action: account.ReadPublic},
			{Text: "catalogue.menu.ask", Path: "/data/ask", Action: account.ReadPublic},
		},
	}
}

// routes lists what anybody may ask for.
func (r *room) routes() []web.Route {
	list := []web.Route{
		{Pattern: "GET /data", Handle: r.list, Keep: true},
		{Pattern: "GET /data/feed.atom", Handle: r.atom, Keep: true},
		{Pattern: "GET /data/ask", Handle: r.ask, Unlisted: true},
		{Pattern: "GET /data/{dataset}", Handle: r.dataset, Keep: true},
		{Pattern: "GET /data/{dataset}/{number}", Handle: r.version, Keep: true},
		{Pattern: "GET /data/{dataset}/{number}/datapackage.json", Handle: r.datapackage},
		{Pattern: "GET /data/{dataset}/{number}/dataset.jsonld", Handle: r.linked},
		{Pattern: "GET /data/{dataset}/{number}/files/{name}", Handle: r.file},
		// The explorer stands among the files since it links to them.
		{Pattern: "GET /data/{dataset}/{number}/files/" + explorerName, Handle: r.explorer},
	}
	for i := range list {
		list[i].Action = account.ReadPublic
	}
	return list
}

// generation rises when something is published, withdrawn or described anew.
func (r *room) generation() int64 {
	// A store that does not answer is told of by the handler, which asks it too.
	if now, err := r.service.Generation(context.Background()); err == nil {
		r.last.Store(now)
	}
	return r.last.Load()
}

// here is a release that an address names.
type here struct {
	dataset publication.PublicDataset
	release publication.PublicRelease
}

// find returns the release of an address. A number has one form: "7", never "07".
func (r *room) find(ctx context.Context, dataset, number string) (here, error) {
	d, err := r.service.PublicDataset(ctx, dataset)
	if err != nil {
		return here{}, err
	}
	for _, p := range d.Releases {
		if strconv.Itoa(p.Number) == number {
			return here{d, p}, nil
		}
	}
	return here{}, fault.New(fault.NotFound, "fault.notfound")
}

// published is find for what a withdrawn release has no more.
func (r *room) published(ctx context.Context, dataset, number string) (here, error) {
	h, err := r.find(ctx, dataset, number)
	if err == nil && h.release.State != publication.Published {
		err = fault.New(fault.Gone, "fault.publication.withdrawn")
	}
	return h, err
}

// path is the address of the release's page.
func (h here) path() string { return releasePath(h.dataset.ID, h.release.Number) }

// files is the address below which the files of the release are.
func (h here) files() string { return h.path() + "/files/" }

func releasePath(dataset string, number int) string {
	return "/data/" + dataset + "/" + strconv.Itoa(number)
}
