package store_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"sync"
	"testing"
	"testing/iotest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/opencovey/covey/internal/fault"
	"github.com/opencovey/covey/internal/job"
	"github.com/opencovey/covey/internal/publication"
	"github.com/opencovey/covey/internal/store"
)

func TestPublications(t *testing.T) {
	everywhere(t, func(t *testing.T, place store.Options) {
		s := open(t, place).Publications()
		ctx, at := t.Context(), clock().Truncate(time.Second)
		d := publication.Dataset{ID: "cases", Organisation: "org", Title: "Cases", Languages: []string{"en"}, Created: at, Ledger: []byte("{}")}
		must(t, s.Save(ctx, publication.Change{Dataset: &d}, entry("a")))
		again := d
		again.Version = 0
		wantKind(t, s.Save(ctx, publication.Change{Dataset: &again}, entry("a")), fault.Conflict)
		u := publication.Upload{ID: "u1", Dataset: "cases", Organisation: "org", Token: "t", Name: []byte{1}, Key: []byte{2}, Instance: "here", State: publication.Held, Created: at, EraseAt: at.Add(time.Hour)}
		r := publication.Run{ID: "r1", Dataset: "cases", Organisation: "org", Draft: "d1", State: publication.Queued, Created: at, Figures: &publication.Figures{K: 10}}
		p := publication.Release{ID: "p1", Dataset: "cases", Organisation: "org", Run: "r1", State: publication.HandedIn, HandedInAt: at, Signatures: [][]byte{[]byte("x")}}
		draft := publication.Draft{ID: "d1", Dataset: "cases", Organisation: "org", Upload: "u1", Editors: []string{"a"}, Created: at}
		must(t, s.Save(ctx, publication.Change{Upload: &u, Run: &r, Release: &p, Draft: &draft}, entry("b")))
		compare(t, d, s.Dataset, "cases")
		compare(t, u, s.Upload, "u1")
		compare(t, draft, s.Draft, "d1")
		compare(t, r, s.Run, "r1")
		compare(t, p, s.Release, "p1")
		_, err := s.Run(ctx, "none")
		wantKind(t, err, fault.NotFound)
		twice := u
		twice.ID, twice.Version = "u2", 0
		wantKind(t, s.Save(ctx, publication.Change{Upload: &twice}, entry("b")), fault.Conflict)
		for _, q := range []struct {
			q    publication.Query
			want int
		}{
			{publication.Query{}, 1},
			{publication.Query{Organisation: "org", Dataset: "cases", State: "held", Instance: "here", Token: "t", Before: at.Add(2 * time.Hour)}, 1},
			{publication.Query{Organisation: "other"}, 0},
			{publication.Query{Before: at}, 0},
			{publication.Query{State: "erased"}, 0},
		} {
			list, err := s.Uploads(ctx, q.q)
			if err != nil || len(list) != q.want {
				t.Errorf("%+v: %d, %v", q.q, len(list), err)
			}
		}
		changesAll(t, s, &d, &r, &p)
		removes(t, s, draft, r)
	})
}

// removes checks that what is removed is gone, and that what was changed meanwhile is not.
func removes(t *testing.T, s publication.Store, d publication.Draft, r publication.Run) {
	ctx := t.Context()
	old := r
	old.Version = 7
	wantKind(t, s.Save(ctx, publication.Change{RemovedDraft: &d, RemovedRun: &old}, entry("g")), fault.Conflict)
	compare(t, d, s.Draft, d.ID)
	must(t, s.Save(ctx, publication.Change{RemovedDraft: &d, RemovedRun: &r}, entry("g")))
	_, err := s.Draft(ctx, "d1")
	wantKind(t, err, fault.NotFound)
	_, err = s.Run(ctx, "r1")
	wantKind(t, err, fault.NotFound)
	wantKind(t, s.Save(ctx, publication.Change{RemovedDraft: &d}, entry("g")), fault.NotFound)
}

