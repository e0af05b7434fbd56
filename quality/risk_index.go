package quality

import (
	"context"
	"math"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/opencovey/covey/marginal"
	"github.com/opencovey/covey/table"
)

// riskFields says which columns make up a field of the file.
type riskFields struct {
	names []string
	of    []int // field of each column
	first []int // first column of each field
	// Sets of what a combination holds have one bit for each column, and one for each field of several columns, since
	// two of its labels in two combinations are different columns of the same field.
	bit  []int // bit of each field
	bits int
}

func newRiskFields(columns []table.Column) *riskFields {
	f := &riskFields{of: make([]int, len(columns)), bits: len(columns)}
	number := map[string]int{}
	for i, c := range columns {
		name := c.Field
		if name == "" {
			name = c.Name
		}
		n, known := number[name]
		switch {
		case !known:
			n = len(f.names)
			number[name] = n
			f.names, f.first, f.bit = append(f.names, name), append(f.first, i), append(f.bit, i)
		case f.bit[n] < len(columns):
			f.bit[n] = f.bits
			f.bits++
		}
		f.of[i] = n
	}
	return f
}

// riskEnd closes the attributes of a record.
const riskEnd = int32(math.MaxInt32)

// riskIndex holds the records of a table as lists of attributes, and for each attribute the records that hold it.
type riskIndex struct {
	columns []table.Column
	fields  *riskFields
	people  int
	attrs   []marginal.Attribute // by number, in order
	totals  []uint32             // persons with each attribute
	items   []int32              // numbers of the attributes of record after record, ascending, each list closed by riskEnd
	begin   []uint32             // where each record begins in items
	weight  []uint32             // persons who share each record
	occur   []riskOccurrence
	start   []int // occurrences of attribute a are occur[start[a]:start[a+1]]
}

// riskOccurrence is a record that holds a combination, and where in items the attributes after its last one begin.
type riskOccurrence struct{ pos, record uint32 }

// newRiskIndex indexes a table.
func newRiskIndex(t *table.Table, f *riskFields) *riskIndex {
	ix := &riskIndex{columns: t.Columns, fields: f, people: t.People()}
	ix.build(t, nil)
	return ix
}

// build indexes the table without the fields of which dropped is true. It reuses the memory of what was indexed before.
func (ix *riskIndex) build(t *table.Table, dropped []bool) {
	ix.attrs, ix.totals = ix.attrs[:0], ix.totals[:0]
	number := ix.number(t, dropped)
	entries := 0
	ix.start = make([]int, len(ix.attrs)+1)
	for row := range t.Rows() {
		for col, code := range row {
			if a := number[col][code]; a >= 0 {
				ix.start[a+1]++
				entries++
			}
		}
	}
	for a := range ix.attrs {
		ix.start[a+1] += ix.start[a]
	}
	ix.items = slices.Grow(ix.items[:0], entries+t.Len())
	ix.occur = slices.Grow(ix.occur[:0], entries)[:entries]
	ix.begin = slices.Grow(ix.begin[:0], t.Len())
	ix.weight = slices.Grow(ix.weight[:0], t.Len())
	next := append([]int(nil), ix.start...)
	for row, weight := range t.Rows() {
		record := uint32(len(ix.begin))
		ix.begin = append(ix.begin, uint32(len(ix.items)))
		ix.weight = append(ix.weight, uint32(weight))
		for col, code := range row {
			if a := number[col][code]; a >= 0 {
				ix.items = append(ix.items, a)
				ix.occur[next[a]] = riskOccurrence{uint32(len(ix.items)), record}
				next[a]++
			}
		}
		ix.items = append(ix.items, riskEnd)
	}
}

// number gives numbers to the attributes that occur and returns them by column and code; -1 for what is none.
func (ix *riskIndex) number(t *table.Table, dropped []bool) [][]int32 {
	totals := make([][]uint32, len(t.Columns))
	for col, c := range t.Columns {
		totals[col] = make([]uint32, len(c.Values)+1)
	}
	for row, weight := range t.Rows() {
		for col, code := range row {
			totals[col][code] += uint32(weight)
		}
	}
	number := make([][]int32, len(totals))
	for col := range totals {
		number[col] = make([]int32, len(totals[col]))
		for code, n := range totals[col] {
			number[col][code] = -1
			if code > 0 && n > 0 && (dropped == nil || !dropped[ix.fields.of[col]]) {
				number[col][code] = int32(len(ix.attrs))
				ix.attrs = append(ix.attrs, marginal.Attribute{Column: col, Code: uint16(code)})
				ix.totals = append(ix.totals, n)
			}
		}
	}
	return number
}

