package quality_test

import (
	"context"
	"math"
	"slices"
	"testing"

	"github.com/opencovey/covey/internal/testenv"
	"github.com/opencovey/covey/quality"
	"github.com/opencovey/covey/table"
)

// The synthesizers that attacks are tried on.
var synthesizers = []struct {
	name  string
	make  func(ctx context.Context, train *table.Table) (*table.Table, error)
	leaks map[string]bool // which attacks must find a leak; nil: none may
}{
	{"copy", func(_ context.Context, train *table.Table) (*table.Table, error) { return train, nil }, map[string]bool{
		"membership nearest": true, "membership rare": true, "linkage ": true, "singling out several attributes": true,
	}},
	{"copy with an error in every record", func(_ context.Context, train *table.Table) (*table.Table, error) {
		return blurred(train), nil
	}, map[string]bool{"membership nearest": true, "membership rare": true}},
	{"independent", func(context.Context, *table.Table) (*table.Table, error) { return population(random(77), 3000), nil }, nil},
	{"k-anonymous", func(_ context.Context, train *table.Table) (*table.Table, error) {
		return supported(random(78), train, 10), nil
	}, nil},
	{"one record", func(_ context.Context, train *table.Table) (*table.Table, error) {
		b := table.NewBuilder(train.Columns)
		b.Add(train.Row(0), 1)
		return b.Table(), nil
	}, nil},
}

// blurred blanks one attribute of each record.
func blurred(t *table.Table) *table.Table {
	rng := random(6)
	b := table.NewBuilder(t.Columns)
	for i := range t.Len() {
		for range t.Weight(i) {
			row := slices.Clone(t.Row(i))
			row[rng.IntN(len(row))] = 0
			b.Add(row, 1)
		}
	}
	return b.Table()
}

// TestAttacks tries all attacks on synthesizers that leak and on such that do not, with a held-out control group.
//
// A leak is found wrongly with probability 1 % for all attacks of a report together (Bonferroni), so in the three safe cases in about one of 30
// changes of a seed; the seeds are fixed. The leaks are found with advantages of six standard deviations or more.
func TestAttacks(t *testing.T) {
	people := population(random(70), 3000)
	for _, s := range synthesizers {
		t.Run(s.name, func(t *testing.T) {
			train := 0
			o := quality.Options{K: 10, Length: 1, Seed: 5, Trials: 600, Synthesize: func(ctx context.Context, t *table.Table) (*table.Table, error) {
				train = t.People()
				return s.make(ctx, t)
			}}
			r := compare(t, people, people, o)
			if r.Private.Control != "held out" || train != 2400 {
				t.Errorf("control %q, made from %d people", r.Private.Control, train)
			}
			for _, a := range r.Private.Attacks {
				name := a.Name + " " + a.Detail
				if want, known := s.leaks[name]; a.Leak != want && (known || s.leaks == nil) {
					t.Errorf("%s: leak %v: members %+v, controls %+v", name, a.Leak, a.Members, *a.Controls)
				}
				checkAttack(t, a)
			}
			if len(r.Private.Attacks) != 8 {
				t.Errorf("%d attacks", len(r.Private.Attacks))
			}
		})
	}
}

