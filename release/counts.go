package release

import (
	"iter"

	"github.com/opencovey/covey/marginal"
	"github.com/opencovey/covey/quality"
	"github.com/opencovey/covey/synth/dp"
	"github.com/opencovey/covey/table"
)

// Counts are the counts that a release publishes: *kanon.Counts, or *Estimates if it is differential.
type Counts interface {
	People() int                                         // number of people, as it is published
	Length() int                                         // greatest length of combinations
	All(length int) iter.Seq2[[]marginal.Attribute, int] // published combinations of one length in order; the slice is reused
	Name(marginal.Attribute) (column, value string)      // of an attribute, as people read them
}

// marginCounts are counts with margins: those of a differential release, made (*Estimates) or read back (*Aggregates).
type marginCounts interface {
	Counts
	PeopleMargin() dp.Count
	Margins(length int) iter.Seq2[[]marginal.Attribute, dp.Count]
}

// Estimates are the counts of a differential release: numbers of people with noise, each with a margin. All of them may be published.
type Estimates struct {
	columns []table.Column
	length  int
	people  dp.Count
	all     func(length int) iter.Seq2[[]marginal.Attribute, dp.Count]
}

// newEstimates wraps what the engine made.
func newEstimates(c *dp.Counts) *Estimates {
	return &Estimates{columns: c.Columns, length: c.Length, people: c.People, all: c.All}
}

// People returns the estimated number of people.
func (e *Estimates) People() int { return e.people.Estimate }

// PeopleMargin returns the number of people with its margin.
func (e *Estimates) PeopleMargin() dp.Count { return e.people }

// Length returns the greatest length of combinations.
func (e *Estimates) Length() int { return e.length }

// Name returns column and value of an attribute as people read them.
func (e *Estimates) Name(a marginal.Attribute) (column, value string) {
	return marginal.Name(e.columns, a)
}

// All iterates over the published combinations of one length in order, with the estimates. The slice is reused.
func (e *Estimates) All(length int) iter.Seq2[[]marginal.Attribute, int] {
	return estimatesOf(e, length)
}

// Margins iterates over the same combinations, with the estimates and their margins. The slice is reused.
func (e *Estimates) Margins(length int) iter.Seq2[[]marginal.Attribute, dp.Count] {
	return e.all(length)
}

// estimatesOf leaves the margins out.
func estimatesOf(c marginCounts, length int) iter.Seq2[[]marginal.Attribute, int] {
	return func(yield func([]marginal.Attribute, int) bool) {
		for combination, n := range c.Margins(length) {
			if !yield(combination, n.Estimate) {
				return
			}
		}
	}
}

// forReport gives counts with margins to package quality, with the errors to expect of them.
func forReport(c marginCounts, columns []table.Column, errors []quality.ExpectedError) *quality.Estimates {
	return &quality.Estimates{
		Columns: columns, Length: c.Length(), People: quality.Estimate(c.PeopleMargin()), Errors: errors,
		All: func(length int) iter.Seq2[[]marginal.Attribute, quality.Estimate] {
			return func(yield func([]marginal.Attribute, quality.Estimate) bool) {
				for combination, n := range c.Margins(length) {
					if !yield(combination, quality.Estimate(n)) {
						return
					}
				}
			}
		},
	}
}
