package mixture

import (
	"context"
	"testing"

	"github.com/opencovey/covey/synth/dp/coded"
)

func cond(column int, codes ...uint16) coded.Condition {
	return coded.Condition{Column: column, Codes: codes}
}

func countZeros(d *coded.Domain, r *coded.Records) (n int) {
	row := make([]uint16, len(r.Codes))
	zeros := newZeros(d)
	for i := range r.Len() {
		readRow(r, i, row)
		if k, _ := violated(zeros, row); k > 0 {
			n++
		}
	}
	return n
}

// Structural zeros never occur, although the people that the model knows have them, be they about pairs, triples, blanks or columns that nobody
// is blank in.
func TestZerosNeverOccur(t *testing.T) {
	cases := map[string][]coded.Zero{
		"pair":            {{cond(0, 1, 2), cond(3, 0, 1)}},
		"triple":          {{cond(0, 1, 2), cond(1, 1), cond(2, 1)}},
		"blank":           {{cond(0, 0), cond(1, 0)}},
		"nobody is blank": {{cond(3, 0, 1, 2), cond(5, 0)}},
		"many at once":    {{cond(0, 1), cond(1, 1)}, {cond(2, 1), cond(4, 1)}, {cond(3, 0), cond(5, 1)}, {cond(0, 0), cond(6, 1)}},
		"one column":      {{cond(0, 1)}, {cond(3, 2)}},
		"all but one":     {{cond(0, 0)}, {cond(0, 1)}, {cond(0, 2)}, {cond(1, 0)}, {cond(2, 0)}, {cond(3, 0, 1, 3)}, {cond(4, 0)}, {cond(5, 0)}, {cond(6, 0)}},
		"a puzzle":        {{cond(0, 0)}, {cond(0, 1), cond(1, 1)}, {cond(0, 2), cond(1, 0)}, {cond(0, 3), cond(1, 0, 1)}, {cond(1, 0), cond(2, 1)}, {cond(1, 1), cond(2, 0)}},
		"none":            {{}},
	}
	for name, zeros := range cases {
		t.Run(name, func(t *testing.T) {
			s := newShape(7, zeros, 3, 1, 1, -4, 1, -2, 1)
			r, err := s.model.Rows(context.Background(), 2000, RowOptions{Source: source(1), Workers: 2, Rare: 2})
			if err != nil {
				t.Fatal(err)
			}
			if n := countZeros(s.domain, r); n > 0 || r.Len() != 2000 {
				t.Errorf("%d of %d records are impossible", n, r.Len())
			}
			if err := s.domain.Check(r); err != nil {
				t.Error(err)
			}
		})
	}
}

// A model that wants nothing but what is impossible gets something possible: values that it never heard of, if need be.
func TestOnlyImpossible(t *testing.T) {
	d := domainOf(-3, -2, 1)
	c := &classes{share: []float64{1}, p: [][][]float64{{{1, 0, 0}, {0, 1}, {0, 1}}}}
	in := measure(d, c.people(100, source(1)), 9, 9, 0, source(2))
	d.Zeros = []coded.Zero{{cond(0, 0)}, {cond(1, 1), cond(2, 1)}, {cond(0, 1), cond(1, 0)}, {cond(0, 1), cond(2, 0)}}
	r, err := modelOf(c, in).Rows(context.Background(), 50, RowOptions{Source: source(3)})
	if err != nil || countZeros(d, r) > 0 || r.Len() != 50 {
		t.Errorf("%d of %d records are impossible; %v", countZeros(d, r), r.Len(), err)
	}
	d.Zeros = []coded.Zero{{cond(0, 0, 1, 2)}}
	if _, err := modelOf(c, in).Rows(context.Background(), 50, RowOptions{Source: source(3)}); err == nil {
		t.Error("records although none are possible")
	}
	if r, err := modelOf(c, in).Rows(context.Background(), 0, RowOptions{Source: source(3)}); err != nil || r.Len() != 0 {
		t.Errorf("no records: %v", err)
	}
}

// The fit sees zeros of two columns as counts of 0 that are surely known.
func TestForbid(t *testing.T) {
	d := domainOf(2, 1, -2)
	d.Zeros = []coded.Zero{{cond(2, 1), cond(0, 1, 2)}, {cond(0, 1), cond(1, 0)}, {cond(0, 1), cond(1, 1), cond(2, 0)}}
	c := randomClasses(d, 2, 1, source(1))
	p := newProblem(measure(d, c.people(1000, source(2)), 9, 9, 0, source(3)))
	v := len(p.kept)
	for a := range v {
		for b := a + 1; b < v; b++ {
			zero := p.column[a] == 0 && p.kept[b] == 4
			if is := p.pair[a*v+b] == 0 && p.pairWeight[a*v+b] > 1000*1000; is != zero {
				t.Errorf("pair %d, %d: share %v, weight %v", a, b, p.pair[a*v+b], p.pairWeight[a*v+b])
			}
		}
	}
}
