package prepare_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"log/slog"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/opencovey/covey/internal/account"
	"github.com/opencovey/covey/internal/publication"
	"github.com/opencovey/covey/internal/publication/work"
	"github.com/opencovey/covey/internal/seal"
	"github.com/opencovey/covey/internal/store"
	"github.com/opencovey/covey/internal/web"
	"github.com/opencovey/covey/internal/web/prepare"
	"github.com/opencovey/covey/internal/web/webtest"
)

// TestMain lets the test binary be the worker, as the program is.
func TestMain(m *testing.M) {
	if len(os.Args) == 2 && os.Args[1] == "worker" {
		os.Exit(work.Main(context.Background(), os.Stdin, os.Stdout))
	}
	os.Exit(m.Run())
}

// foreign is the session of a steward and approver of another organisation.
const foreign = "foreign"

// canaries must appear in the steward's own view alone: a rare value and the exact number of people.
const (
	rareValue = "Zanzibarrarevalue"
	exactN    = 1237
)

// hostile is markup where the file has names and values.
const hostile = `<script>alert(1)</script>`

// casesCSV has exactN people; the rare value is that of three.
func casesCSV() string {
	var b strings.Builder
	b.WriteString("gender,ageBroad,country,isForcedLabour,note,\"" + hostile + "\"\n")
	for i := range exactN {
		note := ""
		if i < 3 {
			note = rareValue
		}
		fmt.Fprintf(&b, "%s,%s,%s,%s,%s,%s\n", []string{"Female", "Female", "Male"}[i%3], []string{"0--8", "9--17", "18+"}[i/3%3],
			[]string{"KEN", "UGA", "TZA", "MWI"}[i/9%4], []string{"1", ""}[i/36%2], note, []string{"<img src=x onerror=a()>", "b"}[i%2])
	}
	return b.String()
}

// place is a server with the room, and what it logs.
type place struct {
	*webtest.Site
	service *publication.Service
	log     *lockedBuffer
}

type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (b *lockedBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.Write(p)
}

func (b *lockedBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.String()
}

func sessions(ctx context.Context, token string) (web.Session, error) {
	if token == foreign {
		return web.Session{Name: "Test foreign", Actor: account.Actor{
			User: "user-foreign", Organisation: "beta", Roles: []account.Role{account.Steward, account.Approver}, Strong: true,
		}}, nil
	}
	return webtest.Sessions(ctx, token)
}

func open(t testing.TB) *place {
	t.Helper()
	p := &place{log: &lockedBuffer{}}
	dir := t.TempDir()
	keys, err := seal.New(bytes.Repeat([]byte{5}, seal.RootSize))
	if err != nil {
		t.Fatal(err)
	}
	s, err := store.Open(t.Context(), store.Options{Dir: dir, Key: keys.Database()})
	if err != nil {
		t.Fatal(err)
	}
	log := slog.New(slog.NewTextHandler(p.log, nil))
	p.service, err = publication.NewService(s.Publications(), publication.Options{
		Dir: dir, Instance: "here", Keys: keys, Jobs: s.Jobs(), Worker: []string{os.Args[0], "worker"}, Software: "covey test", FreeDisk: 1, MaxUpload: 1 << 20, Log: log,
	})
	if err == nil {
		err = p.service.Open(t.Context())
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = p.service.Close()
		_ = s.Close()
	})
	p.Site = webtest.New(t, web.Options{
		Rooms: []web.Room{prepare.New(prepare.Options{Service: p.service, Patience: time.Minute})}, Sessions: sessions, Log: log, Public: "https://covey.example",
	})
	return p
}

// send posts a form with files.
func (p *place) send(t testing.TB, as, path string, fields [][2]string, name, file string, header map[string]string) *httptest.ResponseRecorder {
	t.Helper()
	return p.sendField(t, as, path, fields, "file", name, file, header)
}

