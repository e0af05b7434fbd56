package job_test

import (
	"context"
	"errors"
	"io"
	"os"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/opencovey/covey/internal/job"
)

func start(t *testing.T, ctx context.Context, sort string, memory int64) *job.Child {
	t.Helper()
	c, err := job.Process{Command: []string{os.Args[0], "child", sort}, Memory: memory}.Start(ctx)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestTalk(t *testing.T) {
	c := start(t, t.Context(), "echo", 1<<30)
	for _, text := range []string{"a", strings.Repeat("long ", 100_000), "line\nbreak"} {
		if err := c.Send(ask{Text: text}); err != nil {
			t.Fatal(err)
		}
		var a ask
		if err := c.Receive(&a); err != nil || a.Text != text {
			t.Fatal(err, len(a.Text))
		}
		if env, err := os.ReadFile("/proc/" + strconv.Itoa(a.Child) + "/environ"); err == nil && strings.Contains(string(env), "PATH=") {
			t.Error("the child has the server's environment")
		}
	}
	if peak := c.Close(); peak < 1<<20 {
		t.Error("peak memory", peak)
	}
}

// TestLastWords reads what a child said before it ended.
func TestLastWords(t *testing.T) {
	for range 5 {
		c := start(t, t.Context(), "one", 0)
		time.Sleep(5 * time.Millisecond)
		var a ask
		if err := c.Receive(&a); err != nil || a.Text != "last words" {
			t.Fatal(err)
		}
		if err := c.Receive(&a); !errors.Is(err, io.EOF) {
			t.Fatal(err)
		}
		c.Close()
	}
}

func TestMemory(t *testing.T) {
	c := start(t, t.Context(), "greedy", 256<<20)
	var a ask
	err := c.Receive(&a)
	if !errors.Is(err, job.ErrMemory) {
		t.Error(err)
	}
	if peak := c.Close(); peak > 700<<20 {
		t.Errorf("it used %d MiB", peak>>20)
	}
}

// TestMemoryUnconfined is how it is where only Go bounds the memory: what is no longer needed is given back before the limit, and without
// a limit it is not.
func TestMemoryUnconfined(t *testing.T) {
	for limit, within := range map[int64]bool{220 << 20: true, 0: false} {
		c := start(t, t.Context(), "unconfined", limit)
		var a ask
		if err := c.Receive(&a); err != nil {
			t.Fatal(err)
		}
		if (a.Child <= 220<<20) != within {
			t.Errorf("with a limit of %d MiB it used %d", limit>>20, a.Child>>20)
		}
		c.Close()
	}
}

// TestPanic checks that what a child writes when it breaks down is not repeated.
func TestPanic(t *testing.T) {
	c := start(t, t.Context(), "panic", 0)
	var a ask
	err := c.Receive(&a)
	if err == nil || errors.Is(err, io.EOF) || strings.Contains(err.Error(), "secret") {
		t.Error(err)
	}
	c.Close()
}

// gone waits until a process is not there any more.
func gone(pid int) bool {
	for range 100 {
		state, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/stat")
		if err != nil || strings.Contains(string(state), ") Z ") || syscall.Kill(pid, 0) != nil {
			return true
		}
		time.Sleep(10 * time.Millisecond)
	}
	return false
}

// TestCancel kills a child that does not listen, and its own child, within a second.
func TestCancel(t *testing.T) {
	ctx, cancel := context.WithCancelCause(t.Context())
	c := start(t, ctx, "deaf", 0)
	var a ask
	if err := c.Receive(&a); err != nil {
		t.Fatal(err)
	}
	grandchild, _ := strconv.Atoi(a.Text)
	cancel(job.ErrStopped)
	if !gone(a.Child) || !gone(grandchild) {
		t.Error("still there")
	}
	if err := c.Receive(&a); !errors.Is(err, job.ErrStopped) {
		t.Error(err)
	}
	c.Close()
}

// TestEndsWithParent kills the parent of a child that does not listen.
func TestEndsWithParent(t *testing.T) {
	parent := start(t, t.Context(), "parent", 0)
	var a ask
	if err := parent.Receive(&a); err != nil {
		t.Fatal(err)
	}
	parent.Kill()
	if !gone(a.Child) {
		_ = syscall.Kill(a.Child, syscall.SIGKILL)
		t.Error("the child outlives its parent")
	}
	parent.Close()
	if grandchild, err := strconv.Atoi(a.Text); err == nil {
		_ = syscall.Kill(grandchild, syscall.SIGKILL) // only the child itself is the kernel's duty
	}
}

func TestNoCommand(t *testing.T) {
	if _, err := (job.Process{}).Start(t.Context()); err == nil {
		t.Error("started")
	}
	if _, err := (job.Process{Command: []string{"/nowhere/program"}}).Start(t.Context()); err == nil {
		t.Error("started")
	}
}
