package release

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/opencovey/covey/table"
	"go.yaml.in/yaml/v4"
)

// keyKinds says to which kinds of column a key applies. A key that is not here applies to all.
var keyKinds = map[string][]string{
	"header":    names(table.Country, table.Kind.String),
	"delimiter": {"many"},
	"yes":       {"flag"},
	"no":        {"flag"},
	"keep_no":   {"flag"},
	"bins":      {"number", "date"},
	"below":     {"number", "date"},
	"labels":    {"number", "date"},
	"every":     {"date"},
	"from":      {"date"},
	"to":        {"date"},
	"required":  {"category", "flag", "number", "date", "country"},
	"formats":   {"date"},
	"values":    {"category", "many", "country"},
	"other":     {"category", "many", "country"},
	"map":       names(table.Country, table.Kind.String),
	"blanks":    names(table.Country, table.Kind.String),
	"conflicts": names(table.Country, table.Kind.String),
}

// columnParser reads one column.
type columnParser struct {
	*policyParser
	keys    *group
	policy  *Policy
	name    string
	kind    *yaml.Node // where the kind stands; nil: nowhere
	missing []blankSet // of the column, then of the policy
	column  PolicyColumn
}

// of names a key of the column for a message.
func (c *columnParser) of(key string) string {
	return fmt.Sprintf("%s of column %q", key, clip(c.name))
}

func (p *policyParser) columns(g *group, policy *Policy, blanks blankSet) {
	n := g.get("columns")
	if n == nil {
		if g.lacks("columns") {
			p.report(g.node, "list the columns of the file under columns:, each with its kind", "columns is missing")
		}
		return
	}
	pairs, ok := p.pairs(n, "columns", true)
	if !ok {
		return
	}
	released := false
	headers := map[string]bool{}
	for _, kv := range pairs {
		c := &columnParser{policyParser: p, policy: policy, name: kv.key.text, missing: []blankSet{{}, blanks}}
		c.column.Name = kv.key.text
		c.read(kv)
		released = released || !c.column.Ignore
		p.checkHeader(kv, c.column.Field, headers)
		if cmp.Or(c.column.Header, c.name) == policy.Subject && !c.column.Ignore {
			p.report(kv.key.node, "remove it from columns: or give it the kind ignore", "%q is the subject, and must not be released", clip(c.name))
		}
		policy.Columns = append(policy.Columns, c.column)
	}
	switch {
	case len(n.Content) == 0:
		p.report(n, "list the columns of the file, each with its kind", "columns lists no column")
	case !released && len(p.problems) == 0:
		p.report(n, "give a column another kind than ignore", "every column is ignored, so there is nothing to release")
	}
}

// checkHeader reports a column of the file that is read twice.
func (p *policyParser) checkHeader(kv pair, f table.Field, seen map[string]bool) {
	header := cmp.Or(f.Header, f.Name)
	if seen[header] {
		p.report(kv.key.node, "remove one of the two, or give it another header:", "the column %q of the file is read twice", clip(header))
	}
	seen[header] = true
}

func (c *columnParser) read(kv pair) {
	switch n := kv.value; {
	case n.Kind == yaml.AliasNode:
		return
	case isNull(n):
		c.report(kv.key.node, "write its kind after the colon, such as category", "column %q has no kind", clip(c.name))
		return
	case n.Kind == yaml.ScalarNode:
		c.keys = &group{node: n}
		if c.readKind(n) {
			c.readBins()
			c.checkPublic()
		}
		return
	default:
		g, ok := c.group(n, fmt.Sprintf("column %q", clip(c.name)))
		if !ok {
			return
		}
		c.keys = g
	}
	c.check(c.keys, policyKeys["column"])
	n := c.keys.get("kind")
	if n != nil && !c.readKind(n) || n == nil && !c.keys.lacks("kind") {
		return // what else is said depends on the kind
	}
	c.checkKeys()
	c.readTexts()
	if n := c.keys.get("blanks"); n != nil {
		c.missing[0] = c.blanks(n, c.of("blanks"))
		c.column.Blanks = c.missing[0].list
	}
	c.readFlag()
	c.readBins()
	c.readFormats()
	c.readMap(c.readValues())
	c.readConflicts()
	c.readRequired()
	c.checkPublic()
}

