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
func (b *bounds) update() {
	f := b.f
	f.each(f.classes, func(k int) {
		blank := f.blank[k*f.columns : (k+1)*f.columns]
		set := func(limit, length int, slope *float32, store func(all float64, given []float64)) {
			all, next, given := countedShares(blank, limit, length)
			*slope = float32(math.Log(next / all))
			store(all, given)
		}
		set(f.in.Singles.Limit, 1, &b.singleSlope[k], func(all float64, given []float64) {
			for j, x := range given {
				b.single[k*f.columns+j] = float32(all * x)
			}
		})
		set(max(f.in.Pairs.Limit, 2), 2, &b.pairSlope[k], func(all float64, given []float64) { // less only where there are no pairs
			b.both[k] = float32(all)
			for j, x := range given {
				b.pair[k*f.columns+j] = float32(x)
			}
		})
	})
}

// countedShares returns which share of combinations of so many values is counted under a limit, of people who are blank in each column with
// some probability: the mean over people, the mean if everybody had one value more, and for each column by what factor the
// mean of those who are not blank in it differs. For a combination of several columns the product of their factors is nearly right.
//
// Of a person with m values and a limit L, a given combination of l is counted with probability L(L-1).../(m(m-1)...), of l
// factors each, or 1 if that is more. m is a sum of independent coins.
func countedShares(blank []float32, limit, length int) (all, next float64, given []float64) {
	counted := make([]float64, len(blank)+2)
	for m := range counted {
		share := 1.0
		for i := range length {
			share *= float64(max(limit-i, 0)) / float64(max(m, length)-i)
		}
		counted[m] = math.Min(share, 1)
	}
	d := make([]float64, len(blank)+1)
	fillings(d, blank)
	for m, x := range d {
		all += x * counted[m]
		next += x * counted[m+1]
	}
	given = make([]float64, len(blank))
	rest := make([]float64, len(blank))
	for j, b := range blank {
		without(rest, d, 1-float64(b))
		for m, x := range rest {
			given[j] += x * counted[m+1]
		}
		given[j] /= all
	}
	return all, next, given
}

// fillings computes the distribution of the number of columns that are not blank.
func fillings(d []float64, blank []float32) {
	clear(d)
	d[0] = 1
	for j, b := range blank {
		q := 1 - float64(b)
		for m := j + 1; m > 0; m-- {
			d[m] += (d[m-1] - d[m]) * q
		}
		d[0] *= 1 - q
	}
}

// without computes the distribution of a sum of coins without one coin of probability q, from that end from which errors do not
// grow: d[m] = (1-q)*rest[m] + q*rest[m-1]. A shorter rest than d is without what lies above, which must be next to nothing.
func without(rest, d []float64, q float64) {
	before := 0.0
	if q < 0.5 {
		scale := 1 / (1 - q)
		back := q * scale
		for m := range rest {
			before = d[m]*scale - before*back
			rest[m] = before
		}
		return
	}
	scale := 1 / q
	back := (1 - q) * scale
	for m := len(rest) - 1; m >= 0; m-- {
		before = d[m+1]*scale - before*back
		rest[m] = before
	}
}
