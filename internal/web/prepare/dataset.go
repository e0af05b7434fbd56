package prepare

import (
	"crypto/rand"
	"net/url"
	"slices"
	"strings"

	"github.com/opencovey/covey/internal/chart"
	"github.com/opencovey/covey/internal/publication"
	"github.com/opencovey/covey/internal/web"
)

// desk is the data of the first page of stewards.
type desk struct {
	Sets    []setRow
	Waiting []waitRow // what somebody has to do next
}

type setRow struct {
	publication.Dataset
	Uploads, Drafts, Runs int
	Newest                *releaseRow // that is public; nil for none
}

type waitRow struct {
	Key   string // of the text that says what is to be done
	Title string
	Path  string
}

// releaseRow is a release in a list.
type releaseRow struct {
	Title, Dataset, Path string
	State                publication.ReleaseState
	Number               int
	When                 string
	By                   string
}

func (r *room) releaseRow(x *web.Exchange, e *publication.Release) releaseRow {
	row := releaseRow{Title: e.Title, Dataset: e.Dataset, Path: "/approve/" + e.ID, State: e.State, Number: e.Number}
	at, by := e.HandedInAt, e.HandedInBy
	switch e.State {
	case publication.SentBack, publication.Approved:
		at, by = e.DecidedAt, e.DecidedBy
	case publication.Published:
		at = e.PublishedAt
	case publication.Withdrawn:
		at = e.WithdrawnAt
	}
	row.When, row.By = x.Printer().Date(at), r.person(x, by, e.Organisation)
	return row
}

// person is the name of a user, or their ID.
func (r *room) person(x *web.Exchange, user, organisation string) string {
	if user == "" {
		return ""
	}
	if name, _ := r.names(x.Context(), user, organisation); name != "" {
		return name
	}
	return user
}

func (r *room) desk(x *web.Exchange) error {
	sets, err := r.service.Datasets(x.Context(), x.By)
	if err != nil {
		return err
	}
	page := &desk{}
	for _, d := range sets {
		row := setRow{Dataset: d}
		uploads, err := r.service.Uploads(x.Context(), x.By, d.ID)
		if err != nil {
			return err
		}
		drafts, err := r.service.Drafts(x.Context(), x.By, d.ID)
		if err != nil {
			return err
		}
		runs, err := r.service.Runs(x.Context(), x.By, d.ID)
		if err != nil {
			return err
		}
		releases, err := r.service.Releases(x.Context(), x.By, d.ID, "")
		if err != nil {
			return err
		}
		row.Uploads, row.Drafts, row.Runs = len(uploads), len(drafts), len(runs)
		for i := range releases {
			e := &releases[i]
			if e.State == publication.Published && row.Newest == nil {
				newest := r.releaseRow(x, e)
				row.Newest = &newest
			}
			if key := waitsFor(e.State); key != "" {
				page.Waiting = append(page.Waiting, waitRow{key, e.Title, "/approve/" + e.ID})
			}
		}
		for i := range runs {
			if !runs[i].State.Ended() {
				page.Waiting = append(page.Waiting, waitRow{"prepare.wait.run", runs[i].Label, "/prepare/runs/" + runs[i].ID})
			}
		}
		page.Sets = append(page.Sets, row)
	}
	return x.Page("prepare/desk", page)
}

// waitsFor is the key of what has to be done next with a release, or "".
func waitsFor(state publication.ReleaseState) string {
	switch state {
	case publication.HandedIn:
		return "prepare.wait.approver"
	case publication.SentBack:
		return "prepare.wait.steward"
	case publication.Approved:
		return "prepare.wait.publish"
	}
	return ""
}

// setForm is the data of the form of a data set.
type setForm struct {
	web.Form
	ID       string // "" for a new one
	Title    string
	Licences []web.Option
}

// licences are those that most open data have, and what else was written before.
func licences(x *web.Exchange, now string) []web.Option {
	list := []web.Option{{Value: "", Text: x.Text("prepare.licence.none")}}
	for _, id := range []string{"CC-BY-4.0", "CC-BY-SA-4.0", "CC-BY-NC-4.0", "CC0-1.0", "ODbL-1.0"} {
		list = append(list, web.Option{Value: id, Text: id})
	}
	if !slices.ContainsFunc(list, func(o web.Option) bool { return o.Value == now }) {
		list = append(list, web.Option{Value: now, Text: now})
	}
	return list
}

func (r *room) newDataset(x *web.Exchange) error {
	return x.Page("prepare/set", &setForm{Licences: licences(x, "")})
}

// readSet reads the texts of a data set from a form.
func readSet(f url.Values, d *publication.Dataset) {
	text := func(name string) string { return strings.TrimSpace(strings.ReplaceAll(f.Get(name), "\r\n", "\n")) }
	d.Title, d.Description, d.Publisher = text("title"), text("description"), text("publisher")
	d.Licence, d.Citation, d.Contact = text("licence"), text("citation"), text("contact")
}

func (r *room) createDataset(x *web.Exchange) error {
	var d publication.Dataset
	readSet(x.Form(), &d)
	d, err := r.service.CreateDataset(x.Context(), x.By, d)
	if err != nil {
		return x.Invalid("prepare/set", &setForm{Licences: licences(x, x.Form().Get("licence"))}, err)
	}
	return x.Redirect("/prepare/"+d.ID, "prepare.set.created")
}

