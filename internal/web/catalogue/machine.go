package catalogue

import (
	"encoding/json"
	"encoding/xml"
	"fmt"
	"io"
	"strconv"
	"time"

	"github.com/opencovey/covey/explorer"
	"github.com/opencovey/covey/internal/publication"
	"github.com/opencovey/covey/internal/web"
	"github.com/opencovey/covey/release"
	"github.com/opencovey/covey/table"
)

// datapackage answers with the description of the files by the Data Package standard
// (https://datapackage.org), as it lies in the release, with whole addresses.
func (r *room) datapackage(x *web.Exchange) error {
	h, err := r.find(x.Context(), x.Path("dataset"), x.Path("number"))
	if err != nil {
		return err
	}
	f, file, err := r.service.OpenPublic(x.Context(), h.dataset.ID, h.release.Number, release.DataPackageFile)
	if err != nil {
		return err
	}
	defer file.Close()
	in := json.NewDecoder(io.LimitReader(file, maxManifest))
	in.UseNumber()
	var description map[string]any
	if err := in.Decode(&description); err != nil {
		return fmt.Errorf("read data package: %w", err)
	}
	resources, _ := description["resources"].([]any)
	for _, resource := range resources {
		if fields, ok := resource.(map[string]any); ok {
			if path, ok := fields["path"].(string); ok {
				fields["path"] = x.URL(h.files() + path)
			}
		}
	}
	licences, _ := description["licenses"].([]any)
	for _, licence := range licences {
		if fields, ok := licence.(map[string]any); ok && fields["path"] == release.ReadmeFile {
			fields["path"] = x.URL(h.files() + release.ReadmeFile)
		}
	}
	description["homepage"] = x.URL(h.path())
	return sendJSON(x, "application/json", f.SHA256, description)
}

// sendJSON answers with a value for programs. Caches ask each time whether it still holds.
func sendJSON(x *web.Exchange, mediaType, hash string, value any) error {
	open(x)
	h := x.W.Header()
	h.Set("Cache-Control", "public, no-cache")
	h.Set("Vary", "Accept-Encoding, Accept-Language, Cookie")
	return x.File("", mediaType, func(w io.Writer) error {
		out := json.NewEncoder(w)
		out.SetIndent("", "  ")
		if err := out.Encode(value); err != nil {
			return fmt.Errorf("write %s of %s: %w", mediaType, hash, err)
		}
		return nil
	})
}

// linked answers with the description of a release in the terms of schema.org.
func (r *room) linked(x *web.Exchange) error {
	h, err := r.published(x.Context(), x.Path("dataset"), x.Path("number"))
	if err != nil {
		return err
	}
	about, columns, err := r.service.Codebook(x.Context(), h.dataset.ID, h.release.Number)
	if err != nil {
		return err
	}
	return sendJSON(x, "application/ld+json", h.release.Manifest, linkedData(x, speak(x), h, about, columns, citation(x, h, about.Citation)))
}

