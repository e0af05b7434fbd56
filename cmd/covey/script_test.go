package main

import (
	"path/filepath"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/opencovey/covey/internal/testenv"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"covey": main})
}

// TestScripts runs testdata/*.txtar: each is a folder of files and the commands to run in it. No Go is needed to add one.
// $EXAMPLES is the folder examples of the repository.
func TestScripts(t *testing.T) {
	testenv.NotRaces(t)
	examples := filepath.Join(testenv.ModuleRoot(t), "examples")
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata",
		RequireExplicitExec: true,
		Setup: func(e *testscript.Env) error {
			e.Setenv("EXAMPLES", examples)
			return nil
		},
	})
}
