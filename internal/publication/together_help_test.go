package publication_test

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/opencovey/covey/internal/audit"
	"github.com/opencovey/covey/internal/fault"
	"github.com/opencovey/covey/internal/job"
	"github.com/opencovey/covey/internal/publication"
	"github.com/opencovey/covey/internal/seal"
	"github.com/opencovey/covey/internal/store"
)

// silent is after which the servers of these tests count as gone.
const silent = 1200 * time.Millisecond

// gate is the way of a server to the database, which can be shut: at a step of the work, and from then on altogether, as if the
// machine stood still. The work goes on before the signs of life do: that is the worst order.
type gate struct {
	step    string // where it shuts; one that there is not for nowhere
	lives   bool   // the step alone is shut
	armed   atomic.Bool
	once    sync.Once
	reached chan struct{} // closed at the step
	thaw    chan struct{} // closed when the work goes on
	signs   chan struct{} // closed when signs of life go on
	idle    atomic.Bool   // takes no job
	refused atomic.Int32  // changes that came too late

	noFence bool // mutant: a change is made whoever holds the job
	noMarks bool // mutant: the sweep does not ask who is writing
}

func newGate(step string) *gate {
	g := &gate{step: step, reached: make(chan struct{}), thaw: make(chan struct{}), signs: make(chan struct{})}
	g.armed.Store(true)
	return g
}

// pass waits at the step, and everywhere as long as the machine stands still.
func (g *gate) pass(step string) {
	if step == g.step && g.armed.Load() {
		g.once.Do(func() { close(g.reached) })
	} else if g.lives {
		return
	}
	if isClosed(g.reached) {
		<-g.thaw
	}
}

// sign is an error as long as the machine gives no sign of life.
func (g *gate) sign() error {
	if g.lives || !isClosed(g.reached) || isClosed(g.signs) {
		return nil
	}
	return fault.New(fault.Unavailable, "fault.unavailable")
}

func isClosed(c <-chan struct{}) bool {
	select {
	case <-c:
		return true
	default:
		return false
	}
}

type gatedStore struct {
	publication.Store
	gate *gate
}

// Save implements publication.Store.
func (s gatedStore) Save(ctx context.Context, c publication.Change, e audit.Entry) error {
	action := strings.TrimPrefix(e.Action, "publication.")
	s.gate.pass("before " + action)
	if s.gate.noFence {
		c.Held = nil
	}
	err := s.Store.Save(ctx, c, e)
	if err != nil && fault.Of(err) == fault.Conflict {
		s.gate.refused.Add(1)
	}
	s.gate.pass("after " + action)
	return err
}

// Writing implements publication.Store.
func (s gatedStore) Writing(ctx context.Context) ([]string, error) {
	if s.gate.noMarks {
		return nil, nil
	}
	return s.Store.Writing(ctx)
}

type gatedJobs struct {
	job.Store
	gate *gate
}

// NextJob implements job.Store.
func (s gatedJobs) NextJob(ctx context.Context, instance, holder string, now time.Time) (job.Job, bool, error) {
	if s.gate.idle.Load() {
		return job.Job{}, false, nil
	}
	if err := s.gate.sign(); err != nil {
		return job.Job{}, false, err
	}
	j, found, err := s.Store.NextJob(ctx, instance, holder, now)
	if found {
		s.gate.pass("after next")
	}
	return j, found, err
}

// SaveJob implements job.Store.
func (s gatedJobs) SaveJob(ctx context.Context, j job.Job) error {
	if j.Stage != "" && s.gate.step == "while making" {
		s.gate.pass(s.gate.step)
	}
	if err := s.gate.sign(); err != nil {
		return err
	}
	return s.Store.SaveJob(ctx, j)
}

// Beat implements job.Lives.
func (s gatedJobs) Beat(ctx context.Context, holder string) error {
	if err := s.gate.sign(); err != nil {
		return err
	}
	return s.Store.Beat(ctx, holder)
}

// Forget implements job.Lives.
func (s gatedJobs) Forget(ctx context.Context, after time.Duration) (int, error) {
	if err := s.gate.sign(); err != nil {
		return 0, err
	}
	return s.Store.Forget(ctx, after)
}

// member is one of several servers on one database.
type member struct {
	*publication.Service
	db   *store.Store
	gate *gate
}

