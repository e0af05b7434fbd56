package release

import (
	"context"
	"fmt"

	"github.com/opencovey/covey/marginal"
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
}

// Release is a protected data set, ready to be written.
type Release struct {
	Policy    *Policy
	Counts    *kanon.Counts
	Synthetic *table.Table // k-anonymous records
	Quality   *quality.Report
	Withheld  [][]marginal.Attribute // combinations left out because of an earlier release

	software  string
	previous  string
	changes   *Changes // nil without an earlier release
	sensitive *table.Table
}

// Make makes a release of the records in t, which were read by the schema of p. It fails if p's method is not available, if there are fewer than k
// people, or, without o.Suppress, if the release would expose somebody by comparison with an earlier one. A cancelled context gives its cause.
func Make(ctx context.Context, t *table.Table, p *Policy, o Options) (*Release, error) {
	if p.Protection.Method != MethodKAnonymity {
		return nil, fmt.Errorf("make release: method %q is not available in this version", p.Protection.Method)
	}
	if o.Progress == nil {
		o.Progress = func(string, int, int) {}
	}
	r := &Release{Policy: p, software: o.Software, sensitive: t}
	if err := r.protect(ctx, o); err != nil {
		return nil, err
	}
	if err := r.judge(ctx, o); err != nil {
		return nil, err
	}
	return r, nil
}

// protect makes the counts and the records.
func (r *Release) protect(ctx context.Context, o Options) error {
	var err error
	if r.Counts, err = Aggregate(ctx, r.sensitive, r.Policy, o); err != nil {
		return err
	}
	if err := r.compare(o); err != nil {
		return err
	}
	r.Synthetic, err = Synthesize(ctx, r.sensitive, r.Policy, r.Withheld, o)
	if err == nil && r.changes.Suppressed() {
		r.Synthetic = r.Counts.Trim(r.Synthetic)
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

// Aggregate makes the protected counts of a release alone.
func Aggregate(ctx context.Context, t *table.Table, p *Policy, o Options) (*kanon.Counts, error) {
	exact, err := marginal.Count(ctx, t, marginal.Options{
		Length: p.Protection.Length, Threshold: p.Protection.K, Workers: o.Workers, Progress: stage(o.Progress, "counting combinations"),
	})
	if err != nil {
		return nil, fmt.Errorf("count combinations: %w", err)
	}
	return kanon.Protect(exact, p.Protection.K)
}

// Synthesize makes the records of a release alone. None of them holds a combination that is withheld.
func Synthesize(ctx context.Context, t *table.Table, p *Policy, withheld [][]marginal.Attribute, o Options) (*table.Table, error) {
	return kanon.Synthesize(ctx, t, p.Protection.K, kanon.Options{Workers: o.Workers, Hidden: withheld, Progress: o.Progress})
}

// stage names the work that a progress function of the engine reports.
func stage(progress func(string, int, int), what string) func(done, total int) {
	if progress == nil {
		return nil
	}
	return func(done, total int) { progress(what, done, total) }
}
