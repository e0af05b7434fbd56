package mixture

import (
	"context"

	"github.com/opencovey/covey/privacy/noise"
)

// polish lets rows trade values until counts of pairs and triples are near what the model expects.
type polish struct {
	m      *Model
	d      *drawn
	source *noise.Source

	pairs   []cell // at pairAt
	triples []cell // at tripleAt; nil if there are too many
	banned  bool   // some triple is
	here    []int  // scratch: attributes of two rows
	there   []int
}

// cell is a combination: how many records more than expected have it, and what the square of that costs.
type cell struct{ excess, weight float32 }

const (
	passes       = 2    // over all rows, trading within classes
	mostTriples  = 40e6 // cells; with more, rows are polished by pairs alone
	bannedWeight = 5    // of a triple that is too rare; others weigh at most 1
	zeroCost     = 1e3  // weight of a pair that is a structural zero
)

func pairAt(a, b int) int {
	if a > b {
		a, b = b, a
	}
	return b*(b-1)/2 + a
}

func tripleAt(a, b, c int) int {
	if a > b {
		a, b = b, a
	}
	if b > c {
		b, c = c, b
		if a > b {
			a, b = b, a
		}
	}
	return c*(c-1)*(c-2)/6 + b*(b-1)/2 + a
}

func newPolish(ctx context.Context, m *Model, d *drawn, o RowOptions) (*polish, error) {
	v := len(m.kept)
	p := &polish{m: m, d: d, source: o.Source, pairs: make([]cell, v*(v-1)/2+1)}
	if size := v * (v - 1) * (v - 2) / 6; float64(size) <= mostTriples {
		p.triples = make([]cell, size+1)
	}
	scale := float32(float64(d.len()) / m.people)
	rare := float32(o.Rare)
	err := m.rows(ctx, o.Workers, func(c, b int, triples []float32, pair float32) {
		pair *= scale
		p.pairs[pairAt(b, c)] = cell{-pair, 1 / (pair + 1)}
		if p.triples == nil {
			return
		}
		at := p.triples[tripleAt(0, b, c):]
		blank := m.canBlank(b) || m.canBlank(c)
		for a, x := range triples {
			x *= scale
			at[a] = cell{-x, 1 / (x + 1)}
			if x < rare && (blank || m.canBlank(a)) {
				at[a] = cell{0, bannedWeight}
			}
		}
	}, p.triples != nil)
	if err != nil {
		return nil, err
	}
	p.banned = rare > 0 && p.triples != nil
	p.zeroPairs()
	return p, p.count(ctx)
}

// canBlank reports whether somebody may have no value in the column of a kept attribute. Where nobody may, a rare value has no alternative.
func (m *Model) canBlank(a int) bool { return m.space.Domain.Columns[m.column[a]].Blank }

// zeroPairs makes pairs that cannot be cost more than anything else.
func (p *polish) zeroPairs() {
	for _, z := range p.m.space.Domain.Zeros {
		if len(z) != 2 {
			continue
		}
		for _, a := range p.m.matching(z[0]) {
			for _, b := range p.m.matching(z[1]) {
				p.pairs[pairAt(a, b)] = cell{0, zeroCost}
			}
		}
	}
}

// count adds the rows to the cells.
func (p *polish) count(ctx context.Context) error {
	var row []int
	for i := range p.d.len() {
		if i%1024 == 0 && ctx.Err() != nil {
			return context.Cause(ctx)
		}
		row = row[:0]
		for _, a := range p.d.row(i) {
			if a != none {
				row = append(row, int(a))
			}
		}
		for i, a := range row {
			p.change(a, row[:i], 0, 1)
		}
	}
	return nil
}

