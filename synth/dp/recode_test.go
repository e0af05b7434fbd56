package dp

import (
	"fmt"
	"math"
	"math/big"
	"slices"
	"strings"
	"testing"

	"github.com/opencovey/covey/internal/testenv"
	"github.com/opencovey/covey/privacy/budget"
	"github.com/opencovey/covey/privacy/noise"
	"github.com/opencovey/covey/table"
)

// open is a domain of columns whose values are to be learnt.
func open(columns int) *Domain {
	d := &Domain{Columns: attackColumns(columns), Learn: make([]bool, columns)}
	for j := range d.Learn {
		d.Learn[j] = true
	}
	return d
}

// learning is what learning is done with: found out from what it enters in the ledger.
type learning struct {
	domain    *Domain
	variance  *big.Rat
	threshold int64
	rho       *big.Rat
	delta     float64 // of the threshold
}

// newLearning learns once from nobody.
func newLearning(t *testing.T, columns int, epsilon, delta float64) *learning {
	t.Helper()
	l := &learning{domain: open(columns)}
	ledger := attackLedger(epsilon, delta)
	o := &Options{Ledger: ledger, Source: attackSource(50)}
	o.hooks.threshold = func(threshold int64) int64 { l.threshold = threshold; return threshold }
	if _, err := newRecoding(attackTable(attackColumns(columns)), l.domain, o); err != nil {
		t.Fatal(err)
	}
	all := ledger.Spendings()
	if len(all) != 2 || all[0].Mechanism() != budget.Threshold || all[1].Mechanism() != budget.DiscreteGaussian {
		t.Fatalf("learning entered %v", all)
	}
	l.delta, _ = all[0].Delta().Float64()
	l.rho = attackMust(all[1].Rho(budget.GaussianCurve))
	// The curve takes a variance for 2 less than it is: rho = sensitivity/(2 (variance-2)).
	l.variance = new(big.Rat).Quo(big.NewRat(int64(columns), 2), l.rho)
	l.variance.Add(l.variance, big.NewRat(2, 1))
	return l
}

// reveal learns from a table, without the cost of a new ledger.
func (l *learning) reveal(t *table.Table, variance *big.Rat, threshold int64, src *noise.Source) (learnt int) {
	r := &recoding{domain: l.domain, columns: slices.Clone(l.domain.Columns), source: make([]int, len(l.domain.Columns))}
	for j := range r.source {
		r.source[j] = j
	}
	if err := r.reveal(t, variance, threshold, src); err != nil {
		panic(err)
	}
	for _, c := range r.columns {
		if slices.Contains(c.Values, "secret") {
			learnt++
		}
	}
	return learnt
}

func learningRuns() int {
	if testenv.Long() {
		return 400_000
	}
	return 20_000
}

// TestLearnSecret: values that one person alone has are learnt with no more than the probability that was taken from delta, all columns together.
func TestLearnSecret(t *testing.T) {
	const columns = 3
	l := newLearning(t, columns, 1, 0.2)
	in := attackTable(attackColumns(columns, "common", "secret"), attackGroup{30, []uint16{1, 1, 1}}, attackGroup{1, []uint16{2, 2, 2}})
	bounds := func(variance *big.Rat, threshold int64) (low, high float64) {
		src, hits, n := attackSource(51), 0, learningRuns()
		for range n {
			if l.reveal(in, variance, threshold, src) > 0 {
				hits++
			}
		}
		return attackBounds(hits, n)
	}
	low, high := bounds(l.variance, l.threshold)
	t.Logf("threshold %d, learnt with a probability of %.4f to %.4f, allowed %.4f", l.threshold, low, high, l.delta)
	if low > l.delta {
		t.Errorf("learnt with a probability of at least %.4f, but %.4f was taken from delta", low, l.delta)
	}
	if high < l.delta/10 {
		t.Errorf("learnt with a probability of at most %.4f of %.4f: the threshold is too high, and this test sees nothing", high, l.delta)
	}
	forAll := attackMust(budget.RevealThreshold(l.variance, 1, new(big.Rat).SetFloat64(3*l.delta)))
	for name, threshold := range map[string]int64{"no threshold": math.MinInt64, "a threshold of 1": 1, "the wrong share of delta": forAll, "two less": l.threshold - 2} {
		if low, _ := bounds(l.variance, threshold); low <= l.delta {
			t.Errorf("%s: not seen", name)
		}
	}
	if low, _ := bounds(new(big.Rat).Mul(l.variance, big.NewRat(4, 1)), l.threshold); low <= l.delta {
		t.Error("more noise than the threshold is for: not seen")
	}
}

