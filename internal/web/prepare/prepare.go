// Package prepare is the room in which releases come about: a steward sends a file
// of case records, looks at it, decides what may be released and how it is protected,
// starts runs and hands one in; another person looks at it point by point, and
// approves it or sends it back; then it is published.
//
// All of it works without scripts. What is exact or rare appears on the pages of a
// draft and in the private report of a run, which only the data set's stewards can
// open: in no address, title, notice or line of the log. No answer of this room is kept.
package prepare

import (
	"cmp"
	"context"
	"embed"
	"io/fs"
	"time"

	"github.com/opencovey/covey/internal/account"
	"github.com/opencovey/covey/internal/publication"
	"github.com/opencovey/covey/internal/web"
)

//go:embed templates/*.html
var templates embed.FS

// Options say what the room is made of.
type Options struct {
	Service *publication.Service // required, open
	// Names gives the names of a person and their organisation, for lists of who did what. Nil: IDs are shown.
	Names func(ctx context.Context, user, organisation string) (person, body string)
	// Patience is how long a page of a draft waits for what is measured of the file, before one comes that asks again; 0: 2 s.
	Patience time.Duration
}

// room is what the handlers share.
type room struct {
	service  *publication.Service
	names    func(ctx context.Context, user, organisation string) (person, body string)
	patience time.Duration
}

// formRoom is what a form of an upload may hold besides the file, and maxPolicy the largest form with a policy or a story.
const (
	formRoom  = 1 << 20
	maxPolicy = 2 << 20
)

// New returns the room.
func New(o Options) web.Room {
	if o.Names == nil {
		o.Names = func(_ context.Context, user, organisation string) (string, string) { return user, organisation }
	}
	r := &room{service: o.Service, names: o.Names, patience: cmp.Or(o.Patience, 2*time.Second)}
	files, err := fs.Sub(templates, "templates")
	if err != nil {
		panic(err) // the folder is part of the program
	}
	// As much again is read and forgotten of a file that is too large, so that a browser comes to show what is wrong.
	routes := append(r.datasets(2*o.Service.MaxUpload()+formRoom), r.drafts()...)
	routes = append(routes, r.runs()...)
	return web.Room{
		Name: "prepare", Templates: files, Routes: append(routes, r.approvals()...),
		Menu: []web.Link{
			{Text: "prepare.menu.prepare", Path: "/prepare", Action: account.PreparePublication},
			{Text: "prepare.menu.approve", Path: "/approve", Action: account.ReviewPublication},
		},
	}
}

// with gives routes their action, and keeps them out of search engines.
func with(action account.Action, routes []web.Route) []web.Route {
	for i := range routes {
		routes[i].Action, routes[i].Unlisted = action, true
	}
	return routes
}

// datasets lists what stewards do with data sets and uploads.
func (r *room) datasets(maxUpload int64) []web.Route {
	return with(account.PreparePublication, []web.Route{
		{Pattern: "GET /prepare", Handle: r.desk},
		{Pattern: "GET /prepare/new/dataset", Handle: r.newDataset},
		{Pattern: "POST /prepare/new/dataset", Handle: r.createDataset},
		{Pattern: "GET /prepare/{dataset}", Handle: r.dataset},
		{Pattern: "GET /prepare/{dataset}/texts/edit", Handle: r.editForm},
		{Pattern: "POST /prepare/{dataset}/texts/edit", Handle: r.edit},
		{Pattern: "POST /prepare/{dataset}/ledger", Handle: r.openLedger},
		{Pattern: "POST /prepare/{dataset}/upload", Handle: r.upload, Stream: true, Body: maxUpload},
		{Pattern: "POST /prepare/{dataset}/bundle", Handle: r.bundle, Stream: true, Body: maxUpload},
		{Pattern: "POST /prepare/{dataset}/erase", Handle: r.erase},
		{Pattern: "POST /prepare/{dataset}/draft", Handle: r.newDraft, Body: maxPolicy},
	})
}

