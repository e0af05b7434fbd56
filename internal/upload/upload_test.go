package upload_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"testing/iotest"

	"pgregory.net/rapid"

	"github.com/opencovey/covey/internal/fault"
	"github.com/opencovey/covey/internal/upload"
)

func testKey() []byte { return bytes.Repeat([]byte{7}, upload.KeySize) }

// csvOf returns a table of about so many bytes.
func csvOf(n int) []byte {
	var b bytes.Buffer
	b.WriteString("a,b\n")
	for i := 0; b.Len() < n; i++ {
		fmt.Fprintf(&b, "canary-%d,%d\n", i, i*i)
	}
	return b.Bytes()[:max(n, 4)]
}

func TestRoundTrip(t *testing.T) {
	for _, size := range []int{4, 5, 65535, 65536, 65537, 131072, 200_001, 3_000_000} {
		t.Run(fmt.Sprint(size), func(t *testing.T) {
			dir, plain := t.TempDir(), csvOf(size)
			info, err := upload.Seal(dir, "u1", testKey(), iotest.HalfReader(bytes.NewReader(plain)), upload.Limits{Size: int64(size)})
			if err != nil || info != (upload.Info{Format: upload.CSV, Size: int64(size)}) {
				t.Fatal(info, err)
			}
			onDisk, err := os.ReadFile(filepath.Join(dir, "u1.sealed"))
			if err != nil || bytes.Contains(onDisk, []byte("canary")) || bytes.HasPrefix(onDisk, []byte("a,b")) {
				t.Fatal("plain text on the disk", err)
			}
			f, err := upload.Open(dir, "u1", testKey())
			if err != nil {
				t.Fatal(err)
			}
			defer f.Close()
			if err := iotest.TestReader(struct {
				io.Reader
				io.ReaderAt
			}{f, f}, plain); err != nil && size < 300_000 {
				t.Error(err)
			}
			part := make([]byte, 10)
			if size > 70_000 {
				if _, err := f.ReadAt(part, 65_531); err != nil || !bytes.Equal(part, plain[65_531:65_541]) {
					t.Error(err)
				}
			}
		})
	}
}

func TestTampering(t *testing.T) {
	dir, plain := t.TempDir(), csvOf(200_000)
	if _, err := upload.Seal(dir, "u1", testKey(), bytes.NewReader(plain), upload.Limits{}); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, "u1.sealed")
	good, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	const sealed = 65536 + 16
	swapped := append(append(append([]byte{}, good[sealed:2*sealed]...), good[:sealed]...), good[2*sealed:]...)
	for name, bad := range map[string][]byte{
		"a bit":         append(append([]byte{}, good[:100]...), append([]byte{good[100] ^ 1}, good[101:]...)...),
		"exchanged":     swapped,
		"cut at a seam": good[:2*sealed],
		"cut":           good[:len(good)-1],
		"longer":        append(append([]byte{}, good...), 0),
		"repeated":      append(append([]byte{}, good[:sealed]...), good...),
		"empty":         {},
	} {
		t.Run(name, func(t *testing.T) {
			if err := os.WriteFile(path, bad, 0o600); err != nil {
				t.Fatal(err)
			}
			f, err := upload.Open(dir, "u1", testKey())
			if err == nil {
				_, err = io.Copy(io.Discard, f)
				_ = f.Close()
			}
			if !errors.Is(err, upload.ErrDamaged) {
				t.Error(err)
			}
		})
	}
	if err := os.WriteFile(path, good, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := upload.Open(dir, "u1", bytes.Repeat([]byte{8}, upload.KeySize)); !errors.Is(err, upload.ErrDamaged) {
		t.Error("another key:", err)
	}
	if err := os.Rename(path, filepath.Join(dir, "u2.sealed")); err != nil {
		t.Fatal(err)
	}
	if _, err := upload.Open(dir, "u2", testKey()); !errors.Is(err, upload.ErrDamaged) {
		t.Error("under another ID:", err)
	}
}

