package mixture

import (
	"math"

	"github.com/opencovey/covey/synth/dp/coded"
	"github.com/opencovey/covey/synth/dp/tally"
)

// problem is what a fit minimises: the sum over all counts of weight * (expected share - noisy share)^2.
type problem struct {
	in     *Measured
	kept   []int32
	first  []int
	column []int32

	single       []float32 // noisy shares of people, by kept attribute
	singleWeight []float32 // 1/variance of the share
	pair         []float32 // noisy shares, V x V, upper triangle
	pairWeight   []float32 // 1/variance of the share; 0 within a column
	cells        int       // pairs of attributes of different columns
}

const (
	// leastEvidence is how many standard deviations of noise a single count must have to be in the model.
	leastEvidence = 1.0
	// zeroWeight is how much more than a measured pair a structural zero weighs.
	zeroWeight = 16
)

func newProblem(in *Measured) *problem {
	p := &problem{in: in, first: make([]int, len(in.Space.First))}
	for j := range in.Space.Domain.Columns {
		p.keep(j)
		p.first[j+1] = len(p.kept)
	}
	v := len(p.kept)
	p.single, p.singleWeight = make([]float32, v), make([]float32, v)
	p.pair, p.pairWeight = make([]float32, v*v), make([]float32, v*v)
	n := in.People
	for i, a := range p.kept {
		j := p.column[i]
		p.single[i] = float32(float64(in.Singles.Counts[a]) / n)
		p.singleWeight[i] = float32(n * n / in.Singles.Variance[j])
		for l := p.first[j+1]; l < v; l++ {
			p.pair[i*v+l] = float32(float64(in.Pairs.Counts[tally.Index(int(a), int(p.kept[l]))]) / n)
			p.pairWeight[i*v+l] = float32(n * n / in.Pairs.Variance[j][p.column[l]])
			p.cells++
		}
	}
	for _, z := range in.Space.Domain.Zeros {
		p.forbid(z)
	}
	return p
}

// keep takes the attributes of a column whose count shows above the noise, and in any case the one with the largest count.
func (p *problem) keep(j int) {
	s := p.in.Singles
	best := -1
	least := leastEvidence * math.Sqrt(s.Variance[j])
	before := len(p.kept)
	for a := p.in.Space.First[j]; a < p.in.Space.First[j+1]; a++ {
		if best < 0 || s.Counts[a] > s.Counts[best] {
			best = a
		}
		if float64(s.Counts[a]) >= least {
			p.kept = append(p.kept, int32(a))
			p.column = append(p.column, int32(j))
		}
	}
	if len(p.kept) == before && best >= 0 {
		p.kept = append(p.kept, int32(best))
		p.column = append(p.column, int32(j))
	}
}

// forbid makes the fit see a structural zero of two columns as counts of 0, surely known.
func (p *problem) forbid(z coded.Zero) {
	if len(z) != 2 {
		return // of longer ones pairs say nothing; records are made without them
	}
	v := len(p.kept)
	m := p.model()
	for _, i := range m.matching(z[0]) {
		for _, l := range m.matching(z[1]) {
			at := min(i, l)*v + max(i, l)
			p.pair[at] = 0
			p.pairWeight[at] *= zeroWeight
		}
	}
}

// model returns a model of the problem without classes.
func (p *problem) model() *Model {
	return &Model{space: p.in.Space, people: p.in.People, kept: p.kept, first: p.first, column: p.column}
}
