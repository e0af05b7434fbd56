package catalogue

import (
	"context"
	"strings"
	"time"

	"github.com/opencovey/covey/explorer"
	"github.com/opencovey/covey/internal/fold"
	"github.com/opencovey/covey/internal/publication"
	"github.com/opencovey/covey/internal/web"
)

// maxWords is how long what is looked for may be, in bytes; the rest is left out.
const maxWords = 300

// listPage is the catalogue.
type listPage struct {
	Q    string
	Of   int // data sets of the hub
	Sets []setView
}

// setView is a data set with what it can answer.
type setView struct {
	Path, Title, Description, Publisher string
	Withdrawn                           bool
	Number                              int // of the newest release
	At                                  time.Time
	People                              string
	Years                               string
	Places                              []string // the first few
	MorePlaces                          int
	Columns                             []string
	MoreColumns                         int
	Protection                          string
	Explorer                            string // address
	text                                string // all that can be looked for, folded
}

// Few of a long list are shown, the page of the data set has them all.
const (
	fewColumns = 12
	fewPlaces  = 6
)

// list answers with all data sets, or those that hold all words that are asked for.
func (r *room) list(x *web.Exchange) error {
	sets, err := r.service.Catalogue(x.Context())
	if err != nil {
		return err
	}
	s := speak(x)
	page := listPage{Q: cut(strings.TrimSpace(x.Query().Get("q")), maxWords), Of: len(sets)}
	wanted := fold.Words(page.Q)
	for _, d := range sets {
		view, err := r.set(x.Context(), s, d)
		if err != nil {
			return err
		}
		if view.holds(wanted) {
			page.Sets = append(page.Sets, view)
		}
	}
	return x.Page("catalogue/list", page)
}

// cut shortens a text to so many bytes, at the border of a letter.
func cut(text string, most int) string {
	if len(text) <= most {
		return text
	}
	return strings.ToValidUTF8(text[:most], "")
}

// set describes a data set by its newest release.
func (r *room) set(ctx context.Context, s speech, d publication.PublicDataset) (setView, error) {
	view := setView{Path: "/data/" + d.ID, Title: d.Title, Description: d.Description, Publisher: d.Publisher}
	words := []string{d.Title, d.Description, d.Publisher, d.Licence}
	for _, p := range d.Releases {
		if p.State == publication.Published {
			words = append(words, p.Title)
		}
	}
	latest, ok := d.Latest()
	if !ok {
		view.Withdrawn = true
		view.text = fold.Text(strings.Join(words, "\n"))
		return view, nil
	}
	about, columns, err := r.service.Codebook(ctx, d.ID, latest.Number)
	if err != nil {
		return view, err
	}
	people, err := r.people(ctx, d.ID, latest.Number)
	if err != nil {
		return view, err
	}
	h := here{d, latest}
	view.Number, view.At, view.People, view.Protection = latest.Number, latest.PublishedAt, s.count(people), s.protection(about.Protection)
	view.Explorer = h.files() + explorerName
	reach := s.reach(columns)
	view.Years, view.Places = reach.years, reach.places
	view.MorePlaces = max(0, len(view.Places)-fewPlaces)
	view.Places = view.Places[:len(view.Places)-view.MorePlaces]
	for i := range columns {
		view.Columns = append(view.Columns, nameOf(&columns[i]))
	}
	view.MoreColumns = max(0, len(view.Columns)-fewColumns)
	view.Columns = view.Columns[:len(view.Columns)-view.MoreColumns]
	words = append(words, reach.places...)
	for i := range columns {
		words = append(words, columns[i].Name, columns[i].Label, columns[i].Description)
		for _, v := range columns[i].Values {
			words = append(words, v.Value, v.Label)
		}
	}
	view.text = fold.Text(strings.Join(words, "\n"))
	return view, nil
}

// holds tells whether all words occur in what is known of a data set.
func (v *setView) holds(words []string) bool {
	for _, w := range words {
		if !strings.Contains(v.text, w) {
			return false
		}
	}
	return true
}

// people returns the published number of all people of a release, with its range.
func (r *room) people(ctx context.Context, dataset string, number int) (publication.Count, error) {
	page, err := r.service.Aggregates(ctx, publication.AggregateQuery{Dataset: dataset, Number: number, Limit: 1})
	if err != nil || len(page.Rows) == 0 {
		return publication.Count{}, err
	}
	return page.Rows[0].Count, nil
}

// nameOf is how people call a column.
func nameOf(c *explorer.Column) string {
	if c.Label != "" {
		return c.Label
	}
	return c.Name
}