func compare[T any](t *testing.T, want T, read func(context.Context, string) (T, error), id string) {
	t.Helper()
	got, err := read(t.Context(), id)
	must(t, err)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// changesAll checks that a change is made whole or not at all, and what it does to the generation.
func changesAll(t *testing.T, s publication.Store, d *publication.Dataset, r *publication.Run, p *publication.Release) {
	ctx := t.Context()
	before, err := s.Generation(ctx)
	must(t, err)
	old := *r
	r.Label, r.Version = "changed", 7
	wantKind(t, s.Save(ctx, publication.Change{Run: r, Dataset: d}, entry("c")), fault.Conflict)
	if got, err := s.Dataset(ctx, d.ID); err != nil || got.Version != d.Version {
		t.Error("half a change", got, err)
	}
	*r = old
	must(t, s.Save(ctx, publication.Change{Run: r}, entry("d")))
	if now, err := s.Generation(ctx); err != nil || now != before {
		t.Error("a run is not public", before, now, err)
	}
	p.Number, p.State = 1, publication.Published
	must(t, s.Save(ctx, publication.Change{Release: p}, entry("e")))
	if now, err := s.Generation(ctx); err != nil || now <= before {
		t.Error("a release is public", before, now, err)
	}
	other := *p
	other.ID, other.Version = "p2", 0
	wantKind(t, s.Save(ctx, publication.Change{Release: &other}, entry("f")), fault.Conflict)
}

func TestBlobs(t *testing.T) {
	everywhere(t, func(t *testing.T, place store.Options) {
		now := clock()
		place.Now = func() time.Time { return now }
		all := open(t, place)
		s, ctx := all.Publications(), t.Context()
		random := rand.NewChaCha8([32]byte{1})
		var hashes []string
		for _, size := range []int{0, 1, 1<<20 - 1, 1 << 20, 1<<20 + 1, 3_500_000} {
			content := make([]byte, size)
			_, _ = random.Read(content)
			hash, n, err := s.PutBlob(ctx, iotest.HalfReader(bytes.NewReader(content)))
			must(t, err)
			same, _, err := s.PutBlob(ctx, bytes.NewReader(content))
			if err != nil || same != hash || n != int64(size) {
				t.Fatal(same, hash, n, err)
			}
			hashes = append(hashes, hash)
			b, n, err := s.Blob(ctx, hash)
			must(t, err)
			got, err := io.ReadAll(b)
			if err != nil || !bytes.Equal(got, content) || n != int64(size) {
				t.Error(size, len(got), err)
			}
			if size > 2 {
				at, err := b.Seek(-2, io.SeekEnd)
				must(t, err)
				rest, err := io.ReadAll(b)
				if err != nil || at != n-2 || !bytes.Equal(rest, content[size-2:]) {
					t.Error("seek", at, rest, err)
				}
			}
		}
		_, _, err := s.Blob(ctx, "none")
		wantKind(t, err, fault.NotFound)
		if _, _, err := s.PutBlob(ctx, iotest.TimeoutReader(iotest.OneByteReader(bytes.NewReader([]byte("abc"))))); err == nil {
			t.Error("a file that was cut off is kept")
		}
		d := publication.Dataset{ID: "cases", Organisation: "org", Title: "x", Created: now}
		r := publication.Run{ID: "r1", Dataset: "cases", Created: now, Files: []publication.File{{Name: "a", SHA256: hashes[5]}}}
		must(t, s.Save(ctx, publication.Change{Dataset: &d, Run: &r}, entry("a")))
		must(t, s.SweepBlobs(ctx, now)) // nothing is older
		if _, _, err := s.Blob(ctx, hashes[1]); err != nil {
			t.Error("a young blob is gone", err)
		}
		now = now.Add(time.Hour)
		must(t, s.SweepBlobs(ctx, now))
		_, _, err = s.Blob(ctx, hashes[1])
		wantKind(t, err, fault.NotFound)
		b, _, err := s.Blob(ctx, hashes[5])
		must(t, err)
		if got, err := io.ReadAll(b); err != nil || len(got) != 3_500_000 {
			t.Error("a blob in use is gone", len(got), err)
		}
	})
}

func TestJobs(t *testing.T) {
	everywhere(t, func(t *testing.T, place store.Options) {
		s, ctx, at := open(t, place).Jobs(), t.Context(), clock()
		must(t, s.Join(ctx, "me", "here", true))
		add := func(id, instance, exclusive string) {
			must(t, s.AddJob(ctx, job.Job{ID: id, Kind: "k", Instance: instance, Exclusive: exclusive, State: job.Queued, Created: at}))
		}
		add("1", "here", "x")
		add("2", "here", "x")
		add("3", "there", "")
		add("4", "here", "")
		wantPlace := func(id string, want int) {
			t.Helper()
			if n, err := s.Place(ctx, id); err != nil || n != want {
				t.Errorf("place of %s is %d, not %d: %v", id, n, want, err)
			}
		}
		wantPlace("1", 0)
		wantPlace("4", 2)
		j, found, err := s.NextJob(ctx, "here", "me", at)
		if err != nil || !found || j.ID != "1" || j.State != job.Running || j.Tries != 1 {
			t.Fatalf("%+v %v %v", j, found, err)
		}
		wantPlace("2", 1)
		next, found, err := s.NextJob(ctx, "here", "me", at)
		if err != nil || !found || next.ID != "4" { // 2 excludes 1
			t.Fatalf("%+v %v %v", next, found, err)
		}
		if _, found, err := s.NextJob(ctx, "here", "me", at); found || err != nil {
			t.Error("a job that is excluded", err)
		}
		j.State, j.Ended, j.Stage = job.Done, at, "s"
		must(t, s.SaveJob(ctx, j))
		wantKind(t, s.SaveJob(ctx, j), fault.Conflict)
		if stopped, err := s.StopJob(ctx, "2", at); err != nil || stopped.State != job.Stopped {
			t.Errorf("%+v %v", stopped, err)
		}
		if running, err := s.StopJob(ctx, "4", at); err != nil || running.State != job.Running || !running.Stop {
			t.Errorf("%+v %v", running, err)
		}
		list, err := s.Jobs(ctx, "", "")
		if err != nil || len(list) != 2 || list[0].ID != "3" || list[1].ID != "4" {
			t.Errorf("%+v %v", list, err)
		}
		must(t, s.SweepJobs(ctx, at.Add(time.Second)))
		_, err = s.Job(ctx, "1")
		wantKind(t, err, fault.NotFound)
	})
}

// TestNextJobOnce takes jobs from several places at once: each is taken once, and of those that exclude each other one.
func TestNextJobOnce(t *testing.T) {
	everywhere(t, func(t *testing.T, place store.Options) {
		s, ctx := open(t, place).Jobs(), t.Context()
		must(t, s.Join(ctx, "me", "here", true))
		for i := range 20 {
			must(t, s.AddJob(ctx, job.Job{ID: fmt.Sprint(i), Instance: "here", Exclusive: []string{"", "x"}[i%2], State: job.Queued, Created: clock()}))
		}
		var mu sync.Mutex
		taken := map[string]int{}
		var wait sync.WaitGroup
		for range 6 {
			wait.Add(1)
			go func() {
				defer wait.Done()
				for {
					j, found, err := s.NextJob(ctx, "here", "me", clock())
					if err != nil || !found {
						return
					}
					mu.Lock()
					taken[j.ID]++
					mu.Unlock()
				}
			}()
		}
		wait.Wait()
		odd := 0
		for id, n := range taken {
			if n != 1 {
				t.Error(id, "was taken", n, "times")
			}
			if len(id) > 0 && (id[len(id)-1]-'0')%2 == 1 {
				odd++
			}
		}
		if len(taken) != 11 || odd != 1 {
			t.Errorf("%v", taken)
		}
	})
}
