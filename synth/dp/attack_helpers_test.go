package dp

import (
	"context"
	"fmt"
	"math"
	"math/big"
	"reflect"
	"slices"
	"testing"

	"github.com/opencovey/covey/privacy/budget"
	"github.com/opencovey/covey/privacy/noise"
	"github.com/opencovey/covey/synth/dp/coded"
	"github.com/opencovey/covey/synth/dp/tally"
	"github.com/opencovey/covey/table"
)

// The attackers of these tests know everybody but one person, and all that this person would say if among them. They see what Make returns and
// compute a score from it that grows with the suspicion that the person is there. What a score may tell them is in the ledger: with the
// Gaussian curve, spending rho allows no event to be more probable than Phi(Phi^-1(q) + mu), mu = sqrt(2 rho), if it has the
// probability q on the neighbour (Dong, Roth, Su 2022). That is the promise for all epsilon at once.

// attackMissed is the probability of each bound of a comparison to be wrong. A test compares at most eighteen events, with two bounds each: a mechanism
// that keeps its promise fails with a probability of less than 1e-9.
const attackMissed = 2e-11

func attackMust[T any](x T, err error) T {
	if err != nil {
		panic(err)
	}
	return x
}

func attackSource(seed byte) *noise.Source { return noise.NewSourceForTesting([32]byte{seed}) }

// attackLedger returns a ledger with a promise; attackFresh another one like it, on which nothing was spent. A new one costs more than a small release.
func attackLedger(epsilon, delta float64) *budget.Ledger {
	return attackMust(budget.NewLedger(budget.Budget{
		Epsilon: new(big.Rat).SetFloat64(epsilon), Delta: new(big.Rat).SetFloat64(delta), Accounting: budget.GaussianCurve,
	}))
}

func attackFresh(l *budget.Ledger) *budget.Ledger {
	c := new(budget.Ledger)
	reflect.ValueOf(c).Elem().Set(reflect.ValueOf(l).Elem())
	return c
}

// attackSpent returns rho, by the spendings in the ledger.
func attackSpent(l *budget.Ledger) *big.Rat {
	sum := new(big.Rat)
	for _, s := range l.Spendings() {
		sum.Add(sum, attackMust(s.Rho(l.Budget().Accounting)))
	}
	return sum
}

// attackMu is the mu of what was spent.
func attackMu(l *budget.Ledger) float64 {
	rho, _ := attackSpent(l).Float64()
	return math.Sqrt(2 * rho)
}

// attackGroup are people with the same values: codes of columns from the first on, blank behind.
type attackGroup struct {
	people int
	codes  []uint16
}

func attackTable(columns []table.Column, groups ...attackGroup) *table.Table {
	b := table.NewBuilder(columns)
	for _, g := range groups {
		row := make([]uint16, len(columns))
		copy(row, g.codes)
		b.Add(row, g.people)
	}
	return b.Table().Sorted()
}

func attackColumns(columns int, values ...string) []table.Column {
	all := make([]table.Column, columns)
	for j := range all {
		all[j] = table.Column{Name: fmt.Sprintf("column %d", j), Field: fmt.Sprintf("column %d", j), Values: values}
	}
	return all
}