// join opens a server.
func join(ctx context.Context, database, dir string, g *gate, change func(*publication.Options)) (*member, error) {
	keys, err := seal.New(bytes.Repeat([]byte{5}, seal.RootSize))
	if err != nil {
		return nil, err
	}
	db, err := store.Open(ctx, store.Options{Database: database, Dir: dir, Key: keys.Database()})
	if err != nil {
		return nil, err
	}
	o := publication.Options{
		Dir: dir, Instance: filepath.Base(dir), Shared: db.Shared(), Keys: keys, Jobs: gatedJobs{db.Jobs(), g}, Worker: []string{os.Args[0], "worker"},
		Software: "covey test", FreeDisk: 1, Silent: silent, Gone: time.Second,
	}
	if change != nil {
		change(&o)
	}
	s, err := publication.NewService(gatedStore{db.Publications(), g}, o)
	if err == nil {
		err = s.Open(ctx)
	}
	return &member{s, db, g}, err
}

func (m *member) close() {
	for _, c := range []chan struct{}{m.gate.thaw, m.gate.signs} {
		if !isClosed(c) {
			close(c)
		}
	}
	_ = m.Service.Close()
	_ = m.db.Close()
}

// joined opens a server until the test ends.
func joined(t *testing.T, database, dir string, g *gate, change func(*publication.Options)) *member {
	t.Helper()
	m, err := join(t.Context(), database, dir, g, change)
	must(t, err)
	t.Cleanup(m.close)
	return m
}

// stand goes the way to a run, as a process of its own, and stays at the step until it is killed. It goes on giving signs of life.
func stand(database, dir, step string) int {
	g := newGate(step)
	g.lives = true
	g.armed.Store(false)
	ctx := context.Background()
	m, err := join(ctx, database, dir, g, nil)
	if err != nil {
		fmt.Println(err)
		return 1
	}
	begin, err := prepared(ctx, m)
	if err != nil {
		fmt.Println(err)
		return 1
	}
	g.armed.Store(true)
	go func() {
		<-g.reached
		fmt.Println("there")
	}()
	if step == "before upload" {
		_, err = m.Upload(ctx, steward, "cases", publication.UploadOptions{Name: "cases.csv", Token: "another"}, strings.NewReader(casesCSV()))
	} else {
		_, err = m.Start(ctx, steward, begin.ID, publication.RunOptions{})
	}
	if err != nil {
		fmt.Println(err)
		return 1
	}
	select {}
}

// prepared makes a data set with a ledger, an upload and a draft.
func prepared(ctx context.Context, m *member) (publication.Draft, error) {
	d, err := m.CreateDataset(ctx, steward, publication.Dataset{ID: "cases", Title: "Cases", Licence: "CC-BY-4.0"})
	if err == nil {
		_, err = m.OpenLedger(ctx, steward, d.ID, "50", "1e-4")
	}
	if err != nil {
		return publication.Draft{}, err
	}
	u, err := m.Upload(ctx, steward, d.ID, publication.UploadOptions{Name: "cases.csv"}, strings.NewReader(casesCSV()))
	if err != nil {
		return publication.Draft{}, err
	}
	return m.NewDraft(ctx, steward, u.ID, "", []byte(differentialPolicy))
}

// ended waits until a run has ended.
func (m *member) ended(t *testing.T, run string) publication.Run {
	t.Helper()
	h := &house{Service: m.Service}
	return h.wait(t, run)
}

// once checks that a run was made and paid for exactly once, and that nothing else lies in its folder.
func (m *member) once(t *testing.T, dir, run string) {
	t.Helper()
	p, err := m.Run(t.Context(), steward, run)
	must(t, err)
	if p.Run.State != publication.Done || !p.Run.Spent {
		t.Errorf("the run is %s %+v, paid for: %v", p.Run.State, p.Run.Problem, p.Run.Spent)
	}
	if n := m.entries(t); n != 1 {
		t.Errorf("the budget was spent %d times", n)
	}
	if f, err := m.OpenFile(t.Context(), steward, run, "aggregates.csv"); err != nil {
		t.Error("the bundle is not there:", err)
	} else {
		_ = f.Close()
	}
	must(t, m.Sweep(t.Context()))
	if left := names(t, filepath.Join(dir, "runs")); len(left) != 1 || left[0] != p.Run.Folder {
		t.Errorf("folders of runs: %v, and the bundle is in %s", left, p.Run.Folder)
	}
	j, err := m.db.Jobs().Job(t.Context(), run)
	if err != nil || !j.State.Ended() {
		t.Errorf("the job is %s: %v", j.State, err)
	}
}

// entries is how many releases the ledger has.
func (m *member) entries(t *testing.T) int {
	t.Helper()
	l, err := m.Ledger(t.Context(), steward, "cases")
	must(t, err)
	return len(l.Entries)
}
