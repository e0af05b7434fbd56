// Package dp makes differentially private releases of case records: synthetic records, counts with margins, and a
// noised number of people.
package dp

import (
	"iter"

	"github.com/opencovey/covey/marginal"
	"github.com/opencovey/covey/privacy/budget"
	"github.com/opencovey/covey/privacy/noise"
	"github.com/opencovey/covey/table"
)

// Domain says which records can exist. It is public: it comes from the policy and from code lists, never from looking at
// records.
type Domain struct {
	// Columns are the columns of the result. Their Values list all that a person may have, in order, whether or
	// not somebody has it. Blanks is not used. A column whose values are to be learnt has none; see Learn.
	Columns []table.Column
	// Required says of each column that nobody is blank in it; nil: everybody may be, everywhere.
	Required []bool
	// Learn says of each column that its values are to be bought from the budget: a value is learnt if its noised
	// count reaches a threshold. Not possible for labels of a many-valued column. nil: none.
	Learn []bool
	// Impossible lists combinations that nobody can have.
	Impossible []Impossible
}

// Impossible says that nobody fulfils all conditions, which are about different columns.
type Impossible []Condition

// Condition holds for people who have one of Values in a column, or who are blank in it if Blank.
type Condition struct {
	Column int // index in Domain.Columns
	Values []string
	Blank  bool
}

// Options of Make. Ledger and Source must be given.
type Options struct {
	Ledger   *budget.Ledger                     // all that is left of it is spent
	Source   *noise.Source                      // noise, and the random choices after it
	Length   int                                // longest combination in the counts, 1 to 3; default 3
	Limit    int                                // at most so many values of one person count in tables of pairs; default: by the domain
	Workers  int                                // default: the processors that Go may use
	Progress func(what string, done, total int) // may be nil

	hooks hooks
}

// Product is what Make makes. All of it may be published.
type Product struct {
	People  int          // number of people, noised; at least 0
	Records *table.Table // synthetic records, as many as People; columns are those of the domain, with learnt values
	Counts  *Counts
	Errors  []Error // the errors to expect, by length and size
}

// Error is the error to expect of counts of one length and size, measured with noise like everything else.
type Error struct {
	Length    int
	From, To  int     // combinations estimated at From to To-1 people; To 0: no upper end
	Cells     int     // how many there are in the counts
	Estimates float64 // root of the mean squared error of estimates
	Records   float64 // the same for counts taken from the synthetic records
}

// Count is an estimate of a number of people. The true number lies from Low to High for at least 95 of 100 counts of a
// release.
type Count struct {
	Estimate, Low, High int
}

// Counts are estimates for combinations of attributes. No estimate is below 0, and none is above that of a
// combination it extends.
type Counts struct {
	Columns []table.Column // what attributes mean
	Length  int            // longest combination
	People  Count
	lengths [][]entry
}

type entry struct {
	combination []marginal.Attribute
	count       Count
}

// All iterates over the combinations of a length in lexicographic order.
func (c *Counts) All(length int) iter.Seq2[[]marginal.Attribute, Count] {
	return func(yield func([]marginal.Attribute, Count) bool) {
		if length < 1 || length > len(c.lengths) {
			return
		}
		for _, e := range c.lengths[length-1] {
			if !yield(e.combination, e.count) {
				return
			}
		}
	}
}
