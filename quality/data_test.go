package quality_test

import (
	"compress/gzip"
	"context"
	"fmt"
	"io"
	"os"
	"testing"

	"github.com/opencovey/covey/internal/testenv"
	"github.com/opencovey/covey/quality"
	"github.com/opencovey/covey/table"
)

// shared reads a file of the shared data as categories.
func shared(t testing.TB, name string) *table.Table {
	t.Helper()
	f, err := os.Open(testenv.SharedData(t, name))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	copied, err := os.CreateTemp(t.TempDir(), "*.csv")
	if err != nil {
		t.Fatal(err)
	}
	defer copied.Close()
	if _, err := io.Copy(copied, z); err != nil {
		t.Fatal(err)
	}
	if _, err := copied.Seek(0, io.SeekStart); err != nil {
		t.Fatal(err)
	}
	rows, err := table.OpenCSV(copied, name, table.Format{})
	if err != nil {
		t.Fatal(err)
	}
	var s table.Schema
	for _, header := range rows.Header() {
		s.Fields = append(s.Fields, table.Field{Name: header})
	}
	x, _, err := table.Read(context.Background(), rows, s, table.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return x
}

// TestCTDC compares real-sized tables: the published records of the Counter-Trafficking Data Collaborative and what is left of them when each
// has three attributes at most. The combinations of at least ten records are those that Synthetic Data Showcase counts.
func TestCTDC(t *testing.T) {
	testenv.NotRaces(t)
	people := shared(t, "ctdc_global_synthetic_2021-08-25.csv.gz")
	few := fewer(random(1), people, 3)
	r := compare(t, people, few, quality.Options{Trials: 200, Control: people})
	if got := r.Private.Combinations[0].Common; got != 36_910 {
		t.Errorf("%d combinations of at least ten, want 36,910", got)
	}
	for l, c := range r.Private.Combinations[1:] {
		if c.Kept <= 0 || c.Kept >= 1 || c.Fabricated != 0 {
			t.Errorf("length %d: %+v", l+1, c)
		}
	}
	if m := r.Private.Marginals[2]; m.Taken != 7770 || m.Of != 7770 {
		t.Errorf("triples: %d of %d", m.Taken, m.Of)
	}
	for _, a := range r.Private.Attacks {
		if a.Leak { // members and controls are the same people
			t.Errorf("leak: %+v, controls %+v", a, a.Controls)
		}
	}
}

func BenchmarkCompare(b *testing.B) {
	for _, people := range []int{10_000, 40_000} {
		sensitive := cases(people)
		synthetic := fewer(random(1), sensitive, 5)
		for _, trials := range []int{-1, 1000} {
			b.Run(fmt.Sprintf("people=%d,trials=%d", people, trials), func(b *testing.B) {
				for range b.N {
					compare(b, sensitive, synthetic, quality.Options{Trials: trials, Control: sensitive})
				}
			})
		}
	}
}

func ExampleCompare() {
	columns := []table.Column{{Name: "sex", Values: []string{"f", "m"}}, {Name: "age", Values: []string{"child", "adult"}}}
	sensitive, synthetic := table.NewBuilder(columns), table.NewBuilder(columns)
	sensitive.Add([]uint16{1, 2}, 40) // forty women
	sensitive.Add([]uint16{2, 1}, 3)  // three boys
	synthetic.Add([]uint16{1, 2}, 30)
	synthetic.Add([]uint16{1, 0}, 10)
	r, err := quality.Compare(context.Background(), sensitive.Table(), synthetic.Table(), quality.Options{Length: 2})
	if err != nil {
		fmt.Println(err)
		return
	}
	all := r.Private.Combinations[0]
	fmt.Printf("%d combinations of at least ten people keep %.0f %% of their count\n", all.Common, 100*all.Kept)
	fmt.Printf("%g %% of the synthetic records are true of at least ten people\n", r.Public.Supported)
	// Output:
	// 3 combinations of at least ten people keep 83 % of their count
	// 100 % of the synthetic records are true of at least ten people
}