// checkAttack computes the figures of an attack once more from its counts.
func checkAttack(t *testing.T, a quality.Attack) {
	t.Helper()
	scale := 1.0
	if a.Name == quality.SinglingOut {
		scale = 4 // 2400 members, of whom as many as there are controls change places with them
	}
	for _, rate := range []struct {
		quality.Rate
		scale float64
	}{{a.Members, 1}, {*a.Controls, scale}} {
		if rate.Trials == 0 {
			continue
		}
		low, high := naiveWilson(rate.Hits, rate.Trials)
		if !near(rate.Share, min(1, rate.scale*float64(rate.Hits)/float64(rate.Trials))) || !near(rate.Low, min(1, rate.scale*low)) || !near(rate.High, min(1, rate.scale*high)) {
			t.Errorf("%s %s: %+v, want an interval from %g to %g", a.Name, a.Detail, rate.Rate, low, high)
		}
	}
	m, c := a.Members, *a.Controls
	d := m.Share - c.Share
	if !near(a.Advantage.Value, d) || !near(a.Advantage.Low, d-math.Sqrt(math.Pow(m.Share-m.Low, 2)+math.Pow(c.High-c.Share, 2))) ||
		!near(a.Advantage.High, d+math.Sqrt(math.Pow(m.High-m.Share, 2)+math.Pow(c.Share-c.Low, 2))) {
		t.Errorf("%s %s: advantage %+v", a.Name, a.Detail, *a.Advantage)
	}
	if c.Share < 1 && !near(*a.Risk, max(0, d/(1-c.Share))) {
		t.Errorf("%s %s: risk %g", a.Name, a.Detail, *a.Risk)
	}
	if (a.Baseline != nil) != (a.Name == quality.Inference) {
		t.Errorf("%s %s: baseline %v", a.Name, a.Detail, a.Baseline)
	}
}

// naiveWilson solves (p̂ - p)² = z² p (1-p) / n for p.
func naiveWilson(hits, trials int) (low, high float64) {
	const z = 1.959963984540054
	n, p := float64(trials), float64(hits)/float64(trials)
	a, b, c := 1+z*z/n, -(2*p + z*z/n), p*p
	root := math.Sqrt(max(0, b*b-4*a*c))
	return max(0, (-b-root)/(2*a)), min(1, (-b+root)/(2*a))
}

// TestAttackOnSecret: the synthetic records give a person's secret away although the known columns and the secret are independent in the
// population. Members are guessed right, controls by chance.
func TestAttackOnSecret(t *testing.T) {
	rng := random(90)
	columns := schema(40, 40, 8)
	draw := func(people int) *table.Table {
		b := table.NewBuilder(columns)
		for range people {
			b.Add([]uint16{uint16(1 + rng.IntN(40)), uint16(1 + rng.IntN(40)), uint16(1 + rng.IntN(8))}, 1)
		}
		return b.Table()
	}
	people, control := draw(800), draw(800)
	o := quality.Options{Length: 1, Control: control, Known: []string{"c0", "c1"}, Secrets: []string{"c2"}, Trials: 400}
	find := func(r *quality.Report) quality.Attack {
		i := slices.IndexFunc(r.Private.Attacks, func(a quality.Attack) bool { return a.Name == quality.Inference })
		return r.Private.Attacks[i]
	}
	r := compare(t, people, people, o)
	if a := find(r); !a.Leak || a.Detail != "c2" || a.Members.Share < 0.6 || a.Controls.Share > 0.3 {
		t.Errorf("copy: %+v, controls %+v", a, a.Controls)
	}
	if r.Private.Control != "given" || !slices.Equal(r.Private.Known, []string{"c0", "c1"}) || !slices.Equal(r.Private.Secrets, []string{"c2"}) {
		t.Errorf("control %q, known %q, secrets %q", r.Private.Control, r.Private.Known, r.Private.Secrets)
	}
	// The chance of a hit is 1/8 for both: a false alarm has a probability of 1 %, a share above ¼ one of less than 1e-10. The seed is fixed.
	if a := find(compare(t, people, draw(800), o)); a.Leak || a.Members.Share > 0.25 {
		t.Errorf("independent: %+v, controls %+v", a, a.Controls)
	}
}

