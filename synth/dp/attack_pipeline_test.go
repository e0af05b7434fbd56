package dp

import (
	"fmt"
	"math"
	"slices"
	"testing"

	"github.com/opencovey/covey/internal/testenv"
	"github.com/opencovey/covey/privacy/budget"
)

// flagColumns are flags, all of which the person has. Forty others have them too, since nothing is said of what is rare, and thirty have each one alone.
const flagColumns = 8

// pipeline makes releases with and without the person.
type pipeline struct {
	epsilon float64
	limit   int
	hooks   hooks
	seed    byte
}

// features are what a product says about the person, as the columns are alike: the number of people; the sums of the upper ends of
// counts of one, two and three values, which nothing cuts; and
// how many records have no, one, two, … values.
func features(p *Product) []float64 {
	f := make([]float64, 5+flagColumns)
	f[0] = float64(p.People)
	for l := 1; l <= p.Counts.Length; l++ {
		for _, n := range p.Counts.All(l) {
			f[l] += float64(n.High)
		}
	}
	for i := range p.Records.Len() {
		n := 4 // features before
		for _, code := range p.Records.Row(i) {
			n += int(code)
		}
		f[n] += float64(p.Records.Weight(i))
	}
	return f
}

func (p *pipeline) run(t *testing.T, n int) (on, off [][]float64, ledger *budget.Ledger) {
	columns := attackColumns(flagColumns, "yes")
	domain := &Domain{Columns: columns}
	start := attackLedger(p.epsilon, 0.02)
	src := attackSource(p.seed)
	for i := range 2 * n {
		person := i % 2
		groups := []attackGroup{{40 + person, slices.Repeat([]uint16{1}, flagColumns)}}
		for j := range columns {
			groups = append(groups, attackGroup{30, append(make([]uint16, j), 1)})
		}
		in := attackTable(columns, groups...)
		ledger = attackFresh(start)
		f := features(attackMake(t, in, domain, Options{Ledger: ledger, Source: src, Limit: p.limit, hooks: p.hooks}))
		if person == 1 {
			on = append(on, f)
		} else {
			off = append(off, f)
		}
	}
	return on, off, ledger
}

// direction returns the weights of the features that tell best (Fisher 1936), learnt from other releases.
func direction(on, off [][]float64) []float64 {
	k := len(on[0])
	means := func(rows [][]float64) []float64 {
		m := make([]float64, k)
		for _, row := range rows {
			for i, x := range row {
				m[i] += x / float64(len(rows))
			}
		}
		return m
	}
	a, b := means(on), means(off)
	system := make([][]float64, k) // covariance, and the difference of the means
	for i := range system {
		system[i] = make([]float64, k+1)
		system[i][k] = a[i] - b[i]
	}
	for _, side := range []struct {
		rows [][]float64
		mean []float64
	}{{on, a}, {off, b}} {
		for _, row := range side.rows {
			for i := range k {
				for j := range k {
					system[i][j] += (row[i] - side.mean[i]) * (row[j] - side.mean[j]) / float64(len(on)+len(off))
				}
			}
		}
	}
	for i := range k { // Gauss and Jordan; a little more on the diagonal keeps what never varies out
		system[i][i] += 1e-3
	}
	for i := range k {
		for j := range k {
			if j == i {
				continue
			}
			f := system[j][i] / system[i][i]
			for l := range system[j] {
				system[j][l] -= f * system[i][l]
			}
		}
	}
	w := make([]float64, k)
	for i := range w {
		w[i] = system[i][k] / system[i][i]
	}
	return w
}

func project(rows [][]float64, w []float64) []float64 {
	scores := make([]float64, len(rows))
	for i, row := range rows {
		for j, x := range row {
			scores[i] += x * w[j]
		}
	}
	return scores
}

// judgePipeline returns what is wrong with scores if mu was spent: events, as everywhere, and the means. The square of the distance of the means, over
// the variance without the person, is at most the chi-squared divergence, which is exp(mu^2)-1 at most.
func judgePipeline(on, off []float64, mu float64) error {
	if _, err := attackJudge(on, off, mu); err != nil {
		return err
	}
	found := attackDistance(on, off)
	most := math.Sqrt(math.Expm1(mu * mu))
	if doubt := math.Sqrt((2 + found*found/2) / float64(len(on))); found > most+6.5*doubt {
		return fmt.Errorf("the means are %.3f standard deviations apart (± %.3f), but what was spent allows %.3f", found, doubt, most)
	}
	return nil
}

// TestPipeline: whole releases tell no more of a person than their ledger says. The attacker learns from releases of an unprotected mutant how best to
// tell, and is then judged by others.
func TestPipeline(t *testing.T) {
	testenv.NotRaces(t)
	more := 1
	if testenv.Long() {
		more = 10
	}
	learnt := map[int][]float64{}
	for _, c := range []struct {
		name        string
		epsilon     float64
		limit, runs int
		caught      bool
	}{
		{"", 3, flagColumns, 1000 * more, false},
		{"a quarter of the variance", 3, flagColumns, 1200, true},
		{"not in the ledger", 3, flagColumns, 200, true},
		{"", 1, 2, 200 * more, false},
		{"unbounded", 1, 2, 300, true},
	} {
		if learnt[c.limit] == nil {
			train := pipeline{c.epsilon, c.limit, attackMutants["a quarter of the variance"], 40}
			if c.limit < flagColumns {
				train.hooks = attackMutants["unbounded"]
			}
			on, off, _ := train.run(t, 250)
			learnt[c.limit] = direction(on, off)
		}
		w := learnt[c.limit]
		p := pipeline{c.epsilon, c.limit, attackMutants[c.name], 41}
		on, off, ledger := p.run(t, c.runs)
		x, y := project(on, w), project(off, w)
		err := judgePipeline(x, y, attackMu(ledger))
		t.Logf("%q, limit %d: %d releases each: %.3f apart, allowed %.3f", c.name, c.limit, c.runs, attackDistance(x, y), attackMu(ledger))
		switch {
		case c.caught && err == nil:
			t.Errorf("%s: not seen", c.name)
		case !c.caught && err != nil:
			t.Errorf("limit %d: %v", c.limit, err)
		}
	}
}
