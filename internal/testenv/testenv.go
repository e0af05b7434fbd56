// Package testenv finds what some tests need from the machine they run on: a
// browser, and data files that may not be copied into this repository.
//
// Nothing is skipped silently. A test that cannot have what it needs says so in
// one line beginning with "testenv:", which the command testrun counts. Where the
// environment variable CI is true, a missing browser is a failure. Missing shared
// data never is one: the tests of a fresh clone must pass without it.
package testenv

import (
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"
)

// Names of the environment variables that this package reads.
const (
	// EnvCI says that a continuous integration runs the tests when it is true
	// in the sense of [strconv.ParseBool].
	EnvCI = "CI"
	// EnvChromium is the path of a browser to use instead of the one on PATH.
	EnvChromium = "COVEY_CHROMIUM"
	// EnvData is the folder of the shared data; unset, it is ../shared/data
	// beside the folder that holds go.mod.
	EnvData = "COVEY_TEST_DATA"
	// EnvLong asks for long tests when it is true.
	EnvLong = "COVEY_LONG"
)

// SharedDataMark begins the message of every test that is skipped because a file
// of the shared data is not there. The command testrun lets only these skips pass
// in a continuous integration.
const SharedDataMark = "testenv: shared data: "

// browsers are the names under which Debian and others install Chromium, in the
// order of trial.
var browsers = []string{"chromium", "chromium-browser", "google-chrome"}

// Chromium returns the path of the browser. Without one it fails the test in a
// continuous integration and skips it elsewhere.
func Chromium(t testing.TB) string {
	t.Helper()
	path, err := findChromium()
	if err == nil {
		return path
	}
	const hint = "hint: install it (apt-get install chromium) or set " + EnvChromium + " to its path"
	if InCI() {
		t.Fatalf("testenv: Chromium: %v\n%s", err, hint)
	}
	t.Skipf("testenv: Chromium: %v; %s", err, hint)
	return ""
}

// findChromium looks where EnvChromium points and otherwise on PATH.
func findChromium() (string, error) {
	if path := os.Getenv(EnvChromium); path != "" {
		return exec.LookPath(path)
	}
	for _, name := range browsers {
		if path, err := exec.LookPath(name); err == nil {
			return path, nil
		}
	}
	return "", errors.New("no browser on PATH")
}

// SharedData returns the path of a file of the shared data, such as
// "adult_discretised.csv.gz". When the file is not there the test is skipped, in a
// continuous integration too.
func SharedData(t testing.TB, name string) string {
	t.Helper()
	folder := os.Getenv(EnvData)
	if folder == "" {
		folder = filepath.Join(ModuleRoot(t), "..", "shared", "data")
	}
	path := filepath.Join(folder, name)
	_, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		t.Skipf("%s%s is not there; hint: set %s to the folder that holds it", SharedDataMark, name, EnvData)
	case err != nil:
		t.Fatalf("testenv: find shared data: %v", err)
	}
	return path
}

// ModuleRoot returns the folder that holds go.mod, at or above the working
// directory of the test.
func ModuleRoot(t testing.TB) string {
	t.Helper()
	folder, err := os.Getwd()
	if err != nil {
		t.Fatalf("testenv: find module root: %v", err)
	}
	for {
		if _, err := os.Stat(filepath.Join(folder, "go.mod")); err == nil {
			return folder
		}
		parent := filepath.Dir(folder)
		if parent == folder {
			t.Fatal("testenv: find module root: no go.mod at or above the working directory")
		}
		folder = parent
	}
}

// Long reports whether long tests are asked for (COVEY_LONG=1, as "make nightly"
// sets it). A test uses it to choose how much it does; it does not skip.
func Long() bool { return isTrue(EnvLong) }

// InCI reports whether a continuous integration runs the tests (CI=true).
func InCI() bool { return isTrue(EnvCI) }

func isTrue(name string) bool {
	v, err := strconv.ParseBool(os.Getenv(name))
	return err == nil && v
}

// NotRaces skips a test in the short form, which the race detector runs: the test
// is about something else than races and takes long, and other tests of its package
// run the same code under the detector. The full run has it.
func NotRaces(t testing.TB) {
	t.Helper()
	if testing.Short() {
		t.Skip("takes long, and its subject is not races")
	}
}
