package marginal

import (
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
)

// Part is the count file of one shard.
type Part struct {
	Name   string    // for errors: the name of the file
	Reader io.Reader // what Write wrote
}

// Merge adds the counts of shards: the result is what Count would give for the records of all together. A person must be in
// one shard only; whoever is in two is counted twice, and nothing can tell.
//
// The parts must have been counted with Threshold 1, since what a threshold leaves out of a shard cannot be added, to the same Length, and of columns
// with the same name, field, label and kind in the same order. Only the columns of a many-valued field may be fewer in some parts: a label that nobody in a shard has is not a column there. Values may differ.
// Equal lists of values are kept as they are; others are united in the order of table.CompareLabels, as table.Read orders them.
// Blanks are added up by reason; a part in which nobody has any label of a many-valued field knows none for it.
func Merge(parts ...*Counts) (*Counts, error) {
	sources := make([]*shard, len(parts))
	for i, c := range parts {
		sources[i] = &shard{c: c, name: fmt.Sprintf("part %d", i+1), trie: func(a int) (trie, error) { return c.tries[a], nil }}
	}
	c, err := merge(sources)
	if err != nil {
		return nil, fmt.Errorf("merge counts: %w", err)
	}
	return c, nil
}

// MergeFiles is Merge for count files. It holds little more than the result in memory: the parts are read side by side, first attribute by
// first attribute. An error names the file.
func MergeFiles(parts ...Part) (*Counts, error) {
	sources := make([]*shard, len(parts))
	decoders := make([]*decoder, len(parts))
	for i, p := range parts {
		d, err := newDecoder(p.Reader)
		if err != nil {
			return nil, fmt.Errorf("merge counts: %s: %w", p.Name, err)
		}
		decoders[i] = d
		sources[i] = &shard{c: d.c, name: p.Name, trie: d.trie}
	}
	c, err := merge(sources)
	if err != nil {
		return nil, fmt.Errorf("merge counts: %w", err)
	}
	for i, d := range decoders {
		if err := d.close(); err != nil {
			return nil, fmt.Errorf("merge counts: %s: %w", parts[i].Name, err)
		}
	}
	return c, nil
}

// shard is one of the parts that are merged.
type shard struct {
	c    *Counts // its tries are not used
	name string
	trie func(a int) (trie, error) // must be called for each attribute in order
	to   []int32                   // the attribute of the result, by attribute of the part
	next int                       // the first attribute whose trie was not asked for
}

// named puts the name of the part before an error.
func (s *shard) named(err error) error { return fmt.Errorf("%s: %w", s.name, err) }

func merge(parts []*shard) (*Counts, error) {
	if len(parts) == 0 {
		return nil, errors.New("there are no parts")
	}
	result := &Counts{Length: parts[0].c.Length, Threshold: 1}
	for _, s := range parts {
		if s.c.Threshold != 1 {
			return nil, s.named(&fileError{
				fmt.Sprintf("it holds only combinations of at least %d persons, and such counts cannot be added", s.c.Threshold),
				"count the shard again with threshold 1; apply the threshold to the merged counts",
			})
		}
		if s.c.Length != result.Length {
			return nil, s.named(&fileError{
				fmt.Sprintf("it holds combinations up to length %d, and %s up to length %d", s.c.Length, parts[0].name, result.Length),
				"count all shards to the same length",
			})
		}
		result.People += s.c.People
	}
	if result.People > math.MaxUint32 {
		return nil, fmt.Errorf("%d persons are more than %d", result.People, uint32(math.MaxUint32))
	}
	columns, err := uniteColumns(parts)
	if err != nil {
		return nil, err
	}
	result.Columns = columns
	result.uniteAttributes(parts)
	for _, s := range parts {
		if !slices.IsSorted(s.to) {
			if err := s.rearrange(); err != nil {
				return nil, s.named(err)
			}
		}
	}
	return result, result.addTries(parts)
}

