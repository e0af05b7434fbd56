package web

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/opencovey/covey/internal/fault"
)

// bounds are the upper ends of the classes of durations, in seconds.
var bounds = [...]float64{0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10}

// meter counts requests by class of status and by duration. It knows nothing of
// routes: how often a page for people in danger is asked for is nobody's business.
type meter struct {
	begun    time.Time
	statuses [6]atomic.Int64 // by first digit
	slower   [len(bounds) + 1]atomic.Int64
	total    atomic.Int64 // microseconds
}

func newMeter(now time.Time) *meter { return &meter{begun: now} }

func (m *meter) count(status int, took time.Duration) {
	if class := status / 100; class >= 0 && class < len(m.statuses) {
		m.statuses[class].Add(1)
	}
	i := 0
	for i < len(bounds) && took.Seconds() > bounds[i] {
		i++
	}
	m.slower[i].Add(1)
	m.total.Add(took.Microseconds())
}

// coarse is the step to which counts are rounded down, so that no small number of
// people shows.
const coarse = 10

func rounded(n int64) int64 { return n / coarse * coarse }

// write writes the metrics in the text format of Prometheus.
func (m *meter) write(w io.Writer, now time.Time) error {
	var b strings.Builder
	line := func(format string, args ...any) { fmt.Fprintf(&b, format+"\n", args...) }
	line("# HELP covey_http_requests_total Requests answered, by class of status, rounded down to tens.")
	line("# TYPE covey_http_requests_total counter")
	for class := 2; class < len(m.statuses); class++ {
		line("covey_http_requests_total{status=\"%dxx\"} %d", class, rounded(m.statuses[class].Load()))
	}
	line("# HELP covey_http_request_seconds Time until a request was answered; counts rounded down to tens.")
	line("# TYPE covey_http_request_seconds histogram")
	sum := int64(0)
	for i, bound := range bounds {
		sum += m.slower[i].Load()
		line("covey_http_request_seconds_bucket{le=\"%g\"} %d", bound, rounded(sum))
	}
	sum += m.slower[len(bounds)].Load()
	line("covey_http_request_seconds_bucket{le=\"+Inf\"} %d", rounded(sum))
	line("covey_http_request_seconds_count %d", rounded(sum))
	line("covey_http_request_seconds_sum %g", float64(m.total.Load()/1e6)) // whole seconds, for the same reason
	var memory runtime.MemStats
	runtime.ReadMemStats(&memory)
	line("# TYPE process_start_time_seconds gauge\nprocess_start_time_seconds %d", m.begun.Unix())
	line("# TYPE covey_uptime_seconds gauge\ncovey_uptime_seconds %d", int64(now.Sub(m.begun).Seconds()))
	line("# TYPE go_goroutines gauge\ngo_goroutines %d", runtime.NumGoroutine())
	line("# TYPE go_memstats_heap_inuse_bytes gauge\ngo_memstats_heap_inuse_bytes %d", memory.HeapInuse)
	line("# TYPE go_memstats_sys_bytes gauge\ngo_memstats_sys_bytes %d", memory.Sys)
	line("# TYPE go_gc_cycles_total counter\ngo_gc_cycles_total %d", memory.NumGC)
	_, err := io.WriteString(w, b.String())
	return err
}

// serve answers with the metrics to a program on the same machine that asks
// directly, and to nobody else.
func (m *meter) serve(x *Exchange) error {
	if !direct(x.R) {
		return fault.New(fault.NotFound, "fault.notfound")
	}
	return x.File("", "text/plain; version=0.0.4; charset=utf-8", func(w io.Writer) error { return m.write(w, x.Now()) })
}

// direct tells whether a request comes from this machine and through no proxy.
func direct(r *http.Request) bool {
	for _, name := range []string{"X-Forwarded-For", "X-Real-Ip", "Forwarded", "Via"} {
		if r.Header.Get(name) != "" {
			return false
		}
	}
	host := r.Host
	if h, _, err := net.SplitHostPort(host); err == nil {
		host = h
	}
	address, ok := parseAddress(r.RemoteAddr)
	named, isAddress := parseAddress(host)
	return ok && address.IsLoopback() && (host == "localhost" || isAddress && named.IsLoopback())
}

// pulse asks whether the server is well, at most once a second.
type pulse struct {
	ask func(context.Context) error
	now func() time.Time

	mu   sync.Mutex
	last time.Time
	err  error
}

func (p *pulse) serve(x *Exchange) error {
	if err := p.check(x.Context()); err != nil {
		return fault.New(fault.Unavailable, "fault.unwell").Because(err)
	}
	return x.File("", "text/plain; charset=utf-8", func(w io.Writer) error {
		_, err := io.WriteString(w, "ok\n")
		return err
	})
}

func (p *pulse) check(ctx context.Context) error {
	if p.ask == nil {
		return nil
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if now := p.now(); now.Sub(p.last) >= time.Second {
		const enough = 2 * time.Second
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), enough)
		defer cancel()
		p.last, p.err = now, p.ask(ctx)
	}
	return p.err
}
