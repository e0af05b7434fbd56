package mixture

import "math"

// Counted says which share of the people with some attributes is in counts that take at most so many values of a person.
type Counted struct {
	m      *Model
	length int
	class  []float64 // share of combinations of each class that is counted, over all its people
	column []float64 // classes x columns: factor for people who are not blank in that column
}

// Counted returns the shares for combinations of length attributes, 1 to 3, under a limit of at least length.
func (m *Model) Counted(limit, length int) *Counted {
	columns := len(m.first) - 1
	c := &Counted{m: m, length: length, class: make([]float64, m.classes), column: make([]float64, m.classes*columns)}
	for k := range m.classes {
		all, _, given := countedShares(m.blank[k*columns:(k+1)*columns], max(limit, length), length)
		c.class[k] = all
		copy(c.column[k*columns:], given)
	}
	return c
}

// Share returns the share for a combination of different columns, above 0 and at most 1; 1 for attributes that the model has not.
func (c *Counted) Share(attributes ...int32) float64 {
	var at [3]int
	for i, a := range attributes {
		position, ok := c.m.position(a)
		if !ok {
			return 1
		}
		at[i] = position
	}
	m, v, columns := c.m, len(c.m.kept), len(c.m.first)-1
	all, counted := 0.0, 0.0
	for k, w := range m.share {
		x, y := float64(w), c.class[k]
		for _, i := range at[:len(attributes)] {
			x *= float64(m.p[k*v+i])
			y *= c.column[k*columns+int(m.column[i])]
		}
		all += x
		counted += x * y
	}
	if all <= 0 {
		return 1
	}
	return math.Min(counted/all, 1)
}
