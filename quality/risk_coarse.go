package quality

import (
	"cmp"
	"slices"
	"strings"
	"sync"

	"github.com/opencovey/covey/table"
)

// coarsePlan is one merged value, or one that stays as it is, of a field whose values are to be merged.
type coarsePlan struct {
	field  int
	first  int32 // of the field's attributes, which are consecutive
	number uint32
	attrs  []int32 // attributes that become one
	rule   CoarsenRule
	values int // of the field after merging
}

// planCoarsening lists, field by field, what halving the number of values makes of them.
func planCoarsening(ix *riskIndex) []coarsePlan {
	var plans []coarsePlan
	for f, column := range ix.fields.first {
		if ix.fields.bit[f] >= len(ix.columns) || ix.columns[column].Kind == table.Many {
			continue
		}
		var attrs []int32
		for a, attr := range ix.attrs {
			if attr.Column == column {
				attrs = append(attrs, int32(a))
			}
		}
		if len(attrs) < 3 {
			continue
		}
		rule, groups := MergeRarest, ix.mergeRarest(attrs)
		if ix.isOrdered(attrs) {
			rule, groups = MergeNeighbours, slices.Collect(slices.Chunk(attrs, 2))
		}
		for _, g := range groups {
			plans = append(plans, coarsePlan{f, attrs[0], uint32(len(attrs)), g, rule, len(groups)})
		}
	}
	return plans
}

// isOrdered reports whether neighbouring values of a column belong together.
func (ix *riskIndex) isOrdered(attrs []int32) bool {
	c := &ix.columns[ix.attrs[attrs[0]].Column]
	switch c.Kind {
	case table.Number, table.Date:
		return true
	case table.Category:
		return !slices.ContainsFunc(attrs, func(a int32) bool {
			label := strings.TrimLeft(c.Values[ix.attrs[a].Code-1], "<> ")
			return label == "" || label[0] < '0' || label[0] > '9'
		})
	}
	return false
}

// mergeRarest keeps the more frequent half of the attributes and puts the others into one group.
func (ix *riskIndex) mergeRarest(attrs []int32) [][]int32 {
	order := slices.Clone(attrs)
	slices.SortFunc(order, func(a, b int32) int {
		return cmp.Or(cmp.Compare(ix.totals[b], ix.totals[a]), cmp.Compare(a, b))
	})
	kept := (len(order)+1)/2 - 1
	var groups [][]int32
	for _, a := range order[:kept] {
		groups = append(groups, []int32{a})
	}
	return append(groups, order[kept:])
}

// coarsen finds out how many persons would be rare if values were merged, and adds it to the report.
//
// Merging lets counts grow only, so nobody becomes rare by it, and who is rare without the field stays so. What
// is left are records all of whose rare combinations hold the field: for them, the combinations with the merged value are counted.
func (ix *riskIndex) coarsen(work *riskWork, state *riskState, plans []coarsePlan, report *RiskReport) error {
	var lock sync.Mutex
	still := make([]int, len(ix.fields.names)) // persons who need the field and are rare nevertheless
	err := work.forEach(len(plans), func() func(int) {
		c := newCoarseWalker(ix, work, state)
		return func(i int) {
			n := c.run(&plans[i])
			lock.Lock()
			defer lock.Unlock()
			still[plans[i].field] += n
		}
	})
	for _, p := range plans {
		f := &report.Fields[p.field]
		f.Coarser = &Coarsening{Rule: p.rule, Values: p.values, Rare: f.RareWithout + still[p.field]}
	}
	return err
}

// coarseWalker walks the combinations that hold one merged value.
type coarseWalker struct {
	*riskWalker
	bit     int    // of the field
	open    []bool // by record: all its rare combinations hold the field, and none with the merged value has been met
	records []riskOccurrence
}

func newCoarseWalker(ix *riskIndex, work *riskWork, state *riskState) *coarseWalker {
	c := &coarseWalker{riskWalker: newRiskWalker(ix, work, state), open: make([]bool, len(ix.weight))}
	c.least = c.k
	c.length-- // the merged value is part of every combination, and not of the path
	c.keep = func(records []riskOccurrence) bool {
		return slices.ContainsFunc(records, func(r riskOccurrence) bool { return c.open[r.record] })
	}
	c.mark = func(w *riskWalker, records []riskOccurrence, _ bool) { c.markOpen(records) }
	return c
}

// run returns how many persons with the merged value are rare, and would not be without the field.
func (c *coarseWalker) run(p *coarsePlan) (persons int) {
	c.hiddenFrom, c.hidden, c.bit = p.first, p.number, c.ix.fields.bit[p.field]
	c.records = c.records[:0]
	people, waiting := uint32(0), 0
	for _, a := range p.attrs {
		for _, o := range c.ix.occur[c.ix.start[a]:c.ix.start[a+1]] {
			c.records = append(c.records, riskOccurrence{c.ix.begin[o.record], o.record})
			people += c.ix.weight[o.record]
			rare, _ := c.state.shortest(int(o.record))
			if rare > 0 && c.state.has(c.state.rare, int(o.record), c.bit) {
				c.open[o.record] = true
				waiting += int(c.ix.weight[o.record])
			}
		}
	}
	if waiting == 0 {
		return 0
	}
	if people >= c.k {
		if c.length > 0 {
			c.path = c.path[:0]
			c.extend(c.records, false)
		}
		for _, r := range c.records {
			if c.open[r.record] {
				waiting -= int(c.ix.weight[r.record])
			}
		}
	}
	for _, r := range c.records {
		c.open[r.record] = false
	}
	return waiting
}

// markOpen closes the records that a further attribute makes rare.
func (c *coarseWalker) markOpen(records []riskOccurrence) {
	items, counts := c.ix.items, c.counts
	for _, r := range records {
		if !c.open[r.record] {
			continue
		}
		for p := r.pos; items[p] != riskEnd; p++ {
			if n := counts[items[p]]; n > 0 && n < c.k { // 0: passed over
				c.open[r.record] = false
				break
			}
		}
	}
}

// drop drops fields one after the other and adds the steps to the report. The index and the state are used up.
func (ix *riskIndex) drop(work *riskWork, t *table.Table, state *riskState, report *RiskReport) error {
	fields := len(ix.fields.names)
	dropped := make([]bool, fields)
	now := report
	for step := 0; step < work.o.Drops && fields-step > 2; step++ {
		best := -1
		for i, field := range now.Fields {
			if field.RareWithout < now.Rare && (best < 0 || field.before(&now.Fields[best])) {
				best = i
			}
		}
		if best < 0 {
			break
		}
		field := &now.Fields[best]
		report.Drops = append(report.Drops, FieldDrop{field.Field, field.RareWithout, field.UniqueWithout})
		if step == work.o.Drops-1 {
			break
		}
		dropped[best] = true
		ix.build(t, dropped)
		state.reset()
		if err := ix.walk(work, state); err != nil {
			return err
		}
		now = ix.report(state, work.o)
	}
	work.advance(work.total)
	return nil
}

// before reports whether dropping f helps more than dropping g.
func (f *FieldRisk) before(g *FieldRisk) bool {
	return cmp.Or(cmp.Compare(f.RareWithout, g.RareWithout), cmp.Compare(f.UniqueWithout, g.UniqueWithout)) < 0
}
