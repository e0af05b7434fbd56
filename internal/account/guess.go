package account

import (
	"container/list"
	"crypto/hmac"
	"crypto/sha256"
	"fmt"
	"io"
	"sync"
	"time"

	"github.com/opencovey/covey/internal/fault"
)

// guessesKept bounds the memory of the counters: some 10 MB.
const guessesKept = 50_000

// counter is what failed guesses are counted by.
type counter byte

// The counters. An attacker who knows a victim's address can make the victim wait
// (byAccount), but by a minute at most, and not at all in a browser in which the
// victim has signed in before: that has a counter of its own (byDevice).
const (
	byPair    counter = iota // one account from one network address
	byAccount                // one account from everywhere
	byAddress                // all accounts from one network address
	byDevice                 // one account in a browser that it is known in
	byCode                   // second factors of one account, from browsers not known
	byGuest                  // one invitation
)

// limit is how a counter slows down: after so many free failures each further one
// doubles the wait, from a second to the longest. It is forgotten when nothing
// has failed for a while.
type limit struct {
	free    int
	longest time.Duration
	forget  time.Duration
}

func (c counter) limit() limit {
	switch c {
	case byPair, byDevice, byCode:
		return limit{5, 15 * time.Minute, 24 * time.Hour}
	case byAccount:
		return limit{30, time.Minute, time.Hour}
	case byAddress:
		return limit{30, 15 * time.Minute, time.Hour}
	default:
		return limit{10, 15 * time.Minute, 24 * time.Hour}
	}
}

// guessKey names a counter. It holds no address, only a fingerprint under a salt
// that nobody knows and that ends with the process.
type guessKey struct {
	by  counter
	sum [16]byte
}

type guess struct {
	key    guessKey
	failed int
	last   time.Time // of the last failure
	until  time.Time // no further try before
}

// guesses counts failures and tells who must wait. The oldest counters are
// forgotten when there are too many.
type guesses struct {
	now  func() time.Time
	most int
	salt [32]byte

	mu    sync.Mutex
	all   map[guessKey]*list.Element
	order *list.List // of *guess, most recent in front
}

func newGuesses(random io.Reader, now func() time.Time, most int) (*guesses, error) {
	g := &guesses{now: now, most: most, all: map[guessKey]*list.Element{}, order: list.New()}
	if _, err := io.ReadFull(random, g.salt[:]); err != nil {
		return nil, fmt.Errorf("draw salt: %w", err)
	}
	return g, nil
}

// key returns the key of a counter for some words.
func (g *guesses) key(by counter, words ...string) guessKey {
	mac := hmac.New(sha256.New, g.salt[:])
	for _, w := range words {
		fmt.Fprintf(mac, "%d %s", len(w), w)
	}
	return guessKey{by, [16]byte(mac.Sum(nil)[:16])}
}

// try counts a failure in advance for each key, or returns a fault TooMany if one
// of them must wait. Counting first means that a thousand tries at the same
// moment are not all free. A try that was refused is not counted, so that waiting
// ends however often somebody knocks. Reached tells that a counter has now used
// up its free tries.
func (g *guesses) try(keys ...guessKey) (reached bool, err error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	now := g.now()
	for _, k := range keys {
		if x := g.find(k, now); x != nil && now.Before(x.until) {
			wait := x.until.Sub(now).Round(time.Second)
			return false, fault.New(fault.TooMany, "fault.account.wait", "count", max(1, int(wait/time.Second)))
		}
	}
	for _, k := range keys {
		x := g.find(k, now)
		if x == nil {
			x = g.add(k)
		}
		x.failed++
		x.last = now
		if over := x.failed - k.by.limit().free; over >= 0 {
			x.until = now.Add(min(time.Second<<min(over, 20), k.by.limit().longest))
			reached = reached || over == 0
		}
		g.order.MoveToFront(g.all[k])
	}
	return reached, nil
}

// passed takes back what try counted. The counters that stand for one account and
// one place start anew; those that others share lose this one failure only, so
// that an attacker cannot clear them with an account of their own.
func (g *guesses) passed(keys ...guessKey) {
	g.mu.Lock()
	defer g.mu.Unlock()
	for _, k := range keys {
		if k.by == byAccount || k.by == byAddress {
			g.less(k, 1)
		} else {
			g.less(k, guessesKept)
		}
	}
}

// undone takes back one failure that was none: the server was too busy to look.
func (g *guesses) undone(keys ...guessKey) {
	g.mu.Lock()
	defer g.mu.Unlock()
	for _, k := range keys {
		g.less(k, 1)
	}
}

// less takes failures from a counter.
func (g *guesses) less(k guessKey, failures int) {
	e := g.all[k]
	if e == nil {
		return
	}
	x := e.Value.(*guess)
	x.failed -= failures
	if x.failed < k.by.limit().free {
		x.until = time.Time{}
	}
	if x.failed <= 0 {
		g.order.Remove(e)
		delete(g.all, k)
	}
}

// find returns a counter that is not forgotten.
func (g *guesses) find(k guessKey, now time.Time) *guess {
	e := g.all[k]
	if e == nil {
		return nil
	}
	x := e.Value.(*guess)
	if now.Sub(x.last) >= k.by.limit().forget {
		g.order.Remove(e)
		delete(g.all, k)
		return nil
	}
	return x
}

func (g *guesses) add(k guessKey) *guess {
	for len(g.all) >= g.most {
		oldest := g.order.Back()
		g.order.Remove(oldest)
		delete(g.all, oldest.Value.(*guess).key)
	}
	x := &guess{key: k}
	g.all[k] = g.order.PushFront(x)
	return x
}
