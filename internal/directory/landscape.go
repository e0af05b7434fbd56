package directory

import (
	"cmp"
	"slices"
	"strings"
	"time"
)

// Landscape is the field in figures. Every figure has its counts and its
// denominator: the entries for which something is known.
type Landscape struct {
	Entries int
	At      time.Time
	Types, Users, Sectors, Technologies, Forms,
	Developers, Costs, Licences, Languages, Stages, Evidence Figure

	Openness Figure // "open", "visible", "proprietary" (and restricted): from the licence
	Used     Figure // "north", "south", "both", "world": where tools are used; see [Developed]
	Made     Figure // the same, where their makers are
	Cases    Figure // "cases": for the cases and support of victims; "other": for something else alone
	Alive    Figure // "live", "begun" (idea, pilot), "quiet" (dormant, closed, absorbed)
	Checked  Figure // CheckedYear, CheckedOlder, CheckedNever
}

// Figure is one picture of the landscape.
type Figure struct {
	Facet   Facet // of whose codes the bars are; "" if the codes are those of the figure
	Of      int   // entries for which it is known: the denominator
	Unknown int   // entries for which it is not, said or unsaid
	Many    bool  // an entry can be in several bars, so that shares add up to more than one
	Bars    []Bar // most first; those of Facet "" in a fixed order, also if empty
}

// Bar is one bar of a picture.
type Bar struct {
	Code  string
	Count int
	Share float64 // of Figure.Of; 0 if that is 0
}

// codeUnknown says of a licence, a stage, ... that nobody knows it.
const codeUnknown = "unknown"

// NewLandscape counts the figures. Bars of Checked are judged at the time.
func NewLandscape(x *Index, now time.Time) Landscape {
	return Landscape{
		Entries: x.Len(), At: now,
		Types: x.facetFigure(Type), Users: x.facetFigure(Users), Sectors: x.facetFigure(Sector),
		Technologies: x.facetFigure(Technology), Forms: x.facetFigure(Form), Developers: x.facetFigure(Developer),
		Costs: x.facetFigure(Cost), Licences: x.facetFigure(Licence), Languages: x.facetFigure(Language),
		Stages: x.facetFigure(Stage), Evidence: x.facetFigure(Evidence),

		Openness: x.figure([]string{"open", "visible", "proprietary"}, openness),
		Used:     x.figure(hemispheres(), x.hemisphere(UsedIn)),
		Made:     x.figure(hemispheres(), x.hemisphere(MadeIn)),
		Cases:    x.figure([]string{"cases", "other"}, forCases),
		Alive:    x.figure([]string{"live", "begun", "quiet"}, alive),
		Checked: x.figure([]string{CheckedYear, CheckedOlder, CheckedNever}, func(t Tool) string {
			return CheckedState(t, now)
		}),
	}
}

// facetFigure counts the terms of a facet as entries name them: a narrower term
// counts for the broader one too.
func (x *Index) facetFigure(f Facet) Figure {
	fig := Figure{Facet: f}
	known := newBitset(len(x.shown))
	for _, t := range x.terms[f] {
		if code := x.lexicon.refs[t].Code; code != codeUnknown {
			known.or(x.having[t])
			fig.Bars = append(fig.Bars, Bar{Code: code, Count: x.counts[t]})
		}
	}
	fig.Of = known.count()
	fig.Unknown = len(x.shown) - fig.Of
	sum := 0
	for i, b := range fig.Bars {
		sum += b.Count
		fig.Bars[i].Share = float64(b.Count) / float64(fig.Of)
	}
	fig.Many = sum > fig.Of
	slices.SortFunc(fig.Bars, func(a, b Bar) int {
		return cmp.Or(cmp.Compare(b.Count, a.Count), strings.Compare(a.Code, b.Code))
	})
	return fig
}

// figure counts what a function says of each entry: one of the codes, or "" if it
// is not known.
func (x *Index) figure(codes []string, of func(Tool) string) Figure {
	fig := Figure{}
	for _, code := range codes {
		fig.Bars = append(fig.Bars, Bar{Code: code})
	}
	for _, d := range x.shown {
		i := slices.Index(codes, of(d.tool))
		if i < 0 {
			fig.Unknown++
			continue
		}
		fig.Of++
		fig.Bars[i].Count++
	}
	for i, b := range fig.Bars {
		if fig.Of > 0 {
			fig.Bars[i].Share = float64(b.Count) / float64(fig.Of)
		}
	}
	return fig
}

