package prepare

import (
	"cmp"
	"math"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/opencovey/covey/internal/chart"
	"github.com/opencovey/covey/internal/fault"
	"github.com/opencovey/covey/internal/publication/work"
	"github.com/opencovey/covey/internal/web"
	"github.com/opencovey/covey/privacy/budget"
	"github.com/opencovey/covey/release"
)

// The labelled choices. Beside them, a number can be written.
var (
	crowds   = [...]string{"5", "10", "20", "50"}
	epsilons = [...]string{"0.1", "0.5", "1", "2", "5"}
	lengths  = [...]string{"1", "2", "3", "4", "5", "6"}
)

// protectPage is the data of the fourth step.
type protectPage struct {
	frame
	Methods, Crowds, Epsilons, Lengths []web.Option
	Impossible                         int
	Effect                             *effect // who stands out, which k-anonymity leaves out; nil if not known
	Ledger                             *ledgerView
	Factor                             string // e to the power of the epsilon as it is, rounded
	Plan                               []planRow
	PlanPicture                        picture
	Planned                            bool
}

// planRow is what one epsilon buys.
type planRow struct {
	Epsilon string
	Chosen  bool
	People  int
	Cells   []planCell
}

// planCell is the accuracy of counts of one size.
type planCell struct {
	Size      string
	Length    int
	Published float64
	Margin    int
}

func (r *room) protect(x *web.Exchange) error {
	page, err := r.protectPage(x)
	if err != nil {
		return err
	}
	page.Values = protectionValues(page.Policy)
	page.Values.Set("version", number(page.Draft.Version))
	return x.Page("prepare/protect", page)
}

// protectionValues are what the form holds for a policy: a choice, or "other" and a number.
func protectionValues(p *release.Policy) url.Values {
	v := url.Values{"method": {string(p.Protection.Method)}, "length": {number(p.Protection.Length)}, "k": {"10"}, "epsilon": {"1"}, "delta": {"1e-6"}}
	if p.Protection.K > 0 {
		choose(v, "k", number(p.Protection.K), crowds[:])
	}
	if p.Protection.Epsilon != nil {
		choose(v, "epsilon", budget.Text(p.Protection.Epsilon), epsilons[:])
		v.Set("delta", budget.Text(p.Protection.Delta))
	}
	if p.Protection.Limit > 0 {
		v.Set("limit", number(p.Protection.Limit))
	}
	return v
}

func choose(v url.Values, name, value string, choices []string) {
	v.Set(name, value)
	if !slices.Contains(choices, value) {
		v.Set(name, "other")
		v.Set(name+"-other", value)
	}
}

// chosen is the opposite of choose.
func chosen(f url.Values, name string) string {
	if value := f.Get(name); value != "other" {
		return value
	}
	return strings.TrimSpace(f.Get(name + "-other"))
}

func (r *room) protectPage(x *web.Exchange) (*protectPage, error) {
	f, err := r.frame(x, "protect")
	if err != nil {
		return nil, err
	}
	page := &protectPage{frame: f, Impossible: len(f.Policy.Protection.Impossible), Factor: factor(x, f.Policy)}
	for _, method := range []string{"k-anonymity", "differential"} {
		page.Methods = append(page.Methods, web.Option{Value: method, Text: x.Text("prepare.method." + method), Hint: x.Text("prepare.method." + method + ".about")})
	}
	options := func(name string, values []string) []web.Option {
		var list []web.Option
		for _, v := range values {
			key := "prepare." + name + "." + strings.ReplaceAll(v, ".", "-")
			list = append(list, web.Option{Value: v, Text: x.Text(key), Hint: x.Text(key + ".about")})
		}
		return list
	}
	other := web.Option{Value: "other", Text: x.Text("prepare.other")}
	page.Crowds = append(options("k", crowds[:]), other)
	page.Epsilons = append(options("epsilon", epsilons[:]), other)
	for _, l := range lengths {
		page.Lengths = append(page.Lengths, web.Option{Value: l, Text: x.Text("prepare.values", "count", whole(l))})
	}
	if page.Ledger, err = r.ledger(x, f.Set.ID); err != nil {
		return nil, err
	}
	if f.Policy.Protection.Method == release.MethodKAnonymity {
		e, err := r.service.Effect(x.Context(), x.By, f.Draft.ID, nil)
		if err == nil {
			page.Effect = &effect{EffectOf: e, Before: -1}
		} else if page.Problem = problemOf(x, err); page.Problem == nil {
			return nil, err
		}
	}
	return page, nil
}

// factor is by how much the odds of a conclusion about a person can change, for the sentence that says so.
func factor(x *web.Exchange, p *release.Policy) string {
	if p.Protection.Epsilon == nil {
		return ""
	}
	e, _ := p.Protection.Epsilon.Float64()
	by := math.Exp(e)
	if by < 10 {
		return strconv.FormatFloat(math.Ceil(by*10)/10, 'f', 1, 64)
	}
	return x.Printer().Number(int(math.Ceil(by)))
}

