package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/opencovey/covey/internal/testenv"
)

// event is one line of "go test -json"; see "go doc test2json".
type event struct {
	Action     string
	Package    string
	ImportPath string // of a build-output event
	Test       string
	Elapsed    float64
	Output     string
}

// skip is one test that did not run, and its own words for it.
type skip struct {
	name, reason string
}

// report reads the events of a test run and tells a person what matters in them.
type report struct {
	out            io.Writer
	output         map[string]*strings.Builder // by package and test, until it passed
	passed, failed int
	skips          []skip
}

// read reads all events. Lines that are no event, as a failing build may print
// them, are passed on unchanged.
func (r *report) read(in io.Reader) error {
	r.output = map[string]*strings.Builder{}
	lines := bufio.NewReader(in)
	for {
		line, err := lines.ReadString('\n')
		if line != "" {
			var e event
			if json.Unmarshal([]byte(line), &e) == nil && e.Action != "" {
				r.add(e)
			} else {
				fmt.Fprint(r.out, line)
			}
		}
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
	}
}

func (r *report) add(e event) {
	key := e.Package + " " + e.Test
	switch e.Action {
	case "build-output":
		fmt.Fprint(r.out, e.Output)
	case "output":
		if r.output[key] == nil {
			r.output[key] = &strings.Builder{}
		}
		r.output[key].WriteString(e.Output)
	case "pass", "fail", "skip":
		r.end(e, key)
	}
}

// end handles the end of a test, or of a package when the event names no test.
func (r *report) end(e event, key string) {
	text := ""
	if b := r.output[key]; b != nil {
		text = b.String()
		delete(r.output, key)
	}
	if e.Action == "fail" {
		fmt.Fprint(r.out, text)
	}
	switch {
	case e.Test == "" && e.Action == "pass":
		fmt.Fprintf(r.out, "ok    %s %.1fs\n", e.Package, e.Elapsed)
	case e.Test == "" && e.Action == "fail":
		r.unended(e.Package)
		fmt.Fprintf(r.out, "FAIL  %s %.1fs\n", e.Package, e.Elapsed)
	case e.Test == "":
		fmt.Fprintf(r.out, "none  %s has no tests\n", e.Package)
	case e.Action == "pass":
		r.passed++
	case e.Action == "fail":
		r.failed++
	case e.Action == "skip":
		r.skips = append(r.skips, skip{name: e.Package + "." + e.Test, reason: reason(text)})
	}
}

// unended prints what tests wrote that have begun and have not ended, since the
// process did: a panic, or the stacks of a run that took too long.
func (r *report) unended(pkg string) {
	for _, key := range slices.Sorted(maps.Keys(r.output)) {
		if strings.HasPrefix(key, pkg+" ") {
			fmt.Fprint(r.out, r.output[key])
			delete(r.output, key)
		}
	}
}

// reason takes from the output of a skipped test the words it gave.
func reason(output string) string {
	var words []string
	for line := range strings.Lines(output) {
		line = strings.TrimSpace(line)
		if line == "" || strings.HasPrefix(line, "=== ") || strings.HasPrefix(line, "--- SKIP") {
			continue
		}
		// "file_test.go:12: the reason": the place matters less than the words.
		if place, rest, ok := strings.Cut(line, ": "); ok && strings.Contains(place, ".go:") {
			line = rest
		}
		words = append(words, line)
	}
	if len(words) == 0 {
		return "no reason given"
	}
	return strings.Join(words, " ")
}

// forbidden counts the skips for another reason than absent shared data.
func (r *report) forbidden() int {
	n := 0
	for _, s := range r.skips {
		if !strings.HasPrefix(s.reason, testenv.SharedDataMark) {
			n++
		}
	}
	return n
}

// summary prints how many tests passed, failed and were skipped, and the skipped
// ones by reason.
func (r *report) summary() {
	fmt.Fprintf(r.out, "tests: %d passed, %d failed, %d skipped\n", r.passed, r.failed, len(r.skips))
	slices.SortStableFunc(r.skips, func(a, b skip) int { return strings.Compare(a.reason, b.reason) })
	for i, s := range r.skips {
		if i == 0 || r.skips[i-1].reason != s.reason {
			fmt.Fprintf(r.out, "skipped: %s\n", s.reason)
		}
		fmt.Fprintf(r.out, "    %s\n", s.name)
	}
}
