package release_test

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/opencovey/covey/release"
)

const editedPolicy = `version: 1
title: Cases # of the year
protection: {k: 10}
columns:
  gender: category
  age: # in years
    kind: number
    bins: [0, 18]
    label: Age
  id: ignore
`

func TestEditPolicy(t *testing.T) {
	for name, c := range map[string]struct {
		edits []release.PolicyEdit
		want  string // part of the result
		not   string
	}{
		"k":          {[]release.PolicyEdit{{Key: "k", Value: 5}}, "k: 5", "k: 10"},
		"title":      {[]release.PolicyEdit{{Key: "title", Value: "no"}}, `title: "no"`, ""},
		"name":       {[]release.PolicyEdit{{Column: "gender", Key: "name", Value: "sex"}}, "header: gender", ""},
		"comment":    {[]release.PolicyEdit{{Key: "k", Value: 5}}, "# in years", ""},
		"scalar":     {[]release.PolicyEdit{{Column: "gender", Key: "label", Value: "Gender"}}, "kind: category", ""},
		"codes":      {[]release.PolicyEdit{{Column: "gender", Key: "values", Value: [][2]string{{"F", "Women"}, {"09", "Nine"}}}}, `"09": Nine`, ""},
		"list":       {[]release.PolicyEdit{{Column: "gender", Key: "values", Value: []string{"no", "F"}}}, `["no", F]`, ""},
		"bins":       {[]release.PolicyEdit{{Column: "age", Key: "bins", Value: []string{"0", "12", "18"}}}, "[0, 12, 18]", ""},
		"kind":       {[]release.PolicyEdit{{Column: "age", Key: "kind", Value: "ignore"}}, "label: Age", "bins"},
		"header":     {[]release.PolicyEdit{{Column: "gender", Key: "header", Value: "Sex"}}, "header: Sex", ""},
		"blanks":     {[]release.PolicyEdit{{Key: "blanks", Value: []release.BlankEdit{{Text: "-99", Reason: "not asked"}}}}, `{text: "-99", reason: not asked}`, ""},
		"new column": {[]release.PolicyEdit{{Column: "place", Key: "kind", Value: "country"}}, "place:", ""},
		"new kind with what it needs": {[]release.PolicyEdit{
			{Column: "gender", Key: "kind", Value: "number"}, {Column: "gender", Key: "bins", Value: []string{"1", "2"}},
		}, "bins: [1, 2]", ""},
		"method": {[]release.PolicyEdit{
			{Key: "method", Value: "differential"},
			{Key: "epsilon", Value: "3"},
			{Key: "delta", Value: "1e-6"},
			{Column: "gender", Key: "values", Value: []string{"F", "M"}},
		}, "epsilon: 3", "k: 10"},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := release.EditPolicy([]byte(editedPolicy), c.edits)
			if err != nil {
				t.Fatal(err)
			}
			if !strings.Contains(string(got), c.want) || c.not != "" && strings.Contains(string(got), c.not) {
				t.Errorf("want %q and not %q in\n%s", c.want, c.not, got)
			}
			again, err := release.EditPolicy(got, c.edits)
			if err != nil || !bytes.Equal(again, got) {
				t.Errorf("the same edits again: %v %s", err, cmp.Diff(string(got), string(again)))
			}
		})
	}
}

func TestEditPolicyRefuses(t *testing.T) {
	for name, e := range map[string]release.PolicyEdit{
		"k of 1":          {Key: "k", Value: 1},
		"no bins":         {Column: "gender", Key: "kind", Value: "number"},
		"no kind":         {Column: "gender", Key: "kind", Value: "colour"},
		"whole columns":   {Key: "columns", Value: "x"},
		"name of another": {Column: "gender", Key: "name", Value: "age"},
		"no such key":     {Key: "colour", Value: "x"},
		"type":            {Key: "title", Value: 1.5},
		"header twice":    {Column: "gender", Key: "header", Value: "age"},
		"subject":         {Key: "subject", Value: "gender"},
	} {
		t.Run(name, func(t *testing.T) {
			if got, err := release.EditPolicy([]byte(editedPolicy), []release.PolicyEdit{e}); err == nil {
				t.Errorf("accepted:\n%s", got)
			}
		})
	}
	var wrong *release.PolicyError
	if _, err := release.EditPolicy([]byte("- a"), nil); !errors.As(err, &wrong) {
		t.Error(err)
	}
}

// TestHeader reads a column of another name.
func TestHeader(t *testing.T) {
	p, err := release.ParsePolicy("p", strings.NewReader("version: 1\ntitle: t\ncolumns: {gender: {header: Sex}}\n"))
	if err != nil {
		t.Fatal(err)
	}
	text, err := p.Encode()
	if err != nil || !strings.Contains(string(text), "header: Sex") {
		t.Errorf("%s %v", text, err)
	}
	if f := p.Schema().Fields[0]; f.Name != "gender" || f.Header != "Sex" {
		t.Errorf("%+v", f)
	}
}
