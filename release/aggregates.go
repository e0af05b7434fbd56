package release

import (
	"bufio"
	"encoding/csv"
	"fmt"
	"io"
	"iter"
	"strconv"

	"github.com/opencovey/covey/marginal"
	"github.com/opencovey/covey/synth/dp"
)

// WriteAggregates writes counts as CSV: count, length, then column_1, value_1, column_2, value_2 and so on, as many
// pairs as the longest combination has attributes. Counts with margins have low and high after count. The first row, of length 0, is the number of
// people. Rows are sorted by length, then by the order of columns and of their values.
func WriteAggregates(w io.Writer, counts Counts) error {
	buffer := bufio.NewWriterSize(w, 1<<16)
	out := csv.NewWriter(buffer)
	a := newAggregatesLayout(counts)
	out.Write(a.header()) // errors are kept by the writer
	out.Write(a.row(nil, a.people()))
	for length := 1; length <= counts.Length(); length++ {
		for combination, n := range a.all(length) {
			if err := out.Write(a.row(combination, n)); err != nil {
				return fmt.Errorf("write counts: %w", err)
			}
		}
	}
	out.Flush()
	if err := out.Error(); err != nil {
		return fmt.Errorf("write counts: %w", err)
	}
	return buffer.Flush()
}

// aggregatesLayout makes the rows of aggregates.csv.
type aggregatesLayout struct {
	counts  Counts
	margins marginCounts // nil if there are none
	cells   []string
}

func newAggregatesLayout(counts Counts) *aggregatesLayout {
	a := &aggregatesLayout{counts: counts}
	if read, ok := counts.(*Aggregates); !ok || read.margins {
		a.margins, _ = counts.(marginCounts)
	}
	a.cells = make([]string, len(a.header()))
	return a
}

func (a *aggregatesLayout) header() []string {
	return aggregatesHeader(a.counts.Length(), a.margins != nil)
}

func aggregatesHeader(length int, margins bool) []string {
	header := []string{"count"}
	if margins {
		header = append(header, "low", "high")
	}
	header = append(header, "length")
	for i := range length {
		header = append(header, fmt.Sprintf("column_%d", i+1), fmt.Sprintf("value_%d", i+1))
	}
	return header
}

func (a *aggregatesLayout) people() dp.Count {
	if a.margins != nil {
		return a.margins.PeopleMargin()
	}
	return dp.Count{Estimate: a.counts.People()}
}

// all iterates over the combinations of one length.
func (a *aggregatesLayout) all(length int) iter.Seq2[[]marginal.Attribute, dp.Count] {
	if a.margins != nil {
		return a.margins.Margins(length)
	}
	return func(yield func([]marginal.Attribute, dp.Count) bool) {
		for combination, n := range a.counts.All(length) {
			if !yield(combination, dp.Count{Estimate: n}) {
				return
			}
		}
	}
}

// row returns the cells of one row. The slice is used again.
func (a *aggregatesLayout) row(combination []marginal.Attribute, n dp.Count) []string {
	clear(a.cells)
	a.cells[0] = strconv.Itoa(n.Estimate)
	rest := a.cells[1:]
	if a.margins != nil {
		rest[0], rest[1] = strconv.Itoa(n.Low), strconv.Itoa(n.High)
		rest = rest[2:]
	}
	rest[0] = strconv.Itoa(len(combination))
	for i, attr := range combination {
		rest[1+2*i], rest[2+2*i] = a.counts.Name(attr)
	}
	return a.cells
}
