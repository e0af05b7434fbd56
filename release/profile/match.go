package profile

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"github.com/opencovey/covey/table"
)

// Match says that a column of a partner's file is a field of the profile, and what its labels mean.
type Match struct {
	Column string  // header in the file
	Field  string  // name in the profile
	Sure   bool    // false: a person should look at it before it is used
	Labels []Label // those of the file that are not codes already
}

// pair is a column that may be a field.
type pair struct {
	column, field int
	sure          bool
	exact         bool    // the header is the field's name
	mapped        float64 // share of its rows whose labels have a meaning in the field
}

// The least share of a column's rows that must mean something in a field, and that of a sure match.
const (
	leastMapped = 0.3
	mostMapped  = 0.8
)

// Suggest finds the field that each column is, the sure ones first. A column that nothing is known to be has no match: no suggestion is better
// than a wrong one. What a header says is compared in four languages, and the column must hold what the field does. Each field and
// each column is used once. Columns are as [table.ProfileRows] describes them: ask it for as many of their most frequent values as are to be mapped.
func (p *Profile) Suggest(columns []table.ColumnProfile) []Match {
	var pairs []pair
	for i := range columns {
		for j := range p.Fields {
			if q, ok := p.Fields[j].pair(&columns[i]); ok {
				q.column, q.field = i, j
				pairs = append(pairs, q)
			}
		}
	}
	slices.SortStableFunc(pairs, func(a, b pair) int { return cmp.Or(b.rank()-a.rank(), cmp.Compare(b.mapped, a.mapped)) })
	var list []Match
	usedColumns, usedFields := map[int]bool{}, map[int]bool{}
	for _, q := range pairs {
		if usedColumns[q.column] || usedFields[q.field] {
			continue
		}
		usedColumns[q.column], usedFields[q.field] = true, true
		m := p.Fields[q.field].match(&columns[q.column])
		m.Sure = q.sure && (q.exact || !slices.ContainsFunc(pairs, func(o pair) bool {
			return o.field == q.field && o.column != q.column && o.rank() == q.rank()
		}))
		list = append(list, m)
	}
	return list
}

func (q *pair) rank() int {
	switch {
	case q.exact:
		return 2
	case q.sure:
		return 1
	}
	return 0
}

// Match maps one column to the field that a person has chosen, with suggestions for its labels; false if there is no such field.
func (p *Profile) Match(column table.ColumnProfile, field string) (Match, bool) {
	f, ok := p.Field(field)
	if !ok {
		return Match{}, false
	}
	m := f.match(&column)
	m.Sure = true
	return m, true
}

// match maps the labels of a column.
func (f *Field) match(c *table.ColumnProfile) Match {
	m := Match{Column: c.Name, Field: f.Name}
	if f.Ignore || f.Values == nil && f.Kind != table.Flag && f.Kind != table.Country {
		return m
	}
	find := f.meaner(c)
	for _, v := range c.Top {
		if l, open := find.label(v.Text); open {
			m.Labels = append(m.Labels, l)
		}
	}
	return m
}

// pair tells whether a column may be the field: by what its header says, and by what it holds.
func (f *Field) pair(c *table.ColumnProfile) (pair, bool) {
	if f.Ignore || c.FreeText {
		return pair{}, false
	}
	q := pair{exact: c.Name == f.Name}
	named, sure := f.named(c.Name)
	if !named {
		return q, false
	}
	q.mapped = f.holds(c)
	q.sure = q.exact || sure && q.mapped >= mostMapped && c.Filled > 0
	return q, q.exact || q.mapped >= leastMapped
}

// vague are words that name a field only together with its group.
var vague = []string{"other", "unknown", "not", "specified", "precise", "especificado", "no", "non", "source", "family", "friend", "partner", "intimate"}

// named tells whether a header says the name of the field.
func (f *Field) named(header string) (named, sure bool) {
	said := meaningOf(header)
	group := f.groupWords()
	for _, p := range phrasesOf(f.Name) {
		switch {
		case header == f.Name:
			return true, true
		case len(p.meaning) == 0 || f.Group != "" && f.Kind == table.Flag && isVague(p.meaning) && !containsAny(said, group):
			continue
		case said.says(p.meaning, group), len(squash(header)) > 7 && squash(p.text) == squash(header):
			named, sure = true, sure || p.sure
		case p.sure && said.nearly(p.meaning):
			named = true
		}
	}
	return named, sure
}

// groupWords may stand in the headers of a group of flags, as in "Control: physical abuse".
func (f *Field) groupWords() meaning {
	if f.Group == "" || f.Kind != table.Flag {
		return nil
	}
	var list meaning
	for _, p := range phrasesOf(f.Group) {
		list = append(list, p.meaning...)
	}
	return list
}

func isVague(m meaning) bool {
	return !slices.ContainsFunc(m, func(w string) bool { return !slices.Contains(vague, w) })
}

func containsAny(m, list meaning) bool {
	return slices.ContainsFunc(m, func(w string) bool { return slices.Contains(list, w) })
}

// says tells whether a header says all of a phrase, and beside it only what changes nothing.
func (m meaning) says(p, group meaning) bool {
	for _, w := range p {
		if !slices.Contains(m, w) {
			return false
		}
	}
	for _, w := range m {
		if !slices.Contains(p, w) && !slices.Contains(group, w) && !words().optional[w] {
			return false
		}
	}
	return true
}

// holds is the share of a column's rows, among its most frequent labels, that mean something in the field.
func (f *Field) holds(c *table.ColumnProfile) float64 {
	test := f.holdsLabel(c)
	if test == nil {
		return 1
	}
	good, all := 0, 0
	for _, v := range c.Top {
		all += v.Rows
		if test(v.Text) {
			good += v.Rows
		}
	}
	switch {
	case all == 0:
		return leastMapped // nothing speaks against it
	case (f.Kind == table.Flag || f.Kind == table.Number) && good < all:
		return 0
	}
	return float64(good) / float64(all)
}

// holdsLabel returns what tells a label that fits the field; nil if all do.
func (f *Field) holdsLabel(c *table.ColumnProfile) func(string) bool {
	switch {
	case f.Values != nil || f.Kind == table.Flag || f.Kind == table.Country:
		find := f.meaner(c)
		return func(text string) bool {
			l, open := find.label(text)
			return !open || l.Code != "" || f.Kind == table.Flag && l.Blank
		}
	case f.Kind == table.Number:
		return isNumber
	case f.Kind == table.Date:
		return func(string) bool { return c.Kind == table.Date }
	case strings.HasPrefix(f.Name, "yearOf"):
		return isYear
	}
	return nil
}

func isNumber(text string) bool {
	_, err := strconv.ParseFloat(text, 64)
	return err == nil
}

func isYear(text string) bool {
	year, err := strconv.Atoi(text)
	return err == nil && year >= 1900 && year < 2100
}
