package table_test

import (
	"archive/zip"
	"bytes"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/opencovey/covey/table"
)

// write makes a file in a folder of the test.
func write(t testing.TB, name, content string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestOpenFile(t *testing.T) {
	text := "a,b\n" + strings.Repeat("1,2\n", 50000)
	packed := gz(text)
	for _, tt := range []struct {
		name, content, delimiter string
	}{
		{"cases.csv", text, ","},
		{"cases.csv.gz", packed, ","},
		{"packed.csv", packed, ","}, // whatever its name
		{"cases.txt", strings.ReplaceAll(text, ",", ";"), ";"},
		{"cases.psv", strings.ReplaceAll(text, ",", "|"), "|"},
		{"cases.tsv", strings.ReplaceAll(text, ",", "\t"), "\t"},
		{"cases.tsv.gz", gz(strings.ReplaceAll(text, ",", "\t")), "\t"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			f, err := table.OpenFile(write(t, tt.name, tt.content), table.Format{})
			if err != nil {
				t.Fatal(err)
			}
			done, total := f.Progress()
			if total != int64(len(tt.content)) || done == 0 || done > total {
				t.Errorf("progress after opening: %d of %d, want some of %d", done, total, len(tt.content))
			}
			tab, stats, err := table.Read(t.Context(), f, table.Schema{Fields: []table.Field{{Name: "a"}}}, table.Options{})
			if err != nil || stats.Rows != 50000 || tab.Len() != 1 || string(f.Delimiter) != tt.delimiter {
				t.Errorf("%+v, delimiter %q, %v", stats, f.Delimiter, err)
			}
			if done, total := f.Progress(); done != total {
				t.Errorf("progress at the end: %d of %d", done, total)
			}
			if err := f.Close(); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestOpenFileErrors(t *testing.T) {
	folder := t.TempDir()
	secret := write(t, "secret.csv", "a,b\n")
	if err := os.Chmod(secret, 0); err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		name, path, want string
		cause            error
	}{
		{"missing", filepath.Join(folder, "none.csv"), "none.csv: there is no such file", fs.ErrNotExist},
		{"folder", folder, "this is a folder", nil},
		{"name with code 0", "a\x00b", "the file cannot be opened: invalid argument", nil},
		{"workbook", write(t, "cases.csv", archive(t, "[Content_Types].xml", "xl/workbook.xml")), "an Excel workbook (.xlsx), not text with delimiters, whatever its name says", nil},
		{"workbook in another order", write(t, "cases.xlsx", archive(t, "docProps/app.xml")), "an Excel workbook (.xlsx), not text with delimiters", nil},
		{"OpenDocument", write(t, "cases.ods", archive(t, "mimetype")), "an OpenDocument spreadsheet (.ods)", nil},
		{"zip", write(t, "cases.csv", archive(t, "cases.csv")), "a zip archive", nil},
		{"old workbook", write(t, "cases.xls", "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"+strings.Repeat("\x00", 600)), "an Excel workbook of the old kind (.xls), or one with a password", nil},
		{"PDF", write(t, "cases.csv", "%PDF-1.7\n"), "a PDF document", nil},
		{"Parquet", write(t, "cases.csv", "PAR1\x15\x04"), "a Parquet file", nil},
		{"database", write(t, "cases.csv", "SQLite format 3\x00"), "a SQLite database", nil},
		{"web page", write(t, "cases.xls", "\ufeff\r\n <!DOCTYPE HTML>\n<table>"), "a web page", nil},
		{"XML", write(t, "cases.csv", `<?xml version="1.0"?>`), "an XML document", nil},
		{"xz", write(t, "cases.csv.xz", "\xfd7zXZ\x00"), "packed with xz", nil},
		{"packed workbook", write(t, "cases.gz", gz(archive(t, "xl/workbook.xml"))), "an Excel workbook", nil},
		{"binary", write(t, "cases.csv", "a,b\n\x01\x02\x00\x00\x00"), "code 0", nil},
	}
	if os.Getuid() != 0 { // root may read everything
		tests = append(tests, struct {
			name, path, want string
			cause            error
		}{"no permission", secret, "the file may not be read", fs.ErrPermission})
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			f, err := table.OpenFile(tt.path, table.Format{})
			if err == nil {
				_, err = allRows(f)
			}
			var in *table.InputError
			if !errors.As(err, &in) {
				t.Fatalf("error %v (%T)", err, err)
			}
			if !strings.Contains(err.Error(), tt.want) || strings.Count(err.Error(), filepath.Base(tt.path)) > 1 {
				t.Errorf("error %q, want %q in it, and the name once", err, tt.want)
			}
			if tt.cause != nil && !errors.Is(err, tt.cause) {
				t.Errorf("error %v is not %v", err, tt.cause)
			}
		})
	}
}

// archive packs empty files; one named mimetype says that it is OpenDocument.
func archive(t testing.TB, names ...string) string {
	t.Helper()
	var out bytes.Buffer
	w := zip.NewWriter(&out)
	for _, name := range names {
		f, err := w.CreateHeader(&zip.FileHeader{Name: name, Method: zip.Store})
		if err == nil && name == "mimetype" {
			_, err = io.WriteString(f, "application/vnd.oasis.opendocument.spreadsheet")
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

// A pipe has no size.
func TestOpenPipe(t *testing.T) {
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	go func() {
		_, _ = io.WriteString(w, "a,b\n1,2\n") // the reader reports what is missing
		_ = w.Close()
	}()
	f, err := table.OpenFile("/dev/fd/"+itoa(int(r.Fd())), table.Format{})
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	rows, err := allRows(f)
	if done, total := f.Progress(); err != nil || joinRows(rows) != "1|2" || done != 8 || total != 0 {
		t.Errorf("%q, %v, %d of %d", rows, err, done, total)
	}
}
