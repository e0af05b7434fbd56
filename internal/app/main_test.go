package app_test

import (
	"context"
	"os"
	"testing"

	"github.com/opencovey/covey/internal/publication/work"
)

// TestMain lets the test binary be the worker, as the program is.
func TestMain(m *testing.M) {
	if len(os.Args) == 2 && os.Args[1] == "worker" {
		os.Exit(work.Main(context.Background(), os.Stdin, os.Stdout))
	}
	os.Exit(m.Run())
}
