package quality

import (
	"maps"
	"slices"

	"github.com/opencovey/covey/marginal"
)

// common is how many people share a combination, at least, that records are blamed for losing. It does not depend on K, so that figures of
// different reports can be compared.
const common = 10

// Presence are the metrics by which differentially private records are compared in the literature, for the combinations of one length. Cells
// in which a column is blank do not count. Where the tables have different numbers of records, y is scaled: y' = y·N/M.
type Presence struct {
	Length int `json:"length"`
	Tuples int `json:"tuples"` // sets of that many columns that somebody has values in
	// RelativeL1Tuples is the mean over these sets of columns of sum |y'-s| / sum s, the sums over the cells of the set. 0 is best.
	RelativeL1Tuples float64 `json:"relative_l1_tuples"`
	// RelativeL1 is sum |y'-s| / sum s over the cells of all sets of columns together.
	RelativeL1 float64 `json:"relative_l1"`
	Kept       float64 `json:"kept"`       // mean of min(y/s, 1) over the combinations with s ≥ 10; 1 is best
	Fabricated float64 `json:"fabricated"` // |Y\S| / |Y|; 0 is best
	Lost       float64 `json:"lost"`       // share of the combinations with s ≥ 10 that have y = 0; 0 is best
}

// tupleTally gathers the errors of every set of columns. All sums are whole numbers.
type tupleTally struct {
	n, m    uint64 // people of the tables; m is at least 1
	sums    map[columnSet]*tupleSum
	last    columnSet
	current *tupleSum // of last
	lengths []presenceTally
}

// columnSet is a set of columns, ascending, each with 1 added; 0 beyond the last.
type columnSet [marginal.MaxLength]int32

// tupleSum is what is known of one set of columns.
type tupleSum struct{ people, off uint64 } // sum of s; sum of |s·m - y·n|

// presenceTally counts the combinations of one length.
type presenceTally struct {
	common, lost, shown, fabricated int
	kept                            fraction
}

func newTupleTally(people, records, length int) *tupleTally {
	return &tupleTally{
		n: uint64(people), m: uint64(max(1, records)), sums: map[columnSet]*tupleSum{}, lengths: make([]presenceTally, length),
	}
}

// add counts one combination.
func (t *tupleTally) add(combination []marginal.Attribute, s, y int) {
	var set columnSet
	for i, a := range combination {
		set[i] = int32(a.Column) + 1
	}
	if t.current == nil || set != t.last { // combinations of the same columns often follow each other
		t.last, t.current = set, t.sums[set]
		if t.current == nil {
			t.current = &tupleSum{}
			t.sums[set] = t.current
		}
	}
	t.current.people += uint64(s)
	t.current.off += absDiff(uint64(s)*t.m, uint64(y)*t.n)
	l := &t.lengths[len(combination)-1]
	if s >= common {
		l.common++
		l.kept.add(min(y, s), s)
		if y == 0 {
			l.lost++
		}
	}
	if y > 0 {
		l.shown++
		if s == 0 {
			l.fabricated++
		}
	}
}

// join adds another tally.
func (t *tupleTally) join(o *tupleTally) {
	for set, from := range o.sums {
		to := t.sums[set]
		if to == nil {
			to = &tupleSum{}
			t.sums[set] = to
		}
		to.people += from.people
		to.off += from.off
	}
	for l := range t.lengths {
		to, from := &t.lengths[l], &o.lengths[l]
		to.common += from.common
		to.lost += from.lost
		to.shown += from.shown
		to.fabricated += from.fabricated
		to.kept.join(from.kept)
	}
}

// report returns the metrics by length, from 1.
func (t *tupleTally) report() []Presence {
	list := make([]Presence, len(t.lengths))
	people, off := make([]float64, len(list)), make([]float64, len(list))
	// In order, since sums of fractions depend on it.
	for _, set := range slices.SortedFunc(maps.Keys(t.sums), func(a, b columnSet) int { return slices.Compare(a[:], b[:]) }) {
		sum := t.sums[set]
		if sum.people == 0 { // nobody has values in these columns: such combinations are fabricated, and there is nothing to divide by
			off[set.length()-1] += float64(sum.off)
			continue
		}
		l := set.length() - 1
		list[l].Tuples++
		list[l].RelativeL1Tuples += float64(sum.off) / (float64(sum.people) * float64(t.m))
		people[l] += float64(sum.people)
		off[l] += float64(sum.off)
	}
	for l := range list {
		p, n := &list[l], &t.lengths[l]
		p.Length = l + 1
		p.RelativeL1Tuples /= float64(max(1, p.Tuples))
		if people[l] > 0 {
			p.RelativeL1 = off[l] / (people[l] * float64(t.m))
		}
		p.Kept, p.Lost, p.Fabricated = n.kept.over(n.common), ratio(n.lost, n.common), ratio(n.fabricated, n.shown)
	}
	return list
}

func (s *columnSet) length() int {
	n := 0
	for n < len(s) && s[n] > 0 {
		n++
	}
	return n
}
