package pgm

import (
	"context"
	"errors"
	"fmt"
	"math/big"
	"slices"

	"github.com/opencovey/covey/privacy/budget"
	"github.com/opencovey/covey/privacy/noise"
	"github.com/opencovey/covey/synth/dp/coded"
)

// Options says what to spend and how large a model may be. Rho, Ledger and Source are required.
type Options struct {
	// Rho is what may be spent. All of it is, up to rounding.
	Rho *big.Rat
	// Ledger gets every spending before the records are looked at. It needs concentrated accounting.
	Ledger *budget.Ledger
	// Source is where noise, choices and sampled rows come from.
	Source *noise.Source
	// Fast measures a tree of pairs of columns (MST) instead of tables chosen one after the other (AIM). It takes
	// a tenth of a second and leaves more than twice the error in tables of three columns.
	Fast bool
	// Workload lists the tables, as sets of 1 to 6 columns, that the model should be good at. The default is all
	// tables of three columns for up to 20 columns, and for more all pairs and the triples with few cells.
	Workload [][]int
	// ModelCells bounds the cells of the model's tables, at most 16,777,216. The default is 262,144: two megabytes.
	// Groups of columns and structural zeros may need more than a small bound allows.
	ModelCells int
	// Total is a noisy number of people that is already paid for, and TotalVariance the variance of its noise.
	// A variance of 0 means that there is none.
	Total, TotalVariance float64
	// Progress, if not nil, is told how much of the budget is spent.
	Progress func(done, total int)

	tune   *tuning
	mutant mutant
}

// defaultCells and mostCells are the default and the limit of Options.ModelCells.
const (
	defaultCells = 1 << 18
	mostCells    = 1 << 24
)

// Measurement is a noisy table of counts of people.
type Measurement struct {
	// Columns of the table; the last is fastest.
	Columns []int
	// Values says for each column which value each of its codes has in the table: rare codes share one. It is nil
	// where the codes themselves are the values.
	Values [][]int32
	// Sizes is the number of values of each column.
	Sizes []int
	// Counts are whole numbers and may be negative.
	Counts []float64
	// Variance is that of the noise in each count.
	Variance float64
}

// fitter is a fit under way.
type fitter struct {
	Options
	tuning
	desk
	domain  *coded.Domain
	records *coded.Records

	schema   *schema
	rows     [][]uint16 // records in values of nodes
	graph    *markov
	cells    int       // of the graph before tables were chosen
	readings []reading // what is known,
	targets  []*target // the same made to agree,
	net      *network  // and fitted
	total    estimate
	paid     []Measurement
	cached   int // cells of exact tables in memory
}

// Fit measures tables of the records and fits a model to them. It fails if records do not fit the domain, if the ledger
// refuses a spending, and within a second after ctx is done. Records in structural zeros are an error of the caller;
// they are counted where they are and the model gives them nothing.
func Fit(ctx context.Context, domain *coded.Domain, records *coded.Records, o Options) (*Model, error) {
	f, err := newFitter(domain, records, o)
	if err == nil {
		err = f.run(ctx)
	}
	if err != nil {
		return nil, fmt.Errorf("fit a graphical model: %w", err)
	}
	return &Model{f.schema, f.net, f.total.mean, f.paid}, nil
}

func (f *fitter) run(ctx context.Context) error {
	if err := f.single(); err != nil {
		return err
	}
	if err := f.refit(ctx, f.first); err != nil {
		return err
	}
	choose := f.adaptive
	if f.Fast {
		choose = f.spanningTree
	}
	if len(f.domain.Columns) > 1 {
		if err := choose(ctx); err != nil {
			return err
		}
	}
	return f.refit(ctx, f.last)
}

func newFitter(domain *coded.Domain, records *coded.Records, o Options) (*fitter, error) {
	if o.Rho == nil || o.Rho.Sign() <= 0 || o.Ledger == nil || o.Source == nil {
		return nil, errors.New("options need Rho above 0, a Ledger and a Source")
	}
	if o.ModelCells == 0 {
		o.ModelCells = defaultCells
	}
	if o.ModelCells < 0 || o.ModelCells > mostCells {
		return nil, fmt.Errorf("ModelCells is %d, the limit is %d", o.ModelCells, mostCells)
	}
	if err := check(domain, records, o.Workload); err != nil {
		return nil, err
	}
	f := &fitter{Options: o, tuning: standard, domain: domain, records: records}
	if o.tune != nil {
		f.tuning = *o.tune
	}
	f.desk = desk{ledger: o.Ledger, source: o.Source, left: new(big.Rat).Set(o.Rho), mutant: o.mutant}
	if o.TotalVariance > 0 {
		f.total.add(o.Total, o.TotalVariance)
	}
	return f, nil
}

// check reports what the method cannot work with.
func check(domain *coded.Domain, records *coded.Records, workload [][]int) error {
	nodes := len(domain.Columns)
	for _, c := range domain.Columns {
		if c.Groups != nil {
			nodes++
		}
	}
	if nodes == 0 || nodes > maxNodes {
		return fmt.Errorf("%d columns, those with groups counted twice; 1 to %d are possible", nodes, maxNodes)
	}
	for _, w := range workload {
		if len(w) == 0 || len(w) > 6 || slices.Min(w) < 0 || slices.Max(w) >= len(domain.Columns) || setOf(w...).len() < len(w) {
			return fmt.Errorf("workload has the table %v; 1 to 6 different columns are possible", w)
		}
	}
	for _, z := range domain.Zeros {
		if len(z) == 0 || slices.ContainsFunc(z, func(c coded.Condition) bool { return c.Column < 0 || c.Column >= len(domain.Columns) }) {
			return errors.New("a structural zero has no conditions, or one about a column that is not there")
		}
	}
	return domain.Check(records)
}

// refit fits the model to all readings, from where it is.
func (f *fitter) refit(ctx context.Context, sweeps int) error {
	f.agree()
	cliques, _ := f.graph.cliques(tooMany)
	total := max(f.total.mean, 1)
	f.net = newNetwork(f.schema.sizes, cliques, total, f.schema.zeros, f.targets)
	return f.net.fit(ctx, sweeps, settled*total*float64(len(f.targets)))
}

// settled is the share of people that a sweep moves, on the average of targets, when the fit is done.
const settled = 1e-4

// estimate is the mean of independent noisy numbers by their precision.
type estimate struct{ mean, precision float64 }

func (e *estimate) add(count, variance float64) {
	e.precision += 1 / variance
	e.mean += (count - e.mean) / variance / e.precision
}

func sum(values []float64) float64 {
	s := 0.0
	for _, v := range values {
		s += v
	}
	return s
}
