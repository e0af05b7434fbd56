package mixture

import (
	"context"
	"math"

	"github.com/opencovey/covey/privacy/noise"
)

// fit is a mixture on its way to the optimum.
type fit struct {
	*problem
	classes, values, columns int
	workers                  int

	// logits has a row for each class, with the logits of its values and of its blanks, and at the end the logits of the
	// classes. mean and square are what Adam remembers of the gradient.
	logits, gradient, mean, square []float32
	steps                          int // since mean and square were 0

	share, p, blank []float32 // of the model, from logits
	bound           bounds

	seen     []float32 // classes x values: p times the share of pairs counted
	expected []float32 // V x V: pairs as they should have been counted; upper triangle
	residual []float32 // V x V, symmetric: weight * (expected - noisy)
	pull     []float32 // classes x values: residual * seen
	singles  []float32 // weight * (expected - noisy), by value
	scale    []float32 // of each class: share * both
	least    []float32 // of each value: seen below which a class is left out
	filled   filled
}

// Constants of the descent. They were chosen on simulated and public data and hold for all.
const (
	rate        = 0.05 // of Adam
	firstMoment = 0.9
	otherMoment = 0.99
	jitter      = 0.5  // of the logits at the start
	enough      = 0.96 // misfit at which a member stops
	coolFrom    = 0.6  // share of the steps after which the rate falls
	coolTo      = 0.05 // of the rate, at the end
	boundEvery  = 10   // steps after which the share of people counted is computed anew
)

// start returns a mixture near independence.
func (p *problem) start(classes int, o Options) *fit {
	f := p.newFit(classes, o.Workers)
	random := normals(o.Source)
	base := make([]float64, f.values+f.columns)
	for j := range f.columns {
		sum := 0.0
		for a := p.first[j]; a < p.first[j+1]; a++ {
			x := math.Max(float64(p.single[a]), 0.3/p.in.People)
			base[a] = math.Log(x)
			sum += x
		}
		base[f.values+j] = math.Log(math.Max(1-sum, 1e-3))
		if !p.in.Space.Domain.Columns[j].Blank {
			base[f.values+j] = math.Inf(-1)
		}
	}
	for k := range classes {
		row := f.row(f.logits, k)
		for i, x := range base {
			row[i] = float32(x + jitter*random())
		}
	}
	for k := range classes {
		f.logits[classes*f.width()+k] = float32(jitter * random())
	}
	f.softmax()
	return f
}

func (p *problem) newFit(classes, workers int) *fit {
	f := &fit{problem: p, classes: classes, values: len(p.kept), columns: len(p.first) - 1, workers: workers}
	size := classes*f.width() + classes
	f.logits, f.gradient = make([]float32, size), make([]float32, size)
	f.mean, f.square = make([]float32, size), make([]float32, size)
	f.share, f.p = make([]float32, classes), make([]float32, classes*f.values)
	f.blank = make([]float32, classes*f.columns)
	f.seen, f.pull = make([]float32, classes*f.values), make([]float32, classes*f.values)
	f.expected, f.residual = make([]float32, f.values*f.values), make([]float32, f.values*f.values)
	f.singles, f.least, f.scale = make([]float32, f.values), make([]float32, f.values), make([]float32, classes)
	f.bound = newBounds(f)
	f.filled = newFilled(f)
	return f
}

// width is the number of logits of one class.
func (f *fit) width() int { return f.values + f.columns }

func (f *fit) row(of []float32, k int) []float32 { return of[k*f.width() : (k+1)*f.width()] }

// double returns a fit with two classes for each of f, a little apart.
func (f *fit) double(src *noise.Source) *fit {
	d := f.newFit(2*f.classes, f.workers)
	random := normals(src)
	for k := range d.classes {
		row := d.row(d.logits, k)
		for i, x := range f.row(f.logits, k/2) {
			row[i] = x + float32(jitter*random())
		}
		d.logits[d.classes*d.width()+k] = f.logits[f.classes*f.width()+k/2]
	}
	d.softmax()
	return d
}

// descend takes at most so many steps and returns the misfit. It stops when the misfit is small enough. With cool, the rate falls towards the end.
func (f *fit) descend(ctx context.Context, steps int, cool bool, progress func(step int)) (misfit float64, err error) {
	for step := range steps {
		if err := context.Cause(ctx); err != nil {
			return 0, err
		}
		if step%boundEvery == 0 {
			f.bound.update()
			progress(step)
		}
		misfit = f.compare()
		if misfit < enough {
			return misfit, nil
		}
		f.differentiate()
		r := rate
		if t := float64(step) / float64(steps); cool && t > coolFrom {
			r *= 1 - (t-coolFrom)/(1-coolFrom)*(1-coolTo)
		}
		f.step(r)
		f.softmax()
	}
	return misfit, nil
}

