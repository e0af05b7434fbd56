package marginal

import "slices"

// Shorten returns the counts of combinations of up to length attributes. It shares memory with c, and returns c itself if that holds none that
// are longer. A length below 1 counts as 1.
func (c *Counts) Shorten(length int) *Counts {
	length = max(length, 1)
	if length >= c.Length {
		return c
	}
	s := *c
	s.Length, s.tries = length, make([]trie, len(c.tries))
	for i, t := range c.tries {
		s.tries[i] = slices.Clone(t[:length-1])
		if length > 1 {
			s.tries[i][length-2].first = nil
		}
	}
	return &s
}
