// Command testrun runs "go test" and says at the end which tests were skipped and
// why, so that nothing is skipped silently.
//
//	go run ./internal/testenv/testrun [-tolerant] [go test arguments]
//
// It prints one line per package and the whole output of what failed. It exits
// with 1 when a test failed and, where the environment variable CI is true, when a
// test was skipped for another reason than absent shared data. With -tolerant a
// skip never fails; this is for runs that repeat tests under other conditions.
package main

import (
	"fmt"
	"os"
	"os/exec"

	"github.com/opencovey/covey/internal/testenv"
)

func main() {
	args := os.Args[1:]
	strict := testenv.InCI()
	if len(args) > 0 && args[0] == "-tolerant" {
		strict, args = false, args[1:]
	}
	if err := run(args, strict); err != nil {
		fmt.Fprintln(os.Stderr, "error:", err)
		os.Exit(1)
	}
}

// run runs go test with args and reports on standard output.
func run(args []string, strict bool) error {
	cmd := exec.Command("go", append([]string{"test", "-json"}, args...)...)
	cmd.Stderr = os.Stderr
	events, err := cmd.StdoutPipe()
	if err != nil {
		return fmt.Errorf("start go test: %w", err)
	}
	if err := cmd.Start(); err != nil {
		return fmt.Errorf("start go test: %w", err)
	}
	r := report{out: os.Stdout}
	readErr := r.read(events)
	if err := cmd.Wait(); err != nil {
		r.summary()
		return fmt.Errorf("run go test: %w", err)
	}
	if readErr != nil {
		return fmt.Errorf("read output of go test: %w", readErr)
	}
	r.summary()
	if n := r.forbidden(); strict && n > 0 {
		return fmt.Errorf("%d tests were skipped for a reason that a continuous integration must not accept", n)
	}
	return nil
}
