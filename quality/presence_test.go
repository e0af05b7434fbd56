package quality_test

import (
	"math"
	"strings"
	"testing"

	"github.com/opencovey/covey/quality"
	"github.com/opencovey/covey/table"
)

// naivePresence writes the definitions of docs/quality.md down once more.
func naivePresence(list []pair, people, records, length int) quality.Presence {
	p := quality.Presence{Length: length}
	type sum struct{ people, off float64 }
	sets := map[string]*sum{}
	var off, all, kept, common, lost, shown, fabricated float64
	for _, c := range list {
		if c.length != length {
			continue
		}
		var columns []string
		for _, fact := range strings.Split(c.name, " + ") {
			column, _, _ := strings.Cut(fact, ": v")
			columns = append(columns, column)
		}
		set := strings.Join(columns, "|")
		if sets[set] == nil {
			sets[set] = &sum{}
		}
		scaled := 0.0
		if c.y > 0 {
			scaled = float64(c.y) * float64(people) / float64(records)
		}
		d := math.Abs(scaled - float64(c.s))
		sets[set].people += float64(c.s)
		sets[set].off += d
		all, off = all+float64(c.s), off+d
		if c.s >= 10 {
			common++
			kept += min(float64(c.y)/float64(c.s), 1)
			if c.y == 0 {
				lost++
			}
		}
		if c.y > 0 {
			shown++
			if c.s == 0 {
				fabricated++
			}
		}
	}
	for _, s := range sets {
		if s.people > 0 {
			p.Tuples++
			p.RelativeL1Tuples += s.off / s.people
		}
	}
	of := func(a, b float64) float64 {
		if b == 0 {
			return 0
		}
		return a / b
	}
	p.RelativeL1Tuples = of(p.RelativeL1Tuples, float64(p.Tuples))
	p.RelativeL1, p.Kept, p.Lost, p.Fabricated = of(off, all), of(kept, common), of(lost, common), of(fabricated, shown)
	return p
}

func TestPresence(t *testing.T) {
	for seed := range uint64(30) {
		rng := random(seed)
		columns := schema(1+rng.IntN(3), 1+rng.IntN(5), 1+rng.IntN(9), 1, 1, 1+rng.IntN(4))
		s := scattered(rng, columns, 1+rng.IntN(300))
		y := scattered(rng, columns, rng.IntN(300))
		if seed == 0 {
			y = table.NewBuilder(columns).Table() // no records at all
		}
		r := compare(t, s, y, withoutAttacks(2+rng.IntN(20), 4)) // K makes no difference
		list := naivePairs(s, y, 4)
		for l, got := range r.Private.Presence {
			want := naivePresence(list, s.People(), y.People(), l+1)
			same := got.Length == want.Length && got.Tuples == want.Tuples && near(got.RelativeL1Tuples, want.RelativeL1Tuples) &&
				near(got.RelativeL1, want.RelativeL1) && near(got.Kept, want.Kept) && near(got.Lost, want.Lost) && near(got.Fabricated, want.Fabricated)
			if !same {
				t.Errorf("seed %d: %+v, want %+v", seed, got, want)
			}
		}
	}
}

// TestPresenceScales: twice as many records of the same kind are as good.
func TestPresenceScales(t *testing.T) {
	s := scattered(random(7), schema(3, 4, 5), 200)
	double := table.NewBuilder(s.Columns)
	for row, weight := range s.Rows() {
		double.Add(row, 2*weight)
	}
	for _, p := range compare(t, s, double.Table(), withoutAttacks(10, 3)).Private.Presence {
		if p.RelativeL1 != 0 || p.RelativeL1Tuples != 0 || p.Kept != 1 || p.Lost != 0 || p.Fabricated != 0 {
			t.Errorf("%+v", p)
		}
	}
}

// TestPresenceNobody: values that nobody has in the sensitive table, in columns that are otherwise empty.
func TestPresenceNobody(t *testing.T) {
	p := compare(t, tab(t, "x y", "1 . *20"), tab(t, "x y", "1 2 *20"), withoutAttacks(10, 2)).Private.Presence
	if p[0].Tuples != 1 || p[0].RelativeL1Tuples != 0 || p[0].RelativeL1 != 1 || p[0].Fabricated != 0.5 {
		t.Errorf("single values: %+v", p[0])
	}
	if p[1].Tuples != 0 || p[1].RelativeL1 != 0 || p[1].Fabricated != 1 {
		t.Errorf("pairs: %+v", p[1])
	}
}
