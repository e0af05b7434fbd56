package publication_test

import (
	"compress/gzip"
	"os"
	"slices"
	"testing"
	"time"

	"github.com/opencovey/covey/internal/publication"
	"github.com/opencovey/covey/internal/testenv"
	"github.com/opencovey/covey/release"
)

// BenchmarkView is what the pages of a draft wait for in the service, on 193,025 rows of 37 columns: the second time, and the live figure
// after a change of one column.
func BenchmarkView(b *testing.B) {
	in, err := os.Open(testenv.SharedData(b, "ctdc_global_synthetic_2021-08-25.csv.gz"))
	must(b, err)
	defer in.Close()
	text, err := gzip.NewReader(in)
	must(b, err)
	policy, err := os.ReadFile("../../examples/policies/ctdc_global_synthetic.yaml")
	must(b, err)
	h := newHouse(b, nil)
	ctx := b.Context()
	d, err := h.CreateDataset(ctx, steward, publication.Dataset{Title: "Cases"})
	must(b, err)
	u, err := h.Upload(ctx, steward, d.ID, publication.UploadOptions{Name: "cases.csv"}, text)
	must(b, err)
	draft, err := h.NewDraft(ctx, steward, u.ID, "", policy)
	must(b, err)
	edits := 0
	for _, view := range []struct {
		name string
		ask  func() error
	}{
		{"inspect", func() error { _, _, err := h.Inspect(ctx, steward, draft.ID); return err }},
		{"columns", func() error { _, err := h.Columns(ctx, steward, draft.ID); return err }},
		{"effect", func() error { _, err := h.Effect(ctx, steward, draft.ID, nil); return err }},
		{"effect of an edit", func() error {
			edits++
			kind := []string{"category", "ignore"}[edits%2]
			_, err := h.Effect(ctx, steward, draft.ID, []release.PolicyEdit{{Column: "gender", Key: "kind", Value: kind}, {Key: "k", Value: 2 + edits}})
			return err
		}},
	} {
		begun := time.Now()
		must(b, view.ask())
		first := time.Since(begun)
		b.Run(view.name, func(b *testing.B) {
			var took []time.Duration
			for b.Loop() {
				begun := time.Now()
				must(b, view.ask())
				took = append(took, time.Since(begun))
			}
			slices.Sort(took)
			b.ReportMetric(float64(first.Milliseconds()), "ms-first")
			b.ReportMetric(float64(took[len(took)/2].Microseconds())/1000, "ms-median")
		})
	}
}
