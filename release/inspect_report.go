package release

import (
	"cmp"
	"slices"

	"github.com/opencovey/covey/quality"
	"github.com/opencovey/covey/table"
)

// InspectVersion is the version of the JSON of an [Inspection]. It grows when a program that reads the JSON may break.
const InspectVersion = 1

// Inspection is what inspect found. Its JSON is described by docs/inspect.schema.json, and a test compares the two.
type Inspection struct {
	Version   int             `json:"version"`
	Sensitive string          `json:"sensitive"` // a warning for whoever opens the file
	File      string          `json:"file"`
	Guessed   bool            `json:"guessed"` // the columns were read by a guess, not by a policy
	Rows      int             `json:"rows"`
	Subject   string          `json:"subject,omitempty"`
	People    int             `json:"people"`
	Columns   []InspectColumn `json:"columns"`
	Risk      InspectRisk     `json:"risk"`
	Advice    []InspectAdvice `json:"advice"`
}

// InspectColumn is one column of the file.
type InspectColumn struct {
	Name          string          `json:"name"`
	Kind          string          `json:"kind"`
	Notes         []string        `json:"notes,omitempty"` // what the guess rests on, and what is odd
	Filled        int             `json:"filled"`          // people with a value
	Blanks        []InspectBlank  `json:"blanks,omitempty"`
	Values        []InspectValue  `json:"values,omitempty"`
	Linkable      int             `json:"linkable"`
	MeanLinkable  float64         `json:"mean_linkability"`
	RareWithout   int             `json:"rare_without"`
	UniqueWithout int             `json:"unique_without"`
	Coarser       *InspectCoarser `json:"coarser,omitempty"`
}

// InspectBlank is why people have no value.
type InspectBlank struct {
	Reason string `json:"reason"`
	People int    `json:"people"`
}

// InspectValue is a value of a column; see quality.ValueRisk.
type InspectValue struct {
	Value       string `json:"value"`
	People      int    `json:"people"`
	Linkable    int    `json:"linkable"`
	RareWithout int    `json:"rare_without"`
}

// InspectCoarser is a way to merge values; see quality.Coarsening.
type InspectCoarser struct {
	Rule   string `json:"rule"`
	Values int    `json:"values"`
	Rare   int    `json:"rare"`
}

// InspectRisk is how many people stand out.
type InspectRisk struct {
	K        int             `json:"k"`
	Length   int             `json:"length"`
	Rare     int             `json:"rare"`
	Unique   int             `json:"unique"`
	ByLength []InspectLength `json:"by_length"`
	Drops    []InspectDrop   `json:"drops"`
}

// InspectLength counts people by the length of the shortest combination that makes them stand out.
type InspectLength struct {
	Length int `json:"length"`
	Rare   int `json:"rare"`
	Unique int `json:"unique"`
}

// InspectDrop is a step of dropping columns one after the other; see quality.FieldDrop.
type InspectDrop struct {
	Column string `json:"column"`
	Rare   int    `json:"rare"`
	Unique int    `json:"unique"`
}

// InspectWarning stands in every report.
const InspectWarning = "This report is about the people in the file and as sensitive as the file: keep the two together, and do not send it on."

// newInspection puts the report together.
func newInspection(o *InspectOptions, policy *Policy, g *guess, t *table.Table, stats *table.Stats, risk *quality.RiskReport) *Inspection {
	r := &Inspection{
		Version: InspectVersion, Sensitive: InspectWarning, File: o.File, Guessed: g != nil,
		Rows: stats.Rows, Subject: policy.Subject, People: t.People(), Risk: newInspectRisk(risk),
	}
	for i := range policy.Columns {
		c := &policy.Columns[i]
		column := InspectColumn{Name: c.Name, Kind: c.KindName()}
		if i := slices.IndexFunc(risk.Fields, func(f quality.FieldRisk) bool { return f.Field == c.Name }); i >= 0 && !c.Ignore {
			column.measure(t, &risk.Fields[i])
		}
		if g != nil {
			column.Notes = g.notes(c.Name)
		}
		r.Columns = append(r.Columns, column)
	}
	for _, name := range stats.Ignored {
		if policy.Column(name) == nil && !policy.heads(name) {
			r.Columns = append(r.Columns, InspectColumn{Name: name, Kind: kindIgnore})
		}
	}
	if policy.Protection.Method == MethodDifferential {
		r.Advice = []InspectAdvice{adviceAgainstLooking}
	} else {
		r.Advice = r.advise(o)
	}
	return r
}

// measure fills in what is known about a column that is not ignored.
func (c *InspectColumn) measure(t *table.Table, f *quality.FieldRisk) {
	c.Filled, c.Linkable, c.MeanLinkable = f.People, f.Linkable, f.MeanLinkable
	c.RareWithout, c.UniqueWithout = f.RareWithout, f.UniqueWithout
	for _, v := range f.Values {
		c.Values = append(c.Values, InspectValue{v.Value, v.People, v.Linkable, v.RareWithout})
	}
	if f.Coarser != nil {
		c.Coarser = &InspectCoarser{string(f.Coarser.Rule), f.Coarser.Values, f.Coarser.Rare}
	}
	i := slices.IndexFunc(t.Columns, func(c table.Column) bool { return c.Field == f.Field })
	for _, b := range t.Columns[i].Blanks {
		c.Blanks = append(c.Blanks, InspectBlank{b.Reason, b.People})
	}
}

func newInspectRisk(r *quality.RiskReport) InspectRisk {
	out := InspectRisk{K: r.K, Length: r.Length, Rare: r.Rare, Unique: r.Unique, Drops: []InspectDrop{}}
	for _, l := range r.Lengths {
		out.ByLength = append(out.ByLength, InspectLength{l.Length, l.Rare, l.Unique})
	}
	for _, d := range r.Drops {
		out.Drops = append(out.Drops, InspectDrop{d.Field, d.Rare, d.Unique})
	}
	return out
}

// RareValues returns the values that fewer than k people have, the rarest first.
func (c *InspectColumn) RareValues(k int) []InspectValue {
	var rare []InspectValue
	for _, v := range c.Values {
		if v.People < k {
			rare = append(rare, v)
		}
	}
	slices.SortStableFunc(rare, func(a, b InspectValue) int { return cmp.Compare(a.People, b.People) })
	return rare
}

// ByEffect returns the columns without which fewer people would be rare, the most helpful first.
func (r *Inspection) ByEffect() []*InspectColumn {
	var list []*InspectColumn
	for i := range r.Columns {
		if c := &r.Columns[i]; c.Kind != kindIgnore && c.RareWithout < r.Risk.Rare {
			list = append(list, c)
		}
	}
	slices.SortStableFunc(list, func(a, b *InspectColumn) int {
		return cmp.Or(cmp.Compare(a.RareWithout, b.RareWithout), cmp.Compare(a.UniqueWithout, b.UniqueWithout))
	})
	return list
}
