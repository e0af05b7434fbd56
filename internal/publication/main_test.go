package publication_test

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
	if len(os.Args) == 4 && os.Args[1] == "crash" {
		os.Exit(crash(os.Args[2], os.Args[3]))
	}
	if len(os.Args) == 5 && os.Args[1] == "stand" {
		os.Exit(stand(os.Args[2], os.Args[3], os.Args[4]))
	}
	os.Exit(m.Run())
}
