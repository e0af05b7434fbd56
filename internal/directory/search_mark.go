package directory

import (
	"slices"
	"strings"

	"github.com/opencovey/covey/internal/fold"
)

// marker marks in texts what a query meant.
type marker struct {
	stems    map[string]bool
	prefixes []string
	meant    map[string]bool // of words seen already
}

func (x *Index) marker(tokens []token) *marker {
	m := &marker{stems: map[string]bool{}, meant: map[string]bool{}}
	for _, t := range tokens {
		m.stems[t.stem] = true
		if t.prefix > 0 && len(t.stem) >= t.prefix {
			m.prefixes = append(m.prefixes, t.stem)
		}
		for _, a := range t.instead {
			m.stems[a.stem] = true
		}
	}
	return m
}

// mark splits a text into pieces that matched and pieces that did not.
func (m *marker) mark(text string) []Segment {
	if text == "" {
		return nil
	}
	if len(m.stems) == 0 {
		return []Segment{{Text: text}}
	}
	var segments []Segment
	from := 0
	fold.Each(text, func(w string, start, end int) {
		if !m.means(w) {
			return
		}
		if start > from {
			segments = append(segments, Segment{Text: text[from:start]})
		}
		segments = append(segments, Segment{Text: text[start:end], Marked: true})
		from = end
	})
	if from < len(text) {
		segments = append(segments, Segment{Text: text[from:]})
	}
	return segments
}

// means tells whether a folded word is one of those that were searched for.
func (m *marker) means(w string) bool {
	yes, known := m.meant[w]
	if !known {
		s := stem(w)
		yes = m.stems[s] || slices.ContainsFunc(m.prefixes, func(p string) bool { return strings.HasPrefix(s, p) })
		m.meant[w] = yes
	}
	return yes
}

// matched returns the terms of an entry that a text meant: named whole or in part.
func (x *Index) matched(meant map[int32]bool, document uint32) []TermRef {
	var refs []TermRef
	for _, n := range x.shown[document].terms {
		if slices.ContainsFunc(x.lexicon.above[n], func(over int32) bool { return meant[over] }) {
			refs = append(refs, x.lexicon.refs[n])
		}
	}
	return refs
}

// meant returns the terms that tokens name, alone or with their neighbours.
func (x *Index) meant(tokens []token) map[int32]bool {
	meant := map[int32]bool{}
	add := func(s string) {
		for _, l := range x.lexicon.words[s] {
			meant[l.term] = true
		}
	}
	for _, t := range tokens {
		for _, c := range t.concepts {
			meant[c.term] = true
		}
		add(t.stem)
		for _, a := range t.instead {
			add(a.stem)
		}
	}
	return meant
}
