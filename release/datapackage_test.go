package release

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// dataPackageRules is a schema of our own for what writeDataPackage may write. The rules are those of Data Package 2.0 and Table Schema
// 2.0, for the keys that we use and no others. Patterns of names and paths are those of version 1, which are stricter.
const dataPackageRules = `{
	"$schema": "https://json-schema.org/draft/2020-12/schema",
	"type": "object", "additionalProperties": false, "required": ["$schema", "name", "title", "version", "resources"],
	"properties": {
		"$schema": {"const": "https://datapackage.org/profiles/2.0/datapackage.json"},
		"name": {"type": "string", "pattern": "^[-a-z0-9._]+$"},
		"title": {"type": "string"}, "description": {"type": "string"},
		"version": {"type": "string", "pattern": "^[0-9]+\\.[0-9]+\\.[0-9]+\\+[0-9A-Za-z-]+$"},
		"licenses": {"type": "array", "minItems": 1, "items": {
			"type": "object", "additionalProperties": false, "anyOf": [{"required": ["name"]}, {"required": ["path"]}],
			"properties": {"name": {"type": "string", "pattern": "^[-a-zA-Z0-9._]+$"}, "path": {"$ref": "#/$defs/path"}, "title": {"type": "string"}}
		}},
		"contributors": {"type": "array", "minItems": 1, "items": {
			"type": "object", "additionalProperties": false, "required": ["title", "roles"],
			"properties": {
				"title": {"type": "string", "minLength": 1}, "path": {"$ref": "#/$defs/path"}, "email": {"type": "string", "pattern": "^[^@ ]+@[^@ ]+$"},
				"roles": {"type": "array", "minItems": 1, "items": {"enum": ["publisher", "contact"]}}
			}
		}},
		"sources": {"type": "array", "minItems": 1, "items": {
			"type": "object", "additionalProperties": false, "required": ["title"], "properties": {"title": {"type": "string"}}
		}},
		"resources": {"type": "array", "minItems": 1, "items": {
			"type": "object", "additionalProperties": false,
			"required": ["name", "type", "path", "title", "description", "format", "mediatype", "encoding", "bytes", "hash", "schema"],
			"properties": {
				"name": {"type": "string", "pattern": "^[-a-z0-9._]+$"}, "type": {"const": "table"}, "path": {"$ref": "#/$defs/path"},
				"title": {"type": "string"}, "description": {"type": "string"},
				"format": {"const": "csv"}, "mediatype": {"const": "text/csv"}, "encoding": {"const": "utf-8"},
				"bytes": {"type": "integer"}, "hash": {"type": "string", "pattern": "^sha256:[0-9a-f]{64}$"},
				"schema": {
					"type": "object", "additionalProperties": false, "required": ["fields", "missingValues"],
					"properties": {
						"fields": {"type": "array", "minItems": 1, "items": {"oneOf": [{"$ref": "#/$defs/string"}, {"$ref": "#/$defs/integer"}]}},
						"missingValues": {"const": [""]}
					}
				}
			}
		}}
	},
	"$defs": {
		"path": {"type": "string", "pattern": "^(https?://.*|[^./~][^\\\\:]*)$", "not": {"pattern": "\\.\\."}},
		"string": {
			"type": "object", "additionalProperties": false, "required": ["name", "type"],
			"properties": {
				"name": {"type": "string"}, "title": {"type": "string"}, "description": {"type": "string"}, "type": {"const": "string"},
				"categories": {"type": "array", "minItems": 1, "items": {
					"type": "object", "additionalProperties": false, "required": ["value", "label"],
					"properties": {"value": {"type": "string"}, "label": {"type": "string"}}
				}},
				"categoriesOrdered": {"type": "boolean"},
				"constraints": {"type": "object", "additionalProperties": false, "properties": {
					"required": {"type": "boolean"}, "pattern": {"type": "string", "format": "regex"},
					"enum": {"type": "array", "minItems": 1, "uniqueItems": true, "items": {"type": "string"}}
				}}
			}
		},
		"integer": {
			"type": "object", "additionalProperties": false, "required": ["name", "type"],
			"properties": {
				"name": {"type": "string"}, "description": {"type": "string"}, "type": {"const": "integer"},
				"constraints": {"type": "object", "additionalProperties": false, "properties": {
					"required": {"type": "boolean"}, "minimum": {"type": "integer"}, "maximum": {"type": "integer"}
				}}
			}
		}
	}
}`

