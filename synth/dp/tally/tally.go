package tally

import (
	"fmt"
	"math"
	"math/big"
	"math/bits"
	"slices"

	"github.com/opencovey/covey/privacy/budget"
	"github.com/opencovey/covey/privacy/noise"
	"github.com/opencovey/covey/synth/dp/coded"
)

// Teller counts people and adds noise. Each method is one spending; it fails, before it looks at the records, if the
// ledger refuses. It may be used by one goroutine at a time.
type Teller struct {
	space   *Space
	records *coded.Records
	ledger  *budget.Ledger
	source  *noise.Source

	weaken func(*weakness) // tests only: takes protection away, to see that somebody notices
	chosen []int32         // attributes of one person
}

// weakness is what a mutant of the mechanism does wrong.
type weakness struct {
	quiet     int64 // divides the variance of the noise
	unbounded bool  // counts all values of a person
	free      bool  // enters nothing in the ledger
}

// NewTeller returns a teller for records of the domain of s; see [coded.Domain.Check].
func NewTeller(s *Space, r *coded.Records, l *budget.Ledger, src *noise.Source) *Teller {
	return &Teller{space: s, records: r, ledger: l, source: src}
}

// Singles are noisy counts of people by one value. They may be negative.
type Singles struct {
	Counts   []int64   // by attribute
	Variance []float64 // of the noise, by column
	Limit    int       // of a person with more values, so many were counted
}

// Pairs are noisy counts of people by values of two columns.
type Pairs struct {
	Counts   []int64     // by Index; 0 for two values of one column
	Variance [][]float64 // of the noise, by column and column
	Limit    int         // of a person with more values, all pairs of so many were counted
}

// Noise returns the root of the mean variance over all tables of two columns.
func (p *Pairs) Noise() float64 {
	sum, n := 0.0, 0
	for k := range p.Variance {
		for _, v := range p.Variance[k][:k] {
			sum += v
			n++
		}
	}
	return math.Sqrt(sum / float64(max(n, 1)))
}

// Index returns where the count of attributes a < b is.
func Index(a, b int) int { return b*(b-1)/2 + a }

// People counts all people. Variance is that of the noise.
func (t *Teller) People(rho *big.Rat) (count int64, variance float64, err error) {
	v, err := t.spend("number of people", 1, rho)
	if err != nil {
		return 0, 0, err
	}
	n := []int64{t.records.People()}
	if err := t.blur(n, v); err != nil {
		return 0, 0, err
	}
	return n[0], float(v), nil
}

// Filled counts people by how many columns they have a value in, in ranges that begin at from, which ascends from 0. A person is in one range,
// whatever the limit of other counts.
func (t *Teller) Filled(rho *big.Rat, from []int) (counts []int64, variance float64, err error) {
	v, err := t.spend("people by how many columns they have a value in", 1, rho)
	if err != nil {
		return nil, 0, err
	}
	counts = make([]int64, len(from))
	t.visit(len(t.space.Domain.Columns), func(attributes []int32, people int64) {
		at, found := slices.BinarySearch(from, len(attributes))
		if !found {
			at--
		}
		counts[at] += people
	})
	if err := t.blur(counts, v); err != nil {
		return nil, 0, err
	}
	return counts, float(v), nil
}

// Singles counts people by each value.
func (t *Teller) Singles(rho *big.Rat, limit int) (*Singles, error) {
	weights := t.space.weights(singlePower)
	limit = min(limit, len(weights))
	v, err := t.spend(fmt.Sprintf("people by one value, at most %d of a person; noise of a column with weight w has the variance (v-2)/w+2", limit),
		singleSensitivity(weights, limit), rho)
	if err != nil {
		return nil, err
	}
	s := &Singles{Counts: make([]int64, t.space.Len()), Variance: make([]float64, len(weights)), Limit: limit}
	t.visit(limit, func(attributes []int32, people int64) {
		for _, a := range attributes {
			s.Counts[a] += people
		}
	})
	for j, w := range weights {
		v := lighter(v, w)
		s.Variance[j] = float(v)
		if err := t.blur(s.Counts[t.space.First[j]:t.space.First[j+1]], v); err != nil {
			return nil, err
		}
	}
	return s, nil
}

// Pairs counts people by each two values of different columns.
func (t *Teller) Pairs(rho *big.Rat, limit int) (*Pairs, error) {
	weights := t.space.weights(pairPower)
	limit = min(limit, len(weights))
	v, err := t.spend(fmt.Sprintf("people by two values, of at most %d values of a person; noise of columns with weights a and b has the variance (v-2)/(ab)+2", limit),
		max(pairSensitivity(weights, limit), 1), rho)
	if err != nil {
		return nil, err
	}
	n := t.space.Len()
	p := &Pairs{Counts: make([]int64, n*(n-1)/2), Limit: limit}
	t.visit(limit, func(attributes []int32, people int64) {
		for i, b := range attributes {
			column := p.Counts[int(b)*(int(b)-1)/2:]
			for _, a := range attributes[:i] {
				column[a] += people
			}
		}
	})
	if err := t.blurPairs(p, weights, v); err != nil {
		return nil, err // and not counts without noise
	}
	return p, nil
}

