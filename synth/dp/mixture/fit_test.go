package mixture

import (
	"context"
	"errors"
	"math"
	"slices"
	"testing"
	"time"

	"github.com/opencovey/covey/internal/testenv"
	"github.com/opencovey/covey/synth/dp/coded"
	"github.com/opencovey/covey/synth/dp/tally"
)

func fitOf(t *testing.T, in *Measured, o Options) *Model {
	t.Helper()
	if o.Source == nil {
		o.Source = source(42)
	}
	m, err := Fit(context.Background(), in, o)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// The fit recovers the pairs of four known classes: expected counts of pairs are nearer to the people than noise is, although these
// differ from their classes by chance; and where values of people were not counted, nearer than noise on the few that were.
func TestFitRecovers(t *testing.T) {
	const n, deviation = 20_000, 30
	for _, c := range []struct {
		name     string
		one, two int
		most     float64 // root of the mean squared error of pairs
	}{
		{"all counted", 99, 99, deviation},
		{"some counted", 6, 4, 5 * deviation},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := domainOf(4, 1, 1, -3, 1, 5, 1, 1, 2, 1)
			rows := randomClasses(d, 4, 1.5, source(1)).people(n, source(2))
			in := measure(d, rows, c.one, c.two, deviation, source(3))
			m := fitOf(t, in, Options{})
			squares, cells := 0.0, 0.0
			for b := range int32(in.Space.Len()) {
				for a := range int32(in.Space.First[in.Space.Column[b]]) {
					x := m.Expect(a, b) - truth(in.Space, rows, a, b)
					squares += x * x
					cells++
				}
			}
			if off := math.Sqrt(squares / cells); off > c.most {
				t.Errorf("pairs are off by %.1f people, more than %.1f", off, c.most)
			}
			if m.Misfit > 1.05 || m.Misfit < 0.6 {
				t.Errorf("misfit %.2f", m.Misfit)
			}
		})
	}
}

// People with many values, of whom few were counted, are told from people with few values: singles and pairs alone fit both.
func TestFilledTellsApart(t *testing.T) {
	d := domainOf(1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1)
	c := &classes{share: []float64{0.3, 0.7}, p: make([][][]float64, 2)}
	for range d.Columns {
		c.p[0] = append(c.p[0], []float64{0.2, 0.8})
		c.p[1] = append(c.p[1], []float64{0.95, 0.05})
	}
	rows := c.people(10_000, source(1))
	in := measure(d, rows, 8, 5, 40, source(2))
	off := func() float64 {
		m := fitOf(t, in, Options{})
		sum, all := 0.0, 0.0
		for b := range int32(in.Space.Len()) {
			for a := range b {
				x := truth(in.Space, rows, a, b)
				sum += math.Abs(m.Expect(a, b) - x)
				all += x
			}
		}
		return sum / all
	}
	with := off()
	in.Filled = nil
	without := off()
	if with > 0.1 || without < 0.3 {
		t.Errorf("pairs are off by %.3f, and by %.3f without the number of filled columns", with, without)
	}
}

