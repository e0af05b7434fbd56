package marginal_test

import (
	"compress/gzip"
	"context"
	"os"
	"testing"

	"github.com/opencovey/covey/internal/testenv"
	"github.com/opencovey/covey/marginal"
	"github.com/opencovey/covey/table"
)

// readShared reads a file of the shared data, every column as a category.
func readShared(t testing.TB, name string) *table.Table {
	t.Helper()
	file, err := os.Open(testenv.SharedData(t, name))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	unzipped, err := gzip.NewReader(file)
	if err != nil {
		t.Fatal(err)
	}
	rows, err := table.OpenCSV(unzipped, name, table.Format{})
	if err != nil {
		t.Fatal(err)
	}
	var schema table.Schema
	for _, header := range rows.Header() {
		schema.Fields = append(schema.Fields, table.Field{Name: header})
	}
	read, _, err := table.Read(context.Background(), rows, schema, table.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return read
}

// The combinations that the reference system, Synthetic Data Showcase 1.9.0, finds in the same file at the same threshold.
func TestCountSharedCases(t *testing.T) {
	cases := readShared(t, "ctdc_global_synthetic_2021-08-25.csv.gz")
	for length, want := range map[int]int{3: 36_910, 4: 163_646} {
		c, err := marginal.Count(context.Background(), cases, marginal.Options{Length: length, Threshold: 10})
		if err != nil {
			t.Fatal(err)
		}
		got := 0
		for l := 1; l <= length; l++ {
			got += c.Len(l)
		}
		if got != want {
			t.Errorf("length %d: %d combinations, want %d", length, got, want)
		}
	}
}

func BenchmarkCountSharedCases(b *testing.B) {
	cases := readShared(b, "ctdc_global_synthetic_2021-08-25.csv.gz")
	b.Log(cases.Len())
	for _, o := range []marginal.Options{{Length: 3, Threshold: 10, Workers: 1}, {Length: 4, Threshold: 10, Workers: 1}, {Length: 3, Threshold: 1, Workers: 1}} {
		b.Run("", func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				marginal.Count(context.Background(), cases, o)
			}
		})
	}
}
