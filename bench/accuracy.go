package main

import (
	"encoding/json"
	"fmt"
	"math/big"
	"os"
	"path/filepath"
	"slices"

	"github.com/opencovey/covey/quality"
	"github.com/opencovey/covey/release"
	"github.com/opencovey/covey/table"
)

// accuracyRow is a data set, a promise, and what others reach with it. Sources are in docs/method.md.
type accuracyRow struct {
	title, source, policy string
	epsilon               *big.Rat // nil: the policy's
	score                 func(*quality.Private) string
	others                string
}

var accuracyRows = []accuracyRow{
	{"Adult, 13 columns", "adult_reduced_13.csv.gz", "adult_reduced_13", nil, meanL1, "AIM .005/.028/.066, MST .004/.072/.157, PAC .185/.383/.550"},
	{"Adult, 13 columns", "adult_reduced_13.csv.gz", "adult_reduced_13", big.NewRat(1, 10), meanL1, "AIM .039/.120/.217, MST .036/.124/.232"},
	{"Adult, 13 columns", "adult_reduced_13.csv.gz", "adult_reduced_13", big.NewRat(10, 1), meanL1, "AIM .002/.017/.048, MST .001/.067/.149"},
	{"NIST ACS, 10 columns", "nist_acs_excerpt_national2019.csv.gz", "nist_acs_demographic", nil, kMarginal, "AIM 976, MST 958, PAC 567"},
	{"NIST ACS, 24 columns", "nist_acs_excerpt_national2019.csv.gz", "nist_acs_all", nil, kMarginal, "AIM 710"},
	{"Sparse cases, simulated", "sparse_cases_simulated.csv.gz", "sparse_cases", nil, sparse, "MST .006/.323/1.05, 20/2; PAC .111/.393/.752, 9/47; AIM .005/.368/1.16, 26/–"},
	{"CTDC Global Synthetic 2021", "ctdc_global_synthetic_2021-08-25.csv.gz", "ctdc_global_synthetic_dp", nil, overall, "MST .002/.438/.775, kept .970/.735/.562"},
}

func meanL1(p *quality.Private) string {
	return "mean L1 of tables " + three(func(l int) float64 { return p.Marginals[l].Mean })
}

func kMarginal(p *quality.Private) string {
	return fmt.Sprintf("k-marginal %.1f", p.Pairs.Score)
}

func sparse(p *quality.Private) string {
	return fmt.Sprintf("relative L1, mean of columns %s; invented %.1f %%, lost %.1f %%",
		three(func(l int) float64 { return p.Presence[l].RelativeL1Tuples }), 100*p.Presence[2].Fabricated, 100*p.Presence[2].Lost)
}

func overall(p *quality.Private) string {
	return fmt.Sprintf("relative L1, all cells %s; kept %s",
		three(func(l int) float64 { return p.Presence[l].RelativeL1 }), three(func(l int) float64 { return p.Presence[l].Kept }))
}

func three(of func(l int) float64) string {
	return fmt.Sprintf("%.4f/%.4f/%.4f", of(0), of(1), of(2))
}

// accuracy makes differentially private releases, each run with noise of its own, and prints how accurate they are on average. only is the
// name of one of the policies, or "" for all.
func (w workshop) accuracy(runs int, only string) error {
	fmt.Println("| data | ε | runs | covey release, mean of the runs | wall s | peak MB | AIM in the same session (internal/pgm) | published before |")
	fmt.Println("| --- | --- | ---: | --- | ---: | ---: | --- | --- |")
	data := dataFolder()
	for _, r := range accuracyRows {
		if only != "" && only != r.policy {
			continue
		}
		file := filepath.Join(data, r.source)
		if _, err := os.Stat(file); err != nil {
			fmt.Printf("| %s | | | not measured: %s is not there | | | | |\n", r.title, r.source)
			continue
		}
		if err := w.accuracyOf(r, file, runs); err != nil {
			return err
		}
	}
	return nil
}

