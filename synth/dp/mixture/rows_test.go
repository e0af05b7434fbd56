package mixture

import (
	"context"
	"math"
	"testing"

	"github.com/opencovey/covey/synth/dp/coded"
)

func TestSettle(t *testing.T) {
	src := source(1)
	for range 2000 {
		n, left := 1+below(src, 8), make([]float64, 0, 8)
		for range n {
			left = append(left, 0)
		}
		for range 1 + below(src, 30) { // what is owed after one division goes into the next, as in draw
			total := below(src, 20)
			rest := 1.0
			for i := range left {
				x := rest * uniform(src)
				if i == n-1 {
					x = rest
				}
				rest -= x
				left[i] += x * float64(total)
			}
			sum := 0
			for _, part := range settle(left, total) {
				if part < 0 {
					t.Fatalf("a part of %d", part)
				}
				sum += part
			}
			if sum != total {
				t.Fatalf("parts add up to %d, not %d", sum, total)
			}
			for _, x := range left {
				if math.Abs(x) > 2 {
					t.Fatalf("%.2f is owed", x)
				}
			}
		}
	}
	for _, owed := range [][]float64{{-3, 1}, {0, 0, 0}, {-1e-9, 5}, {2.5, 2.5}, {7, -7}} {
		for total := range 9 {
			sum := 0
			for _, part := range settle(append([]float64{}, owed...), total) {
				sum += part
			}
			if sum != total {
				t.Errorf("%v divided by %d: %d", owed, total, sum)
			}
		}
	}
}

func TestPermutation(t *testing.T) {
	for n := range 50 {
		seen := make([]bool, n)
		for _, i := range permutation(n, source(byte(n))) {
			seen[i] = true
		}
		for i, s := range seen {
			if !s {
				t.Errorf("%d is not in a permutation of %d", i, n)
			}
		}
	}
}

// shape is a domain with people of some classes, and a model that is near them.
type shape struct {
	domain *coded.Domain
	rows   [][]uint16
	model  *Model
}

func newShape(seed byte, zeros []coded.Zero, values ...int) *shape {
	d := domainOf(values...)
	d.Zeros = zeros
	c := randomClasses(d, 5, 1.2, source(seed, 1))
	rows := c.people(3000, source(seed, 2))
	return &shape{d, rows, modelOf(c, measure(d, rows, 99, 99, 0, source(3)))}
}

// Drawn records have each value as often as the model expects, give or take two.
func TestDrawnCounts(t *testing.T) {
	for seed := range byte(5) {
		s := newShape(seed, nil, 3, 1, 1, -4, 1, 6, 1)
		const n = 4321
		r := s.model.records(s.model.draw(n, source(9)))
		for a := range s.model.space.Len() {
			j, code := s.model.space.Column[a], s.model.space.Code(a)
			got := 0.0
			for _, c := range r.Codes[j] {
				if c == code {
					got++
				}
			}
			if want := s.model.Expect(int32(a)) * n / s.model.people; math.Abs(got-want) > 2 {
				t.Errorf("seed %d: attribute %d: %.0f records, %.1f expected", seed, a, got, want)
			}
		}
		if r.Len() != n || r.People() != n || s.domain.Check(r) != nil {
			t.Errorf("%d records of %d people; %v", r.Len(), r.People(), s.domain.Check(r))
		}
	}
}

// recount compares the cells of p with the rows as they are.
func (p *polish) recount(t *testing.T) {
	t.Helper()
	fresh, err := newPolish(context.Background(), p.m, p.d, RowOptions{Workers: 2, Rare: p.rare()})
	if err != nil {
		t.Fatal(err)
	}
	same := func(what string, a, b []cell) {
		for i := range a {
			if math.Abs(float64(a[i].excess-b[i].excess)) > 0.01 || a[i].weight != b[i].weight {
				t.Fatalf("%s %d: %v, but recounted %v", what, i, a[i], b[i])
			}
		}
	}
	same("pair", p.pairs, fresh.pairs)
	same("triple", p.triples, fresh.triples)
}

const testRare = 3

func (p *polish) rare() float64 {
	if p.banned {
		return testRare
	}
	return 0
}

