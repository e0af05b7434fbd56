package mixture

import "math"

// bounds holds which share of what the people of a class have was counted, given that contributions are bounded. For values of columns
// i and j in class k it is both[k]*pair[k,i]*pair[k,j], and single[k,j] for one value.
type bounds struct {
	f      *fit
	both   []float32
	pair   []float32
	single []float32
	// pairSlope and singleSlope are, for each class, by how much the logarithm of both and of single changes with one more value.
	pairSlope, singleSlope []float32
}

func newBounds(f *fit) bounds {
	n := f.classes * f.columns
	return bounds{
		f: f, both: make([]float32, f.classes), pair: make([]float32, n), single: make([]float32, n),
		pairSlope: make([]float32, f.classes), singleSlope: make([]float32, f.classes),
	}
}

// update computes the shares from the model.
//
// Of a person with m values, a given one is counted with probability min(1, L/m), and two with min(1, L(L-1)/(m(m-1))). In a class, m is a sum of
// independent coins. Given that column j is not blank, m is larger by 1-q_j on average, if q_j is the probability that it is not
// blank; the expectation is taken to change with that by a constant factor.
func (b *bounds) update() {
	f := b.f
	one := float64(f.in.Singles.Limit)
	two := math.Max(float64(f.in.Pairs.Limit), 2) // less only where there are no pairs
	single := func(m float64) float64 { return math.Min(1, one/math.Max(m, 1)) }
	pair := func(m float64) float64 {
		m = math.Max(m, 2)
		return math.Min(1, two*(two-1)/(m*(m-1)))
	}
	f.each(f.classes, func(k int) {
		blank := f.blank[k*f.columns : (k+1)*f.columns]
		d := fillings(blank)
		s, sNext := mean(d, single)
		p, pNext := mean(d, pair)
		b.both[k] = float32(p)
		sLog, pLog := math.Log(sNext/s), math.Log(pNext/p)
		b.singleSlope[k], b.pairSlope[k] = float32(sLog), float32(pLog)
		for j, q := range blank {
			b.single[k*f.columns+j] = float32(s * math.Exp(sLog*float64(q)))
			b.pair[k*f.columns+j] = float32(math.Exp(pLog * float64(q)))
		}
	})
}

// mean returns the means of g(m) and of g(m+1).
func mean(d []float64, g func(float64) float64) (here, next float64) {
	for m, x := range d {
		here += x * g(float64(m))
		next += x * g(float64(m+1))
	}
	return here, next
}