// TestAttacks sends what must not be kept, and looks that nothing is left behind.
func TestAttacks(t *testing.T) {
	text := string(csvOf(300_000))
	cut := func(n int) io.Reader {
		return io.MultiReader(strings.NewReader(text[:n]), iotest.ErrReader(io.ErrUnexpectedEOF))
	}
	for name, c := range map[string]struct {
		r      io.Reader
		limits upload.Limits
		kind   fault.Kind
	}{
		"too large":               {strings.NewReader(text), upload.Limits{Bytes: 299_999}, fault.TooLarge},
		"endless":                 {endless{}, upload.Limits{Bytes: 5_000_000}, fault.TooLarge},
		"empty":                   {strings.NewReader(""), upload.Limits{}, fault.Invalid},
		"cut":                     {cut(100_000), upload.Limits{}, fault.Invalid},
		"cut at a seam":           {cut(131072), upload.Limits{}, fault.Invalid},
		"cut at once":             {cut(0), upload.Limits{}, fault.Invalid},
		"shorter than announced":  {strings.NewReader(text), upload.Limits{Size: 300_001}, fault.Invalid},
		"longer than announced":   {strings.NewReader(text), upload.Limits{Size: 299_999}, fault.Invalid},
		"gzip":                    {strings.NewReader("\x1f\x8b\x08 and so on"), upload.Limits{}, fault.Invalid},
		"PDF":                     {strings.NewReader("%PDF-1.7\n"), upload.Limits{}, fault.Invalid},
		"old Excel":               {strings.NewReader("\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1\x00\x00"), upload.Limits{}, fault.Invalid},
		"program":                 {strings.NewReader("\x7fELF\x02\x01\x01\x00"), upload.Limits{}, fault.Invalid},
		"page":                    {strings.NewReader("\n<!DOCTYPE html><html>"), upload.Limits{}, fault.Invalid},
		"picture":                 {strings.NewReader("\x89PNG\r\n\x1a\n\x00\x00"), upload.Limits{}, fault.Invalid},
		"zeros in a later part":   {strings.NewReader(text + "\x00"), upload.Limits{}, fault.Invalid},
		"JSON":                    {strings.NewReader(" [\n {\"a\": 1}]"), upload.Limits{}, fault.Invalid},
		"JSON in lines":           {strings.NewReader("{\"a\": 1}\n{\"a\": 2}\n"), upload.Limits{}, fault.Invalid},
		"UTF-16 without its mark": {strings.NewReader("a\x00,\x00b\x00\n\x00"), upload.Limits{}, fault.Invalid},
		"zip that is no workbook": {strings.NewReader(zipHead("manifest.json")), upload.Limits{}, fault.Invalid},
		"workbook where text is":  {strings.NewReader("PK\x03\x04"), upload.Limits{Formats: []upload.Format{upload.CSV}}, fault.Invalid},
		"no room for what's said": {strings.NewReader(text), upload.Limits{Free: 1 << 60}, fault.Unavailable},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			_, err := upload.Seal(dir, "u1", testKey(), c.r, c.limits)
			if fault.Of(err) != c.kind {
				t.Errorf("%v", err)
			}
			if entries, err := os.ReadDir(dir); err != nil || len(entries) > 0 {
				t.Errorf("left behind: %v %v", entries, err)
			}
		})
	}
}

// zipHead is how a zip archive with a first entry begins.
func zipHead(name string) string {
	return "PK\x03\x04" + strings.Repeat("\x00", 22) + string([]byte{byte(len(name)), 0, 0, 0}) + name
}

// TestArchives tells workbooks from bundles, whose zip archives begin alike, and says where a file belongs.
func TestArchives(t *testing.T) {
	records, bundles := []upload.Format(nil), []upload.Format{upload.Zip, upload.Tar}
	for _, c := range []struct {
		file   string
		format upload.Format
		says   string // where the other kind is taken
	}{
		{zipHead("[Content_Types].xml"), upload.XLSX, "fault.upload.bundle"},
		{zipHead("_rels/.rels"), upload.XLSX, "fault.upload.bundle"},
		{zipHead("xl/workbook.xml"), upload.XLSX, "fault.upload.bundle"},
		{"a,b\n1,2\n", upload.CSV, "fault.upload.bundle"},
		{"[a],{b}\n1,2\n", upload.CSV, "fault.upload.bundle"},
		{zipHead("manifest.json"), upload.Zip, "fault.upload.archive"},
		{zipHead("release/"), upload.Zip, "fault.upload.archive"},
		{"PK\x03\x04", upload.Zip, "fault.upload.archive"},
		{"\x1f\x8b\x08 and so on", upload.Tar, "fault.upload.archive"},
	} {
		here, there := records, bundles
		if c.format.Archive() {
			here, there = bundles, records
		}
		info, err := upload.Seal(t.TempDir(), "u1", testKey(), strings.NewReader(c.file), upload.Limits{Formats: here})
		if err != nil || info.Format != c.format {
			t.Errorf("%q is %q, want %q: %v", c.file, info.Format, c.format, err)
		}
		_, err = upload.Seal(t.TempDir(), "u1", testKey(), strings.NewReader(c.file), upload.Limits{Formats: there})
		if f, ok := errors.AsType[*fault.Error](err); !ok || f.Key != c.says {
			t.Errorf("%q in the other form: %v, want %s", c.file, err, c.says)
		}
	}
}

