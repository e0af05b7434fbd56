// Package chart draws pictures of counts as SVG: bars, shares, columns over time,
// and a map of the world. Every picture carries its numbers as an HTML table, so
// that nobody needs to see it, and nothing in it is a script or an inline style:
// colours are classes of the style sheet, lengths are attributes.
//
// The functions are pure. All words come from the caller, in the language of the
// page; they are escaped here.
package chart

import (
	"html/template"
	"strconv"
	"strings"
)

// Bar is one bar, share, column or country: a count with a name.
type Bar struct {
	Label string
	Link  string // where its name leads: a path of this server ("/tools?form=labour"), else it is left out; "" for none
	Count int
	Share float64 // of the denominator, 0 to 1
}

// Words are the texts of a picture and how its numbers are written.
type Words struct {
	Caption string // what the picture shows, and of how many; required
	Item    string // heading of the column of names
	Count   string // heading of the column of counts
	Share   string // heading of the column of shares; "" leaves the column out
	Details string // what opens a table that is folded away

	Number  func(int) string     // nil writes plain digits
	Percent func(float64) string // nil writes whole per cent
	RTL     bool                 // the language runs from right to left, and so do the bars
}

// number writes a count.
func (w Words) number(n int) string {
	if w.Number == nil {
		return strconv.Itoa(n)
	}
	return w.Number(n)
}

// percent writes a share.
func (w Words) percent(share float64) string {
	if w.Percent == nil {
		return strconv.FormatFloat(100*share, 'f', 0, 64) + " %"
	}
	return w.Percent(share)
}

// shares are the number of colours for the parts of a whole; further parts begin
// again with the first, apart from each other by an edge.
const shares = 6

// Bars draws horizontal bars in a table, the longest as long as the column. The
// bars are in the order given.
func Bars(bars []Bar, w Words) template.HTML {
	most := 0
	for _, b := range bars {
		most = max(most, b.Count)
	}
	var m picture
	m.Raw(`<table class="bars">`)
	m.head(w, true)
	m.Raw("<tbody>")
	for _, b := range bars {
		m.Raw(`<tr><th scope="row">`)
		m.Link(b.Link, b.Label)
		m.Raw(`</th><td class="bar" aria-hidden="true"><svg width="100%" height="14" focusable="false"><rect class="fill" height="14" `)
		m.span(0, part(b.Count, most), w.RTL)
		m.Raw(`/></svg></td><td class="number">`)
		m.Text(w.number(b.Count))
		m.shareCell(b, w)
		m.Raw("</td></tr>")
	}
	m.Raw("</tbody></table>")
	return m.HTML()
}

// Shares draws the parts of one whole as a single bar, with a table that is its
// legend. Parts are in the order given; their counts should add up to the whole.
func Shares(bars []Bar, w Words) template.HTML {
	total := 0
	for _, b := range bars {
		total += b.Count
	}
	var m picture
	m.Raw(`<figure class="shares"><svg class="whole" width="100%" height="28" aria-hidden="true" focusable="false">`)
	from := 0.0
	for i, b := range bars {
		length := part(b.Count, total)
		m.Raw(`<rect height="28" class="share-` + strconv.Itoa(i%shares) + `" `)
		m.span(from, length, w.RTL)
		m.Raw("/>")
		from += length
	}
	m.Raw(`</svg><table>`)
	m.head(w, false)
	m.Raw("<tbody>")
	for i, b := range bars {
		m.Raw(`<tr><th scope="row"><svg class="swatch" width="12" height="12" aria-hidden="true" focusable="false"><rect width="12" height="12" class="share-` +
			strconv.Itoa(i%shares) + `"/></svg> `)
		m.Link(b.Link, b.Label)
		m.Raw(`</th><td class="number">`)
		m.Text(w.number(b.Count))
		m.shareCell(b, w)
		m.Raw("</td></tr>")
	}
	m.Raw("</tbody></table></figure>")
	return m.HTML()
}

// The picture of columns, in units of its view box.
const (
	columnsWidth, columnsHeight = 640, 200
	columnsFoot, columnsHead    = 24, 18
)

// Columns draws vertical columns from the first to the last, as over time, with a
// table that can be opened. Time runs with the language.
func Columns(bars []Bar, w Words) template.HTML {
	most := 0
	for _, b := range bars {
		most = max(most, b.Count)
	}
	var m picture
	m.Raw(`<figure class="columns"><figcaption>`)
	m.Text(w.Caption)
	m.Raw(`</figcaption><svg viewBox="0 0 ` + strconv.Itoa(columnsWidth) + " " + strconv.Itoa(columnsHeight) + `" aria-hidden="true" focusable="false">`)
	step := float64(columnsWidth) / float64(max(1, len(bars)))
	// Labels that would run into each other are left out, the table has them all.
	every := max(1, (len(bars)+11)/12)
	for i, b := range bars {
		x := float64(i) * step
		if w.RTL {
			x = columnsWidth - x - step
		}
		height := part(b.Count, most) * (columnsHeight - columnsFoot - columnsHead)
		m.Raw(`<rect class="fill" x="` + decimal(x+step*0.1) + `" y="` + decimal(columnsHeight-columnsFoot-height) +
			`" width="` + decimal(step*0.8) + `" height="` + decimal(height) + `"/>`)
		if i%every == 0 {
			m.label(x+step/2, columnsHeight-6, b.Label)
			m.label(x+step/2, columnsHeight-columnsFoot-height-5, w.number(b.Count))
		}
	}
	m.Raw(`</svg>`)
	m.folded(bars, w)
	m.Raw("</figure>")
	return m.HTML()
}

// part is a share of a whole, 0 of nothing.
func part(n, of int) float64 {
	if of <= 0 {
		return 0
	}
	return min(1, float64(n)/float64(of))
}

// decimal writes a length with one place.
func decimal(x float64) string {
	return strings.TrimSuffix(strconv.FormatFloat(x, 'f', 1, 64), ".0")
}
