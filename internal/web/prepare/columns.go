package prepare

import (
	"cmp"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/opencovey/covey/internal/fault"
	"github.com/opencovey/covey/internal/publication/work"
	"github.com/opencovey/covey/internal/web"
	"github.com/opencovey/covey/release"
	"github.com/opencovey/covey/table"
)

// columnsPage is the data of the second step: all columns, and what holds for all.
type columnsPage struct {
	frame
	Report    *release.Inspection // nil if the file cannot be read by the policy as it is
	Rows      []columnRow
	Effect    *effect
	Subjects  []web.Option
	Conflicts []web.Option
	Encodings []web.Option
}

type columnRow struct {
	Number    int
	Name      string
	Field     string // name of the field of its kind
	Kinds     []web.Option
	Kind      string
	Report    *release.InspectColumn // nil if it is ignored or not read
	Rare      int
	Filled    float64
	Gain      float64 // share of people who would no longer stand out without it
	Narrower  float64 // the same with half as many values; 0: not tried
	Attention bool    // it has values that are too rare
}

// effect is what a policy does to how many people stand out: the live part of the page.
type effect struct {
	*work.EffectOf
	Before  int // by the policy as it is kept; -1: not known
	Problem *problem
}

// Share and Alone are shares of the people.
func (e *effect) Share() float64 { return ratio(e.Rare, e.People) }

// Alone is the share of those whom nobody resembles.
func (e *effect) Alone() float64 { return ratio(e.Unique, e.People) }

// kinds are what a column can be.
func kinds(x *web.Exchange) []web.Option {
	var list []web.Option
	for _, kind := range []string{"ignore", "category", "many", "flag", "number", "date", "country"} {
		list = append(list, web.Option{Value: kind, Text: x.Text("prepare.kind." + kind), Hint: x.Text("prepare.kind." + kind + ".about")})
	}
	return list
}

// conflicts are the rules for rows of one person that disagree.
func conflicts(x *web.Exchange) []web.Option {
	var list []web.Option
	for c := range table.AnyYes + 1 {
		list = append(list, web.Option{Value: c.String(), Text: x.Text("prepare.conflict." + c.String())})
	}
	return list
}

func (r *room) columns(x *web.Exchange) error {
	page, err := r.columnsPage(x)
	if err != nil {
		return err
	}
	page.Values = policyValues(page.Policy)
	page.Values.Set("version", number(page.Draft.Version))
	return x.Page("prepare/columns", page)
}

// policyValues are what the form of the second step holds for a policy.
func policyValues(p *release.Policy) url.Values {
	blanks, kept := blankLines(p.Blanks)
	v := url.Values{"subject": {p.Subject}, "conflicts": {p.Conflicts.String()}, "blanks": {blanks}, "kept": {kept}}
	if p.IgnoreUnlisted {
		v.Set("unlisted", "yes")
	}
	v.Set("sheet", p.Input.Sheet)
	v.Set("encoding", string(p.Input.Encoding))
	if d := p.Input.Delimiter; d == '\t' {
		v.Set("separator", "tab")
	} else if d != 0 {
		v.Set("separator", string(d))
	}
	return v
}

func (r *room) columnsPage(x *web.Exchange) (*columnsPage, error) {
	f, err := r.frame(x, "columns")
	if err != nil {
		return nil, err
	}
	page := &columnsPage{frame: f, Conflicts: conflicts(x), Subjects: []web.Option{{Text: x.Text("prepare.subject.none")}}, Encodings: []web.Option{{Text: x.Text("prepare.encoding.auto")}}}
	for _, e := range []table.Encoding{table.UTF8, table.UTF16LE, table.UTF16BE, table.Windows1252} {
		page.Encodings = append(page.Encodings, web.Option{Value: string(e), Text: string(e)})
	}
	report, _, err := r.service.Inspect(x.Context(), x.By, f.Draft.ID)
	switch {
	case err == nil:
		page.Report = report
		page.Effect = &effect{EffectOf: effectOf(report), Before: -1}
	default:
		if page.Problem = problemOf(x, err); page.Problem == nil {
			return nil, err
		}
	}
	for i := range f.Policy.Columns {
		c := &f.Policy.Columns[i]
		page.Subjects = append(page.Subjects, web.Option{Value: cmp.Or(c.Header, c.Name), Text: cmp.Or(c.Header, c.Name)})
		row := columnRow{Number: i, Name: c.Name, Field: kindField(i), Kinds: kinds(x), Kind: c.KindName()}
		if report != nil && !c.Ignore {
			row.measure(report)
		}
		page.Rows = append(page.Rows, row)
	}
	if s := f.Policy.Subject; s != "" && !slices.ContainsFunc(page.Subjects, func(o web.Option) bool { return o.Value == s }) {
		page.Subjects = append(page.Subjects, web.Option{Value: s, Text: s})
	}
	return page, nil
}

