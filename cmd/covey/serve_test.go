package main

import (
	"bufio"
	"bytes"
	"context"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/opencovey/covey/internal/app"
)

// startLimit is how long the built binary may take until its first page is there.
const startLimit = 2 * time.Second

// running is a server in a process of its own.
type running struct {
	command *exec.Cmd
	address string
	link    string
	stderr  *bytes.Buffer
}

// serveBinary starts the built binary and waits for its first words.
func serveBinary(t *testing.T, binary string, args ...string) *running {
	t.Helper()
	r := &running{command: exec.Command(binary, append([]string{"serve", "-listen", "127.0.0.1:0"}, args...)...), stderr: &bytes.Buffer{}}
	r.command.Stderr = r.stderr
	out, err := r.command.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := r.command.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = r.command.Process.Kill() })
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		if address, ok := strings.CutPrefix(lines.Text(), "Covey is at "); ok {
			r.address = address
		}
		if strings.Contains(lines.Text(), "/invite/") {
			r.link = lines.Text()
			return r
		}
	}
	t.Fatalf("the server did not start: %s", r.stderr)
	return nil
}

func (r *running) stop(t *testing.T) {
	t.Helper()
	if err := r.command.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if err := r.command.Wait(); err != nil {
		t.Fatalf("stop: %v\n%s", err, r.stderr)
	}
}

// TestServe builds the binary and starts it twice: it is ready in time, shows the
// map, invites the first administrator, ends well, and keeps what it has.
func TestServe(t *testing.T) {
	if testing.Short() {
		t.Skip("long")
	}
	binary := filepath.Join(t.TempDir(), "covey")
	if out, err := exec.Command("go", "build", "-o", binary, ".").CombinedOutput(); err != nil {
		t.Fatalf("build: %v\n%s", err, out)
	}
	data := filepath.Join(t.TempDir(), "data")
	for _, start := range []string{"first start", "second start"} {
		begun := time.Now()
		r := serveBinary(t, binary, "-data", data, "-log", "json")
		response, err := http.Get(r.address + "/tools")
		if err != nil {
			t.Fatal(err)
		}
		_ = response.Body.Close()
		took := time.Since(begun)
		t.Logf("%s: the first page after %v", start, took.Round(time.Millisecond))
		if took > startLimit {
			t.Errorf("%s took %v, at most %v are allowed", start, took, startLimit)
		}
		if response.StatusCode != http.StatusOK {
			t.Errorf("%s: %s", start, response.Status)
		}
		response, err = http.Get(r.link)
		if err != nil || response.StatusCode != http.StatusOK {
			t.Errorf("%s: the link of the first administrator: %v %v", start, response, err)
		} else {
			_ = response.Body.Close()
		}
		r.stop(t)
		token := r.link[strings.LastIndex(r.link, "/")+1:]
		if strings.Contains(r.stderr.String(), token) || strings.Contains(r.stderr.String(), "127.0.0.1") {
			t.Errorf("the log names the link or an address:\n%s", r.stderr)
		}
	}
	for name, mode := range map[string]os.FileMode{"": 0o700, "root.key": 0o600} {
		info, err := os.Stat(filepath.Join(data, name))
		if err != nil || info.Mode().Perm()&^mode != 0 {
			t.Errorf("%q: %v %v", name, info.Mode(), err)
		}
	}
}

// TestServeFlags gives values of flags in every way.
func TestServeFlags(t *testing.T) {
	parse := func(args ...string) (*serveOptions, error) {
		e := &env{stdout: &bytes.Buffer{}, stderr: &bytes.Buffer{}, now: time.Now}
		return e.serveFlags(args)
	}
	t.Setenv("COVEY_LISTEN", "localhost:9999")
	t.Setenv("COVEY_LINK_CHECK", "true")
	o, err := parse()
	if err != nil || o.listen != "localhost:9999" || !o.links {
		t.Errorf("from the environment: %+v %v", o, err)
	}
	if o, err = parse("-listen", ":80"); err != nil || o.listen != ":80" {
		t.Errorf("a flag goes before the environment: %+v %v", o, err)
	}
	secret := filepath.Join(t.TempDir(), "secret")
	if err := os.WriteFile(secret, []byte("hush\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	e := &env{stdout: &bytes.Buffer{}, stderr: &bytes.Buffer{}, now: time.Now}
	for _, tt := range []struct {
		name string
		o    serveOptions
		ok   bool
	}{
		{"all", serveOptions{proxy: "127.0.0.1, 10.0.0.0/8,::1", log: "text", oidc: "https://id.example,covey," + secret}, true},
		{"proxy", serveOptions{proxy: "localhost"}, false},
		{"log", serveOptions{log: "xml"}, false},
		{"oidc without file", serveOptions{oidc: "https://id.example,covey"}, false},
		{"oidc without TLS", serveOptions{oidc: "http://id.example,covey," + secret}, false},
		{"oidc with a missing file", serveOptions{oidc: "https://id.example,covey,/nowhere"}, false},
	} {
		options, err := e.appOptions(&tt.o)
		if (err == nil) != tt.ok {
			t.Errorf("%s: %v", tt.name, err)
		}
		if tt.ok && (len(options.Proxies) != 3 || options.OpenID.Secret != "hush") {
			t.Errorf("%s: %+v", tt.name, options.Proxies)
		}
	}
	if _, err := parse("-demo", "-database", "postgres:///x"); err == nil {
		t.Error("-demo and -database together")
	}
	for _, how := range []string{"perhaps", "/nowhere.crt,/nowhere.key", "auto"} {
		if _, err := certificates(context.Background(), how, &app.Options{Public: "http://localhost:8080", Dir: t.TempDir()}); err == nil {
			t.Errorf("-tls %s", how)
		}
	}
	t.Setenv("COVEY_DEMO", "perhaps")
	if _, err := parse(); err == nil || !strings.Contains(err.Error(), "COVEY_DEMO") {
		t.Errorf("a bad variable: %v", err)
	}
}
