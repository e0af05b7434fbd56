package pgm

import (
	"math/bits"
	"slices"
)

// set is a set of nodes of the graph, as bits.
type set [maxNodes / 64]uint64

// maxNodes is how many nodes a graph may have.
const maxNodes = 128

func setOf(nodes ...int) set {
	var s set
	for _, v := range nodes {
		s[v>>6] |= 1 << (v & 63)
	}
	return s
}

func (s set) has(v int) bool { return s[v>>6]>>(v&63)&1 == 1 }

func (s set) and(o set) set {
	for i := range s {
		s[i] &= o[i]
	}
	return s
}

func (s set) or(o set) set {
	for i := range s {
		s[i] |= o[i]
	}
	return s
}

func (s set) without(o set) set {
	for i := range s {
		s[i] &^= o[i]
	}
	return s
}

func (s set) in(o set) bool { return s.without(o) == set{} }

func (s set) len() int {
	n := 0
	for _, w := range s {
		n += bits.OnesCount64(w)
	}
	return n
}

// nodes lists the set in ascending order.
func (s set) nodes() []int {
	list := make([]int, 0, 8)
	for i, w := range s {
		for ; w != 0; w &= w - 1 {
			list = append(list, i<<6+bits.TrailingZeros64(w))
		}
	}
	return list
}

// product returns the number of cells of a table over the set, or a number above limit if that is more.
func (s set) product(sizes []int, limit int) int {
	cells := 1
	for i, w := range s {
		for ; w != 0; w &= w - 1 {
			cells *= sizes[i<<6+bits.TrailingZeros64(w)]
			if cells > limit {
				return limit + 1
			}
		}
	}
	return cells
}

// markov is an undirected graph: node v may depend on the nodes of near[v] directly, and on others only through them.
type markov struct {
	sizes []int
	near  []set // without the node itself
}

func newMarkov(sizes []int) *markov { return &markov{sizes, make([]set, len(sizes))} }

// join connects all nodes of a set with each other.
func (g *markov) join(s set) {
	for _, v := range s.nodes() {
		g.near[v] = g.near[v].or(s).without(setOf(v))
	}
}

// with returns a copy in which the nodes of s are connected.
func (g *markov) with(s set) *markov {
	c := &markov{g.sizes, slices.Clone(g.near)}
	c.join(s)
	return c
}

// tooMany is what the number of cells is cut at while nodes are compared.
const tooMany = 1 << 40

// cliques makes the graph chordal by eliminating nodes one after the other and returns its maximal cliques: always the
// node next whose clique has the fewest cells, the first of equals (the min-weight heuristic; Kjærulff 1990).
// It stops and returns nil when the cliques have more cells than the limit. The second result is the number of cells.
func (g *markov) cliques(limit int) ([]set, int) {
	near := slices.Clone(g.near)
	var left set
	cost := make([]int, len(near))
	weigh := func(v int) { cost[v] = near[v].or(setOf(v)).product(g.sizes, tooMany) }
	for v := range near {
		left = left.or(setOf(v))
		weigh(v)
	}
	var found []set
	cells := 0
	for left != (set{}) {
		best := -1
		for i, w := range left {
			for ; w != 0; w &= w - 1 {
				if v := i<<6 + bits.TrailingZeros64(w); best < 0 || cost[v] < cost[best] {
					best = v
				}
			}
		}
		clique := near[best].or(setOf(best))
		if !slices.ContainsFunc(found, clique.in) {
			found = append(found, clique)
			cells += cost[best]
			if cells > limit {
				return nil, cells
			}
		}
		left = left.without(setOf(best))
		neighbours := near[best].nodes()
		for _, v := range neighbours {
			near[v] = near[v].or(clique).and(left).without(setOf(v))
		}
		for _, v := range neighbours {
			weigh(v)
		}
	}
	return found, cells
}

// tree is a junction tree: for any two cliques, what they share lies in every clique on the way between them. Parents
// come before their children.
type tree struct {
	cliques []set
	parent  []int // -1 for the root
	shared  []set // with the parent; may be empty
}

// newTree connects the maximal cliques of a chordal graph so that neighbours share as many nodes as possible, which
// makes a junction tree (Jensen, Jensen 1994). The root is the largest clique.
func newTree(cliques []set, sizes []int) tree {
	root := 0
	for i, c := range cliques {
		if c.product(sizes, tooMany) > cliques[root].product(sizes, tooMany) {
			root = i
		}
	}
	t := tree{[]set{cliques[root]}, []int{-1}, []set{{}}}
	rest := slices.Delete(slices.Clone(cliques), root, root+1)
	link, width := make([]int, len(rest)), make([]int, len(rest)) // the best place so far
	for i := range rest {
		width[i] = rest[i].and(t.cliques[0]).len()
	}
	for len(rest) > 0 {
		best := 0
		for i := range rest {
			if width[i] > width[best] {
				best = i
			}
		}
		c := rest[best]
		t.parent = append(t.parent, link[best])
		t.shared = append(t.shared, c.and(t.cliques[link[best]]))
		t.cliques = append(t.cliques, c)
		rest = slices.Delete(rest, best, best+1)
		link, width = slices.Delete(link, best, best+1), slices.Delete(width, best, best+1)
		for i := range rest {
			if w := rest[i].and(c).len(); w > width[i] {
				link[i], width[i] = len(t.cliques)-1, w
			}
		}
	}
	return t
}

// holder returns the clique with the fewest cells that contains a set, or -1.
func (t *tree) holder(s set, sizes []int) int {
	best, cells := -1, 0
	for i, c := range t.cliques {
		if !s.in(c) {
			continue
		}
		if n := c.product(sizes, tooMany); best < 0 || n < cells {
			best, cells = i, n
		}
	}
	return best
}
