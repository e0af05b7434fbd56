// Package explorer writes a release as one page that anybody can open, question and take pictures from, without a network and without a program
// but a browser.
//
// The page holds the synthetic records and the published counts, compressed, and the program that reads them; docs/explorer.md describes the
// form. [Write] makes it of plain [Data], so that the package depends on no other of this module. What the caller gives is what the page shows: it
// must be released data only. The page asks for nothing, and its content security policy allows nothing but its own script and style.
//
// [Ask] answers a question as the page does, for the command and for tests.
package explorer

import (
	"encoding/json"
	"fmt"
	"iter"
	"slices"
)

// Data is what a page shows. Attributes are pairs of a column and one of its values; they are numbered from 0 through all values of all columns, in order.
type Data struct {
	About   About
	Columns []Column
	Groups  []Group
	// Records yields the distinct synthetic records and how many there are of each, at least 1. A record is its attributes in ascending order: of a column that is not
	// many-valued at most one. It must give the same each time it is called. The slice may be used again.
	Records iter.Seq2[[]int32, int]
	// Counts yields the published combinations of at least one attribute: shorter ones first, then in ascending order, each at most About.Protection.Length long.
	// It must give the same each time it is called. The slice may be used again.
	Counts iter.Seq2[[]int32, Count]
	// Story is what is shown first; see [Story.Fit]. Nil: none.
	Story *Story
	// Shapes replaces the shapes of countries: GeoJSON, a FeatureCollection whose features have their ISO 3166-1 alpha-3 code as id or as property ISO_A3. Nil: Natural Earth.
	Shapes json.RawMessage
}

// About is what a page says of the release as a whole.
type About struct {
	Title       string     `json:"title"`
	Description string     `json:"description,omitempty"`
	Publisher   string     `json:"publisher,omitempty"`
	Contact     string     `json:"contact,omitempty"`
	Licence     string     `json:"licence,omitempty"`
	Citation    string     `json:"citation,omitempty"`
	Source      string     `json:"source,omitempty"`
	Software    string     `json:"software,omitempty"`
	Release     string     `json:"release"` // names this release and no other, such as a part of a hash; links of another release are refused by it
	People      Count      `json:"people"`
	Records     int        `json:"records"` // synthetic records, each counted
	Withheld    bool       `json:"withheld,omitempty"`
	Protection  Protection `json:"protection"`
	Files       []File     `json:"files,omitempty"` // the files that lie beside the page
}

// Protection is how the people are protected.
type Protection struct {
	Method    string `json:"method"`      // "k-anonymity" or "differential"
	K         int    `json:"k,omitempty"` // of k-anonymity: counts are rounded down to multiples of it
	Length    int    `json:"length"`      // of the longest combination in Counts
	Epsilon   string `json:"epsilon,omitempty"`
	Delta     string `json:"delta,omitempty"`
	Statement string `json:"statement,omitempty"` // the promise in a sentence
	Meaning   string `json:"meaning,omitempty"`   // the promise by an example
}

// Methods of protection.
const (
	KAnonymity   = "k-anonymity"
	Differential = "differential"
)

// Count is a published number of people. Low and High are its margin; if the release is k-anonymous they are ignored, since they follow from Estimate.
type Count struct {
	Estimate int `json:"n"`
	Low      int `json:"low,omitempty"`
	High     int `json:"high,omitempty"`
}

// File is a file that lies beside the page.
type File struct {
	Name  string `json:"name"`
	Bytes int64  `json:"bytes"` // 0: not known when the page was made
}

// Column is a column of the records.
type Column struct {
	Name        string  `json:"name"`
	Label       string  `json:"label,omitempty"`
	Kind        string  `json:"kind"` // category, flag, many, number, date or country
	Group       string  `json:"group,omitempty"`
	Description string  `json:"description,omitempty"`
	People      int     `json:"people,omitempty"` // who have any value, as published; 0: not published
	Values      []Value `json:"values"`
}

// Value is a value of a column.
type Value struct {
	Value string `json:"v"`
	Label string `json:"l,omitempty"`
}

// Group is a set of columns about one thing; their shares have one denominator.
type Group struct {
	Name   string `json:"name"`
	People int    `json:"people,omitempty"` // who have any value in any of the columns, as published; 0: not published
}

// kinds are those of columns.
var kinds = []string{"category", "flag", "many", "number", "date", "country"}

// attributes returns the number of attributes.
func (d *Data) attributes() int {
	n := 0
	for i := range d.Columns {
		n += len(d.Columns[i].Values)
	}
	return n
}

// columnOf returns the column of each attribute.
func (d *Data) columnOf() []int32 {
	of := make([]int32, 0, d.attributes())
	for i := range d.Columns {
		for range d.Columns[i].Values {
			of = append(of, int32(i))
		}
	}
	return of
}

// check refuses what the page could not show right.
func (d *Data) check() error {
	p := d.About.Protection
	switch {
	case p.Method != KAnonymity && p.Method != Differential:
		return fmt.Errorf("there is no method of protection %q", p.Method)
	case p.Method == KAnonymity && p.K < 1:
		return fmt.Errorf("k is %d", p.K)
	case p.Length < 0 || p.Length > maxLength:
		return fmt.Errorf("combinations of length %d", p.Length)
	case d.Records == nil || d.Counts == nil:
		return fmt.Errorf("records or counts are missing")
	}
	seen := map[string]bool{}
	for i := range d.Columns {
		c := &d.Columns[i]
		if seen[c.Name] || c.Name == "" {
			return fmt.Errorf("column %d: the name %q is empty or there twice", i+1, c.Name)
		}
		seen[c.Name] = true
		if !slices.Contains(kinds, c.Kind) {
			return fmt.Errorf("column %q: there is no kind %q", c.Name, c.Kind)
		}
		values := map[string]bool{}
		for _, v := range c.Values {
			if values[v.Value] {
				return fmt.Errorf("column %q: the value %q is there twice", c.Name, v.Value)
			}
			values[v.Value] = true
		}
		if c.Group != "" && !slices.ContainsFunc(d.Groups, func(g Group) bool { return g.Name == c.Group }) {
			return fmt.Errorf("column %q: there is no group %q", c.Name, c.Group)
		}
	}
	return nil
}
