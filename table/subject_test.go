package table_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/opencovey/covey/table"
)

func TestSubject(t *testing.T) {
	reasons := []table.Blank{{Text: "-99", Reason: "not recorded"}, {Text: "?", Reason: "unknown"}, {Text: "k1", Reason: "kept one", Keep: true}, {Text: "k2", Reason: "kept two", Keep: true}}
	flag := table.Field{Name: "v", Kind: table.Flag}
	keepNo := table.Field{Name: "v", Kind: table.Flag, KeepNo: true}
	category := table.Field{Name: "v"}
	many := table.Field{Name: "v", Kind: table.Many}
	tests := []struct {
		name   string
		field  table.Field
		rule   table.Conflict
		cells  []string // of one person, row by row
		want   string   // of every order, or a conflict
		blanks string
	}{
		{"one row", category, table.Refuse, []string{"a"}, "a", ""},
		{"equal rows", category, table.Refuse, []string{"a", "a", "a"}, "a", ""},
		{"a value fills a blank", category, table.Refuse, []string{"", "a", ""}, "a", ""},
		{"a value stands over a reason", category, table.Refuse, []string{"-99", "a", "?"}, "a", ""},
		{"a value stands over a kept reason", category, table.Refuse, []string{"k1", "a"}, "a", ""},
		{"a kept reason stands over a blank", category, table.Refuse, []string{"", "k2", "?"}, "kept two", ""},
		{"of kept reasons the first of the policy stands", category, table.Refuse, []string{"k2", "k1", "k2"}, "kept one", ""},
		{"a reason stands over an empty cell", category, table.Refuse, []string{"", "?"}, "", "unknown 1"},
		{"of reasons the first of the policy stands", category, table.Refuse, []string{"?", "-99", ""}, "", "not recorded 1"},
		{"values differ", category, table.Refuse, []string{"a", "b"}, "conflict", ""},
		{"values differ over a blank", category, table.Refuse, []string{"a", "", "b"}, "conflict", ""},
		{"values differ: blank", category, table.SetBlank, []string{"a", "b", "a"}, "", "conflict 1"},
		{"values differ: blank, with reasons", category, table.SetBlank, []string{"a", "?", "b", "k1"}, "", "conflict 1"},
		{"any is no rule for categories", category, table.AnyYes, []string{"a", "b"}, "conflict", ""},
		{"yes and no: any", flag, table.AnyYes, []string{"1", "0", ""}, "yes", ""},
		{"yes and no kept: any", keepNo, table.AnyYes, []string{"0", "1", "0"}, "yes", ""},
		{"no and no: any", flag, table.AnyYes, []string{"0", "0", "?"}, "", "no 1"},
		{"no kept: any", keepNo, table.AnyYes, []string{"0", "", "?"}, "no", ""},
		{"yes and no differ", flag, table.Refuse, []string{"1", "0"}, "conflict", ""},
		{"yes and no kept differ", keepNo, table.Refuse, []string{"1", "0"}, "conflict", ""},
		{"yes and no: blank", flag, table.SetBlank, []string{"1", "0", "1"}, "", "conflict 1"},
		{"no stands over a reason", flag, table.Refuse, []string{"?", "0", ""}, "", "no 1"},
		{"yes fills", flag, table.Refuse, []string{"?", "1", ""}, "yes", ""},
		{"labels are united", many, table.Refuse, []string{"a;b", "b;c", ""}, "a+b+c", ""},
		{"labels stand over reasons", many, table.Refuse, []string{"?", "a", "-99"}, "a", ""},
		{"of reasons of labels the first of the policy stands", many, table.SetBlank, []string{"?", "-99", "", "?"}, "", "no column"},
		{"labels do not conflict", many, table.SetBlank, []string{"a", "b"}, "a+b", ""},
		{"the rule of the field comes first", table.Field{Name: "v", Conflict: table.SetBlank}, table.First, []string{"a", "b"}, "", "conflict 1"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			for order := range permutations(tt.cells) {
				schema := table.Schema{Fields: []table.Field{tt.field}, Subject: "id", Conflict: tt.rule, Blanks: reasons}
				text := "id,v\n"
				for _, cell := range order {
					text += "P," + cell + "\n"
				}
				if tt.want == "conflict" {
					wantInput(t, readErr(t, text, schema, table.Limits{}), secondFilled(order)+2, "v", `person "P" has different values`)
					continue
				}
				tab := read(t, text, schema)
				if got := person(tab); got != tt.want {
					t.Errorf("rows %q: %s, want %s", order, got, tt.want)
				}
				if got := blanks(tab, "v"); got != tt.blanks {
					t.Errorf("rows %q: blanks %s, want %s", order, got, tt.blanks)
				}
				if tab.People() != 1 {
					t.Errorf("%d people", tab.People())
				}
			}
		})
	}
}

// secondFilled returns the index of the second cell that is not empty.
func secondFilled(cells []string) int {
	first := slices.IndexFunc(cells, func(c string) bool { return c != "" })
	return first + 1 + slices.IndexFunc(cells[first+1:], func(c string) bool { return c != "" })
}

// person joins the values of the only record.
func person(tab *table.Table) string {
	var values []string
	for i, code := range tab.Row(0) {
		if code > 0 {
			values = append(values, tab.Columns[i].Values[code-1])
		}
	}
	return strings.Join(values, "+")
}

