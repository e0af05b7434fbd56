package app_test

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"compress/flate"
	"compress/gzip"
	"fmt"
	"hash/crc32"
	"io"
	"io/fs"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/opencovey/covey/internal/app"
	"github.com/opencovey/covey/internal/testenv"
)

// zipped is a zip archive of names and contents in turn.
func zipped(t *testing.T, pairs ...string) string {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for i := 0; i+1 < len(pairs); i += 2 {
		w, err := z.Create(pairs[i])
		if err == nil {
			_, err = io.WriteString(w, pairs[i+1])
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// noise cannot be compressed.
func noise(n int) []byte {
	b := make([]byte, n)
	_, _ = rand.NewChaCha8([32]byte{1}).Read(b) // never fails
	return b
}

// deflated is a piece of compressed text that refers to nothing before it, so that it can be put anywhere, and again and again.
func deflated(t *testing.T, text string) []byte {
	t.Helper()
	var b bytes.Buffer
	f, err := flate.NewWriter(&b, flate.BestCompression)
	if err == nil {
		_, err = io.WriteString(f, text)
	}
	if err == nil {
		err = f.Flush()
	}
	if err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// bomb is a zip archive whose entry begins with a text and unpacks to so many letters, or says that it unpacks to fewer. Other entries come before it.
func bomb(t *testing.T, name, begin string, size, claimed uint64, pairs ...string) string {
	t.Helper()
	letters := strings.Repeat("a", 1<<20)
	n := int(size >> 20)
	content := append(deflated(t, begin), bytes.Repeat(deflated(t, letters), n)...)
	content = append(content, 3, 0) // an empty last block
	sum := crc32.NewIEEE()
	_, _ = io.WriteString(sum, begin) // never fails
	for range n {
		_, _ = io.WriteString(sum, letters)
	}
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for i := 0; i+1 < len(pairs); i += 2 {
		w, err := z.Create(pairs[i])
		if err == nil {
			_, err = io.WriteString(w, pairs[i+1])
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	w, err := z.CreateRaw(&zip.FileHeader{
		Name: name, Method: zip.Deflate, CRC32: sum.Sum32(), CompressedSize64: uint64(len(content)), UncompressedSize64: claimed,
	})
	if err == nil {
		_, err = w.Write(content)
	}
	if err == nil {
		err = z.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// symlinked is a zip archive with a link in it.
func symlinked(t *testing.T) string {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	h := &zip.FileHeader{Name: "manifest.json"}
	h.SetMode(fs.ModeSymlink | 0o777)
	w, err := z.CreateHeader(h)
	if err == nil {
		_, err = io.WriteString(w, "/etc/passwd")
	}
	if err == nil {
		err = z.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// tarred is a packed tar archive of one entry.
func tarred(t *testing.T, h *tar.Header, content string) string {
	t.Helper()
	var b bytes.Buffer
	packed := gzip.NewWriter(&b)
	w := tar.NewWriter(packed)
	h.Size = int64(len(content))
	err := w.WriteHeader(h)
	if err == nil {
		_, err = io.WriteString(w, content)
	}
	if err == nil {
		err = w.Close()
	}
	if err == nil {
		err = packed.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// TestHostileBundles sends archives that are taken for bundles and are none: the run says what to do, and nothing is left of them.
func TestHostileBundles(t *testing.T) {
	testenv.NotRaces(t)
	q := newQuay(t, app.Options{})
	empty := q.trace()
	many := 100_000
	if testenv.Long() {
		many = 1_000_000
	}
	entries := make([]string, 0, 2*many)
	for i := range many {
		entries = append(entries, fmt.Sprintf("%s-%d", canary, i), "")
	}
	whole := zipped(t, "manifest.json", canary, "README.txt", string(noise(100_000)))
	for what, file := range map[string]string{
		"a bomb":                   bomb(t, "README.txt", "", 3<<30, 3<<30, "manifest.json", canary),
		"a bomb that lies":         bomb(t, "README.txt", "", 3<<30, 1000, "manifest.json", canary),
		"names upwards":            zipped(t, "../../manifest.json", canary),
		"upwards in a folder":      zipped(t, "release/../../README.txt", canary),
		"absolute names":           zipped(t, "/tmp/"+canary, canary),
		"names of Windows":         zipped(t, "..\\..\\"+canary, canary),
		"a name twice":             zipped(t, "manifest.json", canary, "manifest.json", canary),
		"a name twice in a folder": zipped(t, "a/manifest.json", canary, "a/manifest.json", canary),
		"other files":              zipped(t, "manifest.json", canary, canary+".csv", canary),
		"a link":                   symlinked(t),
		"a link in a tar":          tarred(t, &tar.Header{Name: "manifest.json", Typeflag: tar.TypeSymlink, Linkname: "/etc/passwd"}, ""),
		"a device in a tar":        tarred(t, &tar.Header{Name: "manifest.json", Typeflag: tar.TypeChar}, ""),
		"upwards in a tar":         tarred(t, &tar.Header{Name: "../" + canary, Mode: 0o600, Typeflag: tar.TypeReg}, canary),
		"very many entries":        zipped(t, entries...),
		"cut off":                  whole[:len(whole)/2],
		"cut off at its end":       whole[:len(whole)-30],
		"a damaged tar":            "\x1f\x8b\x08" + canary,
		"files are missing":        whole,
	} {
		r := q.send(q.steward, q.bundle(what, canary+".zip", file))
		if r.status != 303 {
			q.says(what, r, 303, "")
			continue
		}
		q.until(what, func() bool { return !strings.Contains(q.steward.get(r.to).is(200).body, "data-poll") })
		q.says(what, reply{q.steward.status, "", q.steward.body}, 200, "The archive is not taken. Pack the folder of the release anew")
		if strings.Contains(q.steward.body, canary) {
			t.Errorf("%s: the page holds what was in it", what)
		}
		q.until(what+" leaves nothing behind", func() bool { // the run says that it failed, and then its files go
			return strings.ReplaceAll(q.trace(), "upload erased false false\n", "") == strings.Replace(empty, "0 runs", "1 runs", 1)
		})
		q.steward.post(r.to+"/delete", "meant", "yes").is(303)
	}
	if left := strings.ReplaceAll(q.trace(), "upload erased false false\n", ""); left != empty {
		t.Errorf("left behind:\n%s", left)
	}
}

// TestHostileTables sends files that begin like tables, and are none: whoever begins a draft is told what is wrong, and nothing but the file is
// left, until it is erased.
func TestHostileTables(t *testing.T) {
	testenv.NotRaces(t)
	q := newQuay(t, app.Options{})
	empty := q.trace()
	table := cases(100_000)
	book := func(sheet string) []string {
		return []string{
			"[Content_Types].xml", `<Types/>`,
			"xl/workbook.xml", `<workbook xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"><sheets><sheet name="` + canary + `" sheetId="1" r:id="rId1"/></sheets></workbook>`,
			"xl/_rels/workbook.xml.rels", `<Relationships><Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet" Target="worksheets/sheet1.xml"/><Relationship Id="rId2" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/sharedStrings" Target="sharedStrings.xml"/></Relationships>`,
			"xl/worksheets/sheet1.xml", sheet,
		}
	}
	rows := `<worksheet><sheetData><row r="1"><c r="A1" t="inlineStr"><is><t>name</t></is></c></row><row r="2"><c r="A2" t="inlineStr"><is><t>` + canary + `</t></is></c></row></sheetData></worksheet>`
	shared := strings.Replace(rows, `t="inlineStr"><is><t>`+canary+`</t></is>`, `t="s"><v>0</v>`, 1)
	whole := zipped(t, book(rows)...)
	for what, c := range map[string]struct{ file, says string }{
		"cut off in a quoted field": {"name,story\n1," + canary + "\n2,\"" + canary + " and then", "row 3"},
		"no row":                    {"gender,country\n", "no row"},
		"rows of other lengths":     {table + canary + "\n", ""},
		"a workbook that is cut":    {whole[:len(whole)-30], ""},
		"a workbook of nothing":     {zipped(t, "[Content_Types].xml", canary), ""},
		"a workbook without a row":  {zipped(t, book(`<worksheet><sheetData><row r="1"><c r="A1" t="inlineStr"><is><t>name</t></is></c></row></sheetData></worksheet>`)...), "no row"},
		"a bomb":                    {bomb(t, "xl/sharedStrings.xml", "<sst><si><t>", 2<<30, 2<<30, book(shared)...), "unpacks to more than the limit"},
		"a sheet that is a bomb":    {bomb(t, "xl/worksheets/sheet1.xml", strings.Replace(rows, canary, "", 1)[:100], 2<<30, 1000, book(rows)[:6]...), ""},
	} {
		q.says(what, q.send(q.steward, q.records(what, "a.csv", c.file)), 303, "")
		held := q.trace()
		q.steward.get(q.set).is(200)
		q.steward.post(q.set+"/draft", "upload", q.steward.field("upload"), "title", "x")
		q.says(what, reply{q.steward.status, "", q.steward.body}, 422, "The file cannot be read")
		if !strings.Contains(q.steward.body, c.says) || strings.Contains(q.steward.body, canary) {
			t.Errorf("%s: want %q, and nothing of the file\n%s", what, c.says, mainOf(q.steward.body))
		}
		q.same(what, held)
		q.eraseAll()
		if left := strings.ReplaceAll(q.trace(), "upload erased false false\n", ""); left != empty {
			t.Errorf("%s leaves something behind:\n%s", what, left)
		}
	}
}
