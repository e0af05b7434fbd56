package web

import (
	"container/list"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"sync"
)

// kept is an answer that is the same for all strangers of a language.
type kept struct {
	key    string
	header http.Header
	etag   string
	plain  []byte
	zip    []byte // nil if it does not pay
}

func (k *kept) size() int64 {
	const rest = 1 << 10 // headers and bookkeeping, about
	return int64(len(k.plain) + len(k.zip) + len(k.key) + rest)
}

// shelf holds kept answers, those used last, up to a number of bytes.
type shelf struct {
	mu     sync.Mutex
	most   int64
	bytes  int64
	order  *list.List // of *kept, last used first
	byKey  map[string]*list.Element
	making map[string]chan struct{}
}

func newShelf(most int64) *shelf {
	return &shelf{most: most, order: list.New(), byKey: map[string]*list.Element{}, making: map[string]chan struct{}{}}
}

// get returns the answer of a key. If it is not there, either the caller is to make
// it and call done (wait is nil), or somebody does already and closes wait.
func (s *shelf) get(key string) (k *kept, wait chan struct{}) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if e := s.byKey[key]; e != nil {
		s.order.MoveToFront(e)
		return e.Value.(*kept), nil
	}
	if c := s.making[key]; c != nil {
		return nil, c
	}
	s.making[key] = make(chan struct{})
	return nil, nil
}

// done ends the making of an answer; k is nil if it is not to be kept.
func (s *shelf) done(key string, k *kept) {
	s.mu.Lock()
	defer s.mu.Unlock()
	close(s.making[key])
	delete(s.making, key)
	if k == nil || k.size() > s.most/8 {
		return
	}
	s.byKey[key] = s.order.PushFront(k)
	s.bytes += k.size()
	for s.bytes > s.most {
		last := s.order.Back()
		old := s.order.Remove(last).(*kept)
		delete(s.byKey, old.key)
		s.bytes -= old.size()
	}
}

// serveKept answers from the shelf, or makes the answer and puts it there.
func (s *Server) serveKept(x *Exchange) error {
	key := s.keepKey(x)
	k, wait := s.kept.get(key)
	if wait != nil {
		select {
		case <-wait:
		case <-x.Context().Done():
			return x.Context().Err()
		}
		if k, wait = s.kept.get(key); wait != nil {
			return s.handle(x) // made again by somebody else: it does not keep
		}
	}
	if k != nil {
		s.sendKept(x, k)
		return nil
	}
	defer func() { s.kept.done(key, k) }()
	if err := s.handle(x); err != nil {
		return err
	}
	if k = x.answer.keep(key); k != nil {
		s.sendKept(x, k)
	}
	return nil
}

// keepKey names an answer: by the state of what it shows, the day, the language and
// the address with its query in order.
func (s *Server) keepKey(x *Exchange) string {
	generation := int64(0)
	if x.room.Generation != nil {
		generation = x.room.Generation()
	}
	day := s.options.Now().Unix() / (24 * 60 * 60)
	return fmt.Sprintf("%d %d %s %s %q %s", generation, day, x.room.Name, x.printer.Code(), x.WantsPart(), canonical(x.R.URL.Path, x.Query(), ""))
}

// canonical returns an address with the parts of its query in order, and with the
// language lang in place of any that it asks for, or none.
func canonical(path string, query url.Values, lang string) string {
	q := make(url.Values, len(query)+1)
	for name, values := range query {
		if name != languageQuery {
			q[name] = values
		}
	}
	if lang != "" {
		q.Set(languageQuery, lang)
	}
	if len(q) == 0 {
		return path
	}
	return path + "?" + q.Encode()
}

// keep takes the answer if it can be kept: whole, good, and without a cookie that
// the handler set.
func (a *answer) keep(key string) *kept {
	if a.streaming() || (a.status != 0 && a.status != http.StatusOK) || len(a.Header()["Set-Cookie"]) != len(a.base["Set-Cookie"]) {
		return nil
	}
	k := &kept{key: key, header: http.Header{}, plain: append([]byte(nil), a.body.Bytes()...)}
	for name, values := range a.Header() {
		if name != "Set-Cookie" {
			k.header[name] = values
		}
	}
	hash := sha256.Sum256(k.plain)
	k.etag = hex.EncodeToString(hash[:12])
	if len(k.plain) >= leastZip && compressible(k.header.Get("Content-Type")) {
		k.zip = zipped(k.plain)
	}
	return k
}

// sendKept sends an answer of the shelf. Browsers may keep it, and ask each time
// whether it is still right.
func (s *Server) sendKept(x *Exchange, k *kept) { s.sendKeptAs(x, k, "public, no-cache") }

// sendKeptAs sends an answer, or says that the client has it.
func (s *Server) sendKeptAs(x *Exchange, k *kept, cacheControl string) {
	h := x.W.Header()
	for name, values := range k.header {
		h[name] = values
	}
	h.Set("Cache-Control", cacheControl)
	body, tag := k.plain, `"`+k.etag+`"`
	if k.zip != nil && takesGzip(x.R) {
		body, tag = k.zip, `"`+k.etag+`-gzip"`
		h.Set("Content-Encoding", "gzip")
	}
	h.Set("ETag", tag)
	if matches(x.R.Header.Get("If-None-Match"), tag) {
		x.answer.status = http.StatusNotModified
		h.Del("Content-Encoding")
		x.answer.send(nil)
		return
	}
	x.answer.status = http.StatusOK
	x.answer.send(body)
}

// matches tells whether a header If-None-Match names a tag.
func matches(header, tag string) bool {
	for part := range strings.SplitSeq(header, ",") {
		if part = strings.TrimSpace(part); part == "*" || strings.TrimPrefix(part, "W/") == tag {
			return true
		}
	}
	return false
}
