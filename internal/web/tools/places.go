package tools

import (
	"html/template"
	"io"
	"slices"
	"strings"

	"github.com/opencovey/covey/internal/chart"
	"github.com/opencovey/covey/internal/directory"
	"github.com/opencovey/covey/internal/web"
)

// shapesPath is where the shapes of countries are. They are loaded once.
func shapesPath() string { return "/tools/world.svg?v=" + chart.WorldVersion() }

// world answers with the shapes of countries, for good: the address names the version.
func (r *room) world(x *web.Exchange) error {
	x.W.Header().Set("Cache-Control", "public, max-age=31536000, immutable")
	return x.File("", "image/svg+xml", func(w io.Writer) error {
		_, err := w.Write(chart.World())
		return err
	})
}

// picture answers with the map of a query as a file, for reports.
func (r *room) picture(x *web.Exchange) error {
	if err := r.service.Refresh(x.Context()); err != nil {
		return err
	}
	s := r.speech(x)
	q, _ := directory.ParseQuery(x.Query(), s.vocabulary, languageParameter)
	places := r.service.Index().Places(q, directory.UsedIn)
	total := r.service.Search(q).Total
	return x.File("covey-tools-map.svg", "image/svg+xml", func(w io.Writer) error {
		_, err := w.Write(chart.Picture(s.drawn(places, q, directory.UsedIn), s.mapWords(places, directory.UsedIn, total)))
		return err
	})
}

// mapOf draws where the tools of a query are used or made. A country leads to the
// same query for that country alone.
func (s speech) mapOf(p directory.Places, f directory.Facet, q directory.Query, total int) template.HTML {
	return chart.Map(s.drawn(p, q, f), s.mapWords(p, f, total))
}

func (s speech) drawn(p directory.Places, q directory.Query, f directory.Facet) []chart.Country {
	countries := make([]chart.Country, 0, len(p.Countries))
	plain := q.At(0).Encode() == ""
	for code, n := range p.Countries {
		link := "/countries/" + code
		if !plain {
			link = withQuery("/tools", q.Only(f, code).Values())
		}
		countries = append(countries, chart.Country{Code: code, Bar: chart.Bar{Label: s.label(f, code), Link: link, Count: n}})
	}
	slices.SortFunc(countries, func(a, b chart.Country) int { return strings.Compare(a.Code, b.Code) })
	return countries
}

// mapWords says what a map shows and what it cannot: entries for the whole world,
// for a region, or without a place.
func (s speech) mapWords(p directory.Places, f directory.Facet, total int) chart.MapWords {
	regions := 0
	for _, n := range p.Regions {
		regions += n
	}
	caption := s.Text("tools.map.caption."+string(f), "count", total) + " " + s.Text("tools.map.besides",
		"world", p.World, "regions", regions, "unknown", p.Unknown)
	return chart.MapWords{
		Words: chart.Words{
			Caption: caption, Item: s.Text("chart.country"), Count: s.Text("chart.tools"), Details: s.Text("chart.numbers"),
			Number: s.Number, Percent: s.Percent, RTL: s.Direction() == "rtl",
		},
		Borders: s.Text("chart.borders"), Shapes: shapesPath(),
	}
}