// run trades within classes, then trades away what is banned.
func (p *polish) run(ctx context.Context, progress func(done, total int)) error {
	n := p.d.len()
	total := n * (passes + repairs)
	for pass := range passes {
		for k := range p.m.classes {
			if err := context.Cause(ctx); err != nil {
				return err
			}
			progress(pass*n+p.d.start[k], total)
			p.tradeClass(ctx, p.d.start[k], p.d.start[k+1])
		}
	}
	if err := context.Cause(ctx); err != nil {
		return err
	}
	if p.banned {
		if err := p.repair(ctx, func(done int) { progress(passes*n+done, total) }); err != nil {
			return err
		}
	}
	progress(total, total)
	return nil
}

// tradeClass offers each value of the rows from lo to hi to another of these rows.
func (p *polish) tradeClass(ctx context.Context, lo, hi int) {
	if hi-lo < 2 {
		return
	}
	for i := lo; i < hi; i++ {
		if i%1024 == 0 && ctx.Err() != nil {
			return
		}
		for j, a := range p.d.row(i) {
			if a == none {
				continue
			}
			if o := lo + below(p.source, hi-lo); p.gain(i, o, j) < 0 {
				p.trade(i, o, j)
			}
		}
	}
}

// gain returns what it costs, or saves if negative, that rows r and s trade their values of column j.
func (p *polish) gain(r, s, j int) float32 {
	x, y := p.d.cells[r*p.d.columns+j], p.d.cells[s*p.d.columns+j]
	if x == y {
		return 0
	}
	same := p.split(r, s, j)
	if same == len(p.here) && same == len(p.there) {
		return 0
	}
	cost := float32(0)
	if x != none {
		cost += p.cost(int(x), p.here, same, -1) + p.cost(int(x), p.there, same, 1)
	}
	if y != none {
		cost += p.cost(int(y), p.there, same, -1) + p.cost(int(y), p.here, same, 1)
	}
	return cost
}

// trade lets rows r and s trade their values of column j.
func (p *polish) trade(r, s, j int) {
	x, y := &p.d.cells[r*p.d.columns+j], &p.d.cells[s*p.d.columns+j]
	same := p.split(r, s, j)
	if *x != none {
		p.change(int(*x), p.here, same, -1)
		p.change(int(*x), p.there, same, 1)
	}
	if *y != none {
		p.change(int(*y), p.there, same, -1)
		p.change(int(*y), p.here, same, 1)
	}
	*x, *y = *y, *x
}

// split lists the attributes of two rows in other columns than j, those that both have first, and returns how many these are. Combinations of
// them alone stay as they are when the rows trade.
func (p *polish) split(r, s, j int) (same int) {
	p.here, p.there = p.here[:0], p.there[:0]
	x, y := p.d.row(r), p.d.row(s)
	for q, a := range x {
		if q != j && a != none && a == y[q] {
			p.here = append(p.here, int(a))
		}
	}
	p.there = append(p.there, p.here...)
	same = len(p.here)
	for q, a := range x {
		b := y[q]
		if q == j || a == b {
			continue
		}
		if a != none {
			p.here = append(p.here, int(a))
		}
		if b != none {
			p.there = append(p.there, int(b))
		}
	}
	return same
}

// cost returns what it costs that one row more (sign 1) or less (-1) has attribute x together with others, of which the first so many
// do not count among themselves.
func (p *polish) cost(x int, others []int, same int, sign float32) float32 {
	sum := float32(0)
	for i := same; i < len(others); i++ {
		b := others[i]
		c := p.pairs[pairAt(x, b)]
		sum += c.weight * (1 + 2*sign*c.excess)
		if p.triples == nil {
			continue
		}
		for _, a := range others[:i] {
			c := p.triples[tripleAt(x, b, a)]
			sum += c.weight * (1 + 2*sign*c.excess)
		}
	}
	return sum
}

// change does what cost prices.
func (p *polish) change(x int, others []int, same int, sign float32) {
	for i := same; i < len(others); i++ {
		b := others[i]
		p.pairs[pairAt(x, b)].excess += sign
		if p.triples == nil {
			continue
		}
		for _, a := range others[:i] {
			p.triples[tripleAt(x, b, a)].excess += sign
		}
	}
}