// linkedData describes a release as a Dataset of schema.org, by which search engines
// for data find it.
func linkedData(x *web.Exchange, s speech, h here, about explorer.About, columns []explorer.Column, cited string) map[string]any {
	d, p := h.dataset, h.release
	reach := s.reach(columns)
	var variables []map[string]string
	for i := range columns {
		v := map[string]string{"@type": "PropertyValue", "name": columns[i].Name}
		if columns[i].Label != "" {
			v["description"] = columns[i].Label
		}
		variables = append(variables, v)
	}
	var files []map[string]string
	for _, f := range p.Files {
		if f.Name == release.SyntheticFile || f.Name == release.AggregatesFile || f.Name == release.CodebookFile {
			files = append(files, map[string]string{
				"@type": "DataDownload", "name": f.Name, "contentUrl": x.URL(h.files() + f.Name), "encodingFormat": "text/csv",
				"contentSize": strconv.FormatInt(f.Bytes, 10) + " B", "sha256": f.SHA256,
			})
		}
	}
	linked := map[string]any{
		"@context": "https://schema.org/", "@type": "Dataset", "@id": x.URL(h.path()), "url": x.URL(h.path()), "name": d.Title,
		"description": orElse(d.Description, orElse(about.Description, d.Title)), "version": strconv.Itoa(p.Number), "identifier": "urn:sha256:" + p.Manifest,
		"datePublished": p.PublishedAt.UTC().Format(time.DateOnly), "isAccessibleForFree": true, "creditText": cited,
		"variableMeasured": variables, "distribution": files, "measurementTechnique": about.Protection.Statement,
	}
	set := func(name, value string) {
		if value != "" {
			linked[name] = value
		}
	}
	set("license", orElse(d.Licence, about.Licence))
	if publisher := orElse(d.Publisher, about.Publisher); publisher != "" {
		linked["publisher"] = map[string]string{"@type": "Organization", "name": publisher}
		linked["creator"] = linked["publisher"]
	}
	if len(d.Languages) > 0 {
		linked["inLanguage"] = d.Languages
	}
	if first, last := span(columns); first != "" {
		linked["temporalCoverage"] = first + "/" + last
	}
	if len(reach.places) > 0 {
		linked["spatialCoverage"] = reach.places
	}
	return linked
}

// span returns the first and the last value of the columns about time, "" for none.
func span(columns []explorer.Column) (first, last string) {
	for i := range columns {
		if c := &columns[i]; c.Kind == table.Date.String() {
			for _, v := range c.Values {
				if first == "" || v.Value < first {
					first = v.Value
				}
				last = max(last, v.Value)
			}
		}
	}
	return first, last
}

func orElse(text, other string) string {
	if text == "" {
		return other
	}
	return text
}

// feedMost is how many releases the feed has.
const feedMost = 50

// feed is an Atom feed (RFC 4287).
type feed struct {
	XMLName xml.Name    `xml:"http://www.w3.org/2005/Atom feed"`
	Lang    string      `xml:"xml:lang,attr"`
	ID      string      `xml:"id"`
	Title   string      `xml:"title"`
	Updated string      `xml:"updated"`
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
	Rights    string   `xml:"rights,omitempty"`
	Summary   string   `xml:"summary,omitempty"`
}

// atom answers with the feed of releases, those withdrawn with their notice: the last
// that something happened to come first.
func (r *room) atom(x *web.Exchange) error {
	sets, err := r.service.Catalogue(x.Context())
	if err != nil {
		return err
	}
	f := feed{
		Lang: x.Printer().Code(), ID: "urn:covey:feed:data", Title: x.Text("catalogue.feed.title"), Author: feedAuthor{x.Text("web.name")},
		Updated: time.Unix(0, 0).UTC().Format(time.RFC3339),
		Links:   []feedLink{{"self", "application/atom+xml", x.URL("/data/feed.atom")}, {"alternate", "text/html", x.URL("/data")}},
	}
	for _, e := range feedEvents(sets) {
		f.Entries = append(f.Entries, entryOf(x, e))
	}
	if len(f.Entries) > 0 {
		f.Updated = f.Entries[0].Updated
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

func entryOf(x *web.Exchange, h here) feedEntry {
	p := h.release
	e := feedEntry{
		ID: "urn:covey:release:" + p.Manifest, Title: x.Text("catalogue.feed.entry", "title", h.dataset.Title, "number", p.Number),
		Published: p.PublishedAt.UTC().Format(time.RFC3339), Updated: changed(p).UTC().Format(time.RFC3339),
		Link: feedLink{"alternate", "text/html", x.URL(h.path())}, Rights: h.dataset.Licence, Summary: orElse(p.Note, h.dataset.Description),
	}
	if p.State == publication.Withdrawn {
		e.Title = x.Text("catalogue.feed.withdrawn", "title", h.dataset.Title, "number", p.Number)
		e.Summary = p.Notice
	}
	return e
}
