package app_test

import (
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/opencovey/covey/internal/app"
	"github.com/opencovey/covey/internal/audit"
	"github.com/opencovey/covey/internal/publication"
	"github.com/opencovey/covey/internal/testenv"
)

// TestQuayNotices shows that the tests of uploads would notice what they look for: a file or a row that is left, an answer that comes before the
// file is read, and a server that waits for ever.
func TestQuayNotices(t *testing.T) {
	testenv.NotRaces(t)
	q := newQuay(t, app.Options{})
	before := q.trace()
	left := filepath.Join(q.app.Dir(), "publications", "uploads", "x.part")
	if err := os.WriteFile(left, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if q.trace() == before {
		t.Error("nobody notices a file that is left")
	}
	if err := os.Remove(left); err != nil {
		t.Fatal(err)
	}
	if q.trace() != before {
		t.Error("what there is changes by itself")
	}
	u := publication.Upload{ID: "left", Dataset: strings.TrimPrefix(q.set, "/prepare/"), State: publication.Held, Key: []byte("k")}
	if err := q.app.Kept().Save(t.Context(), publication.Change{Upload: &u}, audit.Entry{Actor: "system", Action: "test"}); err != nil {
		t.Fatal(err)
	}
	if q.trace() == before {
		t.Error("nobody notices a row that is left")
	}
	q.impatient(t)
	q.endless(t)
}

// impatient is a server that refuses a file before it has read it: what browsers do not show, the tests do not see either.
func (q *quay) impatient(t *testing.T) {
	usual := q.address
	defer func() { q.address = usual }()
	q.address = listen(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusUnprocessableEntity)
		_, _ = io.WriteString(w, "refused") // nobody may be there to read it
	}), time.Minute)
	if r := q.send(q.steward, q.records("x", "a.csv", cases(60*mega))); r.status != 0 {
		t.Errorf("an answer that no browser shows is taken for one: %d", r.status)
	}
}

// endless is a server that waits an hour for a piece of a file: a byte now and then then holds it.
func (q *quay) endless(t *testing.T) {
	patient, err := q.app.Hurried(time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	q.address = listen(t, patient, 10*time.Second)
	c := dial(t, q.address)
	p := q.records("slow", "a.csv", "")
	head, _ := p.form()
	q.head(c, q.steward, p.path, mega, nil)
	if _, err := io.WriteString(c, head); err != nil {
		t.Fatal(err)
	}
	for range 50 {
		if _, err := c.Write([]byte("a")); err != nil {
			t.Fatal("a patient server ends it:", err)
		}
		time.Sleep(20 * time.Millisecond) // is what is tested: slow, and never silent
	}
	if !strings.Contains(q.trace(), ".part") {
		t.Error("a patient server does not hold it")
	}
	_ = c.Close()
	q.until("what was kept is removed", func() bool { return !strings.Contains(q.trace(), ".part") })
}
