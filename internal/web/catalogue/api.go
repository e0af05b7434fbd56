package catalogue

import (
	"context"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/opencovey/covey/explorer"
	"github.com/opencovey/covey/internal/fault"
	"github.com/opencovey/covey/internal/publication"
	"github.com/opencovey/covey/internal/web"
)

// api adds the operations for reading releases.
func (r *room) api(api huma.API) {
	tags := []string{"data"}
	web.Operate(api, huma.Operation{
		OperationID: "list-datasets", Method: http.MethodGet, Path: "/datasets", Summary: "Data sets that have a release", Tags: tags,
	}, r.apiDatasets)
	web.Operate(api, huma.Operation{
		OperationID: "get-dataset", Method: http.MethodGet, Path: "/datasets/{id}", Summary: "One data set with its releases", Tags: tags,
	}, r.apiDataset)
	web.Operate(api, huma.Operation{
		OperationID: "get-release", Method: http.MethodGet, Path: "/datasets/{id}/releases/{number}", Summary: "One release: protection, columns, quality, files", Tags: tags,
		Description: "A withdrawn release is answered with its notice, and without files.",
	}, r.apiRelease)
	const filters = "Parameters of other names are filters: column=value keeps combinations that hold this value; several must all be held. " +
		"A column with the name of a parameter is filtered by where=column=value."
	web.Operate(api, huma.Operation{
		OperationID: "get-aggregates", Method: http.MethodGet, Path: "/datasets/{id}/releases/{number}/aggregates", Summary: "Published counts with their margins", Tags: tags,
		Description: filters,
	}, r.apiAggregates)
	web.Operate(api, huma.Operation{
		OperationID: "get-aggregates-csv", Method: http.MethodGet, Path: "/datasets/{id}/releases/{number}/aggregates.csv",
		Summary: "Published counts with their margins, as CSV", Tags: tags, Description: filters + " The header Link names the next page.",
	}, r.apiAggregatesCSV)
	web.Operate(api, huma.Operation{
		OperationID: "ask", Method: http.MethodGet, Path: "/ask", Summary: "A question, answered from the published counts of all releases", Tags: tags,
	}, r.apiAsk)
}

// caching is how every answer is kept: anybody may keep it, and asks each time.
const caching = "public, no-cache"

// named returns the ETag of an answer that is the same as long as a name is, and the
// status: not modified if the caller has it. The tag is weak, since compression
// changes the bytes.
func named(name, match string) (status int, tag string) {
	tag = `W/"` + name + `"`
	for given := range strings.SplitSeq(match, ",") {
		if given = strings.TrimSpace(given); given == tag || given == "*" {
			return http.StatusNotModified, tag
		}
	}
	return http.StatusOK, tag
}

// countBody is a published number.
type countBody struct {
	Count int  `json:"count" doc:"Published number of people"`
	Low   int  `json:"low" doc:"Least that the true number can be; in a differential release with 95 % probability"`
	High  *int `json:"high" doc:"Most that it can be; null if the release does not bound it"`
}

func bodyOf(c publication.Count) countBody {
	b := countBody{Count: c.Estimate, Low: c.Low}
	if c.High >= 0 {
		b.High = &c.High
	}
	return b
}

// datasetBody describes a data set.
type datasetBody struct {
	ID          string      `json:"id"`
	Title       string      `json:"title"`
	Description string      `json:"description,omitempty"`
	Publisher   string      `json:"publisher,omitempty"`
	Licence     string      `json:"licence,omitempty"`
	Citation    string      `json:"citation,omitempty"`
	Contact     string      `json:"contact,omitempty"`
	Languages   []string    `json:"languages,omitempty"`
	Page        string      `json:"page" doc:"Address for people"`
	Address     string      `json:"address" doc:"Address in this API"`
	Latest      int         `json:"latest,omitempty" doc:"Number of the newest release that is not withdrawn"`
	Releases    []shortBody `json:"releases" doc:"Newest first"`
}

