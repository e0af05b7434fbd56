package table_test

import (
	"slices"
	"testing"

	"github.com/opencovey/covey/table"
)

// TestReadReleased reads what a release writes: the labels of bins stand for themselves, and before the number or date that
// they might be taken for.
func TestReadReleased(t *testing.T) {
	tests := []struct {
		name  string
		field table.Field
		cells []string
		raw   string // values when the file is raw; "": it cannot be read so
		want  string // values when it is a release
	}{
		{
			"number, made labels",
			table.Field{Kind: table.Number, Bins: table.Bins{Numbers: []float64{0, 18}}},
			[]string{"0--17", "18+", "20"},
			"", "<0 0, 0--17 1, 18+ 2",
		},
		{
			"number, labels that are numbers",
			table.Field{Kind: table.Number, Bins: table.Bins{Numbers: []float64{0, 10, 20}, Labels: []string{"1", "2", "3"}}},
			[]string{"2", "3", "15"},
			"<0 0, 1 2, 2 1, 3 0", "<0 0, 1 0, 2 2, 3 1",
		},
		{"quarters", table.Field{Kind: table.Date, Bins: table.Bins{Every: table.Quarter}}, []string{"2014-Q3", "2014-08-01"}, "", "2014-Q3 2"},
		{"decades", table.Field{Kind: table.Date, Bins: table.Bins{Every: table.Decade}}, []string{"2010s", "2014-08-01"}, "", "2010s 2"},
		{"flag", table.Field{Kind: table.Flag, KeepNo: true, Yes: []string{"oui", "1"}}, []string{"oui", "no", "1"}, "oui 2, no 1", "oui 2, no 1"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			tt.field.Name = "c"
			schema := table.Schema{Fields: []table.Field{tt.field}, Released: true}
			if got := counts(read(t, one(tt.cells...), schema)); got != tt.want {
				t.Errorf("as a release: %s, not %s", got, tt.want)
			}
			if tt.raw == "" {
				return
			}
			schema.Released = false
			if got := counts(read(t, one(tt.cells...), schema)); got != tt.raw {
				t.Errorf("as it is: %s, not %s", got, tt.raw)
			}
		})
	}
	if !slices.Contains(table.DefaultYes, "yes") || !slices.Contains(table.DefaultNo, "no") {
		t.Error("the standard labels of a flag are none of its spellings")
	}
}
