package kanon_test

import (
	"fmt"
	"math/bits"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/opencovey/covey/marginal"
	"github.com/opencovey/covey/synth/kanon"
	"github.com/opencovey/covey/table"
)

// newTable builds a table from codes, with values named after column and code.
func newTable(values []int, rows [][]uint16) *table.Table {
	columns := make([]table.Column, len(values))
	for i, n := range values {
		columns[i] = table.Column{Name: fmt.Sprintf("c%d", i), Field: fmt.Sprintf("c%d", i)}
		for v := range n {
			columns[i].Values = append(columns[i].Values, fmt.Sprintf("c%d=%d", i, v+1))
		}
		columns[i].Blanks = []table.BlankCount{{Reason: "blank", People: 1}}
	}
	b := table.NewBuilder(columns)
	for _, row := range rows {
		b.Add(row, 1)
	}
	return b.Table()
}

// fact is a column and a value, by name.
type fact struct{ column, value string }

// facts returns what a record of a table says.
func facts(t *table.Table, row []uint16) []fact {
	var list []fact
	for i, code := range row {
		if code != 0 {
			list = append(list, fact{t.Columns[i].Name, t.Columns[i].Values[code-1]})
		}
	}
	return list
}

// census knows who of a table holds what. It is written to be obviously right, and knows nothing of the code under test.
type census struct {
	holders map[fact][]uint64 // bitmap of records
	weights []int
	people  int
}

func newCensus(t *table.Table) *census {
	c := &census{holders: map[fact][]uint64{}, people: t.People()}
	for i := range t.Len() {
		for _, f := range facts(t, t.Row(i)) {
			if c.holders[f] == nil {
				c.holders[f] = make([]uint64, (t.Len()+63)/64)
			}
			c.holders[f][i/64] |= 1 << (i % 64)
		}
		c.weights = append(c.weights, t.Weight(i))
	}
	return c
}

// persons returns how many persons share all the facts.
func (c *census) persons(list []fact) int {
	if len(list) == 0 {
		return c.people
	}
	holders := make([][]uint64, len(list))
	for i, f := range list {
		if holders[i] = c.holders[f]; holders[i] == nil {
			return 0
		}
	}
	n := 0
	for w, word := range holders[0] {
		for _, h := range holders[1:] {
			word &= h[w]
		}
		for ; word != 0; word &= word - 1 {
			n += c.weights[w*64+bits.TrailingZeros64(word)]
		}
	}
	return n
}

// findRare returns a combination of a record, of up to the given length, that somebody but fewer than k persons hold.
func (c *census) findRare(record []fact, k, length int) []fact {
	var rare []fact
	var grow func(from int, combination []fact)
	grow = func(from int, combination []fact) {
		if rare != nil {
			return
		}
		if n := c.persons(combination); n < k {
			rare = slices.Clone(combination)
			return
		}
		if len(combination) == length {
			return
		}
		for i := from; i < len(record); i++ {
			grow(i+1, append(combination, record[i]))
		}
	}
	grow(0, nil)
	return rare
}

// checkRecords checks everything that Synthesize promises of one result, by brute force.
func checkRecords(in, out *table.Table, k int) error {
	if want := kanon.Round(in.People(), k); out.People() != want {
		return fmt.Errorf("%d records, want %d", out.People(), want)
	}
	if err := checkColumns(in, out, k); err != nil {
		return err
	}
	known := newCensus(in)
	for row, n := range out.Rows() {
		record := facts(out, row)
		if persons := known.persons(record); persons < k {
			return fmt.Errorf("%d records say %v, as do %d persons", n, record, persons)
		}
	}
	made := newCensus(out)
	for f := range made.holders {
		most := kanon.Round(known.persons([]fact{f}), k) + k/2
		if n := made.persons([]fact{f}); n > most {
			return fmt.Errorf("%d records say %v, at most %d may", n, f, most)
		}
	}
	for i := 1; i < out.Len(); i++ {
		if slices.Compare(out.Row(i-1), out.Row(i)) >= 0 {
			return fmt.Errorf("record %d is not in order", i)
		}
	}
	return nil
}

// checkColumns checks that columns are those of the input, with exactly the values that at least k persons have.
func checkColumns(in, out *table.Table, k int) error {
	known := newCensus(in)
	var want []table.Column
	for _, c := range in.Columns {
		c.Blanks = nil
		c.Values = slices.DeleteFunc(slices.Clone(c.Values), func(v string) bool {
			return known.persons([]fact{{c.Name, v}}) < k
		})
		if len(c.Values) > 0 || c.Kind != table.Many {
			want = append(want, c)
		}
	}
	if got, want := fmt.Sprintf("%+v", out.Columns), fmt.Sprintf("%+v", want); got != want {
		return fmt.Errorf("columns are %s, want %s", got, want)
	}
	return nil
}

// randomTable draws a table: so many persons and columns, each with so many values, of which a share is blank and the lower ones are more
// common.
func randomTable(rng *rand.Rand, people, columns, values int, blank float64) *table.Table {
	counts := make([]int, columns)
	for i := range counts {
		counts[i] = 1 + rng.IntN(values)
	}
	rows := make([][]uint16, people)
	for r := range rows {
		rows[r] = make([]uint16, columns)
		for i := range rows[r] {
			if rng.Float64() >= blank {
				u := rng.Float64()
				rows[r][i] = uint16(1 + u*u*float64(counts[i]))
			}
		}
	}
	return newTable(counts, rows)
}

// describe prints a table so that two can be compared.
func describe(t *table.Table) string {
	var b strings.Builder
	for _, c := range t.Columns {
		fmt.Fprintf(&b, "%q %q %q %v %q %v\n", c.Name, c.Field, c.Label, c.Kind, c.Values, c.Blanks)
	}
	for row, n := range t.Rows() {
		fmt.Fprintln(&b, n, row)
	}
	return b.String()
}

// synthesize is Synthesize without options, and must succeed.
func synthesize(t testing.TB, in *table.Table, k int, o kanon.Options) *table.Table {
	t.Helper()
	out, err := kanon.Synthesize(t.Context(), in, k, o)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// attribute returns the attribute of a fact in a table.
func attribute(t testing.TB, in *table.Table, f fact) marginal.Attribute {
	t.Helper()
	for i, c := range in.Columns {
		if v := slices.Index(c.Values, f.value); c.Name == f.column && v >= 0 {
			return marginal.Attribute{Column: i, Code: uint16(v + 1)}
		}
	}
	t.Fatalf("the table has no %v", f)
	return marginal.Attribute{}
}