func (p *place) sendField(t testing.TB, as, path string, fields [][2]string, field, name, file string, header map[string]string) *httptest.ResponseRecorder {
	t.Helper()
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	for _, f := range fields {
		if err := form.WriteField(f[0], f[1]); err != nil {
			t.Fatal(err)
		}
	}
	if name != "" {
		part, err := form.CreateFormFile(field, name)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.WriteString(part, file); err != nil {
			t.Fatal(err)
		}
	}
	if err := form.Close(); err != nil {
		t.Fatal(err)
	}
	r := httptest.NewRequest(http.MethodPost, path, &body)
	r.Header.Set("Content-Type", form.FormDataContentType())
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	for k, v := range header {
		r.Header.Set(k, v)
	}
	r.AddCookie(&http.Cookie{Name: "covey-session", Value: as})
	r.AddCookie(&http.Cookie{Name: "__Host-covey-session", Value: as})
	w := httptest.NewRecorder()
	p.Server.ServeHTTP(w, r)
	return w
}

// post posts a form as somebody and returns where the answer leads.
func (p *place) post(t testing.TB, as, path string, form url.Values) string {
	t.Helper()
	w := p.Do(webtest.Case{As: as, Post: path, Form: form})
	if w.Code != http.StatusSeeOther {
		t.Fatalf("post %s: status %d\n%s", path, w.Code, w.Body)
	}
	return w.Header().Get("Location")
}

// page gets a page as somebody, and checks it.
func (p *place) page(t testing.TB, as, path string) string {
	t.Helper()
	w := p.Do(webtest.Case{As: as, Get: path})
	if w.Code != http.StatusOK {
		t.Fatalf("get %s: status %d\n%s", path, w.Code, w.Body)
	}
	if w.Header().Get("Cache-Control") != "no-store" {
		t.Errorf("get %s: may be stored", path)
	}
	body := w.Body.String()
	if strings.HasPrefix(w.Header().Get("Content-Type"), "text/html") && !strings.Contains(path, "/files/") && !strings.Contains(path, "/private/") {
		for _, f := range webtest.Faults(body) {
			t.Errorf("page %s: %s", path, f)
		}
		if strings.Contains(body, hostile) || strings.Contains(body, "<img src=x") {
			t.Errorf("page %s holds markup of the file", path)
		}
	}
	return body
}

func between(s, before, after string) string {
	_, s, _ = strings.Cut(s, before)
	s, _, _ = strings.Cut(s, after)
	return s
}

// dataset makes a data set with an upload and a draft, and returns their addresses.
func (p *place) dataset(t testing.TB) (set, draft string) {
	t.Helper()
	return p.datasetOf(t, casesCSV())
}

func (p *place) datasetOf(t testing.TB, records string) (set, draft string) {
	t.Helper()
	set = p.post(t, webtest.Steward, "/prepare/new/dataset", url.Values{"title": {"Cases " + hostile}, "licence": {"CC-BY-4.0"}})
	page := p.page(t, webtest.Steward, set)
	w := p.send(t, webtest.Steward, set+"/upload", [][2]string{{"token", between(page, `name="token" value="`, `"`)}, {"days", "1"}}, "cases <b>.csv", records, nil)
	if w.Code != http.StatusSeeOther {
		t.Fatalf("upload: status %d\n%s", w.Code, w.Body)
	}
	page = p.page(t, webtest.Steward, set)
	upload := regexp.MustCompile(`name="upload" value="([a-z2-7]+)"`).FindStringSubmatch(page)
	if upload == nil {
		t.Fatalf("no upload is listed\n%s", page)
	}
	draft = p.post(t, webtest.Steward, set+"/draft", url.Values{"upload": {upload[1]}, "title": {"First"}})
	return set, draft
}

// save posts a step of a draft with the version that its page has.
func (p *place) save(t testing.TB, path string, form url.Values) string {
	t.Helper()
	form.Set("version", between(p.page(t, webtest.Steward, path), `name="version" value="`, `"`))
	return p.post(t, webtest.Steward, path, form)
}

// run starts a run of a draft and waits for its end.
func (p *place) run(t testing.TB, draft, label string) string {
	t.Helper()
	run := p.post(t, webtest.Steward, draft+"/release", url.Values{"label": {label}})
	p.ended(t, run)
	return run
}

// ended waits for the end of a run and returns its page.
func (p *place) ended(t testing.TB, run string) string {
	t.Helper()
	for range 600 {
		if page := p.page(t, webtest.Steward, run); !strings.Contains(page, "data-poll") {
			return page
		}
		time.Sleep(50 * time.Millisecond)
	}
	t.Fatal("the run does not end")
	return ""
}

func sha256Hex(text string) string {
	hash := sha256.Sum256([]byte(text))
	return hex.EncodeToString(hash[:])
}
