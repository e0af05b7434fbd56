package seal_test

import (
	"bytes"
	"encoding/hex"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/iotest"

	"pgregory.net/rapid"

	"github.com/opencovey/covey/internal/seal"
)

func keysOf(t testing.TB, b byte) *seal.Keys {
	t.Helper()
	k, err := seal.New(bytes.Repeat([]byte{b}, seal.RootSize))
	if err != nil {
		t.Fatal(err)
	}
	return k
}

// TestDerived holds the derivation in place: what a server has sealed must open
// for ever. The values follow from RFC 5869 with the info that derive states.
func TestDerived(t *testing.T) {
	k := keysOf(t, 1)
	got := map[string][]byte{
		"database": k.Database(), "salt": k.Salt(), "audit": k.Auditor().Seed(),
	}
	f := k.Fingerprint("session", []byte("x"))
	got["fingerprint"] = f[:]
	for name, want := range map[string]string{
		"database":    "c902672d4fbfe9f1c83c3b60e6c83167dd88ce30245d52055cf8a0bd63a91619",
		"salt":        "b7a18768fd165435c927ca6c972c060dc65d0d84e65cc1d6a32f20e5e1b8a2ba",
		"audit":       "58d78189879ad1bbdd579ba6599fa4f066c88f1022ea8da15b1b1b95d587a546",
		"fingerprint": "fffdc725785b463c3953bad26c806bc93497162335f16e19af85789453619b82",
	} {
		if hex.EncodeToString(got[name]) != want {
			t.Errorf("%s: %x", name, got[name])
		}
	}
}

func TestSeal(t *testing.T) {
	k := keysOf(t, 1)
	rapid.Check(t, func(r *rapid.T) {
		purpose, id := rapid.StringN(0, 4, 8).Draw(r, "purpose"), rapid.StringN(0, 4, 8).Draw(r, "id")
		plain := rapid.SliceOf(rapid.Byte()).Draw(r, "plain")
		sealed := k.Seal(purpose, id, plain)
		if bytes.Equal(sealed, k.Seal(purpose, id, plain)) {
			r.Fatal("sealed twice in one way")
		}
		got, err := k.Open(purpose, id, sealed)
		if err != nil || !bytes.Equal(got, plain) {
			r.Fatalf("opened as %x, %v", got, err)
		}
		at := rapid.IntRange(0, len(sealed)-1).Draw(r, "at")
		altered := bytes.Clone(sealed)
		altered[at] ^= rapid.ByteMin(1).Draw(r, "by")
		for name, open := range map[string]func() ([]byte, error){
			"altered":         func() ([]byte, error) { return k.Open(purpose, id, altered) },
			"cut":             func() ([]byte, error) { return k.Open(purpose, id, sealed[:at]) },
			"another key":     func() ([]byte, error) { return keysOf(t, 2).Open(purpose, id, sealed) },
			"another purpose": func() ([]byte, error) { return k.Open(purpose+"x", id, sealed) },
			"another record":  func() ([]byte, error) { return k.Open(purpose, id+"x", sealed) },
			"moved letters":   func() ([]byte, error) { return k.Open(purpose+"x", id, k.Seal(purpose, "x"+id, plain)) },
		} {
			if _, err := open(); !errors.Is(err, seal.ErrOpen) {
				r.Fatalf("%s: %v", name, err)
			}
		}
	})
}

func TestFingerprint(t *testing.T) {
	k := keysOf(t, 1)
	same := k.Fingerprint("a", []byte("v"))
	if same != k.Fingerprint("a", []byte("v")) {
		t.Error("two fingerprints of one value")
	}
	for name, other := range map[string][32]byte{
		"value": k.Fingerprint("a", []byte("w")), "purpose": k.Fingerprint("b", []byte("v")), "key": keysOf(t, 2).Fingerprint("a", []byte("v")),
	} {
		if other == same {
			t.Errorf("one fingerprint for another %s", name)
		}
	}
}

