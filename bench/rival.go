package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/opencovey/covey/internal/pgm"
	"github.com/opencovey/covey/privacy/budget"
	"github.com/opencovey/covey/privacy/noise"
	"github.com/opencovey/covey/quality"
	"github.com/opencovey/covey/release"
	"github.com/opencovey/covey/synth/dp"
	"github.com/opencovey/covey/synth/dp/coded"
	"github.com/opencovey/covey/table"
)

// rivalRuns is how many runs of AIM are enough to see where it stands, and patience how long one may take.
const (
	rivalRuns = 2
	patience  = 2 * time.Minute
)

// rival makes records with AIM, the best method published before, from the same file, policy and promise, and measures them.
func rival(r accuracyRow, file string, runs int) (report *quality.Private, seconds float64, err error) {
	t, policy, err := readByPolicy(filepath.Join("examples", "policies", r.policy+".yaml"), file)
	if err != nil {
		return nil, 0, err
	}
	if r.epsilon != nil {
		policy.Protection.Epsilon = r.epsilon
	}
	d, err := policy.Domain()
	if err != nil {
		return nil, 0, err
	}
	domain, records := code(d, t)
	var reports []*quality.Private
	var times []float64
	for range runs {
		start := time.Now()
		rows, err := rivalRows(domain, records, policy)
		if err != nil {
			return nil, 0, err
		}
		times = append(times, time.Since(start).Seconds())
		judged, err := quality.Compare(context.Background(), t, decode(d, rows), quality.Options{K: 10, Length: 3})
		if err != nil {
			return nil, 0, err
		}
		reports = append(reports, judged.Private)
	}
	return average(reports), median(times), nil
}

func rivalRows(domain *coded.Domain, records *coded.Records, policy *release.Policy) (*coded.Records, error) {
	ledger, err := budget.NewLedger(budget.Budget{
		Epsilon: policy.Protection.Epsilon, Delta: policy.Protection.Delta, Accounting: budget.Concentrated,
	})
	if err != nil {
		return nil, err
	}
	src := noise.NewSource()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	model, err := pgm.Fit(ctx, domain, records, pgm.Options{Rho: ledger.Remaining(), Ledger: ledger, Source: src})
	if err != nil {
		return nil, err
	}
	return model.Sample(ctx, int(model.Total()+0.5), src)
}

func readByPolicy(name, file string) (*table.Table, *release.Policy, error) {
	in, err := os.Open(name)
	if err != nil {
		return nil, nil, err
	}
	defer in.Close()
	policy, err := release.ParsePolicy(name, in)
	if err != nil {
		return nil, nil, err
	}
	rows, err := table.OpenFile(file, policy.Input.TableFormat())
	if err != nil {
		return nil, nil, err
	}
	defer rows.Close()
	t, _, err := table.Read(context.Background(), rows, policy.Schema(), table.Options{})
	return t, policy, err
}

// code returns a domain, and the records of a table in it.
func code(d *dp.Domain, t *table.Table) (*coded.Domain, *coded.Records) {
	domain := &coded.Domain{}
	records := &coded.Records{Codes: make([][]uint16, len(d.Columns)), Weights: make([]uint32, t.Len())}
	for i := range t.Len() {
		records.Weights[i] = uint32(t.Weight(i))
	}
	for j, c := range d.Columns {
		first := uint16(1)
		if d.Required[j] {
			first = 0
		}
		domain.Columns = append(domain.Columns, coded.Column{Name: c.Name, Size: len(c.Values) + int(first), Blank: first == 1})
		records.Codes[j] = make([]uint16, t.Len())
		from := slices.IndexFunc(t.Columns, func(x table.Column) bool { return x.Name == c.Name })
		if from < 0 {
			continue
		}
		for i := range t.Len() {
			if at := t.Row(i)[from]; at > 0 {
				records.Codes[j][i] = first + uint16(slices.Index(c.Values, t.Columns[from].Values[at-1]))
			}
		}
	}
	for _, z := range d.Impossible {
		zero := coded.Zero{}
		for _, c := range z {
			condition := coded.Condition{Column: c.Column}
			first := uint16(1)
			if d.Required[c.Column] {
				first = 0
			}
			if c.Blank {
				condition.Codes = append(condition.Codes, 0)
			}
			for i, v := range d.Columns[c.Column].Values {
				if slices.Contains(c.Values, v) {
					condition.Codes = append(condition.Codes, first+uint16(i))
				}
			}
			zero = append(zero, condition)
		}
		domain.Zeros = append(domain.Zeros, zero)
	}
	return domain, records
}

// decode returns records as a table.
func decode(d *dp.Domain, records *coded.Records) *table.Table {
	b := table.NewBuilder(d.Columns)
	row := make([]uint16, len(d.Columns))
	for i, w := range records.Weights {
		for j := range row {
			row[j] = records.Codes[j][i]
			if d.Required[j] {
				row[j]++
			}
		}
		b.Add(row, int(w))
	}
	return b.Table()
}

// rivalCell is a cell of the table of accuracy.
func (r accuracyRow) rivalCell(file string, runs int) (string, error) {
	report, seconds, err := rival(r, file, runs)
	if errors.Is(err, context.DeadlineExceeded) {
		return fmt.Sprintf("not done after %v", patience), nil
	} else if err != nil {
		return "", err
	}
	return fmt.Sprintf("%s; %.1f s", r.score(report), seconds), nil
}
