package prepare

import (
	"maps"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"github.com/opencovey/covey/internal/chart"
	"github.com/opencovey/covey/internal/fault"
	"github.com/opencovey/covey/internal/web"
	"github.com/opencovey/covey/release"
	"github.com/opencovey/covey/table"
)

// columnPage is the data of the page of one column.
type columnPage struct {
	frame
	Number    int
	Column    release.PolicyColumn
	Kind      string // in the form
	Kinds     []web.Option
	Periods   []web.Option
	Formats   []web.Option
	Conflicts []web.Option
	Report    *release.InspectColumn
	Picture   picture
	More      int // values that are not drawn
	Effect    *effect
	Learns    bool // values can be bought from the budget
}

// dateFormats are those of a form, as policies write them, with the layouts of package time that they stand for. A policy file can have others.
var dateFormats = [...][2]string{
	{"YYYY-MM-DD", "2006-01-02"},
	{"DD/MM/YYYY", "02/01/2006"},
	{"MM/DD/YYYY", "01/02/2006"},
	{"DD.MM.YYYY", "02.01.2006"},
	{"DD-MM-YYYY", "02-01-2006"},
	{"YYYY/MM/DD", "2006/01/02"},
	{"YYYY-MM", "2006-01"},
	{"MM/YYYY", "01/2006"},
	{"YYYY", "2006"},
}

// formatsOf names layouts as policies do, as far as the form knows them.
func formatsOf(layouts []string) []string {
	var list []string
	for _, f := range dateFormats {
		if slices.Contains(layouts, f[1]) {
			list = append(list, f[0])
		}
	}
	return list
}

// otherFormats names the layouts that the form has no box for.
func otherFormats(layouts []string) []string {
	var list []string
	for _, layout := range layouts {
		if len(formatsOf([]string{layout})) > 0 {
			continue
		}
		if format, err := release.DateFormat(layout); err == nil {
			list = append(list, format)
		}
	}
	return list
}

// checkFormats says which of the lines is no way to write a date.
func checkFormats(f url.Values) error {
	for _, format := range lines(f.Get("formats-other")) {
		if _, err := release.DateLayout(format); err != nil {
			return fault.New(fault.Invalid, "prepare.fault.format", "format", format).At("formats-other")
		}
	}
	return nil
}

// at returns the column of the address.
func at(x *web.Exchange, f *frame) (int, error) {
	n, err := strconv.Atoi(x.Path("n"))
	if err != nil || n < 0 || n >= len(f.Policy.Columns) {
		return 0, fault.New(fault.NotFound, "fault.notfound")
	}
	return n, nil
}

func (r *room) column(x *web.Exchange) error {
	page, err := r.columnPage(x)
	if err != nil {
		return err
	}
	page.Values = columnValues(&page.Column)
	return x.Page("prepare/column", page)
}

func (r *room) columnPage(x *web.Exchange) (*columnPage, error) {
	f, err := r.frame(x, "columns")
	if err != nil {
		return nil, err
	}
	n, err := at(x, &f)
	if err != nil {
		return nil, err
	}
	page := &columnPage{
		frame: f, Number: n, Column: f.Policy.Columns[n], Kind: f.Policy.Columns[n].KindName(), Kinds: kinds(x), Conflicts: conflicts(x),
		Learns: f.Policy.Protection.Method == release.MethodDifferential,
	}
	page.Periods = append(page.Periods, web.Option{Text: x.Text("prepare.period.bins")})
	for _, period := range []string{"decade", "year", "quarter", "month"} {
		page.Periods = append(page.Periods, web.Option{Value: period, Text: x.Text("prepare.period." + period)})
	}
	for _, format := range dateFormats {
		page.Formats = append(page.Formats, web.Option{Value: format[0], Text: format[0]})
	}
	report, _, err := r.service.Inspect(x.Context(), x.By, f.Draft.ID)
	if err != nil {
		if page.Problem = problemOf(x, err); page.Problem == nil {
			return nil, err
		}
		return page, nil
	}
	page.Effect = &effect{EffectOf: effectOf(report), Before: -1}
	if i := slices.IndexFunc(report.Columns, func(c release.InspectColumn) bool { return c.Name == page.Column.Name }); i >= 0 {
		page.Report = &report.Columns[i]
		page.draw(x, report)
	}
	return page, nil
}