func TestOpen(t *testing.T) {
	dir := t.TempDir()
	k, err := seal.Open(dir, nil)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, seal.File)
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Fatalf("mode %v, %v", info.Mode(), err)
	}
	again, err := seal.Open(dir, iotest.ErrReader(errors.New("nothing is to be drawn")))
	if err != nil || !bytes.Equal(k.Root(), again.Root()) {
		t.Fatalf("another key at the second start, %v", err)
	}
	if err := again.Save(dir); !errors.Is(err, fs.ErrExist) {
		t.Errorf("a key was replaced: %v", err)
	}
	if files, _ := os.ReadDir(dir); len(files) != 1 {
		t.Errorf("left %v", files)
	}
	other, err := seal.Open(t.TempDir(), nil)
	if err != nil || bytes.Equal(k.Root(), other.Root()) {
		t.Errorf("two servers have one key, %v", err)
	}
}

// TestOpenAtOnce starts several servers in one folder: they get one key.
func TestOpenAtOnce(t *testing.T) {
	dir := t.TempDir()
	roots := make(chan string, 8)
	var wait sync.WaitGroup
	for range cap(roots) {
		wait.Go(func() {
			k, err := seal.Open(dir, nil)
			if err != nil {
				t.Error(err)
				return
			}
			roots <- string(k.Root())
		})
	}
	wait.Wait()
	first := <-roots
	for range cap(roots) - 1 {
		if <-roots != first {
			t.Fatal("two keys in one folder")
		}
	}
}

func TestRefused(t *testing.T) {
	good := strings.Repeat("1f", seal.RootSize) + "\n"
	tests := []struct {
		name, text string
		mode       os.FileMode
		want       string // in the error; "" for none
	}{
		{"good", good, 0o600, ""},
		{"good, for reading", good, 0o400, ""},
		{"for the group", good, 0o640, "others may read"},
		{"for the world", good, 0o604, "others may read"},
		{"empty", "", 0o600, "0 bytes instead of 32"},
		{"short", good[:62], 0o600, "31 bytes instead of 32"},
		{"long", "00" + good, 0o600, "33 bytes instead of 32"},
		{"no digits", strings.Repeat("x", 64), 0o600, "hexadecimal"},
		{"zeros", strings.Repeat("0", 64), 0o600, "zeros"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			dir := t.TempDir()
			path := filepath.Join(dir, seal.File)
			if err := os.WriteFile(path, []byte(test.text), 0o600); err != nil {
				t.Fatal(err)
			}
			if err := os.Chmod(path, test.mode); err != nil {
				t.Fatal(err)
			}
			_, err := seal.Open(dir, nil)
			if (err == nil) != (test.want == "") || err != nil && !strings.Contains(err.Error(), test.want) {
				t.Errorf("error %v, want %q", err, test.want)
			}
			if err != nil && strings.Contains(err.Error(), good[:16]) {
				t.Errorf("the error shows the key: %v", err)
			}
		})
	}
	if _, err := seal.Read(t.TempDir()); err == nil {
		t.Error("a folder was read as a key")
	}
	if _, err := seal.Read(filepath.Join(t.TempDir(), "none")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("error %v", err)
	}
	if _, err := seal.Open(filepath.Join(t.TempDir(), "none"), nil); err == nil {
		t.Error("a key was made in a folder that is not there")
	}
	if _, err := seal.Open(t.TempDir(), iotest.ErrReader(errors.New("dry"))); err == nil {
		t.Error("a key was made of nothing")
	}
}

func FuzzRead(f *testing.F) {
	f.Add([]byte(strings.Repeat("1f", 32)))
	f.Fuzz(func(t *testing.T, text []byte) {
		path := filepath.Join(t.TempDir(), "key")
		if err := os.WriteFile(path, text, 0o600); err != nil {
			t.Fatal(err)
		}
		if k, err := seal.Read(path); err == nil && !strings.EqualFold(hex.EncodeToString(k.Root()), strings.TrimSpace(string(text))) {
			t.Error("another key than the file says")
		}
	})
}
