package store_test

import (
	"encoding/hex"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"filippo.io/age"
	"github.com/google/go-cmp/cmp"

	"github.com/opencovey/covey/internal/account"
	"github.com/opencovey/covey/internal/audit"
	"github.com/opencovey/covey/internal/directory"
	"github.com/opencovey/covey/internal/seal"
	"github.com/opencovey/covey/internal/store"
)

var write = flag.Bool("write", false, "write databases of the present schema into testdata, if they are not there")

// storedKeys and storedIdentity belong to the databases in testdata.
func storedKeys(t testing.TB) *seal.Keys {
	t.Helper()
	keys, err := seal.New(key)
	must(t, err)
	return keys
}

const passphrase = "four words of testing"

// TestUpgrade opens the databases and backups that programs of all earlier schemas
// left, on both databases, and looks whether everything is there and works.
func TestUpgrade(t *testing.T) {
	for schema := 1; schema <= store.Newest; schema++ {
		stored := func(ending string) string {
			return filepath.Join("testdata", fmt.Sprintf("schema-%d.%s", schema, ending))
		}
		if *write {
			writeStored(t, schema, stored)
		}
		t.Run(fmt.Sprint(schema, " sqlite"), func(t *testing.T) {
			place := sqlitePlace(t)
			place.Key = storedKeys(t).Database()
			b, err := os.ReadFile(stored("db"))
			must(t, err)
			must(t, os.WriteFile(filepath.Join(place.Dir, store.File), b, 0o600))
			checkStored(t, place, schema, 0)
		})
		t.Run(fmt.Sprint(schema, " postgres"), func(t *testing.T) {
			place := postgresPlace(t)
			place.Key = storedKeys(t).Database()
			text, err := os.ReadFile(stored("sql"))
			must(t, err)
			must(t, store.ExecScript(t.Context(), place, string(text)))
			checkStored(t, place, schema, 0)
		})
		t.Run(fmt.Sprint(schema, " backup"), func(t *testing.T) {
			everywhere(t, func(t *testing.T, place store.Options) {
				f, err := os.Open(stored("backup"))
				must(t, err)
				defer f.Close()
				c, err := store.Restore(t.Context(), f, place, nil, opener(t))
				must(t, err)
				if c.Schema != schema {
					t.Errorf("the backup is of schema %d", c.Schema)
				}
				place.Key = storedKeys(t).Database()
				checkStored(t, place, schema, 1)
			})
		})
	}
}

func opener(t testing.TB) age.Identity {
	t.Helper()
	identity, err := age.NewScryptIdentity(passphrase)
	must(t, err)
	return identity
}

func closer(t testing.TB) age.Recipient {
	t.Helper()
	recipient, err := age.NewScryptRecipient(passphrase)
	must(t, err)
	recipient.SetWorkFactor(10) // a test need not be slow for those who guess
	return recipient
}

// checkStored opens a stored database with the present program.
func checkStored(t *testing.T, place store.Options, schema int, restores int64) {
	t.Helper()
	s := open(t, place)
	l, err := audit.NewLog(s.Audit(), storedKeys(t).Auditor(), nil)
	must(t, err)
	if v := verifiedBy(t, s, l); !v.Good() || v.Checkpoints != 1 || v.Entries != storedEntries(schema)+restores {
		t.Errorf("%+v", v)
	}
	want := person("u1", "one@example.org")
	want.Version = 1
	got, err := s.Accounts().User(t.Context(), "email", "one@example.org")
	must(t, err)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	invitation, err := s.Accounts().Invitation(t.Context(), [32]byte{1})
	if err != nil || invitation.Organisation != "o1" {
		t.Errorf("%+v, %v", invitation, err)
	}
	sessions, err := s.Accounts().Sessions(t.Context(), "u1")
	if err != nil || len(sessions) != 1-int(restores) {
		t.Errorf("%d sessions, %v: a backup has none", len(sessions), err)
	}
	if schema >= 2 {
		list, _, err := s.Tools().Tools(t.Context(), 0)
		if err != nil || len(list) != 2 {
			t.Errorf("%d tools, %v", len(list), err)
		}
		if g, err := s.Tools().Suggestion(t.Context(), "g1"); err != nil || g.Proposed.Name != tool("p").Name {
			t.Errorf("%+v, %v", g, err)
		}
	}
	// It takes changes.
	must(t, s.Tools().SaveTools(t.Context(), []directory.Tool{tool("new")}, nil, nil, entry("tool.add")))
	got.Name = "Another"
	must(t, s.Accounts().SaveUser(t.Context(), got, entry("user.save")))
	if v := verifiedBy(t, s, l); !v.Good() {
		t.Errorf("%v", v.Findings)
	}
}

