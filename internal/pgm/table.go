package pgm

// A table has a number for every combination of the codes of some nodes, which ascend; the last node is fastest.

// cellsOf returns the number of cells of the table of some nodes.
func cellsOf(nodes, sizes []int) int {
	cells := 1
	for _, v := range nodes {
		cells *= sizes[v]
	}
	return cells
}

// places tells for each cell of the table of some nodes which cell of the table of others of them it falls into. It is
// nil if the two tables are the same. Part must be a subset of whole, in any order.
func places(whole, part, sizes []int) []int32 {
	steps := make([]int, len(whole))
	same := len(whole) == len(part)
	step := 1
	for i := len(part) - 1; i >= 0; i-- {
		for j, v := range whole {
			if v == part[i] {
				steps[j] = step
				same = same && i == j
			}
		}
		step *= sizes[part[i]]
	}
	if same {
		return nil
	}
	list := make([]int32, 1, cellsOf(whole, sizes))
	for j := range whole { // each node multiplies what there is by its size
		list = widen(list, sizes[whole[j]], int32(steps[j]))
	}
	return list
}

// widen adds a last dimension: each place is followed by those a step further for each code.
func widen(list []int32, size int, step int32) []int32 {
	n := len(list)
	list = list[:n*size]
	for i := n - 1; i >= 0; i-- {
		at := list[i] + int32(size-1)*step
		for c := size - 1; c >= 0; c-- {
			list[i*size+c] = at
			at -= step
		}
	}
	return list
}

// sums adds the cells of a table up into those of a smaller one.
func sums(into, values []float64, places []int32) {
	if places == nil {
		copy(into, values)
		return
	}
	clear(into)
	for i, v := range values[:len(places)] {
		into[places[i]] += v
	}
}

// multiply multiplies each cell of a table by the number of its cell in a smaller one.
func multiply(values, by []float64, places []int32) {
	if places == nil {
		for i, f := range by[:len(values)] {
			values[i] *= f
		}
		return
	}
	for i, p := range places {
		values[i] *= by[p]
	}
}
