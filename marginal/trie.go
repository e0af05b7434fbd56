package marginal

import (
	"fmt"
	"math"
	"slices"
)

// trie holds the combinations of length 2 and more that begin with one attribute: those of length l at l-2.
type trie []level

// level is one depth of a trie: combinations of one length, in lexicographic order.
type level struct {
	attr  []int32  // last attribute
	count []uint32 // persons
	first []uint32 // first child in the next level; one longer than attr; nil at the last level
}

// trieBuilder collects the combinations that begin with one attribute.
type trieBuilder struct{ levels trie }

func newTrieBuilder(length int) *trieBuilder {
	return &trieBuilder{make(trie, length-1)}
}

// add adds a combination. Each must come before those that extend it, and in lexicographic order.
func (b *trieBuilder) add(path []int32, n uint32) {
	if d := len(path) - 2; d >= 0 { // the builder's user knows of the first attribute
		b.addAt(d, path[d+1], n)
	}
}

// addAt adds, at a depth, a combination that extends the last one added at the depth above.
func (b *trieBuilder) addAt(d int, attr int32, n uint32) {
	l := &b.levels[d]
	l.attr = append(l.attr, attr)
	l.count = append(l.count, n)
	if d+1 < len(b.levels) {
		l.first = append(l.first, uint32(len(b.levels[d+1].attr)))
	}
}

// check refuses what positions of 32 bits cannot address. It is asked before take.
func (b *trieBuilder) check() error {
	for d := range b.levels {
		if len(b.levels[d].attr) > math.MaxUint32 {
			return fmt.Errorf("more than %d combinations of length %d begin with one attribute: choose a shorter length", uint32(math.MaxUint32), d+2)
		}
	}
	return nil
}

// take returns what was added, in memory of its own, and empties the builder.
func (b *trieBuilder) take() trie {
	t := make(trie, len(b.levels))
	for d := range b.levels {
		l := &b.levels[d]
		t[d] = level{attr: slices.Clone(l.attr), count: slices.Clone(l.count)}
		if d+1 < len(b.levels) {
			t[d].first = slices.Clone(append(l.first, uint32(len(b.levels[d+1].attr))))
		}
		l.attr, l.count, l.first = l.attr[:0], l.count[:0], l.first[:0]
	}
	return t
}

// each visits the combinations that begin with an attribute that so many persons hold, each before those that extend it, in lexicographic order.
// The path is reused.
func (t trie) each(first int32, persons uint32, visit func(path []int32, n uint32)) {
	path := make([]int32, 1, len(t)+1)
	path[0] = first
	visit(path, persons)
	if len(t) > 0 {
		t.eachBelow(path, 0, uint32(len(t[0].attr)), visit)
	}
}

func (t trie) eachBelow(path []int32, lo, hi uint32, visit func(path []int32, n uint32)) {
	d := len(path) - 1
	l := &t[d]
	path = append(path, 0)
	for i := lo; i < hi; i++ {
		path[d+1] = l.attr[i]
		visit(path, l.count[i])
		if l.first != nil {
			t.eachBelow(path, l.first[i], l.first[i+1], visit)
		}
	}
}
