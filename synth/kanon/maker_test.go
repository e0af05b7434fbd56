package kanon

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/opencovey/covey/table"
)

// randomTable draws a table of which most records are different.
func randomTable(rng *rand.Rand, people, columns, values int, blank float64) *table.Table {
	list := make([]table.Column, columns)
	for i := range list {
		list[i].Name = fmt.Sprint("c", i)
		for v := range values {
			list[i].Values = append(list[i].Values, fmt.Sprint(v))
		}
	}
	b := table.NewBuilder(list)
	codes := make([]uint16, columns)
	for range people {
		for i := range codes {
			if codes[i] = 0; rng.Float64() > blank {
				u := rng.Float64()
				codes[i] = uint16(1 + u*u*float64(values))
			}
		}
		b.Add(codes, 1+rng.IntN(3))
	}
	return b.Table()
}

// support counts who holds a set, the plain way.
func support(ix *index, set []int32) int {
	n := 0
	for r := range int32(len(ix.ends)) {
		holds := true
		for _, a := range set {
			holds = holds && slices.Contains(ix.record(r), a)
		}
		if holds {
			n += int(ix.weights[r])
		}
	}
	return n
}

// After every step, the balance agrees with the records, there are as many records as persons, and at least k persons share each set of the
// pool, so that no later step can choose a wrong one.
func TestStepsKeepTheBooks(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 1))
	for range 12 {
		in := randomTable(rng, 100+rng.IntN(200), 2+rng.IntN(9), 1+rng.IntN(5), rng.Float64()*0.8)
		k := 2 + rng.IntN(9)
		m, err := newMaker(t.Context(), in, k, defaults)
		if err != nil {
			t.Fatal(err)
		}
		for i, step := range []func(context.Context) error{m.forms, m.exchange, m.give, m.exchange, m.give, m.exchange, m.trim} {
			if err := step(t.Context()); err != nil {
				t.Fatal(err)
			}
			if err := checkBooks(m, in.People()); err != nil {
				t.Fatalf("step %d: %v", i, err)
			}
		}
	}
}

func checkBooks(m *maker, people int) error {
	lack := make([]int32, len(m.b.lack))
	for cell, tier := range m.b.tier {
		lack[cell] = tier*int32(m.ix.k) + int32(m.ix.k-1)/2
	}
	for id, n := range m.pool.n {
		set := m.pool.at(int32(id))
		people -= int(n)
		if n < 0 || !slices.IsSorted(set) || support(m.ix, set) < m.ix.k && len(set) > 0 {
			return fmt.Errorf("%d records have set %v, of %d persons", n, set, support(m.ix, set))
		}
		for _, cell := range m.b.cells(nil, set) {
			lack[cell] -= n
		}
	}
	if people != 0 {
		return fmt.Errorf("%d persons have no record", people)
	}
	for cell := range lack {
		more, less := m.b.more[cell], m.b.less[cell]
		m.b.value(int32(cell))
		if lack[cell] != m.b.lack[cell] || more != m.b.more[cell] || less != m.b.less[cell] {
			return fmt.Errorf("cell %d lacks %d, worth %d and %d, but the books say %d, %d and %d",
				cell, lack[cell], m.b.more[cell], m.b.less[cell], m.b.lack[cell], more, less)
		}
	}
	return nil
}

// The prober says what plain counting says, whatever it was asked before.
func TestProber(t *testing.T) {
	rng := rand.New(rand.NewPCG(2, 2))
	for range 20 {
		in := randomTable(rng, 50+rng.IntN(1500), 1+rng.IntN(10), 1+rng.IntN(6), rng.Float64())
		k := 2 + rng.IntN(20)
		ix, err := newIndex(t.Context(), 2, in, k)
		if err != nil {
			t.Fatal(err)
		}
		for a := range ix.postings { // few words are zero in so small a table
			if rng.IntN(3) == 0 {
				ix.postings[a].all = nil
			}
		}
		p, set := prober{ix: ix}, []int32(nil)
		for range 300 {
			if len(ix.attrs) == 0 {
				break
			}
			if n := rng.IntN(len(set) + 1); rng.IntN(3) == 0 {
				set = set[:n]
				p.cut(n)
			}
			a := int32(rng.IntN(len(ix.attrs)))
			if got := p.push(a); got != (support(ix, append(set, a)) >= k) {
				t.Fatalf("k %d: at least k persons share %v and %d: %v", k, set, a, got)
			}
			set = append(set, a)
			most := int32(1 + rng.IntN(100))
			if got := (&prober{ix: ix}).count(set, most); got != min(most, int32(support(ix, set))) && got < most {
				t.Fatalf("%v: count %d", set, got)
			}
		}
	}
}

