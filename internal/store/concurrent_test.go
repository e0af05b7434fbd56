package store_test

import (
	"crypto/ed25519"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/opencovey/covey/internal/audit"
	"github.com/opencovey/covey/internal/directory"
	"github.com/opencovey/covey/internal/fault"
	"github.com/opencovey/covey/internal/store"
)

// auditKey signs the checkpoints of tests.
var auditKey = ed25519.NewKeyFromSeed(key)

// verified checks the audit log and returns what was found.
func verified(t testing.TB, s *store.Store) *audit.Verification {
	t.Helper()
	l, err := audit.NewLog(s.Audit(), auditKey, clock)
	must(t, err)
	return verifiedBy(t, s, l)
}

// TestWriters lets several writers, some of them in a second instance of the
// server, change things at once.
func TestWriters(t *testing.T) {
	everywhere(t, func(t *testing.T, place store.Options) {
		const writers, each = 8, 25
		instances := []*store.Store{open(t, place), open(t, place)}
		var wait sync.WaitGroup
		for w := range writers {
			s := instances[w%2]
			wait.Go(func() {
				for i := range each {
					id := fmt.Sprintf("tool-%d-%d", w, i)
					if err := s.Tools().SaveTools(t.Context(), []directory.Tool{tool(id)}, nil, nil, entry("tool.add")); err != nil {
						t.Error(err)
					}
				}
			})
		}
		wait.Wait()
		list, generation, err := instances[0].Tools().Tools(t.Context(), 0)
		must(t, err)
		if len(list) != writers*each || generation != writers*each {
			t.Errorf("%d tools, generation %d, want %d", len(list), generation, writers*each)
		}
		if v := verified(t, instances[1]); !v.Good() || v.Entries != writers*each {
			t.Errorf("the log has %d entries and these faults: %v", v.Entries, v.Findings)
		}
	})
}

// TestOneWins lets several people change one version: one of them may.
func TestOneWins(t *testing.T) {
	everywhere(t, func(t *testing.T, place store.Options) {
		instances := []*store.Store{open(t, place), open(t, place)}
		must(t, instances[0].Tools().SaveTools(t.Context(), []directory.Tool{tool("one")}, nil, nil, entry("tool.add")))
		for round := 1; round <= 10; round++ {
			var won, lost atomic.Int64
			var wait sync.WaitGroup
			for w := range 8 {
				s := instances[w%2].Tools()
				wait.Go(func() {
					mine := tool("one")
					mine.Version = round
					switch err := s.SaveTools(t.Context(), []directory.Tool{mine}, nil, nil, entry("tool.save")); {
					case err == nil:
						won.Add(1)
					case fault.Of(err) == fault.Conflict:
						lost.Add(1)
					default:
						t.Error(err)
					}
				})
			}
			wait.Wait()
			if won.Load() != 1 || lost.Load() != 7 {
				t.Fatalf("%d changes of version %d were taken, %d refused", won.Load(), round, lost.Load())
			}
		}
	})
}

// TestFollower reads what is new while others write, and must miss nothing: no
// change may appear with a generation that was passed already.
func TestFollower(t *testing.T) {
	everywhere(t, func(t *testing.T, place store.Options) {
		instances := []*store.Store{open(t, place), open(t, place)}
		const writers, each = 6, 20
		var wait sync.WaitGroup
		for w := range writers {
			s := instances[w%2].Tools()
			wait.Go(func() {
				own := tool(fmt.Sprint("tool-", w))
				for range each {
					if err := s.SaveTools(t.Context(), []directory.Tool{own}, nil, nil, entry("tool.save")); err != nil {
						t.Error(err)
						return
					}
					own.Version++
				}
			})
		}
		done := make(chan struct{})
		go func() { wait.Wait(); close(done) }()
		seen := map[string]int{}
		var at int64
		for last := false; !last; {
			select {
			case <-done:
				last = true
			default:
			}
			list, generation, err := instances[1].Tools().Tools(t.Context(), at)
			must(t, err)
			if generation < at {
				t.Fatalf("generation %d came after %d", generation, at)
			}
			at = generation
			for _, g := range list {
				seen[g.ID] = g.Version
			}
		}
		for w := range writers {
			if got := seen[fmt.Sprint("tool-", w)]; got != each {
				t.Errorf("the follower knows version %d of tool-%d, which has %d", got, w, each)
			}
		}
	})
}

// TestInstancesStart lets several instances make the database at once.
func TestInstancesStart(t *testing.T) {
	everywhere(t, func(t *testing.T, place store.Options) {
		var wait sync.WaitGroup
		for range 6 {
			wait.Go(func() {
				s, err := store.Open(t.Context(), place)
				if err != nil {
					t.Error(err)
					return
				}
				if err := s.Audit().AppendEntry(t.Context(), entry("server.start")); err != nil {
					t.Error(err)
				}
				if err := s.Close(); err != nil {
					t.Error(err)
				}
			})
		}
		wait.Wait()
		s := open(t, place)
		if v := verified(t, s); !v.Good() || v.Entries != 6 {
			t.Errorf("the log has %d entries and these faults: %v", v.Entries, v.Findings)
		}
		must(t, s.Ping(t.Context()))
	})
}
