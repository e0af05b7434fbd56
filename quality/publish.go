package quality

import (
	"math"
	"slices"
)

const (
	leastMean   = 10  // things that a published mean is taken over at least
	leastTrials = 100 // trials of a published attack at least
)

// rounding says how exact figures become those of a report.
type rounding struct {
	exact  bool
	mean   int // a mean over fewer things is left out
	trials int // an attack with fewer trials is not told
}

// public makes the part that may be published. This is the only way from exact figures to public ones.
func (p *Private) public() *Public {
	return p.figures(rounding{mean: leastMean, trials: leastTrials})
}

// unrounded returns the exact figures in the form of a public report, for the private page. It must not be published.
func (p *Private) unrounded() *Public { return p.figures(rounding{exact: true, mean: 1, trials: 1}) }

func (p *Private) figures(r rounding) *Public {
	columns := append(slices.Clone(p.Columns.Both), p.Columns.OnlySynthetic...)
	q := &Public{
		Version: p.Version, Part: "public", K: p.K, Length: p.Length, Columns: list(columns),
		Records:      r.records(p.Records, p.K),
		Supported:    r.share(1 - ratio(p.Support.Records, p.Support.Of)),
		Combinations: []PublicCombinations{}, Bands: []PublicBand{}, Marginals: []PublicMarginals{},
		Pairs:       r.pairs(p),
		PMSE:        PublicPMSE{Value: r.figure(p.PMSE.Value), Ratio: r.figure(p.PMSE.Ratio)},
		Association: r.association(p.Association, columns),
		Control:     p.Control, Known: shown(p.Known, columns), Secrets: shown(p.Secrets, columns), Attacks: []PublicAttack{},
		Published: p.Published,
	}
	for _, c := range p.Combinations {
		q.Combinations = append(q.Combinations, r.combinations(c))
	}
	for _, b := range p.Bands {
		if b.Combinations >= r.mean {
			q.Bands = append(q.Bands, PublicBand{b.Length, b.From, r.share(b.Kept), r.share(b.Missing)})
		}
	}
	for _, m := range p.Marginals {
		mean := m.MeanPooled
		if r.exact {
			mean = m.Mean
		}
		q.Marginals = append(q.Marginals, PublicMarginals{m.Columns, r.mean1(mean, m.Taken), m.Taken < m.Of})
	}
	for _, a := range p.Attacks {
		if a.Name != Inference || slices.Contains(columns, a.Detail) {
			q.Attacks = append(q.Attacks, r.attack(a))
		}
	}
	return q
}

// share rounds a share of 0 to 1 to a Percent.
func (r rounding) share(x float64) Percent {
	const little = 1e-7 // sums of fractions are cut, so that 1 % may be a little less
	x *= 100
	switch {
	case r.exact || x == 0 || x == 100:
		return Percent(x)
	case x < 1-little:
		return 0.5
	case x > 99+little && x < 100:
		return 99.5
	}
	return Percent(math.Round(x))
}

// figure rounds to two significant digits.
func (r rounding) figure(x float64) float64 {
	if r.exact || x == 0 {
		return x
	}
	unit := math.Pow(10, math.Floor(math.Log10(math.Abs(x)))-1)
	if unit < 1 { // dividing by a whole number gives the nearest decimal fraction
		inverse := math.Round(1 / unit)
		return math.Round(x*inverse) / inverse
	}
	return math.Round(x/unit) * unit
}

// meanShare rounds a share that is a mean over n things.
func (r rounding) meanShare(x float64, n int) *Percent {
	if n < r.mean {
		return nil
	}
	p := r.share(x)
	return &p
}

// mean1 rounds a figure that is a mean over n things.
func (r rounding) mean1(x float64, n int) *float64 {
	if n < r.mean {
		return nil
	}
	x = r.figure(x)
	return &x
}

func (r rounding) records(x Records, k int) PublicRecords {
	people, filled := x.Sensitive-x.Sensitive%k, x.FilledCommon
	if r.exact {
		people, filled = x.Sensitive, x.FilledSensitive
	}
	return PublicRecords{
		Synthetic: x.Synthetic, Difference: r.share(math.Abs(float64(x.Synthetic-people)) / float64(max(1, people))),
		FilledOriginal: r.figure(filled), FilledSynthetic: r.figure(x.FilledSynthetic),
	}
}

