package mixture

import (
	"math"
	"testing"

	"github.com/opencovey/covey/privacy/noise"
	"github.com/opencovey/covey/synth/dp/coded"
	"github.com/opencovey/covey/synth/dp/tally"
)

func source(seed ...byte) *noise.Source {
	var s [32]byte
	copy(s[:], seed)
	return noise.NewSourceForTesting(s)
}

// domainOf has columns of so many values that may be blank; of a column with a negative number nobody is blank.
func domainOf(values ...int) *coded.Domain {
	d := &coded.Domain{}
	for j, n := range values {
		c := coded.Column{Name: string(rune('a' + j%26)), Size: n + 1, Blank: true}
		if n < 0 {
			c.Size, c.Blank = -n, false
		}
		d.Columns = append(d.Columns, c)
	}
	return d
}

// classes are the true classes of some people: shares, and probabilities of the codes of each column.
type classes struct {
	share []float64
	p     [][][]float64 // class, column, code
}

// randomClasses differ much, if sharp is large.
func randomClasses(d *coded.Domain, n int, sharp float64, src *noise.Source) *classes {
	random := normals(src)
	c := &classes{}
	total := 0.0
	for range n {
		w := 0.5 + uniform(src)
		total += w
		c.share = append(c.share, w)
		var p [][]float64
		for _, column := range d.Columns {
			x, sum := make([]float64, column.Size), 0.0
			for i := range x {
				x[i] = math.Exp(sharp * random())
				sum += x[i]
			}
			for i := range x {
				x[i] /= sum
			}
			p = append(p, x)
		}
		c.p = append(c.p, p)
	}
	for k := range c.share {
		c.share[k] /= total
	}
	return c
}

func pick(p []float64, src *noise.Source) int {
	x := uniform(src)
	for i, q := range p {
		if x -= q; x < 0 {
			return i
		}
	}
	return len(p) - 1
}

// people draws n people.
func (c *classes) people(n int, src *noise.Source) [][]uint16 {
	rows := make([][]uint16, n)
	for i := range rows {
		k := pick(c.share, src)
		for _, p := range c.p[k] {
			rows[i] = append(rows[i], uint16(pick(p, src)))
		}
	}
	return rows
}

// measure counts rows as package tally does, with limits, and with noise of one standard deviation for all counts.
func measure(d *coded.Domain, rows [][]uint16, one, two int, deviation float64, src *noise.Source) *Measured {
	s := tally.NewSpace(d)
	n, columns := s.Len(), len(d.Columns)
	variance := math.Max(deviation*deviation, 1)
	in := &Measured{
		Space: s, People: math.Max(float64(len(rows)), 1),
		Singles: &tally.Singles{Counts: make([]int64, n), Variance: make([]float64, columns), Limit: one},
		Pairs:   &tally.Pairs{Counts: make([]int64, n*(n-1)/2), Variance: make([][]float64, columns), Limit: two},
		Filled:  &Filled{From: FilledFrom(columns, two), Variance: variance},
	}
	in.Filled.Counts = make([]int64, len(in.Filled.From))
	for j := range columns {
		in.Singles.Variance[j] = variance
		in.Pairs.Variance[j] = make([]float64, columns)
		for k := range columns {
			in.Pairs.Variance[j][k] = variance
		}
	}
	for _, row := range rows {
		var all []int
		for j, code := range row {
			if a := s.Attribute(j, code); a >= 0 {
				all = append(all, a)
			}
		}
		at := 0
		for at+1 < len(in.Filled.From) && in.Filled.From[at+1] <= len(all) {
			at++
		}
		in.Filled.Counts[at]++
		for _, a := range chosen(all, one, src) {
			in.Singles.Counts[a]++
		}
		some := chosen(all, two, src)
		for i, b := range some {
			for _, a := range some[:i] {
				in.Pairs.Counts[tally.Index(a, b)]++
			}
		}
	}
	random := normals(src)
	blur := func(counts []int64) {
		for i := range counts {
			counts[i] += int64(math.Round(deviation * random()))
		}
	}
	blur(in.Singles.Counts)
	blur(in.Filled.Counts)
	for b := range n {
		for a := range s.First[s.Column[b]] {
			in.Pairs.Counts[tally.Index(a, b)] += int64(math.Round(deviation * random()))
		}
	}
	return in
}

// chosen returns n of all at random, in their order.
func chosen(all []int, n int, src *noise.Source) []int {
	var out []int
	for i, a := range all {
		if below(src, len(all)-i) < n-len(out) {
			out = append(out, a)
		}
	}
	return out
}

// truth returns the number of rows that have all of some attributes.
func truth(s *tally.Space, rows [][]uint16, attributes ...int32) float64 {
	n := 0
	for _, row := range rows {
		all := true
		for _, a := range attributes {
			all = all && row[s.Column[a]] == s.Code(int(a))
		}
		if all {
			n++
		}
	}
	return float64(n)
}

func isFinite(t *testing.T, what string, xs []float32) {
	t.Helper()
	for i, x := range xs {
		if math.IsNaN(float64(x)) || math.IsInf(float64(x), 0) {
			t.Fatalf("%s: number %d is %v", what, i, x)
		}
	}
}
