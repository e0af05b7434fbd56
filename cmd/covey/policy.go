package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/opencovey/covey/privacy/budget"
	"github.com/opencovey/covey/release"
)

var policyManual = manual{
	usage: "policy check policy.yaml",
	text: `
Policy check reads a policy and prints everything that is wrong with it, one
line for each problem: file:line:column, what is wrong, and what to do. It exits
with status 1 if there is a problem. Of a sound policy it prints the gist.

A policy says what the columns of a file hold, which of them are released, and
how people are protected. It holds no records. "covey inspect -draft" writes
a first one; docs/policy.schema.json lets editors help while you change it.`,
	examples: `  covey policy check cases.yaml`,
}

func runPolicy(_ context.Context, e *env, args []string) error {
	f := e.newFlags(policyManual)
	rest, err := f.parse(args, 1, -1)
	if err != nil {
		return err
	}
	if rest[0] != "check" {
		return &usageError{fmt.Sprintf("there is no \"covey policy %s\"", rest[0]), f.seeHelp()}
	}
	if len(rest) != 2 {
		return &usageError{"policy check takes one file: covey " + policyManual.usage, f.seeHelp()}
	}
	policy, err := readPolicy(rest[1])
	var bad *release.PolicyError
	if errors.As(err, &bad) {
		fmt.Fprintln(e.stdout, cleanLines(bad.Error()))
		return &failure{fmt.Errorf("%s: %s", bad.File, count(len(bad.Problems), "problem", "problems")), bad.Hint()}
	} else if err != nil {
		return err
	}
	_, err = fmt.Fprint(e.stdout, cleanLines(gist(rest[1], policy)))
	return err
}

// readPolicy reads a policy file.
func readPolicy(path string) (*release.Policy, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	return release.ParsePolicy(path, file)
}

// gist sums up a policy in a few lines.
func gist(path string, p *release.Policy) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s is sound\n", path)
	fmt.Fprintf(&b, "  title       %s\n", p.Title)
	person := "every row is a person"
	if p.Subject != "" {
		person = fmt.Sprintf("rows with the same %s are one person", p.Subject)
	}
	fmt.Fprintf(&b, "  people      %s\n", person)
	protection := fmt.Sprintf("no group of fewer than %d people", p.Protection.K)
	if p.Protection.Method == release.MethodDifferential {
		protection = fmt.Sprintf("epsilon %s, delta %s", budget.Text(p.Protection.Epsilon), budget.Text(p.Protection.Delta))
	}
	fmt.Fprintf(&b, "  protection  %s: %s, up to %d attributes\n", p.Protection.Method, protection, p.Protection.Length)
	var released, ignored []string
	for i := range p.Columns {
		if c := &p.Columns[i]; c.Ignore {
			ignored = append(ignored, c.Name)
		} else {
			released = append(released, c.Name)
		}
	}
	list := func(what string, names []string) {
		if len(names) == 0 {
			return
		}
		for i, line := range wrap(fmt.Sprintf("%d: %s", len(names), strings.Join(names, ", ")), 80-14) {
			if i > 0 {
				what = ""
			}
			fmt.Fprintf(&b, "  %-11s %s\n", what, line)
		}
	}
	list("released", released)
	list("ignored", ignored)
	return b.String()
}
