package directory

import (
	"cmp"
	"math"
	"slices"
	"strings"

	"github.com/opencovey/covey/internal/fold"
)

// Likeness says why two entries may be about the same tool.
type Likeness string

// The kinds of likeness.
const (
	SameAddress Likeness = "address" // the same page, or the same site that few share
	SameName    Likeness = "name"    // the same name, or one of the other names
	SimilarName Likeness = "similar" // a name that differs by a few letters, or begins alike
	SharedWords Likeness = "words"   // a name that has the same rare words
)

// Match is an entry that may be about the same tool as another.
type Match struct {
	Tool  Tool
	Score float64  // 0 to 1: from Likely on, a person should look before adding another
	Why   Likeness // what says most
}

// Likely is the score from which two entries are so much alike that one of them is
// probably a duplicate.
const Likely = 0.8

// Duplicates finds entries that may be about the same tool. It does not change and
// may be used by many goroutines at once.
type Duplicates struct {
	tools  []Tool
	names  []duplicateName
	exact  map[string][]int32 // folded name to names
	words  map[string][]int32 // word to names, each once
	grams  map[string][]int32 // three letters to names, each once
	pages  map[string][]int32 // address to tools
	sites  map[string][]int32 // host to tools
	number map[string]int32   // ID to tool
}

// duplicateName is one of the names of an entry.
type duplicateName struct {
	tool   int32
	grams  int32 // how many different ones
	folded string
}

const (
	likelyFew  = 4    // more entries than these on one site say nothing of each other
	commonest  = 0.05 // share of all names from which on a word says nothing
	nearCount  = 60   // names that are compared letter by letter
	leastScore = 0.3  // what is returned
)

// NewDuplicates prepares the search. Withdrawn entries are not found; an entry
// that was merged stands for the one that took its place.
func NewDuplicates(tools []Tool) *Duplicates {
	d := &Duplicates{
		tools: tools, exact: map[string][]int32{}, words: map[string][]int32{}, grams: map[string][]int32{},
		pages: map[string][]int32{}, sites: map[string][]int32{}, number: make(map[string]int32, len(tools)),
	}
	for i, t := range tools {
		d.number[t.ID] = int32(i)
	}
	for i := range tools {
		stands := d.stands(int32(i))
		if stands < 0 {
			continue
		}
		t := tools[i]
		d.addName(stands, t.Name)
		for _, name := range t.OtherNames {
			d.addName(stands, name)
		}
		if site, page := canonicalURL(t.URL); site != "" {
			d.sites[site] = append(d.sites[site], stands)
			d.pages[page] = append(d.pages[page], stands)
		}
	}
	return d
}

// stands returns the entry that another one stands for, or -1.
func (d *Duplicates) stands(i int32) int32 {
	for range 10 { // a chain of merged entries is short, a circle has no end
		t := d.tools[i]
		if t.MergedInto == "" {
			if t.Withdrawn {
				return -1
			}
			return i
		}
		next, ok := d.number[t.MergedInto]
		if !ok {
			return -1
		}
		i = next
	}
	return -1
}

func (d *Duplicates) addName(tool int32, name string) {
	folded := fold.Text(name)
	if folded == "" {
		return
	}
	n := int32(len(d.names))
	d.exact[folded] = append(d.exact[folded], n)
	for _, word := range uniqueWords(folded) {
		d.words[word] = append(d.words[word], n)
	}
	grams := trigrams(folded)
	for _, gram := range grams {
		d.grams[gram] = append(d.grams[gram], n)
	}
	d.names = append(d.names, duplicateName{tool, int32(len(grams)), folded})
}

// Similar returns the entries that may be about the same tool as t, most alike
// first, at most limit. It looks at names, other names and address; the entry
// with the same ID is left out. A name that is still being typed finds those that
// begin like it. Of long names only the beginning counts, so that the time it
// takes has a bound.
func (d *Duplicates) Similar(t Tool, limit int) []Match {
	evidence := map[int32]*duplicateEvidence{}
	note := func(tool int32, why Likeness, score float64) {
		e := evidence[tool]
		if e == nil {
			e = &duplicateEvidence{}
			evidence[tool] = e
		}
		e.add(why, score)
	}
	d.byAddress(t.URL, note)
	for i, name := range append([]string{t.Name}, t.OtherNames...) {
		if i > MaxNames {
			break // what a form sends is not checked yet
		}
		if folded := fold.Text(firstLetters(name, MaxName)); len(folded) > 1 {
			d.byName(folded, note)
			d.byWords(folded, note)
			d.byLetters(folded, note)
		}
	}
	matches := make([]Match, 0, len(evidence))
	for i, e := range evidence {
		if found := d.tools[i]; e.score() >= leastScore && (t.ID == "" || found.ID != t.ID) {
			matches = append(matches, Match{found, e.score(), e.why})
		}
	}
	slices.SortFunc(matches, func(a, b Match) int {
		return cmp.Or(cmp.Compare(b.Score, a.Score), cmp.Compare(a.Tool.Name, b.Tool.Name), cmp.Compare(a.Tool.ID, b.Tool.ID))
	})
	return matches[:min(max(limit, 0), len(matches))]
}

