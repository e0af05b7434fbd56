package directory_test

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/opencovey/covey/internal/directory"
)

// internet is a made-up one: names, and what answers at which address. Whatever is
// dialled is written down.
type internet struct {
	t      *testing.T
	mutex  sync.Mutex
	names  map[string][]string // name to addresses; after the first question, the ones after "then"
	asked  map[string]int
	dialed []netip.AddrPort
	plain  *httptest.Server
	secure *httptest.Server
}

func newInternet(t *testing.T, handler http.HandlerFunc) *internet {
	n := &internet{t: t, names: map[string][]string{}, asked: map[string]int{}}
	n.plain, n.secure = httptest.NewServer(handler), httptest.NewTLSServer(handler)
	t.Cleanup(n.plain.Close)
	t.Cleanup(n.secure.Close)
	return n
}

func (n *internet) resolve(_ context.Context, host string) ([]netip.Addr, error) {
	n.mutex.Lock()
	defer n.mutex.Unlock()
	answers, ok := n.names[host]
	if !ok {
		return nil, &net.DNSError{Err: "no such host", Name: host, IsNotFound: true}
	}
	if then := slices.Index(answers, "then"); then >= 0 {
		if n.asked[host]++; n.asked[host] == 1 {
			answers = answers[:then]
		} else {
			answers = answers[then+1:]
		}
	}
	var list []netip.Addr
	for _, a := range answers {
		list = append(list, netip.MustParseAddr(a))
	}
	return list, nil
}

func (n *internet) dial(ctx context.Context, address netip.AddrPort) (net.Conn, error) {
	n.mutex.Lock()
	n.dialed = append(n.dialed, address)
	n.mutex.Unlock()
	to := n.plain
	if address.Port() == 443 {
		to = n.secure
	}
	var d net.Dialer
	return d.DialContext(ctx, "tcp", to.Listener.Addr().String())
}

// reached returns the addresses that were called and are not public.
func (n *internet) reached() []string {
	n.mutex.Lock()
	defer n.mutex.Unlock()
	var inside []string
	for _, a := range n.dialed {
		if a.Addr() != netip.MustParseAddr(public) && a.Addr() != netip.MustParseAddr(public6) || a.Port() != 80 && a.Port() != 443 {
			inside = append(inside, a.String())
		}
	}
	return inside
}

func (n *internet) checker() *directory.LinkChecker {
	roots := x509.NewCertPool()
	roots.AddCert(n.secure.Certificate())
	return &directory.LinkChecker{
		Resolve: n.resolve, Dial: n.dial, TLS: &tls.Config{RootCAs: roots},
		Wait: func(context.Context, time.Duration) error { return nil },
	}
}

// The only addresses of the made-up internet that are public.
const (
	public  = "93.184.215.14"
	public6 = "2606:2800:21f:cb07:6820:80da:af6b:8b2c"
)

// inside are addresses that no stranger may make us call.
func inside() []string {
	return []string{
		"127.0.0.1", "127.8.8.8", "0.0.0.0", "0.1.2.3", "10.0.0.1", "172.16.0.1", "172.31.255.255", "192.168.1.1",
		"169.254.169.254", "100.64.0.1", "100.127.255.255", "192.0.0.8", "192.0.2.1", "198.51.100.7", "203.0.113.9",
		"192.88.99.1", "198.18.0.1", "198.19.255.255", "224.0.0.1", "239.255.255.255", "240.0.0.1", "255.255.255.255", "168.63.129.16",
		"::1", "::", "fe80::1", "fec0::1", "fc00::1", "fd12:3456:789a::1", "ff02::1",
		"::ffff:127.0.0.1", "::ffff:10.0.0.1", "::ffff:169.254.169.254", "::127.0.0.1", "::ffff:0:127.0.0.1",
		"64:ff9b::7f00:1", "64:ff9b::a9fe:a9fe", "64:ff9b:1::1", "2002:7f00:1::1", "2002:a9fe:a9fe::1",
		"2001::1", "2001:0:7f00:1::1", "2001:db8::1", "3fff::1", "100::1", "5f00::1", "4000::1",
	}
}

