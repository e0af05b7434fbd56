package tools

import (
	"html/template"
	"time"

	"github.com/opencovey/covey/internal/chart"
	"github.com/opencovey/covey/internal/directory"
	"github.com/opencovey/covey/internal/web"
)

// figure is a picture of counts before it is drawn.
type figure struct {
	id      string // names its texts: "tools.landscape.<id>"
	bars    []chart.Bar
	caption string
}

// counted makes a figure of the counts of a facet within a query.
func (s speech) counted(f directory.FacetCounts, q directory.Query, of int) figure {
	known := of - f.None
	fig := figure{id: string(f.Facet), caption: s.Text("tools.landscape.of", "what", s.facet(f.Facet), "count", known, "unknown", f.None)}
	for _, c := range f.Counts {
		bar := chart.Bar{Label: s.label(f.Facet, c.Code), Count: c.Count, Link: withQuery("/tools", q.Only(f.Facet, c.Code).Values())}
		if known > 0 {
			bar.Share = float64(c.Count) / float64(known)
		}
		fig.bars = append(fig.bars, bar)
	}
	return fig
}

// words returns the texts of a figure.
func (s speech) words(caption, item string) chart.Words {
	return chart.Words{
		Caption: caption, Item: item, Count: s.Text("chart.tools"), Share: s.Text("chart.share"), Details: s.Text("chart.numbers"),
		Number: s.Number, Percent: s.Percent, RTL: s.Direction() == "rtl",
	}
}

// bars draws a figure as bars; nothing if there are none.
func (s speech) bars(f figure) template.HTML {
	if len(f.bars) == 0 {
		return ""
	}
	return chart.Bars(f.bars, s.words(f.caption, s.Text("tools.facet."+f.id)))
}

// landscapePage shows the field in figures.
type landscapePage struct {
	Entries  int
	At       time.Time
	Sections []landscapeSection
	Map      template.HTML
	Added    template.HTML // by month; "" while there is one month alone
}

// landscapeSection is one figure with what it says in a sentence.
type landscapeSection struct {
	ID      string
	Title   string
	Summary string
	Note    string
	Picture template.HTML
}

// landscapeMost is how many bars a figure has at most; the rest is a search away.
const landscapeMost = 25

// landscape answers with the figures of the whole map.
func (r *room) landscape(x *web.Exchange) error {
	if err := r.service.Refresh(x.Context()); err != nil {
		return err
	}
	s := r.speech(x)
	l := r.service.Landscape()
	index := r.service.Index()
	page := &landscapePage{Entries: l.Entries, At: l.At}
	for _, f := range []struct {
		id string
		directory.Figure
	}{
		{"alive", l.Alive},
		{"checked", l.Checked},
		{"type", l.Types},
		{"cases", l.Cases},
		{"users", l.Users},
		{"form", l.Forms},
		{"developer", l.Developers},
		{"cost", l.Costs},
		{"openness", l.Openness},
		{"usedside", l.Used},
		{"madeside", l.Made},
		{"sector", l.Sectors},
		{"technology", l.Technologies},
		{"language", l.Languages},
		{"stage", l.Stages},
		{"evidence", l.Evidence},
	} {
		page.Sections = append(page.Sections, s.section(f.id, f.Figure))
	}
	page.Added = s.added(index.Tools())
	page.Map = s.mapOf(index.Places(directory.Query{}, directory.UsedIn), directory.UsedIn, directory.Query{}, index.Len())
	return x.Page("tools/landscape", page)
}

// section draws one figure. Wholes of a few parts are one bar, all else is bars.
func (s speech) section(id string, f directory.Figure) landscapeSection {
	title := s.Text("tools.landscape." + id)
	sec := landscapeSection{ID: id, Title: title}
	if f.Of == 0 || len(f.Bars) == 0 {
		sec.Summary = s.Text("tools.landscape.nothing", "count", f.Unknown)
		return sec
	}
	bars := make([]chart.Bar, 0, len(f.Bars))
	most := chart.Bar{}
	for _, b := range f.Bars {
		bar := chart.Bar{Label: s.barLabel(id, f.Facet, b.Code), Count: b.Count, Share: b.Share, Link: barLink(id, f.Facet, b.Code)}
		if b.Count > most.Count {
			most = bar
		}
		if len(bars) < landscapeMost {
			bars = append(bars, bar)
		}
	}
	sec.Summary = s.Text("tools.landscape.most", "what", most.Label, "n", most.Count, "count", f.Of, "share", s.Percent(most.Share))
	if f.Many {
		sec.Note = s.Text("tools.landscape.many")
	}
	words := s.words(s.Text("tools.landscape.of", "what", title, "count", f.Of, "unknown", f.Unknown), title)
	if !f.Many && len(bars) <= 4 {
		sec.Picture = chart.Shares(bars, words)
	} else {
		sec.Picture = chart.Bars(bars, words)
	}
	return sec
}

// barLabel names a bar: a term of a vocabulary, or one of the figure's own.
func (s speech) barLabel(id string, f directory.Facet, code string) string {
	switch {
	case f != "":
		return s.label(f, code)
	case id == "checked":
		return s.Text("tools.checked." + code)
	case id == "usedside" || id == "madeside":
		return s.Text("tools.side." + code)
	}
	return s.Text("tools.landscape." + id + "." + code)
}

// barLink leads from a bar to the tools that it counts, where a search can say so.
func barLink(id string, f directory.Facet, code string) string {
	q := directory.Query{}
	switch {
	case f != "":
		q = q.Only(f, code)
	case id == "checked":
		q.Checked = code
	default:
		return ""
	}
	return withQuery("/tools", q.Values())
}

// monthsMost is how many months the picture of what was added reaches back.
const monthsMost = 24

// added draws how many entries came in each month.
func (s speech) added(list []directory.Tool) template.HTML {
	months := map[string]int{}
	first := s.now
	for _, t := range list {
		months[t.Created.UTC().Format("2006-01")]++
		if t.Created.Before(first) {
			first = t.Created
		}
	}
	if len(months) < 2 {
		return ""
	}
	year, month, _ := s.now.UTC().Date()
	var bars []chart.Bar
	for back := monthsMost - 1; back >= 0; back-- {
		begin := time.Date(year, month-time.Month(back), 1, 0, 0, 0, 0, time.UTC)
		if begin.AddDate(0, 1, 0).After(first) {
			bars = append(bars, chart.Bar{Label: begin.Format("2006-01"), Count: months[begin.Format("2006-01")]})
		}
	}
	words := s.words(s.Text("tools.landscape.added.caption", "count", len(list)), s.Text("tools.landscape.added.month"))
	words.Share = ""
	return chart.Columns(bars, words)
}
