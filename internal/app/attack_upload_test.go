package app_test

import (
	"bytes"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/opencovey/covey/internal/app"
	"github.com/opencovey/covey/internal/testenv"
)

// cases is a table with the canary in every row.
func cases(n int) string {
	var b strings.Builder
	b.WriteString("gender,country\n")
	for i := 0; b.Len() < n; i++ {
		fmt.Fprintf(&b, "%s,%s-%d\n", []string{"Female", "Male"}[i%2], canary, i%7)
	}
	return b.String()
}

const mega = 1_000_000

// TestUploadsNotTaken sends what is no table to the form for case records, and what is no bundle to the one for bundles.
func TestUploadsNotTaken(t *testing.T) {
	testenv.NotRaces(t)
	q := newQuay(t, app.Options{MaxUpload: 4 * mega})
	before := q.trace()
	const (
		table   = "Save the table as CSV"
		archive = "This is an archive. Case records are sent as a CSV or Excel file"
		bundle  = "This is not the archive of a release"
	)
	workbook, packed := zipped(t, "xl/workbook.xml", canary), zipped(t, "manifest.json", canary)
	for _, c := range []struct {
		what, file string
		status     int
		says, also string // by the form for records, and by that for bundles
	}{
		{"a PDF", "%PDF-1.7\n" + canary, 422, table, bundle},
		{"a picture", "\x89PNG\r\n\x1a\n\x00\x00" + canary, 422, table, bundle},
		{"a program", "\x7fELF\x02\x01\x01\x00" + canary, 422, table, bundle},
		{"a program for Windows", "MZ\x90\x00\x03\x00" + canary, 422, table, bundle},
		{"an .xls", "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1\x00\x00" + canary, 422, table, bundle},
		{"JSON", `[{"name": "` + canary + `"}]`, 422, table, bundle},
		{"a page", "<!doctype html><p>" + canary, 422, table, bundle},
		{"UTF-16 without its mark", strings.Join(strings.Split("a,b\n"+canary, ""), "\x00"), 422, table, bundle},
		{"text that ends in zeros", cases(200_000) + "\x00\x00", 422, table, bundle},
		{"an empty file", "", 422, "The file is empty. Please choose another one.", "The file is empty"},
		{"too large", cases(5 * mega), 413, "The file is larger than 4 MB. Nothing was kept.", bundle},
		{"a bundle", packed, 422, archive, ""},
		{"a tar", "\x1f\x8b\x08 " + canary, 422, archive, ""},
		{"a workbook", workbook, 0, "", bundle},
		{"a table", cases(1000), 0, "", bundle},
	} {
		if c.says != "" {
			q.says(c.what, q.send(q.steward, q.records(c.what, canary+".csv", c.file)), c.status, c.says)
		}
		if c.also != "" {
			q.says(c.what+" as a bundle", q.send(q.steward, q.bundle(c.what, canary+".zip", c.file)), 422, c.also)
		}
		q.same(c.what, before)
	}
	large := packed + strings.Repeat("x", 5*mega)
	q.says("a large bundle", q.send(q.steward, q.bundle("l", "a.zip", large)), 413, "larger than 4 MB")
	// A browser is read to the end of a file twice as large. After that it may see the end of the connection only, but nothing is kept.
	q.send(q.steward, q.records("x", "a.csv", cases(20*mega)))
	q.same("a file that is far too large", before)
}

