package quality

import "math"

// denseCells is the greatest marginal that is counted in an array with a place for every cell.
const denseCells = 1 << 21

// cellCounter counts the cells of pairs and triples of columns. Each worker has its own.
type cellCounter struct {
	w     *marginalWork
	index []uint32 // by record: the pair of codes it has, numbered in order of appearance
	dense []uint64 // all zero between uses
	hash  cellHash
	cells []crossCell
	cross crossTable
	drawn []uint32 // by cell, then by sample
}

// crossCell is a cell of a pair: the codes, and the people of both tables.
type crossCell struct {
	first, second uint16
	s, y          uint32
}

func newCellCounter(w *marginalWork) *cellCounter {
	return &cellCounter{w: w, index: make([]uint32, len(w.weights))}
}

// pair does all that is planned for one pair of columns.
func (c *cellCounter) pair(p *pairPlan) pairResult {
	c.cross2(p.first, p.second)
	var sum distanceSum
	for _, cell := range c.cells {
		sum.add(c.w, uint64(cell.s)|uint64(cell.y)<<32)
	}
	r := pairResult{distance: sum.distance(c.w, p.first, p.second)}
	if p.measured {
		r.samples = c.samples()
	}
	if p.associated {
		r.v = c.cross.association(c.cells, c.w.values[p.first], c.w.values[p.second], uint64(c.w.k), c.w.n, c.w.m)
	}
	for _, third := range p.thirds {
		sum := c.triple(third)
		r.triples = append(r.triples, sum.distance(c.w, p.first, p.second, third))
	}
	return r
}

// samples returns the distances of the random samples from the sensitive table, on the pair last numbered.
func (c *cellCounter) samples() []distance {
	samples := c.w.samples
	n := len(samples.people)
	c.drawn = zeros(c.drawn, n*len(c.cells))
	for i, at := range c.index[:c.w.rows] {
		to := c.drawn[int(at)*n:][:n]
		for j, weight := range samples.weights[i*n:][:n] {
			to[j] += weight
		}
	}
	list := make([]distance, n)
	for j := range list {
		as := marginalWork{k: c.w.k, n: c.w.n, m: samples.people[j]} // the sample in the place of the synthetic table
		var sum distanceSum
		for at, cell := range c.cells {
			sum.add(&as, uint64(cell.s)|uint64(c.drawn[at*n+j])<<32)
		}
		list[j] = sum.distance(&as)
	}
	return list
}

// cross2 numbers the pairs of codes that occur, sets index, and lists the cells in order of number.
func (c *cellCounter) cross2(first, second int) {
	w := c.w
	a, b := w.columns[first], w.columns[second]
	width := uint64(w.values[second])
	number := c.numbers(uint64(w.values[first]) * width)
	c.cells = c.cells[:0]
	for i := range a {
		n := number(uint64(a[i])*width + uint64(b[i]))
		if *n == 0 {
			c.cells = append(c.cells, crossCell{first: a[i], second: b[i]})
			*n = uint64(len(c.cells))
		}
		at := uint32(*n - 1)
		c.index[i] = at
		if i < w.rows {
			c.cells[at].s += w.weights[i]
		} else {
			c.cells[at].y += w.weights[i]
		}
	}
	for _, cell := range c.cells {
		*number(uint64(cell.first)*width + uint64(cell.second)) = 0
	}
	c.hash.reset()
}

// numbers returns a function that finds the place of a cell among the given number of cells.
func (c *cellCounter) numbers(cells uint64) func(uint64) *uint64 {
	if cells > denseCells {
		return c.hash.place
	}
	c.grow(int(cells))
	return func(at uint64) *uint64 { return &c.dense[at] }
}

func (c *cellCounter) grow(cells int) {
	if len(c.dense) < cells {
		c.dense = make([]uint64, cells)
	}
}

// triple counts the cells of the pair last numbered with a third column.
func (c *cellCounter) triple(third int) distanceSum {
	w, values := c.w, c.w.values[third]
	var sum distanceSum
	cells := len(c.cells) * values
	if cells > denseCells {
		width := uint64(values)
		for i, code := range w.columns[third] {
			weight := uint64(w.weights[i])
			if i >= w.rows {
				weight <<= 32
			}
			*c.hash.place(uint64(c.index[i])*width + uint64(code)) += weight
		}
		for _, n := range c.hash.values() {
			sum.add(w, n)
		}
		c.hash.reset()
		return sum
	}
	c.grow(cells)
	width := uint32(values)
	column, dense := w.columns[third], c.dense
	index, weights := c.index[:len(column)], w.weights[:len(column)]
	for i, code := range column[:w.rows] {
		dense[index[i]*width+uint32(code)] += uint64(weights[i])
	}
	for i := w.rows; i < len(column); i++ {
		dense[index[i]*width+uint32(column[i])] += uint64(weights[i]) << 32
	}
	if cells <= 2*len(column) {
		for i, n := range dense[:cells] {
			if n != 0 {
				sum.add(w, n)
				dense[i] = 0
			}
		}
		return sum
	}
	for i, code := range column {
		if n := &dense[index[i]*width+uint32(code)]; *n != 0 {
			sum.add(w, *n)
			*n = 0
		}
	}
	return sum
}

// cellHash counts cells by key, for marginals that are far larger than the tables.
type cellHash struct {
	keys   []uint64 // key + 1; 0 is free
	counts []uint64
	used   int
}

// place returns the count of a key. It is valid until the next call.
func (h *cellHash) place(key uint64) *uint64 {
	if 2*h.used >= len(h.keys) {
		h.rehash()
	}
	mask := uint64(len(h.keys) - 1)
	at := mix(key) & mask
	for h.keys[at] != key+1 {
		if h.keys[at] == 0 {
			h.keys[at] = key + 1
			h.used++
			break
		}
		at = (at + 1) & mask
	}
	return &h.counts[at]
}

func (h *cellHash) rehash() {
	keys, counts := h.keys, h.counts
	size := max(1<<12, 4*len(keys))
	h.keys, h.counts, h.used = make([]uint64, size), make([]uint64, size), 0
	for i, key := range keys {
		if key != 0 {
			*h.place(key - 1) = counts[i]
		}
	}
}

// values returns all counts, among zeros.
func (h *cellHash) values() []uint64 { return h.counts }

func (h *cellHash) reset() {
	if h.used > 0 {
		clear(h.keys)
		clear(h.counts)
		h.used = 0
	}
}

// mix spreads a key over all bits (the finaliser of MurmurHash3 by A. Appleby, public domain).
func mix(x uint64) uint64 {
	x = (x ^ x>>33) * 0xff51afd7ed558ccd
	x = (x ^ x>>33) * 0xc4ceb9fe1a85ec53
	return x ^ x>>33
}

// percentile returns the value that the given share of a sorted list do not exceed, by nearest rank, and 0 for an empty list.
func percentile(sorted []float64, share float64) float64 {
	if len(sorted) == 0 {
		return 0
	}
	return sorted[max(0, int(math.Ceil(share*float64(len(sorted))))-1)]
}
