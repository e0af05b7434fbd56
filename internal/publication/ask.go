package publication

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"github.com/opencovey/covey/internal/fault"
	"github.com/opencovey/covey/internal/fold"
	"github.com/opencovey/covey/table"
)

// Condition asks for people with a value in a column. Both are compared with names and labels of a release, without regard to case and accents.
type Condition struct {
	Column, Value string
}

// Question is what is asked across releases. All parts of it are met together.
type Question struct {
	Text     string      // "how many women from Kenya", "where", "when": at most MaxQuestion characters
	Where    []Condition // what is asked for by name
	By       string      // break down by a column of this name, or by "country" or "date"; "": by what Text asks for
	Datasets []string    // only these; nil: all
	All      bool        // also releases that a newer one of their data set has followed
	Offset   int
	Limit    int // answers; default 50, at most 500
}

// MaxQuestion is how long a question may be, in characters.
const MaxQuestion = 300

// Answer is a published number and where it stands.
type Answer struct {
	Dataset, DatasetTitle string
	Number                int    // of the release
	Manifest              string // hash: names the release
	Title                 string // of the release
	Method                string
	Attributes            []Attribute // of the people counted; none: all
	Count                 Count
	Of                    []Share
	Unmet                 []string // parts of the question that the release has no number for
}

// Answers are the answers to a question.
type Answers struct {
	List    []Answer
	Total   int
	Unknown []string // words that no release knows
}

// Ask answers a question from the published counts of all releases: no number is in an answer that does not stand in a release. The releases that meet most of
// the question come first, then the newest. A release that has no count of everything together answers with the largest parts that it has.
func (s *Service) Ask(ctx context.Context, q Question) (Answers, error) {
	if err := checkText("q", q.Text, MaxQuestion, false); err != nil {
		return Answers{}, err
	}
	if len(q.Where) > 20 {
		return Answers{}, fault.New(fault.TooLarge, "fault.too.long", "limit", 20)
	}
	state, err := s.catalog.get(ctx)
	if err != nil {
		return Answers{}, err
	}
	return state.index.Ask(q), nil
}

// Ask answers a question; see [Service.Ask].
func (x *Index) Ask(q Question) Answers {
	type ranked struct {
		Answer
		met, place int
	}
	var list []ranked
	text := fold.Words(q.Text)
	known := make([]bool, len(text))
	for place, p := range x.parts {
		if len(q.Datasets) > 0 && !slices.Contains(q.Datasets, p.dataset) || !q.All && x.latest[p.dataset] != p.number {
			continue
		}
		m := p.understand(text, q.Where, q.By)
		for i, k := range m.known {
			known[i] = known[i] || k
		}
		for _, a := range p.answers(m, q.By) {
			answer := x.answer(p, a.attributes, a.last)
			answer.Unmet = a.unmet
			list = append(list, ranked{answer, a.met, place})
		}
	}
	slices.SortStableFunc(list, func(a, b ranked) int {
		return cmp.Or(cmp.Compare(b.met, a.met), cmp.Compare(len(a.Unmet), len(b.Unmet)), cmp.Compare(a.place, b.place), cmp.Compare(b.Count.Estimate, a.Count.Estimate))
	})
	out := Answers{Total: len(list)}
	for i, k := range known {
		if !k && !isFiller(text[i]) && !slices.Contains(out.Unknown, text[i]) {
			out.Unknown = append(out.Unknown, text[i])
		}
	}
	limit := q.Limit
	if limit <= 0 {
		limit = 50
	}
	from := min(max(q.Offset, 0), len(list))
	for _, r := range list[from:min(from+min(limit, 500), len(list))] {
		out.List = append(out.List, r.Answer)
	}
	return out
}

func (x *Index) answer(p *indexPart, attributes []int32, last int32) Answer {
	n, _ := p.find(attributes)
	a := Answer{
		Dataset: p.dataset, DatasetTitle: x.datasets[p.dataset], Number: p.number, Manifest: p.manifest, Title: p.title,
		Method: p.about.Protection.Method, Count: p.margin(n), Of: p.shares(attributes, last),
	}
	for _, at := range attributes {
		a.Attributes = append(a.Attributes, p.attribute(at))
	}
	return a
}

