package kanon_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/opencovey/covey/marginal"
	"github.com/opencovey/covey/synth/kanon"
	"github.com/opencovey/covey/table"
	"pgregory.net/rapid"

	"github.com/opencovey/covey/internal/testenv"
)

// shapes are tables of many kinds, by name.
func shapes(rng *rand.Rand) map[string]*table.Table {
	same := slices.Repeat([][]uint16{{1, 2, 0, 1}}, 40)
	ramp := make([][]uint16, 0, 210)
	for v := range uint16(20) {
		ramp = append(ramp, slices.Repeat([][]uint16{{v + 1}}, int(v)+1)...)
	}
	one := make([][]uint16, 60)
	for i := range one {
		one[i] = []uint16{uint16(i + 1), uint16(i%2 + 1)}
	}
	return map[string]*table.Table{
		"dense":               randomTable(rng, 300, 6, 3, 0),
		"dense and wide":      randomTable(rng, 200, 14, 2, 0.05),
		"sparse":              randomTable(rng, 400, 12, 4, 0.75),
		"very sparse":         randomTable(rng, 400, 30, 2, 0.93),
		"many values":         randomTable(rng, 500, 3, 120, 0.1),
		"one column":          randomTable(rng, 100, 1, 9, 0.2),
		"flags":               randomTable(rng, 600, 20, 1, 0.6),
		"identical":           newTable([]int{1, 2, 1, 1}, same),
		"all blank":           newTable([]int{1, 2}, slices.Repeat([][]uint16{{0, 0}}, 30)),
		"one to twenty":       newTable([]int{20}, ramp),
		"everybody different": newTable([]int{60, 2}, one),
		"no columns":          newTable(nil, slices.Repeat([][]uint16{{}}, 25)),
	}
}

func TestSynthesizeShapes(t *testing.T) {
	for name, in := range shapes(rand.New(rand.NewPCG(1, 2))) {
		for _, k := range []int{2, 3, 5, 10, 20, 25} {
			t.Run(fmt.Sprintf("%s, k %d", name, k), func(t *testing.T) {
				out := synthesize(t, in, k, kanon.Options{})
				if err := checkRecords(in, out, k); err != nil {
					t.Error(err)
				}
			})
		}
	}
}

// Every combination of every length, asked for one by one.
func TestSynthesizeEveryCombination(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	for range 60 {
		in := randomTable(rng, 20+rng.IntN(150), 1+rng.IntN(7), 1+rng.IntN(5), rng.Float64())
		k := 2 + rng.IntN(8)
		out := synthesize(t, in, k, kanon.Options{})
		known := newCensus(in)
		for row := range out.Rows() {
			if rare := known.findRare(facts(out, row), k, len(in.Columns)); rare != nil {
				t.Fatalf("fewer than %d persons share %v:\n%s", k, rare, describe(in))
			}
		}
	}
}

// Tables that rapid thinks of, and makes smaller when they fail.
func TestSynthesizeProperties(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		values := rapid.SliceOfN(rapid.IntRange(1, 6), 1, 8).Draw(t, "values")
		k := rapid.IntRange(2, 20).Draw(t, "k")
		people := k + rapid.IntRange(0, 120).Draw(t, "more people than k")
		kinds := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) []uint16 {
			row := make([]uint16, len(values))
			for i, n := range values {
				row[i] = uint16(rapid.IntRange(0, n).Draw(t, "code"))
			}
			return row
		}), 1, 40).Draw(t, "kinds of person")
		rows := make([][]uint16, people)
		for i := range rows {
			rows[i] = kinds[i*i%len(kinds)]
		}
		in := newTable(values, rows)
		out, err := kanon.Synthesize(context.Background(), in, k, kanon.Options{Workers: 1 + people%3, Rounds: 1 + people%4})
		if err != nil {
			t.Fatal(err)
		}
		if err := checkRecords(in, out, k); err != nil {
			t.Fatal(err)
		}
	})
}

