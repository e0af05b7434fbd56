package pgm

import (
	"cmp"
	"context"
	"math"
	"slices"
)

// target is what the fit aims at for one table of nodes.
type target struct {
	set    set
	nodes  []int
	counts []float64
	// The fit has model + stiffness*potential = count in each cell: the smaller the stiffness, the closer is the fit
	// held to the count, against all else.
	stiffness []float64
	potential []float64
	variance  []float64 // of counts before they were made to agree
	allowed   []float64 // 1 for possible cells, 0 for structural zeros
	smaller   [][]int32 // places in the table without the first node, the second, ...
}

// network holds a distribution as the tables of the cliques of a junction tree, in numbers of people.
//
// # Fit
//
// Among all distributions q (with any total) it looks for the least of
//
//	KL(q, base) + sum over targets and cells (q's count - noisy count)^2 / (2 stiffness)
//
// where KL is the relative entropy of measures that need not add up to 1.
type network struct {
	sizes   []int
	tree    tree
	nodes   [][]int     // of each clique
	belief  [][]float64 // people in each cell of each clique
	shared  [][]float64 // people in each cell of what each clique shares with its parent
	up      [][]int32   // places of the shared cells in the parent
	down    [][]int32   // and in the clique itself
	blocks  [][]block   // of each clique
	scratch []float64
	kids    [][]int
	moved   float64 // people that the sweep under way has moved, summed over targets
}

// block is a table within a clique, with the targets that lie within it.
type block struct {
	nodes   []int
	places  []int32 // in the clique
	values  []float64
	factor  []float64
	targets []inner
}

type inner struct {
	*target
	places []int32 // of the target in the block
	values []float64
	factor []float64
}

// newNetwork multiplies the potentials of all targets out, scaled to a number of people. Structural zeros are tables of
// 0 and 1.
func newNetwork(sizes []int, cliques []set, total float64, zeros []mask, targets []*target) *network {
	n := &network{sizes: sizes, tree: newTree(cliques, sizes)}
	n.kids = make([][]int, len(cliques))
	n.blocks = make([][]block, len(cliques))
	largest := 1
	for i, c := range n.tree.cliques {
		nodes := c.nodes()
		cells := cellsOf(nodes, sizes)
		largest = max(largest, cells)
		n.nodes = append(n.nodes, nodes)
		n.belief = append(n.belief, make([]float64, cells))
		fill(n.belief[i], 1)
		var up, down []int32
		var shared []float64
		if p := n.tree.parent[i]; p >= 0 {
			s := n.tree.shared[i].nodes()
			up, down = places(n.nodes[p], s, sizes), places(nodes, s, sizes)
			shared = make([]float64, cellsOf(s, sizes))
			n.kids[p] = append(n.kids[p], i)
		}
		n.up, n.down, n.shared = append(n.up, up), append(n.down, down), append(n.shared, shared)
	}
	n.scratch = make([]float64, largest)
	n.assign(targets)
	n.start(total, zeros)
	return n
}

// assign gives every target to the smallest clique that has its nodes, and there to the first target that includes it.
func (n *network) assign(targets []*target) {
	for _, t := range bySize(targets) {
		c, at := n.including(t.set)
		cells := len(t.counts)
		if at < 0 {
			c = n.tree.holder(t.set, n.sizes)
			n.blocks[c] = append(n.blocks[c], block{
				nodes: t.nodes, places: places(n.nodes[c], t.nodes, n.sizes),
				values: make([]float64, cells), factor: make([]float64, cells),
			})
			at = len(n.blocks[c]) - 1
		}
		b := &n.blocks[c][at]
		b.targets = append(b.targets, inner{t, places(b.nodes, t.nodes, n.sizes), make([]float64, cells), make([]float64, cells)})
	}
}

// including finds the smallest block that includes some nodes, and its clique.
func (n *network) including(s set) (clique, at int) {
	at, best := -1, 0
	for c := range n.blocks {
		for i := range n.blocks[c] {
			if b := &n.blocks[c][i]; s.in(setOf(b.nodes...)) && (at < 0 || len(b.values) < best) {
				clique, at, best = c, i, len(b.values)
			}
		}
	}
	return clique, at
}

// bySize sorts targets by falling number of cells.
func bySize(targets []*target) []*target {
	list := slices.Clone(targets)
	slices.SortStableFunc(list, func(a, b *target) int {
		return cmp.Or(len(b.nodes)-len(a.nodes), len(b.counts)-len(a.counts))
	})
	return list
}

