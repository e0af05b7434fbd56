package directory

import (
	"cmp"
	"math"
	"slices"
	"strings"

	"github.com/opencovey/covey/internal/fold"
)

// document is an entry with what search needs of it.
type document struct {
	tool  Tool
	key   string // of the order by name: folded
	names []string
	words []word
	terms []int32 // as the entry has them
}

// word says how much a stem says about an entry.
type word struct {
	number uint32
	weight float32
}

func (d *document) shown() bool { return !d.tool.Withdrawn && d.tool.MergedInto == "" }

// Weights of the fields of an entry.
const (
	nameWeight         = 8
	otherNameWeight    = 6
	organisationWeight = 4
	termWeight         = 3
	descriptionWeight  = 1
)

// analyser reads entries into documents. It adds new stems to the index that is
// being made, and copies what it shares with an older one before the first.
type analyser struct {
	x     *Index
	own   bool // words and written belong to the index alone
	found []word
}

func (a *analyser) analyse(t Tool) *document {
	d := &document{tool: t, key: nameKey(t.Name)}
	a.found = a.found[:0]
	a.name(d, t.Name, nameWeight)
	for _, name := range t.OtherNames {
		a.name(d, name, otherNameWeight)
	}
	for _, name := range t.Organisations {
		a.text(name, organisationWeight, true)
	}
	a.text(t.Description, descriptionWeight, false)
	for _, note := range t.Notes {
		a.text(note, descriptionWeight/2.0, false)
	}
	d.words = a.collect()
	for _, f := range Facets() {
		for _, code := range t.Terms[f] {
			if n, ok := a.x.lexicon.number[TermRef{f, code}]; ok {
				d.terms = append(d.terms, n)
			}
		}
	}
	return d
}

// nameKey is what entries are sorted by, and known by as a whole.
func nameKey(name string) string {
	var b strings.Builder
	b.Grow(len(name))
	fold.Each(name, func(word string, _, _ int) {
		if b.Len() > 0 {
			b.WriteByte(' ')
		}
		b.WriteString(word)
	})
	return b.String()
}

// name takes in a name. The fewer words it has, the more each says; a name that is
// exactly what was searched for is found by it as a whole.
func (a *analyser) name(d *document, name string, weight float32) {
	key := nameKey(name)
	d.names = append(d.names, key)
	words := 1 + strings.Count(key, " ")
	a.text(name, weight/float32(0.6+0.4*math.Sqrt(float64(words))), true)
}

// text takes in the words of a text. In names, parts that are written together are
// words too: TraffickCam is found by "cam", e-Min and "Stop App" by "emin" and "stopapp".
func (a *analyser) text(text string, weight float32, name bool) {
	last := ""
	fold.Each(text, func(w string, start, end int) {
		if name {
			for _, part := range humps(text[start:end]) {
				a.add(strings.ToLower(part), weight/2)
			}
			if last != "" && len(last)+len(w) <= 24 {
				a.add(last+w, weight/2)
			}
			last = w
		}
		if name || !isStop(w) {
			a.add(w, weight)
		}
	})
}

// humps returns the parts of a word that has capitals inside, if there are several
// of at least three letters.
func humps(w string) []string {
	var parts []string
	from := 0
	for i := 1; i < len(w); i++ {
		if isUpper(w[i]) && !isUpper(w[i-1]) {
			parts = append(parts, w[from:i])
			from = i
		}
	}
	if from == 0 {
		return nil
	}
	parts = append(parts, w[from:])
	return slices.DeleteFunc(parts, func(p string) bool { return len(p) < 3 })
}

func isUpper(c byte) bool { return 'A' <= c && c <= 'Z' }

func (a *analyser) add(w string, weight float32) {
	if len(w) > 64 {
		w = strings.ToValidUTF8(w[:64], "")
	}
	s := stem(w)
	n, ok := a.x.words[s]
	if !ok {
		n = a.number(s)
	}
	a.found = append(a.found, word{n, weight})
}

// number gives a new stem its number.
func (a *analyser) number(s string) uint32 {
	if !a.own {
		a.own = true
		words := make(map[string]uint32, len(a.x.words)+64)
		for w, n := range a.x.words {
			words[w] = n
		}
		a.x.words = words
		a.x.written = slices.Clone(a.x.written)
		a.x.masks = slices.Clone(a.x.masks)
	}
	n := uint32(len(a.x.written))
	s = strings.Clone(s)
	a.x.words[s] = n
	a.x.written = append(a.x.written, s)
	a.x.masks = append(a.x.masks, letterMask(s))
	return n
}

// collect returns what was found, one for each stem. A word that is there many
// times says little more than once.
func (a *analyser) collect() []word {
	slices.SortFunc(a.found, func(x, y word) int {
		if c := cmp.Compare(x.number, y.number); c != 0 {
			return c
		}
		return cmp.Compare(y.weight, x.weight)
	})
	n := 0
	for i := range a.found {
		if i == 0 || a.found[i].number != a.found[i-1].number {
			n++
		}
	}
	words := make([]word, 0, n)
	for _, w := range a.found {
		if last := len(words) - 1; last >= 0 && words[last].number == w.number {
			words[last].weight += w.weight / 4
		} else {
			words = append(words, w)
		}
	}
	return words
}

// letterMask has a bit for every letter of a word. Words whose masks differ in
// more than two bits for each mistake are no misspelling of one another.
func letterMask(w string) uint64 {
	var mask uint64
	for _, r := range w {
		mask |= 1 << (uint32(r) % 64)
	}
	return mask
}
