// Package mixture fits a model of who has what to noisy counts of single values and of pairs, and draws synthetic
// records from it.
//
// Nothing here sees the records of real people. All input is noised already, so that all that is done with it, and done
// in floating point, costs no privacy.
//
// # Model
//
// A mixture of products, also known as latent class analysis: people fall into classes, with shares w_k, and within a class
// the columns are independent, with probabilities p_kj(x) for each value x of column j and for its blank. The
// expected counts of all pairs at once are the product n P' diag(w) P of small matrices. So every pair informs the model, however
// many columns there are, where graphical models have to choose a few: their cost grows exponentially with what they
// take in.
//
// # Fit
//
// Weighted least squares over all noisy counts, each weighted by the inverse of its variance, in softmax parameters, by
// Adam (Kingma, Ba 2015), from a start near independence. A model that is as far from the noisy counts as the noise is, on
// average, is as close as it can be known to be: there the fit stops, and the number of classes is found by doubling it until the fit
// gets there (the discrepancy principle; Morozov 1966). The noise leaves open which of many models that fit equally well is
// right, and most of the error of long combinations comes from that: several fits from different starts are averaged, which makes one
// larger mixture. Fitting relaxed records or generators to noisy counts goes back to Aydore et al. 2021 (RAP) and Liu, Vietri,
// Wu 2021 (GEM); what differs here is the model, the presence-only counts, where the fit stops and that it is averaged.
//
// # Bounded contributions
//
// Of people with many values only a random choice is counted. Within a class the number of values is a sum of independent
// coins, so the share of pairs that was counted can be computed for each class, and the fit compares counts with what would have been
// counted of its people, not with its people. A low limit then costs little, and low noise is worth it.
//
// # Records
//
// Classes get rows by their shares, values rows by theirs, rounded systematically, and shuffled in each class: draws with
// less variance than independent ones. Then rows of a class trade values, as long as counts of pairs and triples in the records come closer
// to their expectation (chi-squared distance). Combinations expected so seldom that nobody can know of them (see Options.Rare) are
// traded away, and what cannot be traded becomes blank: what is rare is left out rather than invented. Structural zeros never occur.
package mixture

import (
	"context"
	"fmt"
	"math"

	"github.com/opencovey/covey/privacy/noise"
	"github.com/opencovey/covey/synth/dp/tally"
)

// Measured is what a mixture is fitted to.
type Measured struct {
	Space   *tally.Space
	People  float64 // noised number of people, at least 1
	Singles *tally.Singles
	Pairs   *tally.Pairs
	Filled  *Filled // nil if that was not counted
}

// Filled are noisy numbers of people by how many columns they have a value in.
type Filled struct {
	Counts   []int64
	From     []int   // the least number of columns of each count, from 0; see FilledFrom
	Variance float64 // of the noise
}

// Options of Fit. Source must be given.
type Options struct {
	Source   *noise.Source
	Workers  int                   // default: 1
	Classes  int                   // of one fit, rounded up to a multiple of four; 0: found by the discrepancy principle
	Members  int                   // fits that are averaged; 0: as many as a bounded amount of work allows, at most 8
	Progress func(done, total int) // may be nil
}

// Model is a fitted mixture. It is read-only, and safe for use by several goroutines.
type Model struct {
	space  *tally.Space
	people float64
	kept   []int32 // attributes that the model has, ascending; all others are too rare
	first  []int   // of the kept attributes of each column, and their number
	column []int32 // of each kept attribute

	classes int
	share   []float32 // of each class
	p       []float32 // classes x kept attributes
	blank   []float32 // classes x columns

	Misfit float64 // mean over pairs of the squared distance to the noisy count, in units of its variance
}

// Classes returns the number of classes, of all fits together.
func (m *Model) Classes() int { return m.classes }

// Fit fits a model.
func Fit(ctx context.Context, in *Measured, o Options) (*Model, error) {
	if o.Workers < 1 {
		o.Workers = 1
	}
	if o.Progress == nil {
		o.Progress = func(int, int) {}
	}
	if in.People < 1 || math.IsInf(in.People, 0) || math.IsNaN(in.People) {
		return nil, fmt.Errorf("fit a mixture to %v people: at least one is needed", in.People)
	}
	if columns := len(in.Space.Domain.Columns); columns > 0 && (in.Singles.Limit < 1 || columns > 1 && in.Pairs.Limit < 2) {
		return nil, fmt.Errorf("fit a mixture to counts of at most %d and %d values of a person: at least 1 and 2 are needed", in.Singles.Limit, in.Pairs.Limit)
	}
	if n := in.Space.Len(); n > math.MaxInt16 {
		return nil, fmt.Errorf("fit a mixture to %d values: at most %d are possible", n, math.MaxInt16)
	}
	p := newProblem(in)
	o.Progress(0, 1)
	if o.Classes == 0 {
		var err error
		if o.Classes, err = p.findClasses(ctx, o); err != nil {
			return nil, err
		}
	}
	o.Classes = (o.Classes + 3) / 4 * 4 // products are computed four at a time
	if o.Members == 0 {
		o.Members = p.affordable(o.Classes)
	}
	return p.average(ctx, o)
}

// average fits members from different starts and makes one model of them.
func (p *problem) average(ctx context.Context, o Options) (*Model, error) {
	all := p.model()
	for i := range o.Members {
		f := p.start(o.Classes, o)
		misfit, err := f.descend(ctx, memberSteps, true, func(step int) {
			o.Progress(i*memberSteps+step, o.Members*memberSteps)
		})
		if err != nil {
			return nil, err
		}
		for _, w := range f.share {
			all.share = append(all.share, w/float32(o.Members))
		}
		all.p = append(all.p, f.p...)
		all.blank = append(all.blank, f.blank...)
		all.classes += f.classes
		all.Misfit += misfit / float64(o.Members)
	}
	o.Progress(1, 1)
	return all, nil
}

// The search for the number of classes, and the work of the fits.
const (
	fewestClasses = 8
	mostClasses   = 320
	searchSteps   = 200  // of descent between two doublings
	memberSteps   = 1000 // at most, of one member
	mostMembers   = 8    //
	spare         = 1.5  // classes that a member has for each that is needed
	leastProgress = 1e-3 // of the misfit by a doubling, as a share of it
	searchBound   = 1e11 // multiplications of one member, above which classes are not doubled
	memberBound   = 2e10 // multiplications of all members, if there are several
)

// findClasses doubles the number of classes until a fit gets as close to the counts as the noise is.
func (p *problem) findClasses(ctx context.Context, o Options) (int, error) {
	f := p.start(fewestClasses, o)
	before := math.Inf(1)
	for {
		misfit, err := f.descend(ctx, searchSteps, false, func(int) {})
		if err != nil {
			return 0, err
		}
		stuck := misfit > (1-leastProgress)*before // as with nobody at all, where counts are what no model can give
		before = misfit
		if misfit <= 1 || stuck || 2*f.classes > mostClasses || p.work(2*f.classes) > searchBound {
			return int(min(spare*float64(f.classes), mostClasses)), nil
		}
		f = f.double(o.Source)
	}
}

// work returns the multiplications of a member.
func (p *problem) work(classes int) float64 {
	v := float64(len(p.kept))
	return 1.5 * v * v * float64(classes) * memberSteps
}

func (p *problem) affordable(classes int) int {
	return int(min(max(memberBound/p.work(classes), 1), mostMembers))
}