// duplicateEvidence is what speaks for a pair: by name, and by address.
type duplicateEvidence struct {
	name, address float64
	why           Likeness
}

func (e *duplicateEvidence) add(why Likeness, score float64) {
	if score > max(e.name, e.address) {
		e.why = why
	}
	if why == SameAddress {
		e.address = max(e.address, score)
	} else {
		e.name = max(e.name, score)
	}
}

// score is that of the stronger kind, raised by the other one.
func (e *duplicateEvidence) score() float64 {
	strong, weak := max(e.name, e.address), min(e.name, e.address)
	return math.Round(100*(strong+(1-strong)*weak)) / 100
}

// byAddress finds entries with the same page, or on the same site if few are. The
// front page of a site is that of an organisation, which may have several tools.
func (d *Duplicates) byAddress(address string, note func(int32, Likeness, float64)) {
	site, page := canonicalURL(address)
	if site == "" {
		return
	}
	score := 0.9
	if page == site {
		score = 0.6
	}
	for _, tool := range d.pages[page] {
		note(tool, SameAddress, score/math.Sqrt(float64(len(d.pages[page]))))
	}
	if near := d.sites[site]; len(near) <= likelyFew {
		for _, tool := range near {
			note(tool, SameAddress, 0.4)
		}
	}
}

func (d *Duplicates) byName(folded string, note func(int32, Likeness, float64)) {
	for _, n := range d.exact[folded] {
		note(d.names[n].tool, SameName, 0.95)
	}
}

// byWords finds names that share words, each of which counts the more the rarer
// it is.
func (d *Duplicates) byWords(folded string, note func(int32, Likeness, float64)) {
	all := math.Log(float64(len(d.names) + 2))
	weight := func(word string) float64 { return all - math.Log(float64(len(d.words[word])+1)) }
	var total float64
	shared := map[int32]float64{}
	for _, word := range uniqueWords(folded) {
		w := weight(word)
		total += w
		if names := d.words[word]; float64(len(names)) <= max(commonest*float64(len(d.names)), 3) {
			for _, n := range names {
				shared[n] += w
			}
		}
	}
	for n, w := range shared {
		if w < 0.5*total {
			continue
		}
		var other float64
		for _, word := range uniqueWords(d.names[n].folded) {
			other += weight(word)
		}
		note(d.names[n].tool, SharedWords, 0.85*(2*w)/(total+other))
	}
}

// byLetters finds names that are spelled alike, or begin like one that is typed.
func (d *Duplicates) byLetters(folded string, note func(int32, Likeness, float64)) {
	counts := make([]int32, len(d.names))
	var touched []int32
	grams := trigrams(folded)
	for _, gram := range grams {
		for _, n := range d.grams[gram] {
			if counts[n] == 0 {
				touched = append(touched, n)
			}
			counts[n]++
		}
	}
	alike := func(n int32) float64 { return 2 * float64(counts[n]) / float64(len(grams)+int(d.names[n].grams)) }
	begins := func(n int32) bool { return len(folded) > 3 && strings.HasPrefix(d.names[n].folded, folded) }
	touched = slices.DeleteFunc(touched, func(n int32) bool { return alike(n) < 0.4 && !begins(n) })
	slices.SortFunc(touched, func(a, b int32) int { return cmp.Or(cmp.Compare(alike(b), alike(a)), cmp.Compare(a, b)) })
	for _, n := range touched[:min(nearCount, len(touched))] {
		other := d.names[n].folded
		note(d.names[n].tool, SimilarName, 0.92*spelledAlike(folded, other))
		if begin := firstWords(other, strings.Count(folded, " ")+1); begin != other {
			note(d.names[n].tool, SimilarName, 0.75*spelledAlike(folded, begin))
		}
		if begins(n) {
			note(d.names[n].tool, SimilarName, 0.4+0.5*float64(len(folded))/float64(len(other)))
		}
	}
}
