package prepare

import (
	"cmp"
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
	Columns     []web.Option
	Column      string // index of the column in the policy; "" for none
	Maybe       string // header of a column that a person should look at first; "" for none
	Labels      []labelRow
}

// labelRow is one label of the file, and what it means.
type labelRow struct {
	Number int
	Text   string
	Codes  []web.Option
	Code   string // "" keeps the label
	Maybe  string // name of a code that a person should look at first; "" for none
	Sure   bool   // the suggestion needs no look
}

// notStated is chosen for a label that says that nothing is known. It is no code: those have no brackets alone.
const notStated = "()"

// Names of the fields of the form. Neither columns nor labels are in them.
func fieldName(i int) string    { return "field" + strconv.Itoa(i) }
func labelName(i, j int) string { return "label" + strconv.Itoa(i) + "-" + strconv.Itoa(j) }

// Field returns the name of the form's field for the column.
func (r *harmoniseRow) Field() string { return fieldName(r.Number) }

// LabelField returns the name of the form's field for a label.
func (r *harmoniseRow) LabelField(j int) string { return labelName(r.Number, j) }

// shownSure is how many labels are shown with the others though their suggestions need no look.
const shownSure = 10

// Open is the row with the labels that a person has to look at, and with the others if they are few; nil if there are none.
func (r *harmoniseRow) Open() *harmoniseRow {
	return r.only(func(l labelRow) bool { return !l.Sure || r.sure() <= shownSure })
}

// Known is the row with the labels that are recognised, if they are many: every age that the file has, for example.
func (r *harmoniseRow) Known() *harmoniseRow {
	return r.only(func(l labelRow) bool { return l.Sure && r.sure() > shownSure })
}

func (r *harmoniseRow) sure() int {
	n := 0
	for _, l := range r.Labels {
		if l.Sure {
			n++
		}
	}
	return n
}

func (r *harmoniseRow) only(want func(labelRow) bool) *harmoniseRow {
	part := *r
	part.Labels = nil
	for _, l := range r.Labels {
		if want(l) {
			part.Labels = append(part.Labels, l)
		}
	}
	if part.Labels == nil {
		return nil
	}
	return &part
}

