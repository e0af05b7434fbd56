package quality_test

import (
	"cmp"
	"fmt"
	"maps"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/opencovey/covey/internal/testenv"
	"github.com/opencovey/covey/marginal"
	"github.com/opencovey/covey/quality"
	"github.com/opencovey/covey/table"
)

// naiveMarginal counts the cells of some columns, blank being a value.
func naiveMarginal(t *table.Table, columns []int) map[string]int {
	cells := map[string]int{}
	for i := range t.Len() {
		var key []string
		for _, c := range columns {
			key = append(key, fmt.Sprint(t.Row(i)[c]))
		}
		cells[strings.Join(key, " ")] += t.Weight(i)
	}
	return cells
}

// naiveL1 is the distance of one marginal, exact and with cells of fewer than k people pooled.
func naiveL1(sensitive, synthetic *table.Table, columns []int, k int) (exact, pooled float64) {
	s, y := naiveMarginal(sensitive, columns), naiveMarginal(synthetic, columns)
	n, m := float64(sensitive.People()), float64(synthetic.People())
	all := map[string]bool{}
	for key := range s {
		all[key] = true
	}
	for key := range y {
		all[key] = true
	}
	rareS, rareY := 0.0, 0.0
	for key := range all {
		off := math.Abs(float64(s[key])/n - float64(y[key])/m)
		exact += off
		if s[key] >= k {
			pooled += off
		} else {
			rareS += float64(s[key]) / n
			rareY += float64(y[key]) / m
		}
	}
	return exact, pooled + math.Abs(rareS-rareY)
}

// columnSets lists all sets of so many of d columns.
func columnSets(d, size int) [][]int {
	if size == 0 {
		return [][]int{nil}
	}
	var list [][]int
	for _, set := range columnSets(d, size-1) {
		from := 0
		if len(set) > 0 {
			from = set[len(set)-1] + 1
		}
		for c := from; c < d; c++ {
			list = append(list, append(slices.Clone(set), c))
		}
	}
	return list
}

func checkMarginals(t *testing.T, sensitive, synthetic *table.Table, k int) {
	t.Helper()
	p := compare(t, sensitive, synthetic, withoutAttacks(k, 1)).Private
	for size := 1; size <= 3; size++ {
		var exact []float64
		sum, pooled := 0.0, 0.0
		for _, set := range columnSets(len(sensitive.Columns), size) {
			e, q := naiveL1(sensitive, synthetic, set, k)
			exact = append(exact, e)
			sum += e
			pooled += q
		}
		slices.Sort(exact)
		n := len(exact)
		m := p.Marginals[size-1]
		p95 := exact[(n*95+99)/100-1]
		if m.Taken != n || m.Of != n || !near(m.Mean, sum/float64(n)) || !near(m.MeanPooled, pooled/float64(n)) || !near(m.Max, exact[n-1]) || !near(m.P95, p95) {
			t.Fatalf("%d columns: got %+v, want mean %g, pooled %g, 95th percentile %g, max %g", size, m, sum/float64(n), pooled/float64(n), p95, exact[n-1])
		}
		for i, w := range m.Worst {
			if !near(w.L1, exact[n-1-i]) {
				t.Fatalf("%d columns: worst %d is %v, want %g", size, i, w, exact[n-1-i])
			}
		}
		if size == 2 && !near(p.Pairs.Score, 500*(2-sum/float64(n))) {
			t.Fatalf("score %g for a mean distance of %g", p.Pairs.Score, sum/float64(n))
		}
	}
}

func TestMarginalsAgainstReference(t *testing.T) {
	for seed := range uint64(12) {
		rng := random(seed)
		columns := schema(1+rng.IntN(3), 1+rng.IntN(5), 1+rng.IntN(30), 1, 1+rng.IntN(4))
		checkMarginals(t, scattered(rng, columns, 1+rng.IntN(300)), scattered(rng, columns, 1+rng.IntN(300)), 2+rng.IntN(9))
	}
}

