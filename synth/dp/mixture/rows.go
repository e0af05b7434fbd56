package mixture

import (
	"cmp"
	"context"
	"math"
	"slices"

	"github.com/opencovey/covey/privacy/noise"
	"github.com/opencovey/covey/synth/dp/coded"
)

// RowOptions of Model.Rows. Source must be given.
type RowOptions struct {
	Source  *noise.Source
	Workers int // default: 1
	// Rare is the expected number of people below which records should not have a triple of attributes. 0: no such limit.
	Rare     float64
	Progress func(done, total int) // may be nil
}

// none stands for a blank among kept attributes.
const none = -1

// drawn are records on their way: kept attributes by row and column.
type drawn struct {
	cells   []int16
	columns int
	start   []int // first row of each class, and the number of rows
}

func (d *drawn) row(i int) []int16 { return d.cells[i*d.columns : (i+1)*d.columns] }

func (d *drawn) len() int { return d.start[len(d.start)-1] }

// Rows makes n records.
func (m *Model) Rows(ctx context.Context, n int, o RowOptions) (*coded.Records, error) {
	if o.Workers < 1 {
		o.Workers = 1
	}
	if o.Progress == nil {
		o.Progress = func(int, int) {}
	}
	d := m.draw(n, o.Source)
	p, err := newPolish(ctx, m, d, o)
	if err != nil {
		return nil, err
	}
	if err := p.run(ctx, o.Progress); err != nil {
		return nil, err
	}
	r := m.records(d)
	if err := m.keepZeros(ctx, r, d.start); err != nil {
		return nil, err
	}
	shuffle(r, o.Source)
	return r, nil
}

// draw gives rows to classes by their shares, and values to the rows of a class by theirs. What rounding takes from a value in one class it gets in
// one of the next, so that all records together have each value as often as expected, give or take about one.
func (m *Model) draw(n int, src *noise.Source) *drawn {
	columns, v := len(m.first)-1, len(m.kept)
	d := &drawn{cells: make([]int16, n*columns), columns: columns, start: make([]int, m.classes+1)}
	owed := make([]float64, m.classes)
	for k, w := range m.share {
		owed[k] = float64(w) * float64(n)
	}
	for k, rows := range settle(owed, n) {
		d.start[k+1] = d.start[k] + rows
	}
	for j := range columns {
		owed := make([]float64, 1+m.first[j+1]-m.first[j]) // the blank, then the values
		for k := range m.classes {
			rows := d.start[k+1] - d.start[k]
			owed[0] += float64(rows) * float64(m.blank[k*columns+j])
			for i, x := range m.p[k*v+m.first[j] : k*v+m.first[j+1]] {
				owed[1+i] += float64(rows) * float64(x)
			}
			order := permutation(rows, src)
			for value, people := range settle(owed, rows) {
				cell := int16(none)
				if value > 0 {
					cell = int16(m.first[j] + value - 1)
				}
				for range people {
					d.cells[(d.start[k]+order[0])*columns+j] = cell
					order = order[1:]
				}
			}
		}
	}
	return d
}

// settle divides total by what is owed, in whole parts of at least 0, and takes the parts from what is owed: of parts of one those go first that
// come closest to what is owed.
func settle(owed []float64, total int) []int {
	parts := make([]int, len(owed))
	order := make([]int, len(owed))
	for i, x := range owed {
		parts[i] = max(0, int(math.Floor(x)))
		total -= parts[i]
		order[i] = i
	}
	rest := func(i int) float64 { return owed[i] - float64(parts[i]) }
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(rest(b), rest(a)) })
	for total > 0 {
		for _, i := range order[:min(total, len(order))] {
			parts[i]++
			total--
		}
	}
	for i := len(order) - 1; total < 0; i = (i + len(order) - 1) % len(order) {
		if parts[order[i]] > 0 {
			parts[order[i]]--
			total++
		}
	}
	for i := range owed {
		owed[i] -= float64(parts[i])
	}
	return parts
}

func permutation(n int, src *noise.Source) []int {
	p := make([]int, n)
	for i := range p {
		k := below(src, i+1)
		p[i], p[k] = p[k], i
	}
	return p
}

// records returns the records in the codes of the domain.
func (m *Model) records(d *drawn) *coded.Records {
	n := d.len()
	r := &coded.Records{Codes: make([][]uint16, d.columns), Weights: make([]uint32, n)}
	for j := range r.Codes {
		r.Codes[j] = make([]uint16, n)
		for i := range n {
			if a := d.cells[i*d.columns+j]; a != none {
				r.Codes[j][i] = m.space.Code(int(m.kept[a]))
			}
		}
	}
	for i := range r.Weights {
		r.Weights[i] = 1
	}
	return r
}

// shuffle puts the records in random order, so that classes do not show.
func shuffle(r *coded.Records, src *noise.Source) {
	order := permutation(r.Len(), src)
	for j, codes := range r.Codes {
		moved := make([]uint16, len(codes))
		for i, at := range order {
			moved[i] = codes[at]
		}
		r.Codes[j] = moved
	}
}
