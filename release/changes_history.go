package release

import (
	"iter"
	"slices"

	"github.com/opencovey/covey/marginal"
)

// history finds what earlier releases published of the combinations of a new one. Combinations are sorted lists of numbers of attributes: those of the
// new release in its order, then those that only the newest earlier one has.
type history struct {
	previous []*Bundle
	released map[string]bool // columns of the new release
	names    [][2]string     // of attributes, by number
	byName   map[[2]string]int32
	own      []marginal.Attribute // the attributes that are in the new release, by number
	number   map[marginal.Attribute]int32
	at       [][]int32        // by release and attribute: its position there, or one of the marks
	highs    map[string][]int // see atMost
	buffer   []int32
}

// Marks of attributes that a release does not have.
const (
	noValue  = -1 // the column is there, the value is not
	noColumn = -2 // cannot be compared
)

// namedCounts are counts of a release, whether it is being made or was read back.
type namedCounts interface {
	All(length int) iter.Seq2[[]marginal.Attribute, int]
	Name(marginal.Attribute) (column, value string)
}

func newHistory(counts namedCounts, columns []string, previous []*Bundle) *history {
	h := &history{
		previous: previous, released: map[string]bool{}, byName: map[[2]string]int32{},
		number: map[marginal.Attribute]int32{}, highs: map[string][]int{},
	}
	for _, name := range columns {
		h.released[name] = true
	}
	for combination := range counts.All(1) {
		column, value := counts.Name(combination[0])
		h.number[combination[0]] = int32(len(h.names))
		h.own = append(h.own, combination[0])
		h.addName(column, value)
	}
	newest := previous[len(previous)-1].Aggregates
	for _, attr := range newest.attrs {
		column, value := newest.Name(attr)
		if _, known := h.byName[[2]string{column, value}]; !known && h.released[column] {
			h.addName(column, value)
		}
	}
	for _, b := range previous {
		h.at = append(h.at, h.positions(b))
	}
	return h
}

// columnNames lists the columns of a release.
func (m *Manifest) columnNames() []string {
	names := make([]string, len(m.Columns))
	for i := range m.Columns {
		names[i] = m.Columns[i].Name
	}
	return names
}

func (h *history) addName(column, value string) {
	h.byName[[2]string{column, value}] = int32(len(h.names))
	h.names = append(h.names, [2]string{column, value})
}

// positions finds every attribute in an earlier release.
func (h *history) positions(b *Bundle) []int32 {
	at := make([]int32, len(h.names))
	for id, name := range h.names {
		position, known := b.Aggregates.number[name]
		switch {
		case known:
			at[id] = position
		case b.Manifest.Column(name[0]) != nil:
			at[id] = noValue
		default:
			at[id] = noColumn
		}
	}
	return at
}

// items translates a combination of the new release.
func (h *history) items(dst []int32, combination []marginal.Attribute) {
	for i, attr := range combination {
		dst[i] = h.number[attr]
	}
}

// oldItems translates a combination of the newest earlier release. It reports false if it holds a column that the new release has not.
func (h *history) oldItems(dst []int32, combination []marginal.Attribute) bool {
	newest := h.previous[len(h.previous)-1].Aggregates
	for i, attr := range combination {
		column, value := newest.Name(attr)
		if !h.released[column] {
			return false
		}
		dst[i] = h.byName[[2]string{column, value}]
	}
	slices.Sort(dst)
	return true
}

// attributes translates a combination to attributes of the new release. It reports false if one of them is not there.
func (h *history) attributes(dst []marginal.Attribute, items []int32) bool {
	for i, id := range items {
		if int(id) >= len(h.own) {
			return false
		}
		dst[i] = h.own[id]
	}
	return true
}

// published returns what one release published of a combination. It reports false if they cannot be compared.
func (h *history) published(release int, items []int32) (int, bool) {
	old := h.previous[release].Aggregates
	if len(items) > old.Length() {
		return 0, false
	}
	h.buffer = h.buffer[:0]
	there := true
	for _, id := range items {
		switch at := h.at[release][id]; at {
		case noColumn:
			return 0, false
		case noValue:
			there = false
		default:
			h.buffer = append(h.buffer, at)
		}
	}
	if !there {
		return 0, true
	}
	slices.Sort(h.buffer) // columns may have another order there
	return old.get(h.buffer), true
}

// track returns what the earlier releases that can be compared published of a combination.
func (h *history) track(items []int32) track {
	seen := make([]observation, 0, len(h.previous))
	for i, b := range h.previous {
		n, ok := h.published(i, items)
		if !ok {
			continue
		}
		o := observation{published: n, k: b.Manifest.Protection.K, adjusted: b.Manifest.Withheld}
		if o.adjusted && len(items) > 0 {
			o.atMost = h.atMost(i, items, n)
		}
		seen = append(seen, o)
	}
	return newTrack(seen, len(items) == 0)
}

// atMost returns how many people may have had a combination, judged by the parts of it that have the same published count in an adjusted release: nobody
// can tell whether it was kept down with them.
func (h *history) atMost(release int, items []int32, published int) int {
	most := 0
	for place := range items {
		part := without(nil, items, place)
		if n, ok := h.published(release, part); ok && n == published {
			most = max(most, h.highest(release, part))
		}
	}
	return most
}

// highest returns the highest exact number that a combination can have had at the time of a release. What was worked out is kept.
func (h *history) highest(release int, items []int32) int {
	key := itemsKey(items)
	if h.highs[key] == nil {
		h.highs[key] = make([]int, len(h.previous))
		t := h.track(items)
		next := 0
		for i := range h.previous {
			if _, ok := h.published(i, items); ok {
				h.highs[key][i] = t.highest[next]
				next++
			}
		}
	}
	return h.highs[key][release]
}

func itemsKey(items []int32) string {
	key := make([]byte, 0, 4*len(items))
	for _, id := range items {
		key = append(key, byte(id>>24), byte(id>>16), byte(id>>8), byte(id))
	}
	return string(key)
}
