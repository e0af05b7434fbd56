// Simulate writes fictional case records of human trafficking as CSV, for trying Covey and for measuring it.
//
//	go run ./examples/simulate -o cases.csv                 # 20,000 people: the committed examples/cases.csv
//	go run ./examples/simulate -n 2000000 -o big.csv        # for measurements of scale
//	go run ./examples/simulate -seed 2 -o control.csv       # other people from the same world
//
// # Everybody in it is invented
//
// No record describes a person. The probabilities are ours: they were written down by hand, or drawn by lot, and not
// estimated from any file. That holds above all for countries: the codes are real, so that maps and country lists
// work, but which country sends how many people to which is drawn by lot (see world.go). Do not quote any figure from
// this file about any country, group or year.
//
// What is taken from real collections is their shape: the columns and code lists of the Human Trafficking Case Data
// Standard 2.0 (IOM, CC BY 4.0) and of the Counter-Trafficking Data Collaborative (CTDC), the faults that importers
// meet, and that each kind of organisation leaves other columns blank. Six shares of blank cells are the only
// numbers set after a real file (see sources in source.go).
//
// # How a person comes about
//
//   - The file covers 2010 to 2024, in the order in which cases were entered.
//   - People come in groups (group.go): found in one raid, on one boat or in one household, or brought home by a
//     programme that goes on for years; others come alone. A group shares source, corridor, profile, sector, means of
//     control and the columns that are filled; its people differ a little in age, gender and all else. So records
//     repeat each other, as those of real files do: the 20,000 people of the example have 6,400 distinct records under
//     its policy, with seven attributes on average.
//   - Each group belongs to one of nineteen profiles (profiles*.go), such as domestic servitude or fishing. The
//     share of a profile moves over the years. Three profiles are so rare that a file of 20,000 people has a handful of each.
//   - The profile decides gender, age, corridor, duration, recruiter, and the means of control. Means come in bundles,
//     so that three and more of them go together, and grow with the severity and the duration of the case.
//   - One of four sources registers the group (source.go): case management, a hotline, a government, a shelter network.
//     Each fills forms partly, and other parts; names missing values, labels, countries and dates in its own way, and
//     makes its own mistakes. Means of control are known of one person in five.
//   - About nine in a hundred people are registered again later, mostly by another source, under the same
//     case_id: the second row fills blanks, adds means of control, and may say something else. Two rows in a thousand are entered twice.
//
// # What it costs
//
// One stream of random numbers, one pass, memory that does not depend on -n: less than 10 MB and about two
// microseconds a row. The output depends on -seed and -n alone, on every machine: only whole numbers are used.
package main

import (
	"bufio"
	"flag"
	"fmt"
	"io"
	"os"
)

// The committed example is made by this line, and a test compares it byte for byte.
//
//go:generate go run . -seed 1 -n 20000 -o ../cases.csv

func main() {
	if err := run(os.Args[1:], os.Stdout, os.Stderr); err != nil {
		if err != flag.ErrHelp {
			fmt.Fprintln(os.Stderr, "error:", err)
		}
		os.Exit(2)
	}
}

// run is main with its surroundings as arguments.
func run(args []string, stdout, stderr io.Writer) (err error) {
	flags := flag.NewFlagSet("simulate", flag.ContinueOnError)
	flags.SetOutput(stderr)
	seed := flags.Uint64("seed", 1, "which people are drawn; the world they are drawn from stays the same")
	people := flags.Int("n", 20000, "how many `people`; about a tenth more rows are written")
	output := flags.String("o", "-", "`file` to write; - is standard output")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if flags.NArg() > 0 {
		return fmt.Errorf("read arguments: %q is not expected", flags.Arg(0))
	}
	if *people < 0 {
		return fmt.Errorf("read arguments: -n is %d, and must not be negative", *people)
	}
	if *output == "-" {
		return write(stdout, *seed, *people)
	}
	f, err := os.Create(*output)
	if err != nil {
		return fmt.Errorf("create output: %w", err)
	}
	defer func() {
		if closing := f.Close(); err == nil && closing != nil {
			err = fmt.Errorf("close output: %w", closing)
		}
	}()
	return write(f, *seed, *people)
}

// write writes the header and the rows of that many people to w.
func write(w io.Writer, seed uint64, people int) error {
	out := bufio.NewWriterSize(w, 1<<18)
	s := newSimulation(out, seed)
	if err := s.run(people); err != nil {
		return fmt.Errorf("write records: %w", err)
	}
	if err := out.Flush(); err != nil {
		return fmt.Errorf("write records: %w", err)
	}
	return nil
}
