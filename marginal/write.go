package marginal

import (
	"bufio"
	"compress/gzip"
	"encoding/binary"
	"fmt"
	"io"

	"github.com/opencovey/covey/table"
)

// A count file begins with lines of text, the first of which names the format and its version; the second says what to
// think of it. docs/formats.md draws the rest.
const (
	fileMagic   = "covey counts "
	fileVersion = 1
	fileWarning = "SENSITIVE: exact numbers of persons. Keep this file as safe as the records that were counted; never publish it.\n"
)

// compression is the level of the compressed part. Coding bytes by their frequency alone takes half the time of looking for
// repetitions, for a file hardly longer, and no byte of the file ever stands for more than eight of content, which allows Read to
// refuse a file made to exhaust memory.
const compression = gzip.HuffmanOnly

// Write writes the counts in the format of docs/formats.md, which [Read] reads. Equal counts give equal bytes. The file is
// sensitive, and says so in its first lines.
func (c *Counts) Write(w io.Writer) error {
	if _, err := fmt.Fprintf(w, "%s%d\n%s\n", fileMagic, fileVersion, fileWarning); err != nil {
		return fmt.Errorf("write counts: %w", err)
	}
	z, err := gzip.NewWriterLevel(w, compression)
	if err != nil {
		return fmt.Errorf("write counts: %w", err)
	}
	e := &encoder{w: bufio.NewWriterSize(z, 1<<16)}
	e.header(c)
	for a := range c.attrs {
		e.trie(int32(a), c.tries[a])
	}
	if err := e.w.Flush(); err != nil {
		return fmt.Errorf("write counts: %w", err)
	}
	if err := z.Close(); err != nil {
		return fmt.Errorf("write counts: %w", err)
	}
	return nil
}

// encoder writes numbers and texts. Errors are kept by its writer until it is flushed.
type encoder struct {
	w    *bufio.Writer
	temp [binary.MaxVarintLen64]byte
}

func (e *encoder) number(n int) {
	e.w.Write(e.temp[:binary.PutUvarint(e.temp[:], uint64(n))])
}

func (e *encoder) text(s string) {
	e.number(len(s))
	e.w.WriteString(s)
}

// header writes all but the combinations of length 2 and more.
func (e *encoder) header(c *Counts) {
	e.number(c.Length)
	e.number(c.Threshold)
	e.number(c.People)
	e.number(len(c.Columns))
	for i := range c.Columns {
		e.column(&c.Columns[i])
	}
	for col, at := 0, 0; col < len(c.Columns); col++ {
		begin := at
		for at < len(c.attrs) && c.attrs[at].Column == col {
			at++
		}
		e.number(at - begin)
		code := uint16(0)
		for _, a := range c.attrs[begin:at] {
			e.number(int(a.Code - code))
			code = a.Code
		}
		for _, n := range c.totals[begin:at] {
			e.number(int(n))
		}
	}
}

func (e *encoder) column(c *table.Column) {
	e.text(c.Name)
	e.text(c.Field)
	e.text(c.Label)
	e.text(c.Kind.String())
	e.number(len(c.Values))
	for _, v := range c.Values {
		e.text(v)
	}
	e.number(len(c.Blanks))
	for _, b := range c.Blanks {
		e.text(b.Reason)
		e.number(b.People)
	}
}

// trie writes the combinations that begin with an attribute, length by length: how many extend each of the length before, then their
// last attributes, then their persons. Like stands beside like, for the sake of compression.
func (e *encoder) trie(first int32, t trie) {
	for d := range t {
		if d == 0 {
			e.number(len(t[0].attr))
			e.attrs(first, t[0].attr)
		} else {
			above := &t[d-1]
			for i := range above.attr {
				e.number(int(above.first[i+1] - above.first[i]))
			}
			for i, parent := range above.attr {
				e.attrs(parent, t[d].attr[above.first[i]:above.first[i+1]])
			}
		}
		for _, n := range t[d].count {
			e.number(int(n))
		}
	}
}

// attrs writes ascending attributes as steps from one to the next.
func (e *encoder) attrs(before int32, attrs []int32) {
	for _, a := range attrs {
		e.number(int(a - before))
		before = a
	}
}