// permutations yields every order of a list.
func permutations(list []string) func(yield func([]string) bool) {
	return func(yield func([]string) bool) {
		order := slices.Clone(list)
		var walk func(k int) bool
		walk = func(k int) bool {
			if k == len(order) {
				return yield(order)
			}
			for i := k; i < len(order); i++ {
				order[k], order[i] = order[i], order[k]
				ok := walk(k + 1)
				order[k], order[i] = order[i], order[k]
				if !ok {
					return false
				}
			}
			return true
		}
		walk(0)
	}
}

// First and Last are the rules that depend on the order of rows.
func TestSubjectFirstLast(t *testing.T) {
	tests := []struct {
		name  string
		kind  table.Kind
		rule  table.Conflict
		cells []string
		want  string
	}{
		{"first", table.Category, table.First, []string{"", "b", "a", "c"}, "b"},
		{"last", table.Category, table.Last, []string{"b", "a", "c", ""}, "c"},
		{"first flag", table.Flag, table.First, []string{"0", "1"}, ""},
		{"last flag", table.Flag, table.Last, []string{"1", "0", "?"}, ""},
		{"last flag yes", table.Flag, table.Last, []string{"0", "1"}, "yes"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			text := "id,v\n"
			for _, cell := range tt.cells {
				text += "P," + cell + "\n"
			}
			schema := table.Schema{
				Fields: []table.Field{{Name: "v", Kind: tt.kind}}, Subject: "id", Conflict: tt.rule,
				Blanks: []table.Blank{{Text: "?", Reason: "unknown"}},
			}
			tab := read(t, text, schema)
			if got := person(tab); got != tt.want {
				t.Errorf("%q, want %q", got, tt.want)
			}
			if want := map[bool]string{true: "", false: "no 1"}[tt.want != ""]; blanks(tab, "v") != want {
				t.Errorf("blanks %s, want %s", blanks(tab, "v"), want)
			}
		})
	}
}

func TestSubjectErrors(t *testing.T) {
	schema := table.Schema{Subject: "id", Fields: []table.Field{{Name: "a"}, {Name: "b"}, {Name: "c"}}}
	tests := []struct {
		name   string
		text   string
		row    int
		column string
		want   string
	}{
		{"two rows and all columns", "id,a,b,c\nX,1,1,1\nP,1,2,3\nP,1," + canary + ",9\n", 4, "b, c", `person "P" has different values here and in row 3`},
		{"rows between and blank lines are counted", "id,a,b,c\nP,1,,\n\nQ,2,,\n\nP,,5,\nP,3,,\n", 7, "a", `in one of the rows 2, 6`},
		{"many rows", "id,a,b,c\n" + strings.Repeat("P,1,1,1\n", 30) + "P,2,1,1\n", 32, "a", "rows 2, 3, 4, 5, 6, 7, 8, 9, 10, 11 and 20 more"},
		{"an identifier with control characters", "id,a,b,c\n\"P\x1b[1m\nQ\",1,,\n\"P\x1b[1m\nQ\",2,,\n", 3, "a", `person "P\x1b[1m\nQ" has`},
		{"no identifier", "id,a,b,c\nP,1,1,1\n ,1,1,1\n", 3, "id", "the person is not named"},
		{"too long an identifier", "id,a,b,c\nP,1,1,1\n" + strings.Repeat("Q", 5000) + ",1,1,1\n", 3, "id", "longer than the limit of 4096 bytes"},
		{"no such column", "a,b,c\n1,1,1\n", 1, "id", "there is no such column"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			wantInput(t, readErr(t, tt.text, schema, table.Limits{}), tt.row, tt.column, tt.want)
		})
	}
}

// The identifier is trimmed; white space around it makes no other person.
func TestSubjectStats(t *testing.T) {
	rows := open(t, "id,v,x\n P1 ,a,q\nP2,a,q\nP1,,q\nP3,b,q\nP1,a,q\n")
	tab, stats, err := table.Read(t.Context(), rows, table.Schema{Subject: "id", Fields: []table.Field{{Name: "v"}}}, table.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if stats.Rows != 5 || stats.Repeated != 2 || !slices.Equal(stats.Ignored, []string{"x"}) {
		t.Errorf("stats %+v", stats)
	}
	equal(t, "records", records(tab), []string{"a ×2", "b ×1"})
}

// TestOrderOfRows shuffles a file whose people have up to four rows, under every rule that does not depend on the order.
func TestOrderOfRows(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 9))
	pick := func(texts ...string) string { return texts[rng.IntN(len(texts))] }
	var lines []string
	for id := range 300 {
		for range 1 + rng.IntN(4) {
			lines = append(lines, fmt.Sprintf("P%d,%s,%s,%s", id, pick("", "a", "b", "?", "-99"), pick("", "1", "0", "?"), pick("", "x", "x;y", "z", "?", "-99", "-99")))
		}
	}
	schema := table.Schema{
		Subject: "id", Conflict: table.SetBlank,
		Fields: []table.Field{{Name: "c"}, {Name: "f", Kind: table.Flag, Conflict: table.AnyYes}, {Name: "m", Kind: table.Many}},
		Blanks: []table.Blank{{Text: "?", Reason: "unknown"}, {Text: "-99", Reason: "not recorded"}},
	}
	var want []string
	for range 20 {
		tab := read(t, "id,c,f,m\n"+strings.Join(lines, "\n"), schema)
		got := append(records(tab), blanks(tab, "c"), blanks(tab, "f"), blanks(tab, "m"), strings.Join(columns(tab), ","))
		if want == nil {
			want = got
		}
		equal(t, "records and blanks", got, want)
		rng.Shuffle(len(lines), func(i, j int) { lines[i], lines[j] = lines[j], lines[i] })
	}
}
