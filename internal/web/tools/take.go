package tools

import (
	"encoding/json"
	"encoding/xml"
	"fmt"
	"io"
	"time"

	"github.com/opencovey/covey/internal/directory"
	"github.com/opencovey/covey/internal/web"
)

// matching returns all tools of a query, on every page of it.
func (r *room) matching(x *web.Exchange) ([]directory.Tool, directory.Query, error) {
	if err := r.service.Refresh(x.Context()); err != nil {
		return nil, directory.Query{}, err
	}
	q, _ := directory.ParseQuery(x.Query(), r.service.Vocabulary(), languageParameter)
	q = q.At(0)
	if q.Encode() == "" {
		return r.service.Export(), q, nil
	}
	all := q
	all.PerPage = directory.MaxPerPage
	var tools []directory.Tool
	for page, pages := 1, 1; page <= pages; page++ {
		result := r.service.Search(all.At(page))
		pages = result.Pages
		for _, h := range result.Hits {
			tools = append(tools, h.Tool)
		}
		if err := x.Context().Err(); err != nil {
			return nil, q, err
		}
	}
	return tools, q, nil
}

// open lets every site read an answer: it is public, and no cookie changes it.
func open(x *web.Exchange) {
	x.W.Header().Set("Access-Control-Allow-Origin", "*")
	x.W.Header().Set("Cross-Origin-Resource-Policy", "cross-origin")
}

// csv answers with the tools of a query as a file that spreadsheets open.
func (r *room) csv(x *web.Exchange) error {
	tools, _, err := r.matching(x)
	if err != nil {
		return err
	}
	open(x)
	return x.File("covey-tools.csv", "text/csv; charset=utf-8", func(w io.Writer) error {
		return directory.WriteCSV(w, tools, r.service.Vocabulary())
	})
}

// json answers with the tools of a query as JSON.
func (r *room) json(x *web.Exchange) error {
	tools, _, err := r.matching(x)
	if err != nil {
		return err
	}
	open(x)
	return x.File("covey-tools.json", "application/json", func(w io.Writer) error { return directory.WriteJSON(w, tools) })
}

// feedMost is how many entries the feed has.
const feedMost = 50

// feed is an Atom feed (RFC 4287).
type feed struct {
	XMLName xml.Name    `xml:"http://www.w3.org/2005/Atom feed"`
	Lang    string      `xml:"xml:lang,attr"`
	ID      string      `xml:"id"`
	Title   string      `xml:"title"`
	Updated string      `xml:"updated"`
	Rights  string      `xml:"rights"`
	Author  feedAuthor  `xml:"author"`
	Links   []feedLink  `xml:"link"`
	Entries []feedEntry `xml:"entry"`
}

type feedAuthor struct {
	Name string `xml:"name"`
}

type feedLink struct {
	Rel  string `xml:"rel,attr"`
	Type string `xml:"type,attr,omitempty"`
	Href string `xml:"href,attr"`
}

type feedEntry struct {
	ID        string   `xml:"id"`
	Title     string   `xml:"title"`
	Published string   `xml:"published"`
	Updated   string   `xml:"updated"`
	Link      feedLink `xml:"link"`
	Summary   string   `xml:"summary"`
}

// atom answers with what was added or changed last, of a query.
func (r *room) atom(x *web.Exchange) error {
	if err := r.service.Refresh(x.Context()); err != nil {
		return err
	}
	s := r.speech(x)
	q, _ := directory.ParseQuery(x.Query(), s.vocabulary, languageParameter)
	q = q.At(0)
	q.Sort, q.PerPage = directory.ByUpdated, feedMost
	result := r.service.Search(q)
	q.Sort, q.PerPage = "", 0
	address := withQuery("/tools/feed.atom", q.Values())
	f := feed{
		Lang: s.Code(), ID: "urn:covey:feed:" + q.Encode(), Title: s.Text("tools.feed.title"), Rights: r.licence,
		Author: feedAuthor{s.Text("web.name")}, Updated: r.service.Index().Updated().UTC().Format(time.RFC3339),
		Links: []feedLink{
			{"self", "application/atom+xml", x.URL(address)},
			{"alternate", "text/html", x.URL(withQuery("/tools", q.Values()))},
		},
	}
	for _, h := range result.Hits {
		f.Entries = append(f.Entries, feedEntry{
			ID: "urn:covey:tool:" + h.Tool.ID, Title: h.Tool.Name, Published: h.Tool.Created.UTC().Format(time.RFC3339),
			Updated: h.Tool.Updated.UTC().Format(time.RFC3339), Summary: h.Tool.Description,
			Link: feedLink{"alternate", "text/html", x.URL("/tools/" + h.Tool.ID)},
		})
	}
	open(x)
	return x.File("", "application/atom+xml; charset=utf-8", func(w io.Writer) error {
		if _, err := io.WriteString(w, xml.Header); err != nil {
			return err
		}
		if err := xml.NewEncoder(w).Encode(f); err != nil {
			return fmt.Errorf("write feed: %w", err)
		}
		return nil
	})
}

