// Package markup writes HTML by hand, where a page has thousands of pieces and
// templates would take too long: facets with their counts, lists of results,
// pictures. Whatever comes from outside goes through [Writer.Text] or
// [Writer.Link]; only literals of the program may go through [Writer.Raw].
package markup

import (
	"html/template"
	"strings"
)

// Writer collects HTML. The zero value is ready to use.
type Writer struct{ b strings.Builder }

// Grow makes room for n more bytes.
func (w *Writer) Grow(n int) { w.b.Grow(n) }

// Raw writes markup as it is.
func (w *Writer) Raw(markup string) { w.b.WriteString(markup) }

// Text writes a text, escaped for an element and for a quoted attribute alike.
func (w *Writer) Text(s string) {
	from := 0
	for i := 0; i < len(s); i++ {
		var safe string
		switch s[i] {
		case '&':
			safe = "&amp;"
		case '<':
			safe = "&lt;"
		case '>':
			safe = "&gt;"
		case '"':
			safe = "&#34;"
		case '\'':
			safe = "&#39;"
		case 0:
			safe = "\uFFFD"
		default:
			continue
		}
		w.b.WriteString(s[from:i])
		w.b.WriteString(safe)
		from = i + 1
	}
	w.b.WriteString(s[from:])
}

// Local tells whether an address is a path of this server: "javascript:" and
// "//elsewhere" are none.
func Local(address string) bool {
	return len(address) > 0 && address[0] == '/' && !strings.HasPrefix(address, "//") && !strings.ContainsAny(address, "\\\n\r\t")
}

// Link writes a name as a link to a path of this server, and without the link if
// the address is no such path.
func (w *Writer) Link(address, name string) {
	if !Local(address) {
		w.Text(name)
		return
	}
	w.Raw(`<a href="`)
	w.Text(address)
	w.Raw(`">`)
	w.Text(name)
	w.Raw(`</a>`)
}

// HTML returns what was written.
func (w *Writer) HTML() template.HTML { return template.HTML(w.b.String()) }
