package app_test

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/opencovey/covey/internal/app"
)

// listen serves an app with short limits and returns its address.
func listen(t *testing.T, h http.Handler, limit time.Duration) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	server := app.HTTP(h, limit)
	go func() { _ = server.Serve(l) }()
	t.Cleanup(func() { _ = server.Close() })
	return l.Addr().String()
}

func dial(t *testing.T, address string) net.Conn {
	t.Helper()
	c, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	const enough = 20 * time.Second
	if err := c.SetDeadline(time.Now().Add(enough)); err != nil {
		t.Fatal(err)
	}
	return c
}

// TestSlowClients holds connections open by sending next to nothing, and looks that
// the server ends them, and answers others meanwhile.
func TestSlowClients(t *testing.T) {
	address := listen(t, open(t, app.Options{}).Handler(), 300*time.Millisecond)
	var slow []net.Conn
	for range 50 {
		head := dial(t, address)
		fmt.Fprint(head, "GET / HTTP/1.1\r\nHost: x\r\nX-A: ")
		body := dial(t, address)
		fmt.Fprint(body, "POST /tools/suggest HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 1000\r\n\r\nname=")
		slow = append(slow, head, body)
	}
	response, err := http.Get("http://" + address + "/healthz")
	if err != nil || response.StatusCode != http.StatusOK {
		t.Fatalf("nobody else is answered: %v %v", response, err)
	}
	_ = response.Body.Close()
	for _, c := range slow {
		if _, err := io.ReadAll(c); err != nil {
			t.Fatalf("a slow client is not ended: %v", err)
		}
	}
}

// TestEndlessBody sends a body without end, in pieces and with a false length.
func TestEndlessBody(t *testing.T) {
	address := listen(t, open(t, app.Options{}).Handler(), 10*time.Second)
	for _, head := range []string{"Transfer-Encoding: chunked", "Content-Length: 1000000000000"} {
		c := dial(t, address)
		fmt.Fprintf(c, "POST /tools/suggest HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-www-form-urlencoded\r\n%s\r\n\r\n", head)
		go func() {
			piece := "10000\r\n" + strings.Repeat("a", 0x10000) + "\r\n"
			for {
				if _, err := io.WriteString(c, piece); err != nil {
					return
				}
			}
		}()
		line, err := bufio.NewReader(c).ReadString('\n')
		if err != nil && !strings.Contains(err.Error(), "reset") {
			t.Fatalf("%s: %v", head, err)
		}
		if err == nil && !strings.Contains(line, " 413 ") {
			t.Errorf("%s: %s", head, line)
		}
	}
}

func TestLargeHead(t *testing.T) {
	address := listen(t, open(t, app.Options{}).Handler(), 10*time.Second)
	for _, head := range []string{"X-A: " + strings.Repeat("a", 100_000), "Cookie: a=" + strings.Repeat("b", 100_000)} {
		c := dial(t, address)
		go fmt.Fprintf(c, "GET / HTTP/1.1\r\nHost: x\r\n%s\r\n\r\n", head)
		line, err := bufio.NewReader(c).ReadString('\n')
		if err == nil && !strings.Contains(line, " 431 ") {
			t.Errorf("%s", line)
		}
	}
}

// TestStop stops a server while it answers: what is going on is finished, nothing
// new is taken, and Serve returns.
func TestStop(t *testing.T) {
	var log bytes.Buffer
	a := open(t, app.Options{Log: slog.New(slog.NewJSONHandler(&log, nil))})
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- a.Serve(ctx, l, nil) }()
	// A request whose body is still on its way when the server stops.
	c := dial(t, l.Addr().String())
	fmt.Fprint(c, "POST /tools/suggest HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 6\r\n\r\nna")
	if _, err := http.Get("http://" + l.Addr().String() + "/healthz"); err != nil { // the request before has arrived by now
		t.Fatal(err)
	}
	stop()
	for refused := false; !refused; {
		probe, err := net.Dial("tcp", l.Addr().String())
		refused = err != nil
		if err == nil {
			_ = probe.Close()
		}
	}
	fmt.Fprint(c, "me=x")
	line, err := bufio.NewReader(c).ReadString('\n')
	if err != nil || !strings.HasPrefix(line, "HTTP/1.1 4") {
		t.Errorf("what was going on: %q %v", line, err)
	}
	if err := <-ended; err != nil {
		t.Error(err)
	}
}

// TestFirstStart looks at what a new server has: the built-in list, and a link for
// the first administrator that leads to a page.
func TestFirstStart(t *testing.T) {
	a := open(t, app.Options{})
	if n := a.Tools().Index().Len(); n < 150 {
		t.Errorf("the map has %d entries", n)
	}
	link, err := a.FirstLink(t.Context())
	if err != nil || !strings.HasPrefix(link, "http://localhost:8080/") {
		t.Fatalf("first link %q: %v", link, err)
	}
	if n := open(t, app.Options{Empty: true}).Tools().Index().Len(); n != 0 {
		t.Errorf("an empty map has %d entries", n)
	}
}
