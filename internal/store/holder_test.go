package store_test

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/opencovey/covey/internal/fault"
	"github.com/opencovey/covey/internal/job"
	"github.com/opencovey/covey/internal/publication"
	"github.com/opencovey/covey/internal/store"
)

// TestHolders follows a holder that is given up while it has a job and writes an upload.
func TestHolders(t *testing.T) {
	everywhere(t, func(t *testing.T, place store.Options) {
		now := time.Now()
		place.Now = func() time.Time { return now }
		all := open(t, place)
		s, p, ctx := all.Jobs(), all.Publications(), t.Context()
		must(t, s.Join(ctx, "a", "here", false))
		must(t, s.Join(ctx, "b", "here", false))
		must(t, s.AddJob(ctx, job.Job{ID: "1", Instance: "here", State: job.Queued, Created: now}))
		j, found, err := s.NextJob(ctx, "here", "a", now)
		if err != nil || !found || j.Holder != "a" {
			t.Fatalf("%+v %v %v", j, found, err)
		}
		must(t, p.MarkWriting(ctx, "u1", "a"))
		d := publication.Dataset{ID: "cases", Organisation: "org", Title: "x", Created: now}
		must(t, p.Save(ctx, publication.Change{Dataset: &d, Held: &j}, entry("a")))
		if list, err := s.TakeJobs(ctx, "here", "b", now); err != nil || len(list) > 0 {
			t.Errorf("taken from one who lives: %v %v", list, err)
		}
		if n, err := s.Forget(ctx, time.Hour); err != nil || n > 0 {
			t.Error("forgotten:", n, err)
		}
		must(t, s.Leave(ctx, "a"))
		wantKind(t, s.Beat(ctx, "a"), fault.Conflict)
		must(t, s.Beat(ctx, "b"))
		u := publication.Upload{ID: "u1", Dataset: "cases", Created: now, State: publication.Held}
		wantKind(t, p.Save(ctx, publication.Change{Upload: &u, Written: "a"}, entry("a")), fault.Conflict)
		wantKind(t, p.MarkWriting(ctx, "u2", "a"), fault.Conflict)
		if ids, err := p.Writing(ctx); err != nil || len(ids) > 0 {
			t.Error(ids, err)
		}
		if _, found, err := s.NextJob(ctx, "here", "a", now); found || err != nil {
			t.Error("one who is gone takes a job", err)
		}
		list, err := s.TakeJobs(ctx, "here", "b", now)
		if err != nil || len(list) != 1 || list[0].Holder != "b" || list[0].Version != j.Version+1 {
			t.Fatalf("%+v %v", list, err)
		}
		wantKind(t, p.Save(ctx, publication.Change{Dataset: &d, Held: &j}, entry("a")), fault.Conflict)
		wantKind(t, s.SaveJob(ctx, j), fault.Conflict)
		must(t, p.Save(ctx, publication.Change{Dataset: &d, Held: &list[0]}, entry("a")))
		elsewhere(t, s, now)
	})
}

// elsewhere looks who may take jobs of another instance.
func elsewhere(t *testing.T, s job.Store, now time.Time) {
	t.Helper()
	ctx := t.Context()
	must(t, s.Join(ctx, "c", "far", false))
	must(t, s.Join(ctx, "d", "far", false))
	must(t, s.AddJob(ctx, job.Job{ID: "2", Instance: "far", State: job.Queued, Created: now}))
	_, found, err := s.NextJob(ctx, "far", "c", now)
	if err != nil || !found {
		t.Fatal(found, err)
	}
	must(t, s.Leave(ctx, "c"))
	taken := func(abandoned time.Time) int {
		list, err := s.TakeJobs(ctx, "here", "b", abandoned)
		must(t, err)
		return len(list)
	}
	if n := taken(now.Add(time.Hour)); n != 0 {
		t.Error("somebody is left there, and another folder took its job")
	}
	must(t, s.Leave(ctx, "d"))
	if n := taken(now); n != 0 {
		t.Error("a job was taken that was heard of just now")
	}
	if n := taken(now.Add(time.Second)); n != 1 {
		t.Error("nobody takes what is left behind")
	}
}

// TestTakeJobsOnce has many look at the same moment for what one who is gone has left: each job is taken once.
func TestTakeJobsOnce(t *testing.T) {
	everywhere(t, func(t *testing.T, place store.Options) {
		s, ctx := open(t, place).Jobs(), t.Context()
		must(t, s.Join(ctx, "gone", "here", true))
		for i := range 10 {
			must(t, s.AddJob(ctx, job.Job{ID: fmt.Sprint(i), Instance: "here", State: job.Queued, Created: clock()}))
			if _, found, err := s.NextJob(ctx, "here", "gone", clock()); !found || err != nil {
				t.Fatal(found, err)
			}
		}
		must(t, s.Leave(ctx, "gone"))
		taken := map[string]int{}
		var mu sync.Mutex
		var wait sync.WaitGroup
		for i := range 6 {
			must(t, s.Join(ctx, fmt.Sprint("h", i), "here", false))
		}
		for i := range 6 {
			wait.Add(1)
			go func() {
				defer wait.Done()
				list, err := s.TakeJobs(context.WithoutCancel(ctx), "here", fmt.Sprint("h", i), clock())
				if err != nil {
					t.Error(err)
				}
				mu.Lock()
				defer mu.Unlock()
				for _, j := range list {
					taken[j.ID]++
				}
			}()
		}
		wait.Wait()
		for id, n := range taken {
			if n != 1 {
				t.Error(id, "was taken", n, "times")
			}
		}
		if len(taken) != 10 {
			t.Error(taken)
		}
	})
}
