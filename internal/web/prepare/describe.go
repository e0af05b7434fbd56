package prepare

import (
	"cmp"
	"net/url"
	"strings"

	"github.com/opencovey/covey/internal/publication"
	"github.com/opencovey/covey/internal/web"
	"github.com/opencovey/covey/release"
)

// describePage is the data of the fifth step.
type describePage struct {
	frame
	Licences []web.Option
}

// described are the keys of a policy that the fifth step is about.
var described = [...]string{"title", "description", "publisher", "contact", "licence", "citation", "source"}

func (r *room) describe(x *web.Exchange) error {
	f, err := r.frame(x, "describe")
	if err != nil {
		return err
	}
	v := descriptionValues(f.Policy)
	// What the data set says of itself is a beginning.
	for name, text := range map[string]string{
		"description": f.Set.Description, "publisher": f.Set.Publisher, "contact": f.Set.Contact, "licence": f.Set.Licence, "citation": f.Set.Citation,
	} {
		if v.Get(name) == "" {
			v.Set(name, text)
		}
	}
	v.Set("version", number(f.Draft.Version))
	f.Values = v
	return x.Page("prepare/describe", &describePage{frame: f, Licences: licences(x, v.Get("licence"))})
}

func descriptionValues(p *release.Policy) url.Values {
	return url.Values{
		"title": {p.Title}, "description": {p.Description}, "publisher": {p.Publisher}, "contact": {p.Contact},
		"licence": {p.Licence}, "citation": {p.Citation}, "source": {p.Source},
	}
}

func (r *room) saveDescription(x *web.Exchange) error {
	f, err := r.frame(x, "describe")
	if err != nil {
		return err
	}
	before := descriptionValues(f.Policy)
	var edits []release.PolicyEdit
	for _, key := range described {
		text := strings.TrimSpace(strings.ReplaceAll(x.Form().Get(key), "\r\n", "\n"))
		if key != "description" {
			text = strings.Join(strings.Fields(text), " ")
		}
		if text != before.Get(key) {
			edits = append(edits, release.PolicyEdit{Key: key, Value: orNone(text)})
		}
	}
	_, err = r.service.EditDraft(x.Context(), x.By, f.Draft.ID, version(x), edits)
	if err == nil {
		return saved(x, stepPath(f.Draft.ID, "describe"))
	}
	f.Problem = problemOf(x, err)
	return x.Invalid("prepare/describe", &describePage{frame: f, Licences: licences(x, x.Form().Get("licence"))}, err)
}

// summaryPage is the data of the last step.
type summaryPage struct {
	frame
	Columns []summaryRow
	Ignored int
	Effect  *effect
	Earlier []releaseRow // that it is compared with
	Ledger  *ledgerView
	Factor  string
}

type summaryRow struct {
	Number            int
	Name, Label, Kind string
}

func (r *room) summary(x *web.Exchange) error {
	page, err := r.summaryPage(x)
	if err != nil {
		return err
	}
	page.Values = url.Values{"version": {number(page.Draft.Version)}}
	return x.Page("prepare/summary", page)
}

func (r *room) summaryPage(x *web.Exchange) (*summaryPage, error) {
	f, err := r.frame(x, "release")
	if err != nil {
		return nil, err
	}
	page := &summaryPage{frame: f, Factor: factor(x, f.Policy)}
	for i := range f.Policy.Columns {
		c := &f.Policy.Columns[i]
		if c.Ignore {
			page.Ignored++
			continue
		}
		page.Columns = append(page.Columns, summaryRow{Number: i, Name: c.Name, Label: c.DisplayName(), Kind: c.KindName()})
	}
	releases, err := r.service.Releases(x.Context(), x.By, f.Set.ID, "")
	if err != nil {
		return nil, err
	}
	for i := range releases {
		if e := &releases[i]; e.Number > 0 {
			page.Earlier = append(page.Earlier, r.releaseRow(x, e))
		}
	}
	if page.Ledger, err = r.ledger(x, f.Set.ID); err != nil {
		return nil, err
	}
	if f.Policy.Protection.Method == release.MethodKAnonymity {
		e, err := r.service.Effect(x.Context(), x.By, f.Draft.ID, nil)
		if err == nil {
			page.Effect = &effect{EffectOf: e, Before: -1}
		} else if page.Problem = problemOf(x, err); page.Problem == nil {
			return nil, err
		}
	}
	return page, nil
}

// start puts the making of the release into the queue.
func (r *room) start(x *web.Exchange) error {
	f := x.Form()
	story, err := given(x, "story")
	var run publication.Run
	if err == nil {
		run, err = r.service.Start(x.Context(), x.By, x.Path("id"), publication.RunOptions{
			Label: strings.TrimSpace(f.Get("label")), Suppress: f.Get("suppress") == "yes", Story: story,
		})
	}
	if err == nil {
		return x.Redirect("/prepare/runs/"+run.ID, "prepare.run.queued")
	}
	page, e := r.summaryPage(x)
	if e != nil {
		return e
	}
	page.Problem = cmp.Or(problemOf(x, err), page.Problem)
	return x.Invalid("prepare/summary", page, err)
}