// attack tries to lead a checker inside, every way we know, and returns what it reached.
func attack(t *testing.T, weaken func(*internet) func(address string) directory.LinkCheck) (reached []string, answers map[string]directory.LinkCheck) {
	t.Helper()
	n := newInternet(t, func(w http.ResponseWriter, r *http.Request) {
		if to := r.URL.Query().Get("to"); to != "" {
			http.Redirect(w, r, to, http.StatusFound)
		}
	})
	check := weaken(n)
	answers = map[string]directory.LinkCheck{}
	try := func(address string) { answers[address] = check(address) }
	n.names["public.example"] = []string{public}
	n.names["localhost"] = []string{"127.0.0.1"}
	for i, a := range inside() {
		host := a
		if strings.Contains(a, ":") {
			host = "[" + a + "]"
		}
		try("http://" + host + "/")
		try("https://" + host + "/")
		try("http://public.example/?to=http://" + host + "/")
		// A name that leads inside, one that has a public address besides, one that
		// changes its answer, and a redirect to each.
		for kind, addresses := range map[string][]string{"plain": {a}, "mixed": {public, a}, "rebound": {public, "then", a}} {
			name := fmt.Sprintf("%s%d.example", kind, i)
			n.names[name] = addresses
			try("http://" + name + "/")
			n.asked[name] = 0
			try("http://public.example/?to=http://" + name + "/")
			n.asked[name] = 0
			try("http://" + name + "/?to=http://" + name + "/again")
		}
	}
	for _, address := range []string{
		"http://localhost/", "http://LOCALHOST./", "http://2130706433/", "http://0x7f000001/", "http://0177.0.0.1/", "http://127.1/",
		"http://①②⑦.⓪.⓪.①/", "http://[fe80::1%25eth0]/", "http://public.example:22/", "http://public.example:8080/", "https://public.example:80/",
		"http://public.example:443/", "http://user:secret@public.example/", "http://public.example@127.0.0.1/", "ftp://public.example/", "file:///etc/passwd",
		"gopher://127.0.0.1:6379/_x", "javascript:alert(1)", "http:///", "http:public.example", "//public.example/", "", "http://public.example/?to=file:///etc/passwd",
		"http://public.example/?to=gopher://127.0.0.1/", "http://public.example/?to=http://public.example:6379/", "http://public.example/?to=//127.0.0.1/",
	} {
		try(address)
	}
	return n.reached(), answers
}

func TestLinkAttacks(t *testing.T) {
	reached, answers := attack(t, func(n *internet) func(string) directory.LinkCheck {
		c := n.checker()
		return func(address string) directory.LinkCheck { return c.Check(t.Context(), "x", address) }
	})
	if len(reached) > 0 {
		t.Errorf("reached %v", reached)
	}
	for address, got := range answers {
		rebound := strings.Contains(address, "rebound") && !strings.Contains(address, "to=")
		refused := strings.HasPrefix(got.Detail, "refused: ") || got.Detail == "no such host"
		// The first question of a rebinding name is answered honestly, and that
		// address is called; the mutants below show that the second is not asked.
		if got.Works && !rebound && !strings.Contains(address, "to=http://rebound") || !got.Works && !refused {
			t.Errorf("%s: %+v", address, got)
		}
	}
}

