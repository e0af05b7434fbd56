package directory

import (
	"cmp"
	"slices"
)

// Gap is a combination of terms around a plan for which the map has nothing, or
// nothing that is known to be alive. It says what the map does not know; it is no
// proof that nothing exists.
type Gap struct {
	Terms   []TermRef // one each of two or more of: Users, UsedIn, Language, Form, Technology
	Beyond  *TermRef  // the one of Terms that the plan did not name; nil if it named them all
	Begun   int       // entries that are an idea or a pilot
	Quiet   int       // dormant, closed or absorbed
	Unknown int       // at a stage that nobody has told
	Wider   int       // entries that would fit but for being world-wide, for a region around the place, or for all forms; in any state
}

// Entries returns how many entries have all the terms. None of them is known to be live.
func (g Gap) Entries() int { return g.Begun + g.Quiet + g.Unknown }

// Bounds of what is looked through.
const (
	MaxGaps     = 40 // that are returned
	maxGapTerms = 6  // of one facet of the plan
	gapBeyond   = 8  // common values of a facet that the plan does not name
)

// Gaps returns combinations of users, place, language, form and technology in and
// around a plan that no live entry has: those of the plan itself first, small
// combinations before large ones. A combination of which a part is already a gap is
// left out: it says nothing new. Of what the plan does not name, the values that
// are most common in the map are tried beside all that it does.
func (x *Index) Gaps(p Plan) []Gap {
	g := gapFinder{x: x, live: newBitset(len(x.shown)), begun: newBitset(len(x.shown)), quiet: newBitset(len(x.shown))}
	for i, d := range x.shown {
		switch d.tool.life() {
		case lifeLive:
			g.live.set(uint32(i))
		case lifeBegun:
			g.begun.set(uint32(i))
		case lifeQuiet:
			g.quiet.set(uint32(i))
		}
	}
	asked := x.asked(p)
	for size := 2; size <= len(gapFacets()); size++ {
		g.combine(asked, nil, size, nil)
	}
	g.beyond(asked)
	return g.gaps[:min(len(g.gaps), MaxGaps)]
}

func gapFacets() []Facet { return []Facet{Users, UsedIn, Form, Language, Technology} }

// asked returns the terms of a plan by facet, of those that gaps are made of.
func (x *Index) asked(p Plan) [][]int32 {
	named := x.Understand(p.Text)
	asked := make([][]int32, len(gapFacets()))
	for i, f := range gapFacets() {
		codes := normal(p.Terms[f])
		for _, ref := range named {
			if ref.Facet == f && !slices.Contains(codes, ref.Code) {
				codes = append(codes, ref.Code)
			}
		}
		for _, code := range codes {
			if n, ok := x.lexicon.number[TermRef{f, code}]; ok && len(asked[i]) < maxGapTerms {
				asked[i] = append(asked[i], n)
			}
		}
	}
	return asked
}

type gapFinder struct {
	x                  *Index
	live, begun, quiet bitset
	gaps               []Gap
	found              [][]int32 // the terms of the gaps
}

// combine tries every choice of one term each of some of the facets.
func (g *gapFinder) combine(left [][]int32, chosen []int32, size int, beyond *int32) {
	if len(chosen) == size {
		g.try(chosen, beyond)
		return
	}
	for i, terms := range left {
		for _, t := range terms {
			g.combine(left[i+1:], append(slices.Clip(chosen), t), size, beyond)
		}
	}
}

// beyond tries common values of the facets that the plan does not name, each beside
// one term and, if that is no gap, beside all.
func (g *gapFinder) beyond(asked [][]int32) {
	var first []int32 // the first term of every facet that the plan names
	for _, terms := range asked {
		if len(terms) > 0 {
			first = append(first, terms[0])
		}
	}
	for size := 1; size <= len(first) && len(g.gaps) < MaxGaps; size++ {
		if size > 1 && size < len(first) {
			continue
		}
		for i, f := range gapFacets() {
			if len(asked[i]) > 0 {
				continue
			}
			for _, t := range g.x.common(f) {
				each := make([][]int32, len(first))
				for k := range first {
					each[k] = first[k : k+1]
				}
				g.combine(each, []int32{t}, size+1, &t)
			}
		}
	}
}

// common returns the most common terms of a facet, most common first.
func (x *Index) common(f Facet) []int32 {
	terms := slices.DeleteFunc(slices.Clone(x.terms[f]), func(t int32) bool { return x.lexicon.refs[t].Code == World })
	slices.SortStableFunc(terms, func(a, b int32) int { return cmp.Compare(x.counts[b], x.counts[a]) })
	return terms[:min(len(terms), gapBeyond)]
}

// try notes a combination, if it is a gap of which no part is one.
func (g *gapFinder) try(terms []int32, beyond *int32) {
	for _, smaller := range g.found {
		if containsAll(terms, smaller) {
			return
		}
	}
	x := g.x
	all := x.withAll(terms)
	if all.countAnd(g.live) > 0 {
		return
	}
	gap := Gap{Begun: all.countAnd(g.begun), Quiet: all.countAnd(g.quiet)}
	gap.Unknown = all.count() - gap.Begun - gap.Quiet
	for _, f := range gapFacets() {
		for _, t := range terms {
			ref := x.lexicon.refs[t]
			if ref.Facet != f {
				continue
			}
			gap.Terms = append(gap.Terms, ref)
			if beyond != nil && *beyond == t {
				gap.Beyond = &ref
			}
		}
	}
	gap.Wider = x.widerThan(terms, all)
	g.gaps = append(g.gaps, gap)
	g.found = append(g.found, slices.Clone(terms))
}

// withAll returns the entries that have all the terms.
func (x *Index) withAll(terms []int32) bitset {
	all := newBitset(len(x.shown))
	all.fill(len(x.shown))
	for _, t := range terms {
		if x.having[t] == nil {
			all.clear()
			break
		}
		all.and(x.having[t])
	}
	return all
}

// widerThan counts the entries that have all the terms, or of the place and the
// form what is around it, and not the terms alone.
func (x *Index) widerThan(terms []int32, exact bitset) int {
	all := newBitset(len(x.shown))
	all.fill(len(x.shown))
	for _, t := range terms {
		set := newBitset(len(x.shown))
		if x.having[t] != nil {
			set.or(x.having[t])
		}
		x.around(t, set)
		all.and(set)
	}
	all.andNot(exact)
	return all.count()
}

func containsAll(all, some []int32) bool {
	return !slices.ContainsFunc(some, func(t int32) bool { return !slices.Contains(all, t) })
}
