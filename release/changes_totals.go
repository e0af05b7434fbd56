package release

import (
	"slices"

	"github.com/opencovey/covey/table"
)

// keepTotals adjusts the numbers of a codebook that do not follow from counts of values: how many people have a value in a column or a group, and for
// which reasons others have none. They are published, so they are held to the same rule as counts: what grew by a step keeps its
// old number, what shrank by one is left out. That is done whenever there is an earlier release, also where nothing has to be refused.
//
// It does nothing for nil. A column keeps at least the number of its most common value, and a group that of its largest column: so much is known from these.
func (c *Changes) keepTotals(b *codebook) {
	if c == nil || c.newest == nil {
		return
	}
	k := b.manifest.Protection.K
	for i := range b.columns {
		col := &b.columns[i]
		col.people = c.totalTrack(totalName{col.Name, col.Kind, ""}).publish(col.people, k)
		for _, n := range col.counts {
			col.people = max(col.people, n)
		}
		var blanks []table.BlankCount
		for _, blank := range col.blanks {
			blank.People = c.totalTrack(totalName{col.Name, codebookBlankKind, blank.Reason}).publish(blank.People, k)
			if blank.People > 0 {
				blanks = append(blanks, blank)
			}
		}
		col.blanks = blanks
	}
	for g := range b.groups {
		group := &b.groups[g]
		group.people = c.totalTrack(totalName{group.name, codebookGroupKind, ""}).publish(group.people, k)
		for i := range b.columns {
			if b.columns[i].group == group {
				group.people = max(group.people, b.columns[i].people)
			}
		}
	}
}

// totalName says which row of a codebook holds a number: that of a column, of a group, or of a reason for blanks.
type totalName struct{ column, kind, reason string }

// totalTrack returns what the earlier releases that have the column, or the group, published of a number.
func (c *Changes) totalTrack(name totalName) track {
	var seen []observation
	for _, b := range c.history.previous {
		o := observation{k: b.Manifest.Protection.K, adjusted: b.Manifest.Previous != ""}
		there := slices.ContainsFunc(b.Manifest.Columns, func(m ManifestColumn) bool {
			return name.kind == codebookGroupKind && m.Group == name.column || name.kind != codebookGroupKind && m.Name == name.column
		})
		if !there {
			continue
		}
		for _, row := range b.codebook {
			if row.total() == name {
				o.published = row.count
			}
		}
		seen = append(seen, o)
	}
	return newTrack(seen, false)
}

// total says which number the row holds, if it is none of a value.
func (r *codebookRow) total() totalName {
	switch {
	case r.kind == codebookGroupKind:
		return totalName{r.group, r.kind, ""}
	case r.kind == codebookBlankKind:
		return totalName{r.column, r.kind, r.value}
	case r.value == "":
		return totalName{r.column, r.kind, ""}
	}
	return totalName{}
}
