package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/opencovey/covey/internal/app"
	"github.com/opencovey/covey/internal/directory"
)

var toolsManual = manual{
	usage: "tools check|export|import [flags] [tools.csv]",
	text: `
The map of tools as a file: what exists against trafficking, where, for whom.

  covey tools check    say what is wrong with a file, and what may be in it twice
  covey tools export   write the map, or the list that a new map begins with
  covey tools import   add the entries of a file to the map of a server

The file is CSV, one row for each entry. Only the column "name" must be there;
terms may be written as codes or as names in English, French, Spanish or Arabic.
docs/tools-format.md describes all columns. A list of tools is public, so that
messages quote it.

Without -data, export writes the built-in list. The server may go on meanwhile.`,
	examples: `  covey tools export -o tools.csv
  covey tools check tools.csv
  covey tools check -against tools.csv new.csv
  covey tools import -data /var/lib/covey -source "survey of 2026" -dry-run new.csv`,
}

// toolsOptions are the flags of tools.
type toolsOptions struct {
	against, format, out, source string
	place                        app.Options
	dryRun, force, json          bool
}

// toolsFlags lists which flags a subcommand of tools knows.
func toolsFlags(name string) []string {
	return map[string][]string{
		"check":  {"against", "json"},
		"export": {"data", "database", "force", "format", "key", "o"},
		"import": {"data", "database", "dry-run", "force", "json", "key", "source"},
	}[name]
}

func runTools(ctx context.Context, e *env, args []string) error {
	var o toolsOptions
	f := e.newFlags(toolsManual)
	f.StringVar(&o.against, "against", "", "check: look for the same tools in this `file`, too")
	f.StringVar(&o.place.Dir, "data", "", "export, import: the `folder` of the server, with database and root key")
	f.StringVar(&o.place.Database, "database", "", "export, import: the server's PostgreSQL database (`URL`), if it is not the one in the folder")
	f.StringVar(&o.place.Key, "key", "", "export, import: the `file` of the root key, if it is not in the folder")
	f.BoolVar(&o.dryRun, "dry-run", false, "import: say what would happen, and do nothing")
	f.BoolVar(&o.force, "force", false, "export: replace the file if it exists. import: take the word of the file also where a person has changed the entry since")
	f.StringVar(&o.format, "format", "csv", "export: the `name` of the format, csv or json")
	f.BoolVar(&o.json, "json", false, "check, import: print JSON, as docs/tools-format.md describes it")
	f.StringVar(&o.out, "o", "", "export: write to this `file` instead of standard output")
	f.StringVar(&o.source, "source", "", "import: a `text` that says where entries are from that do not say it")
	rest, err := f.parse(args, 1, 2)
	if err != nil {
		return err
	}
	known := toolsFlags(rest[0])
	if known == nil {
		return &usageError{fmt.Sprintf("there is no \"covey tools %s\"", clean(rest[0])), f.seeHelp()}
	}
	if foreign := f.foreign(known); foreign != "" {
		return &usageError{fmt.Sprintf("-%s has no effect on \"covey tools %s\"", foreign, rest[0]), f.seeHelp()}
	}
	switch {
	case rest[0] == "export" && len(rest) > 1:
		return &usageError{fmt.Sprintf("%q is one argument too many: covey tools export writes to the file after -o", clean(rest[1])), f.seeHelp()}
	case rest[0] == "export":
		return e.exportTools(ctx, &o)
	case len(rest) < 2:
		return &usageError{fmt.Sprintf("the file is missing: covey tools %s tools.csv", rest[0]), f.seeHelp()}
	case rest[0] == "import":
		return e.importTools(ctx, &o, rest[1])
	}
	return e.checkTools(&o, rest[1])
}

// readTools reads a file of entries; "-" is standard input.
func (e *env) readTools(path string, v *directory.Vocabulary) ([]directory.Tool, []directory.Problem, error) {
	in, name := e.stdin, "standard input"
	if path != "-" {
		file, err := os.Open(path)
		if err != nil {
			return nil, nil, err
		}
		defer file.Close()
		in, name = file, path
	}
	return directory.ReadCSV(in, name, v)
}

