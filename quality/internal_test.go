package quality

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/opencovey/covey/marginal"
	"github.com/opencovey/covey/table"
)

// TestWilson has the score intervals without continuity correction of Newcombe, Statistics in Medicine 17 (1998) 857, table I.
func TestWilson(t *testing.T) {
	for _, test := range []struct {
		hits, trials int
		low, high    float64
	}{
		{81, 263, 0.2553, 0.3662},
		{15, 148, 0.0624, 0.1605},
		{0, 20, 0, 0.1611},
		{1, 29, 0.0061, 0.1718},
		{29, 29, 1 - 0.1170, 1},
		{0, 0, 0, 1},
	} {
		low, high := wilson(test.hits, test.trials, z95)
		if math.Abs(low-test.low) > 6e-5 || math.Abs(high-test.high) > 6e-5 {
			t.Errorf("%d of %d: %.4f to %.4f, want %.4f to %.4f", test.hits, test.trials, low, high, test.low, test.high)
		}
	}
}

// TestNewcombe has the intervals of method 10 of Newcombe, Statistics in Medicine 17 (1998) 873, table II.
func TestNewcombe(t *testing.T) {
	for _, test := range []struct {
		a, m, b, n int
		low, high  float64
	}{
		{56, 70, 48, 80, 0.0524, 0.3339},
		{9, 10, 3, 10, 0.1705, 0.8090},
		{6, 7, 2, 7, 0.0582, 0.8062},
		{5, 56, 0, 29, -0.0381, 0.1926},
		{0, 10, 0, 20, -0.1611, 0.2775},
		{0, 10, 0, 10, -0.2775, 0.2775},
		{10, 10, 0, 20, 0.6791, 1},
		{10, 10, 0, 10, 0.6075, 1},
	} {
		d := newcombe(newRate(test.a, test.m, 1), newRate(test.b, test.n, 1))
		if math.Abs(d.Low-test.low) > 6e-5 || math.Abs(d.High-test.high) > 6e-5 {
			t.Errorf("%d of %d less %d of %d: %.4f to %.4f, want %.4f to %.4f", test.a, test.m, test.b, test.n, d.Low, d.High, test.low, test.high)
		}
	}
}

func TestQuantile(t *testing.T) {
	for p, want := range map[float64]float64{0.5: 0, 0.975: 1.959964, 0.99: 2.326348, 0.99875: 3.023341} {
		if got := quantile(p); math.Abs(got-want) > 1e-6 {
			t.Errorf("quantile of %g is %g, want %g", p, got, want)
		}
	}
}

// TestJudgeCorrects: the same figures are a leak alone, and none among many attacks.
func TestJudgeCorrects(t *testing.T) {
	one := func() Attack { return outcome(Linkage, "", &tries{130, 1000}, &tries{95, 1000}, 1) }
	alone := []Attack{one()}
	judge(alone)
	many := slices.Repeat([]Attack{one()}, 20)
	judge(many)
	if !alone[0].Leak || many[0].Leak {
		t.Errorf("alone: %v, among 20: %v", alone[0].Leak, many[0].Leak)
	}
	// Attacks without trials or controls do not count.
	mixed := []Attack{one(), outcome(Linkage, "", &tries{5, 10}, nil, 1), outcome(SinglingOut, "", &tries{}, &tries{}, 4)}
	judge(mixed)
	if !mixed[0].Leak || mixed[1].Leak || mixed[2].Leak {
		t.Errorf("mixed: %v %v %v", mixed[0].Leak, mixed[1].Leak, mixed[2].Leak)
	}
	// What is scaled up has a wider interval.
	scaled := []Attack{outcome(SinglingOut, "", &tries{35, 1000}, &tries{3, 1000}, 4)}
	judge(scaled)
	plain := []Attack{outcome(SinglingOut, "", &tries{35, 1000}, &tries{12, 1000}, 1)}
	judge(plain)
	if scaled[0].Leak || scaled[0].Controls.Share != plain[0].Controls.Share || !plain[0].Leak {
		t.Errorf("scaled: %v %+v, plain: %v %+v", scaled[0].Leak, scaled[0].Controls, plain[0].Leak, plain[0].Controls)
	}
}

