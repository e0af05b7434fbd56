package pgm

// countRows adds people up in the table of some nodes. Without weights each row is one person.
func countRows(rows [][]uint16, weights []uint32, nodes, sizes []int) []int64 {
	counts := make([]int64, cellsOf(nodes, sizes))
	n := 0
	if len(rows) > 0 {
		n = len(rows[0])
	}
	key := make([]int32, min(n, blockRows))
	for begin := 0; begin < n; begin += blockRows {
		end := min(n, begin+blockRows)
		k := key[:end-begin]
		clear(k)
		for _, v := range nodes {
			size := int32(sizes[v])
			for i, c := range rows[v][begin:end] {
				k[i] = k[i]*size + int32(c)
			}
		}
		if weights == nil {
			for _, at := range k {
				counts[at]++
			}
			continue
		}
		for i, at := range k {
			counts[at] += int64(weights[begin+i])
		}
	}
	return counts
}

// blockRows is how many rows are looked at together, few enough to stay in the cache.
const blockRows = 4096
