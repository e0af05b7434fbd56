package pgm

import (
	"context"
	"errors"
	"slices"

	"github.com/opencovey/covey/privacy/noise"
	"github.com/opencovey/covey/synth/dp/coded"
)

// Model is a fitted graphical model. It implements [coded.Model].
type Model struct {
	schema *schema
	net    *network
	total  float64
	paid   []Measurement
}

// Total returns the best estimate of the number of people: the mean of the sums of all noisy tables, and of
// Options.Total, by their precision. It may be negative.
func (m *Model) Total() float64 { return m.total }

// Measurements returns everything that was measured, in that order. The result is not to be changed.
func (m *Model) Measurements() []Measurement { return m.paid }

// Rejected returns the structural zeros that were too large for the graph. They hold in samples, where offending rows
// are drawn anew, and in tables that have all their columns; other tables come from a model without them.
func (m *Model) Rejected() []coded.Zero { return m.schema.extra }

// Marginal returns the share of people in every cell of the table of some different columns, the last fastest. Time and
// memory grow with the cells of the table and, for columns that no measured table connects, with their product
// along the tree between them.
func (m *Model) Marginal(columns ...int) []float64 {
	s := m.schema
	nodes := make([]int, len(columns))
	sizes := make([]int, len(columns))
	for k, j := range columns {
		nodes[k], sizes[k] = s.main[j], s.domain.Columns[j].Size
	}
	sorted := slices.Sorted(slices.Values(nodes))
	table := m.net.table(sorted)
	steps := make([]int, len(columns))
	step := 1
	for i := len(sorted) - 1; i >= 0; i-- {
		steps[slices.Index(nodes, sorted[i])] = step
		step *= s.sizes[sorted[i]]
	}
	out := make([]float64, product(sizes))
	codes := make([]int, len(columns))
	for i := range out {
		at, share := 0, 1.0
		for k, code := range codes {
			at += steps[k] * int(s.nodes[nodes[k]].value[code])
			share *= s.shares[columns[k]][code]
		}
		out[i] = table[at] * share
		next(codes, sizes)
	}
	s.strike(columns, sizes, out)
	scale(out, sum(out), 1)
	return out
}

func product(sizes []int) int {
	n := 1
	for _, s := range sizes {
		n *= s
	}
	return n
}

// mostTries bounds how often rows are drawn anew for structural zeros that the graph does not hold.
const mostTries = 100

// Sample makes n records in random order. Its error is that of ctx, or says that structural zeros which the graph does
// not hold leave hardly any rows.
func (m *Model) Sample(ctx context.Context, n int, src *noise.Source) (*coded.Records, error) {
	if n < 0 || n > 1<<30 {
		return nil, errors.New("sample a graphical model: the number of records must be from 0 to 2^30")
	}
	codes, err := m.draw(ctx, n, src)
	if err != nil {
		return nil, err
	}
	for range mostTries {
		var bad []int
		for i := range n {
			if len(m.schema.extra) > 0 && m.schema.impossible(codes, i) {
				bad = append(bad, i)
			}
		}
		if len(bad) == 0 {
			weights := make([]uint32, n)
			for i := range weights {
				weights[i] = 1
			}
			return &coded.Records{Codes: codes, Weights: weights}, nil
		}
		fresh, err := m.draw(ctx, len(bad), src)
		if err != nil {
			return nil, err
		}
		for j := range codes {
			for k, i := range bad {
				codes[j][i] = fresh[j][k]
			}
		}
	}
	return nil, errors.New("sample a graphical model: structural zeros leave hardly any rows; allow larger models")
}

// draw makes rows by columns.
func (m *Model) draw(ctx context.Context, n int, src *noise.Source) ([][]uint16, error) {
	rows, err := m.net.rows(ctx, n, src)
	if err != nil {
		return nil, err
	}
	d := len(m.schema.domain.Columns)
	s := newSampler(src, n)
	for j, c := range m.schema.domain.Columns {
		v := m.schema.main[j]
		size := m.schema.sizes[v]
		if size == c.Size { // the values are the codes, in the same order
			continue
		}
		table := make([]float64, size*c.Size)
		for code, value := range m.schema.nodes[v].value {
			table[int(value)*c.Size+code] = m.schema.shares[j][code]
		}
		codes := make([]uint16, n)
		s.fill([][]uint16{rows[v], codes}, []int{0}, 1, table, []int{size, c.Size})
		rows[v] = codes
	}
	return rows[:d], nil
}
