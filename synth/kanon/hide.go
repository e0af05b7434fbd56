package kanon

import (
	"slices"

	"github.com/opencovey/covey/marginal"
	"github.com/opencovey/covey/table"
)

// Hide withholds combinations, and with them every combination that contains one of them: Get and All then know none of these. The
// number of persons cannot be withheld; an empty combination is passed over.
//
// It must not be called while the counts are in use. Cost: one walk over all counts.
func (c *Counts) Hide(combinations [][]marginal.Attribute) {
	if len(combinations) == 0 {
		return
	}
	if c.hidden == nil {
		c.hidden = map[string]bool{}
	}
	for _, combination := range combinations {
		if len(combination) > 0 {
			c.hidden[hideKey(combination)] = true
		}
	}
	var part []marginal.Attribute
	for length := 2; length <= c.counts.Length; length++ {
		for combination, n := range c.counts.All(length) {
			if n < c.K { // not published anyway
				continue
			}
			for i := range combination { // a part that lacks one attribute knows already of all shorter ones
				part = append(part[:0], combination[:i]...)
				if part = append(part, combination[i+1:]...); c.hidden[hideKey(part)] {
					c.hidden[hideKey(combination)] = true
					break
				}
			}
		}
	}
}

// Lower publishes a combination, or without attributes the number of persons, with at most n, which must be a multiple of K; a count that is
// lower already stays. Counts are then no longer rounded down but somewhere below; they stay true as lower bounds. To withhold a combination use
// Hide: parts must not be lowered below what contains them.
//
// It must not be called while the counts are in use.
func (c *Counts) Lower(combination []marginal.Attribute, n int) {
	if c.lowered == nil {
		c.lowered = map[string]int{}
	}
	c.lowered[hideKey(combination)] = n
}

// protect returns what is published of a combination of n persons.
func (c *Counts) protect(combination []marginal.Attribute, n int) int {
	n = Round(n, c.K)
	if n == 0 || c.hidden == nil && c.lowered == nil {
		return n
	}
	key := hideKey(combination)
	if c.hidden[key] {
		return 0
	}
	if most, ok := c.lowered[key]; ok {
		return min(n, most)
	}
	return n
}

// Trim makes synthetic records fit counts that were lowered: where there are more records than persons are published, or a value is in more
// records than its published count plus K/2, records and values are taken out, from the most common records first. Records only lose,
// so that whatever is left of them is still shared by all who shared it before. The columns stay.
func (c *Counts) Trim(t *table.Table) *table.Table {
	tr := &trimmer{columns: t.Columns}
	for row, n := range t.Rows() {
		tr.rows = append(tr.rows, trimRow{slices.Clone(row), n})
	}
	tr.dropRecords(t.People() - c.People())
	type name struct{ column, value string }
	most := map[name]int{}
	for combination := range c.counts.All(1) {
		col := c.counts.Columns[combination[0].Column]
		most[name{col.Name, col.Values[combination[0].Code-1]}] = c.Get(combination...)
	}
	for col := range t.Columns {
		for i, value := range t.Columns[col].Values {
			limit := most[name{t.Columns[col].Name, value}]
			if limit > 0 { // a value that is not published is none that records may hold
				limit += c.K / 2
			}
			tr.dropValue(col, uint16(i+1), limit)
		}
	}
	b := table.NewBuilder(t.Columns)
	for _, r := range tr.rows {
		b.Add(r.codes, r.n)
	}
	return b.Table().Sorted()
}

// trimmer holds distinct records while some are changed.
type trimmer struct {
	columns []table.Column
	rows    []trimRow
}

type trimRow struct {
	codes []uint16
	n     int
}

// common returns the rows that pass, the most common first; those equally common in their order.
func (t *trimmer) common(pass func(codes []uint16) bool) []int {
	var order []int
	for i, r := range t.rows {
		if r.n > 0 && pass(r.codes) {
			order = append(order, i)
		}
	}
	slices.SortStableFunc(order, func(a, b int) int { return t.rows[b].n - t.rows[a].n })
	return order
}

// take shares the loss of n records out over the rows of the order, one from each in turn, and reports each loss.
func (t *trimmer) take(n int, order []int, lose func(row, n int)) {
	for n > 0 && len(order) > 0 {
		each := max(1, n/len(order))
		left := order[:0:0]
		for _, i := range order {
			less := min(each, n, t.rows[i].n)
			t.rows[i].n -= less
			if n -= less; less > 0 {
				lose(i, less)
			}
			if t.rows[i].n > 0 {
				left = append(left, i)
			}
		}
		order = left
	}
}

// dropRecords takes out n records, empty ones first.
func (t *trimmer) dropRecords(n int) {
	isEmpty := func(codes []uint16) bool { return !slices.ContainsFunc(codes, func(c uint16) bool { return c != 0 }) }
	for _, i := range t.common(isEmpty) {
		less := min(max(0, n), t.rows[i].n)
		t.rows[i].n -= less
		n -= less
	}
	t.take(n, t.common(func(codes []uint16) bool { return !isEmpty(codes) }), func(int, int) {})
}

// dropValue takes a value from records until at most limit have it.
func (t *trimmer) dropValue(col int, code uint16, limit int) {
	holders := t.common(func(codes []uint16) bool { return codes[col] == code })
	have := 0
	for _, i := range holders {
		have += t.rows[i].n
	}
	t.take(have-limit, holders, func(row, n int) {
		codes := slices.Clone(t.rows[row].codes)
		codes[col] = 0
		t.rows = append(t.rows, trimRow{codes, n})
	})
}