func (t *Teller) blurPairs(p *Pairs, weights []int64, v *big.Rat) error {
	p.Variance = make([][]float64, len(weights))
	for k := range weights {
		p.Variance[k] = make([]float64, len(weights))
		for j := range k {
			v := lighter(v, weights[j]*weights[k])
			p.Variance[j][k], p.Variance[k][j] = float(v), float(v)
			for b := t.space.First[k]; b < t.space.First[k+1]; b++ {
				first := Index(t.space.First[j], b)
				if err := t.blur(p.Counts[first:first+t.space.Values(j)], v); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// Listed counts people by listed combinations of three attributes of different columns, which ascend, with noise of one
// variance. No combination may be listed twice.
func (t *Teller) Listed(rho *big.Rat, limit int, combinations [][]int32) (counts []int64, variance float64, err error) {
	limit = min(limit, len(t.space.Domain.Columns))
	l := int64(limit)
	v, err := t.spend(fmt.Sprintf("people by three values, of at most %d values of a person, to find out errors", limit), max(l*(l-1)*(l-2)/6, 1), rho)
	if err != nil {
		return nil, 0, err
	}
	counts = make([]int64, len(combinations))
	at := make(map[[3]int32]int32, len(combinations))
	for i, c := range combinations {
		at[[3]int32(c)] = int32(i)
	}
	t.visit(limit, func(attributes []int32, people int64) {
		for i, a := range attributes {
			for j, b := range attributes[:i] {
				for _, c := range attributes[:j] {
					if i, ok := at[[3]int32{c, b, a}]; ok {
						counts[i] += people
					}
				}
			}
		}
	})
	if err := t.blur(counts, v); err != nil {
		return nil, 0, err // and not counts without noise
	}
	return counts, float(v), nil
}

// spend enters Gaussian noise on counts with a squared sensitivity in the ledger and returns its variance for weight 1.
func (t *Teller) spend(what string, sensitivity int64, rho *big.Rat) (*big.Rat, error) {
	squared := big.NewRat(sensitivity, 1)
	v, err := t.ledger.Budget().Accounting.Variance(squared, rho)
	if err != nil {
		return nil, fmt.Errorf("count %s: %w", what, err)
	}
	if least := big.NewRat(3, 1); v.Cmp(least) < 0 {
		v = least // the accounting of discrete noise needs more than 2
	}
	if t.weakness().free {
		return v, nil
	}
	s, err := budget.Gaussian(what, squared, v)
	if err != nil {
		return nil, err
	}
	return v, t.ledger.Spend(s)
}

func (t *Teller) weakness() *weakness {
	w := &weakness{quiet: 1}
	if t.weaken != nil {
		t.weaken(w)
	}
	return w
}

// blur adds noise to counts.
func (t *Teller) blur(counts []int64, variance *big.Rat) error {
	g, err := noise.NewGaussian(new(big.Rat).Quo(variance, big.NewRat(t.weakness().quiet, 1)))
	if err != nil {
		return err
	}
	g.Add(t.source, counts)
	return nil
}

// visit calls count for every person, or several alike at once, with at most limit attributes in ascending order.
func (t *Teller) visit(limit int, count func(attributes []int32, people int64)) {
	if t.weakness().unbounded {
		limit = len(t.space.Domain.Columns)
	}
	all := make([]int32, 0, len(t.space.Domain.Columns))
	for i, weight := range t.records.Weights {
		all = all[:0]
		for j, codes := range t.records.Codes {
			if a := t.space.Attribute(j, codes[i]); a >= 0 {
				all = append(all, int32(a))
			}
		}
		if len(all) <= limit {
			count(all, int64(weight))
			continue
		}
		for range weight {
			count(t.choose(all, limit), 1)
		}
	}
}

// choose returns a random choice of n of the attributes, in their order: each is taken with the probability that as many as are
// still needed are among those that are left.
func (t *Teller) choose(all []int32, n int) []int32 {
	t.chosen = t.chosen[:0]
	for i, a := range all {
		if t.below(len(all)-i) < n-len(t.chosen) {
			t.chosen = append(t.chosen, a)
		}
	}
	return t.chosen
}

// below returns a random number from 0 to n-1. That a 64-bit product is not quite even for n below 2^16 shifts probabilities by less than 2^-48; which
// values of a person are counted needs no exactness, since the bound holds whatever is chosen.
func (t *Teller) below(n int) int {
	hi, _ := bits.Mul64(t.source.Uint64(), uint64(n))
	return int(hi)
}
