package release

import (
	"errors"
	"slices"
	"strings"

	"github.com/opencovey/covey/table"
	"go.yaml.in/yaml/v4"
)

// The words that stand for what people are in a column, where they stand alone and not in a list.
const (
	blankWord  = "blank"
	filledWord = "filled"
)

// maxImpossible bounds the combinations, since each label of a many-valued column makes one of its own.
const maxImpossible = 10000

// impossibleHint says how a condition is written.
const impossibleHint = "write a value, a list of values, blank, filled, or {not: [...]}"

// domain reads what nobody can be, and checks what the columns say together.
func (p *policyParser) domain(g *group, policy *Policy) {
	if policy.Protection.Method != MethodDifferential {
		return
	}
	r := &impossibleParser{policyParser: p, policy: policy, columns: policy.columnsByName()}
	if len(p.problems) == 0 {
		columns, err := publicColumns(policy)
		var name *table.InputError
		switch {
		case errors.As(err, &name):
			p.report(g.get("columns"), name.Hint(), "column %q: %s", clip(name.Column), name.Problem)
			return
		case err != nil:
			p.report(g.get("columns"), "", "%s", err)
			return
		}
		r.know(columns)
	}
	if p.impossible != nil {
		r.read(p.impossible)
	}
}

// impossibleParser reads what nobody can be.
type impossibleParser struct {
	*policyParser
	policy  *Policy
	columns map[string]*PolicyColumn
	labels  map[string][]string        // what a person can be released with, by column; nil: not known, because of other problems
	has     map[string]map[string]bool // the same as sets
	total   int                        // combinations so far
}

func (p *impossibleParser) know(columns []table.Column) {
	p.labels, p.has = map[string][]string{}, map[string]map[string]bool{}
	for _, c := range columns {
		if p.has[c.Field] == nil {
			p.has[c.Field] = map[string]bool{}
		}
		p.labels[c.Field] = append(p.labels[c.Field], c.Values...)
		for _, v := range c.Values {
			p.has[c.Field][v] = true
		}
	}
}

func (p *impossibleParser) read(n *yaml.Node) {
	items, _ := p.items(n, "impossible")
	defer func() { p.rule, p.condition = 0, 0 }()
	for i, item := range items {
		p.rule, p.condition = i+1, 0
		if rule := p.readRule(item); rule != nil {
			p.policy.Protection.Impossible = append(p.policy.Protection.Impossible, rule)
		}
	}
}

// readRule reads one combination. It is nil if there is something wrong with it.
func (p *impossibleParser) readRule(item *yaml.Node) Impossible {
	before := len(p.problems)
	pairs, ok := p.pairs(item, "an item of impossible", true)
	if !ok {
		return nil
	}
	var rule Impossible
	ways := 1
	for i, kv := range pairs {
		p.condition = i + 1
		column := p.column(kv)
		if column == nil {
			continue
		}
		c := p.readCondition(kv, column)
		rule = append(rule, c)
		if column.Kind == table.Many {
			ways = min(ways*max(1, len(c.Values)), maxImpossible)
		}
	}
	p.condition = 0
	if p.total += ways; p.total > maxImpossible {
		p.report(item, "name fewer labels of many-valued columns", "together with what is above, this makes more than %d combinations", maxImpossible)
	}
	if len(p.problems) > before {
		return nil
	}
	if len(rule) < 2 {
		p.report(item, "name a second column; a value that nobody can have is left out of values:", "one condition is no combination")
		return nil
	}
	return rule
}

// column returns the column that a condition is about, or nil.
func (p *impossibleParser) column(kv pair) *PolicyColumn {
	name := kv.key.text
	switch c := p.columns[name]; {
	case c == nil:
		var released []string
		for i := range p.policy.Columns {
			if c := &p.policy.Columns[i]; !c.Ignore {
				released = append(released, c.Name)
			}
		}
		p.report(kv.key.node, p.suggest(name, released, "the columns are"), "there is no column %q under columns", clip(name))
	case c.Ignore:
		p.report(kv.key.node, "remove the condition, or give the column another kind", "column %q is ignored, so it takes part in no combination", clip(name))
	default:
		return c
	}
	return nil
}

