// Bench times whole commands of covey, each as a process of its own, and prints a table: wall time, peak memory, and the ratio to a
// reference run on the same file, in turn with it.
//
// The reference is a plain pass over the file with encoding/csv, the least that any reader of the file can do; it runs in turn with
// the command, so that a machine that slows down slows both. Ratios, unlike seconds, can be compared between machines.
//
//	go run ./bench                 commands on the fictional example and, where they are, on the files in $COVEY_TEST_DATA
//	go run ./bench -scale          time and memory against the number of people, 10⁴ to 2·10⁶, simulated
//	go run ./bench -accuracy       accuracy of differentially private releases on the files in $COVEY_TEST_DATA
//	go run ./bench -server         the map of tools under load, beside a plain handler with a static page
//	go run ./bench -reference f    the reference run (used by bench itself)
package main

import (
	"cmp"
	"compress/gzip"
	"encoding/csv"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"syscall"
	"time"
)

func main() {
	runs := flag.Int("runs", 5, "timed `runs` of each command; the median is printed")
	scale := flag.Bool("scale", false, "time against the number of people")
	most := flag.Int("most", 2_000_000, "with -scale: the greatest `number` of people")
	accuracy := flag.Bool("accuracy", false, "accuracy of differentially private releases, on the data sets that others were measured on")
	only := flag.String("only", "", "with -accuracy: the name of one `policy`, such as sparse_cases")
	reference := flag.String("reference", "", "read this `file` and do nothing with it")
	server := flag.Bool("server", false, "the server under load")
	serving := flag.String("serving", "", "be the server under load, in this `folder` (used by bench itself)")
	worker := flag.String("worker", "", "with -serving: the `program` that reads case records")
	flag.Parse()
	var err error
	switch {
	case *serving != "":
		err = serve(*serving, *worker)
	case *reference != "":
		err = readOnly(*reference)
	default:
		err = bench(*runs, *scale, *accuracy, *server, *only, *most)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "error:", err)
		os.Exit(1)
	}
}

// readOnly is the reference run.
func readOnly(name string) error {
	f, err := os.Open(name)
	if err != nil {
		return err
	}
	defer f.Close()
	rows := csv.NewReader(f)
	rows.ReuseRecord = true
	for {
		if _, err := rows.Read(); err == io.EOF {
			return nil
		} else if err != nil {
			return err
		}
	}
}

// workshop is where programs are built and files made.
type workshop struct {
	dir, covey, self string
}

