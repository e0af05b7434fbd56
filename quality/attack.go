package quality

import (
	"math"

	"github.com/opencovey/covey/table"
)

// The attacks that Compare runs.
const (
	// Membership asks: was this person in the data? The attacker knows everything about the person.
	Membership = "membership"
	// Inference asks: what is this person's secret value? The attacker knows some columns.
	Inference = "inference"
	// Linkage asks: which record is this person's, and what else does it tell? The attacker knows some columns.
	Linkage = "linkage"
	// SinglingOut asks for a description that fits exactly one person of the data. The attacker knows nothing but the
	// synthetic records.
	SinglingOut = "singling out"
)

// Attack is the outcome of one attack.
//
// What counts is not how often it succeeds but how much more often on people who were in the data (members) than on people of the same
// kind who were not (controls): the latter is what anybody may learn from any good statistics. The layout follows
// Giomi et al. (Anonymeter, PoPETs 2023); see docs/quality.md for each attack.
type Attack struct {
	Name   string `json:"name"`   // Membership, Inference, Linkage or SinglingOut
	Detail string `json:"detail"` // the variant; for Inference the secret column
	// Members is the success on people who were in the data.
	Members Rate `json:"members"`
	// Controls is the success on people who were not; null without a control group. For SinglingOut the share is scaled up from a group of the
	// size of the control group to all members, and so more than Hits/Trials.
	Controls *Rate `json:"controls"`
	// Advantage is the difference of the two shares with its 95 % interval (Newcombe 1998, method 10); null without a control group.
	Advantage *Interval `json:"advantage"`
	// Risk is (members - controls) / (1 - controls), at least 0: Anonymeter's risk; null without a control group.
	Risk *float64 `json:"risk"`
	// Baseline is the success of guessing the commonest synthetic value; Inference only, else null.
	Baseline *float64 `json:"baseline"`
	// Leak says that the advantage is above 0 beyond chance: in records that leak nothing, some attack of a report says so with a probability of
	// about 1 % (Bonferroni).
	Leak bool `json:"leak"`

	scale float64 // of Controls; see newRate
}

// Interval is an estimate with a 95 % interval.
type Interval struct {
	Value float64 `json:"value"`
	Low   float64 `json:"low"`
	High  float64 `json:"high"`
}

// Rate is how often an attack succeeded, with the 95 % interval of Wilson (1927).
type Rate struct {
	Hits   int     `json:"hits"`
	Trials int     `json:"trials"`
	Share  float64 `json:"share"`
	Low    float64 `json:"low"`
	High   float64 `json:"high"`
}

// newRate returns a share with its Wilson interval. A scale above 1 stretches all three: see singlingOut.
func newRate(hits, trials int, scale float64) Rate {
	lo, hi := wilson(hits, trials, z95)
	return Rate{
		Hits: hits, Trials: trials, Share: min(1, scale*ratio(hits, trials)), Low: min(1, scale*lo), High: min(1, scale*hi),
	}
}

// z95 is the normal quantile of two-sided 95 % intervals.
var z95 = quantile(0.975)

// quantile of the standard normal distribution.
func quantile(p float64) float64 { return math.Sqrt2 * math.Erfinv(2*p-1) }

// wilson returns the score interval of Wilson (1927) for a share; 0 to 1 without trials.
func wilson(hits, trials int, z float64) (low, high float64) {
	if trials == 0 {
		return 0, 1
	}
	n := float64(trials)
	p := float64(hits) / n
	middle := p + z*z/(2*n)
	half := z * math.Sqrt(p*(1-p)/n+z*z/(4*n*n))
	scale := 1 + z*z/n
	return max(0, (middle-half)/scale), min(1, (middle+half)/scale)
}

// newcombe returns the interval of the difference of two shares, a less b, from their own intervals (Newcombe 1998, method 10).
func newcombe(a, b Rate) Interval {
	d := a.Share - b.Share
	return Interval{
		Value: d,
		Low:   d - math.Hypot(a.Share-a.Low, b.High-b.Share),
		High:  d + math.Hypot(a.High-a.Share, b.Share-b.Low),
	}
}

// attackRun is what attacks work on. All tables have the same columns.
type attackRun struct {
	o                 Options
	members, controls *table.Table // controls is nil without a control group
	synthetic         *table.Table // made from the members
	lists             *lists       // of synthetic
	known, secrets    []int
}

// outcome puts an attack together. controls is nil without a control group; scale is that of newRate, for controls.
func outcome(name, detail string, members, controls *tries, scale float64) Attack {
	a := Attack{Name: name, Detail: detail, Members: newRate(members.hits, members.trials, 1)}
	if controls != nil {
		c := newRate(controls.hits, controls.trials, scale)
		a.Controls = &c
		d := newcombe(a.Members, c)
		a.Advantage = &d
		risk := 0.0
		if c.Share < 1 {
			risk = max(0, (a.Members.Share-c.Share)/(1-c.Share))
		}
		a.Risk = &risk
		a.scale = scale
	}
	return a
}

// tries counts the successes of an attack.
type tries struct{ hits, trials int }

func (t *tries) add(hit bool) {
	t.trials++
	if hit {
		t.hits++
	}
}

// falseAlarm is the probability that any attack finds a leak where there is none.
const falseAlarm = 0.01

// judge sets Leak.
func judge(attacks []Attack) {
	tried := 0
	for _, a := range attacks {
		if a.Controls != nil && a.Members.Trials > 0 {
			tried++
		}
	}
	for i := range attacks {
		a := &attacks[i]
		if a.Controls == nil || a.Members.Trials == 0 || a.Controls.Trials == 0 {
			continue
		}
		z := quantile(1 - falseAlarm/float64(tried))
		low, _ := wilson(a.Members.Hits, a.Members.Trials, z)
		_, high := wilson(a.Controls.Hits, a.Controls.Trials, z)
		m, c := a.Members, *a.Controls
		m.Low, c.High = low, min(1, a.scale*high)
		a.Leak = newcombe(m, c).Low > 0
	}
}
