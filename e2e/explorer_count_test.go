package e2e_test

import (
	"encoding/csv"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// A counter answers questions from the files of a bundle, by going through them: an independent path to every number of the explorer.
type counter struct {
	k, length    int
	differential bool
	columns      []counterColumn
	attributes   [][2]int         // column and value of each
	rows         [][][]int        // by row, by column: the values
	published    map[string][]int // by combination: count, or count, low and high
	groups       map[string]int   // people with any value in a group
}

type counterColumn struct {
	Name, Kind, Group, Delimiter string
	Values                       []struct{ Value, Label string }
	people                       int
}

func readCounter(t testing.TB, dir string) *counter {
	t.Helper()
	c := &counter{published: map[string][]int{}, groups: map[string]int{}}
	var manifest struct {
		Protection struct {
			Method    string
			K, Length int
		}
		Columns []counterColumn
	}
	data, err := os.ReadFile(filepath.Join(dir, "manifest.json"))
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(data, &manifest); err != nil {
		t.Fatal(err)
	}
	c.k, c.length, c.columns = manifest.Protection.K, manifest.Protection.Length, manifest.Columns
	c.differential = manifest.Protection.Method == "differential"
	for i := range c.columns {
		for v := range c.columns[i].Values {
			c.attributes = append(c.attributes, [2]int{i, v})
		}
	}
	for _, row := range readRows(t, dir, "synthetic.csv") {
		cells := make([][]int, len(c.columns))
		for i, cell := range row {
			cells[i] = c.values(i, cell)
		}
		c.rows = append(c.rows, cells)
	}
	numbers := 1
	if c.differential {
		numbers = 3
	}
	for _, row := range readRows(t, dir, "aggregates.csv") {
		var count []int
		for _, cell := range row[:numbers] {
			n, err := strconv.Atoi(cell)
			if err != nil {
				t.Fatal(err)
			}
			count = append(count, n)
		}
		var parts []string
		for i := numbers + 1; i < len(row) && row[i] != ""; i += 2 {
			parts = append(parts, row[i]+"="+row[i+1])
		}
		slices.Sort(parts)
		c.published[strings.Join(parts, "\n")] = count
	}
	c.readTotals(t, dir)
	return c
}

func (c *counter) readTotals(t testing.TB, dir string) {
	t.Helper()
	for _, row := range readRows(t, dir, "codebook.csv") {
		n, _ := strconv.Atoi(row[len(row)-1])
		if c.differential {
			n, _ = strconv.Atoi(row[len(row)-3])
		}
		column, kind, group, value := row[0], row[2], row[3], row[5]
		switch {
		case kind == "group":
			c.groups[group] = n
		case kind != "blank" && value == "":
			for i := range c.columns {
				if c.columns[i].Name == column {
					c.columns[i].people = n
				}
			}
		}
	}
}

func readRows(t testing.TB, dir, name string) [][]string {
	t.Helper()
	file, err := os.Open(filepath.Join(dir, name))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	rows, err := csv.NewReader(file).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	return rows[1:]
}

func (c *counter) values(column int, cell string) (values []int) {
	parts := []string{cell}
	if c.columns[column].Delimiter != "" {
		parts = strings.Split(cell, c.columns[column].Delimiter)
	}
	for _, part := range parts {
		for v, value := range c.columns[column].Values {
			if value.Value == part {
				values = append(values, v)
			}
		}
	}
	return values
}

// picks are values by column; a column that is missing takes any.
type picks map[int][]int

func (c *counter) meets(row [][]int, p picks, without ...int) bool {
	for column, values := range p {
		if !slices.Contains(without, column) && !slices.ContainsFunc(row[column], func(v int) bool { return slices.Contains(values, v) }) {
			return false
		}
	}
	return true
}

// count returns how many synthetic records fulfil the picks, but for those of some columns, and a condition.
func (c *counter) count(p picks, condition func(row [][]int) bool, without ...int) (n int) {
	for _, row := range c.rows {
		if c.meets(row, p, without...) && (condition == nil || condition(row)) {
			n++
		}
	}
	return n
}

// tally returns, by value of a column, how many records there are that fulfil the picks of the others, and how many have any value in its group.
func (c *counter) tally(p picks, column int) (records []int, any int) {
	records = make([]int, len(c.columns[column].Values))
	for _, row := range c.rows {
		if !c.meets(row, p, column) {
			continue
		}
		for _, v := range row[column] {
			records[v]++
		}
		for other := range c.columns {
			if (other == column || c.columns[column].Group != "" && c.columns[other].Group == c.columns[column].Group) && len(row[other]) > 0 {
				any++
				break
			}
		}
	}
	return records, any
}

// people returns the text of a number of people: who fulfil the picks of other columns than those given, and have the values given.
func (c *counter) people(p picks, records int, values ...[2]int) (text, source string) {
	combinations := []map[string]bool{{}} // of which the counts are added
	add := func(column int, alternatives []int) {
		var longer []map[string]bool
		for _, v := range alternatives {
			for _, combination := range combinations {
				with := maps.Clone(combination)
				with[c.columns[column].Name+"="+c.columns[column].Values[v].Value] = true
				longer = append(longer, with)
			}
		}
		combinations = longer
	}
	certain := true
	for column, picked := range p {
		if slices.ContainsFunc(values, func(v [2]int) bool { return v[0] == column }) {
			continue
		}
		certain = certain && (len(picked) == 1 || c.columns[column].Kind != "many" && !c.differential)
		add(column, picked)
	}
	for _, v := range values {
		add(v[0], []int{v[1]})
	}
	if !certain || len(combinations) > 16 || len(combinations[0]) > c.length {
		return "≈ " + commas(records), "synthetic"
	}
	var found [][]int
	for _, combination := range combinations {
		if count, ok := c.published[strings.Join(slices.Sorted(maps.Keys(combination)), "\n")]; ok {
			found = append(found, count)
		}
	}
	switch {
	case len(combinations) == 1 && len(found) == 0 && c.differential:
		return "not published", "rare"
	case len(combinations) == 1 && len(found) == 0:
		return fmt.Sprintf("fewer than %d", c.k), "rare"
	case c.differential:
		return fmt.Sprintf("%s (%s to %s)", commas(found[0][0]), commas(found[0][1]), commas(found[0][2])), "published"
	}
	sum := 0
	for _, count := range found {
		sum += count[0]
	}
	return commas(sum) + "–" + commas(sum+len(combinations)*(c.k-1)), "published"
}

// share returns the share of a value as the page must show it.
func (c *counter) share(p picks, records, any, column, value int) float64 {
	part, base := records, any
	if len(p) == 0 {
		c0 := c.columns[column]
		base = c0.people
		if c0.Group != "" {
			base = c.groups[c0.Group]
		}
		count, ok := c.published[c0.Name+"="+c0.Values[value].Value]
		if !ok {
			return -1
		}
		part = count[0]
	}
	if base == 0 {
		return -1
	}
	return min(1, float64(part)/float64(base))
}

func commas(n int) string {
	text := strconv.Itoa(n)
	for i := len(text) - 3; i > 0; i -= 3 {
		text = text[:i] + "," + text[i:]
	}
	return text
}

// dice are numbers that look random and are the same in each run (xorshift64 of Marsaglia, 2003).
type dice uint64

func (d *dice) roll(n int) int {
	*d ^= *d << 13
	*d ^= *d >> 7
	*d ^= *d << 17
	return int(uint64(*d) >> 11 % uint64(n))
}

// pick chooses up to five columns and some values of each: half of the time those of a record, so that somebody has them.
func (c *counter) pick(d *dice) picks {
	p := picks{}
	row := c.rows[d.roll(len(c.rows))]
	like := d.roll(2) == 0
	for range d.roll(6) {
		column := d.roll(len(c.columns))
		n := len(c.columns[column].Values)
		if n == 0 {
			continue
		}
		if like {
			if len(row[column]) > 0 {
				p[column] = []int{row[column][d.roll(len(row[column]))]}
			}
			continue
		}
		for range 1 + d.roll(4)/2 {
			if v := d.roll(n); !slices.Contains(p[column], v) {
				p[column] = append(p[column], v)
			}
		}
	}
	return p
}
