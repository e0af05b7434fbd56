package main

import (
	"bytes"
	"os"
	"testing"
	"time"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

func TestPlanSchema(t *testing.T) {
	schema, err := jsonschema.NewCompiler().Compile("../../docs/plan.schema.json")
	if err != nil {
		t.Fatal(err)
	}
	policy := t.TempDir() + "/policy.yaml"
	if err := os.WriteFile(policy, []byte(`version: 1
title: A plan
protection: {method: differential, epsilon: 1, delta: 1e-6}
columns:
  gender: {values: [female, male]}
  region: {values: [north, south, east]}
  forced: {kind: flag}
`), 0o600); err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	var said bytes.Buffer
	e := &env{stdout: &out, stderr: &said, now: time.Now}
	if code := run(t.Context(), e, []string{"plan", "-json", "-people", "500", "-epsilon", "2", policy}); code != 0 {
		t.Fatalf("exit code %d: %s", code, &said)
	}
	value, err := jsonschema.UnmarshalJSON(&out)
	if err != nil {
		t.Fatal(err)
	}
	if err := schema.Validate(value); err != nil {
		t.Error(err)
	}
	value.(map[string]any)["people"] = "many"
	if schema.Validate(value) == nil {
		t.Error("the schema lets text pass for a number of people")
	}
}
