package kanon

import (
	"cmp"
	"context"
	"slices"
)

// group is a number of equal synthetic records.
type group struct {
	set []int32 // attributes, rarest first
	n   int32
}

// forms returns, for every record of the input, some of the forms it can take: sets of its attributes that at least k persons
// share. Each form comes from one order of all attributes: a record's attributes are taken in that order and kept if at least k
// persons share what has been kept with them. Where the order begins with what is rare, a form is short and telling; where with
// what is common, long and plain.
func (ix *index) forms(ctx context.Context, workers int, orders [][]int32) ([][][]int32, error) {
	forms := make([][][]int32, len(ix.rows))
	for _, rank := range orders {
		rows := ix.inOrder(rank)
		const chunk = 512
		err := parallel(ctx, workers, (len(rows)+chunk-1)/chunk, func(i int) {
			s := seeder{prober: prober{ix: ix}}
			for _, row := range rows[i*chunk : min((i+1)*chunk, len(rows))] {
				set := s.shrink(row.attrs)
				ix.sortRarest(set)
				same := func(form []int32) bool { return slices.Equal(form, set) }
				if !slices.ContainsFunc(forms[row.at], same) {
					forms[row.at] = append(forms[row.at], set)
				}
			}
		})
		if err != nil {
			return nil, err
		}
	}
	return forms, nil
}

// ordered is a record with its attributes in some order.
type ordered struct {
	attrs []int32
	at    int32 // position in index.rows
}

// inOrder returns the records with their attributes by rank, sorted, so that neighbours share their first attributes and with them the
// first decisions.
func (ix *index) inOrder(rank []int32) []ordered {
	rows := make([]ordered, len(ix.rows))
	for r, attrs := range ix.rows {
		attrs = slices.Clone(attrs)
		slices.SortFunc(attrs, func(a, b int32) int { return int(rank[a] - rank[b]) })
		rows[r] = ordered{attrs, int32(r)}
	}
	slices.SortFunc(rows, func(a, b ordered) int { return slices.Compare(a.attrs, b.attrs) })
	return rows
}

// orders returns the orders that forms are made from: rarest first, most common first, and some in between.
func (ix *index) orders(between int) [][]int32 {
	n := int32(len(ix.rank))
	common := make([]int32, n)
	for a, r := range ix.rank {
		common[a] = n - 1 - r
	}
	orders := [][]int32{ix.rank, common}
	for i := range between {
		order := make([]int32, n)
		for a := range order {
			order[a] = int32(a)
		}
		// Any scattered order will do, so long as it is the same every time; the multiplier is Knuth's.
		slices.SortFunc(order, func(a, b int32) int {
			return cmp.Compare(uint32(a+int32(i)*n+1)*2654435761, uint32(b+int32(i)*n+1)*2654435761)
		})
		rank := make([]int32, n)
		for r, a := range order {
			rank[a] = int32(r)
		}
		orders = append(orders, rank)
	}
	return orders
}

// seeder cuts down one record after another.
type seeder struct {
	prober
	previous []int32
	kept     []bool // the decisions for the attributes of previous
}

// shrink returns the attributes of a record that are kept.
func (s *seeder) shrink(attrs []int32) []int32 {
	same := 0
	for same < len(s.previous) && same < len(attrs) && s.previous[same] == attrs[same] {
		same++
	}
	s.kept = s.kept[:same]
	n := 0
	for _, kept := range s.kept {
		if kept {
			n++
		}
	}
	s.cut(n)
	for _, a := range attrs[same:] {
		kept := !s.ix.isHidden(s.attrs, a) && s.push(a)
		s.kept = append(s.kept, kept)
		if !kept {
			s.cut(n)
			continue
		}
		n++
	}
	s.previous = attrs
	return slices.Clone(s.attrs)
}

// merge joins groups of equal records, in the order of their attributes.
func merge(groups []group) []group {
	slices.SortFunc(groups, func(a, b group) int { return slices.Compare(a.set, b.set) })
	out := groups[:0]
	for _, g := range groups {
		if n := len(out); n > 0 && slices.Equal(out[n-1].set, g.set) {
			out[n-1].n += g.n
		} else if g.n > 0 {
			out = append(out, g)
		}
	}
	return out
}

// byWorth orders by falling worth, then by position, so that the order is the same every time.
func byWorth(a, b offer) int {
	return cmp.Or(cmp.Compare(b.worth, a.worth), cmp.Compare(a.group, b.group))
}