// exportTools writes the map of a server, or the built-in list.
func (e *env) exportTools(ctx context.Context, o *toolsOptions) error {
	if o.format != "csv" && o.format != "json" {
		return &usageError{fmt.Sprintf("%q after -format is no format", clean(o.format)), "write csv or json"}
	}
	v, err := directory.OpenVocabulary()
	if err != nil {
		return err
	}
	tools, err := exportedTools(ctx, o, v)
	if err != nil {
		return err
	}
	write := func(w io.Writer) error {
		if o.format == "json" {
			return directory.WriteJSON(w, tools)
		}
		return directory.WriteCSV(w, tools, v)
	}
	if o.out == "" || o.out == "-" {
		out := bufio.NewWriter(e.stdout)
		if err := write(out); err != nil {
			return err
		}
		return out.Flush()
	}
	file, err := e.create(o.out, outMode(o.force))
	if err != nil {
		return err
	}
	defer file.Discard()
	if err := write(file); err != nil {
		return err
	}
	if err := file.Commit(); err != nil {
		return err
	}
	_, err = fmt.Fprintf(e.stderr, "wrote %s, with %s\n", clean(o.out), count(len(tools), "entry", "entries"))
	return err
}

func exportedTools(ctx context.Context, o *toolsOptions, v *directory.Vocabulary) ([]directory.Tool, error) {
	if o.place.Dir == "" {
		return directory.Seed(v)
	}
	m, err := app.OpenTools(ctx, o.place)
	if err != nil {
		return nil, err
	}
	return m.Export(), m.Close()
}

// importTools adds the entries of a file to the map of a server, all or none.
func (e *env) importTools(ctx context.Context, o *toolsOptions, path string) error {
	if o.place.Dir == "" {
		return &usageError{"nothing says where the map is", "give the server's folder with -data"}
	}
	v, err := directory.OpenVocabulary()
	if err != nil {
		return err
	}
	tools, problems, err := e.readTools(path, v)
	if err != nil {
		return err
	}
	if n := directory.Errors(problems); n > 0 {
		return &failure{fmt.Errorf("%s: %s", path, count(n, "error", "errors")), fmt.Sprintf("\"covey tools check %s\" lists them; nothing was imported", clean(path))}
	}
	m, err := app.OpenTools(ctx, o.place)
	if err != nil {
		return err
	}
	summary, err := m.Import(ctx, tools, directory.ImportOptions{DryRun: o.dryRun, Source: o.source, Force: o.force})
	if err := errors.Join(err, m.Close()); err != nil {
		return err
	}
	if o.json {
		return printJSON(e.stdout, importJSON(summary))
	}
	_, err = fmt.Fprint(e.stdout, cleanLines(importText(summary, o.dryRun)))
	return err
}

// importText says what an import did, or would do.
func importText(s directory.ImportSummary, dryRun bool) string {
	var b strings.Builder
	for _, c := range s.Conflicts {
		fmt.Fprintf(&b, "not taken: entry %d, %s: %v\n", c.Row, c.Name, c.Why)
	}
	verb := "added"
	if dryRun {
		verb = "would be added"
	}
	fmt.Fprintf(&b, "%s %s, %d changed, %d unchanged, %d not taken\n",
		count(len(s.Added), "entry", "entries"), verb, len(s.Changed), len(s.Unchanged), len(s.Conflicts))
	return b.String()
}

// importReport is [directory.ImportSummary] as JSON.
type importReport struct {
	Added     []string `json:"added"`
	Changed   []string `json:"changed"`
	Unchanged []string `json:"unchanged"`
	NotTaken  []string `json:"not_taken"` // names
}

func importJSON(s directory.ImportSummary) importReport {
	r := importReport{Added: orEmpty(s.Added), Changed: orEmpty(s.Changed), Unchanged: orEmpty(s.Unchanged), NotTaken: []string{}}
	for _, c := range s.Conflicts {
		r.NotTaken = append(r.NotTaken, c.Name)
	}
	return r
}
