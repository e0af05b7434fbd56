package quality_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/opencovey/covey/internal/testenv"
	"github.com/opencovey/covey/quality"
	"github.com/opencovey/covey/table"
)

func TestUnsupportedByHand(t *testing.T) {
	sensitive := tab(t, "sex age place",
		"f young A *6",
		"f young B *4",
		"f old A *3",
		"m old B *9",
		"m . . *2",
	)
	tests := []struct {
		name      string
		synthetic *table.Table
		k         int
		want      []int
	}{
		{"held by ten", tab(t, "sex age place", "f young ."), 10, nil},
		{"held by ten, eleven wanted", tab(t, "sex age place", "f young ."), 11, []int{0}},
		{"one attribute more", tab(t, "sex age place", "f young A"), 7, []int{0}},
		{"single attribute", tab(t, "sex age place", "m . ."), 11, nil},
		{"nobody", tab(t, "sex age place", "m young ."), 1, []int{0}},
		{"unknown value", tab(t, "sex age place", "f . C"), 1, []int{0}},
		{"unknown column", tab(t, "sex height", "f tall"), 1, []int{0}},
		{"columns in another order", tab(t, "place age", "A young", "B young", "B old"), 5, []int{1}},
		{"blank", tab(t, "sex age place", ". . ."), 24, nil},
		{"blank, more than there are", tab(t, "sex age place", ". . ."), 25, []int{0}},
		{"prefix of another", tab(t, "sex age place", "m old B", "m . .", "m old ."), 10, []int{0, 2}},
		{"many", tab(t, "sex age place", "f . .", "f old .", "m . .", ". old .", "m old B"), 5, []int{1}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got, err := quality.Unsupported(context.Background(), sensitive, test.synthetic, test.k)
			if err != nil || !slices.Equal(got, test.want) {
				t.Errorf("got %v, %v; want %v", got, err, test.want)
			}
		})
	}
}

func TestUnsupportedAgainstReference(t *testing.T) {
	for seed := range uint64(60) {
		rng := random(seed)
		columns := schema(1+rng.IntN(3), 1+rng.IntN(5), 1+rng.IntN(9), 1, 1, 1, 1+rng.IntN(4))
		sensitive := scattered(rng, columns, 1+rng.IntN(400))
		synthetic := scattered(rng, columns, 1+rng.IntN(400))
		k := 1 + rng.IntN(12)
		var want []int
		for i := range synthetic.Len() {
			if naiveSupport(sensitive, synthetic.Row(i)) < k {
				want = append(want, i)
			}
		}
		got, err := quality.Unsupported(context.Background(), sensitive, synthetic, k)
		if err != nil || !slices.Equal(got, want) {
			t.Fatalf("seed %d, k = %d: got %v, %v; want %v", seed, k, got, err, want)
		}
	}
}

// TestUnsupportedFindsMutants gives supported records one attribute more, so that fewer than k people hold them.
func TestUnsupportedFindsMutants(t *testing.T) {
	testenv.NotRaces(t)
	rng := random(5)
	sensitive := population(rng, 1500)
	const k = 10
	synthetic := supported(rng, sensitive, k)
	if got, err := quality.Unsupported(context.Background(), sensitive, synthetic, k); err != nil || len(got) > 0 {
		t.Fatalf("supported records: %v, %v", got, err)
	}
	mutants := 0
	for i := range min(200, synthetic.Len()) {
		row := slices.Clone(synthetic.Row(i))
		c := rng.IntN(len(row))
		row[c] = uint16(1 + rng.IntN(len(sensitive.Columns[c].Values)))
		if naiveSupport(sensitive, row) >= k {
			continue
		}
		mutants++
		b := table.NewBuilder(synthetic.Columns)
		for j := range synthetic.Len() {
			if j == i {
				b.Add(row, synthetic.Weight(j))
			} else {
				b.Add(synthetic.Row(j), synthetic.Weight(j))
			}
		}
		got, err := quality.Unsupported(context.Background(), sensitive, b.Table(), k)
		if err != nil || len(got) != 1 {
			t.Fatalf("mutant of record %d: got %v, %v", i, got, err)
		}
	}
	if mutants < 50 {
		t.Errorf("only %d mutants", mutants)
	}
}

