package web

import (
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"io/fs"
	"mime"
	"path"
	"strings"

	"github.com/opencovey/covey/internal/fault"
)

//go:embed static
var staticFiles embed.FS

// static serves the files of the folder static, built from src and committed. Their
// addresses hold the hash of their content, so that browsers keep them for good.
type static struct {
	paths map[string]string // "app.css" -> "/static/app.1a2b3c4d.css"
	files map[string]*kept  // by the last part of the path
}

func newStatic() (*static, error) {
	s := &static{paths: map[string]string{}, files: map[string]*kept{}}
	entries, err := staticFiles.ReadDir("static")
	if err != nil {
		return nil, err
	}
	for _, e := range entries {
		data, err := fs.ReadFile(staticFiles, path.Join("static", e.Name()))
		if err != nil {
			return nil, fmt.Errorf("read static file: %w", err)
		}
		hash := sha256.Sum256(data)
		ending := path.Ext(e.Name())
		name := strings.TrimSuffix(e.Name(), ending) + "." + hex.EncodeToString(hash[:4]) + ending
		k := &kept{plain: data, etag: hex.EncodeToString(hash[:12]), header: map[string][]string{"Content-Type": {mime.TypeByExtension(ending)}}}
		if compressible(k.header.Get("Content-Type")) {
			k.zip = zipped(data)
		}
		s.paths[e.Name()], s.files[name] = "/static/"+name, k
	}
	return s, nil
}

// path returns the address of a file; it is an error if there is none.
func (s *static) path(name string) (string, error) {
	p, ok := s.paths[name]
	if !ok {
		return "", fmt.Errorf("there is no static file %q", name)
	}
	return p, nil
}

// serve answers with a file.
func (s *static) serve(x *Exchange) error {
	k := s.files[x.Path("name")]
	if k == nil {
		return fault.New(fault.NotFound, "fault.notfound")
	}
	x.W.Header().Set("Vary", "Accept-Encoding")
	x.server.sendKeptAs(x, k, "public, max-age=31536000, immutable")
	return nil
}