// TestMarginalsOfManyValues has marginals that are far larger than the tables: pairs of 4 million cells, triples of 16 thousand million.
func TestMarginalsOfManyValues(t *testing.T) {
	rng := random(2)
	columns := schema(2000, 2000, 4000, 3)
	checkMarginals(t, scattered(rng, columns, 3000), scattered(rng, columns, 2000), 3)
	columns = schema(60, 60, 1000, 2) // pairs in an array, some triples not
	checkMarginals(t, scattered(rng, columns, 3000), scattered(rng, columns, 2000), 3)
}

func TestMarginalsByHand(t *testing.T) {
	// sex: .5 .5 against .8 .2; place A: .7 blank .3 against .5 .5
	sensitive := tab(t, "sex place", "f A *5", "m A *2", "m . *3")
	synthetic := tab(t, "sex place", "f A *4", "f . *4", "m A", "m .")
	p := compare(t, sensitive, synthetic, withoutAttacks(3, 1)).Private
	if !near(p.Marginals[0].Mean, (0.6+0.4)/2) {
		t.Errorf("single columns: %g", p.Marginals[0].Mean)
	}
	// fA .5/.4, f. 0/.4, mA .2/.1, m. .3/.1
	if !near(p.Marginals[1].Mean, 0.1+0.4+0.1+0.2) {
		t.Errorf("pair: %g", p.Marginals[1].Mean)
	}
	// mA and f. are of fewer than three people: .2/.5 together
	if !near(p.Marginals[1].MeanPooled, 0.1+0.3+0.2) {
		t.Errorf("pair, pooled: %g", p.Marginals[1].MeanPooled)
	}
	if p.Marginals[2].Of != 0 || p.Marginals[2].Mean != 0 {
		t.Errorf("there are no triples: %+v", p.Marginals[2])
	}
}

// TestAsGoodAs compares a table with random samples of itself, which must be found to be as good as a sample of their size. Over 200 seeds the
// share found was between 0.68 and 1.45 times the true one (standard deviation of its logarithm about 0.13), so that half and double
// are five standard deviations away: a false alarm in about a million runs. The seeds are fixed besides.
func TestAsGoodAs(t *testing.T) {
	rng := random(41)
	people := population(rng, 4000)
	for _, share := range []float64{0.05, 0.2, 0.6} {
		sample := sampleOf(rng, people, share)
		p := compare(t, people, sample, withoutAttacks(10, 1)).Private.Pairs
		if p.AsGoodAs < 0.5*share || p.AsGoodAs > 2*share {
			t.Errorf("a sample of %g is as good as one of %g", share, p.AsGoodAs)
		}
		if p.AsGoodAsPooled < 0.5*share || p.AsGoodAsPooled > 2*share {
			t.Errorf("a sample of %g is as good as one of %g, rare cells pooled", share, p.AsGoodAsPooled)
		}
		for i := 1; i < len(p.Samples); i++ {
			if p.Samples[i].Score <= p.Samples[i-1].Score {
				t.Errorf("samples of %g score %g, of %g %g", p.Samples[i-1].Share, p.Samples[i-1].Score, p.Samples[i].Share, p.Samples[i].Score)
			}
		}
	}
	worst := tab(t, "c0 c1 c2", "v1 v1 v1 *9")
	if p := compare(t, people, worst, withoutAttacks(10, 1)).Private.Pairs; p.AsGoodAs != 0 {
		t.Errorf("a table of one record is as good as a sample of %g", p.AsGoodAs)
	}
}

// sampleOf takes each person with the given probability.
func sampleOf(rng *rand.Rand, t *table.Table, share float64) *table.Table {
	b := table.NewBuilder(t.Columns)
	for i := range t.Len() {
		for range t.Weight(i) {
			if rng.Float64() < share {
				b.Add(t.Row(i), 1)
			}
		}
	}
	return b.Table()
}

