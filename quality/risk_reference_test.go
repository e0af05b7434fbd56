package quality_test

import (
	"slices"
	"sort"

	"github.com/opencovey/covey/quality"
	"github.com/opencovey/covey/table"
)

// referenceRisk computes a report by its definitions, with no thought of speed: every question is answered by counting all
// combinations of a table changed as the question asks.
func referenceRisk(t *table.Table, o quality.RiskOptions) *quality.RiskReport {
	rows, weights := expand(t)
	fieldOf := func(col int) string { return t.Columns[col].Field }
	r := &quality.RiskReport{K: o.K, Length: o.Length, People: t.People()}
	all := combinations(rows, weights, o.Length)
	for l := 1; l <= o.Length; l++ {
		r.Lengths = append(r.Lengths, quality.RiskLength{Length: l})
	}
	for i, row := range rows {
		if l := shortest(row, all, o.Length, o.K); l > 0 {
			r.Rare += weights[i]
			r.Lengths[l-1].Rare += weights[i]
		}
		if l := shortest(row, all, o.Length, 2); l > 0 {
			r.Unique += weights[i]
			r.Lengths[l-1].Unique += weights[i]
		}
	}
	var names []string
	for col := range t.Columns {
		if name := fieldOf(col); !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	for _, name := range names {
		f := quality.FieldRisk{Field: name}
		without := change(rows, func(col int, code uint16) uint16 {
			if fieldOf(col) == name {
				return 0
			}
			return code
		})
		f.RareWithout, f.UniqueWithout = isolated(without, weights, o.Length, o.K), isolated(without, weights, o.Length, 2)
		for i, row := range rows {
			filled, linked := false, false
			for col := range row {
				if fieldOf(col) == name && row[col] > 0 {
					filled = true
					linked = linked || inRare(row, col, all, o.Length, o.K)
				}
			}
			if filled {
				f.People += weights[i]
			}
			if linked {
				f.Linkable += weights[i]
			}
		}
		for col, c := range t.Columns {
			if c.Field != name {
				continue
			}
			f.Kind = c.Kind
			for code := range c.Values {
				referenceValue(&f, rows, weights, col, uint16(code+1), c.Values[code], all, o)
			}
		}
		if len(f.Values) > 0 {
			f.MeanLinkable /= float64(len(f.Values))
		}
		if f.Kind != table.Many && len(f.Values) >= 3 {
			f.Coarser = referenceCoarser(t, rows, weights, name, o)
		}
		r.Fields = append(r.Fields, f)
	}
	return r
}

func referenceValue(f *quality.FieldRisk, rows [][]uint16, weights []int, col int, code uint16, name string, all map[[6][2]int]int, o quality.RiskOptions) {
	v := quality.ValueRisk{Value: name}
	for i, row := range rows {
		if row[col] == code {
			v.People += weights[i]
			if inRare(row, col, all, o.Length, o.K) {
				v.Linkable += weights[i]
			}
		}
	}
	if v.People == 0 {
		return
	}
	blanked := change(rows, func(c int, old uint16) uint16 {
		if c == col && old == code {
			return 0
		}
		return old
	})
	v.RareWithout = isolated(blanked, weights, o.Length, o.K)
	f.Values = append(f.Values, v)
	f.MeanLinkable += float64(v.Linkable) / float64(v.People)
}

func referenceCoarser(t *table.Table, rows [][]uint16, weights []int, field string, o quality.RiskOptions) *quality.Coarsening {
	col := slices.IndexFunc(t.Columns, func(c table.Column) bool { return c.Field == field })
	people := map[uint16]int{}
	for i, row := range rows {
		if row[col] > 0 {
			people[row[col]] += weights[i]
		}
	}
	var codes []uint16
	ordered := true
	for code := range people {
		codes = append(codes, code)
		label := t.Columns[col].Values[code-1]
		ordered = ordered && label[0] >= '0' && label[0] <= '9'
	}
	slices.Sort(codes)
	merged := map[uint16]uint16{}
	c := &quality.Coarsening{Rule: quality.MergeRarest, Values: (len(codes) + 1) / 2}
	if ordered || t.Columns[col].Kind == table.Number {
		c.Rule = quality.MergeNeighbours
		for i, code := range codes {
			merged[code] = codes[i/2*2]
		}
	} else {
		sort.SliceStable(codes, func(i, j int) bool { return people[codes[i]] > people[codes[j]] })
		for i, code := range codes {
			merged[code] = codes[min(i, c.Values-1)]
		}
	}
	c.Rare = isolated(change(rows, func(i int, code uint16) uint16 {
		if i == col {
			return merged[code]
		}
		return code
	}), weights, o.Length, o.K)
	return c
}

func expand(t *table.Table) (rows [][]uint16, weights []int) {
	for row, w := range t.Rows() {
		rows, weights = append(rows, slices.Clone(row)), append(weights, w)
	}
	return rows, weights
}

func change(rows [][]uint16, to func(col int, code uint16) uint16) [][]uint16 {
	out := make([][]uint16, len(rows))
	for i, row := range rows {
		out[i] = make([]uint16, len(row))
		for col, code := range row {
			out[i][col] = to(col, code)
		}
	}
	return out
}

// subsets calls visit with every combination of a record of up to length attributes.
func subsets(row []uint16, length int, visit func(combination [6][2]int, n int)) {
	var rec func(from int, c [6][2]int, n int)
	rec = func(from int, c [6][2]int, n int) {
		if n > 0 {
			visit(c, n)
		}
		for col := from; col < len(row) && n < length; col++ {
			if row[col] > 0 {
				c[n] = [2]int{col + 1, int(row[col])}
				rec(col+1, c, n+1)
			}
		}
	}
	rec(0, [6][2]int{}, 0)
}

func combinations(rows [][]uint16, weights []int, length int) map[[6][2]int]int {
	all := map[[6][2]int]int{}
	for i, row := range rows {
		subsets(row, length, func(c [6][2]int, _ int) { all[c] += weights[i] })
	}
	return all
}

// shortest returns the length of a record's shortest combination of fewer than k persons, or 0.
func shortest(row []uint16, all map[[6][2]int]int, length, k int) int {
	best := 0
	subsets(row, length, func(c [6][2]int, n int) {
		if all[c] < k && (best == 0 || n < best) {
			best = n
		}
	})
	return best
}

func isolated(rows [][]uint16, weights []int, length, k int) (persons int) {
	all := combinations(rows, weights, length)
	for i, row := range rows {
		if shortest(row, all, length, k) > 0 {
			persons += weights[i]
		}
	}
	return persons
}

// inRare reports whether a record's attribute of a column is in one of its rare combinations.
func inRare(row []uint16, col int, all map[[6][2]int]int, length, k int) bool {
	found := false
	subsets(row, length, func(c [6][2]int, _ int) {
		found = found || all[c] < k && slices.Contains(c[:], [2]int{col + 1, int(row[col])})
	})
	return found
}