func (p *polish) objective() float64 {
	sum := 0.0
	for _, cells := range [][]cell{p.pairs, p.triples} {
		for _, c := range cells {
			sum += float64(c.weight) * float64(c.excess) * float64(c.excess)
		}
	}
	return sum
}

func (p *polish) valueCounts() map[int16]int {
	counts := map[int16]int{}
	for _, a := range p.d.cells {
		counts[a]++
	}
	return counts
}

// After any number of trades, good or bad, cells are what a recount finds; a trade changes the objective by what it was said to cost; values
// stay as frequent as they were.
func TestTrades(t *testing.T) {
	for seed := range byte(6) {
		s := newShape(seed, nil, 3, 1, 1, -4, 1, 2, 1)
		src := source(seed, 5)
		o := RowOptions{Source: src, Workers: 1, Rare: testRare * float64(seed%2)}
		p, err := newPolish(context.Background(), s.model, s.model.draw(500, src), o)
		if err != nil {
			t.Fatal(err)
		}
		if seed >= 4 {
			p.triples, p.banned = nil, false // as with very many values
		}
		before := p.valueCounts()
		for i := range 300 {
			r, q, j := below(src, 500), below(src, 500), below(src, p.d.columns)
			was, cost := p.objective(), float64(p.gain(r, q, j))
			p.trade(r, q, j)
			if now := p.objective(); !near(now-was, cost, 1e-3) {
				t.Fatalf("seed %d, trade %d: the objective changed by %v, not by %v", seed, i, now-was, cost)
			}
		}
		if p.triples != nil {
			p.recount(t)
		}
		was := p.objective()
		p.tradeClass(context.Background(), 0, p.d.len())
		if now := p.objective(); now > was {
			t.Errorf("seed %d: trading made it worse: %v, then %v", seed, was, now)
		}
		if p.triples != nil {
			p.recount(t)
		}
		for a, n := range p.valueCounts() {
			if n != before[a] {
				t.Errorf("seed %d: value %d is in %d rows, and was in %d", seed, a, n, before[a])
			}
		}
		p.erase(0, 0)
	}
}

// No record keeps a triple that is too rare, if one of its columns can be blank, and repair keeps count.
func TestRepair(t *testing.T) {
	for seed := range byte(6) {
		s := newShape(seed, nil, 5, 2, 1, -4, 1, 6, -3, -2)
		src := source(seed, 6)
		p, err := newPolish(context.Background(), s.model, s.model.draw(2000, src), RowOptions{Source: src, Workers: 1, Rare: testRare})
		if err != nil {
			t.Fatal(err)
		}
		guilt := make([]int, p.d.columns)
		before := 0
		for i := range p.d.len() {
			if p.worst(i, guilt) >= 0 {
				before++
			}
		}
		if err := p.run(context.Background(), func(int, int) {}); err != nil {
			t.Fatal(err)
		}
		p.recount(t)
		for i := range p.d.len() {
			if p.worst(i, guilt) >= 0 {
				t.Errorf("seed %d: row %d has a triple that is too rare", seed, i)
			}
			for j, a := range p.d.row(i) {
				if a == none && !s.domain.Columns[j].Blank {
					t.Errorf("seed %d: row %d is blank in column %d, where nobody may be", seed, i, j)
				}
			}
		}
		if before == 0 {
			t.Errorf("seed %d: there was nothing to repair", seed)
		}
	}
}

// Polishing brings counts of pairs and triples nearer to the model than independent rounding does.
func TestPolishHelps(t *testing.T) {
	s := newShape(1, nil, 3, 1, 1, -4, 1, 6, 1)
	src := source(4)
	d := s.model.draw(3000, src)
	p, err := newPolish(context.Background(), s.model, d, RowOptions{Source: src, Workers: 1})
	if err != nil {
		t.Fatal(err)
	}
	before := p.objective()
	if err := p.run(context.Background(), func(int, int) {}); err != nil {
		t.Fatal(err)
	}
	if after := p.objective(); after > before/2 {
		t.Errorf("objective %.1f, before %.1f", after, before)
	}
}
