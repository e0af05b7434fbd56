package work

import (
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
	text, err := os.Open("../../../examples/policies/ctdc_global_synthetic.yaml")
	if err != nil {
		b.Fatal(err)
	}
	defer text.Close()
	policy, err := release.ParsePolicy("p", text)
	if err != nil {
		b.Fatal(err)
	}
	s := &server{held: h}
	b.Run("read", func(b *testing.B) {
		for b.Loop() {
			if _, _, err := h.table(b.Context(), policy); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("effect", func(b *testing.B) {
		for b.Loop() {
			if _, err := s.effect(b.Context(), policy); err != nil {
				b.Fatal(err)
			}
		}
	})
}
