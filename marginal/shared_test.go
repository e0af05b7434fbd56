package marginal_test

import (
	"compress/gzip"
	"context"
	"fmt"
	"os"
	"strings"
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
// A filled flag is an attribute there, whatever it says.
func TestCountSharedCases(t *testing.T) {
	cases := readShared(t, "ctdc_global_synthetic_2021-08-25.csv.gz")
	for length, want := range map[int]int{3: 36_910, 4: 163_646} {
		c := count(t, cases, marginal.Options{Length: length, Threshold: 10})
		got := 0
		for l := 1; l <= length; l++ {
			got += c.Len(l)
		}
		if got != want {
			t.Errorf("length %d: %d combinations, want %d", length, got, want)
		}
	}
}

// Real files, of which some may not be copied into this repository: a wide, sparse case file and a dense survey.
func BenchmarkCountShared(b *testing.B) {
	for _, tt := range []struct {
		file   string
		length int
	}{
		{"ctdc_global_synthetic_2021-08-25.csv.gz", 3},
		{"ctdc_global_synthetic_2021-08-25.csv.gz", 4},
		{"nist_acs_excerpt_national2019.csv.gz", 3},
		{"adult_discretised.csv.gz", 3},
	} {
		b.Run(fmt.Sprint(strings.SplitN(tt.file, "_", 2)[0], " length ", tt.length), func(b *testing.B) {
			t := readShared(b, tt.file)
			for _, threshold := range []int{1, 10} {
				b.Run(fmt.Sprint("k=", threshold), func(b *testing.B) {
					benchmarkCount(b, t, marginal.Options{Length: tt.length, Threshold: threshold, Workers: 1})
				})
			}
		})
	}
}
