package release

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/opencovey/covey/table"
)

// guess is what inspect believes about a file that no policy describes.
type guess struct {
	columns []table.ColumnProfile
	policy  *Policy
	options DraftOptions
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

// newGuess looks the file over and drafts a policy for it.
func newGuess(ctx context.Context, o *InspectOptions) (*guess, error) {
	o.Stage(InspectGuess)
	rows, err := o.Open(PolicyInput{})
	if err != nil {
		return nil, err
	}
	defer closeRows(rows)
	g := &guess{options: DraftOptions{K: o.K, Length: o.Length}, misfits: map[string]*misfits{}}
	g.columns, err = table.ProfileRows(ctx, rows, table.ProfileOptions{Rare: o.K, Texts: profileTexts, Progress: o.Rows})
	if err != nil {
		return nil, err
	}
	var draft bytes.Buffer
	if err := Draft(&draft, o.File, g.columns, g.options); err != nil {
		return nil, err
	}
	g.policy, err = ParsePolicy("guess", &draft)
	return g, err
}

// write writes the draft, now that it is known what people, and not only rows, have.
func (g *guess) write(w io.Writer, r *Inspection) error {
	o := g.options
	o.Known = map[string]DraftColumn{}
	for _, c := range r.Columns {
		var known DraftColumn
		values := slices.Clone(c.Values)
		slices.SortStableFunc(values, func(a, b InspectValue) int { return b.People - a.People })
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
	return Draft(w, r.File, g.columns, o)
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
		add("free text, of up to %s bytes", grouped(c.Longest))
	case c.Identifier:
		add("nearly every row has its own value. If it names the person, write subject: %s in the policy", name)
	case c.Distinct == 0:
		add("nothing in it")
	case g.policy.Column(name).Ignore:
		add("%s different values: too many for a release", grouped(c.Distinct))
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
			texts = append(texts, fmt.Sprintf("%q", cutText(text, 30)))
		}
		add("%s not readable as a %s: %s. Correct them, or list them under blanks:", counted(m.cells, "cell is", "cells are"), c.Kind, strings.Join(texts, ", "))
	}
	for n, t := range c.Tidy {
		if n == 3 {
			add("and %d more spellings like these", len(c.Tidy)-n)
			break
		}
		add("%q (%s) seems to be %q", t.From, counted(t.Rows, "row", "rows"), t.To)
	}
	return notes
}

// cutText shortens a text to a number of characters, ending it with "…" if something is missing.
func cutText(text string, most int) string {
	if letters := []rune(text); len(letters) > most {
		return string(letters[:most-1]) + "…"
	}
	return text
}
