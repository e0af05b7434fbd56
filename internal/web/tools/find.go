package tools

import (
	"html/template"
	"net/url"

	"github.com/opencovey/covey/internal/directory"
	"github.com/opencovey/covey/internal/web"
)

// findPage is the page of results.
type findPage struct {
	Query   directory.Query
	Result  directory.Result
	Plain   bool // nothing is chosen: the page as people first see it
	Facets  template.HTML
	Hits    template.HTML
	Map     template.HTML
	Chosen  []chip
	Unknown []directory.Unknown
	Also    []string // names of terms that were searched for as well
	Sorts   []web.Option
	Pages   []pageLink
	Wider   int    // further tools that are for a region around the chosen places, or for the world
	Broader int    // further tools that are for all forms of trafficking
	Meant   string // address of the search with what was meant
	Encoded string // the query, to go after an address: "?q=..." or ""
	Self    string // canonical address
}

// chip is one thing that was chosen, and the address without it.
type chip struct {
	Text string
	Link string
}

// pageLink leads to a page of a long result.
type pageLink struct {
	Text    string
	Link    string
	Current bool
	Rel     string // "prev", "next" or ""
}

// find answers what somebody looks for.
func (r *room) find(x *web.Exchange) error {
	if tidy, ok := tidied(x.Query()); ok {
		return x.Redirect(withQuery("/tools", tidy), "")
	}
	if err := r.service.Refresh(x.Context()); err != nil {
		return err
	}
	page := r.found(x)
	if x.WantsPart() != "" {
		return x.Part("tools/find", "found", page)
	}
	return x.Page("tools/find", page)
}

// languageParameter is the part of an address that chooses the language of the
// page. It is no part of a query.
const languageParameter = "lang"

// tidied removes empty fields, which a form sends along, so that addresses which
// people pass on are short. It is false if there were none.
func tidied(v url.Values) (url.Values, bool) {
	tidy, empty := url.Values{}, false
	for name, values := range v {
		for _, value := range values {
			if value == "" {
				empty = true
			} else {
				tidy.Add(name, value)
			}
		}
	}
	return tidy, empty
}

// withQuery puts a query behind a path.
func withQuery(path string, v url.Values) string {
	if q := v.Encode(); q != "" {
		return path + "?" + q
	}
	return path
}

// found makes the page of a query.
func (r *room) found(x *web.Exchange) *findPage {
	s := r.speech(x)
	q, unknown := directory.ParseQuery(x.Query(), s.vocabulary, languageParameter)
	result := r.service.Search(q)
	page := &findPage{Query: q, Result: result, Unknown: unknown, Facets: s.facets(result), Hits: s.hits(result.Hits)}
	page.Map = s.mapOf(r.service.Index().Places(q, directory.UsedIn), directory.UsedIn, q, result.Total)
	page.Chosen = s.chosen(q)
	page.Plain = q.Encode() == ""
	for _, ref := range result.Understood.Terms {
		page.Also = append(page.Also, s.label(ref.Facet, ref.Code))
	}
	if meant := result.Understood.Meant; meant != "" {
		other := q.At(0)
		other.Text = meant
		page.Meant = withQuery("/tools", other.Values())
	}
	for _, sort := range []directory.Sort{directory.ByRelevance, directory.ByName, directory.ByUpdated} {
		page.Sorts = append(page.Sorts, web.Option{Value: string(sort), Text: s.Text("tools.sort." + sortName(sort))})
	}
	page.Pages = s.pages(q, result)
	page.Wider, page.Broader = result.Facet(directory.UsedIn).Wider, result.Facet(directory.Form).Wider
	page.Self = withQuery("/tools", q.Values())
	if all := q.At(0).Encode(); all != "" {
		page.Encoded = "?" + all
	}
	return page
}

func sortName(s directory.Sort) string {
	if s == directory.ByRelevance {
		return "relevance"
	}
	return string(s)
}

// chosen lists what a query asks for, each with the way to take it back.
func (s speech) chosen(q directory.Query) []chip {
	var list []chip
	if q.Text != "" {
		without := q.At(0)
		without.Text = ""
		list = append(list, chip{"“" + q.Text + "”", withQuery("/tools", without.Values())})
	}
	for _, f := range directory.Facets() {
		for _, code := range q.Terms[f] {
			list = append(list, chip{
				s.Text("tools.find.chosen", "facet", s.facet(f), "value", s.label(f, code)),
				withQuery("/tools", q.Toggle(f, code).Values()),
			})
		}
	}
	if q.Checked != "" {
		without := q.At(0)
		without.Checked = ""
		list = append(list, chip{
			s.Text("tools.find.chosen", "facet", s.Text("tools.facet.checked"), "value", s.Text("tools.checked."+q.Checked)),
			withQuery("/tools", without.Values()),
		})
	}
	return list
}

// pages lists the pages of a result: the first, the last, and those around the
// present one.
func (s speech) pages(q directory.Query, result directory.Result) []pageLink {
	if result.Pages < 2 {
		return nil
	}
	to := func(n int) string { return withQuery("/tools", q.At(n).Values()) }
	var list []pageLink
	if result.Page > 1 {
		list = append(list, pageLink{Text: s.Text("tools.find.previous"), Link: to(result.Page - 1), Rel: "prev"})
	}
	last := 0
	for _, n := range around(result.Page, result.Pages) {
		if n > last+1 {
			list = append(list, pageLink{Text: "…"})
		}
		list = append(list, pageLink{Text: s.Number(n), Link: to(n), Current: n == result.Page})
		last = n
	}
	if result.Page < result.Pages {
		list = append(list, pageLink{Text: s.Text("tools.find.next"), Link: to(result.Page + 1), Rel: "next"})
	}
	return list
}

// around returns the first page, those next to the present one, and the last.
func around(page, pages int) []int {
	list := []int{1}
	for n := max(2, page-2); n <= min(pages-1, page+2); n++ {
		list = append(list, n)
	}
	return append(list, pages)
}

// Sorted tells whether an order is the present one.
func (p *findPage) Sorted(value string) bool { return string(p.Query.Sort) == value }
