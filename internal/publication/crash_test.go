package publication_test

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/opencovey/covey/internal/audit"
	"github.com/opencovey/covey/internal/publication"
	"github.com/opencovey/covey/internal/seal"
	"github.com/opencovey/covey/internal/store"
	"github.com/opencovey/covey/release"
)

// differentialPolicy is for the cases of the tests.
const differentialPolicy = `version: 1
title: Harbour Light, noised
protection: {method: differential, epsilon: 1, delta: 1e-6, length: 2}
columns:
  gender: {values: [Female, Male]}
  ageBroad: {values: [0--8, 9--17, 18+]}
  country: {values: [KEN, UGA, TZA, MWI]}
  isForcedLabour: flag
  note: ignore
`

// crashHouse opens a service in a folder, for a process that will be killed, and for the one that looks afterwards.
func crashHouse(ctx context.Context, dir string) (*publication.Service, *store.Store, error) {
	keys, err := seal.New(bytes.Repeat([]byte{5}, seal.RootSize))
	if err != nil {
		return nil, nil, err
	}
	db, err := store.Open(ctx, store.Options{Dir: dir, Key: keys.Database()})
	if err != nil {
		return nil, nil, err
	}
	s, err := publication.NewService(db.Publications(), publication.Options{
		Dir: dir, Instance: "here", Keys: keys, Jobs: db.Jobs(), Worker: []string{os.Args[0], "worker"}, Software: "covey test", FreeDisk: 1,
	})
	if err == nil {
		err = s.Open(ctx)
	}
	return s, db, err
}

// crash goes the whole way again and again, until it is killed.
func crash(dir, method string) int {
	ctx := context.Background()
	s, _, err := crashHouse(ctx, dir)
	if err != nil {
		fmt.Println(err)
		return 1
	}
	fmt.Println("open")
	list, err := s.Datasets(ctx, steward)
	if err != nil {
		return 1
	}
	var d publication.Dataset
	if len(list) > 0 {
		d = list[0]
	} else if d, err = s.CreateDataset(ctx, steward, publication.Dataset{Title: "Cases"}); err != nil {
		return 1
	}
	if d.Ledger == nil {
		d, err = s.OpenLedger(ctx, steward, d.ID, "50", "1e-4")
	}
	if err != nil {
		return 1
	}
	held, err := s.Uploads(ctx, steward, d.ID)
	if err != nil {
		return 1
	}
	for _, u := range held {
		if err := s.EraseUpload(ctx, steward, u.ID); err != nil {
			return 1
		}
	}
	for {
		if err := crashRound(ctx, s, d, method); err != nil {
			fmt.Println(err)
			return 1
		}
	}
}

func crashRound(ctx context.Context, s *publication.Service, d publication.Dataset, method string) error {
	var policy []byte
	if method == "differential" {
		policy = []byte(differentialPolicy)
	}
	u, err := s.Upload(ctx, steward, d.ID, publication.UploadOptions{Name: "cases.csv"}, strings.NewReader(casesCSV()))
	if err != nil {
		return err
	}
	draft, err := s.NewDraft(ctx, steward, u.ID, "", policy)
	if err != nil {
		return err
	}
	run, err := s.Start(ctx, steward, draft.ID, publication.RunOptions{})
	if err != nil {
		return err
	}
	for {
		p, err := s.Run(ctx, steward, run.ID)
		if err != nil {
			return err
		}
		if p.Run.State == publication.Done {
			break
		}
		if p.Run.State.Ended() {
			return errors.New(p.Run.Problem.Key)
		}
		time.Sleep(time.Millisecond)
	}
	p, err := s.HandIn(ctx, steward, run.ID, "")
	if err != nil {
		return err
	}
	if p, err = s.Approve(ctx, approver, p.ID, findings(p.Method), ""); err != nil {
		return err
	}
	_, err = s.Publish(ctx, steward, p.ID)
	return err
}

