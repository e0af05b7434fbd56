package release

import (
	"encoding/csv"
	"io"
	"strconv"
)

// Kinds of rows of codebook.csv that are no kinds of columns.
const (
	codebookGroupKind = "group"
	codebookBlankKind = "blank"
)

func codebookHeader(margins bool) []string {
	header := []string{"column", "label", "kind", "group", "description", "value", "value_label", "count"}
	if margins {
		header = append(header, "low", "high")
	}
	return header
}

// writeCSV writes the codebook as a table. Before the first column of a group there is a row for the group. A column has one row
// for itself, which alone gives its description; one for each released value; and one for each reason of blankness.
// A count that is not published is empty. If counts have margins, these follow.
func (b *codebook) writeCSV(w io.Writer) error {
	out := csv.NewWriter(w)
	margins := b.manifest.Differential()
	out.Write(codebookHeader(margins)) // errors are kept by the writer
	write := func(cells []string, n noised) {
		if margins {
			cells[7] = n.text
			cells = append(cells, n.low, n.high)
		}
		out.Write(cells)
	}
	introduced := map[string]bool{}
	for i := range b.columns {
		c := &b.columns[i]
		if c.group != nil && !introduced[c.Group] {
			introduced[c.Group] = true
			write([]string{"", "", codebookGroupKind, c.Group, "", "", "", published(c.group.people)}, total(c.group.people))
		}
		write([]string{c.Name, c.title(), c.Kind, c.Group, c.Description, "", "", published(c.people)}, total(c.people))
		for j, v := range c.Values {
			write([]string{c.Name, c.title(), c.Kind, c.Group, "", v.Value, c.valueTitle(v), published(c.counts[j])}, c.noised(j))
		}
		for _, blank := range c.blanks {
			out.Write([]string{c.Name, c.title(), codebookBlankKind, c.Group, "", blank.Reason, blank.Reason, published(blank.People)})
		}
	}
	out.Flush()
	return out.Error()
}

// published writes a protected number of people, or nothing for none.
func published(people int) string {
	if people == 0 {
		return ""
	}
	return strconv.Itoa(people)
}

// noised is a number of people of a differential release as it is written; empty texts for what is not published.
type noised struct{ text, low, high string }

// total is a number that was counted in synthetic records: it has no margin.
func total(people int) noised { return noised{text: strconv.Itoa(people)} }

// noised returns the number of people who have a value.
func (c *codebookColumn) noised(value int) noised {
	if c.margins == nil || c.margins[value] == nil {
		return noised{}
	}
	n := c.margins[value]
	return noised{strconv.Itoa(n.Estimate), strconv.Itoa(n.Low), strconv.Itoa(n.High)}
}
