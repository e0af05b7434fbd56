package quality

import (
	"context"
	"encoding/binary"
	"slices"

	"github.com/opencovey/covey/marginal"
)

const (
	singlingAttributes = 5  // longest description tried
	singlingAttempts   = 50 // per trial, until a description fits one synthetic record only
)

// singlingOut looks for descriptions that fit exactly one person (Giomi et al. 2023, section on singling out; the term is that of the EU's
// Article 29 Working Party, opinion 05/2014). The attacker takes those that fit exactly one synthetic record:
//
//   - "one attribute": the attributes that occur once;
//   - "several attributes": random sets of 2 to 5 attributes of random synthetic records.
//
// It succeeds on members if exactly one member fits. For controls, the same question is asked about people who were not in: let a random group
// of members change places with as many controls. A description counts if then exactly one person fits and that person is a control.
// If the synthetic records told nothing but what holds for everybody, both would be equally frequent but for the size of the group, by
// which the share of controls is scaled up to all members.
func (r *attackRun) singlingOut(ctx context.Context) ([]Attack, error) {
	members := newLists(r.members)
	var in, controls *lists // the group of members, and of controls, that change places
	scale := 1.0
	if r.controls != nil {
		rng := random(r.o.Seed, streamGroup)
		size := min(r.members.People(), r.controls.People())
		group, _ := split(rng, r.members, size)
		others, _ := split(rng, r.controls, size)
		in, controls = newLists(group), newLists(others)
		scale = float64(r.members.People()) / float64(size)
	}
	var list []Attack
	for _, variant := range []struct {
		name         string
		descriptions [][]marginal.Attribute
	}{
		{"one attribute", r.singles()},
		{"several attributes", r.descriptions()},
	} {
		var m, c tries
		for _, d := range variant.descriptions {
			if ctx.Err() != nil {
				return nil, context.Cause(ctx)
			}
			m.add(members.count(d, 2) == 1)
			if controls != nil {
				// The group leaves nobody behind, and one control comes in.
				c.add(controls.count(d, 2) == 1 && left(members, in, d) == 0)
			}
		}
		if controls == nil {
			list = append(list, outcome(SinglingOut, variant.name, &m, nil, 1))
		} else {
			list = append(list, outcome(SinglingOut, variant.name, &m, &c, scale))
		}
	}
	return list, nil
}

// left returns how many members fit who are not in the group.
func left(members, in *lists, d []marginal.Attribute) int {
	all := in.table.People() + 1
	return members.count(d, all) - in.count(d, all)
}

// singles returns the attributes that occur once in the synthetic records, or as many of them as there are trials.
func (r *attackRun) singles() [][]marginal.Attribute {
	var list [][]marginal.Attribute
	for c := range r.synthetic.Columns {
		for code := range r.synthetic.Columns[c].Values {
			a := marginal.Attribute{Column: c, Code: uint16(code + 1)}
			if r.lists.holders(a) == 1 {
				list = append(list, []marginal.Attribute{a})
			}
		}
	}
	rng := random(r.o.Seed, streamSingling)
	rng.Shuffle(len(list), func(i, j int) { list[i], list[j] = list[j], list[i] })
	return list[:min(len(list), r.o.Trials)]
}

// descriptions returns random sets of attributes that exactly one synthetic record holds.
func (r *attackRun) descriptions() [][]marginal.Attribute {
	rng := random(r.o.Seed, streamSingling)
	records := persons(rng, r.synthetic, singlingAttempts*r.o.Trials)
	if len(records) == 0 {
		return nil
	}
	var list [][]marginal.Attribute
	seen := map[string]bool{}
	for attempt := 0; attempt < singlingAttempts*r.o.Trials && len(list) < r.o.Trials; attempt++ {
		attrs := attributes(nil, r.synthetic.Row(records[attempt%len(records)]))
		if len(attrs) < 2 {
			continue
		}
		size := 2 + rng.IntN(min(singlingAttributes, len(attrs))-1)
		rng.Shuffle(len(attrs), func(i, j int) { attrs[i], attrs[j] = attrs[j], attrs[i] })
		d := attrs[:size]
		slices.SortFunc(d, marginal.Attribute.Compare)
		if key := descriptionKey(d); !seen[key] {
			seen[key] = true
			if r.lists.count(d, 2) == 1 {
				list = append(list, d)
			}
		}
	}
	return list
}

func descriptionKey(d []marginal.Attribute) string {
	var key []byte
	for _, a := range d {
		key = binary.LittleEndian.AppendUint32(key, uint32(a.Column))
		key = binary.LittleEndian.AppendUint16(key, a.Code)
	}
	return string(key)
}
