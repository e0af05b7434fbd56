package work

import (
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/opencovey/covey/release"
	"github.com/opencovey/covey/table"
)

// parsed is a policy with some edits.
func parsed(tb testing.TB, policy []byte, edits ...release.PolicyEdit) *release.Policy {
	tb.Helper()
	text, err := release.EditPolicy(policy, edits)
	if err != nil {
		tb.Fatal(err)
	}
	p, err := release.ParsePolicy("p", bytes.NewReader(text))
	if err != nil {
		tb.Fatal(err)
	}
	return p
}

// codedPolicy has a column of every kind.
const codedPolicy = `version: 1
title: x
blanks: ["99", {text: unknown, reason: not known}, {text: refused, reason: refused, keep: true}]
columns:
  sex: {kind: category, map: {f: Female, m: Male}}
  born: {kind: number, bins: [0, 10, 20, 50]}
  at: {kind: date, every: year}
  where: {kind: country}
  forced: {kind: flag, keep_no: true}
  means: {kind: many, delimiter: ";"}
  id: ignore
`

// codedRows makes rows of odd spellings.
func codedRows(rng *rand.Rand, n int) string {
	pick := func(list ...string) string { return list[rng.IntN(len(list))] }
	var b strings.Builder
	b.WriteString("sex,born,at,where,forced,means,id\n")
	for i := range n {
		fmt.Fprintf(&b, "%s,%s,%s,%s,%s,%s,%d\n", pick("f", "F", "m", "Male", "", "unknown", "refused"), pick("1", "12", " 13", "49", "99", ""),
			pick("2019-01-02", "2020", "2020-05", "", "unknown"), pick("KEN", "Kenya", "ke", "UGA", ""), pick("1", "yes", "0", "no", ""),
			pick("debt", "debt;threats", "threats; debt", "", "99", "refused", "force;unknown"), i)
	}
	return b.String()
}

func holdText(t *testing.T, text string) *held {
	t.Helper()
	in, err := table.OpenCSV(strings.NewReader(text), "x", table.Format{})
	if err != nil {
		t.Fatal(err)
	}
	h, err := hold(t.Context(), in, release.PolicyInput{})
	if err != nil {
		t.Fatal(err)
	}
	return h
}

// sameTable compares the records; reasons of blanks are counted by one way of reading only.
func sameTable(t *testing.T, want, got *table.Table) {
	t.Helper()
	flat := func(x *table.Table) (columns []table.Column, rows []string) {
		for _, c := range x.Columns {
			c.Blanks = nil
			columns = append(columns, c)
		}
		for row, weight := range x.Sorted().Rows() {
			rows = append(rows, fmt.Sprint(row, weight))
		}
		return columns, rows
	}
	wantColumns, wantRows := flat(want)
	gotColumns, gotRows := flat(got)
	if diff := cmp.Diff(wantColumns, gotColumns); diff != "" {
		t.Fatal(diff)
	}
	if diff := cmp.Diff(wantRows, gotRows); diff != "" {
		t.Fatal(diff)
	}
}

// TestQuick reads random files column by column and row by row: the records are the same, after each edit of a policy.
func TestQuick(t *testing.T) {
	edits := []release.PolicyEdit{
		{},
		{Column: "sex", Key: "kind", Value: "ignore"},
		{Column: "means", Key: "kind", Value: "category"},
		{Column: "id", Key: "kind", Value: "category"},
		{Column: "where", Key: "kind", Value: "category"},
		{Column: "forced", Key: "kind", Value: "category"},
	}
	for seed := range uint64(20) {
		h := holdText(t, codedRows(rand.New(rand.NewPCG(seed, 1)), 1+int(seed)*80))
		for _, e := range edits {
			p := parsed(t, []byte(codedPolicy))
			if e.Key != "" {
				p = parsed(t, []byte(codedPolicy), e)
			}
			want, _, err := h.table(t.Context(), p)
			if err != nil {
				t.Fatal(err)
			}
			got, err := h.quick(t.Context(), p)
			if err != nil {
				t.Fatal(e, err)
			}
			sameTable(t, want, got)
		}
		if n := len(h.coded.columns); n != 6+4 {
			t.Errorf("%d columns were coded: each edit is to code one", n)
		}
	}
}

