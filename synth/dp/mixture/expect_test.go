package mixture

import (
	"context"
	"errors"
	"math"
	"testing"
)

// Expect, Pairs and Triples agree with sums over classes, and with each other, and list every combination once.
func TestExpectations(t *testing.T) {
	s := newShape(3, nil, 3, 1, 1, -4, 1, 2, 1)
	m := s.model
	want := func(attributes ...int32) float64 {
		sum := 0.0
		for k, w := range m.share {
			x := float64(w)
			for _, a := range attributes {
				i, ok := m.position(a)
				if !ok {
					x = 0
					break
				}
				x *= float64(m.p[k*len(m.kept)+i])
			}
			sum += x
		}
		return sum * m.people
	}
	const least = 5
	pairs, triples := map[[2]int32]float64{}, map[[3]int32]float64{}
	m.Pairs(least, func(a, b int32, people float64) { pairs[[2]int32{a, b}] += people })
	if err := m.Triples(context.Background(), 3, least, func(a, b, c int32, people float64) { triples[[3]int32{a, b, c}] += people }); err != nil {
		t.Fatal(err)
	}
	n := int32(m.space.Len())
	column := m.space.Column
	for a := range n {
		if x := m.Expect(a); !near(x, want(a), 1e-4) {
			t.Errorf("%d: %v, not %v", a, x, want(a))
		}
		for b := a + 1; b < n; b++ {
			x := want(a, b)
			if column[a] != column[b] && math.Abs(x-least) > 0.01 && (x >= least) != (pairs[[2]int32{a, b}] > 0) ||
				pairs[[2]int32{a, b}] > 0 && (column[a] == column[b] || !near(pairs[[2]int32{a, b}], x, 1e-4)) {
				t.Errorf("%d, %d: %v, not %v", a, b, pairs[[2]int32{a, b}], x)
			}
			for c := b + 1; c < n; c++ {
				x, got := want(a, b, c), triples[[3]int32{a, b, c}]
				different := column[a] != column[b] && column[b] != column[c]
				if different && math.Abs(x-least) > 0.01 && (x >= least) != (got > 0) || got > 0 && (!different || !near(got, x, 1e-4)) {
					t.Errorf("%d, %d, %d: %v, not %v", a, b, c, got, x)
				}
			}
		}
	}
	if m.Expect() != 0 && !near(m.Expect(), m.people, 1e-5) {
		t.Errorf("%v people in all", m.Expect())
	}
}

func TestTriplesCancelled(t *testing.T) {
	s := newShape(3, nil, 3, 1, 1, -4)
	ctx, cancel := context.WithCancelCause(context.Background())
	mine := errors.New("enough")
	cancel(mine)
	if err := s.model.Triples(ctx, 2, 0, func(_, _, _ int32, _ float64) {}); !errors.Is(err, mine) {
		t.Errorf("cancelled: %v", err)
	}
}

// Attributes that were too rare for the model are expected at nobody, and counted in full.
func TestRareAttributes(t *testing.T) {
	d := domainOf(3, 2)
	in := measure(d, [][]uint16{{1, 1}, {1, 1}, {1, 2}, {1, 1}}, 9, 9, 0, source(1))
	in.Singles.Counts[1] = -5
	m := modelOf(randomClasses(d, 4, 1, source(1)), in)
	if _, ok := m.position(1); ok {
		t.Fatal("a value with a negative count is in the model")
	}
	if x, y := m.Expect(1), m.Counted(2, 1).Share(1); x != 0 || y != 1 {
		t.Errorf("%v people, of whom %v are counted", x, y)
	}
}
