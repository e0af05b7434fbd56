package dp

import (
	"compress/gzip"
	"encoding/csv"
	"encoding/json"
	"math"
	"os"
	"strconv"
	"testing"

	"github.com/opencovey/covey/internal/testenv"
	"github.com/opencovey/covey/synth/dp/coded"
	"github.com/opencovey/covey/synth/dp/tally"
	"github.com/opencovey/covey/table"
)

// judge finds the error that estimates have, through the noise of the counts that they are compared with, and errs on
// the safe side.
func TestJudge(t *testing.T) {
	const deviation = 30
	for _, truth := range []float64{0, 5, 20, 100} {
		low, most := 0, 0.0
		const runs = 200
		for seed := range byte(runs) {
			r := random(seed, 5)
			sums := make([]bandSums, len(edges))
			for range 2000 {
				sums[3].add(truth*r.normal()+deviation*r.normal(), deviation*deviation)
			}
			found := judge(sums)[3]
			if found < truth {
				low++
			}
			most = math.Max(most, found)
		}
		// It is too low with a probability of 5 %: more than 25 of 200 times once in 10^5 seeds, and these are fixed.
		if low > 25 || most > math.Hypot(1.2*truth, 12) {
			t.Errorf("an error of %v was found too low %d times of %d, and at most %.1f", truth, low, runs, most)
		}
	}
}

// Bands of few combinations are judged with smaller ones, and what nobody can judge is infinite.
func TestJudgeFew(t *testing.T) {
	sums := make([]bandSums, len(edges))
	for range 100 {
		sums[2].add(10, 0)
	}
	sums[4].add(1000, 0)
	found := judge(sums)
	if !math.IsInf(found[0], 1) || !math.IsInf(found[1], 1) {
		t.Errorf("nothing known, but errors %v", found[:2])
	}
	if math.Abs(found[2]-10) > 1e-9 || found[3] != found[2] {
		t.Errorf("errors %v, not 10", found[2:4])
	}
	if found[4] < 100 || math.IsInf(found[4], 0) || math.IsNaN(found[4]) {
		t.Errorf("error %v of a band with one combination", found[4])
	}
}

func TestChoose(t *testing.T) {
	var all []candidate
	for i := range perBand + 500 {
		all = append(all, candidate{attributes: []int32{int32(i), 1, 2}, estimate: 7})
	}
	for i := range 10 {
		all = append(all, candidate{attributes: []int32{int32(i), 3, 4}, estimate: 300})
	}
	seen := map[[3]int32]bool{}
	for _, c := range choose(all, random(1).Source) {
		if seen[attributeKey(c.attributes)] {
			t.Fatal("the same combination twice")
		}
		seen[attributeKey(c.attributes)] = true
	}
	if len(seen) != perBand+10 {
		t.Errorf("%d combinations", len(seen))
	}
}

func TestInRecords(t *testing.T) {
	d := &coded.Domain{Columns: []coded.Column{{Size: 3, Blank: true}, {Size: 2}, {Size: 2, Blank: true}, {Size: 4, Blank: true}}}
	s := tally.NewSpace(d)
	r := random(3)
	records := &coded.Records{Codes: make([][]uint16, 4), Weights: make([]uint32, 200)}
	for j, c := range d.Columns {
		for i := range records.Weights {
			records.Codes[j] = append(records.Codes[j], uint16(r.below(c.Size)))
			records.Weights[i] = 1
		}
	}
	var list [][]int32
	n := int32(s.Len())
	for a := range n {
		list = append(list, []int32{a})
		for b := a + 1; b < n; b++ {
			list = append(list, []int32{a, b})
			for c := b + 1; c < n; c++ {
				list = append(list, []int32{a, b, c})
			}
		}
	}
	for i, got := range inRecords(s, records, list) {
		want := 0.0
		for row := range records.Weights {
			all := true
			for _, a := range list[i] {
				all = all && records.Codes[s.Column[a]][row] == s.Code(int(a))
			}
			if all {
				want++
			}
		}
		if got != want {
			t.Fatalf("%v: %v, not %v", list[i], got, want)
		}
	}
}

