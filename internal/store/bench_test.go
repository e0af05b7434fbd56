package store_test

import (
	"fmt"
	"io"
	"testing"

	"github.com/opencovey/covey/internal/account"
	"github.com/opencovey/covey/internal/directory"
	"github.com/opencovey/covey/internal/store"
)

// onBoth runs a benchmark on both databases.
func onBoth(b *testing.B, f func(b *testing.B, s *store.Store)) {
	for name, place := range map[string]func(testing.TB) store.Options{"sqlite": sqlitePlace, "postgres": postgresPlace} {
		b.Run(name, func(b *testing.B) {
			o := place(b)
			o.Key = storedKeys(b).Database()
			f(b, open(b, o))
		})
	}
}

// BenchmarkCommit measures single changes, each with its audit entry.
func BenchmarkCommit(b *testing.B) {
	onBoth(b, func(b *testing.B, s *store.Store) {
		i := 0
		for b.Loop() {
			i++
			must(b, s.Tools().SaveTools(b.Context(), []directory.Tool{tool(fmt.Sprint("tool-", i))}, nil, nil, entry("tool.add")))
		}
		b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "commits/s")
	})
}

// BenchmarkSession measures what every request of somebody signed in asks.
func BenchmarkSession(b *testing.B) {
	onBoth(b, func(b *testing.B, s *store.Store) {
		must(b, s.Accounts().SaveOrganisation(b.Context(), account.Organisation{ID: "o1"}, entry("organisation.add")))
		must(b, s.Accounts().SaveUser(b.Context(), person("u1", "one@example.org"), entry("user.add")))
		token := [32]byte{1}
		must(b, s.Accounts().SaveSession(b.Context(), account.Session{ID: "s", Token: token, User: "u1"}, nil))
		b.RunParallel(func(pb *testing.PB) {
			for pb.Next() {
				if _, _, err := s.Accounts().Session(b.Context(), token); err != nil {
					b.Error(err)
				}
			}
		})
	})
}

// BenchmarkImport measures 20,000 entries with three changes each, in one
// transaction.
func BenchmarkImport(b *testing.B) {
	onBoth(b, func(b *testing.B, s *store.Store) {
		round := 0
		for b.Loop() {
			b.StopTimer()
			round++
			list, changes := manyTools(20_000)
			for i := range list {
				list[i].ID += fmt.Sprint("-", round)
			}
			for i := range changes {
				changes[i].Tool += fmt.Sprint("-", round)
			}
			b.StartTimer()
			must(b, s.Tools().SaveTools(b.Context(), list, changes, nil, entry("tool.import")))
		}
	})
}

// BenchmarkRead measures reading and backing up 20,000 entries with three changes
// each.
func BenchmarkRead(b *testing.B) {
	onBoth(b, func(b *testing.B, s *store.Store) {
		list, changes := manyTools(20_000)
		must(b, s.Tools().SaveTools(b.Context(), list, changes, nil, entry("tool.import")))
		b.Run("tools", func(b *testing.B) {
			for b.Loop() {
				_, _, err := s.Tools().Tools(b.Context(), 0)
				must(b, err)
			}
		})
		b.Run("nothing new", func(b *testing.B) {
			for b.Loop() {
				_, _, err := s.Tools().Tools(b.Context(), 1)
				must(b, err)
			}
		})
		b.Run("backup", func(b *testing.B) {
			_, to := pair(b)
			for b.Loop() {
				_, err := s.Backup(b.Context(), io.Discard, storedKeys(b), to)
				must(b, err)
			}
		})
	})
}
