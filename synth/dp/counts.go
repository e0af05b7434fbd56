package dp

import (
	"cmp"
	"context"
	"math"
	"slices"

	"github.com/opencovey/covey/marginal"
	"github.com/opencovey/covey/synth/dp/tally"
)

// Counts are made in four steps.
//
//  1. Every combination of one or two attributes has two estimates: what was counted with noise, and what the model
//     expects. They are weighted by how far apart they are, over all combinations of a size: if no further than the noise is, the model is
//     right, and if much further, the count. Of three attributes there is only the model's.
//  2. The interval of one or two attributes is that of the noisy count alone, whose error is known, around the better estimate.
//  3. A sample of the combinations of three is counted, with noise (see package tally). The mean squared distance to the
//     estimates, less the variance of that noise, is the mean squared error of the estimates: an honest one, since
//     the model knows nothing of these counts.
//  4. Estimates that cannot be told from 0 are left out, and those that are above what they extend are cut.

// candidate is a combination on its way.
type candidate struct {
	attributes []int32
	estimate   float64
	measured   float64 // the noisy count alone, corrected for people not counted
	error      float64 // standard deviation; of one or two attributes that of the noise
}

const (
	fewestPeople = 3      // combinations that the model expects at fewer are not considered
	perBand      = 20_000 // combinations of one size that are counted to find out errors
	// deviations is the half width of an interval in standard deviations. If errors were normal, 1.96 would hold 95 %; they are not quite.
	deviations = 2.2
	evidence   = 3    // errors that an estimate must be above 0 to be published
	sure       = 1.64 // standard errors added to what was found out about errors
)

// leastDoubt is the error of what is added for people that were not counted because they have many values, as a share of it, by length, where
// many people were counted by how many values they have. The error of counts of three attributes is found out, but for that of the
// correction itself.
var leastDoubt = [...]float64{1: 0.3, 2: 0.35, 3: 0.05}

// edges are the sizes at which bands of combinations begin.
var edges = []float64{0, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000, 20_000, 50_000, 100_000, 1_000_000}

func bandOf(estimate float64) int {
	i, found := slices.BinarySearch(edges, estimate)
	if found {
		return i
	}
	return max(i-1, 0)
}

// count makes the counts and finds out their errors.
func (m *maker) count(ctx context.Context) (*Counts, []Error, error) {
	m.Progress("estimating counts", 0, 1)
	lengths := [][]candidate{m.singles(), nil, nil}[:m.Length]
	var err error
	if m.Length > 1 {
		lengths[1] = m.pairs()
	}
	if m.Length > 2 {
		if lengths[2], err = m.triples(ctx); err != nil {
			return nil, nil, err
		}
		if err := m.check(lengths[2]); err != nil {
			return nil, nil, err
		}
	}
	counts, errs := m.publish(lengths)
	m.Progress("estimating counts", 1, 1)
	return counts, errs, nil
}

func (m *maker) singles() []candidate {
	in := m.measured
	counted := m.model.Counted(in.Singles.Limit, 1)
	all := make([]candidate, m.space.Len())
	for a := range all {
		share := counted.Share(int32(a))
		all[a] = candidate{
			attributes: []int32{int32(a)},
			estimate:   m.model.Expect(int32(a)),
			measured:   float64(in.Singles.Counts[a]) / share,
			error:      countError(in.Singles.Counts[a], in.Singles.Variance[m.space.Column[a]], share, m.doubt(1)),
		}
	}
	return combine(all)
}

func (m *maker) pairs() []candidate {
	in := m.measured
	counted := m.model.Counted(in.Pairs.Limit, 2)
	var all []candidate
	m.model.Pairs(fewestPeople, func(a, b int32, people float64) {
		share := counted.Share(a, b)
		n := in.Pairs.Counts[tally.Index(int(a), int(b))]
		all = append(all, candidate{
			attributes: []int32{a, b}, estimate: people, measured: float64(n) / share,
			error: countError(n, in.Pairs.Variance[m.space.Column[a]][m.space.Column[b]], share, m.doubt(2)),
		})
	})
	sortCandidates(all)
	return combine(all)
}

func (m *maker) triples(ctx context.Context) ([]candidate, error) {
	var all []candidate
	err := m.model.Triples(ctx, m.Workers, fewestPeople, func(a, b, c int32, people float64) {
		all = append(all, candidate{attributes: []int32{a, b, c}, estimate: people})
	})
	sortCandidates(all)
	return all, err
}