func TestSeparate(t *testing.T) {
	inf := math.Inf(1)
	for _, test := range []struct {
		members, controls []float64
		want              float64
	}{
		{[]float64{3, 4, 5}, []float64{0, 1, 2}, 3},
		{[]float64{5, 5, 1}, []float64{4, 1, 1}, 5},
		{[]float64{1, 2}, []float64{3, 4}, inf},
		{[]float64{1, 2, 3}, []float64{3, 2, 1}, inf},
		{[]float64{-2, -1}, nil, -2},
		{nil, []float64{1}, inf},
		{[]float64{7, 7, 2, 1}, []float64{7, 0, 0, 0}, 1},
	} {
		if got := separate(test.members, test.controls); got != test.want {
			t.Errorf("%v from %v: %g, want %g", test.members, test.controls, got, test.want)
		}
	}
}

// TestAsGoodAsIsInterpolated: between samples of 10 and 40 % lies 20 % in the middle, on a logarithmic scale.
func TestAsGoodAsIsInterpolated(t *testing.T) {
	samples := []SampleScore{{Share: 0.1, Score: 900}, {Share: 0.4, Score: 940}, {Share: 0.9, Score: 940}}
	for score, want := range map[float64]float64{899.9: 0, 900: 0.1, 910: 0.1 * math.Sqrt2, 920: 0.2, 940: 0.4, 940.1: 1} {
		if got := asGoodAs(samples, score, func(s SampleScore) float64 { return s.Score }); math.Abs(got-want) > 1e-12 {
			t.Errorf("a score of %g is as good as a sample of %g, want %g", score, got, want)
		}
	}
}

func TestFigure(t *testing.T) {
	r := rounding{}
	for x, want := range map[float64]float64{
		0: 0, 1: 1, 12.4: 12, 12.6: 13, 99.6: 100, 104: 100, 36_910: 37_000, 0.0123: 0.012, 0.000_567_8: 0.000_57, 9.96: 10, -3.14159: -3.1, 0.1: 0.1, 0.995: 1,
	} {
		if got := r.figure(x); got != want {
			t.Errorf("%v is rounded to %v, want %v", x, got, want)
		}
		if got := (rounding{exact: true}).figure(x); got != x {
			t.Errorf("%v is %v exactly", x, got)
		}
	}
	for x, want := range map[float64]float64{979.5069: 980, 979.4: 979, 980.4: 980, 999.4: 999.4, 999.987_65: 999.988, 1000: 1000, 412: 410} {
		if got := r.score(x); got != want {
			t.Errorf("score %v is rounded to %v, want %v", x, got, want)
		}
	}
}

func TestWords(t *testing.T) {
	for x, want := range map[float64]string{
		0: "0", 1: "1", 1234.6: "1,235", 12.345: "12.35", 0.000_123_46: "0.0001235", 1e6: "1,000,000", -1234: "−1,234", 100: "100", 0.5: "0.5", 999.9: "999.9",
	} {
		if got := significant(x, 4); got != want {
			t.Errorf("%v is written %q, want %q", x, got, want)
		}
	}
	for n, want := range map[int]string{7: "7", 5120: "5,120", 10_240: "10.2k", 163_840: "164k", 1_310_720: "1.31m"} {
		if got := short(n); got != want {
			t.Errorf("%d is written %q, want %q", n, got, want)
		}
	}
	for h, want := range map[int]string{0: "1", 2: "2", 3: "3", 4: "4–5", 5: "6–7", 6: "8–11", 7: "12–15", 20: "1,024–1,448"} {
		if got := halfOctaveText(h); got != want {
			t.Errorf("half octave %d is written %q, want %q", h, got, want)
		}
	}
	p := &page{texts: texts{"percent": "{n} %"}}
	for share, want := range map[Percent]string{0: "0 %", 0.5: "<1 %", 1: "1 %", 99.5: ">99 %", 100: "100 %", 1234: "1,234 %"} {
		if got := p.percent(share); got != want {
			t.Errorf("%v is written %q, want %q", share, got, want)
		}
	}
	var none *Percent
	if got := p.percent(none) + p.number((*float64)(nil)); got != "––" {
		t.Errorf("what is left out is written %q", got)
	}
	p.Private = &Private{}
	if got := p.percent(Percent(0.5)); got != "0.5 %" {
		t.Errorf("half a per cent is written %q on the private page", got)
	}
}

func TestHalfOctave(t *testing.T) {
	if halfOctave(0) != -1 {
		t.Error("0 lies in a half octave")
	}
	for _, n := range []int{1, 2, 3, 5, 6, 8, 11, 12, 45, 46, 1448, 1449, 1<<31 - 1, 3_037_000_499} {
		h := halfOctave(n)
		if x := 2 * math.Log2(float64(n)); float64(h) > x+1e-9 || float64(h)+1 <= x-1e-9 {
			t.Errorf("%d lies in half octave %d", n, h)
		}
	}
}

