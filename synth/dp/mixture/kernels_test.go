package mixture

import (
	"math"
	"testing"
)

// randomFit is a fit with random numbers, of a random shape.
func randomFit(seed byte) *fit {
	src := source(seed, 7)
	values := []int{below(src, 5), 1, -2}
	for range below(src, 5) {
		values = append(values, 1+below(src, 6))
	}
	d := domainOf(values...)
	rows := randomClasses(d, 3, 1, src).people(500, src)
	p := newProblem(measure(d, rows, 4, 3, 2, src))
	f := p.start(4*(1+below(src, 3))+below(src, 4), Options{Source: src, Workers: 1 + int(seed)%3})
	f.bound.update()
	return f
}

func near(a, b, tolerance float64) bool { return math.Abs(a-b) <= tolerance*(1+math.Abs(b)) }

// The products are those of plain loops, but for classes that next to never have a value.
func TestProducts(t *testing.T) {
	for seed := range byte(60) {
		f := randomFit(seed)
		v := f.values
		f.compare()
		f.multiply()
		for a := range v {
			for b := f.first[f.column[a]+1]; b < v; b++ {
				want, left := 0.0, 0.0
				for k := range f.classes {
					x := float64(f.share[k]) * float64(f.bound.both[k]) * float64(f.seen[k*v+a]) * float64(f.seen[k*v+b])
					want += x
					if f.seen[k*v+a] <= f.least[a] {
						left += x
					}
				}
				if got := float64(f.expected[a*v+b]); !near(got, want-left, 1e-5) || left > negligible*float64(f.classes) {
					t.Fatalf("seed %d: expected[%d,%d] = %v, not %v", seed, a, b, got, want-left)
				}
				if f.residual[a*v+b] != f.residual[b*v+a] {
					t.Fatalf("seed %d: residuals are not symmetric", seed)
				}
			}
		}
		for k := range f.classes {
			for b := range v {
				want := 0.0
				for a := range v {
					if f.seen[k*v+a] > f.least[a] {
						want += float64(f.seen[k*v+a]) * float64(f.residual[a*v+b])
					}
				}
				if got := float64(f.pull[k*v+b]); !near(got, want, 1e-3) {
					t.Fatalf("seed %d: pull[%d,%d] = %v, not %v", seed, k, b, got, want)
				}
			}
		}
	}
}

func TestFourAtATime(t *testing.T) {
	src := source(1)
	for n := range 20 {
		for rows := range 11 {
			s := fourAtATime{out: make([]float32, n)}
			want := make([]float64, n)
			for range rows {
				row := make([]float32, n+below(src, 3))
				x := float32(uniform(src))
				for i := range row {
					row[i] = float32(uniform(src))
				}
				for i := range want {
					want[i] += float64(x) * float64(row[i])
				}
				s.add(row, x)
			}
			s.flush()
			for i, x := range want {
				if !near(float64(s.out[i]), x, 1e-5) {
					t.Fatalf("%d rows of %d: %v, not %v", rows, n, s.out[i], x)
				}
			}
		}
	}
}

// Mean, variance and share above 2 are within six standard errors of those of the normal distribution: false alarms in
// less than 1e-8 of seeds.
func TestNormals(t *testing.T) {
	const n = 200_000
	random := normals(source(5))
	sum, squares, tail := 0.0, 0.0, 0.0
	for range n {
		x := random()
		sum += x
		squares += x * x
		if x > 2 {
			tail++
		}
	}
	const p = 0.02275
	if math.Abs(sum) > 6*math.Sqrt(n) || math.Abs(squares-n) > 6*math.Sqrt(2*n) || math.Abs(tail-n*p) > 6*math.Sqrt(n*p*(1-p)) {
		t.Errorf("sum %.1f, squares %.1f, tail %.0f of %d draws", sum, squares, tail, n)
	}
}

func benchmarkFit(b *testing.B) *fit {
	values := []int{3, 8, 40, 40, 15}
	for range 27 {
		values = append(values, 1)
	}
	d := domainOf(values...)
	src := source(1)
	p := newProblem(measure(d, randomClasses(d, 20, 1, src).people(5000, src), 14, 9, 10, src))
	f := p.start(96, Options{Source: src, Workers: 1})
	f.bound.update()
	f.compare()
	b.ReportMetric(float64(f.values), "values")
	return f
}

func BenchmarkGram(b *testing.B) {
	f := benchmarkFit(b)
	for b.Loop() {
		f.gram()
	}
}

func BenchmarkMultiply(b *testing.B) {
	f := benchmarkFit(b)
	for b.Loop() {
		f.multiply()
	}
}

func BenchmarkFilled(b *testing.B) {
	f := benchmarkFit(b)
	own := make([]float32, f.columns)
	for b.Loop() {
		f.filled.compare()
		for k := range f.classes {
			f.filled.differentiate(k, own)
		}
	}
}

func BenchmarkStep(b *testing.B) {
	f := benchmarkFit(b)
	for b.Loop() {
		f.compare()
		f.differentiate()
		f.step(rate)
		f.softmax()
	}
}
