package main

import (
	"context"
	crand "crypto/rand"
	"encoding/binary"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/opencovey/covey/quality"
	"github.com/opencovey/covey/release"
	"github.com/opencovey/covey/table"
)

var evaluateManual = manual{
	usage: "evaluate [flags] -sensitive cases.csv -synthetic synthetic.csv",
	text: `
Evaluate judges synthetic records, whoever made them, against the records they
stand for: how accurate they are, and what they give away. It is the report that
"covey release" makes of its own records.

With -policy both files are read by the policy; a column that the synthetic file
lacks is left out. Without one, every column is a category.

-control names records of people who were not used to make the synthetic ones.
Attacks are then judged by what they gain over these.

With -o, the exact report goes to FOLDER/private and the part that may be published
to FOLDER/public. Without, a summary is printed. Both are sensitive but for the
public part.`,
	examples: `  covey evaluate -policy cases.yaml -sensitive cases.csv -synthetic synthetic.csv
  covey evaluate -sensitive a.csv -synthetic b.csv -control c.csv -o report`,
}

// evaluateOptions are the flags of evaluate.
type evaluateOptions struct {
	sensitive, synthetic, control, policy, out string
	k, length                                  int
	json                                       bool
}

func (e *env) evaluateFlags(args []string) (*evaluateOptions, error) {
	var o evaluateOptions
	f := e.newFlags(evaluateManual)
	f.StringVar(&o.control, "control", "", "records of other people of the same kind, in this `file`")
	f.BoolVar(&o.json, "json", false, "print the exact report as JSON, as docs/quality.schema.json describes it")
	f.IntVar(&o.k, "k", 0, "a group of fewer people is rare; a `number` (default: the policy's, else 10)")
	f.IntVar(&o.length, "length", 0, "compare combinations of up to this `number` of values (default: the policy's, else 3)")
	f.StringVar(&o.out, "o", "", "write the report to this `folder`")
	f.StringVar(&o.policy, "policy", "", "read the records as this `file` says")
	f.StringVar(&o.sensitive, "sensitive", "", "the records that were to be protected, in this `file`")
	f.StringVar(&o.synthetic, "synthetic", "", "the records that were made of them, in this `file`")
	if _, err := f.parse(args, 0, 0); err != nil {
		return nil, err
	}
	switch {
	case o.sensitive == "" || o.synthetic == "":
		return nil, &usageError{"-sensitive and -synthetic are both needed", f.seeHelp()}
	case o.k != 0 && o.k < release.MinK:
		return nil, &usageError{fmt.Sprintf("-k is %d and must be at least %d", o.k, release.MinK), f.seeHelp()}
	case o.length < 0 || o.length > release.MaxLength:
		return nil, &usageError{fmt.Sprintf("-length is %d and must be from 1 to %d", o.length, release.MaxLength), f.seeHelp()}
	case o.json && o.out != "":
		return nil, &usageError{"-json prints the report and -o writes it", "leave out one of the two"}
	}
	return &o, nil
}

func runEvaluate(ctx context.Context, e *env, args []string) error {
	o, err := e.evaluateFlags(args)
	if err != nil {
		return err
	}
	if o.out != "" {
		if _, err := os.Lstat(o.out); err == nil {
			return &failure{fmt.Errorf("%s: there is something of that name", o.out), "give another name"}
		}
	}
	p := e.progress("reading " + shortName(o.sensitive))
	defer p.end()
	report, err := e.evaluate(ctx, o, p)
	if err != nil {
		return err
	}
	p.end()
	switch {
	case o.json:
		return report.Private.WriteJSON(e.stdout)
	case o.out != "":
		return e.writeReport(o.out, report)
	}
	_, err = fmt.Fprint(e.stdout, cleanLines(evaluation(report.Private)))
	return err
}

func (e *env) evaluate(ctx context.Context, o *evaluateOptions, p *progress) (*quality.Report, error) {
	options := quality.Options{K: o.k, Length: o.length, Progress: p.stage}
	var seed [8]byte
	if _, err := crand.Read(seed[:]); err != nil {
		return nil, err
	}
	options.Seed = binary.LittleEndian.Uint64(seed[:])
	read := func(name string, _ bool) (*table.Table, error) { return e.readPlain(ctx, name, nil, p) }
	if o.policy != "" {
		policy, err := readPolicy(o.policy)
		if err != nil {
			return nil, err
		}
		if o.k == 0 {
			options.K = policy.Protection.K
		}
		if o.length == 0 {
			options.Length = policy.Protection.Length
		}
		read = func(name string, released bool) (*table.Table, error) {
			if released {
				return e.readReleased(ctx, name, policy, p)
			}
			t, _, err := e.readTable(ctx, name, policy, p)
			return t, err
		}
	}
	sensitive, err := read(o.sensitive, false)
	if err != nil {
		return nil, err
	}
	synthetic, err := read(o.synthetic, true)
	if err != nil {
		return nil, err
	}
	if o.control != "" {
		if options.Control, err = read(o.control, false); err != nil {
			return nil, err
		}
	}
	return quality.Compare(ctx, sensitive, synthetic, options)
}

// readReleased reads records that were made by a policy, or from records read by it: each row is a person, and columns may be missing.
func (e *env) readReleased(ctx context.Context, name string, policy *release.Policy, p *progress) (*table.Table, error) {
	p.next("reading " + shortName(name))
	in, err := e.openInput(name, release.PolicyInput{Limits: policy.Input.Limits})
	if err != nil {
		return nil, err
	}
	defer in.Close()
	there := map[string]bool{}
	for _, header := range in.Header() {
		there[header] = true
	}
	schema := policy.Schema()
	all := schema.Fields
	schema.Fields, schema.Subject, schema.Closed, schema.Released = nil, "", false, true
	for _, field := range all {
		if there[field.Name] {
			schema.Fields = append(schema.Fields, field)
		}
	}
	if len(schema.Fields) == 0 {
		return nil, &failure{fmt.Errorf("%s: none of the policy's columns is in the file", name), "the headers must be those of the policy"}
	}
	t, _, err := table.Read(ctx, in, schema, table.Options{Limits: policy.Input.Limits, Progress: func(int) { p.set(in.Progress()) }})
	return t, err
}

// writeReport writes both parts of a report into a new folder.
func (e *env) writeReport(folder string, report *quality.Report) error {
	part, err := os.MkdirTemp(filepath.Dir(filepath.Clean(folder)), ".covey-report-")
	if err != nil {
		return err
	}
	done := e.temporary(part)
	defer func() {
		_ = os.RemoveAll(part)
		done()
	}()
	const title = "Quality of synthetic records"
	files := []struct {
		path  string
		write func(io.Writer) error
	}{
		{"private/quality.json", report.Private.WriteJSON},
		{"private/quality.html", func(w io.Writer) error { return report.Private.WriteHTML(w, title) }},
		{"public/quality.json", report.Public.WriteJSON},
		{"public/quality.html", func(w io.Writer) error { return report.Public.WriteHTML(w, title) }},
	}
	for _, file := range files {
		if err := writeFile(filepath.Join(part, filepath.FromSlash(file.path)), file.write); err != nil {
			return err
		}
	}
	if err := os.Rename(part, folder); err != nil {
		return err
	}
	fmt.Fprintf(e.stderr, "wrote %s; of it, only %s may be published\n", clean(folder), clean(filepath.Join(folder, "public")))
	return nil
}

func writeFile(path string, write func(io.Writer) error) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	file, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	if err := write(file); err != nil {
		_ = file.Close()
		return err
	}
	return file.Close()
}
