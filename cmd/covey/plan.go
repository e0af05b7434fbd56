package main

import (
	"context"
	"encoding/json"
	"fmt"
	"math/big"
	"slices"
	"strings"

	"github.com/opencovey/covey/privacy/budget"
	"github.com/opencovey/covey/privacy/noise"
	"github.com/opencovey/covey/release"
	"github.com/opencovey/covey/synth/dp"
)

var planManual = manual{
	usage: "plan [flags] policy.yaml",
	text: `
Plan says what accuracy a privacy budget will buy, before anybody looks at
records. It makes fictional people from the columns of the policy alone, releases
them with several values of epsilon, and measures how far the results are off.

The policy must have the method differential. Real people resemble each other in
other ways than fictional ones: expect accuracy of this order, not these numbers.
Guess the number of people with -people; do not count them for it.`,
	examples: `  covey plan cases.yaml
  covey plan -people 8000 -epsilon 0.5,1,2,4 cases.yaml`,
}

// planEpsilons are tried, beside that of the policy, if nobody says what else.
const planEpsilons = "0.3,1,3,10"

// mostPlanned bounds the fictional people of a plan, and with them its time and memory.
const mostPlanned = 2_000_000

// plan is what covey plan -json prints; docs/plan.schema.json describes it.
type plan struct {
	Version  int           `json:"version"`
	Policy   string        `json:"policy"`
	People   int           `json:"people"`
	Delta    string        `json:"delta"`
	Outlooks []planOutlook `json:"outlooks"`
}

type planOutlook struct {
	Epsilon string       `json:"epsilon"`
	Chosen  bool         `json:"chosen"` // by the policy
	People  int          `json:"people_margin"`
	Lengths []planLength `json:"lengths"`
}

type planLength struct {
	Length  int        `json:"length"`
	Records float64    `json:"records_relative_error"`
	Sizes   []planSize `json:"sizes"`
}

type planSize struct {
	From         int     `json:"from"`
	To           int     `json:"to,omitempty"`
	Combinations int     `json:"combinations"`
	Published    float64 `json:"published"`
	Margin       float64 `json:"margin"`
	Error        float64 `json:"error"`
}

func runPlan(ctx context.Context, e *env, args []string) error {
	f := e.newFlags(planManual)
	people := f.Int("people", 20_000, "how many people the data is thought to have: a `guess`")
	epsilons := f.String("epsilon", planEpsilons, "values of epsilon to try, beside that of the policy: a `list` with commas")
	asJSON := f.Bool("json", false, "print JSON, as docs/plan.schema.json describes it")
	rest, err := f.parse(args, 1, 1)
	if err != nil {
		return err
	}
	if *people < 1 || *people > mostPlanned {
		return &usageError{fmt.Sprintf("-people %d: 1 to %d are possible", *people, mostPlanned), f.seeHelp()}
	}
	policy, err := readPolicy(rest[0])
	if err != nil {
		return err
	}
	if policy.Protection.Method != release.MethodDifferential {
		return &failure{fmt.Errorf("%s has the method %s, which has no budget to plan", rest[0], policy.Protection.Method), "write method: differential, with epsilon and delta"}
	}
	tried, err := readEpsilons(*epsilons, policy.Protection.Epsilon)
	if err != nil {
		return &usageError{err.Error(), f.seeHelp()}
	}
	made, err := makePlan(ctx, e, rest[0], policy, *people, tried)
	if err != nil {
		return err
	}
	if *asJSON {
		out := json.NewEncoder(e.stdout)
		out.SetIndent("", "  ")
		return out.Encode(made)
	}
	_, err = fmt.Fprint(e.stdout, made.text())
	return err
}

// readEpsilons reads a list of numbers, adds one, and sorts them.
func readEpsilons(list string, own *big.Rat) ([]*big.Rat, error) {
	all := []*big.Rat{own}
	for _, text := range strings.Split(list, ",") {
		x, err := budget.Number(strings.TrimSpace(text))
		if err != nil || x.Sign() <= 0 || x.Cmp(big.NewRat(20, 1)) > 0 {
			return nil, fmt.Errorf("-epsilon: %q is no number above 0 and at most 20", clean(text))
		}
		if !slices.ContainsFunc(all, func(y *big.Rat) bool { return x.Cmp(y) == 0 }) {
			all = append(all, x)
		}
	}
	slices.SortFunc(all, (*big.Rat).Cmp)
	return all, nil
}

func makePlan(ctx context.Context, e *env, name string, policy *release.Policy, people int, epsilons []*big.Rat) (*plan, error) {
	domain, err := policy.Domain()
	if err != nil {
		return nil, err
	}
	p := e.progress("making fictional people")
	defer p.end()
	outlooks, err := dp.Plan(ctx, domain, dp.PlanOptions{
		People: people, Epsilons: epsilons, Delta: policy.Protection.Delta, Length: policy.Protection.Length,
		Limit: policy.Protection.Limit, Source: noise.NewSource(), Progress: p.stage,
	})
	if err != nil {
		return nil, err
	}
	made := &plan{Version: 1, Policy: name, People: people, Delta: budget.Text(policy.Protection.Delta)}
	for _, o := range outlooks {
		out := planOutlook{Epsilon: budget.Text(o.Epsilon), Chosen: o.Epsilon.Cmp(policy.Protection.Epsilon) == 0, People: o.People}
		for _, l := range o.Lengths {
			length := planLength{Length: l.Length, Records: l.Records, Sizes: []planSize{}}
			for _, s := range l.Sizes {
				length.Sizes = append(length.Sizes, planSize(s))
			}
			out.Lengths = append(out.Lengths, length)
		}
		made.Outlooks = append(made.Outlooks, out)
	}
	return made, nil
}

// text is the plan for people.
func (p *plan) text() string {
	var b strings.Builder
	fmt.Fprintf(&b, "Tried on %s fictional people, made from the columns of the policy alone.\n", number(p.People))
	for _, o := range p.Outlooks {
		chosen := ""
		if o.Chosen {
			chosen = ", which the policy has"
		}
		fmt.Fprintf(&b, "\nepsilon %s%s\n", o.Epsilon, chosen)
		fmt.Fprintf(&b, "  number of people   ± %s\n", number(o.People))
		b.WriteString("  counts of people  ")
		for i, from := range planSizes {
			fmt.Fprintf(&b, "  %-16s", sizeName(from, append(planSizes, 0)[i+1]))
		}
		b.WriteString("  records\n")
		for _, l := range o.Lengths {
			fmt.Fprintf(&b, "    with %-12s", count(l.Length, "value", "values"))
			for _, from := range planSizes {
				fmt.Fprintf(&b, "  %-16s", l.of(from))
			}
			fmt.Fprintf(&b, "  off by %.1f %%\n", 100*l.Records)
		}
	}
	b.WriteString(`
"85 %: ± 40" says that 85 % of the combinations of this size are in the counts,
with intervals of 40 people to each side on average. "off by 12 %" says that counts
taken from the synthetic records are off by 12 %, all together.
`)
	return b.String()
}

var planSizes = []int{10, 100, 1000, 10_000}

// sizeName names the sizes from one number to below another; 0 is no end.
func sizeName(from, to int) string {
	if to == 0 {
		return number(from) + " or more"
	}
	return number(from) + " to " + number(to-1)
}

func (l *planLength) of(from int) string {
	for _, s := range l.Sizes {
		switch {
		case s.From != from:
		case s.Published == 0:
			return "none"
		default:
			return fmt.Sprintf("%.0f %%: ± %s", 100*s.Published, number(int(s.Margin+0.5)))
		}
	}
	return "–"
}
