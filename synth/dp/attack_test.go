package dp

import (
	"errors"
	"fmt"
	"math"
	"math/big"
	"slices"
	"strings"
	"testing"

	"github.com/opencovey/covey/internal/testenv"
	"github.com/opencovey/covey/privacy/budget"
	"github.com/opencovey/covey/privacy/noise"
	"github.com/opencovey/covey/synth/dp/coded"
	"github.com/opencovey/covey/synth/dp/tally"
	"github.com/opencovey/covey/table"
)

// The attacks of this file worked on other systems. Each tries to learn something of one person, or of how many there are, from what releases show; it must
// learn nothing from Make, and something from Make with a mistake.

// releaser makes a release of a table for a policy.
type releaser func(t *testing.T, in *table.Table, d *Domain, ledger *budget.Ledger) *Product

// careful is Make as it is.
func careful(h hooks) releaser {
	src := attackSource(70)
	return func(t *testing.T, in *table.Table, d *Domain, ledger *budget.Ledger) *Product {
		return attackMake(t, in, d, Options{Ledger: ledger, Source: src, hooks: h})
	}
}

// limitFromData counts as many values of each person as the one with most has, in place of what the policy says.
type limitFromData struct {
	*tally.Teller
	limit int
}

func (l *limitFromData) Singles(rho *big.Rat, _ int) (*tally.Singles, error) {
	return l.Teller.Singles(rho, l.limit)
}

func (l *limitFromData) Pairs(rho *big.Rat, _ int) (*tally.Pairs, error) {
	return l.Teller.Pairs(rho, l.limit)
}

func tellLimitFromData(s *tally.Space, r *coded.Records, l *budget.Ledger, src *noise.Source) teller {
	most := 0
	for i := range r.Len() {
		filled := 0
		for j, codes := range r.Codes {
			if s.Attribute(j, codes[i]) >= 0 {
				filled++
			}
		}
		most = max(most, filled)
	}
	return &limitFromData{tally.NewTeller(s, r, l, src), most}
}

// exactPeople tells the true number.
type exactPeople struct {
	*tally.Teller
	people int64
}

func (e *exactPeople) People(rho *big.Rat) (int64, float64, error) {
	_, v, err := e.Teller.People(rho)
	return e.people, v, err
}

func tellExactPeople(s *tally.Space, r *coded.Records, l *budget.Ledger, src *noise.Source) teller {
	return &exactPeople{tally.NewTeller(s, r, l, src), r.People()}
}

func TestKnownAttacks(t *testing.T) {
	testenv.NotRaces(t)
	domainFromData := func(t *testing.T, in *table.Table, d *Domain, ledger *budget.Ledger) *Product {
		seen := &Domain{Columns: in.Columns}
		return careful(hooks{})(t, in, seen, ledger)
	}
	for _, a := range []struct {
		name   string
		run    func(t *testing.T, release releaser) (learned string)
		mutant releaser
	}{
		{"limit of the person with most values", readLimit, careful(hooks{tell: tellLimitFromData})},
		{"header of a value that one person has", readHeader, domainFromData},
		{"learnt value that one person has", readLearnt, careful(hooks{threshold: func(int64) int64 { return math.MinInt64 }})},
		{"values that are in use", readDomain, domainFromData},
		{"exact number of people", readNumber, careful(hooks{tell: tellExactPeople})},
		{"free numbers", readLedger, careful(attackMutants["not in the ledger"])},
	} {
		t.Run(a.name, func(t *testing.T) {
			if learned := a.run(t, careful(hooks{})); learned != "" {
				t.Error(learned)
			}
			if a.run(t, a.mutant) == "" {
				t.Error("the attack does not notice the mutant")
			}
		})
	}
}

// describe returns all text and numbers of a product but the estimates.
func describe(p *Product) string {
	text := fmt.Sprint(p.People, p.Records.Len(), p.Records.People())
	for _, c := range slices.Concat(p.Records.Columns, p.Counts.Columns) {
		text += fmt.Sprintf("\n%q %q %q %v %q %v", c.Name, c.Field, c.Label, c.Kind, c.Values, c.Blanks)
	}
	return text
}

