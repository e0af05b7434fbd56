package release

import (
	"cmp"
	"context"
	"io"

	"github.com/opencovey/covey/quality"
	"github.com/opencovey/covey/table"
)

// InspectOptions of Inspect. Open is required.
type InspectOptions struct {
	File   string    // how messages and the report name the file
	Policy *Policy   // how to read the records; nil: it is guessed, and written to Draft
	Draft  io.Writer // gets the guess as a first policy, which names no rare value; may be nil
	K      int       // a group of fewer people is rare; default: the policy's, or DefaultK
	Length int       // longest combination looked at; default: the policy's, or DefaultLength
	Next   string    // advice on what to do next with the program that shows the report; "": none

	// Open opens the file from its beginning: once by a policy, twice for a guess. What it returns is closed if it is an io.Closer.
	Open    func(in PolicyInput) (table.Rows, error)
	Workers int                   // default: the processors that Go may use
	Stage   func(s InspectStage)  // called when a stage begins; may be nil
	Rows    func(rows int)        // called every few thousand rows that are read; may be nil
	Risk    func(done, total int) // called, from several goroutines, while risk is measured; may be nil
}

// InspectStage is what Inspect is doing.
type InspectStage int

// The stages, in order.
const (
	InspectGuess InspectStage = iota // only without a policy
	InspectRead
	InspectMeasure
)

// Inspect looks at a file of case records: what its columns hold, what is blank and why, which values are rare, who stands out by a combination of a few values,
// and what would help. Without a policy it guesses what the columns hold; cells that the guessed kind cannot read are then blank, and noted.
//
// All of the report is exact and as sensitive as the file. Errors about the file are of type *table.InputError; a cancelled context gives its cause.
func Inspect(ctx context.Context, o InspectOptions) (*Inspection, error) {
	if o.Stage == nil {
		o.Stage = func(InspectStage) {}
	}
	policy := o.Policy
	var g *guess
	if policy == nil {
		var err error
		if g, err = newGuess(ctx, &o); err != nil {
			return nil, err
		}
		policy = g.policy
	}
	t, stats, err := o.read(ctx, policy, g)
	if err != nil {
		return nil, err
	}
	o.Stage(InspectMeasure)
	r, err := o.inspect(ctx, policy, g, t, stats)
	if err == nil && o.Draft != nil && g != nil {
		err = g.write(o.Draft, r)
	}
	return r, err
}

// InspectTable is Inspect for records that were read by a policy already.
func InspectTable(ctx context.Context, t *table.Table, stats *table.Stats, o InspectOptions) (*Inspection, error) {
	return o.inspect(ctx, o.Policy, nil, t, stats)
}

func (o *InspectOptions) inspect(ctx context.Context, policy *Policy, g *guess, t *table.Table, stats *table.Stats) (*Inspection, error) {
	risk, err := quality.Risk(ctx, t, quality.RiskOptions{
		K: cmp.Or(o.K, policy.Protection.K), Length: cmp.Or(o.Length, policy.Protection.Length), Workers: o.Workers, Progress: o.Risk,
	})
	if err != nil {
		return nil, err
	}
	return newInspection(o, policy, g, t, stats, risk), nil
}

// read reads the records, leniently if the policy is a guess.
func (o *InspectOptions) read(ctx context.Context, policy *Policy, g *guess) (*table.Table, *table.Stats, error) {
	o.Stage(InspectRead)
	rows, err := o.Open(policy.Input)
	if err != nil {
		return nil, nil, err
	}
	defer closeRows(rows)
	limits := policy.Input.Limits
	if g != nil {
		rows = g.reads(rows) // before Schema, since it changes the policy
	}
	return table.Read(ctx, rows, policy.Schema(), table.Options{Limits: limits, Progress: o.Rows})
}

// closeRows closes what can be closed. Nothing was written to it.
func closeRows(rows table.Rows) {
	if c, ok := rows.(io.Closer); ok {
		_ = c.Close()
	}
}
