package release

import (
	"bufio"
	"encoding/csv"
	"fmt"
	"io"
	"strconv"

	"github.com/opencovey/covey/synth/kanon"
)

// WriteAggregates writes protected counts as CSV: count, length, then column_1, value_1, column_2, value_2 and so on, as many
// pairs as the longest combination has attributes. The first row, of length 0, is the number of people. Rows are sorted by
// length, then by the order of columns and of their values.
func WriteAggregates(w io.Writer, counts *kanon.Counts) error {
	buffer := bufio.NewWriterSize(w, 1<<16)
	out := csv.NewWriter(buffer)
	row := make([]string, 2+2*counts.Length())
	row[0], row[1] = "count", "length"
	for i := range counts.Length() {
		row[2+2*i] = fmt.Sprintf("column_%d", i+1)
		row[3+2*i] = fmt.Sprintf("value_%d", i+1)
	}
	if err := out.Write(row); err != nil {
		return fmt.Errorf("write counts: %w", err)
	}
	clear(row)
	row[0], row[1] = strconv.Itoa(counts.People()), "0"
	if err := out.Write(row); err != nil {
		return fmt.Errorf("write counts: %w", err)
	}
	for length := 1; length <= counts.Length(); length++ {
		row[1] = strconv.Itoa(length)
		for combination, n := range counts.All(length) {
			row[0] = strconv.Itoa(n)
			for i, a := range combination {
				row[2+2*i], row[3+2*i] = counts.Name(a)
			}
			if err := out.Write(row); err != nil {
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