// readCondition reads what a person is in one column.
func (p *impossibleParser) readCondition(kv pair, column *PolicyColumn) Condition {
	n, c := kv.value, Condition{Column: column.Name}
	before := len(p.problems)
	labels := p.labels[column.Name]
	switch {
	case isNull(n):
		p.report(kv.key.node, impossibleHint, "%q has no value", clip(column.Name))
	case n.Kind == yaml.ScalarNode:
		word := strings.TrimSpace(n.Value)
		if (word == blankWord || word == filledWord) && p.has[column.Name][word] {
			p.report(n, "to mean the value, put it in brackets: ["+word+"]", "%q is a value of column %q, too", word, clip(column.Name))
			return c
		}
		switch word {
		case blankWord:
			c.Blank = true
		case filledWord:
			c.Values = slices.Clone(labels)
		default:
			if text, ok := p.text(n, "a value of "+column.Name); ok {
				c.Values = p.values([]textAt{{text, n}}, column)
			}
		}
	case n.Kind == yaml.MappingNode:
		c.Values = p.not(n, column)
	default:
		texts, _ := p.texts(n, clip(column.Name), strings.TrimSpace)
		c.Values = p.values(texts, column)
	}
	if p.labels != nil && len(p.problems) == before {
		p.checkCondition(n, c, column)
	}
	return c
}

// not returns all values but the listed.
func (p *impossibleParser) not(n *yaml.Node, column *PolicyColumn) []string {
	g, ok := p.group(n, "a condition on "+clip(column.Name))
	if !ok {
		return nil
	}
	p.check(g, policyKeys["condition"])
	list := g.get("not")
	if list == nil {
		if len(n.Content) == 0 {
			p.report(n, impossibleHint, "the condition on %q is empty", clip(column.Name))
		}
		return nil
	}
	texts, _ := p.texts(list, "not", strings.TrimSpace)
	listed := map[string]bool{}
	for _, v := range p.values(texts, column) {
		listed[v] = true
	}
	return slices.DeleteFunc(slices.Clone(p.labels[column.Name]), func(v string) bool { return listed[v] })
}

// values checks that a column can hold what is listed.
func (p *impossibleParser) values(texts []textAt, column *PolicyColumn) []string {
	values := make([]string, 0, len(texts))
	has := p.has[column.Name]
	for _, t := range texts {
		values = append(values, t.text)
		if p.labels == nil || column.Learn || has[t.text] {
			continue
		}
		hint := p.suggest(t.text, p.labels[column.Name], "its values are")
		if iso, ok := table.ParseCountry(t.text); ok && column.Kind == table.Country && has[iso] {
			hint = "write " + iso
		}
		p.report(t.node, hint, "column %q has no value %q", clip(column.Name), clip(t.text))
	}
	return values
}

// checkCondition reports a condition that holds for nobody, for everybody, or for who knows whom.
func (p *impossibleParser) checkCondition(n *yaml.Node, c Condition, column *PolicyColumn) {
	switch {
	case column.Learn && !c.Blank:
		p.report(n, "list the values of the column, or write blank", "the values of column %q are learnt, so nothing can be said of them beforehand", clip(c.Column))
	case column.Required && c.Blank:
		p.report(n, "remove the combination, or required: from the column", "nobody is blank in column %q, which is required", clip(c.Column))
	case column.Required && len(c.Values) == len(p.labels[c.Column]):
		p.report(n, "remove the condition", "the condition on column %q holds for everybody", clip(c.Column))
	case !c.Blank && len(c.Values) == 0 && n.Kind == yaml.MappingNode:
		p.report(n, "list fewer values", "the condition on column %q leaves no value", clip(c.Column))
	}
}

// suggest is the function of this name for lists that may be too long to be written out.
func (p *impossibleParser) suggest(text string, known []string, kind string) string {
	const most = 20
	if len(p.problems) >= maxProblems { // spare the search
		return ""
	}
	if nearest(text, known) == "" && len(known) > most {
		known = append(slices.Clone(known[:most]), "…")
	}
	clipped := make([]string, len(known))
	for i, k := range known {
		clipped[i] = clip(k)
	}
	return suggest(text, clipped, kind)
}
