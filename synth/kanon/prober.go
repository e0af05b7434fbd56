package kanon

// prober answers questions about one combination after another. It holds, for each leading part of the combination at hand, the
// records that hold the part, so that combinations which begin alike share the work. Asked in sorted order, a question
// costs little more than the last few, short, lists.
type prober struct {
	ix    *index
	attrs []int32
	parts []part
	spare []part // for their memory
}

// part is the records that hold a leading part of the combination.
type part struct {
	at       []int32 // positions of words that are not zero
	bits     []uint64
	frequent bool // at least k persons
}

// cut shortens the combination to its first n attributes.
func (p *prober) cut(n int) {
	for len(p.attrs) > n {
		last := len(p.attrs) - 1
		p.spare = append(p.spare, p.parts[last])
		p.parts, p.attrs = p.parts[:last], p.attrs[:last]
	}
}

// push adds an attribute and reports whether at least k persons share the combination.
func (p *prober) push(a int32) bool {
	var next part
	if n := len(p.spare); n > 0 {
		next, p.spare = p.spare[n-1], p.spare[:n-1]
	}
	next.at, next.bits = next.at[:0], next.bits[:0]
	post := &p.ix.postings[a]
	switch len(p.parts) {
	case 0:
		next.all(post)
	case 1: // drive by the shorter list
		if first := &p.ix.postings[p.attrs[0]]; len(post.at) < len(first.at) {
			next.meet(post.at, post.bits, first)
		} else {
			next.meet(first.at, first.bits, post)
		}
	default:
		before := &p.parts[len(p.parts)-1]
		next.meet(before.at, before.bits, post)
	}
	left := int32(p.ix.k)
	for i := 0; i < len(next.at) && left > 0; i++ {
		left = p.ix.take(next.at[i], next.bits[i], left)
	}
	next.frequent = left <= 0
	p.attrs, p.parts = append(p.attrs, a), append(p.parts, next)
	return next.frequent
}

// all makes the part that of a single attribute.
func (n *part) all(post *posting) {
	words := min(len(post.at), maxWords)
	n.at, n.bits = append(n.at, post.at[:words]...), append(n.bits, post.bits[:words]...)
}

// meet makes the part the records of a list that also hold an attribute.
func (n *part) meet(at []int32, bits []uint64, post *posting) {
	if len(at) > maxWords {
		at = at[:maxWords]
	}
	if post.all != nil {
		for i, w := range at {
			if x := bits[i] & post.all[w]; x != 0 {
				n.at, n.bits = append(n.at, w), append(n.bits, x)
			}
		}
		return
	}
	for i, w := range at {
		if x := bits[i] & post.search(w); x != 0 {
			n.at, n.bits = append(n.at, w), append(n.bits, x)
		}
	}
}

// frequent reports whether at least k persons share the attribute lead together with those of set. What lead and set have in common with the
// last question is not asked again.
func (p *prober) frequent(lead int32, set []int32) bool {
	if len(p.attrs) == 0 || p.attrs[0] != lead {
		p.cut(0)
		p.push(lead)
	}
	same := 0
	for same < len(set) && same+1 < len(p.attrs) && p.attrs[same+1] == set[same] {
		same++
	}
	p.cut(same + 1)
	for _, a := range set[same:] {
		if !p.parts[len(p.parts)-1].frequent { // no part that is longer can be
			return false
		}
		p.push(a)
	}
	return p.parts[len(p.parts)-1].frequent
}
