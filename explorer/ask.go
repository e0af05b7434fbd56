package explorer

import (
	"fmt"
	"slices"
)

// Pick is a choice within one column: people who have any of the values.
type Pick struct {
	Column string
	Values []string
}

// Source says where a number of people comes from.
type Source string

// Sources of numbers.
const (
	Published Source = "published" // a published count answers the question, or the sum of a few
	Rare      Source = "rare"      // the combination is short enough and not published: it is below k, withheld, or of few people
	Synthetic Source = "synthetic" // too long, or too many values of a column: only the synthetic records answer
)

// Answer is what is known about the people who fulfil all picks.
type Answer struct {
	Source  Source
	Count   Count // of Published: with its margin, which of a k-anonymous release is from each count to k-1 above
	Open    bool  // of Published: the margin has no upper end, since counts were withheld beside an earlier release
	Records int   // synthetic records that fulfil all picks
	Columns []ColumnAnswer
}

// ColumnAnswer is how the synthetic records that fulfil the picks of all other columns divide by the values of a column.
type ColumnAnswer struct {
	Any     int   // have any value in the column or, if it has a group, in any column of the group: the denominator of shares
	Records []int // by value
}

// Ask answers a question as the page does, by going through all records. Picks are of distinct columns. It is the reference that the page is tested
// against, and the answer of "covey explore -ask".
func Ask(d *Data, picks []Pick) (*Answer, error) {
	if err := d.check(); err != nil {
		return nil, err
	}
	q, err := d.question(picks)
	if err != nil {
		return nil, err
	}
	a := &Answer{Source: Synthetic, Columns: make([]ColumnAnswer, len(d.Columns))}
	for i := range d.Columns {
		a.Columns[i].Records = make([]int, len(d.Columns[i].Values))
	}
	for attrs, weight := range d.Records {
		q.add(a, attrs, weight)
	}
	q.published(d, a)
	return a, nil
}

// question is what is asked, in attributes.
type question struct {
	d     *Data
	of    []int32   // column of each attribute
	base  []int     // first attribute of each column
	sides [][]bool  // by column: by value, whether it was picked; nil: any will do
	peers [][]bool  // by column: the columns with which it shares a denominator
	picks [][]int32 // the attributes of each pick
	met   []bool    // by column: the record at hand fulfils the pick
	has   []bool    // by column: the record at hand has a value
}

func (d *Data) question(picks []Pick) (*question, error) {
	n := len(d.Columns)
	q := &question{d: d, of: d.columnOf(), sides: make([][]bool, n), peers: make([][]bool, n), met: make([]bool, n), has: make([]bool, n)}
	at := 0
	for i := range d.Columns {
		q.base = append(q.base, at)
		at += len(d.Columns[i].Values)
		q.peers[i] = make([]bool, n)
		for j := range d.Columns {
			q.peers[i][j] = i == j || d.Columns[i].Group != "" && d.Columns[i].Group == d.Columns[j].Group
		}
	}
	for _, pick := range picks {
		col := slices.IndexFunc(d.Columns, func(c Column) bool { return c.Name == pick.Column })
		switch {
		case col < 0:
			return nil, fmt.Errorf("the release has no column %q", pick.Column)
		case q.sides[col] != nil:
			return nil, fmt.Errorf("the column %q is there twice", pick.Column)
		case len(pick.Values) == 0:
			return nil, fmt.Errorf("no value of column %q is given", pick.Column)
		}
		q.sides[col] = make([]bool, len(d.Columns[col].Values))
		var attrs []int32
		for _, value := range pick.Values {
			v := slices.IndexFunc(d.Columns[col].Values, func(v Value) bool { return v.Value == value })
			if v < 0 {
				return nil, fmt.Errorf("the release has no value %q in column %q", value, pick.Column)
			}
			if !q.sides[col][v] {
				attrs = append(attrs, int32(q.base[col]+v))
			}
			q.sides[col][v] = true
		}
		q.picks = append(q.picks, attrs)
	}
	return q, nil
}

// add counts one distinct record.
func (q *question) add(a *Answer, attrs []int32, weight int) {
	for col, side := range q.sides {
		q.met[col], q.has[col] = side == nil, false
	}
	for _, attr := range attrs {
		col := q.of[attr]
		q.has[col] = true
		if side := q.sides[col]; side != nil && side[int(attr)-q.base[col]] {
			q.met[col] = true
		}
	}
	missed, at := 0, -1
	for col, met := range q.met {
		if !met {
			missed, at = missed+1, col
		}
	}
	if missed == 0 {
		a.Records += weight
	}
	for col := range a.Columns {
		if missed > 1 || missed == 1 && at != col {
			continue
		}
		for other, peer := range q.peers[col] {
			if peer && q.has[other] {
				a.Columns[col].Any += weight
				break
			}
		}
	}
	for _, attr := range attrs {
		if col := int(q.of[attr]); missed == 0 || missed == 1 && at == col {
			a.Columns[col].Records[int(attr)-q.base[col]] += weight
		}
	}
}

// maxTerms is how many published counts are added up at most: each adds to the margin.
const maxTerms = 16

// published looks for published counts of what is asked: one, or those of a few values of columns that are not many-valued, which nobody has two of. Sums are made only of
// counts whose margins are certain.
func (q *question) published(d *Data, a *Answer) {
	p := d.About.Protection
	terms := 1
	for _, attrs := range q.picks {
		if len(attrs) > 1 && (d.Columns[q.of[attrs[0]]].Kind == "many" || p.Method == Differential || d.About.Withheld) {
			return
		}
		terms *= len(attrs)
	}
	if len(q.picks) > p.Length || terms > maxTerms {
		return
	}
	var found []Count
	for attrs, count := range d.Counts {
		if len(attrs) == len(q.picks) && q.asks(attrs) {
			found = append(found, count)
		}
	}
	if len(q.picks) == 0 {
		found = []Count{d.About.People}
	}
	switch {
	case terms == 1 && len(found) == 0:
		a.Source = Rare
	case p.Method == Differential:
		a.Source, a.Count = Published, found[0]
	default:
		a.Source, a.Open = Published, d.About.Withheld
		for _, count := range found {
			a.Count.Estimate += count.Estimate
		}
		a.Count.Low, a.Count.High = a.Count.Estimate, a.Count.Estimate+terms*(p.K-1) // what is not published is below k
	}
}

// asks reports whether a combination has one attribute of each pick.
func (q *question) asks(combination []int32) bool {
	for _, pick := range q.picks {
		if !slices.ContainsFunc(pick, func(attr int32) bool { return slices.Contains(combination, attr) }) {
			return false
		}
	}
	return true
}