func TestRound3(t *testing.T) {
	for x, want := range map[float64]float64{0: 0, -1: 0, math.Inf(1): 0, 1: 1, 12.345: 12.3, 98765: 98800, 0.0012345: 0.00123} {
		if got := round3(x); math.Abs(got-want) > 1e-9*want {
			t.Errorf("%v: %v, not %v", x, got, want)
		}
	}
}

func TestInterval(t *testing.T) {
	for _, c := range []struct {
		estimate, half float64
		want           Count
	}{
		{10, 3.5, Count{10, 6, 14}},
		{2, 3, Count{2, 0, 5}},
		{0.4, 0, Count{0, 0, 1}},
		{0.6, 0, Count{1, 0, 1}},
		{7, 0, Count{7, 7, 7}},
	} {
		if got := interval(c.estimate, c.half); got != c.want {
			t.Errorf("%v ± %v: %v, not %v", c.estimate, c.half, got, c.want)
		}
	}
}

func TestBands(t *testing.T) {
	for estimate, want := range map[float64]int{-3: 0, 0: 0, 4.9: 0, 5: 1, 9.9: 1, 10: 2, 999: 7, 1_000_000: 15, 5e6: 15} {
		if got := bandOf(estimate); got != want {
			t.Errorf("%v is in band %d, not %d", estimate, got, want)
		}
	}
}

// combine trusts a model that is as far from the counts as noise is, and counts where the model is far off.
func TestCombine(t *testing.T) {
	for _, c := range []struct {
		name        string
		model       float64 // standard deviation of its error
		least, most float64 // root of the mean squared error
	}{
		{"right model", 0, 0, 3},
		{"as good as counts", 20, 12, 16},
		{"wrong model", 400, 19, 21},
	} {
		r := random(4)
		var all []candidate
		var truth []float64
		for range 3000 {
			x := 5000 + 10_000*r.normal()
			truth = append(truth, x)
			all = append(all, candidate{estimate: x + c.model*r.normal(), measured: x + 20*r.normal(), error: 20})
		}
		squares := 0.0
		for i, x := range combine(all) {
			squares += (x.estimate - truth[i]) * (x.estimate - truth[i])
		}
		if off := math.Sqrt(squares / float64(len(all))); off < c.least || off > c.most {
			t.Errorf("%s: off by %.2f, not %v to %v", c.name, off, c.least, c.most)
		}
	}
	if len(combine(nil)) != 0 {
		t.Error("combined nothing")
	}
}

// readShared reads a table of codes and its domain. Code 0 is blank, unless nobody is blank.
func readShared(t testing.TB, name string, required bool) (*table.Table, *Domain) {
	t.Helper()
	text, err := os.ReadFile(testenv.SharedData(t, name+".domain.json"))
	if err != nil {
		t.Fatal(err)
	}
	var sizes map[string]int
	if err := json.Unmarshal(text, &sizes); err != nil {
		t.Fatal(err)
	}
	file, err := os.Open(testenv.SharedData(t, name+".csv.gz"))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	unpacked, err := gzip.NewReader(file)
	if err != nil {
		t.Fatal(err)
	}
	rows, err := csv.NewReader(unpacked).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	first, values := uint16(0), make([]int, len(rows[0]))
	for j, name := range rows[0] {
		values[j] = sizes[name] - 1
		if required {
			first, values[j] = 1, sizes[name]
		}
	}
	d := &Domain{Columns: columnsOf(values...)}
	if required {
		d.Required = allRequired(len(values))
	}
	i := 0
	return peopleOf(d.Columns, len(rows)-1, func() []uint16 {
		i++
		row := make([]uint16, len(values))
		for j, cell := range rows[i] {
			code, err := strconv.Atoi(cell)
			if err != nil {
				t.Fatal(err)
			}
			row[j] = uint16(code) + first
		}
		return row
	}), d
}