// drafts lists the steps of a draft.
func (r *room) drafts() []web.Route {
	return with(account.PreparePublication, []web.Route{
		{Pattern: "GET /prepare/drafts/{id}", Handle: r.patient(r.look)},
		{Pattern: "GET /prepare/drafts/{id}/columns", Handle: r.patient(r.columns)},
		{Pattern: "POST /prepare/drafts/{id}/columns", Handle: r.saveColumns, Body: maxPolicy},
		{Pattern: "POST /prepare/drafts/{id}/columns/try", Handle: r.tryColumns, Body: maxPolicy},
		{Pattern: "GET /prepare/drafts/{id}/columns/{n}", Handle: r.patient(r.column)},
		{Pattern: "POST /prepare/drafts/{id}/columns/{n}", Handle: r.saveColumn, Body: maxPolicy},
		{Pattern: "POST /prepare/drafts/{id}/columns/{n}/try", Handle: r.tryColumn, Body: maxPolicy},
		{Pattern: "GET /prepare/drafts/{id}/harmonise", Handle: r.patient(r.harmonise)},
		{Pattern: "POST /prepare/drafts/{id}/harmonise", Handle: r.saveHarmonised, Body: maxPolicy},
		{Pattern: "GET /prepare/drafts/{id}/protect", Handle: r.patient(r.protect)},
		{Pattern: "POST /prepare/drafts/{id}/protect", Handle: r.saveProtection},
		{Pattern: "POST /prepare/drafts/{id}/plan", Handle: r.plan},
		{Pattern: "GET /prepare/drafts/{id}/protect/rules", Handle: r.patient(r.rules)},
		{Pattern: "POST /prepare/drafts/{id}/protect/rules", Handle: r.saveRules, Body: maxPolicy},
		{Pattern: "GET /prepare/drafts/{id}/describe", Handle: r.patient(r.describe)},
		{Pattern: "POST /prepare/drafts/{id}/describe", Handle: r.saveDescription},
		{Pattern: "GET /prepare/drafts/{id}/release", Handle: r.patient(r.summary)},
		{Pattern: "POST /prepare/drafts/{id}/release", Handle: r.start, Body: maxPolicy},
		{Pattern: "POST /prepare/drafts/{id}/delete", Handle: r.deleteDraft},
		{Pattern: "GET /prepare/drafts/{id}/policy.yaml", Handle: r.policy},
		{Pattern: "GET /prepare/drafts/{id}/policy/edit", Handle: r.policyText},
		{Pattern: "POST /prepare/drafts/{id}/policy/edit", Handle: r.savePolicyText, Body: maxPolicy},
		{Pattern: "POST /prepare/drafts/{id}/policy", Handle: r.setPolicy, Body: maxPolicy},
	})
}

// runs lists what stewards do with runs.
func (r *room) runs() []web.Route {
	return with(account.PreparePublication, []web.Route{
		{Pattern: "GET /prepare/runs/{id}", Handle: r.run},
		{Pattern: "POST /prepare/runs/{id}/stop", Handle: r.stop},
		{Pattern: "GET /prepare/runs/{id}/policy.yaml", Handle: r.runPolicy},
		{Pattern: "POST /prepare/runs/{id}/delete", Handle: r.deleteRun},
		{Pattern: "GET /prepare/runs/{id}/story.json", Handle: r.runStory},
		{Pattern: "GET /prepare/runs/{id}/files/{name}", Handle: r.runFile},
		{Pattern: "GET /prepare/runs/{id}/private/{name}", Handle: r.privateFile},
		{Pattern: "POST /prepare/runs/{id}/hand-in", Handle: r.handIn},
		{Pattern: "POST /approve/{release}/publish", Handle: r.publish},
	})
}

// approvals lists what is done with releases that were handed in, by stewards and approvers.
func (r *room) approvals() []web.Route {
	review := with(account.ReviewPublication, []web.Route{
		{Pattern: "GET /approve", Handle: r.waiting},
		{Pattern: "GET /approve/{release}", Handle: r.release},
		{Pattern: "GET /approve/{release}/files/{name}", Handle: r.releaseFile},
		{Pattern: "POST /approve/{release}/comment", Handle: r.comment},
	})
	approve := with(account.ApprovePublication, []web.Route{{Pattern: "POST /approve/{release}/decide", Handle: r.decide}})
	withdraw := with(account.WithdrawPublication, []web.Route{{Pattern: "POST /approve/{release}/withdraw", Handle: r.withdraw}})
	return append(append(review, approve...), withdraw...)
}
