package directory

import (
	"cmp"
	"slices"
	"strings"

	"github.com/opencovey/covey/internal/fold"
)

// World is the code of what is used, or made, everywhere. It is a place of its own:
// who looks for world-wide tools does not mean those of a single country.
const World = "world"

// allForms is the code of what is for every form of trafficking.
const allForms = "all"

// lexicon is the vocabulary prepared for search: every term has a number, and
// every label and synonym in any language leads to it.
type lexicon struct {
	refs    []TermRef
	number  map[TermRef]int32
	above   [][]int32            // the term and all broader ones
	around  [][]int32            // of a place: regions around it and the world; of a form: all forms
	phrases map[string][]int32   // stems of a label or synonym, joined by blanks
	longest int                  // most words of a phrase
	words   map[string][]labeled // single stems of longer phrases
	written map[string]string    // stem to a word as it is written, for "did you mean"
	list    []string             // all stems, sorted
	masks   []uint64             // of the letters of each
}

// labeled says that a word is part of what a term is called.
type labeled struct {
	term  int32
	share float32 // of the words of the shortest phrase it is in
}

func newLexicon(v *Vocabulary) *lexicon {
	l := &lexicon{
		number: map[TermRef]int32{}, phrases: map[string][]int32{},
		words: map[string][]labeled{}, written: map[string]string{},
	}
	for _, f := range Facets() {
		for _, t := range v.Terms(f) {
			l.number[TermRef{f, t.Code}] = int32(len(l.refs))
			l.refs = append(l.refs, TermRef{f, t.Code})
		}
	}
	l.above = make([][]int32, len(l.refs))
	l.around = make([][]int32, len(l.refs))
	for i, ref := range l.refs {
		for _, below := range v.Within(ref.Facet, ref.Code) {
			n := l.number[TermRef{ref.Facet, below}]
			if ref.Code != World || below == World {
				l.above[n] = append(l.above[n], int32(i))
			}
			if int(n) != i && (ref.Facet == UsedIn || ref.Facet == MadeIn) {
				l.around[n] = append(l.around[n], int32(i))
			}
		}
		if every := (TermRef{Form, allForms}); ref.Facet == Form && ref != every {
			if n, ok := l.number[every]; ok {
				l.around[i] = append(l.around[i], n)
			}
		}
		t, _ := v.Term(ref.Facet, ref.Code)
		for _, label := range t.Labels {
			l.add(int32(i), label)
		}
		for _, word := range t.Synonyms {
			l.add(int32(i), word)
		}
	}
	for _, terms := range l.phrases {
		slices.Sort(terms)
	}
	for word, terms := range l.words {
		slices.SortFunc(terms, func(a, b labeled) int { return cmp.Compare(a.term, b.term) })
		l.list = append(l.list, word)
	}
	slices.Sort(l.list)
	for _, word := range l.list {
		l.masks = append(l.masks, letterMask(word))
	}
	return l
}

// add lets a label or synonym lead to a term.
func (l *lexicon) add(term int32, label string) {
	stems, words := contentStems(label)
	if len(stems) == 0 {
		return
	}
	l.longest = max(l.longest, len(stems))
	key := strings.Join(stems, " ")
	if !slices.Contains(l.phrases[key], term) {
		l.phrases[key] = append(l.phrases[key], term)
	}
	share := 1 / float32(len(stems))
	for i, s := range stems {
		if old, ok := l.written[s]; !ok || words[i] < old {
			l.written[s] = words[i]
		}
		at := slices.IndexFunc(l.words[s], func(w labeled) bool { return w.term == term })
		if at < 0 {
			l.words[s] = append(l.words[s], labeled{term, share})
		} else {
			l.words[s][at].share = max(l.words[s][at].share, share)
		}
	}
}

// contentStems returns the stems of the words of a text that say something (all of
// them, if none does), and the words themselves.
func contentStems(text string) (stems, words []string) {
	var all []string
	fold.Each(text, func(word string, _, _ int) {
		all = append(all, word)
		if !isStop(word) {
			words = append(words, word)
		}
	})
	if len(words) == 0 {
		words = all
	}
	for _, w := range words {
		stems = append(stems, stem(w))
	}
	return stems, words
}

// weight is how much a term of a facet says about what was looked for.
func (f Facet) weight() float32 {
	switch f {
	case Type, Users, Form, Technology, Sector, UsedIn:
		return 1
	case Language:
		return 0.7
	case Developer:
		return 0.6
	case Cost, Licence:
		return 0.5
	}
	return 0.4
}
