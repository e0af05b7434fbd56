package table_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"

	"github.com/opencovey/covey/table"
)

// canary stands in cells whose content must never show up in an error.
const canary = "Zyxw"

// open opens text as cases.csv and fails the test on an error.
func open(t testing.TB, text string) *table.CSV {
	t.Helper()
	rows, err := table.OpenCSV(strings.NewReader(text), "cases.csv", table.Format{})
	if err != nil {
		t.Fatalf("OpenCSV: %v", err)
	}
	return rows
}

// read reads text by a schema and fails the test on an error.
func read(t testing.TB, text string, schema table.Schema) *table.Table {
	t.Helper()
	tab, _, err := table.Read(context.Background(), open(t, text), schema, table.Options{})
	if err != nil {
		t.Fatalf("Read: %v", err)
	}
	return tab
}

// readErr reads text that must not be readable. It checks that the error does not quote the canary.
func readErr(t testing.TB, text string, schema table.Schema, limits table.Limits) error {
	t.Helper()
	rows, err := table.OpenCSV(strings.NewReader(text), "cases.csv", table.Format{Limits: limits})
	if err == nil {
		_, _, err = table.Read(context.Background(), rows, schema, table.Options{Limits: limits})
	}
	if err == nil {
		t.Fatal("no error")
	}
	quiet(t, err)
	return err
}

// quiet fails the test when an error, or its hint, quotes the canary.
func quiet(t testing.TB, err error) {
	t.Helper()
	text := err.Error()
	var h interface{ Hint() string }
	if errors.As(err, &h) {
		text += h.Hint()
	}
	if strings.Contains(strings.ToLower(text), strings.ToLower(canary)) {
		t.Errorf("the error quotes a cell: %s", text)
	}
}

// wantInput checks that err is an InputError at the row and column, with a hint and with the texts in it.
func wantInput(t testing.TB, err error, row int, column string, texts ...string) {
	t.Helper()
	var in *table.InputError
	if !errors.As(err, &in) {
		t.Fatalf("error %v (%T) is not an *InputError", err, err)
	}
	if in.Row != row || in.Column != column {
		t.Errorf("error at row %d, column %q, want row %d, column %q: %v", in.Row, in.Column, row, column, err)
	}
	if in.Hint() == "" {
		t.Errorf("no hint: %v", err)
	}
	for _, text := range texts {
		if !strings.Contains(err.Error()+" "+in.Hint(), text) {
			t.Errorf("error %q, hint %q, want %q in it", err, in.Hint(), text)
		}
	}
}

// records writes every record as "value | value ×weight", with "" for a blank, sorted.
func records(tab *table.Table) []string {
	var list []string
	for row, weight := range tab.Rows() {
		values := make([]string, len(row))
		for i, code := range row {
			if code > 0 {
				values[i] = tab.Columns[i].Values[code-1]
			}
		}
		list = append(list, fmt.Sprintf("%s ×%d", strings.Join(values, " | "), weight))
	}
	slices.Sort(list)
	return list
}

// columns names the columns of a table.
func columns(tab *table.Table) []string {
	names := make([]string, len(tab.Columns))
	for i, c := range tab.Columns {
		names[i] = c.Name
	}
	return names
}

// blanks writes the blanks of a field as "reason 2, other 1".
func blanks(tab *table.Table, field string) string {
	for _, c := range tab.Columns {
		if c.Field != field {
			continue
		}
		parts := make([]string, len(c.Blanks))
		for i, b := range c.Blanks {
			parts[i] = fmt.Sprintf("%s %d", b.Reason, b.People)
		}
		return strings.Join(parts, ", ")
	}
	return "no column"
}

// counts writes how many people have each value of a table, in the order of columns and values: "A 2, B 1".
func counts(tab *table.Table) string {
	var parts []string
	for i, c := range tab.Columns {
		people := make([]int, len(c.Values)+1)
		for row, weight := range tab.Rows() {
			people[row[i]] += weight
		}
		for v, label := range c.Values {
			parts = append(parts, fmt.Sprintf("%s %d", label, people[v+1]))
		}
	}
	return strings.Join(parts, ", ")
}

func equal(t testing.TB, what string, got, want []string) {
	t.Helper()
	if !slices.Equal(got, want) {
		t.Errorf("%s:\n got %q\nwant %q", what, got, want)
	}
}

// allRows reads all rows of a source, copying cells.
func allRows(rows table.Rows) ([][]string, error) {
	var all [][]string
	for {
		cells, err := rows.Next()
		if err == io.EOF {
			return all, nil
		} else if err != nil {
			return all, err
		}
		all = append(all, slices.Clone(cells))
	}
}