// Where every value is rarer than k, empty records come out, and columns without values.
func TestSynthesizeNothingButRare(t *testing.T) {
	rows := make([][]uint16, 23)
	for i := range rows {
		rows[i] = []uint16{uint16(i + 1), uint16(i/4 + 1)}
	}
	out := synthesize(t, newTable([]int{23, 6}, rows), 5, kanon.Options{})
	if out.People() != 20 || out.Len() != 1 || len(facts(out, out.Row(0))) != 0 {
		t.Errorf("got %s", describe(out))
	}
	for _, c := range out.Columns {
		if len(c.Values) > 0 || len(c.Blanks) > 0 {
			t.Errorf("column %s has values %q and blanks %v", c.Name, c.Values, c.Blanks)
		}
	}
}

// A column that stands for a label which fewer than k persons have is not there at all, for its name tells the label.
func TestSynthesizeRareLabel(t *testing.T) {
	columns := []table.Column{
		{Name: "means: threats", Field: "means", Label: "threats", Kind: table.Many, Values: []string{"threats"}},
		{Name: "means: secret", Field: "means", Label: "secret", Kind: table.Many, Values: []string{"secret"}},
		{Name: "gender", Field: "gender", Values: []string{"secret"}},
	}
	b := table.NewBuilder(columns)
	b.Add([]uint16{1, 0, 0}, 20)
	b.Add([]uint16{1, 1, 1}, 4)
	out := synthesize(t, b.Table(), 5, kanon.Options{})
	if strings.Contains(describe(out), "secret") || len(out.Columns) != 2 {
		t.Errorf("got %s", describe(out))
	}
}

func TestSynthesizeHidden(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 6))
	for range 40 {
		in := randomTable(rng, 200, 5, 3, 0.2)
		k := 2 + rng.IntN(6)
		var hidden [][]marginal.Attribute
		var names [][]fact
		for range 1 + rng.IntN(4) {
			record := facts(in, in.Row(rng.IntN(in.Len())))
			record = record[:min(len(record), 1+rng.IntN(4))]
			var combination []marginal.Attribute
			for _, f := range record {
				combination = append(combination, attribute(t, in, f))
			}
			hidden, names = append(hidden, combination), append(names, record)
		}
		hidden = append(hidden, []marginal.Attribute{{Column: 99, Code: 1}}, []marginal.Attribute{{Column: 0, Code: 999}}, nil)
		out := synthesize(t, in, k, kanon.Options{Hidden: hidden})
		if out.People() != kanon.Round(in.People(), k) {
			t.Errorf("%d records", out.People())
		}
		known, made := newCensus(in), newCensus(out)
		for _, record := range names {
			if len(record) > 0 && made.persons(record) > 0 {
				t.Errorf("%v is hidden, but occurs", record)
			}
			if len(record) == 1 && strings.Contains(describe(out), record[0].value) {
				t.Errorf("%v is hidden, but in a header", record)
			}
		}
		for row := range out.Rows() {
			if n := known.persons(facts(out, row)); n < k {
				t.Errorf("%v has %d persons", facts(out, row), n)
			}
		}
	}
}

// The result is the same for any number of workers, for any order of the input, and whatever values are called.
func TestSynthesizeDeterministic(t *testing.T) {
	in := simulated(7, size(6000)) // several parts for workers
	want := describe(synthesize(t, in, 10, kanon.Options{Workers: 1}))
	for workers := 1; workers <= 8; workers++ {
		if describe(synthesize(t, in, 10, kanon.Options{Workers: workers})) != want {
			t.Errorf("%d workers make a difference", workers)
		}
	}
	rng := rand.New(rand.NewPCG(7, 8))
	for range 3 {
		if got := describe(synthesize(t, shuffled(rng, in), 10, kanon.Options{})); got != want {
			t.Error("the order of the input makes a difference")
		}
	}
	renamed := shuffled(rng, in)
	renamed.Columns = slices.Clone(renamed.Columns)
	for i, c := range renamed.Columns {
		for v, value := range c.Values {
			renamed.Columns[i].Values = slices.Clone(renamed.Columns[i].Values)
			renamed.Columns[i].Values[v] = "new " + value
		}
	}
	if got := describe(synthesize(t, renamed, 10, kanon.Options{})); strings.ReplaceAll(got, `"new `, `"`) != want {
		t.Error("names make a difference")
	}
}

