package release

import (
	"fmt"
	"math"
	"strings"

	"github.com/opencovey/covey/quality"
	"github.com/opencovey/covey/table"
)

// InspectAdvice is one thing that the steward may do.
type InspectAdvice struct {
	Columns []string   `json:"columns,omitempty"` // what it is about; empty: the whole file
	Text    string     `json:"text"`              // in English, for the terminal
	Kind    AdviceKind `json:"-"`                 // for programs that say it in another language

	// Of AdviceCoarser and AdviceDrop: people who stand out without it, and with it.
	From int `json:"-"`
	To   int `json:"-"`
}

// AdviceKind is what an advice is about.
type AdviceKind string

// The kinds of advice.
const (
	AdviceCoarser      AdviceKind = "coarser"      // make the column coarser
	AdviceDrop         AdviceKind = "drop"         // leave the columns out
	AdviceRare         AdviceKind = "rare"         // the columns hold values that are too rare to be released
	AdviceRareYes      AdviceKind = "rare-yes"     // fewer than k people have a yes in them
	AdviceEmpty        AdviceKind = "empty"        // the columns say nothing
	AdviceNext         AdviceKind = "next"         // InspectOptions.Next
	AdviceShorter      AdviceKind = "shorter"      // look at shorter combinations
	AdviceLeavesOut    AdviceKind = "leaves-out"   // a release leaves out what is rare by itself
	AdviceDifferential AdviceKind = "differential" // do not change a differential policy because of the records
)

// adviceAgainstLooking is all the advice there is on a differential policy: its promise counts what a policy was told by the records as never told.
var adviceAgainstLooking = InspectAdvice{Kind: AdviceDifferential, Text: "This policy is differential, and its promise does not cover what you change in it because of what you see here. " +
	"Take columns, values, classes and epsilon from forms and published lists, or try them on other records. Rare values need no care: noise hides them."}

// advise says what would help, the most helpful first.
func (r *Inspection) advise(o *InspectOptions) []InspectAdvice {
	var list []InspectAdvice
	add := func(kind AdviceKind, columns []string, format string, args ...any) *InspectAdvice {
		list = append(list, InspectAdvice{Columns: columns, Text: fmt.Sprintf(format, args...), Kind: kind})
		return &list[len(list)-1]
	}
	r.adviseCoarser(add)
	r.adviseDrops(add)
	r.adviseRare(add)
	r.adviseEmpty(add)
	if o.Next != "" {
		add(AdviceNext, nil, "%s", o.Next)
	}
	if 10*r.Risk.Rare > 9*r.People && r.Risk.Length > 2 {
		add(AdviceShorter, nil, "Nearly everybody stands out by %d values, so that the differences above are small. Look with -length %d for what matters most.",
			r.Risk.Length, r.Risk.Length-1)
	}
	if r.Risk.Rare > 0 {
		add(AdviceLeavesOut, nil, "A release leaves out every combination of fewer than %d people by itself. What you make coarser before is kept; what you leave as it is may be lost.", r.Risk.K)
	}
	return list
}

type addAdvice func(kind AdviceKind, columns []string, format string, args ...any) *InspectAdvice

// adviseCoarser names up to three columns that are worth making coarser: those where it helps a fiftieth of the people.
func (r *Inspection) adviseCoarser(add addAdvice) {
	found := 0
	for _, c := range r.ByEffect() {
		if c.Coarser == nil || 50*(r.Risk.Rare-c.Coarser.Rare) < r.People || found == 3 {
			continue
		}
		found++
		a := add(AdviceCoarser, []string{c.Name}, "Make %s coarser: %s. With half as many values, %s (%s → %s), the people who stand out fall from %s to %s.",
			c.Name, c.coarserHow(), c.coarserRule(), grouped(len(c.Values)), grouped(c.Coarser.Values),
			inspectShare(r.Risk.Rare, r.People), inspectShare(c.Coarser.Rare, r.People))
		a.From, a.To = r.Risk.Rare, c.Coarser.Rare
	}
}