// datapackage describes the files in the terms of the Data Package standard
// (https://datapackage.org), so that programs know what the columns mean.
func (r *room) datapackage(x *web.Exchange) error {
	if err := r.service.Refresh(x.Context()); err != nil {
		return err
	}
	q, _ := directory.ParseQuery(x.Query(), r.service.Vocabulary(), languageParameter)
	s := r.speech(x)
	type column struct {
		Name  string `json:"name"`
		Title string `json:"title"`
		Type  string `json:"type"`
	}
	var columns []column
	for _, name := range directory.Fields() {
		columns = append(columns, column{name, s.field(name), "string"})
	}
	description := map[string]any{
		"$schema": "https://datapackage.org/profiles/2.0/datapackage.json",
		"name":    "covey-tools", "title": s.Text("tools.feed.title"),
		"created":  r.service.Index().Updated().UTC().Format(time.RFC3339),
		"licenses": []map[string]string{{"name": r.licence}},
		"resources": []map[string]any{{
			"name": "tools", "path": x.URL(withQuery("/tools.csv", q.At(0).Values())), "type": "table", "format": "csv",
			"mediatype": "text/csv", "encoding": "utf-8",
			"schema": map[string]any{"fields": columns, "primaryKey": []string{"id"}},
		}},
	}
	open(x)
	return x.File("", "application/json", func(w io.Writer) error {
		out := json.NewEncoder(w)
		out.SetIndent("", "  ")
		return out.Encode(description)
	})
}

// takePage says how to take the data along.
type takePage struct {
	Of      int
	Updated time.Time
	Licence string
	Snippet string // of the embeddable list
	Base    string // address of the server, or ""
}

func (r *room) take(x *web.Exchange) error {
	if err := r.service.Refresh(x.Context()); err != nil {
		return err
	}
	index := r.service.Index()
	page := takePage{Of: index.Len(), Updated: index.Updated(), Licence: r.licence, Base: x.URL("")}
	page.Snippet = fmt.Sprintf(`<iframe src="%s/tools/embed?type=victim-support" title="%s" width="100%%" height="500" loading="lazy"></iframe>`,
		x.URL(""), x.Text("tools.embed.title"))
	return x.Page("tools/take", page)
}

// embedPage is a list for the page of another site.
type embedPage struct {
	Total int
	Hits  []embedView
	All   string // address of the whole result
}

type embedView struct {
	Name, By, Text, Link, State, Checked string
}

// embedMost is how many tools an embedded list has.
const embedMost = 50

// embed answers with a list of the tools of a query that other sites may show in
// a frame: small, without scripts and cookies.
func (r *room) embed(x *web.Exchange) error {
	if err := r.service.Refresh(x.Context()); err != nil {
		return err
	}
	s := r.speech(x)
	q, _ := directory.ParseQuery(x.Query(), s.vocabulary, languageParameter)
	if q.PerPage == 0 || q.PerPage > embedMost {
		q.PerPage = embedMost
	}
	result := r.service.Search(q)
	q.PerPage = 0
	page := embedPage{Total: result.Total, All: x.URL(withQuery("/tools", q.At(0).Values()))}
	for _, h := range result.Hits {
		state := directory.CheckedState(h.Tool, s.now)
		page.Hits = append(page.Hits, embedView{
			Name: h.Tool.Name, By: s.List(h.Tool.Organisations), Text: cut(h.Tool.Description, 160),
			Link: x.URL("/tools/" + h.Tool.ID), State: state, Checked: s.Text("tools.badge." + state),
		})
	}
	return x.Page("tools/embed", page)
}
