package quality

import (
	"context"
	"fmt"
	"runtime"

	"github.com/opencovey/covey/marginal"
	"github.com/opencovey/covey/table"
)

// RiskOptions are the options of Risk. The zero value works.
type RiskOptions struct {
	K        int                   // a combination is rare if fewer persons share it; default 10, at least 2
	Length   int                   // longest combination looked at, 1 to marginal.MaxLength; default 3
	Drops    int                   // how many fields to drop one after the other, see RiskReport.Drops; default 3, negative: none
	Brief    bool                  // only who stands out, and not by which fields: Fields and Drops stay empty, in half the time
	Workers  int                   // default: the processors that Go may use
	Progress func(done, total int) // called as work is done, from several goroutines; may be nil
}

// RiskReport tells who in a file of case records stands out, by what, and what would help. All of it is exact and
// so sensitive.
//
// A combination is a set of attributes (a column and a value; blanks are none) of distinct columns that at least one person
// holds. It is rare if fewer than K persons share it, unique if one person does. Only combinations of up to Length
// attributes count; a person is said to be rare or unique if they hold such a combination.
type RiskReport struct {
	K       int
	Length  int
	People  int          // persons in the table
	Rare    int          // persons who hold a rare combination; the unique ones are among them
	Unique  int          // persons who hold a unique combination
	Lengths []RiskLength // Lengths[l-1] is length l
	Fields  []FieldRisk  // one for each field of the table, in its order
	Drops   []FieldDrop  // the best fields to drop, see FieldDrop
}

// RiskLength counts persons by the length of the shortest combination that makes them stand out: each person once in
// Rare and at most once in Unique, summed over lengths. This is the "risky" share of Synthetic Data Showcase
// (Microsoft, 1.9), with the unique ones kept apart and nothing rounded.
type RiskLength struct {
	Length int
	Rare   int // persons whose shortest rare combination has this length
	Unique int // persons whose shortest unique combination has this length
}

// FieldRisk is the part that one field of the file has in the risk. The labels of a many-valued field count as one field.
type FieldRisk struct {
	Field         string
	Kind          table.Kind
	People        int         // persons with a value in the field
	Linkable      int         // of those, persons with a value of the field in a rare combination
	MeanLinkable  float64     // mean, over the values that occur, of Linkable/People of the value; between 0 and 1
	RareWithout   int         // persons who would be rare without the field
	UniqueWithout int         // persons who would be unique without the field
	Values        []ValueRisk // values that occur, in the order of their codes, label columns in the order of the table
	Coarser       *Coarsening // nil if the field is many-valued or has fewer than three values
}

// ValueRisk is the part that one value has in the risk.
//
// Linkable/People is the linkability of Synthetic Data Showcase. It does not tell a value that makes people stand out from one that happens
// to be held by people who do: RareWithout does.
type ValueRisk struct {
	Value       string
	People      int // persons with the value
	Linkable    int // of those, persons with the value in a rare combination
	RareWithout int // persons who would be rare if the value were blanked
}

// Coarsening is a way to merge values of a field, and what comes of it.
type Coarsening struct {
	Rule   CoarsenRule
	Values int // values after merging; before, there were len(FieldRisk.Values)
	Rare   int // persons who would be rare
}

// CoarsenRule says which values were merged. Either way, half as many are left.
type CoarsenRule string

// The rules.
const (
	// MergeNeighbours merges the first value with the second, the third with the fourth and so on. It is used for
	// numbers, dates, and categories whose labels all begin with a digit.
	MergeNeighbours CoarsenRule = "neighbours"
	// MergeRarest keeps the values that most persons have, and merges all others into one.
	MergeRarest CoarsenRule = "rarest"
)

// FieldDrop is a step of dropping fields one after the other: each time the one without which the fewest persons are
// rare (ties: unique, then the first in the table). The steps end when no field helps, or two are left.
type FieldDrop struct {
	Field  string
	Rare   int // persons who would be rare without this field and those of the steps before
	Unique int
}

func (o RiskOptions) withDefaults() (RiskOptions, error) {
	if o.K == 0 {
		o.K = 10
	}
	if o.K < 2 {
		return o, fmt.Errorf("measure risk: k is %d and must be at least 2", o.K)
	}
	if o.Length == 0 {
		o.Length = 3
	}
	if o.Length < 1 || o.Length > marginal.MaxLength {
		return o, fmt.Errorf("measure risk: length %d is not between 1 and %d", o.Length, marginal.MaxLength)
	}
	if o.Drops == 0 {
		o.Drops = 3
	}
	o.Drops = max(o.Drops, 0)
	if o.Workers <= 0 {
		o.Workers = runtime.GOMAXPROCS(0)
	}
	return o, nil
}

