package main

import (
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// TestServeDemo builds the binary and starts the demonstration: it is ready in time,
// shows all entries of the built-in list, and leaves nothing behind when it is stopped.
func TestServeDemo(t *testing.T) {
	if testing.Short() {
		t.Skip("long")
	}
	binary := filepath.Join(t.TempDir(), "covey")
	if out, err := exec.Command("go", "build", "-o", binary, ".").CombinedOutput(); err != nil {
		t.Fatalf("build: %v\n%s", err, out)
	}
	folder := t.TempDir()
	t.Setenv("TMPDIR", folder)
	const generous = 20 * time.Second // the promise is 2 s, of a machine that does nothing else
	begun := time.Now()
	r := serveBinary(t, binary, "-demo")
	response, err := http.Get(r.address + "/tools")
	if err != nil {
		t.Fatal(err)
	}
	body, err := io.ReadAll(response.Body)
	_ = response.Body.Close()
	took := time.Since(begun)
	t.Logf("ready after %v, the first page has %d bytes", took.Round(time.Millisecond), len(body))
	if err != nil || took > generous {
		t.Errorf("the first page after %v: %v", took, err)
	}
	if !strings.Contains(string(body), "185 tools of 185") {
		t.Errorf("the page does not say 185 entries:\n%.2000s", body)
	}
	if list, err := filepath.Glob(filepath.Join(folder, "covey-demo-*")); err != nil || len(list) != 1 {
		t.Errorf("the folders of the demonstration are %q: %v", list, err)
	}
	awaitDemoRelease(t, r.address)
	begun = time.Now()
	r.stop(t)
	if took = time.Since(begun); took > generous {
		t.Errorf("stopped after %v", took)
	}
	t.Logf("stopped after %v", took.Round(time.Millisecond))
	if left, err := os.ReadDir(folder); err != nil || len(left) > 0 {
		t.Errorf("%v is left behind: %v", left, err)
	}
}

// awaitDemoRelease waits for the release that the demonstration makes beside its work, and looks at its page, its explorer and a file.
func awaitDemoRelease(t *testing.T, address string) {
	t.Helper()
	const generous = time.Minute // it takes some seconds
	begun := time.Now()
	get := func(path string) (int, string) {
		response, err := http.Get(address + path)
		if err != nil {
			t.Fatal(err)
		}
		defer response.Body.Close()
		body, err := io.ReadAll(response.Body)
		if err != nil {
			t.Fatal(err)
		}
		return response.StatusCode, string(body)
	}
	const page = "/data/fictional-case-records"
	for {
		status, body := get(page)
		if status == http.StatusOK {
			if !strings.Contains(body, "20,000–20,009") || !strings.Contains(body, "approver of the demonstration") {
				t.Errorf("the page of the release lacks the number of people or a signature:\n%.2000s", body)
			}
			break
		}
		if time.Since(begun) > generous {
			t.Fatalf("there is no release after %v: status %d", generous, status)
		}
		time.Sleep(100 * time.Millisecond)
	}
	t.Logf("the release is there after %v", time.Since(begun).Round(time.Millisecond))
	for path, want := range map[string]string{"/1/files/explorer": "Content-Security-Policy", "/1/files/aggregates.csv": "count,length"} {
		if status, body := get(page + path); status != http.StatusOK || !strings.Contains(body, want) {
			t.Errorf("%s: status %d, without %q", path, status, want)
		}
	}
}
