package web

import (
	"io"
	"mime"
	"net/http"
	"time"
)

// Stored is a file that never changes under its address, as [Exchange.Content]
// gives it out.
type Stored struct {
	Name   string // that browsers save it under; "" leaves it to the address
	Type   string // media type
	Hash   string // of its content: the ETag
	Size   int64  // bytes
	Show   bool   // in the browser; otherwise it is saved
	Policy string // content security policy, of a page; "" allows nothing
	Cache  string // Cache-Control; "" means public, no-cache: keep it, and ask each time whether it still holds
}

// Content answers with a stored file: 304 to who has it, a part to who asks for a
// part, and compressed where that pays. The compressed form has an ETag of its own,
// since its bytes are others.
func (x *Exchange) Content(f Stored, content io.ReadSeeker) error {
	h := x.W.Header()
	h.Set("Content-Type", f.Type)
	disposition := "attachment"
	if f.Show {
		disposition = "inline"
	}
	if f.Name != "" {
		h.Set("Content-Disposition", mime.FormatMediaType(disposition, map[string]string{"filename": f.Name}))
	}
	policy := f.Policy
	if policy == "" {
		policy = "default-src 'none'; sandbox"
	}
	h.Set("Content-Security-Policy", policy+"; frame-ancestors 'none'")
	h.Set("Vary", "Accept-Encoding")
	h.Set("Cache-Control", "public, no-cache")
	if f.Cache != "" {
		h.Set("Cache-Control", f.Cache)
	}
	if x.R.Header.Get("Range") != "" || f.Size < leastZip || !takesGzip(x.R) || !compressible(f.Type) {
		x.answer.plain = true
		h.Set("ETag", `"`+f.Hash+`"`)
		http.ServeContent(x.W, x.R, "", time.Time{}, content)
		return nil
	}
	tag := `"` + f.Hash + `-gzip"`
	h.Set("ETag", tag)
	if matches(x.R.Header.Get("If-None-Match"), tag) {
		x.W.WriteHeader(http.StatusNotModified)
		return nil
	}
	_, err := io.Copy(x.W, content)
	return err
}