// TestLearnNoise: which values are learnt tells no more of a person who shares them with others than the ledger says. In each of 16 columns the person
// has a value whose count is at the threshold with them, and below without; the score is how many are learnt.
func TestLearnNoise(t *testing.T) {
	testenv.NotRaces(t)
	const columns = 16
	l := newLearning(t, columns, 8, 0.2)
	rho, _ := l.rho.Float64()
	mu := math.Sqrt(2 * rho)
	find := func(variance *big.Rat) (float64, error) {
		src, n := attackSource(52), learningRuns()/2
		var on, off []float64
		values := attackColumns(columns, "secret")
		with := attackTable(values, attackGroup{int(l.threshold), slices.Repeat([]uint16{1}, columns)})
		without := attackTable(values, attackGroup{int(l.threshold) - 1, slices.Repeat([]uint16{1}, columns)})
		for range n {
			on = append(on, float64(l.reveal(with, variance, l.threshold, src)))
			off = append(off, float64(l.reveal(without, variance, l.threshold, src)))
		}
		_, err := attackJudge(on, off, mu)
		return attackDistance(on, off), err
	}
	found, err := find(l.variance)
	t.Logf("%.3f apart, allowed %.3f", found, mu)
	if err != nil {
		t.Error(err)
	}
	if found, err := find(new(big.Rat).Quo(l.variance, big.NewRat(4, 1))); err == nil {
		t.Errorf("a quarter of the variance: not seen, %.3f apart", found)
	}
}

// TestLearnSpending: learning takes a tenth of delta and then a tenth of what is left of rho, before it looks; if the ledger refuses, nothing is looked at.
func TestLearnSpending(t *testing.T) {
	ledger := attackLedger(1, 1e-6)
	in := attackTable(attackColumns(2, "x"), attackGroup{100, []uint16{1, 1}})
	if _, err := newRecoding(in, open(2), &Options{Ledger: ledger, Source: attackSource(53)}); err != nil {
		t.Fatal(err)
	}
	rho, delta, _, err := ledger.Spent()
	if err != nil {
		t.Fatal(err)
	}
	if want := new(big.Rat).Quo(ledger.Budget().Delta, big.NewRat(10, 1)); delta.Cmp(want) != 0 {
		t.Errorf("delta %v, want %v", delta, want)
	}
	share, _ := new(big.Rat).Quo(rho, new(big.Rat).Add(rho, ledger.Remaining())).Float64()
	if share > 0.1 || share < 0.0999 {
		t.Errorf("share of rho %v, want 0.1", share)
	}
	// A ledger whose thresholds took all that can be taken: nothing is left for another.
	full := attackFresh(attackLedger(1, 1e-6))
	reveal := attackMust(budget.Reveal("something else", new(big.Rat).Mul(full.Budget().Delta, big.NewRat(95, 100))))
	if err := full.Spend(reveal); err != nil {
		t.Fatal(err)
	}
	if _, err := newRecoding(&table.Table{}, open(2), &Options{Ledger: full, Source: attackSource(53)}); err == nil {
		t.Error("learnt although the ledger refuses")
	}
}

