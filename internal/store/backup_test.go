package store_test

import (
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"filippo.io/age"
	"github.com/google/go-cmp/cmp"

	"github.com/opencovey/covey/internal/audit"
	"github.com/opencovey/covey/internal/directory"
	"github.com/opencovey/covey/internal/seal"
	"github.com/opencovey/covey/internal/store"
)

// content is everything that a backup has, but for what the restore itself adds.
func content(t *testing.T, s *store.Store) string {
	t.Helper()
	var b strings.Builder
	must(t, s.Dump(t.Context(), store.Newest, func(table string, columns []string, values []any) error {
		if table != "sessions" && table != "audit_head" {
			fmt.Fprintln(&b, table, columns, values)
		}
		return nil
	}))
	text := b.String()
	if i := strings.Index(text, "system  server.restore"); i >= 0 {
		begin := strings.LastIndexByte(text[:i], '\n')
		text = text[:begin+1] + text[i+strings.IndexByte(text[i:], '\n')+1:]
	}
	return text
}

// filled opens a database with something in every table.
func filled(t *testing.T, place store.Options) *store.Store {
	t.Helper()
	place.Now, place.Key = clock, storedKeys(t).Database()
	s := open(t, place)
	fill(t, s, store.Newest)
	return s
}

func backup(t *testing.T, s *store.Store, to age.Recipient) []byte {
	t.Helper()
	var b bytes.Buffer
	c, err := s.Backup(t.Context(), &b, storedKeys(t), to)
	must(t, err)
	if c.Rows != 17 || c.Schema != store.Newest || c.Made.IsZero() {
		t.Errorf("%+v", c)
	}
	return b.Bytes()
}

func pair(t testing.TB) (*age.X25519Identity, age.Recipient) {
	t.Helper()
	identity, err := age.GenerateX25519Identity()
	must(t, err)
	return identity, identity.Recipient()
}

// TestBackup restores backups of both databases into both.
func TestBackup(t *testing.T) {
	everywhere(t, func(t *testing.T, from store.Options) {
		s := filled(t, from)
		identity, recipient := pair(t)
		b := backup(t, s, recipient)
		if bytes.Contains(b, []byte("one@example.org")) {
			t.Error("the backup is not encrypted")
		}
		everywhere(t, func(t *testing.T, to store.Options) {
			_, err := store.Restore(t.Context(), bytes.NewReader(b), to, nil, identity)
			must(t, err)
			keys, err := seal.Open(to.Dir, nil)
			must(t, err)
			if !bytes.Equal(keys.Root(), storedKeys(t).Root()) {
				t.Fatal("another root key")
			}
			to.Key = keys.Database()
			restored := open(t, to)
			if diff := cmp.Diff(content(t, s), content(t, restored)); diff != "" {
				t.Error(diff)
			}
			list, err := restored.Audit().Entries(t.Context(), audit.Query{Limit: 1})
			if err != nil || list[0].Action != "server.restore" {
				t.Errorf("the log ends with %+v, %v", list, err)
			}
			must(t, restored.Audit().AppendEntry(t.Context(), entry("server.start")))
			_, err = store.Restore(t.Context(), bytes.NewReader(b), to, nil, identity)
			if err == nil || !strings.Contains(err.Error(), "empty") {
				t.Errorf("restored into a database that is in use: %v", err)
			}
			if v := verified(t, restored); v.Entries != storedEntries(store.Newest)+2 {
				t.Errorf("%d entries", v.Entries)
			}
		})
	})
}