// TestInferenceByHand follows the guesses: known "sex", secret "job". The nearest records of an f are those of f, of an x all of them.
func TestInferenceByHand(t *testing.T) {
	synthetic := tab(t, "sex job", "f nurse *5", "f cook *4", "f . *2", "m smith *6", "m . *7")
	sensitive := tab(t, "sex job", "f nurse *10", "f cook *3", "m . *4", "m smith *2", "x . *6", ". nurse *5")
	r := compare(t, sensitive, synthetic, quality.Options{Length: 1, Known: []string{"sex"}, Secrets: []string{"job"}})
	if r.Private.Control != "none" {
		t.Errorf("control %q", r.Private.Control)
	}
	i := slices.IndexFunc(r.Private.Attacks, func(a quality.Attack) bool { return a.Name == quality.Inference })
	a := r.Private.Attacks[i]
	// f: nurse, 10 right of 13. m: blank, 4 right of 6. x and blank: all are equally near, blank is the commonest (9): 6 right of 6, 0 of 5.
	if a.Members.Hits != 20 || a.Members.Trials != 30 || a.Controls != nil || a.Advantage != nil || a.Risk != nil || a.Leak {
		t.Errorf("inference: %+v", a)
	}
	// Of values that are equally common that which comes first is guessed, and of two known columns as many as possible must agree.
	synthetic = tab(t, "sex town job", "f A nurse *3", "f A cook *3", "f B judge *9", "m C smith *4", "m C . *4")
	two := compare(t, tab(t, "sex town job", "f A nurse *5", "f A cook *7", "f C judge *11", "m A smith *13", "m C . *17"), synthetic,
		quality.Options{Length: 1, Known: []string{"sex", "town"}, Secrets: []string{"job"}})
	i = slices.IndexFunc(two.Private.Attacks, func(a quality.Attack) bool { return a.Name == quality.Inference })
	// f A: nurse (first of nurse and cook), 5 right. f C: nearest are f A, f B, m C; judge is commonest, 11 right. m A: nearest are f A and m C; of smith and
	// blank, 4 each, blank comes first; none right. m C: blank, 17 right.
	if b := two.Private.Attacks[i]; b.Members.Hits != 5+11+17 || b.Members.Trials != 53 {
		t.Errorf("two known columns: %+v", b.Members)
	}
	if !near(*a.Baseline, 10/30.0) { // blank is right for 4 + 6
		t.Errorf("baseline %g", *a.Baseline)
	}
	if slices.ContainsFunc(r.Private.Attacks, func(a quality.Attack) bool { return a.Name == quality.Membership }) {
		t.Error("membership was attacked without a control group")
	}
}

// TestLinkageByHand: only records that are alone with their known values link, and all that they tell must be true.
func TestLinkageByHand(t *testing.T) {
	synthetic := tab(t, "sex job town", "f nurse A", "m smith B", "m smith C", "x cook .", "y . .", "z judge .", "w cook B *2")
	sensitive := tab(t, "sex job town",
		"f nurse A *3", // linked and true
		"f nurse B *5", // linked, town is wrong
		"m smith B *4", // two records fit
		"x cook C *2",  // the record tells only what is true
		"y cook C *6",  // the record tells nothing
		"z . A *7",     // the record tells what the person's does not
		"w cook B *8",  // two people share the record
		"q cook B *9",  // no record fits
	)
	r := compare(t, sensitive, synthetic, quality.Options{Length: 1, Known: []string{"sex"}})
	i := slices.IndexFunc(r.Private.Attacks, func(a quality.Attack) bool { return a.Name == quality.Linkage })
	if a := r.Private.Attacks[i]; a.Members.Hits != 5 || a.Members.Trials != 44 {
		t.Errorf("linkage: %+v, want 5 of 44", a.Members)
	}
}

// TestSinglingOutByHand counts the attributes that occur once in the synthetic records and those among them that one person has.
func TestSinglingOutByHand(t *testing.T) {
	synthetic := tab(t, "sex job", "f nurse *9", "f cook", "m smith *4", "x judge", "f baker", "f clerk *2")
	sensitive := tab(t, "sex job", "f nurse *5", "f cook", "x . *2", ". judge *3", "m smith *2", "f clerk")
	r := compare(t, sensitive, synthetic, quality.Options{Length: 1})
	i := slices.IndexFunc(r.Private.Attacks, func(a quality.Attack) bool { return a.Name == quality.SinglingOut && a.Detail == "one attribute" })
	// cook, x, judge and baker occur once; of them cook fits one person, x two, judge three, baker none.
	if a := r.Private.Attacks[i]; a.Members.Hits != 1 || a.Members.Trials != 4 {
		t.Errorf("one attribute: %+v, want 1 of 4", a.Members)
	}
	// With two attributes: f+cook fits one, x+judge and f+baker none.
	if a := r.Private.Attacks[i+1]; a.Members.Hits != 1 || a.Members.Trials != 3 {
		t.Errorf("several attributes: %+v, want 1 of 3", a.Members)
	}
}

