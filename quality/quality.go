package quality

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"runtime"

	"github.com/opencovey/covey/marginal"
	"github.com/opencovey/covey/table"
)

// Version is the version of the report's JSON format.
const Version = 1

// Options of Compare. The zero value works: k = 10, combinations of up to 3 attributes, no attacks that need a control group.
type Options struct {
	K       int    // a combination of fewer sensitive records is rare; default 10, at least 2
	Length  int    // longest combination compared, 1 to marginal.MaxLength; default 3
	Workers int    // default: the processors that Go may use
	Seed    uint64 // of all random choices; the same seed and input give the same report. Keep it secret if the report is published
	Trials  int    // most trials of each attack; default 1000, negative: no attacks

	// Published are the protected counts that are published with the synthetic records. They are compared with the
	// synthetic records in the public part. Nil: the public part compares no single counts.
	Published *Published

	// Estimates are the noised counts that are published with differentially private records; they take the place of Published. The private part
	// then compares the errors made with those to be expected. There is no public part: it is made by [Describe], which does not see the sensitive table.
	Estimates *Estimates

	// Synthesize makes synthetic records from other sensitive records in the way the judged ones were made. With it, attacks are run
	// as they should be: a fifth of the people are held out as a control group, records are made from the
	// others, and an attack counts only as far as it succeeds better on people who were in than on people who were not.
	Synthesize func(ctx context.Context, train *table.Table) (*table.Table, error)

	// Control are records of people who are not in the sensitive table but of the same kind: the control group when Synthesize is nil.
	Control *table.Table

	Known   []string // columns that the attacker knows of a person; default: see Private.Known
	Secrets []string // columns that the attacker guesses; default: see Private.Secrets

	// Progress is told what is being done and how far it is; it may be called from several goroutines, and may be nil.
	Progress func(what string, done, total int)
}

// Published are counts of combinations that are, or will be, public. A *marginal.Counts c gives Published{c.Columns,
// c.Length, c.All}.
type Published struct {
	Columns []table.Column // what the attributes mean; matched with the tables by name and value
	Length  int            // longest combination
	All     func(length int) iter.Seq2[[]marginal.Attribute, int]
}

// Report is the outcome of Compare.
type Report struct {
	Public  *Public  // may be published; nil with Options.Estimates
	Private *Private // as sensitive as the input
}

func (o Options) withDefaults() (Options, error) {
	if o.K == 0 {
		o.K = 10
	}
	if o.K < 2 {
		return o, fmt.Errorf("compare tables: k = %d is not at least 2", o.K)
	}
	if o.Length == 0 {
		o.Length = 3
	}
	if o.Length < 1 || o.Length > marginal.MaxLength {
		return o, fmt.Errorf("compare tables: length %d is not between 1 and %d", o.Length, marginal.MaxLength)
	}
	if o.Trials == 0 {
		o.Trials = 1000
	}
	if o.Workers <= 0 {
		o.Workers = runtime.GOMAXPROCS(0)
	}
	if o.Progress == nil {
		o.Progress = func(string, int, int) {}
	}
	return o, nil
}

// Compare measures how accurate the synthetic table is and what it gives away of the sensitive one. Columns are matched by name and values by
// text; a column that only one table has counts as blank in the other, and is reported.
//
// A wrong option, a failing Options.Synthesize and a sensitive table without records give errors; a cancelled context gives its cause. The
// report is the same for any number of workers.
func Compare(ctx context.Context, sensitive, synthetic *table.Table, o Options) (*Report, error) {
	o, err := o.withDefaults()
	if err != nil {
		return nil, err
	}
	if sensitive.People() == 0 {
		return nil, errors.New("compare tables: the sensitive table has no records")
	}
	p := &Private{Version: Version, Part: "private", K: o.K, Length: o.Length, Columns: compareColumns(sensitive, synthetic)}
	s, y := sensitive, synthetic
	if !sameColumns(s, y) {
		s, y = marginal.Align(sensitive, synthetic)
	}
	p.Records = compareRecords(s, y, o.K)
	bare, err := unsupported(ctx, s, y, o.K, o.Workers)
	if err != nil {
		return nil, err
	}
	p.Support = support(y, bare)
	tally, err := tallyCombinations(ctx, s, y, o)
	if err != nil {
		return nil, err
	}
	tally.report(p, s.Columns)
	if o.Estimates != nil { // what is rare is shown or invented by chance, and no measure of what leaks; so it is not looked for far
		o.Published, p.Leakage = o.Estimates.plain(), tally.leakage()
	} else if p.Leakage, err = leakage(ctx, s, y, p.Support.Supported(), o); err != nil {
		return nil, err
	}
	if p.Margins, err = compareMargins(ctx, s, y, o); err != nil {
		return nil, err
	}
	if err = compareMarginals(ctx, s, y, o, p); err != nil {
		return nil, err
	}
	if p.PMSE, err = propensity(ctx, s, y, o); err != nil {
		return nil, err
	}
	if p.Published, err = comparePublished(ctx, y, o); err != nil {
		return nil, err
	}
	if err = attack(ctx, sensitive, synthetic, o, p); err != nil {
		return nil, err
	}
	p.complete()
	if o.Estimates != nil {
		return &Report{Private: p}, nil
	}
	return &Report{Public: p.public(), Private: p}, nil
}

func compareColumns(sensitive, synthetic *table.Table) Columns {
	var c Columns
	has := map[string]bool{}
	for _, col := range synthetic.Columns {
		has[col.Name] = true
	}
	for _, col := range sensitive.Columns {
		if has[col.Name] {
			c.Both = append(c.Both, col.Name)
			delete(has, col.Name)
		} else {
			c.OnlySensitive = append(c.OnlySensitive, col.Name)
		}
	}
	for _, col := range synthetic.Columns {
		if has[col.Name] {
			c.OnlySynthetic = append(c.OnlySynthetic, col.Name)
		}
	}
	return c
}

func compareRecords(sensitive, synthetic *table.Table, k int) Records {
	r := Records{Sensitive: sensitive.People(), Synthetic: synthetic.People()}
	filled := func(t *table.Table, least int) float64 {
		_, people := ranks(t)
		sum := 0
		for _, n := range people {
			if n >= least {
				sum += n
			}
		}
		return ratio(sum, t.People())
	}
	r.FilledSensitive, r.FilledSynthetic, r.FilledCommon = filled(sensitive, 1), filled(synthetic, 1), filled(sensitive, k)
	return r
}
