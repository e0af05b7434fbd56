package directory

import (
	"cmp"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"golang.org/x/net/idna"
)

// LinkChecker looks whether the addresses of tools answer. It is the one thing
// that calls out, and only if the operator switches it on.
//
// Addresses come from strangers, so that it trusts none: http and https on their
// own ports alone; the name is resolved once, every address of it must be public,
// and that very address is dialled; redirects, at most five, are judged the same
// way. It sends no cookies, uses no proxy, and reads next to nothing.
//
// The zero value works: with the system's resolver and network.
type LinkChecker struct {
	// Contact is put into the user agent, so that whoever is called knows whom to
	// ask: the hub's address. "" leaves it out.
	Contact string
	// Timeout of one address, with its redirects, without the delays; 0 is 20 s.
	Timeout time.Duration
	// Delay between two requests to one host; 0 is 2 s.
	Delay time.Duration

	// Resolve returns the addresses of a host name. nil asks the system.
	Resolve func(ctx context.Context, host string) ([]netip.Addr, error)
	// Dial connects to an address that was judged. nil uses the network.
	Dial func(ctx context.Context, address netip.AddrPort) (net.Conn, error)
	// TLS is the base of TLS connections. nil trusts the system's roots.
	TLS *tls.Config
	// Now is the clock; nil is time.Now.
	Now func() time.Time
	// Wait lets a time pass; nil sleeps.
	Wait func(ctx context.Context, d time.Duration) error
}

// Bounds of one check.
const (
	maxRedirects  = 5
	maxLinkBody   = 4 << 10
	maxLinkHeader = 64 << 10
)

// refusal is why an address was not called.
type refusal string

func (r refusal) Error() string { return "refused: " + string(r) }

// The refusals, as they are in the Detail.
const (
	refusedURL     refusal = "not a web address"
	refusedPort    refusal = "port"
	refusedPrivate refusal = "private address"
	refusedMany    refusal = "too many redirects"
	refusedUser    refusal = "password in the address"
)

// Check looks at one address. What goes wrong is in the Detail, never an error:
// "200", "404", "timeout", "no such host", "certificate", "no connection",
// "refused: private address", "refused: port".
func (c *LinkChecker) Check(ctx context.Context, tool, address string) LinkCheck {
	return c.check(ctx, tool, address, newVisits())
}

// visits remembers when hosts were last called.
type visits map[string]time.Time

func newVisits() visits { return visits{} }

func (c *LinkChecker) check(ctx context.Context, tool, address string, v visits) LinkCheck {
	check := LinkCheck{Tool: tool, URL: address, At: c.now().UTC()}
	status, err := c.follow(ctx, address, v)
	switch {
	case err != nil:
		check.Detail = linkFault(err)
	default:
		check.Detail = strconv.Itoa(status)
		// Who asks for a password or slows us down is there.
		check.Works = status < 400 || status == http.StatusUnauthorized || status == http.StatusForbidden ||
			status == http.StatusTooManyRequests
	}
	return check
}

// follow requests an address and where it redirects to, and returns the last status.
func (c *LinkChecker) follow(ctx context.Context, address string, v visits) (int, error) {
	left := cmp.Or(c.Timeout, 20*time.Second)
	method := http.MethodHead
	for redirects := 0; ; {
		target, err := judgeURL(address)
		if err != nil {
			return 0, err
		}
		if err := c.pause(ctx, target.Host, v); err != nil {
			return 0, err
		}
		begun := c.now()
		status, location, err := c.request(ctx, method, target, left)
		left -= c.now().Sub(begun)
		switch {
		case err != nil:
			return 0, err
		case left <= 0:
			return 0, context.DeadlineExceeded
		case location != nil:
			if redirects++; redirects > maxRedirects {
				return 0, refusedMany
			}
			address, method = location.String(), http.MethodHead
		case method == http.MethodHead && status >= 400:
			method = http.MethodGet // some servers do not know the other
		default:
			return status, nil
		}
	}
}

// judgeURL returns an address that may be called, without its fragment.
func judgeURL(address string) (*url.URL, error) {
	u, err := url.Parse(address)
	switch {
	case err != nil || u.Hostname() == "" || u.Opaque != "" || u.Scheme != "http" && u.Scheme != "https":
		return nil, refusedURL
	case u.User != nil:
		return nil, refusedUser
	case u.Port() != "" && u.Port() != defaultPort(u.Scheme):
		return nil, refusedPort
	}
	u.Fragment = ""
	return u, nil
}

func defaultPort(scheme string) string {
	if scheme == "https" {
		return "443"
	}
	return "80"
}

// pause waits until a host may be called again.
func (c *LinkChecker) pause(ctx context.Context, host string, v visits) error {
	delay := cmp.Or(c.Delay, 2*time.Second)
	if last, ok := v[host]; ok {
		if rest := delay - c.now().Sub(last); rest > 0 {
			if err := c.wait(ctx, rest); err != nil {
				return err
			}
		}
	}
	v[host] = c.now()
	return nil
}

