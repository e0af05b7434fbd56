package pgm

import (
	"math"
	"testing"

	"github.com/opencovey/covey/internal/testenv"
	"github.com/opencovey/covey/privacy/budget"
	"github.com/opencovey/covey/privacy/noise"
	"github.com/opencovey/covey/synth/dp/coded"
)

// The tests of this file run Fit many times on two neighbours and compare how often events happen. If P(E) is p on one
// and q on the other, rho-concentrated privacy demands, for every alpha > 1,
//
//	ln p <= (1 - 1/alpha) * (ln q + rho*alpha)
//
// (Rényi divergence of the event; Bun, Steinke 2016). Frequencies are replaced by Clopper-Pearson bounds, on the side
// that favours the mechanism, each of which is wrong with a probability of at most 1e-12. With 224 bounds in each of at
// most four comparisons, a right mechanism fails with a probability below 1e-9; seeds are fixed besides.
const wrongBound = 1e-12

// lower returns a bound that the probability of an event seen k times in n runs is below with probability wrongBound, by
// bisection of the binomial tail.
func lower(k, n int) float64 {
	if k == 0 {
		return 0
	}
	low, high := 0.0, 1.0
	for range 40 {
		if p := (low + high) / 2; tail(k, n, p) < wrongBound {
			low = p
		} else {
			high = p
		}
	}
	return low
}

func upper(k, n int) float64 { return 1 - lower(n-k, n) }

// tail is the probability of k or more successes in n trials.
func tail(k, n int, p float64) float64 {
	lg := func(x int) float64 { v, _ := math.Lgamma(float64(x + 1)); return v }
	total := 0.0
	for i := k; i <= n; i++ {
		total += math.Exp(lg(n) - lg(i) - lg(n-i) + float64(i)*math.Log(p) + float64(n-i)*math.Log1p(-p))
	}
	return total
}

// breaks reports whether frequencies break the promise for an event.
func breaks(onA, onB, runs int, rho float64) bool {
	p, q := lower(onA, runs), upper(onB, runs)
	if p <= 0 || q >= 1 {
		return false
	}
	for alpha := 1.02; alpha < 50; alpha *= 1.02 {
		if math.Log(p) > (1-1/alpha)*(math.Log(q)+rho*alpha) {
			return true
		}
	}
	return false
}

// neighbours are people with three columns of two codes; the second has one more, alone in the last cell.
func neighbours() (*coded.Domain, *coded.Records, *coded.Records) {
	d := testDomain(2, 2, 2)
	a := &coded.Records{Codes: [][]uint16{{0, 0, 1, 1}, {0, 1, 0, 0}, {0, 1, 1, 0}}, Weights: []uint32{6, 5, 4, 3}}
	b := &coded.Records{Codes: [][]uint16{{0, 0, 1, 1, 1}, {0, 1, 0, 0, 1}, {0, 1, 1, 0, 1}}, Weights: []uint32{6, 5, 4, 3, 1}}
	return d, a, b
}

// evidence sums up what speaks for the person more: the noise in the last cell of each table, if all was counted on the
// first neighbour, by its precision; and the first table that was chosen.
func evidence(m *Model, a *coded.Records) (likelihood float64, first int) {
	first = -1
	for _, x := range m.Measurements() {
		last := len(x.Counts) - 1
		exact := countRows(a.Codes, a.Weights, x.Columns, []int{2, 2, 2})
		likelihood += (x.Counts[last] - float64(exact[last])) / x.Variance
		if first < 0 && x.Values[0] != nil {
			for _, c := range x.Columns {
				first += 1 << c
			}
			first++
		}
	}
	return likelihood, first
}

// distinguish runs a mechanism on neighbours and reports whether some event breaks the promise.
func distinguish(t *testing.T, runs int, rho string, fast bool, weak mutant) bool {
	d, a, b := neighbours()
	var scores [2][]float64
	var firsts [2][16]int
	quick := standard
	quick.rows, quick.first, quick.sweeps, quick.last, quick.agree, quick.rounds = 50, 2, 2, 1, 2, 2
	source := noise.NewSourceForTesting([32]byte{byte(weak), byte(toInt(fast)), 9})
	for side, r := range []*coded.Records{a, b} {
		var ledger *budget.Ledger
		for i := range runs {
			if i%200 == 0 { // ledgers take longer to open than tiny models to fit
				ledger = testLedger(t, "1000", "1e-6")
			}
			m := fitted(t, d, r, Options{Rho: rat(rho), Ledger: ledger, Source: source, Fast: fast, tune: &quick, mutant: weak})
			score, first := evidence(m, a)
			scores[side] = append(scores[side], score)
			firsts[side][first+1]++
		}
	}
	promised := float(rat(rho))
	for first := range firsts[0] {
		if x, y := firsts[0][first], firsts[1][first]; breaks(x, y, runs, promised) || breaks(y, x, runs, promised) {
			return true
		}
	}
	for i := range 40 {
		limit := float64(i-12) / 3
		x, y := over(scores[0], limit), over(scores[1], limit)
		if breaks(y, x, runs, promised) || breaks(runs-x, runs-y, runs, promised) {
			return true
		}
	}
	return false
}

func over(list []float64, limit float64) int {
	n := 0
	for _, x := range list {
		n += toInt(x > limit)
	}
	return n
}

// TestPrivate: neighbours cannot be told apart better than rho allows, and the test sees weakened mechanisms.
func TestPrivate(t *testing.T) {
	testenv.NotRaces(t)
	runs, modes := 1500, []bool{false}
	if testenv.Long() {
		runs, modes = 10_000, []bool{false, true} // MST spends less on tables: its mutants show later
	}
	for _, fast := range modes {
		for _, rho := range []string{"1/50", "2"} {
			if distinguish(t, runs, rho, fast, 0) {
				t.Errorf("rho %s, fast %v: neighbours can be told apart", rho, fast)
			}
		}
		for name, weak := range map[string]mutant{"half the noise": halfNoise, "unpaid tables": unpaidTables} {
			if !distinguish(t, runs, "2", fast, weak) {
				t.Errorf("fast %v: %s not seen", fast, name)
			}
		}
	}
	if !distinguish(t, runs, "1/50", false, candidatesFromData) {
		t.Error("candidates chosen by the data not seen")
	}
}
