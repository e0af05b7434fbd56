package e2e_test

import (
	"bytes"
	"compress/gzip"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/opencovey/covey/e2e"
	"github.com/opencovey/covey/internal/testenv"
)

var contentPattern = regexp.MustCompile(`(id="content"[^>]*>)([^<]*)(<)`)

// testRefuses damages the file in several ways: each gets a message, never a number.
func testRefuses(t *testing.T, bundle, page string) {
	good, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	content := unzipContent(t, good)
	size, n := binary.Uvarint(content)
	header, rest := content[n:n+int(size)], content[n+int(size):]
	pack := func(header, rest []byte) []byte {
		var zipped bytes.Buffer
		w := gzip.NewWriter(&zipped)
		_, _ = w.Write(append(append(binary.AppendUvarint(nil, uint64(len(header))), header...), rest...))
		_ = w.Close()
		return contentPattern.ReplaceAll(good, []byte("${1}"+base64.StdEncoding.EncodeToString(zipped.Bytes())+"$3"))
	}
	cut := contentPattern.FindSubmatchIndex(good)
	middle := (cut[4] + cut[5]) / 2
	flipped := slices.Clone(good)
	flipped[middle] = map[bool]byte{true: 'B', false: 'A'}[flipped[middle] == 'A']
	browser := e2e.Start(t)
	for _, test := range []struct {
		name string
		file []byte
		want string
	}{
		{"one letter changed", flipped, "damaged"},
		{"cut off", append(slices.Clone(good[:middle]), good[cut[5]:]...), "damaged"},
		{"no base64", append(append(slices.Clone(good[:middle]), "!!"...), good[middle:]...), "damaged"},
		{"another version", pack(bytes.Replace(header, []byte(`"version":1`), []byte(`"version":2`), 1), rest), "does not know"},
		{"another format", pack(bytes.Replace(header, []byte("covey-explorer"), []byte("other-explorer"), 1), rest), "does not know"},
		{"fewer records", pack(bytes.Replace(header, []byte(`"records":20000`), []byte(`"records":19999`), 1), rest), "damaged"},
		{"a number more", pack(header, append(slices.Clone(rest), 1)), "damaged"},
		{"numbers missing", pack(header, rest[:len(rest)/2]), "damaged"},
	} {
		t.Run(test.name, func(t *testing.T) {
			name := filepath.Join(t.TempDir(), "explorer.html")
			if err := os.WriteFile(name, test.file, 0o644); err != nil {
				t.Fatal(err)
			}
			p := browser.Open(t, e2e.FileURL(t, name), e2e.Phone())
			got := e2e.Eval[string](p, `new Promise(done => { const look = n => document.querySelector("#refused") || n === 0 ? done(document.body.innerText) : setTimeout(look, 20, n - 1); look(200); })`)
			if !strings.Contains(got, test.want) || strings.Contains(got, "20,000") {
				t.Errorf("the page says %q", got)
			}
			for _, fault := range p.Faults() {
				t.Error(fault)
			}
		})
	}
	t.Run("foreign links", func(t *testing.T) {
		p := browser.Open(t, e2e.FileURL(t, page), e2e.Desktop())
		waitReady(t, p)
		for _, hash := range []string{"#r=000000000000&p=gender%3AFemale", "#p=gender%3AFemale", "#x"} {
			e2e.Eval[bool](p, `new Promise(done => { addEventListener("hashchange", () => setTimeout(() => done(true), 100), {once: true}); location.hash = `+strconv.Quote(hash)+`; })`)
			if got := e2e.Eval[string](p, `document.querySelector("#foreign")?.textContent ?? ""`); !strings.Contains(got, "another release") {
				t.Errorf("%s: the page says %q", hash, got)
			}
			if got := e2e.Eval[int](p, `document.querySelectorAll("button[aria-pressed=true]").length`); got != 0 {
				t.Errorf("%s: %d values are picked", hash, got)
			}
		}
		for _, state := range []string{"&p=gender%3ANobody", "&p=unknown%3A1", "&p=gender", "&view=nothing", "&a=unknown", "&lang=xx", "&p=gender%3A%25zz"} {
			goTo(t, p, state)
			if got := e2e.Eval[string](p, `document.querySelector("#foreign")?.textContent ?? ""`); !strings.Contains(got, "does not have") {
				t.Errorf("%s: the page says %q", state, got)
			}
		}
	})
	t.Run("nothing rare", func(t *testing.T) { checkNothingRare(t, bundle, header) })
}

func unzipContent(t *testing.T, page []byte) []byte {
	t.Helper()
	raw, err := base64.StdEncoding.DecodeString(string(contentPattern.FindSubmatch(page)[2]))
	if err != nil {
		t.Fatal(err)
	}
	zipped, err := gzip.NewReader(bytes.NewReader(raw))
	if err != nil {
		t.Fatal(err)
	}
	content, err := io.ReadAll(zipped)
	if err != nil {
		t.Fatal(err)
	}
	return content
}

// checkNothingRare looks in the only part of the content that holds texts for values that the codebook does not list, and for cells of the sensitive records that are in no
// file of the release.
func checkNothingRare(t *testing.T, bundle string, header []byte) {
	listed := map[string]bool{}
	for _, row := range readRows(t, bundle, "codebook.csv") {
		listed[row[0]+"\n"+row[5]] = true
	}
	var head struct {
		Columns []struct {
			Name   string
			Values []struct{ V string }
		}
	}
	if err := json.Unmarshal(header, &head); err != nil {
		t.Fatal(err)
	}
	values := 0
	for _, c := range head.Columns {
		for _, v := range c.Values {
			values++
			if !listed[c.Name+"\n"+v.V] {
				t.Errorf("column %s has the value %q, which the codebook does not", c.Name, v.V)
			}
		}
	}
	if values < 100 {
		t.Errorf("only %d values were looked at", values)
	}
	public, err := os.ReadFile(filepath.Join(bundle, "codebook.csv"))
	if err != nil {
		t.Fatal(err)
	}
	rare := 0
	for _, row := range readRows(t, filepath.Join(testenv.ModuleRoot(t), "examples"), "cases.csv") {
		for _, cell := range row {
			if quoted := strconv.Quote(cell); len(cell) > 1 && !bytes.Contains(public, []byte(cell)) {
				rare++
				if bytes.Contains(header, []byte(quoted)) {
					t.Fatalf("the page holds %s, which the codebook does not", quoted)
				}
			}
		}
	}
	if rare < 1000 {
		t.Errorf("only %d rare cells were looked for", rare)
	}
}
