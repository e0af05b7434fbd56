package main

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/opencovey/covey/release"
)

// kindIgnore is how policies call the kind of columns that are not released.
const kindIgnore = "ignore"

// How much of a long list the report shows; -json has all of it.
const (
	shownColumns = 12
	shownValues  = 8
)

// reportText is the report for people, in the making.
type reportText struct {
	strings.Builder
	*inspection
}

func (r *inspection) text() string {
	w := &reportText{inspection: r}
	w.paragraph("", release.InspectWarning)
	w.paragraph("", w.summary())
	w.columns()
	w.lengths()
	w.effects()
	w.values()
	w.advice()
	return w.String()
}

// paragraph prints a text wrapped at 80 columns, and an empty line.
func (w *reportText) paragraph(margin, text string) {
	for _, line := range wrap(text, 80-len(margin)) {
		w.WriteString(margin + line + "\n")
	}
	w.WriteByte('\n')
}

func (w *reportText) summary() string {
	text := fmt.Sprintf("%s: %s, %s; ", w.File, count(w.Rows, "row", "rows"), count(len(w.Columns), "column", "columns"))
	if w.Subject == "" {
		text += "every row is taken for a person."
	} else {
		text += fmt.Sprintf("%s, since rows with the same %s are one person.", people(w.People), w.Subject)
	}
	if w.Guessed {
		text += " What the columns hold is guessed."
	}
	return text
}

// nameWidth is how much room names of columns get.
func (w *reportText) nameWidth() int {
	width := 15
	for _, c := range w.Columns {
		width = max(width, textWidth(clean(c.Name)))
	}
	return min(width, 27)
}

func (w *reportText) columns() {
	width := w.nameWidth()
	head := fmt.Sprintf("rare (<%d people)", w.Risk.K)
	fmt.Fprintf(w, "%s  %-8s  %6s  %6s  %s\n", pad("Columns", width+2), "kind", "filled", "values", head)
	for i := range w.Columns {
		c := &w.Columns[i]
		line := fmt.Sprintf("  %s  %-8s", pad(clean(c.Name), width), c.Kind)
		if c.Kind != kindIgnore {
			line += fmt.Sprintf("  %6s  %6s  %s", share(c.Filled, w.People), number(len(c.Values)), rareList(c, w.Risk.K, 80-width-2-28))
		}
		w.WriteString(strings.TrimRight(line, " ") + "\n")
		for _, note := range append(blankNote(c, w.People), c.Notes...) {
			for _, line := range wrap(clean(note), 74) {
				w.WriteString("      " + line + "\n")
			}
		}
	}
	w.WriteByte('\n')
}

// rareList is how many values are rare, and the first of them.
func rareList(c *release.InspectColumn, k, width int) string {
	rare := c.RareValues(k)
	if len(rare) == 0 {
		return ""
	}
	text := number(len(rare)) + ":"
	for i, v := range rare {
		more := " " + cut(clean(v.Value), 16)
		if i < len(rare)-1 {
			more += ","
		}
		if textWidth(text)+textWidth(more) > width-2 && i > 0 {
			return text + " …"
		}
		text += more
	}
	return cut(text, width)
}

// blankNote says why people have no value, unless all cells are simply empty.
func blankNote(c *release.InspectColumn, all int) []string {
	if len(c.Blanks) == 0 || len(c.Blanks) == 1 && c.Blanks[0].Reason == "blank" {
		return nil
	}
	blanks := slices.Clone(c.Blanks)
	slices.SortStableFunc(blanks, func(a, b release.InspectBlank) int { return cmp.Compare(b.People, a.People) })
	var parts []string
	for _, b := range blanks {
		parts = append(parts, b.Reason+" "+share(b.People, all))
	}
	return []string{"without a value: " + strings.Join(parts, ", ")}
}

func (w *reportText) lengths() {
	r := &w.Risk
	w.WriteString("People who stand out\n")
	if r.Rare == 0 {
		w.paragraph("  ", fmt.Sprintf("Nobody: every combination of up to %s is shared by at least %d people.", count(r.Length, "value", "values"), r.K))
		return
	}
	w.paragraph("  ", fmt.Sprintf(
		"%s of %s (%s) have a combination of up to %s that fewer than %d people share; %s (%s) have one that nobody shares with them.",
		number(r.Rare), people(w.People), fineShare(r.Rare, w.People), count(r.Length, "value", "values"), r.K,
		number(r.Unique), fineShare(r.Unique, w.People)))
	w.WriteString("  The shortest such combination:     shared by few            by nobody\n")
	for _, l := range r.ByLength {
		fmt.Fprintf(w, "    %-9s %s  %8s %6s       %8s %6s\n", count(l.Length, "value", "values"), pad(bar(l.Rare, w.People, 18), 18),
			number(l.Rare), fineShare(l.Rare, w.People), number(l.Unique), fineShare(l.Unique, w.People))
	}
	w.WriteByte('\n')
}

// effects prints what dropping or coarsening each column would do.
func (w *reportText) effects() {
	list := w.ByEffect()
	if len(list) == 0 {
		return
	}
	width := w.nameWidth()
	fmt.Fprintf(w, "%s would stand out     alone    with fewer values\n", pad("Without a column", width+2))
	line := func(name string, rare, unique int, coarser string) {
		fmt.Fprintf(w, "  %s %s %6s   %6s%s\n", pad(name, width), pad(bar(rare, w.Risk.Rare, 12), 12), fineShare(rare, w.People), fineShare(unique, w.People), coarser)
	}
	line("(as it is)", w.Risk.Rare, w.Risk.Unique, "")
	for i, c := range list {
		if i == shownColumns {
			fmt.Fprintf(w, "  and %s that make less difference\n", count(len(list)-i, "column", "columns"))
			break
		}
		coarser := ""
		if c.Coarser != nil {
			coarser = fmt.Sprintf("   %6s  %s → %s", fineShare(c.Coarser.Rare, w.People), number(len(c.Values)), number(c.Coarser.Values))
		}
		line(clean(c.Name), c.RareWithout, c.UniqueWithout, coarser)
	}
	w.WriteByte('\n')
}

// values prints the values that make most people stand out.
func (w *reportText) values() {
	type row struct {
		column string
		release.InspectValue
	}
	var rows []row
	for _, c := range w.Columns {
		for _, v := range c.Values {
			if v.RareWithout < w.Risk.Rare {
				rows = append(rows, row{c.Name, v})
			}
		}
	}
	slices.SortStableFunc(rows, func(a, b row) int { return cmp.Compare(a.RareWithout, b.RareWithout) })
	if len(rows) == 0 {
		return
	}
	fmt.Fprintf(w, "%s    people  stand out  because of it\n", pad("Values behind it", 42))
	for i, v := range rows {
		if i == shownValues {
			fmt.Fprintf(w, "  and %s with less effect\n", count(len(rows)-i, "value", "values"))
			break
		}
		name := pad(cut(clean(v.column), 22)+": "+clean(v.Value), 40)
		fmt.Fprintf(w, "  %s  %8s  %9s  %13s\n", name, number(v.People), number(v.Linkable), number(w.Risk.Rare-v.RareWithout))
	}
	w.WriteByte('\n')
}

func (w *reportText) advice() {
	w.WriteString("What to do\n")
	for i, a := range w.Advice {
		margin := fmt.Sprintf("%3d. ", i+1)
		for _, line := range wrap(clean(a.Text), 80-len(margin)) {
			w.WriteString(margin + line + "\n")
			margin = "     "
		}
	}
}
