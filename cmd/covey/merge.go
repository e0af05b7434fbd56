package main

import (
	"context"

	"github.com/opencovey/covey/marginal"
)

var mergeManual = manual{
	usage: "merge -o whole.covey part.covey part.covey ...",
	text: `
Merge adds the exact counts of parts, as "covey count" writes them. The parts must
have the same columns and lengths, and no person may be in two of them.

The file it writes is as sensitive as the records.`,
	examples: `  covey merge -o whole.covey north.covey south.covey`,
}

func runMerge(ctx context.Context, e *env, args []string) error {
	f := e.newFlags(mergeManual)
	w := &writing{flags: f}
	f.BoolVar(&w.force, "force", false, "replace the file")
	f.StringVar(&w.out, "o", "", "write to this `file`")
	names, err := f.parse(args, 1, -1)
	if err != nil {
		return err
	}
	if w.out == "" {
		return &usageError{"there is no -o: where are the counts to go?", f.seeHelp()}
	}
	out, err := e.create(w.out, outMode(w.force))
	if err != nil {
		return err
	}
	defer out.Discard()
	p := e.progress("merging counts")
	defer p.end()
	parts := make([]*marginal.Counts, len(names))
	for i, name := range names {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		if parts[i], err = readCounts(name); err != nil {
			return err
		}
		p.of(i+1, len(names)+1)
	}
	whole, err := marginal.Merge(parts...)
	if err != nil {
		return err
	}
	if err := whole.Write(out); err != nil {
		return err
	}
	return w.end(out, p)
}
