package work

import (
	"fmt"
	"os"
	"testing"

	"github.com/opencovey/covey/internal/testenv"
	"github.com/opencovey/covey/release"
	"github.com/opencovey/covey/table"
)

// BenchmarkEffect is what an edit of a policy waits for, on 193,025 rows of 37 columns.
func BenchmarkEffect(b *testing.B) {
	path := testenv.SharedData(b, "ctdc_global_synthetic_2021-08-25.csv.gz")
	in, err := table.OpenFile(path, table.Format{})
	if err != nil {
		b.Fatal(err)
	}
	defer in.Close()
	h, err := hold(b.Context(), in, release.PolicyInput{})
	if err != nil {
		b.Fatal(err)
	}
	text, err := os.ReadFile("../../../examples/policies/ctdc_global_synthetic.yaml")
	if err != nil {
		b.Fatal(err)
	}
	policy := parsed(b, text)
	s := &server{source: &Source{}, held: h}
	b.Run("read", func(b *testing.B) { // row by row
		for b.Loop() {
			if _, _, err := h.table(b.Context(), policy); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("whole", func(b *testing.B) { // column by column, all of them new
		for b.Loop() {
			h.coded = coded{}
			if _, err := h.quick(b.Context(), policy); err != nil {
				b.Fatal(err)
			}
		}
	})
	n := 0
	edited := func() *release.Policy { // each time another reading of one column
		n++
		return parsed(b, text, release.PolicyEdit{Column: "gender", Key: "blanks", Value: []string{fmt.Sprint("none", n)}})
	}
	b.Run("column", func(b *testing.B) {
		for b.Loop() {
			if _, err := h.quick(b.Context(), edited()); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("effect", func(b *testing.B) {
		for b.Loop() {
			if _, err := s.effect(b.Context(), edited()); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("report", func(b *testing.B) {
		for b.Loop() {
			if _, err := s.report(b.Context(), policy); err != nil {
				b.Fatal(err)
			}
		}
	})
}
