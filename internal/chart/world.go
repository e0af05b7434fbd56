package chart

import (
	"cmp"
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"html/template"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/opencovey/covey/internal/markup"
)

// world is the drawn map: one shape for each country, named by its ISO 3166-1
// alpha-2 code, in the equal-earth projection, and a dot where a shape would be
// too small to see. tools/web makes it from Natural Earth ("make web").
//
//go:embed world.svg
var world []byte

// World returns the file of shapes, an SVG picture. Pages do not hold the shapes:
// they refer to this file, which is loaded once, and say the colour of each
// country. Serve it at an address with [WorldVersion] in it, for good.
func World() []byte { return world }

// WorldVersion returns a short name of the content of the file of shapes.
func WorldVersion() string { return shapes().version }

// Drawn tells whether a country, by its ISO 3166-1 alpha-2 code, is on the map.
// Antarctica and the islands around it are not.
func Drawn(code string) bool {
	_, ok := shapes().lines[code]
	return ok
}

// atlas is what is known of the file of shapes.
type atlas struct {
	version string
	viewBox string
	lines   map[string]string // the element of each country
}

var shapes = sync.OnceValue(func() atlas {
	sum := sha256.Sum256(world)
	a := atlas{version: base64.RawURLEncoding.EncodeToString(sum[:9]), lines: map[string]string{}}
	for line := range strings.Lines(string(world)) {
		line = strings.TrimSpace(line)
		if _, box, ok := strings.Cut(line, `viewBox="`); ok {
			a.viewBox, _, _ = strings.Cut(box, `"`)
		}
		if strings.HasPrefix(line, "<g") {
			continue
		}
		if _, id, ok := strings.Cut(line, ` id="`); ok {
			id, _, _ = strings.Cut(id, `"`)
			a.lines[id] = line
		}
	}
	return a
})

// Country is a country with its count.
type Country struct {
	Code string // ISO 3166-1 alpha-2; one that is not drawn is in the table alone
	Bar
}

// MapWords are the texts of a map besides those of every picture.
type MapWords struct {
	Words
	Borders string // that borders are no opinion of anybody
	Shapes  string // address of the file of shapes, see [World]
}

// Map draws the countries that have a count in colours of five steps, with a
// legend, a note on borders, and the table of all of them, most first, behind a
// word that opens it. The map itself is for the eye and the mouse: its links are
// those of the table, which is the way for keyboards and screen readers.
func Map(countries []Country, w MapWords) template.HTML {
	limits := Steps(countries)
	var m picture
	m.Grow(2048 + 300*len(countries))
	m.Raw(`<figure class="map"><figcaption>`)
	m.Text(w.Caption)
	m.Raw(`</figcaption><svg class="world" viewBox="` + shapes().viewBox + `" aria-hidden="true" focusable="false"><use class="land" href="`)
	m.Text(w.Shapes)
	m.Raw(`#world"/>`)
	for _, c := range countries {
		if c.Count <= 0 || !Drawn(c.Code) {
			continue
		}
		linked := markup.Local(c.Link)
		if linked {
			m.Raw(`<a tabindex="-1" href="`)
			m.Text(c.Link)
			m.Raw(`">`)
		}
		m.Raw(`<use class="step-` + strconv.Itoa(step(limits, c.Count)) + `" href="`)
		m.Text(w.Shapes)
		m.Raw("#" + c.Code + `"><title>`)
		m.Text(c.Label)
		m.Raw(": ")
		m.Text(w.number(c.Count))
		m.Raw("</title></use>")
		if linked {
			m.Raw("</a>")
		}
	}
	m.Raw("</svg>")
	m.legend(limits, w.Words)
	m.Raw(`<p class="note">`)
	m.Text(w.Borders)
	m.Raw("</p>")
	m.folded(ranked(countries), w.Words)
	m.Raw("</figure>")
	return m.HTML()
}

