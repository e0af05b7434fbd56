package web

import (
	"container/list"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"net/netip"
	"strings"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// mostClients bounds how many clients are remembered; the one not seen for longest
// is forgotten first.
const mostClients = 20_000

// clients limits how often each client without an account may send something. It
// knows them by a hash of their address with a salt that changes each day and is
// never written down.
type clients struct {
	now     func() time.Time
	proxies []netip.Prefix
	every   time.Duration
	burst   int

	mu    sync.Mutex
	day   int64
	salt  []byte
	order *list.List // of *client, last seen first
	known map[string]*list.Element
}

type client struct {
	name  string
	limit *rate.Limiter
}

func newClients(o Options) *clients {
	return &clients{
		now: o.Now, proxies: o.Proxies, every: o.PostEvery, burst: o.Burst,
		order: list.New(), known: map[string]*list.Element{},
	}
}

// name returns the word for a client.
func (c *clients) name(r *http.Request) string {
	c.mu.Lock()
	if day := c.now().Unix() / (24 * 60 * 60); c.salt == nil || day != c.day {
		c.day, c.salt = day, []byte(rand.Text())
		c.order.Init()
		clear(c.known)
	}
	salt := c.salt
	c.mu.Unlock()
	h := hmac.New(sha256.New, salt)
	h.Write([]byte(c.network(r)))
	return hex.EncodeToString(h.Sum(nil)[:12])
}

// network returns the address of a client; of IPv6 the /64, which is what one
// household or one machine has.
func (c *clients) network(r *http.Request) string {
	address, ok := parseAddress(r.RemoteAddr)
	if !ok {
		return "unknown"
	}
	// From the nearest proxy outwards, as long as each is believed.
	hops := strings.Split(strings.Join(r.Header.Values("X-Forwarded-For"), ","), ",")
	for i := len(hops) - 1; i >= 0 && c.believed(address); i-- {
		next, ok := parseAddress(strings.TrimSpace(hops[i]))
		if !ok {
			break
		}
		address = next
	}
	if address.Is6() {
		prefix, err := address.WithZone("").Prefix(64)
		if err == nil {
			return prefix.String()
		}
	}
	return address.String()
}

func (c *clients) believed(address netip.Addr) bool {
	for _, p := range c.proxies {
		if p.Contains(address) {
			return true
		}
	}
	return false
}

func parseAddress(text string) (netip.Addr, bool) {
	if with, err := netip.ParseAddrPort(text); err == nil {
		return with.Addr().Unmap(), true
	}
	address, err := netip.ParseAddr(strings.Trim(text, "[]"))
	return address.Unmap(), err == nil
}

// allow tells whether a client may send something now, and counts it.
func (c *clients) allow(name string, now time.Time) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	e := c.known[name]
	if e == nil {
		e = c.order.PushFront(&client{name: name, limit: rate.NewLimiter(rate.Every(c.every), c.burst)})
		c.known[name] = e
		for c.order.Len() > mostClients {
			old := c.order.Remove(c.order.Back()).(*client)
			delete(c.known, old.name)
		}
	} else {
		c.order.MoveToFront(e)
	}
	return e.Value.(*client).limit.AllowN(now, 1)
}
