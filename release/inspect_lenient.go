package release

import (
	"context"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/opencovey/covey/table"
)

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
