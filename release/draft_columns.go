package release

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/opencovey/covey/table"
)

func (d *draft) columnList() {
	d.comment(`The columns, in the order of the release, each with its kind: category, flag (yes or no), many (several labels
in one cell), number and date (released as classes), country, ignore. A column may have more keys, such as
  label: Means of control            its name for people
  map: {physical abuse: Physical Abuse}   what a cell says, and what it means
  values: [Female, Male]             the code list; anything else is an error, or goes to other:
docs/policy.schema.json describes them all.`)
	d.open("columns")
	d.out.WriteByte('\n')
	d.indent++
	released := d.leastFit()
	for i := range d.columns {
		why := ""
		if i != released {
			why = d.ignored(&d.columns[i])
		}
		d.draftColumn(&d.columns[i], why)
	}
	d.indent--
}

// leastFit returns the column to release although it should be ignored, since a policy has to release one; -1 if others are fit.
func (d *draft) leastFit() int {
	least := -1
	for i := range d.columns {
		c := &d.columns[i]
		if d.ignored(c) == "" {
			return -1
		}
		if d.subjectName() != c.Name && (least < 0 || c.Distinct < d.columns[least].Distinct) {
			least = i
		}
	}
	return least
}

func (d *draft) subjectName() string {
	if c := d.findSubject(); c != nil {
		return c.Name
	}
	return ""
}

// ignored says why a column is not to be released, or "".
func (d *draft) ignored(c *table.ColumnProfile) string {
	switch {
	case d.subjectName() == c.Name:
		return "the subject is never released"
	case c.FreeText:
		return "free text"
	case c.Identifier:
		return "nearly every row has a value of its own: it identifies people, or rows"
	case c.Distinct == 0:
		return "there is nothing in it"
	case c.Longest > 4096:
		return "long texts"
	case c.Kind == table.Category || c.Kind == table.Many:
		if c.Distinct > draftValues || c.More {
			return "so many different values that hardly any would be released; map: them to broader ones to release it"
		}
	}
	return ""
}

// draftColumn writes one column: comments, then its kind, alone or with other keys below it.
func (d *draft) draftColumn(c *table.ColumnProfile, why string) {
	if why != "" {
		d.open(c.Name)
		d.out.WriteString(" " + kindIgnore + " # " + why + "\n")
		return
	}
	if d.ignored(c) != "" {
		d.comment("Nothing in the file looks fit for a release. A policy has to release something: replace this by what is.")
	}
	d.remarks(c)
	d.open(c.Name)
	head := d.out.Len()
	d.out.WriteByte('\n')
	d.indent++
	d.line("kind", d.kind(c).String())
	plain := d.out.Len()
	d.keys(c)
	d.indent--
	if d.out.Len() == plain { // nothing but the kind
		d.out.Truncate(head)
		d.out.WriteString(" " + d.kind(c).String() + "\n")
	}
}

// kind is the guessed kind, or category where the guess comes without what the kind needs.
func (d *draft) kind(c *table.ColumnProfile) table.Kind {
	if c.Kind == table.Number && len(c.Edges) == 0 || c.Identifier || c.FreeText {
		return table.Category
	}
	return c.Kind
}

// remarks writes what the guess of a column rests on.
func (d *draft) remarks(c *table.ColumnProfile) {
	switch d.kind(c) {
	case table.Category, table.Many:
		if named := d.named(c); named != "" {
			d.comment("%s", named)
		}
	case table.Date:
		if c.Ambiguous {
			d.comment("Day and month may be the other way round: check formats:.")
		}
	}
	if d.o.Known[c.Name].RareMisfits {
		d.comment("Some cells cannot be read as a %s. Correct them, or list their texts under blanks:, {text: …, reason: …}.", d.kind(c))
	}
}

// named lists values that at least k people have.
func (d *draft) named(c *table.ColumnProfile) string {
	values := d.common(c)
	if len(values) == 0 {
		return ""
	}
	text := "values: "
	for i, v := range values {
		if i > 0 {
			text += ", "
		}
		if quoted := d.quote(v); i < draftNamed && len(text)+len(quoted) < 100 {
			text += quoted
		} else {
			return text + "…"
		}
	}
	return text
}

