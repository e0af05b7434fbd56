package dp

import (
	"fmt"
	"math"
	"slices"

	"github.com/opencovey/covey/privacy/noise"
	"github.com/opencovey/covey/table"
)

// The people that Simulate makes.
const (
	profiles      = 12   // ways in which cases resemble each other
	typicalFlags  = 0.25 // share of the flags that are typical of a profile
	rarelySet     = 0.02 // probability of a flag that is not typical of the profile
	learntValues  = 20   // that a column is taken to have if its values are to be learnt
	triesPossible = 100  // for a person whose record can exist
)

// Simulate makes fictional people of a domain: a few profiles, of different sizes, with typical values each; a column with many values has few common
// and many rare ones, and most flags are blank. It uses nothing but the domain, so that what a budget buys can be tried
// before anybody looks at records. Columns whose values are to be learnt get numbered ones.
func Simulate(d *Domain, people int, src *noise.Source) *table.Table {
	s := &simulation{domain: d, source: src, columns: slices.Clone(d.Columns)}
	for j := range s.columns {
		s.columns[j].Blanks = nil
		if d.learnt(j) {
			s.columns[j].Values = nil
			for i := range learntValues {
				s.columns[j].Values = append(s.columns[j].Values, fmt.Sprint(i+1))
			}
		}
	}
	sizes := s.falling(profiles, 0.8)
	for range profiles {
		s.makeProfile()
	}
	b := table.NewBuilder(s.columns)
	row := make([]uint16, len(s.columns))
	for range people {
		profile := s.pick(sizes)
		for try := 0; try == 0 || try < triesPossible && !s.possible(row); try++ {
			for j := range row {
				row[j] = uint16(s.pick(s.chances[profile][j]))
			}
		}
		for j := range row {
			if !s.possible(row) && !d.required(j) {
				row[j] = 0
			}
		}
		b.Add(row, 1)
	}
	return b.Table().Sorted()
}

type simulation struct {
	domain  *Domain
	source  *noise.Source
	columns []table.Column
	chances [][][]float64 // by profile and column: of the blank and of each value, adding up from left to right
}

// makeProfile draws how likely the values are for people of one profile.
func (s *simulation) makeProfile() {
	var all [][]float64
	for j, c := range s.columns {
		filled := 0.5 + s.uniform()/2
		switch {
		case len(c.Values) == 0:
			filled = 0
		case s.domain.required(j):
			filled = 1
		case len(c.Values) == 1:
			filled = rarelySet * 2 * s.uniform()
			if s.uniform() < typicalFlags {
				filled = 0.2 + 0.7*s.uniform()
			}
		}
		chances := append([]float64{1 - filled}, s.falling(len(c.Values), 1.2)...)
		before := 0.0
		for i := 1; i < len(chances); i++ { // falling adds up; take it apart and put it behind the blank
			chances[i], before = chances[i-1]+(chances[i]-before)*filled, chances[i]
		}
		all = append(all, chances)
	}
	s.chances = append(s.chances, all)
}

// falling returns shares of n things in random order, the r-th most common in proportion to r^-power, adding up from left to right.
func (s *simulation) falling(n int, power float64) []float64 {
	shares := make([]float64, n)
	sum := 0.0
	for i := range shares {
		shares[i] = math.Pow(float64(i+1), -power)
		sum += shares[i]
	}
	for i := range shares {
		k := i + below(s.source, n-i)
		shares[i], shares[k] = shares[k]/sum, shares[i]
		if i > 0 {
			shares[i] += shares[i-1]
		}
	}
	return shares
}

func (s *simulation) uniform() float64 { return float64(s.source.Uint64()>>11) / (1 << 53) }

// pick draws an index by shares that add up from left to right.
func (s *simulation) pick(shares []float64) int {
	i, _ := slices.BinarySearch(shares, s.uniform()*shares[len(shares)-1])
	return min(i, len(shares)-1)
}

// possible reports whether somebody can have the record.
func (s *simulation) possible(row []uint16) bool {
	for _, impossible := range s.domain.Impossible {
		all := len(impossible) > 0
		for _, c := range impossible {
			code := row[c.Column]
			all = all && (code == 0 && c.Blank || code > 0 && slices.Contains(c.Values, s.columns[c.Column].Values[code-1]))
		}
		if all {
			return false
		}
	}
	return true
}
