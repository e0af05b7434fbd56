package prepare

import (
	"cmp"
	"maps"
	"net/url"
	"slices"
	"strconv"

	"github.com/opencovey/covey/internal/fault"
	"github.com/opencovey/covey/internal/web"
	"github.com/opencovey/covey/release"
	"github.com/opencovey/covey/release/profile"
	"github.com/opencovey/covey/table"
)

// harmonisePage is the data of the third step.
type harmonisePage struct {
	frame
	Profiles []web.Option
	Profile  *profile.Profile // nil as long as none is chosen
	Rows     []harmoniseRow
	Mapped   []harmoniseRow // those with labels to decide on
}

// harmoniseRow is one field of a profile, and the column that it is.
type harmoniseRow struct {
	Number      int
	Name, Label string
	About       string
	Columns     []web.Option
	Column      string // index of the column in the policy; "" for none
	Labels      []labelRow
}

// labelRow is one label of the file, and what it means.
type labelRow struct {
	Number int
	Text   string
	Codes  []web.Option
	Code   string // "" keeps the label
}

// Names of the fields of the form. Neither columns nor labels are in them.
func fieldName(i int) string    { return "field" + strconv.Itoa(i) }
func labelName(i, j int) string { return "label" + strconv.Itoa(i) + "-" + strconv.Itoa(j) }

// Field returns the name of the form's field for the column.
func (r *harmoniseRow) Field() string { return fieldName(r.Number) }

// LabelField returns the name of the form's field for a label.
func (r *harmoniseRow) LabelField(j int) string { return labelName(r.Number, j) }

// harmonise shows the suggestions for a profile.
func (r *room) harmonise(x *web.Exchange) error {
	page, columns, err := r.harmonisePage(x, x.Query().Get("profile"))
	if err != nil {
		return err
	}
	if page.Profile != nil && columns != nil {
		chosen := map[string]int{} // field -> column
		for _, m := range page.Profile.Suggest(columns) {
			if i := page.headed(m.Column); i >= 0 {
				chosen[m.Field] = i
			}
		}
		page.fill(x, columns, chosen, nil)
	}
	return x.Page("prepare/harmonise", page)
}

// headed returns the index of the policy's column that reads a header, or -1.
func (p *harmonisePage) headed(header string) int {
	return slices.IndexFunc(p.Policy.Columns, func(c release.PolicyColumn) bool { return cmp.Or(c.Header, c.Name) == header })
}

func (r *room) harmonisePage(x *web.Exchange, id string) (*harmonisePage, []table.ColumnProfile, error) {
	f, err := r.frame(x, "harmonise")
	if err != nil {
		return nil, nil, err
	}
	page := &harmonisePage{frame: f}
	all, err := profile.All()
	if err != nil {
		return nil, nil, err
	}
	for _, p := range all {
		key := "prepare.harmonise." + p.ID
		page.Profiles = append(page.Profiles, web.Option{Value: p.ID, Text: x.Text(key), Hint: x.Text(key + ".about")})
	}
	page.Values = url.Values{"profile": {id}}
	if id == "" {
		return page, nil, nil
	}
	p, ok := profile.Find(id)
	if !ok {
		return nil, nil, fault.New(fault.NotFound, "fault.notfound")
	}
	page.Profile = &p
	columns, err := r.service.Columns(x.Context(), x.By, f.Draft.ID)
	if err != nil {
		if page.Problem = problemOf(x, err); page.Problem == nil {
			return nil, nil, err
		}
	}
	return page, columns, nil
}

// fill makes the rows for chosen columns. With a form, labels are what it says; else they are suggested.
func (p *harmonisePage) fill(x *web.Exchange, columns []table.ColumnProfile, chosen map[string]int, f url.Values) {
	options := []web.Option{{Text: x.Text("prepare.harmonise.none")}}
	for i := range p.Policy.Columns {
		header := cmp.Or(p.Policy.Columns[i].Header, p.Policy.Columns[i].Name)
		options = append(options, web.Option{Value: strconv.Itoa(i), Text: header})
	}
	for i, field := range p.Profile.Fields {
		if field.Ignore {
			continue
		}
		row := harmoniseRow{Number: i, Name: field.Name, Label: field.Label, About: field.Description, Columns: options}
		if at, ok := chosen[field.Name]; ok {
			row.Column = strconv.Itoa(at)
			row.Labels = p.labels(x, columns, i, at, f)
		}
		p.Rows = append(p.Rows, row)
		if len(row.Labels) > 0 {
			p.Mapped = append(p.Mapped, row)
		}
	}
}

