package quality

import (
	"context"
	"fmt"
	"io"
	"math"
	"runtime"

	"github.com/opencovey/covey/marginal"
	"github.com/opencovey/covey/table"
)

// NoisedVersion is the version of the JSON format of [Noised].
const NoisedVersion = 1

// Noised is the report that is published with a differentially private release. [Describe], which makes it, is not given the sensitive records: all
// figures follow from the noised counts, the synthetic records and the errors to expect, which are public. So the report costs no
// privacy, and tells nothing that its readers could not compute.
type Noised struct {
	Version int    `json:"version"` // NoisedVersion
	Part    string `json:"part"`    // "noised"

	Epsilon   string `json:"epsilon"` // exact, as in the manifest
	Delta     string `json:"delta"`
	Statement string `json:"statement"` // what is promised, in a sentence
	Meaning   string `json:"meaning"`   // what that means for one person

	Length  int      `json:"length"`  // longest combination in the counts
	Columns []string `json:"columns"` // of the synthetic table
	People  Estimate `json:"people"`
	Records int      `json:"records"` // synthetic records
	Filled  float64  `json:"filled"`  // mean attributes of a synthetic record

	Errors    []ExpectedError `json:"errors"`    // by length, then by size
	Agreement []Agreement     `json:"agreement"` // one for each length
	Published *PublishedCells `json:"published"` // counts against records
}

// Agreement compares counting in the synthetic records with the published counts n of one length.
type Agreement struct {
	Length       int     `json:"length"`
	Combinations int     `json:"combinations"` // that are published
	MeanError    float64 `json:"mean_error"`   // mean of |y-n|
	RelativeL1   float64 `json:"relative_l1"`  // sum of |y-n| / sum of n
	Within       float64 `json:"within"`       // share of combinations with y in the margin of n
	Missing      float64 `json:"missing"`      // share of combinations with n > 0 that no record shows
}

// counted returns the errors to expect, with the numbers of published counts that they are about; without those that are about none.
func (e *Estimates) counted() []ExpectedError {
	cells := make([]int, len(e.Errors))
	for length := 1; length <= e.Length; length++ {
		for _, n := range e.All(length) {
			if i := e.band(length, n.Estimate); i >= 0 {
				cells[i]++
			}
		}
	}
	errors := []ExpectedError{}
	for i, x := range e.Errors {
		if x.Cells = cells[i]; x.Cells > 0 {
			errors = append(errors, x)
		}
	}
	return errors
}

// Promise is what a differentially private release promises, in the words of its manifest.
type Promise struct{ Epsilon, Delta, Statement, Meaning string }

// Describe makes the report of a differentially private release from what it publishes.
func Describe(ctx context.Context, p Promise, e *Estimates, synthetic *table.Table, workers int) (*Noised, error) {
	if workers <= 0 {
		workers = runtime.GOMAXPROCS(0)
	}
	n := &Noised{
		Version: NoisedVersion, Part: "noised", Epsilon: p.Epsilon, Delta: p.Delta, Statement: p.Statement, Meaning: p.Meaning,
		Length: e.Length, Columns: []string{}, People: e.People, Records: synthetic.People(), Errors: e.counted(), Agreement: []Agreement{},
	}
	for _, c := range synthetic.Columns {
		n.Columns = append(n.Columns, c.Name)
	}
	_, people := ranks(synthetic)
	attributes := 0
	for _, holders := range people {
		attributes += holders
	}
	n.Filled = rounding{}.figure(ratio(attributes, synthetic.People()))
	counts, err := marginal.Count(ctx, synthetic, marginal.Options{Length: max(1, e.Length), Workers: workers})
	if err != nil {
		return nil, fmt.Errorf("describe release: %w", err)
	}
	drawn := countIn(e.Columns, synthetic, counts)
	for length := 1; length <= e.Length; length++ {
		n.Agreement = append(n.Agreement, e.agreement(length, drawn))
	}
	if n.Published, err = comparePublished(ctx, synthetic, Options{Published: e.plain(), Workers: workers}); err != nil {
		return nil, fmt.Errorf("describe release: %w", err)
	}
	n.Published.Plot, n.Published.Worst = list(n.Published.Plot), list(n.Published.Worst)
	return n, nil
}

// agreement compares the counts of one length with the records.
func (e *Estimates) agreement(length int, drawn func([]marginal.Attribute) int) Agreement {
	a := Agreement{Length: length}
	people, off, within, some, missing := 0, 0, 0, 0, 0
	for combination, n := range e.All(length) {
		y := drawn(combination)
		a.Combinations++
		people += n.Estimate
		off += max(y-n.Estimate, n.Estimate-y)
		if n.Low <= y && y <= n.High {
			within++
		}
		if n.Estimate > 0 {
			some++
			if y == 0 {
				missing++
			}
		}
	}
	digits := func(x float64) float64 { return math.Round(1e4*x) / 1e4 }
	a.MeanError, a.RelativeL1 = digits(ratio(off, a.Combinations)), digits(ratio(off, people))
	a.Within, a.Missing = digits(ratio(within, a.Combinations)), digits(ratio(missing, some))
	return a
}

// WriteJSON writes the report as docs/quality.schema.json describes.
func (n *Noised) WriteJSON(w io.Writer) error { return writeJSON(w, n) }

// WriteHTML writes the report as one page that needs nothing else: no script, no other file, no network. title names the release.
func (n *Noised) WriteHTML(w io.Writer, title string) error {
	return writePage(w, &page{Title: title, Noised: n, Figures: &Public{Length: n.Length, Published: n.Published}})
}
