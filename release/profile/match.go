package profile

import (
	"cmp"
	"slices"
	"strings"
	"unicode"

	"github.com/opencovey/covey/release"
	"github.com/opencovey/covey/table"
)

// Match says that a column of a partner's file is a field of the profile, and which of its labels are which codes.
type Match struct {
	Column string            // header in the file
	Field  string            // name in the profile
	Score  float64           // how alike they are, 0 to 1; 1: they fold to the same words
	Values map[string]string // label in the file to code; labels that are codes already are not in it
	Rest   []string          // labels that are like no code: for a person to decide
}

// Least scores of what is suggested.
const (
	leastColumn = 0.55
	leastValue  = 0.6
)

// Suggest finds the likeliest field for each column, the surest first. Each field and each column is used once. Columns are as
// [table.ProfileRows] describes them: ask it for as many of their most frequent values as are to be mapped.
func (p *Profile) Suggest(columns []table.ColumnProfile) []Match {
	type pair struct {
		column, field int
		score         float64
	}
	var pairs []pair
	for i := range columns {
		for j := range p.Fields {
			f := &p.Fields[j]
			score := max(alike(columns[i].Name, f.Name), alike(columns[i].Name, f.Label))
			if values := p.overlap(&columns[i], f); values > 0 {
				score = min(1, score+0.3*values)
			}
			if score >= leastColumn {
				pairs = append(pairs, pair{i, j, score})
			}
		}
	}
	slices.SortStableFunc(pairs, func(a, b pair) int { return cmp.Compare(b.score, a.score) })
	var list []Match
	usedColumns, usedFields := map[int]bool{}, map[int]bool{}
	for _, q := range pairs {
		if usedColumns[q.column] || usedFields[q.field] {
			continue
		}
		usedColumns[q.column], usedFields[q.field] = true, true
		list = append(list, p.Fields[q.field].match(&columns[q.column], q.score))
	}
	return list
}

// Match maps one column to the field that a person has chosen, with suggestions for its labels; false if there is no such field.
func (p *Profile) Match(column table.ColumnProfile, field string) (Match, bool) {
	f, ok := p.Field(field)
	if !ok {
		return Match{}, false
	}
	return f.match(&column, 1), true
}

// overlap is the share of a column's labels that are codes of the field.
func (p *Profile) overlap(c *table.ColumnProfile, f *Field) float64 {
	if len(f.Values) == 0 || len(c.Top) == 0 {
		return 0
	}
	n := 0
	for _, v := range c.Top {
		if _, score := nearest(v.Text, f.Values); score == 1 {
			n++
		}
	}
	return float64(n) / float64(len(c.Top))
}

// match maps the labels of a column.
func (f *Field) match(c *table.ColumnProfile, score float64) Match {
	m := Match{Column: c.Name, Field: f.Name, Score: score, Values: map[string]string{}}
	if f.Values == nil || f.Ignore {
		return m
	}
	for _, v := range c.Top {
		code, score := nearest(v.Text, f.Values)
		switch {
		case code == v.Text && score == 1:
		case score >= leastValue:
			m.Values[v.Text] = code
		default:
			m.Rest = append(m.Rest, v.Text)
		}
	}
	return m
}

// nearest returns the code that a label is most like.
func nearest(label string, codes []string) (code string, score float64) {
	for _, c := range codes {
		if c == label {
			return c, 1
		}
		if s := alike(label, c); s > score {
			code, score = c, s
		}
	}
	return code, score
}

// sameWords are words that mean the same in case files, the first of each group standing for all.
var sameWords = [...][]string{
	{"female", "woman", "women", "f", "femme", "mujer", "feminine", "girl"},
	{"male", "man", "men", "m", "homme", "hombre", "masculine", "boy"},
	{"gender", "sex", "sexe", "sexo", "genre"},
	{"citizenship", "nationality", "nationalite", "nacionalidad"},
	{"labour", "labor"},
	{"exploitation", "exploit", "exploited"},
	{"minor", "child", "enfant"},
	{"documents", "docs", "document"},
	{"country", "pays", "pais"},
	{"year", "annee", "ano"},
	{"registration", "registered"},
	{"sexual", "sex"},
}

