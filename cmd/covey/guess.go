package main

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/opencovey/covey/release"
	"github.com/opencovey/covey/table"
)

// guess is what inspect believes about a file that no policy describes.
type guess struct {
	columns []table.ColumnProfile
	policy  *release.Policy
	options release.DraftOptions
	misfits map[string]*misfits // by header
}

// misfits are the cells of a column that the guessed kind cannot read.
type misfits struct {
	cells int
	texts map[string]*misfitText
	more  bool // there are texts that were not remembered
}

// misfitText is a text that cannot be read: how many cells have it, and which people, or rows, up to k of them.
type misfitText struct {
	cells  int
	people map[string]bool
}

// misfitTexts bounds the texts remembered for one column.
const misfitTexts = 1000

// profileTexts is how many different texts are told apart in a column: enough to see whether an identifier repeats.
const profileTexts = 1 << 20

// maxPipe bounds what is held of a pipe that has to be read twice.
const maxPipe = 1 << 30

// guess looks the file over and drafts a policy for it. What comes from standard input is held, since it is read again.
func (e *env) guess(ctx context.Context, o *inspectOptions, p *progress) (*guess, error) {
	if o.file == "-" {
		text, err := io.ReadAll(io.LimitReader(e.stdin, maxPipe+1))
		if err != nil {
			return nil, fmt.Errorf("read standard input: %w", err)
		}
		if len(text) > maxPipe {
			return nil, &failure{errors.New("standard input is larger than 1 GiB, and is read twice"), "give the name of a file, or a policy"}
		}
		e.stdin = bytes.NewReader(text)
		defer func() { e.stdin = bytes.NewReader(text) }()
	}
	in, err := e.openInput(o.file, release.PolicyInput{})
	if err != nil {
		return nil, err
	}
	defer in.Close()
	g := &guess{options: release.DraftOptions{K: o.k, Length: o.length}, misfits: map[string]*misfits{}}
	g.columns, err = table.ProfileRows(ctx, in, table.ProfileOptions{Rare: o.k, Texts: profileTexts, Progress: func(int) { p.set(in.Progress()) }})
	if err != nil {
		return nil, err
	}
	var draft bytes.Buffer
	if err := release.Draft(&draft, shortName(o.file), g.columns, g.options); err != nil {
		return nil, err
	}
	g.policy, err = release.ParsePolicy("guess", &draft)
	return g, err
}

// reads returns the records with cells that the guessed kind cannot read made blank, so that a report is possible before
// the file is clean. The policy's fields are changed to know that blank.
func (g *guess) reads(rows table.Rows) table.Rows {
	l := &lenient{Rows: rows, guess: g, subject: -1}
	at := map[string]int{}
	for i, name := range rows.Header() {
		at[name] = i
	}
	if g.policy.Subject != "" {
		l.subject = at[g.policy.Subject]
	}
	for i := range g.policy.Columns {
		c := &g.policy.Columns[i]
		if c.Ignore || c.Kind != table.Number && c.Kind != table.Date && c.Kind != table.Country {
			continue
		}
		c.Blanks = append(slices.Clone(c.Blanks), table.Blank{Text: misfit, Reason: "not readable"})
		l.columns = append(l.columns, lenientColumn{at[c.Name], c.Field, map[string]bool{}})
	}
	return l
}

// misfit stands for a cell that cannot be read. No file holds it.
const misfit = "\x00"

// lenient is rows without the cells that cannot be read.
type lenient struct {
	table.Rows
	guess   *guess
	columns []lenientColumn
	subject int // position of the subject, or -1
	row     int
	cells   []string
}

type lenientColumn struct {
	at    int
	field table.Field
	known map[string]bool // whether a text can be read, of those that are not read at first sight
}

// knownLimit bounds the texts remembered for one column.
const knownLimit = 1 << 16

// Next returns the next row.
func (l *lenient) Next() ([]string, error) {
	cells, err := l.Rows.Next()
	if err != nil {
		return nil, err
	}
	l.row++
	l.cells = append(l.cells[:0], cells...)
	for i := range l.columns {
		c := &l.columns[i]
		if !c.reads(l.cells[c.at], l.guess.policy.Blanks) {
			l.note(c)
			l.cells[c.at] = misfit
		}
	}
	return l.cells, nil
}

// note remembers a cell that cannot be read.
func (l *lenient) note(c *lenientColumn) {
	m := l.guess.misfits[c.field.Name]
	if m == nil {
		m = &misfits{texts: map[string]*misfitText{}}
		l.guess.misfits[c.field.Name] = m
	}
	m.cells++
	text := strings.TrimSpace(l.cells[c.at])
	t := m.texts[text]
	if t == nil {
		if len(m.texts) == misfitTexts {
			m.more = true
			return
		}
		t = &misfitText{people: map[string]bool{}}
		m.texts[strings.Clone(text)] = t
	}
	t.cells++
	person := strconv.Itoa(l.row)
	if l.subject >= 0 {
		person = l.cells[l.subject]
	}
	if len(t.people) < l.guess.policy.Protection.K {
		t.people[strings.Clone(person)] = true
	}
}