func (r *room) saveProtection(x *web.Exchange) error {
	f, err := r.frame(x, "protect")
	if err != nil {
		return err
	}
	edits, err := protectionEdits(x.Form(), f.Policy)
	if err == nil {
		_, err = r.service.EditDraft(x.Context(), x.By, f.Draft.ID, version(x), edits)
	}
	if err == nil {
		return saved(x, stepPath(f.Draft.ID, "protect"))
	}
	page, e := r.protectPage(x)
	if e != nil {
		return e
	}
	page.Problem = cmp.Or(problemOf(x, err), page.Problem)
	return x.Invalid("prepare/protect", page, err)
}

// protectionEdits reads the form.
func protectionEdits(f url.Values, p *release.Policy) ([]release.PolicyEdit, error) {
	length, err := least(f, "length", 1)
	if err != nil {
		return nil, err
	}
	edits := []release.PolicyEdit{{Key: "method", Value: f.Get("method")}, {Key: "length", Value: length}}
	if f.Get("method") != string(release.MethodDifferential) {
		k, err := least(f, "k", release.MinK)
		return append(edits, release.PolicyEdit{Key: "k", Value: k}), err
	}
	for _, name := range []string{"epsilon", "delta"} {
		text := strings.ReplaceAll(chosen(f, name), ",", ".")
		if n, err := budget.Number(text); err != nil || n.Sign() <= 0 {
			return nil, fault.New(fault.Invalid, "fault.publication."+name).At(name)
		}
		edits = append(edits, release.PolicyEdit{Key: name, Value: text})
	}
	edit := release.PolicyEdit{Key: "limit"}
	if f.Get("limit") != "" {
		limit, err := least(f, "limit", 2)
		if err != nil {
			return nil, err
		}
		edit.Value = limit
	}
	edits = append(edits, edit)
	if f.Get("learn") == "yes" {
		for i := range p.Columns {
			if c := &p.Columns[i]; c.KindName() == "category" && len(c.Field.Values) == 0 && !c.Learn {
				edits = append(edits, release.PolicyEdit{Column: c.Name, Key: "values", Value: "learn"})
			}
		}
	}
	return edits, nil
}

// least reads a whole number that has a least value.
func least(f url.Values, name string, from int) (int, error) {
	n, err := strconv.Atoi(chosen(f, name))
	if err != nil || n < from || n > 1_000_000 {
		return 0, fault.New(fault.Invalid, "prepare.fault.number", "least", from).At(name)
	}
	return n, nil
}

// plan says what the budget buys, on fictional people.
func (r *room) plan(x *web.Exchange) error {
	page, err := r.protectPage(x)
	if err != nil {
		return err
	}
	page.Values = protectionValues(page.Policy)
	page.Values.Set("version", number(page.Draft.Version))
	people := x.Form().Get("people")
	page.Values.Set("people", people)
	n := whole(people)
	if n < 10 || n > 1_000_000 {
		return x.Invalid("prepare/protect", page, fault.New(fault.Invalid, "prepare.fault.number", "least", 10).At("people"))
	}
	outlooks, err := r.service.Plan(x.Context(), x.By, page.Draft.ID, n, []string{"0.5", "1", "2"})
	if err != nil {
		if page.Problem = problemOf(x, err); page.Problem == nil {
			return err
		}
		return x.Page("prepare/protect", page)
	}
	page.Planned = true
	page.drawPlan(x, outlooks)
	return x.Page("prepare/protect", page)
}

// drawPlan shows the accuracy of pairs, where a reader's questions begin, and all of it as a table.
func (p *protectPage) drawPlan(x *web.Exchange, outlooks []work.Outlook) {
	slices.SortStableFunc(outlooks, func(a, b work.Outlook) int { return cmp.Compare(floatOf(a.Epsilon), floatOf(b.Epsilon)) })
	var bars []chart.Bar
	for _, o := range outlooks {
		row := planRow{Epsilon: o.Epsilon, Chosen: o.Chosen, People: o.People}
		for _, l := range o.Lengths {
			for _, s := range l.Sizes {
				if s.Combinations == 0 {
					continue
				}
				row.Cells = append(row.Cells, planCell{sizeText(x, s.From, s.To), l.Length, s.Published, int(math.Ceil(s.Margin))})
			}
			if l.Length == 2 {
				bars = append(bars, chart.Bar{
					Label: x.Text("prepare.plan.epsilon", "epsilon", o.Epsilon), Count: int(math.Round(100 * l.Records)), Share: l.Records,
				})
			}
		}
		p.Plan = append(p.Plan, row)
	}
	w := words(x, x.Text("prepare.plan.picture"), "prepare.plan.head", "prepare.plan.error")
	w.Number = func(n int) string { return x.Printer().Percent(float64(n) / 100) }
	p.PlanPicture = chart.Bars(bars, w)
}

func floatOf(text string) float64 {
	f, err := strconv.ParseFloat(text, 64)
	if err != nil {
		return 0
	}
	return f
}

func sizeText(x *web.Exchange, from, to int) string {
	if to == 0 {
		return x.Text("prepare.plan.more", "from", x.Printer().Number(from))
	}
	return x.Text("prepare.plan.size", "from", x.Printer().Number(from), "to", x.Printer().Number(to-1))
}