// Risk measures, before anything is protected, which persons of a table stand out by a rare combination. A cancelled context
// gives its cause.
//
// Method: counts never grow when a combination is extended, so a record that holds a rare combination holds a minimal one. A
// depth-first walk (see package marginal) meets every record with each rare combination whose beginning is not rare, and
// keeps per record the lengths met and the intersection of the combinations: a field is needed for a record's risk exactly if it
// is in all of them. So one walk answers what dropping any single field or value would do, without a
// second count. Merged values are counted anew, but only in combinations with them, and only for records that need the field.
//
// Cost: time grows linearly with distinct records and with the sum of C(m, length) for records of m filled cells;
// memory is 12 bytes for each filled cell and about 30 for each distinct record of up to 64 columns.
// The result does not depend on the number of workers.
func Risk(ctx context.Context, t *table.Table, o RiskOptions) (*RiskReport, error) {
	o, err := o.withDefaults()
	if err != nil {
		return nil, err
	}
	f := newRiskFields(t.Columns)
	ix := newRiskIndex(t, f)
	if o.Brief {
		return ix.brief(&riskWork{ctx: ctx, o: o, total: len(ix.attrs)}, t)
	}
	state := newRiskState(t.Len(), f.bits)
	plans := planCoarsening(ix)
	work := &riskWork{ctx: ctx, o: o, total: len(ix.attrs)*(1+max(0, o.Drops-1)) + len(plans)}
	if err := ix.walk(work, state); err != nil {
		return nil, err
	}
	report := ix.report(state, o)
	if err := ix.coarsen(work, state, plans, report); err != nil {
		return nil, err
	}
	return report, ix.drop(work, t, state, report)
}

// report sums up what the walk found, record by record.
func (ix *riskIndex) report(s *riskState, o RiskOptions) *RiskReport {
	r := ix.emptyReport(o)
	sums := newRiskSums(ix)
	for i, w := range ix.weight {
		weight := int(w)
		rare, unique := s.shortest(i)
		r.add(weight, rare, unique)
		sums.add(s, i, weight, rare, unique, o.Length)
	}
	for f := range ix.fields.names {
		r.Fields = append(r.Fields, sums.field(f, r))
	}
	return r
}

// brief walks for the shortest combinations alone.
func (ix *riskIndex) brief(work *riskWork, t *table.Table) (*RiskReport, error) {
	state := newRiskState(t.Len(), 0)
	if err := ix.walk(work, state); err != nil {
		return nil, err
	}
	r := ix.emptyReport(work.o)
	for i, w := range ix.weight {
		rare, unique := state.shortest(i)
		r.add(int(w), rare, unique)
	}
	return r, nil
}

func (ix *riskIndex) emptyReport(o RiskOptions) *RiskReport {
	r := &RiskReport{K: o.K, Length: o.Length, People: ix.people}
	for l := range o.Length {
		r.Lengths = append(r.Lengths, RiskLength{Length: l + 1})
	}
	return r
}

// add counts persons with their shortest rare and unique combinations; 0: none.
func (r *RiskReport) add(weight, rare, unique int) {
	if rare > 0 {
		r.Rare += weight
		r.Lengths[rare-1].Rare += weight
	}
	if unique > 0 {
		r.Unique += weight
		r.Lengths[unique-1].Unique += weight
	}
}

// riskSums gathers persons by field and by attribute.
type riskSums struct {
	ix                                                *riskIndex
	people, linkable, freed, freedUnique              []int // by field; freed: rare only because of the field
	attrPeople, attrLinkable, attrFreed, seen, linked []int // by attribute; the last two by field: record + 1
}

func newRiskSums(ix *riskIndex) *riskSums {
	n, a := len(ix.fields.names), len(ix.attrs)
	ints := func(n int) []int { return make([]int, n) }
	return &riskSums{
		ix: ix, people: ints(n), linkable: ints(n), freed: ints(n), freedUnique: ints(n),
		attrPeople: ints(a), attrLinkable: ints(a), attrFreed: ints(a), seen: ints(n), linked: ints(n),
	}
}

func (u *riskSums) add(s *riskState, record, weight, rare, unique, length int) {
	for p := u.ix.begin[record]; u.ix.items[p] != riskEnd; p++ {
		a := u.ix.items[p]
		column := u.ix.attrs[a].Column
		field := u.ix.fields.of[column]
		u.attrPeople[a] += weight
		// A rare combination that leaves room for one more attribute makes every other attribute part of a rare one.
		isLinked := rare > 0 && (rare < length || s.has(s.linked, record, column))
		if isLinked {
			u.attrLinkable[a] += weight
		}
		if rare > 0 && s.has(s.rare, record, column) {
			u.attrFreed[a] += weight
		}
		if isLinked && u.linked[field] != record+1 {
			u.linked[field] = record + 1
			u.linkable[field] += weight
		}
		if u.seen[field] == record+1 {
			continue
		}
		u.seen[field] = record + 1
		u.people[field] += weight
		bit := u.ix.fields.bit[field]
		if rare > 0 && s.has(s.rare, record, bit) {
			u.freed[field] += weight
		}
		if unique > 0 && s.has(s.unique, record, bit) {
			u.freedUnique[field] += weight
		}
	}
}

func (u *riskSums) field(f int, r *RiskReport) FieldRisk {
	out := FieldRisk{
		Field: u.ix.fields.names[f], People: u.people[f], Linkable: u.linkable[f],
		RareWithout: r.Rare - u.freed[f], UniqueWithout: r.Unique - u.freedUnique[f],
	}
	for a, attr := range u.ix.attrs {
		if u.ix.fields.of[attr.Column] != f {
			continue
		}
		_, value := marginal.Name(u.ix.columns, attr)
		out.Values = append(out.Values, ValueRisk{
			Value: value, People: u.attrPeople[a], Linkable: u.attrLinkable[a], RareWithout: r.Rare - u.attrFreed[a],
		})
		out.MeanLinkable += float64(u.attrLinkable[a]) / float64(u.attrPeople[a])
	}
	if len(out.Values) > 0 {
		out.MeanLinkable /= float64(len(out.Values))
	}
	out.Kind = u.ix.columns[u.ix.fields.first[f]].Kind
	return out
}