// naiveV is Cramér's V with Bergsma's correction, from a dense table.
func naiveV(cells [][]float64) float64 {
	rows, cols := make([]float64, len(cells)), make([]float64, len(cells[0]))
	n := 0.0
	for i, row := range cells {
		for j, x := range row {
			rows[i] += x
			cols[j] += x
			n += x
		}
	}
	chi := 0.0
	for i := range rows {
		for j := range cols {
			if e := rows[i] * cols[j] / n; e > 0 {
				chi += (cells[i][j] - e) * (cells[i][j] - e) / e
			}
		}
	}
	r, c := 0.0, 0.0
	for _, x := range rows {
		if x > 0 {
			r++
		}
	}
	for _, x := range cols {
		if x > 0 {
			c++
		}
	}
	if r < 2 || c < 2 {
		return 0
	}
	phi := max(0, chi/n-(r-1)*(c-1)/(n-1))
	r, c = r-(r-1)*(r-1)/(n-1), c-(c-1)*(c-1)/(n-1)
	if min(r, c) <= 1 {
		return 0
	}
	return min(1, math.Sqrt(phi/(min(r, c)-1)))
}

func crossTable(t *table.Table, a, b int) [][]float64 {
	cells := make([][]float64, len(t.Columns[a].Values)+1)
	for i := range cells {
		cells[i] = make([]float64, len(t.Columns[b].Values)+1)
	}
	for i := range t.Len() {
		cells[t.Row(i)[a]][t.Row(i)[b]] += float64(t.Weight(i))
	}
	return cells
}

// publishedTable is what protected counts show of a cross table: counts rounded down to multiples of k, the rest to their total being blank.
func publishedTable(t *testing.T, people *table.Table, a, b, k int) [][]float64 {
	t.Helper()
	counts, err := marginal.Count(t.Context(), people, marginal.Options{Length: 2, Threshold: k})
	if err != nil {
		t.Fatal(err)
	}
	get := func(attributes ...marginal.Attribute) float64 {
		n := counts.Get(attributes...)
		return float64(n - n%k)
	}
	cells := make([][]float64, len(people.Columns[a].Values)+1)
	cells[0] = make([]float64, len(people.Columns[b].Values)+1)
	for j := range people.Columns[b].Values {
		cells[0][j+1] = get(marginal.Attribute{Column: b, Code: uint16(j + 1)})
	}
	cells[0][0] = float64(people.People() - people.People()%k)
	for i := range people.Columns[a].Values {
		x := marginal.Attribute{Column: a, Code: uint16(i + 1)}
		row := make([]float64, len(people.Columns[b].Values)+1)
		row[0] = get(x)
		cells[0][0] -= row[0]
		for j := range people.Columns[b].Values {
			n := get(x, marginal.Attribute{Column: b, Code: uint16(j + 1)})
			row[j+1] = n
			row[0] -= n
			cells[0][j+1] -= n
		}
		cells[i+1] = row
	}
	for _, n := range cells[0][1:] {
		cells[0][0] -= n
	}
	cells[0][0] = max(0, cells[0][0])
	return cells
}

func TestAssociationAgainstReference(t *testing.T) {
	for seed := range uint64(8) {
		rng := random(seed)
		columns := schema(1+rng.IntN(3), 1+rng.IntN(6), 1+rng.IntN(12), 1, 1, 1+rng.IntN(4))
		sensitive, synthetic := scattered(rng, columns, 1+rng.IntN(500)), scattered(rng, columns, 1+rng.IntN(500))
		k := 2 + rng.IntN(9)
		a := compare(t, sensitive, synthetic, withoutAttacks(k, 1)).Private.Association
		sum, n := 0.0, 0.0
		for i := range columns {
			for j := range i {
				s, y := naiveV(crossTable(sensitive, j, i)), naiveV(crossTable(synthetic, j, i))
				sum += math.Abs(s - y)
				n++
				sr, yr := naiveV(publishedTable(t, sensitive, j, i, k)), naiveV(publishedTable(t, synthetic, j, i, k))
				if !near(a.Sensitive[i][j], s) || !near(a.Synthetic[i][j], y) {
					t.Errorf("seed %d, columns %d and %d: %g and %g, want %g and %g", seed, j, i, a.Sensitive[i][j], a.Synthetic[i][j], s, y)
				}
				if !near(a.SensitiveRounded[i][j], sr) || !near(a.SyntheticRounded[i][j], yr) {
					t.Errorf("seed %d, columns %d and %d, rounded: %g and %g, want %g and %g", seed, j, i, a.SensitiveRounded[i][j], a.SyntheticRounded[i][j], sr, yr)
				}
			}
		}
		if !near(a.MeanDifference, sum/n) {
			t.Errorf("seed %d: mean difference %g, want %g", seed, a.MeanDifference, sum/n)
		}
	}
}

