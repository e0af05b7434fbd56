package kanon_test

import (
	"context"
	"testing"

	"github.com/opencovey/covey/synth/kanon"
)

// FuzzSynthesize makes small tables of bytes: first k, the number of columns and of values, then cells. What is promised holds for
// all.
func FuzzSynthesize(f *testing.F) {
	f.Add([]byte{2, 3, 2, 1, 1, 1, 1, 1, 1, 2, 2, 0, 2, 2, 0})
	f.Add([]byte{5, 1, 9, 1, 2, 3, 4, 5, 6, 7, 8, 9, 1, 2, 3, 4, 5, 6, 7, 8, 9})
	f.Add([]byte{3, 5, 1, 1, 0, 1, 0, 1, 0, 1, 0, 1, 0, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 0, 1, 0, 1})
	f.Fuzz(func(t *testing.T, data []byte) {
		if len(data) < 3 {
			return
		}
		k, columns, values := 2+int(data[0]%19), 1+int(data[1]%12), 1+int(data[2]%12)
		cells := data[3:]
		counts := make([]int, columns)
		for i := range counts {
			counts[i] = values
		}
		var rows [][]uint16
		for ; len(cells) >= columns && len(rows) < 500; cells = cells[columns:] {
			row := make([]uint16, columns)
			for i := range row {
				row[i] = uint16(int(cells[i]) % (values + 1))
			}
			rows = append(rows, row)
			if cells[0] >= 128 { // so that few bytes make common records
				rows = append(rows, row, row)
			}
		}
		in := newTable(counts, rows)
		out, err := kanon.Synthesize(context.Background(), in, k, kanon.Options{Workers: 1 + int(data[0]%3), Rounds: 1 + int(data[1]%3)})
		if len(rows) < k {
			if err == nil {
				t.Fatalf("%d persons and k %d are no error", len(rows), k)
			}
			return
		}
		if err != nil {
			t.Fatal(err)
		}
		if err := checkRecords(in, out, k); err != nil {
			t.Fatal(err)
		}
	})
}
