package pgm

import (
	"cmp"
	"slices"

	"github.com/opencovey/covey/synth/dp/coded"
)

// mask says which cells of a table of nodes are possible: 1, or 0.
type mask struct {
	nodes   []int
	allowed []float64
}

// enforce puts into the graph what is impossible: values of the wrong group, and structural zeros, small tables first,
// as long as the cliques keep within a number of cells. The others are left to [Model.Sample] and [Model.Marginal].
func (s *schema) enforce(g *markov, cells int) {
	for j, r := range s.region {
		if r >= 0 {
			s.hold(g, s.groupMask(j, r))
		}
	}
	masks := map[set]*mask{}
	parts := map[set][]coded.Zero{}
	var order []set
	for _, z := range s.domain.Zeros {
		var nodes set
		for _, c := range z {
			nodes = nodes.or(setOf(s.main[c.Column]))
		}
		if nodes.product(s.sizes, cells) > cells {
			s.extra = append(s.extra, z)
			continue
		}
		if masks[nodes] == nil {
			m := s.newMask(nodes.nodes()...)
			masks[nodes] = &m
			order = append(order, nodes)
		}
		s.strikeOut(masks[nodes], z)
		parts[nodes] = append(parts[nodes], z)
	}
	slices.SortStableFunc(order, func(a, b set) int {
		return cmp.Compare(len(masks[a].allowed), len(masks[b].allowed))
	})
	for _, nodes := range order {
		if _, n := g.with(nodes).cliques(cells); n > cells {
			s.extra = append(s.extra, parts[nodes]...)
			continue
		}
		s.hold(g, *masks[nodes])
	}
}

func (s *schema) hold(g *markov, m mask) {
	g.join(setOf(m.nodes...))
	s.zeros = append(s.zeros, m)
}

func (s *schema) newMask(nodes ...int) mask {
	m := mask{nodes, make([]float64, cellsOf(nodes, s.sizes))}
	for i := range m.allowed {
		m.allowed[i] = 1
	}
	return m
}

// groupMask allows each value of a column in its group only.
func (s *schema) groupMask(j, region int) mask {
	m := s.newMask(s.main[j], region)
	clear(m.allowed)
	for code, v := range s.nodes[s.main[j]].value {
		m.allowed[int(v)*s.sizes[region]+int(s.nodes[region].value[code])] = 1
	}
	return m
}

// strikeOut forbids the cells of a structural zero.
func (s *schema) strikeOut(m *mask, z coded.Zero) {
	hits := make([]int, len(m.allowed))
	for _, c := range z {
		v := s.main[c.Column]
		in := make([]int, s.sizes[v])
		for _, code := range c.Codes {
			if int(code) < len(s.nodes[v].value) {
				in[s.nodes[v].value[code]] = 1
			}
		}
		at := places(m.nodes, []int{v}, s.sizes)
		for i := range hits {
			if at == nil {
				hits[i] += in[i]
			} else {
				hits[i] += in[at[i]]
			}
		}
	}
	for i, h := range hits {
		if h == len(z) {
			m.allowed[i] = 0
		}
	}
}

// impossible reports whether a record fulfils a structural zero that the graph does not hold.
func (s *schema) impossible(codes [][]uint16, row int) bool {
	return slices.ContainsFunc(s.extra, func(z coded.Zero) bool {
		return !slices.ContainsFunc(z, func(c coded.Condition) bool {
			return !within(c.Codes, codes[c.Column][row])
		})
	})
}

// strike clears the cells of structural zeros that lie within the columns of a table.
func (s *schema) strike(columns, sizes []int, table []float64) {
	codes := make([]int, len(columns))
	for _, z := range s.extra {
		if slices.ContainsFunc(z, func(c coded.Condition) bool { return !slices.Contains(columns, c.Column) }) {
			continue
		}
		clear(codes)
		for i := range table {
			if !slices.ContainsFunc(z, func(c coded.Condition) bool {
				return !within(c.Codes, uint16(codes[slices.Index(columns, c.Column)]))
			}) {
				table[i] = 0
			}
			next(codes, sizes)
		}
	}
}

// next counts to the next cell of a table.
func next(codes, sizes []int) {
	for k := len(codes) - 1; k >= 0; k-- {
		if codes[k]++; codes[k] < sizes[k] {
			return
		}
		codes[k] = 0
	}
}
