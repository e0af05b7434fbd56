package marginal_test

import (
	"bytes"
	"errors"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/opencovey/covey/marginal"
	"github.com/opencovey/covey/table"
)

// split deals the persons of a table out to so many shards.
func split(rng *rand.Rand, t *table.Table, n int) []*table.Table {
	builders := make([]*table.Builder, n)
	for i := range builders {
		builders[i] = table.NewBuilder(t.Columns)
	}
	for row, weight := range t.Rows() {
		for range weight {
			builders[rng.IntN(n)].Add(row, 1)
		}
	}
	shards := make([]*table.Table, n)
	for i, b := range builders {
		shards[i] = b.Table()
	}
	return shards
}

// relabel gives a table only the values that occur, in an order of its own: as if its file alone had been read.
func relabel(t *table.Table, order func([]string)) *table.Table {
	lists := make([][]string, len(t.Columns))
	for i := range lists {
		used := map[uint16]bool{}
		for row := range t.Rows() {
			used[row[i]] = true
		}
		for k, v := range t.Columns[i].Values {
			if used[uint16(k+1)] {
				lists[i] = append(lists[i], v)
			}
		}
		order(lists[i])
	}
	return recode(t, lists)
}

// recode gives the columns of a table other lists of values.
func recode(t *table.Table, lists [][]string) *table.Table {
	columns := slices.Clone(t.Columns)
	codes := make([][]uint16, len(columns))
	for i := range columns {
		codes[i] = make([]uint16, len(columns[i].Values)+1)
		for k, v := range columns[i].Values {
			codes[i][k+1] = uint16(slices.Index(lists[i], v) + 1)
		}
		columns[i].Values = lists[i]
	}
	b := table.NewBuilder(columns)
	own := make([]uint16, len(columns))
	for row, weight := range t.Rows() {
		for i, c := range row {
			own[i] = codes[i][c]
		}
		b.Add(own, weight)
	}
	return b.Table()
}

// Merge(Count(shards)) is Count(whole), however persons are dealt out, and MergeFiles does as Merge does.
func TestMergeIsCountOfTheWhole(t *testing.T) {
	sorted := func(values []string) { slices.SortFunc(values, table.CompareLabels) }
	each(t, 6, func(t *testing.T, k kind, rng *rand.Rand) {
		whole := k.table(rng)
		shards := split(rng, whole, 1+rng.IntN(5))
		length := 1 + rng.IntN(k.length)
		t.Run("equal values", func(t *testing.T) { checkMerge(t, whole, shards, length, 1+rng.IntN(20)) })
		for i := range shards {
			shards[i] = relabel(shards[i], sorted)
		}
		t.Run("values found", func(t *testing.T) { checkMerge(t, relabel(whole, sorted), shards, length, 1+rng.IntN(20)) })
		for i := range shards {
			shards[i] = relabel(shards[i], func(values []string) {
				rng.Shuffle(len(values), func(i, j int) { values[i], values[j] = values[j], values[i] })
			})
		}
		t.Run("values in turmoil", func(t *testing.T) { checkMerge(t, relabel(whole, sorted), shards, length, 1+rng.IntN(20)) })
	})
}

// checkMerge compares the merged counts of shards with those of the whole, whose values are sorted where those of the shards differ.
func checkMerge(t *testing.T, whole *table.Table, shards []*table.Table, length, threshold int) {
	t.Helper()
	var parts []*marginal.Counts
	var files []marginal.Part
	for _, s := range shards {
		c := count(t, s, marginal.Options{Length: length})
		parts = append(parts, c)
		files = append(files, marginal.Part{Name: "file", Reader: bytes.NewReader(write(t, c))})
	}
	got, err := marginal.Merge(parts...)
	if err != nil {
		t.Fatal(err)
	}
	lists := make([][]string, len(whole.Columns))
	for i := range lists {
		lists[i] = whole.Columns[i].Values
		if !slices.ContainsFunc(shards, func(s *table.Table) bool { return !slices.Equal(s.Columns[i].Values, shards[0].Columns[i].Values) }) {
			lists[i] = shards[0].Columns[i].Values // a list that all shards share is kept
		}
		if !slices.Equal(got.Columns[i].Values, lists[i]) {
			t.Fatalf("column %d has values %q, want %q", i, got.Columns[i].Values, lists[i])
		}
	}
	whole = recode(whole, lists)
	if !equalCounts(got, count(t, whole, marginal.Options{Length: length})) {
		t.Fatalf("merged counts of %d parts differ from those of the whole", len(parts))
	}
	if !equalCounts(got.Prune(threshold), count(t, whole, marginal.Options{Length: length, Threshold: threshold})) {
		t.Fatalf("pruned at %d, counts differ from those of the whole", threshold)
	}
	fromFiles, err := marginal.MergeFiles(files...)
	if err != nil {
		t.Fatal(err)
	}
	if !equalCounts(got, fromFiles) || !reflect.DeepEqual(got.Columns, fromFiles.Columns) {
		t.Fatal("MergeFiles differs from Merge")
	}
}