// common returns values that may be named.
func (d *draft) common(c *table.ColumnProfile) []string {
	if d.o.Known != nil {
		return d.o.Known[c.Name].Common
	}
	var values []string
	for _, v := range c.Top {
		if v.Rows >= d.o.K {
			values = append(values, v.Text)
		}
	}
	return values
}

// keys writes what a column needs besides its kind.
func (d *draft) keys(c *table.ColumnProfile) {
	switch d.kind(c) {
	case table.Many:
		d.line("delimiter", d.quoted(cmp.Or(c.Delimiter, ";")))
	case table.Number:
		d.numberBins(c)
	case table.Date:
		d.dateBins(c)
	}
	d.corrections(c)
	d.blanks(d.ownBlanks(c))
	if d.kind(c) == table.Flag && d.findSubject() != nil {
		d.line("conflicts", table.AnyYes.String())
	}
}

// quoted writes a text in quotes even where it could do without.
func (d *draft) quoted(text string) string { return fmt.Sprintf("%q", text) }

// agePattern matches headers that hold ages, and ageEdges are the classes of ages in the data of the Counter-Trafficking Data
// Collaborative (code book of the Global Dataset, 2021).
var (
	agePattern = regexp.MustCompile(`(^|[^A-Za-z])[Aa]ge($|[^a-z])|(^|[^A-Z])AGE($|[^A-Z])`)
	ageEdges   = []float64{0, 9, 18, 21, 24, 27, 30, 39, 48}
)

func (d *draft) numberBins(c *table.ColumnProfile) {
	edges, comment := c.Edges, "lower edge of each class"
	if agePattern.MatchString(c.Name) && edges[0] >= 0 && edges[len(edges)-1] <= 120 && edges[len(edges)-1] > 10 {
		edges, comment = ageEdges, "lower edge of each class: those of CTDC"
	}
	texts := make([]string, len(edges))
	for i, x := range edges {
		texts[i] = numberText(x)
	}
	d.line("bins", "["+strings.Join(texts, ", ")+"] # "+comment)
}

func (d *draft) dateBins(c *table.ColumnProfile) {
	var formats []string
	for _, layout := range c.Layouts {
		if format, err := DateFormat(layout); err == nil {
			formats = append(formats, format)
		} else if !slices.Contains(table.DefaultLayouts, layout) {
			continue // its cells show up as misfits
		}
	}
	if len(formats) > 0 && slices.ContainsFunc(c.Layouts, func(l string) bool { return !slices.Contains(table.DefaultLayouts, l) }) {
		d.texts("formats", formats)
	}
	every := int(cmp.Or(c.Every, table.Year)) - int(table.Decade)
	d.line("every", periodNames[every]+" # decade, year, quarter or month; or bins: [2010-01-01, 2015-01-01]")
}

// corrections maps spellings to those that they are variants of. The left side of a map is compared without regard to
// case, so one line that maps a label to itself gathers all its variants without naming them.
func (d *draft) corrections(c *table.ColumnProfile) {
	if d.kind(c) != table.Category && d.kind(c) != table.Many {
		return
	}
	common := d.common(c)
	var lines [][2]string
	add := func(from, to string) {
		if !slices.ContainsFunc(lines, func(l [2]string) bool { return foldText(l[0]) == foldText(from) }) {
			lines = append(lines, [2]string{from, to})
		}
	}
	hidden := false
	for _, t := range c.Tidy {
		switch {
		case foldText(t.From) == foldText(t.To) && slices.Contains(common, t.To):
			add(t.To, t.To)
		case t.Rows >= d.o.K && slices.Contains(common, t.To):
			add(t.From, t.To)
		default:
			hidden = true
		}
	}
	if len(lines) > 0 {
		d.open("map")
		d.out.WriteString(" # the left side without regard to case\n")
		d.indent++
		for _, l := range lines {
			d.line(l[0], d.quote(l[1]))
		}
		d.indent--
	}
	if hidden {
		d.comment("Rarer spellings may belong together, too: covey inspect names them.")
	}
}
