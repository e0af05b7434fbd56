package quality

import (
	"context"
	"iter"
	"math"

	"github.com/opencovey/covey/marginal"
	"github.com/opencovey/covey/table"
)

// Estimate is a noised number of people. The true one lies from Low to High for at least 95 of 100 counts of a release.
type Estimate struct {
	Estimate int `json:"estimate"`
	Low      int `json:"low"`
	High     int `json:"high"`
}

// Estimates are the noised counts of a differentially private release, and the errors to expect of them. All of it is public.
type Estimates struct {
	Columns []table.Column // what the attributes mean; matched with the tables by name and value
	Length  int            // longest combination
	People  Estimate
	All     func(length int) iter.Seq2[[]marginal.Attribute, Estimate]
	Errors  []ExpectedError
}

// ExpectedError is the error to expect of counts of one length and size, known from the noise: the root of the mean squared difference
// from the true numbers of people.
type ExpectedError struct {
	Length    int     `json:"length"`
	From      int     `json:"from"`      // combinations estimated at From to To-1 people
	To        int     `json:"to"`        // 0: no upper end
	Cells     int     `json:"cells"`     // how many of them are published; [Describe] counts them itself
	Estimates float64 `json:"estimates"` // error of the published counts
	Records   float64 `json:"records"`   // error of counting in the synthetic records
}

// Margin compares the noised counts of one length and size with the true numbers of people: the errors that were to be expected with those that were made.
type Margin struct {
	Length          int     `json:"length"`
	From            int     `json:"from"` // as in [ExpectedError]
	To              int     `json:"to"`
	Cells           int     `json:"cells"`
	Expected        float64 `json:"expected"` // error of the published counts; root of the mean square, as all of these
	Realised        float64 `json:"realised"`
	ExpectedRecords float64 `json:"expected_records"` // error of counting in the synthetic records
	RealisedRecords float64 `json:"realised_records"`
	Within          float64 `json:"within"` // share of the counts whose margin holds the true number; at least 0.95 is promised
}

// plain gives the counts without their margins.
func (e *Estimates) plain() *Published {
	return &Published{Columns: e.Columns, Length: e.Length, All: func(length int) iter.Seq2[[]marginal.Attribute, int] {
		return func(yield func([]marginal.Attribute, int) bool) {
			for combination, n := range e.All(length) {
				if !yield(combination, n.Estimate) {
					return
				}
			}
		}
	}}
}

// band returns the position in Errors of the counts of a length and size; -1 if there is none.
func (e *Estimates) band(length, n int) int {
	for i, b := range e.Errors {
		if b.Length == length && n >= b.From && (b.To == 0 || n < b.To) {
			return i
		}
	}
	return -1
}

// compareMargins compares every noised count with the sensitive table, and with the synthetic one.
func compareMargins(ctx context.Context, sensitive, synthetic *table.Table, o Options) ([]Margin, error) {
	e := o.Estimates
	if e == nil {
		return nil, nil
	}
	mo := marginal.Options{Length: max(1, e.Length), Workers: o.Workers}
	exact, err := marginal.Count(ctx, sensitive, mo)
	if err != nil {
		return nil, err
	}
	records, err := marginal.Count(ctx, synthetic, mo)
	if err != nil {
		return nil, err
	}
	truth, drawn := countIn(e.Columns, sensitive, exact), countIn(e.Columns, synthetic, records)
	margins := make([]Margin, len(e.Errors))
	for i, b := range e.Errors {
		margins[i] = Margin{Length: b.Length, From: b.From, To: b.To, Expected: b.Estimates, ExpectedRecords: b.Records}
	}
	for length := 1; length <= e.Length; length++ {
		for combination, n := range e.All(length) {
			if i := e.band(length, n.Estimate); i >= 0 {
				margins[i].add(n, truth(combination), drawn(combination))
			}
		}
	}
	for i := range margins {
		m := &margins[i]
		cells := float64(max(1, m.Cells))
		m.Realised, m.RealisedRecords = math.Sqrt(m.Realised/cells), math.Sqrt(m.RealisedRecords/cells)
		m.Within /= cells
	}
	return margins, nil
}

// add adds one count; the errors are sums of squares as yet.
func (m *Margin) add(n Estimate, s, y int) {
	m.Cells++
	m.Realised += float64(n.Estimate-s) * float64(n.Estimate-s)
	m.RealisedRecords += float64(y-s) * float64(y-s)
	if n.Low <= s && s <= n.High {
		m.Within++
	}
}

// countIn returns a function that finds the count of a combination of attributes of some columns in the counts of a table with others.
func countIn(from []table.Column, t *table.Table, counts *marginal.Counts) func([]marginal.Attribute) int {
	translate := translation(from, t.Columns)
	var buffer [marginal.MaxLength]marginal.Attribute
	return func(combination []marginal.Attribute) int {
		own := buffer[:len(combination)]
		if !translate(combination, own) {
			return 0
		}
		return counts.Get(own...)
	}
}
