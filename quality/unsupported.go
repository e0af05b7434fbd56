package quality

import (
	"context"
	"fmt"
	"runtime"
	"slices"

	"github.com/opencovey/covey/marginal"
	"github.com/opencovey/covey/table"
)

// Unsupported returns the positions, ascending, of the distinct synthetic records that fewer than k sensitive records hold as a
// whole, that is, with all their attributes. Blank cells of a synthetic record ask for nothing, so a wholly blank
// record is held by everybody.
//
// If there are none, every combination of attributes in the synthetic records, of every length, is held by at least k
// sensitive records: the guarantee of k-anonymous records. Columns are matched by name, values by text. k below 1 is an error; a
// cancelled context gives its cause.
//
// Method: the synthetic records are walked as a tree of shared beginnings, most frequent attributes last, each node with the list of
// sensitive records that hold it. Time is linear in the sensitive records for synthetic ones of bounded width.
func Unsupported(ctx context.Context, sensitive, synthetic *table.Table, k int) ([]int, error) {
	if k < 1 {
		return nil, fmt.Errorf("check support: k = %d is not at least 1", k)
	}
	first, second := sensitive, synthetic
	if !sameColumns(first, second) {
		// Align keeps distinct records distinct and in order, so positions stay what they are.
		first, second = marginal.Align(sensitive, synthetic)
	}
	return unsupported(ctx, first, second, k, runtime.GOMAXPROCS(0))
}

func unsupported(ctx context.Context, sensitive, synthetic *table.Table, k, workers int) ([]int, error) {
	rank, people := ranks(sensitive)
	tree := &supportTree{k: k, sensitive: newRanked(sensitive, rank), synthetic: newRanked(synthetic, rank)}
	var found []int
	for i := range synthetic.Len() {
		if len(tree.synthetic.of(i)) > 0 {
			tree.order = append(tree.order, int32(i))
		} else if sensitive.People() < k {
			found = append(found, i)
		}
	}
	slices.SortFunc(tree.order, func(a, b int32) int {
		return slices.Compare(tree.synthetic.of(int(a)), tree.synthetic.of(int(b)))
	})
	tree.index(len(people))
	groups := tree.groups(0, len(tree.order), 0, nil)
	parts := make([][]int, len(groups))
	err := forEach(ctx, workers, len(groups), func() func(int) {
		w := &supportWalk{supportTree: tree, slot: make([]int32, len(people))}
		return func(g int) {
			w.found = nil
			w.check(groups[g], 1, tree.holders[tree.start[groups[g].attr]:tree.start[groups[g].attr+1]])
			parts[g] = w.found
		}
	})
	if err != nil {
		return nil, err
	}
	found = append(found, slices.Concat(parts...)...)
	slices.Sort(found)
	return found, nil
}

// ranks orders the attributes of a table from rare to frequent: the rank by column and code, and the people by rank.
func ranks(t *table.Table) (rank [][]int32, people []int) {
	type total struct{ column, code, people int }
	var all []total
	rank = make([][]int32, len(t.Columns))
	at := make([]int, len(t.Columns))
	for c := range t.Columns {
		rank[c] = make([]int32, len(t.Columns[c].Values)+1)
		at[c] = len(all)
		for code := range t.Columns[c].Values {
			all = append(all, total{column: c, code: code + 1})
		}
	}
	for row, weight := range t.Rows() {
		for c, code := range row {
			if code != 0 {
				all[at[c]+int(code)-1].people += weight
			}
		}
	}
	slices.SortStableFunc(all, func(a, b total) int { return a.people - b.people })
	people = make([]int, len(all))
	for r, a := range all {
		rank[a.column][a.code], people[r] = int32(r), a.people
	}
	return rank, people
}

// ranked holds the records of a table as lists of ranks, ascending.
type ranked struct {
	table *table.Table
	items []int32
	start []int32
}

func newRanked(t *table.Table, rank [][]int32) *ranked {
	r := &ranked{table: t, start: make([]int32, 1, t.Len()+1)}
	for row := range t.Rows() {
		from := len(r.items)
		for c, code := range row {
			if code != 0 {
				r.items = append(r.items, rank[c][code])
			}
		}
		slices.Sort(r.items[from:])
		r.start = append(r.start, int32(len(r.items)))
	}
	return r
}

func (r *ranked) of(i int) []int32 { return r.items[r.start[i]:r.start[i+1]] }

// supportTree is what all workers share.
type supportTree struct {
	k                    int
	sensitive, synthetic *ranked
	order                []int32  // synthetic records that are not blank, in lexicographic order of their ranks
	holders              []holder // sensitive records by attribute
	start                []int32
}

// holder is a sensitive record that holds a beginning, and where its further attributes are.
type holder struct{ record, from, to int32 }

// supportGroup is a run of records in order that share a beginning; attr is its last attribute.
type supportGroup struct{ attr, lo, hi int32 }

