package main

import (
	"bufio"
	"context"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"

	"github.com/opencovey/covey/internal/app"
)

var auditManual = manual{
	usage: "audit verify|checkpoint|export|key [flags]",
	text: `
The audit log of a server says who did what. Each entry is chained to the one before,
and the server signs the chain from time to time.

  covey audit verify       read the whole log and say what was changed in it
  covey audit checkpoint   sign the log as it is, and print the signed text
  covey audit export       write the log as JSON lines
  covey audit key          print the key with which signatures are checked

Somebody who has the database and the root key can make another log from the
beginning. That shows when somebody else has kept a checkpoint: print one from time to
time and keep it, with the key, on another machine.`,
	examples: `  covey audit verify -data /var/lib/covey
  covey audit checkpoint -data /var/lib/covey > kept.txt
  covey audit verify -data /var/lib/covey -kept kept.txt -signer KEY
  covey audit export -data /var/lib/covey -o audit.jsonl`,
}

// auditOptions are the flags of audit.
type auditOptions struct {
	place       app.Options
	kept        nameList
	signer, out string
	force, json bool
}

func runAudit(ctx context.Context, e *env, args []string) error {
	var o auditOptions
	f := e.newFlags(auditManual)
	err := f.placeFlags(&o.place)
	f.BoolVar(&o.force, "force", false, "export: replace the file if it exists")
	f.BoolVar(&o.json, "json", false, "verify: print JSON")
	f.Var(&o.kept, "kept", "verify: a `file` with a checkpoint that was kept elsewhere; may be given several times")
	f.StringVar(&o.out, "o", "", "export: write to this `file` instead of standard output")
	f.StringVar(&o.signer, "signer", "", "verify: the `key` that \"covey audit key\" printed once (default the server's own)")
	if err != nil {
		return err
	}
	rest, err := f.parse(args, 1, 1)
	if err != nil {
		return err
	}
	place := []string{"data", "database", "key"}
	known := map[string][]string{
		"verify": append(place, "json", "kept", "signer"), "checkpoint": place, "export": append(place, "force", "o"), "key": place,
	}[rest[0]]
	if known == nil {
		return &usageError{fmt.Sprintf("there is no \"covey audit %s\"", clean(rest[0])), f.seeHelp()}
	}
	if foreign := f.foreign(known); foreign != "" {
		return &usageError{fmt.Sprintf("-%s has no effect on \"covey audit %s\"", foreign, rest[0]), f.seeHelp()}
	}
	switch rest[0] {
	case "verify":
		return e.verifyAudit(ctx, &o)
	case "export":
		return e.exportAudit(ctx, &o)
	case "checkpoint":
		text, err := app.Checkpoint(ctx, o.place)
		if err == nil && len(text) == 0 {
			err = fmt.Errorf("the log is empty")
		}
		if err == nil {
			_, err = e.stdout.Write(text)
		}
		return err
	}
	key, err := app.AuditKey(o.place)
	if err == nil {
		_, err = fmt.Fprintln(e.stdout, key)
	}
	return err
}

// verifyAudit checks the log and says what it has found.
func (e *env) verifyAudit(ctx context.Context, o *auditOptions) error {
	var kept [][]byte
	for _, name := range o.kept {
		text, err := os.ReadFile(name)
		if err != nil {
			return err
		}
		kept = append(kept, text)
	}
	v, err := app.VerifyAudit(ctx, o.place, o.signer, kept)
	if err != nil {
		return err
	}
	if o.json {
		out := json.NewEncoder(e.stdout)
		out.SetIndent("", "  ")
		err = out.Encode(v)
	} else {
		fmt.Fprintf(e.stdout, "%s, %s\n", count(int(v.Entries), "entry", "entries"), count(v.Checkpoints, "good checkpoint", "good checkpoints"))
		fmt.Fprintf(e.stdout, "signed up to entry %d\nlast hash %s\n", v.Covered, hex.EncodeToString(v.Head[:]))
		for i, w := range v.Warnings {
			if i == 0 {
				_, err = fmt.Fprintf(e.stderr, "note: %v, and %d more; was the clock set back?\n", w, len(v.Warnings)-1)
			}
		}
	}
	if err == nil && !v.Good() {
		return auditFailure(v.Findings)
	}
	return err
}

// auditFailure says what is wrong with an audit log.
func auditFailure[F fmt.Stringer](findings []F) error {
	text := "the audit log was tampered with, or the disk has lost something:"
	const shown = 10
	for i, f := range findings {
		if i == shown {
			text += fmt.Sprintf("\nand %d more", len(findings)-shown)
			break
		}
		text += "\n" + f.String()
	}
	return &failure{fmt.Errorf("%s", text), "keep the database as it is, and compare with a backup"}
}

// exportAudit writes the log.
func (e *env) exportAudit(ctx context.Context, o *auditOptions) error {
	if o.out == "" || o.out == "-" {
		out := bufio.NewWriter(e.stdout)
		if err := app.ExportAudit(ctx, o.place, out); err != nil {
			return err
		}
		return out.Flush()
	}
	file, err := e.create(o.out, outMode(o.force))
	if err != nil {
		return err
	}
	defer file.Discard()
	if err := app.ExportAudit(ctx, o.place, file); err != nil {
		return err
	}
	if err := file.Commit(); err != nil {
		return err
	}
	_, err = fmt.Fprintf(e.stderr, "wrote %s\n", clean(o.out))
	return err
}
