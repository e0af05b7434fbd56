package catalogue

import (
	"bytes"
	"context"
	"encoding/csv"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/opencovey/covey/internal/fault"
	"github.com/opencovey/covey/internal/publication"
	"github.com/opencovey/covey/internal/web"
)

// aggregatesInput selects published counts.
type aggregatesInput struct {
	ReleaseInput
	Length  int      `query:"length" minimum:"1" maximum:"6" doc:"Combinations of so many values alone"`
	Columns []string `query:"columns,explode" doc:"Combinations of these columns alone; may be given several times"`
	Where   []string `query:"where,explode" doc:"column=value, as the parameters of other names"`
	Paging
}

// parameters are the names that are not filters.
var parameters = [...]string{"length", "columns", "where", "offset", "limit", "lang"}

// query reads the filters, in an order that does not depend on chance.
func (in *aggregatesInput) query(x *web.Exchange, h here) (publication.AggregateQuery, error) {
	q := publication.AggregateQuery{
		Dataset: h.dataset.ID, Number: h.release.Number, Columns: in.Columns, Length: in.Length, Offset: in.Offset, Limit: in.most(),
	}
	for _, text := range in.Where {
		column, value, ok := strings.Cut(text, "=")
		if !ok {
			return q, fault.New(fault.Invalid, "fault.catalogue.where").At("where")
		}
		q.Where = append(q.Where, publication.Condition{Column: column, Value: value})
	}
	asked := x.Query()
	for _, name := range slices.Sorted(maps.Keys(asked)) {
		if slices.Contains(parameters[:], name) {
			continue
		}
		for _, value := range asked[name] {
			q.Where = append(q.Where, publication.Condition{Column: name, Value: value})
		}
	}
	return q, nil
}

// aggregateBody is a published count.
type aggregateBody struct {
	countBody
	Attributes []attributeBody `json:"attributes" doc:"What the people have in common; empty: all people"`
}

// aggregatesOutput is a page of published counts.
type aggregatesOutput struct {
	Status int
	ETag   string `header:"ETag"`
	Cache  string `header:"Cache-Control"`
	Body   struct {
		Dataset    string          `json:"dataset"`
		Release    int             `json:"release"`
		SHA256     string          `json:"sha256" doc:"Hash of the manifest: as long as it is the same, so are the counts"`
		Total      int             `json:"total" doc:"Counts that were found"`
		Next       string          `json:"next,omitempty" doc:"Address of the next page"`
		Aggregates []aggregateBody `json:"aggregates"`
	}
}

// found are published counts, and the state of the answer that they are.
type found struct {
	publication.AggregatePage
	status int
	tag    string
}

// aggregates finds what is asked for; nothing if the caller has it.
func (r *room) aggregates(ctx context.Context, in *aggregatesInput, form string) (f found, err error) {
	h, err := r.published(ctx, in.ID, in.Number)
	if err != nil {
		return f, err
	}
	q, err := in.query(web.From(ctx), h)
	if err != nil {
		return f, err
	}
	// The address says which counts, the hash says of what: together they name the answer.
	if f.status, f.tag = named(form+"-"+h.release.Manifest, in.Match); f.status != http.StatusNotModified {
		f.AggregatePage, err = r.service.Aggregates(ctx, q)
	}
	return f, err
}

func (r *room) apiAggregates(ctx context.Context, in *aggregatesInput) (*aggregatesOutput, error) {
	page, err := r.aggregates(ctx, in, "json")
	if err != nil {
		return nil, err
	}
	out := &aggregatesOutput{Status: page.status, ETag: page.tag, Cache: caching}
	if out.Status == http.StatusNotModified {
		return out, nil
	}
	out.Body.Dataset, out.Body.SHA256, out.Body.Total, out.Body.Aggregates = in.ID, page.Manifest, page.Total, []aggregateBody{}
	out.Body.Release, _ = strconv.Atoi(in.Number) // is a number: the release was found by it
	for _, row := range page.Rows {
		out.Body.Aggregates = append(out.Body.Aggregates, aggregateBody{bodyOf(row.Count), attributesOf(row.Attributes)})
	}
	if page.Next > 0 {
		out.Body.Next = nextPage(web.From(ctx), page.Next)
	}
	return out, nil
}

// nextPage is the address that was asked for with another offset.
func nextPage(x *web.Exchange, offset int) string {
	q := maps.Clone(x.Query())
	q.Set("offset", strconv.Itoa(offset))
	return x.URL("/api/v1" + strings.TrimPrefix(x.R.URL.EscapedPath(), "/api/v1") + "?" + q.Encode())
}

// csvOutput is a table.
type csvOutput struct {
	Status      int
	ETag        string `header:"ETag"`
	Cache       string `header:"Cache-Control"`
	Type        string `header:"Content-Type"`
	Disposition string `header:"Content-Disposition"`
	Link        string `header:"Link"`
	Body        []byte
}

// apiAggregatesCSV writes counts as aggregates.csv does, always with low and high.
// Where there is no upper end, high is empty.
func (r *room) apiAggregatesCSV(ctx context.Context, in *aggregatesInput) (*csvOutput, error) {
	page, err := r.aggregates(ctx, in, "csv")
	if err != nil {
		return nil, err
	}
	out := &csvOutput{Status: page.status, ETag: page.tag, Cache: caching}
	if out.Status == http.StatusNotModified {
		return out, nil
	}
	out.Type = "text/csv; charset=utf-8"
	out.Disposition = `inline; filename="` + in.ID + "-" + in.Number + `-aggregates.csv"`
	if page.Next > 0 {
		out.Link = "<" + nextPage(web.From(ctx), page.Next) + `>; rel="next"`
	}
	longest := 0
	for _, row := range page.Rows {
		longest = max(longest, len(row.Attributes))
	}
	var b bytes.Buffer
	w := csv.NewWriter(&b)
	head := []string{"count", "low", "high", "length"}
	for i := range longest {
		head = append(head, "column_"+strconv.Itoa(i+1), "value_"+strconv.Itoa(i+1))
	}
	_ = w.Write(head) // a buffer takes everything
	for _, row := range page.Rows {
		high := ""
		if row.Count.High >= 0 {
			high = strconv.Itoa(row.Count.High)
		}
		line := []string{strconv.Itoa(row.Count.Estimate), strconv.Itoa(row.Count.Low), high, strconv.Itoa(len(row.Attributes))}
		for _, a := range row.Attributes {
			line = append(line, a.Column, a.Value)
		}
		for len(line) < len(head) {
			line = append(line, "")
		}
		_ = w.Write(line)
	}
	w.Flush()
	out.Body = b.Bytes()
	return out, nil
}
