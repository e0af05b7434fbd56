package main

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func testEnv() (*env, *bytes.Buffer, *bytes.Buffer) {
	var out, errs bytes.Buffer
	return &env{stdin: strings.NewReader(""), stdout: &out, stderr: &errs, now: time.Now}, &out, &errs
}

// interrupted runs covey with a standard input that never ends, interrupts it, and returns how it ended.
func interrupted(t *testing.T, args ...string) (status int, stderr string) {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	covey := filepath.Join(t.TempDir(), "covey")
	if err := os.Symlink(self, covey); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(covey, args...)
	cmd.Dir = t.TempDir()
	var errs bytes.Buffer
	cmd.Stderr = &errs
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	if _, err := io.WriteString(in, "a,b\n1,2\n"); err != nil {
		t.Fatal(err)
	}
	time.Sleep(300 * time.Millisecond) // it waits for more
	began := time.Now()
	if err := cmd.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	var exit *exec.ExitError
	if err := cmd.Wait(); !errors.As(err, &exit) {
		t.Fatalf("ended with %v", err)
	}
	if took := time.Since(began); took > time.Second {
		t.Errorf("took %v to stop", took)
	}
	entries, err := os.ReadDir(cmd.Dir)
	if err != nil || len(entries) > 0 {
		t.Errorf("left behind: %v %v", entries, err)
	}
	return exit.ExitCode(), errs.String()
}

func TestInterrupt(t *testing.T) {
	status, stderr := interrupted(t, "inspect", "-draft", "draft.yaml", "-")
	if status != exitInterrupted || stderr != "stopped: nothing was written\n" {
		t.Errorf("status %d, %q", status, stderr)
	}
}

func TestReport(t *testing.T) {
	tests := []struct {
		name string
		err  error
		want string
	}{
		{"plain", errors.New("no luck"), "error: no luck\n"},
		{"with a hint", &failure{errors.New("no luck"), "try again"}, "error: no luck\nhint: try again\n"},
		{"several lines", errors.New("two things\none\ntwo"), "error: two things\n  one\n  two\n"},
		{"control characters", errors.New("a\x1b[2Jb\u202ec"), "error: a\ufffd[2Jb\ufffdc\n"},
		{"missing file", func() error { _, err := os.Open("nowhere"); return err }(), "error: nowhere: there is no such file\n"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			e, out, errs := testEnv()
			e.report(test.err)
			if errs.String() != test.want || out.Len() > 0 {
				t.Errorf("%q, want %q", errs, test.want)
			}
		})
	}
}

func TestFaultShowsNoValue(t *testing.T) {
	fault := func(f func()) (err error) {
		defer func() { err = faultError(recover()) }()
		f()
		return nil
	}
	secret := fault(func() { panic("Maria") }).Error()
	if strings.Contains(secret, "Maria") || !strings.Contains(secret, "covey made a mistake: string, at covey/terminal_test.go:") {
		t.Error(secret)
	}
	index := fault(func() { var list []int; _ = list[len(list)] }).Error()
	if !strings.Contains(index, "index out of range [0]") {
		t.Error(index)
	}
}

func TestRunIsInterrupted(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	e, _, errs := testEnv()
	done := e.undo.add(func() { t.Error("a finished file was removed") })
	done("first.csv")
	removed := false
	e.undo.add(func() { removed = true })
	e.stdin = blocked{}
	if status := run(ctx, e, []string{"inspect", "-"}); status != exitInterrupted || !removed {
		t.Errorf("status %d, removed %v", status, removed)
	}
	if errs.String() != "stopped: first.csv was written before\n" {
		t.Error(errs)
	}
}

// blocked is a pipe that nothing comes from.
type blocked struct{}

func (blocked) Read([]byte) (int, error) { select {} }

func TestOutFile(t *testing.T) {
	t.Chdir(t.TempDir())
	e, _, _ := testEnv()
	write := func(mode outMode) error {
		f, err := e.create("out.txt", mode)
		if err != nil {
			return err
		}
		defer f.Discard()
		_, _ = f.WriteString("text")
		if entries, _ := os.ReadDir("."); len(entries) == 0 {
			t.Error("nothing is written beside")
		}
		return f.Commit()
	}
	if err := write(keepExisting); err != nil {
		t.Fatal(err)
	}
	if err := write(keepExisting); err == nil || err.Error() != "out.txt: the file exists already" {
		t.Errorf("written twice: %v", err)
	}
	if err := write(replaceExisting); err != nil {
		t.Error(err)
	}
	f, err := e.create("other.txt", keepExisting)
	if err != nil {
		t.Fatal(err)
	}
	f.Discard()
	f.Discard()
	entries, _ := os.ReadDir(".")
	if len(entries) != 1 {
		t.Errorf("left behind: %v", entries)
	}
	info, _ := entries[0].Info()
	if info.Mode().Perm() != 0o600 || e.undo.all() != "out.txt" {
		t.Errorf("mode %v", info.Mode())
	}
	if _, err := e.create("no/folder.txt", keepExisting); err == nil || !strings.Contains(err.Error(), "there is no such folder") {
		t.Error(err)
	}
}