func TestAssociationByHand(t *testing.T) {
	v := func(lines ...string) float64 {
		x := tab(t, "a b", lines...)
		return compare(t, x, x, withoutAttacks(10, 1)).Private.Association.Sensitive[1][0]
	}
	if got := v("x p *50", "y q *50"); !near(got, 1) {
		t.Errorf("the same column twice: %g", got)
	}
	if got := v("x p *25", "x q *25", "y p *25", "y q *25"); got != 0 {
		t.Errorf("independent columns: %g", got)
	}
	if got := v("x p *40", "x q *20"); got != 0 {
		t.Errorf("a column of one value: %g", got)
	}
	// chi² = 100·(30·30-20·20)²/(50·50·50·50) = 4, φ² = .04; less 1/99; the widths are 2-1/99.
	if got, want := v("x p *30", "x q *20", "y p *20", "y q *30"), math.Sqrt((0.04-1/99.0)/(1-1/99.0)); !near(got, want) {
		t.Errorf("60 against 40: %g, want %g", got, want)
	}
}

func TestPMSEByHand(t *testing.T) {
	// One column splits at best into 30+10 and 10+30: shares ¼ and ¾ about ½.
	sensitive := tab(t, "x y", "1 a *30", "2 a *10")
	synthetic := tab(t, "x y", "1 a *10", "2 a *30")
	if p := compare(t, sensitive, synthetic, withoutAttacks(10, 1)).Private.PMSE; !near(p.Value, 0.0625) || p.Null <= 0 || !near(p.Ratio, p.Value/p.Null) || p.Shuffles != 10 {
		t.Errorf("two leaves: %+v", p)
	}
	// A record of either kind has a value that the other never has; c = 1/3.
	sensitive, synthetic = tab(t, "x y", "1 a *40", ". b *40"), tab(t, "x y", "2 a *20", "3 b *20")
	if p := compare(t, sensitive, synthetic, withoutAttacks(10, 1)).Private.PMSE; !near(p.Value, 2/9.0) {
		t.Errorf("told apart: %+v, want 2/9", p)
	}
	// Told apart by two columns together only; a first cut at random could not be worse, so greedy growth finds nothing to begin with.
	sensitive, synthetic = tab(t, "x y", "1 a *40", "2 b *40"), tab(t, "x y", "1 b *40", "2 a *40")
	if p := compare(t, sensitive, synthetic, withoutAttacks(10, 1)).Private.PMSE; p.Value != 0 {
		t.Errorf("exclusive or: %+v", p)
	}
	// With a slight lean the first cut is made and the second tells all.
	sensitive, synthetic = tab(t, "x y", "1 a *44", "2 b *40"), tab(t, "x y", "1 b *40", "2 a *44")
	if p := compare(t, sensitive, synthetic, withoutAttacks(10, 1)).Private.PMSE; !near(p.Value, 0.25) {
		t.Errorf("told apart in two steps: %+v", p)
	}
}

