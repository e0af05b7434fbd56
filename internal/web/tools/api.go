package tools

import (
	"context"
	"net/http"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"github.com/opencovey/covey/internal/directory"
	"github.com/opencovey/covey/internal/fault"
	"github.com/opencovey/covey/internal/web"
)

// toolsInput are the parameters of a search: those of the page of results.
type toolsInput struct {
	Text       string   `query:"q" doc:"Words to look for, in any language" maxLength:"200"`
	Type       []string `query:"type,explode" doc:"Kinds of initiative: codes of the vocabulary"`
	Users      []string `query:"users,explode" doc:"Target users"`
	Sector     []string `query:"sector,explode" doc:"Target sectors"`
	Technology []string `query:"technology,explode" doc:"Technologies"`
	Form       []string `query:"form,explode" doc:"Forms of trafficking"`
	Used       []string `query:"used,explode" doc:"Where it is used: ISO 3166-1 alpha-2, UN M49 regions, or world"`
	Made       []string `query:"made,explode" doc:"Where its makers are"`
	Developer  []string `query:"developer,explode" doc:"Kinds of developers"`
	Cost       []string `query:"cost,explode" doc:"Costs"`
	Licence    []string `query:"licence,explode" doc:"Licences"`
	Language   []string `query:"language,explode" doc:"Languages of the interface: BCP 47"`
	Stage      []string `query:"stage,explode" doc:"Stages"`
	Evidence   []string `query:"evidence,explode" doc:"Evidence"`
	Checked    string   `query:"checked" enum:"year,older,never" doc:"When somebody last looked whether it works"`
	Sort       string   `query:"sort" enum:"name,updated" doc:"Order; by relevance if it is left out"`
	Page       int      `query:"page" minimum:"1" doc:"Page, from 1"`
	PerPage    int      `query:"per" minimum:"1" maximum:"100" doc:"Tools on a page; 25 if it is left out"`
	Match      string   `header:"If-None-Match" doc:"ETag of an earlier answer"`
}

// query returns the query of the parameters; codes that mean nothing are a fault.
func (in *toolsInput) query(v *directory.Vocabulary) (directory.Query, error) {
	q := directory.Query{Text: in.Text, Checked: in.Checked, Sort: directory.Sort(in.Sort), Page: in.Page, PerPage: in.PerPage}
	for f, codes := range map[directory.Facet][]string{
		directory.Type: in.Type, directory.Users: in.Users, directory.Sector: in.Sector, directory.Technology: in.Technology,
		directory.Form: in.Form, directory.UsedIn: in.Used, directory.MadeIn: in.Made, directory.Developer: in.Developer,
		directory.Cost: in.Cost, directory.Licence: in.Licence, directory.Language: in.Language, directory.Stage: in.Stage,
		directory.Evidence: in.Evidence,
	} {
		for _, code := range codes {
			if _, ok := v.Term(f, code); !ok {
				return q, fault.New(fault.Invalid, "fault.tool.term", "code", cut(code, 40)).At(string(f))
			}
		}
		if len(codes) > 0 {
			page := q.Page
			q = q.Only(f, codes...).At(page)
		}
	}
	return q, nil
}

// toolsOutput is a page of a result.
type toolsOutput struct {
	Status int
	ETag   string `header:"ETag"`
	Body   struct {
		Total int               `json:"total" doc:"Tools found"`
		Page  int               `json:"page"`
		Pages int               `json:"pages"`
		Next  string            `json:"next,omitempty" doc:"Address of the next page"`
		Tools []directory.Entry `json:"tools"`
	}
}

// same returns the ETag of the present state, and whether the caller has the answer
// of it already: then the status says so, and there is nothing to send.
func (r *room) same(ctx context.Context, match string) (status int, etag string, err error) {
	if err := r.service.Refresh(ctx); err != nil {
		return 0, "", err
	}
	day := r.now().UTC().Format("20060102") // what was checked in the last year depends on it
	etag = `W/"` + day + "-" + r.state() + `"`
	for given := range strings.SplitSeq(match, ",") {
		if given = strings.TrimSpace(given); given == etag || given == "*" {
			return http.StatusNotModified, etag, nil
		}
	}
	return http.StatusOK, etag, nil
}