// readLimit looks whether what is counted of a person, or the noise, depends on the person with most values: the percentile attack.
func readLimit(t *testing.T, release releaser) (learned string) {
	columns := attackColumns(8, "yes")
	d := &Domain{Columns: columns}
	var ledgers []string
	for _, most := range []int{3, 8} {
		ledger := attackLedger(1, 1e-6)
		release(t, attackTable(columns, attackGroup{50, []uint16{1, 1, 1}}, attackGroup{1, slices.Repeat([]uint16{1}, most)}), d, ledger)
		ledgers = append(ledgers, fmt.Sprint(ledger.Spendings()))
	}
	if ledgers[0] != ledgers[1] {
		return "the ledger depends on the person with most values"
	}
	return ""
}

// secretTable has a value, and a column, of one person.
func secretTable() *table.Table {
	columns := append(attackColumns(2, "common", "other", "the secret"), table.Column{Name: "a secret column", Values: []string{"yes"}})
	return attackTable(columns, attackGroup{300, []uint16{1, 1, 0}}, attackGroup{300, []uint16{2, 2, 0}}, attackGroup{1, []uint16{1, 3, 1}})
}

// readHeader looks for a value and a column that one person has, where the policy names neither.
func readHeader(t *testing.T, release releaser) (learned string) {
	in := secretTable()
	for i, v := range in.Columns[1].Values {
		if v == "the secret" {
			in.Columns[1].Values[i] = "other known" // else Make refuses, since the policy does not know the value
		}
	}
	d := &Domain{Columns: attackColumns(2, "common", "other", "other known")}
	if text := describe(release(t, in, d, attackLedger(1, 1e-6))); strings.Contains(text, "secret") {
		return "found a secret in " + text
	}
	return ""
}

// readLearnt looks for it where values are learnt.
func readLearnt(t *testing.T, release releaser) (learned string) {
	d := &Domain{Columns: attackColumns(2), Learn: []bool{true, true}}
	text := describe(release(t, secretTable(), d, attackLedger(3, 1e-6)))
	if !strings.Contains(text, "common") {
		t.Error("what is common was not learnt")
	}
	if strings.Contains(text, "secret") {
		return "found a secret in " + text
	}
	return ""
}

// readDomain looks whether columns or values show what is in use.
func readDomain(t *testing.T, release releaser) (learned string) {
	d := &Domain{Columns: attackColumns(3, "common", "other", "unused")}
	var texts []string
	for _, in := range []*table.Table{
		attackTable(attackColumns(3, "common", "other"), attackGroup{90, []uint16{1, 2, 0}}),
		attackTable(attackColumns(2, "common", "unused"), attackGroup{90, []uint16{1, 2}}),
		attackTable(attackColumns(3, "common")),
	} {
		_, text, _ := strings.Cut(describe(release(t, in, d, attackLedger(1, 1e-6))), "\n")
		texts = append(texts, text)
	}
	if texts[0] != texts[1] || texts[1] != texts[2] {
		return "columns or values depend on the records"
	}
	return ""
}

// readNumber counts how often the number of people, or of records, is the true one. Noise of variance v hits it with a probability of about
// 1/sqrt(2 pi v).
func readNumber(t *testing.T, release releaser) (learned string) {
	columns := attackColumns(2, "yes")
	d := &Domain{Columns: columns}
	start := attackLedger(1, 1e-6)
	const people, releases = 137, 100
	exact := 0
	for range releases {
		p := release(t, attackTable(columns, attackGroup{100, []uint16{1, 1}}, attackGroup{people - 100, []uint16{1}}), d, attackFresh(start))
		if p.People != p.Records.People() {
			return fmt.Sprintf("%d records of %d people", p.Records.People(), p.People)
		}
		if p.People == people {
			exact++
		}
	}
	// One part in a hundred of rho: a standard deviation of 42, and so one hit in 105.
	if low, _ := attackBounds(exact, releases); low > 0.02 {
		return fmt.Sprintf("%d of %d releases have the exact number", exact, releases)
	}
	return ""
}

