package store_test

import (
	"bufio"
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/opencovey/covey/internal/directory"
	"github.com/opencovey/covey/internal/store"
	"github.com/opencovey/covey/internal/testenv"
)

// Environment variables that turn the test binary into the writer.
const (
	envWriter   = "COVEY_TEST_WRITER" // a word that begins the IDs of this run
	envDir      = "COVEY_TEST_WRITER_DIR"
	envDatabase = "COVEY_TEST_WRITER_DATABASE"
)

func TestMain(m *testing.M) {
	if run := os.Getenv(envWriter); run != "" {
		if err := writeUntilKilled(run); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	os.Exit(m.Run())
}

// writeUntilKilled changes things with several hands, and says of each change when
// it was acknowledged.
func writeUntilKilled(run string) error {
	ctx := context.Background()
	s, err := store.Open(ctx, store.Options{Dir: os.Getenv(envDir), Database: os.Getenv(envDatabase), Key: key})
	if err != nil {
		return err
	}
	failed := make(chan error)
	for hand := range 4 {
		go func() {
			for i := 0; ; i++ {
				id := fmt.Sprintf("%s-%d-%d", run, hand, i)
				if err := s.Tools().SaveTools(ctx, []directory.Tool{tool(id)}, []directory.Change{change(id, 1, "name")}, nil, entry("tool.add")); err != nil {
					failed <- err
					return
				}
				if _, err := fmt.Println(id); err != nil {
					failed <- err
					return
				}
			}
		}()
	}
	return <-failed
}

// TestKilled kills the writer again and again, by a signal that it cannot see
// coming. All that it acknowledged must be there afterwards, each change with its
// history, and the audit log must be whole.
func TestKilled(t *testing.T) {
	everywhere(t, func(t *testing.T, place store.Options) {
		rounds := 100
		if testing.Short() || place.Database != "" { // PostgreSQL itself is not killed
			rounds = 10
		}
		acknowledged, unknown := 0, 0
		var generation int64
		for round := range rounds {
			run := fmt.Sprint("r", round)
			ids := killedAfter(t, place, run, time.Duration(10+rand.IntN(60))*time.Millisecond)
			s, err := store.Open(t.Context(), place)
			must(t, err)
			list, g, err := s.Tools().Tools(t.Context(), generation)
			must(t, err)
			there := map[string]bool{}
			for _, g := range list {
				there[g.ID] = true
			}
			for _, id := range ids {
				if !there[id] {
					t.Errorf("round %d: %s was acknowledged and is lost", round, id)
				}
			}
			if v := verified(t, s); !v.Good() || v.Entries != g {
				t.Errorf("round %d: %d entries for %d changes; %v", round, v.Entries, g, v.Findings)
			}
			if len(list) > 0 {
				if h, err := s.Tools().History(t.Context(), list[len(list)-1].ID); err != nil || len(h) != 1 {
					t.Errorf("round %d: a change without its history: %v, %v", round, h, err)
				}
			}
			must(t, s.Close())
			generation = g
			acknowledged += len(ids)
			unknown += len(list) - len(ids)
		}
		t.Logf("%d rounds: %d changes acknowledged, %d done and not yet acknowledged", rounds, acknowledged, unknown)
		if acknowledged < rounds {
			t.Errorf("only %d changes were acknowledged in %d rounds", acknowledged, rounds)
		}
	})
}

// killedAfter starts the writer, kills it some time after its first word, and
// returns the changes that it acknowledged.
func killedAfter(t *testing.T, place store.Options, run string, after time.Duration) (ids []string) {
	t.Helper()
	cmd, words := startWriter(t, place, run)
	var kill sync.Once
	for {
		word, err := words.ReadString('\n')
		kill.Do(func() {
			time.AfterFunc(after, func() { _ = cmd.Process.Kill() })
		})
		if err != nil { // a word cut short was not said
			break
		}
		ids = append(ids, strings.TrimSuffix(word, "\n"))
	}
	_ = cmd.Wait() // it was killed
	if len(ids) == 0 {
		t.Fatal("the writer said nothing")
	}
	return ids
}

func startWriter(t *testing.T, place store.Options, run string) (*exec.Cmd, *bufio.Reader) {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), envWriter+"="+run, envDir+"="+place.Dir, envDatabase+"="+place.Database)
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	must(t, err)
	must(t, cmd.Start())
	return cmd, bufio.NewReader(out)
}

// TestKilledAtFirstStart kills a server while it makes its database: the next
// start must go on from whatever is there.
func TestKilledAtFirstStart(t *testing.T) {
	everywhere(t, func(t *testing.T, place store.Options) {
		for round := range 12 {
			if place.Database == "" {
				place.Dir = t.TempDir()
			} else {
				place.Database = testenv.Postgres(t)
			}
			cmd, _ := startWriter(t, place, "first")
			time.Sleep(time.Duration(10+5*round) * time.Millisecond)
			_ = cmd.Process.Kill()
			_ = cmd.Wait()
			s := open(t, place)
			if v := verified(t, s); !v.Good() {
				t.Errorf("round %d: %v", round, v.Findings)
			}
		}
	})
}
