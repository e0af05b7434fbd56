package main

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/opencovey/covey/release"
	"github.com/opencovey/covey/table"
)

var verifyManual = manual{
	usage: "verify [flags] release",
	text: `
Verify checks a release: that no file was changed, is missing or does not belong
there, and that counts and records keep what the release promises, as far as the
files can show it. It exits with status 1 if a check fails.

With the sensitive records and the policy, the whole guarantee of a k-anonymous
release is checked: every count, and that every synthetic record belongs to at
least k people. With -previous, also that no count tells of few people beside that
of an earlier release of the same people; give all earlier ones.

Of a differential release it is checked that its ledger adds up to the promise,
with -ledger that it stands in the ledger file of the data set, and with the
sensitive records that the margins hold the true numbers. That noise was drawn as
the ledger says cannot be seen in files.

A release that was handed in and approved on a server says who did it. With -key,
the server's public key, it is checked that two persons did, and of just this
release.

Nothing is sampled: every check looks at everything. What verify prints may be
shown to whoever may see that the release is at fault; it holds no exact number.`,
	examples: `  covey verify release
  covey verify -sensitive cases.csv -policy cases.yaml release
  covey verify -previous 2024 2025
  covey verify -ledger ledger.json release`,
}

// verifyOptions are the flags of verify.
type verifyOptions struct {
	folder, sensitive, policy, ledger string
	previous, keys                    nameList
	json                              bool
}

func (e *env) verifyFlags(args []string) (*verifyOptions, error) {
	var o verifyOptions
	f := e.newFlags(verifyManual)
	f.BoolVar(&o.json, "json", false, "print JSON, as docs/verify.schema.json describes it")
	f.Var(&o.keys, "key", "check who handed the release in and who approved it, by this public `key` of a server; may be given several times")
	f.StringVar(&o.ledger, "ledger", "", "look for a differential release in this ledger `file`")
	f.StringVar(&o.policy, "policy", "", "read the sensitive records as this `file` says")
	f.Var(&o.previous, "previous", "compare with the earlier release in this `folder`; may be given several times")
	f.StringVar(&o.sensitive, "sensitive", "", "check against the records in this `file`, of which the release was made")
	rest, err := f.parse(args, 1, 1)
	if err != nil {
		return nil, err
	}
	o.folder = rest[0]
	switch {
	case o.sensitive != "" && o.policy == "":
		return nil, &usageError{"-sensitive needs -policy, which says how to read the records", "the policy that the release was made by is in its private folder"}
	case o.policy != "" && o.sensitive == "":
		return nil, &usageError{"-policy has no effect without -sensitive", f.seeHelp()}
	}
	return &o, nil
}

func runVerify(ctx context.Context, e *env, args []string) error {
	o, err := e.verifyFlags(args)
	if err != nil {
		return err
	}
	p := e.progress("verifying " + shortName(o.folder))
	defer p.end()
	v, err := e.verify(ctx, o, p)
	if err != nil {
		return err
	}
	p.end()
	if o.json {
		out := json.NewEncoder(e.stdout)
		out.SetEscapeHTML(false)
		out.SetIndent("", "  ")
		err = out.Encode(v)
	} else {
		_, err = fmt.Fprint(e.stdout, cleanLines(verificationText(v, o)))
	}
	if failed := v.Failed(); err == nil && failed > 0 {
		return &failure{
			fmt.Errorf("%s: %d of %s failed", o.folder, failed, count(len(v.Checks), "check", "checks")),
			"do not publish or use it; make it again, or get it again from those who published it",
		}
	}
	return err
}

// verify reads what it is told to and checks the release.
func (e *env) verify(ctx context.Context, o *verifyOptions, p *progress) (*release.Verification, error) {
	options := release.VerifyOptions{Software: exactSoftware(), Keys: o.keys, Progress: p.stage}
	var err error
	if options.Previous, err = openBundles(o.previous); err != nil {
		return nil, err
	}
	if options.Ledger, err = ledgerFlag(o.ledger); err != nil {
		return nil, err
	}
	defer closeLedger(options.Ledger)
	if o.sensitive != "" {
		if options.Policy, err = readPolicy(o.policy); err != nil {
			return nil, err
		}
		var sensitive *table.Table
		if sensitive, _, err = e.readTable(ctx, o.sensitive, options.Policy, p); err != nil {
			return nil, err
		}
		options.Sensitive = sensitive
	}
	p.next("verifying " + shortName(o.folder))
	return release.VerifyFolder(ctx, o.folder, options)
}

// verificationText writes one line per check, what is wrong below it, and a summary.
func verificationText(v *release.Verification, o *verifyOptions) string {
	var b strings.Builder
	const margin = 14
	indented := func(first, text string) {
		for _, line := range wrap(text, 80-margin) {
			fmt.Fprintf(&b, "%-*s%s\n", margin, first, line)
			first = ""
		}
	}
	passed := 0
	for i, c := range v.Checks {
		switch c.Status {
		case release.Passed:
			passed++
			indented("ok", c.Shows)
		case release.Failed:
			indented("FAILED", c.Shows)
			indented("", c.Detail)
			for _, example := range c.Examples {
				indented("", "- "+example)
			}
		default:
			indented("not possible", c.Shows)
			if i+1 == len(v.Checks) || v.Checks[i+1].Detail != c.Detail { // once for checks with one reason
				indented("", "("+c.Detail+")")
			}
		}
	}
	fmt.Fprintf(&b, "\n%s passed", count(passed, "check", "checks"))
	if failed := v.Failed(); failed > 0 {
		fmt.Fprintf(&b, ", %d FAILED", failed)
	}
	if rest := len(v.Checks) - passed - v.Failed(); rest > 0 {
		fmt.Fprintf(&b, ", %d not possible", rest)
	}
	fmt.Fprintf(&b, "\nmanifest SHA-256 %s\n", v.SHA256)
	switch {
	case v.Failed() > 0:
	case v.Differential:
		b.WriteByte('\n')
		indented("", "That the noise was drawn as the ledger says, and that nothing else was taken from the sensitive records, cannot be seen in any file. It rests on the program, which anybody can read, and on those who ran it.")
	case o.sensitive == "":
		b.WriteByte('\n')
		indented("", "That the counts are right, and the records made of real groups, can only be shown with the sensitive records: -sensitive and -policy.")
	}
	return b.String()
}