// draw shows the values of the column, most frequent first unless they have an order.
func (p *columnPage) draw(x *web.Exchange, report *release.Inspection) {
	values := slices.Clone(p.Report.Values)
	if p.Kind != "number" && p.Kind != "date" {
		slices.SortStableFunc(values, func(a, b release.InspectValue) int { return b.People - a.People })
	}
	const most = 60
	p.More = max(0, len(values)-most)
	var bars []chart.Bar
	for _, v := range values[:min(len(values), most)] {
		label := isolated(p.Column.ValueLabel(v.Value))
		if v.People < report.Risk.K {
			label = x.Text("prepare.column.rare", "value", label)
		}
		bars = append(bars, chart.Bar{Label: label, Count: v.People, Share: ratio(v.People, report.People)})
	}
	w := words(x, x.Text("prepare.column.values"), "prepare.value", "prepare.people")
	w.Share = x.Text("prepare.share")
	if len(bars) > 0 {
		p.Picture = chart.Bars(bars, w)
	}
}

// isolated keeps a class such as 0--8 in its order where the page runs from right to left: it holds no letter that says how it runs.
func isolated(label string) string {
	if strings.ContainsFunc(label, unicode.IsLetter) {
		return label
	}
	return "\u2066" + label + "\u2069"
}

// columnValues are what the form of a column holds.
func columnValues(c *release.PolicyColumn) url.Values {
	blanks, kept := blankLines(c.Blanks)
	v := url.Values{
		"kind": {c.KindName()}, "label": {c.Label}, "description": {c.Description}, "group": {c.Group}, "other": {c.Other},
		"delimiter": {c.Delimiter}, "yes": {strings.Join(c.Yes, "\n")}, "no": {strings.Join(c.No, "\n")}, "blanks": {blanks}, "kept": {kept},
		"values": {codeLines(c)}, "map": {mapLines(c.Map)}, "bins": {binText(c)}, "labels": {strings.Join(c.Bins.Labels, "\n")},
		"formats": formatsOf(c.Layouts), "formats-other": {strings.Join(otherFormats(c.Layouts), "\n")}, "name": {c.Name}, "conflicts": {c.Conflict.String()},
	}
	for name, on := range map[string]bool{"required": c.Required, "keep_no": c.KeepNo, "below": c.Bins.Floor, "learn": c.Learn} {
		if on {
			v.Set(name, "yes")
		}
	}
	if c.Bins.Every != table.NoPeriod && len(c.Bins.Dates) == 0 {
		v.Set("every", []string{"decade", "year", "quarter", "month"}[c.Bins.Every-table.Decade])
	}
	if !c.Bins.From.IsZero() {
		v.Set("from", c.Bins.From.Format("2006-01-02"))
		v.Set("to", c.Bins.To.Format("2006-01-02"))
	}
	return v
}

// codeLines writes a code list, "code = label".
func codeLines(c *release.PolicyColumn) string {
	var b strings.Builder
	for _, code := range c.Field.Values {
		b.WriteString(code)
		if label := c.ValueLabels[code]; label != "" {
			b.WriteString(" = " + label)
		}
		b.WriteByte('\n')
	}
	return b.String()
}

func mapLines(m map[string]string) string {
	var b strings.Builder
	for _, from := range slices.Sorted(maps.Keys(m)) {
		b.WriteString(from + " = " + m[from] + "\n")
	}
	return b.String()
}

// binText writes the edges of bins in a line.
func binText(c *release.PolicyColumn) string {
	var list []string
	for _, e := range c.Bins.Numbers {
		list = append(list, strconv.FormatFloat(e, 'f', -1, 64))
	}
	for _, d := range c.Bins.Dates {
		list = append(list, d.Format("2006-01-02"))
	}
	return strings.Join(list, ", ")
}

// columnFields says which fields the form of a kind has; label, description, group, blanks and conflicts are in all of them.
var columnFields = map[string][]string{
	"category": {"values", "learn", "other", "map", "required"},
	"many":     {"delimiter", "values", "other", "map"},
	"country":  {"values", "other", "map", "required"},
	"flag":     {"yes", "no", "keep_no", "map", "required"},
	"number":   {"bins", "labels", "below", "map", "required"},
	"date":     {"every", "from", "to", "bins", "labels", "below", "formats", "map", "required"},
}