// match maps a column of the policy to a field, with its labels in a fixed order.
func (p *harmonisePage) match(columns []table.ColumnProfile, field string, at int) (profile.Match, []string, bool) {
	header := cmp.Or(p.Policy.Columns[at].Header, p.Policy.Columns[at].Name)
	i := slices.IndexFunc(columns, func(c table.ColumnProfile) bool { return c.Name == header })
	if i < 0 {
		return profile.Match{}, nil, false
	}
	m, ok := p.Profile.Match(columns[i], field)
	labels := slices.Sorted(maps.Keys(m.Values))
	return m, append(labels, m.Rest...), ok
}

func (p *harmonisePage) labels(x *web.Exchange, columns []table.ColumnProfile, i, at int, f url.Values) []labelRow {
	field := p.Profile.Fields[i]
	m, labels, ok := p.match(columns, field.Name, at)
	if !ok || field.Values == nil {
		return nil
	}
	codes := []web.Option{{Text: x.Text("prepare.harmonise.keep")}}
	for _, v := range field.Values {
		codes = append(codes, web.Option{Value: v, Text: v})
	}
	var rows []labelRow
	for j, label := range labels {
		code := m.Values[label]
		if f.Has(labelName(i, j)) {
			code = f.Get(labelName(i, j))
		}
		rows = append(rows, labelRow{j, label, codes, code})
	}
	return rows
}

// saveHarmonised shows the labels of the chosen columns, or writes the mapping into the policy.
func (r *room) saveHarmonised(x *web.Exchange) error {
	f := x.Form()
	page, columns, err := r.harmonisePage(x, f.Get("profile"))
	if err != nil {
		return err
	}
	if page.Profile == nil || columns == nil {
		return x.Page("prepare/harmonise", page)
	}
	chosen := map[string]int{}
	for i, field := range page.Profile.Fields {
		if at, err := strconv.Atoi(f.Get(fieldName(i))); err == nil && at >= 0 && at < len(page.Policy.Columns) {
			chosen[field.Name] = at
		}
	}
	page.fill(x, columns, chosen, f)
	if f.Get("do") != "apply" {
		return x.Page("prepare/harmonise", page)
	}
	_, err = r.service.EditDraft(x.Context(), x.By, page.Draft.ID, version(x), page.edits(columns, chosen))
	if err != nil {
		page.Problem = problemOf(x, err)
		return x.Invalid("prepare/harmonise", page, err)
	}
	return x.Redirect(stepPath(page.Draft.ID, "columns"), "prepare.saved")
}

// edits writes the mapping down. What is mapped to nothing is left out of the release; labels that are kept join the code list.
func (p *harmonisePage) edits(columns []table.ColumnProfile, chosen map[string]int) []release.PolicyEdit {
	used := map[int]bool{}
	var matches []profile.Match
	var kept []release.PolicyEdit
	for _, row := range p.Rows {
		at, ok := chosen[row.Name]
		if !ok || used[at] {
			continue
		}
		used[at] = true
		m, _, ok := p.match(columns, row.Name, at)
		if !ok {
			continue
		}
		m.Column, m.Values = p.Policy.Columns[at].Name, map[string]string{}
		field, _ := p.Profile.Field(row.Name)
		values := slices.Clone(field.Values)
		for _, l := range row.Labels {
			if l.Code != "" {
				m.Values[l.Text] = l.Code
			} else if !slices.Contains(values, l.Text) {
				values = append(values, l.Text)
			}
		}
		if len(values) > len(field.Values) {
			kept = append(kept, release.PolicyEdit{Column: field.Name, Key: "values", Value: values})
		}
		matches = append(matches, m)
	}
	edits := append(p.Profile.Edits(matches), kept...)
	for i := range p.Policy.Columns {
		if c := &p.Policy.Columns[i]; !used[i] && !c.Ignore {
			edits = append(edits, release.PolicyEdit{Column: c.Name, Key: "kind", Value: "ignore"})
		}
	}
	return edits
}
