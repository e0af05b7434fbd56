package pgm

import "slices"

// factor is a table of nodes.
type factor struct {
	nodes  []int
	values []float64
}

// table returns the table of some ascending nodes, wherever they are.
func (n *network) table(nodes []int) []float64 {
	s := setOf(nodes...)
	root := n.tree.holder(s, n.sizes)
	if root < 0 {
		root = 0
		for c, have := range n.tree.cliques {
			if have.and(s).len() > n.tree.cliques[root].and(s).len() {
				root = c
			}
		}
	}
	t := n.gather(root, -1, s)
	out := make([]float64, cellsOf(nodes, n.sizes))
	sums(out, t.values, places(t.nodes, nodes, n.sizes))
	return out
}

// gather returns a table of the people in all nodes of interest at and behind clique c, seen from the neighbour it shares
// an edge with, and of what the two share. The table of a clique times those of the cliques behind it, each divided by
// what they share, is that of all their nodes.
func (n *network) gather(c, from int, wanted set) factor {
	t := factor{n.nodes[c], n.belief[c]}
	keep := wanted
	for _, e := range n.edges(c) {
		shared := n.tree.shared[e.number]
		if e.to == from {
			keep = keep.or(shared)
			continue
		}
		if n.behind(e.to, c).and(wanted).in(n.tree.cliques[c]) {
			continue
		}
		sub := n.gather(e.to, c, wanted)
		share := slices.Clone(n.shared[e.number])
		for i, v := range share {
			if v > 0 {
				share[i] = 1 / v
			}
		}
		multiply(sub.values, share, places(sub.nodes, shared.nodes(), n.sizes))
		t = n.join(t, sub)
	}
	nodes := setOf(t.nodes...).and(keep).nodes()
	values := make([]float64, cellsOf(nodes, n.sizes))
	sums(values, t.values, places(t.nodes, nodes, n.sizes))
	return factor{nodes, values}
}

// edge leads to a neighbour in the tree. Its number is that of the clique farther from the root.
type edge struct{ to, number int }

func (n *network) edges(c int) []edge {
	var list []edge
	for _, k := range n.kids[c] {
		list = append(list, edge{k, k})
	}
	if p := n.tree.parent[c]; p >= 0 {
		list = append(list, edge{p, c})
	}
	return list
}

// behind returns the nodes of all cliques on the side of c, seen from a neighbour.
func (n *network) behind(c, from int) set {
	s := n.tree.cliques[c]
	for _, e := range n.edges(c) {
		if e.to != from {
			s = s.or(n.behind(e.to, c))
		}
	}
	return s
}

// join multiplies two tables.
func (n *network) join(a, b factor) factor {
	nodes := setOf(a.nodes...).or(setOf(b.nodes...)).nodes()
	values := make([]float64, cellsOf(nodes, n.sizes))
	fill(values, 1)
	multiply(values, a.values, places(nodes, a.nodes, n.sizes))
	multiply(values, b.values, places(nodes, b.nodes, n.sizes))
	return factor{nodes, values}
}
