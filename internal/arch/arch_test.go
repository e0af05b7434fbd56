package arch_test

import (
	"os"
	"testing"

	"github.com/opencovey/covey/internal/arch"
	"github.com/opencovey/covey/internal/testenv"
)

// load reads this module, file by file and not through the go command, so that a
// cached result of these tests is good only for the files it was made from.
func load(t *testing.T) []*arch.Package {
	t.Helper()
	packages, err := arch.Load(os.DirFS(testenv.ModuleRoot(t)))
	if err != nil {
		t.Fatal(err)
	}
	if len(packages) < 3 {
		t.Fatalf("found only %d packages", len(packages))
	}
	return packages
}

func TestModule(t *testing.T) {
	packages := load(t)
	checks := []struct {
		name     string
		breaches []string
	}{
		{"arrows", arch.Arrows(packages, arch.Rules)},
		{"bans", arch.Bans(packages, arch.Rules, arch.Forbidden)},
		{"state", arch.State(packages, arch.Rules)},
		{"docs", arch.Docs(packages, arch.Rules)},
		{"sizes", arch.Sizes(packages)},
	}
	for _, check := range checks {
		t.Run(check.name, func(t *testing.T) {
			for _, breach := range check.breaches {
				t.Error(breach)
			}
		})
	}
}

// TestStyle prints the numbers of the style table; "make style" shows them.
func TestStyle(t *testing.T) {
	for _, m := range arch.Measures(load(t)) {
		t.Logf("%-32s %-16s %s", m.Name, m.Value, m.Band)
	}
}
