package store_test

import (
	"bytes"
	"fmt"
	"testing"
	"time"

	"github.com/opencovey/covey/internal/audit"
	"github.com/opencovey/covey/internal/fault"
	"github.com/opencovey/covey/internal/store"
	"github.com/opencovey/covey/internal/testenv"
)

// key is the key of all databases that are made for tests.
var key = bytes.Repeat([]byte{7}, 32)

// clock is a time that stands still.
func clock() time.Time { return time.Date(2026, 11, 22, 10, 0, 0, 123_456_000, time.UTC) }

// everywhere runs a test on both databases. Place says where an empty one is.
func everywhere(t *testing.T, f func(t *testing.T, place store.Options)) {
	t.Run("sqlite", func(t *testing.T) { f(t, sqlitePlace(t)) })
	t.Run("postgres", func(t *testing.T) { f(t, postgresPlace(t)) })
}

func sqlitePlace(t testing.TB) store.Options {
	return store.Options{Dir: t.TempDir(), Key: key}
}

func postgresPlace(t testing.TB) store.Options {
	return store.Options{Database: testenv.Postgres(t), Dir: t.TempDir(), Key: key}
}

// open opens a database until the test ends.
func open(t testing.TB, place store.Options) *store.Store {
	t.Helper()
	s, err := store.Open(t.Context(), place)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

// entry is an audit entry for a change that is not about the log.
func entry(action string) audit.Entry {
	return audit.Entry{Actor: "tester", Action: action, Detail: map[string]string{"why": "a test"}}
}

// wantKind fails the test if the error is not a fault of a kind.
func wantKind(t testing.TB, err error, want fault.Kind) {
	t.Helper()
	if err == nil || fault.Of(err) != want {
		t.Errorf("error %v is of kind %d, want %d", err, fault.Of(err), want)
	}
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func TestAppend(t *testing.T) {
	everywhere(t, func(t *testing.T, place store.Options) {
		place.Now = clock
		log := open(t, place).Audit()
		ctx := t.Context()
		for i := range 250 {
			must(t, log.AppendEntry(ctx, audit.Entry{
				Actor: fmt.Sprint("user", i%3), Organisation: "org", Action: []string{"tool.save", "toolbox", "session.begin"}[i%3],
				Subject: fmt.Sprint("tool:", i%2), Detail: map[string]string{"n": fmt.Sprint(i), "z\x00": "a\xffé"},
			}))
		}
		all, err := log.Entries(ctx, audit.Query{})
		must(t, err)
		if len(all) != 100 || all[0].Number != 250 || all[99].Number != 151 {
			t.Fatalf("got %d entries, the first %d", len(all), all[0].Number)
		}
		if e := all[0]; !e.Time.Equal(clock()) || e.Detail["z\uFFFD"] != "a\uFFFDé" || e.Hash != e.Sum() {
			t.Errorf("entry %+v", e)
		}
		for _, test := range []struct {
			query audit.Query
			want  int
		}{
			{audit.Query{Limit: 1000}, 250},
			{audit.Query{Before: 11}, 10},
			{audit.Query{Actor: "user1"}, 83},
			{audit.Query{Actor: "user1", Subject: "tool:0"}, 41},
			{audit.Query{Action: "tool"}, 100},
			{audit.Query{Action: "tool", Limit: 200}, 167},
			{audit.Query{Action: "tool.", Limit: 200}, 84},
			{audit.Query{Action: "%", Limit: 200}, 0},
			{audit.Query{Actor: "' OR 1=1 --"}, 0},
		} {
			list, err := log.Entries(ctx, test.query)
			must(t, err)
			if len(list) != test.want {
				t.Errorf("%+v: %d entries, want %d", test.query, len(list), test.want)
			}
		}
	})
}
