package kanon

import "slices"

// prober answers whether at least k persons share a combination, for one combination after another. It holds, for each leading part of the
// combination at hand, the records that hold the part, so that combinations that begin alike share the work. A part is looked for only
// as far as questions need: among the many who share a common combination, k persons are soon found.
//
// A yes is certain. A no is not, where it would cost too much; see maxSteps.
type prober struct {
	ix    *index
	parts []part // the first n are of the combination at hand; the rest keep their memory
	n     int
	steps int // words that may still be looked at for the question at hand
}

// part is the records that hold a leading part of the combination, as far as they have been looked for.
type part struct {
	attr  int32    // its last attribute
	own   bool     // its records are sought among those of attr, not among those of the part before
	done  bool     // all have been looked at
	left  int32    // persons missing to k; not above 0 if there are enough
	from  int      // how many words have been looked at
	bound int      // there are no more words than this
	at    []int32  // positions of the words found that are not zero
	bits  []uint64 // those words
}

// maxSteps bounds the cost of a question, and so keeps the work linear in the number of records. If k persons are not found within so many
// words, of 64 distinct records each, the combination counts as rare. That is safe, and of consequence only for combinations of
// very common attributes that are rare together.
const maxSteps = 1 << 10

// batch is how many words are looked at in one go at first; it doubles up to maxBatch.
const (
	batch    = 8
	maxBatch = 256
)

// cut shortens the combination to its first n attributes.
func (p *prober) cut(n int) { p.n = n }

// push adds an attribute and reports whether at least k persons share the combination.
func (p *prober) push(a int32) bool {
	j := p.n
	p.open(a)
	p.steps = maxSteps
	for p.parts[j].left > 0 && p.pull(j) {
	}
	return p.parts[j].left <= 0
}

// open adds an attribute.
func (p *prober) open(a int32) {
	if p.n == len(p.parts) {
		p.parts = append(p.parts, part{})
	}
	t := &p.parts[p.n]
	*t = part{attr: a, own: true, at: t.at[:0], bits: t.bits[:0], left: int32(p.ix.k), bound: len(p.ix.postings[a].at)}
	if p.n > 0 {
		before := &p.parts[p.n-1]
		if before.done {
			before.bound = len(before.at)
		}
		if before.bound < 2*t.bound { // since each word of one's own is tried on all attributes before
			t.own = false
			t.bound = min(t.bound, before.bound)
		}
	}
	p.n++
}

// pull looks for more records of part j, and reports whether it found any.
func (p *prober) pull(j int) bool {
	t := &p.parts[j]
	old := len(t.at)
	for size := batch; len(t.at) == old; size = min(2*size, maxBatch) {
		if t.done || p.steps <= 0 {
			return false
		}
		if t.own {
			p.ownWords(j, size)
			continue
		}
		before := &p.parts[j-1]
		if t.from == len(before.at) && !p.pull(j-1) {
			t.done = before.done
			return false
		}
		size := min(size, len(before.at)-t.from)
		t.meet(before.at[t.from:][:size], before.bits[t.from:][:size], &p.ix.postings[t.attr])
		t.from += size
		p.steps -= size
	}
	for i := old; i < len(t.at) && t.left > 0; i++ {
		t.left -= p.ix.sum(t.at[i], t.bits[i], t.left)
	}
	return true
}

// meet adds the words that some words have in common with a posting.
func (t *part) meet(at []int32, words []uint64, post *posting) {
	n := len(t.at)
	t.at, t.bits = slices.Grow(t.at, len(at))[:n+len(at)], slices.Grow(t.bits, len(at))[:n+len(at)]
	if all := post.all; all != nil {
		for i, w := range at {
			x := words[i] & all[w]
			t.at[n], t.bits[n] = w, x
			if x != 0 { // no branch on most processors: whether it is cannot be foreseen
				n++
			}
		}
	} else {
		for i, w := range at {
			x := words[i] & post.word(w)
			t.at[n], t.bits[n] = w, x
			if x != 0 {
				n++
			}
		}
	}
	t.at, t.bits = t.at[:n], t.bits[:n]
}

// ownWords looks at some words of the posting of part j.
func (p *prober) ownWords(j, size int) {
	t := &p.parts[j]
	post := &p.ix.postings[t.attr]
	end := min(t.from+size, len(post.at))
	p.steps -= end - t.from
	for ; t.from < end; t.from++ {
		at, x := post.at[t.from], post.bits[t.from]
		for i := j - 1; i >= 0 && x != 0; i-- {
			x &= p.ix.postings[p.parts[i].attr].word(at)
		}
		if x != 0 {
			t.at, t.bits = append(t.at, at), append(t.bits, x)
		}
	}
	t.done = t.from == len(post.at)
}

// count returns how many persons share the attributes of a set, or any number from most on if there are that many.
func (p *prober) count(set []int32, most int32) int32 {
	p.cut(0)
	for _, a := range set {
		p.open(a)
	}
	p.steps = 1 << 62
	n := int32(0)
	for i := 0; n < most; i++ {
		t := &p.parts[len(set)-1]
		if i == len(t.at) && !p.pull(len(set)-1) {
			break
		}
		n += p.ix.sum(t.at[i], t.bits[i], most-n)
	}
	return n
}
