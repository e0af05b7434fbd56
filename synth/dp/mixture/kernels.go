package mixture

import (
	"math"
	"math/bits"
	"sync"

	"github.com/opencovey/covey/privacy/noise"
)

// negligible is the share of the mean probability of a value below which a class is taken not to have it, in products: a class concentrates on few
// values of a column with many, and most of the products would be with next to nothing. Gradients are computed for all values all the same, so that a
// value can come back.
const negligible = 0.02

// gram computes expected = seen' * diag(share * both) * seen above the blocks of single columns.
func (f *fit) gram() {
	v := f.values
	f.each(f.classes, func(k int) {
		f.scale[k] = f.share[k] * f.bound.both[k]
		for a := range v {
			f.seen[k*v+a] = f.p[k*v+a] * f.bound.pair[k*f.columns+int(f.column[a])]
		}
	})
	f.each(v, func(a int) {
		from := f.first[f.column[a]+1]
		mean := float32(0)
		for k, c := range f.scale {
			mean += c * f.seen[k*v+a]
		}
		f.least[a] = negligible * mean
		sum := fourAtATime{out: f.expected[a*v+from : (a+1)*v]}
		clear(sum.out)
		for k, c := range f.scale {
			if x := f.seen[k*v+a]; x > f.least[a] {
				sum.add(f.seen[k*v+from:(k+1)*v], c*x)
			}
		}
		sum.flush()
	})
}

// multiply computes pull = seen * residual.
func (f *fit) multiply() {
	v := f.values
	f.each(f.classes, func(k int) {
		sum := fourAtATime{out: f.pull[k*v : (k+1)*v]}
		clear(sum.out)
		for a, x := range f.seen[k*v : (k+1)*v] {
			if x > f.least[a] {
				sum.add(f.residual[a*v:(a+1)*v], x)
			}
		}
		sum.flush()
	})
}

// fourAtATime adds multiples of rows to out, four at a time, since a sum in memory is then read and written once for four.
type fourAtATime struct {
	out  []float32
	rows [4][]float32
	x    [4]float32
	n    int
}

func (s *fourAtATime) add(row []float32, x float32) {
	s.rows[s.n], s.x[s.n] = row, x
	if s.n++; s.n == 4 {
		addFour(s.out, s.rows[0], s.rows[1], s.rows[2], s.rows[3], s.x[0], s.x[1], s.x[2], s.x[3])
		s.n = 0
	}
}

func (s *fourAtATime) flush() {
	for i := range s.n {
		for b, y := range s.rows[i][:len(s.out)] {
			s.out[b] += s.x[i] * y
		}
	}
	s.n = 0
}

// addFour adds four multiples of rows to out.
func addFour(out, a, b, c, d []float32, x, y, z, w float32) {
	n := len(out)
	a, b, c, d = a[:n], b[:n], c[:n], d[:n]
	for i := range out {
		out[i] += x*a[i] + y*b[i] + z*c[i] + w*d[i]
	}
}

// each calls do for 0 to n-1 on all workers, each taking every so manyth, and waits.
func (f *fit) each(n int, do func(i int)) { inParallel(f.workers, n, do) }

func inParallel(workers, n int, do func(i int)) {
	if workers == 1 {
		for i := range n {
			do(i)
		}
		return
	}
	var wait sync.WaitGroup
	for w := range workers {
		wait.Go(func() {
			for i := w; i < n; i += workers {
				do(i)
			}
		})
	}
	wait.Wait()
}

// normals returns a stream of numbers from the standard normal distribution (Box, Muller 1958).
func normals(src *noise.Source) func() float64 {
	spare, has := 0.0, false
	return func() float64 {
		if has {
			has = false
			return spare
		}
		r := math.Sqrt(-2 * math.Log(1-uniform(src)))
		sin, cos := math.Sincos(2 * math.Pi * uniform(src))
		spare, has = r*sin, true
		return r * cos
	}
}

// uniform returns a number from 0 to just below 1.
func uniform(src *noise.Source) float64 { return float64(src.Uint64()>>11) / (1 << 53) }

// below returns a whole number from 0 to n-1, evenly but for 2^-32 or so.
func below(src *noise.Source, n int) int {
	hi, _ := bits.Mul64(src.Uint64(), uint64(n))
	return int(hi)
}
