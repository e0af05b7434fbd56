package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/opencovey/covey/internal/testenv"
)

// inspectSchema returns docs/inspect.schema.json.
func inspectSchema(t *testing.T) *jsonschema.Schema {
	t.Helper()
	file, err := os.Open(filepath.Join(testenv.ModuleRoot(t), "docs", "inspect.schema.json"))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	document, err := jsonschema.UnmarshalJSON(file)
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	if err := c.AddResource("inspect.schema.json", document); err != nil {
		t.Fatal(err)
	}
	schema, err := c.Compile("inspect.schema.json")
	if err != nil {
		t.Fatal(err)
	}
	return schema
}

func TestInspectJSON(t *testing.T) {
	schema := inspectSchema(t)
	folder := t.TempDir()
	write := func(name, text string) string {
		path := filepath.Join(folder, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	policy := write("p.yaml", "version: 1\ntitle: t\nsubject: id\nprotection: {k: 2}\ncolumns: {a: category, m: many, x: ignore, id: ignore}\n")
	cases := write("cases.csv", "id,a,m,x\n1,u,p;q,z\n2,u,p,z\n3,v,,z\n3,v,,z\n")
	empty := write("empty.csv", "id,a,m,x\n1,,,\n")
	for name, args := range map[string][]string{
		"by a policy": {"-policy", policy, cases}, "nothing in it": {"-policy", policy, empty}, "guessed": {cases},
	} {
		t.Run(name, func(t *testing.T) {
			e, out, errs := testEnv()
			if status := run(t.Context(), e, append([]string{"inspect", "-json"}, args...)); status != 0 {
				t.Fatal(errs)
			}
			value, err := jsonschema.UnmarshalJSON(strings.NewReader(out.String()))
			if err != nil {
				t.Fatal(err)
			}
			if err := schema.Validate(value); err != nil {
				t.Errorf("%v\n%s", err, out)
			}
			var r inspection
			if err := json.Unmarshal(out.Bytes(), &r); err != nil || r.Version != 1 || !strings.Contains(r.Sensitive, "sensitive") {
				t.Errorf("%+v %v", r, err)
			}
		})
	}
}