// start multiplies potentials into the cliques and passes messages so that all of them agree.
func (n *network) start(total float64, zeros []mask) {
	for c := range n.blocks {
		for _, b := range n.blocks[c] {
			fill(b.factor, 1)
			for _, t := range b.targets {
				for i, p := range t.potential {
					t.factor[i] = math.Exp(p)
				}
				multiply(b.factor, t.factor, t.places)
			}
			multiply(n.belief[c], b.factor, b.places)
		}
	}
	for _, z := range zeros {
		c := n.tree.holder(setOf(z.nodes...), n.sizes)
		multiply(n.belief[c], z.allowed, places(n.nodes[c], z.nodes, n.sizes))
	}
	for c := len(n.nodes) - 1; c > 0; c-- { // towards the root
		scale(n.belief[c], slices.Max(n.belief[c]), 1) // so that nothing overflows
		sums(n.shared[c], n.belief[c], n.down[c])
		multiply(n.belief[n.tree.parent[c]], n.shared[c], n.up[c])
	}
	scale(n.belief[0], sum(n.belief[0]), total)
	for c := 1; c < len(n.nodes); c++ {
		n.carry(n.tree.parent[c], c, c, n.up[c], n.down[c])
	}
}

// scale multiplies numbers by to/from.
func scale(values []float64, from, to float64) {
	if from > 0 {
		for i := range values {
			values[i] *= to / from
		}
	}
}

// carry brings the news of one clique to its neighbour, over what the edge of clique e shares.
func (n *network) carry(from, to, e int, placesFrom, placesTo []int32) {
	s := n.shared[e]
	now := n.scratch[:len(s)]
	sums(now, n.belief[from], placesFrom)
	for i, v := range now {
		if s[i] > 0 {
			s[i], now[i] = v, v/s[i]
		} else {
			now[i] = 0
		}
	}
	multiply(n.belief[to], now, placesTo)
}

// sweep improves the potentials of all targets once, walking over the tree so that the clique at hand always has the
// news of all others.
func (n *network) sweep() float64 {
	n.moved = 0
	n.visit(0)
	return n.moved
}

func (n *network) visit(c int) {
	for i := range n.blocks[c] {
		n.improve(c, &n.blocks[c][i])
	}
	for _, k := range n.kids[c] {
		n.carry(c, k, k, n.up[k], n.down[k])
		n.visit(k)
		n.carry(k, c, k, n.down[k], n.up[k])
	}
}

// settle makes all cliques agree after a sweep.
func (n *network) settle() {
	for c := 1; c < len(n.nodes); c++ {
		n.carry(n.tree.parent[c], c, c, n.up[c], n.down[c])
	}
}

// improve solves for the potentials of one target after the other.
func (n *network) improve(c int, b *block) {
	sums(b.values, n.belief[c], b.places)
	fill(b.factor, 1)
	for k := range b.targets {
		t := &b.targets[k]
		sums(t.values, b.values, t.places)
		n.moved += t.solve(t.values, t.factor)
		multiply(b.values, t.factor, t.places)
		multiply(b.factor, t.factor, t.places)
	}
	multiply(n.belief[c], b.factor, b.places)
}

// limit bounds potentials, so that products of some of them stay within float64.
const limit = 40

// solve changes the potentials so that model*exp(change) + stiffness*(potential+change) = count, nearly, and returns
// the factors exp(change) and the sum of changes of the model.
func (t *target) solve(model, factor []float64) float64 {
	moved := 0.0
	for i, m := range model {
		if m <= 0 {
			factor[i] = 1
			continue
		}
		c := t.stiffness[i]
		f, d := step(m, c, t.counts[i]-c*t.potential[i])
		if p := t.potential[i] + d; p > limit || p < -limit {
			d = max(-limit, min(limit, p)) - t.potential[i]
			f = math.Exp(d)
		}
		t.potential[i] += d
		factor[i] = f
		moved += math.Abs(m * (f - 1))
	}
	return moved
}

// step solves m*exp(d) + c*d = a for d, from above, by Newton's method, and returns exp(d) too.
func step(m, c, a float64) (factor, d float64) {
	d = (a - m) / (m + c) // at or above the solution, since exp is convex
	if d > -0.01 && d < 0.01 {
		d -= m * d * d / 2 / (m + c)
		return 1 + d*(1+d/2*(1+d/3)), d
	}
	if a > m {
		d = min(d, math.Log(a/m))
	}
	for range 4 {
		e := m * math.Exp(d)
		change := (e + c*d - a) / (e + c)
		d -= change
		if change < 0.01 {
			break
		}
	}
	return math.Exp(d), d
}

// fit sweeps until hardly anything moves, at most so many times.
func (n *network) fit(ctx context.Context, sweeps int, enough float64) error {
	for range sweeps {
		if err := ctx.Err(); err != nil {
			return err
		}
		if n.sweep() < enough {
			break
		}
	}
	n.settle()
	return nil
}