// index fills holders.
func (t *supportTree) index(attributes int) {
	t.start = make([]int32, attributes+1)
	for _, a := range t.sensitive.items {
		t.start[a+1]++
	}
	for a := range attributes {
		t.start[a+1] += t.start[a]
	}
	next := slices.Clone(t.start)
	t.holders = make([]holder, len(t.sensitive.items))
	for i := range t.sensitive.table.Len() {
		to := t.sensitive.start[i+1]
		for p := t.sensitive.start[i]; p < to; p++ {
			a := t.sensitive.items[p]
			t.holders[next[a]] = holder{int32(i), p + 1, to}
			next[a]++
		}
	}
}

// groups splits records that share a beginning of the given length by their next attribute. All of them must have one.
func (t *supportTree) groups(lo, hi, length int, list []supportGroup) []supportGroup {
	for lo < hi {
		attr := t.synthetic.of(int(t.order[lo]))[length]
		end := lo + 1
		for end < hi && t.synthetic.of(int(t.order[end]))[length] == attr {
			end++
		}
		list = append(list, supportGroup{attr, int32(lo), int32(end)})
		lo = end
	}
	return list
}

// supportWalk is the state of one worker.
type supportWalk struct {
	*supportTree
	slot   []int32 // by attribute: its group + 1 while records are handed out, else 0
	levels []supportLevel
	found  []int
}

// supportLevel is what one depth of the walk keeps, to be used again.
type supportLevel struct {
	groups  []supportGroup
	ends    []int32
	holders []holder
}

// few is how many records are looked for one by one rather than together; measured.
const few = 8

// check finds the unsupported records of a group, whose beginning of the given length the holders hold.
func (w *supportWalk) check(g supportGroup, length int, holders []holder) {
	people := 0
	for _, h := range holders {
		if people += w.sensitive.table.Weight(int(h.record)); people >= w.k {
			break
		}
	}
	if people < w.k {
		for _, i := range w.order[g.lo:g.hi] {
			w.found = append(w.found, int(i))
		}
		return
	}
	if len(w.synthetic.of(int(w.order[g.lo]))) == length { // a record that ends here; it sorts first
		g.lo++
	}
	if g.hi-g.lo > few {
		w.descend(g, length, holders)
		return
	}
	for _, i := range w.order[g.lo:g.hi] {
		if !w.enough(w.synthetic.of(int(i))[length:], holders) {
			w.found = append(w.found, int(i))
		}
	}
}

// enough reports whether at least k people among the holders hold the further attributes too.
func (w *supportWalk) enough(attrs []int32, holders []holder) bool {
	people := 0
	for _, h := range holders {
		rest, at := w.sensitive.items[h.from:h.to], 0
		for _, a := range attrs {
			for at < len(rest) && rest[at] < a {
				at++
			}
			if at == len(rest) || rest[at] != a {
				at = -1
				break
			}
			at++
		}
		if at >= 0 {
			if people += w.sensitive.table.Weight(int(h.record)); people >= w.k {
				return true
			}
		}
	}
	return false
}

// descend hands the holders out by the next attribute of the group's records and checks every part.
func (w *supportWalk) descend(g supportGroup, length int, holders []holder) {
	for len(w.levels) <= length {
		w.levels = append(w.levels, supportLevel{})
	}
	l := &w.levels[length]
	l.groups = w.groups(int(g.lo), int(g.hi), length, l.groups[:0])
	l.ends = append(l.ends[:0], make([]int32, len(l.groups)+1)...)
	for s, group := range l.groups {
		w.slot[group.attr] = int32(s + 1)
	}
	for _, h := range holders {
		for _, a := range w.sensitive.items[h.from:h.to] {
			l.ends[w.slot[a]]++ // slot 0, not wanted, is counted and then forgotten
		}
	}
	l.ends[0] = 0
	for s := range l.groups {
		l.ends[s+1] += l.ends[s]
	}
	total := l.ends[len(l.groups)]
	l.holders = slices.Grow(l.holders[:0], int(total))[:total]
	for _, h := range holders {
		for p := h.from; p < h.to; p++ {
			if s := w.slot[w.sensitive.items[p]]; s > 0 {
				l.holders[l.ends[s-1]] = holder{h.record, p + 1, h.to}
				l.ends[s-1]++
			}
		}
	}
	for _, group := range l.groups {
		w.slot[group.attr] = 0
	}
	from := int32(0)
	for s := range l.groups { // l may move when deeper levels are added, so it is looked up again
		l := &w.levels[length]
		end := l.ends[s]
		w.check(l.groups[s], length+1, l.holders[from:end])
		from = end
	}
}

func sameColumns(a, b *table.Table) bool {
	return slices.EqualFunc(a.Columns, b.Columns, func(x, y table.Column) bool {
		return x.Name == y.Name && slices.Equal(x.Values, y.Values)
	})
}

// support fills in the part of the report that Unsupported answers.
func support(synthetic *table.Table, records []int) Support {
	s := Support{Of: synthetic.People()}
	for n, i := range records {
		s.Records += synthetic.Weight(i)
		if n < 20 {
			s.First = append(s.First, names(synthetic.Columns, attributes(nil, synthetic.Row(i))))
		}
	}
	return s
}

// names returns the attributes as people read them.
func names(columns []table.Column, combination []marginal.Attribute) []string {
	texts := make([]string, len(combination))
	for i, a := range combination {
		column, value := marginal.Name(columns, a)
		texts[i] = column + ": " + value
	}
	return texts
}
