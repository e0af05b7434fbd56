package quality_test

import (
	"bytes"
	"context"
	"math"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/opencovey/covey/quality"
	"github.com/opencovey/covey/table"
)

// tab makes a table from the names of its columns and lines of values, "." for a blank; a last word "*n" gives the record n people.
func tab(t testing.TB, names string, lines ...string) *table.Table {
	t.Helper()
	var columns []table.Column
	for _, name := range strings.Fields(names) {
		columns = append(columns, table.Column{Name: name, Field: name})
	}
	var weights []int
	var records [][]string
	for _, line := range lines {
		cells, weight := strings.Fields(line), 1
		if last := cells[len(cells)-1]; last[0] == '*' {
			n, err := strconv.Atoi(last[1:])
			if err != nil {
				t.Fatalf("line %q: %v", line, err)
			}
			cells, weight = cells[:len(cells)-1], n
		}
		if len(cells) != len(columns) {
			t.Fatalf("line %q: %d cells for %d columns", line, len(cells), len(columns))
		}
		for c, v := range cells {
			if v != "." && !slices.Contains(columns[c].Values, v) {
				columns[c].Values = append(columns[c].Values, v)
			}
		}
		records, weights = append(records, cells), append(weights, weight)
	}
	b := table.NewBuilder(columns)
	for i, cells := range records {
		codes := make([]uint16, len(columns))
		for c, v := range cells {
			codes[c] = uint16(slices.Index(columns[c].Values, v) + 1)
		}
		b.Add(codes, weights[i])
	}
	return b.Table()
}

// schema returns columns c0, c1, … with so many values v1, v2, … each.
func schema(values ...int) []table.Column {
	columns := make([]table.Column, len(values))
	for c, n := range values {
		name := "c" + strconv.Itoa(c)
		columns[c] = table.Column{Name: name, Field: name}
		for v := range n {
			columns[c].Values = append(columns[c].Values, "v"+strconv.Itoa(v+1))
		}
	}
	return columns
}

// scattered returns random records: low codes are frequent, a third of the cells blank, and every column leans towards the one before.
func scattered(rng *rand.Rand, columns []table.Column, people int) *table.Table {
	b := table.NewBuilder(columns)
	codes := make([]uint16, len(columns))
	for range people {
		for c := range codes {
			n := len(columns[c].Values)
			codes[c] = uint16(1 + int(float64(n)*math.Pow(rng.Float64(), 2)))
			if rng.IntN(3) == 0 {
				codes[c] = 0
			} else if c > 0 && rng.IntN(2) == 0 {
				codes[c] = min(codes[c-1], uint16(n))
			}
		}
		b.Add(codes, 1)
	}
	return b.Table()
}

// population draws people of a few kinds: who is of a kind mostly has its values, and has each of its flags with its own probability. All tables
// drawn with the same columns are samples of the same population.
func population(rng *rand.Rand, people int) *table.Table {
	columns := schema(6, 12, 20, 5, 4, 1, 1, 1, 1, 1, 1)
	kinds := rand.New(rand.NewPCG(1, 2))
	type kind struct {
		usual []uint16
		flags []float64
	}
	var all []kind
	for range 6 {
		k := kind{}
		for _, c := range columns {
			k.usual = append(k.usual, uint16(1+kinds.IntN(len(c.Values))))
			k.flags = append(k.flags, math.Pow(kinds.Float64(), 2))
		}
		all = append(all, k)
	}
	b := table.NewBuilder(columns)
	codes := make([]uint16, len(columns))
	for range people {
		k := all[min(rng.IntN(6), rng.IntN(6))]
		for c := range codes {
			switch n := len(columns[c].Values); {
			case n == 1 && rng.Float64() < k.flags[c]:
				codes[c] = 1
			case n == 1 || rng.IntN(10) == 0:
				codes[c] = 0
			case rng.IntN(10) < 6:
				codes[c] = k.usual[c]
			default:
				codes[c] = uint16(1 + rng.IntN(n))
			}
		}
		b.Add(codes, 1)
	}
	return b.Table()
}

// supported makes crude k-anonymous records: each person keeps attributes, in random order, as long as k people hold them all.
func supported(rng *rand.Rand, t *table.Table, k int) *table.Table {
	b := table.NewBuilder(t.Columns)
	for i := range t.Len() {
		for range t.Weight(i) {
			kept := make([]uint16, len(t.Columns))
			for _, c := range rng.Perm(len(t.Columns)) {
				kept[c] = t.Row(i)[c]
				if kept[c] != 0 && naiveSupport(t, kept) < k {
					kept[c] = 0
				}
			}
			b.Add(kept, 1)
		}
	}
	return b.Table()
}

// naiveSupport returns how many people hold all attributes of a record.
func naiveSupport(t *table.Table, record []uint16) int {
	n := 0
	for i := range t.Len() {
		fits := true
		for c, code := range t.Row(i) {
			fits = fits && (record[c] == 0 || record[c] == code)
		}
		if fits {
			n += t.Weight(i)
		}
	}
	return n
}

func compare(t testing.TB, sensitive, synthetic *table.Table, o quality.Options) *quality.Report {
	t.Helper()
	r, err := quality.Compare(context.Background(), sensitive, synthetic, o)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func publicJSON(t testing.TB, r *quality.Report) string {
	t.Helper()
	var b bytes.Buffer
	if err := r.Public.WriteJSON(&b); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func privateJSON(t testing.TB, r *quality.Report) string {
	t.Helper()
	var b bytes.Buffer
	if err := r.Private.WriteJSON(&b); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func publicPage(t testing.TB, r *quality.Report, title string) string {
	t.Helper()
	var b bytes.Buffer
	if err := r.Public.WriteHTML(&b, title); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func privatePage(t testing.TB, r *quality.Report, title string) string {
	t.Helper()
	var b bytes.Buffer
	if err := r.Private.WriteHTML(&b, title); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// near reports whether two figures agree but for rounding in the last places. Sums of fractions are cut at 32 binary places.
func near(a, b float64) bool { return math.Abs(a-b) <= 1e-8*max(1, math.Abs(a), math.Abs(b)) }

func random(seed uint64) *rand.Rand { return rand.New(rand.NewPCG(seed, 99)) }