// effectOf takes what the live part shows from a whole report.
func effectOf(r *release.Inspection) *work.EffectOf {
	return &work.EffectOf{People: r.People, Rare: r.Risk.Rare, Unique: r.Risk.Unique, K: r.Risk.K, Length: r.Risk.Length, Lengths: r.Risk.ByLength}
}

func (row *columnRow) measure(report *release.Inspection) {
	i := slices.IndexFunc(report.Columns, func(c release.InspectColumn) bool { return c.Name == row.Name })
	if i < 0 {
		return
	}
	c := &report.Columns[i]
	row.Report, row.Filled = c, ratio(c.Filled, report.People)
	row.Rare = len(c.RareValues(report.Risk.K))
	row.Gain = ratio(report.Risk.Rare-c.RareWithout, report.People)
	row.Attention = row.Rare > 0
	if c.Coarser != nil {
		row.Narrower = ratio(report.Risk.Rare-c.Coarser.Rare, report.People)
	}
}

// kindField names the field with the kind of a column. Names of columns are in no address and no name of a field.
func kindField(i int) string { return "kind" + strconv.Itoa(i) }

// columnEdits reads the form of the second step: what differs from the policy.
func (r *room) columnEdits(x *web.Exchange, p *release.Policy) ([]release.PolicyEdit, error) {
	f := x.Form()
	var edits []release.PolicyEdit
	var profiles []table.ColumnProfile
	for i := range p.Columns {
		c := &p.Columns[i]
		kind := f.Get(kindField(i))
		if kind == "" || kind == c.KindName() {
			continue
		}
		if profiles == nil && (kind == "number" || kind == "date") {
			var err error
			if profiles, err = r.service.Columns(x.Context(), x.By, x.Path("id")); err != nil {
				return nil, err
			}
		}
		edits = append(edits, release.PolicyEdit{Column: c.Name, Key: "kind", Value: kind})
		edits = append(edits, firstBins(c, kind, profiles)...)
	}
	if subject := f.Get("subject"); f.Has("subject") && subject != p.Subject {
		edits = append(edits, release.PolicyEdit{Key: "subject", Value: orNone(subject)})
		// Who a person is must never be released.
		if c := p.Column(subject); c != nil && !c.Ignore {
			edits = append(edits, release.PolicyEdit{Column: subject, Key: "kind", Value: "ignore"})
		}
	}
	if rule := f.Get("conflicts"); rule != "" && rule != p.Conflicts.String() {
		edits = append(edits, release.PolicyEdit{Key: "conflicts", Value: rule})
	}
	if f.Has("unlisted-asked") && (f.Get("unlisted") == "yes") != p.IgnoreUnlisted {
		rule := "refuse"
		if f.Get("unlisted") == "yes" {
			rule = "ignore"
		}
		edits = append(edits, release.PolicyEdit{Key: "unlisted", Value: rule})
	}
	before := policyValues(p)
	for _, key := range [][2]string{{"sheet", "sheet"}, {"encoding", "encoding"}, {"separator", "delimiter"}} {
		if text := strings.TrimSpace(f.Get(key[0])); f.Has(key[0]) && text != before.Get(key[0]) {
			edits = append(edits, release.PolicyEdit{Key: key[1], Value: orNone(text)})
		}
	}
	return append(edits, blankEdits(f, "", p.Blanks)...), nil
}

// firstBins are the bins of a column that becomes a number or a date: those that suit the file.
func firstBins(c *release.PolicyColumn, kind string, profiles []table.ColumnProfile) []release.PolicyEdit {
	i := slices.IndexFunc(profiles, func(p table.ColumnProfile) bool { return p.Name == cmp.Or(c.Header, c.Name) })
	switch kind {
	case "number":
		edges := []string{"0"}
		if i >= 0 && len(profiles[i].Edges) > 0 {
			edges = nil
			for _, e := range profiles[i].Edges {
				edges = append(edges, strconv.FormatFloat(e, 'f', -1, 64))
			}
		}
		return []release.PolicyEdit{{Column: c.Name, Key: "bins", Value: edges}}
	case "date":
		edits := []release.PolicyEdit{{Column: c.Name, Key: "every", Value: "year"}}
		if i >= 0 {
			if formats := formatsOf(profiles[i].Layouts); len(formats) > 0 {
				edits = append(edits, release.PolicyEdit{Column: c.Name, Key: "formats", Value: formats})
			}
		}
		return edits
	}
	return nil
}

