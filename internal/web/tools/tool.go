package tools

import (
	"net/http"
	"strings"

	"github.com/opencovey/covey/internal/account"
	"github.com/opencovey/covey/internal/directory"
	"github.com/opencovey/covey/internal/fault"
	"github.com/opencovey/covey/internal/web"
)

// How much is told about one tool.
const (
	similarMost = 5
	historyMost = 50
)

// toolPage is the page of one tool.
type toolPage struct {
	Tool     directory.Tool
	Entry    entryView
	Checked  string
	State    string // directory.CheckedYear, ...
	Cautions []caution
	History  []changeView
	Further  int // changes that are not shown
	Similar  []neighbourView
	Link     *directory.LinkCheck // nil if the link checker did not look
	Curator  bool
}

// entryView is an entry, ready to be read.
type entryView struct {
	ID          string
	Name        string
	By          string // makers
	URL         string
	Unconfirmed bool // nobody has seen the address at its source
	Description string
	Fields      []fieldView
	Source      string // of the entry as a whole
}

// fieldView is one field of an entry.
type fieldView struct {
	Name   string
	Values []valueView
	Note   string
	Source string
}

// valueView is one value of a field, with the address that finds all that have it.
type valueView struct {
	Text string
	Link string
}

// changeView is one change of the history.
type changeView struct {
	directory.Change
	Field, Before, After, Who string
}

// tool answers with the page of one tool.
func (r *room) tool(x *web.Exchange) error {
	t, err := r.lookup(x)
	if err != nil || t.ID == "" {
		return err
	}
	if t.Withdrawn && !x.May(account.CurateTools, account.Subject{}) {
		x.W.WriteHeader(http.StatusGone)
		return x.Page("tools/gone", t)
	}
	page, err := r.toolPage(x, t)
	if err != nil {
		return err
	}
	return x.Page("tools/tool", page)
}

// lookup finds the tool that an address names. If it was merged into another, it
// redirects there for good and returns a tool without ID.
func (r *room) lookup(x *web.Exchange) (directory.Tool, error) {
	if err := r.service.Refresh(x.Context()); err != nil {
		return directory.Tool{}, err
	}
	id := x.Path("id")
	t, ok := r.service.Index().Tool(id)
	if !ok {
		return directory.Tool{}, fault.New(fault.NotFound, "fault.tool.missing")
	}
	if t.ID != id {
		x.W.Header().Set("Location", "/tools/"+t.ID)
		x.W.WriteHeader(http.StatusMovedPermanently)
		return directory.Tool{}, nil
	}
	return t, nil
}

// toolPage gathers what is known about a tool.
func (r *room) toolPage(x *web.Exchange, t directory.Tool) (*toolPage, error) {
	s := r.speech(x)
	history, err := r.service.History(x.Context(), x.By, t.ID)
	if err != nil {
		return nil, err
	}
	checks, err := r.service.LinkChecks(x.Context())
	if err != nil {
		return nil, err
	}
	page := &toolPage{
		Tool: t, Entry: s.entry(t), Checked: s.checked(t), State: directory.CheckedState(t, s.now), Cautions: s.cautions(t),
		Curator: x.May(account.CurateTools, account.Subject{}),
	}
	if c, ok := checks[t.ID]; ok && c.URL == t.URL {
		page.Link = &c
	}
	page.Further = max(0, len(history)-historyMost)
	for _, c := range history[:min(len(history), historyMost)] {
		page.History = append(page.History, s.change(c))
	}
	for _, n := range r.service.Index().Nearest(planOf(t)) {
		if n.Tool.ID != t.ID && len(page.Similar) < similarMost {
			page.Similar = append(page.Similar, s.neighbour(n))
		}
	}
	return page, nil
}

// planOf asks for tools like one: by what it is and for whom, not by its words.
func planOf(t directory.Tool) directory.Plan {
	terms := map[directory.Facet][]string{}
	for _, f := range []directory.Facet{directory.Type, directory.Users, directory.Technology, directory.Form, directory.UsedIn, directory.Sector} {
		if len(t.Terms[f]) > 0 {
			terms[f] = t.Terms[f]
		}
	}
	return directory.Plan{Terms: terms, Limit: similarMost + 1}
}

// entry makes an entry readable.
func (s speech) entry(t directory.Tool) entryView {
	e := entryView{
		ID: t.ID, Name: t.Name, By: strings.Join(t.Organisations, ", "), Unconfirmed: unconfirmed(t),
		Description: t.Description, Source: t.Sources[""],
	}
	if webAddress(t.URL) {
		e.URL = t.URL
	}
	add := func(name string, values []valueView, note string) {
		if len(values) > 0 || note != "" {
			e.Fields = append(e.Fields, fieldView{Name: s.field(name), Values: values, Note: note, Source: t.Sources[name]})
		}
	}
	add("other_names", plain(t.OtherNames), "")
	add("organisations", plain(t.Organisations), "")
	for _, f := range directory.Facets() {
		var values []valueView
		for _, code := range t.Terms[f] {
			link := withQuery("/tools", directory.Query{}.Only(f, code).Values())
			values = append(values, valueView{s.label(f, code), link})
		}
		add("terms."+string(f), values, t.Notes[f])
	}
	return e
}

func plain(texts []string) []valueView {
	var list []valueView
	for _, text := range texts {
		list = append(list, valueView{Text: text})
	}
	return list
}

// webAddress tells whether an address may be a link: only the web's own.
func webAddress(address string) bool {
	return strings.HasPrefix(address, "https://") || strings.HasPrefix(address, "http://")
}

// change makes a change readable: codes become names.
func (s speech) change(c directory.Change) changeView {
	view := changeView{Change: c, Field: s.field(c.Field), Before: c.Old, After: c.New}
	if f, ok := strings.CutPrefix(c.Field, "terms."); ok {
		view.Before, view.After = s.codes(directory.Facet(f), c.Old), s.codes(directory.Facet(f), c.New)
	}
	switch c.By {
	case "import", "suggestion", "curator":
		view.Who = s.Text("tools.by." + c.By)
	default:
		view.Who = s.Text("tools.by.curator")
	}
	return view
}

// codes turns a cell of codes into their names.
func (s speech) codes(f directory.Facet, cell string) string {
	var names []string
	for code := range strings.SplitSeq(cell, ";") {
		if code = strings.TrimSpace(code); code != "" {
			names = append(names, s.label(f, code))
		}
	}
	return s.List(names)
}

// neighbourView is a tool that is near another or a plan, and why.
type neighbourView struct {
	Tool     directory.Tool
	By       string
	Why      []string
	Words    []string
	Wider    []string
	Per      int // score in per cent
	Checked  string
	State    string
	Cautions bool
}

func (s speech) neighbour(n directory.Neighbour) neighbourView {
	view := neighbourView{
		Tool: n.Tool, By: strings.Join(n.Tool.Organisations, ", "), Words: n.Words, Per: int(100*n.Score + 0.5),
		State: directory.CheckedState(n.Tool, s.now), Cautions: s.careful(n.Tool),
	}
	view.Checked = s.Text("tools.badge." + view.State)
	for _, ref := range n.Shared {
		view.Why = append(view.Why, s.label(ref.Facet, ref.Code))
	}
	for _, ref := range n.Wider {
		view.Wider = append(view.Wider, s.label(ref.Facet, ref.Code))
	}
	return view
}

// works lists the answers to "does it still work?".
func (s speech) works() []web.Option {
	var list []web.Option
	for _, answer := range []string{"yes", "partly", "no"} {
		list = append(list, web.Option{Value: answer, Text: s.Text("tools.works." + answer)})
	}
	return list
}
