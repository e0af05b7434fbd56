package catalogue

import (
	"errors"
	"html/template"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/opencovey/covey/internal/chart"
	"github.com/opencovey/covey/internal/fault"
	"github.com/opencovey/covey/internal/publication"
	"github.com/opencovey/covey/internal/web"
	"github.com/opencovey/covey/table"
)

// perPage is how many answers a page has.
const perPage = 50

// askPage is a question and what the releases answer.
type askPage struct {
	Q        string
	Fault    string // what is wrong with the question
	Datasets []web.Option
	Dataset  string
	All      bool
	Asked    bool
	Total    int
	Sections []askSection
	Unknown  []string // words that no release knows
	Earlier  string   // addresses of other pages; "" for none
	Later    string
	From, To int
}

// askSection is what one release answers.
type askSection struct {
	ID         string
	Title      string
	Path       string
	Number     int
	Unmet      []string // parts of the question that it has no number for
	Protection string
	Common     []askPart // what all people of the section have in common, if there are several rows
	Of         string    // the denominator, if it is the same for all rows
	Rows       []askRow
	columns    []string
}

// askRow is a published number.
type askRow struct {
	Who     []askPart
	Count   string
	Picture template.HTML
	Share   string // of the denominator of the field's rule, or the nearest that is published
	Of      string // that denominator, in words
	Link    string // to the explorer with these people picked; "" if it cannot show them
	at      publication.Answer
}

type askPart struct{ Column, Value string } // Value is "" if the column says it all

// ask answers a question from the published counts of all releases.
func (r *room) ask(x *web.Exchange) error {
	q := x.Query()
	page := &askPage{Q: strings.TrimSpace(q.Get("q")), All: q.Get("all") == "yes", Dataset: q.Get("dataset")}
	sets, err := r.service.Catalogue(x.Context())
	if err != nil {
		return err
	}
	page.Datasets = []web.Option{{Value: "", Text: x.Text("catalogue.ask.everywhere")}}
	known := false
	for _, d := range sets {
		page.Datasets = append(page.Datasets, web.Option{Value: d.ID, Text: d.Title})
		known = known || d.ID == page.Dataset
	}
	if !known {
		page.Dataset = ""
	}
	if page.Asked = page.Q != ""; page.Asked {
		if err := r.answer(x, page); err != nil {
			return err
		}
	}
	return x.Page("catalogue/ask", page)
}

// answer fills in what the releases say.
func (r *room) answer(x *web.Exchange, page *askPage) error {
	question := publication.Question{Text: page.Q, All: page.All, Limit: perPage}
	if page.Dataset != "" {
		question.Datasets = []string{page.Dataset}
	}
	if from, err := strconv.Atoi(x.Query().Get("from")); err == nil && from > 0 {
		question.Offset = min(from, 1<<20)
	}
	answers, err := r.service.Ask(x.Context(), question)
	if f, ok := errors.AsType[*fault.Error](err); ok && (f.Kind == fault.Invalid || f.Kind == fault.TooLarge) {
		page.Fault, page.Q = x.Explain(err), cut(page.Q, publication.MaxQuestion)
		return nil
	}
	if err != nil {
		return err
	}
	page.Total, page.Unknown = answers.Total, answers.Unknown
	page.From, page.To = question.Offset+1, question.Offset+len(answers.List)
	if question.Offset > 0 {
		page.Earlier = page.address(max(0, question.Offset-perPage))
	}
	if page.To < page.Total {
		page.Later = page.address(page.To)
	}
	s := speak(x)
	for _, a := range answers.List {
		if err := r.addAnswer(x, s, page, a); err != nil {
			return err
		}
	}
	for i := range page.Sections {
		page.Sections[i].gather()
		s.draw(&page.Sections[i])
	}
	return nil
}

// address is that of another page of the same answers.
func (p *askPage) address(from int) string {
	q := url.Values{"q": {p.Q}}
	if p.Dataset != "" {
		q.Set("dataset", p.Dataset)
	}
	if p.All {
		q.Set("all", "yes")
	}
	if from > 0 {
		q.Set("from", strconv.Itoa(from))
	}
	return "/data/ask?" + q.Encode()
}

// addAnswer puts an answer into the section of its release: of those numbers that
// meet the same parts of the question, and are about the same columns.
func (r *room) addAnswer(x *web.Exchange, s speech, page *askPage, a publication.Answer) error {
	about, _, err := r.service.Codebook(x.Context(), a.Dataset, a.Number)
	if err != nil {
		return err
	}
	row := askRow{Count: s.count(a.Count), at: a}
	var columns []string
	for _, at := range a.Attributes {
		row.Who = append(row.Who, s.part(at))
		columns = append(columns, at.Column)
	}
	row.Share, row.Of = s.denominator(a)
	row.Link = s.explorerLink(a, about.Release)
	path := releasePath(a.Dataset, a.Number)
	i := slices.IndexFunc(page.Sections, func(t askSection) bool {
		return t.Path == path && slices.Equal(t.Unmet, a.Unmet) && slices.Equal(t.columns, columns)
	})
	if i < 0 {
		i = len(page.Sections)
		page.Sections = append(page.Sections, askSection{
			ID: "answer-" + strconv.Itoa(i+1), Title: a.DatasetTitle, Path: path, Number: a.Number, Unmet: a.Unmet, Protection: s.protection(about.Protection),
			columns: columns,
		})
	}
	page.Sections[i].Rows = append(page.Sections[i].Rows, row)
	return nil
}

