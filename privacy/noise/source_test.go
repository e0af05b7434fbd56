package noise_test

import (
	"errors"
	"math"
	"math/big"
	"slices"
	"sync"
	"testing"

	"github.com/opencovey/covey/privacy/noise"
)

// TestSeededDrawsRepeat: what a seed gives is fixed, so that tests elsewhere can rely
// on it. Whoever changes the samplers changes these numbers, on purpose.
func TestSeededDrawsRepeat(t *testing.T) {
	draw := func() []int64 {
		s := seeded(1)
		g := newGaussian(t, "100")
		l, err := noise.NewLaplace(big.NewRat(21, 2))
		if err != nil {
			t.Fatal(err)
		}
		return append(sample(6, func() int64 { return g.Draw(s) }), sample(6, func() int64 { return l.Draw(s) })...)
	}
	got, want := draw(), []int64{12, -5, -6, 12, 3, 2, 8, 7, -5, 10, -3, 1}
	if !slices.Equal(got, want) || !slices.Equal(draw(), got) {
		t.Errorf("got %v, want %v", got, want)
	}
}

func TestSourcesDiffer(t *testing.T) {
	sources := map[string]*noise.Source{
		"cipher": noise.NewSource(), "another cipher": noise.NewSource(), "fork": noise.NewSource().Fork(),
		"system": noise.NewSystemSource(), "another system": noise.NewSystemSource(),
	}
	// Among 5*2^14 words of 64 bits, two agree with probability below 2^-31.
	const each = 1 << 14
	seen := make(map[uint64]bool, 5*each)
	repeats := 0
	for name, s := range sources {
		if !s.Secure() {
			t.Errorf("%s: not secure", name)
		}
		for range each {
			w := s.Uint64()
			if seen[w] {
				repeats++
			}
			seen[w] = true
		}
	}
	if repeats > 0 {
		t.Errorf("%d words repeat", repeats)
	}
}

func TestRekeying(t *testing.T) {
	s := noise.NewSource()
	ones, n := 0.0, 3<<19 // a key serves 2^20 words
	last := uint64(0)
	for range n {
		w := s.Uint64()
		if w == last {
			t.Fatal("a word repeats") // false alarm: 2^-43
		}
		last = w
		ones += float64(w & 1)
	}
	// Hoeffding 1963.
	if off := math.Abs(ones/float64(n) - 0.5); off > math.Sqrt(math.Log(2/falseAlarm)/(2*float64(n))) {
		t.Errorf("share of ones is off by %g", off)
	}
}

func TestForks(t *testing.T) {
	a, b := seeded(1), seeded(1)
	if a.Secure() || a.Fork().Secure() || !noise.NewSystemSource().Fork().Secure() {
		t.Error("a fork is not as secure as its source")
	}
	b.Fork()
	if a.Fork().Uint64() != b.Fork().Uint64() {
		t.Error("forks in the same order differ")
	}
	if one, other := a.Fork(), a.Fork(); one.Uint64() == other.Uint64() {
		t.Error("two forks agree")
	}
}

// TestSharedSamplers: samplers may be shared, each goroutine with its own source. The
// race detector watches.
func TestSharedSamplers(t *testing.T) {
	g, s := newGaussian(t, "50"), seeded(2)
	var results [4][]int64
	var wait sync.WaitGroup
	for i := range results {
		fork := s.Fork()
		wait.Go(func() { results[i] = sample(1000, func() int64 { return g.Draw(fork) }) })
	}
	wait.Wait()
	s = seeded(2)
	for i := range results {
		fork := s.Fork()
		if !slices.Equal(results[i], sample(1000, func() int64 { return g.Draw(fork) })) {
			t.Errorf("goroutine %d drew otherwise than alone", i)
		}
	}
}

func TestAdd(t *testing.T) {
	g := newGaussian(t, "100")
	l, err := noise.NewLaplace(big.NewRat(10, 1))
	if err != nil {
		t.Fatal(err)
	}
	for name, add := range map[string]struct {
		draw func(*noise.Source) int64
		add  func(*noise.Source, []int64)
	}{"gaussian": {g.Draw, g.Add}, "laplace": {l.Draw, l.Add}} {
		values := []int64{0, 1000, -5}
		add.add(seeded(3), values)
		s := seeded(3)
		want := []int64{add.draw(s), 1000 + add.draw(s), -5 + add.draw(s)}
		if !slices.Equal(values, want) {
			t.Errorf("%s: got %v, want %v", name, values, want)
		}
		ends := make([]int64, 200)
		for i := range ends {
			ends[i] = math.MaxInt64
			if i%2 == 0 {
				ends[i] = math.MinInt64
			}
		}
		add.add(seeded(4), ends)
		for i, x := range ends {
			if (x > 0) != (i%2 == 1) {
				t.Fatalf("%s: a sum wrapped around to %d", name, x)
			}
		}
	}
}

func TestInvalidParameters(t *testing.T) {
	long := new(big.Rat).SetFrac(new(big.Int).Lsh(big.NewInt(1), 300), new(big.Int).Add(new(big.Int).Lsh(big.NewInt(1), 299), big.NewInt(1)))
	one := big.NewRat(1, 1)
	tests := []struct {
		name string
		r    *big.Rat
		zero bool // zero is valid for the coin
	}{
		{"nil", nil, false},
		{"negative", big.NewRat(-1, 2), false},
		{"zero", new(big.Rat), true},
		{"300 bits", long, false},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			_, g := noise.NewGaussian(test.r)
			_, l := noise.NewLaplace(test.r)
			_, b := noise.NewBernoulliExp(test.r)
			if g == nil || l == nil || (b == nil) != test.zero {
				t.Errorf("errors: %v, %v, %v", g, l, b)
			}
			if test.name == "300 bits" {
				return // epsilon and sensitivity may be long if their ratio is short
			}
			_, e := noise.NewExponential(test.r, one)
			_, d := noise.NewExponential(one, test.r)
			if e == nil || d == nil {
				t.Errorf("errors: %v, %v", e, d)
			}
		})
	}
	if _, err := noise.NewGaussian(new(big.Rat).SetFrac(new(big.Int).Lsh(big.NewInt(1), 81), big.NewInt(1))); err == nil {
		t.Error("variance 2^81 is accepted")
	}
	if _, err := noise.NewLaplace(big.NewRat(1<<41, 1)); err == nil {
		t.Error("scale 2^41 is accepted")
	}
	e, err := noise.NewExponential(one, one)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := e.Choose(seeded(1), nil); !errors.Is(err, noise.ErrNoCandidates) {
		t.Errorf("no candidates: %v", err)
	}
}

// TestParametersAreCopied: changing the number after the sampler was made changes
// nothing.
func TestParametersAreCopied(t *testing.T) {
	v := big.NewRat(100, 1)
	g, err := noise.NewGaussian(v)
	if err != nil {
		t.Fatal(err)
	}
	v.SetInt64(1)
	g.Variance().SetInt64(2)
	if g.Variance().Cmp(big.NewRat(100, 1)) != 0 {
		t.Errorf("variance is now %v", g.Variance())
	}
}
