package table

import (
	"cmp"
	"math"
	"slices"
	"strconv"
)

// weighted is a number and how often it occurs.
type weighted struct {
	x    float64
	rows int
}

// suggestEdges returns round lower edges of some five to ten bins: equally wide ones, or, where the upper tail is long, each
// twice or so as wide as the one before (1, 2, 5, 10 …).
func suggestEdges(numbers []weighted) []float64 {
	slices.SortFunc(numbers, func(a, b weighted) int { return cmp.Compare(a.x, b.x) })
	low, middle, high := quantile(numbers, 0.02), quantile(numbers, 0.5), quantile(numbers, 0.98)
	if low >= 0 && high > 20*middle && high > 0 {
		first := max(quantile(numbers, 0.2), high/1e4)
		if wholeNumbers(numbers) {
			first = max(first, 1)
		}
		return seriesEdges(first, high)
	}
	step := roundStep((high - low) / 8)
	if wholeNumbers(numbers) {
		step = max(step, 1)
	}
	if step == 0 || math.IsInf(step, 0) {
		return []float64{low}
	}
	var edges []float64
	for i := math.Floor(low / step); len(edges) == 0 || i*step <= high && len(edges) < 20; i++ {
		edges = append(edges, tidy(i*step))
	}
	return edges
}

// seriesEdges returns 0 and the numbers 1, 2, 5, 10 … from the one below first to the one below last.
func seriesEdges(first, last float64) []float64 {
	edges := []float64{0}
	for power := math.Floor(math.Log10(first)); len(edges) < 20; power++ {
		for _, digit := range []float64{1, 2, 5} {
			edge := tidy(digit * math.Pow(10, power))
			if edge > last {
				return edges
			}
			if 2.5*edge > first {
				edges = append(edges, edge)
			}
		}
	}
	return edges
}

// roundStep returns the number 1, 2 or 5 times a power of ten that is at least x, and 0 for 0.
func roundStep(x float64) float64 {
	if x <= 0 || math.IsInf(x, 0) {
		return 0
	}
	power := math.Pow(10, math.Floor(math.Log10(x)))
	for _, digit := range []float64{1, 2, 5} {
		if digit*power >= x {
			return digit * power
		}
	}
	return 10 * power
}

// tidy takes the error of floating-point arithmetic out of a round number.
func tidy(x float64) float64 {
	x, _ = strconv.ParseFloat(strconv.FormatFloat(x, 'g', 12, 64), 64) // a number just formatted
	return x + 0                                                       // no negative zero
}

func wholeNumbers(numbers []weighted) bool {
	return !slices.ContainsFunc(numbers, func(n weighted) bool { return n.x != math.Trunc(n.x) })
}

// quantile returns the number below or at which the share q of rows lies; numbers are sorted.
func quantile(numbers []weighted, q float64) float64 {
	all := 0
	for _, n := range numbers {
		all += n.rows
	}
	rank := int(q * float64(all))
	for _, n := range numbers {
		if rank < n.rows {
			return n.x
		}
		rank -= n.rows
	}
	return numbers[len(numbers)-1].x
}
