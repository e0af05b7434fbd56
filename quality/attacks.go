package quality

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"

	"github.com/opencovey/covey/marginal"
	"github.com/opencovey/covey/table"
)

const (
	holdoutShare   = 5           // one in so many people is held out
	attackWork     = 400_000_000 // steps that one attack may take, about; beyond, there are fewer trials
	fewestTrials   = 200         // but not fewer than this
	defaultKnown   = 4
	defaultSecrets = 3
)

// attack runs all attacks and fills in their part of the report. The tables are those of the caller, not aligned.
func attack(ctx context.Context, sensitive, synthetic *table.Table, o Options, p *Private) error {
	if o.Trials < 0 {
		p.Control = "none"
		return nil
	}
	r, control, err := prepareAttacks(ctx, sensitive, synthetic, o)
	if err != nil {
		return err
	}
	p.Control = control
	if err := r.choose(); err != nil {
		return err
	}
	for _, c := range r.known {
		p.Known = append(p.Known, r.synthetic.Columns[c].Name)
	}
	for _, c := range r.secrets {
		p.Secrets = append(p.Secrets, r.synthetic.Columns[c].Name)
	}
	if r.synthetic.People() == 0 || r.members.People() == 0 {
		return nil
	}
	steps := []func(context.Context) ([]Attack, error){r.membership, r.inference, r.linkage, r.singlingOut}
	for i, step := range steps {
		o.Progress("attack", i, len(steps))
		found, err := step(ctx)
		if err != nil {
			return err
		}
		p.Attacks = append(p.Attacks, found...)
	}
	o.Progress("attack", len(steps), len(steps))
	judge(p.Attacks)
	return nil
}

// prepareAttacks finds who is in and who is not, and gives all tables the same columns.
func prepareAttacks(ctx context.Context, sensitive, synthetic *table.Table, o Options) (*attackRun, string, error) {
	members, controls, kind := sensitive, o.Control, "given"
	switch {
	case o.Synthesize != nil:
		kind = "held out"
		controls, members = split(random(o.Seed, streamHoldout), sensitive, sensitive.People()/holdoutShare)
		o.Progress("make records without the control group", 0, 1)
		var err error
		if synthetic, err = o.Synthesize(ctx, members); err != nil {
			return nil, "", fmt.Errorf("make records without the control group: %w", err)
		}
		o.Progress("make records without the control group", 1, 1)
	case controls == nil:
		kind = "none"
	}
	r := &attackRun{o: o}
	if controls != nil && controls.People() > 0 {
		members, controls = marginal.Align(members, controls)
		r.controls, _ = marginal.Align(controls, synthetic)
	}
	r.members, r.synthetic = marginal.Align(members, synthetic)
	r.lists = newLists(r.synthetic)
	return r, kind, nil
}

// choose finds the known and the secret columns, looking at the synthetic records alone, as an attacker would.
func (r *attackRun) choose() error {
	var err error
	if r.known, err = r.find(r.o.Known); err != nil {
		return fmt.Errorf("find known columns: %w", err)
	}
	if r.secrets, err = r.find(r.o.Secrets); err != nil {
		return fmt.Errorf("find secret columns: %w", err)
	}
	filled, even := filledCells(r.synthetic), r.entropies()
	best := func(n int, not []int, by func(a, b int) int) []int {
		var list []int
		for c := range r.synthetic.Columns {
			if filled[c] > 0 && !slices.Contains(not, c) {
				list = append(list, c)
			}
		}
		slices.SortStableFunc(list, by)
		list = list[:min(n, len(list))]
		slices.Sort(list)
		return list
	}
	if r.known == nil {
		r.known = best(defaultKnown, r.secrets, func(a, b int) int { return cmp.Compare(filled[b], filled[a]) })
	}
	if r.secrets == nil {
		r.secrets = best(defaultSecrets, r.known, func(a, b int) int { return cmp.Compare(even[b], even[a]) })
	}
	return nil
}

func (r *attackRun) find(names []string) ([]int, error) {
	var list []int
	for _, name := range names {
		c := slices.IndexFunc(r.synthetic.Columns, func(c table.Column) bool { return c.Name == name })
		if c < 0 {
			return nil, fmt.Errorf("no column %q", name)
		}
		list = append(list, c)
	}
	return list, nil
}

// entropies returns, by column, the Shannon entropy of the synthetic values, blank counting as one.
func (r *attackRun) entropies() []float64 {
	list := make([]float64, len(r.synthetic.Columns))
	for c, col := range r.synthetic.Columns {
		blank := r.synthetic.People()
		for code := range col.Values {
			n := r.lists.holders(marginal.Attribute{Column: c, Code: uint16(code + 1)})
			blank -= n
			list[c] += surprise(n, r.synthetic.People())
		}
		list[c] += surprise(blank, r.synthetic.People())
	}
	return list
}

func surprise(n, of int) float64 {
	if n == 0 {
		return 0
	}
	p := float64(n) / float64(of)
	return -p * math.Log(p)
}

// trials returns how many targets may be tried when each takes so many steps.
func (r *attackRun) trials(wanted int, steps float64) int {
	return min(wanted, max(fewestTrials, int(attackWork/max(1, steps))))
}

// targets draws the people that an attack is tried on: members and, if there are any, controls, as many of each.
func (r *attackRun) targets(stream uint64, most int) (members, controls []int) {
	rng := random(r.o.Seed, stream)
	if r.controls == nil {
		return persons(rng, r.members, most), nil
	}
	most = min(most, r.members.People(), r.controls.People())
	return persons(rng, r.members, most), persons(rng, r.controls, most)
}

// group is a set of people that an attack is tried on.
type group struct {
	table   *table.Table
	targets []int
	tries   tries
}

// groups returns the groups of targets: members, then controls if there are any.
func (r *attackRun) groups(stream uint64, most int) []*group {
	members, controls := r.targets(stream, most)
	list := []*group{{table: r.members, targets: members}}
	if r.controls != nil {
		list = append(list, &group{table: r.controls, targets: controls})
	}
	return list
}

// outcome is that of the groups, which were tried.
func (r *attackRun) outcome(name, detail string, groups []*group) Attack {
	if len(groups) < 2 {
		return outcome(name, detail, &groups[0].tries, nil, 1)
	}
	return outcome(name, detail, &groups[0].tries, &groups[1].tries, 1)
}
