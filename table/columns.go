package table

import "fmt"

// Columns returns the columns that the fields of the schema become in a table, each with all values that it may hold, in the order
// in which [Read] puts them: what can be known of the records without any record. Blanks is nil.
//
// A field whose values only the file tells has one column, and its Values are nil: a category or many-valued field without a code
// list, and a date in calendar bins without From and To. A country without a code list may be any of ISO 3166.
//
// A schema that cannot be carried out is an error, and so are two columns of one name.
func (s *Schema) Columns() ([]Column, error) {
	var columns []Column
	for i := range s.Fields {
		f := &s.Fields[i]
		if err := f.check(); err != nil {
			return nil, err
		}
		room := 0
		c := newCoder(f, s, Limits{}.withDefaults(), &room)
		known := c.closed
		if f.labelKind() == Country && !c.closed {
			known = true
			for code := range countries().names {
				c.add(code)
			}
			for _, label := range c.kept {
				c.add(label)
			}
		}
		if !known {
			columns = append(columns, Column{Name: f.Name, Field: f.Name, Kind: f.Kind})
			continue
		}
		values, _ := c.finalValues()
		if len(values) >= blankBase {
			return nil, fmt.Errorf("read table: column %q has more values than can be told apart", f.Name)
		}
		columns = append(columns, f.columns(values, nil)...)
	}
	if err := checkNames(columns, ""); err != nil {
		return nil, fmt.Errorf("read table: %w", err)
	}
	return columns, nil
}
