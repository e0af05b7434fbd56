package catalogue

import (
	"context"
	"encoding/json"
	"fmt"
	"html/template"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/opencovey/covey/explorer"
	"github.com/opencovey/covey/internal/chart"
	"github.com/opencovey/covey/internal/publication"
	"github.com/opencovey/covey/internal/web"
	"github.com/opencovey/covey/release"
)

// releasePage is a release, as the page of its data set or of its own.
type releasePage struct {
	DatasetID    string
	Whole        bool // the page of the data set, which shows the newest release
	Title        string
	Description  string
	Publisher    string
	Contact      string
	ContactLink  string // mailto or a web address; "" if it is neither
	Licence      string
	Source       string
	Path         string // of the release
	DatasetPath  string
	Number       int
	Name         string // of the release, if it has another than the data set
	Note         string // what is new
	At           time.Time
	Withdrawn    bool
	WithdrawnAt  time.Time
	Notice       string
	Newer        int // number of the newest release, if this is an older one
	People       string
	Records      int
	Years        string
	Places       []string
	Differential bool
	K            int
	Length       int
	Epsilon      string
	Delta        string
	Withheld     bool
	Statement    string
	Meaning      string
	Explorer     string // address
	Quality      []qualityView
	Files        []fileView
	Citation     string
	Columns      []columnView
	Signatures   []signatureView
	Manifest     string
	Versions     []versionView
	Linked       map[string]any // the same for machines, as JSON-LD
}

// qualityView says how far counts of one length are off.
type qualityView struct {
	Length   int
	Counts   int    // published combinations
	Mean     string // people
	Relative string // share
	Kept     string // share; "" if it is not known
	Picture  template.HTML
}

// fileView is a file to take along.
type fileView struct {
	Name, What, Size, Hash, Path string
	Show                         bool // is shown by the browser
}

// columnView is a line of the codebook.
type columnView struct {
	Name, Label, Kind, Description, Group, People string
	Values                                        []valueView
}

type valueView struct{ Code, Name string } // Code is "" if it is the name

// signatureView says who answers for a release.
type signatureView struct {
	Act, Person, Organisation string
	At                        time.Time
	Checked                   bool // by this server's key
}

// versionView is a line of the list of versions.
type versionView struct {
	Number    int
	Path      string
	Name      string
	Note      string
	At        time.Time
	Withdrawn bool
	Current   bool
}

// dataset answers with the newest release of a data set; if all are withdrawn, with
// the notice of the last.
func (r *room) dataset(x *web.Exchange) error {
	d, err := r.service.PublicDataset(x.Context(), x.Path("dataset"))
	if err != nil {
		return err
	}
	p, ok := d.Latest()
	if !ok {
		p = d.Releases[0]
	}
	return r.show(x, here{d, p}, true)
}

// version answers with one release.
func (r *room) version(x *web.Exchange) error {
	h, err := r.find(x.Context(), x.Path("dataset"), x.Path("number"))
	if err != nil {
		return err
	}
	return r.show(x, h, false)
}

func (r *room) show(x *web.Exchange, h here, whole bool) error {
	s, d, p := speak(x), h.dataset, h.release
	page := &releasePage{
		Whole: whole, Title: d.Title, Description: d.Description, Publisher: d.Publisher, Contact: d.Contact, ContactLink: contactLink(d.Contact), Licence: d.Licence,
		Path: h.path(), DatasetPath: "/data/" + d.ID, DatasetID: d.ID, Number: p.Number, At: p.PublishedAt,
		Withdrawn: p.State == publication.Withdrawn, WithdrawnAt: p.WithdrawnAt, Notice: p.Notice, Manifest: p.Manifest,
	}
	if latest, ok := d.Latest(); ok && latest.Number > p.Number {
		page.Newer = latest.Number
	}
	for _, v := range d.Releases {
		line := versionView{Number: v.Number, Path: releasePath(d.ID, v.Number), At: v.PublishedAt, Withdrawn: v.State == publication.Withdrawn, Current: v.Number == p.Number}
		if !line.Withdrawn { // of what is withdrawn the notice stays, and no other word
			line.Note, line.Name = v.Note, otherThan(d.Title, v.Title)
		}
		page.Versions = append(page.Versions, line)
	}
	if !page.Withdrawn {
		if err := r.describe(x, s, h, page); err != nil {
			return err
		}
	}
	return x.Page("catalogue/release", page)
}

// otherThan returns the title of a release if it says more than that of its data set.
func otherThan(dataset, title string) string {
	if title == dataset {
		return ""
	}
	return title
}

