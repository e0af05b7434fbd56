package tools

import (
	"errors"
	"net/url"
	"slices"
	"strings"

	"github.com/opencovey/covey/internal/directory"
	"github.com/opencovey/covey/internal/fault"
	"github.com/opencovey/covey/internal/web"
)

// entryForm is a form for the fields of an entry. Pages embed it.
type entryForm struct {
	web.Form
	Main    []facetField // asked of everybody
	Further []facetField // behind a word that opens them
	Places  []string     // names that a field of places suggests
	Tongues []string     // names that a field of languages suggests
	Notes   bool         // with the notes of facets: for curators
	Guard   string
	Live    string // path that is asked for similar tools while a name is typed; "" for none
}

// facetField is the field of one facet.
type facetField struct {
	Facet   directory.Facet
	Label   string // as it is shown
	Options []web.Option
	Written bool // as words, since there are too many to tick
	List    string
}

// written tells whether the terms of a facet are written and not ticked.
func written(f directory.Facet) bool {
	return f == directory.UsedIn || f == directory.MadeIn || f == directory.Language
}

// single tells whether an entry has one term of a facet at most.
func single(f directory.Facet) bool { return f == directory.Stage || f == directory.Evidence }

// entryForm prepares the form, filled with an entry unless values are given.
func (r *room) entryForm(x *web.Exchange, t directory.Tool, values url.Values) entryForm {
	s := r.speech(x)
	form := entryForm{Form: web.Form{Values: values}, Guard: r.guard.token()}
	if values == nil {
		form.Values = s.valuesOf(t)
	}
	for _, f := range directory.Facets() {
		field := facetField{Facet: f, Label: s.facet(f), Written: written(f)}
		switch f {
		case directory.UsedIn, directory.MadeIn:
			field.List = "places"
		case directory.Language:
			field.List = "languages"
		default:
			if single(f) {
				field.Options = append(field.Options, web.Option{Text: s.Text("tools.form.open")})
			}
			for _, term := range s.vocabulary.Terms(f) {
				field.Options = append(field.Options, web.Option{Value: term.Code, Text: s.label(f, term.Code)})
			}
		}
		switch f {
		case directory.Type, directory.UsedIn, directory.Stage:
			form.Main = append(form.Main, field)
		default:
			form.Further = append(form.Further, field)
		}
	}
	for _, term := range s.vocabulary.Terms(directory.UsedIn) {
		form.Places = append(form.Places, s.label(directory.UsedIn, term.Code))
	}
	for _, term := range s.vocabulary.Terms(directory.Language) {
		form.Tongues = append(form.Tongues, s.label(directory.Language, term.Code))
	}
	return form
}

// Single tells whether the field takes one term at most.
func (f facetField) Single() bool { return single(f.Facet) }

// Name is the name of the field.
func (f facetField) Name() string { return "terms." + string(f.Facet) }

// valuesOf returns what the fields of a form hold for an entry.
func (s speech) valuesOf(t directory.Tool) url.Values {
	v := url.Values{}
	set := func(name, value string) {
		if value != "" {
			v.Set(name, value)
		}
	}
	set("name", t.Name)
	set("other_names", strings.Join(t.OtherNames, "; "))
	set("organisations", strings.Join(t.Organisations, "; "))
	set("url", t.URL)
	set("description", t.Description)
	for _, f := range directory.Facets() {
		name := "terms." + string(f)
		if written(f) {
			set(name, strings.Join(s.labels(t, f), "; "))
		} else if codes := t.Terms[f]; len(codes) > 0 {
			v[name] = codes
		}
		set("notes."+string(f), t.Notes[f])
	}
	return v
}

// read returns an entry as a form says it is: base with the fields of the form,
// and with its notes too if notes is set. All terms that are not known are told at
// once.
func (s speech) read(form url.Values, base directory.Tool, notes bool) (directory.Tool, error) {
	t := base
	t.Name, t.URL, t.Description = form.Get("name"), strings.TrimSpace(form.Get("url")), form.Get("description")
	t.OtherNames, t.Organisations = pieces(form.Get("other_names")), pieces(form.Get("organisations"))
	t.Terms = map[directory.Facet][]string{}
	var faults []error
	for _, f := range directory.Facets() {
		name := "terms." + string(f)
		codes, err := s.readTerms(f, form[name])
		if err != nil {
			faults = append(faults, err.At(name))
		}
		if len(codes) > 0 {
			t.Terms[f] = codes
		}
	}
	if notes {
		t.Notes = map[directory.Facet]string{}
		for _, f := range directory.Facets() {
			if note := strings.TrimSpace(form.Get("notes." + string(f))); note != "" {
				t.Notes[f] = note
			}
		}
	}
	return t, errors.Join(faults...)
}

// pieces splits a field with several names at semicolons and line ends.
func pieces(text string) []string {
	var list []string
	for _, piece := range strings.FieldsFunc(text, func(r rune) bool { return r == ';' || r == '\n' || r == '\r' || r == '؛' }) {
		if piece = strings.TrimSpace(piece); piece != "" {
			list = append(list, piece)
		}
	}
	return list
}

// readTerms returns the codes of terms that were ticked, or written by name in any
// language. Names may hold commas, so that these only separate what is no name.
func (s speech) readTerms(f directory.Facet, values []string) ([]string, *fault.Error) {
	const most = 2 * directory.MaxTerms
	var codes []string
	var unknown *fault.Error
	add := func(word string) bool {
		code, ok := s.vocabulary.Find(f, word)
		if ok && !slices.Contains(codes, code) && len(codes) < most {
			codes = append(codes, code)
		}
		return ok
	}
	for _, value := range values {
		for _, piece := range pieces(value) {
			if add(piece) {
				continue
			}
			for _, word := range strings.FieldsFunc(piece, func(r rune) bool { return r == ',' || r == '،' }) {
				if word = strings.TrimSpace(word); word != "" && !add(word) {
					unknown = fault.New(fault.Invalid, "fault.tool.term", "code", cut(word, 40))
				}
			}
		}
	}
	slices.Sort(codes)
	return codes, unknown
}

// cut shortens a text to a number of characters.
func cut(text string, most int) string {
	n := 0
	for i := range text {
		if n == most {
			return text[:i] + "…"
		}
		n++
	}
	return text
}