// endless never ends.
type endless struct{}

func (endless) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = 'a'
	}
	return len(p), nil
}

func TestFullDisk(t *testing.T) {
	_, err := upload.SealFull(t.TempDir(), "u1", testKey(), bytes.NewReader(csvOf(1_000_000)), 300_000, &os.PathError{Err: syscall.ENOSPC})
	if fault.Of(err) != fault.Unavailable {
		t.Error(err)
	}
	left := int64(1 << 40)
	shrinking := func() int64 { left /= 2; return left }
	_, err = upload.SealFree(t.TempDir(), "u1", testKey(), endless{}, upload.Limits{Bytes: 1 << 40}, shrinking)
	if fault.Of(err) != fault.Unavailable {
		t.Error("a disk that fills up while writing:", err)
	}
}

func TestTwice(t *testing.T) {
	dir := t.TempDir()
	for i := range 2 {
		_, err := upload.Seal(dir, "u1", testKey(), strings.NewReader("a,b\n"), upload.Limits{})
		if i == 1 && fault.Of(err) != fault.Conflict || i == 0 && err != nil {
			t.Error(i, err)
		}
	}
	for _, id := range []string{"", "..", "a/b", "A", "a.b"} {
		if _, err := upload.Seal(dir, id, testKey(), strings.NewReader("a,b\n"), upload.Limits{}); err == nil {
			t.Errorf("%q is an ID", id)
		}
	}
	if _, err := upload.Seal(dir, "u2", testKey()[:16], strings.NewReader("a,b\n"), upload.Limits{}); err == nil {
		t.Error("a short key")
	}
}

func TestSweep(t *testing.T) {
	dir := t.TempDir()
	for _, id := range []string{"u1", "u2", "u3"} {
		if _, err := upload.Seal(dir, id, testKey(), strings.NewReader("a,b\n"), upload.Limits{}); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(filepath.Join(dir, "u9.sealed.part"), []byte("half"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := upload.Erase(dir, "u3"); err != nil {
		t.Fatal(err)
	}
	if err := upload.Erase(dir, "u3"); err != nil {
		t.Fatal("erased twice:", err)
	}
	n, err := upload.Sweep(dir, func(id string) bool { return id == "u2" })
	entries, _ := os.ReadDir(dir)
	if err != nil || n != 2 || len(entries) != 1 || entries[0].Name() != "u2.sealed" {
		t.Error(n, err, entries)
	}
}

func TestReadAtAnywhere(t *testing.T) {
	dir, plain := t.TempDir(), csvOf(400_000)
	if _, err := upload.Seal(dir, "u1", testKey(), bytes.NewReader(plain), upload.Limits{}); err != nil {
		t.Fatal(err)
	}
	f, err := upload.Open(dir, "u1", testKey())
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	rapid.Check(t, func(t *rapid.T) {
		at, n := rapid.IntRange(0, len(plain)+5).Draw(t, "at"), rapid.IntRange(0, 200_000).Draw(t, "n")
		p := make([]byte, n)
		got, err := f.ReadAt(p, int64(at))
		want := plain[min(at, len(plain)):min(at+n, len(plain))]
		if !bytes.Equal(p[:got], want) || (err != nil) != (got < n) {
			t.Fatal(at, n, got, err)
		}
	})
}

// FuzzFormat feeds anything: it is kept as it is, or refused and not there.
func FuzzFormat(f *testing.F) {
	for _, s := range []string{"a,b\n1,2\n", "PK\x03\x04", "\xff\xfea\x00", "\x00", "<html>"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		dir := t.TempDir()
		_, err := upload.Seal(dir, "u1", testKey(), bytes.NewReader(b), upload.Limits{})
		if err != nil {
			if entries, _ := os.ReadDir(dir); len(entries) > 0 {
				t.Fatal("left behind", err)
			}
			return
		}
		in, err := upload.Open(dir, "u1", testKey())
		if err != nil {
			t.Fatal(err)
		}
		defer in.Close()
		if got, err := io.ReadAll(in); err != nil || !bytes.Equal(got, b) {
			t.Fatal(err)
		}
	})
}