// storedEntries is how many entries the log of a stored database has.
func storedEntries(schema int) int64 {
	if schema == 1 {
		return 4
	}
	return 6
}

// fill makes what checkStored looks for.
func fill(t *testing.T, s *store.Store, schema int) {
	t.Helper()
	ctx := t.Context()
	a := s.Accounts()
	must(t, a.SaveOrganisation(ctx, account.Organisation{ID: "o1", Name: "Haven", Operator: true, Created: clock()}, entry("organisation.add")))
	must(t, a.SaveUser(ctx, person("u1", "one@example.org"), entry("user.add")))
	must(t, a.SaveInvitation(ctx, account.Invitation{
		ID: "i1", Token: [32]byte{1}, Organisation: "o1", Roles: []account.Role{account.Reader}, By: "u1",
		Created: clock(), Ends: clock().Add(time.Hour),
	}, entry("invitation.add")))
	begin := entry("session.begin")
	must(t, a.SaveSession(ctx, account.Session{
		ID: "s1", Token: [32]byte{2}, User: "u1", Strong: true, Browser: "Firefox on Linux", Begun: clock(), Seen: clock(), Ends: clock(),
	}, &begin))
	l, err := audit.NewLog(s.Audit(), storedKeys(t).Auditor(), clock)
	must(t, err)
	_, _, err = l.Checkpoint(ctx, audit.Pace{})
	must(t, err)
	if schema < 2 {
		return
	}
	merged := directory.Tool{ID: "b", MergedInto: "c", Created: clock(), Updated: clock()}
	must(t, s.Tools().SaveTools(ctx, []directory.Tool{merged, tool("c")}, []directory.Change{change("c", 1, "name")}, nil, entry("tool.import")))
	g := directory.Suggestion{ID: "g1", Kind: directory.NewTool, Proposed: tool("p"), State: directory.Open, Sent: clock()}
	must(t, s.Tools().SaveSuggestion(ctx, g, entry("suggestion.add")))
	must(t, s.Tools().SaveLinkCheck(ctx, directory.LinkCheck{Tool: "c", URL: "https://example.org", At: clock(), Works: true, Detail: "200"}))
}

// writeStored writes the files of a schema, unless they are there: what an old
// program has left must stay as it was.
func writeStored(t *testing.T, schema int, stored func(string) string) {
	t.Helper()
	if _, err := os.Stat(stored("db")); err == nil {
		return
	}
	must(t, os.MkdirAll("testdata", 0o755))
	place := store.Options{Dir: t.TempDir(), Key: storedKeys(t).Database(), Now: clock}
	s, err := store.OpenAt(t.Context(), place, schema)
	must(t, err)
	fill(t, s, schema)
	must(t, os.WriteFile(stored("sql"), []byte(asSQL(t, s, schema)), 0o644))
	f, err := os.Create(stored("backup"))
	must(t, err)
	_, err = s.BackupAt(t.Context(), f, storedKeys(t), schema, closer(t))
	must(t, err)
	must(t, f.Close())
	must(t, s.Close()) // which empties the journal
	b, err := os.ReadFile(filepath.Join(place.Dir, store.File))
	must(t, err)
	must(t, os.WriteFile(stored("db"), b, 0o644))
}

