package table

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
)

// Options of Read. The zero value works.
type Options struct {
	Limits   Limits
	Progress func(rows int) // called every few thousand rows; may be nil
}

// Stats tells what Read met. All of it is sensitive.
type Stats struct {
	Rows     int      // rows below the header
	Ignored  []string // headers without a field
	Repeated int      // rows that were merged into a person met before
}

// Read codes the rows of a file by a schema. Its errors about the file are of type *InputError; a schema that cannot be carried
// out (a field without bins, a field twice) gives an ordinary error, and a cancelled context gives its cause; rows may
// then be in use until their next row has come.
//
// With a subject, the rows of one person are merged: labels of a many-valued field are united, a value fills a blank,
// also one that counts as a value (Blank.Keep), and two different values are handled by the rule of the field, else of
// the schema. Of two reasons for a blank the one that the schema lists first stands. So the order of rows matters to the
// rules First and Last alone.
//
// A many-valued field without any label has no column in the table.
func Read(ctx context.Context, rows Rows, schema Schema, o Options) (*Table, *Stats, error) {
	p, err := newReader(rows, schema, o.Limits.withDefaults())
	if err != nil {
		return nil, nil, err
	}
	if err := eachRow(ctx, rows, o.Progress, p.codeRow); err != nil {
		return nil, nil, err
	}
	t, err := p.finish()
	return t, &p.stats, err
}

// reader is the state of one Read.
type reader struct {
	name    string
	row     int // row of the spreadsheet that is being coded
	limits  Limits
	schema  Schema
	coders  []*coder
	source  []int   // position in the file of each field
	slot    [][]int // slot[field][code-1]: staging column of a label of a Many field; nil for other kinds
	width   int     // staging columns in use
	subject int     // position in the file of the subject, or -1
	codes   []uint16
	blanks  [][]int // blanks[field][reason]: persons
	build   *Builder
	people  *people // merging by subject; nil without
	stats   Stats
}

func newReader(rows Rows, schema Schema, limits Limits) (*reader, error) {
	p := &reader{name: rows.Name(), limits: limits, schema: schema, subject: -1}
	if err := p.bind(rows.Header()); err != nil {
		return nil, err
	}
	p.width = len(schema.Fields)
	p.slot = make([][]int, len(schema.Fields))
	for i, c := range p.coders {
		if c.field.Kind == Many {
			p.growSlots(i, len(c.values))
		}
	}
	p.blanks = make([][]int, len(schema.Fields))
	p.codes = make([]uint16, max(16, p.width))
	p.build = NewBuilder(make([]Column, len(p.codes)))
	if p.subject >= 0 {
		p.people = newPeople(len(p.codes))
	}
	return p, nil
}

// bind finds every field in the header.
func (p *reader) bind(header []string) error {
	where := make(map[string]int, len(header))
	for i, h := range header {
		where[h] = i
	}
	used := make([]bool, len(header))
	room := memoBytes
	find := func(name string) (int, error) {
		i, ok := where[strings.TrimSpace(name)]
		if !ok {
			return 0, &InputError{
				File: p.name, Row: 1, Column: name, Problem: "there is no such column",
				Advice: "the file's columns are: " + listHeaders(header),
			}
		}
		if used[i] {
			return 0, fmt.Errorf("read table: column %q is named twice in the schema", name)
		}
		used[i] = true
		return i, nil
	}
	for i := range p.schema.Fields {
		f := &p.schema.Fields[i]
		if err := f.check(); err != nil {
			return err
		}
		at, err := find(cmp.Or(f.Header, f.Name))
		if err != nil {
			return err
		}
		p.source = append(p.source, at)
		c := newCoder(f, &p.schema, p.limits, &room)
		if len(c.reasons) > maxReasons || len(c.values) >= blankBase {
			return fmt.Errorf("read table: column %q has more values or reasons for blanks than can be told apart", f.Name)
		}
		p.coders = append(p.coders, c)
	}
	if p.schema.Subject != "" {
		at, err := find(p.schema.Subject)
		if err != nil {
			return err
		}
		p.subject = at
	}
	for i, h := range header {
		if used[i] {
			continue
		}
		if p.schema.Closed && !slices.Contains(p.schema.Ignore, h) {
			return &InputError{
				File: p.name, Row: 1, Column: h, Problem: "nothing says how to treat this column",
				Advice: "add it to the policy's columns, with the kind ignore if it is not to be released",
			}
		}
		p.stats.Ignored = append(p.stats.Ignored, h)
	}
	return nil
}