// sharesOfRho are those of people, single values, pairs and triples.
func sharesOfRho() []float64 {
	rest := 1.0
	var shares []float64
	for _, r := range []*big.Rat{peopleShare, singleShare, checkShare} {
		x, _ := r.Float64()
		shares = append(shares, x)
		rest -= x
	}
	return append(shares[:2], rest, shares[2])
}

// readLedger looks for numbers that nobody paid for: four spendings, of the shares that are documented, and nothing left.
func readLedger(t *testing.T, release releaser) (learned string) {
	columns := attackColumns(4, "a", "b")
	ledger := attackLedger(1, 1e-6)
	all := ledger.Remaining()
	release(t, attackTable(columns, attackGroup{100, []uint16{1, 1, 1, 1}}), &Domain{Columns: columns}, ledger)
	got := ledger.Spendings()
	shares := sharesOfRho()
	if len(got) != len(shares) {
		return fmt.Sprintf("%d spendings, want %d", len(got), len(shares))
	}
	for i, s := range got {
		rho := attackMust(s.Rho(budget.GaussianCurve))
		if share, _ := rho.Quo(rho, all).Float64(); math.Abs(share-shares[i]) > 1e-6 {
			return fmt.Sprintf("%s: share %v, want %v", s.What(), share, shares[i])
		}
	}
	left := ledger.Remaining()
	if share, _ := left.Quo(left, all).Float64(); share < 0 || share > 1e-6 {
		return fmt.Sprintf("%v of the budget is left", share)
	}
	return ""
}

// TestRefusal: where a release spent all, another is refused, and nothing is looked at: these records have a value outside the domain, which whoever looks
// reports.
func TestRefusal(t *testing.T) {
	for _, d := range []*Domain{
		{Columns: attackColumns(2, "inside")},
		{Columns: append(attackColumns(2, "inside"), table.Column{Name: "open"}), Learn: []bool{false, false, true}},
	} {
		for _, length := range []int{1, 2, 3} {
			outside := attackTable(attackColumns(2, "outside"), attackGroup{10, []uint16{1, 1}})
			ledger := attackLedger(1, 1e-6)
			o := Options{Ledger: ledger, Source: attackSource(71), Length: length}
			if _, err := Make(t.Context(), outside, d, o); err == nil || errors.Is(err, budget.ErrExhausted) {
				t.Fatalf("with budget: %v", err)
			}
			o.Ledger = attackLedger(1, 1e-6)
			attackMake(t, attackTable(attackColumns(2, "inside"), attackGroup{100, []uint16{1, 1}}), d, o)
			if attackSpent(o.Ledger).Cmp(ledger.Remaining()) > 0 && d.Learn == nil {
				t.Error("overspent")
			}
			before := len(o.Ledger.Spendings())
			if p, err := Make(t.Context(), outside, d, o); p != nil || !errors.Is(err, budget.ErrExhausted) {
				t.Errorf("a second release: %v", err)
			}
			if after := len(o.Ledger.Spendings()); after != before {
				t.Errorf("%d spendings of what was refused", after-before)
			}
		}
	}
}

// TestTooLittle: a promise that leaves room for noise alone is refused too, and not kept with billions of records of nobody.
func TestTooLittle(t *testing.T) {
	d := &Domain{Columns: attackColumns(2, "yes")}
	o := Options{Ledger: attackLedger(1e-7, 1e-9), Source: attackSource(74)}
	if p, err := Make(t.Context(), attackTable(d.Columns), d, o); p != nil || !errors.Is(err, budget.ErrExhausted) {
		t.Errorf("made for an epsilon of 1e-7: %v", err)
	}
}

// TestNobody: a file without people gives a release as any other does, since a person more is its neighbour.
func TestNobody(t *testing.T) {
	d := &Domain{Columns: attackColumns(3, "a", "b"), Required: []bool{true, false, false}}
	start := attackLedger(1, 1e-6)
	src := attackSource(73)
	for range 30 {
		attackMake(t, attackTable(d.Columns), d, Options{Ledger: attackFresh(start), Source: src})
		attackMake(t, attackTable(d.Columns, attackGroup{1, []uint16{1, 1, 1}}), d, Options{Ledger: attackFresh(start), Source: src})
	}
}
