package marginal

import (
	"io"
	"math"

	"github.com/opencovey/covey/table"
)

// maxRatio is how many bytes of content a byte of a count file may stand for: 8 in those that Write makes, see compression. What is
// more is made to exhaust memory.
const maxRatio = 10

// Bounds of what a file may hold, beyond those that follow from the rest of it.
const (
	maxColumns = 1 << 20
	maxString  = 1 << 20 // bytes
)

// number reads a number of at least lo and at most hi.
func (d *decoder) number(what string, lo, hi int) (int, error) {
	if d.open.n > 1<<20+maxRatio*d.raw.n {
		return 0, errDamaged("it unpacks to more than a count file does")
	}
	n := uint64(0)
	for shift := 0; ; shift += 7 {
		b, err := d.out.ReadByte()
		if err != nil {
			return 0, plain(err)
		}
		n |= uint64(b&0x7f) << shift
		if b < 0x80 {
			break
		}
		if shift > 28 { // no number is longer than 36 bits
			return 0, errDamaged(what + " is too large")
		}
	}
	if n < uint64(lo) || n > uint64(max(hi, 0)) {
		return 0, errDamaged(what + " is out of range")
	}
	return int(n), nil
}

func (d *decoder) string(what string) (string, error) {
	n, err := d.number("the length of "+what, 0, maxString)
	if err != nil {
		return "", err
	}
	text := make([]byte, n)
	if _, err := io.ReadFull(d.out, text); err != nil {
		return "", plain(err)
	}
	return string(text), nil
}

// readHeader reads all but the combinations of length 2 and more.
func (d *decoder) readHeader() (err error) {
	c := d.c
	if c.Length, err = d.number("the length of combinations", 1, MaxLength); err != nil {
		return err
	}
	if c.Threshold, err = d.number("the threshold", 1, math.MaxUint32); err != nil {
		return err
	}
	if c.People, err = d.number("the number of persons", 0, math.MaxUint32); err != nil {
		return err
	}
	columns, err := d.number("the number of columns", 0, maxColumns)
	if err != nil {
		return err
	}
	names := map[string]bool{}
	for range columns {
		column, err := d.column()
		if err != nil {
			return err
		}
		if names[column.Name] {
			return errDamaged("it has two columns of one name")
		}
		names[column.Name] = true
		c.Columns = append(c.Columns, column)
	}
	for col := range c.Columns {
		if err := d.attributes(col); err != nil {
			return err
		}
	}
	return nil
}

func (d *decoder) column() (c table.Column, err error) {
	var kind string
	for _, text := range []*string{&c.Name, &c.Field, &c.Label, &kind} {
		if *text, err = d.string("a column's name"); err != nil {
			return c, err
		}
	}
	known := false
	if c.Kind, known = table.ParseKind(kind); !known {
		return c, errDamaged("it has a column of an unknown kind")
	}
	values, err := d.number("the number of values", 0, math.MaxUint16)
	if err != nil {
		return c, err
	}
	seen := map[string]bool{}
	for range values {
		value, err := d.string("a value")
		if err != nil {
			return c, err
		}
		if seen[value] {
			return c, errDamaged("a column has a value twice")
		}
		seen[value] = true
		c.Values = append(c.Values, value)
	}
	return c, d.blanks(&c)
}

func (d *decoder) blanks(c *table.Column) error {
	reasons, err := d.number("the number of blanks", 0, math.MaxUint16)
	if err != nil {
		return err
	}
	for range reasons {
		reason, err := d.string("a reason")
		if err != nil {
			return err
		}
		people, err := d.number("the number of blanks", 0, d.c.People)
		if err != nil {
			return err
		}
		c.Blanks = append(c.Blanks, table.BlankCount{Reason: reason, People: people})
	}
	return nil
}

// attributes reads the attributes of one column and the persons who hold each.
func (d *decoder) attributes(col int) error {
	c := d.c
	values := len(c.Columns[col].Values)
	n, err := d.number("the number of attributes", 0, values)
	if err != nil {
		return err
	}
	for code := 0; n > 0; n-- {
		step, err := d.number("an attribute", 1, values-code)
		if err != nil {
			return err
		}
		code += step
		c.attrs = append(c.attrs, Attribute{col, uint16(code)})
	}
	for left := c.People; len(c.totals) < len(c.attrs); {
		persons, err := d.number("a number of persons", c.Threshold, left)
		if err != nil {
			return err
		}
		left -= persons
		c.totals = append(c.totals, uint32(persons))
	}
	for len(d.after) < len(c.attrs) {
		d.after = append(d.after, int32(len(c.attrs)))
	}
	return nil
}

// trie reads the combinations that begin with one attribute. Tries must be read in order.
func (d *decoder) trie(first int) (trie, error) {
	attrs, persons := []int32{int32(first)}, d.c.totals[first:first+1]
	for depth := range d.build.levels {
		l := &d.build.levels[depth]
		if err := d.sizes(attrs); err != nil {
			return nil, err
		}
		if depth > 0 {
			begin := uint32(0)
			for _, n := range d.children {
				d.build.levels[depth-1].first = append(d.build.levels[depth-1].first, begin)
				begin += n
			}
		}
		for i, parent := range attrs {
			if err := d.last(l, parent, d.children[i]); err != nil {
				return nil, err
			}
		}
		for i, most := range persons {
			if err := d.persons(l, most, d.children[i]); err != nil {
				return nil, err
			}
		}
		attrs, persons = l.attr, l.count
	}
	if err := d.build.check(); err != nil {
		return nil, err
	}
	return d.build.take(), nil
}

// sizes reads how many combinations extend each of those that end with the given attributes.
func (d *decoder) sizes(attrs []int32) error {
	d.children = d.children[:0]
	for _, a := range attrs {
		n, err := d.number("a number of combinations", 0, len(d.after)-int(d.after[a]))
		if err != nil {
			return err
		}
		d.children = append(d.children, uint32(n))
	}
	return nil
}

// last reads the last attributes of n combinations that extend one that ends with the given attribute.
func (d *decoder) last(l *level, parent int32, n uint32) error {
	at, after := int(parent), d.after[parent]
	for range n {
		step, err := d.number("an attribute", 1, len(d.after)-1-at)
		if err != nil {
			return err
		}
		at += step
		if at < int(after) {
			return errDamaged("a combination has a column twice")
		}
		l.attr = append(l.attr, int32(at))
	}
	return nil
}

// persons reads how many share each of n combinations that extend one that most persons share.
func (d *decoder) persons(l *level, most, n uint32) error {
	for range n {
		hi := min(most, d.c.totals[l.attr[len(l.count)]])
		persons, err := d.number("a number of persons", d.c.Threshold, int(hi))
		if err != nil {
			return err
		}
		l.count = append(l.count, uint32(persons))
	}
	return nil
}
