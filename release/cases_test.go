package release_test

import (
	"bytes"
	"context"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"

	"github.com/opencovey/covey/release"
	"github.com/opencovey/covey/table"
)

// TestCases runs testdata/cases/*.txtar: each has records (data.csv), a policy (policy.yaml) and what must come out: the protected counts
// (aggregates.csv), the records (synthetic.csv) or the error (error), whichever is there. No Go is needed to add one.
func TestCases(t *testing.T) {
	files, err := filepath.Glob("testdata/cases/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatalf("no cases: %v", err)
	}
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			archive, err := txtar.ParseFile(file)
			if err != nil {
				t.Fatal(err)
			}
			parts := map[string]string{}
			for _, f := range archive.Files {
				parts[f.Name] = string(f.Data)
			}
			got, err := runCase(parts)
			if want, failing := parts["error"]; failing {
				if err == nil || err.Error()+"\n" != want {
					t.Errorf("error %v, want %s", err, want)
				}
				return
			} else if err != nil {
				t.Fatal(err)
			}
			compared := 0
			for name, text := range got {
				if want, ok := parts[name]; ok {
					compared++
					if diff := cmp.Diff(want, text); diff != "" {
						t.Errorf("%s differs (- want, + got):\n%s", name, diff)
					}
				}
			}
			if compared == 0 {
				t.Error("the case says nothing of what must come out")
			}
		})
	}
}

// runCase makes counts and records and returns them as files.
func runCase(parts map[string]string) (map[string]string, error) {
	ctx := context.Background()
	policy, err := release.ParsePolicy("policy.yaml", bytes.NewBufferString(parts["policy.yaml"]))
	if err != nil {
		return nil, err
	}
	rows, err := table.OpenCSV(bytes.NewBufferString(parts["data.csv"]), "data.csv", policy.Input.TableFormat())
	if err != nil {
		return nil, err
	}
	records, _, err := table.Read(ctx, rows, policy.Schema(), table.Options{})
	if err != nil {
		return nil, err
	}
	counts, err := release.Aggregate(ctx, records, policy, release.Options{})
	if err != nil {
		return nil, err
	}
	synthetic, err := release.Synthesize(ctx, records, policy, nil, release.Options{})
	if err != nil {
		return nil, err
	}
	var a, s bytes.Buffer
	if err := release.WriteAggregates(&a, counts); err != nil {
		return nil, err
	}
	if err := release.WriteRecords(&s, synthetic, policy); err != nil {
		return nil, err
	}
	return map[string]string{"aggregates.csv": a.String(), "synthetic.csv": s.String()}, nil
}
