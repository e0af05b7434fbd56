package main

import (
	"cmp"
	"slices"

	"github.com/opencovey/covey/quality"
	"github.com/opencovey/covey/release"
	"github.com/opencovey/covey/table"
)

// inspectVersion is the version of the JSON that inspect prints. It grows when a program that reads the JSON may break.
const inspectVersion = 1

// inspection is what inspect found. Its JSON is described by docs/inspect.schema.json, and a test compares the two.
type inspection struct {
	Version   int             `json:"version"`
	Sensitive string          `json:"sensitive"` // a warning for whoever opens the file
	File      string          `json:"file"`
	Guessed   bool            `json:"guessed"` // the columns were read by a guess, not by a policy
	Rows      int             `json:"rows"`
	Subject   string          `json:"subject,omitempty"`
	People    int             `json:"people"`
	Columns   []inspectColumn `json:"columns"`
	Risk      inspectRisk     `json:"risk"`
	Advice    []inspectAdvice `json:"advice"`
}

// inspectColumn is one column of the file.
type inspectColumn struct {
	Name          string          `json:"name"`
	Kind          string          `json:"kind"`
	Notes         []string        `json:"notes,omitempty"` // what the guess rests on, and what is odd
	Filled        int             `json:"filled"`          // people with a value
	Blanks        []inspectBlank  `json:"blanks,omitempty"`
	Values        []inspectValue  `json:"values,omitempty"`
	Linkable      int             `json:"linkable"`
	MeanLinkable  float64         `json:"mean_linkability"`
	RareWithout   int             `json:"rare_without"`
	UniqueWithout int             `json:"unique_without"`
	Coarser       *inspectCoarser `json:"coarser,omitempty"`
}

type inspectBlank struct {
	Reason string `json:"reason"`
	People int    `json:"people"`
}

type inspectValue struct {
	Value       string `json:"value"`
	People      int    `json:"people"`
	Linkable    int    `json:"linkable"`
	RareWithout int    `json:"rare_without"`
}

type inspectCoarser struct {
	Rule   string `json:"rule"`
	Values int    `json:"values"`
	Rare   int    `json:"rare"`
}

// inspectRisk is how many people stand out.
type inspectRisk struct {
	K        int             `json:"k"`
	Length   int             `json:"length"`
	Rare     int             `json:"rare"`
	Unique   int             `json:"unique"`
	ByLength []inspectLength `json:"by_length"`
	Drops    []inspectDrop   `json:"drops"`
}

type inspectLength struct {
	Length int `json:"length"`
	Rare   int `json:"rare"`
	Unique int `json:"unique"`
}

type inspectDrop struct {
	Column string `json:"column"`
	Rare   int    `json:"rare"`
	Unique int    `json:"unique"`
}

const inspectWarning = "This report is about the people in the file and as sensitive as the file: keep the two together, and do not send it on."

func newInspection(o *inspectOptions, policy *release.Policy, g *guess, t *table.Table, stats *table.Stats, risk *quality.RiskReport) *inspection {
	r := &inspection{
		Version: inspectVersion, Sensitive: inspectWarning, File: shortName(o.file), Guessed: g != nil,
		Rows: stats.Rows, Subject: policy.Subject, People: t.People(), Risk: newInspectRisk(risk),
	}
	for i := range policy.Columns {
		c := &policy.Columns[i]
		column := inspectColumn{Name: c.Name, Kind: c.KindName()}
		if i := slices.IndexFunc(risk.Fields, func(f quality.FieldRisk) bool { return f.Field == c.Name }); i >= 0 && !c.Ignore {
			column.measure(t, &risk.Fields[i])
		}
		if g != nil {
			column.Notes = g.notes(c.Name)
		}
		r.Columns = append(r.Columns, column)
	}
	for _, name := range stats.Ignored {
		if policy.Column(name) == nil {
			r.Columns = append(r.Columns, inspectColumn{Name: name, Kind: kindIgnore})
		}
	}
	if policy.Protection.Method == release.MethodDifferential {
		r.Advice = []inspectAdvice{adviceAgainstLooking}
	} else {
		r.Advice = r.advise(o)
	}
	return r
}

// measure fills in what is known about a column that is not ignored.
func (c *inspectColumn) measure(t *table.Table, f *quality.FieldRisk) {
	c.Filled, c.Linkable, c.MeanLinkable = f.People, f.Linkable, f.MeanLinkable
	c.RareWithout, c.UniqueWithout = f.RareWithout, f.UniqueWithout
	for _, v := range f.Values {
		c.Values = append(c.Values, inspectValue{v.Value, v.People, v.Linkable, v.RareWithout})
	}
	if f.Coarser != nil {
		c.Coarser = &inspectCoarser{string(f.Coarser.Rule), f.Coarser.Values, f.Coarser.Rare}
	}
	i := slices.IndexFunc(t.Columns, func(c table.Column) bool { return c.Field == f.Field })
	for _, b := range t.Columns[i].Blanks {
		c.Blanks = append(c.Blanks, inspectBlank{b.Reason, b.People})
	}
}

func newInspectRisk(r *quality.RiskReport) inspectRisk {
	out := inspectRisk{K: r.K, Length: r.Length, Rare: r.Rare, Unique: r.Unique, Drops: []inspectDrop{}}
	for _, l := range r.Lengths {
		out.ByLength = append(out.ByLength, inspectLength{l.Length, l.Rare, l.Unique})
	}
	for _, d := range r.Drops {
		out.Drops = append(out.Drops, inspectDrop{d.Field, d.Rare, d.Unique})
	}
	return out
}

// rareValues returns the values that fewer than k people have, the rarest first.
func (c *inspectColumn) rareValues(k int) []inspectValue {
	var rare []inspectValue
	for _, v := range c.Values {
		if v.People < k {
			rare = append(rare, v)
		}
	}
	slices.SortStableFunc(rare, func(a, b inspectValue) int { return cmp.Compare(a.People, b.People) })
	return rare
}

// byEffect returns the columns without which fewer people would be rare, the most helpful first.
func (r *inspection) byEffect() []*inspectColumn {
	var list []*inspectColumn
	for i := range r.Columns {
		if c := &r.Columns[i]; c.Kind != kindIgnore && c.RareWithout < r.Risk.Rare {
			list = append(list, c)
		}
	}
	slices.SortStableFunc(list, func(a, b *inspectColumn) int {
		return cmp.Or(cmp.Compare(a.RareWithout, b.RareWithout), cmp.Compare(a.UniqueWithout, b.UniqueWithout))
	})
	return list
}
