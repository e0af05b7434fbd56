package quality

import (
	"context"
	"sync"

	"github.com/opencovey/covey/marginal"
	"github.com/opencovey/covey/table"
)

const (
	leakWork  = 1_000_000_000 // combinations of records looked at, at most, beyond Options.Length
	leakCells = 100           // leaked combinations that a report names
)

// leakage counts combinations with 0 < s < k and y > 0 up to two attributes more than o.Length. If every synthetic record is
// supported there are none, of any length, and nothing is enumerated.
func leakage(ctx context.Context, sensitive, synthetic *table.Table, supported bool, o Options) (Leakage, error) {
	leak := Leakage{Wanted: min(o.Length+2, marginal.MaxLength), Proved: supported}
	if supported {
		leak.Shown = make([]int, leak.Wanted)
		return leak, nil
	}
	length := leak.Wanted
	for length > o.Length && enumerationWork(sensitive, synthetic, length) > leakWork {
		length--
	}
	var mu sync.Mutex
	var tallies []*leakTally
	mo := marginal.Options{Length: length, Workers: o.Workers, Progress: func(done, total int) { o.Progress("look for leaks", done, total) }}
	err := marginal.Compare(ctx, sensitive, synthetic, mo, true, func() marginal.Visit {
		t := &leakTally{shown: make([]int, length), first: top{size: leakCells, before: shorterAndRarer}}
		mu.Lock()
		defer mu.Unlock()
		tallies = append(tallies, t)
		return func(combination []marginal.Attribute, s, y int) {
			if s > 0 && s < o.K && y > 0 {
				t.shown[len(combination)-1]++
				t.first.add(combination, s, y)
			}
		}
	})
	if err != nil {
		return leak, err
	}
	leak.Shown = make([]int, length)
	first := top{size: leakCells, before: shorterAndRarer}
	for _, t := range tallies {
		for l, n := range t.shown {
			leak.Shown[l] += n
		}
		first.join(&t.first)
	}
	leak.First = first.cells(sensitive.Columns)
	return leak, nil
}

// leakTally is what one worker has found.
type leakTally struct {
	shown []int
	first top
}

// enumerationWork bounds how many combinations of up to length attributes the records of both tables have, counting only attributes
// that occur in the second.
func enumerationWork(first, second *table.Table, length int) float64 {
	occurs := make([][]bool, len(second.Columns))
	for c := range occurs {
		occurs[c] = make([]bool, len(second.Columns[c].Values)+1)
	}
	for row := range second.Rows() {
		for c, code := range row {
			occurs[c][code] = code != 0
		}
	}
	records := make([]int, len(second.Columns)+1) // by number of such attributes
	for _, t := range []*table.Table{first, second} {
		for row := range t.Rows() {
			m := 0
			for c, code := range row {
				if occurs[c][code] {
					m++
				}
			}
			records[m]++
		}
	}
	work := 0.0
	for m, n := range records {
		subsets := 1.0
		for l := 1; l <= min(m, length); l++ {
			subsets *= float64(m-l+1) / float64(l)
			work += float64(n) * subsets
		}
	}
	return work
}