// describe adds what only a release has that is not withdrawn.
func (r *room) describe(x *web.Exchange, s speech, h here, page *releasePage) error {
	d, p := h.dataset, h.release
	about, columns, err := r.service.Codebook(x.Context(), d.ID, p.Number)
	if err != nil {
		return err
	}
	people, err := r.people(x.Context(), d.ID, p.Number)
	if err != nil {
		return err
	}
	reach, protection := s.reach(columns), about.Protection
	page.People, page.Records, page.Years, page.Places, page.Source = s.count(people), about.Records, reach.years, reach.places, about.Source
	page.Differential, page.K, page.Length = protection.Method == explorer.Differential, protection.K, protection.Length
	page.Epsilon, page.Delta, page.Withheld = protection.Epsilon, protection.Delta, about.Withheld
	page.Statement, page.Meaning = protection.Statement, protection.Meaning
	page.Explorer, page.Note, page.Name = s.explorerAddress(h.path(), about.Release, nil), p.Note, otherThan(d.Title, p.Title)
	page.Quality = s.quality(p.Figures)
	page.Citation = citation(x, h, about.Citation)
	for _, f := range p.Files {
		page.Files = append(page.Files, fileView{
			Name: f.Name, What: s.Text("catalogue.file." + fileKey(f.Name)), Size: s.bytes(f.Bytes), Hash: f.SHA256, Path: h.files() + f.Name, Show: shown(f.Name),
		})
	}
	slices.SortFunc(page.Files, func(a, b fileView) int { return fileRank(a.Name) - fileRank(b.Name) })
	for i := range columns {
		page.Columns = append(page.Columns, s.column(&columns[i], people, protection, about.Withheld))
	}
	if page.Signatures, err = r.signatures(x.Context(), s, h); err != nil {
		return err
	}
	page.Linked = linkedData(x, s, h, about, columns, page.Citation)
	return nil
}

// quality describes how good counts are that are taken from the synthetic records.
func (s speech) quality(f publication.Figures) []qualityView {
	var list []qualityView
	for _, e := range f.Errors {
		if e.Length < 1 || e.Length > len(f.Counts) {
			continue
		}
		view := qualityView{
			Length: e.Length, Counts: f.Counts[e.Length-1], Mean: s.few(e.Mean), Relative: s.Percent(e.Relative),
			Picture: chart.Margin(e.Relative, e.Relative, e.Relative, 1, s.rtl()),
		}
		if known := e.Kept; known >= 0 {
			view.Kept = s.Percent(e.Kept)
		}
		list = append(list, view)
	}
	return list
}

// few writes a mean number of people: small ones with a digit more.
func (s speech) few(n float64) string {
	if n >= 10 {
		return s.Number(int(n + 0.5))
	}
	tenths := int(n*10 + 0.5)
	return s.Text("catalogue.decimal", "whole", tenths/10, "tenth", tenths%10)
}

// column describes a column. The number of those who have a value is a total of the
// codebook, which has the range of a count if the release is k-anonymous.
func (s speech) column(c *explorer.Column, people publication.Count, p explorer.Protection, withheld bool) columnView {
	view := columnView{Name: c.Name, Label: nameOf(c), Kind: s.kind(c.Kind), Description: c.Description, Group: c.Group}
	if c.People > 0 {
		n := publication.Count{Estimate: c.People, Low: c.People, High: c.People + p.K - 1}
		switch {
		case p.Method == explorer.Differential:
			view.People = s.Text("catalogue.share.about", "share", s.Number(min(c.People, max(people.High, people.Estimate))))
		case withheld:
			n.High = -1
			view.People = s.count(n)
		default:
			view.People = s.count(n)
		}
	}
	for _, v := range c.Values {
		name := s.value(c.Kind, v.Value, v.Label)
		if name == v.Value {
			view.Values = append(view.Values, valueView{"", name})
		} else {
			view.Values = append(view.Values, valueView{v.Value, name})
		}
	}
	return view
}

// maxManifest bounds what is read of a manifest, in bytes.
const maxManifest = 32 << 20

// signatures reads who signed a release off its manifest.
func (r *room) signatures(ctx context.Context, s speech, h here) ([]signatureView, error) {
	_, file, err := r.service.OpenPublic(ctx, h.dataset.ID, h.release.Number, release.ManifestFile)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	var manifest struct {
		Approvals []string `json:"approvals"`
	}
	if err := json.NewDecoder(io.LimitReader(file, maxManifest)).Decode(&manifest); err != nil {
		return nil, fmt.Errorf("read manifest: %w", err)
	}
	var list []signatureView
	for _, note := range manifest.Approvals {
		a, err := release.OpenApproval(note, r.service.Key())
		if err != nil { // of another server: it stands in the manifest, for whoever has that key
			list = append(list, signatureView{})
			continue
		}
		view := signatureView{Act: s.Text("catalogue.signed.handed-in"), Person: a.Person, Organisation: a.Organisation, At: a.At, Checked: true}
		if a.Act == release.ActApproved {
			view.Act = s.Text("catalogue.signed.approved")
		}
		list = append(list, view)
	}
	return list, nil
}

// citation is how a release is cited: as its publisher says, or by publisher, year,
// title, number and address.
func citation(x *web.Exchange, h here, own string) string {
	d, p := h.dataset, h.release
	for _, text := range []string{own, d.Citation} {
		if text != "" {
			return text
		}
	}
	publisher := ""
	if d.Publisher != "" {
		publisher = strings.TrimSuffix(d.Publisher, ".") + " "
	}
	return fmt.Sprintf("%s(%d). %s, %d. %s (sha256:%s)", publisher, p.PublishedAt.UTC().Year(), d.Title, p.Number, x.URL(h.path()), p.Manifest)
}

// contactLink returns the link of a contact: an address of the web or of mail.
func contactLink(contact string) string {
	switch {
	case strings.HasPrefix(contact, "https://"), strings.HasPrefix(contact, "http://"):
		return contact
	case strings.Count(contact, "@") == 1 && !strings.ContainsAny(contact, " <>\"'\r\n\t,;:/?&%"):
		return "mailto:" + contact
	}
	return ""
}
