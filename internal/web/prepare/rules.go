package prepare

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/opencovey/covey/internal/fault"
	"github.com/opencovey/covey/internal/publication"
	"github.com/opencovey/covey/internal/web"
	"github.com/opencovey/covey/release"
	"github.com/opencovey/covey/table"
)

// rulesPage is the data of the page about what nobody can be.
type rulesPage struct {
	frame
	Rules   []ruleRow
	Columns []web.Option
	Hows    []web.Option
	Known   []knownValues
}

// ruleRow is one combination, with the names of its fields.
type ruleRow struct {
	Number     int
	Name       string // of the field that faults of the whole rule are shown at
	Conditions []conditionRow
}

type conditionRow struct{ Column, How, Values string }

// knownValues are what a column can hold.
type knownValues struct{ Column, Values string }

// Bounds of the form: what it shows beside the rules that there are, and what it reads.
const (
	leastConditions = 3
	mostConditions  = 12
	mostRules       = 200
	mostKnown       = 60
)

func conditionOf(i, j int) conditionRow {
	at := fmt.Sprintf("rule%d-%d-", i, j)
	return conditionRow{at + "column", at + "how", at + "values"}
}

// rules shows what nobody can be.
func (r *room) rules(x *web.Exchange) error {
	page, err := r.rulesPage(x)
	if err != nil {
		return err
	}
	page.Values = ruleValues(page.Policy)
	page.Values.Set("version", number(page.Draft.Version))
	page.rows(len(page.Policy.Protection.Impossible) + 1)
	return x.Page("prepare/rules", page)
}

func (r *room) rulesPage(x *web.Exchange) (*rulesPage, error) {
	f, err := r.frame(x, "protect")
	if err != nil {
		return nil, err
	}
	page := &rulesPage{frame: f, Columns: []web.Option{{Text: x.Text("prepare.rules.no-column")}}}
	for _, how := range []string{"in", "not", "blank", "filled"} {
		page.Hows = append(page.Hows, web.Option{Value: how, Text: x.Text("prepare.rules." + how)})
	}
	for i := range f.Policy.Columns {
		if c := &f.Policy.Columns[i]; !c.Ignore {
			page.Columns = append(page.Columns, web.Option{Value: c.Name, Text: c.Name})
		}
	}
	if f.Policy.Protection.Method == release.MethodDifferential {
		page.Known = known(f.Policy)
	}
	return page, nil
}

// known lists the values that the columns can hold, for those that have few.
func known(p *release.Policy) []knownValues {
	d, err := p.Domain()
	if err != nil {
		return nil
	}
	var list []knownValues
	for _, c := range d.Columns {
		values := c.Values
		if c.Kind == table.Many {
			values = []string{c.Label}
		}
		if n := len(list); n > 0 && list[n-1].Column == c.Field {
			list[n-1].Values += ", " + strings.Join(values, ", ")
		} else if len(values) > 0 && len(values) <= mostKnown {
			list = append(list, knownValues{c.Field, strings.Join(values, ", ")})
		}
	}
	return list
}

// rows makes the fields for so many rules, the last of them empty.
func (p *rulesPage) rows(n int) {
	for i := range n {
		row := ruleRow{Number: i + 1, Name: conditionOf(i, 0).Column}
		last := leastConditions
		for j := range mostConditions {
			if p.Values.Get(conditionOf(i, j).Column) != "" {
				last = max(last, j+2)
			}
		}
		for j := range min(last, mostConditions) {
			row.Conditions = append(row.Conditions, conditionOf(i, j))
		}
		p.Rules = append(p.Rules, row)
	}
}

