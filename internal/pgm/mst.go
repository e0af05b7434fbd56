package pgm

import (
	"context"
	"math/big"

	"github.com/opencovey/covey/privacy/budget"
)

// spanningTree chooses a tree of pairs of columns and then measures all of them. Choices and tables cost half of what is
// left each.
func (f *fitter) spanningTree(ctx context.Context) error {
	d := len(f.domain.Columns)
	epsilon, err := budget.ChoiceEpsilon(rational(float(f.left) / 2 / float64(d-1)))
	if err != nil {
		return err
	}
	var pairs []*candidate
	for a := range d {
		for b := range a {
			pairs = append(pairs, f.versions([]int{b, a}, 1)...)
		}
	}
	pairs = f.affordable(pairs, max(f.ModelCells, f.cells))
	model, err := f.modelTables(ctx, pairs)
	if err != nil {
		return err
	}
	chosen, err := f.grow(pairs, epsilon, func(open []*candidate) ([]int64, error) {
		return f.scores(ctx, open, model, 0)
	})
	if err != nil {
		return err
	}
	return f.measureAll(chosen)
}

// grow chooses pairs until all columns are connected (Kruskal 1956).
func (f *fitter) grow(pairs []*candidate, epsilon *big.Rat, scores func([]*candidate) ([]int64, error)) ([]*candidate, error) {
	part := make([]int, len(f.domain.Columns)) // of the forest, for each column
	for j := range part {
		part[j] = j
	}
	graph := f.graph
	var chosen []*candidate
	for range len(part) - 1 {
		pairs = f.between(pairs, part, graph)
		if len(pairs) == 0 {
			break
		}
		pick, err := f.choose("choice of a pair of columns", epsilon, 1, func() ([]int64, error) { return scores(pairs) })
		if err != nil {
			return nil, err
		}
		chosen = append(chosen, pairs[pick])
		graph = graph.with(pairs[pick].set)
		a, b := f.ends(pairs[pick])
		old := part[b]
		for j := range part {
			if part[j] == old {
				part[j] = part[a]
			}
		}
	}
	return chosen, nil
}

// ends returns the columns of a pair.
func (f *fitter) ends(c *candidate) (a, b int) {
	return f.schema.nodes[c.nodes[0]].column, f.schema.nodes[c.nodes[1]].column
}

// between keeps the pairs that connect two parts of the forest and with which the model stays small enough: structural
// zeros connect columns too.
func (f *fitter) between(pairs []*candidate, part []int, graph *markov) []*candidate {
	limit := max(f.ModelCells, f.cells)
	var open []*candidate
	for _, c := range pairs {
		if a, b := f.ends(c); part[a] != part[b] {
			if cliques, _ := graph.with(c.set).cliques(limit); cliques != nil {
				open = append(open, c)
			}
		}
	}
	return open
}

// measureAll spends what is left evenly on some tables.
func (f *fitter) measureAll(tables []*candidate) error {
	if len(tables) == 0 {
		return nil
	}
	variance, err := varianceFor(new(big.Rat).Quo(f.left, big.NewRat(int64(len(tables)), 1)), 1)
	if err != nil {
		return err
	}
	for _, c := range tables {
		if err := f.table(c, variance); err != nil {
			return err
		}
	}
	return nil
}
