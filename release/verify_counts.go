package release

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/opencovey/covey/table"
)

// counts checks the counts against each other.
func (v *verifier) counts(ctx context.Context) error {
	checks := []struct {
		name, shows string
		run         func() (finding, string)
	}{
		{checkValues, "every value that is named has a count", v.values},
		{checkRounding, fmt.Sprintf("every count is a multiple of %d, and at least %d", v.k, v.k), v.rounding},
		{checkMonotone, "no combination has more people than a part of it", v.monotone},
		{checkClosed, "every part of a published combination is published", v.closed},
		{checkSums, "the parts of a group do not add up to more than it can have", v.sums},
	}
	for _, c := range checks {
		switch {
		case v.Aggregates == nil:
			v.skip(c.name, c.shows, AggregatesFile+" cannot be read")
		case c.name == checkSums && v.Manifest.Withheld:
			v.skip(c.name, c.shows, "beside an earlier release, counts may be kept lower than they are")
		default:
			f, detail := c.run()
			v.check(c.name, c.shows, f, detail)
		}
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
	}
	return nil
}

// values compares the values of the manifest with the combinations of length 1. A value without a count is one that fewer than k people have, named all the same.
func (v *verifier) values() (finding, string) {
	var f finding
	a := v.Aggregates
	single := &a.lengths[0]
	next := 0
	for at := range a.attrs {
		if next < len(single.counts) && single.items[next] == int32(at) {
			next++
			continue
		}
		f.add("%s", a.combination([]int32{int32(at)}))
	}
	return f, "a value in " + ManifestFile + " has no count, so fewer than k people may have it"
}

func (v *verifier) rounding() (finding, string) {
	var f finding
	wrong := func(n int) bool { return n < v.k || n%v.k != 0 }
	if wrong(v.Aggregates.people) {
		f.add("all people")
	}
	if v.Manifest.People != v.Aggregates.people && wrong(v.Manifest.People) {
		f.add("people in %s", ManifestFile)
	}
	v.each(func(c *combinations, i int) {
		if wrong(c.counts[i]) {
			f.add("%s", v.Aggregates.combination(c.at(i)))
		}
	})
	return f, fmt.Sprintf("the count is not a multiple of %d, or lower", v.k)
}

// each visits every published combination.
func (v *verifier) each(visit func(c *combinations, i int)) {
	for l := range v.Aggregates.lengths {
		c := &v.Aggregates.lengths[l]
		for i := range c.counts {
			visit(c, i)
		}
	}
}

// eachPart visits every published combination with every part of it that lacks one attribute, and the count of the part, 0 if it is not
// published. That is enough: what holds between neighbours holds between all.
func (v *verifier) eachPart(visit func(c *combinations, i, place, part int)) {
	var buffer []int32
	v.each(func(c *combinations, i int) {
		for place := range c.length {
			buffer = without(buffer, c.at(i), place)
			visit(c, i, place, v.Aggregates.get(buffer))
		}
	})
}

func (v *verifier) monotone() (finding, string) {
	var f finding
	v.eachPart(func(c *combinations, i, place, part int) {
		if part > 0 && part < c.counts[i] {
			f.add("%s", v.Aggregates.combination(c.at(i)))
		}
	})
	return f, "the combination has a higher count than a part of it"
}

func (v *verifier) closed() (finding, string) {
	var f finding
	v.eachPart(func(c *combinations, i, place, part int) {
		if part == 0 && c.length > 1 {
			f.add("%s", v.Aggregates.combination(without(nil, c.at(i), place)))
		}
	})
	return f, "the combination is not published, though a longer one that contains it is"
}

// sums adds up, for every combination and every single-valued column that is not in it, the counts of the combination with each value of the
// column. Nobody has two values of such a column, so with s the exact numbers and c = s rounded down to a multiple of k
//
//	sum of c(combination, value) ≤ sum of s(combination, value) ≤ s(combination) ≤ c(combination) + k - 1.
//
// A single value is left to the check of inclusion, which is stricter there; so are parts that are not published to that of closure.
func (v *verifier) sums() (finding, string) {
	var f finding
	for l := range v.Aggregates.lengths {
		for _, text := range v.sumsOf(&v.Aggregates.lengths[l]) {
			f.add("%s", text)
		}
	}
	return f, "the counts of the parts add up to more than the whole, even with all rounding"
}

// partition is a combination divided by the values of a column.
type partition struct{ sum, values, first int }

func (v *verifier) sumsOf(c *combinations) (wrong []string) {
	a := v.Aggregates
	groups := map[int]*partition{} // by position of the combination, and column
	var part []int32
	for i, n := range c.counts {
		for place, at := range c.at(i) {
			column := a.attrs[at].Column
			if a.Columns[column].Kind == table.Many {
				continue
			}
			position := 0
			if part = without(part, c.at(i), place); len(part) > 0 {
				var published bool
				if position, published = a.lengths[len(part)-1].find(part); !published {
					continue
				}
			}
			key := position*len(a.Columns) + column
			if groups[key] == nil {
				groups[key] = &partition{first: i*c.length + place}
			}
			groups[key].sum += n
			groups[key].values++
		}
	}
	for _, key := range slices.Sorted(maps.Keys(groups)) {
		g := groups[key]
		part = without(part, c.at(g.first/c.length), g.first%c.length)
		if g.values > 1 && g.sum > a.get(part)+v.k-1 {
			wrong = append(wrong, a.combination(part)+", by "+a.Columns[key%len(a.Columns)].Name)
		}
	}
	return wrong
}
