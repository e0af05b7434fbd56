package kanon

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"

	"github.com/opencovey/covey/marginal"
	"github.com/opencovey/covey/table"
)

// index holds what the input says: the attributes that at least k persons have, the distinct records as lists of them, and, for each attribute,
// which records hold it. Attributes are numbered from the rarest to the most common, and lists of them ascend.
type index struct {
	k        int
	attrs    []marginal.Attribute // by number
	persons  []int                // by number: who hold it
	number   [][]int32            // by column and code: the attribute's number, or -1
	items    []int32              // attributes of record after record
	ends     []uint32             // by record: where its attributes end
	weights  []int32              // by record: persons who share it
	empty    int                  // persons with none of the attributes
	postings []posting            // by attribute
	hidden   [][][]int32          // by attribute: combinations with it that must not occur; nil if there are none
}

// Limits of what 32 bits, and three attributes in a key, can address.
const (
	maxPeople     = 1 << 30
	keyBits       = 21
	maxAttributes = 1<<keyBits - 2
)

// stride is after how many records a long loop looks whether the work was cancelled.
const stride = 1 << 14

func newIndex(ctx context.Context, workers int, t *table.Table, k int) (*index, error) {
	if t.People() > maxPeople {
		return nil, fmt.Errorf("%d persons are more than %d", t.People(), maxPeople)
	}
	ix := &index{k: k}
	ix.numberAttributes(t)
	if len(ix.attrs) > maxAttributes {
		return nil, fmt.Errorf("%d values that at least %d persons have are more than %d", len(ix.attrs), k, maxAttributes)
	}
	if err := ix.addRecords(ctx, workers, t); err != nil {
		return nil, err
	}
	ix.addPostings()
	return ix, nil
}

// numberAttributes finds the attributes that at least k persons have.
func (ix *index) numberAttributes(t *table.Table) {
	totals := make([][]int, len(t.Columns)) // by column and code
	for i, c := range t.Columns {
		totals[i] = make([]int, len(c.Values)+1)
		ix.number = append(ix.number, slices.Repeat([]int32{-1}, len(c.Values)+1))
	}
	for codes, weight := range t.Rows() {
		for i, code := range codes {
			totals[i][code] += weight
		}
	}
	total := func(a marginal.Attribute) int { return totals[a.Column][a.Code] }
	for i := range totals {
		for code := 1; code < len(totals[i]); code++ {
			if totals[i][code] >= ix.k {
				ix.attrs = append(ix.attrs, marginal.Attribute{Column: i, Code: uint16(code)})
			}
		}
	}
	slices.SortStableFunc(ix.attrs, func(a, b marginal.Attribute) int { return cmp.Compare(total(a), total(b)) })
	for n, a := range ix.attrs {
		ix.number[a.Column][a.Code] = int32(n)
		ix.persons = append(ix.persons, total(a))
	}
}

// of returns the number of an attribute.
func (ix *index) of(a marginal.Attribute) int32 { return ix.number[a.Column][a.Code] }

// record returns the attributes of a record.
func (ix *index) record(r int32) []int32 {
	start := uint32(0)
	if r > 0 {
		start = ix.ends[r-1]
	}
	return ix.items[start:ix.ends[r]]
}

// keyed is something with attributes, and its first three in one word, for sorting.
type keyed struct {
	key  uint64
	at   uint32 // where its attributes begin
	size uint32
	row  uint32
}

// keyOf returns the first three attributes, for comparing. There is at least one.
func keyOf(set []int32) uint64 {
	key := uint64(0)
	for i := range 3 {
		key <<= keyBits
		if i < len(set) {
			key |= uint64(set[i] + 1)
		}
	}
	return key
}

// addRecords lists the attributes of every record. Records are sorted, so that those alike stand together, which makes the nonzero
// words of bitmaps few, and so that nothing depends on the order of the file.
func (ix *index) addRecords(ctx context.Context, workers int, t *table.Table) error {
	keys := make([]keyed, 0, t.Len())
	var items []int32
	for i := range t.Len() {
		if i%stride == 0 && ctx.Err() != nil {
			return context.Cause(ctx)
		}
		start := len(items)
		for column, code := range t.Row(i) {
			if a := ix.number[column][code]; a >= 0 {
				items = append(items, a)
			}
		}
		set := items[start:]
		if len(set) == 0 {
			ix.empty += t.Weight(i)
			continue
		}
		slices.Sort(set)
		keys = append(keys, keyed{keyOf(set), uint32(start), uint32(len(set)), uint32(i)})
	}
	if len(items) > math.MaxUint32 {
		return fmt.Errorf("%d filled cells in distinct records are more than %d", len(items), math.MaxUint32)
	}
	attrs := func(k keyed) []int32 { return items[k.at:][:k.size] }
	err := sortByFirst(ctx, workers, keys, len(ix.attrs), func(a, b keyed) int {
		if a.key != b.key {
			return cmp.Compare(a.key, b.key)
		}
		return slices.Compare(attrs(a), attrs(b))
	})
	if err != nil {
		return err
	}
	ix.items = make([]int32, 0, len(items))
	ix.ends, ix.weights = make([]uint32, 0, len(keys)), make([]int32, 0, len(keys))
	for i, k := range keys {
		weight := int32(t.Weight(int(k.row)))
		if i > 0 && slices.Equal(attrs(keys[i-1]), attrs(k)) { // differed in rare values only
			ix.weights[len(ix.weights)-1] += weight
			continue
		}
		ix.items = append(ix.items, attrs(k)...)
		ix.ends = append(ix.ends, uint32(len(ix.items)))
		ix.weights = append(ix.weights, weight)
	}
	return nil
}

// sortByFirst sorts by first attribute, then, in parallel, those with the same one.
func sortByFirst(ctx context.Context, workers int, keys []keyed, attributes int, compare func(a, b keyed) int) error {
	first := func(k keyed) int { return int(k.key>>(2*keyBits)) - 1 }
	starts := make([]int, attributes+1)
	for _, k := range keys {
		starts[first(k)+1]++
	}
	for a := range attributes {
		starts[a+1] += starts[a]
	}
	next := slices.Clone(starts)
	sorted := make([]keyed, len(keys))
	for _, k := range keys {
		sorted[next[first(k)]] = k
		next[first(k)]++
	}
	copy(keys, sorted)
	return parallel(ctx, workers, attributes, func(a int) { slices.SortFunc(keys[starts[a]:starts[a+1]], compare) })
}

// hide notes combinations that must not occur.
func (ix *index) hide(combinations [][]marginal.Attribute) {
	if len(combinations) > 0 {
		ix.hidden = make([][][]int32, len(ix.attrs))
	}
	for _, combination := range combinations {
		var set []int32
		for _, a := range combination {
			if a.Column >= 0 && a.Column < len(ix.number) && int(a.Code) < len(ix.number[a.Column]) && ix.of(a) >= 0 {
				set = append(set, ix.of(a))
			}
		}
		if len(set) < len(combination) { // has a value that too few hold, which no record gets
			continue
		}
		for _, a := range set {
			ix.hidden[a] = append(ix.hidden[a], set)
		}
	}
}

// isHidden reports whether adding a to the attributes of set would complete a hidden combination.
func (ix *index) isHidden(set []int32, a int32) bool {
	if ix.hidden == nil {
		return false
	}
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
