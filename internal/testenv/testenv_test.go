package testenv_test

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/opencovey/covey/internal/testenv"
)

// recorder is a testing.TB that notes how a test ended instead of ending it.
type recorder struct {
	testing.TB
	ended, text string
}

func (r *recorder) Helper() {}

func (r *recorder) Skipf(format string, args ...any) { r.end("skip", fmt.Sprintf(format, args...)) }

func (r *recorder) Fatalf(format string, args ...any) { r.end("fail", fmt.Sprintf(format, args...)) }

func (r *recorder) Fatal(args ...any) { r.end("fail", fmt.Sprint(args...)) }

func (r *recorder) end(how, text string) {
	r.ended, r.text = how, text
	runtime.Goexit()
}

// record runs f with a recorder, to the end that f chose.
func record(f func(t testing.TB)) *recorder {
	r := &recorder{}
	done := make(chan struct{})
	go func() {
		defer close(done)
		f(r)
	}()
	<-done
	return r
}

func TestChromium(t *testing.T) {
	browser := filepath.Join(t.TempDir(), "browser")
	if err := os.WriteFile(browser, []byte("#!/bin/sh\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		name, ci, set string
		want          string // how the test ends; empty for "with a path"
	}{
		{"set", "true", browser, ""},
		{"set to nothing, in CI", "true", browser + "-missing", "fail"},
		{"set to nothing, elsewhere", "", browser + "-missing", "skip"},
		{"none, in CI", "1", "", "fail"},
		{"none, elsewhere", "false", "", "skip"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Setenv("PATH", t.TempDir())
			t.Setenv(testenv.EnvCI, test.ci)
			t.Setenv(testenv.EnvChromium, test.set)
			var path string
			r := record(func(tb testing.TB) { path = testenv.Chromium(tb) })
			if r.ended != test.want {
				t.Fatalf("ended with %q (%s), want %q", r.ended, r.text, test.want)
			}
			if test.want == "" && path != browser {
				t.Errorf("path = %q, want %q", path, browser)
			}
			if test.want != "" && !strings.HasPrefix(r.text, "testenv: Chromium: ") {
				t.Errorf("message %q does not say what is missing", r.text)
			}
		})
	}
}

func TestSharedData(t *testing.T) {
	folder := t.TempDir()
	if err := os.WriteFile(filepath.Join(folder, "there.csv"), []byte("a\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Setenv(testenv.EnvData, folder)
	t.Setenv(testenv.EnvCI, "true")

	var path string
	if r := record(func(tb testing.TB) { path = testenv.SharedData(tb, "there.csv") }); r.ended != "" {
		t.Errorf("a file that is there ended with %q: %s", r.ended, r.text)
	}
	if want := filepath.Join(folder, "there.csv"); path != want {
		t.Errorf("path = %q, want %q", path, want)
	}
	r := record(func(tb testing.TB) { testenv.SharedData(tb, "absent.csv") })
	if r.ended != "skip" || !strings.HasPrefix(r.text, testenv.SharedDataMark+"absent.csv") {
		t.Errorf("a file that is not there ended with %q: %s", r.ended, r.text)
	}
}

func TestModuleRoot(t *testing.T) {
	root := testenv.ModuleRoot(t)
	if _, err := os.Stat(filepath.Join(root, "internal", "testenv", "testenv.go")); err != nil {
		t.Errorf("%s is not the root: %v", root, err)
	}
}

func TestFlags(t *testing.T) {
	for value, want := range map[string]bool{"": false, "0": false, "false": false, "1": true, "true": true, "maybe": false} {
		t.Setenv(testenv.EnvLong, value)
		t.Setenv(testenv.EnvCI, value)
		if testenv.Long() != want || testenv.InCI() != want {
			t.Errorf("%q: Long = %v, InCI = %v, want %v", value, testenv.Long(), testenv.InCI(), want)
		}
	}
}