// orNone is nil for "", which removes a key.
func orNone(text string) any {
	if text == "" {
		return nil
	}
	return text
}

func (r *room) saveColumns(x *web.Exchange) error {
	f, err := r.frame(x, "columns")
	if err != nil {
		return err
	}
	edits, err := r.columnEdits(x, f.Policy)
	if err == nil {
		_, err = r.service.EditDraft(x.Context(), x.By, f.Draft.ID, version(x), edits)
	}
	if err == nil {
		return saved(x, stepPath(f.Draft.ID, "columns"))
	}
	page, e := r.columnsPage(x)
	if e != nil {
		return e
	}
	for i := range page.Rows {
		page.Rows[i].Kind = cmp.Or(x.Form().Get(page.Rows[i].Field), page.Rows[i].Kind)
	}
	page.Problem = problemOf(x, err)
	return x.Invalid("prepare/columns", page, err)
}

// tryColumns answers with the live part: what the form would do, which is not kept.
func (r *room) tryColumns(x *web.Exchange) error {
	f, err := r.frame(x, "columns")
	if err != nil {
		return err
	}
	edits, err := r.columnEdits(x, f.Policy)
	return r.try(x, f, edits, err)
}

// try measures edits and answers with the live part, or with a whole page that holds nothing else for those without scripts.
func (r *room) try(x *web.Exchange, f frame, edits []release.PolicyEdit, err error) error {
	e := &effect{Before: -1}
	if err == nil {
		e.EffectOf, err = r.service.Effect(x.Context(), x.By, f.Draft.ID, edits)
	}
	if err == nil && len(edits) > 0 {
		if before, err := r.service.Effect(x.Context(), x.By, f.Draft.ID, nil); err == nil {
			e.Before = before.Rare
		}
	}
	if err != nil {
		if e.Problem = problemOf(x, err); e.Problem == nil && fault.Of(err) != fault.Invalid {
			return err
		}
		if e.Problem == nil {
			e.Problem = &problem{Text: x.Explain(err)}
		}
	}
	if x.WantsPart() != "" {
		return x.Part("prepare/columns", "effect", e)
	}
	return x.Page("prepare/effect", &effectPage{frame: f, Effect: e})
}

// effectPage shows the effect of a form that was tried without scripts.
type effectPage struct {
	frame
	Effect *effect
}

// blankLines writes blanks as lines of a form, "text = reason"; those that count as values apart.
func blankLines(list []table.Blank) (blanks, kept string) {
	for _, b := range list {
		line := b.Text
		if b.Reason != "" && b.Reason != b.Text {
			line += " = " + b.Reason
		}
		if b.Keep {
			kept += line + "\n"
		} else {
			blanks += line + "\n"
		}
	}
	return blanks, kept
}

// blankEdits reads blanks of a form.
func blankEdits(f url.Values, column string, now []table.Blank) []release.PolicyEdit {
	if !f.Has("blanks") {
		return nil
	}
	blanks, kept := blankLines(now)
	if same(f.Get("blanks"), blanks) && same(f.Get("kept"), kept) {
		return nil
	}
	var list []release.BlankEdit
	for keep, text := range []string{f.Get("blanks"), f.Get("kept")} {
		for _, pair := range pairs(text) {
			list = append(list, release.BlankEdit{Text: pair[0], Reason: cmp.Or(pair[1], pair[0]), Keep: keep == 1})
		}
	}
	edit := release.PolicyEdit{Column: column, Key: "blanks"}
	if list != nil {
		edit.Value = list
	}
	return []release.PolicyEdit{edit}
}

// same compares lines of a form, where browsers write other ends of lines.
func same(a, b string) bool { return slices.Equal(lines(a), lines(b)) }

// pairs reads lines like "name = value"; what has no sign has no value.
func pairs(text string) [][2]string {
	var list [][2]string
	for _, line := range lines(text) {
		name, value, _ := strings.Cut(line, " = ")
		list = append(list, [2]string{strings.TrimSpace(name), strings.TrimSpace(value)})
	}
	return list
}