func (w workshop) accuracyOf(r accuracyRow, file string, runs int) error {
	policy, epsilon, err := w.differential(filepath.Join("examples", "policies", r.policy+".yaml"), func(p *release.Policy) {
		if r.epsilon != nil {
			p.Protection.Epsilon = r.epsilon
		}
	})
	if err != nil {
		return err
	}
	var reports []*quality.Private
	var times, memory []float64
	out := filepath.Join(w.dir, "release")
	for range runs {
		s, err := run(w.covey, "release", "-force", "-policy", policy, "-o", out, file)
		if err != nil {
			return err
		}
		text, err := os.ReadFile(filepath.Join(release.PrivateFolder(out), release.QualityFile))
		if err != nil {
			return err
		}
		report := new(quality.Private)
		if err := json.Unmarshal(text, report); err != nil {
			return err
		}
		reports, times, memory = append(reports, report), append(times, s.wall), append(memory, s.memory)
	}
	rival, err := r.rivalCell(file, min(runs, rivalRuns))
	if err != nil {
		return err
	}
	fmt.Printf("| %s | %s | %d | %s | %.1f | %.0f | %s | %s |\n",
		r.title, epsilon, runs, r.score(average(reports)), median(times), slices.Max(memory), rival, r.others)
	return nil
}

// average returns a report with the means of the figures that are printed.
func average(reports []*quality.Private) *quality.Private {
	n := float64(len(reports))
	mean := &quality.Private{Presence: make([]quality.Presence, 3), Marginals: make([]quality.Marginals, 3)}
	for _, r := range reports {
		mean.Pairs.Score += r.Pairs.Score / n
		for l := range 3 {
			mean.Marginals[l].Mean += r.Marginals[l].Mean / n
			from, to := r.Presence[l], &mean.Presence[l]
			to.RelativeL1Tuples += from.RelativeL1Tuples / n
			to.RelativeL1 += from.RelativeL1 / n
			to.Kept += from.Kept / n
			to.Fabricated += from.Fabricated / n
			to.Lost += from.Lost / n
		}
	}
	return mean
}

// differential writes a changed copy of a differential policy and returns its name and epsilon.
func (w workshop) differential(name string, change func(*release.Policy)) (file, epsilon string, err error) {
	in, err := os.Open(name)
	if err != nil {
		return "", "", err
	}
	defer in.Close()
	p, err := release.ParsePolicy(name, in)
	if err != nil {
		return "", "", err
	}
	change(p)
	text, err := p.Encode()
	if err != nil {
		return "", "", err
	}
	file = filepath.Join(w.dir, "differential.yaml")
	return file, p.Protection.Epsilon.FloatString(1), os.WriteFile(file, text, 0o600)
}

// differentialScale times differential releases of simulated files of growing size, and of growing numbers of columns.
func (w workshop) differentialScale(runs, most int) error {
	file := filepath.Join(w.dir, "cases.csv")
	simulate := func(n int) error {
		_, err := run(filepath.Join(w.dir, "simulate"), "-n", fmt.Sprint(n), "-o", file)
		return err
	}
	row := func(title, policy string) error {
		return w.row(title, "release, differential", runs, file, []string{"release", "-force", "-policy", policy, "-o", w.dir + "/release", file})
	}
	for n := 10_000; n <= most; n = next(n) {
		if err := simulate(n); err != nil {
			return err
		}
		if err := row(fmt.Sprintf("%d people", n), "examples/cases_dp.yaml"); err != nil {
			return err
		}
	}
	if err := simulate(50_000); err != nil {
		return err
	}
	for _, columns := range []int{5, 10, 15, 19} {
		policy, _, err := w.differential("examples/cases_dp.yaml", func(p *release.Policy) {
			p.Protection.Impossible = nil
			released := 0
			for i := range p.Columns {
				if !p.Columns[i].Ignore {
					released++
				}
				if released > columns {
					p.Columns[i] = release.PolicyColumn{Field: table.Field{Name: p.Columns[i].Name}, Ignore: true}
				}
			}
		})
		if err != nil {
			return err
		}
		if err := row(fmt.Sprintf("50000 people, first %d fields", columns), policy); err != nil {
			return err
		}
	}
	return nil
}