// shortBody names a release.
type shortBody struct {
	Number    int        `json:"number"`
	Title     string     `json:"title,omitempty"`
	Note      string     `json:"note,omitempty" doc:"What is new"`
	State     string     `json:"state" enum:"published,withdrawn"`
	SHA256    string     `json:"sha256" doc:"Hash of the manifest: names the release"`
	Published time.Time  `json:"published"`
	Withdrawn *time.Time `json:"withdrawn,omitempty"`
	Notice    string     `json:"notice,omitempty" doc:"Why it was withdrawn"`
	Page      string     `json:"page" doc:"Address for people"`
	Address   string     `json:"address" doc:"Address in this API"`
}

const apiBase = "/api/v1/datasets/"

func shortOf(x *web.Exchange, p publication.PublicRelease) shortBody {
	b := shortBody{
		Number: p.Number, Title: p.Title, Note: p.Note, State: string(p.State), SHA256: p.Manifest, Published: p.PublishedAt, Notice: p.Notice,
		Page: x.URL(releasePath(p.Dataset, p.Number)), Address: x.URL(apiBase + p.Dataset + "/releases/" + strconv.Itoa(p.Number)),
	}
	if p.State == publication.Withdrawn {
		b.Withdrawn, b.Title, b.Note = &p.WithdrawnAt, "", "" // its notice stays, and no other word
	}
	return b
}

func datasetOf(x *web.Exchange, d publication.PublicDataset) datasetBody {
	b := datasetBody{
		ID: d.ID, Title: d.Title, Description: d.Description, Publisher: d.Publisher, Licence: d.Licence, Citation: d.Citation, Contact: d.Contact,
		Languages: d.Languages, Page: x.URL("/data/" + d.ID), Address: x.URL(apiBase + d.ID), Releases: []shortBody{},
	}
	if p, ok := d.Latest(); ok {
		b.Latest = p.Number
	}
	for _, p := range d.Releases {
		b.Releases = append(b.Releases, shortOf(x, p))
	}
	return b
}

// Paging are the parameters of lists.
type Paging struct {
	Offset int    `query:"offset" minimum:"0" maximum:"100000000" doc:"How many to leave out from the beginning"`
	Limit  int    `query:"limit" minimum:"1" maximum:"1000" doc:"How many at most; 100 if it is left out"`
	Match  string `header:"If-None-Match" doc:"ETag of an earlier answer"`
}

// most is how many are given at a time.
func (p Paging) most() int {
	if p.Limit == 0 {
		return 100
	}
	return p.Limit
}

// datasetsOutput is a page of data sets.
type datasetsOutput struct {
	Status int
	ETag   string `header:"ETag"`
	Cache  string `header:"Cache-Control"`
	Body   struct {
		Total    int           `json:"total"`
		Next     string        `json:"next,omitempty" doc:"Address of the next page"`
		Datasets []datasetBody `json:"datasets"`
	}
}

func (r *room) apiDatasets(ctx context.Context, in *struct{ Paging }) (*datasetsOutput, error) {
	sets, err := r.service.Catalogue(ctx)
	if err != nil {
		return nil, err
	}
	out, x := &datasetsOutput{}, web.From(ctx)
	out.Cache = caching
	if out.Status, out.ETag = named("all-"+strconv.FormatInt(r.generation(), 36), in.Match); out.Status == http.StatusNotModified {
		return out, nil
	}
	out.Body.Total, out.Body.Datasets = len(sets), []datasetBody{}
	from := min(in.Offset, len(sets))
	to := min(from+in.most(), len(sets))
	for _, d := range sets[from:to] {
		out.Body.Datasets = append(out.Body.Datasets, datasetOf(x, d))
	}
	if to < len(sets) {
		out.Body.Next = x.URL("/api/v1/datasets?limit=" + strconv.Itoa(in.most()) + "&offset=" + strconv.Itoa(to))
	}
	return out, nil
}

