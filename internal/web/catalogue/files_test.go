package catalogue_test

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/opencovey/covey/explorer"
	"github.com/opencovey/covey/internal/web/webtest"
	"github.com/opencovey/covey/release"
)

func testFiles(t *testing.T, p *place) {
	for _, f := range p.latest.Files {
		t.Run(f.Name, func(t *testing.T) {
			path := "/data/harbour/3/files/" + f.Name
			w := p.Do(webtest.Case{Get: path})
			h := w.Header()
			if sum := sha256.Sum256(w.Body.Bytes()); w.Code != 200 || hex.EncodeToString(sum[:]) != f.SHA256 || h.Get("ETag") != `"`+f.SHA256+`"` {
				t.Errorf("status %d, ETag %s, hash %x", w.Code, h.Get("ETag"), sum)
			}
			for name, want := range map[string]string{
				"X-Content-Type-Options": "nosniff", "Access-Control-Allow-Origin": "*", "Cache-Control": "public, no-cache", "Accept-Ranges": "bytes", "Vary": "Accept-Encoding",
			} {
				if h.Get(name) != want {
					t.Errorf("%s: %q, want %q", name, h.Get(name), want)
				}
			}
			policy := h.Get("Content-Security-Policy")
			if !strings.HasPrefix(policy, "default-src 'none'") || !strings.Contains(policy, "sandbox") || strings.Contains(policy, "script-src") || !strings.Contains(policy, "frame-ancestors 'none'") {
				t.Errorf("policy %q", policy)
			}
			disposition := h.Get("Content-Disposition")
			if saved := f.Name != "codebook.html" && f.Name != "quality.html" && f.Name != "README.txt"; strings.HasPrefix(disposition, "attachment") != saved || !strings.Contains(disposition, "harbour-3-"+f.Name) {
				t.Errorf("disposition %q", disposition)
			}
			if w := p.Do(webtest.Case{Get: path, Header: map[string]string{"If-None-Match": h.Get("ETag")}}); w.Code != 304 || w.Body.Len() > 0 {
				t.Errorf("asked again: %d", w.Code)
			}
		})
	}
}

func testFileParts(t *testing.T, p *place) {
	path := "/data/harbour/3/files/synthetic.csv"
	whole, err := os.ReadFile(filepath.Join(p.bundle, release.SyntheticFile))
	if err != nil {
		t.Fatal(err)
	}
	zipped := map[string]string{"Accept-Encoding": "gzip"}
	w := p.Do(webtest.Case{Get: path, Header: zipped})
	tag := w.Header().Get("ETag")
	z, err := gzip.NewReader(w.Body)
	if err != nil || w.Header().Get("Content-Encoding") != "gzip" || !strings.HasSuffix(tag, `-gzip"`) || w.Header().Get("Accept-Ranges") != "" {
		t.Fatalf("%v %v", err, w.Header())
	}
	if got, err := io.ReadAll(z); err != nil || !bytes.Equal(got, whole) {
		t.Errorf("unzipped: %v, %d bytes", err, len(got))
	}
	if w := p.Do(webtest.Case{Get: path, Header: map[string]string{"Accept-Encoding": "gzip", "If-None-Match": tag}}); w.Code != 304 || w.Body.Len() > 0 {
		t.Errorf("zipped, asked again: %d", w.Code)
	}
	for name, test := range map[string]struct {
		header map[string]string
		status int
		want   []byte
	}{
		"beginning":               {map[string]string{"Range": "bytes=0-9"}, 206, whole[:10]},
		"middle, though zippable": {map[string]string{"Range": "bytes=100-2099", "Accept-Encoding": "gzip"}, 206, whole[100:2100]},
		"end":                     {map[string]string{"Range": "bytes=-5"}, 206, whole[len(whole)-5:]},
		"beyond":                  {map[string]string{"Range": "bytes=99999999-"}, 416, nil},
		"of another content":      {map[string]string{"Range": "bytes=0-9", "If-Range": `"other"`, "Accept-Encoding": "gzip"}, 200, whole},
	} {
		t.Run(name, func(t *testing.T) {
			w := p.Do(webtest.Case{Get: path, Header: test.header})
			if w.Code != test.status || w.Header().Get("Content-Encoding") != "" || test.want != nil && !bytes.Equal(w.Body.Bytes(), test.want) {
				t.Errorf("status %d, %d bytes, %v", w.Code, w.Body.Len(), w.Header())
			}
		})
	}
	p.Run(t, []webtest.Case{
		{Name: "withdrawn", Get: "/data/harbour/1/files/synthetic.csv", Status: 410, Appears: []string{"withdrawn"}, Never: never},
		{Name: "withdrawn explorer", Get: "/data/harbour/1/files/explorer", Status: 410, Never: never},
		{Name: "no such file", Get: "/data/harbour/3/files/private.csv", Status: 404, Never: never},
		{Name: "up", Get: "/data/harbour/3/files/..%2f..%2froot.key", Status: 404, Never: never},
		{Name: "hidden number", Get: "/data/harbour/0/files/synthetic.csv", Status: 404, Never: never},
		{Name: "of what was never published", Get: "/data/unborn/0/files/synthetic.csv", Status: 404, Never: never},
	})
	for _, name := range append(release.BundleFiles(), release.ManifestFile) {
		body := p.Do(webtest.Case{Get: "/data/harbour/3/files/" + name}).Body.String()
		for _, canary := range []string{rareValue, "1237", "1,237"} {
			if name != release.ExplorerFile && strings.Contains(strings.ReplaceAll(body, p.latest.Files[0].SHA256, ""), canary) && !hashHas(p, canary) {
				t.Errorf("%s holds %s", name, canary)
			}
		}
	}
}

// hashHas tells whether a canary of digits is a part of a hash by chance.
func hashHas(p *place, canary string) bool {
	for _, f := range p.latest.Files {
		if strings.Contains(f.SHA256, canary) {
			return true
		}
	}
	return false
}

func testExplorer(t *testing.T, p *place) {
	w := p.Do(webtest.Case{Get: "/data/harbour/3/files/explorer"})
	if policy := w.Header().Get("Content-Security-Policy"); w.Code != 200 || policy != explorer.Policy()+"; frame-ancestors 'none'" || w.Header().Get("Content-Disposition") != "" {
		t.Fatalf("%d %v", w.Code, w.Header())
	}
	page, err := explorer.ReadPage(w.Body.Bytes())
	if err != nil {
		t.Fatal(err)
	}
	b, err := release.Open(p.bundle)
	if err != nil {
		t.Fatal(err)
	}
	if likeness, err := page.Compare(b.Explorer()); err != nil || likeness != explorer.Same {
		t.Errorf("the page is not that of the release: %v %v", likeness, err)
	}
	if w := p.Do(webtest.Case{Get: "/data/harbour/3/files/explorer", Header: map[string]string{"If-None-Match": w.Header().Get("ETag")}}); w.Code != 304 {
		t.Errorf("asked again: %d", w.Code)
	}
}