// request makes one request, and returns where it redirects to, if it does.
func (c *LinkChecker) request(ctx context.Context, method string, target *url.URL, left time.Duration) (int, *url.URL, error) {
	ctx, cancel := context.WithTimeout(ctx, left)
	defer cancel()
	dial, err := c.dialer(ctx, target)
	if err != nil {
		return 0, nil, err
	}
	request, err := http.NewRequestWithContext(ctx, method, target.String(), nil)
	if err != nil {
		return 0, nil, refusedURL
	}
	request.Header.Set("User-Agent", c.userAgent())
	request.Header.Set("Accept", "text/html, */*;q=0.5")
	transport := &http.Transport{
		Proxy: nil, DialContext: dial, TLSClientConfig: c.TLS, DisableKeepAlives: true, DisableCompression: true,
		MaxResponseHeaderBytes: maxLinkHeader, TLSHandshakeTimeout: left, ResponseHeaderTimeout: left,
	}
	defer transport.CloseIdleConnections()
	// RoundTrip follows nothing by itself and knows no cookies.
	response, err := transport.RoundTrip(request)
	if err != nil {
		return 0, nil, fmt.Errorf("request: %w", err)
	}
	defer response.Body.Close()
	if method != http.MethodHead {
		// The status is what counts; a body that breaks off changes nothing.
		_, _ = io.CopyN(io.Discard, response.Body, maxLinkBody)
	}
	if response.StatusCode < 300 || response.StatusCode > 399 || response.Header.Get("Location") == "" {
		return response.StatusCode, nil, nil
	}
	location, err := target.Parse(response.Header.Get("Location"))
	if err != nil {
		return 0, nil, refusedURL
	}
	return response.StatusCode, location, nil
}

// dialer resolves the host of an address, judges all that it resolves to, and
// returns a function which connects to the judged address, whatever name it is
// asked for. Nothing is resolved a second time: a name that gives another answer
// to the second question gains nothing.
func (c *LinkChecker) dialer(ctx context.Context, target *url.URL) (func(context.Context, string, string) (net.Conn, error), error) {
	addresses, err := c.resolve(ctx, target.Hostname())
	if err != nil {
		return nil, err
	}
	for _, a := range addresses {
		if !isPublic(a) {
			return nil, refusedPrivate
		}
	}
	port := uint16(80)
	if target.Scheme == "https" {
		port = 443
	}
	return func(ctx context.Context, _, _ string) (net.Conn, error) {
		var last error
		for _, a := range addresses[:min(len(addresses), 4)] {
			conn, err := c.dial(ctx, netip.AddrPortFrom(a.Unmap(), port))
			if err == nil {
				return conn, nil
			}
			last = err
		}
		return nil, last
	}, nil
}

// resolve returns the addresses of a host, at least one. Numbers that only some
// programs take for an address, such as 0x7f.1, are names to us, and found by no
// resolver; should the system's find them, they are judged like any other answer.
func (c *LinkChecker) resolve(ctx context.Context, host string) ([]netip.Addr, error) {
	host = strings.TrimSuffix(host, ".")
	if strings.ContainsFunc(host, func(r rune) bool { return r >= utf8.RuneSelf }) {
		// Digits in circles become digits, so that this comes before the next question.
		ascii, err := idna.Lookup.ToASCII(host)
		if err != nil {
			return nil, refusedURL
		}
		host = ascii
	}
	if a, err := netip.ParseAddr(host); err == nil {
		return []netip.Addr{a}, nil
	}
	resolve := c.Resolve
	if resolve == nil {
		resolve = func(ctx context.Context, host string) ([]netip.Addr, error) {
			return net.DefaultResolver.LookupNetIP(ctx, "ip", host)
		}
	}
	addresses, err := resolve(ctx, host)
	if err != nil {
		return nil, fmt.Errorf("resolve host: %w", err)
	}
	if len(addresses) == 0 {
		return nil, &net.DNSError{Err: "no address", Name: host, IsNotFound: true}
	}
	return addresses, nil
}

func (c *LinkChecker) dial(ctx context.Context, address netip.AddrPort) (net.Conn, error) {
	if c.Dial != nil {
		return c.Dial(ctx, address)
	}
	var d net.Dialer
	return d.DialContext(ctx, "tcp", address.String())
}

func (c *LinkChecker) userAgent() string {
	if contact := tidyLine(c.Contact); contact != "" {
		return "Covey-LinkChecker/1 (+" + contact + ")"
	}
	return "Covey-LinkChecker/1"
}

func (c *LinkChecker) now() time.Time {
	if c.Now != nil {
		return c.Now()
	}
	return time.Now()
}

func (c *LinkChecker) wait(ctx context.Context, d time.Duration) error {
	if c.Wait != nil {
		return c.Wait(ctx, d)
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-t.C:
		return nil
	}
}

// linkFault says in short words what went wrong: nothing of it is from the other side.
func linkFault(err error) string {
	var refused refusal
	var dns *net.DNSError
	var network net.Error
	var certificate *tls.CertificateVerificationError
	var authority x509.UnknownAuthorityError
	switch {
	case errors.As(err, &refused):
		return refused.Error()
	case errors.As(err, &dns) && !dns.IsTimeout:
		return "no such host"
	case errors.Is(err, context.DeadlineExceeded) || errors.As(err, &network) && network.Timeout():
		return "timeout"
	case errors.As(err, &certificate) || errors.As(err, &authority):
		return "certificate"
	}
	return "no connection"
}
