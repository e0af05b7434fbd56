package main

import (
	"context"
	"io"
	"os"

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
	parts := make([]marginal.Part, len(names))
	for i, name := range names {
		file, err := os.Open(name)
		if err != nil {
			return err
		}
		defer file.Close()
		parts[i] = marginal.Part{Name: name, Reader: &endingReader{ctx, file}}
	}
	whole, err := marginal.MergeFiles(parts...)
	if err != nil {
		return err
	}
	if err := whole.Write(out); err != nil {
		return err
	}
	return w.end(out, p)
}

// endingReader ends with the context.
type endingReader struct {
	ctx context.Context
	in  io.Reader
}

func (r *endingReader) Read(p []byte) (int, error) {
	if r.ctx.Err() != nil {
		return 0, context.Cause(r.ctx)
	}
	return r.in.Read(p)
}