// coarserHow says how a policy makes a column coarser.
func (c *InspectColumn) coarserHow() string {
	switch c.Kind {
	case table.Number.String():
		return "give bins: fewer edges"
	case table.Date.String():
		return "choose a longer period under every:, or give bins: fewer edges"
	}
	return "map: values to broader ones"
}

// coarserRule says in words which values were merged to see what it does.
func (c *InspectColumn) coarserRule() string {
	if c.Coarser.Rule == string(quality.MergeNeighbours) {
		return "neighbours merged"
	}
	return "the rarest merged into one"
}

// adviseDrops names the columns whose loss helps most, one after the other.
func (r *Inspection) adviseDrops(add addAdvice) {
	var names []string
	least := r.Risk.Rare
	text := "Leave out what readers do not need, with kind: ignore."
	for i, d := range r.Risk.Drops {
		if 100*(r.Risk.Rare-d.Rare) < r.People {
			continue
		}
		names, least = append(names, d.Column), d.Rare
		if i == 0 {
			text += fmt.Sprintf(" Without %s, %s would stand out;", d.Column, inspectShare(d.Rare, r.People))
		} else {
			text += fmt.Sprintf(" without %s as well, %s;", d.Column, inspectShare(d.Rare, r.People))
		}
	}
	if len(names) > 0 {
		a := add(AdviceDrop, names, "%s.", strings.TrimSuffix(text, ";"))
		a.From, a.To = r.Risk.Rare, least
	}
}

// adviseRare names the columns that hold values of fewer than k people, which no release can show.
func (r *Inspection) adviseRare(add addAdvice) {
	var names, parts, flags []string
	for i := range r.Columns {
		c := &r.Columns[i]
		n := len(c.RareValues(r.Risk.K))
		switch {
		case n > 0 && c.Kind == table.Flag.String():
			flags = append(flags, c.Name)
		case n > 0:
			names = append(names, c.Name)
			parts = append(parts, fmt.Sprintf("%s (%s)", c.Name, grouped(n)))
		}
	}
	if len(names) > 0 {
		if len(parts) > 6 {
			parts = append(parts[:5], fmt.Sprintf("and %d more columns", len(names)-5))
		}
		add(AdviceRare, names, "No release can show values that fewer than %d people have. To keep what they say, bring them under broader ones by map: or bins:. Such values are in %s.",
			r.Risk.K, strings.Join(parts, ", "))
	}
	if len(flags) > 0 {
		add(AdviceRareYes, flags, "Fewer than %d people have a yes in %s, and no release will show it. Use the kind ignore there, or count these people under a broader column.",
			r.Risk.K, strings.Join(flags, ", "))
	}
}

// adviseEmpty names columns that say nothing.
func (r *Inspection) adviseEmpty(add addAdvice) {
	var names []string
	for _, c := range r.Columns {
		if c.Kind != kindIgnore && (c.Filled == 0 || len(c.Values) == 1 && c.Filled == r.People) {
			names = append(names, c.Name)
		}
	}
	if len(names) > 0 {
		add(AdviceEmpty, names, "Everybody has the same, or nothing, in %s: it adds nothing to a ", strings.Join(names, ", "))
	}
}

// inspectShare writes part of whole as a percentage, with a decimal below 10 %: "12 %", "1.5 %", "<0.1 %", ">99 %".
func inspectShare(part, whole int) string {
	switch {
	case whole == 0:
		return "–"
	case part == 0:
		return "0 %"
	case part < whole && 100*part > 99*whole:
		return ">99 %"
	case 10*part >= whole:
		return fmt.Sprintf("%d %%", int(math.Round(100*float64(part)/float64(whole))))
	case 1000*part < whole:
		return "<0.1 %"
	}
	return fmt.Sprintf("%.1f %%", 100*float64(part)/float64(whole))
}