// many makes columns as table.Read does: "sex", then those of the many-valued fields with their labels.
func many(labels map[string][]string, fields ...string) []table.Column {
	columns := []table.Column{{Name: "sex", Field: "sex", Values: []string{"f", "m"}}}
	for _, f := range fields {
		for _, l := range labels[f] {
			columns = append(columns, table.Column{Name: f + ": " + l, Field: f, Label: l, Kind: table.Many, Values: []string{l}})
		}
	}
	return append(columns, table.Column{Name: "year", Field: "year", Values: []string{"2020"}})
}

func ones(t *testing.T, columns []table.Column) *marginal.Counts {
	t.Helper()
	b := table.NewBuilder(columns)
	b.Add(slices.Repeat([]uint16{1}, len(columns)), 1)
	return count(t, b.Table(), marginal.Options{Length: 2})
}

// A label of a many-valued field that nobody in a shard has is no column there.
func TestMergeManyValued(t *testing.T) {
	parts := []*marginal.Counts{
		ones(t, many(map[string][]string{"means": {"debt", "threats"}}, "means")),
		ones(t, many(nil)),
		ones(t, many(map[string][]string{"means": {"abuse", "debt"}, "work": {"farm"}}, "means", "work")),
		ones(t, many(map[string][]string{"work": {"farm", "sea"}}, "work")),
	}
	got, err := marginal.Merge(parts...)
	if err != nil {
		t.Fatal(err)
	}
	var columns []string
	for _, c := range got.Columns {
		columns = append(columns, c.Name)
	}
	if text := strings.Join(columns, ", "); text != "sex, means: abuse, means: debt, means: threats, work: farm, work: sea, year" {
		t.Error(text)
	}
	var all []string
	for combination, n := range got.All(2) {
		a, b := combination[0], combination[1]
		_, x := got.Name(a)
		_, y := got.Name(b)
		all = append(all, x+" "+y+strings.Repeat("+", n))
	}
	want := "f abuse+, f debt++, f threats+, f farm++, f sea+, f 2020++++, abuse debt+, abuse farm+, abuse 2020+, " +
		"debt threats+, debt farm+, debt 2020++, threats 2020+, farm sea+, farm 2020++, sea 2020+"
	if text := strings.Join(all, ", "); text != want {
		t.Errorf("%s\nwant %s", text, want)
	}
}

// Columns of a many-valued field change places where lists of labels in different orders are united.
func TestMergeManyValuedInTurmoil(t *testing.T) {
	labels := func(l ...string) []table.Column { return many(map[string][]string{"means": l}, "means") }
	got, err := marginal.Merge(ones(t, labels("threats", "debt", "abuse")), ones(t, labels("debt", "threats")))
	if err != nil {
		t.Fatal(err)
	}
	b := table.NewBuilder(labels("abuse", "debt", "threats"))
	b.Add([]uint16{1, 1, 1, 1, 1}, 1)
	b.Add([]uint16{1, 0, 1, 1, 1}, 1)
	if !equalCounts(got, count(t, b.Table(), marginal.Options{Length: 2})) {
		t.Error("merged counts differ from those of the whole")
	}
}

func TestMergeBlanks(t *testing.T) {
	columns := func(blanks ...table.BlankCount) []table.Column {
		c := names([]int{1})
		c[0].Blanks = blanks
		return c
	}
	a := count(t, table.NewBuilder(columns(table.BlankCount{Reason: "blank", People: 3}, table.BlankCount{Reason: "unknown", People: 1})).Table(), marginal.Options{})
	b := count(t, table.NewBuilder(columns(table.BlankCount{Reason: "asked", People: 5}, table.BlankCount{Reason: "blank", People: 4})).Table(), marginal.Options{})
	got, err := marginal.Merge(a, b)
	if err != nil {
		t.Fatal(err)
	}
	want := []table.BlankCount{{Reason: "asked", People: 5}, {Reason: "blank", People: 7}, {Reason: "unknown", People: 1}}
	if !slices.Equal(got.Columns[0].Blanks, want) {
		t.Errorf("%v, want %v", got.Columns[0].Blanks, want)
	}
}