func (r rounding) combinations(c Combinations) PublicCombinations {
	return PublicCombinations{
		Length: c.Length, Combinations: r.figure(float64(c.Common)),
		Kept:              r.meanShare(c.Kept, c.Common),
		Suppressed:        r.meanShare(c.SuppressedCommon, c.Common),
		SuppressedWeight:  r.meanShare(c.SuppressedCommonWeight, c.Common),
		Unsupported:       r.meanShare(c.Unsupported, c.Synthetic),
		UnsupportedWeight: r.meanShare(c.UnsupportedWeight, c.Synthetic),
		MeanCount:         r.mean1(c.MeanCount, c.Common),
		MeanError:         r.mean1(c.MeanError, c.Common),
		ProportionalError: r.mean1(c.ProportionalError, c.Common),
		RelativeL1:        r.mean1(c.RelativeL1Common, c.Common),
	}
}

func (r rounding) pairs(p *Private) PublicPairs {
	q := PublicPairs{Samples: []PublicSample{}}
	if len(p.Marginals) < 2 || p.Marginals[1].Taken < r.mean {
		return q
	}
	score, as := p.Pairs.ScorePooled, p.Pairs.AsGoodAsPooled
	if r.exact {
		score, as = p.Pairs.Score, p.Pairs.AsGoodAs
	}
	score = r.score(score)
	good := r.share(as)
	q.Score, q.AsGoodAs = &score, &good
	for _, s := range p.Pairs.Samples {
		score := s.ScorePooled
		if r.exact {
			score = s.Score
		}
		q.Samples = append(q.Samples, PublicSample{r.share(s.Share), r.score(score)})
	}
	return q
}

// score rounds what a score lacks to the best.
func (r rounding) score(x float64) float64 {
	if r.exact {
		return x
	}
	const digits = 1e6 // drops what subtraction leaves behind
	return math.Round((1000-r.figure(1000-x))*digits) / digits
}

// association takes the triangles of the shown columns.
func (r rounding) association(a Association, columns []string) PublicAssociation {
	original, synthetic := a.SensitiveRounded, a.SyntheticRounded
	if r.exact {
		original, synthetic = a.Sensitive, a.Synthetic
	}
	q := PublicAssociation{Columns: []string{}, Original: [][]float64{}, Synthetic: [][]float64{}}
	var at []int
	sum, n := 0.0, 0
	for i, name := range a.Columns {
		if !slices.Contains(columns, name) {
			continue
		}
		o, y := []float64{}, []float64{}
		for _, j := range at {
			o, y = append(o, r.hundredth(original[i][j])), append(y, r.hundredth(synthetic[i][j]))
			sum += math.Abs(original[i][j] - synthetic[i][j])
			n++
		}
		at = append(at, i)
		q.Columns = append(q.Columns, name)
		q.Original, q.Synthetic = append(q.Original, o), append(q.Synthetic, y)
	}
	q.MeanDifference = r.figure(sum / float64(max(1, n)))
	return q
}

func (r rounding) hundredth(x float64) float64 {
	if r.exact {
		return x
	}
	return math.Round(100*x) / 100
}

func (r rounding) attack(a Attack) PublicAttack {
	q := PublicAttack{Name: a.Name, Detail: a.Detail}
	if a.Members.Trials < r.trials || a.Controls != nil && a.Controls.Trials < r.trials {
		return q
	}
	rate := func(x Rate) *PublicRate { return &PublicRate{r.share(x.Share), r.share(x.Low), r.share(x.High)} }
	q.Members, q.Leak = rate(a.Members), a.Leak
	if a.Controls != nil {
		q.Controls = rate(*a.Controls)
	}
	return q
}

// shown returns the names that are among the columns.
func shown(names, columns []string) []string {
	return list(slices.DeleteFunc(slices.Clone(names), func(name string) bool { return !slices.Contains(columns, name) }))
}

// complete replaces lists that are nil by empty ones.
func (p *Private) complete() {
	c := &p.Columns
	c.Both, c.OnlySensitive, c.OnlySynthetic = list(c.Both), list(c.OnlySensitive), list(c.OnlySynthetic)
	p.Support.First, p.Leakage.First = list(p.Support.First), list(p.Leakage.First)
	p.Bands, p.Worst, p.Plot, p.Attacks = list(p.Bands), list(p.Worst), list(p.Plot), list(p.Attacks)
	for i := range p.Marginals {
		p.Marginals[i].Worst = list(p.Marginals[i].Worst)
	}
	p.Pairs.Samples = list(p.Pairs.Samples)
	p.Known, p.Secrets = list(p.Known), list(p.Secrets)
	if p.Published != nil {
		p.Published.Plot, p.Published.Worst = list(p.Published.Plot), list(p.Published.Worst)
	}
}

// list returns an empty list for nil, so that JSON has one too.
func list[T any](l []T) []T {
	if l == nil {
		return []T{}
	}
	return l
}