// ruleValues are what the form holds for a policy. Conditions are those of the policy, in the shortest of the ways to write them.
func ruleValues(p *release.Policy) map[string][]string {
	values := map[string][]string{}
	all := map[string][]string{}
	if len(p.Protection.Impossible) > 0 {
		if d, err := p.Domain(); err == nil {
			for _, c := range d.Columns {
				all[c.Field] = append(all[c.Field], c.Values...)
			}
		}
	}
	for i, rule := range p.Protection.Impossible {
		for j, c := range rule {
			name := conditionOf(i, j)
			how, list := "in", c.Values
			rest := slices.DeleteFunc(slices.Clone(all[c.Column]), func(v string) bool { return slices.Contains(c.Values, v) })
			switch {
			case c.Blank:
				how, list = "blank", nil
			case len(c.Values) > 0 && len(rest) == 0 && all[c.Column] != nil:
				how, list = "filled", nil
			case all[c.Column] != nil && p.Column(c.Column).Kind != table.Many && len(rest) < len(c.Values):
				how, list = "not", rest
			}
			values[name.Column], values[name.How], values[name.Values] = []string{c.Column}, []string{how}, []string{strings.Join(list, "\n")}
		}
	}
	return values
}

// saveRules writes what nobody can be into the policy.
func (r *room) saveRules(x *web.Exchange) error {
	page, err := r.rulesPage(x)
	if err != nil {
		return err
	}
	rules, places := readRules(x.Form())
	edit := release.PolicyEdit{Key: "impossible"}
	if len(rules) > 0 {
		edit.Value = rules
	}
	_, err = r.service.EditDraft(x.Context(), x.By, page.Draft.ID, version(x), []release.PolicyEdit{edit})
	if err == nil {
		to := stepPath(page.Draft.ID, "protect")
		if x.Form().Get("next") == "more" {
			to += "/rules"
		}
		return x.Redirect(to, "prepare.saved")
	}
	page.Values = x.Form()
	page.rows(min(mostRules, lastRule(x.Form())+2))
	page.Problem = problemOf(x, err)
	return x.Invalid("prepare/rules", page, errors.Join(ruleFaults(err, places)...))
}

// lastRule is the index of the last rule of a form that names a column; -1 if none does.
func lastRule(f map[string][]string) int {
	for i := mostRules - 1; i >= 0; i-- {
		for j := range mostConditions {
			if v := f[conditionOf(i, j).Column]; len(v) > 0 && v[0] != "" {
				return i
			}
		}
	}
	return -1
}

// readRules reads the form, and says where in it each condition stands. Rules without a column are left out.
func readRules(f map[string][]string) (rules []release.RuleEdit, places [][]conditionRow) {
	first := func(name string) string {
		if v := f[name]; len(v) > 0 {
			return v[0]
		}
		return ""
	}
	for i := range lastRule(f) + 1 {
		var rule release.RuleEdit
		var at []conditionRow
		for j := range mostConditions {
			name := conditionOf(i, j)
			column := first(name.Column)
			if column == "" {
				continue
			}
			how := first(name.How)
			c := release.ConditionEdit{Column: column, Not: how == "not", Blank: how == "blank", Filled: how == "filled"}
			if !c.Blank && !c.Filled {
				c.Values = lines(first(name.Values))
			}
			rule, at = append(rule, c), append(at, name)
		}
		if rule != nil {
			rules, places = append(rules, rule), append(places, at)
		}
	}
	return rules, places
}

// ruleFaults shows what is wrong at the fields that it is about.
func ruleFaults(err error, places [][]conditionRow) []error {
	policy, ok := errors.AsType[*publication.PolicyFault](err)
	if !ok {
		return []error{err}
	}
	var list []error
	for _, p := range policy.Problems {
		if p.Rule < 1 || p.Rule > len(places) {
			continue
		}
		at := places[p.Rule-1]
		field, key := at[0].Column, "prepare.fault.rule"
		if p.Condition > 0 && p.Condition <= len(at) {
			field, key = at[p.Condition-1].Values, "prepare.fault.condition"
		}
		list = append(list, fault.New(fault.Invalid, key, "rule", p.Rule).At(field))
	}
	if list == nil {
		return []error{err}
	}
	return list
}
