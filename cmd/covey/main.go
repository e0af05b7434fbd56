// Covey turns records of trafficking cases into releases that are safe to publish, and judges them.
//
// Run "covey help" for its commands. Nothing leaves the machine: the command reads and writes the files it is given.
//
// The command is wiring. What it does is in the packages of this module, which other programs may use: table, marginal,
// quality, release. Each subcommand has a file of its own; terminal.go holds the rules for what people read.
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"strings"
	"syscall"
)

// command is a subcommand.
type command struct {
	name  string
	brief string // what it does, in one line of the list of commands
	run   func(ctx context.Context, e *env, args []string) error
}

// commands lists the subcommands in the order in which people need them. To add one, write its file and a line here.
func commands() []command {
	return []command{
		{"inspect", "say what is in a file and who stands out in it; draft a policy", runInspect},
		{"policy", "check a policy file", runPolicy},
		{"plan", "say what accuracy a privacy budget will buy", runPlan},
		{"release", "make a release that is safe to publish", runRelease},
		{"ledger", "keep account of the privacy budget of a data set", runLedger},
		{"verify", "prove what can be proved of a release", runVerify},
		{"explore", "open a release in the browser, or write it as one page", runExplore},
		{"evaluate", "judge anybody's synthetic records", runEvaluate},
		{"aggregate", "write protected counts alone", runAggregate},
		{"synthesize", "write synthetic records alone", runSynthesize},
		{"count", "write exact counts of a part of the records", runCount},
		{"merge", "add the counts of parts", runMerge},
		{"tools", "check, export and import the map of tools", runTools},
		{"serve", "run the server: the map of tools, and accounts", runServe},
		{"backup", "write all that a server keeps into one encrypted file", runBackup},
		{"restore", "read a backup into an empty server", runRestore},
		{"audit", "check and export the audit log of a server", runAudit},
		{"version", "print the version", runVersion},
		{"help", "explain a command", runHelp},
	}
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	os.Exit(run(ctx, systemEnv(), os.Args[1:]))
}

// dispatch runs the subcommand that the first argument names.
func dispatch(ctx context.Context, e *env, args []string) error {
	if len(args) == 0 {
		return &usageError{text: "no command is given", hint: `"covey help" lists the commands`}
	}
	name := args[0]
	switch name {
	case "-h", "-help", "--help":
		name = "help"
	case "-version", "--version":
		name = "version"
	case workerCommand:
		return runWorker(ctx, e)
	}
	var names []string
	for _, c := range commands() {
		if c.name == name {
			return c.run(ctx, e, args[1:])
		}
		names = append(names, c.name)
	}
	hint := `"covey help" lists the commands`
	if meant := nearest(name, names); meant != "" {
		hint = fmt.Sprintf("did you mean %q? ", meant) + hint
	}
	return &usageError{text: fmt.Sprintf("there is no command %q", name), hint: hint}
}

const mainHelp = `Covey turns records of trafficking cases into releases that are safe to publish.
Nothing leaves this machine.

Usage: covey <command> [flags] [files]

%s
"covey help inspect" explains one command, and so does "covey inspect -h".

To begin with a file of your own:
  covey inspect -draft cases.yaml cases.csv     look at it, and draft a policy
  covey policy check cases.yaml                 after you have edited the draft
  covey release -policy cases.yaml -o release cases.csv
  covey verify release
`

// runHelp prints the list of commands, or the help text of one.
func runHelp(ctx context.Context, e *env, args []string) error {
	if len(args) > 0 && args[0] != "help" {
		return dispatch(ctx, e, append(args[:len(args):len(args)], "-h"))
	}
	var list strings.Builder
	for _, c := range commands() {
		fmt.Fprintf(&list, "  %-11s %s\n", c.name, c.brief)
	}
	_, err := fmt.Fprintf(e.stdout, mainHelp, list.String())
	return err
}