func TestUnsupportedRefuses(t *testing.T) {
	a := tab(t, "x", "1")
	for _, k := range []int{0, -3} {
		if _, err := quality.Unsupported(context.Background(), a, a, k); err == nil {
			t.Errorf("k = %d: no error", k)
		}
	}
	ctx, cancel := context.WithCancelCause(context.Background())
	cause := errors.New("enough")
	cancel(cause)
	if _, err := quality.Unsupported(ctx, a, a, 1); !errors.Is(err, cause) {
		t.Errorf("cancelled: %v", err)
	}
}

func TestUnsupportedOfEmptyTables(t *testing.T) {
	full, none := tab(t, "x y", "1 2", "1 ."), tab(t, "x y")
	if got, err := quality.Unsupported(context.Background(), full, none, 1); err != nil || got != nil {
		t.Errorf("no synthetic records: %v, %v", got, err)
	}
	if got, err := quality.Unsupported(context.Background(), none, full, 1); err != nil || !slices.Equal(got, []int{0, 1}) {
		t.Errorf("no sensitive records: %v, %v", got, err)
	}
}

// cases simulates wide, sparse case records: six columns of some values and 24 flags, about eight attributes a record.
func cases(people int) *table.Table {
	rng := rand.New(rand.NewPCG(3, 4))
	columns := schema(4, 9, 60, 60, 16, 5)
	for range 24 {
		name := fmt.Sprint("flag", len(columns))
		columns = append(columns, table.Column{Name: name, Field: name, Values: []string{"1"}})
	}
	b := table.NewBuilder(columns)
	codes := make([]uint16, len(columns))
	for range people {
		kind := rng.IntN(12)
		for c := range codes {
			switch n := len(columns[c].Values); {
			case n == 1:
				codes[c] = 0
				if rng.IntN(100) < 4+9*((kind*7+c*5)%5)*((kind+c)%3)/4 {
					codes[c] = 1
				}
			case rng.IntN(8) == 0:
				codes[c] = 0
			case rng.IntN(2) == 0:
				codes[c] = uint16(1 + (kind*31+c)%n)
			default:
				codes[c] = uint16(1 + rng.IntN(n)*rng.IntN(n)/n)
			}
		}
		b.Add(codes, 1)
	}
	return b.Table()
}

// BenchmarkUnsupported checks records of the same kind: many are held by few, so that few searches end early.
func BenchmarkUnsupported(b *testing.B) {
	sensitive := cases(60_000)
	synthetic := fewer(random(1), sensitive, 4)
	b.ReportMetric(float64(sensitive.Len()), "records")
	b.ResetTimer()
	for range b.N {
		if _, err := quality.Unsupported(context.Background(), sensitive, synthetic, 10); err != nil {
			b.Fatal(err)
		}
	}
}

// fewer blanks all but so many attributes of each record, at random.
func fewer(rng *rand.Rand, t *table.Table, attributes int) *table.Table {
	b := table.NewBuilder(t.Columns)
	for i := range t.Len() {
		row, left := make([]uint16, len(t.Columns)), attributes
		for _, c := range rng.Perm(len(t.Columns)) {
			if t.Row(i)[c] != 0 && left > 0 {
				row[c] = t.Row(i)[c]
				left--
			}
		}
		b.Add(row, t.Weight(i))
	}
	return b.Table()
}

func ExampleUnsupported() {
	columns := []table.Column{{Name: "sex", Values: []string{"f", "m"}}, {Name: "age", Values: []string{"child", "adult"}}}
	sensitive := table.NewBuilder(columns)
	sensitive.Add([]uint16{1, 2}, 12) // twelve women
	sensitive.Add([]uint16{2, 1}, 3)  // three boys
	synthetic := table.NewBuilder(columns)
	synthetic.Add([]uint16{1, 2}, 10)
	synthetic.Add([]uint16{0, 1}, 2)
	records, err := quality.Unsupported(context.Background(), sensitive.Table(), synthetic.Table(), 10)
	fmt.Println(records, err)
	// Output: [1] <nil>
}
