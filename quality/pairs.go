package quality

import (
	"cmp"
	"context"
	"math"
	"slices"

	"github.com/opencovey/covey/table"
)

// sampleShares are the shares of the sensitive records that random samples are taken of, in per cent; those of SDNist.
var sampleShares = [...]int{1, 5, 10, 20, 30, 40, 50, 60, 70, 80, 90}

// sampleWork bounds the cells read for samples; small tables are sampled several times.
const sampleWork = 1_000_000_000

// associatedColumns is the greatest number of columns between which associations are compared.
const associatedColumns = 80

// sampleWeights are random samples of the sensitive table. Sample j is one of those of share j % len(sampleShares).
type sampleWeights struct {
	weights []uint32 // by record, then by sample
	people  []uint64 // by sample
}

func drawSamples(t *table.Table, seed uint64, pairs int) sampleWeights {
	rng := random(seed, streamSamples)
	once := float64(t.Len()) * float64(max(1, pairs)) * float64(len(sampleShares))
	n := len(sampleShares) * int(min(5, max(1, sampleWork/max(1, once))))
	s := sampleWeights{weights: make([]uint32, n*t.Len()), people: make([]uint64, n)}
	for j := range n {
		take := (t.People()*sampleShares[j%len(sampleShares)] + 50) / 100
		s.people[j] = uint64(take)
		for i, weight := range draw(rng, t, take) {
			s.weights[i*n+j] = weight
		}
	}
	return s
}

// compareMarginals fills in the parts of the report that are about marginals, pairs and associations.
func compareMarginals(ctx context.Context, sensitive, synthetic *table.Table, o Options, p *Private) error {
	w := newMarginalWork(sensitive, synthetic, o.K)
	associated := fullest(synthetic, associatedColumns)
	plans := w.plan(random(o.Seed, streamMarginals), associated)
	measured := 0
	for _, plan := range plans {
		if plan.measured {
			measured++
		}
	}
	w.samples = drawSamples(sensitive, o.Seed, measured)
	results, err := w.run(ctx, plans, o.Workers, func(done int) { o.Progress("compare marginals", done, len(plans)) })
	if err != nil {
		return err
	}
	d := len(sensitive.Columns)
	var ones, twos, threes []distance
	for c := range d {
		ones = append(ones, w.single(c))
	}
	samples := make([][]distance, len(w.samples.people))
	for i, r := range results {
		threes = append(threes, r.triples...)
		if plans[i].measured {
			twos = append(twos, r.distance)
			for j, s := range r.samples {
				samples[j] = append(samples[j], s)
			}
		}
	}
	p.Marginals = []Marginals{
		marginals(sensitive.Columns, 1, ones), marginals(sensitive.Columns, 2, twos), marginals(sensitive.Columns, 3, threes),
	}
	p.Pairs = scorePairs(twos, samples)
	p.Association = associations(sensitive.Columns, associated, plans, results)
	return nil
}

// fullest returns the columns with most filled cells, at most n, in the order of the table.
func fullest(t *table.Table, n int) []int {
	filled := filledCells(t)
	order := make([]int, len(filled))
	for c := range order {
		order[c] = c
	}
	slices.SortStableFunc(order, func(a, b int) int { return filled[b] - filled[a] })
	order = order[:min(n, len(order))]
	slices.Sort(order)
	return order
}

// filledCells returns, by column, how many people have a value.
func filledCells(t *table.Table) []int {
	filled := make([]int, len(t.Columns))
	for row, weight := range t.Rows() {
		for c, code := range row {
			if code != 0 {
				filled[c] += weight
			}
		}
	}
	return filled
}

func marginals(columns []table.Column, size int, list []distance) Marginals {
	m := Marginals{Columns: size, Taken: len(list), Of: int(choose(len(columns), size))}
	m.Mean, m.MeanPooled = means(list)
	sorted := slices.Clone(list)
	slices.SortStableFunc(sorted, func(a, b distance) int { return cmp.Compare(b.exact, a.exact) })
	for i, d := range sorted[:min(worstMarginal, len(sorted))] {
		m.Worst = append(m.Worst, MarginalCell{L1: d.exact})
		for _, c := range d.columns {
			m.Worst[i].Columns = append(m.Worst[i].Columns, columns[c].Name)
		}
	}
	ascending := make([]float64, len(list))
	for i, d := range sorted {
		ascending[len(list)-1-i] = d.exact
	}
	m.P95, m.Max = percentile(ascending, 0.95), percentile(ascending, 1)
	return m
}

// means returns the mean distances, exact and pooled, or 0 for none.
func means(list []distance) (exact, pooled float64) {
	for _, d := range list {
		exact += d.exact
		pooled += d.pooled
	}
	n := float64(max(1, len(list)))
	return exact / n, pooled / n
}

// scorePairs computes the k-marginal score and compares it with those of samples.
func scorePairs(pairs []distance, samples [][]distance) Pairs {
	p := Pairs{Samples: make([]SampleScore, len(sampleShares))}
	if len(pairs) == 0 {
		p.Samples = nil
		return p
	}
	exact, pooled := means(pairs)
	p.Score, p.ScorePooled = score(exact), score(pooled)
	repeats := float64(len(samples) / len(sampleShares))
	for j, list := range samples {
		s := &p.Samples[j%len(sampleShares)]
		s.Share = float64(sampleShares[j%len(sampleShares)]) / 100
		exact, pooled := means(list)
		s.Score += score(exact) / repeats
		s.ScorePooled += score(pooled) / repeats
	}
	p.AsGoodAs = asGoodAs(p.Samples, p.Score, func(s SampleScore) float64 { return s.Score })
	p.AsGoodAsPooled = asGoodAs(p.Samples, p.ScorePooled, func(s SampleScore) float64 { return s.ScorePooled })
	return p
}

// score turns a mean distance into NIST's scale.
func score(distance float64) float64 { return (2 - distance) * 500 }

// asGoodAs finds the share whose sample would have the score, between the two samples around it on a logarithmic scale of shares.
func asGoodAs(samples []SampleScore, score float64, of func(SampleScore) float64) float64 {
	if score < of(samples[0]) {
		return 0
	}
	for i := 1; i < len(samples); i++ {
		a, b := of(samples[i-1]), of(samples[i])
		if score <= b {
			at := 1.0
			if b > a {
				at = (score - a) / (b - a)
			}
			lo, hi := math.Log(samples[i-1].Share), math.Log(samples[i].Share)
			return math.Exp(lo + at*(hi-lo))
		}
	}
	return 1
}

func associations(columns []table.Column, chosen []int, plans []pairPlan, results []pairResult) Association {
	a := Association{Columns: make([]string, len(chosen))}
	place := make([]int, len(columns))
	for i, c := range chosen {
		a.Columns[i], place[c] = columns[c].Name, i
	}
	triangles := []*[][]float64{&a.Sensitive, &a.Synthetic, &a.SensitiveRounded, &a.SyntheticRounded}
	for _, t := range triangles {
		*t = make([][]float64, len(chosen))
		for i := range *t {
			(*t)[i] = make([]float64, i)
		}
	}
	sum, n := 0.0, 0
	for i, p := range plans {
		if p.associated {
			v := results[i].v
			for t, value := range []float64{v.sensitive, v.synthetic, v.sensitiveRounded, v.syntheticRounded} {
				(*triangles[t])[place[p.second]][place[p.first]] = value
			}
			sum += math.Abs(v.sensitive - v.synthetic)
			n++
		}
	}
	a.MeanDifference = sum / float64(max(1, n))
	return a
}