// ranked returns the bars of countries, most first.
func ranked(countries []Country) []Bar {
	bars := make([]Bar, 0, len(countries))
	for _, c := range countries {
		bars = append(bars, c.Bar)
	}
	slices.SortStableFunc(bars, func(a, b Bar) int { return cmp.Or(b.Count-a.Count, strings.Compare(a.Label, b.Label)) })
	return bars
}

// legend says what the colours stand for.
func (m *picture) legend(limits []int, w Words) {
	if len(limits) == 0 {
		return
	}
	m.Raw(`<ul class="legend" aria-hidden="true">`)
	for i, from := range limits {
		m.Raw(`<li><svg class="swatch" width="12" height="12" focusable="false"><rect width="12" height="12" class="step-` + strconv.Itoa(i+1) + `"/></svg> `)
		m.Text(w.number(from))
		switch {
		case i+1 == len(limits):
			m.Raw("+")
		case limits[i+1] > from+1:
			m.Raw("–")
			m.Text(w.number(limits[i+1] - 1))
		}
		m.Raw("</li>")
	}
	m.Raw("</ul>")
}

// Steps returns the least count of each colour, at most five, from 1 on: round
// numbers that grow by about the same factor, since counts of countries differ by
// orders of magnitude. It is empty if no country has a count.
func Steps(countries []Country) []int {
	most := 0
	for _, c := range countries {
		most = max(most, c.Count)
	}
	ladders := [][]int{{1, 2, 3, 4, 5}, {1, 2, 3, 5, 10}, {1, 2, 5, 10, 20}, {1, 5, 10, 20, 50}, {1, 5, 20, 50, 200}, {1, 10, 50, 200, 1000}}
	best := []int{1, 10, 100, 1000, 10000}
	for _, ladder := range ladders {
		if most < 3*ladder[4] {
			best = ladder
			break
		}
	}
	for i, from := range best {
		if from > most {
			return best[:i]
		}
	}
	return best
}

// step is the colour of a count: 1 to 5, and 0 for none.
func step(limits []int, n int) int {
	at := 0
	for i, from := range limits {
		if n >= from {
			at = i + 1
		}
	}
	return at
}

// Picture draws the map as a file of its own, for a report or a slide: colours are
// in it, so that it needs no style sheet, and there are no links.
func Picture(countries []Country, w MapWords) []byte {
	a := shapes()
	limits := Steps(countries)
	colours := [...]string{"", "#c6dbef", "#9ecae1", "#6baed6", "#3182bd", "#08519c"}
	var m picture
	m.Grow(2*len(world) + 64)
	m.Raw(`<svg xmlns="http://www.w3.org/2000/svg" viewBox="` + a.viewBox + `" role="img"><title>`)
	m.Text(w.Caption)
	m.Raw(`</title><desc>`)
	m.Text(w.Borders)
	m.Raw("</desc>\n" + `<g fill="#e6e3dc" stroke="#fff" stroke-width="1">` + "\n")
	_, land, _ := strings.Cut(string(world), "<g id=\"world\">\n")
	land, _, _ = strings.Cut(land, "</g>")
	m.Raw(land)
	m.Raw("</g>\n" + `<g stroke="#fff" stroke-width="1">` + "\n")
	for _, c := range countries {
		line, ok := a.lines[c.Code]
		if !ok || c.Count <= 0 {
			continue
		}
		_, rest, _ := strings.Cut(line, `" `) // without the name: every name once in a document
		m.Raw(line[:strings.IndexByte(line, ' ')] + ` fill="` + colours[step(limits, c.Count)] + `" ` + strings.TrimSuffix(rest, "/>") + "><title>")
		m.Text(c.Label + ": " + w.number(c.Count))
		m.Raw("</title>" + "</" + line[1:strings.IndexByte(line, ' ')] + ">\n")
	}
	m.Raw("</g></svg>\n")
	return []byte(m.HTML())
}