func TestDataPackageSchema(t *testing.T) {
	schema, _ := compileSchema(t, []byte(dataPackageRules))
	full := makeBook(t, 1).manifest
	for name, change := range map[string]func(m *Manifest){
		"all":            func(*Manifest) {},
		"nothing stated": func(m *Manifest) { m.Publisher, m.Contact, m.Licence, m.Source, m.Description = "", "", "", "", "" },
		"web addresses":  func(m *Manifest) { m.Contact, m.Licence = "https://harbour.example", "https://licence.example/by/4.0/" },
		"free texts":     func(m *Manifest) { m.Contact, m.Licence = "Ms. Harbour, room 4", "Free for all; name us." },
		"contact alone":  func(m *Manifest) { m.Publisher, m.Contact = "", "Ms. Harbour, room 4" },
		"mail alone":     func(m *Manifest) { m.Publisher, m.Contact = "", "data@harbour.example" },
		"Arabic title":   func(m *Manifest) { m.Title = "سجلات" },
	} {
		t.Run(name, func(t *testing.T) {
			m := *full
			change(&m)
			var out bytes.Buffer
			if err := writeDataPackage(&out, &m); err != nil {
				t.Fatal(err)
			}
			if err := schema.Validate(asDocument(t, out.Bytes())); err != nil {
				t.Errorf("%v\nin\n%s", err, out.Bytes())
			}
		})
	}
	var out bytes.Buffer
	m := *full
	m.Files = nil
	if err := writeDataPackage(&out, &m); err == nil || out.Len() > 0 {
		t.Errorf("without files: error %v and %d bytes", err, out.Len())
	}
}

// TestDataPackageData reads every table by what the descriptor says of it: bytes and hash, header, and every cell.
func TestDataPackageData(t *testing.T) {
	b := makeBook(t, 1)
	checkDataPackage(t, b.manifest, b.files)
}

// checkDataPackage holds the files of a release to their descriptor.
func checkDataPackage(t *testing.T, m *Manifest, files map[string][]byte) {
	t.Helper()
	var d dataPackage
	if err := json.Unmarshal(files[DataPackageFile], &d); err != nil {
		t.Fatal(err)
	}
	for _, r := range d.Resources {
		t.Run(r.Path, func(t *testing.T) {
			data := files[r.Path]
			i := slices.IndexFunc(m.Files, func(f ManifestFileEntry) bool { return f.Name == r.Path })
			if int64(len(data)) != r.Bytes || r.Hash != "sha256:"+m.Files[i].SHA256 {
				t.Errorf("%d bytes with hash %s, the file has %d", r.Bytes, r.Hash, len(data))
			}
			rows, err := csv.NewReader(bytes.NewReader(data)).ReadAll()
			if err != nil {
				t.Fatal(err)
			}
			checks := make([]func(string) error, len(r.Schema.Fields))
			for i, f := range r.Schema.Fields {
				if rows[0][i] != f.Name {
					t.Errorf("column %d is %q, described as %q", i+1, rows[0][i], f.Name)
				}
				checks[i] = cellCheck(t, f)
			}
			for n, row := range rows[1:] {
				if len(row) != len(checks) {
					t.Fatalf("row %d has %d cells, and %d are described", n+2, len(row), len(checks))
				}
				for i, cell := range row {
					if err := checks[i](cell); err != nil {
						t.Errorf("row %d, column %s: %v", n+2, rows[0][i], err)
					}
				}
			}
		})
	}
}

// cellCheck returns a check of cells by the description of their column.
func cellCheck(t *testing.T, f dataPackageField) func(string) error {
	t.Helper()
	c := f.Constraints
	if c == nil {
		c = &dataPackageConstraints{}
	}
	pattern := regexp.MustCompile("^(?:" + c.Pattern + ")$")
	return func(cell string) error {
		number := 0
		switch {
		case cell == "" && c.Required:
			return fmt.Errorf("the cell is empty")
		case cell == "":
			return nil
		case c.Enum != nil && !slices.Contains(c.Enum, cell), c.Pattern != "" && !pattern.MatchString(cell):
			return fmt.Errorf("%q is not described", cell)
		case f.Type != "integer":
			return nil
		}
		if _, err := fmt.Sscanf(cell, "%d", &number); err != nil {
			return err
		}
		if c.Minimum != nil && number < *c.Minimum && cell != "0" || c.Maximum != nil && number > *c.Maximum {
			return fmt.Errorf("%d is out of bounds", number)
		}
		return nil
	}
}

func TestListPattern(t *testing.T) {
	labels := []string{"a", "b|c", "d.e", "$5 (f)", `g\h`, "[i]", "{j}", "k*+?", "^l"}
	pattern := regexp.MustCompile("^" + listPattern(labels, "; ") + "$")
	for cell, want := range map[string]bool{
		strings.Join(labels, "; "): true, "a": true, "^l; a": true, "": false, "b": false, "dxe": false, "a;a": false, "a; ": false, "a; a": true,
	} {
		if pattern.MatchString(cell) != want {
			t.Errorf("%q: got %v", cell, !want)
		}
	}
}

// Two releases with other content have other versions, two with the same content have the same.
func TestContentVersion(t *testing.T) {
	m := makeBook(t, 1).manifest
	first := m.contentVersion()
	m.Title = "Another title"
	if got := m.contentVersion(); got != first {
		t.Errorf("version %s and then %s", first, got)
	}
	m.Files[0].SHA256 = strings.Repeat("0", 64)
	if got := m.contentVersion(); got == first {
		t.Errorf("version %s stays", first)
	}
}