// TestUploadsBroken sends forms that are none, and forms of people who may not send them.
func TestUploadsBroken(t *testing.T) {
	testenv.NotRaces(t)
	q := newQuay(t, app.Options{MaxUpload: 4 * mega})
	administrator := q.founder
	reader := q.member(administrator, "reader@harbour.example", true, "reader")
	administrator.post("/organisations", "name", "North Quay").is(303)
	administrator.get("/organisations")
	administrator.post("/people/invite", "organisation", administrator.find(`href="/organisations/([^"]+)"><bdi>North Quay`), "roles", "steward").is(200)
	other := q.visitor("203.0.113.50")
	other.post(administrator.find(`(/invite/[^<]+)</code>`), "name", "Other", "email", "other@quay.example", "password", goodPassword).is(303)
	other.setUp()
	before := q.trace()
	for _, form := range []func(token, name, file string) parcel{q.records, q.bundle} {
		file := cases(100_000)
		sound := func() parcel { return form("t", "a.csv", file) }
		for _, c := range []struct {
			what   string
			as     *guest
			change func(*parcel)
			status int
			says   string
		}{
			{"no file", q.steward, func(p *parcel) { p.file, p.size = nil, 0 }, 422, "Please choose a file."},
			{"a file without a name", q.steward, func(p *parcel) { p.name = "" }, 422, "Please choose a file."},
			{"a file in another field", q.steward, func(p *parcel) { p.field = "other" }, 422, "Please choose a file."},
			{"no token", q.steward, func(p *parcel) { p.fields = nil }, 422, "The form was not complete. Nothing was kept."},
			{"the token after the file", q.steward, func(p *parcel) { p.fields, p.late = nil, p.fields }, 422, "The form was not complete."},
			{"a very long token", q.steward, func(p *parcel) { p.fields[0][1] = strings.Repeat("x", 3*mega) }, 422, "100"},
			{"a form without its end", q.steward, func(p *parcel) { p.broken = true }, 422, ""},
			{"a form of another type", q.steward, func(p *parcel) { p.header = map[string]string{"Content-Type": "text/plain"} }, 422, ""},
			{"another boundary", q.steward, func(p *parcel) { p.header = map[string]string{"Content-Type": "multipart/form-data; boundary=other"} }, 422, ""},
			{"no boundary", q.steward, func(p *parcel) { p.header = map[string]string{"Content-Type": "multipart/form-data"} }, 422, ""},
			{"a data set of others", other, func(p *parcel) { p.file, p.size = strings.NewReader(cases(mega)), int64(len(cases(mega))) }, 404, ""},
			{"no such data set", q.steward, func(p *parcel) { p.path = strings.Replace(p.path, "cases", "none", 1) }, 404, ""},
			{"from another site", q.steward, func(p *parcel) { p.header = map[string]string{"Sec-Fetch-Site": "cross-site"} }, 403, ""},
			{"by a reader", reader, func(*parcel) {}, 403, ""},
			{"by a stranger", nil, func(*parcel) {}, 401, ""},
		} {
			p := sound()
			c.change(&p)
			q.says(c.what, q.send(c.as, p), c.status, c.says)
			q.same(c.what, before)
		}
	}
	q.says("the control", q.send(q.steward, q.records("t", "a.csv", cases(300_000))), 303, "")
}

// TestUploadsCut ends connections in the middle of a file.
func TestUploadsCut(t *testing.T) {
	q := newQuay(t, app.Options{})
	before := q.trace()
	for _, half := range []bool{true, false} { // only what is sent ends; or all of it
		for i, p := range []parcel{q.records("t", "a.csv", ""), q.bundle("t", "a.zip", "")} {
			c := dial(t, q.address)
			head, _ := p.form()
			content := []string{cases(500_000), zipped(t, "manifest.json", cases(500_000)+string(noise(300_000)))}[i]
			q.head(c, q.steward, p.path, 10*mega, nil)
			if _, err := io.WriteString(c, head+content[:200_000]); err != nil {
				t.Fatal(err)
			}
			q.until("the file arrives", func() bool { return strings.Contains(q.trace(), ".part") })
			if half {
				_ = c.(*net.TCPConn).CloseWrite()
				q.says("cut", q.read(c), 422, "The file was cut off. Nothing was kept. Please send it again.")
			}
			_ = c.Close()
			q.until("what was kept is removed", func() bool { return q.trace() == before })
		}
	}
}

// TestUploadsTrickle sends a byte of a file now and then: that is not enough, and others are served meanwhile.
func TestUploadsTrickle(t *testing.T) {
	q := newQuay(t, app.Options{})
	hurried, err := q.app.Hurried(300 * time.Millisecond)
	if err != nil {
		t.Fatal(err)
	}
	q.address = listen(t, hurried, 10*time.Second)
	before := q.trace()
	for _, p := range []parcel{q.records("t", "a.csv", ""), q.bundle("t", "a.zip", "")} {
		c := dial(t, q.address)
		head, _ := p.form()
		q.head(c, q.steward, p.path, mega, nil)
		if _, err := io.WriteString(c, head); err != nil {
			t.Fatal(err)
		}
		go func() {
			for {
				if _, err := c.Write([]byte("a")); err != nil {
					return
				}
				time.Sleep(20 * time.Millisecond) // is what is tested: slow, and never silent
			}
		}()
		q.says("a file that trickles", q.read(c), 422, "")
		q.until("what was kept is removed", func() bool { return q.trace() == before })
	}
	q.says("the control", q.send(q.steward, q.records("t", "a.csv", cases(400_000))), 303, "")
}

// TestUploadsOnAFullDisk sends a file to a server whose disk is all but full.
func TestUploadsOnAFullDisk(t *testing.T) {
	testenv.NotRaces(t)
	q := newQuay(t, app.Options{FreeDisk: 1 << 60})
	before := q.trace()
	for _, p := range []parcel{q.records("t", "a.csv", cases(3*mega)), q.bundle("t", "a.zip", zipped(t, "manifest.json", cases(mega)))} {
		q.says("a full disk", q.send(q.steward, p), 503, "The disk of the server is full. Nothing was kept. Tell the operator.")
		q.same("a full disk", before)
	}
	if !strings.Contains(q.lines.String(), "the disk is full") {
		t.Error("the operator is not told")
	}
}

