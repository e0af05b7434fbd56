package tools

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/opencovey/covey/internal/fault"
)

// TestGuardBoundsAll sends a little from very many clients.
func TestGuardBoundsAll(t *testing.T) {
	now := time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	g := newGuard(make([]byte, 32), time.Second, 2, func() time.Time { return now })
	admitted := 0
	for i := range 3 * mostClients {
		_, err := g.admit(fmt.Sprint("client ", i))
		var f *fault.Error
		switch {
		case err == nil:
			admitted++
		case !errors.As(err, &f) || f.Kind != fault.TooMany:
			t.Fatal(err)
		}
	}
	if admitted != 2*allFactor {
		t.Errorf("%d were admitted at once, want %d", admitted, 2*allFactor)
	}
	if n := len(g.senders); n > mostClients || n != g.order.Len() {
		t.Errorf("%d clients are remembered", n)
	}
	now = now.Add(time.Hour)
	if _, err := g.admit("client 0"); err != nil {
		t.Errorf("an hour later: %v", err)
	}
}

// TestGuardToken tells tokens of one key from those of another.
func TestGuardToken(t *testing.T) {
	now := time.Now()
	clock := func() time.Time { return now }
	ours, same, other := newGuard([]byte("a"), time.Second, 1, clock), newGuard([]byte("a"), time.Second, 1, clock), newGuard([]byte("b"), time.Second, 1, clock)
	form := map[string][]string{tokenField: {ours.token()}}
	now = now.Add(time.Minute)
	if err := same.check(form); err != nil {
		t.Errorf("another instance with the key: %v", err)
	}
	if err := other.check(form); err == nil {
		t.Error("another key takes the token")
	}
}
