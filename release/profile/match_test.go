package profile_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/opencovey/covey/release/profile"
	"github.com/opencovey/covey/table"
)

// score counts suggestions. Precision is the share of suggestions that are right, recall the share of what has a right answer that is suggested.
type score struct{ cases, suggested, right, wanted, sure, sureRight int }

func (s *score) add(got, want string, sure bool) {
	s.cases++
	if want != "none" {
		s.wanted++
	}
	if got == "none" {
		return
	}
	s.suggested++
	if sure {
		s.sure++
	}
	if got == want {
		s.right++
		if sure {
			s.sureRight++
		}
	}
}

func (s *score) precision() float64 { return float64(s.right) / float64(max(1, s.suggested)) }
func (s *score) recall() float64    { return float64(s.right) / float64(max(1, s.wanted)) }

// judged goes through a file of cases, and says what is suggested for them. Of the two files for each test, the second was written after the words
// and the rules, and its figures are those to expect of other files.
func judged(t *testing.T, name string, try func(c []string) (got string, sure bool)) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	var s score
	for line := range strings.Lines(string(text)) {
		c := strings.Split(strings.TrimSpace(line), "; ")
		if len(c) < 4 || strings.HasPrefix(line, "#") {
			continue
		}
		got, sure := try(c)
		s.add(got, c[3], sure)
		if got != c[3] {
			t.Logf("%s is taken for %s", strings.Join(c[:3], "; "), got)
		}
	}
	t.Logf("%s: %d cases, %d suggested, %d of them right: precision %.3f, recall %.3f; sure: %d of %d right",
		name, s.cases, s.suggested, s.right, s.precision(), s.recall(), s.sureRight, s.sure)
	if s.precision() < 0.98 || s.recall() < 0.85 || s.sureRight < s.sure {
		t.Error("wanted are a precision of 0.98 and a recall of 0.85, and nothing wrong that is sure")
	}
}

// profileOf is what a column of the given labels looks like.
func profileOf(t *testing.T, header, labels string) table.ColumnProfile {
	t.Helper()
	text := cell(header) + ",other\n"
	for range 12 {
		for _, v := range strings.Split(labels, "|") {
			text += cell(v) + ",0\n"
		}
	}
	rows, err := table.OpenCSV(strings.NewReader(text), "p.csv", table.Format{Delimiter: ','})
	if err != nil {
		t.Fatal(err)
	}
	columns, err := table.ProfileRows(t.Context(), rows, table.ProfileOptions{})
	if err != nil {
		t.Fatal(err)
	}
	return columns[0]
}

func cell(text string) string { return `"` + strings.ReplaceAll(text, `"`, `""`) + `"` }

// TestColumns judges what is suggested for the columns of case files.
func TestColumns(t *testing.T) {
	try := func(c []string) (string, bool) {
		p, _ := profile.Find(c[0])
		if m := p.Suggest([]table.ColumnProfile{profileOf(t, c[1], c[2])}); len(m) > 0 {
			return m[0].Field, m[0].Sure
		}
		return "none", false
	}
	judged(t, "columns.txt", try)
	judged(t, "columns_fresh.txt", try)
}

// TestLabels judges what is suggested for labels.
func TestLabels(t *testing.T) {
	try := func(c []string) (string, bool) {
		p, _ := profile.Find(c[0])
		m, ok := p.Match(table.ColumnProfile{Name: "x", Top: []table.ValueCount{{Text: c[2], Rows: 1}}}, c[1])
		f, known := p.Field(c[1])
		if !ok || !known {
			t.Fatalf("there is no field %s", c[1])
		}
		if len(m.Labels) > 0 {
			switch l := m.Labels[0]; {
			case l.Blank:
				return "blank", l.Sure
			case l.Code != "":
				return l.Code, l.Sure
			}
			return "none", false
		}
		if code, ok := table.ParseCountry(c[2]); ok && f.Kind == table.Country {
			return code, true
		}
		if f.Kind == table.Flag { // what package table reads by itself
			if slices.Contains(table.DefaultYes, strings.ToLower(c[2])) {
				return "yes", true
			}
			return "no", true
		}
		return c[2], true // is a code
	}
	judged(t, "labels.txt", try)
	judged(t, "labels_fresh.txt", try)
}
