// Package coded holds what the families of differentially private models share: a public domain, records coded in it,
// and what a fitted model can be asked.
//
// # What is public
//
// A [Domain] comes from the policy and from code lists alone. Whatever depends only on it and on the budget (which
// family, which tables are measured, how much noise) may be decided freely; whatever depends on [Records] must be paid
// for. A [Model] is the result of paid work, and everything that is computed from it is free.
package coded

import (
	"context"
	"fmt"

	"github.com/opencovey/covey/privacy/noise"
)

// Column is one column of a domain.
type Column struct {
	Name string
	// Size is the number of codes, 0 to Size-1. It is at least 1 and at most 65,536.
	Size int
	// Blank says that code 0 means nothing is known. Without it code 0 is a value like all others.
	Blank bool
	// Groups is nil, or has the group of each code, for a column with many codes that fall into few public
	// groups: the region of a country. Groups are numbered from 0 without gaps. With Blank, code 0 must be
	// alone in group 0.
	Groups []int
}

// Domain says which records can exist.
type Domain struct {
	Columns []Column
	// Zeros are the structural zeros: records that cannot exist, whatever the data.
	Zeros []Zero
}

// Zero says that no person fulfils all of its conditions, which are about different columns.
type Zero []Condition

// Condition holds for the records whose code in a column is one of Codes, which ascend.
type Condition struct {
	Column int
	Codes  []uint16
}

// Cells returns the number of cells of the table of some columns, the product of their sizes, or limit+1 if that is
// more than limit.
func (d *Domain) Cells(limit int, columns ...int) int {
	cells := 1
	for _, c := range columns {
		if cells > limit/max(d.Columns[c].Size, 1) {
			return limit + 1
		}
		cells *= d.Columns[c].Size
	}
	return cells
}

// Records are people by columns. Read-only once built.
type Records struct {
	Codes   [][]uint16 // a slice for each column, all of one length
	Weights []uint32   // how many people have each record
}

// Len returns the number of records.
func (r *Records) Len() int { return len(r.Weights) }

// People returns the sum of all weights. It is not public.
func (r *Records) People() int64 {
	n := int64(0)
	for _, w := range r.Weights {
		n += int64(w)
	}
	return n
}

// Check reports the first thing that makes records unfit for the domain: a wrong number of columns, columns of
// different lengths, a code out of range. The error names column and code only; it is not public.
func (d *Domain) Check(r *Records) error {
	if len(r.Codes) != len(d.Columns) {
		return fmt.Errorf("%d columns of records for %d of the domain", len(r.Codes), len(d.Columns))
	}
	for j, codes := range r.Codes {
		c := d.Columns[j]
		if len(codes) != len(r.Weights) {
			return fmt.Errorf("column %s has %d codes for %d records", c.Name, len(codes), len(r.Weights))
		}
		for _, code := range codes {
			if int(code) >= c.Size {
				return fmt.Errorf("column %s has code %d, but its domain ends at %d", c.Name, code, c.Size-1)
			}
		}
	}
	return nil
}

// Model is a fitted distribution over the records of a domain. It is public, read-only, and safe for use by several
// goroutines.
type Model interface {
	// Marginal returns the share of people in every cell of the table of some different columns: the numbers are at
	// least 0 and add up to 1. Cells are in mixed radix with the last column fastest. Structural zeros that
	// lie within the columns are 0.
	Marginal(columns ...int) []float64
	// Sample makes n records, each with weight 1, in random order. Shares of tables follow those of the model more
	// closely than independent draws would. Structural zeros do not occur.
	Sample(ctx context.Context, n int, src *noise.Source) (*Records, error)
}
