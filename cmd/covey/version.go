package main

import (
	"context"
	"fmt"
	"runtime"
	"runtime/debug"
)

// version returns the version of the program as releases state it, "devel" where none was built in.
func version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok || info.Main.Version == "" || info.Main.Version == "(devel)" {
		return "devel"
	}
	return info.Main.Version
}

func runVersion(_ context.Context, e *env, args []string) error {
	f := e.newFlags(manual{
		usage: "version",
		text:  "Version prints the version of the program, and what it was built with.",
	})
	if _, err := f.parse(args, 0, 0); err != nil {
		return err
	}
	_, err := fmt.Fprintf(e.stdout, "covey %s %s %s/%s\n", version(), runtime.Version(), runtime.GOOS, runtime.GOARCH)
	return err
}
