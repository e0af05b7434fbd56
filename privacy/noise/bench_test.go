package noise_test

import (
	"fmt"
	"math/big"
	"testing"

	"github.com/opencovey/covey/privacy/noise"
)

func BenchmarkGaussian(b *testing.B) {
	sources := map[string]func() *noise.Source{"chacha8": noise.NewSource, "system": noise.NewSystemSource}
	for _, variance := range []string{"1/2", "10", "12345/16", "1000000", "1000003/1024", "100000000000000000003/1000000007"} {
		for name, source := range sources {
			b.Run(fmt.Sprintf("%s/%s", name, variance), func(b *testing.B) {
				v, _ := new(big.Rat).SetString(variance)
				g, err := noise.NewGaussian(v)
				if err != nil {
					b.Fatal(err)
				}
				s := source()
				for b.Loop() {
					g.Draw(s)
				}
				b.ReportMetric(float64(b.N)/b.Elapsed().Seconds()/1e6, "Mdraws/s")
			})
		}
	}
}

func BenchmarkLaplace(b *testing.B) {
	l, err := noise.NewLaplace(big.NewRat(123, 4))
	if err != nil {
		b.Fatal(err)
	}
	s := noise.NewSource()
	for b.Loop() {
		l.Draw(s)
	}
}

func BenchmarkExponential(b *testing.B) {
	for _, n := range []int{10, 1000, 100_000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			e, err := noise.NewExponential(big.NewRat(1, 10), big.NewRat(1, 1))
			if err != nil {
				b.Fatal(err)
			}
			scores := make([]int64, n)
			for i := range scores {
				scores[i] = int64(i * 1000 / n)
			}
			s := noise.NewSource()
			for b.Loop() {
				if _, err := e.Choose(s, scores); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkSource(b *testing.B) {
	for name, source := range map[string]func() *noise.Source{"chacha8": noise.NewSource, "system": noise.NewSystemSource} {
		b.Run(name, func(b *testing.B) {
			s := source()
			for b.Loop() {
				s.Uint64()
			}
		})
	}
}