// gather says once what holds for all rows of a section.
func (t *askSection) gather() {
	if len(t.Rows) < 2 {
		return
	}
	first := t.Rows[0]
	for _, part := range first.Who {
		if !slices.ContainsFunc(t.Rows, func(r askRow) bool { return !slices.Contains(r.Who, part) }) {
			t.Common = append(t.Common, part)
		}
	}
	if !slices.ContainsFunc(t.Rows, func(r askRow) bool { return r.Of != first.Of }) {
		t.Of = first.Of
	}
	for i := range t.Rows {
		row := &t.Rows[i]
		row.Who = slices.DeleteFunc(row.Who, func(p askPart) bool { return slices.Contains(t.Common, p) })
		if t.Of != "" {
			row.Of = ""
		}
	}
}

// part names an attribute. A flag says itself: "Forced labour".
func (s speech) part(a publication.Attribute) askPart {
	if a.Kind == table.Flag.String() && a.Value != "no" {
		return askPart{Column: a.Label}
	}
	return askPart{a.Label, s.value(a.Kind, a.Value, a.ValueLabel)}
}

// denominator returns the share of an answer and of whom. By the rule of the field
// that is of those with any information in the column, or in its group. Such a
// number is published for whole columns only; for people with several properties it
// is of those with all but the last.
func (s speech) denominator(a publication.Answer) (share, of string) {
	for _, kind := range []string{"part", "group", "column", "people"} {
		if kind != "part" && kind != "people" && len(a.Attributes) != 1 {
			continue
		}
		for _, d := range a.Of {
			if d.Kind != kind {
				continue
			}
			if kind == "part" && d.Name == "" {
				kind = "rest"
			}
			return s.share(a.Count, d.Count), s.Text("catalogue.of."+kind, "count", s.whole(d.Count), "name", d.Name)
		}
	}
	return "", ""
}

// whole writes a denominator; one without an upper end is about so many.
func (s speech) whole(c publication.Count) string {
	if c.High < 0 && c.Low == 0 {
		return s.Text("catalogue.share.about", "share", s.Number(c.Estimate))
	}
	return s.count(c)
}

// explorerLink is the address of the explorer with the people of an answer picked.
// Two values of one column would there be people with either.
func (s speech) explorerLink(a publication.Answer, named string) string {
	var picks []string
	seen := map[string]bool{}
	for _, at := range a.Attributes {
		if seen[at.Column] {
			return ""
		}
		seen[at.Column] = true
		picks = append(picks, component(at.Column)+":"+component(at.Value))
	}
	return s.explorerAddress(releasePath(a.Dataset, a.Number), named, picks)
}

// explorerAddress is the address of the explorer of a release in the language of the page, with values picked.
func (s speech) explorerAddress(path, named string, picks []string) string {
	state := url.Values{"r": {named}, "lang": {s.Code()}}
	if len(picks) > 0 {
		state.Set("p", strings.Join(picks, ";"))
	}
	return path + "/files/" + explorerName + "#" + state.Encode()
}

// component writes a text as encodeURIComponent does, nearly: more is escaped.
func component(text string) string { return strings.ReplaceAll(url.QueryEscape(text), "+", "%20") }

// draw draws the bars of a section, on one scale. Numbers over time are in its order.
func (s speech) draw(section *askSection) {
	most := 0.0
	timely := len(section.Rows) > 1
	for i := range section.Rows {
		c := section.Rows[i].at.Count
		most = max(most, float64(c.Estimate), float64(c.High))
		timely = timely && dateOf(section.Rows[i].at) != ""
	}
	if timely {
		slices.SortStableFunc(section.Rows, func(a, b askRow) int { return strings.Compare(dateOf(a.at), dateOf(b.at)) })
	}
	for i := range section.Rows {
		c := section.Rows[i].at.Count
		section.Rows[i].Picture = chart.Margin(float64(c.Estimate), float64(c.Low), float64(c.High), most, s.rtl())
	}
}

// dateOf returns the date among the attributes of an answer, "" if there is none.
func dateOf(a publication.Answer) string {
	for _, at := range a.Attributes {
		if at.Kind == table.Date.String() {
			return at.Value
		}
	}
	return ""
}
