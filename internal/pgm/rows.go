package pgm

import (
	"context"
	"errors"

	"github.com/opencovey/covey/privacy/noise"
)

// sampler turns numbers of people into rows.
type sampler struct {
	source *noise.Source
	order  []int32
	ends   []int32
	keys   []int32
	drawn  []uint16
	carry  []float64
	given  []int
	share  []float64 // of each value in the whole table
	open   []bool    // values that may get what was carried over
	failed bool      // rows without a possible value, by underflow
}

func newSampler(source *noise.Source, rows int) *sampler {
	return &sampler{source: source, order: make([]int32, rows), keys: make([]int32, rows), drawn: make([]uint16, rows)}
}

// rows draws n rows from a network that has settled. It returns the codes of each node.
//
// Nodes are filled in one after the other. Rows that agree in the nodes that the next one depends on get its values in
// numbers as close as possible to the expected ones, in random order; what is rounded off in one such group is made up
// for in the next.
func (n *network) rows(ctx context.Context, count int, source *noise.Source) ([][]uint16, error) {
	rows := make([][]uint16, len(n.sizes))
	for v := range rows {
		rows[v] = make([]uint16, count)
	}
	s := newSampler(source, count)
	var done set
	for c, nodes := range n.nodes {
		given := n.tree.shared[c].nodes()
		for _, v := range nodes {
			if done.has(v) {
				continue
			}
			if err := ctx.Err(); err != nil {
				return nil, err
			}
			part := append(given[:len(given):len(given)], v)
			table := make([]float64, cellsOf(part, n.sizes))
			sums(table, n.belief[c], places(nodes, part, n.sizes))
			if s.fill(rows, given, v, table, n.sizes); s.failed {
				return nil, errors.New("sample a graphical model: probabilities are too small for the machine")
			}
			given, done = part, done.or(setOf(v))
		}
	}
	return rows, nil
}

// fill draws the values of a node given those of others. The table has the node last.
func (s *sampler) fill(rows [][]uint16, given []int, v int, table []float64, sizes []int) {
	clear(s.keys)
	for _, g := range given {
		size, codes := int32(sizes[g]), rows[g]
		for i, k := range s.keys {
			s.keys[i] = k*size + int32(codes[i])
		}
	}
	size := sizes[v]
	s.group(len(table) / size)
	s.carry = make([]float64, size)
	s.given, s.open, s.share = make([]int, size), make([]bool, size), make([]float64, size)
	for i, w := range table {
		s.share[i%size] += w
	}
	scale(s.share, sum(s.share), 1)
	for i := range s.carry {
		s.carry[i] = s.uniform() - 0.5
	}
	begin := int32(0)
	for key, end := range s.ends {
		if end > begin {
			s.deal(rows[v], s.order[begin:end], table[key*size:(key+1)*size])
		}
		begin = end
	}
}

// group sorts the numbers of rows by their keys.
func (s *sampler) group(keys int) {
	s.ends = make([]int32, keys+1)
	for _, k := range s.keys {
		s.ends[k+1]++
	}
	for k := range keys {
		s.ends[k+1] += s.ends[k]
	}
	for i, k := range s.keys {
		s.order[s.ends[k]] = int32(i)
		s.ends[k]++
	}
	s.ends = s.ends[:keys]
}

// deal gives values to some rows.
func (s *sampler) deal(codes []uint16, rows []int32, weights []float64) {
	if s.apportion(len(rows), weights); s.failed {
		return
	}
	drawn := s.drawn[:0]
	for v, n := range s.given {
		for range n {
			drawn = append(drawn, uint16(v))
		}
	}
	for i, r := range rows { // a random order, drawn as it is needed
		j := i + s.below(len(rows)-i)
		drawn[i], drawn[j] = drawn[j], drawn[i]
		codes[r] = drawn[i]
	}
}

// apportion finds whole numbers near the expected ones plus what was carried over. Values without weight get none, and
// those that are much rarer here than elsewhere get nothing that was carried over.
func (s *sampler) apportion(count int, weights []float64) {
	all := sum(weights)
	people := float64(count) / all
	rest := count
	for v, w := range weights {
		s.given[v] = 0
		s.open[v] = w > 0 && w >= rareHere*s.share[v]*all
		if w <= 0 {
			continue
		}
		due := w * people
		s.carry[v] += due
		if s.open[v] {
			due = s.carry[v]
		}
		s.given[v] = max(0, int(due))
		rest -= s.given[v]
	}
	for ; rest != 0; rest -= sign(rest) {
		best, most := -1, 0.0
		for v := range weights {
			if rest > 0 && !s.open[v] || rest < 0 && s.given[v] == 0 {
				continue
			}
			if owed := (s.carry[v] - float64(s.given[v])) * float64(sign(rest)); best < 0 || owed > most {
				best, most = v, owed
			}
		}
		if best < 0 {
			s.failed = true
			return
		}
		s.given[best] += sign(rest)
	}
	for v, n := range s.given {
		s.carry[v] -= float64(n)
	}
}

// rareHere is the share of its usual share below which a value is rare in a group.
const rareHere = 0.1

func sign(n int) int {
	if n < 0 {
		return -1
	}
	return 1
}

// uniform returns a number in [0, 1).
func (s *sampler) uniform() float64 { return float64(s.source.Uint64()>>11) / (1 << 53) }

// below returns a number in [0, n), nearly even: n is below 2^31.
func (s *sampler) below(n int) int { return int((s.source.Uint64() >> 32) * uint64(n) >> 32) }
