package directory

import (
	"math"
	"slices"
	"strings"

	"github.com/opencovey/covey/internal/fold"
)

// Bounds of a text: how many of its words are searched for, and for how many of
// them that nothing has, the like is looked for, which takes longest.
const (
	maxTokens    = 16
	maxCorrected = 5
)

// How much a match counts that is not the word itself.
const (
	prefixFactor  = 0.5  // "recruit" in "recruitment"
	partFactor    = 0.5  // "sexual" of the term "sexual exploitation"
	exactName     = 1000 // the whole text is the name: above anything else
	mistakeFactor = 0.5  // one letter wrong; two letters half of it
)

// token is one word of a text.
type token struct {
	word     string // folded
	stem     string
	prefix   int // the beginning of a longer word: at least this many letters; 0: not
	instead  []alternative
	spanned  bool // part of a phrase that names a term
	unknown  bool // nothing has it
	concepts []concept
}

// alternative is a word that may have been meant.
type alternative struct {
	stem   string
	factor float32
}

// concept is a term that a token, with its neighbours, names.
type concept struct {
	term  int32
	first bool // the token begins the phrase: the score counts once
	words int
}

// tokens reads the words of a text, and decides what each stands for.
func (x *Index) tokens(text string, limit int) []token {
	var all, content []token
	fold.Each(text, func(w string, _, end int) {
		t := token{word: w, stem: stem(w)}
		if end == len(text) {
			t.prefix = 2 // it is still being typed
		} else {
			t.prefix = 4
		}
		all = append(all, t)
		if !isStop(w) {
			content = append(content, t)
		}
	})
	if len(content) == 0 {
		content = all
	}
	if len(content) > limit {
		content = content[:limit]
	}
	left := maxCorrected
	for i := range content {
		x.correct(&content[i], &left)
	}
	x.name(content)
	return content
}

// correct looks for words that may have been meant, if a word is known to nothing
// or next to nothing. Left is how many more may be corrected.
func (x *Index) correct(t *token, left *int) {
	known := x.knows(*t)
	letters := len([]rune(t.stem))
	if known > 1 || letters < 4 || strings.IndexFunc(t.word, func(r rune) bool { return r < '0' || r > '9' }) < 0 {
		t.unknown = known == 0
		return
	}
	if *left--; *left < 0 {
		t.unknown = known == 0
		return
	}
	limit := 1
	if letters > 7 {
		limit = 2
	}
	t.instead = x.mistakes(t.stem, limit)
	t.unknown = known == 0 && len(t.instead) == 0
	if known > 0 {
		for i := range t.instead {
			t.instead[i].factor /= 2
		}
	}
}

// knows returns how many entries and terms have a word, or a longer one: 0, 1, or more.
func (x *Index) knows(t token) int {
	n := len(x.lexicon.words[t.stem]) * 2
	if number, ok := x.words[t.stem]; ok {
		n += len(x.of(number))
	}
	if n < 2 && t.prefix > 0 && len(t.stem) >= t.prefix {
		for _, number := range x.beginning(t.stem) {
			n += len(x.of(number))
		}
		n += 2 * len(x.lexicon.beginning(t.stem))
	}
	return n
}

// beginning returns the stems that begin with a prefix and are longer.
func (x *Index) beginning(prefix string) []uint32 {
	from, exact := slices.BinarySearchFunc(x.sorted, prefix, func(n uint32, p string) int { return strings.Compare(x.written[n], p) })
	if exact {
		from++
	}
	to := from
	for to < len(x.sorted) && strings.HasPrefix(x.written[x.sorted[to]], prefix) {
		to++
	}
	return x.sorted[from:to]
}

// beginning returns the stems of labels that begin with a prefix and are longer.
func (l *lexicon) beginning(prefix string) []string {
	from, exact := slices.BinarySearch(l.list, prefix)
	if exact {
		from++
	}
	to := from
	for to < len(l.list) && strings.HasPrefix(l.list[to], prefix) {
		to++
	}
	return l.list[from:to]
}

