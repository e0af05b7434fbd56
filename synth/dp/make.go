package dp

import (
	"context"
	"errors"
	"fmt"
	"math/big"
	"runtime"
	"slices"

	"github.com/opencovey/covey/privacy/budget"
	"github.com/opencovey/covey/privacy/noise"
	"github.com/opencovey/covey/synth/dp/coded"
	"github.com/opencovey/covey/synth/dp/mixture"
	"github.com/opencovey/covey/synth/dp/tally"
	"github.com/opencovey/covey/table"
)

// Shares of the budget, after what learning took. They were chosen on simulated and public data and hold for all.
var (
	peopleShare = big.NewRat(1, 100)
	filledShare = big.NewRat(1, 100) // only where somebody may have more values than are counted
	singleShare = big.NewRat(28, 100)
	fullShare   = big.NewRat(12, 100) // in place of singleShare if everybody has a value in every column: then pairs tell single values
	checkShare  = big.NewRat(5, 100)  // finds out the errors of counts of three attributes, if there are any
	// What is left is for pairs.
)

const (
	// flagsCounted is of how many flags one is expected to be set for a person with much to tell: the default limit.
	flagsCounted = 3
	// singlesMore is how many more values of a person count one by one than in pairs: one by one they cost less.
	singlesMore = 1.2
	// rareNoise is the expected count, in standard deviations of the noise of pairs, below which no record has a triple.
	rareNoise = 0.04
)

// teller counts with noise, as [tally.Teller] does.
type teller interface {
	People(rho *big.Rat) (int64, float64, error)
	Filled(rho *big.Rat, from []int) ([]int64, float64, error)
	Singles(rho *big.Rat, limit int) (*tally.Singles, error)
	Pairs(rho *big.Rat, limit int) (*tally.Pairs, error)
	Listed(rho *big.Rat, limit int, combinations [][]int32) ([]int64, float64, error)
}

// hooks are for tests alone: with them they take protection away, to see that somebody notices, and fit small models, which are fast.
type hooks struct {
	tell             func(*tally.Space, *coded.Records, *budget.Ledger, *noise.Source) teller
	threshold        func(int64) int64 // that learnt values must reach
	classes, members int               // of a fit
}

// maker holds what the steps of Make share.
type maker struct {
	Options
	recoding *recoding
	space    *tally.Space
	teller   teller
	left     *big.Rat // of the budget, when the shares were counted
	people   int64
	variance float64 // of people
	measured *mixture.Measured
	model    *mixture.Model
	rows     *coded.Records
}

// Make makes a release of the people in t. Columns of t are found by their names; columns and values of the domain
// that t has not are nobody's, and columns of t that the domain has not are left out. A value of t that the domain has not is an error,
// as is a person without a value where the domain requires one. A ledger of which nearly all was spent gives budget.ErrExhausted, before
// t is looked at. A cancelled context gives its cause.
//
// Cost: linear in distinct records times the square of their filled columns; beside that it depends on the domain alone, and is
// bounded.
func Make(ctx context.Context, t *table.Table, d *Domain, o Options) (*Product, error) {
	if o.Ledger == nil || o.Source == nil {
		return nil, errors.New("a differentially private release needs a ledger and a source of noise")
	}
	m := &maker{Options: o}
	if err := m.defaults(d); err != nil {
		return nil, err
	}
	if err := affordable(o.Ledger); err != nil { // before anything is looked at
		return nil, fmt.Errorf("make a differentially private release: %w", err)
	}
	for _, step := range []func(context.Context, *table.Table, *Domain) error{m.prepare, m.measure, m.fit, m.draw} {
		if err := step(ctx, t, d); err != nil {
			return nil, fmt.Errorf("make a differentially private release: %w", err)
		}
		if err := context.Cause(ctx); err != nil {
			return nil, err
		}
	}
	counts, errs, err := m.count(ctx)
	if err != nil {
		return nil, fmt.Errorf("make a differentially private release: %w", err)
	}
	return &Product{People: int(m.people), Records: m.recoding.table(m.rows), Counts: counts, Errors: errs}, nil
}

// leastLeft is how many times what was spent may exceed what is left. A release that spends all leaves what its variances were rounded up by; from
// that another could be made, but of noise alone, which may stand for more people than there are in the world.
var leastLeft = big.NewRat(1000, 1)

// mostNoise is the variance of the number of people that is too much: there would be a million synthetic records of nobody.
var mostNoise = big.NewRat(1_000_000_000_000, 1)

