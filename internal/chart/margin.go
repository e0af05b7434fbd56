package chart

import "html/template"

// Margin draws one number with the range in which the true one lies, for a cell of
// a table: a bar as long as its part of most, and a line from low to high across
// its end. A high below 0 says that the range has no upper end: the line then runs
// to the edge. The picture says nothing that the numbers beside it do not say, and
// is hidden from those who hear the page.
func Margin(value, low, high, most float64, rtl bool) template.HTML {
	if most <= 0 {
		most = 1
	}
	if high < 0 {
		high = most
	}
	share := func(n float64) float64 { return min(1, max(0, n/most)) }
	var m picture
	m.Raw(`<svg width="100%" height="14" aria-hidden="true" focusable="false"><rect class="fill" height="14" `)
	m.span(0, share(value), rtl)
	m.Raw("/>")
	if high > low {
		m.Raw(`<rect class="range" y="5" height="4" `)
		m.span(share(low), share(high)-share(low), rtl)
		m.Raw("/>")
	}
	m.Raw("</svg>")
	return m.HTML()
}
