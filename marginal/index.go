package marginal

import "github.com/opencovey/covey/table"

// tally counts persons: of one table, or of two in the halves of a word, the first table in the low one.
type tally interface{ uint32 | uint64 }

// end closes the list of attributes of a record.
const end = int32(1<<31 - 1)

// index holds records as lists of attributes, and for each attribute the places where it occurs.
type index[T tally] struct {
	attrs  []Attribute // that reach the threshold
	totals []T         // persons of each
	items  []int32     // attributes of record after record, ascending, each list closed by end
	occur  []occurrence[T]
	start  []int32 // occurrences of attribute a are occur[start[a]:start[a+1]]
}

// occurrence is a record that holds a combination: where in items the attributes after its last one begin, and how many
// persons share the record.
type occurrence[T tally] struct {
	pos    uint32
	weight T
}

// source is a table and what one of its persons adds to a tally.
type source[T tally] struct {
	table *table.Table
	unit  T
}

func newIndex[T tally](least T, sources ...source[T]) *index[T] {
	ix := &index[T]{}
	number := ix.number(least, sources)
	ix.start = make([]int32, len(ix.attrs)+1)
	entries, records := 0, 0
	for _, s := range sources {
		records += s.table.Len()
		for row := range s.table.Rows() {
			for col, code := range row {
				if a := number[col][code]; a >= 0 {
					ix.start[a+1]++
					entries++
				}
			}
		}
	}
	for a := range ix.attrs {
		ix.start[a+1] += ix.start[a]
	}
	ix.items = make([]int32, 0, entries+records)
	ix.occur = make([]occurrence[T], entries)
	next := make([]int32, len(ix.attrs))
	copy(next, ix.start)
	for _, s := range sources {
		for row, weight := range s.table.Rows() {
			for col, code := range row {
				if a := number[col][code]; a >= 0 {
					ix.items = append(ix.items, a)
					ix.occur[next[a]] = occurrence[T]{uint32(len(ix.items)), T(weight) * s.unit}
					next[a]++
				}
			}
			ix.items = append(ix.items, end)
		}
	}
	return ix
}

// number finds the attributes that reach the threshold and returns, by column and code, their numbers; -1 for others.
func (ix *index[T]) number(least T, sources []source[T]) [][]int32 {
	columns := sources[0].table.Columns
	totals := make([][]T, len(columns))
	for col := range totals {
		totals[col] = make([]T, len(columns[col].Values)+1)
	}
	for _, s := range sources {
		for row, weight := range s.table.Rows() {
			for col, code := range row {
				totals[col][code] += T(weight) * s.unit
			}
		}
	}
	number := make([][]int32, len(columns))
	for col := range number {
		number[col] = make([]int32, len(totals[col]))
		number[col][0] = -1
		for code := 1; code < len(totals[col]); code++ {
			number[col][code] = -1
			if n := totals[col][code]; n >= least {
				number[col][code] = int32(len(ix.attrs))
				ix.attrs = append(ix.attrs, Attribute{col, uint16(code)})
				ix.totals = append(ix.totals, n)
			}
		}
	}
	return number
}
