//go:build !linux

package job

import (
	"os"
	"os/exec"
)

func isolate(*exec.Cmd) {}

func killGroup(p *os.Process) { _ = p.Kill() }

func peakMemory(*os.ProcessState) int64 { return 0 }

// Confines tells whether the system bounds the memory of a child and lowers its priority.
const Confines = false

// Confine is called by a child first of all. Only Linux bounds it; elsewhere the collector's limit is all there is.
func Confine() {}