// TestLinkAttacksCatchMutants weakens the checker in the ways that others were.
func TestLinkAttacksCatchMutants(t *testing.T) {
	client := func(n *internet, dial func(ctx context.Context, network, address string) (net.Conn, error), redirect bool) func(string) directory.LinkCheck {
		c := &http.Client{Transport: &http.Transport{DialContext: dial, DisableKeepAlives: true}, Timeout: 5 * time.Second}
		if !redirect {
			c.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
		}
		return func(address string) directory.LinkCheck {
			if r, err := c.Head(address); err == nil {
				r.Body.Close()
			}
			return directory.LinkCheck{}
		}
	}
	addressOf := func(n *internet, ctx context.Context, address string) (netip.AddrPort, error) {
		host, port, err := net.SplitHostPort(address)
		if err != nil {
			return netip.AddrPort{}, err
		}
		a, err := netip.ParseAddr(host)
		if err != nil {
			list, err := n.resolve(ctx, strings.TrimSuffix(host, "."))
			if err != nil {
				return netip.AddrPort{}, err
			}
			a = list[len(list)-1]
		}
		number, err := net.LookupPort("tcp", port)
		return netip.AddrPortFrom(a, uint16(number)), err
	}
	private := func(a netip.Addr) bool { return a.IsPrivate() || a.IsLoopback() || a.IsLinkLocalUnicast() }
	for name, weaken := range map[string]func(n *internet) func(string) directory.LinkCheck{
		"judges nothing": func(n *internet) func(string) directory.LinkCheck {
			return client(n, func(ctx context.Context, _, address string) (net.Conn, error) {
				to, err := addressOf(n, ctx, address)
				if err != nil {
					return nil, err
				}
				return n.dial(ctx, to)
			}, false)
		},
		"judges, and resolves again to dial": func(n *internet) func(string) directory.LinkCheck {
			return client(n, func(ctx context.Context, _, address string) (net.Conn, error) {
				if to, err := addressOf(n, ctx, address); err != nil || private(to.Addr().Unmap()) {
					return nil, errors.New("refused")
				}
				to, err := addressOf(n, ctx, address)
				if err != nil {
					return nil, err
				}
				return n.dial(ctx, to)
			}, true)
		},
		"knows the private networks alone": func(n *internet) func(string) directory.LinkCheck {
			return client(n, func(ctx context.Context, _, address string) (net.Conn, error) {
				to, err := addressOf(n, ctx, address)
				if err != nil || private(to.Addr()) {
					return nil, errors.New("refused")
				}
				return n.dial(ctx, to)
			}, true)
		},
	} {
		t.Run(name, func(t *testing.T) {
			if reached, _ := attack(t, weaken); len(reached) == 0 {
				t.Error("the attacks do not find it")
			}
		})
	}
}

// TestLinkAddresses shows that every block is needed and that the public is not refused.
func TestLinkAddresses(t *testing.T) {
	n := newInternet(t, func(http.ResponseWriter, *http.Request) {})
	for _, host := range []string{public, "[" + public6 + "]", "1.1.1.1", "100.63.255.255", "100.128.0.1", "172.32.0.1", "192.0.1.1", "223.255.255.1", "[2a00:1450::1]", "[2001:4860:4860::8888]", "[::ffff:1.1.1.1]"} {
		if got := n.checker().Check(t.Context(), "x", "http://"+host+"/"); !got.Works || got.Detail != "200" {
			t.Errorf("%s: %+v", host, got)
		}
	}
}

func TestLinkAnswers(t *testing.T) {
	var requests []*http.Request
	var mutex sync.Mutex
	n := newInternet(t, func(w http.ResponseWriter, r *http.Request) {
		mutex.Lock()
		requests = append(requests, r)
		mutex.Unlock()
		http.SetCookie(w, &http.Cookie{Name: "track", Value: "me"})
		switch r.URL.Path {
		case "/missing":
			w.WriteHeader(http.StatusNotFound)
		case "/login":
			w.WriteHeader(http.StatusUnauthorized)
		case "/broken":
			w.WriteHeader(http.StatusInternalServerError)
		case "/get-only":
			if r.Method == http.MethodHead {
				w.WriteHeader(http.StatusMethodNotAllowed)
			}
		case "/five":
			step := len(r.URL.Query().Get("n"))
			if step < 5 {
				http.Redirect(w, r, "/five?n="+strings.Repeat("x", step+1), http.StatusFound)
			}
		case "/forever":
			http.Redirect(w, r, "/forever", http.StatusFound)
		case "/to-secure":
			http.Redirect(w, r, "https://example.com/", http.StatusMovedPermanently)
		case "/endless":
			for r.Method == http.MethodGet {
				if _, err := w.Write(make([]byte, 1<<16)); err != nil {
					return
				}
			}
			w.WriteHeader(http.StatusMethodNotAllowed)
		case "/slow":
			<-r.Context().Done()
		}
	})
	n.names["example.com"] = []string{public} // the name that the test server's certificate has
	n.names["other.example"] = []string{public}
	n.names["empty.example"] = nil
	n.names["xn--mgbh0fb.example"] = []string{public}
	c := n.checker()
	c.Contact = "https://hub.example\r\nX: y"
	for _, w := range []struct {
		address, detail string
		works           bool
		limit           time.Duration
	}{
		{"http://example.com/", "200", true, 0},
		{"https://example.com/", "200", true, 0},
		{"https://example.com:443/#part", "200", true, 0},
		{"https://other.example/", "certificate", false, 0},
		{"http://example.com/missing", "404", false, 0},
		{"http://example.com/login", "401", true, 0},
		{"http://example.com/broken", "500", false, 0},
		{"http://example.com/get-only", "200", true, 0},
		{"http://example.com/five", "200", true, 0},
		{"http://example.com/forever", "refused: too many redirects", false, 0},
		{"http://example.com/to-secure", "200", true, 0},
		{"http://example.com/endless", "200", true, 0},
		{"http://example.com/slow", "timeout", false, 50 * time.Millisecond},
		{"http://مثال.example/", "200", true, 0},
		{"http://nowhere.example/", "no such host", false, 0},
		{"http://empty.example/", "no such host", false, 0},
	} {
		t.Run(w.address, func(t *testing.T) {
			c.Timeout = w.limit
			got := c.Check(t.Context(), "x", w.address)
			if got.Works != w.works || got.Detail != w.detail || got.Tool != "x" || got.URL != w.address {
				t.Errorf("got %+v", got)
			}
		})
	}
	for _, r := range requests {
		if len(r.Cookies()) > 0 || r.Header.Get("Referer") != "" || r.UserAgent() != "Covey-LinkChecker/1 (+https://hub.example X: y)" {
			t.Errorf("sent %v", r.Header)
		}
	}
}

