package kanon

import (
	"context"
	"slices"
)

// Limits of how many distinct records are cut down to forms.
const (
	// maxRecords is how many are about taken: of twice as many, every second. Nearly all that further ones gave is found by
	// then. The persons of the others begin as empty records.
	maxRecords = 1 << 17
	// fewRecords is how many are taken in any case of those that begin with the same, rarest, attribute.
	fewRecords = 64
)

// forms cuts records down to attributes that at least k persons share, in two orders, and adds the outcomes, their forms, to
// the pool. Every record takes the form that it has when the rarest attributes come first.
//
// In an order, a record's attributes are gone through and kept if at least k persons share what has been kept with them. With the rarest
// first, a form is short and telling; with the most common first, long and plain.
func (m *maker) forms(ctx context.Context) error {
	rows, rest := m.ix.some(maxRecords)
	cut, err := m.cutAll(ctx, rows, false)
	if err != nil {
		return err
	}
	if _, err := m.cutAll(ctx, cut, true); err != nil {
		return err
	}
	m.pool.n[m.pool.add(nil)] += int32(m.ix.empty + rest)
	for _, id := range m.pool.used() {
		m.cells = m.b.cells(m.cells[:0], m.pool.at(id))
		m.b.put(m.cells, m.pool.n[id])
	}
	return nil
}

// some returns about so many records, spread over all, and how many persons are not among them.
func (ix *index) some(most int) (rows []int32, rest int) {
	step := int32(max(1, (len(ix.ends)+most-1)/most))
	begun, first := 0, int32(-1)
	for r := range int32(len(ix.ends)) {
		if a := ix.record(r)[0]; a != first {
			begun, first = 0, a
		}
		if begun++; begun <= fewRecords || r%step == 0 {
			rows = append(rows, r)
		} else {
			rest += int(ix.weights[r])
		}
	}
	return rows, rest
}

// cutAll adds the forms of records to the pool, in the order of the records. With the rarest attributes first, persons take them. It returns
// the records that are not kept whole; for others, no order makes a difference.
func (m *maker) cutAll(ctx context.Context, rows []int32, commonFirst bool) (cut []int32, err error) {
	const chunk = 4096
	found := make([]formList, (len(rows)+chunk-1)/chunk)
	err = parallel(ctx, m.workers, len(found), func(c int) {
		found[c] = m.cutSome(rows[c*chunk:min((c+1)*chunk, len(rows))], commonFirst)
	})
	if err != nil {
		return nil, err
	}
	for _, f := range found {
		start := uint32(0)
		for i, end := range f.ends {
			id := m.pool.add(f.items[start:end])
			if !commonFirst {
				m.pool.n[id] += m.ix.weights[f.rows[i]]
			}
			if int(end-start) < len(m.ix.record(f.rows[i])) {
				cut = append(cut, f.rows[i])
			}
			start = end
		}
	}
	return cut, nil
}

// formList is the forms of some records.
type formList struct {
	rows  []int32
	items []int32  // attributes of form after form
	ends  []uint32 // by form: where its attributes end
}

// cutSome returns the forms of some records.
func (m *maker) cutSome(rows []int32, commonFirst bool) formList {
	f := formList{rows: rows}
	s := seeder{prober: prober{ix: m.ix}, b: m.b}
	records := make([][]int32, len(rows))
	if commonFirst {
		f.rows = slices.Clone(rows)
		records = m.reversed(f.rows)
	} else {
		for i, r := range rows {
			records[i] = m.ix.record(r)
		}
	}
	for _, record := range records {
		start := len(f.items)
		f.items = append(f.items, s.shrink(record)...)
		if commonFirst {
			slices.Reverse(f.items[start:])
		}
		f.ends = append(f.ends, uint32(len(f.items)))
	}
	return f
}

// reversed returns the attributes of records, the most common first. It sorts them, and rows with them, so that neighbours share
// their first attributes.
func (m *maker) reversed(rows []int32) [][]int32 {
	type reverse struct {
		attrs []int32
		row   int32
	}
	list := make([]reverse, len(rows))
	var items []int32
	for i, r := range rows {
		start := len(items)
		items = append(items, m.ix.record(r)...)
		list[i] = reverse{items[start:], r}
		slices.Reverse(list[i].attrs)
	}
	slices.SortFunc(list, func(a, b reverse) int { return slices.Compare(a.attrs, b.attrs) })
	records := make([][]int32, len(rows))
	for i, l := range list {
		rows[i], records[i] = l.row, l.attrs
	}
	return records
}

// seeder cuts down one record after another.
type seeder struct {
	prober
	b        *balance
	set      []int32 // attributes kept
	previous []int32
	kept     []bool // the decisions for the attributes of previous
}

// shrink returns the attributes of a record that are kept, valid until the next call.
func (s *seeder) shrink(attrs []int32) []int32 {
	same := 0
	for same < len(s.previous) && same < len(attrs) && s.previous[same] == attrs[same] {
		same++
	}
	n := 0
	for _, kept := range s.kept[:same] {
		if kept {
			n++
		}
	}
	s.kept, s.set = s.kept[:same], s.set[:n]
	s.cut(n)
	for _, a := range attrs[same:] {
		kept := !s.ix.isHidden(s.set, a) && s.b.mayJoin(s.set, a) && s.push(a)
		s.kept = append(s.kept, kept)
		if kept {
			s.set = append(s.set, a)
		}
		s.cut(len(s.set))
	}
	s.previous = attrs
	return s.set
}
