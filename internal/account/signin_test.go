package account_test

import (
	"crypto/rand"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/opencovey/covey/internal/account"
	"github.com/opencovey/covey/internal/audit"
	"github.com/opencovey/covey/internal/fault"
)

func TestSignIn(t *testing.T) {
	h := newHub(t, account.Options{})
	founder := h.founder()
	operator := founder.by().Organisation
	reader := h.member(operator, "reader@example.org", false, account.Reader)
	curator := h.member(operator, "curator@example.org", false, account.Curator)

	t.Run("reader without factor", func(t *testing.T) {
		ticket, err := h.SignIn(t.Context(), h.home, " Reader@Example.org ", goodPassword)
		h.ok(err)
		if ticket.Half || ticket.Setup || ticket.Token == "" || ticket.Device == "" {
			t.Fatalf("got %+v", ticket)
		}
		reader.token = ticket.Token
		if by := reader.by(); by.Strong || by.User != reader.user().ID {
			t.Fatalf("got %+v", by)
		}
	})
	t.Run("curator without factor must set one up", func(t *testing.T) {
		ticket, err := h.SignIn(t.Context(), h.home, curator.email, goodPassword)
		h.ok(err)
		v, err := h.Identify(t.Context(), ticket.Token)
		h.ok(err)
		if !ticket.Setup || !v.Setup {
			t.Fatalf("not led to the set-up: %+v %+v", ticket, v)
		}
		h.refused(account.Permit(v.Actor, account.CurateTools, account.Subject{}), "fault.forbidden")
	})
	t.Run("administrator with factor", func(t *testing.T) {
		ticket, err := h.SignIn(t.Context(), h.home, founder.email, goodPassword)
		h.ok(err)
		v, err := h.Identify(t.Context(), ticket.Token)
		h.ok(err)
		if !ticket.Half || !v.Half || v.Actor.User != "" {
			t.Fatalf("a password alone has made %+v", v)
		}
		whole, err := h.Confirm(t.Context(), h.home, ticket.Token, founder.code())
		h.ok(err)
		v, err = h.Identify(t.Context(), whole.Token)
		h.ok(err)
		h.ok(account.Permit(v.Actor, account.ManageServer, account.Subject{}))
		if _, err = h.Identify(t.Context(), ticket.Token); fault.Of(err) != fault.Unauthenticated {
			t.Fatal("the token from before the second factor still works")
		}
	})
	t.Run("half a session is soon over", func(t *testing.T) {
		ticket, err := h.SignIn(t.Context(), h.home, founder.email, goodPassword)
		h.ok(err)
		h.wait(account.HalfLasts)
		_, err = h.Confirm(t.Context(), h.home, ticket.Token, founder.code())
		h.refused(err, "fault.signin")
	})
}

// TestEnumeration: who asks learns nothing about who has an account.
func TestEnumeration(t *testing.T) {
	h := newHub(t, account.Options{})
	founder := h.founder()
	operator := founder.by().Organisation
	h.member(operator, "disabled@example.org", false, account.Reader)
	gone, err := h.store.User(t.Context(), "email", "disabled@example.org")
	h.ok(err)
	h.ok(h.Disable(t.Context(), system, gone.ID, gone.Version, true))
	linked := h.member(operator, "linked@example.org", false, account.Reader)
	u := linked.user()
	u.Secrets.Password = "" // signs in elsewhere
	h.ok(h.store.SaveUser(t.Context(), u, audit.Entry{}))

	type outcome struct {
		Text   string
		Kind   fault.Kind
		Hashes int64
	}
	try := func(email, password string) outcome {
		before := h.Hashes()
		_, err := h.SignIn(t.Context(), account.Client{Address: email}, email, password)
		return outcome{fmt.Sprint(err), fault.Of(err), h.Hashes() - before}
	}
	want := try("nobody@example.org", "not the password")
	if want.Kind != fault.Invalid || want.Hashes != 1 {
		t.Fatalf("an address that nobody has: %+v", want)
	}
	for _, c := range []struct{ name, email, password string }{
		{"wrong password", founder.email, "not the password"},
		{"empty password", founder.email, ""},
		{"endless password", founder.email, string(make([]byte, 1<<16))},
		{"disabled, right password", "disabled@example.org", goodPassword},
		{"signs in elsewhere", "linked@example.org", ""},
		{"no address", "", ""},
		{"injection", "' OR 1=1 --", goodPassword},
	} {
		t.Run(c.name, func(t *testing.T) {
			if diff := cmp.Diff(want, try(c.email, c.password)); diff != "" {
				t.Error(diff)
			}
		})
	}
	t.Run("control: the right password shows", func(t *testing.T) {
		if cmp.Equal(want, try(founder.email, goodPassword)) {
			t.Error("the comparison sees no difference at all")
		}
	})
	t.Run("waiting is the same", func(t *testing.T) {
		waits := func(email string) (n int) {
			for range 12 {
				_, err := h.SignIn(t.Context(), account.Client{Address: "x " + email}, email, "not the password")
				if fault.Of(err) == fault.TooMany {
					n++
				}
				h.wait(time.Second)
			}
			return n
		}
		if a, b := waits(founder.email), waits("nobody2@example.org"); a != b || a == 0 {
			t.Errorf("somebody waits %d times, nobody %d times", a, b)
		}
	})
}

