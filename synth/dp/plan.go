package dp

import (
	"context"
	"fmt"
	"math"
	"math/big"
	"sync"

	"github.com/opencovey/covey/marginal"
	"github.com/opencovey/covey/privacy/budget"
	"github.com/opencovey/covey/privacy/noise"
	"github.com/opencovey/covey/table"
)

// PlanOptions of Plan. People, Epsilons, Delta and Source must be given.
type PlanOptions struct {
	People   int        // that the data is thought to have: a guess, not a count
	Epsilons []*big.Rat // to try
	Delta    *big.Rat
	Length   int                                // as in Options
	Limit    int                                // as in Options
	Workers  int                                // as in Options
	Source   *noise.Source                      // for the fictional people and their releases
	Progress func(what string, done, total int) // may be nil
}

// Outlook is the accuracy that an epsilon buys.
type Outlook struct {
	Epsilon *big.Rat
	People  int // half the width of the interval of the number of people
	Lengths []LengthOutlook
}

// LengthOutlook is the accuracy of combinations of one length.
type LengthOutlook struct {
	Length int
	// Records is the relative error of the synthetic records: the sum over all combinations of how far their counts are off, divided by the sum of
	// the counts.
	Records float64
	Sizes   []SizeOutlook
}

// SizeOutlook is the accuracy of counts of one size.
type SizeOutlook struct {
	From, To     int     // combinations of From to To-1 people; To 0: no upper end
	Combinations int     // of the fictional people
	Published    float64 // share of them that the counts have
	Margin       float64 // half the width of the interval of those, on average
	Error        float64 // how far estimates are off, on average
}

// sizes are the lower ends of the sizes of a plan.
var sizes = []int{10, 100, 1000, 10_000}

// Plan tries a domain with fictional people (see Simulate), once for each epsilon, and measures what comes out. It sees no records. Real people
// resemble each other in other ways than fictional ones: expect accuracy of this order, not these numbers.
func Plan(ctx context.Context, d *Domain, o PlanOptions) ([]Outlook, error) {
	if o.People < 1 {
		return nil, fmt.Errorf("plan for %d people: at least one is needed", o.People)
	}
	if o.Progress == nil {
		o.Progress = func(string, int, int) {}
	}
	people := Simulate(d, o.People, o.Source)
	simulated := *d
	simulated.Columns, simulated.Learn = people.Columns, nil
	var all []Outlook
	for i, epsilon := range o.Epsilons {
		what := "trying epsilon " + budget.Text(epsilon)
		o.Progress(what, i, len(o.Epsilons))
		outlook, err := try(ctx, people, &simulated, epsilon, o)
		if err != nil {
			return nil, err
		}
		all = append(all, *outlook)
		o.Progress(what, i+1, len(o.Epsilons))
	}
	return all, nil
}

func try(ctx context.Context, people *table.Table, d *Domain, epsilon *big.Rat, o PlanOptions) (*Outlook, error) {
	ledger, err := budget.NewLedger(budget.Budget{Epsilon: epsilon, Delta: o.Delta, Accounting: budget.GaussianCurve})
	if err != nil {
		return nil, err
	}
	product, err := Make(ctx, people, d, Options{Ledger: ledger, Source: o.Source.Fork(), Length: o.Length, Limit: o.Limit, Workers: o.Workers})
	if err != nil {
		return nil, err
	}
	s := newScore(product)
	options := marginal.Options{Length: product.Counts.Length, Workers: o.Workers}
	if err := marginal.Compare(ctx, people, product.Records, options, false, s.visitor); err != nil {
		return nil, err
	}
	return &Outlook{Epsilon: epsilon, People: product.Counts.People.High - product.Counts.People.Estimate, Lengths: s.lengths()}, nil
}

// score adds up how far a product is off.
type score struct {
	published map[[6]uint16]Count
	scale     float64 // of the records to the people
	lock      sync.Mutex
	visitors  []*sums
	length    int
}

// sums are by length, and by size within it.
type sums struct {
	off, people [3]float64
	sizes       [3][4]struct{ n, published, margin, off float64 }
}

func newScore(p *Product) *score {
	s := &score{published: map[[6]uint16]Count{}, scale: 1, length: p.Counts.Length}
	for l := 1; l <= p.Counts.Length; l++ {
		for c, n := range p.Counts.All(l) {
			s.published[scoreKey(c)] = n
		}
	}
	return s
}

func scoreKey(c []marginal.Attribute) (k [6]uint16) {
	for i, a := range c {
		k[2*i], k[2*i+1] = uint16(a.Column), a.Code
	}
	return k
}

// visitor returns what one worker compares with.
func (s *score) visitor() marginal.Visit {
	mine := &sums{}
	s.lock.Lock()
	s.visitors = append(s.visitors, mine)
	s.lock.Unlock()
	return func(c []marginal.Attribute, people, records int) {
		l := len(c) - 1
		mine.off[l] += math.Abs(float64(people - records))
		mine.people[l] += float64(people)
		size := -1
		for size+1 < len(sizes) && sizes[size+1] <= people {
			size++
		}
		if size < 0 {
			return
		}
		x := &mine.sizes[l][size]
		x.n++
		if n, ok := s.published[scoreKey(c)]; ok {
			x.published++
			x.margin += float64(n.High-n.Low) / 2
			x.off += math.Abs(float64(n.Estimate - people))
		}
	}
}

func (s *score) lengths() []LengthOutlook {
	var all []LengthOutlook
	for l := range s.length {
		var off, people float64
		out := LengthOutlook{Length: l + 1}
		for _, v := range s.visitors {
			off += v.off[l]
			people += v.people[l]
		}
		out.Records = off / math.Max(people, 1)
		for size, from := range sizes {
			x := SizeOutlook{From: from}
			if size+1 < len(sizes) {
				x.To = sizes[size+1]
			}
			n, published := 0.0, 0.0
			for _, v := range s.visitors {
				n += v.sizes[l][size].n
				published += v.sizes[l][size].published
				x.Margin += v.sizes[l][size].margin
				x.Error += v.sizes[l][size].off
			}
			if n == 0 {
				continue
			}
			x.Combinations, x.Published = int(n), published/n
			x.Margin /= math.Max(published, 1)
			x.Error /= math.Max(published, 1)
			out.Sizes = append(out.Sizes, x)
		}
		all = append(all, out)
	}
	return all
}