func bench(runs int, scale, accuracy, server bool, only string, most int) error {
	dir, err := os.MkdirTemp("", "covey-bench-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	w := workshop{dir, filepath.Join(dir, "covey"), filepath.Join(dir, "bench")}
	for program, source := range map[string]string{w.covey: "./cmd/covey", w.self: "./bench", filepath.Join(dir, "simulate"): "./examples/simulate"} {
		if out, err := exec.Command("go", "build", "-o", program, source).CombinedOutput(); err != nil {
			return fmt.Errorf("build %s: %w\n%s", source, err, out)
		}
	}
	switch {
	case server:
		return w.server()
	case accuracy:
		return w.accuracy(runs, only)
	case scale:
		if err := w.scale(runs, most); err != nil {
			return err
		}
		return w.differentialScale(runs, most)
	}
	return w.commands(runs)
}

// dataFolder is where the data sets are that may not be copied.
func dataFolder() string { return cmp.Or(os.Getenv("COVEY_TEST_DATA"), "../shared/data") }

// commands times the commands on files of different shapes.
func (w workshop) commands(runs int) error {
	data := dataFolder()
	files := []struct{ title, source, policy string }{
		{"fictional example", "examples/cases.csv", "examples/cases.yaml"},
		{"CTDC Global Synthetic 2021", filepath.Join(data, "ctdc_global_synthetic_2021-08-25.csv.gz"), "examples/policies/ctdc_global_synthetic.yaml"},
		{"NIST ACS excerpt, national", filepath.Join(data, "nist_acs_excerpt_national2019.csv.gz"), "examples/policies/nist_acs_national.yaml"},
		{"UCI Adult", filepath.Join(data, "adult_discretised.csv.gz"), "examples/policies/adult_discretised.yaml"},
	}
	fmt.Println(head)
	for _, f := range files {
		file, err := w.plain(f.source)
		if os.IsNotExist(err) {
			fmt.Printf("| %s | not measured: %s is not there | | | |\n", f.title, filepath.Base(f.source))
			continue
		} else if err != nil {
			return err
		}
		policy4, err := w.length4(f.policy)
		if err != nil {
			return err
		}
		for _, c := range []struct {
			title string
			args  []string
		}{
			{"aggregate, length 3", []string{"aggregate", "-force", "-policy", f.policy, "-o", w.dir + "/a.csv", file}},
			{"aggregate, length 4", []string{"aggregate", "-force", "-policy", policy4, "-o", w.dir + "/a.csv", file}},
			{"synthesize", []string{"synthesize", "-force", "-policy", f.policy, "-o", w.dir + "/s.csv", file}},
			{"inspect", []string{"inspect", "-policy", f.policy, file}},
			{"release", []string{"release", "-force", "-policy", f.policy, "-o", w.dir + "/release", file}},
			{"verify", []string{"verify", w.dir + "/release"}},
			{"verify -sensitive", []string{"verify", "-policy", f.policy, "-sensitive", file, w.dir + "/release"}},
		} {
			if err := w.row(f.title, c.title, runs, file, c.args); err != nil {
				return err
			}
		}
	}
	return nil
}

// scale times the commands on simulated files of growing size.
func (w workshop) scale(runs, most int) error {
	fmt.Println(head)
	for n := 10_000; n <= most; n = next(n) {
		file := filepath.Join(w.dir, "cases.csv")
		if out, err := exec.Command(filepath.Join(w.dir, "simulate"), "-n", strconv.Itoa(n), "-o", file).CombinedOutput(); err != nil {
			return fmt.Errorf("simulate: %w\n%s", err, out)
		}
		title := fmt.Sprintf("%d people", n)
		for _, command := range []string{"aggregate", "synthesize"} {
			args := []string{command, "-force", "-policy", "examples/cases.yaml", "-o", w.dir + "/out.csv", file}
			if err := w.row(title, command, runs, file, args); err != nil {
				return err
			}
		}
	}
	return nil
}

// next returns the size after n: 1, 3, 10, 30 and so on, and 2 million instead of 3.
func next(n int) int {
	switch {
	case n == 1_000_000:
		return 2_000_000
	case strconv.Itoa(n)[0] == '1':
		return 3 * n
	}
	return n / 3 * 10
}

const head = `| data | command | wall s | CPU s | peak MB | times a plain read |
| --- | --- | ---: | ---: | ---: | ---: |`

// row times a command and the reference in turn and prints a row of the table.
func (w workshop) row(data, title string, runs int, file string, args []string) error {
	var command, reference []sample
	for i := range runs + 1 {
		c, err := run(w.covey, args...)
		if err != nil {
			return err
		}
		r, err := run(w.self, "-reference", file)
		if err != nil {
			return err
		}
		if i > 0 { // the first run warms the caches
			command, reference = append(command, c), append(reference, r)
		}
	}
	ratios := make([]float64, runs)
	for i := range runs {
		ratios[i] = command[i].wall / reference[i].wall
	}
	of := func(get func(sample) float64) float64 {
		values := make([]float64, runs)
		for i, s := range command {
			values[i] = get(s)
		}
		return median(values)
	}
	fmt.Printf("| %s | %s | %.2f | %.2f | %.0f | %.1f |\n", data, title,
		of(func(s sample) float64 { return s.wall }), of(func(s sample) float64 { return s.cpu }),
		of(func(s sample) float64 { return s.memory }), median(ratios))
	return nil
}

// sample is one run: seconds and megabytes.
type sample struct{ wall, cpu, memory float64 }

func run(program string, args ...string) (sample, error) {
	cmd := exec.Command(program, args...)
	start := time.Now()
	if out, err := cmd.CombinedOutput(); err != nil {
		return sample{}, fmt.Errorf("%s %v: %w\n%s", filepath.Base(program), args, err, out)
	}
	s := sample{wall: time.Since(start).Seconds(), cpu: (cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()).Seconds()}
	if usage, ok := cmd.ProcessState.SysUsage().(*syscall.Rusage); ok {
		s.memory = float64(usage.Maxrss) / 1000 // Linux counts in units of 1,024 bytes
	}
	return s, nil
}

func median(values []float64) float64 {
	slices.Sort(values)
	n := len(values)
	return (values[(n-1)/2] + values[n/2]) / 2
}

// plain returns the name of the file, unpacked if need be, since unpacking is not what is timed.
func (w workshop) plain(source string) (string, error) {
	if filepath.Ext(source) != ".gz" {
		return source, nil
	}
	in, err := os.Open(source)
	if err != nil {
		return "", err
	}
	defer in.Close()
	unpacked, err := gzip.NewReader(in)
	if err != nil {
		return "", err
	}
	name := filepath.Join(w.dir, filepath.Base(source[:len(source)-len(".gz")]))
	out, err := os.Create(name)
	if err != nil {
		return "", err
	}
	if _, err := io.Copy(out, unpacked); err != nil {
		_ = out.Close()
		return "", err
	}
	return name, out.Close()
}
