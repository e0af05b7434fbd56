package app

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"sync"
	"time"

	"golang.org/x/net/netutil"
)

// limits are what one client can hold up.
type limits struct {
	header time.Duration // to send the head of a request
	read   time.Duration // to send all of it; routes that take files give more
	write  time.Duration // to take the answer; long answers get it anew for each piece
	idle   time.Duration
}

func usual() limits {
	return limits{header: 5 * time.Second, read: 15 * time.Second, write: 30 * time.Second, idle: 60 * time.Second}
}

const (
	headerBytes = 16 << 10
	connections = 4096
	stopTime    = 10 * time.Second // to finish what is going on when the server stops
)

// Serve answers requests on a listener until the context ends; then it takes no new
// ones and gives those that are going on ten seconds. Meanwhile it does what happens
// by itself: checkpoints of the audit log, clearing of what is over, and looking at
// links if that is switched on. With settings of TLS (see [Automatic], [Certified])
// requests are encrypted; nil is for plain HTTP.
func (a *App) Serve(ctx context.Context, l net.Listener, secure *tls.Config) error {
	// The bound is below TLS: net/http must see the connection of TLS itself, to speak HTTP/2.
	l = netutil.LimitListener(l, connections)
	if secure != nil {
		l = tls.NewListener(l, secure)
	}
	own, stop := context.WithCancel(ctx)
	defer stop()
	var running sync.WaitGroup
	for _, job := range a.jobs() {
		running.Go(func() { a.repeat(own, job) })
	}
	if a.options.Demo {
		running.Go(func() { a.demoRelease(own) })
	}
	server := newHTTP(a.Handler(), usual())
	failed := make(chan error, 1)
	go func() { failed <- server.Serve(l) }()
	var err error
	select {
	case err = <-failed:
	case <-ctx.Done():
		patience, cancel := context.WithTimeout(context.WithoutCancel(ctx), stopTime)
		defer cancel()
		if err = server.Shutdown(patience); err != nil {
			_ = server.Close() // those that are still going on have had their time
		}
	}
	stop()
	running.Wait()
	if err != nil && !errors.Is(err, http.ErrServerClosed) && !errors.Is(err, context.DeadlineExceeded) {
		return fmt.Errorf("serve: %w", err)
	}
	return nil
}

// newHTTP returns a server with limits. Its own messages are dropped: they name the
// addresses of clients.
func newHTTP(h http.Handler, l limits) *http.Server {
	return &http.Server{
		Handler: h, ReadHeaderTimeout: l.header, ReadTimeout: l.read, WriteTimeout: l.write,
		IdleTimeout: l.idle, MaxHeaderBytes: headerBytes, ErrorLog: log.New(io.Discard, "", 0),
	}
}
