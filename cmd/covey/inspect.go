package main

import (
	"cmp"
	"context"
	"encoding/json"
	"flag"
	"fmt"

	"github.com/opencovey/covey/quality"
	"github.com/opencovey/covey/release"
	"github.com/opencovey/covey/table"
)

var inspectManual = manual{
	usage: "inspect [flags] cases.csv",
	text: `
Inspect says what is in a file of case records: for each column what it seems to
hold, how much is blank and why, and which values are rare; for the people, how
many stand out by a combination of a few values, which columns and values make
them so, and what would help.

The file may be .csv, .tsv or .xlsx, or one of the former packed with gzip; "-"
is standard input. Without a policy, inspect guesses what the columns hold; with
-draft it writes down the guess as a policy for you to edit. The draft names no
rare value.

What inspect prints is about the people in the file, and as sensitive as it.`,
	examples: `  covey inspect cases.csv
  covey inspect -draft cases.yaml cases.csv     write a first policy
  covey inspect -policy cases.yaml cases.csv    look again, read by the policy
  covey inspect -k 5 -length 2 -json cases.csv > private/cases.json`,
}

// inspectOptions are the flags of inspect.
type inspectOptions struct {
	file, policy, draft string
	k, length           int
	json, force         bool
}

func (e *env) inspectFlags(args []string) (*inspectOptions, error) {
	var o inspectOptions
	f := e.newFlags(inspectManual)
	f.StringVar(&o.draft, "draft", "", "write the guess as a policy to this `file`")
	f.BoolVar(&o.force, "force", false, "let -draft replace a file")
	f.BoolVar(&o.json, "json", false, "print JSON, as docs/inspect.schema.json describes it")
	f.IntVar(&o.k, "k", 0, "a group of fewer people is rare; a `number` (default: the policy's, else 10)")
	f.IntVar(&o.length, "length", 0, "look at combinations of up to this `number` of values (default: the policy's, else 3)")
	f.StringVar(&o.policy, "policy", "", "read the records as this `file` says")
	rest, err := f.parse(args, 1, 1)
	if err != nil {
		return nil, err
	}
	o.file = rest[0]
	isSet := map[string]bool{}
	f.Visit(func(g *flag.Flag) { isSet[g.Name] = true })
	switch {
	case isSet["k"] && o.k < release.MinK:
		return nil, &usageError{fmt.Sprintf("-k is %d and must be at least %d", o.k, release.MinK), f.seeHelp()}
	case isSet["length"] && (o.length < 1 || o.length > release.MaxLength):
		return nil, &usageError{fmt.Sprintf("-length is %d and must be from 1 to %d", o.length, release.MaxLength), f.seeHelp()}
	case o.draft != "" && o.policy != "":
		return nil, &usageError{"-draft writes a guess, and with -policy there is none", "leave out one of the two"}
	case o.force && o.draft == "":
		return nil, &usageError{"-force has no effect without -draft", f.seeHelp()}
	}
	return &o, nil
}

func runInspect(ctx context.Context, e *env, args []string) error {
	o, err := e.inspectFlags(args)
	if err != nil {
		return err
	}
	var draft *outFile
	if o.draft != "" { // before the work, not after it
		if draft, err = e.create(o.draft, outMode(o.force)); err != nil {
			return err
		}
		defer draft.Discard()
	}
	p := e.progress("reading " + shortName(o.file))
	defer p.end()
	report, err := e.inspect(ctx, o, draft, p)
	if err != nil {
		return err
	}
	p.end()
	if draft != nil {
		if err := draft.Commit(); err != nil {
			return err
		}
		fmt.Fprintf(e.stderr, "wrote %s\n", clean(o.draft))
	}
	if o.json {
		out := json.NewEncoder(e.stdout)
		out.SetEscapeHTML(false)
		out.SetIndent("", " ")
		return out.Encode(report)
	}
	_, err = fmt.Fprint(e.stdout, cleanLines(report.text()))
	return err
}

// inspect reads the file, by the policy or by a guess that it writes to draft, and measures the risk.
func (e *env) inspect(ctx context.Context, o *inspectOptions, draft *outFile, p *progress) (*inspection, error) {
	var g *guess
	var policy *release.Policy
	var err error
	if o.policy != "" {
		policy, err = readPolicy(o.policy)
	} else if g, err = e.guess(ctx, o, p); err == nil {
		policy = g.policy
	}
	if err != nil {
		return nil, err
	}
	protection := policy.Protection
	protection.K, protection.Length = cmp.Or(o.k, protection.K), cmp.Or(o.length, protection.Length)
	t, stats, err := e.readWith(ctx, o.file, policy, g, p)
	if err != nil {
		return nil, err
	}
	p.next("looking for people who stand out")
	risk, err := quality.Risk(ctx, t, quality.RiskOptions{K: protection.K, Length: protection.Length, Progress: p.of})
	if err != nil {
		return nil, err
	}
	report := newInspection(o, policy, g, t, stats, risk)
	if draft != nil {
		err = g.write(draft, report)
	}
	return report, err
}

// readWith reads the records, leniently if the policy is a guess.
func (e *env) readWith(ctx context.Context, file string, policy *release.Policy, g *guess, p *progress) (*table.Table, *table.Stats, error) {
	if g == nil {
		return e.readTable(ctx, file, policy, p)
	}
	p.next("reading " + shortName(file))
	in, err := e.openInput(file, policy.Input)
	if err != nil {
		return nil, nil, err
	}
	defer in.Close()
	rows := g.reads(in) // before Schema, since it changes the policy
	return table.Read(ctx, rows, policy.Schema(), table.Options{Progress: func(int) { p.set(in.Progress()) }})
}