// Windows are whole for records of usual size, and bounded for others.
func TestWindow(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 3))
	for _, c := range []struct {
		columns, values int
		pairs, triples  window
	}{
		{20, 3, window{0, 60}, window{0, 60}},
		{40, 1, window{0, 40}, window{0, 30}},
		{120, 1, window{0, 91}, window{0, 30}},
	} {
		ix, err := newIndex(t.Context(), 1, randomTable(rng, 60, c.columns, c.values, 0), 2)
		if err != nil {
			t.Fatal(err)
		}
		if pairs, triples := newWindow(ix, 2), newWindow(ix, 3); pairs != c.pairs || triples != c.triples {
			t.Errorf("%d columns of %d values: pairs %v, triples %v", c.columns, c.values, pairs, triples)
		}
	}
}

// Of very many attributes, the triples of the most common ones are held, and the guarantee is what it was.
func TestWindowOfManyAttributes(t *testing.T) {
	rng := rand.New(rand.NewPCG(7, 7))
	columns := make([]table.Column, 500)
	for i := range columns {
		columns[i] = table.Column{Name: fmt.Sprint("c", i), Values: []string{"yes"}}
	}
	b := table.NewBuilder(columns)
	for range 80 {
		codes := make([]uint16, len(columns))
		for range 30 {
			codes[rng.IntN(len(codes))] = 1
		}
		b.Add(codes, 100_000)
	}
	m, err := newMaker(t.Context(), b.Table(), 2, defaults)
	if err != nil {
		t.Fatal(err)
	}
	n := int32(len(m.ix.attrs))
	if m.b.inPairs != (window{0, n}) || m.b.inTriples != (window{n - 466, n}) {
		t.Errorf("%d attributes, pairs of %v, triples of %v", n, m.b.inPairs, m.b.inTriples)
	}
	if err := steps(t.Context(), m); err != nil {
		t.Fatal(err)
	}
	if err := checkBooks(m, 8_000_000); err != nil {
		t.Error(err)
	}
}

// Some records stand for all: their persons and the others are all persons, and of each rarest attribute there are a few.
func TestSomeRecords(t *testing.T) {
	ix, err := newIndex(t.Context(), 1, randomTable(rand.New(rand.NewPCG(8, 8)), 9000, 6, 8, 0.1), 3)
	if err != nil {
		t.Fatal(err)
	}
	all, _ := ix.some(len(ix.ends))
	rows, rest := ix.some(100)
	if len(all) != len(ix.ends) || len(rows) > 100+fewRecords*len(ix.attrs) {
		t.Errorf("%d and %d of %d records", len(all), len(rows), len(ix.ends))
	}
	left := map[int32]int{} // by rarest attribute: records not taken, and then those missing to a few
	for r := range int32(len(ix.ends)) {
		left[ix.record(r)[0]]++
		rest -= int(ix.weights[r])
	}
	for a, n := range left {
		left[a] = min(n, fewRecords)
	}
	for _, r := range rows {
		left[ix.record(r)[0]]--
		rest += int(ix.weights[r])
	}
	for a, n := range left {
		if n > 0 {
			t.Errorf("%d records with attribute %d first are missing", n, a)
		}
	}
	if rest != 0 {
		t.Errorf("%d persons too many or few", rest)
	}
}

// A table of any attributes finds each of them, and no other.
func TestSpan(t *testing.T) {
	rng := rand.New(rand.NewPCG(4, 4))
	for range 200 {
		attrs := make([]int32, 0, 400)
		for a := range int32(400) {
			if rng.IntN(400) < rng.IntN(400) {
				attrs = append(attrs, a*7)
			}
		}
		s, end := newSpan(10, attrs)
		free := make([]bool, end)
		if int(end-s.at)*2 < len(attrs)*3 {
			t.Fatalf("%d slots for %d attributes", end-s.at, len(attrs))
		}
		for _, a := range attrs {
			i := s.start(a)
			for free[i] {
				i = s.next(i)
			}
			if free[i] = true; i < s.at || i >= end {
				t.Fatalf("slot %d is not between %d and %d", i, s.at, end)
			}
		}
	}
}

func TestPool(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 5))
	p, known := newPool(), map[string]int32{}
	for range 20_000 {
		set := make([]int32, rng.IntN(5))
		for i := range set {
			set[i] = rng.Int32N(12)
		}
		id := p.add(set)
		if want, ok := known[fmt.Sprint(set)]; ok && want != id {
			t.Fatalf("%v is %d and %d", set, want, id)
		}
		known[fmt.Sprint(set)] = id
		if !slices.Equal(p.at(id), set) {
			t.Fatalf("%d is %v, want %v", id, p.at(id), set)
		}
	}
	if len(p.n) != len(known) {
		t.Errorf("%d sets, want %d", len(p.n), len(known))
	}
}

func TestHeap(t *testing.T) {
	rng := rand.New(rand.NewPCG(6, 6))
	var h heap
	for i := range int32(500) {
		h = append(h, offer{rng.Int64N(50), i})
	}
	want := slices.SortedFunc(slices.Values(h), byWorth)
	h.init()
	for _, o := range want {
		if h[0] != o {
			t.Fatalf("got %v, want %v", h[0], o)
		}
		h.pop()
	}
}
