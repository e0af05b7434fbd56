package table_test

import (
	"testing"

	"github.com/opencovey/covey/table"
)

// TestReadRepeatedRows reads rows that repeat the row before: with reasons to count, with spellings that differ and mean the same, and after
// a row that is like an earlier one.
func TestReadRepeatedRows(t *testing.T) {
	schema := table.Schema{
		Fields: []table.Field{{Name: "c"}, {Name: "d", Kind: table.Many}},
		Blanks: []table.Blank{{Text: "-99", Reason: "not recorded"}},
	}
	tab := read(t, "c,d\nx,a;b\nx,a;b\nX2,\nX2,\nx,a;b\nx,b;a\nx,a;b\n-99,a\n-99,a\n-99,a\nx,a\n", schema)
	if tab.People() != 11 || tab.Len() != 4 {
		t.Errorf("%d people in %d records, not 11 in 4", tab.People(), tab.Len())
	}
	weights := map[[3]uint16]int{}
	for row, n := range tab.Rows() {
		weights[[3]uint16(row)] = n
	}
	want := map[[3]uint16]int{{2, 1, 1}: 5, {1, 0, 0}: 2, {0, 1, 0}: 3, {2, 1, 0}: 1}
	for row, n := range want {
		if weights[row] != n {
			t.Errorf("record %v has %d people, not %d; all: %v", row, weights[row], n, weights)
		}
	}
	if got := blanks(tab, "c"); got != "not recorded 3" {
		t.Errorf("blanks %s", got)
	}
}
