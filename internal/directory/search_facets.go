package directory

import (
	"cmp"
	"slices"
	"strings"
)

// facetCounts counts every facet as if nothing were chosen in it, and all else
// were.
func (x *Index) facetCounts(q Query, f *filtered, s *scratch) []FacetCounts {
	var all []FacetCounts
	for _, facet := range Facets() {
		base := f.all
		if f.chosen[facet] != nil {
			base = x.without(facet, f, s)
		}
		c := x.countFacet(facet, q.Terms[facet], base, s)
		if f.chosen[facet] != nil {
			c.Wider = x.wider(facet, q.Terms[facet], base, s)
		}
		all = append(all, c)
		if f.chosen[facet] != nil {
			s.release(base)
		}
	}
	return all
}

// without returns what is found if nothing is chosen in a facet.
func (x *Index) without(facet Facet, f *filtered, s *scratch) bitset {
	base := s.bits()
	copy(base, f.text)
	if f.checked != nil {
		base.and(f.checked)
	}
	for other, set := range f.chosen {
		if other != facet {
			base.and(set)
		}
	}
	return base
}

func (x *Index) countFacet(facet Facet, chosen []string, base bitset, s *scratch) FacetCounts {
	counts := FacetCounts{Facet: facet, Counts: make([]Count, 0, len(x.terms[facet]))}
	for _, t := range x.terms[facet] {
		code := x.lexicon.refs[t].Code
		c := Count{Code: code, Count: base.countSparse(x.thin[t]), Chosen: slices.Contains(chosen, code)}
		if c.Count > 0 || c.Chosen {
			counts.Counts = append(counts.Counts, c)
		}
	}
	for _, code := range chosen {
		if !slices.ContainsFunc(counts.Counts, func(c Count) bool { return c.Code == code }) {
			counts.Counts = append(counts.Counts, Count{Code: code, Chosen: true})
		}
	}
	slices.SortFunc(counts.Counts, func(a, b Count) int {
		return cmp.Or(cmp.Compare(b.Count, a.Count), strings.Compare(a.Code, b.Code))
	})
	none := s.bits()
	copy(none, base)
	none.andNot(x.any[facet])
	counts.None = none.count()
	s.release(none)
	return counts
}

// wider counts the entries of a set that name what is around one of the chosen
// terms, and were not found for the terms themselves.
func (x *Index) wider(facet Facet, codes []string, base bitset, s *scratch) int {
	set := s.bits()
	defer func() { s.release(set) }()
	for _, code := range codes {
		if n, ok := x.lexicon.number[TermRef{facet, code}]; ok {
			x.around(n, set)
		}
	}
	for _, code := range codes {
		if n, ok := x.lexicon.number[TermRef{facet, code}]; ok && x.having[n] != nil {
			set.andNot(x.having[n])
		}
	}
	return set.countAnd(base)
}

// around adds the entries that name what is around a term.
func (x *Index) around(term int32, set bitset) {
	for _, over := range x.lexicon.around[term] {
		if x.naming[over] != nil {
			set.or(x.naming[over])
		}
	}
}

func (x *Index) checkedCounts(q Query, f *filtered, s *scratch) []Count {
	base := s.bits()
	defer s.release(base)
	copy(base, f.text)
	for _, set := range f.chosen {
		base.and(set)
	}
	var counts []Count
	for _, state := range []string{CheckedYear, CheckedOlder, CheckedNever} {
		counts = append(counts, Count{Code: state, Count: base.countAnd(f.dates[state]), Chosen: state == q.Checked})
	}
	return counts
}
