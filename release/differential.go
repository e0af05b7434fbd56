package release

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/opencovey/covey/privacy/budget"
	"github.com/opencovey/covey/privacy/noise"
	"github.com/opencovey/covey/quality"
	"github.com/opencovey/covey/synth/dp"
	"github.com/opencovey/covey/table"
)

// DifferentialAccounting is how the privacy losses of a differential release are added up. The engine uses Gaussian noise and thresholds only.
const DifferentialAccounting = budget.GaussianCurve

// engine is dp.Make, or what a test has in its place.
type engine func(ctx context.Context, t *table.Table, d *dp.Domain, o dp.Options) (*product, error)

// product is what the engine makes.
type product struct {
	people    int
	records   *table.Table
	estimates *Estimates
	errors    []dp.Error
}

func makeProduct(ctx context.Context, t *table.Table, d *dp.Domain, o dp.Options) (*product, error) {
	made, err := dp.Make(ctx, t, d, o)
	if err != nil {
		return nil, err
	}
	return &product{made.People, made.Records, newEstimates(made.Counts), made.Errors}, nil
}

// differential is what only a differential release has.
type differential struct {
	ledger     *budget.Ledger
	file       *budget.File // nil: none is kept
	seal       string       // of file, once the release was entered
	repeatable bool         // the noise was not random: a test
	domain     *dp.Domain
	estimates  *Estimates
	errors     []quality.ExpectedError
}

// promise is what the policy wants to be promised about the release.
func (p *Policy) promise() budget.Budget {
	return budget.Budget{Epsilon: p.Protection.Epsilon, Delta: p.Protection.Delta, Accounting: DifferentialAccounting}
}

// Afford tells whether a ledger file has the budget left for a release by the policy; a *budget.ExhaustedError says what it lacks. It looks at no
// records, so it can be asked before they are read.
func (p *Policy) Afford(file *budget.File) error {
	if p.Protection.Method != MethodDifferential {
		return &MethodError{"only a differential release has a budget to keep account of", "leave out the ledger, or set method: differential"}
	}
	if _, err := budget.NewLedger(p.promise()); err != nil {
		return err
	}
	needed, err := DifferentialAccounting.Rho(p.Protection.Epsilon, p.Protection.Delta)
	if err != nil {
		return fmt.Errorf("compute the budget of the release: %w", err)
	}
	if left := file.Remaining(); left.Cmp(needed) < 0 {
		return fmt.Errorf("the ledger has too little budget left for this release: %w", &budget.ExhaustedError{What: p.Title, Needed: needed, Left: left})
	}
	return nil
}

// MethodError says that something is not for the method of protection that a policy has.
type MethodError struct{ text, hint string }

// Error says what is not possible.
func (e *MethodError) Error() string { return e.text }

// Hint says what to do instead.
func (e *MethodError) Hint() string { return e.hint }

// Separable tells whether counts or records of a release can be made alone, as [Aggregate] and [Synthesize] do: not if it is differential.
func Separable(p *Policy) error {
	if p.Protection.Method != MethodDifferential {
		return nil
	}
	return &MethodError{
		"the parts of a differential release are not made alone: each would spend the whole budget again",
		"covey release makes counts and records from one budget",
	}
}

// makeDifferential makes counts and records with noise. All that is computed from the sensitive records before the private report is computed here, by
// the engine, which enters it in the ledger first.
func (r *Release) makeDifferential(ctx context.Context, o Options) error {
	p := r.Policy
	switch {
	case len(o.Previous) > 0:
		return &MethodError{
			"a differential release is not compared with earlier ones: what several of them tell together is limited by a ledger",
			"leave out the earlier releases, and keep one ledger file for all releases of the same records",
		}
	case o.Suppress:
		return &MethodError{"a differential release has nothing to withhold beside an earlier one", ""}
	}
	d := &differential{file: o.Ledger}
	r.differential = d
	var err error
	if d.domain, err = p.Domain(); err != nil {
		return fmt.Errorf("make release: %w", err)
	}
	if o.Ledger == nil {
		d.ledger, err = budget.NewLedger(p.promise())
	} else if err = p.Afford(o.Ledger); err == nil {
		d.ledger, err = o.Ledger.Ledger(p.promise())
	}
	if err != nil {
		return fmt.Errorf("make release: %w", err)
	}
	source := o.source
	if source == nil {
		source = noise.NewSource()
	}
	d.repeatable = !source.Secure()
	run := o.engine
	if run == nil {
		run = makeProduct
	}
	made, err := run(ctx, r.sensitive, d.domain, dp.Options{
		Ledger: d.ledger, Source: source, Length: p.Protection.Length, Limit: p.Protection.Limit, Workers: o.Workers, Progress: o.Progress,
	})
	if err != nil {
		return fmt.Errorf("make release: %w", err)
	}
	for _, e := range made.errors {
		d.errors = append(d.errors, quality.ExpectedError(e))
	}
	d.estimates = made.estimates
	r.Counts, r.Synthetic = made.estimates, made.records.Sorted()
	return nil
}

// judgeDifferential makes the public report, of what is published alone, and the private one.
func (r *Release) judgeDifferential(ctx context.Context, o Options) error {
	d := r.differential
	estimates := forReport(d.estimates, d.estimates.columns, d.errors)
	words := promiseText(r.Policy)
	o.Progress("comparing counts and records", 0, 0)
	var err error
	if r.Noised, err = quality.Describe(ctx, words, estimates, r.Synthetic, o.Workers); err != nil {
		return fmt.Errorf("make release: %w", err)
	}
	if r.sensitive.People() == 0 { // nothing to compare with; that this is so must not be seen from a release that fails
		r.Quality = &quality.Report{}
		return nil
	}
	r.Quality, err = quality.Compare(ctx, r.sensitive, r.Synthetic, quality.Options{
		Length: r.Policy.Protection.Length, Workers: o.Workers, Seed: o.Seed, Estimates: estimates, Progress: o.Progress,
	})
	if err != nil {
		return fmt.Errorf("make release: %w", err)
	}
	return nil
}

// SpentError says that a release could not be written after its budget was spent in the ledger file. What was computed may have been seen by somebody, so
// the budget stays spent.
type SpentError struct {
	Err error
}

// Error says both.
func (e *SpentError) Error() string {
	return e.Err.Error() + "; the release stands in the ledger, and its budget stays spent"
}

// Unwrap returns why it could not be written.
func (e *SpentError) Unwrap() error { return e.Err }

// Hint says why.
func (e *SpentError) Hint() string {
	return "make it again with what is left of the budget; an entry is never taken back, since nobody can know that the result was not seen"
}

// maxLedgerName is how long the name of a release in a ledger file may be, in bytes.
const maxLedgerName = 1000

// enter writes the release into the ledger file, once, before any of it is published.
func (d *differential) enter(title string, at time.Time) error {
	if d == nil || d.file == nil || d.seal != "" {
		return nil
	}
	if at.IsZero() {
		return errors.New("write release: a release with a ledger file needs the time of its entry")
	}
	for i := range title { // cut between characters
		if i > maxLedgerName-4 {
			title = title[:i]
			break
		}
	}
	seal, err := d.file.Enter(title, at, d.ledger)
	if err != nil {
		return fmt.Errorf("write release: %w", err)
	}
	d.seal = seal
	return nil
}

// spent reports whether budget of a ledger file was spent on the release.
func (d *differential) spent() bool { return d != nil && d.seal != "" }