func (c *columnParser) readKind(n *yaml.Node) bool {
	c.kind = n
	i := c.choice(n, "kind", kindNames)
	if i < 0 {
		return false
	}
	if kindNames[i] == kindIgnore {
		c.column.Ignore = true
	} else {
		c.column.Kind = table.Kind(i)
	}
	return true
}

// checkKeys reports keys that have no effect on the kind of the column.
func (c *columnParser) checkKeys() {
	kind := c.column.KindName()
	c.keys.pairs = slices.DeleteFunc(c.keys.pairs, func(kv pair) bool {
		kinds, some := keyKinds[kv.key.text]
		if !some || slices.Contains(kinds, kind) {
			return false
		}
		switch {
		case c.column.Ignore:
			c.report(kv.key.node, "remove the key", "%q has no effect on a column that is ignored", kv.key.text)
		case c.kind == nil:
			c.report(kv.key.node, "add kind: "+either(kinds),
				"%q has no effect on a category, which column %q is without a kind", kv.key.text, clip(c.name))
		default:
			c.report(kv.key.node, fmt.Sprintf("remove the key, or write kind: %s", either(kinds)),
				"%q has no effect on a column of kind %s", kv.key.text, kind)
		}
		return true
	})
}

// either joins words as a sentence does: a, b or c.
func either(words []string) string {
	last := len(words) - 1
	if last == 0 {
		return words[0]
	}
	return strings.Join(words[:last], ", ") + " or " + words[last]
}

func (c *columnParser) readTexts() {
	for key, to := range map[string]*string{
		"header": &c.column.Header, "label": &c.column.Label, "description": &c.column.Description, "group": &c.column.Group,
	} {
		if n := c.keys.get(key); n != nil {
			*to, _ = c.text(n, c.of(key))
		}
	}
	if n := c.keys.get("delimiter"); n != nil {
		text, ok := c.raw(n, c.of("delimiter"))
		if ok && text == "" {
			c.report(n, `write what separates the labels, such as ";"`, "%s is empty", c.of("delimiter"))
		}
		c.column.Delimiter = text
	}
}

// readFlag reads the spellings of yes and no.
func (c *columnParser) readFlag() {
	yes, no := c.keys.get("yes"), c.keys.get("no")
	spellings := func(n *yaml.Node, key string) (list []string, at []textAt) {
		if n == nil {
			return nil, nil
		}
		at, _ = c.texts(n, c.of(key), foldText)
		for _, t := range at {
			list = append(list, t.text)
			if line := hasBlank(t.text, c.missing...); line > 0 {
				c.report(t.node, "remove one of the two", "%q is a blank already, by line %d", clip(t.text), line)
			}
		}
		return list, at
	}
	var yesAt, noAt []textAt
	c.column.Yes, yesAt = spellings(yes, "yes")
	c.column.No, noAt = spellings(no, "no")
	switch {
	case yes != nil && no != nil:
		c.checkOverlap(noAt, c.column.Yes, "%q is under yes and under no", "remove one of the two")
	case yes != nil:
		c.checkOverlap(yesAt, table.DefaultNo, "%q means no where no: is not given", "add no: and list what means no")
	case no != nil:
		c.checkOverlap(noAt, table.DefaultYes, "%q means yes where yes: is not given", "add yes: and list what means yes")
	}
	if n := c.keys.get("keep_no"); n != nil {
		c.column.KeepNo = c.truth(n, c.of("keep_no"))
	}
}

func (c *columnParser) checkOverlap(list []textAt, other []string, format, hint string) {
	set := make(map[string]bool, len(other))
	for _, o := range other {
		set[foldText(o)] = true
	}
	for _, t := range list {
		if set[foldText(t.text)] {
			c.report(t.node, hint, format, clip(t.text))
		}
	}
}

