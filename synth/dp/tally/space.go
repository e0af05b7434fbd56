// Package tally counts people by the values they have, one, two or three at a time, and adds noise.
//
// It is the only place where a differentially private release looks at records, apart from package dp's learning of
// domains. Every number that leaves it has its noise, and every spending is in the ledger before the records are read.
//
// # Presence only
//
// A blank is not counted. In case data most columns are blank for most people, so that one person is in few counts although
// there are many columns: with m values, in m single counts and m(m-1)/2 counts of pairs. Since m differs from
// person to person, it is bounded by a limit that comes from policy or schema: of a person with more values, a random choice is
// counted. What that takes from the counts can be estimated afterwards; see package mixture.
//
// # Noise
//
// Tables of many cells hold few people in each, so they get less noise: column j has a weight a_j that grows with the
// number of its values, a table of columns j and k the weight a_j a_k, and noise with variance v/weight. For noise alone, weights of
// size^(2/3) have the least sum of relative errors over all tables; a model that pools tables needs less of it, and
// smaller powers did better on all data tried (docs/method.md).
package tally

import "github.com/opencovey/covey/synth/dp/coded"

// Space numbers the attributes of a domain: the values of all columns, without blanks, column by column.
type Space struct {
	Domain *coded.Domain
	First  []int   // number of the first attribute of each column, and behind the last column the number of all
	Column []int32 // column of each attribute
}

// NewSpace numbers the attributes of d.
func NewSpace(d *coded.Domain) *Space {
	s := &Space{Domain: d, First: make([]int, len(d.Columns)+1)}
	for j := range d.Columns {
		values := d.Columns[j].Size
		if d.Columns[j].Blank {
			values--
		}
		s.First[j+1] = s.First[j] + values
		for range values {
			s.Column = append(s.Column, int32(j))
		}
	}
	return s
}

// Len returns the number of attributes.
func (s *Space) Len() int { return len(s.Column) }

// Values returns the number of attributes of column j.
func (s *Space) Values(j int) int { return s.First[j+1] - s.First[j] }

// Attribute returns the number of a code of column j, or -1 for the blank.
func (s *Space) Attribute(j int, code uint16) int {
	a := s.First[j] + int(code)
	if !s.Domain.Columns[j].Blank {
		return a
	}
	if code == 0 {
		return -1
	}
	return a - 1
}

// Code returns the code that attribute a has in its column.
func (s *Space) Code(a int) uint16 {
	j := s.Column[a]
	code := a - s.First[j]
	if s.Domain.Columns[j].Blank {
		code++
	}
	return uint16(code)
}
