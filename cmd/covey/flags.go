package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"slices"
	"strings"
)

// manual is the help text of a command. The flags are listed between text and examples.
type manual struct {
	usage    string // "inspect [flags] cases.csv"
	text     string // paragraphs, wrapped at 80 columns
	examples string // lines, indented by two
}

// flags are the flags of a command. They may stand before, between and after its other arguments.
type flags struct {
	*flag.FlagSet
	env    *env
	manual manual
}

func (e *env) newFlags(m manual) *flags {
	name, _, _ := strings.Cut(m.usage, " ")
	f := &flags{flag.NewFlagSet(name, flag.ContinueOnError), e, m}
	f.SetOutput(io.Discard)
	f.Usage = func() {}
	return f
}

// parse returns the arguments that are no flags; there must be from least to most of them, or any number from least on if
// most is negative. With -h it prints the help text and returns errHelp. Its other errors are of type *usageError.
func (f *flags) parse(args []string, least, most int) ([]string, error) {
	var rest, literal []string
	if i := slices.Index(args, "--"); i >= 0 {
		args, literal = args[:i], args[i+1:]
	}
	for {
		if err := f.Parse(args); errors.Is(err, flag.ErrHelp) {
			f.printHelp()
			return nil, errHelp
		} else if err != nil {
			return nil, f.explain(err)
		}
		if f.NArg() == 0 {
			break
		}
		rest, args = append(rest, f.Arg(0)), f.Args()[1:]
	}
	rest = append(rest, literal...)
	switch {
	case len(rest) < least:
		return nil, &usageError{"something is missing: covey " + f.manual.usage, f.seeHelp()}
	case most >= 0 && len(rest) > most:
		return nil, &usageError{fmt.Sprintf("%q is one argument too many: covey %s", rest[most], f.manual.usage), f.seeHelp()}
	}
	return rest, nil
}

// foreign returns a flag that was given and is not one of those known, or "".
func (f *flags) foreign(known []string) string {
	found := ""
	f.Visit(func(g *flag.Flag) {
		if found == "" && !slices.Contains(known, g.Name) {
			found = g.Name
		}
	})
	return found
}

func (f *flags) seeHelp() string { return fmt.Sprintf("\"covey help %s\" explains it", f.Name()) }

// explain says in plain words what package flag says in its own.
func (f *flags) explain(err error) error {
	text, hint := err.Error(), f.seeHelp()
	if name, ok := strings.CutPrefix(text, "flag provided but not defined: -"); ok {
		var names []string
		f.VisitAll(func(g *flag.Flag) { names = append(names, g.Name) })
		if meant := nearest(name, names); meant != "" {
			hint = fmt.Sprintf("did you mean -%s? %s", meant, hint)
		}
		return &usageError{fmt.Sprintf("there is no flag -%s", name), hint}
	}
	if name, ok := strings.CutPrefix(text, "flag needs an argument: -"); ok {
		return &usageError{fmt.Sprintf("nothing stands after -%s", name), hint}
	}
	if value, rest, ok := strings.Cut(strings.TrimPrefix(text, "invalid value "), " for flag -"); ok {
		name, _, _ := strings.Cut(rest, ":")
		what, _ := flag.UnquoteUsage(f.Lookup(name))
		return &usageError{fmt.Sprintf("%s after -%s is no %s", value, name, what), hint}
	}
	return &usageError{text, hint}
}

// printHelp prints the help text to standard output.
func (f *flags) printHelp() {
	out := f.env.stdout
	fmt.Fprintf(out, "Usage: covey %s\n\n%s\n", f.manual.usage, strings.TrimSpace(f.manual.text))
	header := "\nFlags:\n"
	f.VisitAll(func(g *flag.Flag) {
		fmt.Fprint(out, header)
		header = ""
		what, usage := flag.UnquoteUsage(g)
		if g.DefValue != "" && g.DefValue != "false" && g.DefValue != "0" {
			usage += " (default " + g.DefValue + ")"
		}
		lines := wrap(usage, 80-22)
		fmt.Fprintf(out, "  %-19s %s\n", strings.TrimSpace("-"+g.Name+" "+what), lines[0])
		for _, line := range lines[1:] {
			fmt.Fprintf(out, "%22s%s\n", "", line)
		}
	})
	if f.manual.examples != "" {
		fmt.Fprintf(out, "\nExamples:\n%s\n", strings.TrimRight(f.manual.examples, "\n"))
	}
}

// wrap breaks a text at its spaces, but for those before %, into lines of at most width characters, at least one.
func wrap(text string, width int) []string {
	lines := []string{""}
	words := strings.FieldsFunc(strings.ReplaceAll(text, " %", "\u00a0%"), func(r rune) bool { return r == ' ' || r == '\n' })
	for _, word := range words {
		word = strings.ReplaceAll(word, "\u00a0", " ")
		last := &lines[len(lines)-1]
		switch {
		case *last == "":
			*last = word
		case textWidth(*last)+1+textWidth(word) > width:
			lines = append(lines, word)
		default:
			*last += " " + word
		}
	}
	return lines
}

// nearest returns which of the known words somebody may have meant who wrote word, or "".
func nearest(word string, known []string) string {
	best, least := "", min(len(word)/3, 2)+1
	for _, k := range known {
		if d := editDistance(strings.ToLower(word), k); d < least {
			best, least = k, d
		} else if len(word) > 2 && best == "" && strings.HasPrefix(k, word) {
			best = k
		}
	}
	return best
}

// editDistance counts the letters to insert, delete, change, or swap with a neighbour, to make a into b (optimal string
// alignment).
func editDistance(a, b string) int {
	before, last, row := make([]int, len(b)+1), make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range row {
		last[j] = j
	}
	for i := 1; i <= len(a); i++ {
		row[0] = i
		for j := 1; j <= len(b); j++ {
			change := last[j-1]
			if a[i-1] != b[j-1] {
				change++
			}
			row[j] = min(change, last[j]+1, row[j-1]+1)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				row[j] = min(row[j], before[j-2]+1)
			}
		}
		before, last, row = last, row, before
	}
	return last[len(b)]
}