// uniteAttributes makes the attributes of c, whose columns are known, and the parts' maps to them.
func (c *Counts) uniteAttributes(parts []*shard) {
	columns := make(map[string]int, len(c.Columns))
	base := make([]int, len(c.Columns)+1) // where the codes of a column begin, as if in one list
	codes := make([]map[string]int, len(c.Columns))
	for i := range c.Columns {
		values := c.Columns[i].Values
		columns[c.Columns[i].Name] = i
		base[i+1] = base[i] + len(values) + 1
		codes[i] = make(map[string]int, len(values))
		for k, v := range values {
			codes[i][v] = k + 1
		}
	}
	totals := make([]uint32, base[len(c.Columns)])
	for _, s := range parts {
		s.to = make([]int32, len(s.c.attrs))
		for i, a := range s.c.attrs {
			own := &s.c.Columns[a.Column]
			col := columns[own.Name]
			at := base[col] + codes[col][own.Values[a.Code-1]]
			s.to[i] = int32(at)
			totals[at] += s.c.totals[i]
		}
	}
	number := make([]int32, len(totals))
	for col := range c.Columns {
		for at := base[col]; at < base[col+1]; at++ {
			if totals[at] > 0 {
				number[at] = int32(len(c.attrs))
				c.attrs = append(c.attrs, Attribute{col, uint16(at - base[col])})
				c.totals = append(c.totals, totals[at])
			}
		}
	}
	for _, s := range parts {
		for i, at := range s.to {
			s.to[i] = number[at]
		}
	}
}

// rearrange puts the attributes of a part in the order of the result, where lists of values in different orders were united. It
// holds the whole part in memory.
func (s *shard) rearrange() error {
	order := slices.Sorted(slices.Values(s.to))
	type combination struct {
		path [MaxLength]int32 // filled with -1
		n    uint32
	}
	var all []combination
	for a := range s.to {
		t, err := s.trie(a)
		if err != nil {
			return err
		}
		t.each(int32(a), s.c.totals[a], func(path []int32, n uint32) {
			c := combination{n: n}
			for i := range c.path {
				c.path[i] = -1
				if i < len(path) {
					at, _ := slices.BinarySearch(order, s.to[path[i]])
					c.path[i] = int32(at)
				}
			}
			slices.Sort(c.path[:len(path)]) // labels of a many-valued field are columns, which may change places
			all = append(all, c)
		})
	}
	slices.SortFunc(all, func(a, b combination) int { return slices.Compare(a.path[:], b.path[:]) })
	tries := make([]trie, len(order))
	b := newTrieBuilder(s.c.Length)
	for i, c := range all {
		n := slices.Index(c.path[:], -1)
		if n < 0 {
			n = MaxLength
		}
		b.add(c.path[:n], c.n)
		if i+1 == len(all) || all[i+1].path[0] != c.path[0] {
			tries[c.path[0]] = b.take()
		}
	}
	s.to, s.trie = order, func(a int) (trie, error) { return tries[a], nil }
	return nil
}

// addTries makes the tries of c, whose attributes are known.
func (c *Counts) addTries(parts []*shard) error {
	m := &merger{builder: newTrieBuilder(c.Length), levels: make([][]cursor, c.Length)}
	for a := range c.attrs {
		open := m.levels[0][:0]
		for _, s := range parts {
			if s.next == len(s.to) || s.to[s.next] != int32(a) {
				continue
			}
			t, err := s.trie(s.next)
			if err != nil {
				return s.named(err)
			}
			s.next++
			if c.Length > 1 {
				open = append(open, cursor{t, s.to, 0, len(t[0].attr)})
			}
		}
		m.levels[0] = open
		m.add(0)
		if err := m.builder.check(); err != nil {
			return err
		}
		c.tries = append(c.tries, m.builder.take())
	}
	return nil
}

// merger adds tries with the same first attribute.
type merger struct {
	builder *trieBuilder
	levels  [][]cursor // by depth: the combinations of the parts that extend the one at work
}

// cursor is what is left of one part's combinations at one depth.
type cursor struct {
	trie   trie
	to     []int32
	lo, hi int
}

// add adds the combinations at m.levels[depth], smallest last attribute first, and those that extend them.
func (m *merger) add(depth int) {
	open := m.levels[depth]
	for {
		least := int32(math.MaxInt32)
		for i := range open {
			if c := &open[i]; c.lo < c.hi {
				least = min(least, c.to[c.trie[depth].attr[c.lo]])
			}
		}
		if least == math.MaxInt32 {
			return
		}
		n, deeper := uint32(0), m.levels[depth+1][:0]
		for i := range open {
			c := &open[i]
			l := &c.trie[depth]
			if c.lo == c.hi || c.to[l.attr[c.lo]] != least {
				continue
			}
			n += l.count[c.lo]
			if l.first != nil {
				deeper = append(deeper, cursor{c.trie, c.to, int(l.first[c.lo]), int(l.first[c.lo+1])})
			}
			c.lo++
		}
		m.levels[depth+1] = deeper
		m.builder.addAt(depth, least, n)
		if len(deeper) > 0 {
			m.add(depth + 1)
		}
	}
}
