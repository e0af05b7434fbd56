package release_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"go.yaml.in/yaml/v4"

	"github.com/opencovey/covey/internal/testenv"
	"github.com/opencovey/covey/release"
)

// openSchema returns docs/policy.schema.json, compiled and as it stands.
func openSchema(t testing.TB) (*jsonschema.Schema, map[string]any) {
	t.Helper()
	path := filepath.Join(testenv.ModuleRoot(t), "docs", "policy.schema.json")
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var document map[string]any
	if err := json.Unmarshal(text, &document); err != nil {
		t.Fatal(err)
	}
	compiler := jsonschema.NewCompiler()
	if err := compiler.AddResource("policy.schema.json", document); err != nil {
		t.Fatal(err)
	}
	schema, err := compiler.Compile("policy.schema.json")
	if err != nil {
		t.Fatal(err)
	}
	return schema, document
}

// asJSON turns a policy into what editors hand to a JSON Schema: YAML 1.2 without dates, keys as texts.
func asJSON(n *yaml.Node) any {
	switch n.Kind {
	case yaml.DocumentNode:
		return asJSON(n.Content[0])
	case yaml.MappingNode:
		group := map[string]any{}
		for i := 0; i+1 < len(n.Content); i += 2 {
			group[n.Content[i].Value] = asJSON(n.Content[i+1])
		}
		return group
	case yaml.SequenceNode:
		list := make([]any, len(n.Content))
		for i, item := range n.Content {
			list[i] = asJSON(item)
		}
		return list
	}
	var value any
	if err := n.Load(&value); err != nil {
		return n.Value
	}
	switch x := value.(type) {
	case time.Time:
		return n.Value
	case float64:
		if math.IsNaN(x) || math.IsInf(x, 0) {
			return n.Value
		}
	case []byte:
		return n.Value
	}
	return value
}

func validate(schema *jsonschema.Schema, policy string) error {
	var n yaml.Node
	if err := yaml.Load([]byte(policy), &n, yaml.WithUniqueKeys(false)); err != nil {
		return fmt.Errorf("not YAML: %w", err)
	}
	return schema.Validate(asJSON(&n))
}

// Every key that the parser knows is in the schema, with a title and a description, and the other way round.
func TestSchemaKeys(t *testing.T) {
	_, document := openSchema(t)
	at := func(path string) map[string]any {
		value := any(document)
		for _, key := range strings.Split(path, "/") {
			if list, ok := value.([]any); ok {
				index, _ := strconv.Atoi(key)
				value = list[index]
				continue
			}
			value = value.(map[string]any)[key]
		}
		group, _ := value.(map[string]any)
		return group
	}
	places := map[string]string{
		"policy": "properties", "input": "properties/input/properties", "limits": "properties/input/properties/limits/properties",
		"protection": "properties/protection/properties", "blank": "$defs/blank/properties", "column": "$defs/column/properties",
		"condition": "$defs/condition/anyOf/2/properties",
	}
	if got, want := slices.Sorted(maps.Keys(places)), slices.Sorted(maps.Keys(release.PolicyKeys)); !slices.Equal(got, want) {
		t.Fatalf("groups of keys: the test knows %q, the parser %q", got, want)
	}
	for group, path := range places {
		got, want := slices.Sorted(maps.Keys(at(path))), slices.Sorted(slices.Values(release.PolicyKeys[group]))
		if !slices.Equal(got, want) {
			t.Errorf("keys of %s: the schema has %q, the parser %q", group, got, want)
		}
		for key := range at(path) {
			if describes := at(path + "/" + key); describes["title"] == nil || describes["description"] == nil {
				t.Errorf("%s of %s has no title or no description in the schema", key, group)
			}
		}
	}
	words := map[string][]string{
		"properties/input/properties/format": release.FormatNames, "properties/input/properties/encoding": release.EncodingNames,
		"properties/conflicts": release.ConflictNames, "properties/unlisted": release.UnlistedNames,
		"properties/protection/properties/method": {string(release.MethodKAnonymity), string(release.MethodDifferential)},
		"$defs/column/properties/kind":            release.KindNames,
		"$defs/column/properties/every":           release.PeriodNames,
		"$defs/column/properties/below":           release.BelowNames,
		"$defs/column/properties/conflicts":       release.ConflictNames,
	}
	for path, want := range words {
		if got := at(path)["enum"]; fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("words of %s: the schema has %v, the parser %v", path, got, want)
		}
	}
}

// The schema and the parser agree on which key goes with which kind.
func TestSchemaKinds(t *testing.T) {
	schema, _ := openSchema(t)
	samples := map[string]string{
		"delimiter": "','", "yes": "[J]", "no": "[F]", "keep_no": "true", "labels": "[a]", "formats": "[YYYY]", "values": "[a]",
		"other": "b, values: [a]", "map": "{a: b}", "blanks": "[a]", "conflicts": "first", "bins": "[2010]", "every": "year",
		"below": "refuse", "from": "2010, to: 2012, every: year", "to": "2012-05, from: 2010, every: year", "required": "true",
	}
	needs := map[string]string{"number": ", bins: [0]", "date": ", bins: [2010]"}
	for key := range release.KeyKinds {
		for _, kind := range append(release.KindNames, "") {
			needed := needs[kind]
			switch {
			case key == "bins" || key == "every" || key == "from" || key == "to":
				needed = ""
			case (key == "labels" || key == "below") && needed == "":
				needed = ", bins: [0]"
			case key == "required" && kind == "flag":
				needed = ", keep_no: true"
			}
			column := fmt.Sprintf("kind: %s, %s: %s%s", kind, key, samples[key], needed)
			if kind == "" {
				column = fmt.Sprintf("%s: %s%s", key, samples[key], needed)
			}
			policy := fmt.Sprintf("{version: 1, title: T, subject: id, columns: {x: flag, a: {%s}}}", column)
			_, parseError := release.ParsePolicy("p.yaml", strings.NewReader(policy))
			schemaError := validate(schema, policy)
			if (parseError == nil) != (schemaError == nil) {
				t.Errorf("%s\nparser: %v\nschema: %v", column, parseError, schemaError)
			}
		}
	}
}

// The schema refuses just the cases that are marked, and accepts every policy that the parser accepts.
func TestSchemaCases(t *testing.T) {
	schema, _ := openSchema(t)
	for _, file := range []string{"errors_top.txt", "errors_columns.txt", "errors_differential.txt", "canonical.txt"} {
		for _, c := range policyCases(t, file) {
			t.Run(c.name, func(t *testing.T) {
				if err := validate(schema, c.policy); (err != nil) != c.schema {
					t.Errorf("marked with [schema]: %v; the schema says: %v", c.schema, err)
				}
			})
		}
	}
}
