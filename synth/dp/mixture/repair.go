package mixture

import (
	"context"
	"slices"

	"github.com/opencovey/covey/synth/dp/coded"
)

const (
	repairs = 5  // passes over rows with a banned triple
	offers  = 30 // rows that a value is offered to
)

// repair trades values away that are in banned triples, with whichever of some random rows it is best for. What cannot be traded
// becomes blank, where the domain allows blanks.
func (p *polish) repair(ctx context.Context, progress func(done int)) error {
	n := p.d.len()
	guilt := make([]int, p.d.columns)
	for pass := range repairs {
		for i := range n {
			if i%1024 == 0 {
				if err := context.Cause(ctx); err != nil {
					return err
				}
				progress(pass*n + i)
			}
			if j := p.worst(i, guilt); j >= 0 {
				p.offer(i, j)
			}
		}
	}
	for i := range n {
		for j := p.worst(i, guilt); j >= 0; j = p.worst(i, guilt) {
			if !p.m.space.Domain.Columns[j].Blank {
				break
			}
			p.erase(i, j)
		}
	}
	return nil
}

// worst returns the column of row i that is in most banned triples, or -1 if there are none. Ties are broken at random. Columns that can be
// blank go before others.
func (p *polish) worst(i int, guilt []int) int {
	clear(guilt)
	row := p.d.row(i)
	found := false
	for c, x := range row {
		if x == none {
			continue
		}
		for b, y := range row[:c] {
			if y == none {
				continue
			}
			at := p.triples[tripleAt(0, int(y), int(x)):]
			for a, z := range row[:b] {
				if z != none && at[z].weight == bannedWeight {
					guilt[a]++
					guilt[b]++
					guilt[c]++
					found = true
				}
			}
		}
	}
	if !found {
		return -1
	}
	j := 0
	for q, g := range guilt {
		if g > guilt[j] || g == guilt[j] && g > 0 && below(p.source, 3) == 0 {
			j = q
		}
	}
	return j
}

// offer trades the value of row i in column j with the best of some rows, if that is better than nothing.
func (p *polish) offer(i, j int) {
	best, with := float32(0), -1
	for range offers {
		o := below(p.source, p.d.len())
		if cost := p.gain(i, o, j); cost < best {
			best, with = cost, o
		}
	}
	if with >= 0 {
		p.trade(i, with, j)
	}
}

// erase makes a value blank.
func (p *polish) erase(i, j int) {
	x := &p.d.cells[i*p.d.columns+j]
	p.here = p.here[:0]
	for q, a := range p.d.row(i) {
		if q != j && a != none {
			p.here = append(p.here, int(a))
		}
	}
	p.change(int(*x), p.here, 0, -1)
	*x = none
}

// matching returns the kept attributes that fulfil a condition.
func (m *Model) matching(c coded.Condition) (found []int) {
	for i := m.first[c.Column]; i < m.first[c.Column+1]; i++ {
		if slices.Contains(c.Codes, m.space.Code(int(m.kept[i]))) {
			found = append(found, i)
		}
	}
	return found
}
