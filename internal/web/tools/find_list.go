package tools

import (
	"html/template"
	"strings"
	"unicode/utf8"

	"github.com/opencovey/covey/internal/directory"
	"github.com/opencovey/covey/internal/markup"
)

// These parts of the page of results are written by hand and not by a template:
// they have most of its pieces, and it is asked for more than any other page.

// How much of a facet is shown: at once, behind a word that opens more, and at all.
const (
	facetFirst = 7
	facetMost  = 60
	shortText  = 220 // bytes of a description in a list, about
)

// openFacets are those whose values are in sight at once.
func openFacet(f directory.Facet) bool {
	return f == directory.Type || f == directory.Users || f == directory.UsedIn
}

// facets writes the choices of a result as checkboxes of one form.
func (s speech) facets(result directory.Result) template.HTML {
	var w markup.Writer
	w.Grow(32 << 10)
	for _, f := range result.Facets {
		if len(f.Counts) == 0 {
			continue
		}
		chosen := 0
		for _, c := range f.Counts {
			if c.Chosen {
				chosen++
			}
		}
		s.facetHead(&w, string(f.Facet), s.facet(f.Facet), chosen, openFacet(f.Facet))
		s.facetValues(&w, f)
		if f.None > 0 {
			w.Raw(`<p class="note">`)
			w.Text(s.Text("tools.find.none", "count", f.None))
			w.Raw("</p>")
		}
		w.Raw("</fieldset></details>")
	}
	s.checkedFacet(&w, result.Checked)
	return w.HTML()
}

// facetHead begins a facet. Its name is in the summary, for the eye, and in the
// legend, which groups the boxes for those who hear them.
func (s speech) facetHead(w *markup.Writer, id, name string, chosen int, open bool) {
	w.Raw(`<details class="facet" id="facet-`)
	w.Text(id)
	w.Raw(`"`)
	if open || chosen > 0 {
		w.Raw(" open")
	}
	w.Raw("><summary>")
	w.Text(name)
	if chosen > 0 {
		w.Raw(` <span class="badge">`)
		w.Text(s.Number(chosen))
		w.Raw("</span>")
	}
	w.Raw(`</summary><fieldset><legend class="unseen">`)
	w.Text(name)
	w.Raw("</legend>")
}

// facetValues writes the values of a facet: first those chosen, then the most
// frequent ones.
func (s speech) facetValues(w *markup.Writer, f directory.FacetCounts) {
	w.Raw(`<ul class="choices">`)
	shown := 0
	for _, c := range f.Counts {
		if c.Chosen {
			s.choice(w, string(f.Facet), s.label(f.Facet, c.Code), c, "checkbox")
			shown++
		}
	}
	folded := false
	for _, c := range f.Counts {
		if c.Chosen {
			continue
		}
		if shown == facetMost {
			break
		}
		if shown >= facetFirst && !folded && len(f.Counts) > facetFirst+1 {
			folded = true
			w.Raw(`</ul><details class="more" id="more-`)
			w.Raw(string(f.Facet))
			w.Raw(`"><summary>`)
			w.Text(s.Text("tools.find.more", "count", len(f.Counts)-shown))
			w.Raw(`<span class="unseen"> (`)
			w.Text(s.facet(f.Facet))
			w.Raw(`)</span></summary><ul class="choices">`)
		}
		s.choice(w, string(f.Facet), s.label(f.Facet, c.Code), c, "checkbox")
		shown++
	}
	w.Raw("</ul>")
	if !folded {
		return
	}
	if left := len(f.Counts) - shown; left > 0 {
		w.Raw(`<p class="note">`)
		w.Text(s.Text("tools.find.further", "count", left))
		w.Raw("</p>")
	}
	w.Raw("</details>")
}