// harmonise shows the suggestions for a profile.
func (r *room) harmonise(x *web.Exchange) error {
	page, columns, err := r.harmonisePage(x, x.Query().Get("profile"))
	if err != nil {
		return err
	}
	if page.Profile != nil && columns != nil {
		chosen, maybe := map[string]int{}, map[string]string{} // field -> column
		for _, m := range page.Profile.Suggest(columns) {
			switch i := page.headed(m.Column); {
			case i >= 0 && m.Sure:
				chosen[m.Field] = i
			case i >= 0:
				maybe[m.Field] = m.Column
			}
		}
		page.fill(x, columns, chosen, nil)
		for i := range page.Rows {
			page.Rows[i].Maybe = maybe[page.Rows[i].Name]
		}
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
		row := harmoniseRow{Number: i, Name: field.Name, Label: profile.Text(field.Name, x.Printer().Code()), Columns: options}
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

// match maps a column of the policy to a field.
func (p *harmonisePage) match(columns []table.ColumnProfile, field string, at int) (profile.Match, bool) {
	header := cmp.Or(p.Policy.Columns[at].Header, p.Policy.Columns[at].Name)
	i := slices.IndexFunc(columns, func(c table.ColumnProfile) bool { return c.Name == header })
	if i < 0 {
		return profile.Match{}, false
	}
	m, ok := p.Profile.Match(columns[i], field)
	slices.SortStableFunc(m.Labels, func(a, b profile.Label) int { return cmp.Compare(doubt(a), doubt(b)) })
	return m, ok
}

// doubt puts what a person has to decide before what is decided.
func doubt(l profile.Label) int {
	switch {
	case l.Code == "" && !l.Blank:
		return 0
	case !l.Sure:
		return 1
	}
	return 2
}

func (p *harmonisePage) labels(x *web.Exchange, columns []table.ColumnProfile, i, at int, f url.Values) []labelRow {
	field := p.Profile.Fields[i]
	m, ok := p.match(columns, field.Name, at)
	if !ok {
		return nil
	}
	options := []web.Option{{Text: x.Text("prepare.harmonise.keep")}, {Value: notStated, Text: x.Text("prepare.harmonise.not-stated")}}
	for _, code := range field.Codes() {
		options = append(options, web.Option{Value: code, Text: isolated(profile.Text(code, x.Printer().Code()))})
	}
	var rows []labelRow
	for j, l := range m.Labels {
		row := labelRow{Number: j, Text: l.Text, Codes: options, Code: l.Code, Sure: l.Sure && (l.Blank || l.Code != "")}
		name := profile.Text(l.Code, x.Printer().Code())
		if field.Kind == table.Country && l.Code != "" {
			name = x.Printer().Country(l.Code)
			row.Codes = append(slices.Clone(options), web.Option{Value: l.Code, Text: name})
		}
		switch {
		case l.Blank:
			row.Code = notStated
		case l.Code != "" && !l.Sure:
			row.Code, row.Maybe = "", name
		}
		if f.Has(labelName(i, j)) {
			given := f.Get(labelName(i, j))
			row.Sure = row.Sure && given == row.Code
			row.Code = given
		}
		rows = append(rows, row)
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
	_, err = r.service.EditDraft(x.Context(), x.By, page.Draft.ID, version(x), page.edits(chosen, x.Printer().Code()))
	if err != nil {
		page.Problem = problemOf(x, err)
		return x.Invalid("prepare/harmonise", page, err)
	}
	return x.Redirect(stepPath(page.Draft.ID, "columns"), "prepare.saved")
}

// edits writes the mapping down. What is mapped to nothing is left out of the release; labels that are kept join the code list.
func (p *harmonisePage) edits(chosen map[string]int, language string) []release.PolicyEdit {
	used := map[int]bool{}
	var mapped []int // of the rows
	var matches []profile.Match
	var kept []release.PolicyEdit
	for i, row := range p.Rows {
		at, ok := chosen[row.Name]
		if !ok || used[at] {
			continue
		}
		used[at] = true
		mapped = append(mapped, i)
		field, _ := p.Profile.Field(row.Name)
		m := profile.Match{Column: p.Policy.Columns[at].Name, Field: row.Name}
		values := slices.Clone(field.Values)
		for _, l := range row.Labels {
			switch {
			case l.Code == notStated:
				m.Labels = append(m.Labels, profile.Label{Text: l.Text, Blank: true})
			case l.Code != "":
				m.Labels = append(m.Labels, profile.Label{Text: l.Text, Code: l.Code})
			case field.Values != nil && !slices.Contains(values, l.Text):
				values = append(values, l.Text)
			}
		}
		if len(values) > len(field.Values) {
			kept = append(kept, release.PolicyEdit{Column: field.Name, Key: "values", Value: field.CodeList(values, language)})
		}
		matches = append(matches, m)
	}
	edits := append(p.Profile.Edits(matches, language), kept...)
	for _, i := range mapped {
		edits = p.keepBlanks(edits, &p.Rows[i], chosen[p.Rows[i].Name])
	}
	for i := range p.Policy.Columns {
		if c := &p.Policy.Columns[i]; !used[i] && !c.Ignore {
			edits = append(edits, release.PolicyEdit{Column: c.Name, Key: "kind", Value: "ignore"})
		}
	}
	return edits
}

// keepBlanks sees to it that what counts as blank already still does, but for the labels that were decided on.
func (p *harmonisePage) keepBlanks(edits []release.PolicyEdit, row *harmoniseRow, at int) []release.PolicyEdit {
	old := p.Policy.Columns[at].Blanks
	var list []release.BlankEdit
	for _, b := range old {
		if !slices.ContainsFunc(row.Labels, func(l labelRow) bool { return l.Text == b.Text }) {
			list = append(list, release.BlankEdit{Text: b.Text, Reason: b.Reason, Keep: b.Keep})
		}
	}
	for i, e := range edits {
		if said, ok := e.Value.([]release.BlankEdit); ok && e.Column == row.Name {
			edits[i].Value = append(said, list...)
			return edits
		}
	}
	switch {
	case len(list) == len(old):
		return edits
	case list == nil:
		return append(edits, release.PolicyEdit{Column: row.Name, Key: "blanks"})
	}
	return append(edits, release.PolicyEdit{Column: row.Name, Key: "blanks", Value: list})
}
