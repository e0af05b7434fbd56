package store_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/opencovey/covey/internal/audit"
	"github.com/opencovey/covey/internal/store"
)

// TestTampering changes the tables of the audit log in random ways beside the
// program: each change must be noticed.
func TestTampering(t *testing.T) {
	everywhere(t, func(t *testing.T, place store.Options) {
		s := open(t, place)
		l, err := audit.NewLog(s.Audit(), auditKey, nil)
		must(t, err)
		for i := range 20 {
			must(t, s.Audit().AppendEntry(t.Context(), entry(fmt.Sprint("tool.save", i))))
			_, _, err := l.Checkpoint(t.Context(), audit.Pace{Entries: 8})
			must(t, err)
		}
		logTables := []string{"audit_entries", "audit_head", "audit_checkpoints"}
		for _, table := range logTables {
			must(t, s.Exec(t.Context(), "CREATE TABLE saved_"+table+" AS SELECT * FROM "+table))
		}
		content := func() string {
			var all strings.Builder
			must(t, s.Dump(t.Context(), 1, func(table string, _ []string, values []any) error {
				if strings.HasPrefix(table, "audit_") {
					fmt.Fprintln(&all, table, values)
				}
				return nil
			}))
			return all.String()
		}
		untouched := content()
		tried := 0
		rapid.Check(t, func(r *rapid.T) {
			for _, table := range logTables {
				must(t, s.Exec(t.Context(), "DELETE FROM "+table))
				must(t, s.Exec(t.Context(), "INSERT INTO "+table+" SELECT * FROM saved_"+table))
			}
			what := tampering(r)
			if err := s.Exec(t.Context(), what.sql, what.args...); err != nil {
				return // the database itself has refused it
			}
			if content() == untouched {
				return
			}
			tried++
			if v, err := audit.Verify(t.Context(), s.Audit(), l.Key()); err == nil && v.Good() {
				r.Fatalf("%s %v was not noticed", what.sql, what.args)
			}
		})
		if tried < 10 {
			t.Errorf("only %d changes were tried", tried)
		}
	})
}

type statement struct {
	sql  string
	args []any
}

// tampering draws a change of the log. Removing a checkpoint is not among them:
// see audit.TestUndetectable.
func tampering(r *rapid.T) statement {
	number := rapid.Int64Range(1, 20).Draw(r, "number")
	other := rapid.Int64Range(1, 22).Draw(r, "other")
	text := rapid.SampledFrom([]string{"actor", "organisation", "action", "subject", "detail"}).Draw(r, "column")
	value := rapid.SampledFrom([]string{"", "tester", "x", "{}", `{"why":"a test","z":"1"}`, `{"why": "a test"}`}).Draw(r, "value")
	sum := rapid.SliceOfN(rapid.Byte(), 0, 33).Draw(r, "sum")
	return rapid.SampledFrom([]statement{
		{"UPDATE audit_entries SET " + text + " = $1 WHERE number = $2", []any{value, number}},
		{"UPDATE audit_entries SET made_at = made_at + $1 WHERE number = $2", []any{other - 11, number}},
		{"UPDATE audit_entries SET hash = $1 WHERE number = $2", []any{sum, number}},
		{"UPDATE audit_entries SET previous = $1 WHERE number = $2", []any{sum, number}},
		{"UPDATE audit_entries SET number = number + 100 WHERE number >= $1", []any{number}},
		{"UPDATE audit_entries SET number = 100 - number WHERE number >= $1", []any{number}},
		{"DELETE FROM audit_entries WHERE number = $1", []any{number}},
		{"DELETE FROM audit_entries WHERE number >= $1", []any{number}},
		{"DELETE FROM audit_entries WHERE number BETWEEN $1 AND $2", []any{number, other}},
		{"INSERT INTO audit_entries SELECT $1 + 20, made_at, actor, organisation, action, subject, detail, previous, hash FROM audit_entries WHERE number = $2", []any{other, number}},
		{"UPDATE audit_entries SET actor = 'x', hash = (SELECT hash FROM audit_entries WHERE number = $1) WHERE number = $2", []any{min(other, 20), number}},
		{"UPDATE audit_head SET number = $1", []any{other}},
		{"UPDATE audit_head SET hash = $1", []any{sum}},
		{"UPDATE audit_head SET number = $1, hash = (SELECT hash FROM audit_entries WHERE number = $1)", []any{number}},
		{"DELETE FROM audit_head", nil},
		{"UPDATE audit_checkpoints SET size = size + $1", []any{other}},
		{"UPDATE audit_checkpoints SET made_at = made_at + $1", []any{other}},
		{"UPDATE audit_checkpoints SET head = $1 WHERE size = 8", []any{sum}},
		{"UPDATE audit_checkpoints SET note = $1 WHERE size = 8", []any{sum}},
		{"UPDATE audit_checkpoints SET note = (SELECT note FROM audit_checkpoints WHERE size = 16)", nil},
	}).Draw(r, "change")
}

// TestAppendAfterTampering checks that the program itself does not go on from a
// log whose end somebody removed as if nothing had happened.
func TestAppendAfterTampering(t *testing.T) {
	everywhere(t, func(t *testing.T, place store.Options) {
		s := open(t, place)
		for range 5 {
			must(t, s.Audit().AppendEntry(t.Context(), entry("tool.save")))
		}
		must(t, s.Exec(t.Context(), "DELETE FROM audit_entries WHERE number > 3"))
		must(t, s.Audit().AppendEntry(t.Context(), entry("tool.save")))
		v := verified(t, s)
		if v.Good() || v.Findings[0] != (audit.Finding{Number: 6, Problem: audit.Missing}) {
			t.Errorf("found %v", v.Findings)
		}
	})
}

// TestAuditWhileWriting verifies the log again and again while it grows.
func TestAuditWhileWriting(t *testing.T) {
	everywhere(t, func(t *testing.T, place store.Options) {
		s := open(t, place)
		l, err := audit.NewLog(s.Audit(), auditKey, time.Now)
		must(t, err)
		done := make(chan error, 1)
		go func() {
			var err error
			for range 200 {
				err = errors.Join(err, s.Audit().AppendEntry(t.Context(), entry("tool.save")))
			}
			done <- err
		}()
		for {
			_, _, err := l.Checkpoint(t.Context(), audit.Pace{})
			must(t, err)
			if v := verifiedBy(t, s, l); !v.Good() {
				t.Fatalf("found %v in a good log", v.Findings)
			}
			select {
			case err := <-done:
				must(t, err)
				return
			default:
			}
		}
	})
}

func verifiedBy(t testing.TB, s *store.Store, l *audit.Log) *audit.Verification {
	t.Helper()
	v, err := audit.Verify(t.Context(), s.Audit(), l.Key())
	must(t, err)
	return v
}
