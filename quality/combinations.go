package quality

import (
	"context"
	"math/bits"
	"sync"

	"github.com/opencovey/covey/marginal"
	"github.com/opencovey/covey/table"
)

// worstCells is how many of the combinations that are off most a report names.
const worstCells = 100

// combinationTally gathers what is said about combinations. All sums are whole numbers, so that the order in which combinations come
// makes no difference.
type combinationTally struct {
	k       int
	lengths []lengthTally // [0] is length 1
	worst   top
	tuples  *tupleTally
}

// lengthTally is the tally of one length.
type lengthTally struct {
	sensitive, synthetic, common, both, either int // |S|, |Y|, |K|, |S∩Y|, |S∪Y|
	suppressed, suppressedCommon               int // |S\Y|, |K\Y|
	fabricated, unsupported                    int // |Y\S|, |Y\K|
	unique, uniqueShown, rareShown             int
	uniqueSynthetic, rareSynthetic             int

	people, peopleCommon          int // sums of s over S, K
	peopleLost, peopleCommonLost  int // sums of s over S\Y, K\Y
	records, recordsFabricated    int // sums of y over Y, Y\S
	recordsUnsupported            int // sum of y over Y\K
	error, errorBoth, errorCommon int // sums of |y-s| over S∪Y, S∩Y, K
	kept, proportional            fraction
	bands                         []bandTally // by doublings of k
	plot                          map[[2]int8]int
}

// bandTally is the tally of the combinations in one band of counts.
type bandTally struct {
	combinations, missing int
	kept, proportional    fraction
}

// newCombinationTally returns a tally for tables of so many people and records.
func newCombinationTally(k, length, people, records int) *combinationTally {
	t := &combinationTally{
		k: k, lengths: make([]lengthTally, length), worst: top{size: worstCells, before: furtherOff},
		tuples: newTupleTally(people, records, length),
	}
	for l := range t.lengths {
		t.lengths[l].plot = map[[2]int8]int{}
	}
	return t
}

// add counts one combination.
func (t *combinationTally) add(combination []marginal.Attribute, s, y int) {
	l := &t.lengths[len(combination)-1]
	off := max(y-s, s-y)
	l.either++
	l.error += off
	if s > 0 {
		l.inSensitive(t.k, s, y)
	}
	if y > 0 {
		l.inSynthetic(t.k, s, y)
	}
	if s > 0 && y > 0 {
		l.both++
		l.errorBoth += off
	}
	if s >= t.k {
		l.inCommon(t.k, s, y)
		t.worst.add(combination, s, y)
	}
	t.tuples.add(combination, s, y)
}

func (l *lengthTally) inSensitive(k, s, y int) {
	l.sensitive++
	l.people += s
	if y == 0 {
		l.suppressed++
		l.peopleLost += s
	}
	if s == 1 {
		l.unique++
		if y > 0 {
			l.uniqueShown++
		}
	}
	if s < k && y > 0 {
		l.rareShown++
	}
}

func (l *lengthTally) inSynthetic(k, s, y int) {
	l.synthetic++
	l.records += y
	if s == 0 {
		l.fabricated++
		l.recordsFabricated += y
	}
	if s < k {
		l.unsupported++
		l.recordsUnsupported += y
	}
	if y == 1 {
		l.uniqueSynthetic++
	}
	if y < k {
		l.rareSynthetic++
	}
}

func (l *lengthTally) inCommon(k, s, y int) {
	off := max(y-s, s-y)
	l.common++
	l.peopleCommon += s
	l.errorCommon += off
	band := bits.Len(uint(s/k)) - 1
	for len(l.bands) <= band {
		l.bands = append(l.bands, bandTally{})
	}
	b := &l.bands[band]
	b.combinations++
	if y == 0 {
		l.suppressedCommon++
		l.peopleCommonLost += s
		b.missing++
	}
	l.kept.add(min(y, s), s)
	b.kept.add(min(y, s), s)
	l.proportional.add(off, s)
	b.proportional.add(off, s)
	l.plot[[2]int8{halfOctave(s), halfOctave(y)}]++
}