func TestFraction(t *testing.T) {
	var a, b fraction
	for i := range 1000 {
		a.add(i, 1000)
		b.add(1<<31-1, 1)
	}
	if got := a.over(1000); math.Abs(got-0.4995) > 1e-8 {
		t.Errorf("mean of small fractions is %v", got)
	}
	if got := b.over(1000); got != 1<<31-1 {
		t.Errorf("mean of great fractions is %v", got)
	}
	a.join(b)
	if got, want := a.over(1), 499.5+1000*(1<<31-1); math.Abs(got-want) > 1e-3 {
		t.Errorf("sum is %v, want %v", got, want)
	}
	if (fraction{}).over(0) != 0 {
		t.Error("a mean over nothing is not 0")
	}
}

func TestSubsets(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 1))
	for _, test := range []struct{ d, size, most, want int }{
		{5, 2, 100, 10}, {5, 3, 100, 10}, {2, 3, 100, 0}, {1, 2, 100, 0}, {0, 2, 100, 0}, {6, 3, 20, 20}, {6, 3, 15, 15}, {40, 3, 100, 100}, {40, 2, 50, 50},
	} {
		t.Run(fmt.Sprint(test), func(t *testing.T) {
			list := subsets(rng, test.d, test.size, test.most)
			seen := map[[3]int]bool{}
			for _, s := range list {
				if seen[s] || s[0] >= s[1] || s[1] >= test.d || test.size == 3 && (s[1] >= s[2] || s[2] >= test.d) || test.size == 2 && s[2] != 0 {
					t.Errorf("subset %v", s)
				}
				seen[s] = true
			}
			if len(list) != test.want {
				t.Errorf("%d subsets, want %d", len(list), test.want)
			}
		})
	}
}

// TestSubsetsAreFair counts how often each of 190 pairs is among 30 drawn of 20 columns, 4,000 times: 631.6 expected, standard deviation 23.1 of a
// pair. The statistic has 189 degrees of freedom and a mean of about 189·(1-30/190); 260 is exceeded with a probability below 1e-6.
func TestSubsetsAreFair(t *testing.T) {
	rng := rand.New(rand.NewPCG(2, 2))
	times := map[[3]int]float64{}
	for range 4000 {
		for _, s := range subsets(rng, 20, 2, 30) {
			times[s]++
		}
	}
	chi := 0.0
	expected := 4000 * 30 / 190.0
	for _, n := range times {
		chi += (n - expected) * (n - expected) / expected
	}
	if len(times) != 190 || chi > 260 {
		t.Errorf("%d pairs, chi-square %g", len(times), chi)
	}
}

// TestDraw: everybody has the same chance, and exactly as many are taken as asked for. Each of 30 people is expected in 800 of 4,000 draws of 6. The statistic
// over the three records has two degrees of freedom but for a factor of 24/29; 25 is exceeded with a probability below 1e-6.
func TestDraw(t *testing.T) {
	b := table.NewBuilder([]table.Column{{Name: "x", Values: []string{"1", "2", "3"}}})
	b.Add([]uint16{1}, 1)
	b.Add([]uint16{2}, 9)
	b.Add([]uint16{3}, 20)
	people := b.Table()
	rng := rand.New(rand.NewPCG(3, 3))
	var taken [3]float64
	for range 4000 {
		sum := 0
		for i, n := range draw(rng, people, 6) {
			if int(n) > people.Weight(i) {
				t.Fatalf("%d taken of %d", n, people.Weight(i))
			}
			taken[i] += float64(n)
			sum += int(n)
		}
		if sum != 6 {
			t.Fatalf("%d taken", sum)
		}
	}
	chi := 0.0
	for i := range taken {
		expected := 800 * float64(people.Weight(i))
		chi += (taken[i] - expected) * (taken[i] - expected) / expected
	}
	if chi > 25 {
		t.Errorf("taken %v, chi-square %g", taken, chi)
	}
	if in, out := split(rng, people, 30); in.People() != 30 || out.People() != 0 || out.Len() != 0 {
		t.Errorf("all taken: %d in, %d out", in.People(), out.People())
	}
	if list := persons(rng, people, 100); len(list) != 30 {
		t.Errorf("%d persons of 30", len(list))
	}
}