// naiveTree grows the tree of docs/quality.md and returns the sum of (p - c)².
func naiveTree(records []naiveRecord, columns, depth int, c float64) float64 {
	s, y := 0.0, 0.0
	for _, r := range records {
		s, y = s+r.s, y+r.y
	}
	purity := func(s, y float64) float64 { return (s*s + y*y) / (s + y) }
	best, column, side := purity(s, y)*(1+1e-12), -1, map[uint16]bool{}
	for col := range columns {
		cells := map[uint16]naiveRecord{}
		for _, r := range records {
			cell := cells[r.codes[col]]
			cells[r.codes[col]] = naiveRecord{nil, cell.s + r.s, cell.y + r.y}
		}
		codes := slices.SortedFunc(maps.Keys(cells), func(a, b uint16) int {
			p, q := cells[a].y/(cells[a].s+cells[a].y), cells[b].y/(cells[b].s+cells[b].y)
			if math.Abs(p-q) < 1e-12 {
				return int(a) - int(b)
			}
			return cmp.Compare(p, q)
		})
		for cut := 1; cut < len(codes); cut++ {
			ls, ly, chosen := 0.0, 0.0, map[uint16]bool{}
			for _, code := range codes[:cut] {
				ls, ly, chosen[code] = ls+cells[code].s, ly+cells[code].y, true
			}
			if ls+ly >= 20 && s+y-ls-ly >= 20 && purity(ls, ly)+purity(s-ls, y-ly) > best {
				best, column, side = purity(ls, ly)+purity(s-ls, y-ly), col, chosen
			}
		}
	}
	if depth == 0 || column < 0 {
		p := y / (s + y)
		return (s + y) * (p - c) * (p - c)
	}
	var left, right []naiveRecord
	for _, r := range records {
		if side[r.codes[column]] {
			left = append(left, r)
		} else {
			right = append(right, r)
		}
	}
	return naiveTree(left, columns, depth-1, c) + naiveTree(right, columns, depth-1, c)
}

type naiveRecord struct {
	codes []uint16
	s, y  float64
}

func TestPMSEAgainstReference(t *testing.T) {
	for seed := range uint64(15) {
		rng := random(seed)
		columns := schema(2+rng.IntN(5), 1+rng.IntN(7), 2)
		sensitive, synthetic := scattered(rng, columns, 60+rng.IntN(200)), scattered(rng, columns, 60+rng.IntN(200))
		var records []naiveRecord
		for row, n := range sensitive.Rows() {
			records = append(records, naiveRecord{row, float64(n), 0})
		}
		for row, n := range synthetic.Rows() {
			records = append(records, naiveRecord{row, 0, float64(n)})
		}
		n, m := float64(sensitive.People()), float64(synthetic.People())
		want := naiveTree(records, len(columns), 6, m/(n+m)) / (n + m)
		if got := compare(t, sensitive, synthetic, withoutAttacks(10, 1)).Private.PMSE.Value; !near(got, want) {
			t.Errorf("seed %d: %g, want %g", seed, got, want)
		}
	}
}

// TestPMSEOfDraws: two draws from one population give what chance gives. The ratio is one draw over the mean of ten of the same kind; over 300
// seeds it lay between 0.65 and 1.39 (mean 0.99, standard deviation 0.14), so that 0.3 and 2 are five and seven deviations
// away: a false alarm in about a million runs. The seeds are fixed besides.
func TestPMSEOfDraws(t *testing.T) {
	for seed := range uint64(3) {
		rng := random(seed)
		p := compare(t, population(rng, 3000), population(rng, 2500), withoutAttacks(10, 1)).Private.PMSE
		if p.Ratio < 0.3 || p.Ratio > 2 {
			t.Errorf("seed %d: %+v", seed, p)
		}
	}
	rng := random(9)
	people := population(rng, 3000)
	if p := compare(t, people, fewer(rng, people, 3), withoutAttacks(10, 1)).Private.PMSE; p.Ratio < 10 {
		t.Errorf("records with blanks where there were none: %+v", p)
	}
}

// TestMarginalsAreSampled has 35,990 triples of columns and 50,000 records, of which all together are more than the budget.
func TestMarginalsAreSampled(t *testing.T) {
	testenv.NotRaces(t)
	rng := random(1)
	columns := schema(slices.Repeat([]int{3}, 61)...)
	people := 25_000
	sensitive, synthetic := scattered(rng, columns, people), scattered(rng, columns, people)
	r := compare(t, sensitive, synthetic, quality.Options{Length: 1, Trials: -1})
	m := r.Private.Marginals[2]
	if m.Of != 35_990 || m.Taken >= m.Of || m.Taken < m.Of/3 || !r.Public.Marginals[2].Sampled || r.Public.Marginals[1].Sampled {
		t.Errorf("triples: %+v; public %+v", m, r.Public.Marginals)
	}
	if m.Mean <= r.Private.Marginals[1].Mean || m.Mean > 2 {
		t.Errorf("triples: mean %g, pairs %g", m.Mean, r.Private.Marginals[1].Mean)
	}
}
