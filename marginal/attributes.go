package marginal

import (
	"fmt"
	"math"
	"sync/atomic"

	"github.com/opencovey/covey/table"
)

// tally counts persons: of one table, or of two in the halves of a word, the first table in the low one.
type tally interface{ uint32 | uint64 }

// people returns how many persons a tally holds, of one table or of both.
func people[T tally](n T) float64 { return float64(uint32(n)) + float64(uint64(n)>>32) }

// source is a table and what one of its persons adds to a tally.
type source[T tally] struct {
	table *table.Table
	unit  T
}

// attributes are those that reach the threshold, numbered in order.
type attributes[T tally] struct {
	list    []Attribute
	totals  []T      // persons who hold each
	records []uint32 // distinct records that have each
	after   []int32  // for each, the first attribute of a later column
	base    []int    // by column: where its codes begin in number
	number  []int32  // the attribute of a code, or -1
	entries int      // the sum of records
}

// stride is after how many records a long loop looks whether the work was cancelled.
const stride = 1 << 14

// find finds the attributes that reach the threshold.
func find[T tally](stop *atomic.Bool, least T, sources []source[T]) (*attributes[T], error) {
	columns := sources[0].table.Columns
	base := make([]int, len(columns)+1)
	for col := range columns {
		base[col+1] = base[col] + len(columns[col].Values) + 1
	}
	totals := make([]total[T], base[len(columns)])
	records := 0
	for _, s := range sources {
		if s.table.People() > math.MaxUint32 {
			return nil, fmt.Errorf("count combinations: %d persons are more than %d", s.table.People(), uint32(math.MaxUint32))
		}
		for i := range s.table.Len() {
			if i%stride == 0 && stop.Load() {
				return &attributes[T]{}, nil
			}
			weight := T(s.table.Weight(i)) * s.unit
			for col, code := range s.table.Row(i) {
				t := &totals[base[col]+int(code)]
				t.persons += weight
				t.records++
			}
		}
		records += s.table.Len()
	}
	at := &attributes[T]{base: base[:len(columns)]}
	at.numberCodes(columns, totals, least)
	return at, checkSize(at.entries, records)
}

// total is how many persons hold a code, and in how many records.
type total[T tally] struct {
	persons T
	records uint32
}

// numberCodes numbers the attributes that reach the threshold.
func (at *attributes[T]) numberCodes(columns []table.Column, totals []total[T], least T) {
	at.number = make([]int32, len(totals))
	for col := range columns {
		at.number[at.base[col]] = -1
		for code := 1; code <= len(columns[col].Values); code++ {
			t, number := totals[at.base[col]+code], &at.number[at.base[col]+code]
			if t.persons < least {
				*number = -1
				continue
			}
			*number = int32(len(at.list))
			at.list = append(at.list, Attribute{col, uint16(code)})
			at.totals = append(at.totals, t.persons)
			at.records = append(at.records, t.records)
			at.entries += int(t.records)
		}
		for len(at.after) < len(at.list) {
			at.after = append(at.after, int32(len(at.list)))
		}
	}
}

// checkSize refuses tables that positions of 32 bits cannot address.
func checkSize(entries, records int) error {
	if entries+records > math.MaxUint32 {
		return fmt.Errorf("count combinations: %d filled cells of %d distinct records are more than %d: count parts of the persons and merge the counts",
			entries, records, uint32(math.MaxUint32))
	}
	return nil
}
