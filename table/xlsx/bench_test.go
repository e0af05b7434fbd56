package xlsx_test

import (
	"fmt"
	"io"
	"testing"

	"github.com/opencovey/covey/table/xlsx"
	"github.com/xuri/excelize/v2"
)

// BenchmarkSheet reads 20,000 rows of 20 cells, half of them numbers, half shared texts.
func BenchmarkSheet(b *testing.B) {
	const rows, columns = 20000, 20
	data := workbook(b, func(f *excelize.File) error {
		w, err := f.NewStreamWriter("Sheet1")
		if err != nil {
			return err
		}
		for r := 1; r <= rows; r++ {
			cells := make([]any, columns)
			for c := range cells {
				if cells[c] = any(r * c % 97); r == 1 || c%2 == 0 {
					cells[c] = fmt.Sprint("value ", r*c%97+c)
				}
			}
			if err := w.SetRow(fmt.Sprint("A", r), cells); err != nil {
				return err
			}
		}
		return w.Flush()
	})
	b.ReportAllocs()
	for b.Loop() {
		s, err := open(data, xlsx.Options{})
		for err == nil {
			_, err = s.Next()
		}
		if err != io.EOF {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/(rows*columns), "ns/cell")
}
