package directory_test

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/opencovey/covey/internal/directory"
	"github.com/opencovey/covey/internal/directory/directorytest"
)

// TestJSONSchema shows that what is written is as docs/tool.schema.json says.
func TestJSONSchema(t *testing.T) {
	compiler := jsonschema.NewCompiler()
	compiler.AssertFormat()
	schema, err := compiler.Compile("../../docs/tool.schema.json")
	if err != nil {
		t.Fatal(err)
	}
	at := time.Date(2026, 11, 22, 1, 2, 3, 4, time.UTC)
	for name, tools := range map[string][]directory.Tool{
		"none":    nil,
		"seed":    openSeed(t),
		"made up": directorytest.Generate(300, 3),
		"whole": {{
			ID: "a", Name: "A <b>&", OtherNames: []string{"B"}, Sources: map[string]string{"": "x", "url": "not confirmed: y"},
			Checked: at, Created: at, Updated: at, Withdrawn: true, MergedInto: "b", Version: 1,
		}},
	} {
		t.Run(name, func(t *testing.T) {
			var b bytes.Buffer
			if err := directory.WriteJSON(&b, tools); err != nil {
				t.Fatal(err)
			}
			if strings.Contains(b.String(), "CheckedBy") || strings.Contains(b.String(), "checked_by") {
				t.Error("it tells who checked")
			}
			document, err := jsonschema.UnmarshalJSON(&b)
			if err != nil {
				t.Fatal(err)
			}
			if err := schema.Validate(document); err != nil {
				t.Error(err)
			}
		})
	}
}
