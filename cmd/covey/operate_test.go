package main

import (
	"context"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/opencovey/covey/internal/app"
	"github.com/opencovey/covey/internal/testenv"
)

// TestServerScripts runs testdata/server/*.txtar, whose commands work beside a
// server. Each script runs twice: $DATABASE is "" or an empty PostgreSQL database,
// and $SECOND another one. The command "server FOLDER [DATABASE]" starts a server
// once, and stops it.
func TestServerScripts(t *testing.T) {
	testenv.NotRaces(t)
	for _, database := range []string{"sqlite", "postgres"} {
		t.Run(database, func(t *testing.T) {
			empty := func() string { return "" }
			if database == "postgres" {
				testenv.Postgres(t) // here, and not in a script, it is said that there is none
				empty = func() string { return testenv.Postgres(t) }
			}
			testscript.Run(t, testscript.Params{
				Dir:                 "testdata/server",
				RequireExplicitExec: true,
				Setup: func(e *testscript.Env) error {
					e.Setenv("DATABASE", empty())
					e.Setenv("SECOND", empty())
					return nil
				},
				Cmds: map[string]func(*testscript.TestScript, bool, []string){"server": startOnce},
			})
		})
	}
}

func startOnce(ts *testscript.TestScript, _ bool, args []string) {
	o := app.Options{Dir: ts.MkAbs(args[0])}
	if len(args) > 1 {
		o.Database = args[1]
	}
	a, err := app.Open(context.Background(), o)
	ts.Check(err)
	ts.Check(a.Close())
}
