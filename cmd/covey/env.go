package main

import (
	"io"
	"os"
	"sync/atomic"
	"time"
)

// env is what a command touches of the world, so that tests can give it another one.
type env struct {
	stdin          io.Reader
	stdout, stderr io.Writer
	isTerminal     bool             // somebody watches stderr
	now            func() time.Time // for progress
	undo           undoList         // what to remove if the command does not come to an end
	patience       atomic.Int64     // nanoseconds that it may take to end when it is interrupted; 0 means grace
}

func systemEnv() *env {
	return &env{
		stdin: os.Stdin, stdout: os.Stdout, stderr: os.Stderr,
		isTerminal: isTerminal(os.Stderr) && os.Getenv("TERM") != "dumb", now: time.Now,
	}
}

// isTerminal reports whether a file is a device that shows characters. The null device is one, too, and harmless.
func isTerminal(f *os.File) bool {
	info, err := f.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}
