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

func codebookHeader() []string {
	return []string{"column", "label", "kind", "group", "description", "value", "value_label", "count"}
}

// writeCSV writes the codebook as a table. Before the first column of a group there is a row for the group. A column has one row
// for itself, which alone gives its description; one for each released value; and one for each reason of blankness.
// A count that is not published is empty.
func (b *codebook) writeCSV(w io.Writer) error {
	out := csv.NewWriter(w)
	out.Write(codebookHeader()) // errors are kept by the writer
	introduced := map[string]bool{}
	for i := range b.columns {
		c := &b.columns[i]
		if c.group != nil && !introduced[c.Group] {
			introduced[c.Group] = true
			out.Write([]string{"", "", codebookGroupKind, c.Group, "", "", "", published(c.group.people)})
		}
		out.Write([]string{c.Name, c.title(), c.Kind, c.Group, c.Description, "", "", published(c.people)})
		for j, v := range c.Values {
			out.Write([]string{c.Name, c.title(), c.Kind, c.Group, "", v.Value, c.valueTitle(v), published(c.counts[j])})
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
