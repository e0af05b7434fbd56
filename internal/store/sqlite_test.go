package store_test

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"github.com/opencovey/covey/internal/account"
	"github.com/opencovey/covey/internal/fault"
	"github.com/opencovey/covey/internal/store"
)

// TestSettings checks what a process that is killed cannot show: that a commit is
// on the disk when it is acknowledged, and that what is deleted is overwritten.
func TestSettings(t *testing.T) {
	s := open(t, sqlitePlace(t))
	for name, want := range map[string]string{
		"synchronous": "2", "journal_mode": "wal", "foreign_keys": "1", "secure_delete": "1", "temp_store": "2",
		"trusted_schema": "0", "busy_timeout": "10000",
	} {
		if got, err := s.Setting(t.Context(), name); err != nil || got != want {
			t.Errorf("%s is %q, %v; want %q", name, got, err, want)
		}
	}
}

// TestEncryptedAtRest looks for what is kept in the files, while the database is
// open and after that.
func TestEncryptedAtRest(t *testing.T) {
	place := sqlitePlace(t)
	s, err := store.Open(t.Context(), place)
	must(t, err)
	must(t, s.Accounts().SaveOrganisation(t.Context(), account.Organisation{ID: "o1", Name: "Haven of the canary"}, entry("organisation.add")))
	look := func(when string) {
		t.Helper()
		files, err := filepath.Glob(filepath.Join(place.Dir, "*"))
		must(t, err)
		if len(files) == 0 {
			t.Error("no files")
		}
		for _, name := range files {
			b, err := os.ReadFile(name)
			must(t, err)
			for _, word := range []string{"canary", "organisation.add", "SQLite format", "CREATE TABLE"} {
				if bytes.Contains(b, []byte(word)) {
					t.Errorf("%s, %s holds %q", when, filepath.Base(name), word)
				}
			}
		}
	}
	look("while it is open")
	must(t, s.Close())
	look("when it is closed")
}

// TestDamagedFile opens a database of which somebody has overwritten the
// beginning.
func TestDamagedFile(t *testing.T) {
	place := sqlitePlace(t)
	must(t, os.WriteFile(filepath.Join(place.Dir, store.File), bytes.Repeat([]byte("not a database. "), 512), 0o600))
	if s, err := store.Open(t.Context(), place); err == nil {
		must(t, s.Close())
		t.Error("it was opened")
	}
}

// TestDiskFull fills the database to a limit: the change is refused as a whole, and
// the server goes on when there is room again.
func TestDiskFull(t *testing.T) {
	s := open(t, sqlitePlace(t))
	must(t, s.Audit().AppendEntry(t.Context(), entry("server.start")))
	must(t, s.Exec(t.Context(), "PRAGMA max_page_count = 1")) // it is as large as it may be
	list, changes := manyTools(200)
	wantKind(t, s.Tools().SaveTools(t.Context(), list, changes, nil, entry("tool.import")), fault.Unavailable)
	must(t, s.Exec(t.Context(), "PRAGMA max_page_count = 1000000"))
	must(t, s.Tools().SaveTools(t.Context(), list, changes, nil, entry("tool.import")))
	if v := verified(t, s); !v.Good() || v.Entries != 2 {
		t.Errorf("%d entries, %v", v.Entries, v.Findings)
	}
}
