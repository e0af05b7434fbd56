package pgm

import (
	"math"
	"slices"
	"testing"

	"github.com/opencovey/covey/privacy/noise"
)

// sixSizes are the columns of the brute force tests.
var sixSizes = []int{2, 3, 2, 4, 3, 2}

// testTargets have random potentials on some tables of six nodes.
func testTargets(seed byte) (*markov, []*target, []mask) {
	s := sampler{source: noise.NewSourceForTesting([32]byte{seed})}
	g := newMarkov(sixSizes)
	var targets []*target
	for _, nodes := range [][]int{{0}, {0, 1}, {1, 2, 3}, {2, 3}, {3, 4}, {0, 4}, {5}} {
		t := &target{set: setOf(nodes...), nodes: nodes}
		cells := cellsOf(nodes, sixSizes)
		t.counts, t.potential, t.stiffness = make([]float64, cells), make([]float64, cells), make([]float64, cells)
		for i := range t.potential {
			t.potential[i] = 4*s.uniform() - 2
			t.stiffness[i] = 2 + 5*s.uniform()
		}
		g.join(t.set)
		targets = append(targets, t)
	}
	zeros := []mask{{[]int{1, 3}, slices.Repeat([]float64{1}, 12)}}
	zeros[0].allowed[5], zeros[0].allowed[6] = 0, 0
	g.join(setOf(1, 3))
	truth := bruteForce(targets, zeros, 1000)
	for _, t := range targets { // noisy, and the fit starts elsewhere
		t.counts = marginalOf(truth, t.nodes)
		for i := range t.counts {
			t.counts[i] += 40*s.uniform() - 20
			t.potential[i] = 4*s.uniform() - 2
		}
	}
	return g, targets, zeros
}

// bruteForce multiplies potentials out over all 288 cells, with a sum of total, or as they are if total is 0.
func bruteForce(targets []*target, zeros []mask, total float64) []float64 {
	all := []int{0, 1, 2, 3, 4, 5}
	joint := slices.Repeat([]float64{1}, cellsOf(all, sixSizes))
	for _, t := range targets {
		f := make([]float64, len(t.potential))
		for i, p := range t.potential {
			f[i] = math.Exp(p)
		}
		multiply(joint, f, places(all, t.nodes, sixSizes))
	}
	for _, z := range zeros {
		multiply(joint, z.allowed, places(all, z.nodes, sixSizes))
	}
	if total > 0 {
		scale(joint, sum(joint), total)
	}
	return joint
}

func marginalOf(joint []float64, nodes []int) []float64 {
	table := make([]float64, cellsOf(nodes, sixSizes))
	sums(table, joint, places([]int{0, 1, 2, 3, 4, 5}, nodes, sixSizes))
	return table
}

func newTestNetwork(g *markov, targets []*target, zeros []mask) *network {
	cliques, _ := g.cliques(tooMany)
	return newNetwork(sixSizes, cliques, 1000, zeros, targets)
}

// TestInference compares all tables of up to three nodes with those of the whole joint table, before and after sweeps.
func TestInference(t *testing.T) {
	for seed := range byte(20) {
		g, targets, zeros := testTargets(seed)
		n := newTestNetwork(g, targets, zeros)
		if len(n.nodes) < 3 {
			t.Fatalf("only %d cliques", len(n.nodes))
		}
		for _, sweeps := range []int{0, 3} {
			if err := n.fit(t.Context(), sweeps, 0); err != nil {
				t.Fatal(err)
			}
			joint := bruteForce(targets, zeros, sum(n.belief[0]))
			for a := range sixSizes {
				for b := range a + 1 {
					for c := range b + 1 {
						nodes := slices.Compact([]int{c, b, a})
						near(t, "table", n.table(nodes), marginalOf(joint, nodes), 1e-4)
					}
				}
			}
		}
	}
}

// TestOptimum: after many sweeps model + stiffness*potential = count in every possible cell of every target, which is
// where the gradient of the penalised entropy vanishes; and each sweep brings the fit nearer to it.
func TestOptimum(t *testing.T) {
	g, targets, zeros := testTargets(3)
	n := newTestNetwork(g, targets, zeros)
	off := func() float64 {
		worst := 0.0
		for _, x := range targets {
			for i, m := range n.table(x.nodes) {
				if m > 0 {
					worst = max(worst, math.Abs(m+x.stiffness[i]*x.potential[i]-x.counts[i]))
				}
			}
		}
		return worst
	}
	before := off()
	if err := n.fit(t.Context(), 2000, 0); err != nil {
		t.Fatal(err)
	}
	if after := off(); after > 1e-4 {
		t.Errorf("gradient %g after 2000 sweeps, %g before", after, before)
	}
}

// TestReproduces: tables of one distribution, held firmly, are reproduced, and what they leave open has maximum entropy:
// columns that no table connects are independent, given those between them.
func TestReproduces(t *testing.T) {
	g, targets, zeros := testTargets(8)
	truth := bruteForce(targets, zeros, 1000)
	for _, x := range targets {
		x.counts = marginalOf(truth, x.nodes)
		fill(x.stiffness, 1e-9)
		fill(x.potential, 0)
	}
	n := newTestNetwork(g, targets, zeros)
	if err := n.fit(t.Context(), 3000, 0); err != nil {
		t.Fatal(err)
	}
	for _, x := range targets {
		near(t, "table", n.table(x.nodes), x.counts, 1e-5)
	}
	// The truth is itself of the form that has maximum entropy for these tables.
	near(t, "joint table", n.table([]int{0, 1, 2, 3, 4, 5}), truth, 1e-5)
	p5, p01 := n.table([]int{5}), n.table([]int{0, 1})
	for i, v := range n.table([]int{0, 1, 5}) {
		if want := p01[i/2] * p5[i%2] / 1000; math.Abs(v-want) > 1e-6 {
			t.Fatalf("unconnected columns depend on each other: %g, want %g", v, want)
		}
	}
}

// TestStep: the solution of m*exp(d) + c*d = a is near, and never below the exact one, from where the next sweep goes on.
func TestStep(t *testing.T) {
	s := sampler{source: noise.NewSourceForTesting([32]byte{1})}
	for range 10_000 {
		m, c := math.Exp(20*s.uniform()-8), math.Exp(14*s.uniform()-6)
		a := (s.uniform() - 0.3) * math.Exp(16*s.uniform()-4)
		f, d := step(m, c, a)
		left := func(d float64) float64 { return m*math.Exp(d) + c*d - a }
		if math.Abs(f-math.Exp(d)) > 1e-6*f {
			t.Fatalf("step(%g, %g, %g) has factor %g for %g", m, c, a, f, d)
		}
		if math.Abs(left(d)) > math.Abs(left(0))+1e-9 {
			t.Fatalf("step(%g, %g, %g) = %g is farther off than 0: %g, before %g", m, c, a, d, left(d), left(0))
		}
	}
}