func TestMergeRefuses(t *testing.T) {
	of := func(columns []table.Column, o marginal.Options) *marginal.Counts {
		b := table.NewBuilder(columns)
		return count(t, b.Table(), o)
	}
	changed := func(change func(*table.Column)) []table.Column {
		c := names([]int{2, 2})
		change(&c[1])
		return c
	}
	base := of(names([]int{2, 2}), marginal.Options{})
	swapped := names([]int{2, 2})
	slices.Reverse(swapped)
	big := table.NewBuilder(names([]int{2, 2}))
	big.Add([]uint16{1, 1}, 1<<31)
	huge := count(t, big.Table(), marginal.Options{})
	for _, tt := range []struct {
		name  string
		parts []*marginal.Counts
		want  string
	}{
		{"nothing", nil, "no parts"},
		{"threshold", []*marginal.Counts{base, of(names([]int{2, 2}), marginal.Options{Threshold: 10})}, "part 2: it holds only combinations of at least 10 persons"},
		{"length", []*marginal.Counts{base, of(names([]int{2, 2}), marginal.Options{Length: 2})}, "up to length 2, and part 1 up to length 3"},
		{"missing", []*marginal.Counts{base, of(names([]int{2}), marginal.Options{})}, `part 2: it has no column "column 1"`},
		{"further", []*marginal.Counts{base, of(names([]int{2, 2, 2}), marginal.Options{})}, `part 2: its column "column 2" is not in part 1`},
		{"order", []*marginal.Counts{base, of(swapped, marginal.Options{})}, `part 2: its column "column 0" is not where it is`},
		{"name", []*marginal.Counts{base, of(changed(func(c *table.Column) { c.Name = "age" }), marginal.Options{})}, `column "age" is not in part 1`},
		{"field", []*marginal.Counts{base, of(changed(func(c *table.Column) { c.Field = "age" }), marginal.Options{})}, `column "column 1" is not of the same name, field`},
		{"kind", []*marginal.Counts{base, of(changed(func(c *table.Column) { c.Kind = table.Date }), marginal.Options{})}, `column "column 1" is not of the same name, field and kind`},
		{"label", []*marginal.Counts{base, of(changed(func(c *table.Column) { c.Label = "x" }), marginal.Options{})}, `column "column 1"`},
		{"persons", []*marginal.Counts{huge, huge}, "4294967296 persons"},
		{"values", []*marginal.Counts{of(names([]int{40_000}), marginal.Options{}), of(changedValues(40_000), marginal.Options{})}, "80000 values"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c, err := marginal.Merge(tt.parts...)
			if err == nil || !strings.Contains(err.Error(), tt.want) || c != nil {
				t.Fatalf("%v, want %q", err, tt.want)
			}
		})
	}
	var hint hinter
	if _, err := marginal.Merge(base, of(names([]int{2, 2}), marginal.Options{Threshold: 10})); !errors.As(err, &hint) {
		t.Errorf("%v: no hint", err)
	}
}

func changedValues(n int) []table.Column {
	c := names([]int{n})
	for i := range c[0].Values {
		c[0].Values[i] += " too"
	}
	return c
}

func TestMergeFilesNamesTheFile(t *testing.T) {
	good := write(t, ones(t, many(nil)))
	cut := good[:len(good)-3]
	for _, tt := range []struct {
		name string
		file []byte
		want string
	}{
		{"cut", cut, "north.covey: the file ends too early"},
		{"other", []byte("sex,age\n"), "north.covey: this is not a count file"},
		{"columns", write(t, ones(t, names([]int{1}))), `north.covey: its column "column 0" is not in south.covey`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, err := marginal.MergeFiles(marginal.Part{Name: "south.covey", Reader: bytes.NewReader(good)}, marginal.Part{Name: "north.covey", Reader: bytes.NewReader(tt.file)})
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("%v, want %q", err, tt.want)
			}
		})
	}
}

func TestPruneKeepsLowerThreshold(t *testing.T) {
	c := ones(t, many(nil))
	if c.Prune(0) != c || c.Prune(1) != c {
		t.Error("counts without what is below 1 are other counts")
	}
	if p := c.Prune(2); p.Len(1) != 0 || p.Threshold != 2 || p.People != 1 {
		t.Errorf("pruned at 2: %d attributes, threshold %d, %d people", p.Len(1), p.Threshold, p.People)
	}
}
