package directory

import (
	"cmp"
	"slices"
)

// Plan is what somebody thinks of building.
type Plan struct {
	Text  string // a sentence or a few, at most MaxPlanText characters of it count
	Terms map[Facet][]string
	Limit int // neighbours to return; 0 is 10
}

// MaxPlanText is how much of a plan's sentence is read, in characters.
const MaxPlanText = 2000

// maxPlanTokens is how many words of it are read.
const maxPlanTokens = 60

// Neighbour is a tool that is near a plan, and why.
type Neighbour struct {
	Tool   Tool
	Score  float64   // 0 to 1: how much of the plan it covers
	Shared []TermRef // terms of the plan that it has; those that say most first
	Wider  []TermRef // places of the plan that lie in its regions, or it is world-wide; forms, if it is for all
	Words  []string  // words of the plan that it has, as the plan wrote them; those that say most first
}

// How much the parts of a plan count.
const (
	namedFactor = 0.8 // a term that the sentence names, beside one that was chosen
	// meansFactor is what the technology of a plan counts: for whom and where
	// something is says more about whether it exists already than by what means.
	meansFactor = 0.4
	widerFactor = 0.4 // a region around the place, or all forms, beside the place or form
	wordsShare  = 0.4 // the words of the sentence, beside the terms
)

// wanted is a part of a plan: a term or a word.
type wanted struct {
	term   int32 // -1 for a word
	word   string
	stem   string
	weight float32
}

// Nearest returns the tools nearest to a plan, nearest first. Terms that the
// sentence names count like chosen ones, a little less. A term counts the more the
// fewer tools have it (the idf of the literature), and so does a word.
func (x *Index) Nearest(p Plan) []Neighbour {
	limit := p.Limit
	if limit <= 0 {
		limit = 10
	}
	terms, words := x.wanted(p)
	s := x.scratch.Get().(*scratch)
	defer x.scratch.Put(s)
	clear(s.scores)
	found := s.bits()
	defer s.release(found)
	termShare, wordShare := shares(terms, words)
	for _, w := range terms {
		x.near(w, termShare, found, s)
	}
	for _, w := range words {
		x.nearWord(w, wordShare, found, s.scores)
	}
	var near []Neighbour
	for _, i := range byScore(found, s.scores, 0, min(limit, found.count())) {
		if s.scores[i] > 0 {
			near = append(near, x.neighbour(i, terms, words, float64(s.scores[i])))
		}
	}
	return near
}

// wanted returns the terms and words of a plan with what each says.
func (x *Index) wanted(p Plan) (terms, words []wanted) {
	add := func(ref TermRef, factor float32) {
		n, ok := x.lexicon.number[ref]
		if !ok || slices.ContainsFunc(terms, func(w wanted) bool { return w.term == n }) {
			return
		}
		weight := factor * ref.Facet.weight() * x.rarity(max(1, x.counts[n]))
		if ref.Facet == Technology {
			weight *= meansFactor
		}
		terms = append(terms, wanted{term: n, weight: weight})
	}
	for _, f := range Facets() {
		for _, code := range normal(p.Terms[f]) {
			add(TermRef{f, code}, 1)
		}
	}
	tokens := x.tokens(cutText(p.Text, MaxPlanText), maxPlanTokens)
	for _, ref := range x.named(tokens) {
		add(ref, namedFactor)
	}
	for _, t := range tokens {
		if len(t.instead) > 0 && x.knows(t) == 0 {
			t.stem = t.instead[0].stem
		}
		number, ok := x.words[t.stem]
		if !ok || slices.ContainsFunc(words, func(w wanted) bool { return w.stem == t.stem }) {
			continue
		}
		if n := len(x.of(number)); n > 0 {
			words = append(words, wanted{term: -1, word: t.word, stem: t.stem, weight: x.rarity(n)})
		}
	}
	byWeight := func(a, b wanted) int { return cmp.Compare(b.weight, a.weight) }
	slices.SortStableFunc(terms, byWeight)
	slices.SortStableFunc(words, byWeight)
	return terms, words
}

// shares returns what one unit of weight adds to a score, so that a tool which has
// everything has the score 1.
func shares(terms, words []wanted) (term, word float32) {
	sum := func(ws []wanted) float32 {
		total := float32(0)
		for _, w := range ws {
			total += w.weight
		}
		return total
	}
	t, w := sum(terms), sum(words)
	switch {
	case t == 0 && w == 0:
		return 0, 0
	case t == 0:
		return 0, 1 / w
	case w == 0:
		return 1 / t, 0
	}
	return (1 - wordsShare) / t, wordsShare / w
}

// near scores the entries that have a term, or one around it.
func (x *Index) near(w wanted, share float32, found bitset, s *scratch) {
	weight := w.weight * share
	have := x.having[w.term]
	if have != nil {
		found.or(have)
		have.each(func(i uint32) { s.scores[i] += weight })
	}
	// Being world-wide alone does not make a tool near: nothing is added to found.
	around := s.bits()
	defer s.release(around)
	x.around(w.term, around)
	if have != nil {
		around.andNot(have)
	}
	around.each(func(i uint32) { s.scores[i] += weight * widerFactor })
}

// nearWord scores the entries that have a word. In a name it says all it can, in a
// description most of it.
func (x *Index) nearWord(w wanted, share float32, found bitset, scores []float32) {
	weight := w.weight * share
	for _, p := range x.of(x.words[w.stem]) {
		found.set(p.document)
		scores[p.document] += weight * min(1, 0.6+p.weight/10)
	}
}

// neighbour says why an entry is near.
func (x *Index) neighbour(i uint32, terms, words []wanted, score float64) Neighbour {
	d := x.shown[i]
	n := Neighbour{Tool: d.tool, Score: min(1, score)}
	for _, w := range terms {
		ref := x.lexicon.refs[w.term]
		switch {
		case x.having[w.term] != nil && x.having[w.term].has(i):
			n.Shared = append(n.Shared, ref)
		case slices.ContainsFunc(x.lexicon.around[w.term], func(over int32) bool {
			return x.naming[over] != nil && x.naming[over].has(i)
		}):
			n.Wider = append(n.Wider, ref)
		}
	}
	for _, w := range words {
		number := x.words[w.stem]
		if _, ok := slices.BinarySearchFunc(d.words, number, func(a word, b uint32) int { return cmp.Compare(a.number, b) }); ok {
			n.Words = append(n.Words, w.word)
		}
	}
	return n
}
