package tools

import (
	"net/url"
	"slices"

	"github.com/opencovey/covey/internal/directory"
	"github.com/opencovey/covey/internal/web"
)

// planPage is for people who think of building a tool.
type planPage struct {
	web.Form
	Asked      bool // something was described
	Fields     []facetField
	Places     []string
	Tongues    []string
	Understood []string // terms that the sentence names
	Unknown    []string // what was written and is no place or language that is known
	Neighbours []neighbourView
	Gaps       []gapView
	Further    []gapView // the rest, behind a word that opens them
	Of         int
}

// gapView is something for which the map has nothing.
type gapView struct {
	Terms  []string
	What   string // what there is, or that there is nothing
	Wider  string // what there is for a wider place; "" if nothing
	Beyond string // the term that the plan did not name; ""
	Link   string
}

const (
	neighbourMost = 10
	gapMost       = 8
)

// planFacets are those that a plan is described with.
func planFacets() []directory.Facet {
	return []directory.Facet{directory.Type, directory.Users, directory.Form, directory.Technology, directory.UsedIn, directory.Language}
}

// plan answers what there is already of what somebody thinks of building.
func (r *room) plan(x *web.Exchange) error {
	if tidy, ok := tidied(x.Query()); ok {
		return x.Redirect(withQuery("/tools/plan", tidy), "")
	}
	if err := r.service.Refresh(x.Context()); err != nil {
		return err
	}
	s := r.speech(x)
	index := r.service.Index()
	query := x.Query()
	page := &planPage{Of: index.Len()}
	page.Values = query
	whole := r.entryForm(x, directory.Tool{}, url.Values{})
	page.Places, page.Tongues = whole.Places, whole.Tongues
	for _, field := range append(whole.Main, whole.Further...) {
		if slices.Contains(planFacets(), field.Facet) {
			page.Fields = append(page.Fields, field)
		}
	}
	plan := directory.Plan{Text: query.Get("text"), Terms: map[directory.Facet][]string{}, Limit: neighbourMost}
	for _, f := range planFacets() {
		codes, unknown := s.readTerms(f, query[string(f)])
		if unknown != nil {
			page.Unknown = append(page.Unknown, x.Explain(unknown))
		}
		if len(codes) > 0 {
			plan.Terms[f] = codes
		}
	}
	page.Asked = plan.Text != "" || len(plan.Terms) > 0
	if page.Asked {
		s.answer(page, index, plan)
	}
	return x.Page("tools/plan", page)
}

// answer fills a page with what is near a plan and what is missing around it.
func (s speech) answer(page *planPage, index *directory.Index, plan directory.Plan) {
	for _, ref := range index.Understand(plan.Text) {
		page.Understood = append(page.Understood, s.label(ref.Facet, ref.Code))
	}
	for _, n := range index.Nearest(plan) {
		page.Neighbours = append(page.Neighbours, s.neighbour(n))
	}
	for _, g := range index.Gaps(plan) {
		if len(page.Gaps) < gapMost {
			page.Gaps = append(page.Gaps, s.gap(g))
		} else {
			page.Further = append(page.Further, s.gap(g))
		}
	}
}

// gap makes a gap readable. It says what the map does not have, never that nothing
// exists.
func (s speech) gap(g directory.Gap) gapView {
	view := gapView{}
	q := directory.Query{}
	for _, ref := range g.Terms {
		view.Terms = append(view.Terms, s.label(ref.Facet, ref.Code))
		q = q.Only(ref.Facet, ref.Code)
	}
	if g.Entries() == 0 {
		view.What = s.Text("tools.gap.none")
	} else {
		view.What = s.Text("tools.gap.quiet", "count", g.Entries(), "begun", g.Begun, "quiet", g.Quiet, "unknown", g.Unknown)
		view.Link = withQuery("/tools", q.Values())
	}
	if g.Wider > 0 {
		view.Wider = s.Text("tools.gap.wider", "count", g.Wider)
	}
	if g.Beyond != nil {
		view.Beyond = s.label(g.Beyond.Facet, g.Beyond.Code)
	}
	return view
}

// Name is the name of a field of the plan: that of the facet.
func (p *planPage) Name(f facetField) string { return string(f.Facet) }
