package kanon

import (
	"context"

	"github.com/opencovey/covey/table"
)

// Mutant is Synthesize with one thing wrong, for tests of attacks: a test that lets its mutant pass would let a mistake of ours
// pass. Mutants put the steps of the maker together wrongly, or in part; nothing of this is in the package that others use.
type Mutant func(ctx context.Context, t *table.Table, k int) (*table.Table, error)

var defaults = Options{Workers: 2, Rounds: DefaultRounds}

// steps takes a maker that has read its input through the steps of synthesize.
func steps(ctx context.Context, m *maker) error {
	for _, step := range []func(context.Context) error{m.forms, m.exchange, m.give, m.exchange, m.give, m.exchange, m.trim} {
		if err := step(ctx); err != nil {
			return err
		}
	}
	return nil
}

// ExactNumber makes as many records as there are persons.
func ExactNumber(ctx context.Context, t *table.Table, k int) (*table.Table, error) {
	m, err := newMaker(ctx, t, k, defaults)
	if err != nil {
		return nil, err
	}
	if err := steps(ctx, m); err != nil {
		return nil, err
	}
	return m.table(t.Columns), nil
}

// NoSupport asks for one person where it should ask for k, but for values.
func NoSupport(ctx context.Context, t *table.Table, k int) (*table.Table, error) {
	ix, err := newIndex(ctx, 1, t, k)
	if err != nil {
		return nil, err
	}
	common := ix.reduce(t, window{0, maxAttributes})
	m, err := newMaker(ctx, common, 1, defaults)
	if err != nil {
		return nil, err
	}
	if err := steps(ctx, m); err != nil {
		return nil, err
	}
	m.drop(t.People() % k)
	return m.table(t.Columns), nil
}

// TriplesOnly asks for k persons only for combinations of up to three attributes, as does a generator that works from aggregates.
func TriplesOnly(ctx context.Context, t *table.Table, k int) (*table.Table, error) {
	m, err := newMaker(ctx, t, k, defaults)
	if err != nil {
		return nil, err
	}
	for r := range int32(len(m.ix.ends)) {
		var set []int32
		for _, a := range m.ix.record(r) {
			if _, ok := m.b.cellsOf(nil, set, a); ok {
				set = append(set, a)
			}
		}
		m.pool.n[m.pool.add(set)] += m.ix.weights[r]
		m.b.put(m.b.cells(nil, set), m.ix.weights[r])
	}
	m.pool.n[m.pool.add(nil)] += int32(m.ix.empty)
	if err := m.trim(ctx); err != nil {
		return nil, err
	}
	m.drop(t.People() % k)
	return m.table(t.Columns), nil
}

// RareHeaders leaves values that hardly anybody has in the columns, though in no record.
func RareHeaders(ctx context.Context, t *table.Table, k int) (*table.Table, error) {
	made, err := Synthesize(ctx, t, k, defaults)
	if err != nil {
		return nil, err
	}
	b := table.NewBuilder(t.Columns)
	for row, n := range made.Rows() {
		codes := make([]uint16, len(t.Columns))
		for i, code := range row {
			for v, value := range t.Columns[i].Values {
				if code > 0 && value == made.Columns[i].Values[code-1] {
					codes[i] = uint16(v + 1)
				}
			}
		}
		b.Add(codes, n)
	}
	return b.Table().Sorted(), nil
}

// NoTrim leaves records as exchanging and giving left them.
func NoTrim(ctx context.Context, t *table.Table, k int) (*table.Table, error) {
	m, err := newMaker(ctx, t, k, defaults)
	if err != nil {
		return nil, err
	}
	if err := m.forms(ctx); err != nil {
		return nil, err
	}
	m.drop(t.People() % k)
	return m.table(t.Columns), nil
}

// DoubledBudget aims at twice the published count less the exact one, the arithmetic of a generator that takes its targets from protected
// counts as if they were exact.
func DoubledBudget(ctx context.Context, t *table.Table, k int) (*table.Table, error) {
	m, err := newMaker(ctx, t, k, defaults)
	if err != nil {
		return nil, err
	}
	for a, n := range m.ix.persons {
		m.b.lack[a] = int32(2*Round(n, k) - n)
		m.b.value(int32(a))
	}
	if err := steps(ctx, m); err != nil {
		return nil, err
	}
	m.drop(t.People() % k)
	return m.table(t.Columns), nil
}

// InputOrder writes records in the order in which the input first has their like.
func InputOrder(ctx context.Context, t *table.Table, k int) (*table.Table, error) {
	m, err := newMaker(ctx, t, k, defaults)
	if err != nil {
		return nil, err
	}
	if err := steps(ctx, m); err != nil {
		return nil, err
	}
	m.drop(t.People() % k)
	made := m.table(t.Columns)
	b := table.NewBuilder(made.Columns)
	left := map[int]bool{}
	for i := range made.Len() {
		left[i] = true
	}
	for row := range t.Rows() {
		for i := range made.Len() {
			if left[i] && within(made, made.Row(i), t, row) {
				b.Add(made.Row(i), made.Weight(i))
				delete(left, i)
			}
		}
	}
	return b.Table(), nil
}

// within reports whether one record says nothing that the other does not.
func within(t *table.Table, row []uint16, other *table.Table, otherRow []uint16) bool {
	for i, code := range row {
		if code != 0 && (otherRow[i] == 0 || t.Columns[i].Values[code-1] != other.Columns[i].Values[otherRow[i]-1]) {
			return false
		}
	}
	return true
}
