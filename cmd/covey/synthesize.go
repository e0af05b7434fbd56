package main

import (
	"context"

	"github.com/opencovey/covey/release"
)

var synthesizeManual = manual{
	usage: "synthesize -policy cases.yaml -o synthetic.csv cases.csv",
	text: `
Synthesize writes the synthetic records of a release alone. Every combination of
values in a record, of any length, belongs to at least k people in the file.

The policy must be k-anonymous: counts and records of a differential release are
made together, from one budget.`,
	examples: `  covey synthesize -policy cases.yaml -o synthetic.csv cases.csv`,
}

func runSynthesize(ctx context.Context, e *env, args []string) error {
	f := e.newFlags(synthesizeManual)
	w := f.writing()
	rest, err := f.parse(args, 1, 1)
	if err != nil {
		return err
	}
	policy, out, err := w.begin()
	if err != nil {
		return err
	}
	defer out.Discard()
	if err := release.Separable(policy); err != nil {
		return err
	}
	p := e.progress("reading " + shortName(rest[0]))
	defer p.end()
	t, _, err := e.readTable(ctx, rest[0], policy, p)
	if err != nil {
		return err
	}
	records, err := release.Synthesize(ctx, t, policy, nil, release.Options{Progress: p.stage})
	if err != nil {
		return err
	}
	if err := release.WriteRecords(out, records, policy); err != nil {
		return err
	}
	return w.end(out, p)
}
