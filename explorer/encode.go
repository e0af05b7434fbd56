package explorer

import (
	"compress/gzip"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"slices"
)

// Version is that of the form of the data in a page. A page refuses any other; it always comes with the program that reads it.
const Version = 1

const contentFormat = "covey-explorer"

// maxLength bounds the length of combinations.
const maxLength = 12

// header is the first part of the content: what is no number.
type header struct {
	Format  string   `json:"format"`
	Version int      `json:"version"`
	About   About    `json:"about"`
	Columns []Column `json:"columns"`
	Groups  []Group  `json:"groups"`
	Story   *Story   `json:"story,omitempty"`
}

// encoder writes varints; the first error stays.
type encoder struct {
	w      io.Writer
	buffer []byte
	err    error
}

func (e *encoder) number(n int) {
	if n < 0 && e.err == nil {
		e.err = fmt.Errorf("the number %d is negative", n)
	}
	e.buffer = binary.AppendUvarint(e.buffer, uint64(n))
	if len(e.buffer) > 1<<16 {
		e.flush()
	}
}

func (e *encoder) flush() {
	if e.err == nil {
		_, e.err = e.w.Write(e.buffer)
	}
	e.buffer = e.buffer[:0]
}

// encode writes the data as the page reads them, compressed.
func encode(w io.Writer, d *Data) error {
	zipped, err := gzip.NewWriterLevel(w, gzip.BestCompression)
	if err != nil {
		return err
	}
	if err := encodePlain(zipped, d); err != nil {
		return err
	}
	return zipped.Close()
}

// encodePlain writes the data without compressing them; docs/explorer.md describes every byte.
func encodePlain(w io.Writer, d *Data) error {
	if err := d.check(); err != nil {
		return err
	}
	head, err := json.Marshal(header{contentFormat, Version, d.About, d.Columns, d.Groups, d.Story})
	if err != nil {
		return fmt.Errorf("write header: %w", err)
	}
	e := &encoder{w: w}
	e.number(len(head))
	e.buffer = append(e.buffer, head...)
	if err := e.records(d); err != nil {
		return err
	}
	if err := e.counts(d); err != nil {
		return err
	}
	e.flush()
	return e.err
}

// records writes how often each distinct record is there, and for each attribute the records that have it, as gaps: most cells of case records are blank, so this is short, and the page counts
// along these lists.
func (e *encoder) records(d *Data) error {
	of := d.columnOf()
	lists := make([][]uint32, len(of))
	var weights []uint32
	total := 0
	for attrs, weight := range d.Records {
		if weight < 1 {
			return fmt.Errorf("record %d: there are %d of it", len(weights)+1, weight)
		}
		for i, a := range attrs {
			switch {
			case a < 0 || int(a) >= len(of):
				return fmt.Errorf("record %d: there is no attribute %d", len(weights)+1, a)
			case i > 0 && attrs[i-1] >= a, i > 0 && of[attrs[i-1]] == of[a] && d.Columns[of[a]].Kind != "many":
				return fmt.Errorf("record %d: attribute %d is out of order, or the second of its column", len(weights)+1, a)
			}
			lists[a] = append(lists[a], uint32(len(weights)))
		}
		weights = append(weights, uint32(weight))
		total += weight
	}
	if total != d.About.Records {
		return fmt.Errorf("there are %d records, but %d are said to be", total, d.About.Records)
	}
	e.number(len(weights))
	for _, weight := range weights {
		e.number(int(weight))
	}
	for _, list := range lists {
		e.number(len(list))
		last := -1
		for _, at := range list {
			e.number(int(at) - last - 1)
			last = int(at)
		}
	}
	return nil
}

// counts writes the published combinations, length by length. A combination says how many of its first attributes are those of the one before, and then each
// other as the step from the attribute before it; where the two differ first, from the attribute that was there, since that is always greater.
func (e *encoder) counts(d *Data) error {
	n := make([]int, d.About.Protection.Length+1)
	for attrs := range d.Counts {
		if len(attrs) < 1 || len(attrs) >= len(n) {
			return fmt.Errorf("a combination of length %d", len(attrs))
		}
		n[len(attrs)]++
	}
	var before []int32
	of := d.columnOf()
	for attrs, count := range d.Counts {
		if len(attrs) != len(before) {
			for length := len(before) + 1; length <= len(attrs); length++ {
				e.number(n[length])
			}
			before = before[:0]
		}
		if err := e.combination(of, before, attrs); err != nil {
			return err
		}
		if err := e.count(d.About.Protection, count); err != nil {
			return fmt.Errorf("combination %v: %w", attrs, err)
		}
		before = append(before[:0], attrs...)
	}
	for length := len(before) + 1; length < len(n); length++ {
		e.number(0)
	}
	return nil
}

func (e *encoder) combination(of, before, attrs []int32) error {
	same := 0
	for same < len(before) && before[same] == attrs[same] {
		same++
	}
	if same == len(attrs) || len(before) > 0 && slices.Compare(before, attrs) >= 0 {
		return fmt.Errorf("combination %v is out of order", attrs)
	}
	if len(attrs) > 1 {
		e.number(same)
	}
	for i := same; i < len(attrs); i++ {
		if attrs[i] < 0 || int(attrs[i]) >= len(of) || i > 0 && attrs[i] <= attrs[i-1] {
			return fmt.Errorf("combination %v: attributes are not in order", attrs)
		}
		switch {
		case i == same && len(before) > 0:
			e.number(int(attrs[i] - before[i] - 1))
		case i > 0:
			e.number(int(attrs[i] - attrs[i-1] - 1))
		default:
			e.number(int(attrs[i]))
		}
	}
	return nil
}

func (e *encoder) count(p Protection, c Count) error {
	if p.Method == KAnonymity {
		if c.Estimate%p.K != 0 || c.Estimate < p.K {
			return fmt.Errorf("%d is no multiple of %d", c.Estimate, p.K)
		}
		e.number(c.Estimate / p.K)
		return nil
	}
	if c.Low < 0 || c.Low > c.Estimate || c.Estimate > c.High {
		return fmt.Errorf("%d is not from %d to %d", c.Estimate, c.Low, c.High)
	}
	e.number(c.Estimate)
	e.number(c.Estimate - c.Low)
	e.number(c.High - c.Estimate)
	return nil
}
