package release

import (
	"fmt"
	"io"
	"iter"
	"slices"
	"strconv"

	"github.com/opencovey/covey/marginal"
	"github.com/opencovey/covey/synth/dp"
	"github.com/opencovey/covey/table"
)

// Aggregates are the protected counts of a bundle, as they were published. They are read-only and safe for use by several goroutines.
type Aggregates struct {
	Columns []table.Column // what attributes mean: the columns of Bundle.Synthetic

	people  int
	bounds  [2]int               // margin of people
	margins bool                 // counts have margins: the release is differential
	attrs   []marginal.Attribute // all, in order; combinations hold positions in it
	number  map[[2]string]int32  // position by column and value, as the file names them
	base    []int32              // by column: the position of its first attribute
	lengths []combinations       // by length - 1
}

// combinations are those of one length, in lexicographic order.
type combinations struct {
	length int
	items  []int32 // combination after combination
	counts []int
	bounds [][2]int // low and high; nil without margins
}

func (c *combinations) at(i int) []int32 { return c.items[i*c.length : (i+1)*c.length] }

// find returns the position of a combination.
func (c *combinations) find(combination []int32) (int, bool) {
	lo, hi := 0, len(c.counts)
	for lo < hi {
		mid := int(uint(lo+hi) >> 1)
		if slices.Compare(c.at(mid), combination) < 0 {
			lo = mid + 1
		} else {
			hi = mid
		}
	}
	return lo, lo < len(c.counts) && slices.Equal(c.at(lo), combination)
}

func newAggregates(columns []table.Column, length int) *Aggregates {
	a := &Aggregates{Columns: columns, number: map[[2]string]int32{}, lengths: make([]combinations, length)}
	for l := range a.lengths {
		a.lengths[l].length = l + 1
	}
	for col := range columns {
		a.base = append(a.base, int32(len(a.attrs)))
		for code := range columns[col].Values {
			at := marginal.Attribute{Column: col, Code: uint16(code + 1)}
			column, value := marginal.Name(columns, at)
			a.number[[2]string{column, value}] = int32(len(a.attrs))
			a.attrs = append(a.attrs, at)
		}
	}
	return a
}

// People returns the published number of people.
func (a *Aggregates) People() int { return a.people }

// Differential reports whether counts have margins.
func (a *Aggregates) Differential() bool { return a.margins }

// PeopleMargin returns the published number of people with its margin, which is empty if the release is not differential.
func (a *Aggregates) PeopleMargin() dp.Count {
	return dp.Count{Estimate: a.people, Low: a.bounds[0], High: a.bounds[1]}
}

// Margins is All with the margins of the counts. These are empty if the release is not differential.
func (a *Aggregates) Margins(length int) iter.Seq2[[]marginal.Attribute, dp.Count] {
	return func(yield func([]marginal.Attribute, dp.Count) bool) {
		combination := make([]marginal.Attribute, max(0, length))
		for i := range a.Len(length) {
			c := &a.lengths[length-1]
			a.fill(combination, c.at(i))
			if !yield(combination, c.margin(i)) {
				return
			}
		}
	}
}

// margin returns a count with its margin.
func (c *combinations) margin(i int) dp.Count {
	n := dp.Count{Estimate: c.counts[i]}
	if c.bounds != nil {
		n.Low, n.High = c.bounds[i][0], c.bounds[i][1]
	}
	return n
}

// Length returns the greatest length that combinations may have.
func (a *Aggregates) Length() int { return len(a.lengths) }

// Len returns how many combinations of a length are published.
func (a *Aggregates) Len(length int) int {
	if length < 1 || length > len(a.lengths) {
		return 0
	}
	return len(a.lengths[length-1].counts)
}

// Attribute finds an attribute by column and value, as the file names them: for a label of a many-valued column the name of the column and
// the label. It reports false for a value that is not released.
func (a *Aggregates) Attribute(column, value string) (marginal.Attribute, bool) {
	i, ok := a.number[[2]string{column, value}]
	if !ok {
		return marginal.Attribute{}, false
	}
	return a.attrs[i], true
}

// Name returns column and value of an attribute as the file names them.
func (a *Aggregates) Name(attr marginal.Attribute) (column, value string) {
	return marginal.Name(a.Columns, attr)
}

// Get returns the published count of a combination, which must be in order; 0 if it is not published, and the number of people for
// no attributes.
func (a *Aggregates) Get(combination ...marginal.Attribute) int {
	var buffer [marginal.MaxLength]int32
	if len(combination) > len(buffer) {
		return 0
	}
	for i, attr := range combination {
		buffer[i] = a.position(attr)
	}
	return a.get(buffer[:len(combination)])
}

func (a *Aggregates) position(attr marginal.Attribute) int32 {
	if attr.Column < 0 || attr.Column >= len(a.base) || attr.Code < 1 || int(attr.Code) > len(a.Columns[attr.Column].Values) {
		return -1
	}
	return a.base[attr.Column] + int32(attr.Code) - 1
}

