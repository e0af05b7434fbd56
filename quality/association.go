package quality

import "math"

// association is Cramér's V of one pair of columns: of both tables, and from rounded counts.
type association struct{ sensitive, synthetic, sensitiveRounded, syntheticRounded float64 }

// crossTable computes Cramér's V. It keeps scratch space; each worker has its own.
type crossTable struct {
	entries []entry
	first   []uint64 // people by code of the first column
	second  []uint64
}

// entry is a cell of one table that is not empty.
type entry struct {
	first, second uint16
	n             uint64
}

// association computes all of a pair. firsts and seconds are the numbers of codes, blank included; n and m the people of the tables.
func (x *crossTable) association(cells []crossCell, firsts, seconds int, k, n, m uint64) association {
	var v association
	x.take(cells, firsts, seconds, func(c *crossCell) uint64 { return uint64(c.s) })
	v.sensitive = x.cramersV()
	x.round(k, n)
	v.sensitiveRounded = x.cramersV()
	x.take(cells, firsts, seconds, func(c *crossCell) uint64 { return uint64(c.y) })
	v.synthetic = x.cramersV()
	x.round(k, m)
	v.syntheticRounded = x.cramersV()
	return v
}

// take fills in the cells of one table.
func (x *crossTable) take(cells []crossCell, firsts, seconds int, of func(*crossCell) uint64) {
	x.entries = x.entries[:0]
	x.first, x.second = zeros(x.first, firsts), zeros(x.second, seconds)
	for i := range cells {
		if n := of(&cells[i]); n > 0 {
			x.entries = append(x.entries, entry{cells[i].first, cells[i].second, n})
			x.first[cells[i].first] += n
			x.second[cells[i].second] += n
		}
	}
}

// round turns the table into what counts rounded down to multiples of k show: cells and values are rounded, cells that become empty vanish,
// and what is then missing to a value or to the total counts as blank.
func (x *crossTable) round(k, people uint64) {
	floor := func(n uint64) uint64 { return n - n%k }
	kept := x.entries[:0]
	restFirst, restSecond := x.first, x.second
	blank := floor(people) // people left for the cell of both blanks; goes below 0 when rounding takes more from cells than from values
	var named, firsts, seconds uint64
	for code := 1; code < len(restFirst); code++ {
		restFirst[code] = floor(restFirst[code])
		firsts += restFirst[code]
	}
	for code := 1; code < len(restSecond); code++ {
		restSecond[code] = floor(restSecond[code])
		seconds += restSecond[code]
	}
	for _, e := range x.entries {
		if e.n = floor(e.n); e.n > 0 && e.first > 0 && e.second > 0 {
			kept = append(kept, e)
			restFirst[e.first] -= e.n
			restSecond[e.second] -= e.n
			named += e.n
		}
	}
	for code := 1; code < len(restFirst); code++ {
		if n := restFirst[code]; n > 0 {
			kept = append(kept, entry{uint16(code), 0, n})
		}
	}
	for code := 1; code < len(restSecond); code++ {
		if n := restSecond[code]; n > 0 {
			kept = append(kept, entry{0, uint16(code), n})
		}
	}
	if blank+named > firsts+seconds {
		kept = append(kept, entry{0, 0, blank + named - firsts - seconds})
	}
	x.entries = kept
	clear(x.first)
	clear(x.second)
	for _, e := range kept {
		x.first[e.first] += e.n
		x.second[e.second] += e.n
	}
}

// cramersV returns Cramér's V with the bias correction of Bergsma (2013): between 0 and 1, and 0 if either column has but one value.
func (x *crossTable) cramersV() float64 {
	r, c, people := 0.0, 0.0, 0.0
	for _, n := range x.first {
		if n > 0 {
			r++
			people += float64(n)
		}
	}
	for _, n := range x.second {
		if n > 0 {
			c++
		}
	}
	if r < 2 || c < 2 {
		return 0
	}
	phi := -1.0 // chi-square / people
	for _, e := range x.entries {
		n := float64(e.n)
		phi += n * n / (float64(x.first[e.first]) * float64(x.second[e.second]))
	}
	phi = max(0, phi-(r-1)*(c-1)/(people-1))
	r -= (r - 1) * (r - 1) / (people - 1)
	c -= (c - 1) * (c - 1) / (people - 1)
	if r <= 1 || c <= 1 {
		return 0
	}
	return min(1, math.Sqrt(phi/(min(r, c)-1)))
}

// zeros returns a list of n zeros, in the place of the given one if it is long enough.
func zeros[T any](list []T, n int) []T {
	if cap(list) < n {
		return make([]T, n)
	}
	list = list[:n]
	clear(list)
	return list
}
