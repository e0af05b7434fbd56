package quality

import (
	"cmp"
	"maps"
	"slices"

	"github.com/opencovey/covey/marginal"
	"github.com/opencovey/covey/table"
)

// ratio is a/b, or 0 if there is nothing to divide by.
func ratio(a, b int) float64 {
	if b == 0 {
		return 0
	}
	return float64(a) / float64(b)
}

// all returns the tally of all lengths together.
func (t *combinationTally) all() *lengthTally {
	var sum lengthTally
	for l := range t.lengths {
		sum.join(&t.lengths[l])
	}
	return &sum
}

// report fills in the parts of the report that are about combinations.
func (t *combinationTally) report(p *Private, columns []table.Column) {
	p.Combinations = append(p.Combinations, t.all().metrics(0))
	p.Bands = t.all().bandMetrics(t.k, 0)
	for i := range t.lengths {
		l := &t.lengths[i]
		p.Combinations = append(p.Combinations, l.metrics(i+1))
		p.Bands = append(p.Bands, l.bandMetrics(t.k, i+1)...)
		p.Rare = append(p.Rare, Rare{
			Length: i + 1, Unique: l.unique, Rare: l.sensitive - l.common, UniqueShown: l.uniqueShown, RareShown: l.rareShown,
			UniqueSynthetic: l.uniqueSynthetic, RareSynthetic: l.rareSynthetic,
		})
		p.Plot = append(p.Plot, plotCells(i+1, l.plot)...)
	}
	p.Worst = t.worst.cells(columns)
	p.Presence = t.tuples.report()
}

// leakage returns what the tally knows of rare combinations that are shown, up to the length that was compared.
func (t *combinationTally) leakage() Leakage {
	l := Leakage{Wanted: len(t.lengths)}
	for i := range t.lengths {
		l.Shown = append(l.Shown, t.lengths[i].rareShown)
	}
	return l
}

func (l *lengthTally) metrics(length int) Combinations {
	return Combinations{
		Length: length, Sensitive: l.sensitive, Synthetic: l.synthetic, Common: l.common,
		Kept: l.kept.over(l.common), MeanCount: ratio(l.peopleCommon, l.common), MeanError: ratio(l.errorCommon, l.common),
		MeanErrorBoth: ratio(l.errorBoth, l.both), MeanErrorAny: ratio(l.error, l.either),
		ProportionalError: l.proportional.over(l.common),
		RelativeL1:        ratio(l.error, l.people), RelativeL1Common: ratio(l.errorCommon, l.peopleCommon),
		Suppressed: ratio(l.suppressed, l.sensitive), SuppressedWeight: ratio(l.peopleLost, l.people),
		SuppressedCommon: ratio(l.suppressedCommon, l.common), SuppressedCommonWeight: ratio(l.peopleCommonLost, l.peopleCommon),
		Fabricated: ratio(l.fabricated, l.synthetic), FabricatedWeight: ratio(l.recordsFabricated, l.records),
		Unsupported: ratio(l.unsupported, l.synthetic), UnsupportedWeight: ratio(l.recordsUnsupported, l.records),
	}
}

func (l *lengthTally) bandMetrics(k, length int) []Band {
	var list []Band
	for i, b := range l.bands {
		if b.combinations > 0 {
			list = append(list, Band{
				Length: length, From: k << i, Combinations: b.combinations, Kept: b.kept.over(b.combinations),
				Missing: ratio(b.missing, b.combinations), ProportionalError: b.proportional.over(b.combinations),
			})
		}
	}
	return list
}

func plotCells(length int, plot map[[2]int8]int) []PlotCell {
	var list []PlotCell
	for _, at := range slices.SortedFunc(maps.Keys(plot), func(a, b [2]int8) int { return slices.Compare(a[:], b[:]) }) {
		list = append(list, PlotCell{length, int(at[0]), int(at[1]), plot[at]})
	}
	return list
}

// top keeps the first combinations in some order, which must be total over different combinations.
type top struct {
	size   int
	before func(a, b *counted) int
	list   []counted
	sorted bool // list is sorted and has size entries: the last one is the bar
}

// counted is a combination with its counts.
type counted struct {
	combination []marginal.Attribute
	s, y        int
}

func (t *top) add(combination []marginal.Attribute, s, y int) {
	c := counted{combination, s, y}
	if t.sorted && t.before(&c, &t.list[t.size-1]) > 0 {
		return
	}
	c.combination = slices.Clone(combination)
	t.list = append(t.list, c)
	if len(t.list) >= 4*t.size {
		t.cut()
	}
}

// cut sorts and drops what is beyond size. Between cuts the bar is that of the last one.
func (t *top) cut() {
	slices.SortFunc(t.list, func(a, b counted) int { return t.before(&a, &b) })
	if len(t.list) >= t.size {
		t.list = t.list[:t.size]
		t.sorted = true
	}
}

func (t *top) join(o *top) {
	t.list = append(t.list, o.list...)
	t.cut()
}

func (t *top) cells(columns []table.Column) []Cell {
	t.cut()
	list := make([]Cell, len(t.list))
	for i, c := range t.list {
		list[i] = Cell{names(columns, c.combination), c.s, c.y}
	}
	return list
}

// furtherOff orders by how far the counts are apart, the greatest difference first.
func furtherOff(a, b *counted) int {
	return cmp.Or(
		cmp.Compare(max(b.y-b.s, b.s-b.y), max(a.y-a.s, a.s-a.y)),
		cmp.Compare(len(a.combination), len(b.combination)),
		slices.CompareFunc(a.combination, b.combination, marginal.Attribute.Compare),
	)
}

// shorterAndRarer orders by length, then by the sensitive count, the least first.
func shorterAndRarer(a, b *counted) int {
	return cmp.Or(
		cmp.Compare(len(a.combination), len(b.combination)), cmp.Compare(a.s, b.s),
		slices.CompareFunc(a.combination, b.combination, marginal.Attribute.Compare),
	)
}