// TestTop keeps the first of many in whatever order they come.
func TestTop(t *testing.T) {
	rng := rand.New(rand.NewPCG(4, 4))
	var all []counted
	for i := range 1000 {
		all = append(all, counted{[]marginal.Attribute{{Column: i, Code: 1}}, rng.IntN(50), rng.IntN(50)})
	}
	want := slices.Clone(all)
	slices.SortFunc(want, func(a, b counted) int { return furtherOff(&a, &b) })
	for range 20 {
		rng.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
		parts := [2]top{{size: 30, before: furtherOff}, {size: 30, before: furtherOff}}
		scratch := make([]marginal.Attribute, 1)
		for i, c := range all {
			copy(scratch, c.combination) // the slice is reused, as by package marginal
			parts[i%2].add(scratch, c.s, c.y)
		}
		parts[0].join(&parts[1])
		for i := range 30 {
			if furtherOff(&parts[0].list[i], &want[i]) != 0 {
				t.Fatalf("%d is %v, want %v", i, parts[0].list[i], want[i])
			}
		}
	}
}

// TestNearest compares distances with those found by looking at every record.
func TestNearest(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 5))
	columns := make([]table.Column, 7)
	for c := range columns {
		columns[c] = table.Column{Name: fmt.Sprint(c), Values: []string{"1", "2", "3"}}
	}
	row := func() []uint16 {
		codes := make([]uint16, len(columns))
		for c := range codes {
			codes[c] = uint16(rng.IntN(4))
		}
		return codes
	}
	b := table.NewBuilder(columns)
	for range 60 {
		b.Add(row(), 1+rng.IntN(3))
	}
	records := b.Table()
	n := newNearest(newLists(records))
	for range 300 {
		person, want := row(), math.MaxInt
		for i := range records.Len() {
			d := 0
			for c, code := range records.Row(i) {
				if code != person[c] { // a blank against a value is one attribute, two values are two
					d += min(1, int(code)) + min(1, int(person[c]))
				}
			}
			want = min(want, d)
		}
		if got := n.score(person); got != -float64(want) {
			t.Fatalf("%v is %g from the nearest, want %d", person, -got, want)
		}
	}
}

// TestTrials: fewer targets are tried when each takes long, but never fewer than 200 if so many are wanted.
func TestTrials(t *testing.T) {
	r := &attackRun{}
	for _, test := range []struct {
		wanted int
		steps  float64
		want   int
	}{{1000, 0, 1000}, {1000, 1000, 1000}, {1000, 800_000, 500}, {1000, 1e9, 200}, {50, 1e9, 50}} {
		if got := r.trials(test.wanted, test.steps); got != test.want {
			t.Errorf("%d wanted of %g steps: %d, want %d", test.wanted, test.steps, got, test.want)
		}
	}
	// Of 4 records with one attribute each, a person shares it with the 3 or the 1 that have the same.
	b := table.NewBuilder([]table.Column{{Name: "x", Values: []string{"1", "2"}}, {Name: "y", Values: []string{"1", "2", "3"}}})
	for _, row := range [][]uint16{{1, 0}, {1, 1}, {1, 2}, {2, 0}} {
		b.Add(row, 2)
	}
	// The four are looked through; the lists met have 3, 3+1, 3+1 and 1 entries.
	if got, want := newLists(b.Table()).meeting(), 4+(3+4+4+1)/4.0; got != want {
		t.Errorf("meeting takes %g steps, want %g", got, want)
	}
}

// TestEnumerationWork counts combinations of records by hand: 3 attributes have 3 of length 1, 3 of length 2, 1 of length 3.
func TestEnumerationWork(t *testing.T) {
	columns := []table.Column{{Name: "a", Values: []string{"1"}}, {Name: "b", Values: []string{"1"}}, {Name: "c", Values: []string{"1", "2"}}}
	first, second := table.NewBuilder(columns), table.NewBuilder(columns)
	first.Add([]uint16{1, 1, 1}, 5)
	first.Add([]uint16{1, 1, 2}, 5) // c = 2 does not occur in the second
	second.Add([]uint16{1, 1, 1}, 7)
	f, s := first.Table(), second.Table()
	for length, want := range map[int]float64{1: 3 + 2 + 3, 2: 6 + 3 + 6, 3: 7 + 3 + 7, 5: 7 + 3 + 7} {
		if got := enumerationWork(f, s, length); got != want {
			t.Errorf("length %d: %g, want %g", length, got, want)
		}
	}
}

func TestTextsAreChecked(t *testing.T) {
	if _, err := (texts{}).say("no such key"); err == nil {
		t.Error("a text that is not there is no error")
	}
	if text, err := (texts{"a": "{x} of {y}, {x}"}).say("a", "x", 1, "y", "two"); err != nil || text != "1 of two, 1" {
		t.Errorf("text %q, %v", text, err)
	}
}
