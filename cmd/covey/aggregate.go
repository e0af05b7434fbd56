package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/opencovey/covey/marginal"
	"github.com/opencovey/covey/release"
	"github.com/opencovey/covey/synth/kanon"
)

var aggregateManual = manual{
	usage: "aggregate -policy cases.yaml -o aggregates.csv cases.csv",
	text: `
Aggregate writes the protected counts of a release alone: every combination of
values that at least k people share, rounded down to a multiple of k.

Instead of records it takes a file of exact counts (.covey), as "covey count" and
"covey merge" write them. That is the way for data that do not fit one machine.
The policy then gives k and the length; the columns are those that were counted.

The policy must be k-anonymous: counts and records of a differential release are
made together, from one budget.`,
	examples: `  covey aggregate -policy cases.yaml -o aggregates.csv cases.csv
  covey aggregate -policy cases.yaml -o aggregates.csv whole.covey`,
}

func runAggregate(ctx context.Context, e *env, args []string) error {
	f := e.newFlags(aggregateManual)
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
	counts, err := e.aggregate(ctx, rest[0], policy, p)
	if err != nil {
		return err
	}
	if err := release.WriteAggregates(out, counts); err != nil {
		return err
	}
	return w.end(out, p)
}

func (e *env) aggregate(ctx context.Context, name string, policy *release.Policy, p *progress) (*kanon.Counts, error) {
	if isCounts(name) {
		exact, err := readCounts(name)
		if err != nil {
			return nil, err
		}
		k, length := policy.Protection.K, policy.Protection.Length
		if exact.Length < length {
			return nil, &failure{
				fmt.Errorf("%s: combinations are counted up to length %d, but the policy asks for %d", name, exact.Length, length),
				fmt.Sprintf("count again with -length %d, or lower length: in the policy", length),
			}
		}
		return kanon.Protect(exact.Shorten(length), k)
	}
	t, _, err := e.readTable(ctx, name, policy, p)
	if err != nil {
		return nil, err
	}
	return release.Aggregate(ctx, t, policy, release.Options{Progress: p.stage})
}

// isCounts reports whether a file holds exact counts rather than records.
func isCounts(name string) bool { return strings.EqualFold(filepath.Ext(name), ".covey") }

func readCounts(name string) (*marginal.Counts, error) {
	file, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	c, err := marginal.Read(file)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return c, nil
}

// writing are the flags of a command that makes one file by a policy.
type writing struct {
	flags       *flags
	policy, out string
	force       bool
}

func (f *flags) writing() *writing {
	w := &writing{flags: f}
	f.BoolVar(&w.force, "force", false, "replace the file")
	f.StringVar(&w.out, "o", "", "write to this `file`")
	f.StringVar(&w.policy, "policy", "", "read and protect the records as this `file` says")
	return w
}

// begin reads the policy and begins the file. Discard the file if it is not to be kept.
func (w *writing) begin() (*release.Policy, *outFile, error) {
	switch {
	case w.policy == "":
		return nil, nil, &usageError{"there is no -policy", `"covey inspect -draft" writes a first one`}
	case w.out == "":
		return nil, nil, &usageError{"there is no -o: where is the result to go?", w.flags.seeHelp()}
	}
	policy, err := readPolicy(w.policy)
	if err != nil {
		return nil, nil, err
	}
	out, err := w.flags.env.create(w.out, outMode(w.force))
	return policy, out, err
}

// end finishes the file.
func (w *writing) end(out *outFile, p *progress) error {
	p.end()
	if err := out.Commit(); err != nil {
		return err
	}
	fmt.Fprintf(w.flags.env.stderr, "wrote %s\n", clean(w.out))
	return nil
}