// TestLinkProxy shows that a proxy of the environment is not used: it would resolve
// names by itself.
func TestLinkProxy(t *testing.T) {
	n := newInternet(t, func(http.ResponseWriter, *http.Request) {})
	n.names["public.example"] = []string{public}
	t.Setenv("HTTP_PROXY", "http://127.0.0.1:1")
	t.Setenv("http_proxy", "http://127.0.0.1:1")
	if got := n.checker().Check(t.Context(), "x", "http://public.example/"); !got.Works || len(n.reached()) > 0 {
		t.Errorf("%+v, reached %v", got, n.reached())
	}
}

func TestCheckLinks(t *testing.T) {
	h := newHouse(t)
	n := newInternet(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/gone" {
			w.WriteHeader(http.StatusGone)
		}
	})
	n.names["a.example"], n.names["d.example"] = []string{public}, []string{"127.0.0.1"}
	for _, tool := range []directory.Tool{
		{Name: "A", URL: "http://a.example/"}, {Name: "B", URL: "http://a.example/gone"}, {Name: "C"}, {Name: "D", URL: "http://d.example/"},
	} {
		h.add(t, tool)
	}
	c := n.checker()
	clock := today
	c.Now = func() time.Time { return clock }
	var waited []time.Duration
	c.Wait = func(_ context.Context, d time.Duration) error {
		waited = append(waited, d)
		clock = clock.Add(d)
		return nil
	}
	last := 0
	if err := h.CheckLinks(t.Context(), operator, c, func(done, of int) { last = done*10 + of }); err != nil || last != 44 {
		t.Fatal(err, last)
	}
	checks, err := h.LinkChecks(t.Context())
	if err != nil || len(checks) != 3 || !checks["a"].Works || checks["b"].Works || checks["b"].Detail != "410" || checks["d"].Detail != "refused: private address" {
		t.Errorf("%+v, %v", checks, err)
	}
	// B is on A's host, and is asked twice: with HEAD, then with GET.
	if want := []time.Duration{2 * time.Second, 2 * time.Second}; !slices.Equal(waited, want) {
		t.Errorf("waited %v", waited)
	}
	a, _ := h.Index().Tool("a")
	a.URL = "http://a.example/new"
	if _, err := h.Edit(t.Context(), curator, a, "s"); err != nil {
		t.Fatal(err)
	}
	if checks, _ := h.LinkChecks(t.Context()); checks["a"].Tool != "" {
		t.Error("a check of another address is shown")
	}
	if a.Version != 1 {
		t.Error("a link check changed an entry")
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := h.CheckLinks(ctx, operator, c, nil); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
}
