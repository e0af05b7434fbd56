package pgm

import (
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// TestJunctionTree: for random graphs every edge lies in a clique, no clique lies in another, every node's cliques are
// connected (the running intersection property), and the count of cells is right.
func TestJunctionTree(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, 90).Draw(t, "nodes")
		sizes := rapid.SliceOfN(rapid.IntRange(1, 5), n, n).Draw(t, "sizes")
		g := newMarkov(sizes)
		for range rapid.IntRange(0, 2*n).Draw(t, "edges") {
			nodes := rapid.SliceOfN(rapid.IntRange(0, n-1), 1, 3).Draw(t, "together")
			g.join(setOf(nodes...))
		}
		cliques, cells := g.cliques(tooMany)
		want := 0
		for i, c := range cliques {
			want += cellsOf(c.nodes(), sizes)
			for k, o := range cliques {
				if i != k && c.in(o) {
					t.Fatalf("clique %v lies in %v", c.nodes(), o.nodes())
				}
			}
		}
		if cells != want && want < tooMany/100 {
			t.Fatalf("%d cells, want %d", cells, want)
		}
		for v, near := range g.near {
			for _, w := range near.nodes() {
				if !slices.ContainsFunc(cliques, setOf(v, w).in) {
					t.Fatalf("nodes %d and %d are in no clique together", v, w)
				}
			}
			if !slices.ContainsFunc(cliques, setOf(v).in) {
				t.Fatalf("node %d is in no clique", v)
			}
		}
		checkTree(t, newTree(cliques, sizes), n)
	})
}

func checkTree(t *rapid.T, tree tree, nodes int) {
	for v := range nodes { // in a tree, the cliques of a node are connected if all but one have it in common with their parent
		roots := 0
		for i, c := range tree.cliques {
			if c.has(v) && !tree.shared[i].has(v) {
				roots++
			}
			if p := tree.parent[i]; p >= i || tree.shared[i] != (set{}) && tree.shared[i] != c.and(tree.cliques[p]) {
				t.Fatalf("clique %d has parent %d and shares %v", i, p, tree.shared[i].nodes())
			}
		}
		if roots != 1 {
			t.Fatalf("node %d is in %d separate parts of the tree", v, roots)
		}
	}
}

// TestCliqueLimit: with a limit, elimination gives up exactly when there are more cells.
func TestCliqueLimit(t *testing.T) {
	g := newMarkov([]int{4, 4, 4, 4})
	g.join(setOf(0, 1))
	g.join(setOf(1, 2, 3))
	if c, n := g.cliques(80); len(c) != 2 || n != 80 {
		t.Errorf("%d cliques with %d cells, want 2 with 80", len(c), n)
	}
	if c, _ := g.cliques(79); c != nil {
		t.Errorf("%d cliques within 79 cells", len(c))
	}
}

// TestPlaces compares with the arithmetic of mixed radix.
func TestPlaces(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, 5).Draw(t, "nodes")
		sizes := rapid.SliceOfN(rapid.IntRange(1, 4), n, n).Draw(t, "sizes")
		whole := make([]int, n)
		for i := range whole {
			whole[i] = i
		}
		part := rapid.Permutation(whole).Draw(t, "order")[:rapid.IntRange(0, n).Draw(t, "part")]
		got := places(whole, part, sizes)
		codes := make([]int, n)
		for i := range cellsOf(whole, sizes) {
			at := 0
			for _, v := range part {
				at = at*sizes[v] + codes[v]
			}
			have := i
			if got != nil {
				have = int(got[i])
			}
			if have != at {
				t.Fatalf("cell %v is at %d, want %d", codes, have, at)
			}
			next(codes, sizes)
		}
	})
}
