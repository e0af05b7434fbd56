package job

import (
	"os"
	"os/exec"
	"strconv"
	"syscall"
)

// isolate puts the child into a process group of its own, which ends with us.
func isolate(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
}

// killGroup ends a child and all that it has started.
func killGroup(p *os.Process) { _ = syscall.Kill(-p.Pid, syscall.SIGKILL) }

// peakMemory is the most memory that an ended process used, in bytes.
func peakMemory(s *os.ProcessState) int64 {
	if u, ok := s.SysUsage().(*syscall.Rusage); ok {
		return u.Maxrss << 10
	}
	return 0
}

// memoryRoom is room beyond the limit of the heap: stacks, the program, what the collector is behind with.
const memoryRoom = 256 << 20

// The call and the option of prctl(2) by which a process says whether its memory may be dumped.
const (
	prctl       = syscall.SYS_PRCTL
	setDumpable = 4
)

// Confines tells whether the system bounds the memory of a child and lowers its priority.
const Confines = true

// Confine is called by a child first of all. It lowers its own priority, bounds its memory by what its parent said, makes the kernel
// prefer it when memory runs out, and sees to it that its memory, which holds case records, is not dumped to the disk or read by
// other programs of the same user.
func Confine() {
	// Each of these may be refused by a container: then the others still hold.
	_ = syscall.Setpriority(syscall.PRIO_PGRP, 0, 10)
	_ = syscall.Setrlimit(syscall.RLIMIT_CORE, &syscall.Rlimit{})
	_ = os.WriteFile("/proc/self/oom_score_adj", []byte("800"), 0o600) // before /proc/self belongs to root
	_, _, _ = syscall.RawSyscall(prctl, setDumpable, 0, 0)
	if memory, err := strconv.ParseInt(os.Getenv("COVEY_WORKER_MEMORY"), 10, 64); err == nil && memory > 0 {
		limit := uint64(memory + memoryRoom)
		_ = syscall.Setrlimit(syscall.RLIMIT_DATA, &syscall.Rlimit{Cur: limit, Max: limit})
	}
}