func (a *Aggregates) get(combination []int32) int {
	n, _ := a.lookup(combination)
	return n
}

// lookup is get, and tells whether the combination is published, which it can be with a noised count of 0.
func (a *Aggregates) lookup(combination []int32) (n int, published bool) {
	if len(combination) == 0 {
		return a.people, true
	}
	if len(combination) > len(a.lengths) {
		return 0, false
	}
	c := &a.lengths[len(combination)-1]
	if i, ok := c.find(combination); ok {
		return c.counts[i], true
	}
	return 0, false
}

// All iterates over the published combinations of one length in order, with their counts. The slice is used again.
func (a *Aggregates) All(length int) iter.Seq2[[]marginal.Attribute, int] {
	return estimatesOf(a, length)
}

func (a *Aggregates) fill(attrs []marginal.Attribute, combination []int32) {
	for i, at := range combination {
		attrs[i] = a.attrs[at]
	}
}

// parseAggregates reads aggregates.csv, with margins or without. The columns are those of tableColumns. Rows must be sorted by length, then by columns and values in the order
// of the manifest, so that none is there twice.
func parseAggregates(r io.Reader, columns []table.Column, length int, margins bool) (*Aggregates, error) {
	rows, err := newRowReader(r, AggregatesFile, aggregatesHeader(length, margins))
	if err != nil {
		return nil, err
	}
	p := &aggregatesParser{rowReader: rows, Aggregates: newAggregates(columns, length), last: -1}
	p.margins = margins
	for {
		cells, err := rows.next()
		if err == io.EOF && p.last < 0 {
			return nil, rows.fault("", "the number of people is missing")
		} else if err == io.EOF {
			return p.Aggregates, nil
		} else if err != nil {
			return nil, err
		}
		if err := p.add(cells); err != nil {
			return nil, err
		}
	}
}

type aggregatesParser struct {
	*rowReader
	*Aggregates
	last int // length of the row before; -1: none
	path [marginal.MaxLength]int32
}

func (p *aggregatesParser) add(cells []string) error {
	count, cells, err := p.counts(cells)
	if err != nil {
		return err
	}
	length, ok := parseCount(cells[0])
	switch {
	case !ok || length > len(p.lengths):
		return p.fault("length", fmt.Sprintf("this is not a whole number from 0 to %d", len(p.lengths)))
	case length < p.last:
		return p.fault("length", "the rows are not sorted by length")
	case length == 0 && p.last == 0:
		return p.fault("length", "the number of people is there twice")
	case length > 0 && p.last < 0:
		return p.fault("length", "the first row below the header is not the number of people")
	}
	p.last = length
	for i := 1 + 2*length; i < len(cells); i++ {
		if cells[i] != "" {
			return p.fault("length", "the row holds more values than its length says")
		}
	}
	if length == 0 {
		p.people, p.bounds = count.Estimate, [2]int{count.Low, count.High}
		return nil
	}
	path := p.path[:length]
	for i := range path {
		at, known := p.number[[2]string{cells[1+2*i], cells[2+2*i]}]
		if !known {
			return p.fault(fmt.Sprintf("value_%d", i+1), "column and value are not listed in "+ManifestFile)
		}
		if i > 0 && p.attrs[path[i-1]].Column >= p.attrs[at].Column {
			return p.fault(fmt.Sprintf("column_%d", i+1), "the values are not of different columns, in the order of "+ManifestFile)
		}
		path[i] = at
	}
	c := &p.lengths[length-1]
	if n := len(c.counts); n > 0 {
		switch order := slices.Compare(c.at(n-1), path); {
		case order == 0:
			return p.fault("", "the combination is there twice")
		case order > 0:
			return p.fault("", "the rows are not sorted by columns and values, in the order of "+ManifestFile)
		}
	}
	c.items, c.counts = append(c.items, path...), append(c.counts, count.Estimate)
	if p.margins {
		c.bounds = append(c.bounds, [2]int{count.Low, count.High})
	}
	return nil
}

// counts reads the first cells of a row and returns the rest.
func (p *aggregatesParser) counts(cells []string) (n dp.Count, rest []string, err error) {
	into := []*int{&n.Estimate}
	if p.margins {
		into = append(into, &n.Low, &n.High)
	}
	for i, to := range into {
		var ok bool
		if *to, ok = parseCount(cells[i]); !ok {
			return n, nil, p.fault(aggregatesHeader(0, p.margins)[i], "this is not a whole number")
		}
	}
	return n, cells[len(into):], nil
}

// parseCount reads a whole number that is written as this package writes it: digits, no sign, no leading zero.
func parseCount(text string) (int, bool) {
	if text == "" || len(text) > 15 || len(text) > 1 && text[0] == '0' {
		return 0, false
	}
	for _, b := range []byte(text) {
		if b < '0' || b > '9' {
			return 0, false
		}
	}
	n, err := strconv.Atoi(text)
	return n, err == nil
}