// oneColumn reads the form of a column: what differs from what it was.
func oneColumn(f url.Values, c *release.PolicyColumn) []release.PolicyEdit {
	before := columnValues(c)
	kind := f.Get("kind")
	var edits []release.PolicyEdit
	set := func(key string, value any) {
		edits = append(edits, release.PolicyEdit{Column: c.Name, Key: key, Value: value})
	}
	if kind == "ignore" {
		if !c.Ignore {
			set("kind", kind)
		}
		return edits
	}
	changed := kind != c.KindName()
	if changed {
		set("kind", kind)
	}
	for _, key := range []string{"label", "description", "group"} {
		if text := strings.TrimSpace(f.Get(key)); f.Has(key) && text != before.Get(key) {
			set(key, orNone(text))
		}
	}
	for _, key := range columnFields[kind] {
		others := key != "formats" || same(f.Get("formats-other"), before.Get("formats-other"))
		if !changed && others && same(strings.Join(f[key], "\n"), strings.Join(before[key], "\n")) {
			continue
		}
		if value, given := columnValue(f, key, kind); given {
			set(key, value)
		}
	}
	if rule := f.Get("conflicts"); rule != "" && rule != c.Conflict.String() {
		set("conflicts", rule)
	}
	edits = append(edits, blankEdits(f, c.Name, c.Blanks)...)
	if name := strings.TrimSpace(f.Get("name")); name != "" && name != c.Name {
		set("name", name) // last: what is above names the column as it was
	}
	return edits
}

// columnValue reads one field of a column; given is false if it has nothing to say.
func columnValue(f url.Values, key, kind string) (value any, given bool) {
	text := strings.TrimSpace(f.Get(key))
	switch key {
	case "required", "keep_no":
		if text == "yes" {
			return true, true
		}
		return nil, true
	case "below":
		if text == "yes" {
			return "refuse", true
		}
		return nil, true
	case "learn":
		return nil, false // is read with values
	case "values":
		return codeValue(f), true
	case "map":
		if list := pairs(text); len(list) > 0 {
			return list, true
		}
		return nil, true
	case "yes", "no", "labels":
		return listValue(lines(text)), true
	case "formats":
		return listValue(append(slices.Clone(f[key]), lines(f.Get("formats-other"))...)), true
	case "bins":
		if kind == "date" && f.Get("every") != "" {
			return nil, true
		}
		return listValue(strings.FieldsFunc(text, func(r rune) bool { return strings.ContainsRune(",;، \n\r\t", r) })), true
	case "from", "to":
		if f.Get("every") == "" {
			return nil, true
		}
	}
	return orNone(text), true
}

func listValue(list []string) any {
	if len(list) == 0 {
		return nil
	}
	return list
}

// codeValue reads a code list: with labels if any has one.
func codeValue(f url.Values) any {
	if f.Get("learn") == "yes" {
		return "learn"
	}
	list := pairs(f.Get("values"))
	var codes []string
	labelled := false
	for _, p := range list {
		codes = append(codes, p[0])
		labelled = labelled || p[1] != ""
	}
	if labelled {
		return list
	}
	return listValue(codes)
}

func (r *room) saveColumn(x *web.Exchange) error {
	f, err := r.frame(x, "columns")
	if err != nil {
		return err
	}
	n, err := at(x, &f)
	if err != nil {
		return err
	}
	if err = checkFormats(x.Form()); err == nil {
		_, err = r.service.EditDraft(x.Context(), x.By, f.Draft.ID, version(x), oneColumn(x.Form(), &f.Policy.Columns[n]))
	}
	if err == nil {
		if x.Form().Get("next") == "next" && n+1 < len(f.Policy.Columns) {
			return x.Redirect(stepPath(f.Draft.ID, "columns")+"/"+number(n+1), "prepare.saved")
		}
		return x.Redirect(stepPath(f.Draft.ID, "columns"), "prepare.saved")
	}
	page, e := r.columnPage(x)
	if e != nil {
		return e
	}
	page.Problem, page.Kind = problemOf(x, err), x.Form().Get("kind")
	return x.Invalid("prepare/column", page, err)
}

func (r *room) tryColumn(x *web.Exchange) error {
	f, err := r.frame(x, "columns")
	if err != nil {
		return err
	}
	n, err := at(x, &f)
	if err != nil {
		return err
	}
	return r.try(x, f, oneColumn(x.Form(), &f.Policy.Columns[n]), checkFormats(x.Form()))
}
