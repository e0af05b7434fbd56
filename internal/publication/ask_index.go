package publication

import (
	"slices"
	"sort"

	"github.com/opencovey/covey/explorer"
	"github.com/opencovey/covey/release"
	"github.com/opencovey/covey/table"
)

// Index answers questions from the published counts of every release, and from nothing else. It is never changed.
type Index struct {
	parts    []*indexPart
	datasets map[string]string // ID to title
	latest   map[string]int    // number of the newest release that is not withdrawn
}

// indexPart is one release in the index.
type indexPart struct {
	manifest, dataset, title string
	number                   int
	about                    explorer.About
	columns                  []explorer.Column
	groups                   map[string]int // people by group
	attributes               []attributeAt
	byName                   map[[2]string]int32 // folded column (name or label) and value (or label)
	lengths                  []lengthCounts
	phrases                  map[string][]int32 // folded words to attributes
	named                    map[string][]int   // folded words to columns
	longest                  int                // words of the longest phrase
}

// attributeAt is where an attribute stands.
type attributeAt struct{ column, value int }

// lengthCounts are the published combinations of one length, in ascending order.
type lengthCounts struct {
	length int
	items  []int32 // length of them for each combination
	counts []explorer.Count
}

func newIndex(parts []*indexPart, datasets []PublicDataset) *Index {
	x := &Index{parts: parts, datasets: map[string]string{}, latest: map[string]int{}}
	for i := range datasets {
		d := &datasets[i]
		x.datasets[d.ID] = d.Title
		if p, ok := d.Latest(); ok {
			x.latest[d.ID] = p.Number
		}
	}
	return x
}

// newIndexPart reads a bundle into the index.
func newIndexPart(p Release, b *release.Bundle) *indexPart {
	data := b.Explorer()
	part := &indexPart{
		manifest: p.Manifest, dataset: p.Dataset, title: p.Title, number: p.Number, about: data.About, columns: data.Columns,
		groups: map[string]int{}, byName: map[[2]string]int32{}, phrases: map[string][]int32{}, named: map[string][]int{},
	}
	for _, g := range data.Groups {
		part.groups[g.Name] = g.People
	}
	for i := range data.Columns {
		for j := range data.Columns[i].Values {
			part.attributes = append(part.attributes, attributeAt{i, j})
		}
	}
	part.lengths = make([]lengthCounts, data.About.Protection.Length)
	for i := range part.lengths {
		part.lengths[i].length = i + 1
	}
	for attributes, n := range data.Counts {
		c := &part.lengths[len(attributes)-1]
		c.items, c.counts = append(c.items, attributes...), append(c.counts, n)
	}
	part.addWords()
	return part
}

func (c *lengthCounts) at(i int) []int32 { return c.items[i*c.length : (i+1)*c.length] }

// find returns the published count of a combination, whose attributes ascend; false if there is none.
func (p *indexPart) find(attributes []int32) (explorer.Count, bool) {
	if len(attributes) == 0 {
		return p.about.People, true
	}
	if len(attributes) > len(p.lengths) {
		return explorer.Count{}, false
	}
	c := &p.lengths[len(attributes)-1]
	i := sort.Search(len(c.counts), func(i int) bool { return slices.Compare(c.at(i), attributes) >= 0 })
	if i == len(c.counts) || !slices.Equal(c.at(i), attributes) {
		return explorer.Count{}, false
	}
	return c.counts[i], true
}

// column returns the column of an attribute.
func (p *indexPart) column(attribute int32) *explorer.Column {
	return &p.columns[p.attributes[attribute].column]
}

// columnValues returns the attributes of a column.
func (p *indexPart) columnValues(column int) []int32 {
	var list []int32
	for a, at := range p.attributes {
		if at.column == column {
			list = append(list, int32(a))
		}
	}
	return list
}

// Attribute is a column and a value of it, as the release names them.
type Attribute struct {
	Column, Label     string // name, and name for people
	Value, ValueLabel string
	Kind              string
}

func (p *indexPart) attribute(a int32) Attribute {
	at := p.attributes[a]
	c := &p.columns[at.column]
	v := c.Values[at.value]
	out := Attribute{Column: c.Name, Label: or(c.Label, c.Name), Value: v.Value, ValueLabel: or(v.Label, v.Value), Kind: c.Kind}
	if c.Kind == table.Country.String() && v.Label == "" {
		out.ValueLabel = or(table.CountryName(v.Value), v.Value)
	}
	return out
}

func or(text, other string) string {
	if text == "" {
		return other
	}
	return text
}

// Count is a published number of people with the range in which the true one lies: for certain in a k-anonymous release, for 95 of 100 counts in a
// differential one.
type Count struct {
	Estimate int
	Low      int
	High     int // -1: the release does not bound it
}

// margin gives a count its range.
func (p *indexPart) margin(n explorer.Count) Count {
	switch {
	case p.about.Protection.Method == explorer.Differential:
		return Count{n.Estimate, n.Low, n.High}
	case p.about.Withheld:
		return Count{n.Estimate, n.Estimate, -1}
	}
	return Count{n.Estimate, n.Estimate, n.Estimate + p.about.Protection.K - 1}
}

// Share is a denominator: of whom an answer's people are a part. Kind is "people" (of all people of the release), "column" (of those
// with anything stated in the column), "group" (in any column of the group) or "part" (of those with all attributes but the last).
type Share struct {
	Kind  string
	Name  string // of the column or group; of "part": of the column that is left out
	Count Count
}

// shares returns the denominators of a combination. The last attribute is the one that is asked about.
func (p *indexPart) shares(attributes []int32, last int32) []Share {
	list := []Share{{"people", "", p.margin(p.about.People)}}
	if len(attributes) == 0 {
		return nil
	}
	c := p.column(last)
	if n := p.groups[c.Group]; c.Group != "" && n > 0 {
		list = append(list, Share{"group", c.Group, p.rounded(n)})
	} else if c.People > 0 {
		list = append(list, Share{"column", or(c.Label, c.Name), p.rounded(c.People)})
	}
	if len(attributes) > 1 {
		rest := slices.DeleteFunc(slices.Clone(attributes), func(a int32) bool { return a == last })
		if n, ok := p.find(rest); ok {
			list = append(list, Share{"part", or(c.Label, c.Name), p.margin(n)})
		}
	}
	return list
}

// rounded is a total of the codebook. Those of differential releases follow from noisy counts, and have no margin of their own.
func (p *indexPart) rounded(n int) Count {
	if p.about.Protection.Method == explorer.Differential {
		return Count{n, 0, -1}
	}
	return p.margin(explorer.Count{Estimate: n})
}