// TestGuessing: guesses slow down, and a victim is never shut out for good.
func TestGuessing(t *testing.T) {
	h := newHub(t, account.Options{})
	founder := h.founder()
	victim := h.member(founder.by().Organisation, "victim@example.org", false, account.Reader)
	ticket, err := h.SignIn(t.Context(), h.home, victim.email, goodPassword)
	h.ok(err)
	known := account.Client{Address: "elsewhere", Device: ticket.Device}

	guess := func(from, password string) error {
		_, err := h.SignIn(t.Context(), account.Client{Address: from}, victim.email, password)
		return err
	}
	t.Run("one address", func(t *testing.T) {
		tried := 0
		for end := h.clock().Add(24 * time.Hour); h.clock().Before(end); h.wait(10 * time.Second) {
			if fault.Of(guess("attacker", "wrong wrong wrong")) == fault.Invalid {
				tried++
			}
		}
		// 5 free, some while the wait doubles, then four in an hour.
		if tried < 80 || tried > 130 {
			t.Errorf("%d guesses in a day", tried)
		}
		h.refused(guess("attacker", goodPassword), "fault.account.wait")
	})
	t.Run("the victim at home is not slowed", func(t *testing.T) {
		h.ok(guess("home", goodPassword))
	})
	t.Run("many addresses", func(t *testing.T) {
		tried := 0
		for i := range 3600 {
			if fault.Of(guess(fmt.Sprint("bot ", i), "wrong wrong wrong")) == fault.Invalid {
				tried++
			}
			h.wait(time.Second)
		}
		if tried > 30+6+60 {
			t.Errorf("%d guesses in an hour from 3600 addresses", tried)
		}
	})
	t.Run("while many guess, a known browser gets in", func(t *testing.T) {
		_ = guess("one more bot", "wrong wrong wrong")
		h.refused(guess("new place", goodPassword), "fault.account.wait")
		_, err := h.SignIn(t.Context(), known, victim.email, goodPassword)
		h.ok(err)
	})
	t.Run("a known browser of another is of no use", func(t *testing.T) {
		other := h.member(victim.user().Organisation, "other@example.org", false, account.Reader)
		mine, err := h.SignIn(t.Context(), h.home, other.email, goodPassword)
		h.ok(err)
		_, err = h.SignIn(t.Context(), account.Client{Address: "new", Device: mine.Device}, victim.email, goodPassword)
		h.refused(err, "fault.account.wait")
	})
	t.Run("a stolen device cookie gives few guesses", func(t *testing.T) {
		tried := 0
		for range 100 {
			if _, err := h.SignIn(t.Context(), known, victim.email, "wrong wrong wrong"); fault.Of(err) == fault.Invalid {
				tried++
			}
		}
		if tried != 5 {
			t.Errorf("%d guesses at once", tried)
		}
	})
	t.Run("it is over when it stops", func(t *testing.T) {
		h.wait(time.Minute)
		h.ok(guess("new place", goodPassword))
	})
	t.Run("the log says so, and not for each guess", func(t *testing.T) {
		n := 0
		for _, a := range h.actions() {
			if a == "session.refuse" {
				n++
			}
		}
		if n == 0 || n > 10 {
			t.Errorf("%d entries", n)
		}
	})
}

