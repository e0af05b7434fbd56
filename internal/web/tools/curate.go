package tools

import (
	"strings"

	"github.com/opencovey/covey/internal/directory"
	"github.com/opencovey/covey/internal/fault"
	"github.com/opencovey/covey/internal/web"
)

// queueMost is how many suggestions the queue shows; the next come when these are
// settled.
const queueMost = 100

// queuePage lists what waits for a curator.
type queuePage struct {
	Waiting []suggestionView
	Full    bool // there may be more
}

// suggestionView is a suggestion in a list.
type suggestionView struct {
	directory.Suggestion
	Title string // name of the tool
	What  string // its kind, in words
	Works string // the answer of feedback, in words
}

func (r *room) suggestionView(s speech, g directory.Suggestion) suggestionView {
	view := suggestionView{Suggestion: g, Title: g.Proposed.Name, What: s.Text("tools.kind." + string(g.Kind))}
	if t, ok := r.service.Index().Tool(g.Tool); ok {
		view.Title = t.Name
	}
	if g.Works != "" {
		view.Works = s.Text("tools.works." + g.Works)
	}
	return view
}

// queue shows what waits.
func (r *room) queue(x *web.Exchange) error {
	if err := r.service.Refresh(x.Context()); err != nil {
		return err
	}
	list, err := r.service.OpenSuggestions(x.Context(), x.By, queueMost)
	if err != nil {
		return err
	}
	s := r.speech(x)
	page := queuePage{Full: len(list) == queueMost}
	for _, g := range list {
		page.Waiting = append(page.Waiting, r.suggestionView(s, g))
	}
	return x.Page("tools/queue", page)
}

// reviewPage shows one suggestion beside what the map has.
type reviewPage struct {
	entryForm
	Suggestion suggestionView
	Tool       directory.Tool // that it is about; no ID if it is new
	Diff       []diffView
	Similar    []similarView
	Open       bool
}

// diffView is one field before and after.
type diffView struct {
	Name, Before, After string
	Changed             bool
}

// diff sets two states of an entry side by side, with the fields that either has.
func (s speech) diff(before, after directory.Tool) []diffView {
	var list []diffView
	for _, field := range directory.Fields() {
		switch field {
		case "id", "created", "updated", "version", "checked", "withdrawn", "merged_into", "source", "sources":
			continue
		}
		was, is := directory.Field(before, field), directory.Field(after, field)
		if was == "" && is == "" {
			continue
		}
		view := diffView{Name: s.field(field), Before: was, After: is, Changed: was != is}
		if f, ok := strings.CutPrefix(field, "terms."); ok {
			view.Before, view.After = s.codes(directory.Facet(f), was), s.codes(directory.Facet(f), is)
		}
		list = append(list, view)
	}
	return list
}

// reviewPage makes the page of a suggestion; values fill its form if it was sent.
func (r *room) reviewPage(x *web.Exchange) (*reviewPage, error) {
	if err := r.service.Refresh(x.Context()); err != nil {
		return nil, err
	}
	g, err := r.service.Suggestion(x.Context(), x.By, x.Path("suggestion"))
	if err != nil {
		return nil, err
	}
	s := r.speech(x)
	page := &reviewPage{Suggestion: r.suggestionView(s, g), Open: g.State == directory.Open}
	proposed := g.Proposed
	if t, ok := r.service.Index().Tool(g.Tool); ok && g.Tool != "" {
		page.Tool = t
		if g.Kind == directory.Feedback {
			proposed = t
		}
		proposed.Notes = t.Notes
	}
	if g.Kind == directory.Correction {
		page.Diff = s.diff(page.Tool, proposed)
	}
	if g.Kind == directory.NewTool {
		page.Diff = s.diff(directory.Tool{}, proposed)
		page.Similar = r.alike(s, proposed, 0.4)
	}
	page.entryForm = r.entryForm(x, proposed, nil)
	page.Notes = true
	page.Values.Set("source", g.Source)
	return page, nil
}

func (r *room) review(x *web.Exchange) error {
	page, err := r.reviewPage(x)
	if err != nil {
		return err
	}
	return x.Page("tools/review", page)
}

// settled ends the handling of a suggestion: on to the queue, or the page again
// with what is wrong.
func (r *room) settled(x *web.Exchange, err error, notice string) error {
	if err == nil {
		return x.Redirect("/curate", notice)
	}
	page, failed := r.reviewPage(x)
	if failed != nil {
		return failed
	}
	page.Values = x.Form()
	return x.Invalid("tools/review", page, err)
}

// publish accepts a suggestion as the curator left it.
func (r *room) publish(x *web.Exchange) error {
	g, err := r.service.Suggestion(x.Context(), x.By, x.Path("suggestion"))
	if err != nil {
		return err
	}
	base := directory.Tool{}
	if g.Tool != "" {
		base, _ = r.service.Index().Tool(g.Tool)
	}
	t, err := r.speech(x).read(x.Form(), base, true)
	if err == nil {
		_, err = r.service.Publish(x.Context(), x.By, g.ID, t, x.Form().Get("source"))
	}
	return r.settled(x, err, "tools.curate.published")
}

func (r *room) decline(x *web.Exchange) error {
	return r.settled(x, r.service.Decline(x.Context(), x.By, x.Path("suggestion"), x.Form().Get("reason")), "tools.curate.declined")
}

func (r *room) settle(x *web.Exchange) error {
	return r.settled(x, r.service.Settle(x.Context(), x.By, x.Path("suggestion")), "tools.curate.settled")
}

// linksPage lists what the link checker saw.
type linksPage struct {
	Broken  []linkView
	Working int
	Looked  int
}

type linkView struct {
	directory.LinkCheck
	Title string
}

// links shows the addresses that did not answer.
func (r *room) links(x *web.Exchange) error {
	checks, err := r.service.LinkChecks(x.Context())
	if err != nil {
		return err
	}
	page := linksPage{Looked: len(checks)}
	for _, t := range r.service.Index().Tools() {
		c, ok := checks[t.ID]
		switch {
		case !ok:
		case c.Works:
			page.Working++
		default:
			page.Broken = append(page.Broken, linkView{c, t.Name})
		}
	}
	return x.Page("tools/links", page)
}

// missing is what a curator reads about an entry that is not there.
func missing() error { return fault.New(fault.NotFound, "fault.tool.missing") }
