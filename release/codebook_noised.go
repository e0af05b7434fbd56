package release

import (
	"github.com/opencovey/covey/synth/dp"
	"github.com/opencovey/covey/table"
)

// newNoisedCodebook describes the columns of a differential release. Counts of values are the published ones. How many people have any value in a
// column or in a group does not follow from these, so it is counted in the synthetic records; a column has at least the people of its most
// common value, and a group those of its largest column. Reasons for blanks are not told. All of it follows from what is published.
func newNoisedCodebook(m *Manifest, counts marginCounts, synthetic *table.Table, p *Policy) *codebook {
	b := emptyCodebook(m, p)
	at := map[[2]string]int{} // where the count of a value goes, by column and value
	for i := range b.columns {
		c := &b.columns[i]
		for j, v := range c.Values {
			at[[2]string{c.Name, v.Value}] = j
		}
		c.counts = make([]int, len(c.Values))
		c.margins = make([]*dp.Count, len(c.Values))
	}
	for combination, n := range counts.Margins(1) {
		column, value := counts.Name(combination[0])
		for i := range b.columns {
			if c := &b.columns[i]; c.Name == column {
				j := at[[2]string{column, value}]
				c.counts[j], c.margins[j] = n.Estimate, &n
			}
		}
	}
	b.countTotals(synthetic)
	return b
}

// countTotals counts in the synthetic records who has a value in each column and group.
func (b *codebook) countTotals(synthetic *table.Table) {
	units := make([][]int, len(synthetic.Columns)) // by column of the table: its column of the codebook, and its group
	for i, tc := range synthetic.Columns {
		for j := range b.columns {
			if c := &b.columns[j]; c.Name == tc.Field {
				units[i] = append(units[i], j)
				if g := groupNumber(b.groups, c.Group); g >= 0 {
					units[i] = append(units[i], len(b.columns)+g)
				}
			}
		}
	}
	totals := make([]int, len(b.columns)+len(b.groups))
	seen := make([]bool, len(totals))
	for row, people := range synthetic.Rows() {
		clear(seen)
		for i, code := range row {
			if code == 0 {
				continue
			}
			for _, u := range units[i] {
				if !seen[u] {
					seen[u] = true
					totals[u] += people
				}
			}
		}
	}
	for i := range b.columns {
		c := &b.columns[i]
		c.people = totals[i]
		for _, n := range c.counts {
			c.people = max(c.people, n)
		}
		if c.group != nil {
			c.group.people = max(c.group.people, c.people)
		}
	}
	for g := range b.groups {
		b.groups[g].people = max(b.groups[g].people, totals[len(b.columns)+g])
	}
}