func sortCandidates(all []candidate) {
	slices.SortFunc(all, func(x, y candidate) int { return slices.Compare(x.attributes, y.attributes) })
}

// countError returns the standard deviation of a noisy count that was divided by the share of people counted. The share is the model's, and what it
// adds is in doubt.
func countError(count int64, variance, share, doubt float64) float64 {
	added := doubt * math.Max(float64(count), 0) * (1/share - 1)
	return math.Sqrt(variance/(share*share) + added*added)
}

// doubt returns the error of what is added for people that were not counted, as a share of it. The fewer people have more values than count,
// beside the noise, the less is known about them.
func (m *maker) doubt(length int) float64 {
	f := m.measured.Filled
	if f == nil {
		return leastDoubt[length]
	}
	noise := math.Sqrt(f.Variance * float64(len(f.Counts)))
	people := int64(0)
	for _, n := range f.Counts[1:] {
		people += n
	}
	return leastDoubt[length] + math.Min(noise/math.Max(float64(people), noise), 1)*leastDoubt[length]/leastDoubt[1]
}

// combine weights what the model expects and what was counted. With an error of the model of variance t and noise of variance s, the best weight of the
// count is t/(t+s); t is the mean of what squared differences exceed s by, over the combinations of a size. A model that was fitted to the same
// counts is nearer to them than to the truth, so that t is too small rather than too large.
func combine(all []candidate) []candidate {
	sums, weights := make([]float64, len(edges)), make([]float64, len(edges))
	for _, c := range all {
		b := bandOf(c.estimate)
		d := c.measured - c.estimate
		w := 1 / (c.error * c.error)
		sums[b] += w * (d*d - c.error*c.error)
		weights[b] += w
	}
	for i := range all {
		c := &all[i]
		b := bandOf(c.estimate)
		t := math.Max(sums[b]/weights[b], 0)
		c.estimate += t / (t + c.error*c.error) * (c.measured - c.estimate)
	}
	return all
}

// publish makes counts of candidates, and lists their errors.
func (m *maker) publish(lengths [][]candidate) (*Counts, []Error) {
	c := &Counts{Columns: m.recoding.columns, Length: m.Length, People: interval(float64(m.people), deviations*math.Sqrt(m.variance))}
	c.lengths = make([][]entry, m.Length)
	var published []candidate
	estimates := map[[3]int32]float64{}
	for l, all := range lengths {
		for _, x := range all {
			half := deviations * x.error
			most, ok := m.ceiling(x.attributes, estimates)
			if !ok || x.estimate < max(1, evidence*x.error) {
				continue
			}
			count := interval(x.estimate, half)
			count.Estimate = min(count.Estimate, int(most))
			count.Low = min(count.Low, count.Estimate)
			estimates[attributeKey(x.attributes)] = float64(count.Estimate)
			c.lengths[l] = append(c.lengths[l], entry{m.combination(x.attributes), count})
			published = append(published, x)
		}
	}
	return c, m.errors(published)
}

// ceiling returns the least estimate of the combinations that the given one extends by an attribute, or false if one of them is not published.
func (m *maker) ceiling(attributes []int32, estimates map[[3]int32]float64) (float64, bool) {
	most := float64(m.people)
	if len(attributes) == 1 {
		return most, true
	}
	parent := make([]int32, 0, 2)
	for leave := range attributes {
		parent = parent[:0]
		for i, a := range attributes {
			if i != leave {
				parent = append(parent, a)
			}
		}
		e, ok := estimates[attributeKey(parent)]
		if !ok {
			return 0, false
		}
		most = math.Min(most, e)
	}
	return most, true
}

func attributeKey(attributes []int32) (k [3]int32) {
	k = [3]int32{-1, -1, -1}
	copy(k[:], attributes)
	return k
}

func interval(estimate, half float64) Count {
	e := int(math.Round(estimate))
	return Count{
		Estimate: e,
		Low:      min(e, max(0, int(math.Floor(estimate-half)))),
		High:     max(e, int(math.Ceil(estimate+half))),
	}
}

// combination returns attributes in terms of the columns of the product, where the first value has code 1.
func (m *maker) combination(attributes []int32) []marginal.Attribute {
	out := make([]marginal.Attribute, len(attributes))
	for i, a := range attributes {
		j := int(m.space.Column[a])
		out[i] = marginal.Attribute{Column: j, Code: uint16(int(a) - m.space.First[j] + 1)}
	}
	slices.SortFunc(out, func(a, b marginal.Attribute) int { return cmp.Compare(a.Column, b.Column) })
	return out
}