func (r *room) editForm(x *web.Exchange) error {
	d, err := r.mine(x)
	if err != nil {
		return err
	}
	return x.Page("prepare/set", &setForm{ID: d.ID, Title: d.Title, Licences: licences(x, d.Licence), Form: web.Form{Values: url.Values{
		"title": {d.Title}, "description": {d.Description}, "publisher": {d.Publisher}, "licence": {d.Licence},
		"citation": {d.Citation}, "contact": {d.Contact}, "version": {number(d.Version)},
	}}})
}

func (r *room) edit(x *web.Exchange) error {
	d, err := r.mine(x)
	if err != nil {
		return err
	}
	title := d.Title
	d.Version = whole(x.Form().Get("version"))
	readSet(x.Form(), &d)
	if _, err := r.service.EditDataset(x.Context(), x.By, d); err != nil {
		return x.Invalid("prepare/set", &setForm{ID: d.ID, Title: title, Licences: licences(x, d.Licence)}, err)
	}
	return x.Redirect("/prepare/"+d.ID, "prepare.saved")
}

// setPage is the data of the page of one data set.
type setPage struct {
	web.Form
	Set      publication.Dataset
	Token    string       // of the form of the upload
	Days     []web.Option // how long an upload is kept
	Copies   []web.Option // drafts that a new one can begin with
	Uploads  []uploadRow
	Choices  []web.Option // uploads, for a draft
	Drafts   []draftRow
	Runs     []runRow
	Releases []releaseRow
	Ledger   *ledgerView
	Problem  *problem // with a file or a policy
	Archive  bool     // it was with the form for bundles
}

type uploadRow struct {
	publication.Upload
	File, At, Until, Bytes string
}

type draftRow struct {
	publication.Draft
	File, At string
}

type ledgerView struct {
	publication.Ledger
	Picture picture
	Rows    []ledgerRow
}

type ledgerRow struct{ Name, At string }

// mine returns the data set of the address, for those who prepare it: what belongs to others is not there.
func (r *room) mine(x *web.Exchange) (publication.Dataset, error) {
	return r.service.Dataset(x.Context(), x.By, x.Path("dataset"))
}

func (r *room) dataset(x *web.Exchange) error {
	page, err := r.setPage(x)
	if err != nil {
		return err
	}
	return x.Page("prepare/dataset", page)
}

func (r *room) setPage(x *web.Exchange) (*setPage, error) {
	d, err := r.mine(x)
	if err != nil {
		return nil, err
	}
	page := &setPage{Set: d, Token: rand.Text()}
	for _, days := range []int{1, 3, 7} {
		page.Days = append(page.Days, web.Option{Value: number(days), Text: x.Text("prepare.days", "count", days)})
	}
	uploads, err := r.service.Uploads(x.Context(), x.By, d.ID)
	if err != nil {
		return nil, err
	}
	files := map[string]string{}
	for _, u := range uploads {
		row := uploadRow{u, r.service.UploadName(x.By, u), x.Printer().Time(u.Created), x.Printer().Time(u.EraseAt), bytesText(x, u.Size)}
		files[u.ID] = row.File
		page.Uploads = append(page.Uploads, row)
		if !u.Bundle() {
			page.Choices = append(page.Choices, web.Option{Value: u.ID, Text: row.File})
		}
	}
	drafts, err := r.service.Drafts(x.Context(), x.By, d.ID)
	if err != nil {
		return nil, err
	}
	page.Copies = []web.Option{{Text: x.Text("prepare.draft.from.none")}}
	for _, draft := range drafts {
		if draft.Title != "" {
			page.Copies = append(page.Copies, web.Option{Value: draft.ID, Text: draft.Title})
		}
		page.Drafts = append(page.Drafts, draftRow{draft, files[draft.Upload], x.Printer().Time(draft.Updated)})
	}
	if page.Runs, err = r.runRows(x, d.ID); err != nil {
		return nil, err
	}
	releases, err := r.service.Releases(x.Context(), x.By, d.ID, "")
	if err != nil {
		return nil, err
	}
	for i := range releases {
		page.Releases = append(page.Releases, r.releaseRow(x, &releases[i]))
	}
	page.Ledger, err = r.ledger(x, d.ID)
	return page, err
}

// ledger returns the account of a data set, nil if there is none.
func (r *room) ledger(x *web.Exchange, dataset string) (*ledgerView, error) {
	l, err := r.service.Ledger(x.Context(), x.By, dataset)
	if err != nil || l == nil {
		return nil, err
	}
	v := &ledgerView{Ledger: *l}
	for _, e := range l.Entries {
		v.Rows = append(v.Rows, ledgerRow{e.Name, x.Printer().Date(e.At)})
	}
	spent := int(100*l.Share + 0.5)
	v.Picture = chart.Shares([]chart.Bar{
		{Label: x.Text("prepare.ledger.spent"), Count: spent, Share: l.Share},
		{Label: x.Text("prepare.ledger.free"), Count: 100 - spent, Share: 1 - l.Share},
	}, words(x, x.Text("prepare.ledger.caption"), "prepare.ledger.part", "prepare.ledger.percent"))
	return v, nil
}

func (r *room) openLedger(x *web.Exchange) error {
	f := x.Form()
	_, err := r.service.OpenLedger(x.Context(), x.By, x.Path("dataset"), strings.TrimSpace(f.Get("epsilon")), strings.TrimSpace(f.Get("delta")))
	if err == nil {
		return x.Redirect("/prepare/"+x.Path("dataset")+"#ledger", "prepare.ledger.opened")
	}
	page, e := r.setPage(x)
	if e != nil {
		return e
	}
	return x.Invalid("prepare/dataset", page, err)
}
