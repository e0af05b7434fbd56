package catalogue

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/opencovey/covey/explorer"
	"github.com/opencovey/covey/internal/web"
	"github.com/opencovey/covey/release"
)

// fileOrder is how files are listed: what most people want comes first.
var fileOrder = [...]string{
	release.SyntheticFile, release.AggregatesFile, release.CodebookFile, release.CodebookPage, release.QualityPage, release.QualityFile,
	release.ExplorerFile, release.DataPackageFile, release.ManifestFile, release.ReadmeFile,
}

func fileRank(name string) int {
	if i := slices.Index(fileOrder[:], name); i >= 0 {
		return i
	}
	return len(fileOrder)
}

// fileKey is the part of a key that stands for a file. Bundles hold no others.
func fileKey(name string) string {
	if !slices.Contains(fileOrder[:], name) {
		return "other"
	}
	return strings.ToLower(strings.ReplaceAll(name, ".", "-"))
}

// shown tells whether browsers show a file. The explorer in the bundle may hold
// another program than ours: it is saved, and ours is shown at an address of its own.
func shown(name string) bool {
	return name == release.CodebookPage || name == release.QualityPage || name == release.ReadmeFile
}

// filePolicy lets the pages of a bundle have their style, and nothing else: scripts,
// forms and pictures of other servers in one that was made elsewhere stay dead.
const filePolicy = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; sandbox"

// mediaType is that of a file of a bundle.
func mediaType(name string) string {
	switch {
	case strings.HasSuffix(name, ".csv"):
		return "text/csv; charset=utf-8"
	case strings.HasSuffix(name, ".json"):
		return "application/json"
	case strings.HasSuffix(name, ".html"):
		return "text/html; charset=utf-8"
	case strings.HasSuffix(name, ".txt"):
		return "text/plain; charset=utf-8"
	}
	return "application/octet-stream"
}

// open lets every site read an answer: it is public, and no cookie changes it.
func open(x *web.Exchange) {
	x.W.Header().Set("Access-Control-Allow-Origin", "*")
	x.W.Header().Set("Cross-Origin-Resource-Policy", "cross-origin")
}

// file answers with a file of a release. It never changes, but the release may be
// withdrawn: so caches keep it and ask each time.
func (r *room) file(x *web.Exchange) error {
	h, err := r.find(x.Context(), x.Path("dataset"), x.Path("number"))
	if err != nil {
		return err
	}
	f, content, err := r.service.OpenPublic(x.Context(), h.dataset.ID, h.release.Number, x.Path("name"))
	if err != nil {
		return err
	}
	defer content.Close()
	open(x)
	stored := web.Stored{
		Name: fmt.Sprintf("%s-%d-%s", h.dataset.ID, h.release.Number, f.Name), Type: mediaType(f.Name), Hash: f.SHA256, Size: f.Bytes, Show: shown(f.Name),
	}
	if strings.HasSuffix(f.Name, ".html") {
		stored.Policy = filePolicy
		x.W.Header().Set("X-Robots-Tag", "noindex") // the page of the release is what people should find
	}
	return x.Content(stored, content)
}

// explorerName is the last part of the address of the explorer.
const explorerName = "explorer"

// explorer answers with the explorer of a release: the program of this version, with
// the content of the release and its story.
func (r *room) explorer(x *web.Exchange) error {
	h, err := r.published(x.Context(), x.Path("dataset"), x.Path("number"))
	if err != nil {
		return err
	}
	page, err := r.explorers.get(h.release.Manifest, func() ([]byte, error) {
		b, err := r.service.OpenBundle(x.Context(), h.dataset.ID, h.release.Number)
		if err != nil {
			return nil, err
		}
		return explorerPage(b)
	})
	if err != nil {
		return err
	}
	return x.Content(web.Stored{
		Type: "text/html; charset=utf-8", Hash: page.hash, Size: int64(len(page.text)), Show: true, Policy: explorer.Policy(),
	}, bytes.NewReader(page.text))
}

// explorerPage makes the page of a bundle, with the story that its own page has.
func explorerPage(b *release.Bundle) ([]byte, error) {
	data := b.Explorer()
	text, err := b.ReadExplorer()
	if err != nil {
		return nil, err
	}
	// A page that was made by a program we do not know may not be readable; the story is all that is lost.
	if own, err := explorer.ReadPage(text); err == nil && own.Story != nil {
		if story, moved, err := own.Story.Fit(data.About, data.Columns); err == nil && moved == 0 {
			data.Story = story
		}
	}
	var out bytes.Buffer
	if err := explorer.Write(&out, data); err != nil {
		return nil, err
	}
	return out.Bytes(), nil
}

// explorers keeps pages that were made, those used last, up to a number of bytes.
// One is made at a time, since it takes the memory of a whole release.
type explorers struct {
	most   int
	making sync.Mutex
	mu     sync.Mutex
	pages  []explorerKept // used last comes first
}

// explorerKept is a page that was made.
type explorerKept struct {
	manifest, hash string
	text           []byte
}

// get returns the page of a release, which make makes if it is not there.
func (e *explorers) get(manifest string, make func() ([]byte, error)) (explorerKept, error) {
	if page, ok := e.kept(manifest); ok {
		return page, nil
	}
	e.making.Lock()
	defer e.making.Unlock()
	if page, ok := e.kept(manifest); ok {
		return page, nil
	}
	text, err := make()
	if err != nil {
		return explorerKept{}, fmt.Errorf("make explorer: %w", err)
	}
	hash := sha256.Sum256(text)
	page := explorerKept{manifest, hex.EncodeToString(hash[:]), text}
	e.mu.Lock()
	defer e.mu.Unlock()
	e.pages = slices.Insert(e.pages, 0, page)
	for total, i := 0, 0; i < len(e.pages); i++ {
		if total += len(e.pages[i].text); total > e.most && i > 0 {
			e.pages = slices.Delete(e.pages, i, len(e.pages))
		}
	}
	return page, nil
}

// kept returns a page that is there.
func (e *explorers) kept(manifest string) (explorerKept, bool) {
	e.mu.Lock()
	defer e.mu.Unlock()
	i := slices.IndexFunc(e.pages, func(k explorerKept) bool { return k.manifest == manifest })
	if i < 0 {
		return explorerKept{}, false
	}
	k := e.pages[i]
	e.pages = slices.Insert(slices.Delete(e.pages, i, i+1), 0, k)
	return k, true
}
