package release

import (
	"context"
	"fmt"

	"github.com/opencovey/covey/marginal"
	"github.com/opencovey/covey/privacy/budget"
	"github.com/opencovey/covey/privacy/noise"
	"github.com/opencovey/covey/quality"
	"github.com/opencovey/covey/synth/kanon"
	"github.com/opencovey/covey/table"
)

// Options of Make. The zero value works.
type Options struct {
	Workers  int                                // default: the processors that Go may use
	Software string                             // name and version of the program, for the manifest
	Seed     uint64                             // of the random choices in the quality report; must not be known to readers
	Previous []*Bundle                          // earlier releases of the same people, compared with this one
	Suppress bool                               // withhold what a comparison would expose, instead of refusing to make the release
	Progress func(what string, done, total int) // may be called from several goroutines; may be nil

	// Ledger is the account of the data set that the records are of, for a differential release: Make refuses what exceeds it, and Release.Write enters the
	// release. Nil: the release keeps to its own promise, and nothing keeps account of several together.
	Ledger *budget.File

	source *noise.Source // of a differential release, for tests; nil: a secure one
	engine engine        // of a differential release, for tests; nil: package dp
}

// Release is a protected data set, ready to be written.
type Release struct {
	Policy    *Policy
	Counts    Counts
	Synthetic *table.Table           // synthetic records
	Quality   *quality.Report        // of a differential release only the private part, and that only if there are records at all
	Noised    *quality.Noised        // the public report of a differential release; else nil
	Withheld  [][]marginal.Attribute // combinations left out because of an earlier release

	software     string
	previous     string
	changes      *Changes // nil without an earlier release
	sensitive    *table.Table
	differential *differential // nil for another method
}

// Make makes a release of the records in t, which were read by the schema of p. A k-anonymous release fails if there are fewer than k people, or,
// without o.Suppress, if it would expose somebody by comparison with an earlier one; a differential release if o.Ledger has not enough budget left,
// or if earlier releases are given: it needs no comparison. A cancelled context gives its cause.
func Make(ctx context.Context, t *table.Table, p *Policy, o Options) (*Release, error) {
	if o.Progress == nil {
		o.Progress = func(string, int, int) {}
	}
	r := &Release{Policy: p, software: o.Software, sensitive: t}
	protect, judge := r.protect, r.judge
	switch {
	case p.Protection.Method == MethodDifferential:
		protect, judge = r.makeDifferential, r.judgeDifferential
	case o.Ledger != nil:
		return nil, fmt.Errorf("make release: %w", p.Afford(o.Ledger))
	}
	if err := protect(ctx, o); err != nil {
		return nil, err
	}
	if err := judge(ctx, o); err != nil {
		return nil, err
	}
	return r, nil
}

// protect makes the counts and the records.
func (r *Release) protect(ctx context.Context, o Options) error {
	counts, err := Aggregate(ctx, r.sensitive, r.Policy, o)
	if err != nil {
		return err
	}
	r.Counts = counts
	if err := r.compare(counts, o); err != nil {
		return err
	}
	r.Synthetic, err = Synthesize(ctx, r.sensitive, r.Policy, r.Withheld, o)
	if err == nil && r.changes.Suppressed() {
		r.Synthetic = counts.Trim(r.Synthetic)
	}
	return err
}

// judge makes the quality report.
func (r *Release) judge(ctx context.Context, o Options) error {
	published := &quality.Published{Columns: r.sensitive.Columns, Length: r.Counts.Length(), All: r.Counts.All}
	var err error
	r.Quality, err = quality.Compare(ctx, r.sensitive, r.Synthetic, quality.Options{
		K: r.Policy.Protection.K, Length: r.Policy.Protection.Length, Workers: o.Workers, Seed: o.Seed,
		Published: published, Progress: o.Progress,
		Synthesize: func(ctx context.Context, train *table.Table) (*table.Table, error) {
			quiet := o
			quiet.Progress = nil
			return Synthesize(ctx, train, r.Policy, r.Withheld, quiet)
		},
	})
	if err != nil {
		return fmt.Errorf("make release: %w", err)
	}
	return nil
}

// Aggregate makes the protected counts of a release alone. A differential release has none that can be made alone.
func Aggregate(ctx context.Context, t *table.Table, p *Policy, o Options) (*kanon.Counts, error) {
	if err := Separable(p); err != nil {
		return nil, err
	}
	exact, err := marginal.Count(ctx, t, marginal.Options{
		Length: p.Protection.Length, Threshold: p.Protection.K, Workers: o.Workers, Progress: stage(o.Progress, "counting combinations"),
	})
	if err != nil {
		return nil, fmt.Errorf("count combinations: %w", err)
	}
	return kanon.Protect(exact, p.Protection.K)
}

// Synthesize makes the records of a release alone. None of them holds a combination that is withheld. A differential release has none that can be made alone.
func Synthesize(ctx context.Context, t *table.Table, p *Policy, withheld [][]marginal.Attribute, o Options) (*table.Table, error) {
	if err := Separable(p); err != nil {
		return nil, err
	}
	return kanon.Synthesize(ctx, t, p.Protection.K, kanon.Options{Workers: o.Workers, Hidden: withheld, Progress: o.Progress})
}

// stage names the work that a progress function of the engine reports.
func stage(progress func(string, int, int), what string) func(done, total int) {
	if progress == nil {
		return nil
	}
	return func(done, total int) { progress(what, done, total) }
}
