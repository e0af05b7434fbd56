package quality_test

import (
	"math/rand/v2"
	"testing"

	"github.com/opencovey/covey/quality"
	"github.com/opencovey/covey/table"
)

// BenchmarkRisk measures records of the shape of case data: a few columns with many values, and sparse flags.
func BenchmarkRisk(b *testing.B) {
	tab := sparseTable(50_000)
	for b.Loop() {
		if _, err := quality.Risk(b.Context(), tab, quality.RiskOptions{}); err != nil {
			b.Fatal(err)
		}
	}
}

func sparseTable(people int) *table.Table {
	rng := rand.New(rand.NewPCG(1, 2))
	values := []int{20, 4, 9, 60, 60, 6}
	var columns []table.Column
	for i := range 30 {
		n := 1
		if i < len(values) {
			n = values[i]
		}
		columns = append(columns, table.Column{Name: string(rune('A' + i)), Field: string(rune('A' + i)), Values: make([]string, n)})
	}
	build := table.NewBuilder(columns)
	codes := make([]uint16, len(columns))
	for range people {
		profile := rng.IntN(8)
		for i := range codes {
			codes[i] = 0
			switch n := len(columns[i].Values); {
			case n > 1 && rng.IntN(5) > 0:
				codes[i] = uint16(1 + (profile*n/8+min(rng.IntN(n), rng.IntN(n)))%n)
			case n == 1 && rng.IntN(10) < 1+(i+profile)%8/6*5:
				codes[i] = 1
			}
		}
		build.Add(codes, 1)
	}
	return build.Table()
}
