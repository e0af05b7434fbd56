package release

import (
	"fmt"
	"strings"

	"github.com/opencovey/covey/table"
)

func (m *Manifest) syntheticSchema() dataPackageSchema {
	s := dataPackageSchema{MissingValues: []string{""}}
	for i := range m.Columns {
		s.Fields = append(s.Fields, m.Columns[i].dataPackageField())
	}
	return s
}

// dataPackageField describes a column of the synthetic records.
func (c *ManifestColumn) dataPackageField() dataPackageField {
	f := dataPackageField{Name: c.Name, Title: c.Label, Description: c.Description, Type: "string"}
	if len(c.Values) == 0 {
		return f
	}
	names, labelled := make([]string, len(c.Values)), false
	for i, v := range c.Values {
		names[i] = v.Value
		labelled = labelled || c.valueTitle(v) != v.Value
	}
	if c.Kind == table.Many.String() {
		f.Constraints = &dataPackageConstraints{Pattern: listPattern(names, c.Delimiter)}
		return f
	}
	f.Constraints = &dataPackageConstraints{Enum: names}
	f.Ordered = c.Kind == table.Number.String() || c.Kind == table.Date.String()
	if labelled || f.Ordered {
		for _, v := range c.Values {
			f.Categories = append(f.Categories, dataPackageCategory{v.Value, c.valueTitle(v)})
		}
	}
	return f
}

// listPattern is a regular expression for one or more of the labels with a delimiter between them. It is written in what XML
// Schema, Python and JavaScript have in common, and like all patterns of a data package it is for the whole cell.
func listPattern(labels []string, delimiter string) string {
	quoted := make([]string, len(labels))
	for i, label := range labels {
		quoted[i] = quotePattern(label)
	}
	one := "(" + strings.Join(quoted, "|") + ")"
	return one + "(" + quotePattern(delimiter) + one + ")*"
}

func quotePattern(text string) string {
	var out strings.Builder
	for _, r := range text {
		switch {
		case r == '$':
			out.WriteString("[$]") // XML Schema has no \$
			continue
		case strings.ContainsRune(`\.?*+(){}[]|^`, r):
			out.WriteByte('\\')
		}
		out.WriteRune(r)
	}
	return out.String()
}

func (m *Manifest) aggregatesSchema() dataPackageSchema {
	var names []string
	for _, c := range m.Columns {
		if len(c.Values) > 0 {
			names = append(names, c.Name)
		}
	}
	zero, length := 0, m.Protection.Length
	s := dataPackageSchema{MissingValues: []string{""}}
	if m.Differential() {
		s.Fields = noisedFields("People who share the combination", true)
	} else {
		s.Fields = []dataPackageField{{
			Name: "count", Type: "integer", Description: fmt.Sprintf("People who share the combination, rounded %s.", m.Protection.Rounding),
			Constraints: &dataPackageConstraints{Required: true, Minimum: &m.Protection.K},
		}}
	}
	s.Fields = append(s.Fields, dataPackageField{
		Name: "length", Type: "integer", Description: "How many values the combination has. 0: all people.",
		Constraints: &dataPackageConstraints{Required: true, Minimum: &zero, Maximum: &length},
	})
	for i := range length {
		column := dataPackageField{
			Name: fmt.Sprintf("column_%d", i+1), Type: "string",
			Description: "A column of synthetic.csv. Two values of one column can be combined where a person can have several.",
		}
		if len(names) > 0 {
			column.Constraints = &dataPackageConstraints{Enum: names}
		}
		s.Fields = append(s.Fields, column, dataPackageField{
			Name: fmt.Sprintf("value_%d", i+1), Type: "string", Description: fmt.Sprintf("A value of %s.", column.Name),
		})
	}
	return s
}

// noisedFields describes a noised number of people and its margin.
func noisedFields(what string, required bool) []dataPackageField {
	zero := 0
	fields := []dataPackageField{
		{Name: "count", Description: what + ", with noise."},
		{Name: "low", Description: "The true number is at least this, for 95 of 100 counts together with high."},
		{Name: "high", Description: "The true number is at most this, for 95 of 100 counts together with low."},
	}
	for i := range fields {
		fields[i].Type, fields[i].Constraints = "integer", &dataPackageConstraints{Required: required, Minimum: &zero}
	}
	return fields
}

func (m *Manifest) codebookSchema() dataPackageSchema {
	k := m.Protection.K
	descriptions := []string{
		"A column of synthetic.csv. Empty in the row of a group.",
		"Name of the column for people.",
		"Kind of the column; group in the row of a group; blank in the row of a reason why cells are empty.",
		"Columns with the same group share the denominator of their percentages: the count in the row of the group.",
		"What the column means. In the row of the column only.",
		"A value, or a reason why cells are empty. Empty in the row of a column, which counts the people with any value.",
		"Name of the value for people.",
		fmt.Sprintf("People, rounded %s. Empty: fewer than %d, or withheld.", m.Protection.Rounding, k),
	}
	s := dataPackageSchema{MissingValues: []string{""}}
	for i, name := range codebookHeader(false) {
		f := dataPackageField{Name: name, Type: "string", Description: descriptions[i]}
		switch name {
		case "kind":
			f.Constraints = &dataPackageConstraints{Required: true}
		case "count":
			f.Type, f.Constraints = "integer", &dataPackageConstraints{Minimum: &k}
		}
		s.Fields = append(s.Fields, f)
	}
	if m.Differential() {
		counts := noisedFields("People who have the value", false)
		counts[0].Description += " Of a column or group: counted in the synthetic records, without a margin."
		s.Fields = append(s.Fields[:len(s.Fields)-1], counts...)
	}
	return s
}