// compare computes expected counts and residuals, and returns the misfit: that of the pairs or that of how many columns are filled,
// whichever is worse.
func (f *fit) compare() float64 {
	f.gram()
	sums := make([]float64, f.values)
	f.each(f.values, func(a int) {
		v := f.values
		for b := f.first[f.column[a]+1]; b < v; b++ {
			d := f.expected[a*v+b] - f.pair[a*v+b]
			r := d * f.pairWeight[a*v+b]
			sums[a] += float64(d) * float64(r)
			f.residual[a*v+b], f.residual[b*v+a] = r, r
		}
		x := float32(0)
		for k := range f.classes {
			x += f.share[k] * f.bound.single[k*f.columns+int(f.column[a])] * f.p[k*v+a]
		}
		f.singles[a] = f.singleWeight[a] * (x - f.single[a])
	})
	pairs := 0.0
	for _, s := range sums {
		pairs += s
	}
	if f.cells == 0 { // of one column, there is nothing else to go by
		for a, s := range f.singles {
			pairs += float64(s * s / f.singleWeight[a])
		}
	}
	return math.Max(pairs/float64(max(f.cells, f.values, 1)), f.filled.compare())
}

// differentiate computes the gradient with respect to the logits.
func (f *fit) differentiate() {
	f.multiply()
	slopes := make([]float64, f.classes)
	f.each(f.classes, func(k int) { slopes[k] = f.differentiateClass(k) })
	mean := 0.0
	for k, s := range slopes {
		mean += s * float64(f.share[k])
	}
	for k, s := range slopes {
		f.gradient[f.classes*f.width()+k] = f.share[k] * float32(s-mean)
	}
}

// differentiateClass computes the gradient of class k, and returns the derivative by its share.
func (f *fit) differentiateClass(k int) (slope float64) {
	v := f.values
	p, pull, out := f.p[k*v:(k+1)*v], f.pull[k*v:(k+1)*v], f.row(f.gradient, k)
	pairs, singles := float32(0), float32(0) // derivatives by the logarithm of the shares that were counted
	own := make([]float32, f.columns)
	for a, x := range p {
		j := int(f.column[a])
		pair := pull[a] * f.bound.pair[k*f.columns+j] * f.bound.both[k]
		single := f.singles[a] * f.bound.single[k*f.columns+j]
		pull[a] = pair + single
		own[j] += x * (pair*f.bound.pairSlope[k] + single*f.bound.singleSlope[k])
		pairs += x * pair / 2
		singles += x * single
	}
	// More values of a person make less room for each other, but not for themselves.
	crowd := pairs*f.bound.pairSlope[k] + singles*f.bound.singleSlope[k]
	f.filled.differentiate(k, own)
	w := f.share[k]
	for j := range f.columns {
		lo, hi := f.first[j], f.first[j+1]
		mean := float32(0)
		for a := lo; a < hi; a++ {
			pull[a] += crowd - own[j]
			mean += p[a] * pull[a]
		}
		for a := lo; a < hi; a++ {
			out[a] = w * p[a] * (pull[a] - mean)
		}
		out[v+j] = -w * f.blank[k*f.columns+j] * mean
	}
	return float64(pairs+singles) + f.filled.slope(k)
}

// step moves the logits.
func (f *fit) step(rate float64) {
	f.steps++
	mean := float32(1 / (1 - math.Pow(firstMoment, float64(f.steps))))
	square := float32(1 / (1 - math.Pow(otherMoment, float64(f.steps))))
	move := func(from, to int) {
		for i := from; i < to; i++ {
			g := f.gradient[i]
			f.mean[i] = firstMoment*f.mean[i] + (1-firstMoment)*g
			f.square[i] = otherMoment*f.square[i] + (1-otherMoment)*g*g
			f.logits[i] -= float32(rate) * f.mean[i] * mean / (float32(math.Sqrt(float64(f.square[i]*square))) + 1e-12)
		}
	}
	f.each(f.classes, func(k int) { move(k*f.width(), (k+1)*f.width()) })
	move(f.classes*f.width(), len(f.logits))
}

// softmax computes the model from the logits.
func (f *fit) softmax() {
	v := f.values
	f.each(f.classes, func(k int) {
		row, p := f.row(f.logits, k), f.p[k*v:(k+1)*v]
		for j := range f.columns {
			lo, hi := f.first[j], f.first[j+1]
			most := row[v+j]
			for a := lo; a < hi; a++ {
				most = max(most, row[a])
			}
			blank := math.Exp(float64(row[v+j] - most))
			sum := blank
			for a := lo; a < hi; a++ {
				x := math.Exp(float64(row[a] - most))
				p[a] = float32(x)
				sum += x
			}
			for a := lo; a < hi; a++ {
				p[a] /= float32(sum)
			}
			f.blank[k*f.columns+j] = float32(blank / sum)
		}
	})
	shares := f.logits[f.classes*f.width():]
	most, sum := shares[0], 0.0
	for _, x := range shares {
		most = max(most, x)
	}
	for k, x := range shares {
		e := math.Exp(float64(x - most))
		f.share[k] = float32(e)
		sum += e
	}
	for k := range f.share {
		f.share[k] /= float32(sum)
	}
}
