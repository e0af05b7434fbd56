package e2e_test

import (
	"bytes"
	"io"
	"log/slog"
	"mime/multipart"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"os"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/pquerna/otp/totp"

	"github.com/opencovey/covey/internal/account"
	"github.com/opencovey/covey/internal/app"
)

// town is a server whose log is kept, and its people, who ask by HTTP.
type town struct {
	*house
	options app.Options
	log     *lockedLog
	room    string // for folders
	server  *httptest.Server
	weak    weakness // of the server, as one asks it
	people  map[string]*guest
}

// weakness takes protection away from a server, to show that the search would notice. It may answer in its place.
type weakness func(w http.ResponseWriter, r *http.Request, strong http.Handler) (answered bool)

type lockedLog struct {
	mu sync.Mutex
	b  bytes.Buffer
}

// Write implements io.Writer.
func (l *lockedLog) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lockedLog) bytes() []byte {
	l.mu.Lock()
	defer l.mu.Unlock()
	return bytes.Clone(l.b.Bytes())
}

// cut forgets what was logged since.
func (l *lockedLog) cut(n int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.b.Truncate(n)
}

// openTown starts a server, in a folder of a room, that logs all it has to say.
func openTown(t *testing.T, room, database string) *town {
	t.Helper()
	h := &town{house: &house{t: t}, room: room, log: &lockedLog{}, people: map[string]*guest{}}
	var strong http.Handler
	h.server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if h.weak == nil || !h.weak(w, r, strong) {
			strong.ServeHTTP(w, r)
		}
	}))
	h.address = strings.Replace(h.server.URL, "127.0.0.1", "localhost", 1)
	h.options = app.Options{
		Dir: h.folder(), Database: database, Public: h.address, Now: h.now, Hashing: account.Argon{Memory: 64, Time: 1, Lanes: 1}, Empty: true,
		Worker: []string{os.Args[0], "worker"}, Patience: patience, Log: slog.New(slog.NewJSONHandler(h.log, &slog.HandlerOptions{Level: slog.LevelDebug})),
	}
	var err error
	if h.app, err = app.Open(t.Context(), h.options); err != nil {
		t.Fatal(err)
	}
	strong = h.app.Handler()
	t.Cleanup(func() {
		h.server.Close()
		if err := h.app.Close(); err != nil {
			t.Error(err)
		}
	})
	return h
}

// folder makes a folder that is not among the temporary ones.
func (h *town) folder() string {
	h.t.Helper()
	dir, err := os.MkdirTemp(h.room, "")
	if err != nil {
		h.t.Fatal(err)
	}
	return dir
}

// guest is somebody who asks.
type guest struct {
	town *town
	name string
	http.Client
}

func (h *town) guest(name string) *guest {
	jar, err := cookiejar.New(nil)
	if err != nil {
		h.t.Fatal(err)
	}
	g := &guest{town: h, name: name}
	g.Jar = jar
	g.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	h.people[name] = g
	return g
}

// reply is an answer, read.
type reply struct {
	status int
	header http.Header
	body   []byte
}

func (g *guest) ask(method, path, kind string, body io.Reader) reply {
	g.town.t.Helper()
	r, err := http.NewRequestWithContext(g.town.t.Context(), method, g.town.address+path, body)
	if err != nil {
		g.town.t.Fatal(err)
	}
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	if kind != "" {
		r.Header.Set("Content-Type", kind)
	}
	answer, err := g.Do(r)
	if err != nil {
		g.town.t.Fatalf("%s as %s: %v", path, g.name, err)
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		g.town.t.Fatalf("%s as %s: %v", path, g.name, err)
	}
	return reply{answer.StatusCode, answer.Header, text}
}

func (g *guest) get(path string) reply {
	g.town.t.Helper()
	return g.ask(http.MethodGet, path, "", nil)
}

// post sends a form of names and values in turn, and returns where the answer leads, or its text.
func (g *guest) post(path string, pairs ...string) string {
	g.town.t.Helper()
	form := url.Values{}
	for i := 0; i+1 < len(pairs); i += 2 {
		form.Add(pairs[i], pairs[i+1])
	}
	g.town.later()
	return g.answer(path, g.ask(http.MethodPost, path, "application/x-www-form-urlencoded", strings.NewReader(form.Encode())))
}

// send posts a form with a file.
func (g *guest) send(path, field, file, content string, pairs ...string) string {
	g.town.t.Helper()
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	for i := 0; i+1 < len(pairs); i += 2 {
		_ = form.WriteField(pairs[i], pairs[i+1])
	}
	part, err := form.CreateFormFile(field, file)
	if err == nil {
		_, err = io.WriteString(part, content)
	}
	if err != nil || form.Close() != nil {
		g.town.t.Fatal(err)
	}
	return g.answer(path, g.ask(http.MethodPost, path, form.FormDataContentType(), &body))
}

func (g *guest) answer(path string, r reply) string {
	g.town.t.Helper()
	switch {
	case r.status == http.StatusSeeOther:
		return r.header.Get("Location")
	case r.status != http.StatusOK:
		g.town.t.Fatalf("%s as %s: status %d\n%s", path, g.name, r.status, r.body)
	}
	return string(r.body)
}

// find returns what a pattern finds in a text.
func (h *town) find(text, pattern string) string {
	h.t.Helper()
	m := regexp.MustCompile(pattern).FindStringSubmatch(text)
	if m == nil {
		h.t.Fatalf("%s is not in\n%s", pattern, text)
	}
	return m[1]
}

// join makes a person by an invitation, with a second factor.
func (h *town) join(g *guest, link, organisation string) {
	h.t.Helper()
	g.post(link[strings.Index(link, "/invite/"):], "organisation", organisation, "name", "Person "+g.name, "email", strings.ReplaceAll(g.name, " ", "-")+"@harbour.example", "password", goodPassword)
	page := g.post("/account/factor/code")
	secret := strings.ReplaceAll(h.find(page, `<code dir="ltr">([A-Z2-7 ]+)</code>`), " ", "")
	h.later()
	h.later()
	code, err := totp.GenerateCode(secret, h.now().Add(time.Minute)) // post lets a minute pass
	if err != nil {
		h.t.Fatal(err)
	}
	g.post("/account/factor/code/confirm", "state", h.find(page, `name="state" value="([^"]*)"`), "code", code)
}

// settle makes everybody: an administrator, people of one role each, and those of another organisation.
func (h *town) settle() {
	h.t.Helper()
	h.guest("stranger")
	link, err := h.app.FirstLink(h.t.Context())
	if err != nil {
		h.t.Fatal(err)
	}
	administrator := h.guest("administrator")
	h.join(administrator, link, "Harbour Trust")
	invite := func(name, role, people string) {
		page := string(administrator.get(people).body)
		made := administrator.post("/people/invite", "organisation", h.find(page, `name="organisation" value="([^"]*)"`), "roles", role)
		h.join(h.guest(name), h.find(made, `<code id="link" dir="ltr">([^<]+)</code>`), "")
	}
	for _, role := range []string{"reader", "curator", "steward", "approver"} {
		invite(role, role, "/people")
	}
	other := administrator.post("/organisations", "name", "Beta House")
	if !strings.HasPrefix(other, "/organisations/") {
		other = h.find(string(administrator.get("/organisations").body), `href="(/organisations/[^"]+)"><bdi>Beta House`)
	}
	for _, role := range []string{"steward", "approver"} {
		invite("other "+role, role, "/people?organisation="+strings.TrimPrefix(other, "/organisations/"))
	}
}