// damaged makes what is wrong with a backup.
func damaged(t *testing.T, good []byte, identity age.Identity, recipient age.Recipient) map[string][]byte {
	t.Helper()
	flip := func(at int) []byte {
		b := bytes.Clone(good)
		b[at] ^= 1
		return b
	}
	_, stranger := pair(t)
	plain := decrypted(t, good, identity)
	lines := strings.SplitAfter(plain, "\n")
	made := func(text string) []byte { return encrypted(t, text, recipient) }
	replaced := func(old, new string) []byte {
		if !strings.Contains(plain, old) {
			t.Fatalf("there is no %s", old)
		}
		return made(strings.Replace(plain, old, new, 1))
	}
	return map[string][]byte{
		"nothing":          nil,
		"no backup":        []byte("PK\x03\x04 something else"),
		"cut in the head":  good[:100],
		"cut in the body":  good[:len(good)-200],
		"cut at the end":   good[:len(good)-1],
		"altered head":     flip(60),
		"altered body":     flip(len(good) / 2),
		"altered end":      flip(len(good) - 1),
		"longer":           append(bytes.Clone(good), 'x'),
		"another key":      encrypted(t, plain, stranger),
		"no last line":     made(strings.Join(lines[:len(lines)-2], "")),
		"a row missing":    made(strings.Join(append(lines[:5:5], lines[6:]...), "")),
		"more at the end":  made(plain + "[]\n"),
		"newer format":     replaced(`"version":1`, `"version":2`),
		"newer schema":     replaced(fmt.Sprintf(`"schema":%d`, store.Newest), fmt.Sprintf(`"schema":%d`, store.Newest+1)),
		"no schema":        replaced(fmt.Sprintf(`"schema":%d`, store.Newest), `"schema":0`),
		"a strange part":   replaced(`{"table":"organisations"`, `{"cloud":"organisations"`),
		"a strange table":  replaced(`{"table":"organisations"`, `{"table":"sqlite_schema"`),
		"a strange column": replaced(`"operator"`, `"(SELECT 1)"`),
		"a strange value":  replaced(`"o1","Haven",1`, `"o1","Haven",1.5`),
		"a wrong type":     replaced(`"o1","Haven",1`, `"o1","Haven","x"`),
		"a row twice":      replaced(`["o1"`, "[\"o1\",\"Haven\",0,0,1,1]\n[\"o1\""),
		"no reference":     replaced(`["u1","o1"`, `["u1","o9"`),
		"no totp":          made(strings.Replace(strings.Replace(plain, `"totp",`, "", 1), `{"bytes":"AAH/"},`, "", 1)),
		"no root key":      replaced(`"root":"`, `"root":"z`),
	}
}

func decrypted(t *testing.T, b []byte, identity age.Identity) string {
	t.Helper()
	r, err := age.Decrypt(bytes.NewReader(b), identity)
	must(t, err)
	z, err := gzip.NewReader(r)
	must(t, err)
	plain, err := io.ReadAll(z)
	must(t, err)
	return string(plain)
}

func encrypted(t *testing.T, plain string, to age.Recipient) []byte {
	t.Helper()
	var b bytes.Buffer
	w, err := age.Encrypt(&b, to)
	must(t, err)
	z := gzip.NewWriter(w)
	_, err = io.WriteString(z, plain)
	must(t, errors.Join(err, z.Close(), w.Close()))
	return b.Bytes()
}

// TestDamagedBackup restores backups with which something is wrong: each is an
// error and leaves nothing, so that a good one can be restored after all of them.
func TestDamagedBackup(t *testing.T) {
	identity, recipient := pair(t)
	good := backup(t, filled(t, sqlitePlace(t)), recipient)
	everywhere(t, func(t *testing.T, place store.Options) {
		for name, b := range damaged(t, good, identity, recipient) {
			_, err := store.Restore(t.Context(), bytes.NewReader(b), place, nil, identity)
			if err == nil {
				t.Fatalf("%s: restored", name)
			}
			left, err2 := os.ReadDir(place.Dir)
			if err2 != nil || len(left) > 0 {
				t.Fatalf("%s: left %v, %v after %v", name, left, err2, err)
			}
			if strings.Contains(err.Error(), "\n") {
				t.Errorf("%s: %v", name, err)
			}
		}
		_, err := store.Restore(t.Context(), bytes.NewReader(good), place, nil, identity)
		must(t, err)
	})
}