// TestSinglingOutIsFair: when the synthetic records are independent of members and controls, both are singled out equally often on average. The mean
// of 40 draws has a standard deviation of about 0.012, taken from their spread; beyond five of them Student's t with 39 degrees of
// freedom lies with a probability of 1.2e-5. The seeds are fixed besides.
func TestSinglingOutIsFair(t *testing.T) {
	testenv.NotRaces(t)
	var differences []float64
	for seed := range uint64(40) {
		rng := random(seed)
		r := compare(t, population(rng, 800), population(rng, 800), quality.Options{Length: 1, Trials: 200, Control: population(rng, 200), Seed: seed})
		for _, a := range r.Private.Attacks {
			if a.Name == quality.SinglingOut && a.Detail == "several attributes" {
				differences = append(differences, a.Advantage.Value)
			}
		}
	}
	mean, spread := 0.0, 0.0
	for _, d := range differences {
		mean += d / float64(len(differences))
	}
	for _, d := range differences {
		spread += (d - mean) * (d - mean) / float64(len(differences)-1)
	}
	if bound := 5 * math.Sqrt(spread/float64(len(differences))); len(differences) != 40 || math.Abs(mean) > bound || bound > 0.1 {
		t.Errorf("mean advantage %g of %d draws, bound %g", mean, len(differences), bound)
	}
}

// TestAttackChoices: by default the four columns with fewest blanks are known, and of the others the three most even ones are secret, judged by
// the synthetic records.
func TestAttackChoices(t *testing.T) {
	synthetic := tab(t, "e i a b c d f g h",
		"1 1 1 . 1 1 1 1 .", "1 . 1 1 1 1 2 . .", "2 . 1 1 1 1 3 . .", ". . 1 2 1 1 . 1 .", ". . 1 2 1 1 . . .",
	)
	sensitive := tab(t, "a b c d e f g h i z", ". . . . . . . 1 2 1")
	r := compare(t, sensitive, synthetic, quality.Options{Length: 1})
	if want := []string{"a", "b", "c", "d"}; !slices.Equal(r.Private.Known, want) {
		t.Errorf("known %q, want %q", r.Private.Known, want)
	}
	if want := []string{"e", "f", "g"}; !slices.Equal(r.Private.Secrets, want) {
		t.Errorf("secrets %q, want %q", r.Private.Secrets, want)
	}
}

// TestAttackTrials: no more people are tried than asked for, nor more than there are.
func TestAttackTrials(t *testing.T) {
	rng := random(95)
	people, control := population(rng, 500), population(rng, 120)
	for _, test := range []struct{ asked, nearest, guessed int }{{50, 50, 50}, {1000, 60, 120}} {
		r := compare(t, people, people, quality.Options{Length: 1, Control: control, Trials: test.asked})
		for _, a := range r.Private.Attacks {
			want := test.guessed
			switch a.Name {
			case quality.Membership: // half of twice as many set the threshold
				want = test.nearest
			case quality.SinglingOut:
				continue
			}
			if a.Members.Trials != want || a.Controls.Trials != want {
				t.Errorf("%s: %d and %d trials, want %d", a.Name, a.Members.Trials, a.Controls.Trials, want)
			}
		}
	}
	if r := compare(t, people, people, quality.Options{Length: 1, Control: control, Trials: -1}); len(r.Private.Attacks) > 0 || r.Private.Control != "none" {
		t.Errorf("attacks that were not asked for: %+v", r.Private.Attacks)
	}
}