// findClasses finds about as many classes as there are: more for people who differ more, and few for noise.
func TestFindClasses(t *testing.T) {
	d := domainOf(4, 1, 1, -3, 1, 5, 1, 1, 2, 1)
	find := func(classes int, sharp, deviation float64) int {
		rows := randomClasses(d, classes, sharp, source(1)).people(20_000, source(2))
		n, err := newProblem(measure(d, rows, 99, 99, deviation, source(3))).findClasses(context.Background(), Options{Source: source(4), Workers: 1})
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	one, four, twenty := find(1, 1.5, 40), find(4, 1.5, 40), find(20, 3, 40)
	if one > 12 || four < 6 || four > 48 || twenty < four {
		t.Errorf("%d classes for one, %d for four, %d for twenty", one, four, twenty)
	}
}

func sameModel(a, b *Model) bool {
	return slices.Equal(a.share, b.share) && slices.Equal(a.p, b.p) && slices.Equal(a.blank, b.blank)
}

// Fit and Rows give the same for the same source, whatever the number of workers, and something else for another.
func TestDeterministic(t *testing.T) {
	d := domainOf(4, 1, 1, -3, 1, 5)
	d.Zeros = []coded.Zero{{cond(0, 1), cond(3, 0)}, {cond(0, 2), cond(1, 1), cond(2, 0)}}
	rows := randomClasses(d, 4, 1.5, source(1)).people(2000, source(2))
	in := measure(d, rows, 5, 4, 10, source(3))
	var first *Model
	var records *coded.Records
	for workers := range 4 {
		m := fitOf(t, in, Options{Source: source(5), Workers: workers, Classes: 9, Members: 2})
		r, err := m.Rows(context.Background(), 1000, RowOptions{Source: source(6), Workers: workers, Rare: 1})
		if err != nil {
			t.Fatal(err)
		}
		if first == nil {
			first, records = m, r
			if m.Classes() != 2*12 {
				t.Errorf("%d classes", m.Classes())
			}
			continue
		}
		if !sameModel(first, m) {
			t.Errorf("%d workers: another model", workers)
		}
		for j := range r.Codes {
			if !slices.Equal(r.Codes[j], records.Codes[j]) {
				t.Errorf("%d workers: other records", workers)
				break
			}
		}
	}
	if sameModel(first, fitOf(t, in, Options{Source: source(6), Classes: 9, Members: 2})) {
		t.Error("another source, the same model")
	}
}

// Whatever comes, there are numbers, and as many records as asked for.
func TestDegenerate(t *testing.T) {
	none := [][]uint16{}
	blank := make([][]uint16, 50)
	for i := range blank {
		blank[i] = make([]uint16, 4)
	}
	wild := func(in *Measured) {
		for i := range in.Pairs.Counts {
			in.Pairs.Counts[i] = int64(i%7-3) * 1_000_000
		}
		for i := range in.Singles.Counts {
			in.Singles.Counts[i] = int64(i%3-1) * 1_000_000
		}
		for i := range in.Filled.Counts {
			in.Filled.Counts[i] = -int64(i) * 1000
		}
	}
	cases := []struct {
		name      string
		domain    *coded.Domain
		rows      [][]uint16
		deviation float64
		change    func(*Measured)
	}{
		{"no columns", domainOf(), make([][]uint16, 20), 3, nil},
		{"one column", domainOf(3), [][]uint16{{1}, {1}, {0}, {3}}, 1, nil},
		{"one column that nobody is blank in", domainOf(-3), [][]uint16{{1}, {1}, {0}, {2}}, 1, nil},
		{"columns without values", domainOf(0, 0, -1, 2), blank, 1, nil},
		{"one person", domainOf(2, -2, 1), [][]uint16{{1, 1, 1}}, 5, nil},
		{"nobody", domainOf(2, -2, 1), none, 5, nil},
		{"all noise", domainOf(5, 5, -4, 1, 1, 9), none, 1000, nil},
		{"everybody blank", domainOf(1, 1, 1, 1), blank, 5, nil},
		{"wild counts", domainOf(4, -3, 1, 1, 1), [][]uint16{{1, 1, 1, 1, 0}}, 1, wild},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			in := measure(c.domain, c.rows, max(len(c.domain.Columns)/2, 1), max(len(c.domain.Columns)/3, min(2, len(c.domain.Columns))), c.deviation, source(1))
			if c.change != nil {
				c.change(in)
			}
			m := fitOf(t, in, Options{Classes: 8 * len(c.name) % 3})
			isFinite(t, "share", m.share)
			isFinite(t, "p", m.p)
			isFinite(t, "blank", m.blank)
			if math.IsNaN(m.Misfit) {
				t.Error("misfit is no number")
			}
			for _, n := range []int{0, 1, 2, 333} {
				r, err := m.Rows(context.Background(), n, RowOptions{Source: source(2), Rare: 3})
				if err != nil || r.Len() != n || c.domain.Check(r) != nil {
					t.Fatalf("%d records of %d; %v; %v", r.Len(), n, err, c.domain.Check(r))
				}
			}
			for length := range 3 {
				counted := m.Counted(2, length+1)
				for a := range int32(in.Space.Len()) {
					if x := counted.Share([]int32{a, a, a}[:length+1]...); !(x >= 0 && x <= 1) {
						t.Errorf("share %v", x)
					}
				}
			}
		})
	}
	t.Run("errors", func(t *testing.T) {
		for name, change := range map[string]func(*Measured){
			"no people":      func(in *Measured) { in.People = 0 },
			"no number":      func(in *Measured) { in.People = math.NaN() },
			"infinite":       func(in *Measured) { in.People = math.Inf(1) },
			"no pairs":       func(in *Measured) { in.Pairs.Limit = 1 },
			"no singles":     func(in *Measured) { in.Singles.Limit = 0 },
			"too many cells": func(in *Measured) { in.Space = tally.NewSpace(domainOf(40_000)) },
		} {
			in := measure(domainOf(2, 1), none, 2, 2, 1, source(1))
			change(in)
			if _, err := Fit(context.Background(), in, Options{Source: source(1)}); err == nil {
				t.Errorf("%s: no error", name)
			}
		}
	})
}

// A single column is fitted too, although there are no pairs.
func TestOneColumn(t *testing.T) {
	rows := make([][]uint16, 1000)
	for i := range rows {
		rows[i] = []uint16{uint16(i % 10 / 3)} // .3 blank, .3, .3, .1
	}
	m := fitOf(t, measure(domainOf(3), rows, 1, 1, 3, source(1)), Options{})
	for a, want := range []float64{300, 300, 100} {
		if x := m.Expect(int32(a)); math.Abs(x-want) > 15 {
			t.Errorf("value %d: %.1f people, not %.0f", a, x, want)
		}
	}
}

