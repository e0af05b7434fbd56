package mixture

import (
	"math"
	"slices"
)

// FilledFrom returns where the ranges of numbers of filled columns begin that tell people apart who have more values than
// are counted: one range up to the limit, then some that get wider, so that there are enough people in each.
func FilledFrom(columns, limit int) []int {
	from := []int{0}
	for m := limit + 1; m <= columns; m += max(1, m/5) {
		from = append(from, m)
	}
	return from
}

// filled compares the number of columns that people of the model are filled in with what was counted. It is what tells a
// class of people with many values, of which few were counted, from people who have few: singles and pairs alone do not.
type filled struct {
	f        *fit
	weight   float64     // 1/variance of the share of people
	share    []float64   // noisy shares of people, by range; empty if they were not counted
	at       []int       // range of each number of columns
	class    [][]float64 // distribution of the number of columns, of each class
	residual []float64   // weight * (expected - noisy), by number of columns
	rest     [][]float64 // scratch, of each class: the distribution without one column
}

func newFilled(f *fit) filled {
	x := filled{f: f}
	if f.in.Filled == nil {
		return x
	}
	n := f.in.People
	x.weight = n * n / f.in.Filled.Variance
	for _, people := range f.in.Filled.Counts {
		x.share = append(x.share, float64(people)/n)
	}
	toDistribution(x.share)
	x.residual, x.at = make([]float64, f.columns+1), make([]int, f.columns+1)
	for i, from := range f.in.Filled.From {
		for m := from; m <= f.columns; m++ {
			x.at[m] = i
		}
	}
	x.class, x.rest = make([][]float64, f.classes), make([][]float64, f.classes)
	for k := range x.rest {
		x.class[k], x.rest[k] = make([]float64, f.columns+1), make([]float64, f.columns)
	}
	return x
}

// toDistribution changes numbers by as little as possible (least squares) so that none is negative and they add up to 1: all are made
// smaller by as much, but not smaller than 0.
func toDistribution(x []float64) {
	lo, hi := slices.Min(x)-1, slices.Max(x)
	for range 100 {
		mid, sum := (lo+hi)/2, 0.0
		for _, s := range x {
			sum += math.Max(s-mid, 0)
		}
		if sum > 1 {
			lo = mid
		} else {
			hi = mid
		}
	}
	for i := range x {
		x[i] = math.Max(x[i]-hi, 0)
	}
}

// chance is how many standard deviations above its mean the misfit of a few counts may be by chance.
const chance = 1

// compare computes residuals and returns the misfit: the sum of squared distances, in units of the variance, as a share of the
// largest that noise explains.
func (x *filled) compare() float64 {
	if x.share == nil {
		return 0
	}
	f := x.f
	f.each(f.classes, func(k int) { fillings(x.class[k], f.blank[k*f.columns:(k+1)*f.columns]) })
	distance := make([]float64, len(x.share))
	for i, share := range x.share {
		distance[i] = -share
	}
	for m, i := range x.at {
		for k, w := range f.share {
			distance[i] += float64(w) * x.class[k][m]
		}
	}
	sum := 0.0
	for _, d := range distance {
		sum += x.weight * d * d
	}
	for m, i := range x.at {
		x.residual[m] = x.weight * distance[i]
	}
	n := float64(len(x.share))
	return sum / (n + chance*math.Sqrt(2*n))
}

// differentiate takes the derivatives by the probabilities that columns are filled, of class k, from own.
func (x *filled) differentiate(k int, own []float32) {
	if x.share == nil {
		return
	}
	top := len(own)
	for top > 1 && x.class[k][top] < 1e-12 {
		top--
	}
	rest := x.rest[k][:top]
	for j := range own {
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