// TestGuessingAtOnce: a thousand guesses at the same moment are not all free.
func TestGuessingAtOnce(t *testing.T) {
	h := newHub(t, account.Options{Waiting: 2000})
	founder := h.founder()
	before := h.Hashes()
	var all sync.WaitGroup
	for range 1000 {
		all.Go(func() {
			_, _ = h.SignIn(t.Context(), account.Client{Address: "attacker"}, founder.email, "wrong wrong wrong")
		})
	}
	all.Wait()
	if n := h.Hashes() - before; n > 6 {
		t.Errorf("%d of 1000 guesses were looked at", n)
	}
}

// TestSpraying: one password for many accounts, from one address.
func TestSpraying(t *testing.T) {
	h := newHub(t, account.Options{})
	h.founder()
	tried := 0
	for i := range 3600 {
		_, err := h.SignIn(t.Context(), account.Client{Address: "attacker"}, fmt.Sprintf("p%d@example.org", i), "summer2026!!")
		if fault.Of(err) == fault.Invalid {
			tried++
		}
		h.wait(time.Second)
	}
	if tried > 50 {
		t.Errorf("%d accounts in an hour", tried)
	}
}

// TestCounterMemory: the memory of the counters is bounded.
func TestCounterMemory(t *testing.T) {
	h := newHub(t, account.Options{})
	h.founder()
	h.SetMostCounters(100)
	for i := range 1000 {
		_, _ = h.SignIn(t.Context(), account.Client{Address: fmt.Sprint(i)}, fmt.Sprint(i), "x")
	}
	if n := h.Counters(); n > 100 {
		t.Errorf("%d counters", n)
	}
}

// TestBusy: a flood of sign-ins waits or is sent away, and counts as no failure.
func TestBusy(t *testing.T) {
	h := newHub(t, account.Options{Hashes: 1, Waiting: 3, Hashing: account.Argon{Memory: 32 * 1024, Time: 2, Lanes: 1}})
	founder := h.founder()
	var all sync.WaitGroup
	var mu sync.Mutex
	kinds := map[fault.Kind]int{}
	for i := range 40 {
		all.Go(func() {
			_, err := h.SignIn(t.Context(), account.Client{Address: fmt.Sprint(i)}, fmt.Sprint(i), "wrong wrong wrong")
			mu.Lock()
			kinds[fault.Of(err)]++
			mu.Unlock()
		})
	}
	all.Wait()
	if kinds[fault.Unavailable] == 0 || kinds[fault.Invalid] == 0 || kinds[fault.Unavailable]+kinds[fault.Invalid] != 40 {
		t.Errorf("got %v", kinds)
	}
	founder.signIn()

	full, err := account.NewService(h.store, h.keys, h.store, h.clock, rand.Reader, account.Options{
		Origin: origin, Hashes: 1, Waiting: -1, // no place at all
	})
	h.ok(err)
	for range 20 {
		_, err := full.SignIn(t.Context(), account.Client{Address: "x"}, founder.email, goodPassword)
		h.refused(err, "fault.account.busy")
	}
}

func TestRenew(t *testing.T) {
	h := newHub(t, account.Options{})
	founder := h.founder()
	h.wait(account.RecentLasts)
	_, err := h.BeginTOTP(t.Context(), founder.by())
	h.refused(err, "fault.account.again")
	_, err = h.Renew(t.Context(), h.home, founder.by(), "not the password", founder.code())
	h.refused(err, "fault.account.password.wrong")
	_, err = h.Renew(t.Context(), h.home, founder.by(), goodPassword, "")
	h.refused(err, "fault.account.code.wrong")
	_, err = h.Renew(t.Context(), h.home, founder.by(), goodPassword, "000000")
	h.refused(err, "fault.account.code.wrong")
	before := founder.token
	ticket, err := h.Renew(t.Context(), h.home, founder.by(), goodPassword, founder.code())
	h.ok(err)
	founder.token = ticket.Token
	if by := founder.by(); !by.Strong {
		t.Errorf("got %+v", by)
	}
	_, err = h.BeginTOTP(t.Context(), founder.by())
	h.ok(err)
	_, err = h.Identify(t.Context(), before)
	h.refused(err, "fault.signin")
}
