package mixture

// filled compares the number of columns that people of the model are filled in with what was counted. It is what tells a
// class of people with many values, of which few were counted, from people who have few: singles and pairs alone do not.
type filled struct {
	f        *fit
	weight   float64     // 1/variance of the share of people
	share    []float64   // noisy shares of people, by number of columns; empty if they were not counted
	class    [][]float64 // distribution of the number of columns, of each class
	residual []float64   // weight * (expected - noisy)
	rest     [][]float64 // scratch, of each class: the distribution without one column
}

func newFilled(f *fit) filled {
	x := filled{f: f}
	if f.in.Filled == nil {
		return x
	}
	n := f.in.People
	x.weight = n * n / f.in.FilledVariance
	for _, people := range f.in.Filled {
		x.share = append(x.share, float64(people)/n)
	}
	x.residual = make([]float64, len(x.share))
	x.class, x.rest = make([][]float64, f.classes), make([][]float64, f.classes)
	for k := range x.rest {
		x.rest[k] = make([]float64, f.columns)
	}
	return x
}

// compare computes residuals and returns the sum of squared distances, in units of the variance.
func (x *filled) compare() float64 {
	if x.share == nil {
		return 0
	}
	f := x.f
	f.each(f.classes, func(k int) { x.class[k] = fillings(f.blank[k*f.columns : (k+1)*f.columns]) })
	sum := 0.0
	for m, share := range x.share {
		expected := 0.0
		for k, w := range f.share {
			expected += float64(w) * x.class[k][m]
		}
		x.residual[m] = x.weight * (expected - share)
		sum += x.residual[m] * (expected - share)
	}
	return sum
}

// differentiate takes the derivatives by the probabilities that columns are filled, of class k, from own.
func (x *filled) differentiate(k int, own []float32) {
	if x.share == nil {
		return
	}
	for j := range own {
		rest := x.rest[k]
		without(rest, x.class[k], 1-float64(x.f.blank[k*x.f.columns+j]))
		sum := 0.0
		for m, d := range rest {
			sum += d * (x.residual[m+1] - x.residual[m])
		}
		own[j] -= float32(sum)
	}
}

// slope returns the derivative by the share of class k.
func (x *filled) slope(k int) float64 {
	sum := 0.0
	for m, r := range x.residual {
		sum += r * x.class[k][m]
	}
	return sum
}

// fillings returns the distribution of the number of columns that are not blank.
func fillings(blank []float32) []float64 {
	d := make([]float64, len(blank)+1)
	d[0] = 1
	for j, b := range blank {
		q := 1 - float64(b)
		for m := j + 1; m > 0; m-- {
			d[m] += (d[m-1] - d[m]) * q
		}
		d[0] *= 1 - q
	}
	return d
}

// without computes the distribution of a sum of coins without one coin of probability q, from that end from which errors do not
// grow: d[m] = (1-q)*rest[m] + q*rest[m-1].
func without(rest, d []float64, q float64) {
	before := 0.0
	if q < 0.5 {
		for m := range rest {
			before = (d[m] - q*before) / (1 - q)
			rest[m] = before
		}
		return
	}
	for m := len(rest) - 1; m >= 0; m-- {
		before = (d[m+1] - (1-q)*before) / q
		rest[m] = before
	}
}