// meaning is what a release understands of a question.
type meaning struct {
	terms []term
	known []bool // words of the text
	by    string // "country", "date", "age" or ""
	asked []int  // columns that are named: a breakdown by them, if nothing else is meant
}

// term is one thing asked for; any of the attributes may be meant.
type term struct {
	text       string
	attributes []int32
}

// understand finds what is asked for, the longest phrases first, from left to right.
func (p *indexPart) understand(text []string, where []Condition, by string) meaning {
	m := meaning{known: make([]bool, len(text))}
	child := "" // the word for one
	for _, c := range where {
		t := term{text: c.Column + " = " + c.Value}
		if a, ok := p.byName[[2]string{fold.Text(c.Column), fold.Text(c.Value)}]; ok {
			t.attributes = []int32{a}
		}
		m.terms = append(m.terms, t)
	}
	for i := 0; i < len(text); {
		n, attributes := p.longestPhrase(text[i:])
		if n == 0 {
			n = p.namedColumn(text[i:], &m)
		}
		if attributes != nil {
			m.terms = append(m.terms, term{strings.Join(text[i:i+n], " "), attributes})
		}
		if by := asksFor[text[i]]; n == 0 && by != "" {
			m.by, n = by, 1
		}
		if gender, ok := young[text[i]]; n == 0 && ok {
			child, n = text[i], 1
			if gender != "" {
				m.terms = append(m.terms, term{text[i], p.phrases[gender]})
			}
		}
		for j := range n {
			m.known[i+j] = true
		}
		i += max(n, 1)
	}
	m.prefer(p)
	p.sayAge(&m, child, by)
	return m
}

// sayAge sees to it that nobody takes a number of all people for one of children: the answer goes by age, or says what it does not meet.
func (p *indexPart) sayAge(m *meaning, child, by string) {
	aged := func(t term) bool {
		return slices.ContainsFunc(t.attributes, func(a int32) bool { return p.isAge(p.attributes[a].column) })
	}
	switch {
	case child == "" || slices.ContainsFunc(m.terms, aged):
	case or(by, m.by) == "":
		m.by = "age"
	default:
		m.terms = append(m.terms, term{text: child})
	}
}

// longestPhrase returns the attributes of the longest phrase that the text begins with.
func (p *indexPart) longestPhrase(text []string) (n int, attributes []int32) {
	for n := min(p.longest, len(text)); n > 0; n-- {
		phrase := strings.Join(text[:n], " ")
		if list := p.phrases[phrase]; list != nil && (n > 1 || !isFiller(phrase)) {
			return n, list
		}
	}
	return 0, nil
}

// namedColumn notes a column that the text begins with the name of.
func (p *indexPart) namedColumn(text []string, m *meaning) int {
	for n := min(6, len(text)); n > 0; n-- {
		if columns := p.named[strings.Join(text[:n], " ")]; columns != nil {
			m.asked = append(m.asked, columns...)
			return n
		}
	}
	return 0
}

// prefer takes a named column for a hint at which of several attributes is meant: "citizenship Kenya".
func (m *meaning) prefer(p *indexPart) {
	used := map[int]bool{}
	for i := range m.terms {
		t := &m.terms[i]
		var hinted []int32
		for _, a := range t.attributes {
			if c := p.attributes[a].column; slices.Contains(m.asked, c) {
				hinted = append(hinted, a)
				used[c] = true
			}
		}
		if hinted != nil {
			t.attributes = hinted
		}
	}
	m.asked = slices.DeleteFunc(m.asked, func(c int) bool { return used[c] })
}

// found is a published combination that meets a part of a question.
type found struct {
	attributes []int32
	last       int32
	met        int
	unmet      []string
}

// most bounds how many ways to understand a question are tried in one release, and how many answers it gives.
const (
	mostReadings = 256
	mostAnswers  = 400
)

