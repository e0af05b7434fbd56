package app_test

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"html"
	"io"
	"io/fs"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/opencovey/covey/internal/app"
	"github.com/opencovey/covey/internal/publication"
)

// quay is a server on a real listener, with a steward who has a data set, and what it logs.
type quay struct {
	*town
	address string
	founder *guest
	steward *guest
	set     string // path of the data set
	lines   *lines
}

// lines is a log that may be read while it is written.
type lines struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lines) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lines) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

// canary is in every file that is sent here, and must be in no answer and no line of the log.
const canary = "canary-7f3a"

func newQuay(t *testing.T, o app.Options) *quay {
	t.Helper()
	q := &quay{town: &town{t: t}, lines: &lines{}}
	o.Now, o.Proxies = q.now, []netip.Prefix{netip.MustParsePrefix(proxy + "/32")}
	o.Patience = time.Minute
	o.Log = slog.New(slog.NewJSONHandler(q.lines, &slog.HandlerOptions{Level: slog.LevelDebug}))
	q.app = open(t, o)
	q.handler = q.app.Handler()
	q.address = q.serve()
	q.founder = q.found()
	q.steward = q.member(q.founder, "steward@harbour.example", true, "steward")
	q.steward.post("/prepare/new/dataset", "title", "Cases").is(303)
	q.set = q.steward.to
	t.Cleanup(func() {
		if text := q.lines.String(); strings.Contains(text, canary) {
			t.Errorf("the log holds what was in a file:\n%s", text[max(0, strings.Index(text, canary)-500):])
		}
	})
	return q
}

// serve serves the server on a listener until the test ends.
func (q *quay) serve() string {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		q.t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.WithoutCancel(q.t.Context()))
	ended := make(chan error, 1)
	go func() { ended <- q.app.Serve(ctx, l, nil) }()
	q.t.Cleanup(func() {
		stop()
		if err := <-ended; err != nil {
			q.t.Error(err)
		}
	})
	return l.Addr().String()
}

// parcel is a form with a file, as it goes over the wire.
type parcel struct {
	path   string
	fields [][2]string // before the file
	field  string      // of the file
	name   string      // of the file; "": none is sent
	file   io.Reader
	size   int64
	header map[string]string
	broken bool // the end of the form is missing
	late   [][2]string
}

const boundary = "frontier"

// form returns the parts of the body before and after the file.
func (p *parcel) form() (head, tail string) {
	var b strings.Builder
	write := func(fields [][2]string) {
		for _, f := range fields {
			fmt.Fprintf(&b, "--%s\r\nContent-Disposition: form-data; name=%q\r\n\r\n%s\r\n", boundary, f[0], f[1])
		}
	}
	write(p.fields)
	if p.file != nil {
		fmt.Fprintf(&b, "--%s\r\nContent-Disposition: form-data; name=%q; filename=%q\r\nContent-Type: application/octet-stream\r\n\r\n", boundary, p.field, p.name)
	}
	head = b.String()
	b.Reset()
	if p.broken {
		return head, ""
	}
	if p.file != nil {
		b.WriteString("\r\n")
	}
	write(p.late)
	fmt.Fprintf(&b, "--%s--\r\n", boundary)
	return head, b.String()
}

// head writes the head of a request with a body of a length.
func (q *quay) head(w io.Writer, as *guest, path string, length int64, header map[string]string) {
	lines := map[string]string{
		"Host": "localhost", "Content-Type": "multipart/form-data; boundary=" + boundary, "Sec-Fetch-Site": "same-origin",
	}
	if as != nil {
		lines["Cookie"] = "covey-session=" + as.session()
	}
	for name, value := range header {
		lines[name] = value
	}
	fmt.Fprintf(w, "POST %s HTTP/1.1\r\nContent-Length: %d\r\n", path, length)
	for name, value := range lines {
		fmt.Fprintf(w, "%s: %s\r\n", name, value)
	}
	fmt.Fprint(w, "\r\n")
}

// reply is what a browser shows.
type reply struct {
	status int
	to     string
	text   string
}