// TestKill kills the server at random moments, 50 times, and looks each time at what is left: nothing half is seen, no file of records is an
// orphan, no budget is given back.
func TestKill(t *testing.T) {
	if testing.Short() {
		t.Skip("times what happens in other processes, and the race detector slows it down")
	}
	const times = 50
	random := rand.New(rand.NewPCG(1, 2))
	dirs := map[string]string{"k": t.TempDir(), "differential": t.TempDir()}
	spent, released := 0, 0
	for i := range times {
		method := []string{"k", "differential"}[i%2]
		after := time.Duration(random.IntN(900)) * time.Millisecond
		if i >= times/2 && released == 0 {
			after *= 5 // the machine is slow
		}
		killed(t, dirs[method], method, after)
		a, b := lookAround(t, dirs[method])
		if method == "differential" {
			if a < spent {
				t.Fatalf("budget was given back: %d entries, then %d", spent, a)
			}
			spent = a
		}
		released = max(released, b)
	}
	if released == 0 {
		t.Error("no release was ever made: this test looks at nothing")
	}
}

// killed runs a server for a while and kills it.
func killed(t *testing.T, dir, method string, after time.Duration) {
	t.Helper()
	cmd := exec.Command(os.Args[0], "crash", dir, method)
	out, err := cmd.StdoutPipe()
	must(t, err)
	must(t, cmd.Start())
	lines := bufio.NewReader(out)
	line, err := lines.ReadString('\n')
	if err != nil || line != "open\n" {
		t.Fatal(line, err)
	}
	time.Sleep(after)
	must(t, cmd.Process.Signal(syscall.SIGKILL))
	if rest, _ := lines.ReadString('\n'); rest != "" {
		t.Error(rest)
	}
	_ = cmd.Wait()
}

// lookAround opens what a killed server left, and returns how many releases the ledger has, and how many are public.
func lookAround(t *testing.T, dir string) (spent, released int) {
	t.Helper()
	ctx := t.Context()
	s, db, err := crashHouse(ctx, dir)
	must(t, err)
	defer db.Close()
	defer s.Close()
	noPlainText(t, dir)
	held, err := db.Publications().Uploads(ctx, publication.Query{State: string(publication.Held)})
	must(t, err)
	var want []string
	for _, u := range held {
		want = append(want, u.ID+".sealed")
	}
	slices.Sort(want)
	if got := names(t, filepath.Join(dir, "uploads")); !slices.Equal(got, want) {
		t.Errorf("uploads on the disk %v, known %v", got, want)
	}
	runs, err := db.Publications().Runs(ctx, publication.Query{})
	must(t, err)
	finished := 0
	for _, r := range runs {
		if r.State == publication.Done {
			if _, err := s.OpenFile(ctx, steward, r.ID, release.ManifestFile); err != nil {
				t.Error("a run that is done has no bundle:", err)
			}
		}
		if r.Spent {
			finished++
		}
		if r.Spent && !r.State.Ended() {
			t.Error("budget is spent on a run that is still", r.State)
		}
	}
	if len(runs) > 0 {
		l, err := s.Ledger(ctx, steward, runs[0].Dataset)
		must(t, err)
		if l == nil { // killed before it was opened
			l = &publication.Ledger{}
		}
		spent = len(l.Entries)
		if spent != finished {
			t.Errorf("the ledger has %d entries, and %d runs say that they were paid for", spent, finished)
		}
	}
	catalogue, err := s.Catalogue(ctx)
	must(t, err)
	for _, d := range catalogue {
		for _, p := range d.Releases {
			released++
			b, err := s.OpenBundle(ctx, d.ID, p.Number)
			if err != nil {
				t.Fatal("a release that is public is not whole:", err)
			}
			if v, err := release.Verify(ctx, b, release.VerifyOptions{Keys: []string{s.Key()}}); err != nil || v.Failed() > 0 {
				t.Error(v, err)
			}
		}
	}
	if report, err := db.Audit().Entries(ctx, audit.Query{Limit: 1}); err != nil || len(report) == 0 {
		t.Error("the audit log is empty", err)
	}
	return spent, released
}

// noPlainText looks for records on the disk, half-written ones too.
func noPlainText(t *testing.T, dir string) {
	t.Helper()
	must(t, filepath.Walk(dir, func(path string, info os.FileInfo, err error) error {
		if err != nil || info.IsDir() {
			return nil // the queue is at work again, and files come and go
		}
		text, err := os.ReadFile(path)
		if err == nil && bytes.Contains(text, []byte(rareValue)) {
			t.Errorf("%s holds a rare value", path)
		}
		return nil
	}))
}

func names(t *testing.T, dir string) []string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	must(t, err)
	var list []string
	for _, e := range entries {
		list = append(list, e.Name())
	}
	slices.Sort(list)
	return list
}