// TestRestoreBesideAnotherServer checks that secrets are never replaced.
func TestRestoreBesideAnotherServer(t *testing.T) {
	identity, recipient := pair(t)
	good := backup(t, filled(t, sqlitePlace(t)), recipient)
	place := sqlitePlace(t)
	keys, err := seal.Open(place.Dir, nil)
	must(t, err)
	_, err = store.Restore(t.Context(), bytes.NewReader(good), place, nil, identity)
	if err == nil || !strings.Contains(err.Error(), "another root key") {
		t.Errorf("restored: %v", err)
	}
	again, err := seal.Open(place.Dir, nil)
	if err != nil || !bytes.Equal(again.Root(), keys.Root()) {
		t.Errorf("the root key is another one: %v", err)
	}

	place = sqlitePlace(t)
	if _, err = store.Restore(t.Context(), bytes.NewReader(good), place, keys, identity); err == nil {
		t.Error("restored a server with another credential")
	}
	_, err = store.Restore(t.Context(), bytes.NewReader(good), place, storedKeys(t), identity)
	must(t, err)
	if _, err := os.Stat(filepath.Join(place.Dir, seal.File)); err == nil {
		t.Error("the root key was written although it is kept elsewhere")
	}
}

// TestBackupWhileWriting restores a backup that was made while others wrote: it is
// one moment, whole.
func TestBackupWhileWriting(t *testing.T) {
	everywhere(t, func(t *testing.T, place store.Options) {
		place.Key = storedKeys(t).Database()
		s := open(t, place)
		done := make(chan error, 1)
		begun := make(chan bool, 200)
		go func() {
			var err error
			for i := range 150 {
				id := fmt.Sprint("tool-", i)
				err = errors.Join(err, s.Tools().SaveTools(t.Context(), []directory.Tool{tool(id)}, []directory.Change{change(id, 1, "name")}, nil, entry("tool.add")))
				begun <- true
			}
			done <- err
		}()
		for range 20 {
			<-begun
		}
		identity, recipient := pair(t)
		var b bytes.Buffer
		_, err := s.Backup(t.Context(), &b, storedKeys(t), recipient)
		must(t, err)
		must(t, <-done)
		into := sqlitePlace(t)
		_, err = store.Restore(t.Context(), &b, into, nil, identity)
		must(t, err)
		into.Key = storedKeys(t).Database()
		restored := open(t, into)
		list, generation, err := restored.Tools().Tools(t.Context(), 0)
		must(t, err)
		v := verified(t, restored)
		if !v.Good() || len(list) < 20 || generation != int64(len(list)) || v.Entries != generation+1 {
			t.Errorf("%d tools, generation %d, %+v", len(list), generation, v)
		}
	})
}

// TestPassphrase restores what a passphrase closes.
func TestPassphrase(t *testing.T) {
	b := backup(t, filled(t, sqlitePlace(t)), closer(t))
	wrong, err := age.NewScryptIdentity("other words")
	must(t, err)
	place := sqlitePlace(t)
	_, err = store.Restore(t.Context(), bytes.NewReader(b), place, nil, wrong)
	if err == nil || !strings.Contains(err.Error(), "passphrase") {
		t.Errorf("restored: %v", err)
	}
	_, err = store.Restore(t.Context(), bytes.NewReader(b), place, nil, opener(t))
	must(t, err)
}

func FuzzRestore(f *testing.F) {
	f.Add([]byte(`{"covey":"backup","version":1,"schema":2,"made":"2026-11-22T10:00:00Z","root":"` + strings.Repeat("07", 32) + "\"}\n" +
		`{"table":"organisations","columns":["id","name","operator","disabled","created","version"]}` + "\n" +
		`["o1","Haven",1,0,1,1]` + "\n" + `{"end":true,"rows":1}` + "\n"))
	f.Add([]byte("{}\n[]\n"))
	f.Add([]byte("\n\n\n"))
	identity, err := age.GenerateX25519Identity()
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, plain []byte) {
		place := sqlitePlace(t)
		b := encrypted(t, string(plain), identity.Recipient())
		if _, err := store.Restore(t.Context(), bytes.NewReader(b), place, nil, identity); err != nil {
			if left, err := os.ReadDir(place.Dir); err != nil || len(left) > 0 {
				t.Errorf("left %v, %v", left, err)
			}
		}
	})
}