// reads reports whether the column can read a text.
func (c *lenientColumn) reads(text string, blanks []table.Blank) bool {
	text = strings.TrimSpace(text)
	if text == "" || c.atFirstSight(text) {
		return true
	}
	ok, known := c.known[text]
	if !known {
		ok = readsAlone(text, c.field, blanks)
		if len(c.known) < knownLimit {
			c.known[strings.Clone(text)] = ok
		}
	}
	return ok
}

// atFirstSight reports whether a text is surely readable. Most are, and table.Read costs more.
func (c *lenientColumn) atFirstSight(text string) bool {
	switch c.field.Kind {
	case table.Number:
		_, err := strconv.Atoi(text)
		return err == nil
	case table.Country:
		_, ok := table.ParseCountry(text)
		return ok
	}
	if c.field.Layouts == nil {
		return false
	}
	_, err := time.Parse(c.field.Layouts[0], text)
	return err == nil
}

// readsAlone asks package table by a table of one cell.
func readsAlone(text string, field table.Field, blanks []table.Blank) bool {
	_, _, err := table.Read(context.Background(), &oneCell{field.Name, text, false},
		table.Schema{Fields: []table.Field{field}, Blanks: blanks}, table.Options{})
	return err == nil
}

// oneCell is a table of one cell.
type oneCell struct {
	header, text string
	read         bool
}

func (o *oneCell) Header() []string { return []string{o.header} }
func (o *oneCell) Name() string     { return "" }
func (o *oneCell) Next() ([]string, error) {
	if o.read {
		return nil, io.EOF
	}
	o.read = true
	return []string{o.text}, nil
}

// write writes the draft, now that it is known what people, and not only rows, have.
func (g *guess) write(w io.Writer, r *inspection) error {
	o := g.options
	o.Known = map[string]release.DraftColumn{}
	for _, c := range r.Columns {
		var known release.DraftColumn
		values := slices.Clone(c.Values)
		slices.SortStableFunc(values, func(a, b inspectValue) int { return b.People - a.People })
		for _, v := range values {
			if v.People >= r.Risk.K {
				known.Common = append(known.Common, v.Value)
			}
		}
		if m := g.misfits[c.Name]; m != nil {
			known.Misfits = m.common(r.Risk.K)
			known.RareMisfits = m.more || len(known.Misfits) < len(m.texts)
		}
		o.Known[c.Name] = known
	}
	return release.Draft(w, r.File, g.columns, o)
}

// common returns the texts that at least k people have, without those that differ by case only.
func (m *misfits) common(k int) []string {
	var list []string
	for _, text := range m.byCells() {
		same := func(other string) bool { return strings.EqualFold(other, text) }
		if len(m.texts[text].people) >= k && !slices.ContainsFunc(list, same) {
			list = append(list, text)
		}
	}
	return list
}

// byCells returns the texts, the most frequent first.
func (m *misfits) byCells() []string {
	return slices.SortedFunc(maps.Keys(m.texts), func(a, b string) int {
		return cmp.Or(cmp.Compare(m.texts[b].cells, m.texts[a].cells), cmp.Compare(a, b))
	})
}

// notes says what the guess of a column rests on, and what is odd.
func (g *guess) notes(name string) (notes []string) {
	i := slices.IndexFunc(g.columns, func(c table.ColumnProfile) bool { return c.Name == name })
	if i < 0 {
		return nil
	}
	c := &g.columns[i]
	add := func(format string, args ...any) { notes = append(notes, fmt.Sprintf(format, args...)) }
	switch {
	case c.Name == g.policy.Subject:
		add("names the person: rows with the same one are merged")
	case c.FreeText:
		add("free text, of up to %s bytes", number(c.Longest))
	case c.Identifier:
		add("nearly every row has its own value. If it names the person, write subject: %s in the policy", name)
	case c.Distinct == 0:
		add("nothing in it")
	case g.policy.Column(name).Ignore:
		add("%s different values: too many for a release", number(c.Distinct))
	case c.Kind == table.Many:
		add("labels separated by %q", c.Delimiter)
	case c.Kind == table.Date && c.Ambiguous:
		add("day and month may be the other way round")
	}
	if m := g.misfits[name]; m != nil {
		var texts []string
		for i, text := range m.byCells() {
			if i == 3 {
				texts = append(texts, "…")
				break
			}
			texts = append(texts, fmt.Sprintf("%q", cut(text, 30)))
		}
		add("%s not readable as a %s: %s. Correct them, or list them under blanks:", count(m.cells, "cell is", "cells are"), c.Kind, strings.Join(texts, ", "))
	}
	for n, t := range c.Tidy {
		if n == 3 {
			add("and %d more spellings like these", len(c.Tidy)-n)
			break
		}
		add("%q (%s) seems to be %q", t.From, count(t.Rows, "row", "rows"), t.To)
	}
	return notes
}