// join adds another tally.
func (t *combinationTally) join(o *combinationTally) {
	for l := range t.lengths {
		t.lengths[l].join(&o.lengths[l])
	}
	t.worst.join(&o.worst)
	t.tuples.join(o.tuples)
}

func (l *lengthTally) join(o *lengthTally) {
	for to, from := range map[*int]int{
		&l.sensitive: o.sensitive, &l.synthetic: o.synthetic, &l.common: o.common, &l.both: o.both, &l.either: o.either,
		&l.suppressed: o.suppressed, &l.suppressedCommon: o.suppressedCommon, &l.fabricated: o.fabricated,
		&l.unsupported: o.unsupported, &l.unique: o.unique, &l.uniqueShown: o.uniqueShown, &l.rareShown: o.rareShown,
		&l.uniqueSynthetic: o.uniqueSynthetic, &l.rareSynthetic: o.rareSynthetic, &l.people: o.people,
		&l.peopleCommon: o.peopleCommon, &l.peopleLost: o.peopleLost, &l.peopleCommonLost: o.peopleCommonLost,
		&l.records: o.records, &l.recordsFabricated: o.recordsFabricated, &l.recordsUnsupported: o.recordsUnsupported,
		&l.error: o.error, &l.errorBoth: o.errorBoth, &l.errorCommon: o.errorCommon,
	} {
		*to += from
	}
	l.kept.join(o.kept)
	l.proportional.join(o.proportional)
	for len(l.bands) < len(o.bands) {
		l.bands = append(l.bands, bandTally{})
	}
	for b, from := range o.bands {
		l.bands[b].join(from)
	}
	if l.plot == nil {
		l.plot = map[[2]int8]int{}
	}
	for at, n := range o.plot {
		l.plot[at] += n
	}
}

func (b *bandTally) join(o bandTally) {
	b.combinations += o.combinations
	b.missing += o.missing
	b.kept.join(o.kept)
	b.proportional.join(o.proportional)
}

// tallyCombinations compares all combinations of two tables of equal columns.
func tallyCombinations(ctx context.Context, sensitive, synthetic *table.Table, o Options) (*combinationTally, error) {
	var mu sync.Mutex
	var parts []*combinationTally
	mo := marginal.Options{Length: o.Length, Workers: o.Workers, Progress: func(done, total int) { o.Progress("compare combinations", done, total) }}
	err := marginal.Compare(ctx, sensitive, synthetic, mo, false, func() marginal.Visit {
		t := newCombinationTally(o.K, o.Length, sensitive.People(), synthetic.People())
		mu.Lock()
		defer mu.Unlock()
		parts = append(parts, t)
		return t.add
	})
	if err != nil {
		return nil, err
	}
	sum := newCombinationTally(o.K, o.Length, sensitive.People(), synthetic.People())
	for _, t := range parts {
		sum.join(t)
	}
	return sum, nil
}

// fraction is an exact sum of fractions between whole numbers, each cut to 32 binary places.
type fraction struct{ high, low uint64 }

// add adds p/q.
func (f *fraction) add(p, q int) {
	var carry uint64
	f.low, carry = bits.Add64(f.low, uint64(p)<<32/uint64(q), 0)
	f.high += carry
}

func (f *fraction) join(o fraction) {
	var carry uint64
	f.low, carry = bits.Add64(f.low, o.low, 0)
	f.high += o.high + carry
}

// over returns the sum divided by n, or 0 if n is 0.
func (f fraction) over(n int) float64 {
	if n == 0 {
		return 0
	}
	return (float64(f.high)*(1<<32) + float64(f.low)/(1<<32)) / float64(n)
}

// halfOctave returns h with 2^(h/2) ≤ count < 2^((h+1)/2), or -1 for 0.
func halfOctave(count int) int8 {
	if count == 0 {
		return -1
	}
	octave := bits.Len(uint(count)) - 1
	if hi, lo := bits.Mul64(uint64(count), uint64(count)); hi == 0 && lo < 1<<(2*octave+1) {
		return int8(2 * octave)
	}
	return int8(2*octave + 1)
}
