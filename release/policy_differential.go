package release

import (
	"fmt"
	"math/big"
	"strings"
	"time"

	"github.com/opencovey/covey/privacy/budget"
	"github.com/opencovey/covey/table"
	"go.yaml.in/yaml/v4"
)

// learnWord stands under values: where the values are bought from the budget.
const learnWord = "learn"

// differential reads the promise of a differential release. What is impossible is read after the columns.
func (p *policyParser) differential(g *group, protection *Protection) {
	protection.K = 0
	p.impossible = g.get("impossible")
	p.refuseKeys(g, MethodDifferential, MethodKAnonymity, "k")
	protection.Epsilon = p.epsilon(g)
	protection.Delta = p.delta(g)
	if n := g.get("length"); n != nil {
		protection.Length = int(p.between(n, "length of a differential release", 1, MaxDifferentialLength))
	}
	if n := g.get("limit"); n != nil {
		protection.Limit = int(p.between(n, "limit", 2, maxWhole))
	}
	if protection.Epsilon == nil || protection.Delta == nil {
		return
	}
	if _, err := budget.Concentrated.Rho(protection.Epsilon, protection.Delta); err != nil {
		p.report(g.get("epsilon"), "use a larger epsilon or delta", "this promise cannot be kept with any noise: %s", err)
	}
}

func (p *policyParser) epsilon(g *group) *big.Rat {
	n := g.get("epsilon")
	if n == nil {
		if g.lacks("epsilon") {
			p.report(g.node, "add epsilon:, such as 1; smaller is safer and less accurate", "epsilon is missing: how much one person may change what is released")
		}
		return nil
	}
	r := p.exact(n, "epsilon")
	switch {
	case r == nil:
		return nil
	case r.Sign() == 0:
		p.report(n, "1 is usual", "epsilon is 0, so nothing could be told of anybody")
		return nil
	case r.Cmp(big.NewRat(MaxEpsilon, 1)) > 0:
		p.report(n, "1 is usual, and more than 10 is hard to defend",
			"epsilon is %s, which protects nobody: at most %d, where a person already changes the odds of a result up to 500 million times",
			clip(n.Value), MaxEpsilon)
		return nil
	}
	return r
}

func (p *policyParser) delta(g *group) *big.Rat {
	n := g.get("delta")
	if n == nil {
		if g.lacks("delta") {
			p.report(g.node, "add delta:, such as 1e-6; it must be far below 1 divided by the number of people",
				"delta is missing: the chance that the promise does not hold")
		}
		return nil
	}
	r := p.exact(n, "delta")
	switch {
	case r == nil:
		return nil
	case r.Sign() == 0:
		p.report(n, "1e-6 is usual", "delta is 0, which the noise that Covey adds cannot promise")
		return nil
	case r.Cmp(maxDelta) >= 0:
		p.report(n, "write far less than 1 divided by the number of people, such as 1e-6",
			"delta is %s, a chance that everything is told of a person; it must be less than 0.001", clip(n.Value))
		return nil
	}
	return r
}

// exact returns a number as it is written, without any rounding, or nil.
func (p *policyParser) exact(n *yaml.Node, what string) *big.Rat {
	text, ok := p.raw(n, what)
	if !ok {
		return nil
	}
	r, err := budget.Number(text)
	if err != nil {
		p.report(n, "write it as 1, 0.5, 1e-6 or 1/3", "%s must be a number of at least 0, not %q", what, clip(text))
		return nil
	}
	return r
}

// checkPublic reports a column of a differential release whose values only the records could tell.
func (c *columnParser) checkPublic() {
	if c.policy.Protection.Method != MethodDifferential || c.column.Ignore {
		return
	}
	at := c.kind
	if at == nil {
		at = c.keys.node
	}
	switch kind := c.column.Kind; {
	case kind == table.Category && c.column.Values == nil && !c.column.Learn && c.keys.lacks("values"):
		c.report(at, "list them under values:, or write values: learn to buy them from the budget",
			"column %q has no values, and a differential release must not take them from the records", clip(c.name))
	case kind == table.Many && c.column.Values == nil && c.keys.lacks("values"):
		c.report(at, "list them under values:",
			"column %q has no values, and a differential release must not take them from the records", clip(c.name))
	case kind == table.Date && c.column.Bins.Every != table.NoPeriod && c.keys.lacks("from") && c.keys.lacks("to"):
		c.report(at, "add from: and to:, such as from: 2002 and to: 2021; what is outside falls into the first or the last",
			"column %q has no first and last %s, and a differential release must not take them from the records",
			clip(c.name), periodNames[c.column.Bins.Every-table.Decade])
	}
}

func (c *columnParser) readLearn(n *yaml.Node) {
	switch {
	case c.column.Kind != table.Category:
		c.report(n, "list the values", "the values of a column of kind %s cannot be learnt", c.column.Kind)
	case c.policy.Protection.Method != MethodDifferential:
		c.report(n, "remove the key: without a list, the values are what the file holds", "only values of a differential release are learnt")
	case c.column.Other != "":
		c.report(n, "list the values, or remove other:", "%s has no effect where values are learnt", c.of("other"))
	}
	c.column.Learn = true
}

