package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"

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

// inspection is what inspect found.
type inspection struct{ release.Inspection }

// maxPipe bounds what is held of a pipe that has to be read twice.
const maxPipe = 1 << 30

// inspect reads the file, by the policy or by a guess that it writes to draft, and measures the risk.
func (e *env) inspect(ctx context.Context, o *inspectOptions, draft *outFile, p *progress) (*inspection, error) {
	var in input
	options := release.InspectOptions{
		File: shortName(o.file), K: o.k, Length: o.length, Next: o.next(), Risk: p.of,
		Open: func(layout release.PolicyInput) (_ table.Rows, err error) {
			in, err = e.openInput(o.file, layout)
			return in, err
		},
		Rows: func(int) { p.set(in.Progress()) },
		Stage: func(s release.InspectStage) {
			switch s {
			case release.InspectRead:
				p.next("reading " + shortName(o.file))
			case release.InspectMeasure:
				p.next("looking for people who stand out")
			}
		},
	}
	if o.policy != "" {
		var err error
		if options.Policy, err = readPolicy(o.policy); err != nil {
			return nil, err
		}
	} else if err := e.holdPipe(o.file, &options); err != nil {
		return nil, err
	}
	if draft != nil {
		options.Draft = draft
	}
	r, err := release.Inspect(ctx, options)
	if err != nil {
		return nil, err
	}
	return &inspection{*r}, nil
}

// holdPipe holds what comes from standard input, since a guess reads it twice.
func (e *env) holdPipe(file string, o *release.InspectOptions) error {
	if file != "-" {
		return nil
	}
	text, err := io.ReadAll(io.LimitReader(e.stdin, maxPipe+1))
	if err != nil {
		return fmt.Errorf("read standard input: %w", err)
	}
	if len(text) > maxPipe {
		return &failure{errors.New("standard input is larger than 1 GiB, and is read twice"), "give the name of a file, or a policy"}
	}
	open := o.Open
	o.Open = func(layout release.PolicyInput) (table.Rows, error) {
		e.stdin = bytes.NewReader(text)
		return open(layout)
	}
	return nil
}

// next is what to do with the report by this program.
func (o *inspectOptions) next() string {
	switch {
	case o.draft != "":
		return fmt.Sprintf(`Correct the draft, and look again: "covey inspect -policy %s %s".`, o.draft, o.file)
	case o.policy == "":
		return fmt.Sprintf(`Write the guess down as a policy, and correct it: "covey inspect -draft cases.yaml %s".`, o.file)
	}
	return ""
}
