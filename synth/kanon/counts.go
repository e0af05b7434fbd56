package kanon

import (
	"fmt"
	"iter"

	"github.com/opencovey/covey/marginal"
)

// Round returns the greatest multiple of k that does not exceed n.
func Round(n, k int) int { return n - n%k }

// Counts are protected counts: combinations of at least K persons, in multiples of K. They may be published.
type Counts struct {
	K       int
	counts  *marginal.Counts
	hidden  map[string]bool // combinations withheld, by their key; see Hide
	lowered map[string]int  // the most that is published of a combination, by its key; see Lower
}

// Protect returns protected counts. The exact counts must hold every combination of at least k persons. It fails if k is less
// than 2, or if there are fewer than k persons, in which case nothing can be released.
func Protect(exact *marginal.Counts, k int) (*Counts, error) {
	switch {
	case k < 2:
		return nil, fmt.Errorf("protect counts: k is %d and must be at least 2", k)
	case exact.Threshold > k:
		return nil, fmt.Errorf("protect counts: combinations below %d persons were not counted, but k is %d", exact.Threshold, k)
	case exact.People < k:
		return nil, fmt.Errorf("protect counts: there are fewer than k = %d persons", k)
	}
	return &Counts{K: k, counts: exact}, nil
}

// People returns the number of persons, rounded down to a multiple of K.
func (c *Counts) People() int { return c.protect(nil, c.counts.People) }

// Length returns the greatest length of combinations.
func (c *Counts) Length() int { return c.counts.Length }

// Get returns the protected count of a combination, which must be in order; 0 if it is not published.
func (c *Counts) Get(combination ...marginal.Attribute) int {
	return c.protect(combination, c.counts.Get(combination...))
}

// All iterates over the published combinations of one length in order, with their protected counts. The slice is reused.
func (c *Counts) All(length int) iter.Seq2[[]marginal.Attribute, int] {
	return func(yield func([]marginal.Attribute, int) bool) {
		for comb, n := range c.counts.All(length) {
			if n = c.protect(comb, n); n > 0 && !yield(comb, n) {
				return
			}
		}
	}
}

// Name returns column and value of an attribute as people read them.
func (c *Counts) Name(a marginal.Attribute) (column, value string) { return c.counts.Name(a) }

func hideKey(combination []marginal.Attribute) string {
	key := make([]byte, 0, 6*len(combination))
	for _, a := range combination {
		key = append(key, byte(a.Column>>24), byte(a.Column>>16), byte(a.Column>>8), byte(a.Column), byte(a.Code>>8), byte(a.Code))
	}
	return string(key)
}
