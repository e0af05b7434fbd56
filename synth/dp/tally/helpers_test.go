package tally

import (
	"math/big"
	"reflect"

	"github.com/opencovey/covey/privacy/budget"
	"github.com/opencovey/covey/privacy/noise"
	"github.com/opencovey/covey/synth/dp/coded"
)

// far is how many standard deviations a statistic of many independent parts may be off: more have a probability of 4e-11, which is the false-alarm rate of
// each comparison. Seeds are fixed, so that a test that passes always does.
const far = 6.6

func must[T any](x T, err error) T {
	if err != nil {
		panic(err)
	}
	return x
}

// flags is a domain of columns with the given numbers of values, all of which may be blank.
func flags(values ...int) *coded.Domain {
	d := &coded.Domain{}
	for _, n := range values {
		d.Columns = append(d.Columns, coded.Column{Size: n + 1, Blank: true})
	}
	return d
}

// records are people with a weight each.
func records(columns int, weights []uint32, rows ...[]uint16) *coded.Records {
	r := &coded.Records{Codes: make([][]uint16, columns), Weights: weights}
	for j := range columns {
		for _, row := range rows {
			r.Codes[j] = append(r.Codes[j], row[j])
		}
	}
	return r
}

// everybody is one person each.
func everybody(columns int, rows ...[]uint16) *coded.Records {
	weights := make([]uint32, len(rows))
	for i := range weights {
		weights[i] = 1
	}
	return records(columns, weights, rows...)
}

// randomRecords are up to ten different people, some of them several times.
func randomRecords(d *coded.Domain, people int, src *noise.Source) *coded.Records {
	var rows [][]uint16
	var weights []uint32
	for range people {
		row := make([]uint16, len(d.Columns))
		for j, c := range d.Columns {
			row[j] = uint16(src.Uint64() % uint64(c.Size))
		}
		rows, weights = append(rows, row), append(weights, uint32(src.Uint64()%3))
	}
	return records(len(d.Columns), weights, rows...)
}

func source(seed byte) *noise.Source { return noise.NewSourceForTesting([32]byte{seed}) }

// wealthy is a budget that noise of the least variance can be bought from.
var wealthy = must(budget.NewLedger(budget.Budget{Epsilon: big.NewRat(100, 1), Delta: big.NewRat(1, 10), Accounting: budget.GaussianCurve}))

// fresh returns a new ledger like l, on which nothing was spent. A new one of its own would cost more than most runs of a mechanism.
func fresh(l *budget.Ledger) *budget.Ledger {
	c := new(budget.Ledger)
	reflect.ValueOf(c).Elem().Set(reflect.ValueOf(l).Elem())
	return c
}

// silent takes all noise away, for comparisons with exact counts: a variance of 2^-40 leaves none.
func silent(w *weakness) { w.quiet = 1 << 42 }

// spent returns what a ledger says was spent.
func spent(l *budget.Ledger) *big.Rat {
	sum := new(big.Rat)
	for _, s := range l.Spendings() {
		sum.Add(sum, must(s.Rho(l.Budget().Accounting)))
	}
	return sum
}