func affordable(l *budget.Ledger) error {
	spent := new(big.Rat)
	for _, s := range l.Spendings() {
		rho, err := s.Rho(l.Budget().Accounting)
		if err != nil {
			return err
		}
		spent.Add(spent, rho)
	}
	left := l.Remaining()
	if left.Sign() <= 0 || spent.Quo(spent, left).Cmp(leastLeft) > 0 {
		return fmt.Errorf("all was spent on other things: %w", budget.ErrExhausted)
	}
	if v, err := l.Budget().Accounting.Variance(big.NewRat(1, 1), left.Mul(left, peopleShare)); err != nil || v.Cmp(mostNoise) > 0 {
		return fmt.Errorf("so little may be spent that the number of people would be off by a million: %w", budget.ErrExhausted)
	}
	return nil
}

func (m *maker) defaults(d *Domain) error {
	if m.Length == 0 {
		m.Length = 3
	}
	if m.Length < 1 || m.Length > 3 {
		return fmt.Errorf("counts of %d values at a time: 1 to 3 are possible", m.Length)
	}
	if m.Workers < 1 {
		m.Workers = runtime.GOMAXPROCS(0)
	}
	if m.Progress == nil {
		m.Progress = func(string, int, int) {}
	}
	if m.Limit == 0 {
		m.Limit = DefaultLimit(d)
	}
	if m.Limit < 2 {
		return fmt.Errorf("a limit of %d values of a person: at least 2 are needed", m.Limit)
	}
	return nil
}

// DefaultLimit returns how many values of one person count in tables of pairs if nobody says otherwise: all columns with more than one
// value or that everybody has, and one in three of the others, which are flags.
func DefaultLimit(d *Domain) int {
	flags := 0
	for j, c := range d.Columns {
		if len(c.Values) == 1 && !d.required(j) && !d.learnt(j) {
			flags++
		}
	}
	return max(2, len(d.Columns)-flags+(flags+flagsCounted-1)/flagsCounted)
}

// prepare codes the records. Learning of values is the only spending.
func (m *maker) prepare(_ context.Context, t *table.Table, d *Domain) error {
	var err error
	if m.recoding, err = newRecoding(t, d, &m.Options); err != nil {
		return err
	}
	domain := m.recoding.coded()
	records, err := m.recoding.records(t)
	if err != nil {
		return err
	}
	m.space = tally.NewSpace(domain)
	if m.teller = tally.NewTeller(m.space, records, m.Ledger, m.Source); m.hooks.tell != nil {
		m.teller = m.hooks.tell(m.space, records, m.Ledger, m.Source)
	}
	m.left = m.Ledger.Remaining()
	return nil
}

func (m *maker) share(of *big.Rat) *big.Rat { return new(big.Rat).Mul(m.left, of) }

// full reports whether everybody has a value in every column.
func (m *maker) full() bool {
	return !slices.ContainsFunc(m.space.Domain.Columns, func(c coded.Column) bool { return c.Blank })
}

// measure counts with noise.
func (m *maker) measure(context.Context, *table.Table, *Domain) error {
	m.Progress("counting with noise", 0, 1)
	var err error
	if m.people, m.variance, err = m.teller.People(m.share(peopleShare)); err != nil {
		return err
	}
	m.people = max(m.people, 0)
	in := &mixture.Measured{Space: m.space, People: float64(max(m.people, 1))}
	singles := singleShare
	if m.full() {
		singles = fullShare
	}
	if in.Singles, err = m.teller.Singles(m.share(singles), int(singlesMore*float64(m.Limit))); err != nil {
		return err
	}
	if from := mixture.FilledFrom(len(m.space.Domain.Columns), m.Limit); len(from) > 1 {
		in.Filled = &mixture.Filled{From: from}
		if in.Filled.Counts, in.Filled.Variance, err = m.teller.Filled(m.share(filledShare), from); err != nil {
			return err
		}
	}
	pairs := m.Ledger.Remaining()
	if m.Length > 2 {
		pairs.Sub(pairs, m.share(checkShare))
	}
	if in.Pairs, err = m.teller.Pairs(pairs, m.Limit); err != nil {
		return err
	}
	m.measured = in
	m.Progress("counting with noise", 1, 1)
	return nil
}

func (m *maker) fit(ctx context.Context, _ *table.Table, _ *Domain) error {
	var err error
	m.model, err = mixture.Fit(ctx, m.measured, mixture.Options{
		Source: m.Source, Workers: m.Workers, Classes: m.hooks.classes, Members: m.hooks.members,
		Progress: func(done, total int) { m.Progress("fitting a model", done, total) },
	})
	return err
}

func (m *maker) draw(ctx context.Context, _ *table.Table, _ *Domain) error {
	var err error
	m.rows, err = m.model.Rows(ctx, int(m.people), mixture.RowOptions{
		Source: m.Source, Workers: m.Workers, Rare: rareNoise * m.measured.Pairs.Noise(),
		Progress: func(done, total int) { m.Progress("making records", done, total) },
	})
	return err
}
