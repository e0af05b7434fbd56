package release_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/opencovey/covey/release"
)

// TestEditRules writes what nobody can be, and says which condition of which rule is wrong.
func TestEditRules(t *testing.T) {
	const policy = "version: 1\ntitle: t\nprotection: {method: differential, epsilon: 1, delta: 1e-6}\ncolumns:\n" +
		"  age: {kind: category, values: [\"0--8\", \"9+\"]}\n  job: {kind: category, values: [clerk, yes]}\n"
	edit := func(rules ...release.RuleEdit) (string, error) {
		text, err := release.EditPolicy([]byte(policy), []release.PolicyEdit{{Key: "impossible", Value: rules}})
		return string(text), err
	}
	text, err := edit(
		release.RuleEdit{{Column: "age", Values: []string{"0--8"}}, {Column: "job", Values: []string{"yes"}, Not: true}},
		release.RuleEdit{{Column: "age", Blank: true}, {Column: "job", Filled: true}},
	)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{`age: ["0--8"]`, `job: {not: ["yes"]}`, "age: blank", "job: filled"} {
		if !strings.Contains(text, want) {
			t.Errorf("the policy lacks %q\n%s", want, text)
		}
	}
	_, err = edit(
		release.RuleEdit{{Column: "age", Blank: true}, {Column: "job", Filled: true}},
		release.RuleEdit{{Column: "age", Blank: true}, {Column: "job", Values: []string{"baker"}}},
		release.RuleEdit{{Column: "age", Blank: true}},
	)
	var wrong *release.PolicyError
	if !errors.As(err, &wrong) || len(wrong.Problems) != 2 {
		t.Fatal(err)
	}
	if a, b := wrong.Problems[0], wrong.Problems[1]; a.Rule != 2 || a.Condition != 2 || b.Rule != 3 || b.Condition != 0 {
		t.Errorf("%+v", wrong.Problems)
	}
	if text, err := edit(); err != nil || strings.Contains(text, "impossible") {
		t.Errorf("%v\n%s", err, text)
	}
}
