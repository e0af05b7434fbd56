package main

import (
	"context"
	"fmt"

	"github.com/opencovey/covey/marginal"
	"github.com/opencovey/covey/release"
	"github.com/opencovey/covey/table"
)

var countManual = manual{
	usage: "count [flags] -o part.covey shard.csv",
	text: `
Count writes the exact counts of all combinations of values in a part of the
records, to be added to those of other parts by "covey merge". Every person must
be in one part only.

Without a policy every column is a category, and only empty cells are blank.

The file it writes is as sensitive as the records.`,
	examples: `  covey count -policy cases.yaml -o north.covey north.csv
  covey merge -o whole.covey north.covey south.covey
  covey aggregate -policy cases.yaml -o aggregates.csv whole.covey`,
}

func runCount(ctx context.Context, e *env, args []string) error {
	f := e.newFlags(countManual)
	w := f.writing()
	length := f.Int("length", 0, "count combinations of up to this `number` of values (default: the policy's, else 3)")
	rest, err := f.parse(args, 1, 1)
	if err != nil {
		return err
	}
	switch {
	case w.out == "":
		return &usageError{"there is no -o: where are the counts to go?", f.seeHelp()}
	case *length < 0 || *length > marginal.MaxLength:
		return &usageError{fmt.Sprintf("-length is %d and must be from 1 to %d", *length, marginal.MaxLength), f.seeHelp()}
	}
	out, err := e.create(w.out, outMode(w.force))
	if err != nil {
		return err
	}
	defer out.Discard()
	p := e.progress("reading " + shortName(rest[0]))
	defer p.end()
	t, planned, err := e.readShard(ctx, rest[0], w.policy, p)
	if err != nil {
		return err
	}
	if *length == 0 {
		*length = planned
	}
	counts, err := marginal.Count(ctx, t, marginal.Options{Length: *length, Progress: func(done, total int) {
		p.stage("counting combinations", done, total)
	}})
	if err != nil {
		return err
	}
	if err := counts.Write(out); err != nil {
		return err
	}
	return w.end(out, p)
}

// readShard reads records by a policy, or, without one, as plain categories. It returns the length that the policy counts to.
func (e *env) readShard(ctx context.Context, name, policyName string, p *progress) (*table.Table, int, error) {
	if policyName != "" {
		policy, err := readPolicy(policyName)
		if err != nil {
			return nil, 0, err
		}
		t, _, err := e.readTable(ctx, name, policy, p)
		return t, policy.Protection.Length, err
	}
	t, err := e.readPlain(ctx, name, nil, p)
	return t, release.DefaultLength, err
}

// readPlain reads every column of a file as a category; of the named columns, if there are any, only those that are in the file.
func (e *env) readPlain(ctx context.Context, name string, only map[string]table.Field, p *progress) (*table.Table, error) {
	p.next("reading " + shortName(name))
	in, err := e.openInput(name, release.PolicyInput{})
	if err != nil {
		return nil, err
	}
	defer in.Close()
	var schema table.Schema
	for _, header := range in.Header() {
		if only == nil {
			schema.Fields = append(schema.Fields, table.Field{Name: header})
		} else if field, ok := only[header]; ok {
			schema.Fields = append(schema.Fields, field)
		}
	}
	t, _, err := table.Read(ctx, in, schema, table.Options{Progress: func(int) { p.set(in.Progress()) }})
	return t, err
}
