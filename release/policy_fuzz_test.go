package release_test

import (
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/opencovey/covey/internal/testenv"
	"github.com/opencovey/covey/release"
)

// FuzzParsePolicy: whatever the text, ParsePolicy gives a policy or an error with places in the file, and a policy can be
// used, is accepted by the schema for editors, and is the same after Encode and ParsePolicy.
func FuzzParsePolicy(f *testing.F) {
	for _, file := range append(errorFiles, "canonical.txt") {
		for _, c := range policyCases(f, file) {
			f.Add(c.policy)
		}
	}
	examples, _ := filepath.Glob(filepath.Join(testenv.ModuleRoot(f), "examples", "policies", "*.yaml"))
	for _, path := range examples {
		text, err := os.ReadFile(path)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(string(text))
	}
	schema, _ := openSchema(f)
	f.Fuzz(func(t *testing.T, text string) {
		policy, err := release.ParsePolicy("p.yaml", strings.NewReader(text))
		if err != nil {
			checkPolicyError(t, err)
			return
		}
		got := policy.Schema()
		if len(got.Fields) == 0 || len(got.Fields)+len(got.Ignore) != len(policy.Columns) {
			t.Errorf("schema has %d fields and ignores %d of %d columns", len(got.Fields), len(got.Ignore), len(policy.Columns))
		}
		domain, err := policy.Domain()
		if policy.Protection.Method == release.MethodDifferential && (err != nil || len(domain.Columns) < len(got.Fields)) {
			t.Errorf("a differential policy without a domain: %v", err)
		}
		if err := validate(schema, text); err != nil {
			t.Errorf("the schema refuses what the parser accepts: %v", err)
		}
		encoded, err := policy.Encode()
		if err != nil {
			t.Fatal(err)
		}
		again, err := release.ParsePolicy("p.yaml", strings.NewReader(string(encoded)))
		if err != nil {
			t.Fatalf("read back: %v\n%s", err, encoded)
		}
		if !reflect.DeepEqual(again, policy) {
			t.Errorf("read back:\ngot  %+v\nwant %+v\nfrom %s", again, policy, encoded)
		}
	})
}

func checkPolicyError(t *testing.T, err error) {
	t.Helper()
	var bad *release.PolicyError
	if !errors.As(err, &bad) {
		t.Fatalf("got %v, want a *PolicyError", err)
	}
	if len(bad.Problems) == 0 {
		t.Error("a PolicyError without problems")
	}
	if lines := strings.Count(err.Error(), "\n") + 1; lines != len(bad.Problems) {
		t.Errorf("%d lines for %d problems:\n%v", lines, len(bad.Problems), err)
	}
	for _, p := range bad.Problems {
		if p.Line < 1 || p.Column < 1 || p.Text == "" {
			t.Errorf("a problem without a place or a text: %+v", p)
		}
	}
}
