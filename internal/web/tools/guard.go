package tools

import (
	"container/list"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"net/url"
	"sync"
	"time"

	"golang.org/x/time/rate"

	"github.com/opencovey/covey/internal/fault"
)

// Names of the fields that a form has against machines.
const (
	trapField  = "homepage_confirm" // nobody sees it; machines fill it in
	tokenField = "begun"
)

// How long a form may lie open, and how many clients are remembered.
const (
	formLasts   = 24 * time.Hour
	mostClients = 10_000
	allFactor   = 30 // all clients together may send this many times what one may
)

// guard keeps machines from filling the queue of suggestions, without asking
// people to prove anything: a field that only machines see, a least time for
// filling in the form, and bounds for each client and for all.
//
// Clients are known by a word that changes each day ([web.Exchange.Client]), in
// memory alone.
type guard struct {
	key   []byte
	least time.Duration
	now   func() time.Time

	mu      sync.Mutex
	hourly  int
	all     *rate.Limiter
	order   *list.List // of *sender, last seen first
	senders map[string]*list.Element
}

type sender struct {
	client string
	limit  *rate.Limiter
}

func newGuard(key []byte, least time.Duration, hourly int, now func() time.Time) *guard {
	return &guard{
		key: key, least: least, now: now, hourly: hourly, all: hours(hourly * allFactor),
		order: list.New(), senders: map[string]*list.Element{},
	}
}

// hours lets n through in an hour, all at once if they come so.
func hours(n int) *rate.Limiter { return rate.NewLimiter(rate.Every(time.Hour/time.Duration(n)), n) }

// token is put into a form when it is shown: the time, signed.
func (g *guard) token() string {
	b := binary.BigEndian.AppendUint64(nil, uint64(g.now().UnixMilli()))
	return base64.RawURLEncoding.EncodeToString(append(b, g.sign(b)...))
}

func (g *guard) sign(b []byte) []byte {
	h := hmac.New(sha256.New, g.key)
	h.Write([]byte("covey form\x00"))
	h.Write(b)
	return h.Sum(nil)[:16]
}

// check returns a fault if a form looks as if no person had filled it in. A person
// can send it again: what they wrote is kept.
func (g *guard) check(form url.Values) error {
	if form.Get(trapField) != "" {
		return fault.New(fault.Invalid, "fault.suggest.trap").At(trapField)
	}
	again := fault.New(fault.Invalid, "fault.suggest.again")
	b, err := base64.RawURLEncoding.DecodeString(form.Get(tokenField))
	if err != nil || len(b) != 8+16 || !hmac.Equal(b[8:], g.sign(b[:8])) {
		return again
	}
	age := g.now().Sub(time.UnixMilli(int64(binary.BigEndian.Uint64(b))))
	if age < g.least || age > formLasts {
		return again
	}
	return nil
}

// admit counts a suggestion of a client. If it was not kept after all, call
// takeBack, so that a mistake in a form costs nothing.
func (g *guard) admit(client string) (takeBack func(), err error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	now := g.now()
	own := g.sender(client).limit.ReserveN(now, 1)
	if own.DelayFrom(now) > 0 {
		own.CancelAt(now)
		return nil, fault.New(fault.TooMany, "fault.suggest.often")
	}
	all := g.all.ReserveN(now, 1)
	if all.DelayFrom(now) > 0 {
		own.CancelAt(now)
		all.CancelAt(now)
		return nil, fault.New(fault.TooMany, "fault.suggest.busy")
	}
	return func() {
		own.CancelAt(now) // not later: a limiter gives nothing back for what is past
		all.CancelAt(now)
	}, nil
}

// sender returns what is known of a client. The one not seen for longest is
// forgotten first.
func (g *guard) sender(client string) *sender {
	e := g.senders[client]
	if e == nil {
		e = g.order.PushFront(&sender{client, hours(g.hourly)})
		g.senders[client] = e
		for g.order.Len() > mostClients {
			old := g.order.Remove(g.order.Back()).(*sender)
			delete(g.senders, old.client)
		}
	} else {
		g.order.MoveToFront(e)
	}
	return e.Value.(*sender)
}