// api adds the operations for reading the map.
func (r *room) api(api huma.API) {
	web.Operate(api, huma.Operation{
		OperationID: "find-tools", Method: http.MethodGet, Path: "/tools", Summary: "Find tools", Tags: []string{"tools"},
		Description: "Several codes of one facet widen a search, several facets narrow it.",
	}, r.apiTools)
	web.Operate(api, huma.Operation{
		OperationID: "get-tool", Method: http.MethodGet, Path: "/tools/{id}", Summary: "One tool", Tags: []string{"tools"},
		Description: "An entry that was merged is answered with the one that took its place; a withdrawn one is gone.",
	}, r.apiTool)
	web.Operate(api, huma.Operation{
		OperationID: "get-vocabulary", Method: http.MethodGet, Path: "/vocabulary", Summary: "The terms that tools are described with", Tags: []string{"tools"},
	}, r.apiVocabulary)
}

func (r *room) apiTools(ctx context.Context, in *toolsInput) (*toolsOutput, error) {
	out := &toolsOutput{}
	var err error
	if out.Status, out.ETag, err = r.same(ctx, in.Match); err != nil || out.Status == http.StatusNotModified {
		return out, err
	}
	q, err := in.query(r.service.Vocabulary())
	if err != nil {
		return nil, err
	}
	result := r.service.Search(q)
	out.Body.Total, out.Body.Page, out.Body.Pages = result.Total, result.Page, result.Pages
	out.Body.Tools = make([]directory.Entry, len(result.Hits))
	for i, h := range result.Hits {
		out.Body.Tools[i] = directory.EntryOf(h.Tool)
	}
	if result.Page < result.Pages {
		out.Body.Next = withQuery("/api/v1/tools", q.At(result.Page+1).Values())
	}
	return out, nil
}

// toolOutput is one tool.
type toolOutput struct {
	Status int
	ETag   string `header:"ETag"`
	Body   directory.Entry
}

func (r *room) apiTool(ctx context.Context, in *struct {
	ID    string `path:"id" maxLength:"200" doc:"ID of the tool, as in the address of its page"`
	Match string `header:"If-None-Match" doc:"ETag of an earlier answer"`
},
) (*toolOutput, error) {
	out := &toolOutput{}
	if err := r.service.Refresh(ctx); err != nil {
		return nil, err
	}
	t, ok := r.service.Index().Tool(in.ID)
	switch {
	case !ok:
		return nil, missing()
	case t.Withdrawn:
		return nil, fault.New(fault.Gone, "fault.tool.withdrawn")
	}
	var err error
	if out.Status, out.ETag, err = r.same(ctx, in.Match); err != nil || out.Status == http.StatusNotModified {
		return out, err
	}
	out.Body = directory.EntryOf(t)
	return out, nil
}

// termOutput is a term of a vocabulary.
type termOutput struct {
	Code    string            `json:"code"`
	Parent  string            `json:"parent,omitempty" doc:"Code of the broader term"`
	Groups  []string          `json:"groups,omitempty" doc:"Further terms that it belongs to"`
	Labels  map[string]string `json:"labels" doc:"By language"`
	Caution map[string]string `json:"caution,omitempty" doc:"What people should know before they rely on such a tool, by language"`
}

// vocabularyOutput is the whole vocabulary.
type vocabularyOutput struct {
	Status int
	ETag   string `header:"ETag"`
	Body   struct {
		Facets map[string][]termOutput `json:"facets"`
	}
}

func (r *room) apiVocabulary(ctx context.Context, in *struct {
	Match string `header:"If-None-Match" doc:"ETag of an earlier answer"`
},
) (*vocabularyOutput, error) {
	out := &vocabularyOutput{}
	var err error
	if out.Status, out.ETag, err = r.same(ctx, in.Match); err != nil || out.Status == http.StatusNotModified {
		return out, err
	}
	v := r.service.Vocabulary()
	out.Body.Facets = map[string][]termOutput{}
	for _, f := range directory.Facets() {
		for _, t := range v.Terms(f) {
			term := termOutput{Code: t.Code, Parent: t.Parent, Groups: t.Groups, Labels: t.Labels}
			if t.Caution != "" {
				term.Caution = map[string]string{}
				for lang := range t.Labels {
					term.Caution[lang] = v.Caution(t.Caution, lang)
				}
			}
			out.Body.Facets[string(f)] = append(out.Body.Facets[string(f)], term)
		}
	}
	return out, nil
}
