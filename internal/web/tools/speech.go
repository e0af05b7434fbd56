package tools

import (
	"strings"
	"time"

	"github.com/opencovey/covey/internal/directory"
	"github.com/opencovey/covey/internal/locale"
)

// speech writes about tools in one language.
type speech struct {
	*locale.Printer
	vocabulary *directory.Vocabulary
	now        time.Time
}

// label returns the name of a term.
func (s speech) label(f directory.Facet, code string) string {
	return s.vocabulary.Label(f, code, s.Code())
}

// labels returns the names of the terms that a tool has in a facet.
func (s speech) labels(t directory.Tool, f directory.Facet) []string {
	var list []string
	for _, code := range t.Terms[f] {
		list = append(list, s.label(f, code))
	}
	return list
}

// facet returns the name of a facet.
func (s speech) facet(f directory.Facet) string { return s.Text("tools.facet." + string(f)) }

// field returns the name of a field as in [directory.Fields].
func (s speech) field(name string) string {
	if f, ok := strings.CutPrefix(name, "terms."); ok {
		return s.facet(directory.Facet(f))
	}
	if f, ok := strings.CutPrefix(name, "notes."); ok {
		return s.Text("tools.note.of", "facet", s.facet(directory.Facet(f)))
	}
	if name == "" {
		name = "entry"
	}
	return s.Text("tools.field." + strings.ReplaceAll(name, "_", "-"))
}

// checked says whether and when somebody looked whether a tool works.
func (s speech) checked(t directory.Tool) string {
	switch directory.CheckedState(t, s.now) {
	case directory.CheckedNever:
		return s.Text("tools.checked.never.long")
	case directory.CheckedOlder:
		return s.Text("tools.checked.older.long", "date", t.Checked)
	}
	return s.Text("tools.checked.year.long", "date", t.Checked)
}

// caution is a warning that the terms of a tool bring with them.
type caution struct {
	Term string // name of the term
	Text string
}

// cautions returns what people should know before they rely on a tool.
func (s speech) cautions(t directory.Tool) []caution {
	var list []caution
	seen := map[string]bool{}
	for _, f := range directory.Facets() {
		for _, code := range t.Terms[f] {
			term, ok := s.vocabulary.Term(f, code)
			if ok && term.Caution != "" && !seen[term.Caution] {
				seen[term.Caution] = true
				list = append(list, caution{s.label(f, code), s.vocabulary.Caution(term.Caution, s.Code())})
			}
		}
	}
	return list
}

// careful tells whether a tool has any caution.
func (s speech) careful(t directory.Tool) bool {
	for f, codes := range t.Terms {
		for _, code := range codes {
			if term, ok := s.vocabulary.Term(f, code); ok && term.Caution != "" {
				return true
			}
		}
	}
	return false
}

// unconfirmed tells whether the source of a tool's address says that nobody has
// seen it there.
func unconfirmed(t directory.Tool) bool {
	return strings.HasPrefix(t.Sources["url"], unconfirmedMark)
}

// unconfirmedMark begins the sources of addresses that no source names; see
// [directory.Seed].
const unconfirmedMark = "not confirmed"
