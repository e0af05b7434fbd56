package kanon

import "math/bits"

// slot is a place of a hash table for a combination, among those that begin alike.
type slot struct {
	attr int32 // its last attribute + 1; 0 if the slot is free
	cell int32 // its number
}

// pairSlot is the slot of a pair, and where its triples are.
type pairSlot struct {
	slot
	third span
}

// span is a hash table within an array: its first slot, and how the slot of an attribute is found.
type span struct {
	at    uint32
	times uint32 // multiplier
	shift uint8  // 32 less the bits of the number of slots
}

// multipliers are tried for a table until no two attributes meet in a slot. Any odd numbers will do; the first is 2^32 over
// the golden ratio (Knuth 1998, section 6.4).
var multipliers = [...]uint32{0x9e3779b1, 0x85ebca6b, 0xc2b2ae35, 0x27d4eb2f, 0x165667b1, 0xcc9e2d51, 0x1b873593, 0xe6546b65}

// maxTried is the size of table from which on trying is not worth while.
const maxTried = 256

// newSpan returns a table for some attributes, at least a third of it free, and the slot after it.
func newSpan(at uint32, attrs []int32) (span, uint32) {
	s := span{at: at, times: multipliers[0], shift: uint8(32 - bits.Len(uint(3*len(attrs)/2)))}
	end := at + 1<<(32-s.shift)
	if len(attrs) < 2 || end-at > maxTried {
		return s, end
	}
	fewest := len(attrs)
	for _, times := range multipliers {
		var used [maxTried / 64]uint64
		met := 0
		for _, a := range attrs {
			i := uint32(a+1) * times >> s.shift
			met += int(used[i>>6] >> (i & 63) & 1)
			used[i>>6] |= 1 << (i & 63)
		}
		if met < fewest {
			s.times, fewest = times, met
		}
		if met == 0 {
			break
		}
	}
	return s, end
}

// start returns the slot where an attribute is if it met no other.
func (s *span) start(a int32) uint32 { return s.at + uint32(a+1)*s.times>>s.shift }

// next returns the slot after i; after the last comes the first.
func (s *span) next(i uint32) uint32 { return s.at + (i-s.at+1)&(1<<(32-s.shift)-1) }

// lists are lists of attributes, each with a tier, laid out one after another.
type lists struct {
	ends  []uint32
	attrs []int32
	tiers []int32
}

// newLists returns room for lists of the given sizes, which it takes over.
func newLists(sizes []uint32) lists {
	l := lists{ends: sizes}
	total := uint32(0)
	for i, n := range sizes { // where lists begin, until they are filled
		sizes[i] = total
		total += n
	}
	l.attrs, l.tiers = make([]int32, total), make([]int32, total)
	return l
}

func (l *lists) add(i uint32, a, tier int32) {
	at := l.ends[i]
	l.attrs[at], l.tiers[at] = a, tier
	l.ends[i]++
}

// of returns where list i begins, and its attributes. All lists must be full.
func (l *lists) of(i int) (start uint32, attrs []int32) {
	if i > 0 {
		start = l.ends[i-1]
	}
	return start, l.attrs[start:l.ends[i]]
}
