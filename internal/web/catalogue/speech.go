package catalogue

import (
	"cmp"
	"strings"

	"github.com/opencovey/covey/explorer"
	"github.com/opencovey/covey/internal/locale"
	"github.com/opencovey/covey/internal/publication"
	"github.com/opencovey/covey/internal/web"
	"github.com/opencovey/covey/table"
)

// speech writes about releases in the language of a request.
type speech struct{ *locale.Printer }

func speak(x *web.Exchange) speech { return speech{x.Printer()} }

func (s speech) rtl() bool { return s.Direction() == "rtl" }

// count writes a published number with the range in which the true one lies.
func (s speech) count(c publication.Count) string {
	switch {
	case c.High < 0:
		return s.Text("catalogue.count.open", "low", c.Low)
	case c.Low == c.High:
		return s.Number(c.Estimate)
	case c.Low == c.Estimate:
		return s.Text("catalogue.count.range", "low", c.Low, "high", c.High)
	}
	return s.Text("catalogue.count.margin", "n", c.Estimate, "low", c.Low, "high", c.High)
}

// share writes which part of a whole a count is, with the least and the most that
// follow from both ranges. Where one has no end, only about how much.
func (s speech) share(part, whole publication.Count) string {
	if whole.Estimate <= 0 {
		return ""
	}
	middle := s.percent(min(1, float64(part.Estimate)/float64(whole.Estimate)))
	if part.High < 0 || whole.High < 0 || whole.Low <= 0 {
		return s.Text("catalogue.share.about", "share", middle)
	}
	low := s.percent(float64(part.Low) / float64(max(whole.High, 1)))
	high := s.percent(min(1, float64(part.High)/float64(whole.Low)))
	if low == high {
		return low
	}
	return s.Text("catalogue.share.range", "low", low, "high", high)
}

// percent writes a share. What rounds to one per cent is written so, whether it is
// above or below.
func (s speech) percent(share float64) string {
	if share > 0.00945 && share < 0.01 {
		share = 0.01
	}
	return s.Percent(share)
}

// value names a value: a country in the reader's language, unless the release has a
// name of its own for it; anything else as the release does.
func (s speech) value(kind, value, label string) string {
	if kind == table.Country.String() && (label == "" || label == value || label == table.CountryName(value)) {
		return s.Country(value)
	}
	return cmp.Or(label, value)
}

// kind names a kind of column.
func (s speech) kind(kind string) string { return s.Text("catalogue.kind." + kind) }

// scope is what a release reaches over.
type scope struct {
	years  string   // "2010 – 2024"; "" if no column is about time
	places []string // names of countries
}

// reach reads years and countries off the columns.
func (s speech) reach(columns []explorer.Column) scope {
	var reach scope
	seen := map[string]bool{}
	first, last := "", ""
	for i := range columns {
		c := &columns[i]
		for _, v := range c.Values {
			switch {
			case c.Kind == table.Country.String() && !seen[v.Value]:
				seen[v.Value] = true
				reach.places = append(reach.places, s.value(c.Kind, v.Value, v.Label))
			case timely(c):
				if first == "" || v.Value < first {
					first = v.Value
				}
				last = max(last, v.Value)
			}
		}
	}
	reach.years = first
	if last != first {
		reach.years = first + " – " + last
	}
	return reach
}

// timely tells whether a column is about when something was: a date, or numbers that
// are called a year.
func timely(c *explorer.Column) bool {
	if c.Kind == table.Date.String() {
		return true
	}
	return c.Kind == table.Number.String() && strings.Contains(strings.ToLower(c.Name), "year")
}

// protection says in one sentence how the people of a release are protected.
func (s speech) protection(p explorer.Protection) string {
	if p.Method == explorer.Differential {
		return s.Text("catalogue.protected.noised.short", "epsilon", p.Epsilon)
	}
	return s.Text("catalogue.protected.k.short", "k", p.K)
}

// bytes writes a size.
func (s speech) bytes(n int64) string {
	switch {
	case n < 10<<10:
		return s.Text("catalogue.bytes", "n", int(n))
	case n < 10<<20:
		return s.Text("catalogue.kilobytes", "n", int((n+1<<9)>>10))
	}
	return s.Text("catalogue.megabytes", "n", int((n+1<<19)>>20))
}
