package release

import (
	"fmt"
	"slices"

	"github.com/opencovey/covey/synth/dp"
	"github.com/opencovey/covey/table"
)

// Domain returns what the policy says of the records that can exist: the columns of the release in the order of the policy, each
// with all values that it may have, in the order in which package table reads them. It is the same for all files that the policy reads.
//
// It includes the values of blanks that are kept, the label for what a code list lacks, the no of flags that keep it, and the class
// below the first bin. Countries without a code list are those of ISO 3166. A column whose values are learnt has none yet.
//
// A policy of another method may leave values to the file, which is an error. A policy that ParsePolicy has accepted as
// differential gives none.
func (p *Policy) Domain() (*dp.Domain, error) {
	columns, err := publicColumns(p)
	if err != nil {
		return nil, err
	}
	d := &dp.Domain{Columns: columns, Required: make([]bool, len(columns)), Learn: make([]bool, len(columns))}
	declared := p.columnsByName()
	for i, c := range columns {
		d.Required[i], d.Learn[i] = declared[c.Field].Required, declared[c.Field].Learn
	}
	for _, rule := range p.Protection.Impossible {
		all, err := expandImpossible(rule, columns)
		if err != nil {
			return nil, err
		}
		d.Impossible = append(d.Impossible, all...)
	}
	return d, nil
}

// publicColumns returns the columns of a release with all values that they may have. Only those that are learnt may have none.
func publicColumns(p *Policy) ([]table.Column, error) {
	schema := p.Schema()
	columns, err := schema.Columns()
	if err != nil {
		return nil, fmt.Errorf("list the values of the policy: %w", err)
	}
	declared := p.columnsByName()
	for _, c := range columns {
		if c.Values == nil && !declared[c.Field].Learn {
			return nil, fmt.Errorf("list the values of the policy: only the records tell those of column %q", c.Field)
		}
	}
	return columns, nil
}

func (p *Policy) columnsByName() map[string]*PolicyColumn {
	columns := make(map[string]*PolicyColumn, len(p.Columns))
	for i := range p.Columns {
		columns[p.Columns[i].Name] = &p.Columns[i]
	}
	return columns
}

// expandImpossible says the same of the columns of a table. Each label of a many-valued column is one of them, so several labels become several
// combinations, and no label at all becomes a condition for each.
func expandImpossible(rule Impossible, columns []table.Column) ([]dp.Impossible, error) {
	all := []dp.Impossible{nil}
	for _, c := range rule {
		var ways []dp.Impossible // of which one must be fulfilled
		var blank dp.Impossible
		found := false
		for i, column := range columns {
			if column.Field != c.Column {
				continue
			}
			found = true
			if column.Kind != table.Many {
				ways = append(ways, dp.Impossible{{Column: i, Values: c.Values, Blank: c.Blank}})
			} else if slices.Contains(c.Values, column.Label) {
				ways = append(ways, dp.Impossible{{Column: i, Values: column.Values}})
			}
			if column.Kind == table.Many && c.Blank {
				blank = append(blank, dp.Condition{Column: i, Blank: true})
			}
		}
		if !found {
			return nil, fmt.Errorf("list what is impossible: there is no released column %q", c.Column)
		}
		if blank != nil {
			ways = append(ways, blank)
		}
		var longer []dp.Impossible
		for _, before := range all {
			for _, way := range ways {
				longer = append(longer, slices.Concat(before, way))
			}
		}
		all = longer
	}
	return all, nil
}