// readBins reads the classes of a number or date column.
func (c *columnParser) readBins() {
	kind := c.column.Kind
	if c.column.Ignore || kind != table.Number && kind != table.Date {
		return
	}
	bins, every, labels := c.keys.get("bins"), c.keys.get("every"), c.keys.get("labels")
	c.checkBinKeys()
	switch {
	case bins != nil && every != nil:
		c.report(every, "remove one of the two", "%s has bins already", c.of("every"))
	case every != nil:
		if i := c.choice(every, "unit of every", periodNames); i >= 0 {
			c.column.Bins.Every = table.Decade + table.Period(i)
			c.readCalendar()
		}
		if labels != nil {
			c.report(labels, "remove labels:, or list bins:", "labels are for bins, and every names its own")
		}
		return
	case bins == nil && c.keys.lacks("bins") && c.keys.lacks("every"):
		at, hint := c.kind, "add bins: and the lower edge of each class, such as [0, 18, 65]"
		if kind == table.Date {
			hint = "add every: decade, year, quarter or month, or bins: and the first day of each class"
		}
		c.report(at, hint, "column %q has no bins", clip(c.name))
		return
	case bins == nil:
		return
	}
	edges, ok := c.items(bins, c.of("bins"))
	if ok = ok && c.readEdges(edges); ok && labels != nil {
		c.readLabels(labels, len(edges))
	}
	if n := c.keys.get("below"); n != nil {
		c.column.Bins.Floor = c.choice(n, "rule", belowNames) == 1
	}
}

// checkBinKeys reports keys that go with the other way to say what the classes are.
func (c *columnParser) checkBinKeys() {
	for key, needs := range map[string]string{"below": "bins", "from": "every", "to": "every"} {
		if n := c.keys.get(key); n != nil && c.keys.lacks(needs) {
			c.report(n, "remove the key, or add "+needs+":", "%s has no effect without %s", c.of(key), needs)
		}
	}
}

// readEdges reads the lower edges of bins and reports the first that is not above the one before.
func (c *columnParser) readEdges(edges []*yaml.Node) bool {
	for i, n := range edges {
		ascending := true
		if b := &c.column.Bins; c.column.Kind == table.Number {
			x, ok := c.number(n, "an edge of bins")
			if !ok {
				return false
			}
			ascending = i == 0 || b.Numbers[i-1] < x
			b.Numbers = append(b.Numbers, x)
		} else {
			t, ok := c.day(n, "an edge of bins")
			if !ok {
				return false
			}
			ascending = i == 0 || b.Dates[i-1].Before(t)
			b.Dates = append(b.Dates, t)
		}
		if !ascending {
			c.report(n, "put the edges in ascending order", "bins are not ascending: %s follows %s", clip(n.Value), clip(edges[i-1].Value))
			return false
		}
	}
	return true
}

func (c *columnParser) readLabels(n *yaml.Node, edges int) {
	before := len(c.problems)
	labels, ok := c.texts(n, c.of("labels"), strings.TrimSpace)
	if !ok || len(c.problems) > before {
		return
	}
	if len(labels) != edges {
		c.report(n, "write one label for each edge", "%s: %d for %d bins", c.of("labels"), len(labels), edges)
		return
	}
	for _, l := range labels {
		c.column.Bins.Labels = append(c.column.Bins.Labels, l.text)
	}
}

// readFormats reads how the dates are written.
func (c *columnParser) readFormats() {
	n := c.keys.get("formats")
	if n == nil {
		return
	}
	formats, _ := c.texts(n, c.of("formats"), strings.TrimSpace)
	for _, f := range formats {
		layout, err := DateLayout(f.text)
		if err != nil {
			c.report(f.node, dateFormatHint, "date format %q: %s", clip(f.text), err)
			continue
		}
		c.column.Layouts = append(c.column.Layouts, layout)
	}
}

// readConflicts reads the column's own rule for rows of one person that disagree.
func (c *columnParser) readConflicts() {
	n := c.keys.get("conflicts")
	if n == nil {
		return
	}
	noSubject := c.policy.Subject == ""
	rule := c.conflicts(n, noSubject)
	switch {
	case noSubject:
	case rule == table.AnyYes && c.column.Kind != table.Flag:
		c.report(n, "write first, last or blank", "the rule any is for flags")
	case rule == table.Refuse && c.policy.Conflicts != table.Refuse && n.Value == table.Refuse.String():
		c.report(n, "write conflicts: refuse for the policy, and the other rule at the other columns",
			"a column cannot refuse where the rule of the policy is %s", c.policy.Conflicts)
	}
	c.column.Conflict = rule
}
