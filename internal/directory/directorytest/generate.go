// Package directorytest makes up entries of the map of tools, for tests of load.
// They have the shape of real ones, name nothing that exists, and lead to
// addresses that are reserved for examples.
package directorytest

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"github.com/opencovey/covey/internal/directory"
)

// Start is when the first entry was made; no entry is changed later than four
// years after it.
var start = time.Date(2022, 1, 1, 0, 0, 0, 0, time.UTC)

// Generate makes up n entries, always the same for the same seed. Terms are as
// unevenly common as in real lists: a few are everywhere, most are rare. One entry
// in eight is written in French, Spanish or Arabic each, the others in English;
// two in a hundred are withdrawn and one took its place in another.
func Generate(n int, seed uint64) []directory.Tool {
	v, err := directory.OpenVocabulary()
	if err != nil {
		panic("directorytest: " + err.Error()) // the vocabulary is built in
	}
	g := &generator{random: rand.New(rand.NewPCG(seed, 0x636f766579)), vocabulary: v, shuffled: map[directory.Facet][]string{}, names: map[string]int{}}
	for _, f := range directory.Facets() {
		var codes []string
		for _, t := range v.Terms(f) {
			codes = append(codes, t.Code)
		}
		// What is common is drawn once for each facet, but world and unknown lead.
		g.random.Shuffle(len(codes), func(i, j int) { codes[i], codes[j] = codes[j], codes[i] })
		lead := map[directory.Facet]string{directory.UsedIn: "world", directory.MadeIn: "US", directory.Language: "en", directory.Form: "all", directory.Stage: "unknown", directory.Evidence: "unknown", directory.Cost: "free"}[f]
		if i := slices.Index(codes, lead); i >= 0 {
			codes[0], codes[i] = codes[i], codes[0]
		}
		g.shuffled[f] = codes
	}
	tools := make([]directory.Tool, n)
	for i := range tools {
		tools[i] = g.tool(i)
	}
	for i := range tools {
		switch r := g.random.IntN(100); {
		case r < 2:
			tools[i].Withdrawn = true
		case r < 3 && i > 0 && tools[i-1].MergedInto == "" && !tools[i-1].Withdrawn:
			tools[i].MergedInto = tools[i-1].ID
		}
	}
	return tools
}

type generator struct {
	random     *rand.Rand
	vocabulary *directory.Vocabulary
	shuffled   map[directory.Facet][]string // codes, most common first
	names      map[string]int               // how often an ID was wanted
}

// tool makes up one entry.
func (g *generator) tool(i int) directory.Tool {
	p := speech(min(max(g.random.IntN(8)-4, 0), 3))
	created := start.Add(time.Duration(g.random.IntN(3*365*24)) * time.Hour)
	t := directory.Tool{
		Terms: map[directory.Facet][]string{}, Notes: map[directory.Facet]string{},
		Sources: map[string]string{"": fmt.Sprintf("https://source.example/%d", i)},
		Created: created, Updated: created.Add(time.Duration(g.random.IntN(365*24)) * time.Hour), Version: 1 + g.random.IntN(5),
	}
	for _, f := range directory.Facets() {
		if codes := g.codes(f); len(codes) > 0 {
			t.Terms[f] = codes
		}
	}
	t.Name = g.name(p, t)
	t.ID = g.id(t.Name)
	for range 1 + g.rare(3) {
		if name := g.pick(p.first) + " " + g.pick(p.organisations); !slices.Contains(t.Organisations, name) {
			t.Organisations = append(t.Organisations, name)
		}
	}
	if g.random.IntN(20) > 0 {
		t.URL = fmt.Sprintf("https://www.%s.example/%s", strings.ToLower(g.pick(latinNames)), t.ID)
	}
	if g.random.IntN(6) == 0 {
		t.OtherNames = []string{strings.ToUpper(g.pick(latinNames)[:3]) + fmt.Sprint(g.random.IntN(1000))}
	}
	t.Description = g.description(p, t)
	if g.random.IntN(3) == 0 {
		t.Checked = t.Updated
		t.CheckedBy = "import"
	}
	if g.random.IntN(4) == 0 {
		t.Notes[directory.Cost] = g.pick(p.notes)
	}
	return t
}

// codes draws terms of a facet: mostly one or two.
func (g *generator) codes(f directory.Facet) []string {
	all, most := g.shuffled[f], 5
	switch f {
	case directory.Stage, directory.Evidence, directory.Cost, directory.Licence:
		most = 1
	case directory.Type, directory.Developer, directory.MadeIn:
		most = 2
	case directory.Sector:
		if g.random.IntN(2) == 0 {
			return nil
		}
	}
	var codes []string
	for range 1 + g.rare(most) {
		// The rank follows a power of a uniform number, as in Zipf's law.
		rank := int(math.Pow(float64(len(all)+1), g.random.Float64())) - 1
		codes = append(codes, all[rank])
	}
	slices.Sort(codes)
	return slices.Compact(codes)
}

// rare returns a number below n, small ones more often.
func (g *generator) rare(n int) int {
	k := 0
	for k < n-1 && g.random.IntN(5) < 2 {
		k++
	}
	return k
}

func (g *generator) pick(words []string) string { return words[g.random.IntN(len(words))] }

// label is the name of one of the terms of an entry, or "".
func (g *generator) label(t directory.Tool, f directory.Facet, language string) string {
	if codes := t.Terms[f]; len(codes) > 0 {
		return g.vocabulary.Label(f, codes[g.random.IntN(len(codes))], language)
	}
	return g.vocabulary.Label(f, g.shuffled[f][0], language)
}

func (g *generator) name(p *phrases, t directory.Tool) string {
	switch g.random.IntN(4) {
	case 0:
		return g.pick(p.first) + g.pick(p.ends)
	case 1:
		return g.pick(p.first) + " " + g.pick(p.things) + " " + g.label(t, directory.UsedIn, p.language)
	default:
		return g.pick(p.first) + " " + g.pick(p.things)
	}
}

func (g *generator) description(p *phrases, t directory.Tool) string {
	var b strings.Builder
	word := func(f directory.Facet) string { return strings.ToLower(g.label(t, f, p.language)) }
	for range 1 + g.random.IntN(4) {
		fmt.Fprintf(&b, g.pick(p.sentences)+" ", word(directory.Users), word(directory.Form), word(directory.Technology))
	}
	return strings.TrimSpace(b.String())
}

// id returns the ID of a name, with a number if there was one before.
func (g *generator) id(name string) string {
	id := directory.NewID(name, func(string) bool { return false })
	g.names[id]++
	if n := g.names[id]; n > 1 {
		return fmt.Sprintf("%s-n%d", id, n)
	}
	return id
}