// Of more than 131,072 distinct records some are not cut down, and questions are not always answered to the end.
func TestSynthesizeMany(t *testing.T) {
	testenv.NotRaces(t)
	in := simulated(12, size(160_000))
	out := synthesize(t, in, 10, kanon.Options{})
	if err := checkRecords(in, out, 10); err != nil {
		t.Error(err)
	}
}

// size returns how many people to try, fewer in a short run.
func size(people int) int {
	if testing.Short() {
		return people / 4
	}
	return people
}

// shuffled returns the table with its records in another order, some of them in parts.
func shuffled(rng *rand.Rand, t *table.Table) *table.Table {
	b := table.NewBuilder(t.Columns)
	for range 2 {
		for _, i := range rng.Perm(t.Len()) {
			b.Add(t.Row(i), t.Weight(i)/2)
		}
	}
	for _, i := range rng.Perm(t.Len()) {
		b.Add(t.Row(i), t.Weight(i)%2)
	}
	return b.Table()
}

func TestSynthesizeErrors(t *testing.T) {
	few := newTable([]int{1}, [][]uint16{{1}, {1}, {0}})
	for _, c := range []struct {
		name string
		k    int
		want string
	}{
		{"k below two", 1, "synthesize records: k is 1 and must be at least 2"},
		{"negative k", -3, "synthesize records: k is -3 and must be at least 2"},
		{"fewer than k persons", 4, "synthesize records: there are fewer than k = 4 persons"},
	} {
		t.Run(c.name, func(t *testing.T) {
			out, err := kanon.Synthesize(t.Context(), few, c.k, kanon.Options{})
			if out != nil || err == nil || err.Error() != c.want {
				t.Errorf("got %v, %v", out, err)
			}
		})
	}
}

// Progress goes up, in known stages, to its total.
func TestSynthesizeProgress(t *testing.T) {
	last := -1
	synthesize(t, simulated(9, 2000), 5, kanon.Options{Rounds: 3, Progress: func(stage string, done, total int) {
		if done <= last || done > total || total != 10 || stage == "" {
			t.Errorf("stage %q: %d of %d after %d", stage, done, total, last)
		}
		last = done
	}})
	if last != 10 {
		t.Errorf("progress ends at %d of 10", last)
	}
}

// Cancelled at any stage, Synthesize gives up within a second, gives the cause, and leaves no goroutine behind.
func TestSynthesizeCancel(t *testing.T) {
	in := simulated(10, size(20_000))
	before := runtime.NumGoroutine()
	cause := errors.New("the user has had enough")
	for stage := range 8 {
		for _, after := range []time.Duration{0, 3 * time.Millisecond} {
			ctx, cancel := context.WithCancelCause(t.Context())
			var cancelled time.Time
			out, err := kanon.Synthesize(ctx, in, 10, kanon.Options{Progress: func(_ string, done, _ int) {
				if done == stage {
					time.AfterFunc(after, func() { cancelled = time.Now(); cancel(cause) })
					if after == 0 {
						<-ctx.Done()
					}
				}
			}})
			if after > 0 && err == nil { // was faster
				cancel(nil)
				continue
			}
			if out != nil || !errors.Is(err, cause) {
				t.Errorf("stage %d: got %v", stage, err)
			}
			if late := time.Since(cancelled); late > time.Second {
				t.Errorf("stage %d: went on for %v", stage, late)
			}
		}
	}
	for range 100 {
		if runtime.NumGoroutine() <= before {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Errorf("%d goroutines, before %d", runtime.NumGoroutine(), before)
}

// Wide and odd tables, whose limits are in window.go and give.go, keep the guarantee too.
func TestSynthesizeWide(t *testing.T) {
	rng := rand.New(rand.NewPCG(11, 12))
	for _, c := range []struct {
		name                    string
		people, columns, values int
		blank                   float64
	}{
		{"long records", 300, 60, 1, 0.02},
		{"many columns", 400, 700, 1, 0.97},
		{"many columns, filled", 60, 200, 2, 0.01},
		{"many attributes", 20_000, 2, 9000, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			in := randomTable(rng, c.people, c.columns, c.values, c.blank)
			out := synthesize(t, in, 3, kanon.Options{})
			if err := checkRecords(in, out, 3); err != nil {
				t.Error(err)
			}
		})
	}
}
