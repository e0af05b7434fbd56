package quality

import (
	"context"
	"math"
	"slices"

	"github.com/opencovey/covey/marginal"
	"github.com/opencovey/covey/table"
)

// rareWork bounds the combinations of synthetic records that are counted for the membership attack on rare combinations.
const rareWork = 500_000_000

// membership asks of a person of whom everything is known whether they were in the data. Two scores are tried (compare Stadler, Oprisanu and
// Troncoso, USENIX Security 2022; Houssiau et al., TAPAS 2022):
//
//   - "nearest": how few attributes the nearest synthetic record and the person differ in;
//   - "rare": how much more often than by chance the person's rare pairs and triples of attributes occur in the synthetic records.
//
// A person is claimed to have been in if the score reaches a threshold. It is set on one half of the targets, where it separates members
// and controls best, and judged on the other. Without a control group the attack cannot be run.
func (r *attackRun) membership(ctx context.Context) ([]Attack, error) {
	if r.controls == nil {
		return nil, nil
	}
	lift, err := r.newLift(ctx)
	if err != nil {
		return nil, err
	}
	scores := []struct {
		name string
		of   func() func(row []uint16) float64
	}{
		{"nearest", func() func([]uint16) float64 { return newNearest(r.lists).score }},
		{"rare", func() func([]uint16) float64 { return lift.score }},
	}
	var list []Attack
	most := r.trials(2*r.o.Trials, r.lists.meeting())
	for _, s := range scores {
		groups := r.groups(streamMembership, most)
		var values [2][]float64
		for g, group := range groups {
			if values[g], err = scoreAll(ctx, r.o.Workers, group, s.of); err != nil {
				return nil, err
			}
		}
		half := len(values[0]) / 2
		threshold := separate(values[0][:half], values[1][:half])
		for g, group := range groups {
			for _, v := range values[g][half:] {
				group.tries.add(v >= threshold)
			}
		}
		list = append(list, r.outcome(Membership, s.name, groups))
	}
	return list, nil
}

// scoreAll scores every target of a group.
func scoreAll(ctx context.Context, workers int, g *group, of func() func([]uint16) float64) ([]float64, error) {
	values := make([]float64, len(g.targets))
	err := forEach(ctx, workers, len(g.targets), func() func(int) {
		score := of()
		return func(i int) { values[i] = score(g.table.Row(g.targets[i])) }
	})
	return values, err
}

// separate returns the threshold that the shares of the two lists that reach it differ most at, in favour of the first; of
// several the highest. It is infinite if none is any good.
func separate(members, controls []float64) float64 {
	members, controls = slices.Sorted(slices.Values(members)), slices.Sorted(slices.Values(controls))
	best, threshold := 0.0, math.Inf(1)
	for i := len(members) - 1; i >= 0; i-- {
		if i > 0 && members[i-1] == members[i] {
			continue
		}
		below, _ := slices.BinarySearch(controls, members[i])
		in := float64(len(members)-i) / float64(len(members))
		out := float64(len(controls)-below) / float64(max(1, len(controls)))
		if in-out > best {
			best, threshold = in-out, members[i]
		}
	}
	return threshold
}

// nearest finds how far the nearest synthetic record is: the number of attributes that one of the two has and the other has not.
type nearest struct {
	lists  *lists
	filled []int32  // by synthetic record: its attributes
	shared []uint16 // by synthetic record: attributes shared with the target; all zero between uses
	attrs  []marginal.Attribute
}

func newNearest(l *lists) *nearest {
	n := &nearest{lists: l, filled: make([]int32, l.table.Len()), shared: make([]uint16, l.table.Len())}
	for i := range n.filled {
		n.filled[i] = int32(len(attributes(n.attrs[:0], l.table.Row(i))))
	}
	return n
}

// score is minus the distance.
func (n *nearest) score(row []uint16) float64 {
	n.attrs = attributes(n.attrs[:0], row)
	for _, a := range n.attrs {
		for _, i := range n.lists.of(a) {
			n.shared[i]++
		}
	}
	best := int32(math.MaxInt32)
	for i, shared := range n.shared {
		best = min(best, n.filled[i]-2*int32(shared))
	}
	clear(n.shared)
	return -float64(best + int32(len(n.attrs)))
}

// meeting returns how many steps it takes to find the nearest record of a random person of the table.
func (l *lists) meeting() float64 {
	sum := float64(l.table.Len()) * float64(l.table.People())
	for a, people := range l.people {
		sum += float64(people) * float64(l.start[a+1]-l.start[a])
	}
	return sum / float64(max(1, l.table.People()))
}

// lift scores people by their rare combinations.
type lift struct {
	counts *marginal.Counts // of the synthetic records
	lists  *lists
}

func (r *attackRun) newLift(ctx context.Context) (*lift, error) {
	length := 3
	if enumerationWork(table.NewBuilder(r.synthetic.Columns).Table(), r.synthetic, 3) > rareWork {
		length = 2
	}
	counts, err := marginal.Count(ctx, r.synthetic, marginal.Options{Length: length, Workers: r.o.Workers})
	return &lift{counts, r.lists}, err
}

// score is the mean, over the person's pairs and triples that chance would give to fewer than 5 synthetic records, of
// log((y + ½) / (e + ½)), where e is what chance gives: the attributes being independent.
func (l *lift) score(row []uint16) float64 {
	attrs := attributes(nil, row)
	share := make([]float64, len(attrs))
	total := float64(l.lists.table.People())
	for i, a := range attrs {
		share[i] = float64(l.lists.holders(a)) / total
	}
	sum, n := 0.0, 0
	look := func(expected float64, combination ...marginal.Attribute) {
		if expected < 5 {
			sum += math.Log((float64(l.counts.Get(combination...)) + 0.5) / (expected + 0.5))
			n++
		}
	}
	for i, a := range attrs {
		for j := i + 1; j < len(attrs); j++ {
			look(total*share[i]*share[j], a, attrs[j])
			for k := j + 1; k < len(attrs) && l.counts.Length > 2; k++ {
				look(total*share[i]*share[j]*share[k], a, attrs[j], attrs[k])
			}
		}
	}
	return sum / float64(max(1, n))
}
