package table_test

import (
	"bytes"
	"context"
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/opencovey/covey/table"
)

// BenchmarkRead reads a wide, sparse file, as case files are: 7 categories and 30 flags that are mostly blank.
func BenchmarkRead(b *testing.B) {
	var text bytes.Buffer
	rng := rand.New(rand.NewPCG(1, 2))
	fields := make([]table.Field, 37)
	for i := range fields {
		fields[i].Name = fmt.Sprintf("column %d", i)
		fmt.Fprintf(&text, "column %d%s", i, map[bool]string{true: "\n", false: ","}[i == 36])
	}
	for range 100000 {
		for i := range 7 {
			fmt.Fprintf(&text, "value %d,", rng.IntN(5+10*i))
		}
		for i := range 30 {
			if rng.IntN(10) == 0 {
				text.WriteByte('1')
			}
			if i < 29 {
				text.WriteByte(',')
			}
		}
		text.WriteByte('\n')
	}
	b.SetBytes(int64(text.Len()))
	b.ReportAllocs()
	for b.Loop() {
		rows, err := table.OpenCSV(bytes.NewReader(text.Bytes()), "bench.csv", table.Format{})
		if err != nil {
			b.Fatal(err)
		}
		if _, _, err := table.Read(context.Background(), rows, table.Schema{Fields: fields}, table.Options{}); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkProfileRows looks over the file that is read in the tests of memory, which has almost no equal rows.
func BenchmarkProfileRows(b *testing.B) {
	var text bytes.Buffer
	if err := caseRows(&text, 20000, 1); err != nil {
		b.Fatal(err)
	}
	b.SetBytes(int64(text.Len()))
	b.ReportAllocs()
	for b.Loop() {
		rows, err := table.OpenCSV(bytes.NewReader(text.Bytes()), "bench.csv", table.Format{})
		if err != nil {
			b.Fatal(err)
		}
		if _, err := table.ProfileRows(context.Background(), rows, table.ProfileOptions{}); err != nil {
			b.Fatal(err)
		}
	}
}
