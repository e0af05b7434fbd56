package marginal

import (
	"context"
	"fmt"
	"math"
	"slices"

	"github.com/opencovey/covey/table"
)

// Visit is called with a combination, in order, and how many persons of the first and of the second table share it. The slice is reused.
type Visit func(combination []Attribute, first, second int)

// Compare visits every combination of up to o.Length attributes that somebody in either table holds, or, with
// secondOnly, somebody in the second. The tables must have equal columns and values; see [Align].
//
// newVisit is called once for each worker, by one goroutine; each Visit is used by one goroutine. Combinations reach a
// worker in no particular order, so what a Visit gathers must not depend on it. After a cancellation, which gives the cause of
// the context, some combinations were visited and others not.
func Compare(ctx context.Context, first, second *table.Table, o Options, secondOnly bool, newVisit func() Visit) error {
	o, err := o.withDefaults()
	if err != nil {
		return err
	}
	if err := equalColumns(first, second); err != nil {
		return err
	}
	least := uint64(1)
	if secondOnly {
		least = 1 << 32
	}
	sources := []source[uint64]{{first, 1}, {second, 1 << 32}}
	return run(ctx, o, least, sources, func(at *attributes[uint64]) func() visitor[uint64] {
		return func() visitor[uint64] {
			visit := newVisit()
			combination := make([]Attribute, o.Length)
			return visitor[uint64]{
				visit: func(path []int32, n uint64) {
					for i, a := range path {
						combination[i] = at.list[a]
					}
					visit(combination[:len(path)], int(uint32(n)), int(n>>32))
				},
				done: func(int32) error { return nil },
			}
		}
	})
}

func equalColumns(a, b *table.Table) error {
	if len(a.Columns) != len(b.Columns) {
		return fmt.Errorf("compare counts: %d columns against %d", len(a.Columns), len(b.Columns))
	}
	for i := range a.Columns {
		if a.Columns[i].Name != b.Columns[i].Name || !slices.Equal(a.Columns[i].Values, b.Columns[i].Values) {
			return fmt.Errorf("compare counts: column %q differs", a.Columns[i].Name)
		}
	}
	return nil
}

// Align gives two tables the same columns and values, those of both together: the first table's order, then what only the second has.
// Columns are matched by name. Both results share their Columns, but for Blanks. It panics when a column has more than 65,535
// values in both tables together.
func Align(first, second *table.Table) (*table.Table, *table.Table) {
	var columns []table.Column
	var codes []map[string]uint16 // by column and value
	at := map[string]int{}
	for _, t := range []*table.Table{first, second} {
		for _, c := range t.Columns {
			i, known := at[c.Name]
			if !known {
				i = len(columns)
				at[c.Name] = i
				codes = append(codes, make(map[string]uint16, len(c.Values)))
				columns = append(columns, c)
				columns[i].Values = make([]string, 0, len(c.Values))
			}
			for _, v := range c.Values {
				if _, known := codes[i][v]; !known {
					columns[i].Values = append(columns[i].Values, v)
					codes[i][v] = uint16(len(columns[i].Values))
				}
			}
			if len(columns[i].Values) > math.MaxUint16 {
				panic(fmt.Sprintf("marginal: column %q has more than %d values in two tables together", c.Name, math.MaxUint16))
			}
		}
	}
	return recode(first, columns, codes, at), recode(second, columns, codes, at)
}

// recode rewrites a table in other columns, which hold at least its own.
func recode(t *table.Table, columns []table.Column, codes []map[string]uint16, at map[string]int) *table.Table {
	own := slices.Clone(columns)
	to := make([]int, len(t.Columns))
	code := make([][]uint16, len(t.Columns))
	for i, c := range t.Columns {
		to[i] = at[c.Name]
		own[to[i]].Blanks = c.Blanks
		code[i] = make([]uint16, len(c.Values)+1)
		for k, v := range c.Values {
			code[i][k+1] = codes[to[i]][v]
		}
	}
	b := table.NewBuilder(own)
	wide := make([]uint16, len(own))
	for row, weight := range t.Rows() {
		for i, c := range row {
			wide[to[i]] = code[i][c]
		}
		b.Add(wide, weight)
	}
	return b.Table()
}
