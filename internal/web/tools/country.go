package tools

import (
	"html/template"
	"slices"
	"strings"

	"github.com/opencovey/covey/internal/directory"
	"github.com/opencovey/covey/internal/fault"
	"github.com/opencovey/covey/internal/web"
)

// countryMost is how many tools each list of a country's page has; the rest is a
// link away.
const countryMost = 20

// countryPage is what a place has.
type countryPage struct {
	Code, Name string
	Used       listView // that name the country
	Made       listView
	Region     listView // that name a region around it
	World      listView // that say world-wide
	Types      template.HTML
}

// listView is a part of a result with the way to all of it.
type listView struct {
	Total int
	Hits  template.HTML
	All   string
}

// country answers with what one country has.
func (r *room) country(x *web.Exchange) error {
	if err := r.service.Refresh(x.Context()); err != nil {
		return err
	}
	s := r.speech(x)
	code := x.Path("code")
	if _, ok := s.vocabulary.Term(directory.UsedIn, code); !ok {
		if upper := strings.ToUpper(code); upper != code {
			if _, ok := s.vocabulary.Term(directory.UsedIn, upper); ok {
				return x.Redirect("/countries/"+upper, "")
			}
		}
		return fault.New(fault.NotFound, "fault.country.missing")
	}
	page := &countryPage{Code: code, Name: s.label(directory.UsedIn, code)}
	list := func(f directory.Facet, codes ...string) (listView, directory.Result) {
		q := directory.Query{PerPage: countryMost}.Only(f, codes...)
		result := r.service.Search(q)
		q.PerPage = 0
		return listView{result.Total, s.hits(result.Hits), withQuery("/tools", q.Values())}, result
	}
	var used directory.Result
	page.Used, used = list(directory.UsedIn, code)
	page.Made, _ = list(directory.MadeIn, code)
	page.Types = s.bars(s.counted(used.Facet(directory.Type), directory.Query{}.Only(directory.UsedIn, code), used.Total))
	page.Region, page.World = r.around(s, code)
	return x.Page("tools/country", page)
}

// around lists what is there for the regions around a country, and for the world.
// Entries that name the country itself are listed already.
func (r *room) around(s speech, code string) (region, world listView) {
	var regionHits, worldHits []directory.Hit
	over := wider(s.vocabulary, code)
	for _, t := range r.service.Index().Tools() {
		used := t.Terms[directory.UsedIn]
		switch {
		case slices.Contains(used, code):
		case slices.ContainsFunc(over, func(place string) bool { return place != "world" && slices.Contains(used, place) }):
			regionHits = append(regionHits, hitOf(t))
		case slices.Contains(used, "world") && code != "world":
			worldHits = append(worldHits, hitOf(t))
		}
	}
	var regions []string
	for _, place := range over {
		if place != "world" {
			regions = append(regions, place)
		}
	}
	region = listView{len(regionHits), s.hits(regionHits[:min(len(regionHits), countryMost)]), ""}
	if len(regions) > 0 {
		region.All = withQuery("/tools", directory.Query{}.Only(directory.UsedIn, regions[0]).Values())
	}
	world = listView{len(worldHits), s.hits(worldHits[:min(len(worldHits), countryMost)]), withQuery("/tools", directory.Query{}.Only(directory.UsedIn, "world").Values())}
	return region, world
}

// hitOf shows an entry that no search has found.
func hitOf(t directory.Tool) directory.Hit {
	h := directory.Hit{Tool: t, Name: []directory.Segment{{Text: t.Name}}}
	if t.Description != "" {
		h.Description = []directory.Segment{{Text: t.Description}}
	}
	return h
}

// wider returns the places around a place, nearest first.
func wider(v *directory.Vocabulary, code string) []string {
	var list []string
	next := []string{code}
	for len(next) > 0 {
		term, ok := v.Term(directory.UsedIn, next[0])
		next = next[1:]
		if !ok {
			continue
		}
		for _, over := range append([]string{term.Parent}, term.Groups...) {
			if over != "" && !slices.Contains(list, over) {
				list = append(list, over)
				next = append(next, over)
			}
		}
	}
	return list
}

// countriesPage is the map of all countries.
type countriesPage struct {
	Used, Made template.HTML
}

// countries answers with the maps of where tools are used and made.
func (r *room) countries(x *web.Exchange) error {
	if err := r.service.Refresh(x.Context()); err != nil {
		return err
	}
	s := r.speech(x)
	index := r.service.Index()
	page := countriesPage{
		Used: s.mapOf(index.Places(directory.Query{}, directory.UsedIn), directory.UsedIn, directory.Query{}, index.Len()),
		Made: s.mapOf(index.Places(directory.Query{}, directory.MadeIn), directory.MadeIn, directory.Query{}, index.Len()),
	}
	return x.Page("tools/countries", page)
}
