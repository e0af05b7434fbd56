package marginal_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/opencovey/covey/marginal"
	"github.com/opencovey/covey/table"
)

// shape is one kind of table that benchmarks count.
type shape struct {
	name    string
	length  int
	columns []int // values per column
	rows    int
	cell    func(rng *rand.Rand, row, col, values int) uint16
}

// shapes are those for which kernels are chosen; docs/performance.md names them.
var shapes = []shape{
	// Survey-like: every cell filled, 2 to 190 values, the first values of a column more frequent than the last.
	{"dense-20", 3, geometric(20, 2, 190), 200_000, skewed},
	// The same with few values.
	{"dense-12-small", 4, geometric(12, 2, 6), 200_000, skewed},
	// Flags of which both yes and no count.
	{"yes-no-30", 3, geometric(30, 2, 2), 200_000, skewed},
	{"flags-60-half", 3, geometric(60, 1, 1), 200_000, filled(.50)},
	{"flags-60-rare", 3, geometric(60, 1, 1), 200_000, filled(.05)},
	{"cases", 4, append(geometric(5, 2, 60), geometric(30, 1, 1)...), 100_000, caseCell},
	{"cases-reversed", 4, append(geometric(30, 1, 1), geometric(5, 2, 60)...), 100_000, caseCell},
	{"identical", 6, geometric(10, 2, 2), 500_000, skewed},
}

func geometric(n, least, most int) []int {
	values := make([]int, n)
	x, factor := float64(least), 1.0
	if n > 1 {
		for factor = 1; power(factor, n-1)*x < float64(most); factor += 1e-4 {
		}
	}
	for i := range values {
		values[i] = min(most, int(x+.5))
		x *= factor
	}
	return values
}

func power(x float64, n int) float64 {
	y := 1.0
	for range n {
		y *= x
	}
	return y
}

func skewed(rng *rand.Rand, _, _, values int) uint16 {
	x := rng.Float64()
	return uint16(1 + float64(values)*x*x)
}

func filled(share float64) func(*rand.Rand, int, int, int) uint16 {
	return func(rng *rand.Rand, _, _, values int) uint16 {
		if rng.Float64() < share {
			return 1
		}
		return 0
	}
}

// caseCell fills categories often and flags by profile: a profile has some flags often and others hardly ever.
func caseCell(rng *rand.Rand, row, col, values int) uint16 {
	profile := row % 12
	if values > 1 {
		if rng.IntN(6) == 0 {
			return 0
		}
		if rng.IntN(3) > 0 {
			return uint16(1 + (profile*7+col)%values)
		}
		return skewed(rng, 0, 0, values)
	}
	if share := []float64{.02, .02, .02, .3, .6}[(profile*5+col*3)%5]; rng.Float64() < share {
		return 1
	}
	return 0
}

func (s shape) table() *table.Table {
	rng := rand.New(rand.NewPCG(1, uint64(len(s.name))))
	columns := make([]table.Column, len(s.columns))
	for i, n := range s.columns {
		columns[i].Name = fmt.Sprintf("c%d", i)
		columns[i].Field = columns[i].Name
		for v := range n {
			columns[i].Values = append(columns[i].Values, fmt.Sprint("v", v+1))
		}
	}
	b := table.NewBuilder(columns)
	codes := make([]uint16, len(columns))
	for row := range s.rows {
		for i, n := range s.columns {
			codes[i] = s.cell(rng, row, i, n)
		}
		b.Add(codes, 1)
	}
	return b.Table()
}

func BenchmarkCount(b *testing.B) {
	for _, s := range shapes {
		b.Run(s.name, func(b *testing.B) {
			t := s.table()
			for _, threshold := range []int{1, 10} {
				b.Run(fmt.Sprintf("k=%d", threshold), func(b *testing.B) {
					o := marginal.Options{Length: s.length, Threshold: threshold, Workers: 1}
					b.ReportAllocs()
					var c *marginal.Counts
					for b.Loop() {
						c, _ = marginal.Count(context.Background(), t, o)
					}
					n := 0
					for l := 1; l <= s.length; l++ {
						n += c.Len(l)
					}
					b.ReportMetric(float64(n), "combinations")
				})
			}
		})
	}
}