// openness says in a word what a licence allows; the most open of several counts.
func openness(t Tool) string {
	best := ""
	for _, code := range t.Terms[Licence] {
		switch {
		case strings.HasPrefix(code, "open") || code == "public-domain":
			return "open"
		case code == "source-visible":
			best = "visible"
		case code != codeUnknown && best == "":
			best = "proprietary"
		}
	}
	return best
}

func forCases(t Tool) string {
	switch types := t.Terms[Type]; {
	case slices.Contains(types, "victim-support"):
		return "cases"
	case len(types) > 0:
		return "other"
	}
	return ""
}

func alive(t Tool) string {
	switch t.life() {
	case lifeLive:
		return "live"
	case lifeBegun:
		return "begun"
	case lifeQuiet:
		return "quiet"
	}
	return ""
}

func hemispheres() []string { return []string{"north", "south", "both", "world"} }

// hemisphere says whether a tool is used, or made, in developed countries, in
// others, in both, or everywhere. A region that has both counts as both.
func (x *Index) hemisphere(f Facet) func(Tool) string {
	sides := map[string]sides{}
	north := developed(x.vocabulary)
	for _, t := range x.vocabulary.Terms(f) {
		sides[t.Code] = sidesOf(x.vocabulary.Within(f, t.Code), north)
	}
	return func(t Tool) string {
		if slices.Contains(t.Terms[f], World) {
			return World
		}
		n, s := false, false
		for _, code := range t.Terms[f] {
			n, s = n || sides[code].north, s || sides[code].south
		}
		switch {
		case n && s:
			return "both"
		case n:
			return "north"
		case s:
			return "south"
		}
		return ""
	}
}

// sides says where the countries of a place are.
type sides struct{ north, south bool }

func sidesOf(codes []string, north map[string]bool) sides {
	s := sides{}
	for _, code := range codes {
		if isCountry(code) && !unplaced(code) {
			s.north = s.north || north[code]
			s.south = s.south || !north[code]
		}
	}
	return s
}

// isCountry tells a country by its code from a region.
func isCountry(code string) bool {
	return len(code) == 2 && code != "EU" && isUpper(code[0]) && isUpper(code[1])
}

// unplaced tells of territories that are in no list of the standard.
func unplaced(country string) bool { return country == "TW" || country == "XK" }

// developed returns the countries of the developed regions: Europe, Northern
// America, Australia and New Zealand with their islands, Cyprus, Israel, Japan and
// the Republic of Korea. That is the distinction which the UN Statistics Division
// keeps beside its standard M49, by UNCTAD's classification of 2021. The standard
// says itself that there is no established convention; see
// https://unstats.un.org/unsd/methodology/m49/.
func developed(v *Vocabulary) map[string]bool {
	north := map[string]bool{"CY": true, "IL": true, "JP": true, "KR": true}
	for _, region := range []string{"150", "021", "053"} {
		for _, code := range v.Within(UsedIn, region) {
			if isCountry(code) && !unplaced(code) {
				north[code] = true
			}
		}
	}
	return north
}

// Developed returns the countries that the landscape counts as north, by ISO
// 3166-1 alpha-2, sorted.
func Developed(v *Vocabulary) []string {
	var codes []string
	for code := range developed(v) {
		codes = append(codes, code)
	}
	slices.Sort(codes)
	return codes
}

// Places says where tools are used or made.
type Places struct {
	Countries map[string]int // by ISO 3166-1 alpha-2: entries that name the country itself
	Regions   map[string]int // by the code of a region: entries that name the region itself
	World     int            // entries that say "world"
	Unknown   int            // entries that say nothing
	Total     int            // entries
}

// Places counts the places of all entries that a query finds, on every page.
// The facet is UsedIn or MadeIn.
func (x *Index) Places(q Query, f Facet) Places {
	s := x.scratch.Get().(*scratch)
	defer x.scratch.Put(s)
	if q.Now.IsZero() {
		q.Now = x.newest
	}
	found := x.filter(q, s)
	defer found.release(s)
	p := Places{Countries: map[string]int{}, Regions: map[string]int{}, Total: found.all.count()}
	for t, set := range x.naming {
		ref := x.lexicon.refs[t]
		if set == nil || ref.Facet != f {
			continue
		}
		n := found.all.countSparse(x.thinNamed[t])
		switch {
		case n == 0:
		case ref.Code == World:
			p.World = n
		case isCountry(ref.Code):
			p.Countries[ref.Code] = n
		default:
			p.Regions[ref.Code] = n
		}
	}
	p.Unknown = p.Total - found.all.countAnd(x.any[f])
	return p
}