// riskState is what is known about each record. Every change is one that can be repeated and comes in any order, so workers
// share it without locks.
type riskState struct {
	words   int      // of each set
	lengths []uint32 // bit l: a rare combination of length l; bit 16+l: a unique one
	rare    []uint64 // set of what all rare combinations of the record hold; everything if there are none
	unique  []uint64 // the same for unique combinations
	linked  []uint64 // columns in rare combinations of the greatest length
}

const riskUniqueShift = 16

func newRiskState(records, bits int) *riskState {
	s := &riskState{words: (bits + 63) / 64, lengths: make([]uint32, records)}
	s.rare, s.unique = make([]uint64, records*s.words), make([]uint64, records*s.words)
	s.linked = make([]uint64, records*s.words)
	s.reset()
	return s
}

// reset forgets everything.
func (s *riskState) reset() {
	clear(s.lengths)
	clear(s.linked)
	for i := range s.rare {
		s.rare[i], s.unique[i] = math.MaxUint64, math.MaxUint64
	}
}

// has reports whether a set of a record holds a bit.
func (s *riskState) has(set []uint64, record, bit int) bool {
	return set[record*s.words+bit>>6]>>(bit&63)&1 != 0
}

// shortest returns the lengths of a record's shortest rare and unique combinations; 0 if there is none.
func (s *riskState) shortest(record int) (rare, unique int) {
	first := func(bits uint32) int {
		for l := 1; l <= marginal.MaxLength; l++ {
			if bits>>l&1 != 0 {
				return l
			}
		}
		return 0
	}
	return first(s.lengths[record] & (1<<riskUniqueShift - 1)), first(s.lengths[record] >> riskUniqueShift)
}

// note remembers that a record has a combination of the length given as a bit.
func (s *riskState) note(record uint32, bit uint32) {
	if p := &s.lengths[record]; atomic.LoadUint32(p)&bit == 0 {
		atomic.OrUint32(p, bit)
	}
}

// intersect keeps of a record's set what mask has, too.
func (s *riskState) intersect(set []uint64, record uint32, mask []uint64) {
	at := int(record) * s.words
	for i, m := range mask {
		if p := &set[at+i]; atomic.LoadUint64(p)&^m != 0 {
			atomic.AndUint64(p, m)
		}
	}
}

// within reports whether a record's set holds nothing that mask does not.
func (s *riskState) within(set []uint64, record uint32, mask []uint64) bool {
	at := int(record) * s.words
	for i, m := range mask {
		if atomic.LoadUint64(&set[at+i])&^m != 0 {
			return false
		}
	}
	return true
}

// link adds a column to those in rare combinations.
func (s *riskState) link(record uint32, column int) {
	p, bit := &s.linked[int(record)*s.words+column>>6], uint64(1)<<(column&63)
	if atomic.LoadUint64(p)&bit == 0 {
		atomic.OrUint64(p, bit)
	}
}

// riskWork lets workers take numbers one after the other, and tells how far they are.
type riskWork struct {
	ctx   context.Context
	o     RiskOptions
	total int
	done  atomic.Int64
}

// forEach calls work for the numbers below n; newWorker is called once for each worker.
func (w *riskWork) forEach(n int, newWorker func() func(int)) error {
	var next atomic.Int64
	var wait sync.WaitGroup
	for range min(w.o.Workers, n) {
		wait.Go(func() {
			work := newWorker()
			for w.ctx.Err() == nil {
				i := int(next.Add(1)) - 1
				if i >= n {
					return
				}
				work(i)
				w.advance(1)
			}
		})
	}
	wait.Wait()
	if w.ctx.Err() != nil {
		return context.Cause(w.ctx)
	}
	return nil
}

func (w *riskWork) advance(n int) {
	if done := w.done.Add(int64(n)); w.o.Progress != nil {
		w.o.Progress(int(min(done, int64(w.total))), w.total)
	}
}
