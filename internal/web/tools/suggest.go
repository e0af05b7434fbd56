package tools

import (
	"cmp"
	"net/url"
	"strings"
	"sync"

	"github.com/opencovey/covey/internal/directory"
	"github.com/opencovey/covey/internal/fault"
	"github.com/opencovey/covey/internal/web"
)

// suggestPage is the form for a tool that the map lacks, or for a correction.
type suggestPage struct {
	entryForm
	Tool    directory.Tool // that is corrected
	Similar []similarView  // that may be the same; shown before the form is sent
	Confirm bool           // ask whether it is one of them
}

// similarView is a tool that may be the one that somebody is about to suggest.
type similarView struct {
	ID, Name, By string
	Likely       bool
	Why          string
}

// alikeMost is how many similar tools are shown.
const alikeMost = 5

// duplicates finds tools that may be the same; it is made anew when the map has
// changed.
type duplicates struct {
	mu    sync.Mutex
	index *directory.Index
	made  *directory.Duplicates
}

func (d *duplicates) of(index *directory.Index) *directory.Duplicates {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.index != index {
		d.index, d.made = index, directory.NewDuplicates(index.Tools())
	}
	return d.made
}

// alike returns tools that may be the same as one.
func (r *room) alike(s speech, t directory.Tool, least float64) []similarView {
	var list []similarView
	for _, m := range r.duplicates.of(r.service.Index()).Similar(t, alikeMost) {
		if m.Score < least {
			continue
		}
		list = append(list, similarView{
			ID: m.Tool.ID, Name: m.Tool.Name, By: strings.Join(m.Tool.Organisations, ", "), Likely: m.Score >= directory.Likely,
			Why: s.Text("tools.alike." + string(m.Why)),
		})
	}
	return list
}

// similar answers, while somebody types a name, with tools that may be the same.
func (r *room) similar(x *web.Exchange) error {
	if err := r.service.Refresh(x.Context()); err != nil {
		return err
	}
	name := cut(cmp.Or(x.Query().Get("q"), x.Query().Get("name")), directory.MaxName)
	page := &suggestPage{}
	if len([]rune(name)) > 2 {
		page.Similar = r.alike(r.speech(x), directory.Tool{Name: name}, 0.5)
	}
	return x.Part("tools/suggest", "similar", page)
}

func (r *room) suggestForm(x *web.Exchange) error {
	values := url.Values{}
	for _, name := range []string{"name", "url"} { // a link from elsewhere may fill these in
		if v := x.Query().Get(name); v != "" {
			values.Set(name, cut(v, directory.MaxURL))
		}
	}
	return x.Page("tools/suggest", r.suggestPage(x, values))
}

// suggestPage makes the form, filled with values.
func (r *room) suggestPage(x *web.Exchange, values url.Values) *suggestPage {
	page := &suggestPage{entryForm: r.entryForm(x, directory.Tool{}, values)}
	page.Live = "/tools/similar"
	return page
}

// suggest takes a tool that somebody suggests. If the map may have it already, the
// person is asked first.
func (r *room) suggest(x *web.Exchange) error {
	form := x.Form()
	s := r.speech(x)
	t, err := s.read(form, directory.Tool{}, false)
	page := func() *suggestPage { return r.suggestPage(x, form) }
	if err == nil {
		err = r.guard.check(form)
	}
	if err == nil && strings.TrimSpace(t.Name) == "" {
		err = fault.New(fault.Invalid, "fault.tool.name.empty").At("name")
	}
	if err != nil {
		return x.Invalid("tools/suggest", page(), err)
	}
	if form.Get("confirmed") != "yes" {
		if err := r.service.Refresh(x.Context()); err != nil {
			return err
		}
		if similar := r.alike(s, t, 0.6); len(similar) > 0 {
			p := page()
			p.Similar, p.Confirm = similar, true
			p.Guard = form.Get(tokenField) // the person has taken their time already
			return x.Page("tools/suggest", p)
		}
	}
	return r.send(x, directory.Suggestion{Kind: directory.NewTool, Proposed: t}, "tools/suggest", page(), "/tools")
}

// send keeps a suggestion, or shows its form again.
func (r *room) send(x *web.Exchange, g directory.Suggestion, form string, page any, next string) error {
	takeBack, err := r.guard.admit(x.Client())
	if err != nil {
		return x.Invalid(form, page, err)
	}
	g.Message, g.Source = x.Form().Get("message"), x.Form().Get("source")
	if _, err := r.service.Suggest(x.Context(), x.By, g); err != nil {
		takeBack()
		return x.Invalid(form, page, err)
	}
	return x.Redirect(next, "tools.suggest.thanks")
}

func (r *room) correctForm(x *web.Exchange) error {
	t, err := r.lookup(x)
	if err != nil || t.ID == "" {
		return err
	}
	if t.Withdrawn {
		return x.Redirect("/tools/"+t.ID, "")
	}
	return x.Page("tools/correct", &suggestPage{entryForm: r.entryForm(x, t, nil), Tool: t})
}

// correct takes a correction of an entry.
func (r *room) correct(x *web.Exchange) error {
	base, err := r.lookup(x)
	if err != nil || base.ID == "" {
		return err
	}
	form := x.Form()
	t, err := r.speech(x).read(form, base, false)
	page := &suggestPage{entryForm: r.entryForm(x, t, form), Tool: base}
	if err == nil {
		err = r.guard.check(form)
	}
	if err == nil && len(directory.Diff(base, t, "", "", r.now())) == 0 && strings.TrimSpace(form.Get("message")) == "" {
		err = fault.New(fault.Invalid, "fault.suggest.nothing")
	}
	if err != nil {
		return x.Invalid("tools/correct", page, err)
	}
	return r.send(x, directory.Suggestion{Kind: directory.Correction, Tool: base.ID, Proposed: t}, "tools/correct", page, "/tools/"+base.ID)
}

// feedbackPage asks whether a tool works.
type feedbackPage struct {
	web.Form
	Tool  directory.Tool
	Works []web.Option
	Guard string
}

func (r *room) feedbackPage(x *web.Exchange, t directory.Tool) *feedbackPage {
	return &feedbackPage{Tool: t, Works: r.speech(x).works(), Guard: r.guard.token()}
}

func (r *room) feedbackForm(x *web.Exchange) error {
	t, err := r.lookup(x)
	if err != nil || t.ID == "" {
		return err
	}
	if t.Withdrawn {
		return x.Redirect("/tools/"+t.ID, "")
	}
	return x.Page("tools/feedback", r.feedbackPage(x, t))
}

// feedback takes what somebody found when they used a tool.
func (r *room) feedback(x *web.Exchange) error {
	t, err := r.lookup(x)
	if err != nil || t.ID == "" {
		return err
	}
	form := x.Form()
	page := r.feedbackPage(x, t)
	err = r.guard.check(form)
	if err == nil && form.Get("works") == "" && strings.TrimSpace(form.Get("message")) == "" {
		err = fault.New(fault.Invalid, "fault.feedback.empty").At("works")
	}
	if err != nil {
		return x.Invalid("tools/feedback", page, err)
	}
	return r.send(x, directory.Suggestion{Kind: directory.Feedback, Tool: t.ID, Works: form.Get("works")}, "tools/feedback", page, "/tools/"+t.ID)
}