// asSQL writes a database as statements for PostgreSQL, so that the file is what a
// database was, whatever happens to the migrations.
func asSQL(t *testing.T, s *store.Store, schema int) string {
	t.Helper()
	var b strings.Builder
	b.WriteString("CREATE TABLE schema_version (version BIGINT NOT NULL);\n")
	for version := 1; version <= schema; version++ {
		text, err := store.Migration(version)
		must(t, err)
		fmt.Fprintf(&b, "%s\nINSERT INTO schema_version VALUES (%d);\n", text, version)
	}
	must(t, s.Dump(t.Context(), schema, func(table string, columns []string, values []any) error {
		var texts []string
		for _, v := range values {
			switch v := v.(type) {
			case nil:
				texts = append(texts, "NULL")
			case []byte:
				texts = append(texts, `'\x`+hex.EncodeToString(v)+`'`)
			case string:
				texts = append(texts, "'"+strings.ReplaceAll(v, "'", "''")+"'")
			default:
				texts = append(texts, fmt.Sprint(v))
			}
		}
		_, err := fmt.Fprintf(&b, "INSERT INTO %s (%s) VALUES (%s);\n", table, strings.Join(columns, ", "), strings.Join(texts, ", "))
		return err
	}))
	return b.String()
}

// TestNewer checks that a database which a newer program has changed is left alone.
func TestNewer(t *testing.T) {
	everywhere(t, func(t *testing.T, place store.Options) {
		s := open(t, place)
		must(t, s.Exec(t.Context(), "INSERT INTO schema_version (version) VALUES ($1)", store.Newest+1))
		_, err := store.Open(t.Context(), place)
		if err == nil || !strings.Contains(err.Error(), "newer program") {
			t.Errorf("opened: %v", err)
		}
	})
}

// TestExisting checks that a command beside the server makes and changes nothing.
func TestExisting(t *testing.T) {
	everywhere(t, func(t *testing.T, place store.Options) {
		place.Existing = true
		if _, err := store.Open(t.Context(), place); err == nil {
			t.Error("opened what is not there")
		}
		older := place
		older.Existing = false
		s, err := store.OpenAt(t.Context(), older, 1)
		must(t, err)
		defer s.Close()
		if _, err := store.Open(t.Context(), place); err == nil || !strings.Contains(err.Error(), "schema 1") {
			t.Errorf("an older database: %v", err)
		}
		open(t, older) // which brings it to the present schema
		open(t, place)
		place.Key = slices.Repeat([]byte{8}, 32)
		if _, err := store.Open(t.Context(), place); err == nil {
			t.Error("opened with another key")
		}
	})
}

// TestOtherKey checks that a server with other secrets is refused.
func TestOtherKey(t *testing.T) {
	everywhere(t, func(t *testing.T, place store.Options) {
		must(t, open(t, place).Audit().AppendEntry(t.Context(), entry("server.start")))
		place.Key = slices.Repeat([]byte{8}, 32)
		_, err := store.Open(t.Context(), place)
		if err == nil || !strings.Contains(err.Error(), store.ErrKey.Error()) {
			t.Errorf("opened: %v", err)
		}
	})
}

// TestTables checks that a backup has all tables.
func TestTables(t *testing.T) {
	s := open(t, sqlitePlace(t))
	there, err := s.Query(t.Context(), "SELECT name FROM sqlite_schema WHERE type = 'table'")
	must(t, err)
	want := append(store.BackedUp(), "schema_version", "sessions", "publication_uploads", "publication_writing", "jobs", "holders")
	slices.Sort(want)
	slices.Sort(there)
	if diff := cmp.Diff(want, there); diff != "" {
		t.Error(diff)
	}
}

func TestPlaces(t *testing.T) {
	for _, database := range []string{"file:", "mysql://x:secret@y", "covey.db", "postgres://u:secret@nowhere.invalid:x/y"} {
		_, err := store.Open(t.Context(), store.Options{Database: database, Dir: t.TempDir(), Key: key})
		if err == nil || strings.Contains(err.Error(), "secret") {
			t.Errorf("%q: %v", database, err)
		}
	}
	if _, err := store.Open(t.Context(), store.Options{Dir: t.TempDir(), Key: key[:31]}); err == nil {
		t.Error("a short key was taken")
	}
	place := sqlitePlace(t)
	place.Database = "file:other name?.db"
	must(t, open(t, place).Audit().AppendEntry(t.Context(), entry("server.start")))
	if _, err := os.Stat(filepath.Join(place.Dir, "other name?.db")); err != nil {
		t.Error(err)
	}
}