// words are the folded words of a name: at spaces, signs, and changes from small to capital letters; without prefixes of the standard.
func words(text string) []string {
	for _, prefix := range []string{"prs_", "vic_", "org_", "cas_", "hte_", "spl_", "per_"} {
		text = strings.TrimPrefix(text, prefix)
	}
	var b strings.Builder
	var before rune
	for _, r := range text {
		if unicode.IsUpper(r) && unicode.IsLower(before) {
			b.WriteByte(' ')
		}
		before = r
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			b.WriteRune(unicode.ToLower(plain(r)))
		} else {
			b.WriteByte(' ')
		}
	}
	var list []string
	for _, w := range strings.Fields(b.String()) {
		if slices.Contains([]string{"is", "of", "the", "type", "de", "del", "la", "le"}, w) {
			continue
		}
		for _, group := range sameWords {
			if slices.Contains(group, w) {
				w = group[0]
				break
			}
		}
		list = append(list, w)
	}
	return list
}

// plain takes the accents off the letters of French and Spanish.
func plain(r rune) rune {
	const accented, letters = "áàâäãéèêëíìîïóòôöõúùûüñçÁÀÂÉÈÊÍÓÔÚÑÇ", "aaaaaeeeeiiiiooooouuuuncAAAEEEIOOUNC"
	at := 0
	for _, a := range accented {
		if a == r {
			return rune(letters[at])
		}
		at++
	}
	return r
}

// alike tells how alike two names are: 1 if they fold to the same words in any order, else the share of letter pairs that they have in common (Dice 1945).
func alike(a, b string) float64 {
	x, y := words(a), words(b)
	if len(x) == 0 || len(y) == 0 {
		return 0
	}
	slices.Sort(x)
	slices.Sort(y)
	if slices.Equal(x, y) {
		return 1
	}
	p, q := letterPairs(x), letterPairs(y)
	common := 0
	for pair, n := range p {
		common += min(n, q[pair])
	}
	if total := sum(p) + sum(q); total > 0 {
		return 0.99 * 2 * float64(common) / float64(total)
	}
	return 0
}

func letterPairs(list []string) map[string]int {
	pairs := map[string]int{}
	for _, w := range list {
		letters := []rune(" " + w + " ")
		for i := 1; i < len(letters); i++ {
			pairs[string(letters[i-1:i+1])]++
		}
	}
	return pairs
}

func sum(m map[string]int) (n int) {
	for _, x := range m {
		n += x
	}
	return n
}

// Edits writes matches into a policy: each column gets the field's name and keeps its header, its kind, label, group and code list; labels are mapped.
func (p *Profile) Edits(matches []Match) []release.PolicyEdit {
	var edits []release.PolicyEdit
	for _, m := range matches {
		f, ok := p.Field(m.Field)
		if !ok {
			continue
		}
		if f.Ignore {
			edits = append(edits, release.PolicyEdit{Column: m.Column, Key: "kind", Value: "ignore"})
			continue
		}
		edits = append(edits, release.PolicyEdit{Column: m.Column, Key: "kind", Value: f.Kind.String()}, release.PolicyEdit{Column: m.Column, Key: "name", Value: f.Name})
		set := func(key string, value any) {
			edits = append(edits, release.PolicyEdit{Column: f.Name, Key: key, Value: value})
		}
		for _, t := range [][2]string{{"label", f.Label}, {"group", f.Group}, {"description", f.Description}} {
			if t[1] != "" {
				set(t[0], t[1])
			}
		}
		if f.Values != nil {
			set("values", f.Values)
		}
		if len(m.Values) > 0 {
			set("map", m.pairs())
		}
		if f.Bins != nil {
			set("bins", f.Bins)
		}
		if f.Every != "" {
			set("every", f.Every)
		}
	}
	return edits
}

func (m *Match) pairs() [][2]string {
	var list [][2]string
	for from, to := range m.Values {
		list = append(list, [2]string{from, to})
	}
	slices.SortFunc(list, func(a, b [2]string) int { return cmp.Compare(a[0], b[0]) })
	return list
}
