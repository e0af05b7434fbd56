package kanon

import (
	"context"
	"fmt"
	"runtime"
	"slices"

	"github.com/opencovey/covey/marginal"
	"github.com/opencovey/covey/table"
)

// DefaultRounds is how often attributes are given where they are lacking when Options do not say. What further rounds gain is in
// docs/performance.md.
const DefaultRounds = 2

// between is how many orders of attributes beside rarest first and most common first records are cut down by.
const between = 2

// Options of Synthesize. The zero value works.
type Options struct {
	Workers  int                                       // default: the processors that Go may use
	Rounds   int                                       // rounds of giving and taking; default DefaultRounds
	Hidden   [][]marginal.Attribute                    // combinations that must not occur though k persons share them
	Progress func(stage string, done, total int)       // may be nil
	observe  func(stage string, b *balance, n []group) // for tests
}

// Synthesize makes k-anonymous records. Every record of the result, and so every combination of attributes in it, of any
// length, is shared by at least k persons of the input; there are as many records as persons, rounded down to a multiple of k. Columns hold
// only values that at least k persons have. The result is in the order of its codes and the same for the same input, k and rounds,
// whatever the order of the input and the number of workers.
//
// Method. Every record of the input is cut down, in a few ways, to attributes that at least k persons share: taking the rarest
// first, the most common first, or some other order. One record after another then takes the form that is worth most, given what the records so far lack or
// have too much of. What a record is worth is measured on single attributes, pairs and triples, against targets taken from the protected
// counts (see type balance). At last, in rounds, attributes below target are given to the records where that repairs most, if at least
// k persons share the outcome, and taken from records where combinations are above target.
//
// It fails if k is less than 2 or there are fewer than k persons. A cancelled context gives its cause.
//
// Cost: linear in the number of distinct records, and cubic in the filled cells of a record.
func Synthesize(ctx context.Context, t *table.Table, k int, o Options) (*table.Table, error) {
	if o.Workers <= 0 {
		o.Workers = runtime.GOMAXPROCS(0)
	}
	if o.Rounds <= 0 {
		o.Rounds = DefaultRounds
	}
	if k < 2 {
		return nil, fmt.Errorf("synthesize records: k is %d and must be at least 2", k)
	}
	if t.People() < k {
		return nil, fmt.Errorf("synthesize records: there are fewer than k = %d persons", k)
	}
	counts, err := marginal.Count(ctx, t, marginal.Options{Length: 3, Threshold: k, Workers: o.Workers})
	if err != nil {
		return nil, fmt.Errorf("synthesize records: %w", err)
	}
	if n := len(counts.Attributes()); n >= 1<<21 {
		return nil, fmt.Errorf("synthesize records: %d attributes are more than the limit of %d", n, 1<<21)
	}
	return synthesize(ctx, t, counts, k, o)
}

func synthesize(ctx context.Context, t *table.Table, counts *marginal.Counts, k int, o Options) (*table.Table, error) {
	stage := func(name string, done int) {
		if o.Progress != nil {
			o.Progress(name, done, 2*o.Rounds+1)
		}
	}
	stage("finding records", 0)
	ix := newIndex(t, counts, k)
	ix.hide(o.Hidden)
	forms, err := ix.forms(ctx, o.Workers, ix.orders(between))
	if err != nil {
		return nil, err
	}
	stage("choosing records", 1)
	b := newBalance(counts, k)
	c := &chooser{ix: ix, b: b, forms: forms, workers: o.Workers}
	groups, err := c.choose(ctx)
	if err != nil {
		return nil, err
	}
	r := &repairer{ix: ix, b: b, groups: groups, workers: o.Workers}
	watch := func(name string) {
		if o.observe != nil {
			o.observe(name, r.b, r.groups)
		}
	}
	watch("choose")
	for round := range o.Rounds {
		if round > 0 {
			stage("balancing", 2*round+1)
			if err := r.take(ctx); err != nil {
				return nil, err
			}
			watch("take")
		}
		stage("balancing", 2*round+2)
		if err := r.give(ctx); err != nil {
			return nil, err
		}
		watch("give")
	}
	if err := r.trim(ctx); err != nil {
		return nil, err
	}
	r.drop(t.People() - Round(t.People(), k))
	watch("end")
	stage("balancing", 2*o.Rounds+1)
	return ix.table(t.Columns, r.groups), nil
}

// table writes the groups as a table whose columns know no value that fewer than k persons have.
func (ix *index) table(columns []table.Column, groups []group) *table.Table {
	var kept []table.Column
	at := make([]int, len(ix.attrs))      // column of the result, by attribute
	code := make([]uint16, len(ix.attrs)) // code in the result, by attribute
	next := 0
	for i, c := range columns {
		c.Blanks = nil
		values := c.Values
		c.Values = nil
		for ; next < len(ix.attrs) && ix.attrs[next].Column == i; next++ {
			if ix.isHidden(nil, int32(next)) {
				continue
			}
			c.Values = append(c.Values, values[ix.attrs[next].Code-1])
			at[next], code[next] = len(kept), uint16(len(c.Values))
		}
		if len(c.Values) > 0 || c.Kind != table.Many {
			kept = append(kept, c)
		}
	}
	b := table.NewBuilder(kept)
	codes := make([]uint16, len(kept))
	for _, g := range groups {
		clear(codes)
		for _, a := range g.set {
			codes[at[a]] = code[a]
		}
		b.Add(codes, int(g.n))
	}
	return b.Table().Sorted()
}

// hide notes combinations that must not occur.
func (ix *index) hide(combinations [][]marginal.Attribute) {
	for _, comb := range combinations {
		set := make([]int32, len(comb))
		known := true
		for i, attr := range comb {
			at, ok := slices.BinarySearchFunc(ix.attrs, attr, marginal.Attribute.Compare)
			set[i], known = int32(at), known && ok
		}
		if !known { // no record has it anyway
			continue
		}
		if ix.hidden == nil {
			ix.hidden = map[int32][][]int32{}
		}
		for _, a := range set {
			ix.hidden[a] = append(ix.hidden[a], set)
		}
	}
}

// isHidden reports whether adding a to the attributes of set would complete a hidden combination.
func (ix *index) isHidden(set []int32, a int32) bool {
	for _, h := range ix.hidden[a] {
		inside := true
		for _, x := range h {
			inside = inside && (x == a || slices.Contains(set, x))
		}
		if inside {
			return true
		}
	}
	return false
}
