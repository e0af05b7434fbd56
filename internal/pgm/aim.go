package pgm

import (
	"context"
	"math"

	"github.com/opencovey/covey/privacy/budget"
)

// adaptive chooses and measures one table after the other until rho is spent.
func (f *fitter) adaptive(ctx context.Context) error {
	list := f.candidates()
	whole, start := float(f.Rho), float(f.left)
	round := whole / (f.rounds * float64(len(f.domain.Columns)))
	for {
		left := float(f.left)
		f.progress(left, whole)
		last := left < 2*round
		if last {
			round = left
		}
		limit := f.ModelCells
		if !last { // the model grows with what is spent on it
			limit = f.cells + int(float64(limit-f.cells)*min(1, (start-left+round)/start))
		}
		open := f.affordable(f.draft(list), max(limit, f.cells))
		if len(open) == 0 { // not one of the candidates of this round; the next one draws others
			open = f.affordable(list, max(limit, f.cells))
		}
		learned, err := f.round(ctx, open, round, last)
		if err != nil || last {
			return err
		}
		if !learned {
			round *= 4 // half the noise
		}
	}
}

func (f *fitter) progress(left, whole float64) {
	if f.Progress != nil {
		f.Progress(int(1000*(1-left/whole)), 1000)
	}
}

// round spends rho on a choice and a table. It reports whether the model learned more from it than the noise.
func (f *fitter) round(ctx context.Context, open []*candidate, rho float64, last bool) (learned bool, err error) {
	epsilon, err := budget.ChoiceEpsilon(rational(rho * (1 - f.measured)))
	if err != nil {
		return false, err
	}
	noise := math.Sqrt(2/math.Pi) / math.Sqrt(2*f.measured*rho) // expected size in a cell
	model, err := f.modelTables(ctx, open)
	if err != nil {
		return false, err
	}
	pick, err := f.choose("choice of a table to measure", epsilon, heaviest(open), func() ([]int64, error) {
		return f.scores(ctx, open, model, noise)
	})
	if err != nil {
		return false, err
	}
	price := f.left
	if !last {
		price = rational(rho * f.measured)
	}
	variance, err := varianceFor(price, 1)
	if err != nil {
		return false, err
	}
	c := open[pick]
	before := model(c)
	if err := f.table(c, variance); err != nil || last {
		return false, err
	}
	if err := f.refit(ctx, f.sweeps); err != nil {
		return false, err
	}
	moved := 0.0
	for i, v := range f.net.inside(c) {
		moved += math.Abs(v - before[i])
	}
	return moved > noise*float64(c.cells), nil
}

// heaviest returns the sensitivity of the scores of some candidates.
func heaviest(open []*candidate) int64 {
	most := int64(0)
	for _, c := range open {
		most = max(most, c.weight)
	}
	return most
}

// scores are whole numbers that one person changes by at most the weight of the candidate: the model's tables are
// rounded before the exact ones are compared with them.
func (f *fitter) scores(ctx context.Context, open []*candidate, model func(*candidate) []float64, noise float64) ([]int64, error) {
	if err := f.prepare(ctx, open); err != nil {
		return nil, err
	}
	scores := make([]int64, len(open))
	err := inParallel(ctx, len(open), func(i int) {
		c := open[i]
		expected, exact := model(c), f.count(c)
		distance := int64(0)
		for k, v := range expected {
			d := exact[k] - int64(math.Round(v))
			distance += max(d, -d)
		}
		scores[i] = c.weight * (distance - int64(math.Round(noise*float64(c.cells))))
	})
	return scores, err
}

// modelTables returns a function that finds the model's table of a candidate: exactly if it lies in a clique, from
// sampled rows if not.
func (f *fitter) modelTables(ctx context.Context, open []*candidate) (func(*candidate) []float64, error) {
	var rows [][]uint16
	for _, c := range open {
		if f.net.tree.holder(c.set, f.schema.sizes) < 0 {
			var err error
			if rows, err = f.net.rows(ctx, f.tuning.rows, f.source); err != nil {
				return nil, err
			}
			break
		}
	}
	people := max(f.total.mean, 1) / float64(f.tuning.rows)
	net := f.net
	return func(c *candidate) []float64 {
		if net.tree.holder(c.set, f.schema.sizes) >= 0 {
			return net.inside(c)
		}
		table := make([]float64, c.cells)
		for i, n := range countRows(rows, nil, c.nodes, f.schema.sizes) {
			table[i] = float64(n) * people
		}
		return table
	}, nil
}

// inside returns the table of a candidate that lies in a clique.
func (n *network) inside(c *candidate) []float64 {
	at := n.tree.holder(c.set, n.sizes)
	table := make([]float64, c.cells)
	sums(table, n.belief[at], places(n.nodes[at], c.nodes, n.sizes))
	return table
}