// answers returns the published combinations that meet most of what was asked.
func (p *indexPart) answers(m meaning, by string) []found {
	if len(m.terms) == 0 && m.by == "" && by == "" && len(m.asked) == 0 {
		return nil
	}
	columns := p.breakdown(m, by)
	for size := len(m.terms); size >= 0; size-- {
		var list []found
		for _, subset := range subsets(len(m.terms), size) {
			for _, reading := range p.readings(m, subset) {
				list = append(list, p.published(m, subset, reading, columns)...)
			}
		}
		if len(list) > 0 {
			return slices.CompactFunc(list[:min(len(list), mostAnswers)], func(a, b found) bool { return slices.Equal(a.attributes, b.attributes) })
		}
		if size == 1 && columns == nil {
			return nil // the number of all people is no answer to a question about some
		}
	}
	return nil
}

// published returns a reading that has a count, or its breakdown.
func (p *indexPart) published(m meaning, subset []int, reading []int32, columns []int) []found {
	var unmet []string
	for i, t := range m.terms {
		if !slices.Contains(subset, i) {
			unmet = append(unmet, t.text)
		}
	}
	sorted := slices.Sorted(slices.Values(reading))
	if len(slices.Compact(slices.Clone(sorted))) < len(sorted) {
		return nil
	}
	if columns == nil {
		if _, ok := p.find(sorted); !ok || len(sorted) == 0 {
			return nil
		}
		return []found{{sorted, reading[len(reading)-1], len(subset), unmet}}
	}
	var list []found
	for _, c := range columns {
		for _, a := range p.columnValues(c) {
			whole := slices.Sorted(slices.Values(append(slices.Clone(sorted), a)))
			if _, ok := p.find(whole); ok && !slices.Contains(sorted, a) {
				list = append(list, found{whole, a, len(subset) + 1, unmet})
			}
		}
	}
	return list
}

// breakdown returns the columns that are asked about; nil: none.
func (p *indexPart) breakdown(m meaning, by string) []int {
	wanted := or(by, m.by)
	if wanted == "" {
		if len(m.asked) == 0 {
			return nil
		}
		return m.asked
	}
	columns := []int{}
	for i := range p.columns {
		c := &p.columns[i]
		name := " " + splitName(c.Name) + " " + fold.Text(c.Label) + " "
		switch {
		case fold.Text(c.Name) == fold.Text(wanted) || fold.Text(c.Label) == fold.Text(wanted),
			wanted == "country" && c.Kind == table.Country.String(),
			wanted == "age" && p.isAge(i),
			wanted == "date" && (c.Kind == table.Date.String() || strings.Contains(name, " year ") || strings.Contains(name, " date ")):
			columns = append(columns, i)
		}
	}
	return columns
}

// readings returns the ways to take one attribute of each chosen term, no two of one single-valued column.
func (p *indexPart) readings(m meaning, subset []int) [][]int32 {
	list := [][]int32{nil}
	for _, i := range subset {
		var next [][]int32
		for _, r := range list {
			for _, a := range m.terms[i].attributes {
				if len(next) < mostReadings && p.together(r, a) {
					next = append(next, append(slices.Clone(r), a))
				}
			}
		}
		list = next
	}
	return list
}

func (p *indexPart) together(list []int32, a int32) bool {
	c := p.attributes[a].column
	for _, b := range list {
		if p.attributes[b].column == c && p.columns[c].Kind != table.Many.String() {
			return false
		}
	}
	return true
}

// subsets returns the subsets of so many of n things, the first things first. Beyond 8 things only the first 8 are taken.
func subsets(n, size int) [][]int {
	n = min(n, 8)
	var list [][]int
	for bits := range 1 << n {
		var s []int
		for i := range n {
			if bits>>i&1 == 1 {
				s = append(s, i)
			}
		}
		if len(s) == size {
			list = append(list, s)
		}
	}
	slices.SortFunc(list, func(a, b []int) int { return slices.Compare(a, b) })
	return list
}