// choice writes one value with its count.
func (s speech) choice(w *markup.Writer, name, label string, c directory.Count, kind string) {
	w.Raw(`<li><input type="`)
	w.Raw(kind)
	w.Raw(`" id="`) // by which the script finds it again
	w.Text(name)
	w.Raw("-")
	w.Text(c.Code)
	w.Raw(`" name="`)
	w.Text(name)
	w.Raw(`" value="`)
	w.Text(c.Code)
	if c.Chosen {
		w.Raw(`" checked>`)
	} else {
		w.Raw(`">`)
	}
	w.Raw(`<label for="`)
	w.Text(name)
	w.Raw("-")
	w.Text(c.Code)
	w.Raw(`">`)
	w.Text(label)
	w.Raw(` <span class="count">`)
	w.Text(s.Number(c.Count))
	w.Raw("</span></label></li>")
}

// checkedFacet writes when entries were last checked, of which one can be chosen.
func (s speech) checkedFacet(w *markup.Writer, counts []directory.Count) {
	all := directory.Count{Chosen: true}
	chosen := 0
	for _, c := range counts {
		all.Count += c.Count
		if c.Chosen {
			all.Chosen, chosen = false, 1
		}
	}
	s.facetHead(w, "checked", s.Text("tools.facet.checked"), chosen, true)
	w.Raw(`<ul class="choices">`)
	s.choice(w, "checked", s.Text("tools.checked.all"), all, "radio")
	for _, c := range counts {
		s.choice(w, "checked", s.Text("tools.checked."+c.Code), c, "radio")
	}
	w.Raw("</ul></fieldset></details>")
}

// hits writes the entries that were found.
func (s speech) hits(hits []directory.Hit) template.HTML {
	var w markup.Writer
	w.Grow(1024 * len(hits))
	w.Raw(`<ol class="results">`)
	for _, h := range hits {
		w.Raw(`<li class="result"><h3><a href="/tools/`)
		w.Text(h.Tool.ID)
		w.Raw(`"><bdi>`)
		segments(&w, h.Name, 1<<20)
		w.Raw(`</bdi></a></h3>`)
		if len(h.Tool.Organisations) > 0 {
			w.Raw(`<p class="by"><bdi>`)
			w.Text(strings.Join(h.Tool.Organisations, ", "))
			w.Raw("</bdi></p>")
		}
		if len(h.Description) > 0 {
			w.Raw("<p><bdi>")
			segments(&w, h.Description, shortText)
			w.Raw("</bdi></p>")
		}
		s.badges(&w, h.Tool)
		w.Raw("</li>")
	}
	w.Raw("</ol>")
	return w.HTML()
}

// segments writes a text with what matched marked, up to a length.
func segments(w *markup.Writer, list []directory.Segment, most int) {
	for _, piece := range list {
		text := piece.Text
		if len(text) > most {
			for most > 0 && !utf8.RuneStart(text[most]) {
				most--
			}
			if space := strings.LastIndexByte(text[:most], ' '); space > 0 {
				most = space
			}
			w.Text(text[:most])
			w.Raw("…")
			return
		}
		most -= len(text)
		if piece.Marked {
			w.Raw("<mark>")
			w.Text(text)
			w.Raw("</mark>")
		} else {
			w.Text(text)
		}
	}
}

// badges writes in few words what a tool is and how far it can be relied on.
func (s speech) badges(w *markup.Writer, t directory.Tool) {
	w.Raw(`<ul class="badges">`)
	state := directory.CheckedState(t, s.now)
	w.Raw(`<li class="badge `)
	switch state {
	case directory.CheckedYear:
		w.Raw("checked")
	case directory.CheckedOlder:
		w.Raw("stale")
	default:
		w.Raw("unverified")
	}
	w.Raw(`">`)
	w.Text(s.Text("tools.badge." + state))
	w.Raw("</li>")
	for _, code := range t.Terms[directory.Stage] {
		if code == "unknown" {
			continue
		}
		w.Raw(`<li class="badge">`)
		w.Text(s.label(directory.Stage, code))
		w.Raw("</li>")
	}
	if s.careful(t) {
		w.Raw(`<li class="badge caution">`)
		w.Text(s.Text("tools.badge.caution"))
		w.Raw("</li>")
	}
	for _, code := range t.Terms[directory.Type] {
		w.Raw(`<li class="badge plain">`)
		w.Text(s.label(directory.Type, code))
		w.Raw("</li>")
	}
	w.Raw("</ul>")
}