// datasetInput names a data set.
type datasetInput struct {
	ID    string `path:"id" maxLength:"200" doc:"ID of the data set, as in the address of its page"`
	Match string `header:"If-None-Match" doc:"ETag of an earlier answer"`
}

// datasetOutput is one data set.
type datasetOutput struct {
	Status int
	ETag   string `header:"ETag"`
	Cache  string `header:"Cache-Control"`
	Body   datasetBody
}

func (r *room) apiDataset(ctx context.Context, in *datasetInput) (*datasetOutput, error) {
	d, err := r.service.PublicDataset(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	out := &datasetOutput{}
	out.Cache = caching
	if out.Status, out.ETag = named("set-"+strconv.FormatInt(r.generation(), 36), in.Match); out.Status == http.StatusNotModified {
		return out, nil
	}
	out.Body = datasetOf(web.From(ctx), d)
	return out, nil
}

// ReleaseInput names a release.
type ReleaseInput struct {
	ID     string `path:"id" maxLength:"200" doc:"ID of the data set"`
	Number string `path:"number" maxLength:"10" doc:"Number of the release"`
}

// releaseBody describes a release.
type releaseBody struct {
	shortBody
	Dataset    string               `json:"dataset"`
	People     *countBody           `json:"people,omitempty" doc:"People in the source records, as published"`
	Records    int                  `json:"records,omitempty" doc:"Synthetic records"`
	Protection *explorer.Protection `json:"protection,omitempty"`
	Withheld   bool                 `json:"withheld,omitempty" doc:"Counts are left out because of an earlier release"`
	Columns    []explorer.Column    `json:"columns,omitempty"`
	Counts     []int                `json:"counts,omitempty" doc:"Published combinations by length, from 1"`
	Errors     []errorBody          `json:"errors,omitempty" doc:"How far counts that are taken from the synthetic records are off"`
	Files      []fileBody           `json:"files,omitempty"`
	Aggregates string               `json:"aggregates,omitempty" doc:"Address of the published counts in this API"`
}

// errorBody says how far counts of one length are off.
type errorBody struct {
	Length   int      `json:"length"`
	Mean     float64  `json:"mean" doc:"Mean absolute difference, in people"`
	Relative float64  `json:"relative" doc:"Sum of absolute differences by the sum of counts"`
	Kept     *float64 `json:"kept,omitempty" doc:"Share of combinations that the synthetic records show"`
}

// fileBody is a file.
type fileBody struct {
	Name    string `json:"name"`
	Bytes   int64  `json:"bytes"`
	SHA256  string `json:"sha256"`
	Address string `json:"address"`
}

// releaseOutput is one release.
type releaseOutput struct {
	Status int
	ETag   string `header:"ETag"`
	Cache  string `header:"Cache-Control"`
	Body   releaseBody
}

func (r *room) apiRelease(ctx context.Context, in *struct {
	ReleaseInput
	Match string `header:"If-None-Match" doc:"ETag of an earlier answer"`
},
) (*releaseOutput, error) {
	h, err := r.find(ctx, in.ID, in.Number)
	if err != nil {
		return nil, err
	}
	out, x, p := &releaseOutput{}, web.From(ctx), h.release
	out.Cache = caching
	if out.Status, out.ETag = named(string(p.State[:1])+"-"+p.Manifest, in.Match); out.Status == http.StatusNotModified {
		return out, nil
	}
	out.Body.shortBody, out.Body.Dataset = shortOf(x, p), h.dataset.ID
	if p.State == publication.Withdrawn {
		return out, nil
	}
	about, columns, err := r.service.Codebook(ctx, h.dataset.ID, p.Number)
	if err != nil {
		return nil, err
	}
	people, err := r.people(ctx, h.dataset.ID, p.Number)
	if err != nil {
		return nil, err
	}
	n := bodyOf(people)
	out.Body.People, out.Body.Records, out.Body.Protection, out.Body.Withheld = &n, about.Records, &about.Protection, about.Withheld
	out.Body.Columns, out.Body.Counts, out.Body.Aggregates = columns, p.Figures.Counts, out.Body.Address+"/aggregates"
	for _, e := range p.Figures.Errors {
		b := errorBody{Length: e.Length, Mean: e.Mean, Relative: e.Relative}
		if e.Kept >= 0 {
			b.Kept = &e.Kept
		}
		out.Body.Errors = append(out.Body.Errors, b)
	}
	for _, f := range p.Files {
		out.Body.Files = append(out.Body.Files, fileBody{f.Name, f.Bytes, f.SHA256, x.URL(h.files() + f.Name)})
	}
	return out, nil
}

// askInput is a question.
type askInput struct {
	Q       string   `query:"q" required:"true" maxLength:"1200" doc:"How many, where, when: in words"`
	Dataset []string `query:"dataset,explode" doc:"Only these data sets"`
	All     bool     `query:"all" doc:"Also releases that a newer one has followed"`
	Paging
}

// askOutput are answers.
type askOutput struct {
	Status int
	ETag   string `header:"ETag"`
	Cache  string `header:"Cache-Control"`
	Body   struct {
		Total   int          `json:"total"`
		Unknown []string     `json:"unknown" doc:"Words that no release knows"`
		Next    string       `json:"next,omitempty" doc:"Address of the next page"`
		Answers []answerBody `json:"answers"`
	}
}

// answerBody is an answer.
type answerBody struct {
	Dataset    string          `json:"dataset"`
	Release    int             `json:"release"`
	SHA256     string          `json:"sha256" doc:"Hash of the manifest of the release"`
	Attributes []attributeBody `json:"attributes" doc:"What the people have in common"`
	countBody
	Of    []wholeBody `json:"of" doc:"Numbers that it may be taken as a share of"`
	Unmet []string    `json:"unmet,omitempty" doc:"Parts of the question that the release has no number for"`
}

// attributeBody is a value of a column.
type attributeBody struct {
	Column string `json:"column"`
	Value  string `json:"value"`
}

// wholeBody is a denominator.
type wholeBody struct {
	Kind string `json:"kind" enum:"people,column,group,part" doc:"All people of the release; those with anything stated in the column, or its group; those with all attributes but the last"`
	Name string `json:"name,omitempty" doc:"Of the column or group"`
	countBody
}

func attributesOf(list []publication.Attribute) []attributeBody {
	out := []attributeBody{}
	for _, a := range list {
		out = append(out, attributeBody{a.Column, a.Value})
	}
	return out
}

func (r *room) apiAsk(ctx context.Context, in *askInput) (*askOutput, error) {
	if strings.TrimSpace(in.Q) == "" {
		return nil, fault.New(fault.Invalid, "fault.catalogue.question").At("q")
	}
	out, x := &askOutput{}, web.From(ctx)
	out.Cache = caching
	if out.Status, out.ETag = named("ask-"+strconv.FormatInt(r.generation(), 36), in.Match); out.Status == http.StatusNotModified {
		return out, nil
	}
	answers, err := r.service.Ask(ctx, publication.Question{Text: in.Q, Datasets: in.Dataset, All: in.All, Offset: in.Offset, Limit: min(in.most(), 500)})
	if err != nil {
		return nil, err
	}
	out.Body.Total, out.Body.Unknown, out.Body.Answers = answers.Total, append([]string{}, answers.Unknown...), []answerBody{}
	for _, a := range answers.List {
		b := answerBody{Dataset: a.Dataset, Release: a.Number, SHA256: a.Manifest, Attributes: attributesOf(a.Attributes), countBody: bodyOf(a.Count), Of: []wholeBody{}, Unmet: a.Unmet}
		for _, d := range a.Of {
			b.Of = append(b.Of, wholeBody{d.Kind, d.Name, bodyOf(d.Count)})
		}
		out.Body.Answers = append(out.Body.Answers, b)
	}
	if end := in.Offset + len(answers.List); end < answers.Total && len(answers.List) > 0 {
		out.Body.Next = nextPage(x, end)
	}
	return out, nil
}
