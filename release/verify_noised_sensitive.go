package release

import (
	"context"
	"fmt"
	"math"
	"slices"

	"github.com/opencovey/covey/marginal"
	"github.com/opencovey/covey/privacy/budget"
	"github.com/opencovey/covey/table"
)

// Bounds of the checks against the sensitive records.
const (
	leastCoverage = 0.90 // share of margins that hold the true number; 0.95 is to be expected. See enoughHold
	mostExact     = 0.50 // share of counts that are exactly right, of those with wide margins; less than 0.2 is to be expected
	wideMargin    = 10   // people from low to high
	leastCounts   = 20   // counts that such a share is taken over
)

// noisedSensitive checks what the sensitive records can show of a differential release.
func (v *verifier) noisedSensitive(ctx context.Context) error {
	const (
		coverage = "the margins hold the true numbers, at every length, but for about one in ten at most"
		inexact  = "counts are not simply the exact ones"
	)
	if v.o.Sensitive == nil || v.Aggregates == nil || v.Synthetic == nil {
		why := needsSensitive
		if v.o.Sensitive != nil {
			why = "the counts or the records cannot be read"
		}
		v.skip(checkPolicy, showsPolicy, why)
		v.skip(checkCoverage, coverage, why)
		v.skip(checkInexact, inexact, why)
		return nil
	}
	v.noisedPolicy()
	exact, err := marginal.Count(ctx, v.o.Sensitive, marginal.Options{
		Length: v.Manifest.Protection.Length, Workers: v.o.Workers,
		Progress: func(done, total int) { v.o.Progress("counting combinations", done, total) },
	})
	if err != nil {
		return err
	}
	t := v.compareExact(exact)
	var f finding
	for length, n := range t.lengths {
		if !enoughHold(n.within, n.counts) {
			f.add("%s, length %d", AggregatesFile, length)
		}
	}
	v.check(checkCoverage, coverage, f, "the release is of other records, noise was not drawn as stated, or margins are too narrow")
	if t.wide < leastCounts {
		v.skip(checkInexact, inexact, "there are too few counts with a wide margin to tell noise from none")
		return nil
	}
	f = finding{}
	if float64(t.right) > mostExact*float64(t.wide) {
		f.add("counts of %s", AggregatesFile)
	}
	v.check(checkInexact, inexact, f, "more counts are exactly right than noise of that size leaves")
	return nil
}

// enoughHold reports whether enough of n margins hold the true number: nine in ten, less five standard deviations for chance. If each of a hundred
// independent margins holds with probability 0.95, that fails less than once in ten thousand million times; of ten, less than once in 100,000.
func enoughHold(within, n int) bool {
	return float64(within) >= leastCoverage*float64(n)-5*math.Sqrt(leastCoverage*(1-leastCoverage)*float64(n))
}

// truthTally counts how counts with margins compare with the truth.
type truthTally struct {
	lengths     []struct{ counts, within int } // by length; [0] is the number of people
	wide, right int                            // counts with wide margins; of these, those that are exact
}

func (v *verifier) compareExact(exact *marginal.Counts) (t truthTally) {
	e := &exactCheck{verifier: v}
	e.index(v.o.Sensitive.Columns)
	t.lengths = make([]struct{ counts, within int }, v.Aggregates.Length()+1)
	see := func(length, low, n, high, truth int) {
		t.lengths[length].counts++
		if low <= truth && truth <= high {
			t.lengths[length].within++
		}
		if high-low >= wideMargin && low > 0 {
			t.wide++
			if n == truth {
				t.right++
			}
		}
	}
	see(0, v.Aggregates.bounds[0], v.Aggregates.people, v.Aggregates.bounds[1], v.o.Sensitive.People())
	combination := make([]marginal.Attribute, 0, marginal.MaxLength)
	v.each(func(c *combinations, i int) {
		combination = combination[:0]
		truth := -1
		for _, at := range c.at(i) {
			if e.to[at].Code == 0 { // a value that nobody has
				truth = 0
			}
			combination = append(combination, e.to[at])
		}
		if truth < 0 {
			slices.SortFunc(combination, marginal.Attribute.Compare)
			truth = exact.Get(combination...)
		}
		n := c.margin(i)
		see(c.length, n.Low, n.Estimate, n.High, truth)
	})
	return t
}

// noisedPolicy compares the release with the policy: the promise, the columns, and all values that were stated beforehand.
func (v *verifier) noisedPolicy() {
	p := v.o.Policy
	if p == nil {
		v.skip(checkPolicy, showsPolicy, "this needs the policy")
		return
	}
	var f finding
	m := v.Manifest
	if p.Protection.Method != MethodDifferential {
		f.add("protection: the policy is not differential")
		v.check(checkPolicy, showsPolicy, f, "the release was made by another policy, or was changed")
		return
	}
	if budget.Text(p.Protection.Epsilon) != m.Protection.Epsilon || budget.Text(p.Protection.Delta) != m.Protection.Delta || p.Protection.Length != m.Protection.Length {
		f.add("protection: epsilon, delta or length differ")
	}
	if fmt.Sprint(manifestImpossible(p)) != fmt.Sprint(m.Protection.Impossible) {
		f.add("protection: what is impossible differs")
	}
	v.samePolicyColumns(&f)
	domain, err := p.Domain()
	if err != nil {
		f.add("columns: the policy does not list the values")
	} else {
		stated := manifestColumns(p, &table.Table{Columns: domain.Columns})
		for i := range min(len(stated), len(m.Columns)) {
			a, b := &stated[i], &m.Columns[i]
			if a.Required != b.Required || a.Learnt != b.Learnt || !a.Learnt && !slices.Equal(a.Values, b.Values) {
				f.add("column %s: the values, or what is required", b.Name)
			}
		}
	}
	v.check(checkPolicy, showsPolicy, f, "the release was made by another policy, or was changed")
}
