package dp

import (
	"math"
	"math/big"
	"slices"
	"testing"

	"github.com/opencovey/covey/internal/testenv"
	"github.com/opencovey/covey/marginal"
	"github.com/opencovey/covey/privacy/budget"
	"github.com/opencovey/covey/privacy/noise"
	"github.com/opencovey/covey/synth/dp/coded"
	"github.com/opencovey/covey/synth/dp/tally"
	"github.com/opencovey/covey/table"
)

// The canary is a person with a unique record: in every column a value that few have, and in pairs one that nobody else has. The attacker knows the other
// people, makes releases of their own with and without the canary, learns from them how best to tell, and applies that to releases
// of which they do not know (a likelihood-ratio attack in the manner of Carlini et al. 2022, LiRA, with all that a release says in place of a loss).

const canaryColumns = 6

// canaryFeatures are the number of people, what is said of its single values, pairs and triples, and how many records have exactly so many of them.
func canaryFeatures(p *Product, canary uint16) []float64 {
	f := make([]float64, 0, 64)
	f = append(f, float64(p.People)/10)
	for length := 1; length <= 3; length++ {
		sum := 0.0
		for c, n := range p.Counts.All(length) {
			if !slices.ContainsFunc(c, func(a marginal.Attribute) bool { return a.Code != canary }) {
				sum += float64(n.High)
			}
		}
		f = append(f, sum)
	}
	matches := make([]float64, canaryColumns)
	for i := range p.Records.Len() {
		n := 0
		for _, code := range p.Records.Row(i) {
			if code == canary {
				n++
			}
		}
		if n > 0 {
			matches[n-1] += float64(p.Records.Weight(i))
		}
	}
	return append(f, matches...)
}

// bystanders have one of the canary's values now and then.
func bystanders(columns []table.Column, people int, src *noise.Source) []attackGroup {
	var groups []attackGroup
	for i := range people {
		codes := make([]uint16, len(columns))
		for j := range codes {
			codes[j] = uint16(src.Uint64() % 3)
		}
		if i < 2*len(codes) {
			codes[i%len(codes)] = 3
		}
		groups = append(groups, attackGroup{1, codes})
	}
	return groups
}

func canaryReleases(t *testing.T, n int, seed byte, h hooks) (on, off [][]float64, mu float64) {
	columns := attackColumns(canaryColumns, "a", "b", "rare")
	start := attackLedger(1, 1e-6)
	groups := bystanders(columns, 150, attackSource(60))
	without := attackTable(columns, groups...)
	with := attackTable(columns, append(groups, attackGroup{1, slices.Repeat([]uint16{3}, canaryColumns)})...)
	src := attackSource(seed)
	release := func(in *table.Table) []float64 {
		ledger := attackFresh(start)
		p := attackMake(t, in, &Domain{Columns: columns}, Options{Ledger: ledger, Source: src, hooks: h})
		mu = attackMu(ledger)
		return canaryFeatures(p, 3)
	}
	for range n {
		on, off = append(on, release(with)), append(off, release(without))
	}
	return on, off, mu
}

// averageTeller counts some times for what one count costs, and returns the means.
type averageTeller struct {
	*tally.Teller // pays
	again         func() *tally.Teller
}

const averaged = 20

func (a *averageTeller) Singles(rho *big.Rat, limit int) (*tally.Singles, error) {
	mean, err := a.Teller.Singles(rho, limit)
	if err != nil {
		return nil, err
	}
	clear(mean.Counts)
	for range averaged {
		s := attackMust(a.again().Singles(big.NewRat(20, 1), limit))
		addTo(mean.Counts, s.Counts)
		mean.Variance = s.Variance
	}
	average(mean.Counts)
	for j := range mean.Variance {
		mean.Variance[j] /= averaged
	}
	return mean, nil
}

func (a *averageTeller) Pairs(rho *big.Rat, limit int) (*tally.Pairs, error) {
	mean, err := a.Teller.Pairs(rho, limit)
	if err != nil {
		return nil, err
	}
	clear(mean.Counts)
	for range averaged {
		p := attackMust(a.again().Pairs(big.NewRat(20, 1), limit))
		addTo(mean.Counts, p.Counts)
		mean.Variance = p.Variance
	}
	average(mean.Counts)
	for j := range mean.Variance {
		for k := range mean.Variance[j] {
			mean.Variance[j][k] /= averaged
		}
	}
	return mean, nil
}

func addTo(sum, counts []int64) {
	for i, n := range counts {
		sum[i] += n
	}
}

func average(sum []int64) {
	for i, n := range sum {
		sum[i] = int64(math.Round(float64(n) / averaged))
	}
}

// TestCanary: the attacker finds the canary in releases with no more probability than the ledger allows, at a false-alarm rate of a hundredth and at any other. The
// mutant counts twenty times and pays once.
func TestCanary(t *testing.T) {
	testenv.NotRaces(t)
	train, test := 150, 150
	if testenv.Long() {
		train, test = 1000, 2000
	}
	exact := hooks{tell: func(s *tally.Space, r *coded.Records, l *budget.Ledger, src *noise.Source) teller {
		return &averageTeller{tally.NewTeller(s, r, l, src), func() *tally.Teller { return tally.NewTeller(s, r, attackFresh(attackRich), src) }}
	}}
	for _, c := range []struct {
		name   string
		hooks  hooks
		caught bool
	}{{"", hooks{}, false}, {"the mean of twenty", exact, true}} {
		if c.caught {
			train, test = 100, 80
		}
		on, off, _ := canaryReleases(t, train, 61, c.hooks)
		w := direction(on, off)
		on, off, mu := canaryReleases(t, test, 62, c.hooks)
		x, y := project(on, w), project(off, w)
		cut := slices.Sorted(slices.Values(y))[len(y)-1-len(y)/100]
		found := float64(attackBeyond(x, cut, 1)) / float64(len(x))
		allowed := math.Erfc((attackQuantile(0.99)-mu)/math.Sqrt2) / 2
		most, err := attackJudge(x, y, mu)
		t.Logf("%q: %d releases each: %.3f apart; at a false-alarm rate of 1 %% found in %.3f, allowed %.3f; mu is at least %.3f, allowed %.3f",
			c.name, test, attackDistance(x, y), found, allowed, most, mu)
		low, _ := attackBounds(attackBeyond(x, cut, 1), len(x))
		_, high := attackBounds(attackBeyond(y, cut, 1), len(y))
		if bad := err != nil || low > math.Erfc((attackQuantile(1-high)-mu)/math.Sqrt2)/2; bad != c.caught {
			t.Errorf("%q: seen %v, want %v: %v", c.name, bad, c.caught, err)
		}
	}
}
