package quality

import (
	"context"
	"sync"
	"sync/atomic"

	"github.com/opencovey/covey/marginal"
	"github.com/opencovey/covey/table"
)

// lists knows, for each attribute of a table, which distinct records hold it.
type lists struct {
	table   *table.Table
	base    []int32 // attribute (column, code) has the number base[column] + code - 1
	start   []int32 // its records are records[start[number]:start[number+1]]
	records []int32
	people  []int // by number
}

func newLists(t *table.Table) *lists {
	l := &lists{table: t, base: make([]int32, len(t.Columns)+1)}
	for c := range t.Columns {
		l.base[c+1] = l.base[c] + int32(len(t.Columns[c].Values))
	}
	n := l.base[len(t.Columns)]
	l.start, l.people = make([]int32, n+1), make([]int, n)
	for row, weight := range t.Rows() {
		for c, code := range row {
			if code != 0 {
				a := l.base[c] + int32(code) - 1
				l.start[a+1]++
				l.people[a] += weight
			}
		}
	}
	for a := range n {
		l.start[a+1] += l.start[a]
	}
	l.records = make([]int32, l.start[n])
	next := append([]int32(nil), l.start[:n]...)
	for i := range t.Len() {
		for c, code := range t.Row(i) {
			if code != 0 {
				a := l.base[c] + int32(code) - 1
				l.records[next[a]] = int32(i)
				next[a]++
			}
		}
	}
	return l
}

// of returns the records that hold an attribute, ascending.
func (l *lists) of(a marginal.Attribute) []int32 {
	n := l.base[a.Column] + int32(a.Code) - 1
	return l.records[l.start[n]:l.start[n+1]]
}

// holders returns how many people hold an attribute.
func (l *lists) holders(a marginal.Attribute) int { return l.people[l.base[a.Column]+int32(a.Code)-1] }

// attributes appends the attributes of a record to list.
func attributes(list []marginal.Attribute, row []uint16) []marginal.Attribute {
	for c, code := range row {
		if code != 0 {
			list = append(list, marginal.Attribute{Column: c, Code: code})
		}
	}
	return list
}

// count returns how many people hold all of the attributes, or enough once there are at least that many. No attributes are held by
// everybody. It reorders the attributes by rarity.
func (l *lists) count(attrs []marginal.Attribute, enough int) int {
	if len(attrs) == 0 {
		return min(enough, l.table.People())
	}
	for i := 1; i < len(attrs); i++ { // insertion: a handful, often in order already
		for j := i; j > 0 && len(l.of(attrs[j])) < len(l.of(attrs[j-1])); j-- {
			attrs[j], attrs[j-1] = attrs[j-1], attrs[j]
		}
	}
	n := 0
	for _, i := range l.of(attrs[0]) {
		if holds(l.table.Row(int(i)), attrs[1:]) {
			if n += l.table.Weight(int(i)); n >= enough {
				return enough
			}
		}
	}
	return n
}

func holds(row []uint16, attrs []marginal.Attribute) bool {
	for _, a := range attrs {
		if row[a.Column] != a.Code {
			return false
		}
	}
	return true
}

// forEach lets workers take the numbers below n one after the other, until the context is cancelled, whose cause it then returns.
func forEach(ctx context.Context, workers, n int, newWorker func() func(int)) error {
	var next atomic.Int64
	var wg sync.WaitGroup
	for range max(1, min(workers, n)) {
		wg.Go(func() {
			work := newWorker()
			for ctx.Err() == nil {
				i := int(next.Add(1)) - 1
				if i >= n {
					return
				}
				work(i)
			}
		})
	}
	wg.Wait()
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	return nil
}
