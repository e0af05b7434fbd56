package prepare

import (
	"cmp"
	"slices"

	"github.com/opencovey/covey/internal/chart"
	"github.com/opencovey/covey/internal/publication/work"
	"github.com/opencovey/covey/internal/web"
	"github.com/opencovey/covey/release"
)

// How much of a report is shown before the rest.
const (
	shownRare   = 12
	shownValues = 15
)

// lookPage is the data of the first step. It is as sensitive as the records.
type lookPage struct {
	frame
	Report  *release.Inspection
	Risk    picture // who stands out, by length
	Effects picture // who would stand out without a column
	Rows    []lookRow
	Values  []valueRow
	Advice  []string
}

type lookRow struct {
	Number     int // of the column in the policy; -1: it is not in it
	Name, Kind string
	Filled     float64
	Values     int
	Blanks     []string
	Rare       []release.InspectValue
	RareMore   int
	Notes      []string
}

type valueRow struct {
	Column, Value         string
	People, Linked, Saves int
}

func (r *room) look(x *web.Exchange) error { return r.showLook(x, nil) }

// showLook shows the first step, with what is wrong with a policy that was sent.
func (r *room) showLook(x *web.Exchange, wrong error) error {
	f, err := r.frame(x, "look")
	if err != nil {
		return err
	}
	page := &lookPage{frame: f}
	report, advice, err := r.service.Inspect(x.Context(), x.By, f.Draft.ID)
	if err != nil {
		if page.Problem = problemOf(x, err); page.Problem == nil {
			return err
		}
	} else {
		page.fill(x, report, advice)
	}
	if wrong == nil {
		return x.Page("prepare/look", page)
	}
	if p := problemOf(x, wrong); p != nil {
		page.Problem = p
	}
	return x.Invalid("prepare/look", page, wrong)
}

// fill takes over the report.
func (p *lookPage) fill(x *web.Exchange, report *release.Inspection, advice []work.Advice) {
	p.Report = report
	for i := range report.Columns {
		p.Rows = append(p.Rows, newLookRow(x, report, &report.Columns[i], p.Policy))
	}
	var lengths []chart.Bar
	for _, l := range report.Risk.ByLength {
		lengths = append(lengths, chart.Bar{Label: x.Text("prepare.values", "count", l.Length), Count: l.Rare, Share: ratio(l.Rare, report.People)})
	}
	w := words(x, x.Text("prepare.look.lengths", "k", report.Risk.K), "prepare.look.shortest", "prepare.people")
	w.Share = x.Text("prepare.share")
	p.Risk = chart.Bars(lengths, w)
	p.Effects = effects(x, report)
	p.Values = valueRows(report)
	for _, a := range advice {
		if text := adviceText(x, report, a); text != "" {
			p.Advice = append(p.Advice, text)
		}
	}
}

func newLookRow(x *web.Exchange, report *release.Inspection, c *release.InspectColumn, policy *release.Policy) lookRow {
	row := lookRow{
		Number: slices.IndexFunc(policy.Columns, func(p release.PolicyColumn) bool { return p.Name == c.Name }), Name: c.Name, Kind: c.Kind,
		Filled: ratio(c.Filled, report.People), Values: len(c.Values),
	}
	for _, note := range c.Notes {
		row.Notes = append(row.Notes, say(x, note))
	}
	rare := c.RareValues(report.Risk.K)
	row.Rare, row.RareMore = rare[:min(len(rare), shownRare)], max(0, len(rare)-shownRare)
	for _, b := range c.Blanks {
		row.Blanks = append(row.Blanks, x.Text("prepare.look.blank", "reason", b.Reason, "share", x.Printer().Percent(ratio(b.People, report.People))))
	}
	return row
}

// effects draws how many people would stand out without each column.
func effects(x *web.Exchange, report *release.Inspection) picture {
	bars := []chart.Bar{{Label: x.Text("prepare.look.asis"), Count: report.Risk.Rare, Share: ratio(report.Risk.Rare, report.People)}}
	list := report.ByEffect()
	for _, c := range list[:min(len(list), shownValues)] {
		bars = append(bars, chart.Bar{Label: x.Text("prepare.look.without", "column", c.Name), Count: c.RareWithout, Share: ratio(c.RareWithout, report.People)})
	}
	w := words(x, x.Text("prepare.look.effects", "k", report.Risk.K), "prepare.column", "prepare.people")
	w.Share = x.Text("prepare.share")
	return chart.Bars(bars, w)
}

// valueRows are the values that make most people stand out.
func valueRows(report *release.Inspection) []valueRow {
	var rows []valueRow
	for _, c := range report.Columns {
		for _, v := range c.Values {
			if v.RareWithout < report.Risk.Rare {
				rows = append(rows, valueRow{c.Name, v.Value, v.People, v.Linkable, report.Risk.Rare - v.RareWithout})
			}
		}
	}
	slices.SortStableFunc(rows, func(a, b valueRow) int { return cmp.Compare(b.Saves, a.Saves) })
	return rows[:min(len(rows), shownValues)]
}

// adviceText says one advice in the language of the page.
func adviceText(x *web.Exchange, report *release.Inspection, a work.Advice) string {
	p := x.Printer()
	if a.Kind == release.AdviceNext {
		return ""
	}
	return x.Text("prepare.advice."+string(a.Kind), "columns", p.List(a.Columns), "from", p.Percent(ratio(a.From, report.People)),
		"to", p.Percent(ratio(a.To, report.People)), "k", report.Risk.K)
}
