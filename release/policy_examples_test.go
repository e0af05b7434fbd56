package release_test

import (
	"compress/gzip"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/opencovey/covey/internal/testenv"
	"github.com/opencovey/covey/release"
	"github.com/opencovey/covey/table"
)

// examples are the policies of examples/policies: the file that each is for, its columns, and how many attributes come out of it.
var examples = []struct {
	policy, data              string
	columns, ignored, attribs int
}{
	{"ctdc_global_synthetic", "ctdc_global_synthetic_2021-08-25.csv.gz", 37, 0, 337},
	{"nist_acs_national", "nist_acs_excerpt_national2019.csv.gz", 24, 2, 0},
	{"adult_discretised", "adult_discretised.csv.gz", 14, 0, 422},
}

func openExample(t *testing.T, name string) (*release.Policy, string) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(testenv.ModuleRoot(t), "examples", "policies", name+".yaml"))
	if err != nil {
		t.Fatal(err)
	}
	return parse(t, string(text)), string(text)
}

func TestExamplePolicies(t *testing.T) {
	schema, _ := openSchema(t)
	files, _ := filepath.Glob(filepath.Join(testenv.ModuleRoot(t), "examples", "policies", "*.yaml"))
	for _, path := range files {
		name := strings.TrimSuffix(filepath.Base(path), ".yaml")
		t.Run(name, func(t *testing.T) {
			policy, text := openExample(t, name)
			if err := validate(schema, text); err != nil {
				t.Error(err)
			}
			if _, err := policy.Encode(); err != nil {
				t.Error(err)
			}
		})
	}
	for _, c := range examples {
		t.Run(c.policy+" columns", func(t *testing.T) {
			policy, _ := openExample(t, c.policy)
			s := policy.Schema()
			if len(policy.Columns) != c.columns || len(s.Ignore) != c.ignored {
				t.Errorf("%d columns, %d of them ignored; want %d and %d", len(policy.Columns), len(s.Ignore), c.columns, c.ignored)
			}
		})
	}
}

// The examples read the files that they are for. Reading has no tolerance: every column and every code of a closed list must
// be in the policy.
func TestExamplePoliciesReadTheirFiles(t *testing.T) {
	testenv.NotRaces(t)
	for _, c := range examples {
		t.Run(c.policy, func(t *testing.T) {
			file, err := os.Open(testenv.SharedData(t, c.data))
			if err != nil {
				t.Fatal(err)
			}
			defer file.Close()
			unpacked, err := gzip.NewReader(file)
			if err != nil {
				t.Fatal(err)
			}
			policy, _ := openExample(t, c.policy)
			rows, err := table.OpenCSV(unpacked, c.data, policy.Input.TableFormat())
			if err != nil {
				t.Fatal(err)
			}
			records, _, err := table.Read(t.Context(), rows, policy.Schema(), table.Options{Limits: policy.Input.Limits})
			if err != nil {
				t.Fatal(err)
			}
			if got := countAttributes(t, policy, records); c.attribs > 0 && got != c.attribs {
				t.Errorf("%d attributes, want %d", got, c.attribs)
			}
		})
	}
}

// countAttributes counts the values that occur, and reports declared ones that do not.
func countAttributes(t *testing.T, policy *release.Policy, records *table.Table) int {
	t.Helper()
	total := 0
	for i, column := range records.Columns {
		occurs := map[uint16]bool{}
		for codes := range records.Rows() {
			if codes[i] != 0 {
				occurs[codes[i]] = true
			}
		}
		total += len(occurs)
		if declared := policy.Column(column.Field); declared.Values != nil && len(occurs) != len(column.Values) {
			t.Errorf("column %s: %d of %d values occur", column.Name, len(occurs), len(column.Values))
		}
	}
	return total
}
