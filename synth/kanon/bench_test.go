package kanon_test

import (
	"fmt"
	"testing"

	"github.com/opencovey/covey/internal/testenv"
	"github.com/opencovey/covey/synth/kanon"
	"github.com/opencovey/covey/table"
)

func BenchmarkSynthesize(b *testing.B) {
	for _, people := range []int{10_000, 50_000, 200_000} {
		b.Run(fmt.Sprint(people), func(b *testing.B) { benchmark(b, simulated(1, people)) })
	}
	b.Run("ctdc", func(b *testing.B) {
		path := testenv.SharedData(b, "ctdc_global_synthetic_2021-08-25.csv.gz")
		benchmark(b, readWith(b, path, "policies/ctdc_global_synthetic.yaml"))
	})
}

func benchmark(b *testing.B, in *table.Table) {
	b.ReportAllocs()
	for b.Loop() {
		synthesize(b, in, 10, kanon.Options{})
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(in.People()), "ns/person")
}
