package release

import (
	"encoding/json"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/opencovey/covey/internal/testenv"
)

// compileSchema compiles a JSON Schema and returns it with its text.
func compileSchema(t testing.TB, text []byte) (*jsonschema.Schema, map[string]any) {
	t.Helper()
	var document map[string]any
	if err := json.Unmarshal(text, &document); err != nil {
		t.Fatal(err)
	}
	compiler := jsonschema.NewCompiler()
	if err := compiler.AddResource("schema.json", document); err != nil {
		t.Fatal(err)
	}
	schema, err := compiler.Compile("schema.json")
	if err != nil {
		t.Fatal(err)
	}
	return schema, document
}

func manifestSchema(t testing.TB) (*jsonschema.Schema, map[string]any) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(testenv.ModuleRoot(t), "docs", "manifest.schema.json"))
	if err != nil {
		t.Fatal(err)
	}
	return compileSchema(t, text)
}

// asDocument returns what is in a JSON file.
func asDocument(t testing.TB, text []byte) map[string]any {
	t.Helper()
	var document map[string]any
	if err := json.Unmarshal(text, &document); err != nil {
		t.Fatal(err)
	}
	return document
}

func TestManifestSchema(t *testing.T) {
	schema, _ := manifestSchema(t)
	m := makeBook(t, 1).manifest
	m.Previous, m.Withheld = strings.Repeat("0a", 32), true
	text, err := m.encode()
	if err != nil {
		t.Fatal(err)
	}
	if err := schema.Validate(asDocument(t, text)); err != nil {
		t.Fatal(err)
	}
	for name, change := range map[string]func(m map[string]any){
		"unknown key":          func(m map[string]any) { m["exact_people"] = 217 },
		"unknown key inside":   func(m map[string]any) { m["protection"].(map[string]any)["epsilon"] = 1 },
		"unknown column key":   func(m map[string]any) { m["columns"].([]any)[0].(map[string]any)["blanks"] = []any{} },
		"unknown file":         func(m map[string]any) { m["files"].([]any)[0].(map[string]any)["name"] = "policy.yaml" },
		"another format":       func(m map[string]any) { m["format"] = "other" },
		"another version":      func(m map[string]any) { m["version"] = 2 },
		"number as text":       func(m map[string]any) { m["people"] = "210" },
		"fraction of a person": func(m map[string]any) { m["people"] = 210.5 },
		"k of one":             func(m map[string]any) { m["protection"].(map[string]any)["k"] = 1 },
		"short hash":           func(m map[string]any) { m["files"].([]any)[0].(map[string]any)["sha256"] = "0a" },
		"no title":             func(m map[string]any) { delete(m, "title") },
		"empty contact":        func(m map[string]any) { m["contact"] = "" },
		"values as text":       func(m map[string]any) { m["columns"].([]any)[0].(map[string]any)["values"] = []any{"F"} },
		"delimiter of one":     func(m map[string]any) { m["columns"].([]any)[0].(map[string]any)["delimiter"] = ";" },
		"many, no delimiter":   func(m map[string]any) { delete(m["columns"].([]any)[4].(map[string]any), "delimiter") },
		"no protection":        func(m map[string]any) { m["protection"] = nil },
		"unknown kind":         func(m map[string]any) { m["columns"].([]any)[0].(map[string]any)["kind"] = "ignore" },
	} {
		t.Run(name, func(t *testing.T) {
			changed := asDocument(t, text)
			change(changed)
			if err := schema.Validate(changed); err == nil {
				t.Error("the schema takes it")
			}
		})
	}
}

// TestManifestSchemaKeys compares the keys of the schema with the fields of the types: neither may have one that the other lacks, and
// a key that is always written is required.
func TestManifestSchemaKeys(t *testing.T) {
	_, document := manifestSchema(t)
	at := func(path ...string) map[string]any {
		value := document
		for _, key := range path {
			value = value[key].(map[string]any)
		}
		return value
	}
	for _, c := range []struct {
		of   any
		path []string
	}{
		{Manifest{}, nil},
		{ManifestProtection{}, []string{"properties", "protection"}},
		{ManifestFileEntry{}, []string{"properties", "files", "items"}},
		{ManifestColumn{}, []string{"$defs", "column"}},
		{ManifestValue{}, []string{"$defs", "column", "properties", "values", "items"}},
	} {
		group := at(c.path...)
		var want, required, keys []string
		kind := reflect.TypeOf(c.of)
		for i := range kind.NumField() {
			key, options, _ := strings.Cut(kind.Field(i).Tag.Get("json"), ",")
			if want = append(want, key); options == "" {
				required = append(required, key)
			}
		}
		for key := range group["properties"].(map[string]any) {
			keys = append(keys, key)
		}
		slices.Sort(keys)
		if slices.Sort(want); !slices.Equal(keys, want) {
			t.Errorf("%s: the schema has keys %q, the type %q", kind.Name(), keys, want)
		}
		var listed []string
		for _, key := range group["required"].([]any) {
			listed = append(listed, key.(string))
		}
		if !slices.Equal(listed, required) {
			t.Errorf("%s: the schema requires %q, and %q are always written", kind.Name(), listed, required)
		}
	}
	var files []string
	for _, name := range at("properties", "files", "items", "properties", "name")["enum"].([]any) {
		files = append(files, name.(string))
	}
	if want := slices.Sorted(slices.Values(BundleFiles())); !slices.Equal(files, want) {
		t.Errorf("the schema lists the files %q, a bundle has %q", files, want)
	}
}
