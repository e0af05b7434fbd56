package kanon

import "slices"

// pool is the distinct sets of attributes that synthetic records can have, numbered in the order in which they were added, and how many
// records have each. At least k persons share each set.
type pool struct {
	items []int32  // attributes of set after set, ascending
	ends  []uint32 // by set: where its attributes end
	slots []int32  // open addressing: 0 is free, else the number of a set + 1
	n     []int32  // by set: synthetic records with exactly its attributes
	limit []int32  // by set: how many there may be, 0 if that is not known yet
}

func newPool() pool { return pool{slots: make([]int32, 1<<10)} }

// at returns the attributes of a set, ascending. The caller must not change them.
func (p *pool) at(id int32) []int32 {
	start := uint32(0)
	if id > 0 {
		start = p.ends[id-1]
	}
	return p.items[start:p.ends[id]:p.ends[id]]
}

// add returns the number of a set, which is new if it was not in the pool. It copies the set.
func (p *pool) add(set []int32) int32 {
	if 2*len(p.ends) >= len(p.slots) {
		p.rehash()
	}
	h := p.slot(set)
	for ; p.slots[h] != 0; h = (h + 1) & (len(p.slots) - 1) {
		if id := p.slots[h] - 1; slices.Equal(p.at(id), set) {
			return id
		}
	}
	p.items = append(p.items, set...)
	p.ends = append(p.ends, uint32(len(p.items)))
	p.n, p.limit = append(p.n, 0), append(p.limit, 0)
	p.slots[h] = int32(len(p.ends))
	return int32(len(p.ends) - 1)
}

// slot returns where the search for a set begins.
func (p *pool) slot(set []int32) int {
	h := uint64(len(set))
	for _, a := range set {
		h = (h ^ uint64(a)) * 0x9e3779b97f4a7c15 // 2^64 over the golden ratio (Knuth 1998, section 6.4)
		h ^= h >> 29
	}
	return int(h & uint64(len(p.slots)-1))
}

func (p *pool) rehash() {
	p.slots = make([]int32, 4*len(p.slots))
	for id := range int32(len(p.ends)) {
		h := p.slot(p.at(id))
		for p.slots[h] != 0 {
			h = (h + 1) & (len(p.slots) - 1)
		}
		p.slots[h] = id + 1
	}
}

// used returns the sets that records have, in order.
func (p *pool) used() []int32 {
	var ids []int32
	for id, n := range p.n {
		if n > 0 {
			ids = append(ids, int32(id))
		}
	}
	return ids
}

// with returns the attributes of set and a, ascending.
func with(set []int32, a int32) []int32 {
	i, _ := slices.BinarySearch(set, a)
	return slices.Insert(slices.Clone(set), i, a)
}

// without returns the attributes of set but a.
func without(set []int32, a int32) []int32 {
	return slices.DeleteFunc(slices.Clone(set), func(x int32) bool { return x == a })
}
