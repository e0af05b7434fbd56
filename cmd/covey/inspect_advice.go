package main

import (
	"fmt"
	"strings"

	"github.com/opencovey/covey/quality"
	"github.com/opencovey/covey/table"
)

// inspectAdvice is one thing that the steward may do.
type inspectAdvice struct {
	Columns []string `json:"columns,omitempty"` // what it is about; empty: the whole file
	Text    string   `json:"text"`
}

// adviceAgainstLooking is all the advice there is on a differential policy: its promise counts what a policy was told by the records as never told.
var adviceAgainstLooking = inspectAdvice{Text: "This policy is differential, and its promise does not cover what you change in it because of what you see here. " +
	"Take columns, values, classes and epsilon from forms and published lists, or try them on other records. Rare values need no care: noise hides them."}

// advise says what would help, the most helpful first.
func (r *inspection) advise(o *inspectOptions) []inspectAdvice {
	var list []inspectAdvice
	add := func(columns []string, format string, args ...any) {
		list = append(list, inspectAdvice{columns, fmt.Sprintf(format, args...)})
	}
	r.adviseCoarser(add)
	r.adviseDrops(add)
	r.adviseRare(add)
	r.adviseEmpty(add)
	if o.draft != "" {
		add(nil, `Correct the draft, and look again: "covey inspect -policy %s %s".`, o.draft, o.file)
	} else if r.Guessed {
		add(nil, `Write the guess down as a policy, and correct it: "covey inspect -draft cases.yaml %s".`, o.file)
	}
	if 10*r.Risk.Rare > 9*r.People && r.Risk.Length > 2 {
		add(nil, "Nearly everybody stands out by %d values, so that the differences above are small. Look with -length %d for what matters most.",
			r.Risk.Length, r.Risk.Length-1)
	}
	if r.Risk.Rare > 0 {
		add(nil, "A release leaves out every combination of fewer than %d people by itself. What you make coarser before is kept; what you leave as it is may be lost.", r.Risk.K)
	}
	return list
}

type addAdvice func(columns []string, format string, args ...any)

// adviseCoarser names up to three columns that are worth making coarser: those where it helps a fiftieth of the people.
func (r *inspection) adviseCoarser(add addAdvice) {
	found := 0
	for _, c := range r.byEffect() {
		if c.Coarser == nil || 50*(r.Risk.Rare-c.Coarser.Rare) < r.People || found == 3 {
			continue
		}
		found++
		add([]string{c.Name}, "Make %s coarser: %s. With half as many values, %s (%s → %s), the people who stand out fall from %s to %s.",
			c.Name, c.coarserHow(), c.coarserRule(), number(len(c.Values)), number(c.Coarser.Values),
			fineShare(r.Risk.Rare, r.People), fineShare(c.Coarser.Rare, r.People))
	}
}

// coarserHow says how a policy makes a column coarser.
func (c *inspectColumn) coarserHow() string {
	switch c.Kind {
	case table.Number.String():
		return "give bins: fewer edges"
	case table.Date.String():
		return "choose a longer period under every:, or give bins: fewer edges"
	}
	return "map: values to broader ones"
}

// coarserRule says in words which values were merged to see what it does.
func (c *inspectColumn) coarserRule() string {
	if c.Coarser.Rule == string(quality.MergeNeighbours) {
		return "neighbours merged"
	}
	return "the rarest merged into one"
}

// adviseDrops names the columns whose loss helps most, one after the other.
func (r *inspection) adviseDrops(add addAdvice) {
	var names []string
	text := "Leave out what readers do not need, with kind: ignore."
	for i, d := range r.Risk.Drops {
		if 100*(r.Risk.Rare-d.Rare) < r.People {
			continue
		}
		names = append(names, d.Column)
		if i == 0 {
			text += fmt.Sprintf(" Without %s, %s would stand out;", d.Column, fineShare(d.Rare, r.People))
		} else {
			text += fmt.Sprintf(" without %s as well, %s;", d.Column, fineShare(d.Rare, r.People))
		}
	}
	if len(names) > 0 {
		add(names, "%s.", strings.TrimSuffix(text, ";"))
	}
}

// adviseRare names the columns that hold values of fewer than k people, which no release can show.
func (r *inspection) adviseRare(add addAdvice) {
	var names, parts, flags []string
	for i := range r.Columns {
		c := &r.Columns[i]
		n := len(c.rareValues(r.Risk.K))
		switch {
		case n > 0 && c.Kind == table.Flag.String():
			flags = append(flags, c.Name)
		case n > 0:
			names = append(names, c.Name)
			parts = append(parts, fmt.Sprintf("%s (%s)", c.Name, number(n)))
		}
	}
	if len(names) > 0 {
		if len(parts) > 6 {
			parts = append(parts[:5], fmt.Sprintf("and %d more columns", len(names)-5))
		}
		add(names, "No release can show values that fewer than %d people have. To keep what they say, bring them under broader ones by map: or bins:. Such values are in %s.",
			r.Risk.K, strings.Join(parts, ", "))
	}
	if len(flags) > 0 {
		add(flags, "Fewer than %d people have a yes in %s, and no release will show it. Use the kind ignore there, or count these people under a broader column.",
			r.Risk.K, strings.Join(flags, ", "))
	}
}

// adviseEmpty names columns that say nothing.
func (r *inspection) adviseEmpty(add addAdvice) {
	var names []string
	for _, c := range r.Columns {
		if c.Kind != kindIgnore && (c.Filled == 0 || len(c.Values) == 1 && c.Filled == r.People) {
			names = append(names, c.Name)
		}
	}
	if len(names) > 0 {
		add(names, "Everybody has the same, or nothing, in %s: it adds nothing to a release.", strings.Join(names, ", "))
	}
}
