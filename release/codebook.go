package release

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/opencovey/covey/synth/dp"
	"github.com/opencovey/covey/table"
)

// codebook says of every released column what it means, which values it has and how many people have them. All of it
// may be published: every number of people is a multiple of k and at least k, and 0 stands for "fewer than k". In a differential release they are
// noised, or counted in the synthetic records, and 0 is a number.
type codebook struct {
	manifest *Manifest
	columns  []codebookColumn
	groups   []codebookGroup // in the order of their first column
}

// codebookColumn is one released column.
type codebookColumn struct {
	*ManifestColumn
	people  int            // who have a value, by the rule of tally.total
	group   *codebookGroup // nil: none
	counts  []int          // by value: people who have it; 0 for a value that is withheld
	margins []*dp.Count    // by value, of a differential release: nil for a value without a count
	blanks  []table.BlankCount
	onlyYes bool // a flag of which "no" is no value
}

// codebookGroup is a set of columns whose shares have one denominator: the people who have a value in any of them.
type codebookGroup struct {
	name    string
	columns int
	people  int
}

// newCodebook describes the columns of the manifest. Counts of values are the published ones. How many people have any value in a
// column or in a group does not follow from these; it is counted in the sensitive table and protected here.
func newCodebook(m *Manifest, counts Counts, sensitive *table.Table, p *Policy) *codebook {
	b := emptyCodebook(m, p)
	published := map[[2]string]int{}
	for combination, n := range counts.All(1) {
		column, value := counts.Name(combination[0])
		published[[2]string{column, value}] = n
	}
	for i := range b.columns {
		c := &b.columns[i]
		for _, v := range c.Values {
			c.counts = append(c.counts, published[[2]string{c.Name, v.Value}])
		}
	}
	b.protect(sensitive)
	return b
}

// emptyCodebook describes columns without any numbers.
func emptyCodebook(m *Manifest, p *Policy) *codebook {
	b := &codebook{manifest: m, columns: make([]codebookColumn, len(m.Columns)), groups: codebookGroups(m)}
	for i := range m.Columns {
		c := &b.columns[i]
		c.ManifestColumn = &m.Columns[i]
		if g := groupNumber(b.groups, c.Group); g >= 0 {
			c.group = &b.groups[g]
		}
		pc := p.Column(c.Name)
		c.onlyYes = pc != nil && pc.Kind == table.Flag && !pc.KeepNo
	}
	return b
}

func codebookGroups(m *Manifest) []codebookGroup {
	var groups []codebookGroup
	for _, c := range m.Columns {
		if c.Group == "" {
			continue
		}
		g := groupNumber(groups, c.Group)
		if g < 0 {
			g = len(groups)
			groups = append(groups, codebookGroup{name: c.Group})
		}
		groups[g].columns++
	}
	return groups
}

func groupNumber(groups []codebookGroup, name string) int {
	return slices.IndexFunc(groups, func(g codebookGroup) bool { return g.name == name })
}

// base returns of how many people the shares of the column's values are: those who have a value in its group, or, without one, in
// the column.
func (c *codebookColumn) base() int {
	if c.group != nil {
		return c.group.people
	}
	return c.people
}

// title returns the column's name for people.
func (c *ManifestColumn) title() string {
	if c.Label != "" {
		return c.Label
	}
	return c.Name
}

// valueTitle returns the name for people of a value: its label, the country's name, or the value itself.
func (c *ManifestColumn) valueTitle(v ManifestValue) string {
	if v.Label != "" {
		return v.Label
	}
	if name := table.CountryName(v.Value); name != "" && c.Kind == table.Country.String() {
		return name
	}
	return v.Value
}

// share says how many per cent part is of whole. Only none is 0 %, and only all is 100 %. More than all can come of rounding, and is all.
func share(part, whole int) string {
	part = min(part, whole)
	switch percent := math.Round(100 * float64(part) / float64(whole)); {
	case whole == 0:
		return "–"
	case percent == 0 && part > 0:
		return "<1\u00a0%"
	case percent >= 100 && part < whole:
		return ">99\u00a0%"
	default:
		return fmt.Sprintf("%.0f\u00a0%%", percent)
	}
}

// grouped writes a number with a comma between groups of three digits.
func grouped(n int) string {
	digits := fmt.Sprint(n)
	var out strings.Builder
	for i, d := range digits {
		if i > 0 && (len(digits)-i)%3 == 0 {
			out.WriteByte(',')
		}
		out.WriteRune(d)
	}
	return out.String()
}
