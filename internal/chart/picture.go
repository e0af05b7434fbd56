package chart

import "github.com/opencovey/covey/internal/markup"

// picture writes what pictures and their tables are made of.
type picture struct{ markup.Writer }

// head writes the caption of a table and its headings; bar says that there is a
// column for bars, which no reader needs to hear of.
func (m *picture) head(w Words, bar bool) {
	m.Raw("<caption>")
	m.Text(w.Caption)
	m.Raw(`</caption><thead><tr><th scope="col">`)
	m.Text(w.Item)
	m.Raw("</th>")
	if bar {
		m.Raw(`<td aria-hidden="true"></td>`)
	}
	m.Raw(`<th scope="col" class="number">`)
	m.Text(w.Count)
	m.Raw("</th>")
	if w.Share != "" {
		m.Raw(`<th scope="col" class="number">`)
		m.Text(w.Share)
		m.Raw("</th>")
	}
	m.Raw("</tr></thead>")
}

// shareCell ends the cell of a count and begins that of its share, if there is one.
func (m *picture) shareCell(b Bar, w Words) {
	if w.Share == "" {
		return
	}
	m.Raw(`</td><td class="number">`)
	m.Text(w.percent(b.Share))
}

// folded writes the table of a picture, closed until somebody opens it.
func (m *picture) folded(bars []Bar, w Words) {
	m.Raw(`<details class="numbers"><summary>`)
	m.Text(w.Details)
	m.Raw(`</summary><table>`)
	m.head(w, false)
	m.Raw("<tbody>")
	for _, b := range bars {
		m.Raw(`<tr><th scope="row">`)
		m.Link(b.Link, b.Label)
		m.Raw(`</th><td class="number">`)
		m.Text(w.number(b.Count))
		m.shareCell(b, w)
		m.Raw("</td></tr>")
	}
	m.Raw("</tbody></table></details>")
}

// span writes where a bar begins and how long it is, in per cent of its picture.
func (m *picture) span(from, length float64, rtl bool) {
	if rtl {
		from = 1 - from - length
	}
	m.Raw(`x="` + decimal(100*from) + `%" width="` + decimal(100*length) + `%"`)
}

// label writes a text into a picture, in the middle above a point.
func (m *picture) label(x, y float64, s string) {
	m.Raw(`<text x="` + decimal(x) + `" y="` + decimal(y) + `" text-anchor="middle">`)
	m.Text(s)
	m.Raw("</text>")
}