// send sends a form as browsers do, who read the answer when all of it is sent: an answer that comes with the end of the connection
// is one that nobody sees.
func (q *quay) send(as *guest, p parcel) reply {
	q.t.Helper()
	c, err := net.Dial("tcp", q.address)
	if err != nil {
		q.t.Fatal(err)
	}
	defer c.Close()
	head, tail := p.form()
	w := bufio.NewWriterSize(c, 1<<16)
	q.head(w, as, p.path, int64(len(head))+p.size+int64(len(tail)), p.header)
	_, _ = w.WriteString(head)
	if p.file != nil {
		if _, err := io.Copy(w, p.file); err != nil {
			return reply{text: "the browser cannot send it: " + err.Error()}
		}
	}
	_, _ = w.WriteString(tail)
	if err := w.Flush(); err != nil {
		return reply{text: "the browser cannot send it: " + err.Error()}
	}
	return q.read(c)
}

func (q *quay) read(c net.Conn) reply {
	q.t.Helper()
	r, err := http.ReadResponse(bufio.NewReader(c), nil)
	if err != nil {
		return reply{text: "the browser has no answer: " + err.Error()}
	}
	defer r.Body.Close()
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return reply{text: "the answer is cut off: " + err.Error()}
	}
	if strings.Contains(string(body), canary) {
		q.t.Errorf("the answer holds what was in the file:\n%s", body)
	}
	return reply{r.StatusCode, r.Header.Get("Location"), html.UnescapeString(string(body))}
}

// records is a form with a file of case records.
func (q *quay) records(token, name, file string) parcel {
	return parcel{path: q.set + "/upload", fields: [][2]string{{"token", token}, {"days", "1"}}, field: "file", name: name, file: strings.NewReader(file), size: int64(len(file))}
}

// bundle is a form with the archive of a bundle.
func (q *quay) bundle(token, name, file string) parcel {
	p := q.records(token, name, file)
	p.path, p.field = q.set+"/bundle", "archive"
	return p
}

// trace is everything that there is of publications: files, and rows with what secrets they have.
func (q *quay) trace() string {
	q.t.Helper()
	var b strings.Builder
	for _, folder := range []string{"uploads", "runs", "scratch"} {
		root := filepath.Join(q.app.Dir(), "publications", folder)
		err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
			if errors.Is(err, fs.ErrNotExist) { // it goes while we look
				return nil
			}
			if err == nil && path != root {
				fmt.Fprintln(&b, strings.TrimPrefix(path, root))
			}
			return err
		})
		if err != nil {
			q.t.Fatal(err)
		}
	}
	ctx, all := q.t.Context(), publication.Query{Limit: 1000}
	uploads, err := q.app.Kept().Uploads(ctx, all)
	for _, u := range uploads {
		fmt.Fprintln(&b, "upload", u.State, u.Key != nil, u.Name != nil)
	}
	drafts, err2 := q.app.Kept().Drafts(ctx, all)
	runs, err3 := q.app.Kept().Runs(ctx, all)
	if err != nil || err2 != nil || err3 != nil {
		q.t.Fatal(err, err2, err3)
	}
	fmt.Fprintln(&b, len(drafts), "drafts,", len(runs), "runs")
	return b.String()
}

// same fails unless there is what there was.
func (q *quay) same(what, before string) {
	q.t.Helper()
	if after := q.trace(); after != before {
		q.t.Errorf("%s leaves something behind: before\n%safter\n%s", what, before, after)
	}
}

// says fails unless an answer has a status and a text.
func (q *quay) says(what string, r reply, status int, text string) {
	q.t.Helper()
	if r.status != status || !strings.Contains(r.text, text) {
		q.t.Errorf("%s: %d, want %d and %q\n%.3000s", what, r.status, status, text, mainOf(r.text))
	}
}

// mainOf is the part of a page that is its own.
func mainOf(page string) string {
	if _, rest, found := strings.Cut(page, "<main"); found {
		page, _, _ = strings.Cut(rest, "</main>")
	}
	return page
}

// until waits for something that the server does by itself.
func (q *quay) until(what string, done func() bool) {
	q.t.Helper()
	for end := time.Now().Add(time.Minute); !done(); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(end) {
			q.t.Fatalf("%s: it does not happen\n%s", what, q.trace())
		}
	}
}