// readRequired reads whether nobody is blank, which the rest of the column must not contradict.
func (c *columnParser) readRequired() {
	n := c.keys.get("required")
	if n == nil {
		return
	}
	c.column.Required = c.truth(n, c.of("required"))
	rule := c.column.Conflict
	if rule == table.Refuse {
		rule = c.policy.Conflicts
	}
	switch {
	case !c.column.Required:
	case c.column.Kind == table.Flag && !c.column.KeepNo:
		c.report(n, "add keep_no: true, or remove required:", "column %q is blank for everybody who is no yes", clip(c.name))
	case rule == table.SetBlank:
		c.report(n, "give the column another rule under conflicts:", "column %q is blank where rows of a person disagree", clip(c.name))
	}
}

// maxPeriods bounds the classes of a calendar: 400 years of months.
const maxPeriods = 4800

// readCalendar reads the first and the last unit of the calendar. A year or month as the last stands for its last day.
func (c *columnParser) readCalendar() {
	from, to := c.keys.get("from"), c.keys.get("to")
	if from == nil && to == nil {
		return
	}
	if from == nil || to == nil {
		if key := map[bool]string{true: "from", false: "to"}[from == nil]; c.keys.lacks(key) {
			c.report(c.keys.get("every"), "add "+key+":, or remove the other", "column %q has no %s", clip(c.name), key)
		}
		return
	}
	first, ok := c.year(from, "from")
	last, also := c.year(to, "to")
	if !ok || !also {
		return
	}
	switch len(to.Value) {
	case len("2006"):
		last = last.AddDate(1, 0, -1)
	case len("2006-01"):
		last = last.AddDate(0, 1, -1)
	}
	b := &c.column.Bins
	months := []int{120, 12, 3, 1}[b.Every-table.Decade]
	unit := func(t time.Time) int { return (12*t.Year() + int(t.Month()) - 1) / months }
	switch n := unit(last) - unit(first); {
	case n < 1:
		c.report(to, "two classes are the least, such as from: 2002 and to: 2021", "the last %s is not after the first", periodNames[b.Every-table.Decade])
	case n >= maxPeriods:
		c.report(to, "choose a longer unit, or a shorter time", "%s gives %d classes, more than %d", c.of("every"), n+1, maxPeriods)
	}
	b.From, b.To = first, last
}

// year returns a day of the years in use.
func (c *columnParser) year(n *yaml.Node, key string) (time.Time, bool) {
	t, ok := c.day(n, c.of(key))
	if ok && t.Year() < 1000 {
		c.report(n, "", "%s must be from the year 1000 on", c.of(key))
		return t, false
	}
	return t, ok
}

func (w *policyWriter) protection(p *Protection) {
	w.text("method", string(p.Method))
	w.number("k", int64(p.K))
	w.exact("epsilon", p.Epsilon)
	w.exact("delta", p.Delta)
	w.number("length", int64(p.Length))
	w.number("limit", int64(p.Limit))
	if len(p.Impossible) == 0 {
		return
	}
	w.group("impossible", func() {
		for _, rule := range p.Impossible {
			parts := make([]string, len(rule))
			for i, c := range rule {
				key := w.quote(c.Column)
				if len(key) > maxKey {
					key = "? " + key + " "
				}
				parts[i] = key + ": " + w.condition(c)
			}
			fmt.Fprintf(&w.out, "%s- {%s}\n", strings.Repeat("  ", w.indent), strings.Join(parts, ", "))
		}
	})
}

func (w *policyWriter) condition(c Condition) string {
	if !c.Blank {
		return w.list(c.Values)
	}
	if len(c.Values) > 0 {
		w.err = fmt.Errorf("a condition on column %q is about values and about blanks", c.Column)
	}
	return blankWord
}

// exact writes a number so that nothing of it is lost, in the notation for small numbers where there are many zeros.
func (w *policyWriter) exact(key string, r *big.Rat) {
	if r == nil {
		return
	}
	text := budget.Text(r)
	if fraction, small := strings.CutPrefix(text, "0.000"); small {
		digits := strings.TrimLeft(fraction, "0")
		exponent := len("000") + len(fraction) - len(digits) + 1
		text = digits[:1]
		if len(digits) > 1 {
			text += "." + digits[1:]
		}
		text += fmt.Sprintf("e-%d", exponent)
	}
	w.line(key, text)
}

// calendar writes the first and the last day of a calendar, as years or months where that says the same.
func (w *policyWriter) calendar(b *table.Bins) {
	if b.From.IsZero() {
		return
	}
	text := func(t, edge time.Time) string { // edge: t, or the day after the last
		switch {
		case edge.YearDay() == 1:
			return t.Format("2006")
		case edge.Day() == 1:
			return t.Format("2006-01")
		}
		return t.Format(time.DateOnly)
	}
	w.line("from", text(b.From, b.From))
	w.line("to", text(b.To, b.To.AddDate(0, 0, 1)))
}