// With more triples than there is room for, rows are polished by pairs alone.
func TestManyValues(t *testing.T) {
	testenv.NotRaces(t)
	d := domainOf(220, 220, 220, 1)
	src := source(1)
	rows := make([][]uint16, 3000)
	for i := range rows {
		x := uint16(below(src, 221))
		rows[i] = []uint16{x, x, uint16(below(src, 221)), uint16(below(src, 2))}
	}
	in := measure(d, rows, 4, 4, 1, source(2))
	for i := range in.Singles.Counts {
		in.Singles.Counts[i] = max(in.Singles.Counts[i], 2)
	}
	m := fitOf(t, in, Options{Classes: 8, Members: 1})
	if v := len(m.kept); v*(v-1)*(v-2)/6 <= mostTriples {
		t.Fatalf("%d values are not many", v)
	}
	r, err := m.Rows(context.Background(), 2000, RowOptions{Source: source(3), Workers: 2, Rare: 2})
	if err != nil || r.Len() != 2000 || d.Check(r) != nil {
		t.Errorf("%d records; %v", r.Len(), err)
	}
}

// Fit, Triples and Rows stop within a second of being cancelled, at the size of a domain of 40 columns.
func TestCancel(t *testing.T) {
	if testing.Short() {
		t.Skip("times something, and the race detector slows it down")
	}
	values := []int{200, 200, 30, 12, 9, -4}
	for range 34 {
		values = append(values, 1)
	}
	d := domainOf(values...)
	in := measure(d, randomClasses(d, 20, 1.5, source(1)).people(20_000, source(2)), 20, 15, 2, source(3))
	stop := func(what string, after time.Duration, do func(ctx context.Context) error) {
		t.Helper()
		mine := errors.New("enough")
		ctx, cancel := context.WithCancelCause(context.Background())
		var at time.Time
		timer := time.AfterFunc(after, func() { at = time.Now(); cancel(mine) })
		defer timer.Stop()
		if err := do(ctx); !errors.Is(err, mine) {
			t.Errorf("%s: %v", what, err)
		} else if late := time.Since(at); late > time.Second {
			t.Errorf("%s stopped %v late", what, late)
		}
	}
	stop("fit", 300*time.Millisecond, func(ctx context.Context) error {
		_, err := Fit(ctx, in, Options{Source: source(4), Workers: 2, Classes: 320})
		return err
	})
	f := newProblem(in).start(320, Options{Source: source(5), Workers: 2})
	m := f.model()
	for range 4 {
		m.classes += f.classes
		m.share, m.p, m.blank = append(m.share, f.share...), append(m.p, f.p...), append(m.blank, f.blank...)
	}
	for i := range m.share {
		m.share[i] /= 4
	}
	for _, after := range []time.Duration{0, 300 * time.Millisecond} {
		stop("rows", after, func(ctx context.Context) error {
			_, err := m.Rows(ctx, 300_000, RowOptions{Source: source(6), Workers: 2, Rare: 1})
			return err
		})
	}
	stop("triples", 100*time.Millisecond, func(ctx context.Context) error {
		return m.Triples(ctx, 2, 0, func(_, _, _ int32, _ float64) {})
	})
}

func TestToDistribution(t *testing.T) {
	for _, c := range [][2][]float64{
		{{1}, {1}},
		{{-3}, {1}},
		{{0.5, 0.5}, {0.5, 0.5}},
		{{0.7, 0.7}, {0.5, 0.5}},
		{{1.2, 0.1, -0.5}, {1, 0, 0}},
		{{0.9, 0.3, -0.1}, {0.8, 0.2, 0}},
		{{0, 0}, {0.5, 0.5}},
	} {
		x := slices.Clone(c[0])
		toDistribution(x)
		for i := range x {
			if math.Abs(x[i]-c[1][i]) > 1e-9 {
				t.Errorf("%v became %v, not %v", c[0], x, c[1])
				break
			}
		}
	}
}

func TestFilledFrom(t *testing.T) {
	for _, c := range []struct {
		columns, limit int
		want           []int
	}{
		{0, 0, []int{0}},
		{4, 4, []int{0}},
		{5, 4, []int{0, 5}},
		{20, 8, []int{0, 9, 10, 12, 14, 16, 19}},
	} {
		if got := FilledFrom(c.columns, c.limit); !slices.Equal(got, c.want) {
			t.Errorf("%d columns, limit %d: %v", c.columns, c.limit, got)
		}
	}
}

func BenchmarkRows(b *testing.B) {
	values := []int{3, 8, 40, 40, 15}
	for range 27 {
		values = append(values, 1)
	}
	d := domainOf(values...)
	c := randomClasses(d, 20, 1.5, source(1))
	for _, p := range c.p { // most flags are blank
		for _, x := range p[5:] {
			x[1] /= 4
			x[0] = 1 - x[1]
		}
	}
	in := measure(d, c.people(50_000, source(2)), 14, 9, 30, source(3))
	m, err := Fit(context.Background(), in, Options{Source: source(4), Workers: 2, Classes: 32, Members: 2})
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if _, err := m.Rows(context.Background(), 50_000, RowOptions{Source: source(5), Workers: 2, Rare: 1}); err != nil {
			b.Fatal(err)
		}
	}
}
