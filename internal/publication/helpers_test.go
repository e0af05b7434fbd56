package publication_test

import (
	"bytes"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/opencovey/covey/internal/account"
	"github.com/opencovey/covey/internal/audit"
	"github.com/opencovey/covey/internal/fault"
	"github.com/opencovey/covey/internal/publication"
	"github.com/opencovey/covey/internal/seal"
	"github.com/opencovey/covey/internal/store"
	"github.com/opencovey/covey/release"
)

// The people of the tests: two organisations, each with a steward and an approver.
var (
	steward  = account.Actor{User: "user-s", Organisation: "org-a", Roles: []account.Role{account.Steward}, Strong: true}
	steward2 = account.Actor{User: "user-t", Organisation: "org-a", Roles: []account.Role{account.Steward, account.Approver}, Strong: true}
	approver = account.Actor{User: "user-a", Organisation: "org-a", Roles: []account.Role{account.Approver}, Strong: true}
	foreign  = account.Actor{User: "user-f", Organisation: "org-b", Roles: []account.Role{account.Steward, account.Approver}, Strong: true}
	operator = account.Actor{User: "user-o", Organisation: "org-o", Operator: true, Roles: []account.Role{account.Administrator}, Strong: true}
)

// canaries must never be seen outside the steward's own view: a rare value, a rare combination, the exact number of people.
const (
	rareValue = "Zanzibarrarevalue"
	exactN    = 1237
)

// casesCSV has exactN people; the rare value is that of three.
func casesCSV() string {
	var b strings.Builder
	b.WriteString("gender,ageBroad,country,isForcedLabour,note\n")
	for i := range exactN {
		note := ""
		if i < 3 {
			note = rareValue
		}
		fmt.Fprintf(&b, "%s,%s,%s,%s,%s\n", []string{"Female", "Female", "Male"}[i%3], []string{"0--8", "9--17", "18+"}[i/3%3],
			[]string{"KEN", "UGA", "TZA", "MWI"}[i/9%4], []string{"1", ""}[i/36%2], note)
	}
	return b.String()
}

// house is a service over an embedded database.
type house struct {
	*publication.Service
	store *store.Store
	dir   string
	log   *lockedBuffer
	keys  *seal.Keys
	clock *clock
}

// clock is a time that tests move.
type clock struct {
	mu  sync.Mutex
	add time.Duration
}

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return time.Now().Add(c.add)
}

func (c *clock) forward(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.add += d
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

func newHouse(t testing.TB, change func(*publication.Options)) *house {
	t.Helper()
	h := &house{dir: t.TempDir(), log: &lockedBuffer{}, clock: &clock{}}
	var err error
	if h.keys, err = seal.New(bytes.Repeat([]byte{5}, seal.RootSize)); err != nil {
		t.Fatal(err)
	}
	h.open(t, change)
	t.Cleanup(h.close)
	return h
}

func (h *house) open(t testing.TB, change func(*publication.Options)) {
	t.Helper()
	var err error
	if h.store, err = store.Open(t.Context(), store.Options{Dir: h.dir, Key: h.keys.Database(), Now: h.clock.now}); err != nil {
		t.Fatal(err)
	}
	o := publication.Options{
		Dir: h.dir, Instance: "here", Keys: h.keys, Jobs: h.store.Jobs(), Worker: []string{os.Args[0], "worker"}, Software: "covey test",
		FreeDisk: 1, Now: h.clock.now, Log: slog.New(slog.NewTextHandler(h.log, nil)),
	}
	if change != nil {
		change(&o)
	}
	if h.Service, err = publication.NewService(h.store.Publications(), o); err != nil {
		t.Fatal(err)
	}
	if err := h.Service.Open(t.Context()); err != nil {
		t.Fatal(err)
	}
}

func (h *house) close() {
	_ = h.Service.Close()
	_ = h.store.Close()
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func wantKind(t testing.TB, err error, want fault.Kind) {
	t.Helper()
	if err == nil || fault.Of(err) != want {
		t.Errorf("error %v of kind %d, want %d", err, fault.Of(err), want)
	}
}

// dataset makes a data set, an upload of the cases and a draft of it.
func (h *house) draft(t testing.TB) (publication.Dataset, publication.Upload, publication.Draft) {
	t.Helper()
	d, err := h.CreateDataset(t.Context(), steward, publication.Dataset{Title: "Harbour Light cases", Licence: "CC-BY-4.0"})
	must(t, err)
	u, err := h.Upload(t.Context(), steward, d.ID, publication.UploadOptions{Name: "C:\\secret\\cases.csv", Token: "form-1"}, strings.NewReader(casesCSV()))
	must(t, err)
	draft, err := h.NewDraft(t.Context(), steward, u.ID, "First", nil)
	must(t, err)
	draft, err = h.EditDraft(t.Context(), steward, draft.ID, draft.Version, []release.PolicyEdit{
		{Key: "title", Value: "Harbour Light"},
		{Column: "note", Key: "kind", Value: "ignore"},
		{Column: "gender", Key: "label", Value: "Gender"},
		{Column: "isForcedLabour", Key: "label", Value: "Forced labour"},
		{Column: "ageBroad", Key: "kind", Value: "category"},
		{Column: "country", Key: "label", Value: "Country of exploitation"},
	})
	must(t, err)
	return d, u, draft
}

// wait waits until a run has ended.
func (h *house) wait(t testing.TB, run string) publication.Run {
	t.Helper()
	for end := time.Now().Add(time.Minute); time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
		p, err := h.Run(t.Context(), steward, run)
		must(t, err)
		if p.Run.State.Ended() {
			return p.Run
		}
	}
	t.Fatal("the run does not end")
	return publication.Run{}
}

// gone waits until there is no file of a pattern: a run that failed says so first.
func (h *house) gone(t testing.TB, pattern string) {
	t.Helper()
	var left []string
	for end := time.Now().Add(10 * time.Second); time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
		var err error
		left, err = filepath.Glob(filepath.Join(h.dir, filepath.FromSlash(pattern)))
		must(t, err)
		if len(left) == 0 {
			return
		}
	}
	t.Errorf("left behind: %v", left)
}

// findings answers every point.
func findings(method string) []publication.Finding {
	var list []publication.Finding
	for _, p := range publication.Checklist(method) {
		list = append(list, publication.Finding{Point: p.ID, OK: true})
	}
	return list
}

// publish takes a draft all the way.
func (h *house) publish(t testing.TB, draft string, o publication.RunOptions) publication.Release {
	t.Helper()
	run, err := h.Start(t.Context(), steward, draft, o)
	must(t, err)
	if r := h.wait(t, run.ID); r.State != publication.Done {
		t.Fatalf("%+v %s", r.Problem, h.Detail(steward, r))
	}
	p, err := h.HandIn(t.Context(), steward, run.ID, "first")
	must(t, err)
	p, err = h.Approve(t.Context(), approver, p.ID, findings(p.Method), "fine")
	must(t, err)
	p, err = h.Publish(t.Context(), steward, p.ID)
	must(t, err)
	h.clock.forward(2 * time.Second) // what is public is looked at once a second
	return p
}

func auditEntry() audit.Entry { return audit.Entry{Actor: "system", Action: "test"} }
