package mixture

import (
	"math"
	"testing"
)

// objective is half of what a fit minimises.
func (f *fit) objective() float64 {
	f.softmax()
	f.bound.update()
	f.compare()
	sum := 0.0
	for a := range f.values {
		for b := f.first[f.column[a]+1]; b < f.values; b++ {
			d := float64(f.expected[a*f.values+b]) - float64(f.pair[a*f.values+b])
			sum += float64(f.pairWeight[a*f.values+b]) * d * d
		}
		sum += float64(f.singles[a]) * float64(f.singles[a]) / float64(f.singleWeight[a])
	}
	for i, share := range f.filled.share {
		for m, at := range f.filled.at {
			for k, w := range f.share {
				if at == i {
					share -= float64(w) * f.filled.class[k][m]
				}
			}
		}
		sum += f.filled.weight * share * share
	}
	return sum / 2
}

// The gradient is that of the objective. Without bounds on contributions it is exact up to the rounding of 32-bit numbers. With bounds
// the derivative of the counted shares is an approximation; then the two agree to some percent.
func TestGradient(t *testing.T) {
	for _, c := range []struct {
		name      string
		one, two  int
		tolerance float64
	}{
		{"unbounded", 9, 9, 0.01},
		{"bounded", 5, 4, 0.02},
		{"much bounded", 3, 2, 0.03},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := domainOf(3, 1, 1, -2, 1, 2, 1, 1, -3)
			rows := randomClasses(d, 3, 1.5, source(1)).people(3000, source(2))
			p := newProblem(measure(d, rows, c.one, c.two, 3, source(3)))
			f := p.start(8, Options{Source: source(4), Workers: 1})
			for range 5 { // somewhere on the way
				f.objective()
				f.differentiate()
				f.step(rate)
			}
			f.objective()
			f.differentiate()
			off, size := 0.0, 0.0
			got := append([]float32{}, f.gradient...)
			for i := range f.logits {
				if math.IsInf(float64(f.logits[i]), 0) {
					continue // the blank of a column that nobody is blank in
				}
				const h = 0.02
				was := f.logits[i]
				f.logits[i] = was + h
				up := f.objective()
				f.logits[i] = was - h
				down := f.objective()
				f.logits[i] = was
				want := (up - down) / (2 * h)
				off += (float64(got[i]) - want) * (float64(got[i]) - want)
				size += want * want
			}
			if ratio := math.Sqrt(off / size); ratio > c.tolerance {
				t.Errorf("gradient is off by %.4f of its length", ratio)
			} else {
				t.Logf("gradient is off by %.4f of its length", ratio)
			}
		})
	}
}