// TestLearnOrder: learnt values come in the order of labels, whatever their order in the table, which may tell which came first.
func TestLearnOrder(t *testing.T) {
	d := open(1)
	var got []string
	for _, values := range [][]string{{"b", "a10", "a9", "A"}, {"a9", "A", "b", "a10"}} {
		in := attackTable([]table.Column{{Name: "column 0", Values: values}},
			attackGroup{1000, []uint16{1}}, attackGroup{1000, []uint16{2}}, attackGroup{1000, []uint16{3}}, attackGroup{1000, []uint16{4}})
		r := attackMust(newRecoding(in, d, &Options{Ledger: attackLedger(5, 1e-6), Source: attackSource(54)}))
		got = append(got, strings.Join(r.columns[0].Values, " "))
	}
	if got[0] != "A a9 a10 b" || got[1] != got[0] {
		t.Errorf("learnt %q", got)
	}
	if len(d.Columns[0].Values) != 0 {
		t.Error("the domain was changed")
	}
}

// TestLearnRequired: who has a value that was not learnt is blank, also where the policy says that nobody is, and is not given the first value.
func TestLearnRequired(t *testing.T) {
	d := open(1)
	d.Required = []bool{true}
	in := attackTable(attackColumns(1, "common", "rare"), attackGroup{1000, []uint16{1}}, attackGroup{7, []uint16{2}}, attackGroup{5, nil})
	r := attackMust(newRecoding(in, d, &Options{Ledger: attackLedger(1, 1e-9), Source: attackSource(55)}))
	if got := r.columns[0].Values; !slices.Equal(got, []string{"common"}) {
		t.Fatalf("learnt %q", got)
	}
	records := attackMust(r.records(in))
	if err := r.coded().Check(records); err != nil {
		t.Fatal(err)
	}
	out := r.table(records)
	for row, people := range out.Rows() {
		if want := map[uint16]int{0: 12, 1: 1000}[row[0]]; people != want {
			t.Errorf("%d people with code %d, want %d", people, row[0], want)
		}
	}
}

// TestRecode: coding records in a domain and back changes nothing but what is not in it, and codes are those of the domain.
func TestRecode(t *testing.T) {
	src := attackSource(56)
	for range 300 {
		columns := attackColumns(3, "a", "b", "c")
		d := &Domain{Columns: attackColumns(3, "c", "a", "b"), Required: make([]bool, 3)}
		in := make([]attackGroup, 1+src.Uint64()%5)
		for j := range d.Required {
			d.Required[j] = src.Uint64()%2 == 0
		}
		want := map[string]int{}
		for i := range in {
			in[i].people = int(1 + src.Uint64()%3)
			text := ""
			for j := range columns {
				code := uint16(src.Uint64() % 4)
				if code == 0 && d.Required[j] {
					code = 1
				}
				in[i].codes = append(in[i].codes, code)
				text += []string{"-", "a", "b", "c"}[code]
			}
			want[text] += in[i].people
		}
		r := attackMust(newRecoding(attackTable(columns, in...), d, &Options{}))
		records := attackMust(r.records(attackTable(columns, in...)))
		if err := r.coded().Check(records); err != nil {
			t.Fatal(err)
		}
		got := map[string]int{}
		for row, people := range r.table(records).Rows() {
			text := ""
			for _, code := range row {
				text += []string{"-", "c", "a", "b"}[code]
			}
			got[text] += people
		}
		if fmt.Sprint(got) != fmt.Sprint(want) {
			t.Fatalf("got %v, want %v", got, want)
		}
	}
}

// TestRecodeErrors: errors name a column, never a value or a number of people.
func TestRecodeErrors(t *testing.T) {
	in := attackTable(attackColumns(2, "known", "secret"), attackGroup{123, []uint16{1, 0}}, attackGroup{45, []uint16{2, 1}})
	for name, d := range map[string]*Domain{
		"a value outside the domain": {Columns: attackColumns(2, "known")},
		"blank where nobody is":      {Columns: attackColumns(2, "known", "secret"), Required: []bool{false, true}},
	} {
		ledger := attackLedger(1, 1e-6)
		_, err := Make(t.Context(), in, d, Options{Ledger: ledger, Source: attackSource(57)})
		if err == nil {
			t.Fatalf("%s: no error", name)
		}
		for _, no := range []string{"secret", "known", "123", "45", "168"} {
			if strings.Contains(err.Error(), no) {
				t.Errorf("%s: %q in %q", name, no, err)
			}
		}
	}
}
