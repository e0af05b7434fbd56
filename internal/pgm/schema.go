package pgm

import (
	"math"
	"slices"

	"github.com/opencovey/covey/synth/dp/coded"
)

// node is a variable of the graph: a column whose codes may be merged, or the groups of a column.
type node struct {
	column int
	value  []int32 // of each code of the column
	size   int
	groups bool
}

// fewValues is the number of codes up to which a column is taken as it is.
const fewValues = 8

// schema is how the columns of a domain appear in the graph.
type schema struct {
	domain *coded.Domain
	nodes  []node
	sizes  []int
	main   []int        // the node of each column that has its codes
	region []int        // the node of each column that has its groups, or -1
	shares [][]float64  // of each code within its value, per column
	zeros  []mask       // that the graph holds
	extra  []coded.Zero // that only rows and marginals hold
}

// newSchema merges rare codes. What it does depends on noisy counts only. A column's groups become a node if its own
// has more values than there are groups, and both together have few enough cells.
func newSchema(d *coded.Domain, columns []column, rareness float64, cells int) *schema {
	s := &schema{domain: d}
	for j, c := range columns {
		n := merged(d, j, c.counts, rareness*math.Sqrt(c.variance))
		s.main = append(s.main, len(s.nodes))
		s.nodes = append(s.nodes, n)
		s.sizes = append(s.sizes, n.size)
		s.shares = append(s.shares, sharesOf(n, c.counts))
	}
	for j, c := range d.Columns {
		s.region = append(s.region, -1)
		if c.Groups == nil {
			continue
		}
		n := node{column: j, size: slices.Max(c.Groups) + 1, groups: true}
		if n.size >= s.sizes[j] || n.size > cells/s.sizes[j] {
			continue
		}
		for _, g := range c.Groups {
			n.value = append(n.value, int32(g))
		}
		s.region[j] = len(s.nodes)
		s.nodes = append(s.nodes, n)
		s.sizes = append(s.sizes, n.size)
	}
	return s
}

// merged makes the node of a column. Codes with a noisy count below a limit are merged if no structural zero tells them
// apart and they are of the same group; blanks are left alone.
func merged(d *coded.Domain, j int, noisy []float64, limit float64) node {
	c := d.Columns[j]
	n := node{column: j, value: make([]int32, c.Size)}
	classes := classesOf(d, j)
	shared := map[int]int32{} // value of the rare codes of a class
	for code := range c.Size {
		if c.Size <= fewValues || noisy[code] >= limit || code == 0 && c.Blank {
			n.value[code] = int32(n.size)
			n.size++
			continue
		}
		v, ok := shared[classes[code]]
		if !ok {
			v = int32(n.size)
			shared[classes[code]] = v
			n.size++
		}
		n.value[code] = v
	}
	return n
}

// classesOf numbers the codes of a column so that codes with the same number are in the same group and in the same
// conditions of structural zeros.
func classesOf(d *coded.Domain, column int) []int {
	size := d.Columns[column].Size
	classes := make([]int, size)
	copy(classes, d.Columns[column].Groups)
	for _, z := range d.Zeros {
		for _, c := range z {
			if c.Column != column {
				continue
			}
			number := map[[2]int]int{}
			for code := range classes {
				key := [2]int{classes[code], toInt(within(c.Codes, uint16(code)))}
				if _, ok := number[key]; !ok {
					number[key] = len(number)
				}
				classes[code] = number[key]
			}
		}
	}
	return classes
}

// within reports whether ascending codes include one.
func within(codes []uint16, code uint16) bool {
	_, found := slices.BinarySearch(codes, code)
	return found
}

func toInt(b bool) int {
	if b {
		return 1
	}
	return 0
}

// sharesOf spreads each value over its codes by their noisy counts, taken to the nearest counts that are not negative
// and have the same sum: most of what is mere noise gets nothing.
func sharesOf(n node, noisy []float64) []float64 {
	shares := make([]float64, len(n.value))
	codes := make([][]int, n.size)
	for code, v := range n.value {
		codes[v] = append(codes[v], code)
	}
	for _, list := range codes {
		counts := make([]float64, len(list))
		for i, code := range list {
			counts[i] = noisy[code]
		}
		total := max(sum(counts), 1)
		nearest(counts, total)
		for i, code := range list {
			shares[code] = counts[i] / total
		}
	}
	return shares
}

// nearest moves numbers to the nearest ones (least squares) of at least 0 with a sum above 0.
func nearest(values []float64, sum float64) {
	sorted := slices.Clone(values)
	slices.Sort(sorted)
	slices.Reverse(sorted)
	total, shift := 0.0, 0.0
	for i, v := range sorted {
		total += v
		if at := (total - sum) / float64(i+1); v > at {
			shift = at
		}
	}
	for i, v := range values {
		values[i] = max(0, v-shift)
	}
}

// merge adds the counts of merged codes up.
func (s *schema) merge(j int, c column) (counts, variances []float64) {
	n := s.nodes[s.main[j]]
	counts, variances = make([]float64, n.size), make([]float64, n.size)
	for code, v := range n.value {
		counts[v] += c.counts[code]
		variances[v] += c.variance
	}
	return counts, variances
}

// code translates records into values of the nodes.
func (s *schema) code(r *coded.Records) [][]uint16 {
	rows := make([][]uint16, len(s.nodes))
	for v, n := range s.nodes {
		rows[v] = make([]uint16, r.Len())
		for i, code := range r.Codes[n.column] {
			rows[v][i] = uint16(n.value[code])
		}
	}
	return rows
}
