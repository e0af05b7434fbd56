package quality

import (
	"cmp"
	"context"
	"slices"

	"github.com/opencovey/covey/marginal"
	"github.com/opencovey/covey/table"
)

// worstPublished is how many published counts that the synthetic records miss most a report names.
const worstPublished = 20

// comparePublished compares the published counts with those of the synthetic records. Both are public, so the outcome is.
func comparePublished(ctx context.Context, synthetic *table.Table, o Options) (*PublishedCells, error) {
	if o.Published == nil {
		return nil, nil
	}
	length := min(o.Published.Length, marginal.MaxLength)
	counts, err := marginal.Count(ctx, synthetic, marginal.Options{Length: max(1, length), Workers: o.Workers})
	if err != nil {
		return nil, err
	}
	translate := translation(o.Published.Columns, synthetic.Columns)
	result := &PublishedCells{}
	worst := top{size: worstPublished, before: furtherOff}
	for l := 1; l <= length; l++ {
		plot := map[[2]int8]int{}
		own := make([]marginal.Attribute, l)
		for combination, count := range o.Published.All(l) {
			y := 0
			if translate(combination, own) {
				y = counts.Get(own...)
			}
			if count > 0 { // a noised count can be 0
				plot[[2]int8{halfOctave(count), halfOctave(y)}]++
			}
			worst.add(combination, count, y)
		}
		result.Plot = append(result.Plot, plotCells(l, plot)...)
	}
	result.Worst = worst.cells(o.Published.Columns)
	return result, nil
}

// translation returns a function that writes a combination of attributes of some columns as one of other columns, in order; it reports false if
// there is no such column or value.
func translation(from, to []table.Column) func(combination, own []marginal.Attribute) bool {
	columns := make([]int, len(from))
	codes := make([][]uint16, len(from))
	for i, c := range from {
		columns[i] = slices.IndexFunc(to, func(t table.Column) bool { return t.Name == c.Name })
		codes[i] = make([]uint16, len(c.Values))
		for v, text := range c.Values {
			if columns[i] >= 0 {
				codes[i][v] = uint16(slices.Index(to[columns[i]].Values, text) + 1)
			}
		}
	}
	return func(combination, own []marginal.Attribute) bool {
		for i, a := range combination {
			own[i] = marginal.Attribute{Column: columns[a.Column], Code: codes[a.Column][a.Code-1]}
			if own[i].Column < 0 || own[i].Code == 0 {
				return false
			}
		}
		slices.SortFunc(own, func(a, b marginal.Attribute) int { return cmp.Compare(a.Column, b.Column) })
		return true
	}
}