// TestUploadsTwice sends forms twice: in turn, at once, from two tabs, and after the file was erased.
func TestUploadsTwice(t *testing.T) {
	q := newQuay(t, app.Options{})
	empty := q.trace()
	for range 2 {
		q.says("in turn", q.send(q.steward, q.records("one", "a.csv", cases(600_000))), 303, "")
	}
	one := q.trace()
	if strings.Count(one, "upload held") != 1 || strings.Count(one, ".sealed") != 1 {
		t.Errorf("one form sent twice: %s", one)
	}
	atOnce(6, func() {
		q.says("at once", q.send(q.steward, q.records("two", "a.csv", cases(600_000))), 303, "")
	})
	if two := q.trace(); strings.Count(two, "upload held") != 2 || strings.Count(two, ".sealed") != 2 || strings.Contains(two, ".part") {
		t.Errorf("a second form sent six times at once: %s", two)
	}
	q.says("two tabs", q.send(q.steward, q.records("three", "a.csv", cases(600_000))), 303, "")
	q.eraseAll()
	q.says("what was erased", q.send(q.steward, q.records("one", "a.csv", cases(600_000))), 410, "This form was sent before, and its file is erased.")
	if left := strings.ReplaceAll(q.trace(), "upload erased false false\n", ""); left != empty {
		t.Errorf("left behind: %s", left)
	}
	file := zipped(t, "manifest.json", canary)
	places := make([]string, 6)
	var mu sync.Mutex
	atOnce(len(places), func() {
		r := q.send(q.steward, q.bundle("b", "a.zip", file))
		q.says("a bundle at once", r, 303, "")
		mu.Lock()
		defer mu.Unlock()
		places = append(places[1:], r.to)
	})
	for _, to := range places {
		if to != places[0] || !strings.HasPrefix(to, "/prepare/runs/") {
			t.Errorf("the checks of one bundle: %q", places)
		}
	}
	if !strings.Contains(q.trace(), " 1 runs") {
		t.Error(q.trace())
	}
}

// atOnce does something several times at the same moment.
func atOnce(n int, do func()) {
	var wait sync.WaitGroup
	start := make(chan struct{})
	for range n {
		wait.Go(func() {
			<-start
			do()
		})
	}
	close(start)
	wait.Wait()
}

// eraseAll erases every file of the steward by the page.
func (q *quay) eraseAll() {
	q.t.Helper()
	for range 30 {
		q.steward.get(q.set).is(200)
		if !strings.Contains(q.steward.body, `/erase"`) {
			return
		}
		q.steward.post(q.set+"/erase", "upload", q.steward.field("upload")).is(303)
	}
}

// TestLargeUpload sends a file of 2 GB (64 MB in the short form): the server's memory does not grow with it, and what is on the disk cannot be read.
func TestLargeUpload(t *testing.T) {
	testenv.NotRaces(t)
	q := newQuay(t, app.Options{})
	empty := q.trace()
	size := int64(64 * mega)
	if testenv.Long() {
		size = 2000 * mega
	}
	runtime.GC()
	var memory runtime.MemStats
	runtime.ReadMemStats(&memory)
	begun, most := memory.HeapAlloc, uint64(0)
	watched := make(chan struct{})
	stop := make(chan struct{})
	go func() {
		defer close(watched)
		for {
			select {
			case <-stop:
				return
			case <-time.After(20 * time.Millisecond):
				runtime.ReadMemStats(&memory)
				most = max(most, memory.HeapAlloc)
			}
		}
	}()
	p := q.records("t", "a.csv", "")
	p.file, p.size = io.LimitReader(&endless{piece: []byte(cases(50_000))}, size), size
	r := q.send(q.steward, p)
	close(stop)
	<-watched
	q.says("a large file", r, 303, "")
	if most > begun+32*mega {
		t.Errorf("the heap grew from %d to %d bytes", begun, most)
	}
	entries, err := filepath.Glob(filepath.Join(q.app.Dir(), "publications", "uploads", "*"))
	if err != nil || len(entries) != 1 {
		t.Fatal(entries, err)
	}
	if text := firstMega(t, entries[0]); bytes.Contains(text, []byte(canary)) {
		t.Error("the file can be read on the disk")
	}
	q.eraseAll()
	if left := strings.ReplaceAll(q.trace(), "upload erased false false\n", ""); left != empty {
		t.Errorf("left behind: %s", left)
	}
	p.file, p.size = io.LimitReader(&endless{piece: []byte(cases(50_000))}, 2000*mega+1), 2000*mega+1
	if testenv.Long() {
		p.fields[0][1] = "one more"
		q.says("a byte more", q.send(q.steward, p), 413, "larger than 2,000 MB")
	}
}

func firstMega(t *testing.T, path string) []byte {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, mega))
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// endless repeats a piece for ever.
type endless struct {
	piece []byte
	at    int
}

// Read implements io.Reader.
func (e *endless) Read(p []byte) (int, error) {
	n := copy(p, e.piece[e.at:])
	e.at = (e.at + n) % len(e.piece)
	return n, nil
}