// mistakes returns the nearest known stems within a distance, most likely first.
func (x *Index) mistakes(s string, limit int) []alternative {
	type candidate struct {
		stem  string
		count int
	}
	mask, length := letterMask(s), len(s)
	best := limit + 1
	var found []candidate
	try := func(other string, otherMask uint64, count int) {
		if count == 0 || differ(mask, otherMask) > 2*limit || len(other) > length+2*limit || len(other)+2*limit < length || other == s {
			return
		}
		switch d := distance(s, other, best+1); {
		case d < best:
			best, found = d, append(found[:0], candidate{other, count})
		case d == best && d <= limit:
			found = append(found, candidate{other, count})
		}
	}
	for n, m := range x.masks {
		if start := x.starts[n]; differ(mask, m) <= 2*limit {
			try(x.written[n], m, int(x.starts[n+1]-start))
		}
	}
	for i, m := range x.lexicon.masks {
		if differ(mask, m) <= 2*limit {
			try(x.lexicon.list[i], m, 2)
		}
	}
	slices.SortStableFunc(found, func(a, b candidate) int {
		if sameStart(s, a.stem) != sameStart(s, b.stem) {
			if sameStart(s, a.stem) {
				return -1
			}
			return 1
		}
		return b.count - a.count
	})
	var out []alternative
	for _, c := range found {
		if !slices.ContainsFunc(out, func(a alternative) bool { return a.stem == c.stem }) && len(out) < 8 {
			out = append(out, alternative{c.stem, mistakeFactor / float32(best)})
		}
	}
	return out
}

// sameStart tells whether two words begin alike: people seldom mistype the first letter.
func sameStart(a, b string) bool { return a != "" && b != "" && a[0] == b[0] }

// name finds the phrases that name terms: the longest first, left to right.
func (x *Index) name(tokens []token) {
	stems := make([]string, len(tokens))
	for i, t := range tokens {
		stems[i] = t.stem
		if len(t.instead) > 0 && x.knows(t) == 0 {
			stems[i] = t.instead[0].stem
		}
	}
	for i := 0; i < len(tokens); {
		n := min(x.lexicon.longest, len(tokens)-i)
		for ; n > 0; n-- {
			terms := x.lexicon.phrases[strings.Join(stems[i:i+n], " ")]
			if len(terms) == 0 {
				continue
			}
			for k := i; k < i+n; k++ {
				tokens[k].spanned = true
				for _, term := range terms {
					tokens[k].concepts = append(tokens[k].concepts, concept{term, k == i, n})
				}
			}
			break
		}
		i += max(n, 1)
	}
}

// match marks the entries that have a token in a set, and adds to their scores.
func (x *Index) match(t token, set bitset, scores []float32) {
	x.matchStem(t.stem, 1, t.prefix, set, scores)
	for _, a := range t.instead {
		x.matchStem(a.stem, a.factor, 0, set, scores)
	}
	for _, c := range t.concepts {
		factor := float32(0)
		if c.first {
			factor = float32(c.words)
		}
		x.matchTerm(c.term, factor, set, scores)
	}
}

// matchStem matches a stem in texts, longer words that begin with it, and terms
// that it is a part of.
func (x *Index) matchStem(s string, factor float32, prefix int, set bitset, scores []float32) {
	if number, ok := x.words[s]; ok {
		x.matchPostings(x.of(number), factor*x.rarity(len(x.of(number))), set, scores)
	}
	for _, l := range x.lexicon.words[s] {
		if l.share < 1 {
			x.matchTerm(l.term, factor*partFactor*l.share, set, scores)
		}
	}
	if prefix == 0 || len(s) < prefix {
		return
	}
	longer, found := x.beginning(s), 0
	for _, number := range longer {
		found += len(x.of(number))
	}
	weight := factor * prefixFactor * x.rarity(min(found, len(x.shown)))
	for _, number := range longer {
		x.matchPostings(x.of(number), weight, set, scores)
	}
	shares := map[int32]float32{} // a term counts once, whatever languages its names begin alike in
	for _, w := range x.lexicon.beginning(s) {
		for _, l := range x.lexicon.words[w] {
			shares[l.term] = max(shares[l.term], l.share)
		}
	}
	for term, share := range shares {
		x.matchTerm(term, factor*prefixFactor*share, set, scores)
	}
}

func (x *Index) matchPostings(ps []posting, weight float32, set bitset, scores []float32) {
	for _, p := range ps {
		set.set(p.document)
		scores[p.document] += weight * p.weight
	}
}

// matchTerm matches the entries that have a term. A factor of 0 marks without a score.
func (x *Index) matchTerm(term int32, factor float32, set bitset, scores []float32) {
	have := x.having[term]
	if have == nil {
		return
	}
	set.or(have)
	if factor == 0 {
		return
	}
	weight := factor * termWeight * x.lexicon.refs[term].Facet.weight() * x.rarity(x.counts[term])
	have.each(func(i uint32) { scores[i] += weight })
}

// rarity is how much it says that an entry is one of so many: the idf of the
// literature, never zero.
func (x *Index) rarity(found int) float32 {
	if found == 0 {
		return 0
	}
	return float32(math.Log(1 + float64(len(x.shown))/float64(found)))
}
