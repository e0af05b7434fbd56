package marginal_test

import (
	"bytes"
	"fmt"
	"io"
	"math"
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

// shapes are those for which ways of counting are chosen; docs/performance.md has their times.
var shapes = []shape{
	// As surveys are: every cell filled, 2 to 190 values.
	{"dense-20", 3, geometric(20, 2, 190), 200_000, skewed},
	// As surveys after binning are.
	{"dense-12-small", 4, geometric(12, 2, 6), 200_000, skewed},
	// Flags of which both yes and no count.
	{"yes-no-30", 3, geometric(30, 2, 2), 200_000, skewed},
	// Flags of which only yes counts, often and seldom.
	{"flags-60-half", 3, geometric(60, 1, 1), 200_000, filled(.50)},
	{"flags-60-rare", 3, geometric(60, 1, 1), 200_000, filled(.05)},
	// As case records are: some categories, then flags that go together; or the other way round.
	{"cases", 4, append(geometric(5, 2, 60), geometric(30, 1, 1)...), 100_000, caseCell},
	{"cases-reversed", 4, append(geometric(30, 1, 1), geometric(5, 2, 60)...), 100_000, caseCell},
	// Many frequent flags before categories.
	{"flags-then-categories", 3, append(geometric(40, 1, 1), geometric(4, 150, 150)...), 100_000, halfFlags},
	// Half a million persons in 1024 distinct records.
	{"identical", 6, geometric(10, 2, 2), 500_000, skewed},
}

// geometric returns n numbers of values, from the least to the most, in equal ratios.
func geometric(n int, least, most float64) []int {
	values := make([]int, n)
	for i := range values {
		values[i] = int(math.Round(least * math.Pow(most/least, float64(i)/float64(max(1, n-1)))))
	}
	return values
}

// skewed fills every cell, the first values of a column more often than the last.
func skewed(rng *rand.Rand, _, _, values int) uint16 {
	x := rng.Float64()
	return uint16(1 + float64(values)*x*x)
}

// filled fills a share of the cells.
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

// halfFlags fills half of the flags, and every category.
func halfFlags(rng *rand.Rand, row, col, values int) uint16 {
	if values == 1 {
		return uint16(rng.IntN(2))
	}
	return skewed(rng, row, col, values)
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
				b.Run(fmt.Sprint("k=", threshold), func(b *testing.B) {
					benchmarkCount(b, t, marginal.Options{Length: s.length, Threshold: threshold, Workers: 1})
				})
			}
		})
	}
}

func benchmarkCount(b *testing.B, t *table.Table, o marginal.Options) {
	b.ReportAllocs()
	var c *marginal.Counts
	for b.Loop() {
		c = count(b, t, o)
	}
	combinations := 0
	for length := range o.Length {
		combinations += c.Len(length + 1)
	}
	b.ReportMetric(float64(combinations), "combinations")
}

func BenchmarkFile(b *testing.B) {
	c := count(b, shapes[5].table(), marginal.Options{})
	file := write(b, c)
	b.Run("write", func(b *testing.B) {
		b.SetBytes(int64(len(file)))
		for b.Loop() {
			if err := c.Write(io.Discard); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("read", func(b *testing.B) {
		b.SetBytes(int64(len(file)))
		for b.Loop() {
			if _, err := marginal.Read(bytes.NewReader(file)); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("merge", func(b *testing.B) {
		for b.Loop() {
			if _, err := marginal.Merge(c, c, c, c); err != nil {
				b.Fatal(err)
			}
		}
	})
}
