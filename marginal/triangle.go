package marginal

// maxCells bounds the matrix of triangle; a larger one is filled in strips. Measured: smaller strips cost more passes over the records than
// they save in misses of the processor's cache.
const maxCells = 1 << 20

// trianglePays tells whether pairs are better counted in a matrix of that many cells than by lists: when cells are fewer than,
// about, the pairs of all records, and strips fewer than the attributes of a record.
func trianglePays(cells, records, visits int) bool {
	return cells*records <= visits*visits && cells/maxCells*records <= visits
}

// triangle visits the combinations that add one or two attributes to w.path, the first of them found before the tail.
//
// Every pair of attributes of every record adds to a cell of a matrix, of which the upper triangle is used. That reads each record
// once and in order, where grouping would read it again for each of its attributes, here and there in memory.
func (w *walker[T, I]) triangle(l *depth[T], tail int, records []occurrence[T]) {
	step := len(w.path)
	w.path = append(w.path, 0, 0)
	width := len(l.found)
	strip := max(1, maxCells/width)
	for lo := 0; lo < tail; lo += strip {
		hi := min(lo+strip, tail)
		cells := w.fill(l, lo, hi, records)
		if w.stop.Load() { // then the cells are not complete
			break
		}
		for i := lo; i < hi; i++ {
			w.path[step] = l.found[i]
			w.emit(w.path[:step+1], l.persons[i])
			for j, n := range cells[(i-lo)*width:][:width] {
				if n >= w.least {
					w.path[step+1] = l.found[j]
					w.emit(w.path, n)
				}
			}
		}
	}
	w.path = w.path[:step]
}

// fill counts the pairs whose first attribute is found at positions from lo to below hi, in one row for each.
func (w *walker[T, I]) fill(l *depth[T], lo, hi int, records []occurrence[T]) []T {
	width := len(l.found)
	if cap(w.pairs.cells) < (hi-lo)*width {
		w.pairs.cells = make([]T, (hi-lo)*width)
	}
	cells := w.pairs.cells[:(hi-lo)*width]
	clear(cells)
	w.number(l.found)
	items, place, row, first := w.ix.items, w.place, w.pairs.row, I(l.found[lo])
	for i, r := range records {
		if i%stride == stride-1 && w.stop.Load() {
			break
		}
		p := r.pos
		for items[p] < first {
			p++
		}
		n := 0
		for ; items[p] != ^I(0); p++ {
			if at := place[items[p]]; at != 0 {
				row[n] = at - 1
				n++
			}
		}
		for x, a := range row[:n] {
			if int(a) >= hi {
				break
			}
			counts := cells[(int(a)-lo)*width:][:width]
			for _, b := range row[x+1 : n] {
				counts[b] += r.weight
			}
		}
	}
	w.clearPlace(l.found)
	return cells
}
