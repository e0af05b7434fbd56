package marginal

import (
	"fmt"
	"maps"
	"math"
	"slices"

	"github.com/opencovey/covey/table"
)

// field is a column of its own, or the columns of a many-valued field, in the parts that have it.
type field struct {
	name string
	many bool
	runs [][]table.Column // by part that has it
}

// fields splits the columns of one part.
func fields(columns []table.Column) []field {
	var list []field
	for i, c := range columns {
		many := c.Kind == table.Many
		if many && i > 0 && columns[i-1].Kind == table.Many && columns[i-1].Field == c.Field {
			run := &list[len(list)-1].runs[0]
			*run = append(*run, c)
			continue
		}
		f := field{c.Name, many, [][]table.Column{{c}}}
		if many {
			f.name = c.Field
		}
		list = append(list, f)
	}
	return list
}

// uniteColumns returns columns that hold those of all parts.
func uniteColumns(parts []*shard) ([]table.Column, error) {
	all := fields(parts[0].c.Columns)
	for i, s := range parts[1:] {
		at := 0 // what comes next in this part must not be before
		for _, f := range fields(s.c.Columns) {
			k := slices.IndexFunc(all, func(g field) bool { return g.name == f.name && g.many == f.many })
			switch {
			case k >= at:
				all[k].runs = append(all[k].runs, f.runs[0])
				at = k + 1
			case k >= 0:
				return nil, s.named(fmt.Errorf("its column %q is not where it is in %s", f.name, parts[0].name))
			case f.many:
				all = slices.Insert(all, at, f)
				at++
			default:
				return nil, s.named(fmt.Errorf("its column %q is not in %s", f.name, parts[0].name))
			}
		}
		for _, f := range all {
			if !f.many && len(f.runs) < i+2 {
				return nil, s.named(fmt.Errorf("it has no column %q, which %s has", f.name, parts[0].name))
			}
		}
	}
	var columns []table.Column
	for _, f := range all {
		united, err := f.unite()
		if err != nil {
			return nil, err
		}
		columns = append(columns, united...)
	}
	return columns, nil
}

// unite makes one run of columns of those of all parts.
func (f *field) unite() ([]table.Column, error) {
	var labels [][]string
	same := map[string][]*table.Column{} // by label
	blanks := map[string]int{}
	for _, run := range f.runs {
		var own []string
		for i := range run {
			own = append(own, run[i].Label)
			same[run[i].Label] = append(same[run[i].Label], &run[i])
		}
		labels = append(labels, own)
		for _, b := range run[0].Blanks { // columns of one field share them
			blanks[b.Reason] += b.People
		}
	}
	if !f.many && len(same) > 1 {
		return nil, fmt.Errorf("column %q has not the same label in all parts", f.name)
	}
	var columns []table.Column
	for _, label := range unite(labels) {
		c := *same[label][0]
		var values [][]string
		for _, other := range same[label] {
			if other.Name != c.Name || other.Field != c.Field || other.Kind != c.Kind {
				return nil, fmt.Errorf("column %q is not of the same name, field and kind in all parts", c.Name)
			}
			values = append(values, other.Values)
		}
		c.Values = unite(values)
		if len(c.Values) > math.MaxUint16 {
			return nil, fmt.Errorf("column %q has %d values in all parts together, more than %d", c.Name, len(c.Values), math.MaxUint16)
		}
		c.Blanks = nil
		for _, reason := range slices.Sorted(maps.Keys(blanks)) {
			c.Blanks = append(c.Blanks, table.BlankCount{Reason: reason, People: blanks[reason]})
		}
		columns = append(columns, c)
	}
	return columns, nil
}

// unite returns lists that are equal as they are, and others as one in the order of labels.
func unite(lists [][]string) []string {
	for _, list := range lists[1:] {
		if !slices.Equal(list, lists[0]) {
			all := slices.Concat(lists...)
			slices.SortFunc(all, table.CompareLabels)
			return slices.Compact(all)
		}
	}
	return lists[0]
}
