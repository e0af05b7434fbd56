package coded

import (
	"math"
	"strings"
	"testing"
)

func TestCells(t *testing.T) {
	d := &Domain{Columns: []Column{{Size: 3}, {Size: 5}, {Size: 1}, {Size: math.MaxUint16 + 1}, {Size: math.MaxUint16 + 1}, {Size: math.MaxUint16 + 1}, {Size: math.MaxUint16 + 1}}}
	for _, c := range []struct {
		limit   int
		columns []int
		want    int
	}{
		{10, nil, 1},
		{15, []int{0, 1}, 15},
		{14, []int{0, 1}, 15},
		{2, []int{0, 1}, 3},
		{100, []int{0, 2, 2, 1}, 15},
		{math.MaxInt - 1, []int{3, 4, 5, 6}, math.MaxInt}, // would not fit in an int
	} {
		if got := d.Cells(c.limit, c.columns...); got != c.want {
			t.Errorf("columns %v, limit %d: %d, not %d", c.columns, c.limit, got, c.want)
		}
	}
}

func TestCheck(t *testing.T) {
	d := &Domain{Columns: []Column{{Name: "a", Size: 3}, {Name: "b", Size: 2, Blank: true}}}
	good := &Records{Codes: [][]uint16{{0, 2}, {1, 0}}, Weights: []uint32{4, 5}}
	if err := d.Check(good); err != nil {
		t.Error(err)
	}
	if good.Len() != 2 || good.People() != 9 {
		t.Errorf("%d records of %d people", good.Len(), good.People())
	}
	big := &Records{Weights: []uint32{math.MaxUint32, math.MaxUint32}}
	if big.People() != 2*math.MaxUint32 {
		t.Errorf("%d people", big.People())
	}
	for want, r := range map[string]*Records{
		"1 columns":        {Codes: [][]uint16{{0}}, Weights: []uint32{1}},
		"column b has 1":   {Codes: [][]uint16{{0, 1}, {1}}, Weights: []uint32{1, 1}},
		"column a has cod": {Codes: [][]uint16{{3}, {1}}, Weights: []uint32{1}},
		"ends at 1":        {Codes: [][]uint16{{0}, {2}}, Weights: []uint32{1}},
	} {
		if err := d.Check(r); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("want an error with %q: %v", want, err)
		}
	}
}