// attackMake makes a release with a small model.
func attackMake(t testing.TB, in *table.Table, d *Domain, o Options) *Product {
	t.Helper()
	o.Workers = 1
	if o.hooks.classes == 0 {
		o.hooks.classes, o.hooks.members = 4, 1
	}
	p, err := Make(context.Background(), in, d, o)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// attackJudge returns what is wrong with scores with and without a person, if mu was spent. Events are scores above or below nine cuts; they are
// compared both ways.
func attackJudge(on, off []float64, mu float64) (most float64, err error) {
	all := slices.Sorted(slices.Values(slices.Concat(on, off)))
	for i := range 9 {
		cut := all[(i+1)*len(all)/10]
		for _, side := range []float64{1, -1} {
			p, _ := attackBounds(attackBeyond(on, cut, side), len(on))
			_, q := attackBounds(attackBeyond(off, cut, side), len(off))
			if side < 0 {
				p, _ = attackBounds(attackBeyond(off, cut, side), len(off))
				_, q = attackBounds(attackBeyond(on, cut, side), len(on))
			}
			if p <= 0 || q >= 1 {
				continue
			}
			found := attackQuantile(p) - attackQuantile(q)
			most = max(most, found)
			if found > mu {
				err = fmt.Errorf("an event has a probability of at least %.4f and at most %.4f on neighbours: mu is at least %.3f, but %.3f was spent", p, q, found, mu)
			}
		}
	}
	return most, err
}

func attackBeyond(scores []float64, cut, side float64) (hits int) {
	for _, x := range scores {
		if side*(x-cut) > 0 {
			hits++
		}
	}
	return hits
}

// attackQuantile is the inverse of the normal distribution.
func attackQuantile(p float64) float64 { return -math.Sqrt2 * math.Erfcinv(2*p) }

// attackBounds are those of Clopper and Pearson (1934), each wrong with the probability attackMissed.
func attackBounds(hits, n int) (low, high float64) {
	find := func(outside float64, step int) float64 {
		inside := float64(hits) / float64(n)
		for range 60 {
			if p := (inside + outside) / 2; attackTail(hits, step, n, p) > attackMissed {
				inside = p
			} else {
				outside = p
			}
		}
		return outside
	}
	low, high = 0, 1
	if hits > 0 {
		low = find(0, 1)
	}
	if hits < n {
		high = find(1, -1)
	}
	return low, high
}

// attackTail is the probability of k hits, or a number further from the mean.
func attackTail(k, step, n int, p float64) (sum float64) {
	all, _ := math.Lgamma(float64(n + 1))
	for ; k >= 0 && k <= n; k += step {
		a, _ := math.Lgamma(float64(k + 1))
		b, _ := math.Lgamma(float64(n - k + 1))
		term := math.Exp(all - a - b + float64(k)*math.Log(p) + float64(n-k)*math.Log1p(-p))
		sum += term
		if term < 1e-6*sum {
			break
		}
	}
	return sum
}

// attackDistance is how many standard deviations lie between the means: what an attack finds, roughly.
func attackDistance(on, off []float64) float64 {
	moments := func(x []float64) (mean, variance float64) {
		for _, v := range x {
			mean += v / float64(len(x))
		}
		for _, v := range x {
			variance += (v - mean) * (v - mean) / float64(len(x))
		}
		return mean, variance
	}
	m, v := moments(on)
	k, w := moments(off)
	return (m - k) / math.Sqrt((v+w)/2)
}

// mutantTeller pays for counts as it should, and then returns others, which somebody counted who has no ledger to mind.
type mutantTeller struct {
	pays, counts *tally.Teller
	more         int64 // times the budget is used for counts
	columns      int   // that are counted of a person, if not 0
}

// ratio is how much more a larger limit costs, if all columns weigh the same.
func (m *mutantTeller) ratio(limit, length int) (more *big.Rat, wide int) {
	more, wide = big.NewRat(m.more, 1), limit
	if m.columns > 0 {
		wide = m.columns
	}
	limit = min(limit, wide)
	choose := func(n int) int64 { return max(new(big.Int).Binomial(int64(n), int64(length)).Int64(), 1) }
	return more.Mul(more, big.NewRat(choose(wide), choose(limit))), wide
}

func (m *mutantTeller) People(rho *big.Rat) (int64, float64, error) {
	if m.pays != nil {
		if _, _, err := m.pays.People(rho); err != nil {
			return 0, 0, err
		}
	}
	return m.counts.People(new(big.Rat).Mul(rho, big.NewRat(m.more, 1)))
}

func (m *mutantTeller) Filled(rho *big.Rat, from []int) ([]int64, float64, error) {
	if m.pays != nil {
		if _, _, err := m.pays.Filled(rho, from); err != nil {
			return nil, 0, err
		}
	}
	return m.counts.Filled(new(big.Rat).Mul(rho, big.NewRat(m.more, 1)), from)
}

func (m *mutantTeller) Singles(rho *big.Rat, limit int) (*tally.Singles, error) {
	if m.pays != nil {
		if _, err := m.pays.Singles(rho, limit); err != nil {
			return nil, err
		}
	}
	more, wide := m.ratio(limit, 1)
	return m.counts.Singles(more.Mul(more, rho), wide)
}

func (m *mutantTeller) Pairs(rho *big.Rat, limit int) (*tally.Pairs, error) {
	if m.pays != nil {
		if _, err := m.pays.Pairs(rho, limit); err != nil {
			return nil, err
		}
	}
	more, wide := m.ratio(limit, 2)
	return m.counts.Pairs(more.Mul(more, rho), wide)
}

func (m *mutantTeller) Listed(rho *big.Rat, limit int, list [][]int32) ([]int64, float64, error) {
	if m.pays != nil {
		if _, _, err := m.pays.Listed(rho, limit, list); err != nil {
			return nil, 0, err
		}
	}
	more, wide := m.ratio(limit, 3)
	return m.counts.Listed(more.Mul(more, rho), wide, list)
}

var attackRich = attackLedger(500, 0.5)

// attackMutants take protection away.
var attackMutants = map[string]hooks{
	"a quarter of the variance": {tell: func(s *tally.Space, r *coded.Records, l *budget.Ledger, src *noise.Source) teller {
		return &mutantTeller{pays: tally.NewTeller(s, r, l, src), counts: tally.NewTeller(s, r, attackFresh(attackRich), src), more: 4}
	}},
	"not in the ledger": {tell: func(s *tally.Space, r *coded.Records, _ *budget.Ledger, src *noise.Source) teller {
		return &mutantTeller{counts: tally.NewTeller(s, r, attackFresh(attackRich), src), more: 1}
	}},
	"unbounded": {tell: func(s *tally.Space, r *coded.Records, l *budget.Ledger, src *noise.Source) teller {
		return &mutantTeller{
			pays: tally.NewTeller(s, r, l, src), counts: tally.NewTeller(s, r, attackFresh(attackRich), src),
			more: 1, columns: len(s.Domain.Columns),
		}
	}},
}