// TestQuickLeaves has files and policies that are to be read row by row, so that messages name rows.
func TestQuickLeaves(t *testing.T) {
	text := codedRows(rand.New(rand.NewPCG(1, 1)), 50)
	for name, change := range map[string]func(policy, text string) (string, string){
		"a subject": func(p, x string) (string, string) {
			return strings.Replace(p, "title: x", "title: x\nsubject: id", 1), x
		},
		"a bad number": func(p, x string) (string, string) { return p, x + "f,many,2020,KEN,1,,51\n" },
		"a new column": func(p, x string) (string, string) { return strings.Replace(p, "  id: ignore\n", "", 1), x },
		"no column":    func(p, x string) (string, string) { return p + "  other: category\n", x },
		"too few rows": func(p, x string) (string, string) {
			return strings.Replace(p, "title: x", "title: x\ninput: {limits: {rows: 10}}", 1), x
		},
		"a name twice": func(p, x string) (string, string) {
			return strings.Replace(p, "  id: ignore", "  'means: debt': category\n  id: ignore", 1), strings.Replace(strings.ReplaceAll(x, "\n", ",1\n"), ",id,1", ",id,means: debt", 1)
		},
		"too many names": func(p, x string) (string, string) {
			return strings.Replace(p, "title: x", "title: x\ninput: {limits: {values: 3}}", 1), x
		},
	} {
		t.Run(name, func(t *testing.T) {
			policy, text := change(codedPolicy, text)
			p, err := release.ParsePolicy("p", strings.NewReader(policy))
			if err != nil {
				t.Fatal(err)
			}
			h := holdText(t, text)
			if _, err := h.quick(t.Context(), p); !errors.Is(err, errWhole) {
				t.Errorf("read column by column: %v", err)
			}
		})
	}
}

// TestAnswers asks again: what was measured is remembered for the same reading of the file, and no longer than some answers.
func TestAnswers(t *testing.T) {
	s := &server{source: &Source{}, held: holdText(t, codedRows(rand.New(rand.NewPCG(1, 1)), 500))}
	ask := func(q Question, edits ...release.PolicyEdit) *Response {
		t.Helper()
		text, err := release.EditPolicy([]byte(codedPolicy), edits)
		if err != nil {
			t.Fatal(err)
		}
		r, err := s.answer(t.Context(), &Request{Ask: q, Policy: text})
		if err != nil {
			t.Fatal(err)
		}
		return r
	}
	first := ask(Report)
	if again := ask(Report, release.PolicyEdit{Key: "title", Value: "y"}, release.PolicyEdit{Column: "sex", Key: "label", Value: "Sex"}); again.Inspection != first.Inspection {
		t.Error("a title had everything measured anew")
	}
	if other := ask(Report, release.PolicyEdit{Column: "sex", Key: "kind", Value: "ignore"}); other.Inspection == first.Inspection {
		t.Error("another policy had the same answer")
	}
	if e := ask(Effect).Effect; e.Rare != first.Inspection.Risk.Rare || e.Unique != first.Inspection.Risk.Unique || e.People != first.Inspection.People {
		t.Errorf("effect %+v, report %+v", e, first.Inspection.Risk)
	}
	if ask(Columns).Columns[0].Name != "sex" {
		t.Error("columns")
	}
	for k := range 2 * maxAnswers {
		ask(Effect, release.PolicyEdit{Key: "k", Value: k + 3})
	}
	if n := len(s.held.answers.known); n != maxAnswers {
		t.Errorf("%d answers are remembered", n)
	}
}
